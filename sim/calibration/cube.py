"""Points of the unit cube that are spread evenly: scrambled Sobol sequences, in bits of their own."""

from __future__ import annotations

import numpy as np

from sim.study.design.designs import unit_cube_rows
from sim.study.results.digest import digest_data

LARGEST_SEED = 2**32


def sobol(keys: int, points: int, seed: int, *what: str | int) -> np.ndarray:
    """Return the first points of a Sobol sequence, shape (points, keys).

    `what` says what they are for: other words give another scrambling, of the same `seed`.
    """
    power = 1 << max(0, points - 1).bit_length()
    number = int(digest_data([seed, *what])[:8], 16) % LARGEST_SEED
    rows: np.ndarray = np.asarray(unit_cube_rows("sobol", keys, power, number), float)
    return rows[:points]
