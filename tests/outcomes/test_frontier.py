"""Frontier and solutions against their definitions, applied to every outcome one by one."""

import math

import numpy as np
import pytest
from drawn_domains import drawn, over_one, tied
from hypothesis import given
from hypothesis import strategies as st

from sim.outcomes.domains.domain import Domain
from sim.outcomes.solving.frontier import find_frontier
from sim.outcomes.solving.solution_concepts import find_solutions

SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)
SHARES = st.floats(0.0, 0.9)


def listed(domain: Domain) -> np.ndarray:
    return np.column_stack((domain.utilities(0), domain.utilities(1)))


def undominated(u: np.ndarray) -> list[int]:
    """Return the outcomes that no other dominates, the first of equal ones, by definition."""
    kept: dict[tuple, int] = {}
    for k, one in enumerate(u):
        if not ((u >= one).all(axis=1) & (u > one).any(axis=1)).any():
            kept.setdefault(tuple(one), k)
    return sorted(kept.values())


@given(seed=st.integers(0, 10_000), sizes=SHAPES, make=st.sampled_from([drawn, tied, over_one]))
def test_merging_issues_finds_the_frontier_of_all_outcomes(seed, sizes, make):
    domain = make(np.random.default_rng(seed), sizes)
    found, u = find_frontier(domain), listed(domain)
    assert found.utilities.tolist() == u[found.numbers].tolist()
    assert (np.diff(found.utilities[:, 0]) < 0).all() and (np.diff(found.utilities[:, 1]) > 0).all()
    points = {tuple(u[k]) for k in undominated(u)}
    assert {tuple(one) for one in found.utilities} == points
    if make is drawn:
        assert sorted(found.numbers.tolist()) == undominated(u)
    # Of outcomes cut off at 1 the lowest number, even if it was dominated before the cut.
    cut = {n for n in undominated(u) if (u[n] == 1.0).any()}
    assert {int(n) for n in found.numbers if (u[n] == 1.0).any()} == cut or make is tied


@given(seed=st.integers(0, 10_000), sizes=SHAPES, one=SHARES, two=SHARES)
def test_solutions_by_their_definitions(seed, sizes, one, two):
    """The greatest product, least share of the ideal gain, least gain and sum, over all outcomes."""
    domain = drawn(np.random.default_rng(seed), sizes, (one, two))
    found, u = find_solutions(domain), listed(domain)
    inside = u[(u[:, 0] >= one) & (u[:, 1] >= two)]
    if not len(inside):
        assert found.points == () and found.ideal is None and found.zone == 0
        return
    gain = inside - np.array([one, two])
    ideal = gain.max(axis=0)
    assert found.ideal == pytest.approx(tuple(inside.max(axis=0)))
    shares = np.where(ideal > 0.0, gain / np.where(ideal > 0.0, ideal, 1.0), 1.0)
    wanted = {
        "Nash": (gain.prod(axis=1).max(), lambda g: g[0] * g[1]),
        "egalitarian": (gain.min(axis=1).max(), min),
        "maximum welfare": (inside.sum(axis=1).max(), lambda g: g[0] + g[1] + one + two),
    }
    for name, (best, worth) in wanted.items():
        p = found.point(name)
        assert worth((p.buyer - one, p.vendor - two)) == pytest.approx(best, abs=1e-12)
        assert found.optimal(p.buyer, p.vendor)
    p = found.point("Kalai–Smorodinsky")
    mine = [
        (x - d) / i if i > 0.0 else 1.0
        for x, d, i in zip((p.buyer, p.vendor), (one, two), ideal, strict=True)
    ]
    assert min(mine) == pytest.approx(shares.min(axis=1).max(), abs=1e-12)


def test_the_ideal_point_is_taken_over_what_both_would_sign():
    """Over all outcomes, as the field's tool has it, Kalai–Smorodinsky is another outcome here."""
    differ = 0
    for seed in range(60):
        domain = drawn(np.random.default_rng(seed), (5, 4, 3), (0.0, 0.6))
        found, u = find_solutions(domain), listed(domain)
        if not found.points:
            continue
        inside = u[u[:, 1] >= 0.6]
        share = np.column_stack((inside[:, 0] / u[:, 0].max(), (inside[:, 1] - 0.6) / 0.4))
        other = inside[int(share.min(axis=1).argmax())]
        mine = found.point("Kalai–Smorodinsky")
        differ += (mine.buyer, mine.vendor) != tuple(other)
    assert 5 < differ < 55


def test_ties_go_to_the_lowest_number():
    domain = tied(np.random.default_rng(5), (4, 4, 4), steps=2)
    found, u = find_solutions(domain), listed(domain)
    for point in found.points:
        same = np.flatnonzero((np.abs(u - (point.buyer, point.vendor)) < 1e-12).all(axis=1))
        assert point.number in same
    total = found.point("maximum welfare")
    best = np.flatnonzero(np.isclose(found.frontier.utilities.sum(axis=1), u.sum(axis=1).max()))
    exact = [k for k in best if found.frontier.utilities[k].sum() == total.buyer + total.vendor]
    assert total.number == min(found.frontier.numbers[k] for k in exact)


def test_a_million_outcomes_have_a_frontier():
    """How long it takes is a row of `make bench-negotiate`."""
    domain = drawn(np.random.default_rng(7), (10,) * 6)
    found = find_solutions(domain)
    luck = np.random.default_rng(1)
    some = luck.integers(0, domain.count, 500)
    for number in some:
        u, v = domain.utility(0, int(number)), domain.utility(1, int(number))
        assert ((found.frontier.utilities[:, 0] >= u) & (found.frontier.utilities[:, 1] >= v)).any()
    point = found.points[0]
    assert math.hypot(point.buyer - domain.utility(0, point.number), 0.0) == 0.0
