"""What `sim validate` prints: two lines a check, aligned plain text of at most `width` columns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.measure.amounts import count, format_digits
from sim.render.tables import GAP, Grid, Head, items, text
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
EXACT, ROUGH = 6, 2  # digits of a number and of its error
NOISE, LEAST_ERROR = 1e-15, 1e-12
ID = 3  # the width of a check's number


def table(results: Sequence[CheckResult], width: int = WIDTH) -> str:
    """Return the table: by family, each check with its source and one of its points."""
    lines: list[str] = []
    for title, found in group_results(results):
        heads, *rows = _numbers(found, width)
        lines += ["", title, heads, "-" * width]
        for result in found:
            lines += [_claim(result, width), rows.pop(0) if result.shown else _trouble(result)]
    return "\n".join(lines[1:])


def _numbers(results: Sequence[CheckResult], width: int) -> list[str]:
    """Return the lines of a family's table: heads, and a row for each check with a point to show."""
    room = width - ID - sum(COLUMNS) - len(GAP) * (1 + len(COLUMNS))
    columns = zip(HEADER, COLUMNS, strict=True)
    heads = [_left(ID), _left(room), *(Head(name, least=wide) for name, wide in columns)]
    rows = [items(*_cells(result, shown, room)) for result in results if (shown := result.shown)]
    return text(Grid(heads, rows), math.inf).split("\n")


def _claim(result: CheckResult, width: int) -> str:
    source = f"[{result.check.source}]"
    room = width - ID - len(source) - 2 * len(GAP)
    row = items(result.check.id, _fit(result.check.claim, room), source)
    return text(Grid([_left(ID), _left(room), Head("")], [row]), math.inf)


def _trouble(result: CheckResult) -> str:
    row = items("", f"fails: {result.trouble}")
    return text(Grid([_left(ID), _left()], [row]), math.inf)


def _left(least: int = 0) -> Head:
    return Head("", left=True, least=least)


def _cells(result: CheckResult, shown: CheckPoint, room: int) -> tuple[str, ...]:
    held = sum(point.holds for point in result.points)
    return (
        "",
        _fit(shown.what, room),
        SIGNS[shown.kind] + derived(shown.expected),
        measured(shown),
        derived(shown.tolerance, ROUGH),
        f"{held}/{len(result.points)}" if result.holds else f"{held}/{len(result.points)} !",
        "refused" if result.refused else "PASSES",
    )


def _fit(words: str, room: int) -> str:
    return words if len(words) <= room else words[: room - 1] + "…"


def failures(results: Sequence[CheckResult], most: int = 12) -> str:
    """Return the points that should hold and do not, or should not and do, one a line."""
    lines = []
    for r in results:
        if r.trouble:
            lines.append(f"{r.check.id} {r.trouble}")
        lines += [f"{r.check.id} fails: {_said(p)}" for p in r.points if not p.holds]
        lines += [f"{r.check.id} control is not refused: {_said(p)}" for p in r.control if p.holds]
    if len(lines) > most:
        lines = [*lines[:most], f"and {len(lines) - most} more, in validation.json"]
    return "\n".join(lines)


def _said(p: CheckPoint) -> str:
    want = f"{SIGNS[p.kind]}{derived(p.expected)}"
    return f"{p.what} = {measured(p)}, want {want}, tolerance {derived(p.tolerance, ROUGH)}"


def verdict(results: Sequence[CheckResult], effort: Effort) -> str:
    """Return the closing line."""
    passed = sum(r.passed for r in results)
    points, control = (
        sum(len(x) for x in xs)
        for xs in zip(*((r.points, r.control) for r in results), strict=True)
    )
    seconds = sum(r.seconds for r in results)
    how = "large counts" if effort.deep else "quick counts"
    if passed < len(results):
        wrong = len(results) - passed
        verb = "does" if wrong == 1 else "do"
        return f"{wrong} of {len(results)} {verb} not pass ({how}, seed {effort.seed})"
    return (
        f"{passed} of {len(results)} {'passes' if passed == 1 else 'pass'}: "
        f"{count(points, 'number')} {'is' if points == 1 else 'are'} as expected, {control} of negative "
        f"controls {'is' if control == 1 else 'are'} refused\n"
        f"({how}, seed {effort.seed}, {seconds:.0f} s of processor time)"
    )


def derived(value: float, most: int = EXACT) -> str:
    """Return a number that theory knows, of so many digits at most; what rounding leaves is 0."""
    return format_digits(0.0 if abs(value) < NOISE else value, most)


def measured(point: CheckPoint) -> str:
    """Return what was measured with its standard error, if there is one."""
    found = derived(point.measured)
    return f"{found} ± {derived(point.error, ROUGH)}" if point.error > LEAST_ERROR else found
