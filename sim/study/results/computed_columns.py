"""Columns of the computed tables: measures by world, summaries, and the analyses of studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.field.statistics import find_statistic
from sim.field.world_sums import sum_names
from sim.measure.metrics import MEASURES
from sim.records import CAUSE_COLUMNS, Column
from sim.scenario.expected_values import node_at
from sim.study.design.analysis import DESIGNS
from sim.study.design.factors import key_parts
from sim.study.results.store import REGIME

if TYPE_CHECKING:
    from sim.study.design.definition import Study

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
        "low",
        "f8",
        "by row",
        "lower end of the 95 % interval of the mean over worlds (bootstrap from 50 worlds, Student's t below)",
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
    Column("low", "f8", "by row", "lower end of the 95 % interval over worlds"),
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


COALITION = Column("coalition", "str", "-", "the switches that are on, joined by +; none: all off")
NAMED = {"row": ROW, "coalition": COALITION}

POINTS = (
    Column("status", "str", "-", "complete, failed, or missing: not computed yet"),
    Column("worlds", "i8", "worlds", "worlds that were run and count"),
    Column("rule", "str", "-", "why there are no more: a fixed number, an interval, or the cap"),
    Column("width", "f8", "by outcome", "width of the interval that ended it; NaN when fixed"),
    Column("note", "str", "-", "why the point failed"),
)

_OUTCOME = (
    Column("outcome", "str", "-", "name of the measure"),
    Column("label", "str", "-", "the measure in words"),
    Column("unit", "str", "-", "unit of the numbers"),
)
_INTERVAL = (
    Column("mean", "f8", "by row", "mean over worlds"),
    Column("low", "f8", "by row", "lower end of its 95 % interval over worlds"),
    Column("high", "f8", "by row", "upper end of the same interval"),
)
_OPPOSITE = Column(
    "share_opposite", "f8", "share", "worlds whose value has the sign opposite to the mean's"
)
_WORLDS = Column("n", "i8", "worlds", "worlds in which it has a value")
ATTRIBUTION = (
    *_OUTCOME,
    Column("player", "str", "-", "the switch; `all` for the whole"),
    Column(
        "kind",
        "str",
        "-",
        "shapley, first_in (alone), last_in (to all others), or total (all − none); its parts, if a "
        "machine can be run: procedure (machine − none) and mediator (all − machine)",
    ),
    *_INTERVAL,
    Column("sd", "f8", "by row", "standard deviation over worlds"),
    _OPPOSITE,
    _WORLDS,
)
INTERACTIONS = (
    *_OUTCOME,
    Column("player", "str", "-", "one switch"),
    Column("other", "str", "-", "the other"),
    *_INTERVAL,
    _WORLDS,
)
SENSITIVITY = (
    *_OUTCOME,
    Column("name", "str", "-", "the regime, or the two regimes of a paired difference"),
    Column("method", "str", "-", "morris or sobol"),
    Column(
        "index", "str", "-", "mu, mu_star, sigma; S1, ST, S2; luck: share of variance that is luck"
    ),
    Column("factor", "str", "-", "the key; empty for luck"),
    Column("other", "str", "-", "the second key of S2"),
    Column(
        "value",
        "f8",
        "by index",
        "mu, mu_star, sigma: in the outcome's unit per full range; else a share",
    ),
    Column("low", "f8", "by index", "lower end of its 95 % bootstrap interval"),
    Column("high", "f8", "by index", "upper end of the same interval"),
    Column("rows", "i8", "-", "base rows or trajectories it rests on"),
)
MAP = (
    Column("outcome", "str", "-", "name of the measure"),
    Column("best", "str", "-", "the regime with the highest mean, the lowest if less is better"),
    Column("second", "str", "-", "the next one"),
    Column("lead", "f8", "by outcome", "mean paired difference between the two"),
    Column("low", "f8", "by outcome", "lower end of its 95 % interval over worlds"),
    Column("high", "f8", "by outcome", "upper end of the same interval"),
    Column(
        "certain",
        "bool",
        "-",
        "whether that interval excludes 0; of two regimes chosen by the same worlds, so optimistic",
    ),
)


_WITH_LABELS = {"points": POINTS, "summary": SUMMARY, "map": MAP}
_WITHOUT_LABELS = {
    "attribution": ATTRIBUTION,
    "interactions": INTERACTIONS,
    "sensitivity": SENSITIVITY,
}
_COMPARISON_ONLY = ("note",)  # columns of a comparison's summary that a study's has not


def columns_kept(table: str, study: Mapping[str, Any]) -> list[str]:
    """Return the names of the columns that a table of a study must have; [] for an unknown table.

    `study` is the study's table as its manifest stores it.
    """
    if table in _WITHOUT_LABELS:
        return [column.name for column in _WITHOUT_LABELS[table]]
    if table not in _WITH_LABELS:
        return []
    kind = DESIGNS.get(str(study.get("design")))
    named = [kind.label] if kind is not None and kind.label else []
    labels = named or [factor["key"] for factor in study.get("factors", ())]
    left_out = _COMPARISON_ONLY if table == "summary" else ()
    return [POINT.name, *labels, *(c.name for c in _WITH_LABELS[table] if c.name not in left_out)]


def label_columns(study: Study) -> tuple[Column, ...]:
    """Return one column for each label of a point, with the narrowest type that holds every value."""
    factors = {f.key: f for f in study.factors}
    columns = []
    for nth, (name, key) in enumerate(study.labels):
        if not key:
            columns.append(NAMED[name])
            continue
        key_unit, meaning = describe_key(key)
        unit = factors[key].unit or key_unit
        dtype = _narrowest_dtype([p.labels[nth] for p in study.points])
        columns.append(Column(name, dtype, unit, f"varied: {factors[key].name or meaning}"))
    return tuple(columns)


def measured_columns(study: Study) -> tuple[Column, ...]:
    """Return the columns of a part: point, labels, regime, world, then every measure.

    Of a study that is run for statistics, numerator and denominator of each instead of measures.
    """
    labels = label_columns(study) if study.labels else ()
    if study.statistics:
        return (POINT, *labels, *MEASURED[:2], *statistic_columns(study.statistics))
    return (POINT, *labels, *MEASURED)


def statistic_columns(names: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of both sums of some statistics."""
    found = [find_statistic(name) for name in names]
    return tuple(
        Column(column, "f8", "-", f"{part} of: {statistic.meaning}")
        for statistic in found
        for column, part in zip(
            sum_names(statistic.name), ("numerator", "denominator"), strict=True
        )
    )


def describe_key(key: str) -> tuple[str, str]:
    """Return unit and meaning of a dotted scenario key; "-" and the key itself if none is declared."""
    node = node_at(key_parts(key)) or {}
    return str(node.get("unit", "-")), str(node.get("description", key))


def _narrowest_dtype(values: Sequence[Any]) -> str:
    kinds = {type(v) for v in values}
    if kinds == {bool}:
        return "bool"
    if kinds == {int}:
        return "i8"
    return "f8" if kinds <= {int, float} else "str"
