"""Deferred acceptance alone: published markets, stability, the best outcome for proposers."""

import itertools
import math

import numpy as np
import pytest
from counts import only

from sim.engines.batch import OneWorld
from sim.jit import plain
from sim.records import PERIODS, allocate
from sim.relationship.meet.matching import match_needs, run_deferred_acceptance
from sim.scenario.load import load
from sim.state import NEEDS, TIE_STATE, VENDORS

SEEDS = range(12)


def matched(buyers, vendors, room, capacity):
    """Return the vendor that holds each need (-1: none), from two tables of scores by (need, vendor).

    `room` is what each vendor has left of `capacity`; scores below 0 are no proposals.
    """
    n, m = buyers.shape
    needs, rows, ties = allocate(NEEDS, n), allocate(VENDORS, m), allocate(TIE_STATE, n * m)
    needs.partner[:] = -1
    rows.serving[:] = capacity - np.asarray(room)
    ties.vendor_id[:] = np.tile(np.arange(m), n)
    ties.score_buyer[:], ties.score_vendor[:] = buyers.ravel(), vendors.ravel()
    plain(run_deferred_acceptance)(needs, rows, ties, capacity, m)
    return np.where(needs.proposal >= 0, needs.proposal % m, -1)


def of_ranks(rows):
    """Return both tables of scores from ranks written as in the paper: (proposer's, receiver's)."""
    ranks = np.array([[tuple(map(int, pair.split(","))) for pair in row.split()] for row in rows])
    return 9.0 - ranks[:, :, 0], 9.0 - ranks[:, :, 1]


def blocking(held, buyers, vendors, room):
    """Return every pair that would rather have each other than what the matching gives them."""
    found = []
    for j, i in np.argwhere(buyers >= 0.0):
        now = buyers[j, held[j]] if held[j] >= 0 else -1.0
        others = np.flatnonzero(held == i)
        wanted = len(others) < room[i] or (len(others) and vendors[others, i].min() < vendors[j, i])
        if held[j] != i and buyers[j, i] > now and wanted:
            found.append((int(j), int(i)))
    return found


def draw_market(seed, n=4, m=3):
    """Return a tiny market: scores, some pairs that are no choice, and each vendor's room."""
    rng = np.random.default_rng(seed)
    buyers, vendors = rng.random((n, m)), rng.random((n, m))
    buyers[rng.random((n, m)) < 0.2] = -1.0
    return buyers, vendors, rng.integers(0, 3, m)


def test_the_published_markets():
    """Gale & Shapley 1962, examples 1 and 2: proposers get their first choices; one stable set."""
    first = of_ranks(["1,3 2,2 3,1", "3,1 1,3 2,2", "2,2 3,1 1,3"])
    assert matched(*first, [1] * 3, 1).tolist() == [0, 1, 2]
    assert matched(first[1].T, first[0].T, [1] * 3, 1).tolist() == [1, 2, 0]  # the others propose
    second = of_ranks(["1,3 2,3 3,2 4,3", "1,4 4,1 3,3 2,2", "2,2 1,4 3,4 4,1", "4,1 2,2 3,1 1,4"])
    assert matched(*second, [1] * 4, 1).tolist() == [2, 3, 0, 1]
    assert matched(second[1].T, second[0].T, [1] * 4, 1).tolist() == [2, 3, 0, 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_stable_matching_is_better_for_any_need(seed):
    """Against every assignment there is: stable, and the best stable one for each need alike."""
    buyers, vendors, room = draw_market(seed)
    held = matched(buyers, vendors, room, 2)
    assert blocking(held, buyers, vendors, room) == []
    worth = [buyers[j, i] if i >= 0 else -1.0 for j, i in enumerate(held)]
    stable = 0
    for other in itertools.product(range(-1, 3), repeat=4):
        other = np.array(other)
        fits = all(np.count_nonzero(other == i) <= room[i] for i in range(3))
        chosen = all(i < 0 or buyers[j, i] >= 0.0 for j, i in enumerate(other))
        if fits and chosen and not blocking(other, buyers, vendors, room):
            stable += 1
            assert all((buyers[j, i] if i >= 0 else -1.0) <= worth[j] for j, i in enumerate(other))
    assert stable >= 1


def test_whoever_comes_first_is_not_stable():
    """Negative control: vendors that keep their first proposals leave pairs that would prefer each other."""
    unstable = 0
    for seed in SEEDS:
        buyers, vendors, room = draw_market(seed)
        held, left = np.full(4, -1), room.copy()
        for j in range(4):
            open_to = np.where((buyers[j] >= 0.0) & (left > 0), buyers[j], -1.0)
            if open_to.max() >= 0.0:
                held[j] = int(open_to.argmax())
                left[held[j]] -= 1
        unstable += bool(blocking(held, buyers, vendors, room))
    assert unstable >= len(SEEDS) // 3


@pytest.mark.deep
def test_proposers_rank_as_theory_says():
    """Wilson 1972, Knuth 1976: their mean rank is at most H_n, near ln n; receivers' near n / ln n."""
    n, reps = 16, 60
    rng = np.random.default_rng(3)
    ranks = []
    for _ in range(reps):
        buyers, vendors = rng.random((n, n)), rng.random((n, n))
        held = matched(buyers, vendors, [1] * n, 1)
        own, theirs = buyers[np.arange(n), held][:, None], vendors[np.arange(n), held]
        of_vendor = np.empty(n)
        of_vendor[held] = theirs
        ranks.append([(buyers >= own).sum(1).mean(), (vendors >= of_vendor).sum(0).mean()])
    mean, error = np.mean(ranks, 0), np.std(ranks, 0, ddof=1) / math.sqrt(reps)
    most = ((n - 1) * sum(1 / k for k in range(1, n + 1)) + 1) / n
    assert math.log(n) - 3 * error[0] < mean[0] < most + 3 * error[0]
    assert abs(mean[1] - n / math.log(n)) < 0.2 * n / math.log(n)
    assert mean[1] > most + 3 * error[1]  # the control: receivers fare worse


BUSY = {
    "run.months": 30, "market.needs": 8, "market.vendors": 4, "market.candidates": 3,
    "market.capacity": 2, "market.trust_weight": 0.4, "disputes.threshold": 5.0,
}  # fmt: skip


@pytest.mark.parametrize("regime", only(["mediated"], ["adversarial", "mediated"]))
def test_a_living_market_is_stable_and_within_capacity(regime):
    """Every month of a world: no pair would rather have each other, and no vendor serves too many."""
    resolved = load("it_outsourcing", BUSY).regime(regime)
    turned_away = 0
    for world in range(2):
        one = OneWorld(resolved, 1, world)
        needs, ties, vendors = one.state.needs, one.state.ties, one.state.vendors
        key = (np.uint64(1), np.uint64(world))
        for t in range(one.months):
            served = ties.vendor_id[needs.partner[needs.partner >= 0]]
            assert np.array_equal(np.bincount(served, minlength=4), vendors.serving)
            assert vendors.serving.max() <= 2
            with np.errstate(over="ignore"):
                plain(match_needs)(one.state, one.setup, key, t, 3, allocate(PERIODS, 1)[0])
            free = np.flatnonzero(needs.partner < 0)
            own, theirs = np.full((8, 4), -1.0), np.zeros((8, 4))
            own[ties.need, ties.vendor_id] = ties.score_buyer
            theirs[ties.need, ties.vendor_id] = ties.score_vendor
            held = np.where(needs.proposal >= 0, ties.vendor_id[needs.proposal], -1)[free]
            assert blocking(held, own[free], theirs[free], 2 - vendors.serving) == []
            turned_away += int(ties.refused.reshape(8, 3)[free].sum())
            one.step()
    assert turned_away > 0
