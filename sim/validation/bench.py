"""The bench of known results: finds checks by name, runs them, and turns results into data."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from sim.errors import Argument, Problem, ScenarioError, SimError, closest_name
from sim.interrupt import raise_if_interrupted
from sim.validation import (
    advisers,
    agreements,
    bounds,
    conflict,
    mediated_texts,
    methods,
    relations,
    risk,
    trade,
    trust_rules,
    truthfulness,
)
from sim.validation.check import FAMILIES, RUNS, Check, CheckPoint, CheckResult, Effort

CHECKS: tuple[Check, ...] = (
    *trade.CHECKS, *bounds.CHECKS, *truthfulness.CHECKS, *agreements.CHECKS, *advisers.CHECKS,
    *conflict.CHECKS, *mediated_texts.CHECKS, *relations.CHECKS, *risk.CHECKS, *trust_rules.CHECKS,
    *methods.CHECKS,
)  # fmt: skip


def find_checks(names: Sequence[str] | None) -> tuple[Check, ...]:
    """Return checks by number or by family, in the order of the bench; all of them for None.

    Numbers may omit the leading zero ("T1"). Raises ScenarioError for a name that is neither.
    """
    if names is None:
        return CHECKS
    known = {check.id: check for check in CHECKS}
    wanted: set[str] = set()
    problems = []
    for name in names:
        number = re.sub(r"^T(\d)$", r"T0\1", name.upper())
        if number in known:
            wanted.add(number)
        elif name.lower() in FAMILIES:
            wanted |= {c.id for c in CHECKS if c.family == name.lower()}
        else:
            problems.append(_unknown_name(name, list(known)))
    if problems:
        raise ScenarioError(problems)
    return tuple(check for check in CHECKS if check.id in wanted)


def _unknown_name(name: str, known: list[str]) -> Problem:
    families = ", ".join(FAMILIES)
    near = closest_name(name.upper(), known) or closest_name(name.lower(), list(FAMILIES))
    want = f"want {known[0]} to {known[-1]}, or a family: {families}"
    return Problem(Argument("sim.validate"), Argument("only"), repr(name), want, near)


def run_checks(
    checks: Sequence[Check], effort: Effort, on_progress: Callable[[int, int], None] | None = None
) -> list[CheckResult]:
    """Run checks one after another and return their results.

    A check that cannot be run has `trouble` in its result and does not stop the others.
    `on_progress(done, total)` is called after each check.
    """
    results = []
    for nth, check in enumerate(checks, start=1):
        results.append(run_check(check, effort))
        raise_if_interrupted()
        if on_progress is not None:
            on_progress(nth, len(checks))
    return results


def run_check(check: Check, effort: Effort) -> CheckResult:
    """Run a check and its negative control, and return the result with processor seconds."""
    start = time.process_time()
    trouble = ""
    points: tuple[CheckPoint, ...] = ()
    control: tuple[CheckPoint, ...] = ()
    try:
        points, control = tuple(check.measure(effort)), tuple(check.refute(effort))
    except ImportError as error:
        trouble = f"needs a package that is not installed: {error.name}"
    except SimError as error:
        trouble = f"could not be run: {error}"
    return CheckResult(check, points, control, time.process_time() - start, trouble)


def results_as_data(results: Sequence[CheckResult], effort: Effort) -> dict[str, Any]:
    """Return results as plain data for JSON, numbers that are not finite as None."""
    return {
        "deep": effort.deep,
        "seed": effort.seed,
        "passed": all(result.passed for result in results),
        "cpu_seconds": round(sum(result.seconds for result in results), 2),
        "checks": [_check_as_data(result) for result in results],
    }


def _check_as_data(result: CheckResult) -> dict[str, Any]:
    check = result.check
    return {
        "id": check.id,
        "family": check.family,
        "result": check.claim,
        "source": check.source,
        "expected": check.expected,
        "how": RUNS[check.runs].replace("`", ""),
        "holds": result.holds,
        "points": [_point_as_data(point) for point in result.points],
        "control": check.control,
        "control_refused": result.refused,
        "control_points": [_point_as_data(point) for point in result.control],
        "passed": result.passed,
        "trouble": result.trouble,
        "cpu_seconds": round(result.seconds, 3),
    }


def _point_as_data(point: CheckPoint) -> dict[str, Any]:
    numbers = {
        name: float(getattr(point, name)) for name in ("expected", "measured", "tolerance", "error")
    }
    found = {name: x if math.isfinite(x) else None for name, x in numbers.items()}
    return {"what": point.what, "kind": point.kind, **found, "holds": bool(point.holds)}
