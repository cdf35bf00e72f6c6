"""Tables made by hand, a small file of facts, and the command in an empty folder."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from command import here, interpreted, sim
from small_facts import FACT

from sim.measure.view import View
from sim.records import EVENTS, OFFERS, PERIODS, TIES, table_dtype

__all__ = ["here", "interpreted", "sim"]


@pytest.fixture
def written(here: Path):
    """Return a writer of files of facts: `written(text)` gives the path."""

    def write(text: str = FACT) -> Path:
        path = here / "facts.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def view():
    """Return a maker of views of empty tables: three worlds, two months, one tie each; logs as given."""

    def make(events=(), offers=(), worlds: int = 3, burn_in: int = 0) -> View:
        periods = np.zeros(worlds * 2, table_dtype(PERIODS))
        periods["world"] = np.repeat(np.arange(worlds), 2)
        periods["period"] = np.tile(np.arange(2), worlds)
        ties = np.zeros(worlds, table_dtype(TIES))
        ties["world"] = np.arange(worlds)
        logs = []
        for rows, columns in ((events, EVENTS), (offers, OFFERS)):
            log = np.zeros(len(rows), table_dtype(columns))
            for n, row in enumerate(rows):
                for name, value in row.items():
                    log[name][n] = value
            logs.append(log)
        tables = SimpleNamespace(periods=periods, ties=ties, events=logs[0], offers=logs[1])
        return View(tables, needs=1, months=2, burn_in=burn_in)

    return make
