"""Whether a problem is reported or hidden, and whether a dispute is fought or settled.

A vendor sees a problem of severity z before the buyer does. If it reports the problem at once, that
costs the repair f z, the penalty π g_b z and the blame b z (1 − T_v); T_v is its trust that it will
be treated fairly. A hidden problem grows by ρ a month and is found with chance d a month. Then the
penalty is due on the grown severity, and the vendor loses L on top. The costs are written as sums
over months, so that they can check the closed forms of the model.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class HiddenProblem(NamedTuple):
    """A problem that only the vendor has seen: z, f, b, ρ, d and the penalty π g_b.

    Costs are in money per unit of severity, `growth` and `discovery` in shares a month; `penalty`
    is the contract's penalty times how far the problem is held against the vendor, π g_b.
    """

    severity: float
    fix: float
    blame: float
    growth: float
    discovery: float
    penalty: float


def cost_of_reporting(problem: HiddenProblem, trust: float) -> float:
    """Return R = (f + π g_b) z + b z (1 − T), the expected cost of reporting at once, in money.

    `trust` is T, from 0 to 1.
    """
    repair_and_penalty = (problem.fix + problem.penalty) * problem.severity
    return repair_and_penalty + problem.blame * problem.severity * (1 - trust)


def cost_of_hiding(problem: HiddenProblem, loss: float, months: int, discount: float) -> float:
    """Return H, the expected cost of hiding over the months left, in money.

    H = Σ_t δ^t (1 − d)^(t−1) d (π g_b z (1 + ρ)^t + L), t from 1 to `months`. `loss` is L, what the
    vendor loses on top if it is found out; `discount` is δ, the weight of the next month.
    """
    total, unseen, weight, severity = 0.0, 1.0, 1.0, problem.severity
    for _ in range(months):
        weight *= discount
        severity *= 1 + problem.growth
        total += unseen * problem.discovery * weight * (problem.penalty * severity + loss)
        unseen *= 1 - problem.discovery
    return total


def trust_threshold(problem: HiddenProblem, loss: float, months: int, discount: float) -> float:
    """Return T*, the trust from which on the vendor reports: R(T*) = H.

    At 0 or below it always reports, above 1 never. Without blame trust plays no part: the result is
    −inf if reporting costs no more than hiding, and inf otherwise.
    """
    spare = cost_of_hiding(problem, loss, months, discount) - cost_of_reporting(problem, 1.0)
    exposed = problem.blame * problem.severity
    if exposed == 0.0:
        return -math.inf if spare >= 0 else math.inf
    return 1 - spare / exposed


def is_reported(
    problem: HiddenProblem, trust: float, loss: float, months: int, discount: float
) -> bool:
    """Return whether reporting at once costs no more than hiding."""
    hiding = cost_of_hiding(problem, loss, months, discount)
    return cost_of_reporting(problem, trust) <= hiding


def settlement_range(
    p_b: float, p_v: float, stake: float, cost_b: float, cost_v: float
) -> tuple[float, float]:
    """Return the least the buyer accepts and the most the vendor pays to avoid a fight, in money.

    `p_b` and `p_v` are the chances, as buyer and vendor see them, that the buyer would win `stake`;
    `cost_b` and `cost_v` are what fighting costs each. The range is (p_b S − c_b, p_v S + c_v).
    """
    return p_b * stake - cost_b, p_v * stake + cost_v


def is_fought(p_b: float, p_v: float, stake: float, cost_b: float, cost_v: float) -> bool:
    """Return whether no settlement suits both: p_b S − c_b > p_v S + c_v.

    Source: Landes (1971), Gould (1973). `stake` is S.
    """
    least, most = settlement_range(p_b, p_v, stake, cost_b, cost_v)
    return least > most
