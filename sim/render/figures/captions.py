"""The captions of the figures of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.measure.align import count_onsets
from sim.measure.amounts import first_months
from sim.measure.window import ONSETS
from sim.render.numbers import interval_name, unit_in_words
from sim.render.wording import unused_causes

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


def comparison_caption(comparison: Comparison, name: str) -> str:
    """Return the caption of a figure by its name in `TITLES`."""
    band = (
        f"Bands are {band_label(comparison)}."
        if comparison.worlds > 1
        else "One world: there is no band."
    )
    money = unit_in_words(comparison.row("surplus", comparison.regimes[0]).unit)
    captions = {
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
        f"{_unused_causes_note(comparison)}",
        "survival": "Share of ties still working together after so many months under contract "
        f"(Kaplan–Meier; ties running at the end count as far as they got). {band}",
        "aligned": f"{_onset_sentences(comparison)} {band}",
    }
    return f"{captions[name].strip()}{_burn_in_note(comparison, name)}"


def _burn_in_note(comparison: Comparison, name: str) -> str:
    """Return how the figure treats the burn-in, which no measure counts."""
    if not comparison.burn_in:
        return ""
    first = first_months(comparison.burn_in)
    if name in ("surplus", "trust", "difference"):
        return f" Shaded: {first}, which are in no measure."
    if name == "survival":
        return f" The whole run, {first} too."
    return f" Without {first}."


def band_label(comparison: Comparison) -> str:
    """Return the kind of interval that bands show."""
    return (
        f"{interval_name(comparison.worlds, many=True)} of the mean over {comparison.worlds} worlds"
    )


def _onset_sentences(comparison: Comparison) -> str:
    """Return the meaning of month 0, and the number of onsets by regime."""
    if comparison.around is None:
        return ""
    what = ONSETS[comparison.around.event][1]
    counted = ", ".join(f"{n} under {regime}" for regime, n in count_onsets(comparison).items())
    return (
        f"Month 0 is the month in which {what}; mean over onsets, then over worlds. Months outside "
        f"the run are left out. Onsets: {counted}."
    )


def _unused_causes_note(comparison: Comparison) -> str:
    """Return the causes that are not drawn because they are 0."""
    names = unused_causes(comparison)
    return f"Not drawn, 0 under every regime: {names}." if names else ""
