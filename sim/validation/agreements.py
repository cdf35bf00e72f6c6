"""T14–T17: cooperative solutions, and bargaining by alternating offers."""

from __future__ import annotations

from collections.abc import Callable

from sim.theory import alternating, solutions
from sim.theory.solutions import UtilityFrontier, power_frontier, risk_averse_frontier
from sim.validation.check import BELOW, Check, CheckPoint, Effort, exact_points
from sim.validation.talks_in_limits import solve_frontier

GOLDEN = (5**0.5 - 1) / 2
Solve = Callable[..., tuple[float, float]]
NAMES = ("Nash", "Kalai–Smorodinsky", "egalitarian", "utilitarian")
SOLVERS: tuple[Solve, ...] = (
    solutions.nash,
    solutions.kalai_smorodinsky,
    solutions.egalitarian,
    solutions.utilitarian,
)


def measure_solutions(effort: Effort) -> list[CheckPoint]:
    """Return the points of T14: solutions on curved frontiers, and their axioms.

    Nash, Kalai–Smorodinsky, egalitarian and utilitarian solutions in closed form, numerically, and
    among many outcomes of the laboratory. Source: Nash (1950); Kalai & Smorodinsky (1975); Kalai
    (1977).
    """
    arc, dollar, averse = power_frontier(2.0), risk_averse_frontier(0.5), risk_averse_frontier(0.25)
    first = [solve(arc)[0] for solve in SOLVERS]
    points = exact_points(
        (f"u₂ = 1 − u₁², {n}" for n in NAMES), (3**-0.5, GOLDEN, GOLDEN, 0.5), first, 1e-5
    )
    away = [solve(arc, (0.0, 0.25))[0] for solve in SOLVERS[:3]]
    points += exact_points(
        (f"d = (0, 1/4), {n}" for n in NAMES[:3]), (0.5, 0.535233, 0.5), away, 1e-5
    )
    taken = [
        solve(f)[0] ** (1.0 / r)
        for f, r in ((dollar, 0.5), (averse, 0.25))
        for solve in SOLVERS[:2]
    ]
    whats = [f"dollar, ρ = {r}, {n}" for r in (0.5, 0.25) for n in NAMES[:2]]
    points += exact_points(whats, (1 / 3, 0.381966, 0.2, 0.275508), taken, 1e-5)
    for a in (
        round(float(x), 3) for x in effort.draws("T14").uniform(1.2, 5.0, effort.choose(3, 30))
    ):
        frontier = power_frontier(a)
        expected = (1.0 / (1.0 + a)) ** (1.0 / a), a ** (-1.0 / (a - 1.0))
        found = solutions.nash(frontier)[0], solutions.utilitarian(frontier)[0]
        points += exact_points(
            (f"u₂ = 1 − u₁^{a:g}, {n}" for n in (NAMES[0], NAMES[3])), expected, found, 1e-5
        )
        points += _axiom_points(frontier, a)
    points += _outcome_points()
    points.append(
        CheckPoint(
            "money: d₁ + β(S − d₁ − d₂)", 0.3, solutions.split_money(1.0, (0.1, 0.5))[0], 1e-12
        )
    )
    return points


def _outcome_points() -> list[CheckPoint]:
    """Return the points of the laboratory's solutions among many outcomes along the frontier."""
    arc, points = power_frontier(2.0), []
    names = (*NAMES[:3], "maximum welfare")
    for floor, expected in (
        (0.0, (3**-0.5, GOLDEN, GOLDEN, 0.5)),
        (0.25, (0.5, 0.535233, 0.5, 0.5)),
    ):
        found = solve_frontier(arc, (0.0, floor))
        whats = (f"20,001 outcomes, d = (0, {floor:g}): {name}" for name in names)
        points += exact_points(whats, expected, (found[name] for name in names), 1e-4)
    return points


def _axiom_points(frontier: UtilityFrontier, exponent: float) -> list[CheckPoint]:
    """Return the points of axioms: scale invariance, irrelevant alternatives, monotonicity.

    `exponent` is that of the frontier u₂ = 1 − u₁^a, and names the points.
    """
    doubled = UtilityFrontier(
        lambda u: 2.0 * frontier.of(u), lambda u: frontier.back(u / 2.0), frontier.most
    )
    nash, ks = solutions.nash(frontier), solutions.kalai_smorodinsky(frontier)
    top = 0.5 * (nash[1] + 1.0)
    cut = UtilityFrontier(lambda u: min(top, frontier.of(u)), frontier.back, frontier.most)
    return [
        CheckPoint(f"a = {exponent:g}: Nash, second scale doubled", nash[0], solutions.nash(doubled)[0], 1e-5),
        CheckPoint(f"a = {exponent:g}: Nash, what it would not choose cut off", nash[0], solutions.nash(cut)[0], 1e-5),
        CheckPoint(f"a = {exponent:g}: Kalai–Smorodinsky, scale doubled", ks[0],
              solutions.kalai_smorodinsky(doubled)[0], 1e-5),
        CheckPoint(f"a = {exponent:g}: Kalai–Smorodinsky gives less where one's best is cut off", ks[1],
              solutions.kalai_smorodinsky(cut)[1], 1e-6, kind=BELOW),
    ]  # fmt: skip


def refute_solutions(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T14: solutions exchanged; egalitarian on another scale."""
    arc = power_frontier(2.0)
    doubled = UtilityFrontier(lambda u: 2.0 * arc.of(u), lambda u: arc.back(u / 2.0), 1.0)
    return [
        CheckPoint("utilitarian for Nash", 3**-0.5, solutions.utilitarian(arc)[0], 1e-5),
        CheckPoint("Nash for Kalai–Smorodinsky", GOLDEN, solutions.nash(arc)[0], 1e-5),
        CheckPoint("egalitarian, scale doubled", GOLDEN, solutions.egalitarian(doubled)[0], 1e-5),
    ]


def measure_endless_offers(effort: Effort) -> list[CheckPoint]:
    """Return the points of T15: alternating offers without end.

    Backward induction over a horizon long enough not to matter, against the stationary share
    (1 − δ₂) / (1 − δ₁δ₂). Source: Rubinstein (1982).
    """
    points = []
    drawn = effort.draws("T15").uniform(0.3, 0.97, (effort.choose(4, 40), 2)).round(3)
    for one, two in ((0.9, 0.9), (0.9, 0.8), (0.8, 0.9), (0.5, 0.5), *drawn):
        pair = float(one), float(two)
        rounds = alternating.rounds_until_negligible(max(pair), 1e-9)
        found = alternating.first_share(rounds, pair)
        points.append(
            CheckPoint(f"δ = ({one:g}, {two:g})", alternating.stationary_share(pair), found, 1e-6)
        )
    rates = (0.05, 0.10)
    limit = alternating.share_at_rates(rates)
    found = alternating.share_at_rates(rates, 1e-6)
    return [
        *points,
        CheckPoint("periods → 0, r = (.05, .10)", 2 / 3, found, 1e-6),
        CheckPoint("r₂/(r₁+r₂)", 2 / 3, limit, 1e-12),
    ]


def refute_endless_offers(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T15: the sides exchanged; a horizon that still matters."""
    wrong = alternating.stationary_share((0.8, 0.9))
    short = alternating.first_share(200, (0.99, 0.99))
    return [
        CheckPoint("δ exchanged", alternating.stationary_share((0.9, 0.8)), wrong, 1e-6),
        CheckPoint("δ = .99, 200 rounds", alternating.stationary_share((0.99, 0.99)), short, 1e-6),
    ]


def measure_finite_offers(effort: Effort) -> list[CheckPoint]:
    """Return the points of T16: alternating offers with a last round.

    Source: Ståhl (1972).
    """
    named = {0.9: (1.0, 0.1, 0.91, 0.181, 0.8371, 0.24661)}
    points = []
    for discount, shares in named.items():
        found = [alternating.first_share(t, (discount, discount)) for t in range(1, 7)]
        points += exact_points(
            (f"δ = {discount}, T = {t}" for t in range(1, 7)), shares, found, 1e-9
        )
    uneven = [alternating.first_share(t, (0.9, 0.8)) for t in range(1, 7)]
    points += exact_points((f"δ = (.9, .8), T = {t}" for t in range(1, 7)),
                    (1.0, 0.2, 0.92, 0.344, 0.8624, 0.44768), uneven, 1e-9)  # fmt: skip
    draws = effort.draws("T16")
    for _ in range(effort.choose(4, 40)):
        discount, rounds = round(float(draws.uniform(0.1, 0.99)), 3), int(draws.integers(1, 60))
        found_one = alternating.first_share(rounds, (discount, discount))
        expected = alternating.finite_share(rounds, discount)
        points.append(CheckPoint(f"δ = {discount:g}, T = {rounds}", expected, found_one, 1e-9))
    return points


def refute_finite_offers(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T16: one round more; no last round."""
    found = [alternating.first_share(t + 1, (0.9, 0.9)) for t in range(1, 7)]
    points = exact_points((f"T = {t + 1} for {t}" for t in range(1, 7)),
                   (1.0, 0.1, 0.91, 0.181, 0.8371, 0.24661), found, 1e-9)  # fmt: skip
    endless = alternating.stationary_share((0.9, 0.9))
    return [*points, CheckPoint("no end for T = 6", 0.24661, endless, 1e-9)]


def measure_outside_options(effort: Effort) -> list[CheckPoint]:
    """Return the points of T17: an outside option matters only if it binds.

    Source: Binmore, Shaked & Sutton (1989).
    """
    drawn = effort.draws("T17").uniform(0.1, 0.95, (effort.choose(4, 40), 2)).round(3)
    points = []
    for d, b in ((0.9, 0.3), (0.9, 0.45), (0.9, 0.55), (0.9, 0.7), *drawn):
        rounds = alternating.rounds_until_negligible(float(d), 1e-9)
        found = alternating.first_share(rounds, (float(d), float(d)), (0.0, float(b)))
        expected = alternating.deal_me_out(float(d), float(b))
        points.append(CheckPoint(f"δ = {d:g}, b = {b:g}", expected, found, 1e-6))
    return points


def refute_outside_options(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T17: the outside option as point of disagreement."""
    return [
        CheckPoint(f"b = {b}: split the difference", alternating.deal_me_out(0.9, b),
              alternating.split_the_difference(b), 1e-6)
        for b in (0.3, 0.45, 0.55, 0.7)
    ]  # fmt: skip


CHECKS = (
    Check("T14", "solutions", "Nash, Kalai–Smorodinsky, egalitarian, utilitarian", ".577350 .618034 .618034 .5",
          "Nash 1950; Kalai & Smorodinsky 1975; Kalai 1977", "talks", "solutions exchanged; another scale",
          measure_solutions, refute_solutions),
    Check("T15", "solutions", "alternating offers without end", "(1−δ₂)/(1−δ₁δ₂)", "Rubinstein 1982", "theory",
          "patience exchanged; 200 rounds at δ = .99", measure_endless_offers, refute_endless_offers),
    Check("T16", "solutions", "alternating offers with a last round", "(1−(−δ)^T)/(1+δ)", "Ståhl 1972",
          "theory", "another round; no end", measure_finite_offers, refute_finite_offers),
    Check("T17", "solutions", "an outside option counts only if it binds", "min(1/(1+δ), 1−b)",
          "Binmore, Shaked & Sutton 1989", "theory", "split the difference",
          measure_outside_options, refute_outside_options),
)  # fmt: skip
