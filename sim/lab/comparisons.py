"""Runs and comparisons, from a request to a folder with tables, figures and report; for commands and API."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import Problem, ScenarioError, SimError
from sim.interrupt import mark_interrupt_answered
from sim.lab.early_imports import import_early
from sim.lab.limits import NO_TABLES
from sim.lab.requested import DEFAULT_TABLES, Request
from sim.lab.side_work import SideWork
from sim.measure.compare import (
    YARDSTICK,
    Comparison,
    choose_control,
    compare,
    default_regimes,
    with_yardstick,
)  # fmt: skip
from sim.measure.window import COMPARE, DEFAULT_WINDOW, ONSETS, WINDOW, check_event_possible
from sim.measure.window import read_window as window_of
from sim.scenario.code import needs_consent
from sim.study.results.block_store import BlockStore
from sim.study.results.command import command_words
from sim.study.results.durable_files import write_file, write_text
from sim.study.results.folder import Folder, hidden_sibling
from sim.study.results.manifest import ResolvedRequest, seal, start_manifest, utc_now
from sim.study.results.owned_folders import FIGURES, REPORT, ROWS_OF_BLOCKS
from sim.study.results.save import (
    block_store,
    read_result,
    requested_window,
    run_one,
    write_tables,
)
from sim.study.results.unfinished import UnfinishedRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.measure.blocks import HeldBlocks
    from sim.scenario.load import LoadedScenario

OnProgress = Callable[[int, int], None]
STEPS = {"figures": "the figures", "report": "the report"}


@dataclass(frozen=True)
class StoredComparison:
    """A result and the folder it is stored in.

    `drawn` tells whether figures and report were requested, `undrawn` which of them Ctrl-C prevented.
    `resumed` worlds were complete already: an earlier process left them.
    """

    result: Comparison
    out: Path
    drawn: bool
    undrawn: str = ""
    resumed: int = 0

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the work before everything requested was there."""
        return self.result.interrupted or bool(self.undrawn)


def resolve_request(request: Request) -> ResolvedRequest:
    """Return a request with every default filled in from the scenario.

    The planner is added to the regimes of a comparison, and the machine too if a regime has a mediator.
    Raises ScenarioError for a bad scenario, regime, event or window.
    """
    loaded, compares = request.load(), request.kind == "compare"
    run, names = loaded.scenario.run, tuple(request.regimes or ())
    if compares:
        names = with_yardstick(loaded, names or default_regimes(loaded))
    in_full = [loaded.regime(name) for name in names]
    complete = ResolvedRequest(
        kind=request.kind,
        loaded=loaded,
        regimes=names,
        worlds=run.worlds if request.worlds is None else request.worlds,
        seed=run.seed if request.seed is None else request.seed,
        tables=tuple(request.tables),
        threads=request.threads or 1,
        overrides=request.overrides,
        design=_window_design(request),
        control=choose_control(loaded, names) if compares else "",
    )
    if complete.design:
        check_event_possible(complete.design["align"], [regime.scenario for regime in in_full])
    return replace(complete, command=tuple(reproducing_command(complete)))


def compared_regimes(resolved: ResolvedRequest) -> list[str]:
    """Return the regimes of a comparison without the planner, which is only the yardstick."""
    return [name for name in resolved.regimes if name != YARDSTICK]


def _window_design(request: Request) -> dict[str, str]:
    align, window = request.align, request.window
    if align is None and window is None:
        return {}
    if align is None:
        want = f"want `align` with it, one of {', '.join(ONSETS)}"
        raise ScenarioError([Problem(COMPARE, WINDOW, repr(window), want)])
    found = window_of(align, DEFAULT_WINDOW if window is None else window)
    return {"align": found.event, "window": found.text}


def simulate_request(
    resolved: ResolvedRequest,
    on_progress: OnProgress | None = None,
    blocks: HeldBlocks | None = None,
) -> Comparison:
    """Return the result of a run or comparison.

    `on_progress(done, total)` counts worlds. `blocks` decides where rows are kept, by default in memory.
    """
    if resolved.kind == "run":
        return run_one(resolved, on_progress, blocks)
    return compare(
        resolved.loaded,
        resolved.regimes,
        resolved.worlds,
        resolved.seed,
        threads=resolved.threads,
        tables=resolved.tables,
        around=requested_window(resolved),
        control=resolved.control,
        on_progress=on_progress,
        blocks=blocks,
    )


def run_and_store(
    request: Request, resolved: ResolvedRequest, on_progress: OnProgress | None = None
) -> StoredComparison:
    """Simulate a request and write its folder: tables, figures, report and manifest.

    `resolved` is what `resolve_request` returned for `request`. Ctrl-C during the simulation keeps the
    finished worlds, and Ctrl-C afterwards keeps the tables; raises KeyboardInterrupt if no world is
    finished. A large result whose process was killed, or met an error, is resumed by the same request.
    Raises SimError, before anything is simulated, if the folder cannot be written.
    """
    record, unfinished = start_manifest(resolved), None
    try:
        with Folder(request.out, resolved.loaded.name, force=request.force) as folder:
            place = hidden_sibling(folder.target, ROWS_OF_BLOCKS)
            unfinished = UnfinishedRows(place, folder.target, record, force=request.force)
            with unfinished:
                blocks = block_store(folder.path, resolved, unfinished)
                before = blocks.worlds
                import_early(request.drawings)
                result = simulate_request(resolved, on_progress, blocks)
                if result.interrupted:
                    folder.finish_partial()
                undrawn = _write_and_draw(folder, request, resolved, result, record, blocks)
                blocks.leave_out()
                seal(folder.path, record, done=result.worlds, complete=folder.complete)
                folder.when_published(blocks.publish)
    except SimError as error:
        advised = error if unfinished is None else unfinished.advise(error)
        if advised is error:
            raise
        raise advised from error
    return StoredComparison(result, folder.target, request.drawings, undrawn, before)


def _write_and_draw(
    folder: Folder,
    request: Request,
    resolved: ResolvedRequest,
    result: Comparison,
    record: Mapping[str, Any],
    blocks: BlockStore,
) -> str:
    """Write every table, figures and report; return which of the drawings Ctrl-C prevented, "" if none.

    Tables are written in a thread while figures are drawn, unless they are large: then memory counts.
    """

    def prepare() -> None:
        blocks.finish()
        _ = result.rows  # here, as both need them

    stopped = _do_despite_ctrl_c(prepare)
    undrawn = ""
    writing = SideWork(lambda: write_tables(folder.path, result, resolved.tables))
    try:
        stopped |= _do_despite_ctrl_c(writing.begin)
        if blocks.on_disk or not request.drawings:
            stopped |= _do_despite_ctrl_c(writing.wait)
        if request.drawings and stopped:
            folder.finish_partial()
            undrawn = STEPS["figures"]
        elif request.drawings:
            undrawn = _draw(folder, result, {**record, "end": utc_now()}, resolved.command)
        _do_despite_ctrl_c(writing.wait)
    except BaseException:
        if writing.under_way:  # the folder may go: not before nobody writes to it
            with suppress(Exception):
                writing.wait()
        raise
    return undrawn


def _do_despite_ctrl_c(work: Callable[[], object]) -> bool:
    """Do work that may be begun twice, and return whether Ctrl-C was pressed; a first one loses nothing."""
    try:
        work()
    except KeyboardInterrupt:
        mark_interrupt_answered()
        work()
        return True
    return False


def _draw(
    folder: Folder, result: Comparison, record: Mapping[str, Any], typed: Sequence[str]
) -> str:
    """Write figures and report, and return what Ctrl-C prevented, "" if nothing."""
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
    """Write every figure of a result as SVG and PNG into `folder`, and return the SVG texts by name."""
    from sim.render.figures.comparison_figures import comparison_figures
    from sim.render.figures.figure_style import house_style, to_png, to_svg

    folder.mkdir(exist_ok=True)
    drawn = {}
    with house_style():
        for name, figure in comparison_figures(result).items():
            drawn[name] = to_svg(figure, name)
            picture = to_png(figure)
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
    """Write the one-page HTML report; `typed` is the command that it shows."""
    from sim.render.report.comparison_report import comparison_report

    write_text(path, comparison_report(result, command=typed, manifest=record, drawings=drawn))


def rewrite_comparison(folder: Path, record: Mapping[str, Any]) -> None:
    """Rewrite figures and report of a comparison's folder from its tables; `record` is its manifest."""
    result = read_result(folder, record)
    for name in record["files"]:
        if re.fullmatch(rf"{FIGURES}/[\w.-]+\.(svg|png)", name):
            (folder / name).unlink(missing_ok=True)
    drawn = draw_figures(folder / FIGURES, result)
    write_report(folder / REPORT, result, record, record["command"], drawn)


def reproducing_command(resolved: ResolvedRequest) -> list[str]:
    """Return the words of the command that reproduces a request's numbers, with all options explicit."""
    loaded, single = resolved.loaded, resolved.kind == "run"
    kept = tuple(resolved.tables)
    return command_words(
        resolved.kind,
        loaded.name if _is_shipped(loaded) else str(loaded.path or ""),
        regime=resolved.regimes[0] if single else None,
        regimes=None if single else compared_regimes(resolved) or resolved.regimes,
        worlds=resolved.worlds,
        seed=resolved.seed,
        set=resolved.overrides,
        allow_code=needs_consent(loaded.resolved(), resolved.overrides),
        **resolved.design,
        tables=None if kept == DEFAULT_TABLES else kept or NO_TABLES,
    )


def _is_shipped(loaded: LoadedScenario) -> bool:
    from sim.scenario.shipped import folder

    return loaded.path is None or loaded.path.parent == folder()
