"""The data dictionary describes every column that is written."""

from __future__ import annotations

from sim.records import TABLES
from sim.reference.data_page import data_page
from sim.words import Event


def test_every_column_and_every_kind_of_event_is_explained() -> None:
    text = data_page()
    for columns in TABLES.values():
        for c in columns:
            assert f"| `{c.name}` | {c.dtype} | {c.unit} | " in text
            assert c.meaning.replace("|", "\\|") in text
    for kind in Event:
        assert f"| {kind.value} | {kind.name.lower()} | " in text


def test_every_table_row_has_as_many_cells_as_its_head() -> None:
    cells = 0
    for line in data_page().splitlines():
        if line.startswith("|"):
            count = line.replace("\\|", "").count("|")
            cells = cells or count
            assert count == cells, line
        else:
            cells = 0
