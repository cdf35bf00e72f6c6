"""Measures of some regimes, world by world, and their summary: one cell of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measure.contrasts import contrast_name
from sim.measure.means import summarise_measure_differences, summarise_measures, with_wholes
from sim.measure.metrics import Measure, measures_by_world, view_of

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

# Tie-months that are measured at once: large enough for few NumPy calls, small enough for some megabytes.
MEASURED_TIE_MONTHS = 200_000


Worlds = Mapping[str, np.ndarray]


def measure_worlds(
    loaded: LoadedScenario,
    regimes: Sequence[str],
    worlds: Sequence[int],
    seed: int,
) -> dict[str, np.ndarray]:
    """Return, for each regime, a structured array with one row per world: `world`, then every measure.

    `worlds` are the numbers of the worlds, `seed` the seed of the draws. Worlds are simulated and
    measured in blocks, so memory does not grow with their number.
    """
    from sim.engines.batch import run_blocks

    found = {}
    for name in regimes:
        regime = loaded.regime(name)
        parts = run_blocks(regime, worlds, seed, tie_months=MEASURED_TIE_MONTHS)
        found[name] = np.concatenate([measures_by_world(view_of(part, regime)) for part in parts])
    return found


def summary_rows(
    table: Worlds,
    measures: Sequence[Measure],
    contrasts: Sequence[tuple[str, str]],
    currency: str,
) -> list[dict[str, Any]]:
    """Return the rows of a summary: the means of each regime, then the paired differences.

    `table` has an array of shape (worlds, columns) for each regime, with one column for each measure,
    then one for each further measure that some of them are a share of (`sim.measure.means.wholes`).
    `contrasts` are (regime, baseline) pairs; `currency` replaces "money" in units. Intervals are 95 %
    intervals over worlds.
    """
    rows = []
    names = with_wholes([m.name for m in measures], measures)
    columns = {name: j for j, name in enumerate(names)}
    for regime, values in table.items():
        found = summarise_measures(values, measures, columns)._asdict()
        rows += _summary_lines(found, measures, "regime", (regime, ""), currency)
    for pair in contrasts:
        found = summarise_measure_differences(
            table[pair[0]], table[pair[1]], measures, columns
        )._asdict()
        rows += _summary_lines(found, measures, "difference", pair, currency)
    return rows


def _summary_lines(
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
