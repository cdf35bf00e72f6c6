"""Switching a function of the mediator re-deals nothing: what comes from outside stays to the bit."""

from functools import cache

import numpy as np
import pytest
from drawn import run

from sim.scenario.key_kinds import FUNCTIONS
from sim.scenario.load import load
from sim.words import Event

# Exogenous: they happen to people whoever has a mediator. Opportunities are noted at the current tie
# and contacts at ties that have met, so for these only need, month and amounts are compared.
OUTSIDE = ("recession_begins", "recession_ends", "needs_shifted", "opportunity_arisen")
WORLD = {
    "run.months": 36, "market.needs": 8, "market.vendors": 6, "recession.rate": 0.05,
    "recession.worth": 0.1, "drift.rate": 0.05, "drift.strategy_rate": 0.01, "growth.rate": 0.1,
    "growth.value": 3.0, "growth.notice": 0.2, "turnover.buyer": 0.05, "turnover.vendor": 0.05,
    "reviews.every": 6, "buyers.cooperation": 6.0, "buyers.attention": 0.5,
    "delivery.dimensions": 3, "delivery.dimension_spread": 0.6,
}  # fmt: skip


def outside(functions, **keys):
    """Return first best by month, and every exogenous event without the tie it was written at."""
    over = {**WORLD, **keys, "mediator.functions": list(functions)}
    outcome = run(load("it_outsourcing", over), "mediated")
    kinds = [int(Event[name.upper()]) for name in OUTSIDE]
    events = outcome.events[np.isin(outcome.events["kind"], kinds)]
    fields = ["world", "period", "need", "kind", "amount", "second", "third"]
    left = outcome.events[outcome.events["kind"] == int(Event.CONTACT_LEFT)]
    people = left[["world", "period", "need", "amount"]].tolist()
    return outcome.periods["first_best"].tobytes(), events[fields].tolist(), sorted(people), outcome


@cache
def luck_without_functions():
    """Return the luck that is met if no function is on."""
    return outside(())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_one_function_more_leaves_the_world_alone(function):
    found = outside((function,))
    assert found[:3] == luck_without_functions()[:3]
    assert (
        found[3].periods["surplus"].tobytes()
        != luck_without_functions()[3].periods["surplus"].tobytes()
    )


def test_all_nine_leave_the_world_alone():
    found = outside(FUNCTIONS)
    assert found[:3] == luck_without_functions()[:3]
    assert len(found[1]) > 50


def test_another_luck_would_be_seen():
    assert outside((), **{"run.seed": 7})[:3] != luck_without_functions()[:3]
