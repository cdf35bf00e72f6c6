"""Tables of a calibration, for text and report: alternatives, facts, keys, and what ruled out what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.calibration.calibration_findings import NO_FACT
from sim.measure.amounts import DASH, count, format_digits
from sim.render.numbers import format_percent, format_setting
from sim.render.tables import Grid, Head, Item, text_items

Found = Mapping[str, Any]
DIGITS = 3  # significant digits of a published number
STRAINED = 1.6448536269514722  # errors: beyond the central 90 % of a normal law


def fact_number(value: float | None, unit: str) -> str:
    """Return a number of a fact: shares in per cent."""
    if value is None:
        return DASH
    return format_digits(100.0 * value if unit == "share" else value, DIGITS)


def spread(ends: Sequence[float | None] | None, unit: str = "", *, setting: bool = False) -> Item:
    """Return a median with its middle 90 % as an item; a dash if there is none."""
    if ends is None or ends[1] is None:
        return Item(DASH)
    shown = [format_setting(v) if setting else fact_number(v, unit) for v in ends]
    return Item(shown[1], shown[0], shown[2])


def left_text(share: float | None, candidates: int) -> str:
    """Return a share of the prior that is left in words, "below 1 in 8,192" if no candidate is."""
    if share is None:
        return DASH
    if share == 0.0:
        return f"below 1 in {candidates:,}"
    return format_percent(share) if share >= 0.1 else f"{format_digits(100.0 * share, 2)} %"


def alternatives_grid(found: Found) -> Grid:
    """Return the table of alternatives: what each wave leaves, how many parameter sets, what was set aside."""
    waves = max((len(about["left"]) for about in found["alternatives"]), default=0)
    heads = [
        Head("alternative", left=True),
        *(Head(f"left after wave {n + 1}") for n in range(waves)),
        Head("effective sets"), Head("facts used"), Head("set aside"),
    ]  # fmt: skip
    rows = []
    for about in found["alternatives"]:
        left = [left_text(share, found["candidates"]) for share in about["left"]]
        left = left if about["status"] != NO_FACT else []
        sampled = about["status"] == "sampled"
        rows.append(
            text_items(
                about["label"], *left, *[DASH] * (waves - len(left)),
                f"{about['effective']:,.0f}" if sampled else about["status"],
                f"{sum(fact['counts'] for fact in about['facts'])}",
                f"{len(about['out_of_reach']) + len(about['conflicts']) + len(about['rare'])}",
            )
        )  # fmt: skip
    return Grid(heads, rows, title="What is left of the prior, by alternative")


def sampled_alternatives(found: Found) -> list[Found]:
    """Return the alternatives that have an ensemble."""
    return [about for about in found["alternatives"] if about["status"] == "sampled"]


def facts_grid(found: Found) -> Grid:
    """Return the table of facts: published, before, and after under every alternative."""
    sampled = sampled_alternatives(found)
    heads = [
        Head("fact", left=True), Head("grade"), Head("published"), Head("before"),
        *(Head(f"after: {about['label']}") for about in sampled),
    ]  # fmt: skip
    rows = []
    for n, fact in enumerate(found["facts"]):
        unit = "%" if fact["unit"] == "share" else fact["unit"]
        ends = [fact_number(fact[end], fact["unit"]) for end in ("low", "high")]
        row = [Item(f"{fact['name']}, {unit}"), Item(fact["grade"]), Item(" to ".join(ends))]
        row.append(spread(fact["before"], fact["unit"]))
        for about in sampled:
            after = about["facts"][n]
            item = spread(after["after"], fact["unit"])
            row.append(
                item if after["counts"] else Item(item.text, item.low, item.high, "not used")
            )
        rows.append(row)
    note = "Median and middle 90 % of parameter sets. Not used: set aside, or not part of the alternative."
    return Grid(heads, rows, title="Facts before and after", note=note)


def keys_grid(found: Found) -> Grid:
    """Return the table of keys: prior, and posterior under every alternative."""
    sampled = sampled_alternatives(found)
    heads = [
        Head("key", left=True), Head("prior"),
        *(Head(f"posterior: {about['label']}") for about in sampled),
    ]  # fmt: skip
    first = found["alternatives"][0]["keys"]
    rows = []
    for n, key in enumerate(first):
        row = [Item(key["key"]), spread(key["prior"], setting=True)]
        for about in sampled:
            here = about["keys"][n]
            row.append(
                spread(here["posterior"], setting=True)
                if here["informed"]
                else Item("keeps its prior")
            )
        rows.append(row)
    return Grid(heads, rows, title="Keys: prior and posterior", note="Median and middle 90 %.")


def ruled_out_grid(found: Found) -> Grid:
    """Return the table of what each fact ruled out, of what was left before each wave, under every alternative."""
    heads = [
        Head("alternative", left=True), Head("wave"), Head("fact", left=True), Head("rules out"),
        Head("which it alone does"),
    ]  # fmt: skip
    rows = []
    for about in found["alternatives"]:
        for wave in about["waves"]:
            for fact in sorted(wave["facts"], key=lambda fact: -(fact["share"] or 0.0)):
                if fact["share"]:
                    shares = (format_percent(fact[name]) for name in ("share", "alone"))
                    rows.append(
                        text_items(about["label"], str(wave["wave"]), fact["fact"], *shares)
                    )
    note = "Shares of the points that were left before the wave."
    return Grid(heads, rows, title="What was ruled out, and by which fact", note=note)


def finding_lines(found: Found) -> list[str]:
    """Return what was found in sentences: what is left, which facts cannot hold, which no key moves.

    What is the same under several alternatives is said once.
    """
    said: dict[str, list[str]] = {}
    for about in found["alternatives"]:
        for line in _lines_of(about):
            said.setdefault(line, []).append(about["label"])
    every = len(found["alternatives"])
    lines = [
        f"Under {'every alternative' if len(names) == every else ', '.join(names)}: {line}"
        for line, names in said.items()
    ]
    unmoved = [fact["name"] for fact in found["facts"] if not fact["moved"]]
    if unmoved:
        lines.append(
            f"No key moves beyond luck, so that nothing follows from: {', '.join(unmoved)}."
        )
    return lines


def _lines_of(about: Found) -> list[str]:
    """Return the sentences about one alternative."""
    lines = []
    sampled = about["status"] == "sampled"
    if about["status"] == NO_FACT:
        return [f"{NO_FACT}, so nothing is told of any key: the prior stands."]
    if not sampled:
        wave = 1 + len([share for share in about["left"] if share])
        culprits = ", ".join(about["did_it"] or about["out_of_reach"])
        lines.append(
            f"nothing is left after wave {min(wave, len(about['left']))}; what did it: {culprits}."
        )
    elif about["out_of_reach"]:
        names = ", ".join(about["out_of_reach"])
        lines.append(
            f"with all facts nothing is left after wave 1; out of reach of the prior, set aside: {names}."
        )
    for conflict in about["conflicts"]:
        lines.append(
            f"cannot hold together: {', '.join(conflict['facts'])}; set aside: {conflict['aside']}."
        )
    if about["rare"]:
        lines.append(
            f"luck outweighs, at this number of worlds, set aside: {', '.join(about['rare'])}."
        )
    far = [f["name"] for f in about["facts"] if f["counts"] and abs(f["gap"] or 0.0) > STRAINED]
    if far:
        lines.append(f"still outside the central 90 % of their errors: {', '.join(far)}.")
    if sampled and about["rough"]:
        sets = count(round(about["effective"]), "effective parameter set")
        lines.append(f"{sets} only, so intervals are rough.")
    return lines
