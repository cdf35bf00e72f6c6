"""The results of the validation bench as text: two lines per check, at most `width` columns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.measure.amounts import count, format_digits
from sim.render.tables import GAP, Grid, Head, text_items, to_text
from sim.validation.check import (
    ABOVE,
    AT_MOST,
    BELOW,
    NEAR,
    CheckPoint,
    CheckResult,
    Effort,
    group_results,
)

WIDTH = 100
HEADER = ("expected", "measured ± s.e.", "tolerance", "holds", "control")
COLUMNS = (16, 19, 9, 7, 7)
SIGNS = {NEAR: "", AT_MOST: "at most ", ABOVE: "above ", BELOW: "below "}
VALUE_DIGITS, ERROR_DIGITS = 6, 2  # significant digits of a number and of its error
# Below the first a number is shown as 0, below the second a standard error is not shown:
# both are what double precision leaves of an exact calculation.
ROUNDING_NOISE, LEAST_ERROR = 1e-15, 1e-12
ID_WIDTH = 3  # columns of a check's number, like T02


def results_as_text(results: Sequence[CheckResult], width: int = WIDTH) -> str:
    """Return the results by family, each check with its source and one of its points."""
    lines: list[str] = []
    for title, found in group_results(results):
        heads, *rows = _family_rows(found, width)
        lines += ["", title, heads, "-" * width]
        for result in found:
            lines += [
                _claim_line(result, width),
                rows.pop(0) if result.shown else _trouble_line(result),
            ]
    return "\n".join(lines[1:])


def _family_rows(results: Sequence[CheckResult], width: int) -> list[str]:
    """Return the lines of a family's table: heads, and a row per check that has a point to show."""
    room = width - ID_WIDTH - sum(COLUMNS) - len(GAP) * (1 + len(COLUMNS))
    columns = zip(HEADER, COLUMNS, strict=True)
    heads = [
        _left_head(ID_WIDTH),
        _left_head(room),
        *(Head(name, least=wide) for name, wide in columns),
    ]
    rows = [
        text_items(*_result_cells(result, shown, room))
        for result in results
        if (shown := result.shown)
    ]
    return to_text(Grid(heads, rows), math.inf).split("\n")


def _claim_line(result: CheckResult, width: int) -> str:
    """Return the line with a check's number, claim and source."""
    source = f"[{result.check.source}]"
    room = width - ID_WIDTH - len(source) - 2 * len(GAP)
    row = text_items(result.check.id, _cut_to(result.check.claim, room), source)
    return to_text(Grid([_left_head(ID_WIDTH), _left_head(room), Head("")], [row]), math.inf)


def _trouble_line(result: CheckResult) -> str:
    """Return the line of a check that could not be run."""
    row = text_items("", f"fails: {result.trouble}")
    return to_text(Grid([_left_head(ID_WIDTH), _left_head()], [row]), math.inf)


def _left_head(least: int = 0) -> Head:
    """Return the nameless head of a left-aligned column."""
    return Head("", left=True, least=least)


def _result_cells(result: CheckResult, shown: CheckPoint, room: int) -> tuple[str, ...]:
    """Return the cells of a check's row."""
    held = sum(point.holds for point in result.points)
    return (
        "",
        _cut_to(shown.what, room),
        SIGNS[shown.kind] + format_theory(shown.expected),
        format_measured(shown),
        format_theory(shown.tolerance, ERROR_DIGITS),
        f"{held}/{len(result.points)}" if result.holds else f"{held}/{len(result.points)} !",
        "refused" if result.refused else "PASSES",
    )


def _cut_to(words: str, room: int) -> str:
    """Return a text cut to `room` letters."""
    return words if len(words) <= room else words[: room - 1] + "…"


def failures_as_text(results: Sequence[CheckResult], most: int = 12) -> str:
    """Return one line per point that fails, and per negative control that passes.

    At most `most` lines; the last says how many more there are.
    """
    lines = []
    for r in results:
        if r.trouble:
            lines.append(f"{r.check.id} {r.trouble}")
        lines += [f"{r.check.id} fails: {_describe_point(p)}" for p in r.points if not p.holds]
        lines += [
            f"{r.check.id} control is not refused: {_describe_point(p)}"
            for p in r.control
            if p.holds
        ]
    if len(lines) > most:
        lines = [*lines[:most], f"and {len(lines) - most} more, in validation.json"]
    return "\n".join(lines)


def _describe_point(point: CheckPoint) -> str:
    """Return a point in words: what was measured, expected and tolerated."""
    want = f"{SIGNS[point.kind]}{format_theory(point.expected)}"
    return f"{point.what} = {format_measured(point)}, want {want}, tolerance {format_theory(point.tolerance, ERROR_DIGITS)}"


def closing_line(results: Sequence[CheckResult], effort: Effort) -> str:
    """Return the last line: how many checks pass, and with which counts and seed."""
    passed = sum(r.passed for r in results)
    points, control = (
        sum(len(x) for x in xs)
        for xs in zip(*((r.points, r.control) for r in results), strict=True)
    )
    seconds = sum(r.seconds for r in results)
    effort_words = "large counts" if effort.deep else "quick counts"
    if passed < len(results):
        wrong = len(results) - passed
        verb = "does" if wrong == 1 else "do"
        return f"{wrong} of {len(results)} {verb} not pass ({effort_words}, seed {effort.seed})"
    return (
        f"{passed} of {len(results)} {'passes' if passed == 1 else 'pass'}: "
        f"{count(points, 'number')} {'is' if points == 1 else 'are'} as expected, {control} of negative "
        f"controls {'is' if control == 1 else 'are'} refused\n"
        f"({effort_words}, seed {effort.seed}, {seconds:.0f} s of processor time)"
    )


def format_theory(value: float, most: int = VALUE_DIGITS) -> str:
    """Return a number from theory with at most `most` digits; rounding noise is 0."""
    return format_digits(0.0 if abs(value) < ROUNDING_NOISE else value, most)


def format_measured(point: CheckPoint) -> str:
    """Return a measured number with its standard error, if it has one."""
    found = format_theory(point.measured)
    return (
        f"{found} ± {format_theory(point.error, ERROR_DIGITS)}"
        if point.error > LEAST_ERROR
        else found
    )
