"""Generated files say what their generators say: `make docs` writes them again."""

from pathlib import Path

import pytest

from sim.scenario.describe import scenario_reference, schema_text
from sim.study.describe import data_reference
from sim.study.describe_claims import claims_reference
from sim.study.describe_strategies import strategies_reference

REPOSITORY = Path(__file__).resolve().parents[2]
GENERATED = {
    "docs/scenario.md": scenario_reference,
    "docs/data.md": data_reference,
    "docs/claims.md": claims_reference,
    "docs/strategies.md": strategies_reference,
    "scenarios/scenario.schema.json": schema_text,
}


@pytest.mark.parametrize("name", GENERATED)
def test_it_is_up_to_date(name):
    assert (REPOSITORY / name).read_text(encoding="utf-8") == GENERATED[name](), "run `make docs`"
