"""T21–T23: peace by confidential reports, wars of attrition, a mediator's silence."""

from __future__ import annotations

import numpy as np

from sim.jit import plain
from sim.mediation.confidences import information_in_silence
from sim.theory import noisy_mediation as noise
from sim.theory import peace
from sim.theory.peace import Conflict
from sim.validation.check import ABOVE, AT_MOST, Check, CheckPoint, Effort, mean_point

Two = tuple[float, float]  # one number for each side
# Conflicts, each with the highest probability of peace under mediation.
NAMED = {
    Conflict(0.2, 0.8, 0.8): 0.808421,
    Conflict(0.45, 0.9, 0.8): 0.619070,
    Conflict(0.55, 0.9, 0.8): 0.728090,
    Conflict(0.6, 0.9, 0.8): 0.752941,
    Conflict(0.7, 0.9, 0.9): 0.255789,
    Conflict(0.7, 0.9, 0.8): 1.0,
}
# Demands, priors of a type that never yields, discount rates, payoffs of rational types.
WARS = (
    ((0.6, 0.6), (0.1, 0.1), (1.0, 1.0), (0.4000, 0.4000)),
    ((0.7, 0.6), (0.1, 0.1), (1.0, 1.0), (0.4000, 0.4313)),
    ((0.7, 0.7), (0.05, 0.2), (1.0, 1.0), (0.3000, 0.6000)),
    ((0.75, 0.6), (0.1, 0.1), (1.0, 2.0), (0.5292, 0.2500)),
)


def _conflict_text(conflict: Conflict) -> str:
    return f"q = {conflict.strong:.3g}, p = {conflict.wins:.3g}, θ = {conflict.left:.3g}"


def measure_peace(effort: Effort) -> list[CheckPoint]:
    """Return the points of T21: the highest probability of peace under mediation.

    The closed form against the linear programme over confidential reports.
    Source: Hörner, Morelli & Squintani (2015).
    """
    points = []
    for conflict, total in NAMED.items():
        found = peace.peace_by_programme(conflict).total
        points.append(CheckPoint(f"{_conflict_text(conflict)}: peace", total, found, 1e-6))
    draws = effort.draws("T21")
    for _ in range(effort.choose(100, 1_000)):
        q, left = draws.uniform(0.05, 0.95), draws.uniform(0.6, 0.98)
        conflict = Conflict(float(q), float(draws.uniform(0.5 / left, 1.0)), float(left))
        expected, found = (
            peace.highest_peace(conflict).total,
            peace.peace_by_programme(conflict).total,
        )
        points.append(CheckPoint(f"{_conflict_text(conflict)}: peace", expected, found, 1e-6))
    return points


def refute_peace(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T21: an open proposal of one half that a side may refuse."""
    return [
        CheckPoint(
            f"{_conflict_text(c)}: an open proposal",
            peace.highest_peace(c).total,
            peace.peace_without_communication(c),
            1e-6,
        )
        for c in list(NAMED)[:5]
    ]


def measure_attrition(effort: Effort) -> list[CheckPoint]:
    """Return the points of T22: payoffs in wars of attrition between reputations, by simulation.

    Source: Abreu & Gul (2000).
    """
    draws, size = effort.draws("T22"), effort.choose(1_000_000, 4_000_000)
    points = []
    for demands, priors, rates, named in WARS:
        points += _attrition_points(draws, size, demands, priors, rates, named)
    for _ in range(effort.choose(1, 6)):
        a, b = draws.uniform(0.55, 0.85, 2).round(3)
        (z_a, z_b), (r_a, r_b) = (
            draws.uniform(*ends, 2).round(3) for ends in ((0.03, 0.3), (0.5, 2.0))
        )
        case = (float(a), float(b)), (float(z_a), float(z_b)), (float(r_a), float(r_b))
        points += _attrition_points(draws, size, *case, noise.attrition_payoffs(*case))
    return points


def _attrition_points(
    draws: np.random.Generator,
    size: int,
    demands: Two,
    priors: Two,
    rates: Two,
    expected: Two,
) -> list[CheckPoint]:
    """Return the points of both sides' mean payoff in `size` wars of attrition.

    `demands` are shares of the pie, `priors` the probabilities of a type that never yields, `rates`
    discount rates; `expected` are the payoffs of rational types.
    """
    times = noise.draw_concession_times(draws, size, demands, priors, rates)
    worth = noise.payoffs_at_times(times, demands, rates)
    what = f"α = ({demands[0]:g}, {demands[1]:g}), z = ({priors[0]:g}, {priors[1]:g}), r = ({rates[0]:g}, {rates[1]:g})"
    return [
        mean_point(
            f"{what}: U{side + 1}", expected[side], worth[side][np.isfinite(times[side])], 0.002
        )
        for side in (0, 1)
    ]


def refute_attrition(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T22: priors exchanged; sides that yield half as fast."""
    draws, size = effort.draws("T22 control"), 200_000
    points = []
    demands, priors, rates, _ = WARS[2]
    wrong = noise.attrition_payoffs(demands, priors[::-1], rates)
    points += _attrition_points(draws, size, demands, priors, rates, wrong)
    times = noise.draw_concession_times(draws, size, *WARS[0][:3])
    slow = 2.0 * times[0], 2.0 * times[1]
    worth = noise.payoffs_at_times(slow, WARS[0][0], WARS[0][2])[0]
    return [
        *points,
        mean_point("everybody yields half as fast", 0.4, worth[np.isfinite(times[0])], 0.002),
    ]


def measure_silence(effort: Effort) -> list[CheckPoint]:
    """Return the points of T23: the largest probability m* of announcing a draft that is at hand.

    Up to m* accepting is a best reply to accepting; at m* a side is indifferent between accepting
    and refusing; above it, refusing pays. The engine's rule for beliefs after silence is checked as
    well. Source: Fanning (2021).
    """
    points = [
        CheckPoint("α = .6, z = .1: m*", 0.8402, noise.highest_announcement_chance(0.6, 0.1), 0.002)
    ]
    draws, size = effort.draws("T23"), effort.choose(300_000, 2_000_000)
    drawn = [
        (float(draws.uniform(0.55, 0.85)), float(draws.uniform(0.02, 0.25)))
        for _ in range(effort.choose(1, 5))
    ]
    for demand, z in ((0.6, 0.1), *drawn):
        most = noise.highest_announcement_chance(demand, z)
        what = f"α = {demand:.3g}, z = {z:.3g}"
        accepted, refused = noise.draw_mediated_payoffs(draws, size, most, demand, z)
        points.append(
            mean_point(
                f"{what}: worth at m*", noise.payoff_of_accepting(most, demand, z), accepted, 0.002
            )
        )
        points.append(mean_point(f"{what}: refusing at m*", float(accepted.mean()), refused, 0.002))
        loud = noise.draw_mediated_payoffs(draws, size, 1.0 - 1e-9, demand, z)
        gap = loud[1].mean() - loud[0].mean()
        points.append(
            CheckPoint(f"{what}: refusing pays at m = 1", 0.0, float(gap), 0.005, kind=ABOVE)
        )
        after = noise.belief_after_silence(most, z)
        told = plain(information_in_silence)(most, z)
        points.append(
            CheckPoint(
                f"{what}: what the engine hears in silence", (after - z) / (1.0 - z), told, 1e-9
            )
        )
    points.append(
        CheckPoint(
            "α = .6, z = .1: payoff",
            0.4756,
            noise.payoff_of_accepting(points[0].measured, 0.6, 0.1),
            0.002,
        )
    )
    return points


def refute_silence(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T23: a mediator that announces more often than m*, or always."""
    draws, size = effort.draws("T23 control"), 300_000
    points = []
    for m in (0.94, 1.0 - 1e-9):
        accepted, refused = noise.draw_mediated_payoffs(draws, size, m, 0.6, 0.1)
        gap = float(refused.mean() - accepted.mean())
        points.append(CheckPoint(f"m = {m:.2f}: refusing pays", 0.0, gap, 0.002, kind=AT_MOST))
    return points


CHECKS = (
    Check("T21", "advice", "mediation and peace, for any strength and cost of war",
          "three regions in λ and γ", "Hörner, Morelli & Squintani 2015", "theory", "an open proposal of one half",
          measure_peace, refute_peace),
    Check("T22", "advice", "wars of attrition between reputations", "U = (1−c)α + c(1−α)",
          "Abreu & Gul 2000", "theory", "sides exchanged; slower concessions", measure_attrition, refute_attrition),
    Check("T23", "advice", "a mediator must sometimes be silent", "m* = .8402, payoff .4756", "Fanning 2021",
          "rules", "announcing more often", measure_silence, refute_silence),
)  # fmt: skip
