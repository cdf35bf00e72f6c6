"""T08–T10: the least cost of private information, for any supports and any distributions."""

from __future__ import annotations

from typing import Any

from sim.theory import second_best as best
from sim.theory.double_auction import second_best_gains
from sim.validation.check import AT_MOST, Check, CheckPoint, Effort
from sim.validation.one_shot import run_meetings
from sim.validation.trade import (
    EQUILIBRIUM_KEYS,
    LEVEL,
    MYERSON_SATTERTHWAITE,
    PROTOCOL,
    TRUTHFUL_KEYS,
    K,
)

SHIFTS = (-0.5, 0.0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 1.0)
SHAPES = (((2.0, 2.0), (2.0, 2.0)), ((5.0, 2.0), (2.0, 5.0)), ((2.0, 5.0), (5.0, 2.0)))


def programme_bound(worth: best.Density, cost: best.Density, types: int) -> float:
    """Return the second best by linear programme, extrapolated to an infinitely fine grid.

    `worth` and `cost` are densities, `types` is the number of types on the finer of two grids. A
    coarse grid overstates what can be achieved, so the value is extrapolated from `types` / 2 and
    `types`.
    """
    coarse, fine = (
        best.second_best_by_programme(best.discretise(worth, n), best.discretise(cost, n))
        for n in (types // 2, types)
    )
    return best.extrapolate(coarse, fine)


def measure_shifted_supports(effort: Effort) -> list[CheckPoint]:
    """Return the points of T08: second best if worth is shifted against cost by s.

    The threshold rule, trade if worth − cost ≥ t(s), against the linear programme.
    Source: Myerson & Satterthwaite (1983).
    """
    drawn = effort.draws("T08").uniform(-0.5, 1.0, effort.choose(2, 10)).round(3)
    points = []
    for s in (*SHIFTS, *(float(x) for x in drawn)):
        efficient = best.gains_above(0.0, s)
        expected = best.gains_above(best.least_gap(s), s) / efficient
        # If s < 0 few pairs can trade, and only a finer grid resolves them.
        types = effort.choose(60, 120) * (2 if s < 0.0 else 1)
        found = (
            programme_bound(best.uniform_density(s, 1.0 + s), best.uniform_density(), types)
            / efficient
        )
        points.append(CheckPoint(f"s = {s:.3g}: second best / first best", expected, found, 0.003))
    return points


def refute_shifted_supports(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T08: the threshold of equal supports for any shift."""
    points = []
    for s in (0.5, 0.75, 0.9, 1.0):
        efficient = best.gains_above(0.0, s)
        wrong = best.gains_above(0.25 * (1.0 + s), s) / efficient
        found = (
            programme_bound(best.uniform_density(s, 1.0 + s), best.uniform_density(), 60)
            / efficient
        )
        points.append(CheckPoint(f"s = {s:.3g}", wrong, found, 0.003))
    return points


def measure_any_distribution(effort: Effort) -> list[CheckPoint]:
    """Return the points of T09: second best for uniform and Beta distributions of worth and cost.

    The bound by Lagrange multiplier against the linear programme.
    """
    types = effort.choose(80, 160)
    flat = best.uniform_density()
    points = [CheckPoint("uniform", 9 / 64, programme_bound(flat, flat, types), 3e-4)]
    draws = effort.draws("T09")
    drawn = [
        tuple(map(tuple, draws.uniform(1.2, 4.0, (2, 2)).round(2)))
        for _ in range(effort.choose(2, 8))
    ]
    for of_worth, of_cost in (*SHAPES, *drawn):
        worth, cost = best.beta_density(*of_worth), best.beta_density(*of_cost)
        expected = best.second_best_by_multiplier(worth, cost).gains
        name = f"Beta{_shape_text(of_worth)} meets Beta{_shape_text(of_cost)}"
        points.append(CheckPoint(name, expected, programme_bound(worth, cost, types), 3e-4))
    return points


def refute_any_distribution(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T09: a coarse grid without extrapolation; first best."""
    coarse = best.second_best_by_programme(
        best.discretise(best.uniform_density(), 20), best.discretise(best.uniform_density(), 20)
    )
    points = [CheckPoint("20 types, no limit taken", 9 / 64, coarse, 3e-4)]
    for of_worth, of_cost in SHAPES[:2]:
        worth, cost = best.beta_density(*of_worth), best.beta_density(*of_cost)
        found = best.efficient_gains(best.discretise(worth, 80), best.discretise(cost, 80))
        name = f"first best, Beta{_shape_text(of_worth)}"
        points.append(
            CheckPoint(name, best.second_best_by_multiplier(worth, cost).gains, found, 3e-4)
        )
    return points


def _shape_text(shape: Any) -> str:
    return "(" + ", ".join(f"{x:g}" for x in shape) + ")"


def _broker_changes(competence: float, bias: float) -> dict[str, Any]:
    """Return the keys of a fully trusted mediator that only brokers."""
    return EQUILIBRIUM_KEYS | {
        "mediator.functions": ["broker"],
        "mediator.competence": competence,
        "mediator.bias": bias,
        "mediator.prior_good": 1e6,
    }


def measure_ceiling(effort: Effort) -> list[CheckPoint]:
    """Return the points of T10: strategic sides do not exceed second best.

    The engine runs every protocol, and brokers of extreme competence and bias.
    """
    size = effort.choose(160_000, 1_000_000)
    k = round(float(effort.draws("T10").uniform(0.1, 0.9)), 3)
    runs: list[tuple[str, dict[str, Any], str]] = [
        ("sealed bids", EQUILIBRIUM_KEYS, "adversarial"),
        (f"sealed bids, k = {k:g}", {**EQUILIBRIUM_KEYS, K: k}, "adversarial"),
        ("one offer", {PROTOCOL: "take_it_or_leave_it"}, "adversarial"),
        ("alternating offers", {**EQUILIBRIUM_KEYS, PROTOCOL: "alternating_offers"}, "adversarial"),
        (
            "alternating offers, open books",
            {**EQUILIBRIUM_KEYS, PROTOCOL: "alternating_offers"},
            "partnership",
        ),
    ]
    for competence, bias in ((1.0, 0.0), (0.0, 0.0), (1.0, 1.0), (1.0, -1.0)):
        name = f"broker, competence {competence:g}, bias {bias:g}"
        runs.append((name, _broker_changes(competence, bias), "mediated"))
    return [
        _ceiling_point(name, changes, size, effort.seed, regime) for name, changes, regime in runs
    ]


def _ceiling_point(
    name: str, changes: dict[str, Any], size: int, seed: int, regime: str
) -> CheckPoint:
    mean, error = run_meetings(changes, size, seed, regime).gains
    return CheckPoint(f"{name}: gains", second_best_gains(), mean, 2.0 * error, error, AT_MOST)


def refute_ceiling(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T10: truthful sides, alone and with a broker; a coarse grid."""
    size = effort.choose(160_000, 1_000_000)
    told = _broker_changes(1.0, 0.0) | {LEVEL: "truthful"}
    flat = best.discretise(best.uniform_density(), 20)
    return [
        _ceiling_point("truth, sealed bids", TRUTHFUL_KEYS, size, effort.seed, "adversarial"),
        _ceiling_point("truth, to a broker", told, size, effort.seed, "mediated"),
        CheckPoint(
            "20 types",
            second_best_gains(),
            best.second_best_by_programme(flat, flat),
            1e-6,
            kind=AT_MOST,
        ),
    ]


CHECKS = (
    Check("T08", "trade", "second best where worth is shifted against cost by s",
          "trade iff worth − cost ≥ t(s)", MYERSON_SATTERTHWAITE, "theory", "the gap t = (1+s)/4 kept beyond s = 1/3",
          measure_shifted_supports, refute_shifted_supports),
    Check("T09", "trade", "second best by linear programme, any distribution", "9/64; the multiplier's bound",
          MYERSON_SATTERTHWAITE, "theory", "a grid of 20 types; first best",
          measure_any_distribution, refute_any_distribution),
    Check("T10", "trade", "no protocol or mediator passes second best", "at most 9/64", MYERSON_SATTERTHWAITE, "engine",
          "truthful sides; coarse types", measure_ceiling, refute_ceiling),
)  # fmt: skip
