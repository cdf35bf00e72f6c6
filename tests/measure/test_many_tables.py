"""Many tables summarised at once have the bits of each summarised alone."""

from __future__ import annotations

import numpy as np
import pytest

from sim.measure.means import (
    summarise_measure_differences,
    summarise_measures,
    with_wholes,
)
from sim.measure.metrics import BY_NAME, MEASURES

# One column alone is added up in another order by NumPy than several are.
NAMES = (["surplus"], ["surplus", "share_first_best"], [m.name for m in MEASURES])


@pytest.mark.parametrize("worlds", [2, 4, 7, 8, 9, 16, 33, 49])
@pytest.mark.parametrize("names", NAMES, ids=len)
def test_they_have_the_bits_of_each_alone(names: list[str], worlds: int) -> None:
    measures = [BY_NAME[name] for name in names]
    columns = {name: j for j, name in enumerate(with_wholes(names, measures))}
    luck = np.random.default_rng(worlds)
    values = 10.0 * luck.normal(size=(12, worlds, len(columns)))
    baseline = values + luck.normal(size=values.shape)
    values[luck.random(values.shape) < 0.1] = np.nan
    baseline[3], values[5] = values[3], 1.1  # no difference, and no spread
    means = summarise_measures(values, measures, columns)
    gaps = summarise_measure_differences(values, baseline, measures, columns)
    for k in range(len(values)):
        mean = summarise_measures(values[k].copy(), measures, columns)
        gap = summarise_measure_differences(values[k].copy(), baseline[k].copy(), measures, columns)
        for many, one in zip((*means, *gaps), (*mean, *gap), strict=True):
            assert np.array_equal(many[k], one, equal_nan=True)
