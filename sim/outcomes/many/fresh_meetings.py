"""Many domains of one shape, each negotiated once by the same two strategies."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.errors import SimError
from sim.outcomes.domains.domain import Domain
from sim.outcomes.sessions.outcome_seat import empty_seats, raise_if_strategy_failed, set_strategy
from sim.outcomes.sessions.talks import batch_kernel, empty_table
from sim.outcomes.solving.search import empty_halves, split_issues
from sim.strategies.catalogue import ConfiguredStrategy


@dataclass(frozen=True)
class DomainBatch:
    """Domains of one shape as arrays: the worth of every value, and reservation values.

    `worths` is weight × evaluation by domain and side, all issues one after the other.
    """

    sizes: tuple[int, ...]
    worths: np.ndarray  # float64 (domains, 2, values)
    reservations: np.ndarray  # float64 (domains, 2)


def stack_domains(domains: list[Domain]) -> DomainBatch:
    """Return domains of one shape as arrays; raises SimError if shapes differ."""
    sizes = domains[0].sizes
    for domain in domains:
        if domain.sizes != sizes:
            raise SimError(f"{domain.name}: values per issue {domain.sizes}, want {sizes}")
    worths = [[np.concatenate(p.worth) for p in domain.profiles] for domain in domains]
    reservations = [[p.reservation for p in domain.profiles] for domain in domains]
    return DomainBatch(sizes, np.array(worths), np.array(reservations))


def negotiate_batch(
    found: DomainBatch,
    buyer: ConfiguredStrategy,
    vendor: ConfiguredStrategy,
    rounds: int = 100,
    seed: int = 1,
) -> np.ndarray:
    """Return how each domain's talk ends: int64 (domains, 4), as in `TalkResult`; the buyer opens.

    Raises SimError if a strategy uses an opponent model or fails.
    """
    if buyer.model or vendor.model:
        raise SimError(f"{buyer if buyer.model else vendor}: want no model if many domains are met")
    cut = split_issues(found.sizes)
    heads, tails = math.prod(found.sizes[:cut]), math.prod(found.sizes[cut:])
    one, two = (empty_halves(heads, tails, len(found.sizes) - cut) for _ in range(2))
    seats = empty_seats(2)
    set_strategy(seats, 0, buyer)
    set_strategy(seats, 1, vendor)
    ended = np.zeros((len(found.worths), 4), np.int64)
    batch_kernel(
        found.worths, found.reservations, np.array(found.sizes, np.int64), cut, one, two, seats,
        rounds, empty_table(rounds), (np.uint64(seed), np.uint64(0)), ended,
    )  # fmt: skip
    raise_if_strategy_failed(seats, (buyer, vendor))
    return ended
