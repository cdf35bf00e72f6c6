"""Many tables summarised at once have the bits of each summarised alone."""

from __future__ import annotations

import numpy as np
import pytest

from sim.measure import intervals
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


def test_one_rule_says_what_is_below_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    luck = np.random.default_rng(1)
    values = luck.normal(size=(3, 40, 2))
    baseline = np.where(luck.random(values.shape) < 0.5, values * (1.0 + 1e-14), -values)
    values[0, 0, 0], size = np.nan, np.abs(values).max(axis=0)
    gaps, asked = values - baseline, [values.copy(), baseline.copy(), size.copy()]
    expected = np.where(np.abs(gaps) <= 1e-12 * size, 0.0, gaps)
    assert intervals.without_rounding(gaps, size).tobytes() == expected.tobytes()
    assert np.array_equal(gaps, values - baseline, equal_nan=True) and (expected == 0.0).any()
    found = intervals.differences(values, baseline)
    monkeypatch.setattr(intervals, "_drop_rounding", lambda difference, size: difference)
    for kept in (intervals.without_rounding(gaps, size), intervals.differences(values, baseline)):
        assert np.array_equal(kept, gaps, equal_nan=True)
    assert not np.array_equal(found, gaps, equal_nan=True)
    assert all(
        np.array_equal(a, b, equal_nan=True)
        for a, b in zip((values, baseline, size), asked, strict=True)
    )
