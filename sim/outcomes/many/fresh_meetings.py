"""Many domains of one shape, each met once by the same two strategies, in one compiled call."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.errors import SimError
from sim.outcomes.domains.domain import Domain
from sim.outcomes.sessions.outcome_seat import complain, empty, equip
from sim.outcomes.sessions.talks import fresh_kernel, table
from sim.outcomes.solving.search import room, split
from sim.strategies.catalogue import ConfiguredStrategy


@dataclass(frozen=True)
class Batch:
    """Domains as arrays: worth of every value by domain and side, and reservation values."""

    sizes: tuple[int, ...]
    worths: np.ndarray  # float64 (domains, 2, values)
    reservations: np.ndarray  # float64 (domains, 2)


def batch(domains: list[Domain]) -> Batch:
    """Return domains of the same shape as arrays; raises SimError where shapes differ."""
    sizes = domains[0].sizes
    for domain in domains:
        if domain.sizes != sizes:
            raise SimError(f"{domain.name}: values per issue {domain.sizes}, want {sizes}")
    worths = [[np.concatenate(p.worth) for p in domain.profiles] for domain in domains]
    reservations = [[p.reservation for p in domain.profiles] for domain in domains]
    return Batch(sizes, np.array(worths), np.array(reservations))


def meet_fresh(
    found: Batch,
    buyer: ConfiguredStrategy,
    vendor: ConfiguredStrategy,
    rounds: int = 100,
    seed: int = 1,
) -> np.ndarray:
    """Return int64 (domains, 4): outcome (−1: none), round, side that took, offers; the buyer opens."""
    if buyer.model or vendor.model:
        raise SimError(
            f"{buyer if buyer.model else vendor}: want no model where many domains are met"
        )
    cut = split(found.sizes)
    heads, tails = math.prod(found.sizes[:cut]), math.prod(found.sizes[cut:])
    one, two = (room(heads, tails, len(found.sizes) - cut) for _ in range(2))
    seats = empty(2)
    equip(seats, 0, buyer)
    equip(seats, 1, vendor)
    ended = np.zeros((len(found.worths), 4), np.int64)
    fresh_kernel(
        found.worths, found.reservations, np.array(found.sizes, np.int64), cut, one, two, seats,
        rounds, table(rounds), (np.uint64(seed), np.uint64(0)), ended,
    )  # fmt: skip
    complain(seats, (buyer, vendor))
    return ended
