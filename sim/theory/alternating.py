"""Alternating offers over a pie of 1, both sides knowing everything: by backward induction.

Player 1 proposes in odd rounds, player 2 in even ones; whoever refuses waits one round, which leaves
δ of what is had then (Ståhl 1972; Rubinstein 1982). A responder may also take an outside option at
once (Binmore, Shaked & Sutton 1989). Closed forms stand beside the recursion that checks them.
"""

from __future__ import annotations

import math

Pair = tuple[float, float]


def first_share(rounds: int, discounts: Pair, outside: Pair = (0.0, 0.0)) -> float:
    """Return what player 1 gets in a game of so many rounds; in the last the proposer names it all.

    A responder accepts from δ times what it will have as next proposer, or from its outside option
    where that is more. Where the outside options leave the proposer less than nothing it is taken.
    """
    share = 0.0  # of the next round's proposer
    for turn in range(rounds, 0, -1):
        responder = 1 if turn % 2 else 0
        wanted = max(discounts[responder] * share, outside[responder])
        share = max(1.0 - wanted, outside[1 - responder])
    return share


def stationary_share(discounts: Pair) -> float:
    """Return (1 − δ₂)/(1 − δ₁δ₂), what the first proposer gets without an end (Rubinstein 1982)."""
    return (1.0 - discounts[1]) / (1.0 - discounts[0] * discounts[1])


def finite_share(rounds: int, discount: float) -> float:
    """Return (1 − (−δ)^T)/(1 + δ), what it gets with T rounds and one patience (Ståhl 1972)."""
    return (1.0 - (-discount) ** rounds) / (1.0 + discount)


def share_at_rates(rates: Pair, period: float = 0.0) -> float:
    """Return what the first proposer gets at discount rates r per time; r₂/(r₁ + r₂) as Δ → 0."""
    if period == 0.0:
        return rates[1] / (rates[0] + rates[1])
    first, second = (math.exp(-rate * period) for rate in rates)
    return stationary_share((first, second))


def deal_me_out(discount: float, outside: float) -> float:
    """Return min(1/(1 + δ), 1 − b): an outside option of the responder counts only where it binds."""
    return min(1.0 / (1.0 + discount), 1.0 - outside)


def split_the_difference(outside: float) -> float:
    """Return (1 − b)/2: the same option taken for the point of disagreement."""
    return (1.0 - outside) / 2.0


def rounds_until_negligible(discount: float, tolerance: float) -> int:
    """Return how many rounds make the end matter less than `tolerance`."""
    return math.ceil(math.log(tolerance) / math.log(discount)) + 2
