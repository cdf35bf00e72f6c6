"""The surplus ledger: for any scenario and regime, first best less the causes is what was realised.

The quick suite checks a fixed subset of 16 drawn scenarios and 12 mutated files; the deep tests
draw 5,000 and mutate 2,000.
"""

from collections import Counter

import numpy as np
import pytest
from counts import count
from drawn import fresh, run, scenarios, subset, tables_of
from hypothesis import given
from in_turn import EVERY
from mutated import texts_that_load

from sim.engines.batch import RunTables, run_worlds, simulate
from sim.records import CAUSE_COLUMNS
from sim.scenario.load import LoadedScenario, load
from sim.scenario.schema import Scenario
from sim.words import Event

CAUSES = [column.name for column in CAUSE_COLUMNS]
TOLERANCE = 1e-9
# Once needs shift or demand turns, the vendor or the levels that were wrong may prove right.
MAY_HELP = ("wrong_vendor", "misfit")
BRANCHES = {event.name.lower() for event in Event}
COUNTED = ("drafts_signed", "renewals", "problems_open", "fought", "expiries")


def scale_of(rows: np.ndarray, beside: tuple[str, ...] = ()) -> np.ndarray:
    """Return max(1, |terms|) of every month: first best, surplus, causes, and columns `beside`."""
    terms = [np.abs(rows[name]) for name in ("first_best", "surplus", *CAUSES, *beside)]
    return np.maximum(1.0, np.max(terms, axis=0))


def gaps(rows: np.ndarray) -> np.ndarray:
    """Return |first best − causes − surplus| of every month, in money."""
    lost = sum(rows[cause] for cause in CAUSES)
    return np.abs(rows["first_best"] - lost - rows["surplus"])


def check_ledger(outcome: RunTables, regime: str, beside: tuple[str, ...] = ()) -> None:
    """Check the identities of one run's books."""
    rows, ties = outcome.periods, outcome.ties
    for table in outcome:
        for name in table.dtype.names:
            assert np.isfinite(table[name]).all(), name
    scale = scale_of(rows, beside)
    assert (gaps(rows) < TOLERANCE * scale).all()
    assert rows["residual"].max() < TOLERANCE
    assert (np.abs(rows["surplus"] - rows["buyer"] - rows["vendor"]) <= TOLERANCE * scale).all()
    for cause in CAUSES:
        if cause not in MAY_HELP:
            assert (rows[cause] >= -TOLERANCE * scale).all(), cause
    assert (rows["first_best"] >= 0.0).all()
    assert (rows["mediator"] == rows["fee"]).all()
    for part in ("surplus", "buyer", "vendor"):
        whole = np.abs(rows["buyer"]).sum() + np.abs(rows["vendor"]).sum()
        assert abs(rows[part].sum() - ties[part].sum()) <= TOLERANCE * max(1.0, whole), part
    for table in (rows, ties):
        for name in table.dtype.names:
            if name.startswith("trust"):
                assert (table[name] >= 0.0).all() and (table[name] <= 1.0 + TOLERANCE).all(), name
    if regime == "planner":
        for cause in CAUSES:
            assert (rows[cause] == 0.0).all(), cause
        assert (np.abs(rows["surplus"] - rows["first_best"]) <= TOLERANCE * scale).all()
    if regime in ("adversarial", "partnership", "planner"):
        assert (rows["fee"] == 0.0).all()


def check_scenario(loaded: LoadedScenario, seen: Counter[str]) -> None:
    """Check every regime of a scenario; count what happened in them."""
    for regime in loaded.regimes():
        outcome = run(loaded, regime)
        check_ledger(outcome, regime)
        kinds = np.bincount(outcome.events["kind"], minlength=len(Event))
        seen.update({event.name.lower(): int(kinds[event]) for event in Event})
        seen.update({name: int(outcome.periods[name].sum()) for name in COUNTED})
        seen.update({cause: int((outcome.periods[cause] > 0.0).sum()) for cause in CAUSES})


# Hold-up takes impatience, which drawn scenarios seldom have together with investment.
HELD_UP = {"run.months": 40, "relationship.discount": 0.5}
CROWDED = (
    "secret_mediator", "recession_renegotiation", "mutual_indispensability", "open_market",
    "captive_vendor", "commodity_supply", "channel_partners",
)  # fmt: skip
# A mediator that reads badly and sees a market of small gains warns of matches that are good.
ADVISING = {"run.months": 40, "mediator.enters": "selection", "mediator.competence": 0.2}
# Sides that imagine something better elsewhere fail to agree, and a mediator that values agreement pays for it.
PAYING = {
    "run.months": 40, "mediator.style": "strategic_choice:value=1,ground=1",
    "mediator.fee.success": 40.0, "buyers.outside_optimism": 1.0, "vendors.outside_optimism": 1.0,
}  # fmt: skip
SOME, DRAWN = count(16, 80), 45  # those whose books are checked; those that have every key


# Each side proposes its best, so that talks fail and agreements can be improved.
STYLED = {
    "market.needs": 40, "market.vendors": 40,
    "mediator.style": ["post_settlement", "final_offer"], "mediator.participation": "always",
    "run.in_force": 0.0, "negotiation.deadline": 3, "mediator.drafts": 3, "negotiation.level": "level_1",
}  # fmt: skip


def seen_in_all() -> Counter[str]:
    """Check the quick subset and ten shipped worlds with much on; return the branches reached."""
    seen: Counter[str] = Counter()
    for loaded in subset(SOME):
        check_scenario(loaded, seen)
    for name in CROWDED:
        check_scenario(load(name, {"run.months": 40}), seen)
    check_scenario(load("strategic_roadmap", HELD_UP), seen)
    check_scenario(load("commodity_supply", ADVISING), seen)
    check_scenario(load("commodity_supply", PAYING), seen)
    check_scenario(load("one_tie", STYLED), seen)
    return seen


def test_the_books_balance_in_every_regime_and_every_branch_is_reached():
    """The subset proves nothing about a branch it never enters.

    State and parameters of every scenario have one layout, so there is one compiled form.
    """
    reached = seen_in_all()
    assert reached["talks_open"] > 1_000
    assert len(run_worlds.signatures) == 1
    wanted = (*BRANCHES, *COUNTED, *CAUSES)
    assert not [name for name in wanted if reached[name] < count(2, 10)]


def test_every_key_of_the_schema_is_drawn():
    """Each key takes at least two values in the subset, apart from those that only name things."""
    drawn: dict[str, set[str]] = {}

    def walk(table, model, path):
        inner = tables_of(model)
        for name, value in table.items():
            here = f"{path}{name}"
            drawn.setdefault(here, set()).add(repr(value))
            if name in inner and isinstance(value, dict) and name != "regimes":
                walk(value, inner[name], f"{here}.")
            elif name in inner and isinstance(value, list):
                for item in value:
                    walk(item, inner[name], f"{here}.")

    for loaded in subset(DRAWN):
        walk(loaded.resolved(), Scenario, "")
    fixed = {key for key, values in drawn.items() if len(values) < 2}
    assert fixed == {"title", "run.worlds"}
    assert {"issues.worth_spread", "mediator.fee.case", "market.cooldown", "regimes"} <= {*drawn}


@pytest.mark.parametrize(("name", "regime"), EVERY)
def test_the_books_of_shipped_scenarios_balance(name, regime):
    loaded = load(name, {"run.months": 40})
    outcome = simulate(loaded.regime(regime), range(3), loaded.scenario.run.seed)
    check_ledger(outcome, regime)


@pytest.mark.parametrize(
    ("column", "by"), [("surplus", 1e-6), ("first_best", 1e-6), ("haggling", -1e-6)]
)
def test_a_millionth_that_is_not_booked_is_noticed(column, by):
    """Negative control of the check itself."""
    loaded = load("one_tie")
    outcome = run(loaded, "mediated")
    check_ledger(outcome, "mediated")
    outcome.periods[column][3] += by
    with pytest.raises(AssertionError):
        check_ledger(outcome, "mediated")


def test_mutated_files_that_load_also_run():
    """A fixed subset; the deep test has 2,000."""
    run_mutated(count(12, 60), first=0)


def run_mutated(count: int, first: int) -> None:
    """Run one world of two months of `count` mutated files, one regime each.

    A mutation may make noise a billion times surplus; the books then balance to noise's rounding.
    """
    for number, loaded in enumerate(texts_that_load(count, first)):
        regimes = loaded.regimes()
        regime = regimes[number % len(regimes)]
        small = {"run.months": 2, "market.needs": min(loaded.scenario.market.needs, 20)}
        small["market.vendors"] = min(loaded.scenario.market.vendors, 200)
        outcome = run(load(loaded.scenario, small), regime, worlds=[0])
        check_ledger(outcome, regime, beside=("noise", "premium"))


@pytest.mark.deep
def test_many_mutated_files_that_load_also_run():
    run_mutated(2_000, first=10_000)


@pytest.mark.deep
@fresh(5_000)
@given(scenarios())
def test_the_books_of_many_drawn_scenarios_balance(loaded):
    check_scenario(loaded, Counter())
