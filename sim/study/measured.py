"""Measures of a few regimes world by world, and their summary: one cell of a study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measure.compare import contrast_name
from sim.measure.intervals import paired, summarise
from sim.measure.metrics import MEASURES, parties, per_world

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.load import Loaded

NAMES = [m.name for m in MEASURES]


def measure_worlds(
    loaded: Loaded,
    regimes: Sequence[str],
    worlds: int,
    seed: int,
    *,
    threads: int = 1,
    on_done: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Return one row per regime and world: `regime`, `world`, then every measure.

    Each block of worlds is measured and dropped before the next, so memory stays that of a block;
    `on_done` is told how many worlds each finished block adds.
    """
    import pandas as pd

    from sim.engines.batch import blocks

    needs, months = loaded.scenario.market.needs, loaded.scenario.run.months
    frames = []
    for name in regimes:
        regime = loaded.regime(name)
        for part in blocks(regime, range(worlds), seed, threads=threads):
            frame = per_world(part, needs, months, **parties(regime))
            frame.insert(0, "regime", name)
            frames.append(frame)
            if on_done is not None:
                on_done(len(frame))
    return pd.concat(frames, ignore_index=True)


def summary_rows(
    frame: pd.DataFrame, regimes: Sequence[str], contrasts: Sequence[tuple[str, str]], currency: str
) -> list[dict[str, Any]]:
    """Return the lines of a summary: each regime's means, then each paired (regime, baseline)."""
    table = {r: frame.loc[frame["regime"] == r, NAMES].to_numpy() for r in regimes}
    rows = []
    for regime in regimes:
        rows += _lines(summarise(table[regime])._asdict(), "regime", (regime, ""), currency)
    for pair in contrasts:
        found = paired(table[pair[0]], table[pair[1]])._asdict()
        rows += _lines(found, "difference", pair, currency)
    return rows


def _lines(
    found: Mapping[str, np.ndarray], kind: str, pair: tuple[str, str], currency: str
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
        for j, m in enumerate(MEASURES)
    ]
