"""Alternating offers over a pie of 1 under complete information, solved by backward induction.

Player 1 proposes in odd rounds and player 2 in even ones. Whoever refuses waits one round, after
which a share is worth δ of what it was (Ståhl 1972; Rubinstein 1982). A responder may also leave
for an outside option at once (Binmore, Shaked & Sutton 1989). The closed forms stand beside the
recursion that checks them.
"""

from __future__ import annotations

import math

Pair = tuple[float, float]


def first_share(rounds: int, discounts: Pair, outside: Pair = (0.0, 0.0)) -> float:
    """Return the share of player 1 in a game of `rounds` rounds, by backward induction.

    In the last round the responder is left with its outside option alone. Before it a responder
    accepts the larger of δ times the share it would have as the next proposer and its outside
    option, `outside`. A proposer takes its own outside option if what is left for it is worth less.
    `discounts` are δ₁ and δ₂, each in (0, 1); `outside` are shares of the pie, from 0 to 1.

    Example:
        >>> round(first_share(2, (0.9, 0.9)), 12)
        0.1
    """
    share = 0.0  # of the next round's proposer
    for turn in range(rounds, 0, -1):
        responder = 1 if turn % 2 else 0
        wanted = max(discounts[responder] * share, outside[responder])
        share = max(1.0 - wanted, outside[1 - responder])
    return share


def stationary_share(discounts: Pair) -> float:
    """Return the first proposer's share without a last round, (1 − δ₂)/(1 − δ₁δ₂).

    Source: Rubinstein (1982). `discounts` are δ₁ and δ₂, each in (0, 1).

    Example:
        >>> round(stationary_share((0.9, 0.9)), 4)
        0.5263
    """
    return (1.0 - discounts[1]) / (1.0 - discounts[0] * discounts[1])


def finite_share(rounds: int, discount: float) -> float:
    """Return the first proposer's share with T rounds and equal discounts (Ståhl 1972).

    It is (1 − (−δ)^T)/(1 + δ), with T = `rounds` and δ = `discount` in (0, 1).
    """
    return (1.0 - (-discount) ** rounds) / (1.0 + discount)


def share_at_rates(rates: Pair, period: float = 0.0) -> float:
    """Return the first proposer's share at continuous discount rates r₁ and r₂, `rates`.

    With δᵢ = e^(−rᵢ Δ) and Δ = `period`, the time between two offers. As Δ goes to 0 the share
    tends to r₂/(r₁ + r₂), which is what `period` = 0 stands for.
    """
    if period == 0.0:
        return rates[1] / (rates[0] + rates[1])
    first, second = (math.exp(-rate * period) for rate in rates)
    return stationary_share((first, second))


def deal_me_out(discount: float, outside: float) -> float:
    """Return min(1/(1 + δ), 1 − b): the proposer's share if the responder has an outside option b.

    The option counts only if it binds: below δ/(1 + δ) it changes nothing (Binmore, Shaked & Sutton
    1989, the deal-me-out principle).
    """
    return min(1.0 / (1.0 + discount), 1.0 - outside)


def split_the_difference(outside: float) -> float:
    """Return (1 − b)/2: the proposer's gain if the option b were the point of disagreement."""
    return (1.0 - outside) / 2.0


def rounds_until_negligible(discount: float, tolerance: float) -> int:
    """Return the number of rounds after which the last one matters less than `tolerance`.

    The end is worth at most δ^T, so T is log `tolerance` / log δ, and two rounds to spare.
    """
    return math.ceil(math.log(tolerance) / math.log(discount)) + 2
