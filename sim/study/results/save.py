"""The tables of one comparison or run: written, read back and recomputed by the same code."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import SimError
from sim.interrupt import mark_interrupt_answered
from sim.measure.blocks import HeldBlocks, MeasuredTables
from sim.measure.compare import Comparison, compare
from sim.measure.window import Window, read_window
from sim.records import TABLES, Column, table_dtype
from sim.strategies.code_consent import READ_ONLY
from sim.study.results.block_store import DRAWN, HELD_BYTES, BlockStore, measure_stored
from sim.study.results.computed_columns import ALIGNED, LEDGER, SUMMARY
from sim.study.results.owned_folders import ROWS_OF_BLOCKS
from sim.study.results.row_parts import StoredRows, StoredTable
from sim.study.results.store import REGIME, count_rows, read_table, write_table
from sim.study.results.unfinished import UnfinishedRows

if TYPE_CHECKING:
    import pandas as pd

    from sim.engines.batch import RunTables
    from sim.scenario.load import LoadedScenario
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
    causes = {r: result.ledger_rows(r) for r in result.outcomes}
    yield "ledger.parquet", causes, LEDGER
    yield "summary.parquet", _row_array(result.rows.values(), SUMMARY), SUMMARY


def _row_array(rows: Iterable[Sequence[Any]], columns: Sequence[Column]) -> np.ndarray:
    """Return rows as a structured array: loading pandas would take longer than a short `sim run`."""
    kinds = [(c.name, "O" if c.dtype == "str" else c.dtype) for c in columns]
    return np.array([tuple(row) for row in rows], kinds)


def write_tables(folder: Path, result: Comparison, tables: Collection[str]) -> list[Path]:
    """Write every table of a result into `folder` and return their paths.

    Tables that are on disk already, as they are too large to hold, stay as they are.
    """
    paths = []
    for name, rows, columns in result_tables(result, tables):
        if not is_on_disk(rows):
            write_table(folder / name, rows, columns)
        paths.append(folder / name)
    return paths


def run_one(
    request: ResolvedRequest,
    on_progress: OnProgress | None = None,
    blocks: HeldBlocks | None = None,
) -> Comparison:
    """Return the result of `sim run`: a comparison with a single regime.

    `on_progress(done, total)` counts worlds to be simulated; `blocks` is as for `compare`. After Ctrl-C the finished
    worlds are returned with `interrupted` set; raises KeyboardInterrupt if there are none, and
    ScenarioError for a bad regime.
    """
    from sim.engines.batch import run_blocks

    regime = request.loaded.regime(request.regimes[0])
    blocks = HeldBlocks(request.worlds) if blocks is None else blocks
    before = blocks.worlds  # complete already
    worlds, tables = range(before, request.worlds), {"periods", "ties", *request.tables}
    interrupted = False
    try:
        for part in run_blocks(
            regime, worlds, request.seed, threads=request.threads, tables=tables
        ):
            blocks.add(len(part.periods) // request.loaded.scenario.run.months, {regime.name: part})
            if on_progress is not None:
                on_progress(blocks.worlds - before, request.worlds - before)
    except KeyboardInterrupt:
        if not blocks.worlds:
            raise
        interrupted = True
        mark_interrupt_answered()
    return Comparison(
        request.loaded, request.regimes, blocks.worlds, request.seed, blocks.outcomes(), interrupted
    )


def read_result(folder: Path, record: Mapping[str, Any]) -> Comparison:
    """Return the comparison or run that is stored in a folder; raises SimError if a table is missing.

    `record` is its manifest. Tables too large to hold are read when they are used. No custom code is
    run.
    """
    from sim.scenario.load import from_resolved

    for name in DRAWN:
        if name not in record["tables"]:
            want = f"run it again with {name} in `tables`"
            raise SimError(
                f"{folder}: the table {name}, from which it is drawn, was left out; {want}"
            )
    loaded = from_resolved(record["scenario"], record["scenario_name"], consent=READ_ONLY)
    control = record.get("control", "")
    every = (*record["regimes"], *([control] if control else []))
    found = _held_outcomes if _stored_bytes(folder) <= HELD_BYTES else _stored_outcomes
    outcomes = found(folder, loaded, every)
    design = record["design"]
    event = read_window(design["align"], design["window"]) if design else None
    worlds = record["worlds"]["done"]
    short = not record["complete"]
    regimes = tuple(record["regimes"])
    return Comparison(loaded, regimes, worlds, record["seed"], outcomes, short, event, control)


def _stored_bytes(folder: Path) -> int:
    """Return how much memory the rows of a folder's simulated tables would take."""
    return sum(
        count_rows(path) * table_dtype(columns).itemsize
        for name, columns in TABLES.items()
        if (path := folder / f"{name}.parquet").is_file()
    )


def _held_outcomes(
    folder: Path, loaded: LoadedScenario, regimes: Sequence[str]
) -> dict[str, RunTables | MeasuredTables]:
    from sim.engines.batch import RunTables

    frames = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        wanted = [REGIME.name, *(column.name for column in TABLES[name])]
        frames[name] = read_table(path, wanted) if name in DRAWN or path.is_file() else None
    return {
        regime: RunTables(*(_regime_rows(frames[name], name, regime) for name in RunTables._fields))
        for regime in regimes
    }


def _stored_outcomes(
    folder: Path, loaded: LoadedScenario, regimes: Sequence[str]
) -> dict[str, RunTables | MeasuredTables]:
    """Return tables that stay on disk, with the measures of all worlds, read some worlds at a time."""
    tables: dict[str, dict[str, Any]] = {}
    for name, columns in TABLES.items():
        path = folder / f"{name}.parquet"
        stored = StoredTable(path, name, columns)
        places = stored.regime_rows() if name in DRAWN or path.is_file() else {}
        tables[name] = {r: StoredRows(stored, *places.get(r, (0, 0))) for r in regimes}
    return {
        regime: measure_stored(
            {name: tables[name][regime] for name in TABLES}, loaded.regime(regime)
        )
        for regime in regimes
    }


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


def block_store(folder: Path, request: ResolvedRequest, unfinished: UnfinishedRows) -> BlockStore:
    """Return what keeps the blocks of a run or comparison, on disk once they are large."""
    regimes = [*request.regimes, *([request.control] if request.control else [])]
    window = requested_window(request)
    reads = window.reads if window else ()
    return BlockStore(
        folder, request.loaded, regimes, request.worlds, request.tables, reads, unfinished
    )


def recompute_tables(request: ResolvedRequest, folder: Path) -> Iterator[Table]:
    """Yield every table of a run or comparison, recomputed: file name, rows and columns.

    Tables too large to hold are written into `folder`, an empty one: their rows are `StoredRows`. Raises
    KeyboardInterrupt after Ctrl-C: fewer worlds would be another result.
    """
    unfinished = UnfinishedRows(folder / ROWS_OF_BLOCKS, folder)
    blocks = block_store(folder, request, unfinished)
    if request.kind == "run":
        result = run_one(request, blocks=blocks)
    else:
        result = compare(
            request.loaded, request.regimes, request.worlds, request.seed,
            threads=request.threads, tables=request.tables, around=requested_window(request),
            control=request.control, blocks=blocks,
        )  # fmt: skip
    if result.interrupted:
        raise KeyboardInterrupt
    blocks.finish()
    yield from result_tables(result, request.tables)


def is_on_disk(rows: Any) -> bool:
    """Return whether the rows of a table are on disk, as they are too large to hold."""
    return isinstance(rows, dict) and any(isinstance(r, StoredRows) for r in rows.values())
