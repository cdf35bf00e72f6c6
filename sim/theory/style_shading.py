"""Shading if a mediator's proposal follows a failed sealed bid: a price both take or leave.

A side that does not lose by the price will take it. As it can count on that, it shades more in the
bid before (the chilling effect: Stevens 1966). The more exactly the mediator reads claims, the more
they move its price and its estimate of the pie; if the estimate is negative, it proposes nothing.
The equilibrium is found by fictitious play (Brown 1951): each type replies best to the mean of the
other side's claims so far. Types and prices are on the unit scale of
`sim/theory/double_auction.py`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.summation import ordered_sum
from sim.theory.double_auction import Array, Shading

Indices = NDArray[np.intp]

TYPES = 64  # quantiles that stand for a distribution of types
PRICES = 128  # steps between the prices that can be claimed
ROUNDS = 500  # of fictitious play, after which no side gains 2e-3 of the range by another reply
ROOT_3 = 3.0**0.5
# Values of a standard normal error and their chances: Gauss–Hermite quadrature with three points.
ERROR_NODES = ((-ROOT_3, 1 / 6), (0.0, 2 / 3), (ROOT_3, 1 / 6))
LEAST_PIE = -1e-9  # a pie of exactly 0 may be rounded to just below it
CLAIMS = np.arange(PRICES + 1) / PRICES


class ProposalReader(NamedTuple):
    """How well a proposing mediator reads buyer and vendor, and the buyer's share in its proposals.

    `buyer` and `vendor` are the weights of a claim in an estimate, all three from 0 to 1.
    """

    buyer: float
    vendor: float
    share: float = 0.5


class FictitiousPlay(NamedTuple):
    """Mean claims by type, the most a side gains by its best reply, and all expected gains."""

    bids: Array
    asks: Array
    regret: float
    gains: float


class FollowingProposals(NamedTuple):
    """Proposals after a failed bid, one row for each pair of claims and each error of a reading.

    `bid` and `ask` are indices of `CLAIMS`; `chance` is that of the error.
    """

    bid: Indices
    ask: Indices
    price: Array
    chance: Array
    worths_below: Indices  # how many types of buyer lose by the price
    costs_within: Indices  # how many types of vendor do not


def shading_before_proposal(
    level: str,
    k: float,
    reader: ProposalReader,
    worth: Array,
    cost: Array,
    lo: float,
    hi: float,
    points: int,
) -> Shading:
    """Return the shading of both sides at `points` types if a proposal follows a failed bid.

    The other arguments are those of `shading_tables`; "level_1" is the best reply to the truth, any
    other level the equilibrium of fictitious play.
    """
    types = np.linspace(0.0, 1.0, points)
    if level == "truthful" or hi <= lo:
        return Shading(np.zeros(points), np.zeros(points))
    worths, costs = (scaled_quantiles(samples, lo, hi) for samples in (worth, cost))
    found = fictitious_play(k, reader, worths, costs, 1 if level == "level_1" else ROUNDS)
    return Shading(
        np.maximum(0.0, np.interp(types, worths, worths - found.bids)),
        np.maximum(0.0, np.interp(types, costs, found.asks - costs)),
    )


def scaled_quantiles(samples: Array, lo: float, hi: float) -> Array:
    """Return `TYPES` evenly spaced quantiles of samples, on the scale from `lo` to `hi`."""
    return (np.quantile(samples, (np.arange(TYPES) + 0.5) / TYPES) - lo) / (hi - lo)


def fictitious_play(
    k: float, reader: ProposalReader, worths: Array, costs: Array, rounds: int = ROUNDS
) -> FictitiousPlay:
    """Return the claims that fictitious play reaches if both sides start from the truth.

    `k` is the weight of the bid in the price of a sealed bid. `worths` and `costs` are the types of
    buyer and vendor on the unit scale, in rising order and equally likely. After a single round
    claims are best replies to the truth. Source: Brown (1951).
    """
    proposals = following_proposals(reader, worths, costs)
    rows = np.arange(len(worths)), np.arange(len(costs))
    bids, asks = np.zeros((len(worths), len(CLAIMS))), np.zeros((len(costs), len(CLAIMS)))
    # The truth, rounded so that nobody claims beyond its own value: bids down, asks up.
    bids[rows[0], np.floor(np.clip(worths, 0.0, 1.0) * PRICES).astype(int)] = 1.0
    asks[rows[1], np.ceil(np.clip(costs, 0.0, 1.0) * PRICES).astype(int)] = 1.0
    for number in range(1, rounds + 1):
        buyers, vendors = payoffs_by_claim(k, proposals, (worths, costs), (bids, asks))
        # Among equal replies the nearest to the truth, so that types that cannot trade claim it.
        best = PRICES - buyers[:, ::-1].argmax(axis=1), vendors.argmax(axis=1)
        # The mean of all rounds so far, the truth included; a single round replaces the truth.
        step = 1.0 if rounds == 1 else 1.0 / (number + 1)
        for shares, row, claim in zip((bids, asks), rows, best, strict=True):
            shares *= 1.0 - step
            shares[row, claim] += step
    buyers, vendors = payoffs_by_claim(k, proposals, (worths, costs), (bids, asks))
    earned = _mean_payoff(buyers, bids), _mean_payoff(vendors, asks)
    regret = max(buyers.max(1).mean() - earned[0], vendors.max(1).mean() - earned[1])
    means = [np.asarray((shares * CLAIMS).cumsum(1)[:, -1]) for shares in (bids, asks)]
    return FictitiousPlay(means[0], means[1], float(regret), ordered_sum(earned))


def following_proposals(reader: ProposalReader, worths: Array, costs: Array) -> FollowingProposals:
    """Return every proposal that may follow a bid below an ask.

    An estimate is the population's mean, moved by the share w of a claim, with an error variance of
    w(1 − w) times that of the types. The price gives the buyer its share of the pie, if there is a
    pie.
    """
    means = worths.cumsum()[-1] / len(worths), costs.cumsum()[-1] / len(costs)
    blur = [
        (w * (1.0 - w) * ((types - mean) ** 2).cumsum()[-1] / len(types)) ** 0.5
        for w, types, mean in zip(reader[:2], (worths, costs), means, strict=True)
    ]
    bid, ask = np.nonzero(CLAIMS[:, None] < CLAIMS)
    found = []
    for error_b, chance_b in ERROR_NODES if blur[0] > 0.0 else ((0.0, 1.0),):
        for error_v, chance_v in ERROR_NODES if blur[1] > 0.0 else ((0.0, 1.0),):
            most = means[0] + reader.buyer * (CLAIMS[bid] - means[0]) + blur[0] * error_b
            least = means[1] + reader.vendor * (CLAIMS[ask] - means[1]) + blur[1] * error_v
            proposed = most - least >= LEAST_PIE
            price = (most - reader.share * (most - least))[proposed]
            chance = np.full(len(price), chance_b * chance_v)
            found.append((bid[proposed], ask[proposed], price, chance))
    bid, ask = (np.concatenate([part[n] for part in found]) for n in (0, 1))
    price, chance = (np.concatenate([part[n] for part in found]) for n in (2, 3))
    within = np.searchsorted(costs, price, side="right")
    return FollowingProposals(bid, ask, price, chance, np.searchsorted(worths, price), within)


def payoffs_by_claim(
    k: float, proposals: FollowingProposals, types: tuple[Array, Array], shares: tuple[Array, Array]
) -> tuple[Array, Array]:
    """Return the payoff of each type by claim, buyers then vendors, shape (types, claims) each.

    `shares` holds the share of each type's play on each claim. No type claims beyond its own value;
    such claims have the payoff −∞.
    """
    (worths, costs), (bids, asks) = types, shares
    met, paid = asks.cumsum(1).sum(0), (asks * CLAIMS).cumsum(1).sum(0)
    buyers = (worths[:, None] - k * CLAIMS) * met - (1.0 - k) * paid
    below = np.concatenate((np.zeros((1, len(CLAIMS))), asks.cumsum(0)))
    weight = proposals.chance * below[proposals.costs_within, proposals.ask]
    taken = [
        _sum_by_claim_and_type(proposals.bid, proposals.worths_below, weights, len(worths))
        .cumsum(1)[:, :-1]
        .T
        for weights in (weight, weight * proposals.price)
    ]
    buyers = (buyers + worths[:, None] * taken[0] - taken[1]) / len(costs)

    met = bids[:, ::-1].cumsum(1)[:, ::-1].sum(0)
    got = (bids * CLAIMS)[:, ::-1].cumsum(1)[:, ::-1].sum(0)
    vendors = ((1.0 - k) * CLAIMS - costs[:, None]) * met + k * got
    above = np.concatenate((bids[::-1].cumsum(0)[::-1], np.zeros((1, len(CLAIMS)))))
    weight = proposals.chance * above[proposals.worths_below, proposals.bid]
    taken = [
        _sum_by_claim_and_type(proposals.ask, proposals.costs_within, weights, len(costs))[:, ::-1]
        .cumsum(1)[:, -2::-1]
        .T
        for weights in (weight, weight * proposals.price)
    ]
    vendors = (vendors + taken[1] - costs[:, None] * taken[0]) / len(worths)
    buyers[np.maximum(worths, 0.0)[:, None] < CLAIMS] = -np.inf
    vendors[np.minimum(costs, 1.0)[:, None] > CLAIMS] = -np.inf
    return buyers, vendors


def _sum_by_claim_and_type(claim: Indices, type_place: Indices, weight: Array, types: int) -> Array:
    """Return the sum of weights by claim (row) and place among the types (column)."""
    cells = len(CLAIMS) * (types + 1)
    sums = np.bincount(claim * (types + 1) + type_place, weight, cells).astype(float)
    return sums.reshape(len(CLAIMS), types + 1)


def _mean_payoff(payoff: Array, shares: Array) -> float:
    """Return a side's mean payoff under its shares of play."""
    return float((np.where(shares > 0.0, payoff, 0.0) * shares).sum(1).mean())
