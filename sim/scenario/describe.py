"""The JSON Schema of a scenario, for editors; `sim/reference/scenario_page.py` describes it for readers."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from sim.scenario.expected_values import schema
from sim.scenario.regimes import MAY_CHANGE

EDITOR_LINE = "#:schema ./scenario.schema.json"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, for editors that complete and check TOML.

    `issues` is not required here: a file that extends another may omit it.
    """
    tree = deepcopy(schema())
    tree["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    tree.pop("required", None)
    regime = tree["$defs"]["RegimeTable"]
    regime["properties"] |= {
        name: {"$ref": tree["properties"][name]["$ref"]} for name in MAY_CHANGE
    }
    regime["additionalProperties"] = False
    return tree


def schema_text() -> str:
    """Return the JSON Schema as the text of a file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
