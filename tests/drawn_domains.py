"""Domains drawn for the tests: without ties, which NegMAS breaks by chance."""

from __future__ import annotations

import numpy as np

from sim.outcomes.domains.domain import Domain, DomainIssue, Profile


def drawn(luck: np.random.Generator, sizes: tuple[int, ...], reservations=(0.0, 0.0)) -> Domain:
    """Return a domain with random weights and evaluations."""
    return _domain(sizes, [_free(luck, sizes) for _ in range(2)], reservations)


def tied(luck: np.random.Generator, sizes: tuple[int, ...], steps: int = 4) -> Domain:
    """Return a domain full of ties: equal weights, evaluations on a coarse grid."""
    sides = []
    for _ in range(2):
        values = [luck.integers(0, steps + 1, size) / steps for size in sizes]
        values[0][0] = 1.0
        sides.append((np.full(len(sizes), 1.0 / len(sizes)), values))
    return _domain(sizes, sides, (0.0, 0.0))


def over_one(luck: np.random.Generator, sizes: tuple[int, ...]) -> Domain:
    """Return a domain whose weights add up to a little more than 1, as GENIUS lets them.

    Evaluations are coarse, so that many outcomes would be worth more than 1, and number among equals.
    """
    sides = []
    for _ in range(2):
        weights = luck.dirichlet(np.full(len(sizes), 2.0)) * luck.uniform(1.0, 1.3)
        values = [luck.integers(0, 20, size) / 20.0 for size in sizes]
        for v in values:
            v[luck.integers(len(v))] = 1.0
        sides.append((np.minimum(weights, 1.0), values))
    return _domain(sizes, sides, (0.0, 0.0))


def _free(luck: np.random.Generator, sizes: tuple[int, ...]):
    values = [luck.random(size) for size in sizes]
    return luck.dirichlet(np.full(len(sizes), 2.0)), [v / v.max() for v in values]


def _domain(sizes, sides, reservations) -> Domain:
    issues = tuple(
        DomainIssue(f"issue {i}", tuple(f"value {k}" for k in range(size)))
        for i, size in enumerate(sizes)
    )
    profiles = [
        Profile(name, tuple(w.tolist()), tuple(tuple(v.tolist()) for v in values), float(r))
        for name, (w, values), r in zip(("buyer", "vendor"), sides, reservations, strict=True)
    ]
    return Domain("drawn", issues, (profiles[0], profiles[1]))


def has_ties(domain: Domain, nearer: float = 0.0) -> bool:
    """Say whether two outcomes are worth nearly the same to one of the sides."""
    gaps = [np.diff(np.sort(domain.utilities(side))) for side in (0, 1)]
    return any(len(gap) and gap.min() <= nearer for gap in gaps)
