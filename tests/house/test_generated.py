"""Generated files equal what their generators write: `make docs` rewrites them."""

from pathlib import Path

import pytest

from sim.mediation.styles.style_catalogue import CATALOGUE
from sim.reference.claims_page import claims_page
from sim.reference.custom_mediator_page import custom_mediator_recipe
from sim.reference.data_page import data_page
from sim.reference.mediators_page import introduction, style_section
from sim.reference.scenario_page import scenario_page
from sim.reference.strategies_page import strategies_page
from sim.reference.validation_page import INTRO as VALIDATION_INTRO
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


def parts_of_mediators() -> list[str]:
    """Return what `docs/mediators.md` says that no simulation has to be run for."""
    return [introduction(), *map(style_section, CATALOGUE), custom_mediator_recipe()]


@pytest.mark.parametrize(
    ("name", "parts", "command"),
    [
        ("docs/mediators.md", parts_of_mediators, "make mediators"),
        ("docs/validation.md", lambda: [VALIDATION_INTRO], "make validation"),
    ],
)
def test_the_words_of_a_page_of_results_are_up_to_date(name, parts, command):
    page = (REPOSITORY / name).read_text(encoding="utf-8")
    lines = [line for part in parts() for line in part.splitlines() if "{" not in line]
    assert [line for line in lines if line not in page] == [], f"run `{command}`"
