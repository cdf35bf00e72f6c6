"""Shading when a posted price follows a sealed bid that failed, as after a mediator's proposal.

Both know the price to come, and that whoever does not lose by it will take it: with it to fall back on, claims
before it are held back more (the chilling effect: Stevens 1966). An equilibrium is
found by fictitious play (Brown 1951): each type replies best to the mean of what the other side has said so
far. Types and prices are measured as in `sim/theory/double_auction.py`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.theory.double_auction import Array, Shading

TYPES = 64  # quantiles that stand for a distribution
PRICES = 128  # steps between the prices that can be said
ROUNDS = 1500  # after which nobody gains 1e-3 of the range by another reply


class Play(NamedTuple):
    """Types of both sides, what each says in the mean, and what is gained by replying best instead."""

    worths: Array
    costs: Array
    bids: Array
    asks: Array
    regret: float
    gains: float


def quantiles(samples: Array, lo: float, hi: float) -> Array:
    """Return evenly spaced quantiles of samples on the scale from lo to hi."""
    return (np.quantile(samples, (np.arange(TYPES) + 0.5) / TYPES) - lo) / (hi - lo)


def followed(
    level: str, k: float, price: float, worth: Array, cost: Array, lo: float, hi: float, points: int
) -> Shading:
    """Return both sides' shade at `points` types if a price, in money, is posted after a failed bid.

    As `shading_tables`, whose arguments these are: "level_1" replies best to the truth.
    """
    types = np.linspace(0.0, 1.0, points)
    if level == "truthful" or hi <= lo:
        return Shading(np.zeros(points), np.zeros(points))
    rounds = 1 if level == "level_1" else ROUNDS
    found = play(
        k, (price - lo) / (hi - lo), quantiles(worth, lo, hi), quantiles(cost, lo, hi), rounds
    )
    return Shading(
        np.maximum(0.0, np.interp(types, found.worths, found.worths - found.bids)),
        np.maximum(0.0, np.interp(types, found.costs, found.asks - found.costs)),
    )


def play(k: float, price: float, worths: Array, costs: Array, rounds: int = ROUNDS) -> Play:
    """Return where fictitious play from the truth leads; one round is the best reply to the truth."""
    said = np.arange(PRICES + 1) / PRICES
    bids = np.zeros((len(worths), len(said)))
    asks = np.zeros((len(costs), len(said)))
    bids[np.arange(len(worths)), np.floor(np.clip(worths, 0, 1) * PRICES).astype(int)] = 1.0
    asks[np.arange(len(costs)), np.ceil(np.clip(costs, 0, 1) * PRICES).astype(int)] = 1.0
    for n in range(1, rounds + 1):
        buyers, vendors = payoffs(k, price, worths, costs, bids, asks)
        # Of replies that are worth the same the nearest to the truth: who cannot trade says it.
        bid = PRICES - buyers[:, ::-1].argmax(axis=1)
        ask = vendors.argmax(axis=1)
        step = 1.0 if rounds == 1 else 1.0 / (n + 1)
        bids *= 1.0 - step
        asks *= 1.0 - step
        bids[np.arange(len(worths)), bid] += step
        asks[np.arange(len(costs)), ask] += step
    buyers, vendors = payoffs(k, price, worths, costs, bids, asks)
    earned = _earned(buyers, bids), _earned(vendors, asks)
    regret = max(buyers.max(1).mean() - earned[0], vendors.max(1).mean() - earned[1])
    return Play(
        worths, costs, mean_of(bids, said), mean_of(asks, said), float(regret), float(sum(earned))
    )


def payoffs(
    k: float, price: float, worths: Array, costs: Array, bids: Array, asks: Array
) -> tuple[Array, Array]:
    """Return what each type earns by each price it can say, given the shares that say each.

    Nobody bids more than its worth or asks less than its cost.
    """
    said = np.arange(PRICES + 1) / PRICES
    met = asks.cumsum(1)
    paid = (asks * said).cumsum(1)
    later = np.maximum(worths - price, 0.0)[:, None]
    n = len(costs)
    buyers = (worths[:, None] - k * said) * met.sum(0) - (1.0 - k) * paid.sum(0)
    buyers = (buyers + later * (1.0 - met[costs <= price]).sum(0)) / n
    met = bids[:, ::-1].cumsum(1)[:, ::-1]
    got = (bids * said)[:, ::-1].cumsum(1)[:, ::-1]
    later = np.maximum(price - costs, 0.0)[:, None]
    n = len(worths)
    vendors = ((1.0 - k) * said - costs[:, None]) * met.sum(0) + k * got.sum(0)
    vendors = (vendors + later * (1.0 - met[worths >= price]).sum(0)) / n
    buyers[said > np.maximum(worths[:, None], 0.0)] = -np.inf
    vendors[said < np.minimum(costs[:, None], 1.0)] = -np.inf
    return buyers, vendors


def mean_of(shares: Array, said: Array) -> Array:
    """Return the mean price each type says, summed from first to last."""
    return np.asarray((shares * said).cumsum(1)[:, -1])


def _earned(payoff: Array, shares: Array) -> float:
    return float((np.where(shares > 0.0, payoff, 0.0) * shares).sum(1).mean())
