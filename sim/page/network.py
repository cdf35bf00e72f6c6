"""The picture of a market: buyers above, vendors below, ties coloured by trust and wide by surplus."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measure.amounts import format_fixed
from sim.page.colours import GREY, TRUST_RAMP, trust_color
from sim.page.links import Crowd, Links
from sim.render.numbers import format_number
from sim.render.templates import render

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 480, 236  # in SVG units, as all numbers below
LEFT, RIGHT, TOP, BOTTOM = 52, 470, 30, 218
WIDEST, THINNEST = 5.0, 0.8
NAMED = 20  # most vendors whose numbers fit side by side


def network(
    title: str, color: str, shown: Crowd, links: Links, most: float, chosen: int, money: str
) -> Markup:
    """Return one regime's market as an `<svg>`; `most` is the surplus of the widest tie.

    `chosen` is the followed tie; every tie has its number as `data-tie`, for clicks.
    """
    vendors = {int(v): k for k, v in enumerate(shown.vendors)}
    return render(
        "page/fragments/network.svg.j2",
        width=WIDTH, height=HEIGHT, top=TOP, bottom=BOTTOM, title=title, color=color,
        description=_description(title, shown, links), count=_count(links),
        halo=_halo(shown, vendors, chosen),
        **_ties(shown, vendors, links, most, money),
        **_nodes(shown, vendors, links),
    )  # fmt: skip


def legend(currency: str, most: float, mediated: bool, part: str = "") -> Markup:
    """Return the legend of colours, widths and marks; `part` says what a large market leaves out."""
    return render(
        "page/fragments/legend.html.j2",
        ramp=",".join(f"rgb{rgb}" for rgb in TRUST_RAMP),
        most=format_number(most, "") if most > 0.0 else "",
        currency=currency,
        mediated=mediated,
        part=part,
    )


def largest_surplus(pairs: tuple[Links, Links]) -> float:
    """Return the largest absolute surplus on either picture, so that widths are comparable."""
    return max((float(np.abs(links.surplus).max(initial=0.0)) for links in pairs), default=0.0)


def _ends(shown: Crowd, vendors: dict[int, int], need: int, vendor: int) -> tuple[float, float]:
    """Return the horizontal places of a tie's need (above) and vendor (below)."""
    span = RIGHT - LEFT
    above = LEFT + span * (need + 0.5) / max(1, shown.needs)
    return above, LEFT + span * (vendors[vendor] + 0.5) / max(1, len(vendors))


def _halo(shown: Crowd, vendors: dict[int, int], chosen: int) -> list[tuple[str, str, str]]:
    """Return the halo of the followed tie, whether or not it is under contract."""
    if not 0 <= chosen < len(shown.ties):
        return []
    need = chosen // shown.candidates
    above, below = _ends(shown, vendors, need, int(shown.ties[chosen]))
    return [
        (f"{above:.1f}", f"{below:.1f}", f"M{above:.1f} {TOP + 6}L{below:.1f} {BOTTOM - 6}"),
    ]


def _ties(
    shown: Crowd, vendors: dict[int, int], links: Links, most: float, money: str
) -> dict[str, Any]:
    """Return every tie, past ones first so that they lie below, and the marks of mediators.

    The template adds a wide invisible edge to each, which is easy to click.
    """
    ties, marks = [], []
    drawn = (links.tie, links.need, links.vendor, links.running, links.trust, links.surplus)
    order = np.argsort(links.running, kind="stable")
    rows = (column[order].tolist() for column in (*drawn, links.mediator))
    for tie, need, vendor, running, trust, surplus, mediator in zip(*rows, strict=True):
        above, below = _ends(shown, vendors, need, vendor)
        path = f"M{above:.1f} {TOP + 5}L{below:.1f} {BOTTOM - 6}"
        wide = THINNEST + (WIDEST - THINNEST) * (abs(surplus) / most if most > 0.0 else 0.0)
        color = GREY if math.isnan(trust) or not running else trust_color(trust)
        what = f"buyer {need}, vendor {vendor} (tie {tie}): surplus so far {format_number(surplus, '')} {money}"
        what += "" if math.isnan(trust) or not running else f", trust {format_fixed(trust, 2)}"
        what += "" if running else ", contract over"
        ties.append((tie, what, path, color, f"{wide:.2f}", surplus < 0.0, running))
        if mediator >= 0:
            marks.append(
                _diamond(0.62 * above + 0.38 * below, TOP + 5 + 0.38 * (BOTTOM - TOP - 11))
            )
    return {"ties": ties, "mediators": marks}


def _diamond(x: float, y: float) -> str:
    return f"M{x:.1f} {y - 4:.1f}l3.4 4l-3.4 4l-3.4 -4z"


def _nodes(shown: Crowd, vendors: dict[int, int], links: Links) -> dict[str, Any]:
    """Return the buyers (dots) and the vendors (squares, numbered if the numbers fit).

    A buyer whose need has not entered the market yet is a faint dot.
    """
    span, count, waiting = RIGHT - LEFT, max(1, shown.needs), set(links.waiting.tolist())
    named = len(vendors) <= NAMED
    size = 16 if named else 6
    places = [(vendor, LEFT + span * (k + 0.5) / len(vendors)) for vendor, k in vendors.items()]
    return {
        "buyers": [
            (need, f"{LEFT + span * (need + 0.5) / count:.1f}", need in waiting)
            for need in range(shown.needs)
        ],
        "vendors": [(vendor, f"{x - size / 2:.1f}", f"{x:.1f}") for vendor, x in places],
        "named": named,
        "size": size,
    }


def _count(links: Links) -> str:
    """Return in words how many ties are under contract, have a mediator, or wait."""
    running = int(np.count_nonzero(links.running))
    engaged = int(np.count_nonzero(links.mediator >= 0))
    text = f"{running} {'tie' if running == 1 else 'ties'} under contract"
    text += f", {engaged} with a mediator" if engaged else ""
    waiting = len(links.waiting)
    return text + (f", {waiting} not yet in the market" if waiting else "")


def _description(title: str, shown: Crowd, links: Links) -> str:
    """Return the picture in words, for screen readers."""
    text = f"{title}: {shown.needs} buyers and {len(shown.vendors)} vendors, {_count(links)}"
    trust = links.trust[links.running]
    if len(trust) and not math.isnan(float(trust[0])):
        text += f", mean trust {format_fixed(float(trust.mean()), 2)}"
    return text
