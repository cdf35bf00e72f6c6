"""Latin hypercubes that grow: more points beside the n there are, so that all are a Latin hypercube again.

A Latin hypercube of n points has one point in each of the n equal strata of every factor (McKay, Beckman &
Conover 1979). Cut every stratum into k: the n points lie in n of the kn strata, no two in the same. One new
point in each of the others, paired at random between factors, makes all kn points a Latin hypercube. This is
the nested design of Qian (2009), drawn from its smaller layer outwards; Sallaberry, Helton & Hora (2008)
extend samples with correlated factors by the same cut.

Qian, P. Z. G. (2009), Nested Latin hypercube designs, Biometrika 96, 957-970. Sallaberry, C. J., Helton, J. C. &
Hora, S. C. (2008), Extension of Latin hypercube samples with correlated variables, Reliability Engineering &
System Safety 93, 1047-1059.
"""

from __future__ import annotations

import numpy as np


def grow_latin_hypercube(rows: np.ndarray, points: int, seed: int) -> np.ndarray:
    """Return a Latin hypercube of `points` rows that begins with `rows`, themselves a Latin hypercube.

    `points` is a multiple of the number of rows. The new rows depend on `seed` and on both numbers.
    """
    there, factors = rows.shape
    # Other numbers than those of the first draw, which has the seed alone.
    draw = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, there, points])))
    taken = _strata(rows, points // there)
    added = np.empty((points - there, factors))
    for factor in range(factors):
        empty = np.setdiff1d(np.arange(points), taken[:, factor])
        added[:, factor] = draw.permutation(empty) + draw.random(len(empty))
    return np.concatenate([rows, added / points])


def _strata(rows: np.ndarray, share: int) -> np.ndarray:
    """Return which of the finer strata, `share` to each of the strata that there are, every value lies in.

    The stratum that there is comes from a value's rank, so that rounding at an edge cannot put two
    values into one.
    """
    stratum = np.argsort(np.argsort(rows, axis=0), axis=0)
    within = np.floor((rows * len(rows) - stratum) * share).astype(int)
    finer: np.ndarray = stratum * share + within.clip(0, share - 1)
    return finer
