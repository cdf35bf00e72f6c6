"""What `sim validate` prints: two lines a check, aligned plain text of at most `width` columns."""

from __future__ import annotations

from collections.abc import Sequence

from sim.measure.amounts import count, digits
from sim.render.tables import room as taken
from sim.validation.check import ABOVE, AT_MOST, BELOW, NEAR, CheckPoint, Effort, Result, sections

WIDTH = 100
HEADER = ("expected", "measured ± s.e.", "tolerance", "holds", "control")
COLUMNS = (16, 19, 9, 7, 7)
SIGNS = {NEAR: "", AT_MOST: "at most ", ABOVE: "above ", BELOW: "below "}
EXACT, ROUGH = 6, 2  # digits of a number and of its error
NOISE, LEAST_ERROR = 1e-15, 1e-12
MARGIN = 5  # the width of a number and its gap


def table(results: Sequence[Result], width: int = WIDTH) -> str:
    """Return the table: by family, each check with its source and one of its points."""
    lines: list[str] = []
    room = width - MARGIN - sum(COLUMNS) - 2 * len(COLUMNS)
    for title, found in sections(results):
        lines += ["", title, f"{'':<{MARGIN + room}}{_columns(HEADER)}", "-" * width]
        for result in found:
            lines += _lines(result, width, room)
    return "\n".join(line.rstrip() for line in lines[1:])


def _lines(result: Result, width: int, room: int) -> list[str]:
    check, shown = result.check, result.shown
    source = f"[{check.source}]"
    claim = _fit(check.claim, width - MARGIN - len(source) - 2)
    first = f"{check.id:<{MARGIN}}{_padded(claim, width - MARGIN - len(source))}{source}"
    if shown is None:
        return [first, " " * MARGIN + f"fails: {result.trouble}"]
    held = sum(point.holds for point in result.points)
    cells = (
        SIGNS[shown.kind] + derived(shown.expected),
        measured(shown),
        derived(shown.tolerance, ROUGH),
        f"{held}/{len(result.points)}" if result.holds else f"{held}/{len(result.points)} !",
        "refused" if result.refused else "PASSES",
    )
    return [first, f"{'':<{MARGIN}}{_padded(_fit(shown.what, room), room)}{_columns(cells)}"]


def _columns(cells: Sequence[str]) -> str:
    return "".join(f"  {cell:>{wide}}" for cell, wide in zip(cells, COLUMNS, strict=True))


def _padded(text: str, room: int) -> str:
    """Return text filled up with blanks; marks above a letter take no room."""
    return text + " " * (room - taken(text))


def _fit(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"


def failures(results: Sequence[Result], most: int = 12) -> str:
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


def verdict(results: Sequence[Result], effort: Effort) -> str:
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
    return digits(0.0 if abs(value) < NOISE else value, most)


def measured(point: CheckPoint) -> str:
    """Return what was measured with its standard error, if there is one."""
    found = derived(point.measured)
    return f"{found} ± {derived(point.error, ROUGH)}" if point.error > LEAST_ERROR else found
