"""T35–T38: the long-run level of trust under each rule and its recovery, by the engine's rules."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from sim.jit import kernel
from sim.records import allocate
from sim.relationship.work.build_trust import (
    add_evidence,
    current_trust,
    fade_memory,
    set_initial_trust,
)
from sim.scenario.parameters.parameter_row import parameter_row
from sim.state import TRUST
from sim.theory import trust
from sim.validation.check import ABOVE, Check, CheckPoint, Effort
from sim.validation.one_shot import one_shot_scenario

JOSANG, SLOVIC = "Jøsang & Ismail 2002", "Slovic 1993"
BETA, EWMA, TWO_LAYER = "beta", "ewma", "two_layer"
BATCH = 2_000
WARM_UP = 500


@kernel
def follow_trust(row, params, good, bad, deceit, path):
    """Follow the buyer's trust in its vendor over months of good, bad and deceitful conduct.

    The three kinds of evidence are given by month; writes trust after each month to
    the last argument.
    """
    set_initial_trust(row, 0, params)
    for month in range(path.shape[0]):
        fade_memory(row, 0, params, 1)
        row.gain, row.loss, row.deceit = good[month], bad[month], deceit[month]
        add_evidence(row, params)
        path[month] = current_trust(row, 0, params)


def trust_params(**keys: Any) -> np.record:
    """Return the engine's parameters of a pure trust rule with prior (1, 1), some keys changed."""
    base = {
        "trust_rule": BETA, "memory": 1.0, "prior_good": 1.0, "prior_bad": 1.0, "negativity": 1.0,
        "deceit_cut": 0.4, "ceiling_recovery": 0.0, "rise": 0.1, "fall": 0.3,
        "damage_rise": 0.6, "damage_decay": 0.03,
    }  # fmt: skip
    changes = {f"relationship.{name}": value for name, value in (base | keys).items()}
    return parameter_row(one_shot_scenario(changes).regime("adversarial"))


def trust_path(params: np.record, good: np.ndarray, deceit: np.ndarray | None = None) -> np.ndarray:
    """Return trust after each month, given which months were good and which deceitful (0 or 1)."""
    fine = np.asarray(good, float)
    lies = np.zeros(len(fine)) if deceit is None else np.asarray(deceit, float)
    found = np.zeros(len(fine))
    follow_trust(allocate(TRUST, 1)[0], params, fine, 1.0 - fine, lies, found)
    return found


@cache
def _long_run_trust(
    effort: Effort, reliability: float, keys: tuple[tuple[str, Any], ...]
) -> tuple[float, float, float, float]:
    """Return mean and standard deviation of trust in the long run, each with its standard error.

    `reliability` is the probability of a good month. Errors are those of batch means (BATCH months
    each), since the months of one path are correlated.
    """
    months = effort.choose(400_000, 4_000_000)
    good = effort.draws(f"trust {reliability} {keys}").random(months + WARM_UP) < reliability
    batches = trust_path(trust_params(**dict(keys)), good)[WARM_UP:].reshape(-1, BATCH)
    means, spreads = batches.mean(axis=1), batches.var(axis=1)
    sd = float(batches.std())
    return (
        float(means.mean()),
        float(means.std(ddof=1) / np.sqrt(len(means))),
        sd,
        float(spreads.std(ddof=1) / np.sqrt(len(means)) / (2.0 * sd)),
    )


def _moment_points(
    effort: Effort, reliability: float, expected: trust.Moments, tolerance: float, **keys: Any
) -> list[CheckPoint]:
    """Return the points of mean and standard deviation of trust in the long run."""
    mean, mean_error, sd, sd_error = _long_run_trust(
        effort, reliability, tuple(sorted(keys.items()))
    )
    what = ", ".join(
        [f"p = {reliability:g}", *(f"{n} = {v:g}" for n, v in keys.items() if n != "trust_rule")]
    )
    return [
        CheckPoint(f"{what}: mean", expected.mean, mean, tolerance, mean_error),
        CheckPoint(f"{what}: sd", expected.sd, sd, tolerance, sd_error),
    ]


def measure_beta_trust(effort: Effort) -> list[CheckPoint]:
    """Return the points of T35: trust as a Beta mean of fading evidence.

    Moments in the long run, and the deficit that one bad month leaves. Source: Jøsang & Ismail
    (2002).
    """
    points = []
    draws = effort.draws("T35")
    drawn = draws.uniform(
        (0.5, 0.5, 0.5, 0.5), (0.95, 0.96, 3.0, 3.0), (effort.choose(2, 10), 4)
    ).round(3)
    named = ((0.9, 0.9, 1.0, 1.0), (0.7, 0.95, 1.0, 1.0), (0.8, 0.8, 1.0, 1.0))
    for p, memory, a, b in (*named, *drawn):
        expected = trust.beta_moments(float(p), float(memory), float(a), float(b))
        keys = {"memory": float(memory), "prior_good": float(a), "prior_bad": float(b)}
        points += _moment_points(effort, float(p), expected, 0.003, **keys)
    after = trust_path(trust_params(memory=0.9), np.array([1] * 300 + [0] + [1] * 20))
    for n in (0, 5, 20):
        deficit = float(after[299] - after[300 + n])
        points.append(
            CheckPoint(
                f"missing {n} months after one bad month", trust.beta_deficit(0.9, n), deficit, 1e-9
            )
        )
    return points


def refute_beta_trust(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T35: a less reliable partner; a shorter memory."""
    wrong = trust.beta_moments(0.85, 0.9), trust.beta_moments(0.9, 0.8)
    prior = {"memory": 0.9, "prior_good": 1.0, "prior_bad": 1.0}
    return [
        _moment_points(effort, 0.9, wrong[0], 0.003, **prior)[0],
        _moment_points(effort, 0.9, wrong[1], 0.003, **prior)[1],
    ]


def measure_asymmetric_trust(effort: Effort) -> list[CheckPoint]:
    """Return the points of T36: trust that falls faster than it rises. Source: Slovic (1993)."""
    points = []
    drawn = (
        effort.draws("T36")
        .uniform((0.6, 0.03, 0.1), (0.97, 0.1, 0.5), (effort.choose(2, 10), 3))
        .round(3)
    )
    named = ((0.9, 0.1, 0.3), (0.75, 0.1, 0.3), (0.8, 0.1, 0.1), (0.95, 0.05, 0.5))
    for p, rise, fall in (*named, *drawn):
        expected = trust.ewma_moments(float(p), float(rise), float(fall))
        points += _moment_points(
            effort, float(p), expected, 0.004, trust_rule=EWMA, rise=float(rise), fall=float(fall)
        )
    return points


def refute_asymmetric_trust(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T36: symmetric trust; good and bad exchanged."""
    keys = {"trust_rule": EWMA, "rise": 0.1, "fall": 0.3}
    return [
        _moment_points(effort, 0.9, trust.ewma_moments(0.9, 0.1, 0.1), 0.004, **keys)[0],
        _moment_points(effort, 0.9, trust.ewma_moments(0.9, 0.3, 0.1), 0.004, **keys)[0],
    ]


MILESTONES = {0: 0.35, 10: 0.45, 35: 0.718, 60: 0.867}


def measure_two_layer_trust(effort: Effort) -> list[CheckPoint]:
    """Return the points of T37: recovery of two-layer trust after one violation at 0.5.

    Source: Pant & Yu (2025).
    """
    found = trust_path(trust_params(trust_rule=TWO_LAYER), np.array([0] + [1] * 60))
    points = [
        CheckPoint(f"trust after {n} good months", level, float(found[n]), 0.001)
        for n, level in MILESTONES.items()
    ]
    draws = effort.draws("T37")
    for nth in range(effort.choose(3, 30)):
        rise = round(float(draws.uniform(0.05, 0.3)), 3)
        # The engine loses trust no slower than it wins it.
        low, high = (0.3, rise, 0.2, 0.01), (0.9, 0.6, 0.9, 0.2)
        start, fall, up, down = (float(x) for x in draws.uniform(low, high).round(3))
        months = int(draws.integers(5, 80))
        p = trust_params(trust_rule=TWO_LAYER, rise=rise, fall=fall, damage_rise=up, damage_decay=down,
                  prior_good=10.0 * start, prior_bad=10.0 * (1.0 - start))  # fmt: skip
        expected = trust.two_layer_response(start, months, rise, fall, up, down)
        last = float(trust_path(p, np.array([0] + [1] * months))[-1])
        points.append(CheckPoint(f"drawn, no. {nth + 1}: after {months}", expected, last, 1e-9))
    return points


def refute_two_layer_trust(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T37: no violation; a violation without damage."""
    never = trust_path(trust_params(trust_rule=TWO_LAYER), np.ones(61))
    healed = trust_path(
        trust_params(trust_rule=TWO_LAYER, damage_rise=0.0), np.array([0] + [1] * 60)
    )
    return [
        CheckPoint("no violation, 60 months", 0.867, float(never[60]), 0.001),
        CheckPoint("no damage, 35 months", 0.718, float(healed[35]), 0.001),
    ]


def measure_deceit(effort: Effort) -> list[CheckPoint]:
    """Return the points of T38: deceit leaves a deficit for good, a shortfall does not.

    Under every rule, with a ceiling that does not recover. Source: Schweitzer, Hershey & Bradlow
    (2006).
    """
    points = []
    for rule, memory in ((BETA, 0.9), (EWMA, 1.0), (TWO_LAYER, 1.0)):
        never, shortfall, lie = _trust_after_conduct(rule, memory)
        points.append(
            CheckPoint(f"{rule}: after a shortfall, 400 good months later", never, shortfall, 1e-3)
        )
        points.append(
            CheckPoint(f"{rule}: lost for good by deceit", 0.2, never - lie, 0.01, kind=ABOVE)
        )
    return points


def _trust_after_conduct(
    rule: str, memory: float, recovery: float = 0.0
) -> tuple[float, float, float]:
    """Return trust 400 months after an ordinary month, after a shortfall, and after deceit."""
    p = trust_params(trust_rule=rule, memory=memory, ceiling_recovery=recovery)
    good, bad = np.ones(401), np.array([0] + [1] * 400)
    lied = np.array([1.0] + [0.0] * 400)
    return (
        float(trust_path(p, good)[-1]),
        float(trust_path(p, bad)[-1]),
        float(trust_path(p, bad, lied)[-1]),
    )


def refute_deceit(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T38: a ceiling that recovers, so that deceit is forgotten."""
    points = []
    for rule, memory in ((BETA, 0.9), (EWMA, 1.0), (TWO_LAYER, 1.0)):
        never, _, lie = _trust_after_conduct(rule, memory, 0.05)
        points.append(
            CheckPoint(f"{rule}: the ceiling recovers", 0.2, never - lie, 0.01, kind=ABOVE)
        )
    return points


CHECKS = (
    Check("T35", "trust", "trust as evidence that fades: mean and spread", "(pW+1)/(W+2)", JOSANG, "rules",
          "less reliable partners; a shorter memory", measure_beta_trust, refute_beta_trust),
    Check("T36", "trust", "trust that falls faster than it rises", "pa⁺/(pa⁺+(1−p)a⁻)", SLOVIC, "rules",
          "symmetric trust; good and bad exchanged", measure_asymmetric_trust, refute_asymmetric_trust),
    Check("T37", "trust", "trust after one violation, with damage", ".35 .45 .718 .867", "Pant & Yu 2025", "rules",
          "no violation; no damage", measure_two_layer_trust, refute_two_layer_trust),
    Check("T38", "trust", "deceit leaves a deficit that a shortfall does not", "sign",
          "Schweitzer, Hershey & Bradlow 2006", "rules", "a ceiling that recovers", measure_deceit, refute_deceit),
)  # fmt: skip
