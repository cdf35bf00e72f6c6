"""A factor grid, one Parquet part per point, resumable by point after any kind of end."""

from __future__ import annotations

import shlex
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.measure.compare import default_regimes
from sim.records import Column
from sim.scenario.values import toml
from sim.study.columns import MEASURED, POINT, SUMMARY, factor_columns, factor_values
from sim.study.folder import reserve
from sim.study.manifest import Asked, describe, now, seal
from sim.study.measured import measure_worlds, summary_rows
from sim.study.plan import Factor, Point, points, split_regimes
from sim.study.resume import PARTS, Parts, open_sweep
from sim.study.store import mending, read_table, write_table

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.load import Loaded

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class SweepResult:
    """What a sweep left in `out`: how many points there are, were found whole, and failed."""

    out: Path
    points: int
    done: int
    found: int
    failed: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """Return 0 when every point is there, 130 after Ctrl-C, 1 when points failed."""
        return 130 if self.interrupted else int(bool(self.failed))

    def table(self) -> pd.DataFrame:
        """Return the summary: per point, each measure's mean and its paired differences."""
        return read_table(self.out / "summary.parquet")

    def worlds(self) -> pd.DataFrame:
        """Return every finished point's rows, one per regime and world."""
        import pandas as pd

        parts = sorted((self.out / PARTS).glob("part-*.parquet"), key=lambda p: int(p.stem[5:]))
        return pd.concat([read_table(p) for p in parts], ignore_index=True)


@dataclass(frozen=True)
class Design:
    """Everything a sweep computes, fixed before the first point runs."""

    asked: Asked
    factors: tuple[Factor, ...]
    points: tuple[Point, ...]
    columns: tuple[Column, ...]

    @property
    def cost(self) -> int:
        """Return the worlds × regimes of one point."""
        return self.asked.worlds * len(self.asked.regimes)


def plan_sweep(
    loaded: Loaded,
    factors: Sequence[Factor],
    *,
    regimes: Sequence[str] | None = None,
    worlds: int | None = None,
    seed: int | None = None,
    threads: int = 1,
    overrides: Mapping[str, Any] | None = None,
) -> Design:
    """Return the validated design; raises ScenarioError with every problem of every point."""
    varied, named = split_regimes(factors, regimes)
    made = points(loaded, varied)
    names = tuple(dict.fromkeys(default_regimes(loaded) if named is None else named))
    for point in made:
        for name in names:
            point.loaded.regime(name)
    run = loaded.scenario.run
    asked = Asked(
        kind="sweep",
        loaded=loaded,
        regimes=names,
        worlds=run.worlds if worlds is None else worlds,
        seed=run.seed if seed is None else seed,
        tables=(),
        threads=threads,
        overrides=overrides or {},
        design={"factors": {f.key: list(f.values) for f in varied}, "points": len(made)},
    )
    return Design(asked, tuple(varied), tuple(made), factor_columns(varied, made))


def sweep(
    loaded: Loaded,
    factors: Sequence[Factor],
    *,
    out: str | Path | None = None,
    force: bool = False,
    on_progress: OnProgress | None = None,
    **asked: Any,
) -> SweepResult:
    """Run every point that is not already whole in `out`, and summarise what is there.

    Further arguments are those of `plan_sweep`. `on_progress(done, total)` counts worlds × regimes
    of the points that are run. A failing point is recorded and the others run; Ctrl-C keeps the
    finished points. Raises ScenarioError or SimError before anything is written.
    """
    design = plan_sweep(loaded, factors, **asked)
    record = describe(design.asked)
    target, lock = reserve(out, loaded.name)
    try:
        with mending(target):
            record, notes = open_sweep(target, record, force=force)
            parts = Parts(target, record["design"]["digest"])
            tally = Tally(notes=notes)
            _run(design, parts, tally, on_progress)
            _finish(design, parts, record, tally)
    finally:
        lock.release()
    return SweepResult(
        out=target,
        points=len(design.points),
        done=tally.done,
        found=tally.found,
        failed=tally.failed,
        notes=tuple(tally.notes),
        interrupted=tally.interrupted,
    )


@dataclass
class Tally:
    """What happened to the points so far."""

    done: int = 0
    found: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    interrupted: bool = False


def _run(design: Design, parts: Parts, tally: Tally, on_progress: OnProgress | None) -> None:
    """Make the missing points one after the other, each saved before the next begins."""
    todo = []
    for point in design.points:
        state = parts.state(point.name)
        if state != "whole":
            todo.append(point)
        if state == "damaged":
            tally.notes.append(f"{point.name}: damaged on disk, made again")
    tally.done = tally.found = len(design.points) - len(todo)
    total = len(todo) * design.cost
    try:
        for nth, point in enumerate(todo):
            _attempt(design, point, parts, tally, _shifted(on_progress, nth * design.cost, total))
    except KeyboardInterrupt:
        tally.interrupted = True


def _attempt(
    design: Design, point: Point, parts: Parts, tally: Tally, on_done: Callable[[int], None]
) -> None:
    """Make one point; whatever goes wrong inside it is written down and stays inside it."""
    try:
        frame = _frame(design, point, on_done)
    except Exception as error:
        tally.failed[point.name] = f"{type(error).__name__}: {error}".splitlines()[0]
        report = {
            "point": point.values,
            "error": tally.failed[point.name],
            "when": now(),
            "again": _command(design, point),
            "traceback": traceback.format_exc(),
        }
        parts.fail(point.name, report)
        return
    parts.keep(point.name, point.values, lambda path: write_table(path, frame, _columns(design)))
    tally.done += 1


def _frame(design: Design, point: Point, on_done: Callable[[int], None] | None) -> pd.DataFrame:
    asked = design.asked
    luck = (point.loaded, asked.regimes, asked.worlds, asked.seed)
    frame = measure_worlds(*luck, threads=asked.threads, on_done=on_done)
    for name, value in reversed(_labels(design, point).items()):
        frame.insert(0, name, value)
    return frame


def _labels(design: Design, point: Point) -> dict[str, Any]:
    return {POINT.name: point.number, **factor_values(point, design.columns)}


def _columns(design: Design) -> tuple[Column, ...]:
    return (POINT, *design.columns, *MEASURED)


def _summary(design: Design, frames: Iterator[tuple[Point, pd.DataFrame]]) -> pd.DataFrame:
    import pandas as pd

    regimes = design.asked.regimes
    contrasts = [(r, regimes[0]) for r in regimes[1:]]
    rows = []
    for point, frame in frames:
        labels = _labels(design, point)
        currency = point.loaded.scenario.run.currency
        rows += [{**labels, **row} for row in summary_rows(frame, regimes, contrasts, currency)]
    return pd.DataFrame(rows)


def _finish(design: Design, parts: Parts, record: Mapping[str, Any], tally: Tally) -> None:
    """Summarise the finished points and seal the manifest."""
    whole = [p for p in design.points if parts.state(p.name) == "whole"]
    if whole:
        frame = _summary(design, ((p, read_table(parts.path(p.name))) for p in whole))
        write_table(parts.target / "summary.parquet", frame, (POINT, *design.columns, *SUMMARY))
    points = {"asked": len(design.points), "done": len(whole), "failed": tally.failed}
    done = design.asked.worlds if whole else 0
    complete = len(whole) == len(design.points)
    seal(parts.target, {**record, "points": points}, done=done, complete=complete)
    if complete:
        parts.drop_replaced()


def remake(asked: Asked) -> Iterator[tuple[str, pd.DataFrame, tuple[Column, ...]]]:
    """Yield every table of a sweep anew: file name, rows, columns."""
    factors = [Factor(k, tuple(v)) for k, v in asked.design["factors"].items()]
    luck: dict[str, Any] = {"worlds": asked.worlds, "seed": asked.seed, "threads": asked.threads}
    design = plan_sweep(asked.loaded, factors, regimes=asked.regimes, **luck)
    kept = []
    for point in design.points:
        frame = _frame(design, point, None)
        kept.append((point, frame))
        yield f"{PARTS}/{point.name}.parquet", frame, _columns(design)
    yield "summary.parquet", _summary(design, iter(kept)), (POINT, *design.columns, *SUMMARY)


def _shifted(on_progress: OnProgress | None, before: int, total: int) -> Callable[[int], None]:
    """Return a counter of one point's worlds that reports the whole sweep's."""
    done = before

    def add(more: int) -> None:
        nonlocal done
        done += more
        if on_progress is not None:
            on_progress(done, total)

    return add


def _command(design: Design, point: Point) -> str:
    """Return the command that runs one point alone."""
    asked = design.asked
    sets = {**asked.overrides, **point.values}
    scenario = asked.loaded.path or asked.loaded.name
    luck = f"--worlds {asked.worlds} --seed {asked.seed}"
    keys = [f"--set {shlex.quote(f'{key}={toml(value)}')}" for key, value in sets.items()]
    return " ".join([f"sim compare {scenario} --regimes {','.join(asked.regimes)} {luck}", *keys])
