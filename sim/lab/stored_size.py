"""How much disk a run or comparison will take, roughly, before it is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.measure.metrics import MEASURES
from sim.study.results.block_store import DRAWN
from sim.study.results.save import requested_window

if TYPE_CHECKING:
    from sim.study.results.manifest import ResolvedRequest

LARGE_RESULT = 1_000_000_000  # bytes from which on the user is told
# Bytes of a compressed row, or of a need's month; those of the shipped scenarios are within a third.
PERIOD_BYTES, TIE_BYTES = 200, 110
NEED_MONTH_BYTES = {"events": 11, "offers": 10, "need_months": 37}
DRAWN_PERIOD_BYTES, DRAWN_TIE_BYTES = 32, 4  # of the columns that figures are drawn from


class StoredSize(NamedTuple):
    """Bytes of the simulated tables of a result, and the most it takes while it is not complete."""

    tables: int
    meanwhile: int


def estimate_stored_size(resolved: ResolvedRequest) -> StoredSize:
    """Return the size of a result; the tables computed from simulated ones are small."""
    kept, rows, values = 0, 0, 0
    window = requested_window(resolved)
    needed = {*resolved.tables, *DRAWN, *(window.reads if window else ())}
    for name in [*resolved.regimes, *([resolved.control] if resolved.control else [])]:
        scenario = resolved.loaded.regime(name).scenario
        needs, months = scenario.market.needs, scenario.run.months
        ties = needs * scenario.market.candidates
        by_world = {
            "periods": PERIOD_BYTES * months,
            "ties": TIE_BYTES * ties,
            **{table: size * needs * months for table, size in NEED_MONTH_BYTES.items()},
        }
        drawn = {"periods": DRAWN_PERIOD_BYTES * months, "ties": DRAWN_TIE_BYTES * ties}
        kept += resolved.worlds * sum(by_world[table] for table in resolved.tables)
        for table in needed:
            whole = table in resolved.tables or table not in drawn
            rows += resolved.worlds * (by_world if whole else drawn)[table]
        values += resolved.worlds * 8 * len(MEASURES)
    return StoredSize(kept, 2 * rows + values)  # rows as blocks end, and as tables
