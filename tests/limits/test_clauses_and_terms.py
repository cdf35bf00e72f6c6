"""Clauses from custom as well as distrust, and needs that like contracts of different length."""

import math
from itertools import pairwise

import numpy as np
import pytest

from sim.contract import liability_value, penalty_value
from sim.engines.batch import simulate
from sim.jit import plain
from sim.scenario.load import load
from sim.scenario.parameters.parameter_row import parameter_row
from sim.scenario.schema import Scenario

DEADWEIGHT, OWED, LEFT = 1.0, 1.0, 5.0
CLAUSES = {
    "run": {"months": 1, "worlds": 1},
    "market": {"needs": 4, "vendors": 4, "candidates": 1},
    "issues": [
        {"name": "work", "levels": ["no", "yes"], "worth": [0.0, 60.0], "cost": [0.0, 10.0]},
        {"name": "penalty", "kind": "penalty", "levels": [0.0, 0.5, 1.0, 1.5, 2.0]},
        {"name": "exit fee", "kind": "liability", "levels": [0.0, 0.5, 1.0, 1.5, 2.0]},
    ],
    "buyers": {"fear": 0.0},
    "vendors": {"fear": 0.0},
    "problems": {"rate": 0.2, "severity": 5.0, "enforcement": 1.0},
    "protection": {"deadweight": DEADWEIGHT, "exit_fee": 20.0, "break_rate": 0.05},
    "negotiation": {"deadline": 8},
}  # fmt: skip


def signed(overrides):
    """Return the levels of penalty and exit fee of every contract of month 0."""
    loaded = load(Scenario.model_validate(CLAUSES), overrides)
    offers = simulate(loaded.regime("adversarial"), range(4), 1, tables=("offers",)).offers
    taken = offers[offers["accepted"] == 1]
    assert len(taken) == 16
    return {(int(row["level_1"]), int(row["level_2"])) for row in taken}


@pytest.mark.parametrize("custom", [0.0, 0.6, 1.0, 1.4, 3.0])
def test_custom_asks_for_the_clause_it_is_worth(custom):
    """Both sides' values of a clause add to custom · owed · g − ½ m g²: best at g = custom · owed / m."""
    best = min(round(custom * OWED / DEADWEIGHT / 0.5), 4)
    both = {"buyers.custom": custom, "vendors.custom": custom}
    assert signed(both) == {(best, best)}
    trusting = {**both, "relationship.prior_good": 1e6}  # which nobody unlearns by trusting
    assert signed(trusting) == {(best, best)}
    assert signed({"buyers.custom": custom}) == {(best, 0)}  # each asks for its own protection


def test_distrust_and_custom_add_up():
    """Everybody knows custom, nobody sees the other's distrust: the proposer asks for its own part."""
    half_trusted = {"buyers.fear": 2.0, "vendors.fear": 2.0}  # 2 (1 − ½) = 1
    assert signed(half_trusted) == {(2, 0), (0, 2)}
    assert signed({**half_trusted, "buyers.custom": 1.0}) == {(4, 0), (2, 2)}
    trusting = {**half_trusted, "buyers.custom": 0.5, "relationship.prior_good": 1e6}
    assert signed(trusting) == {(1, 0)}  # trust takes away what fear adds, and only that


def test_custom_moves_who_is_protected_and_nobody_else():
    s = parameter_row(
        load(Scenario.model_validate(CLAUSES), {"buyers.custom": 1.5}).regime("adversarial")
    )
    for worth, protected in ((penalty_value, 0), (liability_value, 1)):
        values = [plain(worth)(side, 1.0, s, 0.5) for side in (0, 1)]
        extra = 1.5 if protected == 0 else 0.0
        assert values[protected] == pytest.approx(OWED * (1.0 + extra) - 0.25 * DEADWEIGHT)
        assert values[1 - protected] == pytest.approx(-OWED - 0.25 * DEADWEIGHT)


LENGTHS = {
    "run": {"months": 1, "worlds": 1},
    "market": {"needs": 40, "vendors": 40, "candidates": 1},
    "issues": [
        {"name": "work", "levels": ["no", "yes"], "worth": [0.0, 90.0], "cost": [0.0, 10.0]},
        {"name": "term", "kind": "duration", "levels": [12, 24, 36, 60]},
    ],
    "negotiation": {"deadline": 8},
}  # fmt: skip


def steps_of_worth(further):
    """Return the worth of each step to a longer term to 40 needs of 60 worlds."""
    from sim.engines.market import NegotiationModel

    loaded = load(Scenario.model_validate(LENGTHS), {"issues.term.worth_range": further})
    tables = [
        NegotiationModel(loaded.scenario, "adversarial", world=n).state.table for n in range(60)
    ]
    return np.diff(np.concatenate(tables)[:, 1, :], axis=1), parameter_row(
        loaded.regime("adversarial")
    )


@pytest.mark.deep
def test_a_range_spreads_steps_whose_mean_is_nothing():
    further = 1.5
    steps, s = steps_of_worth(further)
    assert np.abs(steps).max() <= further and np.abs(steps).max() > 0.99 * further
    n, sd = steps.shape[0], further / math.sqrt(3.0)
    assert np.all(np.abs(steps.mean(axis=0)) < 4.0 * sd / math.sqrt(n))
    assert steps.std(axis=0) == pytest.approx(sd, rel=0.04)
    assert np.all(np.abs(np.corrcoef(steps.T)[np.triu_indices(3, 1)]) < 4.0 / math.sqrt(n))
    known = [s.sd[0, 1, level] ** 2 for level in range(4)]  # what strangers know of it
    assert [b - a for a, b in pairwise(known)] == pytest.approx([sd * sd] * 3)
    assert not np.any(steps_of_worth(0.0)[0])  # a spread that is a share of nothing is nothing


def terms(further):
    """Return the share of contracts of each length."""
    changed = {"issues.term.worth_range": further}
    loaded = load(Scenario.model_validate(LENGTHS), {**changed, "beliefs.known": 1.0})
    offers = simulate(loaded.regime("adversarial"), range(30), 1, tables=("offers",)).offers
    taken = offers[offers["accepted"] == 1]
    return np.bincount(taken["level_1"], minlength=4) / len(taken)


def test_contracts_differ_in_length_as_needs_do():
    """The term is the argmax of sums of three symmetric steps: 5/16 at either end, 3/16 between.

    The first maximum of a walk of three continuous symmetric steps (Sparre Andersen 1953).
    """
    assert terms(0.0) == pytest.approx([1.0, 0.0, 0.0, 0.0])
    found = terms(1.5)
    expected = np.array([5, 3, 3, 5]) / 16.0
    error = np.sqrt(expected * (1.0 - expected) / 1200.0)
    assert np.all(np.abs(found - expected) < 4.0 * error)
    assert np.any(np.abs(found - 0.25) > 4.0 * error)  # and not as a draw of one of four lengths


def test_only_what_has_a_table_has_a_range():
    from sim.errors import SimError

    with pytest.raises(SimError, match=r"worth_range = 1\.0.*want 0: kind 'penalty'"):
        load(Scenario.model_validate(CLAUSES), {"issues.penalty.worth_range": 1.0})
