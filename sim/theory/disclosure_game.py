"""Whether bad news is told, and whether a dispute is fought.

A vendor sees a problem of severity z first. Told at once it costs the repair f z, the owed penalty
π g_b z and the blame b z (1 − T_v), T_v being its trust that it will be treated fairly. Hidden it
grows by ρ a month and is discovered with chance d a month; then the penalty falls due on what it
has become, and the vendor loses L. Written as sums over months, so that it checks closed forms.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class HiddenProblem(NamedTuple):
    """One problem: severity z, repair f, blame b, growth ρ, discovery d, penalty π g_b."""

    severity: float
    fix: float
    blame: float
    growth: float
    discovery: float
    penalty: float


def cost_of_reporting(problem: HiddenProblem, trust: float) -> float:
    """Return R, what the vendor expects telling at once to cost it."""
    repair_and_penalty = (problem.fix + problem.penalty) * problem.severity
    return repair_and_penalty + problem.blame * problem.severity * (1 - trust)


def cost_of_hiding(problem: HiddenProblem, loss: float, months: int, discount: float) -> float:
    """Return H, what hiding is expected to cost over the months left.

    `loss` is L, what the vendor loses besides when found out; `discount` is δ, the weight of next
    month.
    """
    total, unseen, weight, severity = 0.0, 1.0, 1.0, problem.severity
    for _ in range(months):
        weight *= discount
        severity *= 1 + problem.growth
        total += unseen * problem.discovery * weight * (problem.penalty * severity + loss)
        unseen *= 1 - problem.discovery
    return total


def trust_threshold(problem: HiddenProblem, loss: float, months: int, discount: float) -> float:
    """Return T*, the trust from which the vendor reports.

    At or below 0 it always reports, above 1 never. Without blame trust plays no part: −inf where
    reporting is no dearer than hiding, else inf.
    """
    spare = cost_of_hiding(problem, loss, months, discount) - cost_of_reporting(problem, 1.0)
    exposed = problem.blame * problem.severity
    if exposed == 0.0:
        return -math.inf if spare >= 0 else math.inf
    return 1 - spare / exposed


def is_reported(
    problem: HiddenProblem, trust: float, loss: float, months: int, discount: float
) -> bool:
    """Return whether telling at once is no dearer than hiding."""
    hiding = cost_of_hiding(problem, loss, months, discount)
    return cost_of_reporting(problem, trust) <= hiding


def settlement_range(
    p_b: float, p_v: float, stake: float, cost_b: float, cost_v: float
) -> tuple[float, float]:
    """Return the least the buyer takes and the most the vendor pays to stay out of a fight.

    `p_b` and `p_v` are the two sides' beliefs that the buyer would win the stake.
    """
    return p_b * stake - cost_b, p_v * stake + cost_v


def is_fought(p_b: float, p_v: float, stake: float, cost_b: float, cost_v: float) -> bool:
    """Return whether no settlement suits both (Landes 1971; Gould 1973)."""
    least, most = settlement_range(p_b, p_v, stake, cost_b, cost_v)
    return least > most
