"""The time line of one tie under two regimes: trust, months under contract, and what happened when."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from sim.measure.amounts import fixed
from sim.page.looks import GREY
from sim.page.svg import broken_line, month_ticks
from sim.page.watched import Entry, Life
from sim.words import Event, Institution

WIDTH, HEIGHT = 980, 262
LEFT, RIGHT = 112.0, 962.0
TOP, FLOOR = 30.0, 140.0  # trust 1 and 0
LANES, LANE = 166.0, 36.0


class Sign(NamedTuple):
    """What a mark on the time line looks like and stands for."""

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
OTHER = Sign("·", "something else", ())
BY_KIND = {kind: sign for sign in SIGNS for kind in sign.kinds}
BEGUN = (Event.TALKS_OPEN, Event.EXPIRED, Event.RENEWED, Event.NOTE, Event.DRAFT, Event.VETO)


def timeline(
    regimes: tuple[str, str],
    marks: list[tuple[str, str]],
    lives: tuple[Life, Life],
    months: int,
    parts: int | None,
) -> str:
    """Return the time line as an `<svg>`; `parts` is the month in which the lives part."""
    said = "; ".join(_in_words(r, life) for r, life in zip(regimes, lives, strict=True))
    drawn: list[str] = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" class="sim-chart sim-timeline" role="img" ',
        f'aria-label="{escape(f"Time line. {said}")}">',
        '<text x="0" y="15" class="sim-title">Trust between the two<tspan class="sim-unit" dx="7">',
        "0 to 1; thick: the buyer's in the vendor, thin: the vendor's in the buyer</tspan></text>",
        *_axes(months),
    ]
    for k, life in enumerate(lives):
        color, dash = marks[k]
        if life.words.regime.institution != Institution.PLANNER:
            for whose, wide in ((1, 1.3), (0, 2.6)):
                drawn.append(_trust(life, whose, wide, color, dash, months))
        drawn += _lane(regimes[k], color, life, LANES + LANE * k, months)
    if parts is not None:
        x = _x(parts + 1, months)
        end = ' text-anchor="end"' if x > 0.8 * RIGHT else ""
        shift = -5 if end else 5
        drawn.append(
            f'<path d="M{x:.1f} {TOP - 6:g}V{LANES + 2 * LANE - 14:g}" class="sim-parting"/>'
            f'<text x="{x + shift:.1f}" y="{FLOOR - 6:g}"{end} class="sim-label sim-parts">'
            f"the two lives part, month {parts + 1}</text>"
        )
    return "".join([*drawn, _key(), "</svg>"])


def _x(month: float, months: int) -> float:
    return LEFT + (RIGHT - LEFT) * month / max(1, months)


def _y(trust: float) -> float:
    return FLOOR - (FLOOR - TOP) * trust


def _axes(months: int) -> Iterator[str]:
    for mark in (0.0, 0.5, 1.0):
        yield f'<path d="M{LEFT:g} {_y(mark):g}H{RIGHT:g}" class="sim-grid"/>'
        yield f'<text x="{LEFT - 8:g}" y="{_y(mark) + 4:g}" text-anchor="end">{mark:g}</text>'
    below = LANES + 2 * LANE + 2
    for month in month_ticks(months):
        yield (
            f'<text x="{_x(month, months):.1f}" y="{below:g}" text-anchor="middle">{month}</text>'
        )
    yield f'<text x="0" y="{below:g}" class="sim-unit">month</text>'


def _trust(life: Life, whose: int, wide: float, color: str, dash: str, months: int) -> str:
    values = [entry.standing[1][whose] for entry in life.entries]
    points = broken_line(values)  # type: ignore[arg-type]
    path = "L".join(f"{_x(m, months):.1f} {_y(v):.1f}" for m, v in points if math.isfinite(v))
    return (
        f'<path d="{f"M{path}" if path else ""}" fill="none" stroke="{color}" '
        f'stroke-width="{wide:g}" stroke-dasharray="{dash}"/>'
    )


def _lane(name: str, color: str, life: Life, y: float, months: int) -> Iterator[str]:
    """Yield one regime's lane: bars for months under contract, marks for what happened."""
    yield f'<text x="0" y="{y + 5:g}" fill="{color}" class="sim-label">{escape(name[:15])}</text>'
    yield f'<path d="M{LEFT:g} {y:g}H{RIGHT:g}" class="sim-grid"/>'
    for first, last, how in _runs(life.entries):
        x, wide = _x(first, months), _x(last + 1, months) - _x(first, months)
        if how == "served":
            yield (
                f'<rect x="{x:.1f}" y="{y - 5:g}" width="{wide:.1f}" height="10" fill="{color}" '
                f'opacity="0.3"><title>under contract</title></rect>'
            )
        elif how.startswith("elsewhere"):
            yield (
                f'<rect x="{x:.1f}" y="{y - 1.5:g}" width="{wide:.1f}" height="3" fill="{GREY}" '
                f'opacity="0.45"><title>the buyer is served by another vendor</title></rect>'
            )
    for entry in life.entries:
        for sign in _signs(entry):
            yield (
                f'<text x="{_x(entry.period + 0.5, months):.1f}" y="{y + 5:g}" fill="{color}" '
                f'text-anchor="middle" class="sim-sign"><title>month {entry.period + 1}: '
                f"{escape(' '.join(entry.said))}</title>{sign.shape}</text>"
            )


def _runs(entries: tuple[Entry, ...]) -> Iterator[tuple[int, int, str]]:
    """Yield first month, last month and state of every unbroken run of one state."""
    start = 0
    for k in range(1, len(entries) + 1):
        if k == len(entries) or entries[k].how != entries[start].how:
            yield start, k - 1, entries[start].how
            start = k


def _signs(entry: Entry) -> list[Sign]:
    """Return the marks of a month, the most telling last and so on top."""
    kinds = [Event(kind) for kind in entry.kinds]
    found = [sign for sign in SIGNS if any(BY_KIND.get(kind) is sign for kind in kinds)]
    return found[-1:] or ([OTHER] if any(kind not in BEGUN for kind in kinds) else [])


def _key() -> str:
    """Return what the marks stand for, in one line."""
    cells = "   ".join(f"{sign.shape} {sign.label}" for sign in (*SIGNS, OTHER))
    return f'<text x="0" y="{HEIGHT - 6}" class="sim-unit" xml:space="preserve">{cells}</text>'


def _in_words(name: str, life: Life) -> str:
    served = sum(entry.how == "served" for entry in life.entries)
    told = f"{name}: {served} of {len(life.entries)} months under contract"
    if life.entries and life.words.regime.institution != Institution.PLANNER:
        buyer, vendor, _ = life.entries[-1].standing[1]
        told += f", trust of the buyer {fixed(buyer, 2)}, of the vendor {fixed(vendor, 2)}"
    return told
