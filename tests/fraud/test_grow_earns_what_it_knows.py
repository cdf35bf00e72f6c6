"""The function `grow`, alone: it helps as far as it knows and is believed, and it can do harm."""

import numpy as np
import pytest

from sim.engines.batch import simulate
from sim.records import PERIODS
from sim.scenario.load import from_resolved

WORLDS = 60
# What a mediator's mere presence changes, before it says anything.
ITS_OWN = ("engaged", "mediator", "fee", "mediator_cost", "surplus", "buyer", "vendor")
SHY = {"exposure_sensitivity": 1.0}
BELIEVED, UNTRUSTED = {"prior_good": 1e6}, {"prior_good": 0.0, "prior_bad": 1e6}

# Two sides that tell each other little, so that most of what they could do together stays unseen.
BASE = {
    "run": {"months": 48, "worlds": WORLDS, "seed": 9},
    "market": {"needs": 2, "vendors": 2, "candidates": 1},
    "issues": [{"name": "work", "levels": ["none", "some"], "worth": [0, 60], "cost": [0, 20]}],
    "beliefs": {"fixed_pie": 0.0, "known": 1.0},
    "negotiation": {"protocol": "take_it_or_leave_it", "offer_cost": 0.0},
    "buyers": SHY,
    "vendors": SHY,
    "relationship": {"prior_good": 5e5, "prior_bad": 5e5},
    "growth": {"rate": 0.2, "value": 6.0, "notice": 0.3, "vendor_share": 0.6},
}
# They notice soon by themselves, and know what they have noticed; a side that is told guesses.
QUICK = {
    "rate": 0.1, "value": 6.0, "notice": 0.95, "fade": 0.02, "vendor_part": 1.0, "vendor_share": 1.0,
}  # fmt: skip


def paired(mediator, **tables):
    """Return the periods with and without a mediator whose only function is `grow`, a row per world."""
    data = BASE | {name: BASE.get(name, {}) | keys for name, keys in tables.items()}
    data["mediator"] = {"functions": ["grow"], **BELIEVED, **mediator}
    loaded = from_resolved(data, "grow")
    found = [
        simulate(loaded.regime(name), range(WORLDS), 9).periods.reshape(WORLDS, -1)
        for name in ("mediated", "adversarial")
    ]
    for table in found:
        assert table["residual"].max() < 1e-9
    return found


def change(column, mediator, **tables):
    """Return the mean change of a column that the mediator makes, in standard errors."""
    after, before = paired(mediator, **tables)
    gap = (after[column] - before[column]).sum(1)
    return gap.mean() / (gap.std(ddof=1) / np.sqrt(WORLDS))


def columns_without_own(table):
    """Return all columns that a mediator may not touch without a word."""
    names = [c.name for c in PERIODS if c.name not in ITS_OWN and "mediator" not in c.name]
    return table[names]


def test_an_able_mediator_opens_what_neither_side_saw():
    assert change("opportunities", {"competence": 1.0}) < -5.0
    assert change("surplus", {"competence": 1.0}) > 5.0
    assert change("opportunities_taken", {"competence": 0.5}) > 3.0


@pytest.mark.parametrize(
    "handicap",
    [{"competence": 0.0}, {"competence": {"buyer": 1.0, "vendor": 0.0}}, UNTRUSTED],
    ids=["knows nothing", "knows one side only", "untrusted"],
)
def test_without_knowledge_or_trust_it_does_exactly_nothing(handicap):
    after, before = paired(handicap)
    assert (after["engaged"] > 0).any()
    assert np.array_equal(columns_without_own(after), columns_without_own(before))
    assert np.array_equal(after["surplus"], before["surplus"])


def test_with_nothing_to_find_it_only_costs_its_fee():
    after, before = paired({"competence": 1.0, "fee": {"retainer": 0.5}}, growth={"rate": 0.0})
    assert np.array_equal(columns_without_own(after), columns_without_own(before))
    assert after["fee"].sum() > 100.0
    assert np.abs(after["surplus"] + after["fee"] - before["surplus"]).max() < 1e-9


def test_it_deals_no_other_luck():
    after, before = paired({"competence": 1.0})
    assert np.array_equal(after["opportunities_arisen"], before["opportunities_arisen"])
    assert not np.array_equal(after["opportunities_taken"], before["opportunities_taken"])


def test_a_wrong_estimate_makes_both_sides_invest_wrongly():
    """Fully believed but half blind, it raises this loss; a mediator that sees all raises none."""
    assert change("underinvestment", {"competence": 0.5}, growth=QUICK) > 5.0
    after, before = paired({"competence": 1.0, "discretion": 1.0}, growth=QUICK)
    assert before["underinvestment"].max() < 1e-9 and after["underinvestment"].max() < 1e-9


def test_a_wrong_estimate_does_harm():
    """Sides that would have seen it soon, and exactly, lose by being told early and wrongly."""
    assert change("surplus", {"competence": 0.3}, growth=QUICK) < -3.0
    assert change("surplus", {"competence": 1.0}, growth=QUICK) > 3.0


def test_estimates_that_prove_wrong_cost_the_mediator_trust():
    doubted = {"prior_good": 4.0, "prior_bad": 1.0}
    wrong, _ = paired({"competence": 0.5, **doubted}, growth=QUICK)
    right, _ = paired({"competence": 1.0, **doubted}, growth=QUICK)
    for side in ("trust_mediator_buyer", "trust_mediator_vendor"):
        assert wrong[side][:, -1].mean() < right[side][:, -1].mean() - 0.02
