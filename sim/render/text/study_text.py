"""What the commands of a study print: its plan, its state, and what was found, as plain text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sim.measure.amounts import count, span
from sim.study.results.command import resume_command
from sim.study.run.replicate import Completion

if TYPE_CHECKING:
    from sim.study.design.definition import Study
    from sim.study.run.estimate import Estimate
    from sim.study.run.restore import StudyStatus
    from sim.study.run.sweep import SweepResult

MOST_SHOWN = 10
BYTES = ("bytes", "kB", "MB", "GB", "TB")
SHAPLEY = "Shapley value"


def planned(study: Study, found: Estimate, workers: int) -> str:
    """Return what a study is and will take."""
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
        "design": f"{study.design}, {_varied(study)}",
        "points": f"{found.points:,}",
        "regimes": ", ".join(study.regimes),
        "worlds": rule,
        "outcomes": ", ".join(study.outcomes),
        "runs": f"{most}{found.runs:,} worlds × regimes in {count(found.chunks, 'chunk')}",
        "work": f"{most}{found.tie_months / 1e6:,.1f} M tie-months, "
        f"{found.pace / 1e6:.2f} M a second and worker (just measured)",
        "time": f"{about} {span(found.seconds)} with {count(workers, 'worker')}",
        "disk": f"{about} {size(found.size)}",
    }
    return "\n".join(f"{name + ':':10}{text}" for name, text in lines.items())


def foretold(study: Study, workers: int) -> str:
    """Return in one line how long a study is going to take."""
    from sim.study.run.estimate import estimate

    found = estimate(study, workers)
    runs = f"{count(found.points, 'point')} × {count(study.worlds, 'world')}"
    if len(study.regimes) > 1:
        runs += f" × {len(study.regimes)} regimes"
    return f"{runs}: about {span(found.seconds)}, {size(found.size)}"


def state(folder: str, found: StudyStatus) -> str:
    """Return how far a study is and how to go on."""
    study = found.study
    total = len(study.points)
    share = 100.0 * found.worlds / max(1, found.asked)
    most = "at most " if study.stop else ""
    lines = {
        "study": f"{study.loaded.name}, {study.design}, {_varied(study)}",
        "points": f"{found.complete} of {total} complete, {found.partly} begun, "
        f"{found.missing} not begun, {len(found.failed)} failed",
        "worlds": f"{found.worlds:,} of {most}{found.asked:,} ({share:.0f} %)",
        "work": f"{found.tie_months / 1e6:,.1f} M tie-months in "
        f"{span(found.seconds)} of worker time",
        "sessions": f"{len(found.record['sessions'])}, the first begun {found.record['start']}",
    }
    text = [f"{name + ':':10}{said}" for name, said in lines.items()]
    text += [f"{name} is damaged: it will be made again" for name in found.damaged]
    text += too_wide(study, found.too_wide)
    shown = list(found.failed.items())
    text += [f"{name} failed: {why}" for name, why in shown[:MOST_SHOWN]]
    if len(shown) > MOST_SHOWN:
        text.append(f"… and {len(shown) - MOST_SHOWN} more in {folder}/failed")
    if found.complete < total:
        name = str(found.record["design"].get("experiment") or "")
        brings = bool(found.record.get("strategies"))
        again = resume_command(folder, experiment=name, allow_code=brings)
        only = ""
        if shown and not name:
            again_failed = resume_command(folder, allow_code=brings, only_failed=True)
            only = f"; failed points only: {again_failed}"
        text.append(f"to go on: {again}{only}")
    return "\n".join(text)


def missed(done: SweepResult) -> list[str]:
    """Return a line for every point of a study that got all its worlds and not the width asked for."""
    if done.study.stop is None:
        return []
    table = done.table("points")
    ends = zip(
        table["point"], table["worlds"], table["rule"].astype(str), table["width"], strict=True
    )
    by = {done.study.points[p].name: Completion(int(n), rule, float(w)) for p, n, rule, w in ends}
    return too_wide(done.study, {name: end for name, end in by.items() if end.is_cut_off})


def too_wide(study: Study, ends: Mapping[str, Completion]) -> list[str]:
    """Return a line for each of these points: how wide its interval is, and what was wanted."""
    if study.stop is None:
        return []
    outcome, wanted = study.stop.outcome, f"{study.stop.width:g}"
    lines = [
        f"{name}: the width wanted was not reached: the interval of {outcome} {_width(end.width)} "
        f"after {count(end.worlds, 'world')}, the most; wanted is narrower than {wanted}"
        for name, end in list(ends.items())[:MOST_SHOWN]
    ]
    if len(ends) > MOST_SHOWN:
        lines.append(f"… and {len(ends) - MOST_SHOWN} more, in points.parquet")
    return lines


def _width(width: float) -> str:
    """Return how wide an interval is, as what follows it; one without width is no narrow one."""
    if math.isnan(width):
        return "has too few values to be known"
    return f"is {width:.4g} wide" if width > 0.0 else "has no width, every world being alike,"


def size(number_of_bytes: float) -> str:
    """Return an amount of storage as a person says it."""
    power = 0
    while number_of_bytes >= 1000.0 and power < len(BYTES) - 1:
        number_of_bytes, power = number_of_bytes / 1000.0, power + 1
    return f"{number_of_bytes:.{0 if power == 0 else 2 if number_of_bytes < 10 else 0}f} {BYTES[power]}"


def _varied(study: Study) -> str:
    """Return what varies, in a few words."""
    return VARIED[study.analysis.name](study)


def _factors(study: Study) -> str:
    told = [
        f"{f.key} {f.low:g} to {f.high:g}"
        if f.low is not None and f.high is not None
        else f"{f.key} ({count(len(f.values), 'value')})"
        for f in study.factors
    ]
    return "over " + ", ".join(told)


VARIED: dict[str, Callable[[Study], str]] = {
    "summary": _factors,
    "rows": lambda study: count(len(study.points), "row"),
    "map": _factors,
    "sensitivity": _factors,
    "attribution": lambda study: f"every coalition of {', '.join(study.switches)}",
}
