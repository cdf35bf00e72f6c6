"""The k-double auction: what a sealed bid is worth, and how far each side shades it.

The buyer bids and the vendor asks. They trade if bid ≥ ask, at the price k·bid + (1−k)·ask. The
first half of the module holds closed forms for worth and cost that are uniform on one interval
(Chatterjee & Samuelson 1983; Myerson & Satterthwaite 1983). The second half finds the shading
against any distribution, given as samples. Types are measured on a scale on which 0 is the lowest
conceivable cost and 1 the highest conceivable worth.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.summation import ordered_sum

Array: TypeAlias = NDArray[np.float64]

# Shading coefficients that the adaptive equilibrium tries; the gain, as a share of the payoff, below
# which a side stays put; the share of the largest joint gains that a pair must reach; and the regret
# within which pairs count as equal.
COEFFICIENTS = np.arange(31) * 0.02
TOLERANCE = 0.01
LEAST_GAINS_SHARE = 0.9
REGRET_TIE = 5e-4

# Numerical choices: the prices that a best reply tries (their spacing, under 5e-4 of the opponent's
# range, bounds its error); how many distinct values still count as atoms rather than as draws from
# a density; and how many quantiles stand for a distribution in the adaptive equilibrium.
PRICES = 2048
ATOMS = 64
QUANTILES = 512


class LinearClaim(NamedTuple):
    """The claim of a type on the unit scale: slope · type + constant."""

    slope: float
    constant: float


class AuctionOutcome(NamedTuple):
    """Expected gains from trade, the chance of trade, and each side's part of the gains.

    Gains are in the unit of the interval's width, before conditioning on trade.
    """

    gains: float
    trade: float
    buyer: float
    vendor: float


class Shading(NamedTuple):
    """Shading by type, as a share of the scale: worth − bid and ask − cost, both at least 0."""

    buyer: Array
    vendor: Array


class AdaptiveEquilibrium(NamedTuple):
    """Shading coefficients of both sides, and the share a side could still gain by another one."""

    buyer: float
    vendor: float
    regret: float


TRUTHFUL = LinearClaim(1.0, 0.0)


def equilibrium(k: float) -> tuple[LinearClaim, LinearClaim]:
    """Return bid and ask of the linear equilibrium for types U[0, 1] (Chatterjee & Samuelson 1983).

    Bid v/(1+k) + k(1−k)/(2(1+k)), ask c/(2−k) + (1−k)/2. The lines hold for types that can trade;
    `equilibrium_bid` and `equilibrium_ask` let the other types claim their own value.

    Example:
        >>> bid, ask = equilibrium(0.5)
        >>> round(bid.slope, 4), round(ask.constant, 4)
        (0.6667, 0.25)
    """
    bid_line = LinearClaim(1 / (1 + k), k * (1 - k) / (2 * (1 + k)))
    return bid_line, LinearClaim(1 / (2 - k), (1 - k) / 2)


def level_1(k: float) -> tuple[LinearClaim, LinearClaim]:
    """Return bid and ask that are best replies to a truthful opponent, types U[0, 1].

    Bid v/(1+k) and ask c/(2−k) + (1−k)/(2−k).
    """
    return LinearClaim(1 / (1 + k), 0.0), LinearClaim(1 / (2 - k), (1 - k) / (2 - k))


def equilibrium_bid(worth: ArrayLike, k: float, lo: float = 0.0, hi: float = 1.0) -> Array:
    """Return equilibrium bids of buyers whose worth is U[lo, hi], never above their worth.

    `worth`, `lo` and `hi` are in money; so are the bids, one for each worth.
    """
    return _claimed_bid(equilibrium(k)[0], worth, lo, hi)


def equilibrium_ask(cost: ArrayLike, k: float, lo: float = 0.0, hi: float = 1.0) -> Array:
    """Return equilibrium asks of vendors whose cost is U[lo, hi], never below their cost.

    `cost`, `lo` and `hi` are in money; so are the asks, one for each cost.
    """
    return _claimed_ask(equilibrium(k)[1], cost, lo, hi)


def level_1_bid(worth: ArrayLike, k: float, lo: float = 0.0, hi: float = 1.0) -> Array:
    """Return bids that are best replies to a vendor who asks its cost, U[lo, hi]."""
    return _claimed_bid(level_1(k)[0], worth, lo, hi)


def level_1_ask(cost: ArrayLike, k: float, lo: float = 0.0, hi: float = 1.0) -> Array:
    """Return asks that are best replies to a buyer who bids its worth, U[lo, hi]."""
    return _claimed_ask(level_1(k)[1], cost, lo, hi)


def _claimed_bid(line: LinearClaim, worth: ArrayLike, lo: float, hi: float) -> Array:
    """Return bids along a line on the scale from `lo` to `hi`, never above the worth."""
    value = np.asarray(worth, float)
    claim = lo + line.slope * (value - lo) + line.constant * (hi - lo)
    return np.asarray(np.minimum(claim, value))


def _claimed_ask(line: LinearClaim, cost: ArrayLike, lo: float, hi: float) -> Array:
    """Return asks along a line on the scale from `lo` to `hi`, never below the cost."""
    value = np.asarray(cost, float)
    claim = lo + line.slope * (value - lo) + line.constant * (hi - lo)
    return np.asarray(np.maximum(claim, value))


def expected_outcome(
    bid_line: LinearClaim, ask_line: LinearClaim, k: float, width: float = 1.0
) -> AuctionOutcome:
    """Return the expected outcome of two linear claims, with types uniform on `width` of money.

    Types are independent. Those that trade form a triangle with the corners (worth, cost) = (b, 0),
    (1, 0) and (1, c), so the expectation of anything linear is its value at the centroid times the
    area.

    Example:
        >>> round(expected_outcome(*equilibrium(0.5), 0.5).gains, 6) == 9 / 64
        True
    """
    lowest = (ask_line.constant - bid_line.constant) / bid_line.slope
    highest = (bid_line.slope + bid_line.constant - ask_line.constant) / ask_line.slope
    area = (1 - lowest) * highest / 2
    worth, cost = (lowest + 2) / 3, highest / 3
    mean_bid = bid_line.slope * worth + bid_line.constant
    mean_ask = ask_line.slope * cost + ask_line.constant
    price = k * mean_bid + (1 - k) * mean_ask
    scale = area * width
    return AuctionOutcome(
        (worth - cost) * scale, area, (worth - price) * scale, (price - cost) * scale
    )


def first_best_gains(width: float = 1.0) -> float:
    """Return E max(0, worth − cost) for both uniform on one interval: width / 6."""
    return width / 6


def second_best_gains(width: float = 1.0) -> float:
    """Return the most that strategic sides can gain without a subsidy: 9/64 of the width.

    Source: Myerson & Satterthwaite (1983). The linear equilibrium at k = ½ attains it.
    """
    return 9 * width / 64


def take_it_or_leave_it_gains(width: float = 1.0) -> float:
    """Return the expected gains if one side names the price and the other may refuse: width / 8."""
    return width / 8


def posted_price_gains(price: float, lo: float = 0.0, hi: float = 1.0) -> float:
    """Return the expected gains if both accept or refuse a given price in [lo, hi].

    (p − lo)(hi − p)/(2(hi − lo)); at best, halfway, an eighth of the width.
    """
    return (price - lo) * (hi - price) / (2 * (hi - lo))


def random_price_gains(width: float = 1.0) -> float:
    """Return the expected gains if both may refuse a price drawn from the interval: width / 12."""
    return width / 12


def deviation_gain(
    k: float, types: Array, own: tuple[Array, Array], others: tuple[Array, Array], claims: Array
) -> float:
    """Return the most that any type of either side gains by claiming something else.

    `types` are values in [0, 1], evenly spread. `own` holds the bids of buyers and the asks of
    vendors of these types, `others` the bids and asks of many opponents, and `claims` the claims
    tried instead. The result is an expected gain on the unit scale; in an equilibrium it is 0.
    """

    def buyers_gain(k: float, own: Array, others: Array) -> float:
        asks = np.sort(others)
        sums = np.concatenate(([0.0], np.cumsum(asks)))

        def payoff(bids: Array) -> Array:
            met = np.searchsorted(asks, bids, side="right")
            return np.asarray((met * (types[:, None] - k * bids) - (1 - k) * sums[met]) / len(asks))

        return float((payoff(claims[None, :]).max(axis=1) - payoff(own[:, None])[:, 0]).max())

    # In the mirror a vendor of cost c is a buyer of worth 1 − c who meets asks of 1 − bid.
    buyer = buyers_gain(k, own[0], others[1])
    return max(buyer, buyers_gain(1 - k, 1 - own[1][::-1], 1 - others[0]))


def shading_tables(
    level: str,
    k: float,
    worth: Array,
    cost: Array,
    lo: float,
    hi: float,
    points: int = 65,
    *,
    uniform: bool = False,
) -> Shading:
    """Return the shading of both sides at `points` types evenly spaced from `lo` to `hi`.

    `worth` and `cost` are samples of the two reservation values, in money; `lo` is the lowest
    conceivable cost, `hi` the highest conceivable worth. `level` is "truthful" (no shading),
    "level_1" (best reply to a truthful opponent) or "equilibrium". With `uniform` both values are
    taken to be uniform on [lo, hi]: the closed forms hold and the samples are not read. Otherwise
    the equilibrium is the one of `adaptive_equilibrium`. Bids and asks rise with the type. Raises
    ValueError if the level is unknown.
    """
    if level not in ("truthful", "level_1", "equilibrium"):
        raise ValueError(f"level {level!r}: want truthful, level_1 or equilibrium")
    types = np.linspace(0.0, 1.0, points)
    if level == "truthful" or hi <= lo:
        return Shading(np.zeros(points), np.zeros(points))
    if uniform:
        lines = level_1(k) if level == "level_1" else equilibrium(k)
        bids, asks = (
            _claimed_bid(lines[0], types, 0.0, 1.0),
            _claimed_ask(lines[1], types, 0.0, 1.0),
        )
        return Shading(types - bids, asks - types)
    if level == "equilibrium":
        found = adaptive_equilibrium(k, worth, cost, lo, hi)
        return Shading(found.buyer * types, found.vendor * (1 - types))
    unit_worth, unit_cost = _to_unit_scale(worth, lo, hi), _to_unit_scale(cost, lo, hi)
    # The vendor's problem is the buyer's in the mirror: types, prices and k change ends.
    buyer = types - _best_bids(types, unit_cost, k)
    vendor = types - _best_bids(types, 1 - unit_worth, 1 - k)
    return Shading(buyer, vendor[::-1].copy())


def posted_offer_tables(
    worth: Array, cost: Array, lo: float, hi: float, points: int = 65, *, uniform: bool = False
) -> Shading:
    """Return the shading of each side if it names the price and the other accepts or leaves.

    The responder cannot gain by refusing, so the best offer is the best reply to the truth in an
    auction in which the proposer's claim alone sets the price: k = 1 for the buyer, k = 0 for the
    vendor. Arguments are those of `shading_tables`.
    """
    buyer = shading_tables("level_1", 1.0, worth, cost, lo, hi, points, uniform=uniform).buyer
    vendor = shading_tables("level_1", 0.0, worth, cost, lo, hi, points, uniform=uniform).vendor
    return Shading(buyer, vendor)


def adaptive_equilibrium(
    k: float, worth: Array, cost: Array, lo: float, hi: float
) -> AdaptiveEquilibrium:
    """Return shading from which no side gains more than 1 % by changing its own coefficient.

    A side shades in proportion to the distance of its type from the other side's best conceivable
    type: worth − bid = λ_b (worth − lo) and ask − cost = λ_v (hi − cost), with λ in 0, 0.02 … 0.6.
    If trade is rare, not trading is an equilibrium too. Therefore only pairs that reach nine tenths
    of the largest joint gains count. Of these the pair with the smallest regret is taken, and of
    pairs with equal regret the most even one. If no pair is within 1 %, the smallest regret decides
    alone.
    """
    if hi <= lo:
        return AdaptiveEquilibrium(0.0, 0.0, 0.0)
    worths, costs = (_quantiles(_to_unit_scale(x, lo, hi)) for x in (worth, cost))
    buyer, vendor = _payoffs(k, worths, costs)
    regret = np.maximum(_attainable_gain(buyer, axis=0), _attainable_gain(vendor, axis=1))
    joint = buyer + vendor
    settled = regret <= TOLERANCE
    if settled.any():
        regret = np.where(
            settled & (joint >= LEAST_GAINS_SHARE * joint[settled].max()), regret, np.inf
        )
    uneven = np.abs(COEFFICIENTS[:, None] - COEFFICIENTS)
    level = regret <= regret.min() + REGRET_TIE
    i, j = divmod(int(np.where(level, uneven, np.inf).argmin()), len(COEFFICIENTS))
    return AdaptiveEquilibrium(float(COEFFICIENTS[i]), float(COEFFICIENTS[j]), float(regret[i, j]))


def _to_unit_scale(values: Array, lo: float, hi: float) -> Array:
    """Return values on the scale on which `lo` is 0 and `hi` is 1."""
    return (np.asarray(values, float) - lo) / (hi - lo)


def _quantiles(samples: Array) -> Array:
    """Return the samples in order, thinned to evenly spaced quantiles if there are many."""
    if len(samples) <= QUANTILES:
        return np.sort(samples)
    return np.quantile(samples, (np.arange(QUANTILES) + 0.5) / QUANTILES)


def _payoffs(k: float, worths: Array, costs: Array) -> tuple[Array, Array]:
    """Return both sides' mean payoff by the buyer's (row) and the vendor's (column) coefficient."""
    size = len(COEFFICIENTS)
    buyer, vendor = np.zeros((size, size)), np.zeros((size, size))
    pairs = len(worths) * len(costs)
    cost_sums = np.concatenate(([0.0], np.cumsum(costs)))
    for j, vendor_shade in enumerate(COEFFICIENTS):
        asks = costs + vendor_shade * (1 - costs)
        ask_sums = np.concatenate(([0.0], np.cumsum(asks)))
        for i, buyer_shade in enumerate(COEFFICIENTS):
            bids = worths * (1 - buyer_shade)
            met = np.searchsorted(asks, bids, side="right")
            paid = ordered_sum(met * bids) * k + ordered_sum(ask_sums[met]) * (1 - k)
            buyer[i, j] = (ordered_sum(met * worths) - paid) / pairs
            vendor[i, j] = (paid - ordered_sum(cost_sums[met])) / pairs
    return buyer, vendor


def _fifth_root_below(count: int) -> float:
    """Return count^(−1/5) in decimal arithmetic: a C library's `pow` depends on the processor."""
    return float(Decimal(count) ** Decimal("-0.2"))


def _attainable_gain(payoff: Array, axis: int) -> Array:
    """Return the share of its payoff by which a side could improve along `axis`."""
    best = np.broadcast_to(payoff.max(axis=axis, keepdims=True), payoff.shape)
    # Without any trade the share is infinite, or 0 if no coefficient leads to trade.
    idle = np.where(best > 0, np.inf, 0.0)
    return np.divide(best - payoff, payoff, out=idle, where=payoff > 0)


def _best_bids(types: Array, costs: Array, k: float) -> Array:
    """Return the best bid of each type to a vendor who asks its cost; its worth if none pays.

    The payoff of a bid b is (worth − b) F(b) + (1−k) ∫F up to b. It is supermodular, so the lowest
    best bid rises with the type.
    """
    prices, below, area = _empirical_distribution(costs)
    payoff = (types[:, None] - prices) * below + (1 - k) * area
    payoff[prices > types[:, None]] = 0.0
    best = payoff.argmax(axis=1)
    pays = payoff[np.arange(len(types)), best] > 0
    return np.where(pays, prices[best], types)


def _empirical_distribution(samples: Array) -> tuple[Array, Array, Array]:
    """Return prices, the share of samples at or below each price, and the integral of that share.

    Few distinct values are taken as they are. Many are draws from a density, whose ripple would
    throw a best reply about. They are smoothed with a biweight kernel of Silverman's width,
    reflected at both ends so that a uniform density stays uniform.
    """
    values, counts = np.unique(samples, return_counts=True)
    if len(values) <= ATOMS:
        share = np.cumsum(counts) / len(samples)
        area = np.concatenate(([0.0], np.cumsum(share[:-1] * np.diff(values))))
        return values, share, area
    heights, prices = np.histogram(samples, PRICES)
    step = prices[1] - prices[0]
    quarter, three_quarters = np.quantile(samples, (0.25, 0.75))
    off = samples - ordered_sum(samples) / len(samples)
    deviation = float(np.sqrt(ordered_sum(off * off) / len(samples)))
    # Silverman's robust spread: 1.349 is the interquartile range of a standard normal, and 2.36 turns
    # the width of a normal kernel, 0.9 · spread · n^(−1/5), into that of a biweight one.
    spread = min(deviation, float(three_quarters - quarter) / 1.349)
    reach = min(int(2.36 * spread * _fifth_root_below(len(samples)) / step), PRICES)
    offset = np.arange(-reach, reach + 1) / (reach + 1)
    weight = 1 - offset * offset
    kernel = weight * weight
    padded = np.pad(heights, reach, mode="symmetric")
    density = np.zeros(len(heights))
    # As `np.convolve`, which leaves the order of its sums to BLAS.
    for n, part in enumerate(kernel):
        density += part * padded[n : n + len(heights)]
    share = np.concatenate(([0.0], np.cumsum(density) / ordered_sum(density)))
    area = np.concatenate(([0.0], np.cumsum((share[1:] + share[:-1]) / 2 * step)))
    return prices, share, area
