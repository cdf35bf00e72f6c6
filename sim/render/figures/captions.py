"""What the figures of a comparison show, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.measure.align import count_onsets
from sim.measure.amounts import first_months
from sim.measure.window import ONSETS
from sim.render.numbers import intervals_over, unit_words
from sim.render.wording import unused

if TYPE_CHECKING:
    from sim.measure.compare import Comparison

TITLES = {
    "surplus": "Joint surplus over time",
    "trust": "Trust over time",
    "difference": "Paired difference in joint surplus",
    "ledger": "Where first best went",
    "survival": "How long ties last",
    "aligned": "Around the event",
}


def caption(c: Comparison, name: str) -> str:
    """Return what a figure shows, in words."""
    band = f"Bands are {band_label(c)}." if c.worlds > 1 else "One world: there is no band."
    money = unit_words(c.row("surplus", c.regimes[0]).unit)
    said = {
        "surplus": f"Joint surplus of buyer and vendor in {money}, net of the mediator's fee, "
        f"mean over needs and worlds. The dotted line is first best. {band}",
        "trust": "Trust of buyers in their current or last vendor, and of these vendors in them; "
        f"0 is none, 1 is full; mean over needs and worlds. {band}",
        "difference": "Difference in joint surplus, world by world under the same luck, month by "
        f"month and added up. Above 0 the regime does better than the one it is "
        f"compared with. {band}",
        "ledger": f"Realised joint surplus and what was lost to each cause, in {money}, mean over "
        "worlds. What is negative hangs below 0: a joint surplus that is a loss, or a cause that "
        "is a gain over the reference it is measured from. Bars above 0 less bars below 0 make "
        "first best (black line). "
        f"{_not_drawn(c)}",
        "survival": "Share of ties still working together after so many months under contract "
        f"(Kaplan–Meier; ties running at the end count as far as they got). {band}",
        "aligned": f"{_onset(c)} {band}",
    }
    return f"{said[name].strip()}{_on_burn_in(c, name)}"


def _on_burn_in(c: Comparison, name: str) -> str:
    """Return what a figure does with the months that no measure counts."""
    if not c.burn_in:
        return ""
    first = first_months(c.burn_in)
    if name in ("surplus", "trust", "difference"):
        return f" Shaded: {first}, which are in no measure."
    if name == "survival":
        return f" The whole run, {first} too."
    return f" Without {first}."


def band_label(c: Comparison) -> str:
    """Return what a band is."""
    return f"{intervals_over(c.worlds, many=True)} of the mean over {c.worlds} worlds"


def _onset(c: Comparison) -> str:
    if c.around is None:
        return ""
    what = ONSETS[c.around.event][1]
    counted = ", ".join(f"{n} under {regime}" for regime, n in count_onsets(c).items())
    return (
        f"Month 0 is the month in which {what}; mean over onsets, then over worlds. Months outside "
        f"the run are left out. Onsets: {counted}."
    )


def _not_drawn(c: Comparison) -> str:
    names = unused(c)
    return f"Not drawn, 0 under every regime: {names}." if names else ""
