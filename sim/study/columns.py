"""Columns of the tables that are computed from the simulated ones: measures, summaries, designs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sim.measure.metrics import MEASURES
from sim.records import CAUSE_COLUMNS, Column
from sim.scenario.wanted import at
from sim.study.plan import Factor, Point, value_at
from sim.study.store import REGIME

WORLD = Column("world", "i8", "-", "replicate; world k has the same luck in every regime")

LEDGER = (
    REGIME,
    WORLD,
    Column(
        "first_best", "f8", "money/need/month", "what full information and no friction would yield"
    ),
    *(c._replace(unit="money/need/month") for c in CAUSE_COLUMNS),
    Column(
        "surplus", "f8", "money/need/month", "realised joint surplus: first best minus the causes"
    ),
)

SUMMARY = (
    Column("measure", "str", "-", "name of the measure"),
    Column("label", "str", "-", "the measure in words"),
    Column("unit", "str", "-", "unit of mean, low, high and sd"),
    Column(
        "kind",
        "str",
        "-",
        "`regime`: a mean under one regime; `difference`: paired, world by world",
    ),
    Column("name", "str", "-", "the regime, or the two regimes of a difference"),
    REGIME._replace(meaning="the regime, or the first of a difference"),
    Column("baseline", "str", "-", "the second regime of a difference"),
    Column("mean", "f8", "by row", "mean over worlds"),
    Column(
        "low", "f8", "by row", "lower end of the 95 % bootstrap interval of the mean over worlds"
    ),
    Column("high", "f8", "by row", "upper end of the same interval"),
    Column("sd", "f8", "by row", "standard deviation over worlds"),
    Column("effect", "f8", "-", "mean / sd of a difference"),
    Column(
        "share_opposite",
        "f8",
        "share",
        "worlds whose difference has the sign opposite to the mean's",
    ),
    Column("n", "i8", "worlds", "worlds in which the measure has a value"),
    Column("note", "str", "-", "why an interval is missing or has no width"),
)

ALIGNED = (
    Column("quantity", "str", "-", "column of need_months that is averaged"),
    Column("label", "str", "-", "the quantity in words"),
    Column("unit", "str", "-", "unit of mean, low and high"),
    Column(
        "kind",
        "str",
        "-",
        "`regime`: a mean under one regime; `difference`: paired, the same onsets in both; "
        "`unpaired`: difference of two means, each over its own onsets",
    ),
    Column("name", "str", "-", "the regime, or the two regimes of a difference"),
    REGIME._replace(meaning="the regime, or the first of a difference"),
    Column("baseline", "str", "-", "the second regime of a difference"),
    Column("month", "i4", "months", "month relative to the onset, which is month 0"),
    Column("mean", "f8", "by row", "mean over worlds of the mean over a world's onsets"),
    Column("low", "f8", "by row", "lower end of the 95 % bootstrap interval over worlds"),
    Column("high", "f8", "by row", "upper end of the same interval"),
    Column("n", "i8", "worlds", "worlds with a value"),
    Column("events", "i8", "onsets", "onsets whose window has this month within the run"),
)

MEASURED = (
    REGIME,
    WORLD,
    *(Column(m.name, "f8", m.unit, f"{m.meaning}: {m.how}") for m in MEASURES),
)

POINT = Column(
    "point", "i4", "-", "number of the design point, from 0; the first factor varies slowest"
)
ROW = Column("row", "str", "-", "name of the experiment's row")


def factor_columns(factors: Sequence[Factor], points: Sequence[Point]) -> tuple[Column, ...]:
    """Return one column per factor, of the narrowest type that holds its value at every point."""
    made = []
    for factor in factors:
        unit, meaning = describe_key(factor.key)
        dtype = _dtype([value_at(p.loaded, factor.key) for p in points])
        made.append(Column(factor.key, dtype, unit, f"varied: {meaning}"))
    return tuple(made)


def factor_values(point: Point, columns: Sequence[Column]) -> dict[str, Any]:
    """Return the factor values of a point, as its scenario has them, ready to be columns."""
    values = {c.name: value_at(point.loaded, c.name) for c in columns}
    return {k: json.dumps(v) if isinstance(v, dict | list) else v for k, v in values.items()}


def describe_key(key: str) -> tuple[str, str]:
    """Return unit and meaning of a dotted scenario key, as far as the schema declares them."""
    node = at(tuple(int(part) if part.isdigit() else part for part in key.split("."))) or {}
    return str(node.get("unit", "-")), str(node.get("description", key))


def _dtype(values: Sequence[Any]) -> str:
    kinds = {type(v) for v in values}
    if kinds == {bool}:
        return "bool"
    if kinds == {int}:
        return "i8"
    return "f8" if kinds <= {int, float} else "str"
