"""The tables of one comparison or run: written, read back and recomputed by the same code."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.interrupt import mark_interrupt_answered
from sim.measure.compare import Comparison, compare
from sim.measure.ledger import ledger_rows
from sim.measure.window import Window, read_window
from sim.records import TABLES, Column
from sim.strategies.code_consent import READ_ONLY
from sim.study.results.computed_columns import ALIGNED, LEDGER, SUMMARY
from sim.study.results.store import REGIME, read_table, write_table

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.results.manifest import ResolvedRequest

OnProgress = Callable[[int, int], None]
Table = tuple[str, Any, tuple[Column, ...]]


def result_tables(result: Comparison, tables: Collection[str]) -> Iterator[Table]:
    """Yield file name, rows and columns of every table of a result: simulated, then computed.

    Of the simulated tables, only those named in `tables` are yielded.
    """
    for name, columns in TABLES.items():
        if name in tables:
            rows = {regime: getattr(o, name) for regime, o in result.outcomes.items()}
            yield f"{name}.parquet", rows, columns
    if result.around is not None:
        yield "aligned.parquet", _row_array(result.aligned, ALIGNED), ALIGNED
    causes = {r: ledger_rows(result.view(r)) for r in result.outcomes}
    yield "ledger.parquet", causes, LEDGER
    yield "summary.parquet", _row_array(result.rows.values(), SUMMARY), SUMMARY


def _row_array(rows: Iterable[Sequence[Any]], columns: Sequence[Column]) -> np.ndarray:
    """Return rows as a structured array: loading pandas would take longer than a short `sim run`."""
    kinds = [(c.name, "O" if c.dtype == "str" else c.dtype) for c in columns]
    return np.array([tuple(row) for row in rows], kinds)


def write_tables(folder: Path, result: Comparison, tables: Collection[str]) -> list[Path]:
    """Write every table of a result into `folder` and return their paths."""
    paths = []
    for name, rows, columns in result_tables(result, tables):
        write_table(folder / name, rows, columns)
        paths.append(folder / name)
    return paths


def run_one(request: ResolvedRequest, on_progress: OnProgress | None = None) -> Comparison:
    """Return the result of `sim run`: a comparison with a single regime.

    `on_progress(done, total)` counts worlds. After Ctrl-C the finished worlds are returned with
    `interrupted` set; raises KeyboardInterrupt if there are none, and ScenarioError for a bad regime.
    """
    from sim.engines.batch import join_blocks, run_blocks

    regime = request.loaded.regime(request.regimes[0])
    worlds, tables = range(request.worlds), {"periods", "ties", *request.tables}
    parts, done, interrupted = [], 0, False
    try:
        for part in run_blocks(
            regime, worlds, request.seed, threads=request.threads, tables=tables
        ):
            parts.append(part)
            done += len(part.periods) // request.loaded.scenario.run.months
            if on_progress is not None:
                on_progress(done, request.worlds)
    except KeyboardInterrupt:
        if not parts:
            raise
        interrupted = True
        mark_interrupt_answered()
    outcomes = {regime.name: join_blocks(parts)}
    return Comparison(request.loaded, request.regimes, done, request.seed, outcomes, interrupted)


def read_result(folder: Path, record: Mapping[str, Any]) -> Comparison:
    """Return the comparison or run that is stored in a folder; raises SimError if a table is missing.

    `record` is its manifest. No custom code is run.
    """
    from sim.engines.batch import RunTables
    from sim.scenario.load import from_resolved

    loaded = from_resolved(record["scenario"], record["scenario_name"], consent=READ_ONLY)
    control = record.get("control", "")
    frames = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        needed = name in ("periods", "ties")
        wanted = [REGIME.name, *(column.name for column in TABLES[name])]
        frames[name] = read_table(path, wanted) if needed or path.is_file() else None
    outcomes = {
        regime: RunTables(*(_regime_rows(frames[name], name, regime) for name in RunTables._fields))
        for regime in (*record["regimes"], *([control] if control else []))
    }
    design = record["design"]
    event = read_window(design["align"], design["window"]) if design else None
    worlds = record["worlds"]["done"]
    short = not record["complete"]
    regimes = tuple(record["regimes"])
    return Comparison(loaded, regimes, worlds, record["seed"], outcomes, short, event, control)


def _regime_rows(frame: pd.DataFrame | None, table: str, regime: str) -> np.ndarray:
    """Return one regime's rows of a stored table as a structured array; no rows if it was not stored."""
    from sim.records import allocate

    if frame is None:
        return allocate(TABLES[table], 0)
    chosen = frame[frame["regime"] == regime]
    rows = allocate(TABLES[table], len(chosen))
    for column in TABLES[table]:
        rows[column.name] = chosen[column.name].to_numpy()
    return np.asarray(rows)


def requested_window(request: ResolvedRequest) -> Window | None:
    """Return the window of months around an event that a comparison aligns on; None if it has none."""
    return (
        read_window(request.design["align"], request.design["window"]) if request.design else None
    )


def recompute_tables(request: ResolvedRequest) -> Iterator[Table]:
    """Yield every table of a run or comparison, recomputed: file name, rows and columns."""
    if request.kind == "run":
        result = run_one(request)
    else:
        result = compare(
            request.loaded, request.regimes, request.worlds, request.seed,
            threads=request.threads, tables=request.tables, around=requested_window(request),
            control=request.control,
        )  # fmt: skip
    yield from result_tables(result, request.tables)
