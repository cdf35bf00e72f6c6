"""Findings in words: what a comparison says, chosen by sign and interval alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.measure.contrasts import focus_of
from sim.measure.intervals import FEWEST_TO_CONCLUDE, clear_sign, warn_few_worlds
from sim.measure.metrics import CAUSE_LABELS
from sim.render.numbers import decimals, interval, number, unit_words

if TYPE_CHECKING:
    from sim.measure.compare import Comparison, ComparisonRow

PROCEDURE = "the procedure alone (a mediator that knows nothing and is free)"
WHOLES = {  # what an attribution says of all together, by kind of row
    "total": "all together",
    "procedure": "of this, the procedure",
    "mediator": "of this, the mediator",
}
SUBJECTS = {"mediated": "Mediation", "partnership": "Partnership"}


def unused(c: Comparison) -> str:
    """Return the causes of the ledger that are 0 under every regime, in words."""
    return ", ".join(said for cause, said in CAUSE_LABELS.items() if cause not in c.used_causes)


def verdict(row: ComparisonRow) -> str:
    """Return raised, lowered, unclear, few, same or untested: what a paired difference shows.

    It is few where there are fewer worlds than may say anything for certain.
    """
    if row.n == 0 or not math.isfinite(row.mean):
        return "untested"
    if row.mean == 0.0 and (row.n == 1 or row.low == row.high):
        return "same"
    if row.n < FEWEST_TO_CONCLUDE:
        return "few"
    return {1: "raised", -1: "lowered"}.get(int(clear_sign(row.low, row.high, row.n)), "unclear")


def focus(c: Comparison) -> tuple[str, str] | None:
    """Return the (regime, baseline) a headline is about: mediation where it was compared."""
    return focus_of(c.contrasts)


def headline(c: Comparison) -> list[str]:
    """Return what the comparison found, a few sentences, the most important first."""
    pair = focus(c)
    if pair is None:
        said = [_alone(c, regime) for regime in c.regimes]
        return [*said, *filter(None, [warn_few_worlds(c.worlds)])]
    said = [_on_surplus(c, *pair), _on_procedure(c), *_on_trust(c, *pair)]
    said += [_on_parts(c, *pair), _on_procedure_by_side(c), _on_ledger(c, *pair)]
    if pair[0] == "mediated" and ("mediated", "partnership") in c.contrasts[1:]:
        said.append(_on_surplus(c, "mediated", "partnership"))
    said.append(warn_few_worlds(c.worlds))
    return [sentence for sentence in said if sentence]


def subject(regime: str) -> str:
    """Return a regime as the subject of a sentence."""
    return SUBJECTS.get(regime, f"The regime {regime}")


def _alone(c: Comparison, regime: str) -> str:
    gained = c.row("surplus", regime)
    share = c.row("share_first_best", regime)
    over = "one world" if c.worlds == 1 else f"{c.worlds} worlds"
    of = f", {number(share.mean, 'share')} % of first best" if math.isfinite(share.mean) else ""
    unit = unit_words(gained.unit)
    return f"Under {regime}, joint surplus is {interval(gained)} {unit}{of} ({over})."


def _on_surplus(c: Comparison, regime: str, baseline: str) -> str:
    row = c.row("surplus", regime, baseline)
    levels = _levels(c, "surplus", regime, baseline)
    shares = [c.row("share_first_best", r).mean for r in (baseline, regime)]
    if all(map(math.isfinite, shares)):
        levels += (
            f", or {number(shares[0], 'share')} % to {number(shares[1], 'share')} % of first best"
        )
    return _effect(row, "joint surplus", levels) + _sign_flips(row)


def _on_procedure(c: Comparison) -> str:
    """Say what of a difference the procedure brings by itself, and what the mediator."""
    if not c.parts:
        return ""
    procedure, mediator = (interval(c.row("surplus", *pair), signed=True) for pair in c.parts)
    paid = ", net of its fee," if c.row("mediator", c.parts[1][0]).mean > 0.0 else ""
    return (
        f"Of this, {PROCEDURE} brings {procedure} "
        f"and this mediator{paid} {mediator} {unit_words(c.row('surplus', *c.parts[0]).unit)}."
    )


def _on_procedure_by_side(c: Comparison) -> str:
    """Say the same of the buyer's and of the vendor's part."""
    if not c.parts:
        return ""
    said = []
    for side in ("buyer", "vendor"):
        procedure, mediator = (interval(c.row(side, *pair), signed=True) for pair in c.parts)
        said.append(
            f"the {side}'s change {procedure} is the procedure's and {mediator} the mediator's"
        )
    return f"Of {said[0]}; of {said[1]}."


def _on_trust(c: Comparison, regime: str, baseline: str) -> list[str]:
    told = {
        "trust_buyer_end": "the buyer's trust in the vendor at the end",
        "trust_vendor_end": "the vendor's trust in the buyer at the end",
    }
    return [
        _effect(c.row(name, regime, baseline), what, _levels(c, name, regime, baseline))
        for name, what in told.items()
    ]


def _levels(c: Comparison, name: str, regime: str, baseline: str) -> str:
    before, after = c.row(name, baseline), c.row(name, regime)
    places = decimals(before.unit, before.mean, after.mean)
    start, end = (number(row.mean, row.unit, places) for row in (before, after))
    return f"from {start} to {end}"


def _on_parts(c: Comparison, regime: str, baseline: str) -> str:
    buyer, vendor = (c.row(name, regime, baseline) for name in ("buyer", "vendor"))
    if "untested" in (verdict(buyer), verdict(vendor)):
        return ""
    unit = unit_words(buyer.unit)
    said = f"The buyer's part changed by {interval(buyer, signed=True)} and the vendor's by "
    said += f"{interval(vendor, signed=True)} {unit}"
    paid, three = c.row("mediator", regime), c.row("three_party", regime, baseline)
    if paid.mean > 0.0:
        said += f"; the mediator was paid {number(paid.mean, paid.unit)}, and with that added the "
        said += f"three together changed by {interval(three, signed=True)}"
    return f"{said}."


def _on_ledger(c: Comparison, regime: str, baseline: str) -> str:
    rows = [
        (label, c.row(f"loss_{name}", regime, baseline)) for name, label in CAUSE_LABELS.items()
    ]
    clear = [(label, row) for label, row in rows if verdict(row) in ("raised", "lowered")]
    clear.sort(key=lambda pair: -abs(pair[1].mean))
    if not clear:
        return ""
    listed = [f"{label} {number(row.mean, row.unit, signed=True)}" for label, row in clear[:4]]
    unit = unit_words(clear[0][1].unit)
    return f"Losses that changed most (a minus is a smaller loss, {unit}): {', '.join(listed)}."


def _effect(row: ComparisonRow, what: str, levels: str) -> str:
    found, unit = verdict(row), unit_words(row.unit, difference=True)
    who, against = subject(row.regime), f"against {row.baseline}"
    if found == "untested":
        return f"{who}: {what} could not be compared {against}, no world has a value."
    if found == "same":
        return f"{who} made no difference to {what} {against}: the same in every world run."
    places = decimals(row.unit, row.mean, row.low, row.high)
    size = f"{number(abs(row.mean), row.unit, places)} {unit}".rstrip()
    way = "higher" if row.mean > 0.0 else "lower"
    if row.n == 1:
        return (
            f"In the one world run, {what} is {size} {way} under {row.regime} than under "
            f"{row.baseline}, {levels} (one world gives no interval)."
        )
    low, high = (number(v, row.unit, places, signed=True) for v in (row.low, row.high))
    if found == "few":
        return (
            f"In the {row.n} worlds run, {what} is {size} {way} under {row.regime} than under "
            f"{row.baseline}, {levels}; {row.n} are too few to say that this was brought about "
            f"(95 % interval {low} to {high}; {FEWEST_TO_CONCLUDE} worlds are the least)."
        )
    if found == "unclear":
        mean = number(row.mean, row.unit, places, signed=True)
        return (
            f"{who} had no clear effect on {what} {against}: the difference is "
            f"{f'{mean} {unit}'.rstrip()}, 95 % interval {low} to {high}, which spans 0 ({levels})."
        )
    spread = "in every world alike" if row.low == row.high else f"95 % interval {low} to {high}"
    return f"{who} {found} {what} by {size} {against} ({spread}), {levels}."


def _sign_flips(row: ComparisonRow) -> str:
    if row.n < 2 or verdict(row) == "same":
        return ""
    flips = round(row.share_opposite * row.n)
    if verdict(row) in ("unclear", "few"):
        return f" The difference has the opposite sign in {flips} of {row.n} worlds."
    if flips == 0:
        return f" No world of {row.n} shows the opposite."
    return f" {flips} of {row.n} worlds {'shows' if flips == 1 else 'show'} the opposite."
