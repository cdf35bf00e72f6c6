"""The findings of a comparison in sentences, chosen by sign and interval alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.measure.contrasts import focus_of
from sim.measure.intervals import FEWEST_TO_CONCLUDE, clear_sign, warn_few_worlds
from sim.measure.metrics import CAUSE_LABELS
from sim.render.numbers import decimals_needed, format_number, format_row, unit_in_words

if TYPE_CHECKING:
    from sim.measure.compare import Comparison
    from sim.measure.means import ComparisonRow

PROCEDURE = "the procedure alone (a mediator that knows nothing and is free)"
TOTAL_LABELS = {  # what an attribution says of all together, by kind of row
    "total": "all together",
    "procedure": "of this, the procedure",
    "mediator": "of this, the mediator",
}
SUBJECTS = {"mediated": "Mediation", "partnership": "Partnership"}


def unused_causes(comparison: Comparison) -> str:
    """Return the causes of the ledger that are 0 under every regime, in words."""
    return ", ".join(
        label for cause, label in CAUSE_LABELS.items() if cause not in comparison.used_causes
    )


def classify_effect(row: ComparisonRow) -> str:
    """Return the class of a paired difference: raised, lowered, unclear, few, same or untested.

    `untested`: no world has a value. `same`: the difference is 0 in every world. `few`: fewer than
    `ENOUGH_TO_SAY` worlds. `unclear`: the interval contains 0.
    """
    if row.n == 0 or not math.isfinite(row.mean):
        return "untested"
    if row.mean == 0.0 and (row.n == 1 or row.low == row.high):
        return "same"
    if row.n < FEWEST_TO_CONCLUDE:
        return "few"
    return {1: "raised", -1: "lowered"}.get(int(clear_sign(row.low, row.high, row.n)), "unclear")


def focus_contrast(comparison: Comparison) -> tuple[str, str] | None:
    """Return the (regime, baseline) of the headline: mediation, if it was compared."""
    return focus_of(comparison.contrasts)


def headline(comparison: Comparison) -> list[str]:
    """Return the findings of a comparison in a few sentences, the most important first."""
    pair = focus_contrast(comparison)
    if pair is None:
        sentences = [_level_sentence(comparison, regime) for regime in comparison.regimes]
        return [*sentences, *filter(None, [warn_few_worlds(comparison.worlds)])]
    sentences = [
        _surplus_sentence(comparison, *pair),
        _procedure_sentence(comparison),
        *_trust_sentences(comparison, *pair),
    ]
    sentences += [
        _parts_sentence(comparison, *pair),
        _procedure_by_side_sentence(comparison),
        _ledger_sentence(comparison, *pair),
    ]
    if pair[0] == "mediated" and ("mediated", "partnership") in comparison.contrasts[1:]:
        sentences.append(_surplus_sentence(comparison, "mediated", "partnership"))
    sentences.append(warn_few_worlds(comparison.worlds))
    return [sentence for sentence in sentences if sentence]


def capitalise(text: str) -> str:
    """Return a text with its first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def regime_as_subject(regime: str) -> str:
    """Return a regime as the subject of a sentence: "Mediation", "The regime x"."""
    return SUBJECTS.get(regime, f"The regime {regime}")


def _level_sentence(comparison: Comparison, regime: str) -> str:
    """Return the joint surplus of one regime alone, without a contrast."""
    gained = comparison.row("surplus", regime)
    share = comparison.row("share_first_best", regime)
    over_worlds = "one world" if comparison.worlds == 1 else f"{comparison.worlds} worlds"
    of_first_best = (
        f", {format_number(share.mean, 'share')} % of first best"
        if math.isfinite(share.mean)
        else ""
    )
    unit = unit_in_words(gained.unit)
    return f"Under {regime}, joint surplus is {format_row(gained)} {unit}{of_first_best} ({over_worlds})."


def _surplus_sentence(comparison: Comparison, regime: str, baseline: str) -> str:
    """Return the effect on joint surplus, with levels and shares of first best."""
    row = comparison.row("surplus", regime, baseline)
    change = _from_to(comparison, "surplus", regime, baseline)
    shares = [comparison.row("share_first_best", r).mean for r in (baseline, regime)]
    if all(map(math.isfinite, shares)):
        change += f", or {format_number(shares[0], 'share')} % to {format_number(shares[1], 'share')} % of first best"
    return _effect_sentence(row, "joint surplus", change) + _opposite_sign_sentence(row)


def _procedure_sentence(comparison: Comparison) -> str:
    """Return how the effect splits into procedure and mediator; empty without a control."""
    if not comparison.parts:
        return ""
    procedure, mediator = (
        format_row(comparison.row("surplus", *pair), signed=True) for pair in comparison.parts
    )
    paid = (
        ", net of its fee," if comparison.row("mediator", comparison.parts[1][0]).mean > 0.0 else ""
    )
    return (
        f"Of this, {PROCEDURE} brings {procedure} "
        f"and this mediator{paid} {mediator} {unit_in_words(comparison.row('surplus', *comparison.parts[0]).unit)}."
    )


def _procedure_by_side_sentence(comparison: Comparison) -> str:
    """Return the same split for the buyer's and the vendor's part."""
    if not comparison.parts:
        return ""
    parts = []
    for side in ("buyer", "vendor"):
        procedure, mediator = (
            format_row(comparison.row(side, *pair), signed=True) for pair in comparison.parts
        )
        parts.append(
            f"the {side}'s change {procedure} is the procedure's and {mediator} the mediator's"
        )
    return f"Of {parts[0]}; of {parts[1]}."


def _trust_sentences(comparison: Comparison, regime: str, baseline: str) -> list[str]:
    """Return the effects on trust each way at the end."""
    directions = {
        "trust_buyer_end": "the buyer's trust in the vendor at the end",
        "trust_vendor_end": "the vendor's trust in the buyer at the end",
    }
    return [
        _effect_sentence(
            comparison.row(name, regime, baseline),
            what,
            _from_to(comparison, name, regime, baseline),
        )
        for name, what in directions.items()
    ]


def _from_to(comparison: Comparison, name: str, regime: str, baseline: str) -> str:
    """Return a measure under baseline and regime: "from 0.4 to 0.6"."""
    before, after = comparison.row(name, baseline), comparison.row(name, regime)
    places = decimals_needed(before.unit, before.mean, after.mean)
    start, end = (format_number(row.mean, row.unit, places) for row in (before, after))
    return f"from {start} to {end}"


def _parts_sentence(comparison: Comparison, regime: str, baseline: str) -> str:
    """Return how the buyer's and the vendor's parts changed, and what the mediator was paid."""
    buyer, vendor = (comparison.row(name, regime, baseline) for name in ("buyer", "vendor"))
    if "untested" in (classify_effect(buyer), classify_effect(vendor)):
        return ""
    unit = unit_in_words(buyer.unit)
    sentence = f"The buyer's part changed by {format_row(buyer, signed=True)} and the vendor's by "
    sentence += f"{format_row(vendor, signed=True)} {unit}"
    paid, together = (
        comparison.row("mediator", regime),
        comparison.row("three_party", regime, baseline),
    )
    if paid.mean > 0.0:
        sentence += f"; the mediator was paid {format_number(paid.mean, paid.unit)}, and with that added the "
        sentence += f"three together changed by {format_row(together, signed=True)}"
    return f"{sentence}."


def _ledger_sentence(comparison: Comparison, regime: str, baseline: str) -> str:
    """Return the four losses that changed most, among those that changed clearly."""
    rows = [
        (label, comparison.row(f"loss_{name}", regime, baseline))
        for name, label in CAUSE_LABELS.items()
    ]
    clear = [(label, row) for label, row in rows if classify_effect(row) in ("raised", "lowered")]
    clear.sort(key=lambda pair: -abs(pair[1].mean))
    if not clear:
        return ""
    listed = [
        f"{label} {format_number(row.mean, row.unit, signed=True)}" for label, row in clear[:4]
    ]
    unit = unit_in_words(clear[0][1].unit)
    return f"Losses that changed most (a minus is a smaller loss, {unit}): {', '.join(listed)}."


def _effect_sentence(row: ComparisonRow, what: str, levels: str) -> str:
    """Return a paired difference as a sentence, by what `classify_effect` says of it."""
    effect, unit = classify_effect(row), unit_in_words(row.unit, difference=True)
    who, against = regime_as_subject(row.regime), f"against {row.baseline}"
    if effect == "untested":
        return f"{who}: {what} could not be compared {against}, no world has a value."
    if effect == "same":
        return f"{who} made no difference to {what} {against}: the same in every world run."
    places = decimals_needed(row.unit, row.mean, row.low, row.high)
    size = f"{format_number(abs(row.mean), row.unit, places)} {unit}".rstrip()
    way = "higher" if row.mean > 0.0 else "lower"
    if row.n == 1:
        return (
            f"In the one world run, {what} is {size} {way} under {row.regime} than under "
            f"{row.baseline}, {levels} (one world gives no interval)."
        )
    low, high = (format_number(v, row.unit, places, signed=True) for v in (row.low, row.high))
    if effect == "few":
        return (
            f"In the {row.n} worlds run, {what} is {size} {way} under {row.regime} than under "
            f"{row.baseline}, {levels}; {row.n} are too few to say that this was brought about "
            f"(95 % interval {low} to {high}; {FEWEST_TO_CONCLUDE} worlds are the least)."
        )
    if effect == "unclear":
        mean = format_number(row.mean, row.unit, places, signed=True)
        return (
            f"{who} had no clear effect on {what} {against}: the difference is "
            f"{f'{mean} {unit}'.rstrip()}, 95 % interval {low} to {high}, which spans 0 ({levels})."
        )
    spread = "in every world alike" if row.low == row.high else f"95 % interval {low} to {high}"
    return f"{who} {effect} {what} by {size} {against} ({spread}), {levels}."


def _opposite_sign_sentence(row: ComparisonRow) -> str:
    """Return how many worlds show the opposite sign, as a sentence."""
    if row.n < 2 or classify_effect(row) == "same":
        return ""
    flips = round(row.share_opposite * row.n)
    if classify_effect(row) in ("unclear", "few"):
        return f" The difference has the opposite sign in {flips} of {row.n} worlds."
    if flips == 0:
        return f" No world of {row.n} shows the opposite."
    return f" {flips} of {row.n} worlds {'shows' if flips == 1 else 'show'} the opposite."
