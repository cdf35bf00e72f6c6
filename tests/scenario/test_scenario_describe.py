import tomllib

import pytest

from sim.reference.scenario_page import scenario_page
from sim.scenario.describe import json_schema
from sim.scenario.key_kinds import BUILT_IN
from sim.scenario.load import load
from sim.scenario.schema import Scenario, Table
from sim.scenario.template import template


def scalar_keys(model=Scenario):
    """Every key of every table that is written as a value."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Table):
            yield from scalar_keys(kind)
        elif name != "regimes":
            yield name


def test_reference_has_every_key_with_its_unit():
    text = scenario_page()
    for name in scalar_keys():
        assert name in ("issues", "conducts") or f"| `{name}` |" in text, name
    assert "## Regimes" in text and "#:schema ./scenario.schema.json" in text
    assert text.endswith("|\n") and "\n\n\n" not in text


def test_examples_in_the_reference_are_valid(write):
    blocks = [part.partition("```")[0] for part in scenario_page().split("```toml\n")[1:]]
    for number, block in enumerate(blocks):
        tomllib.loads(block)
        source = write(
            template("x") + block.replace('extends = "it_outsourcing"', ""), f"{number}.toml"
        )
        if "[market]" not in block:
            load(source)


def test_json_schema_knows_regimes_and_lets_extending_files_omit_issues():
    schema = json_schema()
    assert "required" not in schema
    regime = schema["$defs"]["RegimeTable"]
    assert set(regime["properties"]) == {"extends", "mediator", "negotiation", "reviews"}
    for reference in regime["properties"].values():
        assert "$ref" not in reference or reference["$ref"].split("/")[-1] in schema["$defs"]
    assert schema["$defs"]["Run"]["properties"]["months"]["maximum"] == 12_000


@pytest.mark.parametrize("name", ["mine", 'say "hi"', "back\\slash", "new\nline", "\0"])
def test_template_is_a_valid_scenario(name, write):
    loaded = load(write(template(name)))
    assert loaded.regimes()[len(BUILT_IN) :] == ["poor_mediator"]
    assert loaded.scenario.title in (name, "a new world")
