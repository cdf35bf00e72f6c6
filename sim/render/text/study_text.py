"""The plan, the forecast and the status of a study as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sim.measure.amounts import count, format_duration
from sim.study.design.definition import point_name
from sim.study.results.command import command_of_record, resume_command
from sim.study.run.replicate import Completion

if TYPE_CHECKING:
    from sim.study.design.definition import Study
    from sim.study.run.estimate import Estimate
    from sim.study.run.restore import StudyStatus
    from sim.study.run.sweep import SweepResult

MOST_SHOWN = 10  # points listed one by one
BYTES = ("bytes", "kB", "MB", "GB", "TB")
SHAPLEY = "Shapley value"


def plan_as_text(study: Study, estimated: Estimate, workers: int) -> str:
    """Return the plan of a study: its runs, and the work, time and disk space they need."""
    rule = f"{study.worlds:,} a point, seed {study.seed}"
    if study.stop is not None:
        stop = study.stop
        rule = (
            f"{stop.at_least:,} to {stop.at_most:,} a point, a look every {stop.every}, until "
            f"{stop.outcome} is known to within {stop.width:g}; seed {study.seed}"
        )
    most = "at most " if study.stop else ""
    about = "at most about" if study.stop else "about"
    lines = {
        "scenario": f"{study.loaded.name}: {study.loaded.scenario.title}".rstrip(": "),
        "design": f"{study.design}, {_what_varies(study)}",
        "points": f"{estimated.points:,}",
        "regimes": ", ".join(study.regimes),
        "worlds": rule,
        "outcomes": ", ".join(study.outcomes),
        "runs": f"{most}{estimated.runs:,} worlds × regimes in {count(estimated.chunks, 'chunk')}",
        "work": f"{most}{estimated.tie_months / 1e6:,.1f} M tie-months, "
        f"{estimated.pace / 1e6:.2f} M a second and worker (just measured)",
        "time": f"{about} {format_duration(estimated.seconds)} with {count(workers, 'worker')}",
        "disk": f"{about} {format_bytes(estimated.size)}",
    }
    return "\n".join(f"{name + ':':10}{text}" for name, text in lines.items())


def forecast(study: Study, workers: int) -> str:
    """Return in one line the size of a study and how long it will take."""
    from sim.study.run.estimate import estimate

    estimated = estimate(study, workers)
    runs = f"{count(estimated.points, 'point')} × {count(study.worlds, 'world')}"
    if len(study.regimes) > 1:
        runs += f" × {len(study.regimes)} regimes"
    return f"{runs}: about {format_duration(estimated.seconds)}, {format_bytes(estimated.size)}"


def status_as_text(folder: str, status: StudyStatus) -> str:
    """Return how far a study is, what failed, and the command that resumes it."""
    study = status.study
    total = len(study.points)
    share = 100.0 * status.worlds / max(1, status.asked)
    most = "at most " if study.stop else ""
    lines = {
        "study": f"{study.loaded.name}, {study.design}, {_what_varies(study)}",
        "points": f"{status.complete:,} of {total:,} complete, {status.partly:,} started, "
        f"{status.missing:,} not started, {len(status.failed):,} failed",
        "worlds": f"{status.worlds:,} of {most}{status.asked:,} ({share:.0f} %)",
        "work": f"{status.tie_months / 1e6:,.1f} M tie-months in "
        f"{format_duration(status.seconds)} of worker time",
        "sessions": f"{len(status.record['sessions'])}, the first started {status.record['start']}",
    }
    output = [f"{name + ':':10}{value}" for name, value in lines.items()]
    output += [f"{name} is damaged and will be recomputed" for name in status.damaged]
    output += describe_cut_off(study, status.too_wide)
    failed = list(status.failed.items())
    output += [f"{name} failed: {why}" for name, why in failed[:MOST_SHOWN]]
    if len(failed) > MOST_SHOWN:
        output.append(f"… and {len(failed) - MOST_SHOWN} more in {folder}/failed")
    if status.complete < total:
        has_custom_code = bool(status.record.get("strategies"))
        resume = command_of_record(folder, status.record)
        only = ""
        if failed and status.record["kind"] == "sweep":
            resume_failed = resume_command(folder, allow_code=has_custom_code, only_failed=True)
            only = f"; failed points only: {resume_failed}"
        output.append(f"to resume: {resume}{only}")
    return "\n".join(output)


def points_cut_off(result: SweepResult) -> list[str]:
    """Return a line per point that reached the most worlds allowed but not the width requested."""
    if result.study.stop is None:
        return []
    table = result.table("points")
    columns = zip(
        table["point"], table["worlds"], table["rule"].astype(str), table["width"], strict=True
    )
    endings = {point_name(p): Completion(int(n), rule, float(w)) for p, n, rule, w in columns}
    return describe_cut_off(
        result.study, {name: end for name, end in endings.items() if end.is_cut_off}
    )


def describe_cut_off(study: Study, ends: Mapping[str, Completion]) -> list[str]:
    """Return a line per such point: the width of its interval, and the width requested.

    `ends` says by name of the point how its replication ended.
    """
    if study.stop is None:
        return []
    outcome, requested = study.stop.outcome, f"{study.stop.width:g}"
    lines = [
        f"{name}: the requested width was not reached: the interval of {outcome} {_width_reached(end.width)} "
        f"after {count(end.worlds, 'world')}, the most allowed; requested is less than {requested}"
        for name, end in list(ends.items())[:MOST_SHOWN]
    ]
    if len(ends) > MOST_SHOWN:
        lines.append(f"… and {len(ends) - MOST_SHOWN} more, in points.parquet")
    return lines


def _width_reached(width: float) -> str:
    """Return the width of an interval as a predicate: "is 0.3 wide"."""
    if math.isnan(width):
        return "has too few values to be known"
    return f"is {width:.4g} wide" if width > 0.0 else "has no width, every world being alike,"


def format_bytes(number_of_bytes: float) -> str:
    """Return an amount of storage in decimal units: "1.50 MB"."""
    power = 0
    while number_of_bytes >= 1000.0 and power < len(BYTES) - 1:
        number_of_bytes, power = number_of_bytes / 1000.0, power + 1
    return f"{number_of_bytes:.{0 if power == 0 else 2 if number_of_bytes < 10 else 0}f} {BYTES[power]}"


def _what_varies(study: Study) -> str:
    """Return the factors, rows or switches that vary, in a few words."""
    return WHAT_VARIES[study.analysis.name](study)


def _factors_in_words(study: Study) -> str:
    """Return the factors with their ranges or numbers of values."""
    parts = [
        f"{f.key} {f.low:g} to {f.high:g}"
        if f.low is not None and f.high is not None
        else f"{f.key} ({count(len(f.values), 'value')})"
        for f in study.factors
    ]
    return "over " + ", ".join(parts)


WHAT_VARIES: dict[str, Callable[[Study], str]] = {
    "summary": _factors_in_words,
    "rows": lambda study: count(len(study.points), "row"),
    "map": _factors_in_words,
    "sensitivity": _factors_in_words,
    "attribution": lambda study: f"every coalition of {', '.join(study.switches)}",
}
