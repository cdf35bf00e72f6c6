"""Measurements as rows: many rounds of several cases in turn, medians with their range."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import NamedTuple


class Row(NamedTuple):
    """One line of the table: name, unit, all measured values, and the goal."""

    name: str
    unit: str
    values: tuple[float, ...]
    wanted: str = ""
    note: str = ""


class Taken(NamedTuple):
    """Seconds that a piece of work took: wall time, and processor time of all threads together."""

    wall: float
    busy: float


def seconds(work: Callable[[], object]) -> Taken:
    """Return the wall and processor seconds of a piece of work in this process."""
    wall, busy = time.perf_counter(), time.process_time()
    work()
    return Taken(time.perf_counter() - wall, time.process_time() - busy)


def in_turn(cases: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, tuple[Taken, ...]]:
    """Return seconds by case: each case once per round, so that a busy machine slows all alike.

    One round before the first is discarded.
    """
    for work in cases.values():
        work()
    taken: dict[str, list[Taken]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, work in cases.items():
            taken[name].append(seconds(work))
    return {name: tuple(values) for name, values in taken.items()}


def walls(taken: Sequence[Taken]) -> tuple[float, ...]:
    """Return the wall seconds, round by round."""
    return tuple(each.wall for each in taken)


def busies(taken: Sequence[Taken]) -> tuple[float, ...]:
    """Return the processor seconds, round by round: the time that a busy machine changes least."""
    return tuple(each.busy for each in taken)


def rates(amount: float, taken: Sequence[float]) -> tuple[float, ...]:
    """Return amount per second, round by round."""
    return tuple(amount / each for each in taken)


def ratios(top: Sequence[float], bottom: Sequence[float]) -> tuple[float, ...]:
    """Return top / bottom within each round: both sides of a ratio meet the same machine."""
    return tuple(a / b for a, b in zip(top, bottom, strict=True))


def number(value: float) -> str:
    """Return a number with three significant digits or all its integer digits."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(rows: Sequence[Row], mark: Mapping[str, float] | None = None) -> str:
    """Return the rows as a plain text table; `mark` has the earlier medians to compare with."""
    lines = [("measure", "median", "min – max", "unit", "n", "wanted", "mark")]
    for row in rows:
        if not row.values:
            lines.append((row.name, "–", row.note, row.unit, "0", row.wanted, ""))
            continue
        span = f"{number(min(row.values))} – {number(max(row.values))}"
        middle = number(median(row.values))
        kept = "" if mark is None or row.name not in mark else number(mark[row.name])
        lines.append((row.name, middle, span, row.unit, str(len(row.values)), row.wanted, kept))
    widths = [max(len(line[column]) for line in lines) for column in range(7)]
    right = (1, 4, 6)
    text = []
    for line in lines:
        cells = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        text.append("  ".join(cells).rstrip())
    text.insert(1, "-" * max(map(len, text)))
    return "\n".join(text)
