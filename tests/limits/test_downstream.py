"""A need's own customers: demand follows quality, scales worth, and stays with the need."""

import numpy as np
import pytest

from sim.engines.batch import OneWorld, simulate
from sim.scenario.load import from_resolved

SCOPE = {"name": "scope", "levels": ["none", "all"], "worth": [0, 50], "cost": [0, 10]}
KEYS = {"rate": 0.1, "neutral": 0.5, "least": 0.6, "most": 1.5}


def world(capability=0.8, downstream=KEYS, **tables):
    """Return a pair without frictions whose vendor always delivers its capability."""
    data = {
        "run": {"months": 40, "worlds": 1},
        "market": {"needs": 1, "vendors": 1, "candidates": 1},
        "issues": [SCOPE],
        "vendors": {"capability": capability},
        "beliefs": {"fixed_pie": 0.0, "known": 1.0},
        "negotiation": {"protocol": "take_it_or_leave_it", "first": "buyer"},
        "downstream": downstream,
    }
    return from_resolved({**data, **tables}, "downstream")


def months(loaded, regime="adversarial"):
    """Return the months of world 0, its books checked."""
    rows = simulate(loaded.regime(regime), [0], 1).periods
    assert rows["residual"].max() < 1e-9
    return rows


@pytest.mark.parametrize(("capability", "bound"), [(0.8, 1.5), (0.2, 0.6), (0.5, 1.0)])
@pytest.mark.parametrize("regime", ["adversarial", "planner"])
def test_demand_grows_by_what_is_delivered(capability, bound, regime):
    """Demand (1 + 0.1 (q − 0.5))ⁿ up to its bound; it counts from the next month on: 50 D − 10."""
    rows = months(world(capability), regime)
    path = (1 + 0.1 * (capability - 0.5)) ** np.arange(1, 41)
    path = np.minimum(path, bound) if capability > 0.5 else np.maximum(path, bound)
    assert rows["demand"] == pytest.approx(path)
    before = np.concatenate([[1.0], path[:-1]])
    assert rows["first_best"] == pytest.approx(50 * before - 10)
    assert rows["surplus"] == pytest.approx(rows["first_best"])


def test_demand_stays_with_the_need_when_its_vendor_goes():
    """A pause changes nothing, and the next vendor takes over what the last one built."""
    one = OneWorld(world(negotiation={"duration": 5}).regime("adversarial"), 1, 0)
    for _ in range(5):
        one.step()
    one.state.ties["cool_until"][0] = 9  # nobody to talk to for four months
    built = float(one.state.needs["demand"][0])
    for _ in range(4):
        one.step()
        assert one.state.needs["demand"][0] == built > 1.1
    one.step()
    assert one.state.needs["demand"][0] == pytest.approx(built * 1.03)
    assert one.periods["first_best"][-1] == pytest.approx(50 * built - 10)


def test_growing_demand_makes_old_terms_drift():
    """A second lot at worth 8, cost 10 pays from a demand of 1.25 on."""
    lots = {"name": "lots", "levels": ["one", "two"], "worth": [0, 8], "cost": [0, 10]}
    rows = months(world(issues=[SCOPE, lots], negotiation={"duration": 40}))
    before = np.concatenate([[1.0], rows["demand"][:-1]])
    assert rows["drift"] == pytest.approx(np.maximum(0.0, 8 * before - 10))
    assert rows["drift"].max() > 1.0
    renewed = months(world(issues=[SCOPE, lots], negotiation={"duration": 1}))
    assert (renewed["drift"] == 0.0).all()


def test_without_it_demand_stands_still():
    rows = months(world(downstream={**KEYS, "rate": 0.0}))
    assert (rows["demand"] == 1.0).all() and (rows["first_best"] == rows["first_best"][0]).all()


def test_recession_and_demand_multiply():
    recession = {"rate": 0.3, "recovery": 0.3, "worth": 0.4}
    rows = months(world(recession=recession))
    before = np.concatenate([[1.0], rows["demand"][:-1]])
    bad = rows["recession"] == 1
    assert bad.any() and not bad.all()
    assert rows["first_best"] == pytest.approx(50 * before * np.where(bad, 0.6, 1.0) - 10)
