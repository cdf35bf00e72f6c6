"""Verdicts of an experiment on its claim: one word for each row, and one sentence over all rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.measure.amounts import count
from sim.measure.intervals import clear_sign
from sim.measure.metrics import Measure
from sim.records import Column
from sim.study.results.computed_columns import ROW

if TYPE_CHECKING:
    import pandas as pd

HOLDS, UNDECIDED, FAILS = "holds", "undecided", "fails"
MOST_NAMED = 12

COLUMNS = (
    ROW,
    Column(
        "verdict",
        "str",
        "-",
        "holds: interval above 0; fails: below 0; undecided: it contains 0, or fewer than 20 worlds",
    ),
    Column(
        "favoured", "f8", "by outcome", "mean under the regime the claim favours; NaN of a switch"
    ),
    Column("baseline", "f8", "by outcome", "mean under the other regime; NaN of a switch"),
    Column("mean", "f8", "by outcome", "mean paired difference, or Shapley value of a switch"),
    Column("low", "f8", "by outcome", "lower end of its 95 % interval over worlds"),
    Column("high", "f8", "by outcome", "upper end of the same interval"),
    Column("effect", "f8", "-", "mean / sd of the difference"),
    Column(
        "share_opposite",
        "f8",
        "share",
        "worlds whose difference has the sign opposite to the mean's",
    ),
    Column("n", "i8", "worlds", "worlds in which the difference has a value"),
)


class VerdictContext(NamedTuple):
    """What a verdict's page needs beside its table: title, contrast, outcome and how the study was run."""

    title: str
    contrast: Sequence[str]
    outcome: Measure
    currency: str
    worlds: int
    worlds_decided: int
    rows_asked: int
    name: str
    seed: int


def judge_interval(low: float, high: float, worlds: int) -> str:
    """Return the verdict that a row's interval implies for the claim that its mean is above 0.

    `low` and `high` are the ends of the 95 % interval over `worlds` worlds. The row is undecided if the
    interval contains 0, or if there are too few worlds for it to be trusted.
    """
    return {1: HOLDS, -1: FAILS}.get(int(clear_sign(low, high, worlds)), UNDECIDED)


def judge_points(
    summary: pd.DataFrame, outcome: str, contrast: Sequence[str], labels: Sequence[str]
) -> pd.DataFrame:
    """Return the verdict on every point of a study, by its paired difference.

    `summary` is the study's table, `contrast` the favoured regime and the baseline, and `labels` the
    label columns, which name the points.
    """
    import pandas as pd

    lines: list[dict[str, Any]] = []
    if len(summary):
        about = summary[summary["measure"] == outcome]
        for _, rows in about.groupby("point", sort=True):
            by = {(str(r.regime), str(r.baseline)): r for r in rows.itertuples()}
            found = by[contrast[0], contrast[1]]
            means = {
                n: by[r, ""].mean for n, r in zip(("favoured", "baseline"), contrast, strict=True)
            }
            lines.append(_verdict_row(_point_name(rows.iloc[0], labels), found) | means)
    return pd.DataFrame(lines, columns=[c.name for c in COLUMNS])


def judge_switches(attribution: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Return one row for each switch, with the verdict on whether its Shapley value is above 0.

    `attribution` is the study's table of that name, `outcome` the measure that the claim is about.
    """
    import pandas as pd

    lines: list[dict[str, Any]] = []
    if len(attribution):
        chosen = (attribution["outcome"] == outcome) & (attribution["kind"] == "shapley")
        lines = [_verdict_row(str(r.player), r) for r in attribution[chosen].itertuples()]
    return pd.DataFrame(lines, columns=[c.name for c in COLUMNS])


def _point_name(row: Any, labels: Sequence[str]) -> str:
    """Return the name of a point: that of its row, or its labels with their values."""
    if list(labels) == ["row"]:
        return str(row["row"])
    return ", ".join(f"{name}={_value_text(row[name])}" for name in labels)


def _value_text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _verdict_row(name: str, found: Any) -> dict[str, Any]:
    nothing = float("nan")
    effect = found.mean / found.sd if found.sd > 0.0 else nothing
    return {
        "row": name,
        "verdict": judge_interval(found.low, found.high, int(found.n)),
        "favoured": nothing,
        "baseline": nothing,
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "effect": effect,
        "share_opposite": found.share_opposite,
        "n": found.n,
    }


def overall_verdict(table: pd.DataFrame, rows_asked: int) -> str:
    """Return the verdict over all rows, as the end of the sentence "the claim …".

    It is not decided if there are fewer than `rows_asked` rows, as the study was cut short.
    """
    holds = [str(row) for row in table["row"][table["verdict"] == HOLDS]]
    if len(holds) == len(table):
        text = "holds"
    elif len(holds) > MOST_NAMED:
        text = f"holds only in {len(holds)} of {count(len(table), 'row')}"
    elif holds:
        text = f"holds only where: {'; '.join(holds)}"
    elif not (table["verdict"] == FAILS).any():
        text = f"is undecided: in none of {count(len(table), 'row')} does the interval exclude 0"
    else:
        below = int((table["verdict"] == FAILS).sum())
        text = f"fails: in none of {count(len(table), 'row')} is the interval above 0, in {below} below"
    if len(table) < rows_asked:
        return f"is not decided: cut short after {len(table)} of {count(rows_asked, 'row')}"
    return text
