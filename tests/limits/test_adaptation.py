"""Imitation of conduct alone: the Fermi rule, mutation, and what it does to claims and books."""

import math

import numpy as np
import pytest

from sim.engines.batch import OneWorld, simulate
from sim.jit import plain
from sim.records import PERIODS, allocate
from sim.relationship.meet.adapt import imitation_chance, run_imitation_round
from sim.scenario.load import from_resolved, load
from sim.words import Event

TYPES = [
    {"name": "plain", "side": "vendor"},
    {"name": "boastful", "side": "vendor", "oversell": 0.8},
    {"name": "cool", "side": "buyer"},
    {"name": "fair", "side": "buyer", "regard": 0.5, "weight": 3.0},
]


def world(n, intensity=1.0, mutation=0.0, every=6, types=TYPES, keys=None, regime="adversarial"):
    """Return one world of n needs and n vendors with types of conduct."""
    size = {"market.needs": n, "market.vendors": n, "market.candidates": 1, "run.months": 12}
    data = load("one_tie", size | (keys or {})).resolved()
    data["conducts"] = types
    data["adaptation"] = {"every": every, "intensity": intensity, "mutation": mutation}
    resolved = from_resolved(data, "imitators").regime(regime)
    return OneWorld(resolved, 1, 0, tables=("events",))


def one_round(one, earned, t=5):
    """Let every vendor and buyer of a type have earned the given money a month; hold a round."""
    w, every = one.state, one.setup.adaptation_every
    for rows in (w.vendors, w.needs):
        rows.earned[:] = every * np.array(earned)[rows.conduct]
    with np.errstate(over="ignore"):
        plain(run_imitation_round)(
            w, one.setup, (np.uint64(1), np.uint64(0)), t, allocate(PERIODS, 1)[0]
        )


@pytest.mark.parametrize(("gap", "chance"), [(0.0, 0.5), (math.log(3.0), 0.75), (1e9, 1.0)])
def test_the_fermi_function(gap, chance):
    """Szabó & Tőke 1998: even at no gap, 3 : 1 at ln 3, certain in the end."""
    assert plain(imitation_chance)(gap, 1.0) == pytest.approx(chance, abs=1e-15)
    assert plain(imitation_chance)(gap, 1.0) + plain(imitation_chance)(-gap, 1.0) == pytest.approx(
        1.0, abs=1e-15
    )
    assert plain(imitation_chance)(gap, 0.0) == 0.5


@pytest.mark.parametrize("gap", [0.0, math.log(3.0), -math.log(3.0)])
def test_a_round_moves_as_many_as_theory_says(gap):
    """Traulsen et al. 2006: of n_A, n_A · n_B/(N−1) / (1 + exp(−β gap)) turn to B."""
    n = 300
    one = world(n)
    before = one.state.vendors.conduct.copy()
    a, b = np.count_nonzero(before == 0), np.count_nonzero(before == 1)
    one_round(one, [0.0, gap])
    after = one.state.vendors.conduct
    for old, others, push in ((0, b, gap), (1, a, -gap)):
        chance = others / (n - 1) / (1.0 + math.exp(-push))
        count = n - others
        moved = np.count_nonzero((before == old) & (after != old))
        spread = 3.0 * math.sqrt(count * chance * (1.0 - chance))
        assert abs(moved - count * chance) < spread
        if gap:  # the control: the opposite gap is rejected
            other = others / (n - 1) / (1.0 + math.exp(push))
            assert abs(moved - count * other) > spread


def test_who_earns_more_takes_over_and_at_no_intensity_does_not():
    """β → ∞: nobody leaves the better type; β = 0 drifts, whatever they earn."""
    strong, blind = world(50, intensity=1e6), world(50, intensity=0.0)
    for one in (strong, blind):
        for month in range(5, 5 + 6 * 12, 6):
            before = one.state.vendors.conduct.copy()
            one_round(one, [0.0, 2.0], month)
            if one is strong:
                assert (one.state.vendors.conduct[before == 1] == 1).all()
    assert (strong.state.vendors.conduct == 1).all() and (strong.state.needs.conduct == 1).all()
    assert 0 < np.count_nonzero(blind.state.vendors.conduct) < 50


@pytest.mark.deep
def test_mutation_alone_makes_all_types_alike():
    """Whatever the mixture was and whoever earns: each of three types a third, within 3 SE."""
    types = [*TYPES, {"name": "third", "side": "vendor", "weight": 0.01}]
    one = world(600, mutation=1.0, types=types)
    assert np.count_nonzero(one.state.vendors.conduct == 2) < 20
    one_round(one, [0.0, 100.0, 0.0])
    counts = np.bincount(one.state.vendors.conduct, minlength=3)
    assert (np.abs(counts - 200) < 3 * math.sqrt(600 * 2 / 9)).all()
    buyers = np.count_nonzero(one.state.needs.conduct)
    assert abs(buyers - 300) < 3 * math.sqrt(150)


def test_a_round_is_held_every_so_many_months_and_resets_earnings():
    one = world(6, mutation=1.0)
    before = one.state.vendors.conduct.copy()
    for _ in range(5):
        one.step()
    assert np.array_equal(one.state.vendors.conduct, before)
    assert np.abs(one.state.vendors.earned).max() > 0.0
    one.step()
    assert not np.array_equal(one.state.vendors.conduct, before)
    assert (one.state.vendors.earned == 0.0).all() and (one.state.needs.earned == 0.0).all()
    events = one.outcome().events
    assert (events["period"][events["kind"] == Event.CONDUCT_CHANGED] == 5).all()
    assert (events["kind"] == Event.CONDUCT_CHANGED).sum() >= np.count_nonzero(
        one.state.vendors.conduct != before
    )
    fresh = world(6)
    assert np.array_equal(fresh.state.vendors.conduct, before)


def test_all_decide_on_one_snapshot():
    """With certain imitation two vendors of two types swap or agree on the better, never chain."""
    one = world(40, intensity=1e6)
    before = one.state.vendors.conduct.copy()
    one_round(one, [1.0, 1.0 + 1e-3])
    u = one.state.vendors.next_conduct
    assert np.array_equal(u, one.state.vendors.conduct)
    assert ((before == 1) <= (u == 1)).all() and np.count_nonzero(u == 0) > 0


def test_a_claim_made_stands_and_the_next_is_in_character():
    """Vendors that turn boastful claim more only in ties without a talk so far."""
    one = world(60, intensity=1e6)
    w = one.state
    w.ties.talks[:30] = 1
    claims, expected, before = w.ties.claim.copy(), w.ties.expected.copy(), w.vendors.conduct.copy()
    one_round(one, [0.0, 5.0])
    turned = (w.vendors.conduct != before)[w.ties.vendor_id]
    spoken = w.ties.talks > 0
    assert np.array_equal(w.ties.claim[spoken], claims[spoken])
    again = turned & ~spoken
    q = w.vendors.capability[w.ties.vendor_id]
    assert again.any() and np.allclose(w.ties.claim[again], (q + 0.8 * (1.0 - q))[again])
    trusted = w.trust.now[w.ties.met[again], 0] * (w.ties.claim - claims)[again]
    assert np.allclose(w.ties.expected[again], expected[again] + trusted)


def test_a_buyers_needs_change_together():
    one = world(12, mutation=1.0, keys={"market.needs_per_buyer": 4})
    one_round(one, [0.0, 0.0])
    conduct = one.state.needs.conduct.reshape(3, 4)
    assert (conduct == conduct[:, :1]).all()
    assert (one.state.needs.regard == np.where(one.state.needs.conduct == 1, 0.5, 0.0)).all()


def with_types(types, every, regime, months=18):
    """Return the tables of a few worlds whose vendors copy each other every so many months."""
    size = {"market.needs": 8, "market.vendors": 8, "market.candidates": 1, "run.months": months}
    data = load("one_tie", size | {"vendors.productivity": 20.0}).resolved()
    data["conducts"] = types
    data["adaptation"] = {"every": every, "intensity": 5.0, "mutation": 0.0}
    resolved = from_resolved(data, "imitators").regime(regime)
    return simulate(resolved, range(6), 1, tables=("periods", "ties"))


GIVERS = [
    {"name": "dutiful", "side": "vendor", "weight": 1.0},
    {"name": "pusher", "side": "vendor", "push": 0.6, "weight": 1.0},
]


def test_imitation_moves_what_misaligned_incentives_cost():
    """Its own cause: as the worse paid type dies out, so does what its effort wasted."""
    fixed, learning = (with_types(GIVERS, every, "adversarial").periods for every in (0, 3))
    late = fixed["period"] >= 12
    early = fixed["period"] < 3
    assert np.array_equal(fixed["incentives"][early], learning["incentives"][early])
    assert fixed["residual"].max() < 1e-9 and learning["residual"].max() < 1e-9
    saved = (fixed["incentives"] - learning["incentives"])[late].reshape(6, -1).sum(1)
    assert saved.mean() > 2 * saved.std(ddof=1) / math.sqrt(6)
    assert learning["incentives"].min() > -1e-9


def test_one_type_alone_and_the_planner_have_nothing_to_copy():
    """Off in effect: with one type, or nobody acting, rounds change no bit."""
    for types, regime in ((GIVERS[:1], "adversarial"), (GIVERS, "planner")):
        off, on = (with_types(types, every, regime) for every in (0, 3))
        for a, b in zip(off, on, strict=True):
            assert all(a[name].tobytes() == b[name].tobytes() for name in a.dtype.names)
