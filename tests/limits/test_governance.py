"""Watching over a running contract: the cost of a month, who pays, and how much trust saves.

Every exact number has a negative control.
"""

import numpy as np
import pytest
from bare import bare
from drawn import unlike

from sim.engines.batch import RunTables, simulate

REGIMES = ("adversarial", "partnership", "mediated")
COST = {"governance.monitoring": 3.0}
BOOKS = {"periods.surplus", "periods.buyer", "periods.governance", "periods.residual"}
BOOKS |= {"ties.surplus", "ties.buyer", "need_months.surplus", "need_months.buyer"}
# Only columns that score gains in money may follow the buyer's books.
BOOKS |= {"periods.both_gain", "periods.trait_success", "ties.success"}


def run(keys, regime="adversarial", worlds=2) -> RunTables:
    """Run one_tie for two years, every table."""
    tables = {"periods", "ties", "events", "offers", "need_months"}
    loaded = bare("one_tie", {"run.months": 24} | keys)
    return simulate(loaded.regime(regime), range(worlds), 1, tables=tables)


def fixed(trust):
    """Return keys under which nothing ever moves trust from `trust`."""
    weights = {f"relationship.weight_{name}": 0.0 for name in ("routine", "candour", "conflict")}
    good, bad = max(trust, 1e-9), max(1.0 - trust, 1e-9)
    prior = {"relationship.prior_good": good, "relationship.prior_bad": bad}
    return weights | prior | {"relationship.deceit_cut": 0.0}


def monthly(keys, regime="adversarial"):
    """Return the cost of a month under a contract, which must be the same in all of them."""
    rows = run(keys, regime).periods
    served = rows["active"] == 1
    assert served.sum() > 12 and (rows["governance"][~served] == 0.0).all()
    assert np.ptp(rows["governance"][served]) == 0.0
    assert rows["residual"].max() < 1e-9
    return float(rows["governance"][served][0])


@pytest.mark.parametrize("least", [0.2, 0.6])
@pytest.mark.parametrize("trust", [0.25, 0.5, 0.9])
def test_a_month_costs_what_trust_leaves_of_the_cost_to_strangers(trust, least):
    found = monthly(COST | fixed(trust) | {"governance.least": least})
    assert found == pytest.approx(3.0 * (1.0 - (1.0 - least) * trust), rel=1e-12)
    assert abs(found - 3.0 * (1.0 - (1.0 - least) * (trust + 0.05))) > 0.05


def test_the_least_trusted_cost_five_times_the_most_trusted():
    """Dyer & Chu 2003; if trust saves nothing the two cost the same."""

    def ratio(keys):
        return monthly(COST | keys | fixed(0.0)) / monthly(COST | keys | fixed(1.0))

    assert ratio({}) == pytest.approx(5.0, rel=1e-7)
    assert ratio({"governance.least": 0.5}) == pytest.approx(2.0, rel=1e-7)
    assert ratio({"governance.least": 1.0}) == 1.0


@pytest.mark.parametrize("regime", REGIMES)
def test_it_follows_trust_as_it_stood_at_the_start_of_the_month(regime):
    """Under every regime alike; trust at the end of the month would give another cost."""
    rows = run(COST, regime).periods.reshape(2, -1)
    served = rows["active"][:, 1:] == 1
    costs = rows["governance"][:, 1:][served]
    before, after = rows["trust_buyer"][:, :-1][served], rows["trust_buyer"][:, 1:][served]
    assert np.allclose(costs, 3.0 * (1.0 - 0.8 * before), rtol=1e-12, atol=0.0)
    assert not np.allclose(costs, 3.0 * (1.0 - 0.8 * after), rtol=1e-3, atol=0.0)
    same = run(COST | {"governance.least": 1.0}, regime).periods
    assert np.array_equal(same["governance"], 3.0 * same["active"])


@pytest.mark.parametrize("regime", REGIMES)
def test_the_buyer_pays_and_nobody_acts_otherwise(regime):
    """Surplus and the buyer's part fall by it, the vendor's part and every act stay to the bit."""
    free, watched = run({}, regime), run(COST, regime)
    assert set(unlike(free, watched)) <= BOOKS
    paid = watched.periods["governance"]
    assert paid.sum() > 10.0
    for column in ("surplus", "buyer"):
        fall = free.periods[column] - watched.periods[column]
        assert np.allclose(fall, paid, rtol=0.0, atol=1e-9)
    assert np.array_equal(free.periods["vendor"], watched.periods["vendor"])


def test_the_planner_watches_over_nobody():
    assert unlike(run({}, "planner"), run(COST, "planner")) == []
    assert unlike(run({}), run(COST)) != []


def test_a_mediator_saves_only_by_what_it_does_for_trust():
    """If trust stands still a mediator saves nothing; if trust moves, the cost moves too."""
    helped = {"mediator.functions": ["warn", "resolve", "review"], "reviews.every": 3}
    helped |= {"mediator.competence": 1.0, "mediator.prior_good": 1e6}
    assert monthly(COST | helped | fixed(0.4), "mediated") == monthly(COST | fixed(0.4))
    alone, together = run(COST, "adversarial"), run(COST | helped, "mediated")
    assert not np.array_equal(alone.periods["governance"], together.periods["governance"])
