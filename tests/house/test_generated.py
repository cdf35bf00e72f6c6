"""Generated files equal what their generators write: `make docs` rewrites them."""

from pathlib import Path

import pytest

from sim.reference.claims_page import claims_page
from sim.reference.data_page import data_page
from sim.reference.scenario_page import scenario_page
from sim.reference.strategies_page import strategies_page
from sim.scenario.describe import schema_text

REPOSITORY = Path(__file__).resolve().parents[2]
GENERATED = {
    "docs/scenario.md": scenario_page,
    "docs/data.md": data_page,
    "docs/claims.md": claims_page,
    "docs/strategies.md": strategies_page,
    "scenarios/scenario.schema.json": schema_text,
}


@pytest.mark.parametrize("name", GENERATED)
def test_it_is_up_to_date(name):
    assert (REPOSITORY / name).read_text(encoding="utf-8") == GENERATED[name](), "run `make docs`"
