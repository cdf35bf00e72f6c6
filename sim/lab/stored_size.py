"""How much disk the tables of a run or comparison will take, roughly, before it is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.study.results.manifest import ResolvedRequest

LARGE_RESULT = 1_000_000_000  # bytes from which on the user is told
# Bytes of a compressed row, or of a need's month; those of the shipped scenarios are within a third.
PERIOD_BYTES, TIE_BYTES = 200, 110
NEED_MONTH_BYTES = {"events": 11, "offers": 10, "need_months": 37}


def estimate_stored_bytes(resolved: ResolvedRequest) -> int:
    """Return the size of a result's simulated tables in bytes; the tables computed from them are small."""
    total = 0
    for name in [*resolved.regimes, *([resolved.control] if resolved.control else [])]:
        scenario = resolved.loaded.regime(name).scenario
        needs, months = scenario.market.needs, scenario.run.months
        by_world = {
            "periods": PERIOD_BYTES * months,
            "ties": TIE_BYTES * needs * scenario.market.candidates,
            **{table: size * needs * months for table, size in NEED_MONTH_BYTES.items()},
        }
        total += resolved.worlds * sum(by_world[table] for table in resolved.tables)
    return total
