"""The styles that a scenario's mediators practise: their notation, and the columns that compiled rules read.

`mediator.style` is one style, an ordered list, or a weighted mixture of lists, each written with `+`
between its styles.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from sim.desk import MAX_MANNERS, MAX_SETTINGS, MAX_STYLES
from sim.errors import SimError
from sim.mediation.rounds.custom_mediator import CustomMediator
from sim.mediation.styles.entry import StyleEntry
from sim.mediation.styles.style_catalogue import (
    AND,
    NAMES,
    ConfiguredStyle,
    needed_functions,
    parse_styles,
)
from sim.scenario.parameters.setup_tables import ROWS
from sim.strategies.code_consent import Consent
from sim.summation import ordered_sum
from sim.words import Moment, Style

WRITTEN = rf"[{AND}:]|\.py(:|$)"  # a list, a name with settings, or a path
Styles = str | Sequence[str] | Mapping[str, float]
WHEN = {
    Moment.BEFORE: "before the first offer", Moment.TALK: "while the sides make offers",
    Moment.IMPASSE: "after an impasse", Moment.SIGNED: "after both agreed",
    Moment.REVIEW: "at reviews", Moment.DISPUTE: "in disputes", Moment.MONTH: "every month",
}  # fmt: skip


def style_lists(style: Styles) -> dict[str, float]:
    """Return the lists of styles, each written as one text, with their weights."""
    if isinstance(style, str):
        return {style: 1.0}
    if isinstance(style, Mapping):
        return dict(style)
    return {f" {AND} ".join(style): 1.0}


def describe_styles(style: Styles) -> str:
    """Return in words what a scenario's mediators practise: a style, several in order, or lists with shares."""
    lists = style_lists(style)
    if not isinstance(style, Mapping):
        return next(iter(lists)).replace(f" {AND} ", ", then ") or "none of its own"
    total = ordered_sum(lists.values())
    return " or ".join(
        f"{text.replace(f' {AND} ', ', then ')} ({100 * n / total:.0f} %)"
        for text, n in lists.items()
    )


def parse_style_lists(
    style: Styles, where: str = "mediator.style", consent: Consent | None = None
) -> list[tuple[ConfiguredStyle, ...]]:
    """Return the styles of each list of a scenario; raises SimError of one line if a list is impossible.

    A file is run if `consent` covers it; with `consent` None it must have been loaded before.
    """
    lists = {text: parse_styles(text, where, consent) for text in style_lists(style)}
    for want in filter(None, [why_too_many(style), *map(why_unfit, lists.values())]):
        raise SimError(f"{where}: {want}")
    return list(lists.values())


def why_too_many(style: Styles) -> str:
    """Return the advice for a mixture with too many lists, "" for any other."""
    count = len(style_lists(style))
    return (
        f"want at most {MAX_MANNERS} lists in one mixture, not {count}"
        if count > MAX_MANNERS
        else ""
    )


def why_unfit(styles: Sequence[ConfiguredStyle]) -> str:
    """Return the advice for a list that is too long or has a style twice, "" for any other.

    A second round of one style with the same settings would only repeat the first: the same text, or the same
    estimate told as if it were news. The drafter's settings belong to its mediator, so it may be in a list once.
    """
    if len(styles) > MAX_STYLES:
        return f"want at most {MAX_STYLES} styles in one list, not {len(styles)}"
    seen: set[tuple[str, tuple[float, ...]]] = set()
    for style in styles:
        name = str(style) if style.custom is not None else style.entry.name
        identity = (name, () if style.entry.style == Style.DRAFTER else style.values)
        if identity in seen:
            if style.entry.style == Style.DRAFTER:
                return "'drafter' a second time: want it once in a list, whatever its settings"
            return (
                f"{str(style)!r} a second time: want a style once in a list, or with other settings"
            )
        seen.add(identity)
    return ""


def why_idle(entry: StyleEntry, functions: Collection[str]) -> str:
    """Return why no moment of a style can happen without further functions, "" if one can."""
    needed = needed_functions([entry])
    if any(function in functions for function in needed):
        return ""
    when = " and ".join(WHEN[moment] for moment in entry.moments)
    which, it = ("needs function", "it") if len(needed) == 1 else ("need functions", "one of them")
    return f"acts {when}, which {which} {' and '.join(needed)}; want {it} in mediator.functions"


def custom_mediators(style: Styles) -> list[CustomMediator | None]:
    """Return the custom mediator of each style, in the order of their numbers; None for a style of the catalogue."""
    return [one.custom for styles in parse_style_lists(style) for one in styles]


def style_columns(style: Styles) -> dict[str, Any]:
    """Return the columns of styles that compiled rules read: lists, their weights, then a row for each style."""
    lists = parse_style_lists(style)
    weights = np.array(list(style_lists(style).values()))
    manner = np.full((MAX_MANNERS, MAX_STYLES), -1)
    mix = np.ones(MAX_MANNERS)
    mix[: len(lists) - 1] = (np.cumsum(weights) / np.cumsum(weights)[-1])[:-1]
    announce, deferential = np.ones(MAX_MANNERS), np.zeros(MAX_MANNERS)
    rows = [
        (m, place, configured)
        for m, styles in enumerate(lists)
        for place, configured in enumerate(styles)
    ]
    setting = np.zeros((ROWS, MAX_SETTINGS))
    for n, (m, place, configured) in enumerate(rows):
        manner[m, place] = n
        setting[n, : len(configured.values)] = configured.values
        if configured.entry.style == Style.DRAFTER:
            deferential[m], announce[m] = configured.values
    entries = [configured.entry for _, _, configured in rows]
    addresses = np.zeros((ROWS, len(Moment)), np.int64)
    for n, (_, _, configured) in enumerate(rows):
        if configured.custom is not None:
            addresses[n] = configured.custom.addresses
    return {
        "manner": manner,
        "manner_mix": mix,
        "manner_announce": announce,
        "manner_deferential": deferential,
        "style_kind": [int(entry.style) for entry in entries],
        "style_moments": [sum(1 << moment for moment in entry.moments) for entry in entries],
        "style_both": [int(entry.both) for entry in entries],
        "style_blind": [int(entry.blind) for entry in entries],
        "style_lucky": [int(entry.lucky) for entry in entries],
        "style_rule": addresses,
        "style_setting": setting,
    }


STYLES = NAMES
