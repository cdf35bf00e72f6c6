"""The picture of a market: buyers above, vendors below, ties coloured by trust and wide by surplus."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

import numpy as np

from sim.measure.amounts import fixed
from sim.page.links import Crowd, Links
from sim.page.looks import GREY, TRUST_RAMP, trust_color
from sim.render.numbers import number

WIDTH, HEIGHT = 480, 236
LEFT, RIGHT, TOP, BOTTOM = 52, 470, 30, 218
WIDEST, THINNEST = 5.0, 0.8
NAMED = 20  # most vendors whose numbers fit beside each other


def network(
    title: str, color: str, shown: Crowd, links: Links, most: float, chosen: int, money: str
) -> str:
    """Return one regime's market as an `<svg>`; `most` is the surplus of the widest tie.

    `chosen` is the tie that is followed; every tie carries its number as `data-tie`.
    """
    said = escape(_in_words(title, shown, links))
    vendors = {int(v): k for k, v in enumerate(shown.vendors)}
    return "".join(
        [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" class="sim-chart sim-network" role="img" ',
            f'aria-label="{said}"><text x="0" y="15" class="sim-title" fill="{color}">',
            f'{escape(title)}<tspan class="sim-unit" dx="7">{_count(links)}</tspan></text>',
            *_candidate(shown, vendors, chosen),
            *_lines(shown, vendors, links, most, chosen, money),
            *_people(shown, vendors, links),
            "</svg>",
        ]
    )


def legend(currency: str, most: float, mediated: bool, part: str = "") -> str:
    """Return what colours, widths and marks mean."""
    ramp = ",".join(f"rgb{rgb}" for rgb in TRUST_RAMP)
    mark = " · <b>◆</b> mediator engaged" if mediated else ""
    click = "click a tie for its story" if most > 0.0 else "no tie yet"
    width = f" (widest {number(most, '')} {escape(currency)})" if most > 0.0 else ""
    return (
        f'<p class="sim-legend"><span>trust 0</span><i style="background:linear-gradient(90deg,'
        f'{ramp})"></i><span>1</span> · line width: joint surplus so far{width} · dotted: at a loss '
        f"· grey: contract over{mark} · {click}. {part}</p>"
    )


def widest(pairs: tuple[Links, Links]) -> float:
    """Return the largest surplus on either picture, so that widths mean the same on both."""
    return max((float(np.abs(links.surplus).max(initial=0.0)) for links in pairs), default=0.0)


def _place(shown: Crowd, vendors: dict[int, int], need: int, vendor: int) -> tuple[float, float]:
    span = RIGHT - LEFT
    above = LEFT + span * (need + 0.5) / max(1, shown.needs)
    return above, LEFT + span * (vendors[vendor] + 0.5) / max(1, len(vendors))


def _candidate(shown: Crowd, vendors: dict[int, int], chosen: int) -> Iterator[str]:
    """Yield the halo of the tie that is followed, whether or not it is under contract."""
    if 0 <= chosen < len(shown.ties):
        need = chosen // shown.candidates
        above, below = _place(shown, vendors, need, int(shown.ties[chosen]))
        yield (
            f'<path d="M{above:.1f} {TOP + 6}L{below:.1f} {BOTTOM - 6}" class="sim-chosen"/>'
            f'<circle cx="{above:.1f}" cy="{TOP}" r="7" class="sim-chosen"/>'
            f'<circle cx="{below:.1f}" cy="{BOTTOM}" r="9" class="sim-chosen"/>'
        )


def _lines(
    shown: Crowd, vendors: dict[int, int], links: Links, most: float, chosen: int, money: str
) -> Iterator[str]:
    """Yield every tie, those of the past below those of today; each has a wide unseen edge to hit."""
    marks = []
    for k in np.argsort(links.running, kind="stable"):
        tie, need, vendor = int(links.tie[k]), int(links.need[k]), int(links.vendor[k])
        above, below = _place(shown, vendors, need, vendor)
        path = f'd="M{above:.1f} {TOP + 5}L{below:.1f} {BOTTOM - 6}"'
        surplus, trust = float(links.surplus[k]), float(links.trust[k])
        wide = THINNEST + (WIDEST - THINNEST) * (abs(surplus) / most if most > 0.0 else 0.0)
        running = bool(links.running[k])
        color = GREY if math.isnan(trust) or not running else trust_color(trust)
        dash = ' stroke-dasharray="2 3"' if surplus < 0.0 else ""
        faint = "" if running else ' opacity="0.28"'
        what = f"buyer {need}, vendor {vendor} (tie {tie}): surplus so far {number(surplus, '')} {money}"
        what += "" if math.isnan(trust) or not running else f", trust {fixed(trust, 2)}"
        what += "" if running else ", contract over"
        yield (
            f'<g data-tie="{tie}" class="sim-tie"><title>{escape(what)}</title>'
            f'<path {path} class="sim-hit"/><path {path} stroke="{color}" '
            f'stroke-width="{wide:.2f}"{dash}{faint}/></g>'
        )
        if links.mediator[k] >= 0:
            marks.append(
                _diamond(0.62 * above + 0.38 * below, TOP + 5 + 0.38 * (BOTTOM - TOP - 11))
            )
    yield from marks


def _diamond(x: float, y: float) -> str:
    return f'<path d="M{x:.1f} {y - 4:.1f}l3.4 4l-3.4 4l-3.4 -4z" class="sim-mediator"/>'


def _people(shown: Crowd, vendors: dict[int, int], links: Links) -> Iterator[str]:
    """Yield the buyers as dots and the vendors as squares, with numbers where they fit.

    A buyer whose need is not yet in the market is a faint dot.
    """
    span, count = RIGHT - LEFT, max(1, shown.needs)
    yield f'<text x="0" y="{TOP + 4}">buyers</text><text x="0" y="{BOTTOM + 4}">vendors</text>'
    for need in range(shown.needs):
        waits = need in links.waiting
        faint, said = (' opacity="0.28"', ", not yet in the market") if waits else ("", "")
        yield (
            f'<circle cx="{LEFT + span * (need + 0.5) / count:.1f}" cy="{TOP}" r="3.6" '
            f'class="sim-buyer"{faint}><title>buyer {need}{said}</title></circle>'
        )
    for vendor, k in vendors.items():
        x = LEFT + span * (k + 0.5) / len(vendors)
        size = 16 if len(vendors) <= NAMED else 6
        name = f'<text x="{x:.1f}" y="{BOTTOM + 4}" text-anchor="middle">{vendor}</text>'
        yield (
            f'<rect x="{x - size / 2:.1f}" y="{BOTTOM - 8}" width="{size}" height="16" rx="2" '
            f'class="sim-vendor"><title>vendor {vendor}</title></rect>'
            f"{name if len(vendors) <= NAMED else ''}"
        )


def _count(links: Links) -> str:
    running = int(np.count_nonzero(links.running))
    engaged = int(np.count_nonzero(links.mediator >= 0))
    said = f"{running} {'tie' if running == 1 else 'ties'} under contract"
    said += f", {engaged} with a mediator" if engaged else ""
    waiting = len(links.waiting)
    return said + (f", {waiting} not yet in the market" if waiting else "")


def _in_words(title: str, shown: Crowd, links: Links) -> str:
    """Return the picture in words, for people who hear the page."""
    said = f"{title}: {shown.needs} buyers and {len(shown.vendors)} vendors, {_count(links)}"
    trust = links.trust[links.running]
    if len(trust) and not math.isnan(float(trust[0])):
        said += f", mean trust {fixed(float(trust.mean()), 2)}"
    return said
