"""Measures of a few regimes world by world, and their summary: one cell of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measure.contrasts import contrast_name
from sim.measure.means import gaps, means, wholes
from sim.measure.metrics import Measure, measured, view_of

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

TOGETHER = 200_000  # tie-months measured at once: fewer and larger steps, still some megabytes


Worlds = Mapping[str, np.ndarray]


def measure_worlds(
    loaded: LoadedScenario,
    regimes: Sequence[str],
    worlds: Sequence[int],
    seed: int,
) -> dict[str, np.ndarray]:
    """Return by regime a structured array with one row per world: `world`, then every measure.

    Each block of worlds is measured and dropped before the next, so memory stays that of a block.
    """
    from sim.engines.batch import blocks

    found = {}
    for name in regimes:
        regime = loaded.regime(name)
        parts = blocks(regime, worlds, seed, tie_months=TOGETHER)
        found[name] = np.concatenate([measured(view_of(part, regime)) for part in parts])
    return found


def summary_rows(
    table: Worlds,
    measures: Sequence[Measure],
    contrasts: Sequence[tuple[str, str]],
    currency: str,
) -> list[dict[str, Any]]:
    """Return the lines of a summary: each regime's means, then each paired (regime, baseline).

    `table` has one array per regime, one row per world and one column per measure, then one for each
    further measure that some of these are a share of.
    """
    rows = []
    names = wholes([m.name for m in measures], measures)
    columns = {name: j for j, name in enumerate(names)}
    for regime, values in table.items():
        found = means(values, measures, columns)._asdict()
        rows += _lines(found, measures, "regime", (regime, ""), currency)
    for pair in contrasts:
        found = gaps(table[pair[0]], table[pair[1]], measures, columns)._asdict()
        rows += _lines(found, measures, "difference", pair, currency)
    return rows


def _lines(
    found: Mapping[str, np.ndarray],
    measures: Sequence[Measure],
    kind: str,
    pair: tuple[str, str],
    currency: str,
) -> list[dict[str, Any]]:
    regime, baseline = pair
    about = {"kind": kind, "name": contrast_name(*pair), "regime": regime, "baseline": baseline}
    return [
        {
            "measure": m.name,
            "label": m.label,
            "unit": m.unit.replace("money", currency),
            **about,
            **{
                name: float(found[name][j]) if name in found else np.nan
                for name in ("mean", "low", "high", "sd", "effect", "share_opposite")
            },
            "n": int(found["n"][j]),
        }
        for j, m in enumerate(measures)
    ]
