"""The time line of one tie under two regimes: trust, months under contract, and events."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.measure.amounts import format_fixed
from sim.page.colours import GREY
from sim.page.svg import month_ticks, thinned_points
from sim.page.watched_model import Entry, Life
from sim.render.templates import render
from sim.words import Event, Institution

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 980, 262  # in SVG units, as all numbers below
LEFT, RIGHT = 112.0, 962.0
TOP, FLOOR = 30.0, 140.0  # heights of trust 1 and 0
LANES, LANE = 166.0, 36.0  # height of the first lane, and of a lane


class Sign(NamedTuple):
    """The shape of a mark on the time line, its label, and the events it stands for."""

    shape: str
    label: str
    kinds: tuple[Event, ...]


SIGNS = (
    Sign("■", "contract signed or renewed", (Event.SIGNED, Event.ASSIGNED)),
    Sign("□", "talk without a contract", (Event.IMPASSE, Event.NO_DEAL_SEEN, Event.DECLINED)),
    Sign("△", "problem told", (Event.PROBLEM_REPORTED,)),
    Sign("▲", "problem hidden", (Event.PROBLEM_HIDDEN,)),
    Sign("◆", "hidden problem found", (Event.PROBLEM_DISCOVERED,)),
    Sign(
        "✕",
        "dispute, break-up, notice or squeeze",
        (
            Event.DISPUTE_SETTLED,
            Event.DISPUTE_FOUGHT,
            Event.BROKEN_UP,
            Event.TERMINATED,
            Event.SQUEEZED,
            Event.HELD_UP,
        ),
    ),
)
OTHER_SIGN = Sign("·", "something else", ())
SIGN_OF = {kind: sign for sign in SIGNS for kind in sign.kinds}
MINOR_EVENTS = (Event.TALKS_OPEN, Event.EXPIRED, Event.RENEWED, Event.NOTE, Event.DRAFT, Event.VETO)


def timeline(
    regimes: tuple[str, str],
    marks: list[tuple[str, str]],
    lives: tuple[Life, Life],
    months: int,
    parts: int | None,
) -> Markup:
    """Return the time line as an `<svg>`; `parts` is the month (from 0) in which the lives part."""
    description = "; ".join(_describe_life(r, life) for r, life in zip(regimes, lives, strict=True))
    return render(
        "page/fragments/timeline.svg.j2",
        width=WIDTH, height=HEIGHT, description=f"Time line. {description}", grey=GREY,
        lanes=[
            _regime_lane(name, mark, life, LANES + LANE * number, months)
            for number, (name, mark, life) in enumerate(zip(regimes, marks, lives, strict=True))
        ],
        parting=None if parts is None else _parting_line(parts, months),
        key="   ".join(f"{sign.shape} {sign.label}" for sign in (*SIGNS, OTHER_SIGN)),
        foot=HEIGHT - 6,
        **_axis_marks(months),
    )  # fmt: skip


def _month_x(month: float, months: int) -> float:
    """Return the horizontal place of a month (from 0) of a run of `months`, in SVG units."""
    return LEFT + (RIGHT - LEFT) * month / max(1, months)


def _trust_y(trust: float) -> float:
    """Return the vertical place of a trust from 0 to 1, in SVG units; smaller is higher up."""
    return FLOOR - (FLOOR - TOP) * trust


def _axis_marks(months: int) -> dict[str, Any]:
    """Return the places and labels of both axes, by their names in the template."""
    return {
        "left": f"{LEFT:g}",
        "right": f"{RIGHT:g}",
        "beside": f"{LEFT - 8:g}",
        "under": f"{LANES + 2 * LANE + 2:g}",
        "marks": [
            (f"{_trust_y(mark):g}", f"{_trust_y(mark) + 4:g}", f"{mark:g}")
            for mark in (0.0, 0.5, 1.0)
        ],
        "ticks": [(f"{_month_x(month, months):.1f}", month) for month in month_ticks(months)],
    }


def _parting_line(parts: int, months: int) -> dict[str, Any]:
    """Return the line at the month in which the lives part; a late one has its label on the left."""
    x = _month_x(parts + 1, months)
    late = x > 0.8 * RIGHT
    return {
        "x": f"{x:.1f}",
        "top": f"{TOP - 6:g}",
        "foot": f"{LANES + 2 * LANE - 14:g}",
        "beside": f"{x + (-5 if late else 5):.1f}",
        "y": f"{FLOOR - 6:g}",
        "late": late,
        "month": parts + 1,
    }


def _trust_path(life: Life, whose: int, months: int) -> str:
    """Return the drawing commands of a line of trust: the buyer's (`whose` 0) or the vendor's (1)."""
    values = [entry.standing[1][whose] for entry in life.entries]
    points = thinned_points(values)  # type: ignore[arg-type]
    path = "L".join(
        f"{_month_x(m, months):.1f} {_trust_y(v):.1f}" for m, v in points if math.isfinite(v)
    )
    return f"M{path}" if path else ""


class Lane(NamedTuple):
    """One regime on the time line: its style, its heights, and what is drawn on it."""

    name: str
    color: str
    dash: str
    y: str
    below: str
    thick: str
    thin: str
    trust: list[tuple[str, str]]  # path and width of its line
    bars: list[tuple[str, str, bool]]  # left end, width, and whether served by this vendor
    signs: list[tuple[str, int, str, str]]  # place, month, what happened, mark


def _regime_lane(name: str, mark: tuple[str, str], life: Life, y: float, months: int) -> Lane:
    """Return one regime's lane: lines of trust, bars for months under contract, marks for events."""
    trusting = life.words.regime.institution != Institution.PLANNER
    trust = [
        (_trust_path(life, side, months), wide)
        for side, wide in ((1, "1.3"), (0, "2.6"))
        if trusting
    ]
    bars = []
    for first, last, service in _runs_of_state(life.entries):
        x, wide = _month_x(first, months), _month_x(last + 1, months) - _month_x(first, months)
        if service == "served" or service.startswith("elsewhere"):
            bars.append((f"{x:.1f}", f"{wide:.1f}", service == "served"))
    signs = [
        (
            f"{_month_x(entry.period + 0.5, months):.1f}", entry.period + 1,
            " ".join(entry.sentences), sign.shape,
        )
        for entry in life.entries
        for sign in _signs_of_month(entry)
    ]  # fmt: skip
    heights = (f"{y:g}", f"{y + 5:g}", f"{y - 5:g}", f"{y - 1.5:g}")
    return Lane(name[:15], *mark, *heights, trust, bars, signs)


def _runs_of_state(entries: tuple[Entry, ...]) -> Iterator[tuple[int, int, str]]:
    """Yield first month, last month and state of every run of months in the same state."""
    start = 0
    for end in range(1, len(entries) + 1):
        if end == len(entries) or entries[end].service != entries[start].service:
            yield start, end - 1, entries[start].service
            start = end


def _signs_of_month(entry: Entry) -> list[Sign]:
    """Return the mark of a month, the most important one if there are several; empty if there is none."""
    kinds = [Event(kind) for kind in entry.kinds]
    found = [sign for sign in SIGNS if any(SIGN_OF.get(kind) is sign for kind in kinds)]
    return found[-1:] or ([OTHER_SIGN] if any(kind not in MINOR_EVENTS for kind in kinds) else [])


def _describe_life(name: str, life: Life) -> str:
    """Return a life in words for screen readers: months under contract, and trust at the end."""
    served = sum(entry.service == "served" for entry in life.entries)
    text = f"{name}: {served} of {len(life.entries)} months under contract"
    if life.entries and life.words.regime.institution != Institution.PLANNER:
        buyer, vendor, _ = life.entries[-1].standing[1]
        text += f", trust of the buyer {format_fixed(buyer, 2)}, of the vendor {format_fixed(vendor, 2)}"
    return text
