"""Tables made by hand, small enough to work out every measure on paper."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.records import EVENTS, NEED_MONTHS, OFFERS, PERIODS, TIES, table_dtype


@pytest.fixture
def tables():
    """Return a maker of empty tables: `tables(worlds, months, ties_per_world)`."""

    def make(worlds: int, months: int, ties: int = 1) -> SimpleNamespace:
        periods = np.zeros(worlds * months, table_dtype(PERIODS))
        periods["world"] = np.repeat(np.arange(worlds), months)
        periods["period"] = np.tile(np.arange(months), worlds)
        rows = np.zeros(worlds * ties, table_dtype(TIES))
        rows["world"] = np.repeat(np.arange(worlds), ties)
        rows["tie"] = np.tile(np.arange(ties), worlds)
        none = {
            name: np.zeros(0, table_dtype(columns))
            for name, columns in (
                ("events", EVENTS),
                ("offers", OFFERS),
                ("need_months", NEED_MONTHS),
            )
        }
        return SimpleNamespace(periods=periods, ties=rows, **none)

    return make
