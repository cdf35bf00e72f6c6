"""What is off has the bits it always had: bare worlds against their stored digests.

`test_off_switches.py` compares today's rules with today's; this module compares them with the rules from
before the mechanisms that `bare_outsourcing` leaves out. Only the columns of that time are compared, so
that new columns may be added. `UPDATE_GOLDEN=1 pytest tests/agreement/test_bare_bits.py` rewrites the digests
after a repair that moves numbers on purpose; the reason goes into the changelog.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from bare import bare

from sim.engines.batch import RunTables, simulate

KEPT = Path(__file__).parents[1] / "golden" / "bare_bits.json"
TABLES = ("periods", "ties", "offers", "need_months")
WORLDS = [
    (name, regime)
    for name in ("one_tie", "it_outsourcing", "open_market")
    for regime in ("adversarial", "partnership", "mediated")
]


def lived(name: str, regime: str, **keys: Any) -> RunTables:
    """Return the tables of a bare world."""
    overrides = {"run.months": 30, **keys}
    if name == "open_market":
        overrides |= {"market.needs": 30, "market.vendors": 12}
    return simulate(bare(name, overrides).regime(regime), range(2), 1, tables=TABLES)


def digest(outcome: RunTables, columns: dict[str, list[str]]) -> str:
    """Return one digest of some columns of some tables."""
    found = hashlib.sha256()
    for table, names in columns.items():
        for name in names:
            found.update(getattr(outcome, table)[name].tobytes())
    return found.hexdigest()


def stored_digests() -> dict[str, Any]:
    """Return the stored columns and digests; rewrite them first if UPDATE_GOLDEN is set."""
    if os.environ.get("UPDATE_GOLDEN") == "1":
        outcomes = {f"{name}/{regime}": lived(name, regime) for name, regime in WORLDS}
        first = next(iter(outcomes.values()))
        columns = {table: list(getattr(first, table).dtype.names) for table in TABLES}
        digests = {world: digest(outcome, columns) for world, outcome in outcomes.items()}
        text = json.dumps({"columns": columns, "digests": digests}, indent=1)
        KEPT.write_text(text + "\n", encoding="utf-8")
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(("name", "regime"), WORLDS)
def test_a_bare_world_has_the_bits_that_are_kept(name: str, regime: str) -> None:
    then = stored_digests()
    assert digest(lived(name, regime), then["columns"]) == then["digests"][f"{name}/{regime}"]


def test_the_digests_notice_what_is_switched_on() -> None:
    then = stored_digests()
    found = digest(lived("one_tie", "adversarial", **{"buyers.custom": 3.0}), then["columns"])
    assert found == then["digests"]["one_tie/adversarial"]  # it has no clause to ask for
    found = digest(
        lived("one_tie", "adversarial", **{"governance.monitoring": 1.0}), then["columns"]
    )
    assert found != then["digests"]["one_tie/adversarial"]
