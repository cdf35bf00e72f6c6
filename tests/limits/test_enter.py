"""Needs that come to market one by one, and contracts in force before: both follow their laws."""

from functools import cache

import numpy as np
import pytest
from bare import bare
from scipy import stats

from sim.engines.batch import simulate
from sim.engines.market import NegotiationModel
from sim.measure.ledger import CAUSES
from sim.scenario.load import from_resolved
from sim.words import Event, Stream

REGIMES = ("adversarial", "partnership", "mediated", "planner")
SCOPE = {"name": "scope", "levels": ["none", "all"], "worth": [0, 50], "cost": [0, 10]}
NEEDS, TERM = 50, 12
WORLDS = range(60)
LOGS = ("periods", "ties", "events", "need_months")
UNLIKELY = 1e-3


def pairs(more=None, **run):
    """Return pairs without frictions that always agree, for TERM months; `more` tables on top."""
    data = {
        "run": {"months": 40, "worlds": 1, **run},
        "market": {"needs": NEEDS, "vendors": NEEDS, "candidates": 1},
        "issues": [SCOPE],
        "beliefs": {"fixed_pie": 0.0, "known": 1.0},
        "negotiation": {"protocol": "take_it_or_leave_it", "first": "buyer", "duration": TERM},
        **(more or {}),
    }
    return from_resolved(data, "pairs")


def entries(loaded, worlds=WORLDS, regime="adversarial"):
    """Return rows (world, need, month) of the needs that came to market."""
    events = simulate(loaded.regime(regime), worlds, 3, tables=LOGS).events
    rows = events[events["kind"] == Event.ENTERED]
    return np.column_stack([rows[name] for name in ("world", "need", "period")])


def by_month(found, month):
    """Return how many needs of each world had come by a month."""
    return np.bincount(found[found[:, 2] <= month, 0], minlength=len(WORLDS))


def is_binomial(counts, chance):
    """Say whether counts out of NEEDS, one per world, are Binomial: mean and variance."""
    mean, variance = NEEDS * chance, NEEDS * chance * (1.0 - chance)
    z = (counts.mean() - mean) / np.sqrt(variance / len(counts))
    spread = counts.var() * len(counts) / variance
    low, high = stats.chi2(len(counts) - 1).ppf([UNLIKELY / 2, 1 - UNLIKELY / 2])
    return bool(abs(z) < stats.norm.isf(UNLIKELY / 2) and low < spread < high)


def test_the_number_that_have_come_is_binomial():
    """With stagger N, (t + 1)/N of all needs have come by month t, each by itself."""
    found = entries(pairs(stagger=20))
    assert len(found) == NEEDS * len(WORLDS) and found[:, 2].max() == 19
    for month in (0, 4, 9, 14, 18):
        assert is_binomial(by_month(found, month), (month + 1) / 20), month
    half = entries(pairs(stagger=10))
    assert not is_binomial(by_month(half, 4), 5 / 20)  # the control: it comes twice as fast
    together = NEEDS * (by_month(found, 9) > NEEDS // 2)
    assert not is_binomial(together, 0.5)  # and needs that came together would vary too much


def expiries(loaded, regime="adversarial"):
    """Return the contracts that run out in each month, over all worlds."""
    rows = simulate(loaded.regime(regime), WORLDS, 3).periods
    return rows["expiries"].reshape(len(WORLDS), -1).sum(axis=0)


@pytest.mark.parametrize("regime", ["adversarial", "planner"])
def test_contracts_in_force_run_out_at_a_constant_rate(regime):
    """Each month 1/D of them, for ever: the renewal process in equilibrium (Cox 1962)."""
    found = expiries(pairs(in_force=1.0), regime)
    total = NEEDS * len(WORLDS)
    assert found[0] == 0 and found[1 : TERM + 1].sum() == total
    assert stats.chisquare(found[1 : TERM + 1]).pvalue > UNLIKELY
    assert found[TERM + 1 : 2 * TERM + 1].tolist() == found[1 : TERM + 1].tolist()
    fresh = expiries(pairs(), regime)
    assert fresh[TERM] == total and fresh[: TERM + 1].sum() == total  # the control: one month
    assert stats.chisquare(fresh[1 : TERM + 1]).pvalue < UNLIKELY
    half = expiries(pairs(in_force=0.5), regime)[1 : TERM + 1]
    want = np.full(TERM, 0.5 / TERM) + np.where(np.arange(TERM) == TERM - 1, 0.5, 0.0)
    assert stats.chisquare(half, want * total).pvalue > UNLIKELY


def test_what_is_due_every_few_months_is_due_in_any_of_them():
    """A contract in force has had its reviews: a sixth of all pairs holds one in each of six months."""
    every_6 = {"reviews": {"every": 6, "mode": "one_way"}}
    held = [
        simulate(pairs(every_6, in_force=share).regime("adversarial"), WORLDS, 3).periods["reviews"]
        for share in (1.0, 0.0)
    ]
    in_force, fresh = (rows.reshape(len(WORLDS), -1).sum(axis=0) for rows in held)
    assert in_force[:6].sum() == NEEDS * len(WORLDS)
    assert stats.chisquare(in_force[:6]).pvalue > UNLIKELY
    assert in_force[6:12].tolist() == in_force[:6].tolist()
    assert fresh[:6].tolist() == [0] * 5 + [NEEDS * len(WORLDS)]  # the control: all in one month


@pytest.mark.parametrize("regime", REGIMES)
def test_the_age_is_that_of_the_need_whatever_is_signed(regime):
    """Months left are term − ⌊U × term⌋, U by need; only of a contract signed on entry."""
    loaded = bare("it_outsourcing", {"run.months": 30, "run.stagger": 12, "run.in_force": 0.6})
    events = simulate(loaded.regime(regime), range(3), 1, tables=LOGS).events
    aged = events[events["kind"] == Event.IN_FORCE]
    came = events[events["kind"] == Event.ENTERED]
    start = {(e["world"], e["need"]): e["period"] for e in came}
    assert len(aged) > 0.3 * len(came)
    for event in aged:
        where = (int(event["world"]), int(event["need"]))
        place = np.random.Philox(key=[1, where[0]], counter=[Stream.START, where[1], 0, 0])
        u = np.random.Generator(place).random(3)
        assert event["period"] == start[where] == int(12 * u[0]) and u[1] < 0.6
        assert event["second"] == event["amount"] - int(u[2] * event["amount"]) >= 1
    assert len({(e["world"], e["need"]) for e in aged}) == len(aged)


@cache
def flagship(regime):
    loaded = bare("it_outsourcing", {"run.months": 24, "run.stagger": 36, "run.in_force": 1.0})
    return simulate(loaded.regime(regime), range(4), 1, tables=LOGS)


@pytest.mark.parametrize("regime", REGIMES)
def test_before_its_month_a_need_is_not_in_the_books(regime):
    made = flagship(regime)
    rows = made.need_months.reshape(4, 24, -1)
    start = np.full((4, rows.shape[2]), 24)
    came = made.events[made.events["kind"] == Event.ENTERED]
    start[came["world"], came["need"]] = came["period"]
    waits = np.arange(24)[None, :, None] < start[:, None, :]
    assert 0.3 < waits.mean() < 0.9
    for name in ("active", "surplus", "buyer", "vendor", "first_best", "effort"):
        assert not rows[name][waits].any(), name
    assert (rows["first_best"][~waits] > 0.0).mean() > 0.5
    own = made.events[made.events["need"] >= 0]
    assert (own["period"] >= start[own["world"], own["need"]]).all()
    periods = made.periods
    assert periods["residual"].max() < 1e-9
    lost = sum(periods[name] for name in CAUSES)
    assert periods["first_best"] - lost == pytest.approx(periods["surplus"], abs=1e-9 * 1e4)
    if regime == "planner":  # nothing is lost on needs that are not there
        assert all(np.abs(periods[name]).max() < 1e-9 for name in CAUSES)
    assert periods["first_best"] == pytest.approx(rows["first_best"].sum(axis=2).reshape(-1))


def test_the_same_needs_come_in_the_same_months_under_every_regime():
    """And first best, the fingerprint of luck, is one for all."""
    first, *others = (flagship(regime) for regime in REGIMES)
    came = first.events[first.events["kind"] == Event.ENTERED]
    for other in others:
        also = other.events[other.events["kind"] == Event.ENTERED]
        for name in ("world", "need", "period"):
            assert np.array_equal(also[name], came[name])
        assert np.array_equal(first.need_months["first_best"], other.need_months["first_best"])


def test_whoever_waits_takes_no_room_and_is_not_imitated():
    """If capacities bind and types spread, a need that never comes has no effect."""
    conducts = [{"name": name, "side": "buyer", "blame": b} for name, b in (("a", 0.0), ("b", 2.0))]
    keys = {
        "run.months": 24, "run.stagger": 12_000, "market.needs": 30, "market.capacity": 2,
        "adaptation.every": 3, "conducts": conducts,
    }  # fmt: skip
    loaded = bare("open_market", keys)
    made = simulate(loaded.regime("adversarial"), range(2), 1, tables=LOGS)
    start = {(e["world"], e["need"]) for e in made.events[made.events["kind"] == Event.ENTERED]}
    others = made.events[made.events["need"] >= 0]
    assert {(e["world"], e["need"]) for e in others} <= start
    assert len(start) < 4 and made.periods["active"].max() <= len(start)


def test_the_model_steps_the_same_months():
    keys = {"run.months": 20, "market.needs": 6, "market.vendors": 6, "run.stagger": 15,
            "run.in_force": 0.5}  # fmt: skip
    for regime in REGIMES:
        model = NegotiationModel("it_outsourcing", regime, rng=5, world=3, overrides=keys)
        for _ in range(20):
            model.step()
        rows = simulate(model.regime, [3], 5).periods
        assert all(model.rows[name].tobytes() == rows[name].tobytes() for name in rows.dtype.names)


def test_the_saw_is_gone():
    """Peak of monthly renewals per need from month 36 on: 0.75 if all sign at once, 0.04 if needs come singly.

    As shipped the flagship starts with every contract in force, which alone takes most of it away.
    """

    def peak(**run):
        keys = {f"run.{name}": value for name, value in run.items()}
        loaded = bare("it_outsourcing", keys)
        rows = simulate(loaded.regime("mediated"), range(40), 1).periods
        return (rows["expiries"].reshape(40, -1).mean(axis=0)[36:] / 40).max()

    assert peak() > 0.5
    assert peak(stagger=36, in_force=1.0) < 0.05
