"""Every declared claim can be run: its keys, regimes and measures are there, and every run is finite.

Small and short: at most six needs for two years in two worlds. What the claims come to is not tested.
"""

from functools import cache

import numpy as np
import pytest
from counts import one_in

from sim.engines.batch import simulate
from sim.errors import ScenarioError
from sim.measure.metrics import BY_NAME
from sim.scenario.load import load
from sim.scenario.shipped import experiments_folder
from sim.study.experiments.claims import (
    CLAIMS_FILE,
    ClaimRun,
    claim_runs,
    contrast_arms,
    measure_by_world,
    read_claims,
    run_claim,
    view_of_run,
)

NUMBERS = range(1, 48)
MONTHS, NEEDS, WORLDS = 24, 6, 2


def small(cell: ClaimRun) -> ClaimRun:
    """Return a cell with few needs and months."""
    s = cell.loaded.scenario
    vendors = max(s.market.candidates, min(s.market.vendors, NEEDS))
    keys = {"run.months": min(s.run.months, MONTHS), "market.vendors": vendors}
    keys["market.needs"] = min(s.market.needs, NEEDS)
    return ClaimRun(cell.arm, cell.turned, load(s, keys))


@cache
def claims():
    """Return the shipped claims by number: read when first asked for, since every arm is loaded."""
    return {claim.number: claim for claim in read_claims().claims}


@cache
def runs(number: int):
    """Return every cell of a claim with its tables."""
    some = [small(cell) for cell in claim_runs(claims()[number])]
    return [
        (cell, simulate(cell.loaded.regime(cell.arm.regime), range(WORLDS), 1)) for cell in some
    ]


def test_all_of_them_are_there():
    assert list(claims()) == list(NUMBERS)
    assert {letter for claim in claims().values() for letter in claim.source} == set("SBDCM")


@pytest.mark.parametrize("number", one_in(10, NUMBERS))
def test_every_arm_runs_and_is_measured(number):
    claim = claims()[number]
    for cell, outcome in runs(number):
        for table in (outcome.periods, outcome.ties):
            for name in table.dtype.names:
                assert np.isfinite(table[name]).all(), (cell.arm.name, name)
        assert outcome.periods["residual"].max() < 1e-9
        view = view_of_run(cell, outcome)
        for name in (*claim.measures, *claim.against.values()):
            values = measure_by_world(name, view)
            assert values.shape == (WORLDS,)
            nothing_to_count = name in BY_NAME and np.isnan(values)
            assert (np.isfinite(values) | nothing_to_count).all(), (cell.arm.name, name)


@pytest.mark.parametrize("number", one_in(3, NUMBERS))
def test_arms_and_turns_are_different_worlds(number):
    """Keys with the values that a scenario already has would compare a world with itself."""
    made = claim_runs(claims()[number])
    plain = [(c.arm.regime, c.loaded.digest) for c in made if not c.turned]
    turned = [(c.arm.regime, c.loaded.digest) for c in made if c.turned]
    assert len(set(plain)) == len(plain)
    assert turned[-1] != plain[-1]


@pytest.mark.parametrize("number", one_in(5, NUMBERS))
def test_the_contrast_moves_something(number):
    """The levers of a claim are connected: first and last arm differ in what happens."""
    plain = [outcome for cell, outcome in runs(number) if not cell.turned]
    assert plain[0].periods.tobytes() != plain[-1].periods.tobytes()


MISSPELT = {
    '"vendors.oversell" = 1.0': ('"vendors.oversel" = 1.0', "'oversell'"),
    "dispute_rate =": ("disputerate =", "dispute_rate"),
    '"ties.months" =': ('"ties.month" =', "ties.months"),
    'regime = "partnership"': ('regime = "partnershp"', "partnership"),
    'scenario = "turnover"': ('scenario = "turnovr"', "turnover"),
    '"more", surplus = "more" }': ('"more", surplus = "higher" }', "'more'"),
    "number = 47": ("number = 46", "used once"),
}


@pytest.mark.parametrize("word", MISSPELT)
def test_a_misspelt_declaration_is_refused(word, tmp_path):
    wrong, wanted = MISSPELT[word]
    head, *blocks = (
        (experiments_folder() / CLAIMS_FILE).read_text(encoding="utf-8").split("[[claims]]")
    )
    with_word = [block for block in blocks if word in block][:1]
    path = tmp_path / CLAIMS_FILE
    text = "[[claims]]".join([head, blocks[45], *with_word])  # two claims, one of them sound
    path.write_text(text, encoding="utf-8")
    assert len(read_claims(path).claims) == 2
    path.write_text(text.replace(word, wrong, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_claims(path)
    assert wanted in str(caught.value)


def test_a_run_that_is_not_finite_would_be_seen():
    _, outcome = runs(4)[0]
    spoilt = outcome.periods.copy()
    spoilt["surplus"][3] = np.nan
    assert not np.isfinite(spoilt["surplus"]).all()


def test_a_claim_is_run_and_weighed():
    claim = claims()[4]
    frame = run_claim(claim, WORLDS, overrides={"run.months": 6, "market.needs": 2})
    assert list(frame.columns) == ["turned", "arm", "world", *claim.measures, "disclosure_vendor"]
    assert len(frame) == 2 * len(claim.arms) * WORLDS
    told = contrast_arms(claim, frame)
    assert list(told["expected"]) == ["more", "more"]
    plain = frame[~frame["turned"]]
    last = plain[plain["arm"] == "to a mediator"]["disclosure_mediator_vendor"].to_numpy()
    first = plain[plain["arm"] == "to the buyer"]["disclosure_vendor"].to_numpy()
    assert told["mean"][0] == pytest.approx((last - first).mean())
