"""The screens "Overview" and "Causes and traits" as HTML: headline numbers, charts and the table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.measure.amounts import DASH, first_months
from sim.measure.metrics import BY_NAME, monthly_series
from sim.measure.view import View
from sim.page.colours import GREY, line_styles, with_colours
from sim.page.health_signs import traits_chart
from sim.page.network import largest_surplus, legend, network
from sim.page.regime_pair import Frame
from sim.page.svg import Axes, Line, line_chart
from sim.page.waterfall import axis_bounds, ledger_steps, waterfall
from sim.render.numbers import format_count, format_number
from sim.render.templates import render
from sim.render.wording import TOTAL_LABELS

if TYPE_CHECKING:
    from markupsafe import Markup

YEAR = 12  # months


class MonthTables(NamedTuple):
    """The tables of the months so far under one regime, as measures take them."""

    periods: np.ndarray
    ties: np.ndarray


class BoardRow(NamedTuple):
    """One row of the table: a column of `periods`, its label and unit, and whether it is per need."""

    column: str
    label: str
    unit: str
    per_need: bool
    strong: bool = False


def overview(frame: Frame) -> Markup:
    """Return headline numbers, both markets, four charts and the table of a frame.

    Before the first month only the markets, with the followed tie, can be drawn.
    """
    return render(
        "page/fragments/overview.html.j2",
        headline=_headline(frame),
        networks=_networks(frame),
        legend=_legend(frame),
        charts=list(_charts(frame)) if frame.period else [],
        table=_table(frame) if frame.period else "",
    )


def causes(frame: Frame) -> Markup:
    """Return headline numbers, both ledgers as waterfalls and the five traits."""
    counts = frame.period > frame.burn_in
    return render(
        "page/fragments/causes.html.j2",
        headline=_headline(frame),
        period=frame.period,
        burn_in=_burn_in(frame),
        **(_ledgers(frame) if counts else {"falls": [], "traits": ""}),
    )


def _ledgers(frame: Frame) -> dict[str, Any]:
    """Return both waterfalls and the chart of traits, by their names in the template."""
    views = _view_of_regime(frame, 0), _view_of_regime(frame, 1)
    tables = ledger_steps(views[0]), ledger_steps(views[1])
    unit, ends, marks = (
        f"{frame.currency} per need and month",
        axis_bounds(tables),
        line_styles(frame.regimes),
    )
    falls = [waterfall(frame.regimes[k], marks[k][0], unit, tables[k], ends) for k in range(2)]
    return {"falls": falls, "traits": traits_chart(frame.regimes, marks, views, frame.months)}


def _networks(frame: Frame) -> list[Markup]:
    most, marks = largest_surplus(frame.links), line_styles(frame.regimes)
    return [
        network(
            frame.regimes[k], marks[k][0], frame.crowd, frame.links[k], most, frame.tie,
            frame.currency,
        )
        for k in range(2)
    ]  # fmt: skip


def _legend(frame: Frame) -> Markup:
    needs = frame.crowd.everyone[0]
    hidden = needs > frame.crowd.needs
    part = f"The first {frame.crowd.needs} of {needs:,} buyers are shown." if hidden else ""
    mediated = any(party["mediated"] for party in frame.parties)
    return legend(frame.currency, largest_surplus(frame.links), mediated, part)


def trailing_mean(values: np.ndarray, months: int = YEAR) -> np.ndarray:
    """Return for each month the mean of the last `months` values; of fewer at the beginning.

    Example:
        >>> trailing_mean(np.array([1.0, 3.0, 5.0]), 2).tolist()
        [1.0, 2.0, 4.0]
    """
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(0, ends - months)
    means: np.ndarray = (sums[ends] - sums[starts]) / (ends - starts)
    return means


def _view_of_regime(frame: Frame, which: int) -> View:
    """Return the months so far under regime 0 or 1, as measures take them."""
    return _view_of_rows(frame, frame.rows[which], frame.parties[which])


def _view_of_rows(frame: Frame, rows: np.ndarray, about: dict[str, bool]) -> View:
    tables = MonthTables(rows, np.zeros(0))
    return View(tables, frame.needs, frame.period, **about, burn_in=frame.burn_in)


def _monthly_values(frame: Frame, which: int, name: str) -> np.ndarray:
    """Return a measure, by name, month by month under regime 0 or 1."""
    values: np.ndarray = monthly_series(name, _view_of_regime(frame, which))[0]
    return values


def _charts(frame: Frame) -> Iterator[Markup]:
    """Yield four charts: surplus, buyers' trust, cumulative surplus, vendors' trust."""
    money, ceiling = frame.currency, ("first best", GREY, "2 3", 1.8)
    marks = [(frame.regimes[k], *line_styles(frame.regimes)[k]) for k in range(2)]
    axes = Axes(
        "Joint surplus", f"{money} per need and month, mean of the last 12", frame.months, (0.0,)
    )
    lines = [Line(trailing_mean(_monthly_values(frame, 0, "first_best")), *ceiling)]
    lines += [
        Line(trailing_mean(_monthly_values(frame, k, "surplus")), *marks[k]) for k in range(2)
    ]
    yield line_chart(axes, lines)
    yield _trust_chart(frame, "Buyers' trust in their vendors", "trust_buyer", marks)
    axes = Axes("Joint surplus, cumulative", f"{money} per need", frame.months, (0.0,))
    lines = [Line(np.cumsum(_monthly_values(frame, 0, "first_best")), *ceiling)]
    lines += [Line(_monthly_values(frame, k, "surplus_so_far"), *marks[k]) for k in range(2)]
    yield line_chart(axes, lines)
    yield _trust_chart(frame, "Vendors' trust in their buyers", "trust_vendor", marks)


def _trust_chart(frame: Frame, title: str, name: str, marks: list[tuple[str, str, str]]) -> Markup:
    axes = Axes(title, "0 to 1, mean over needs", frame.months, (0.0, 1.0))
    return line_chart(axes, [Line(_monthly_values(frame, k, name), *marks[k]) for k in range(2)])


def _headline(frame: Frame) -> Markup:
    """Return a tile for each regime and one for their difference, with its two parts if it has them."""
    means = [_mean_so_far(frame, k, "surplus") for k in range(2)]
    shares = [_mean_so_far(frame, k, "share_first_best") for k in range(2)]
    marks = line_styles(frame.regimes)
    return render(
        "page/fragments/headline.html.j2",
        currency=frame.currency,
        burn_in=_burn_in(frame),
        tiles=[
            (name, marks[k][0], format_number(means[k], ""), _share(shares[k]))
            for k, name in enumerate(frame.regimes)
        ],
        gap=format_number(means[1] - means[0], "", signed=True),
        points=_share(shares[1] - shares[0], signed=True),
        parts=_parts(frame, means),
        paid=any(rows["mediator"].any() for rows in frame.rows),
    )


def _share(share: float, *, signed: bool = False) -> str:
    """Return a share of first best in per cent, or an empty string if it is not defined."""
    shown = format_number(share, "share", signed=signed)
    return "" if shown == DASH else shown


def _parts(frame: Frame, shown: list[float]) -> list[dict[str, str]]:
    """Return the two parts of a difference between mediation and none; empty for other pairs.

    The parts are what the procedure brings (machine − none) and what the mediator adds (mediator −
    machine). `shown` are the means of joint surplus on the other two tiles.
    """
    machine = frame.machine
    if machine is None:
        return []
    means = dict(zip(frame.regimes, shown, strict=True))
    means[machine.name] = _mean(
        frame, "surplus", _view_of_rows(frame, machine.rows, machine.parties)
    )
    return [
        {
            "name": part,
            "label": TOTAL_LABELS[part],
            "better": a,
            "worse": b,
            "gap": format_number(means[a] - means[b], "", signed=True),
        }
        for part, (a, b) in zip(("procedure", "mediator"), machine.parts, strict=True)
    ]


def _mean_so_far(frame: Frame, which: int, measure: str) -> float:
    """Return a measure over the months after the burn-in so far; NaN before the first of them."""
    return _mean(frame, measure, _view_of_regime(frame, which))


def _mean(frame: Frame, measure: str, view: View) -> float:
    counts = frame.period > frame.burn_in
    return float(BY_NAME[measure].of(view)[0]) if counts else math.nan


def _burn_in(frame: Frame) -> str:
    """Return the note on months that are in no measure, empty if all are."""
    return f", without {first_months(frame.burn_in)}" if frame.burn_in else ""


def _table(frame: Frame) -> Markup:
    """Return the table of the last month; `data-raw` holds the stored value to the last bit."""
    return render(
        "page/fragments/month_table.html.j2",
        period=frame.period,
        regimes=with_colours(frame.regimes),
        rows=[(row, *_row_cells(frame, row)) for row in _table_rows(frame)],
    )


def _table_rows(frame: Frame) -> tuple[BoardRow, ...]:
    money = f"{frame.currency} per need"
    return (
        BoardRow("surplus", "Joint surplus", money, True, strong=True),
        BoardRow("buyer", "of this, buyers'", money, True),
        BoardRow("vendor", "of this, vendors'", money, True),
        BoardRow("mediator", "Paid to the mediator", money, True),
        BoardRow("first_best", "First best", money, True),
        BoardRow("trust_buyer", "Buyers' trust in vendors", "0 to 1", False, strong=True),
        BoardRow("trust_vendor", "Vendors' trust in buyers", "0 to 1", False, strong=True),
        BoardRow("active", "Needs under contract", f"of {frame.needs}", False),
        BoardRow("problems_open", "Hidden problems", "open", False),
        BoardRow("dispute_count", "Disputes", "this month", False),
    )


def _row_cells(frame: Frame, row: BoardRow) -> tuple[list[tuple[str, str]], str]:
    """Return stored and displayed value under each regime, and the displayed difference."""
    cells, values = [], []
    counted = np.issubdtype(frame.rows[0].dtype[row.column], np.integer)
    shown = format_count if counted else partial(format_number, unit="")
    for k in range(2):
        raw = frame.rows[k][row.column][-1].item()
        value = raw / (frame.needs if row.per_need else 1)
        if row.column.startswith("trust") and not frame.parties[k]["trusting"]:
            value = math.nan
        values.append(value)
        cells.append((repr(raw), shown(value)))
    return cells, shown(values[1] - values[0], signed=True)
