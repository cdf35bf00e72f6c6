"""A run or comparison from what was asked to a folder with everything in it, for command and API."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import Problem, ScenarioError
from sim.interrupt import mark_interrupt_answered
from sim.lab.requested import KEPT, Request
from sim.measure.compare import (
    YARDSTICK,
    Comparison,
    compare,
    control_beside,
    default_regimes,
    with_yardstick,
)  # fmt: skip
from sim.measure.window import COMPARE, DEFAULT_WINDOW, ONSETS, WINDOW, check_possible
from sim.measure.window import window as window_of
from sim.scenario.code import needs_allowing
from sim.study.results.command import words
from sim.study.results.folder import Folder
from sim.study.results.manifest import Asked, describe, now, seal
from sim.study.results.save import around, read_result, run_one, write_tables
from sim.study.results.store import write_file, write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.load import Loaded

OnProgress = Callable[[int, int], None]
FIGURES, REPORT = "figures", "report.html"
STEPS = {"figures": "the figures", "report": "the report"}


@dataclass(frozen=True)
class StoredComparison:
    """A result, the folder it is in, and what Ctrl-C kept from being drawn."""

    result: Comparison
    out: Path
    drawn: bool
    undrawn: str = ""

    @property
    def interrupted(self) -> bool:
        """True when Ctrl-C ended the work before all that was asked was there."""
        return self.result.interrupted or bool(self.undrawn)


def ask(request: Request) -> Asked:
    """Return what is asked for, with nothing left open.

    Raises ScenarioError for a bad scenario, regime, event or window.
    """
    loaded, compares = request.load(), request.kind == "compare"
    run, names = loaded.scenario.run, tuple(request.regimes or ())
    if compares:
        names = with_yardstick(loaded, names or default_regimes(loaded))
    resolved = [loaded.regime(name) for name in names]
    asked = Asked(
        kind=request.kind,
        loaded=loaded,
        regimes=names,
        worlds=run.worlds if request.worlds is None else request.worlds,
        seed=run.seed if request.seed is None else request.seed,
        tables=tuple(request.tables),
        threads=request.threads or 1,
        overrides=request.overrides,
        design=_design(request),
        control=control_beside(loaded, names) if compares else "",
    )
    if asked.design:
        check_possible(asked.design["align"], [regime.scenario for regime in resolved])
    return replace(asked, command=tuple(command(asked)))


def contestants(asked: Asked) -> list[str]:
    """Return the regimes of a comparison that are compared: all but the yardstick."""
    return [name for name in asked.regimes if name != YARDSTICK]


def _design(request: Request) -> dict[str, str]:
    align, window = request.align, request.window
    if align is None and window is None:
        return {}
    if align is None:
        want = f"want `align` with it, one of {', '.join(ONSETS)}"
        raise ScenarioError([Problem(COMPARE, WINDOW, repr(window), want)])
    found = window_of(align, DEFAULT_WINDOW if window is None else window)
    return {"align": found.event, "window": found.text}


def simulate_asked(asked: Asked, on_progress: OnProgress | None = None) -> Comparison:
    """Return the result of a run or comparison, in memory only."""
    if asked.kind == "run":
        return run_one(asked, on_progress)
    return compare(
        asked.loaded,
        asked.regimes,
        asked.worlds,
        asked.seed,
        threads=asked.threads,
        tables=asked.tables,
        around=around(asked),
        control=asked.control,
        on_progress=on_progress,
    )


def make(request: Request, asked: Asked, on_progress: OnProgress | None = None) -> StoredComparison:
    """Make what `ask` returned of a request and write its folder: tables, figures, report, manifest.

    Ctrl-C during the simulation keeps the finished worlds, Ctrl-C during the drawing keeps the
    tables; KeyboardInterrupt when nothing is complete. Raises SimError before anything is written.
    """
    record = describe(asked)
    undrawn = ""
    with Folder(request.out, asked.loaded.name, force=request.force) as folder:
        result = simulate_asked(asked, on_progress)
        if result.interrupted:
            folder.finish_partial()
        write_tables(folder.path, result, asked.tables)
        if request.drawings:
            undrawn = _draw(folder, result, {**record, "end": now()}, asked.command)
        seal(folder.path, record, done=result.worlds, complete=folder.complete)
    return StoredComparison(result, folder.target, request.drawings, undrawn)


def _draw(
    folder: Folder, result: Comparison, record: Mapping[str, Any], typed: Sequence[str]
) -> str:
    """Draw figures and report, and return what Ctrl-C left out; the tables are there already."""
    missing = "figures"
    try:
        drawn = draw_figures(folder.path / FIGURES, result)
        missing = "report"
        write_report(folder / REPORT, result, record, typed, drawn)
    except KeyboardInterrupt:
        mark_interrupt_answered()
        folder.finish_partial()
        return STEPS[missing]
    return ""


def draw_figures(folder: Path, result: Comparison) -> dict[str, str]:
    """Write every figure as SVG and PNG into `folder`, and return the SVG by name."""
    from sim.render.figures.comparison_figures import figures, png, svg

    folder.mkdir(exist_ok=True)
    drawn = {}
    for name, figure in figures(result).items():
        drawn[name] = svg(figure, name)
        picture = png(figure)
        write_text(folder / f"{name}.svg", drawn[name])
        write_file(folder / f"{name}.png", lambda path, data=picture: path.write_bytes(data))  # type: ignore[misc]
    return drawn


def write_report(
    path: Path,
    result: Comparison,
    record: Mapping[str, Any],
    typed: Sequence[str],
    drawn: Mapping[str, str],
) -> None:
    """Write the one-page report."""
    from sim.render.report.comparison_report import report

    write_text(path, report(result, command=typed, manifest=record, drawings=drawn))


def compare_report(folder: Path, record: Mapping[str, Any]) -> None:
    """Write figures and report of a comparison's folder anew, from its tables."""
    result = read_result(folder, record)
    for name in record["files"]:
        if re.fullmatch(rf"{FIGURES}/[\w.-]+\.(svg|png)", name):
            (folder / name).unlink(missing_ok=True)
    drawn = draw_figures(folder / FIGURES, result)
    write_report(folder / REPORT, result, record, record["command"], drawn)


def command(asked: Asked) -> list[str]:
    """Return the words of the command that makes the same numbers again, with nothing implied."""
    loaded, alone = asked.loaded, asked.kind == "run"
    kept = tuple(asked.tables)
    return words(
        asked.kind,
        loaded.name if _is_shipped(loaded) else str(loaded.path or ""),
        regime=asked.regimes[0] if alone else None,
        regimes=None if alone else contestants(asked) or asked.regimes,
        worlds=asked.worlds,
        seed=asked.seed,
        set=asked.overrides,
        allow_code=needs_allowing(loaded.resolved(), asked.overrides),
        **asked.design,
        tables=None if kept == KEPT else kept,
    )


def _is_shipped(loaded: Loaded) -> bool:
    from sim.scenario.shipped import folder

    return loaded.path is None or loaded.path.parent == folder()
