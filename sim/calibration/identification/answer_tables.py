"""The tables of an identification in the folder of its study: what is told, and which further column adds most."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.calibration.identification.seen_panels import Seen
from sim.calibration.identification.told import Further, Identification, Told
from sim.records import Column
from sim.study.results.store import read_table, write_table

if TYPE_CHECKING:
    import pandas as pd

TOLD_TABLE, FURTHER_TABLE = "told", "further"
KEY = Column("key", "str", "-", "the key of the scenario")
TOLD_COLUMNS = (
    Column("panel", "str", "-", "the panel, with the columns of those that it adds to"),
    KEY,
    Column("r2", "f8", "share", "held-out R² of the key, in ranks under its prior"),
    Column("low", "f8", "share", "lower end of its 95 % bootstrap interval over points"),
    Column("high", "f8", "share", "upper end of the same interval"),
    Column("rank", "i8", "-", "place among the keys, 1 for the one that is told best"),
    Column("rank_low", "i8", "-", "lower end of the 95 % bootstrap interval of the rank"),
    Column("rank_high", "i8", "-", "upper end of the same interval"),
    Column("points", "i8", "points", "points that it rests on"),
)
FURTHER_COLUMNS = (
    KEY,
    Column("measure", "str", "-", "the measure of the further column; empty if it is a key"),
    Column("regime", "str", "-", "the regime in which it is seen; empty if it is a key"),
    Column("known", "str", "-", "the key that the further column is; empty if it is a measure"),
    Column("added", "f8", "share", "what it adds to held-out R²"),
    Column("low", "f8", "share", "lower end of its 95 % bootstrap interval over points"),
    Column("high", "f8", "share", "upper end of the same interval"),
)


def write_answer(folder: Path, answer: Identification) -> None:
    """Write the tables of an answer into a folder."""
    import pandas as pd

    told = pd.DataFrame([_told_row(one, answer.points) for one in answer.told])
    write_table(folder / f"{TOLD_TABLE}.parquet", told, TOLD_COLUMNS)
    names = [column.name for column in FURTHER_COLUMNS]
    further = pd.DataFrame([_further_row(one) for one in answer.further], columns=names)
    write_table(folder / f"{FURTHER_TABLE}.parquet", further, FURTHER_COLUMNS)


def read_answer(folder: Path) -> Identification | None:
    """Return the answer in a folder; None if its study was not complete. Raises SimError if it cannot be read."""
    if not (folder / f"{TOLD_TABLE}.parquet").is_file():
        return None
    told = read_table(folder / f"{TOLD_TABLE}.parquet", [c.name for c in TOLD_COLUMNS])
    further = read_table(folder / f"{FURTHER_TABLE}.parquet", [c.name for c in FURTHER_COLUMNS])
    return Identification(
        tuple(_told_of(row) for row in _rows(told)),
        tuple(_further_of(row) for row in _rows(further)),
        int(told["points"].iloc[0]),
    )


def delete_answer(folder: Path) -> None:
    """Delete the tables of an answer that no longer holds."""
    for name in (TOLD_TABLE, FURTHER_TABLE):
        (folder / f"{name}.parquet").unlink(missing_ok=True)


def _told_row(one: Told, points: int) -> dict[str, Any]:
    return {**vars(one), "points": points}


def _told_of(row: dict[str, Any]) -> Told:
    return Told(
        str(row["panel"]), str(row["key"]), float(row["r2"]), float(row["low"]), float(row["high"]),
        int(row["rank"]), int(row["rank_low"]), int(row["rank_high"]),
    )  # fmt: skip


def _further_row(one: Further) -> dict[str, Any]:
    seen = {"measure": one.column.measure, "regime": one.column.regime, "known": one.column.key}
    return {"key": one.key, **seen, "added": one.added, "low": one.low, "high": one.high}


def _further_of(row: dict[str, Any]) -> Further:
    column = Seen(str(row["measure"]), str(row["regime"]), str(row["known"]))
    numbers = (float(row[name]) for name in ("added", "low", "high"))
    return Further(str(row["key"]), column, *numbers)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
