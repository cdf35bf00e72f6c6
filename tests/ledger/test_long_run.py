"""A hundred years of one world: nothing explodes, drifts out of range, or loses a cent.

The quick suite runs every scenario under one regime in turn; the deep one runs every regime.
"""

import numpy as np
import pytest
from in_turn import WORLDS, in_turn

from sim.engines.batch import simulate
from sim.records import CAUSE_COLUMNS
from sim.scenario.load import load

MONTHS = 1_200
TOLERANCE = 1e-9
BOUND = 10.0  # times the largest first best of a month


def check_rows(rows: np.ndarray) -> None:
    """Check that no number is NaN or infinite, and that trust and traits stay in [0, 1]."""
    for column in rows.dtype.names:
        assert np.isfinite(rows[column]).all(), column
        if column.startswith(("trust", "trait", "disclosure")):
            assert rows[column].min() >= 0.0, column
            assert rows[column].max() <= 1.0 + TOLERANCE, column


@pytest.mark.parametrize(("name", "regime"), in_turn(WORLDS, always=()))
def test_a_hundred_years(name, regime):
    loaded = load(name, {"run.months": MONTHS})
    periods, ties, *_ = simulate(loaded.regime(regime), [0], loaded.scenario.run.seed)
    check_rows(periods)
    check_rows(ties)
    assert periods["residual"].max() < TOLERANCE
    most = BOUND * max(periods["first_best"].max(), 1.0)
    for column in ("surplus", "buyer", "vendor", *(c.name for c in CAUSE_COLUMNS)):
        assert np.abs(periods[column]).max() < most, column
    assert periods["active"].max() <= loaded.scenario.market.needs


@pytest.mark.parametrize(
    ("column", "wrong"), [("trust_buyer", 1.01), ("trait_goals", -0.01), ("surplus", np.inf)]
)
def test_a_row_out_of_range_would_be_seen(column, wrong):
    rows = simulate(load("one_tie", {"run.months": 12}).regime("mediated"), [0], 1).periods
    check_rows(rows)
    rows[column][5] = wrong
    with pytest.raises(AssertionError):
        check_rows(rows)
