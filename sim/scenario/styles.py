"""The styles a scenario's mediators practise: their texts, and what compiled rules read of them.

`mediator.style` is one style, an ordered list, or a weighted mixture of lists, each written with `+`
between its styles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.errors import SimError
from sim.mediation.catalogue import AND, NAMES, Practised, practise_all
from sim.scenario.setup_tables import ROWS
from sim.state import MAX_MANNERS, MAX_SETTINGS, MAX_STYLES
from sim.words import Style

WRITTEN = rf"[{AND}:]|\.py(:|$)"  # a list, a name with settings, or a path
Styles = str | Sequence[str] | Mapping[str, float]


def manners_of(style: Styles) -> dict[str, float]:
    """Return the lists of styles, each written as one text, with their weights."""
    if isinstance(style, str):
        return {style: 1.0}
    if isinstance(style, Mapping):
        return dict(style)
    return {f" {AND} ".join(style): 1.0}


def practised(style: Styles, where: str = "mediator.style") -> list[tuple[Practised, ...]]:
    """Return what each list of a scenario practises; raises a one-line SimError."""
    lists = [practise_all(text, where) for text in manners_of(style)]
    for text, styles in zip(manners_of(style), lists, strict=True):
        if len(styles) > MAX_STYLES:
            raise SimError(f"{where} = {text!r}: want at most {MAX_STYLES} styles in one list")
    if len(lists) > MAX_MANNERS:
        raise SimError(f"{where}: want at most {MAX_MANNERS} lists in one mixture")
    return lists


def columns_of_styles(style: Styles) -> dict[str, Any]:
    """Return what compiled rules read of the styles: lists, their weights, then a row of each style."""
    lists = practised(style)
    weights = np.array(list(manners_of(style).values()))
    manner = np.full((MAX_MANNERS, MAX_STYLES), -1)
    mix = np.ones(MAX_MANNERS)
    mix[: len(lists) - 1] = (np.cumsum(weights) / np.cumsum(weights)[-1])[:-1]
    announce, deferential = np.ones(MAX_MANNERS), np.zeros(MAX_MANNERS)
    rows = [(m, place, one) for m, styles in enumerate(lists) for place, one in enumerate(styles)]
    setting = np.zeros((ROWS, MAX_SETTINGS))
    for n, (m, place, one) in enumerate(rows):
        manner[m, place] = n
        setting[n, : len(one.values)] = one.values
        if one.entry.style == Style.DRAFTER:
            deferential[m], announce[m] = one.values
    entries = [one.entry for _, _, one in rows]
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
        "style_setting": setting,
    }


STYLES = NAMES
