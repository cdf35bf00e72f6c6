"""Outcomes are found by utility as if all had been sorted, ties and last bits included."""

import numpy as np
import pytest
from drawn_domains import drawn, has_ties, over_one, tied
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import SimError
from sim.jit import plain
from sim.outcomes.domains.domain import Domain, DomainIssue, Profile
from sim.outcomes.solving.search import around_kernel, next_worse_kernel, sort_halves, split_issues

SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=5).map(tuple)
MAKERS = st.sampled_from([drawn, tied, over_one])


def lowest_at_least(u: np.ndarray, wanted: float) -> int:
    places = np.flatnonzero(u >= wanted)
    return int(places[np.lexsort((places, u[places]))[0]]) if len(places) else -1


def highest_below(u: np.ndarray, wanted: float, reach: float) -> int:
    places = np.flatnonzero((u < wanted) & (u >= wanted - reach))
    return int(places[np.lexsort((places, -u[places]))[0]]) if len(places) else -1


@given(seed=st.integers(0, 10_000), sizes=SHAPES, make=MAKERS)
def test_utilities_are_one_number_however_they_are_computed(seed, sizes, make):
    domain = make(np.random.default_rng(seed), sizes)
    for side in (0, 1):
        u = domain.utilities(side)
        assert u.tolist() == [domain.utility(side, n) for n in range(domain.count)]
        assert (u.max(), u.min()) == (domain.profiles[side].best, domain.profiles[side].worst)


@given(seed=st.integers(0, 10_000), sizes=SHAPES, make=MAKERS)
def test_outcomes_come_in_falling_order_ties_by_number(seed, sizes, make):
    domain = make(np.random.default_rng(seed), sizes)
    h, u = sort_halves(domain, 0), domain.utilities(0)
    worth, number = np.inf, -1
    for wanted in np.lexsort((np.arange(domain.count), -u)):
        number, worth = next_worse_kernel(h, worth, number)
        assert (number, worth) == (wanted, u[wanted])
    assert next_worse_kernel(h, worth, number)[0] == -1


@given(
    seed=st.integers(0, 10_000), sizes=SHAPES, make=MAKERS, share=st.floats(0.0, 1.05),
    reach=st.sampled_from([0.0, 1e-6, 0.05, np.inf]), exact=st.booleans(),
)  # fmt: skip
def test_neighbours_of_a_utility_are_found(seed, sizes, make, share, reach, exact):
    domain = make(np.random.default_rng(seed), sizes)
    h, u = sort_halves(domain, 0), domain.utilities(0)
    wanted = float(u[int(share * 0.95 * (len(u) - 1))]) if exact else share
    above, worth, below, under = around_kernel(h, wanted, reach)
    assert above == lowest_at_least(u, wanted)
    assert below == highest_below(u, wanted, reach)
    assert above < 0 or worth == u[above]
    assert below < 0 or under == u[below]


def test_compiled_and_interpreted_search_agree():
    domain = tied(np.random.default_rng(3), (4, 3, 3))
    h = sort_halves(domain, 1)
    for wanted in np.linspace(0.0, 1.1, 40):
        assert plain(around_kernel)(h, wanted, 0.1) == around_kernel(h, wanted, 0.1)


def test_ties_are_there_to_be_broken():
    """Otherwise the tests above would not test what their names claim."""
    assert has_ties(tied(np.random.default_rng(1), (4, 3, 3)))
    assert not has_ties(drawn(np.random.default_rng(1), (4, 3, 3)))


def test_halves_are_as_alike_as_they_can_be():
    assert split_issues((10, 10, 10, 10, 10, 10)) == 3
    assert split_issues((100, 2, 5)) == 1
    assert split_issues((7,)) == 1


def test_a_domain_that_cannot_be_halved_is_refused():
    values = tuple(f"v{k}" for k in range(100_000))
    issues = (DomainIssue("a", values), DomainIssue("b", values), DomainIssue("c", ("x", "y")))
    spread = tuple(np.linspace(0.0, 1.0, 100_000).tolist())
    profile = Profile("p", (0.4, 0.3, 0.3), (spread, spread, (0.0, 1.0)))
    assert sort_halves(Domain("wide", issues, (profile, profile)), 0).tail.shape == (200_000,)
    many = tuple(DomainIssue(f"i{k}", values[:400]) for k in range(6))
    profile = Profile("p", (1 / 6,) * 6, (spread[:400],) * 6)
    with pytest.raises(SimError, match="halves of at most"):
        sort_halves(Domain("huge", many, (profile, profile)), 0)


@pytest.mark.deep
def test_a_million_outcomes_are_searched_in_two_thousand_steps():
    """No array as long as the outcomes is made, and every answer is a true neighbour."""
    domain = drawn(np.random.default_rng(2), (10,) * 6)
    h = sort_halves(domain, 0)
    assert domain.count == 1_000_000 and len(h.head) + len(h.tail) == 2_000
    u = domain.utilities(0)
    for wanted in np.linspace(0.3, 0.99, 15):
        assert around_kernel(h, wanted, 0.0)[0] == lowest_at_least(u, wanted)
