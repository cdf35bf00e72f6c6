"""What makes telling the truth pay: honest types, audits, a shared future, a budget breaker.

One pie is traded at the price k·bid + (1−k)·ask. Types are U[0, 1] unless another distribution is
named. A side that lies gives the best reply to the truth (level 1). The bank stands between them:
the buyer pays the vendor's cost, the vendor receives the buyer's worth (Vickrey 1961; Clarke 1971;
Groves 1973), and fees cover the deficit on average (Athey & Miller 2007).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.theory.double_auction import TRUTHFUL, expected_outcome, level_1, second_best_gains


def gains_at_honesty(share: float, k: float = 0.5) -> float:
    """Return expected gains if each side is honest with chance `share` and of level 1 otherwise.

    At k = ½ and with h = `share`: h²/6 + 2h(1−h)·4/27 + (1−h)²/12.

    Example:
        >>> round(gains_at_honesty(1.0), 6)
        0.166667
    """
    bid, ask = level_1(k)
    both_honest, none_honest = (
        expected_outcome(TRUTHFUL, TRUTHFUL, k).gains,
        expected_outcome(bid, ask, k).gains,
    )
    one_honest = expected_outcome(bid, TRUTHFUL, k).gains + expected_outcome(TRUTHFUL, ask, k).gains
    return (
        share**2 * both_honest
        + share * (1.0 - share) * one_honest
        + (1.0 - share) ** 2 * none_honest
    )


def honesty_needed(target: float | None = None, k: float = 0.5) -> float:
    """Return the share of honest sides at which gains reach `target`, second best by default."""
    from scipy.optimize import brentq

    goal = second_best_gains() if target is None else target
    return float(brentq(lambda h: gains_at_honesty(h, k) - goal, 0.0, 1.0, xtol=1e-14))


def gain_of_lying(worth: ArrayLike, k: float = 0.5) -> NDArray[np.float64]:
    """Return the gain of a buyer of worth v from its best lie to a truthful vendor, v²k²/(2(1+k)).

    That is v²/12 at k = ½. A vendor of cost c is in the mirror a buyer of worth 1 − c at 1 − k.
    """
    return np.asarray(np.square(np.asarray(worth, float)) * k**2 / (2.0 * (1.0 + k)))


def fine_for_truth(k: float = 0.5) -> float:
    """Return the least qF, chance of detection times fine, at which nobody gains by lying."""
    return float(max(gain_of_lying(1.0, k), gain_of_lying(1.0, 1.0 - k)))


def highest_honest_worth(fine: float, k: float = 0.5) -> float:
    """Return the worth up to which a buyer tells the truth at an expected fine qF, `fine`."""
    return min(1.0, math.sqrt(fine * 2.0 * (1.0 + k)) / k) if k > 0.0 else 1.0


def audited_gains(fine: float, k: float = 0.5, points: int = 2_000) -> float:
    """Return expected gains at an expected fine qF; types it does not deter lie at level 1.

    Computed on a grid of `points` types for each side.
    """
    types = (np.arange(points) + 0.5) / points
    (slope_b, constant_b), (slope_a, constant_a) = level_1(k)
    bids = np.where(types <= highest_honest_worth(fine, k), types, slope_b * types + constant_b)
    silent = 1.0 - types <= highest_honest_worth(fine, 1.0 - k)
    asks = np.where(silent, types, slope_a * types + constant_a)
    order = np.argsort(asks, kind="stable")
    sums = np.concatenate(([0.0], np.cumsum(types[order])))
    met = np.searchsorted(asks[order], bids, side="right")
    return float((types * met - sums[met]).sum() / points**2)


def bank_moments(gains: NDArray[np.float64], periods: int = 1) -> tuple[float, float]:
    """Return the bank's mean subsidy a period before fees, and the sd of its account.

    `gains` are draws of max(0, worth − cost), which the bank pays out at every trade; the account
    is taken after `periods` independent periods.
    """
    return float(gains.mean()), float(gains.std() * math.sqrt(periods))


PATIENCE_FOR_BANK = 0.5
"""From δ = ½ on no side quits to save its fee, g/2 ≤ δ/(1−δ)·g/2, whatever the distribution."""
