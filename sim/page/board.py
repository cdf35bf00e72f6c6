"""What the browser page shows of a pair, as HTML: headline numbers, charts and the table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.measure.amounts import DASH, first_months
from sim.measure.metrics import BY_NAME, monthly_series
from sim.measure.view import View
from sim.page.colours import GREY, colored, looks
from sim.page.health_signs import traits
from sim.page.network import legend, network, widest
from sim.page.regime_pair import Frame
from sim.page.svg import Axes, Line, line_chart
from sim.page.waterfall import bounds, steps, waterfall
from sim.render.numbers import format_count, format_number
from sim.render.templates import render
from sim.render.wording import TOTAL_LABELS

if TYPE_CHECKING:
    from markupsafe import Markup

YEAR = 12


class MonthTables(NamedTuple):
    """The months so far of one regime, as the measures want them."""

    periods: np.ndarray
    ties: np.ndarray


class BoardRow(NamedTuple):
    """One row of the table: a column of `periods`, what it is called, and whether per need."""

    column: str
    label: str
    unit: str
    per_need: bool
    strong: bool = False


def overview(frame: Frame) -> Markup:
    """Return headline numbers, both markets, four charts and the table of a frame.

    Before the first month there is nothing to chart, but the market and who is followed in it.
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
    views = _view(frame, 0), _view(frame, 1)
    tables = steps(views[0]), steps(views[1])
    unit, ends, marks = f"{frame.currency} per need and month", bounds(tables), looks(frame.regimes)
    falls = [waterfall(frame.regimes[k], marks[k][0], unit, tables[k], ends) for k in range(2)]
    return {"falls": falls, "traits": traits(frame.regimes, marks, views, frame.months)}


def _networks(frame: Frame) -> list[Markup]:
    most, marks = widest(frame.links), looks(frame.regimes)
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
    return legend(frame.currency, widest(frame.links), mediated, part)


def trailing_mean(values: np.ndarray, months: int = YEAR) -> np.ndarray:
    """Return the mean of the last `months` values up to each one, of fewer at the beginning."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(0, ends - months)
    return (sums[ends] - sums[starts]) / (ends - starts)


def _view(frame: Frame, which: int) -> View:
    """Return the months so far under one of the two regimes, as the measures want them."""
    return _seen(frame, frame.rows[which], frame.parties[which])


def _seen(frame: Frame, rows: np.ndarray, about: dict[str, bool]) -> View:
    tables = MonthTables(rows, np.zeros(0))
    return View(tables, frame.needs, frame.period, **about, burn_in=frame.burn_in)


def _line(frame: Frame, which: int, name: str) -> np.ndarray:
    """Return one measure month by month under one of the two regimes."""
    return monthly_series(name, _view(frame, which))[0]


def _charts(frame: Frame) -> Iterator[Markup]:
    """Yield surplus and trust side by side, then the same two accumulated and from the other side."""
    money, ceiling = frame.currency, ("first best", GREY, "2 3", 1.8)
    marks = [(frame.regimes[k], *looks(frame.regimes)[k]) for k in range(2)]
    axes = Axes(
        "Joint surplus", f"{money} per need and month, mean of the last 12", frame.months, (0.0,)
    )
    lines = [Line(trailing_mean(_line(frame, 0, "first_best")), *ceiling)]
    lines += [Line(trailing_mean(_line(frame, k, "surplus")), *marks[k]) for k in range(2)]
    yield line_chart(axes, lines)
    yield _trust_chart(frame, "Buyers' trust in their vendors", "trust_buyer", marks)
    axes = Axes("Joint surplus, cumulative", f"{money} per need", frame.months, (0.0,))
    lines = [Line(np.cumsum(_line(frame, 0, "first_best")), *ceiling)]
    lines += [Line(_line(frame, k, "surplus_so_far"), *marks[k]) for k in range(2)]
    yield line_chart(axes, lines)
    yield _trust_chart(frame, "Vendors' trust in their buyers", "trust_vendor", marks)


def _trust_chart(frame: Frame, title: str, name: str, marks: list[tuple[str, str, str]]) -> Markup:
    axes = Axes(title, "0 to 1, mean over needs", frame.months, (0.0, 1.0))
    return line_chart(axes, [Line(_line(frame, k, name), *marks[k]) for k in range(2)])


def _headline(frame: Frame) -> Markup:
    """Return one tile for each regime and one for the difference, and what its parts are."""
    means = [_so_far(frame, k, "surplus") for k in range(2)]
    shares = [_so_far(frame, k, "share_first_best") for k in range(2)]
    marks = looks(frame.regimes)
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
    """Return a share of first best in per cent, empty where there is none."""
    shown = format_number(share, "share", signed=signed)
    return "" if shown == DASH else shown


def _parts(frame: Frame, shown: list[float]) -> list[dict[str, str]]:
    """Return the two parts of a difference that a mediator makes, for its tile; else nothing.

    `shown` are the means of joint surplus that the other tiles show.
    """
    machine = frame.machine
    if machine is None:
        return []
    means = dict(zip(frame.regimes, shown, strict=True))
    means[machine.name] = _mean(frame, "surplus", _seen(frame, machine.rows, machine.parties))
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


def _so_far(frame: Frame, which: int, measure: str) -> float:
    """Return a measure over the months so far that count; NaN before the first."""
    return _mean(frame, measure, _view(frame, which))


def _mean(frame: Frame, measure: str, view: View) -> float:
    counts = frame.period > frame.burn_in
    return float(BY_NAME[measure].of(view)[0]) if counts else math.nan


def _burn_in(frame: Frame) -> str:
    """Say which months are in no measure."""
    return f", without {first_months(frame.burn_in)}" if frame.burn_in else ""


def _table(frame: Frame) -> Markup:
    """Return the numbers of the last month; `data-raw` holds the stored value to the last bit."""
    return render(
        "page/fragments/month_table.html.j2",
        period=frame.period,
        regimes=colored(frame.regimes),
        rows=[(row, *_cells(frame, row)) for row in _rows(frame)],
    )


def _rows(frame: Frame) -> tuple[BoardRow, ...]:
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


def _cells(frame: Frame, row: BoardRow) -> tuple[list[tuple[str, str]], str]:
    """Return what is stored and what is shown under each regime, and the difference."""
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
