"""War of attrition between possibly stubborn sides, and the mediator who must sometimes be silent.

Each side demands α > ½ of a pie of 1 and is with chance z of a type that never yields (Abreu & Gul
2000). A mediator asks both in confidence whether they would take one half each and, where both
would, says so with chance m only. At m = 1 its silence gives a refusal away, so that a side does
better by refusing; with noise accepting is a best reply up to some m* (after Fanning 2021).
"""

from __future__ import annotations

import numpy as np


def attrition_payoffs(
    demands: tuple[float, float], priors: tuple[float, float], rates: tuple[float, float]
) -> tuple[float, float]:
    """Return what rational types of both sides get in the war of attrition (Abreu & Gul 2000).

    A side concedes at the rate that leaves the other indifferent; the one that would be found out
    later yields at once with the chance that lets both reputations be complete at the same time.
    """
    excess = demands[0] + demands[1] - 1.0
    concede = (rates[1] * (1.0 - demands[0]) / excess, rates[0] * (1.0 - demands[1]) / excess)
    end = min(-np.log(z) / rate for z, rate in zip(priors, concede, strict=True))
    late = [z * np.exp(rate * end) for z, rate in zip(priors, concede, strict=True)]
    first = (1.0 - late[1]) * demands[0] + late[1] * (1.0 - demands[1])
    second = (1.0 - late[0]) * demands[1] + late[0] * (1.0 - demands[0])
    return float(first), float(second)


def belief_after_silence(m: float, z: float) -> float:
    """Return z′, the belief that the other never yields, after a mediator with noise was silent."""
    return z / (z + (1.0 - z) * (1.0 - m))


def accepting(m: float, demand: float, z: float) -> float:
    """Return what a rational side gets that tells the mediator it accepts one half."""
    return (1.0 - z) * m * (demand - 0.5) + (1.0 - demand)


def refusing(m: float, demand: float, z: float) -> float:
    """Return what it gets at best by refusing in confidence and waiting for the other to yield."""
    if m == 1.0:
        return (1.0 - z) * demand + z * (1.0 - demand)
    after = belief_after_silence(m, z)
    odds = demand / (1.0 - demand)
    waiting = (1.0 - z) / (1.0 - after) * (1.0 - after**odds)
    stubborn = z * after ** ((2.0 * demand - 1.0) / (1.0 - demand))
    return (1.0 - demand) * (waiting + stubborn)


def largest_announcement(demand: float, z: float) -> float:
    """Return m*, the highest chance of announcing at which accepting is a best reply; 0 if none."""
    from scipy.optimize import brentq

    def slack(m: float) -> float:
        return accepting(m, demand, z) - refusing(m, demand, z)

    grid = np.linspace(0.0, 1.0, 2_002)[1:-1]
    fine = [m for m in grid if slack(m) > 0.0]
    if not fine:
        return 0.0
    return float(brentq(slack, fine[-1], 1.0 - 1e-12))
