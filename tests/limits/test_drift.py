"""Needs drift, insiders see it late, vendors may see it first; vendors push what they see."""

import numpy as np
import pytest

from sim.engines.batch import OneWorld, simulate
from sim.scenario.load import from_resolved
from sim.state import VENDOR
from sim.words import Event

SCOPE = {
    "name": "scope", "levels": ["none", "basic", "full"], "worth": [0, 30, 40], "worth_spread": 0.8,
    "cost": [0, 10, 24],
}  # fmt: skip


def world(**tables):
    """Return a pair that knows each other at first, with one issue and a contract that runs on."""
    data = {
        "run": {"months": 60, "worlds": 1},
        "market": {"needs": 1, "vendors": 1, "candidates": 1},
        "issues": [SCOPE],
        "beliefs": {"fixed_pie": 0.0, "known": 1.0},
        "negotiation": {"protocol": "take_it_or_leave_it", "duration": 60},
        "drift": {"rate": 0.05, "size": 1.0, "notice": 0.25, "external": 1.0},
    }
    for name, keys in tables.items():
        data[name] = {**data.get(name, {}), **keys} if isinstance(keys, dict) else keys
    return from_resolved(data, "drift")


def outcome(loaded, regime="adversarial", worlds=1):
    """Return the tables of a run, its books checked."""
    tables = ("periods", "ties", "events")
    found = simulate(loaded.regime(regime), range(worlds), 1, tables=tables)
    assert found.periods["residual"].max() < 1e-9
    return found


def lags(**drift):
    """Return how many months each shift went unnoticed, in 60 needs; censored ones are rare."""
    many = {"needs": 60, "vendors": 60, "candidates": 1}
    rare = {"rate": 0.02, **drift}
    found = outcome(world(market=many, run={"months": 240}, drift=rare), worlds=2).events
    return found["amount"][found["kind"] == Event.SHIFT_NOTICED]


@pytest.mark.parametrize("notice", [0.25, 0.6])
def test_a_shift_goes_unnoticed_for_one_over_the_hazard(notice):
    """Exp(1) threshold against −ln(1 − n) a month is geometric: mean 1/n, variance (1 − n)/n²."""
    found = lags(notice=notice)
    error = found.std() / np.sqrt(len(found))
    assert len(found) > 300 and found.min() == 1.0
    assert abs(found.mean() - 1 / notice) < 4 * error
    assert found.std() == pytest.approx(np.sqrt(1 - notice) / notice, rel=0.25)


def test_insiders_see_it_later():
    """Katz (1982): the negative control of the test above, with tenure."""
    found = lags(notice=0.25, tenure=0.05)
    assert found.mean() - 4.0 > 10 * found.std() / np.sqrt(len(found))


@pytest.mark.parametrize("number", [0, 5])
def test_what_drift_costs_is_what_the_table_says(number):
    """Best terms of today less those best at signing, month by month, by hand."""
    one = OneWorld(world(drift={"rate": 0.1}).regime("adversarial"), 1, number)
    cost = np.array([0.0, 10.0, 24.0])
    one.step()
    first = one.state.table[0, 0].copy()
    signed = int(one.state.ties["agreed"][0, 0])
    assert signed == int(np.argmax(first - cost))
    expected = [0.0]
    for _ in range(59):
        one.step()
        worth = one.state.table[0, 0] - cost
        expected.append(worth.max() - worth[signed])
    rows = one.periods
    assert rows["drift"] == pytest.approx(expected)
    assert rows["misfit"] == pytest.approx(0.0)
    assert max(expected) > 1.0 and rows["shifts"].sum() > 1


def test_the_buyer_acts_on_what_it_has_noticed():
    """Contracts of a month: new terms follow the shift only once it is seen."""
    found = {}
    for notice in (0.01, 1.0):
        terms = {"duration": 1, "first": "buyer"}
        keys = {"negotiation": terms, "drift": {"notice": notice, "rate": 0.1}}
        found[notice] = outcome(world(**keys), worlds=20).periods
    assert (found[1.0]["shifts"] == found[0.01]["shifts"]).all()
    assert found[0.01]["misfit"].sum() > 3 * found[1.0]["misfit"].sum() > 0.0
    assert found[0.01]["unnoticed"].mean() > 0.4 > 0.2 > found[1.0]["unnoticed"].mean()
    assert (found[1.0]["drift"] == 0.0).all()  # terms are no older than a month


def test_a_change_of_strategy_is_seen_at_once():
    found = outcome(world(drift={"rate": 0.0, "strategy_rate": 0.1}), worlds=5)
    assert found.periods["shifts"].sum() > 10 and (found.periods["unnoticed"] == 0).all()
    events = found.events[found.events["kind"] == Event.NEEDS_SHIFTED]
    assert (events["second"] == 0.0).all() and (events["third"] == 1.0).all()


@pytest.mark.parametrize(
    ("drift", "sees"),
    [({"signal": 1.0}, 0.5), ({"signal": 0.0}, 0.0), ({"signal": 1.0, "external": 0.0}, 0.0)],
)
def test_a_vendor_sees_shifts_from_outside(drift, sees):
    """One other customer: reliability ½ × signal, the error of such a reader besides."""
    two = {"needs": 2, "vendors": 1, "candidates": 1}
    one = OneWorld(world(drift={"rate": 0.2, **drift}, market=two).regime("adversarial"), 1, 3)
    one.step()
    met = int(one.state.ties["met"][0])
    while not one.state.needs["shifted_at"][0]:
        before = one.state.belief[met, VENDOR, 0].copy()
        one.step()
    now, worth = one.state.belief[met, VENDOR, 0], one.state.table[0, 0]
    assert one.state.ties["signalled"][0] == (1 if sees else 0)
    if not sees:
        assert (now == before).all()
        return
    noise = now - before - sees * (worth - before)
    assert now[0] == 0.0 and (noise[1:] != 0.0).all()
    assert (np.abs(noise[1:]) < 0.5 * 4 * one.setup.sd[0, 0, 1:3]).all()


def test_signals_leave_vendors_with_smaller_errors():
    error = {}
    for signal in (0.0, 1.0):
        market = {"needs": 12, "vendors": 2, "candidates": 1}  # six customers each
        keys = {"market": market, "drift": {"signal": signal, "rate": 0.1, "notice": 0.05}}
        rows = outcome(world(**keys), worlds=6).periods
        error[signal] = rows["needs_error"].sum() / rows["active"].sum()
    assert 0.0 < error[1.0] < 0.7 * error[0.0]
    still = world(drift={"rate": 0.0, "strategy_rate": 0.0})
    assert (outcome(still).periods["needs_error"] == 0.0).all()


FRILL = {
    "name": "frill",
    "levels": ["no", "yes"],
    "worth": [0, 12],
    "worth_spread": 1.0,
    "cost": [0, 10],
}
TRUSTING = {
    "issues": [SCOPE | {"worth_spread": 0.0}, FRILL],
    "relationship": {"prior_good": 1e6},
    "negotiation": {"duration": 1, "first": "buyer"},
}  # fmt: skip


@pytest.mark.parametrize("push", [0.0, 1.0])
def test_pushing_sells_what_the_vendor_believes_in(push):
    """A buyer that trusts believes its word: a frill worth 12 on average, though worth 2 to this buyer."""
    keys = {
        **TRUSTING, "drift": {"rate": 0.0}, "vendors": {"push": push}, "beliefs": {"known": 0.0},
        "market": {"needs": 20, "vendors": 20, "candidates": 1},
    }  # fmt: skip
    one = OneWorld(world(**keys).regime("adversarial"), 1, 0)
    one.step()
    taken = one.state.ties["agreed"][:, 1] == 1
    useless = one.state.table[:, 1, 1] < 10.0
    assert useless.any() and not useless.all()
    assert (taken == (~useless | (push > 0.0))).all()
    lost = np.where(useless & taken, 10.0 - one.state.table[:, 1, 1], 0.0).sum()
    assert one.periods["misfit"][0] == pytest.approx(lost)


def test_pushing_helps_a_buyer_who_has_overlooked_a_need():
    """The vendor sees a shift at nineteen others, the buyer after years: pushed, terms fit sooner."""
    rows = {}
    for push in (0.0, 0.9):
        keys = {
            **TRUSTING, "market": {"needs": 20, "vendors": 1, "candidates": 1}, "vendors": {"push": push},
            "drift": {"rate": 0.1, "notice": 0.01, "signal": 1.0},
            "negotiation": {"duration": 6, "first": "buyer"},
        }  # fmt: skip
        rows[push] = outcome(world(**keys), worlds=3).periods
    assert rows[0.9]["misfit"].sum() < 0.6 * rows[0.0]["misfit"].sum()
    assert rows[0.9]["surplus"].sum() > rows[0.0]["surplus"].sum()
    assert (rows[0.9]["shifts"] == rows[0.0]["shifts"]).all()
