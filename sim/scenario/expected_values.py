"""What each key expects, in words, read from the schema; and suggestions for wrong names."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from sim.errors import closest_name
from sim.scenario.lines import Keys
from sim.scenario.schema import Scenario
from sim.scenario.values import show_key

Node = dict[str, Any]
SYNONYMS = {  # words that users write for a key of another name, in any table
    "years": "run.months", "periods": "run.months", "horizon": "run.months", "steps": "run.months",
    "replicates": "run.worlds", "replications": "run.worlds", "repetitions": "run.worlds",
    "random_seed": "run.seed", "rounds": "negotiation.deadline", "max_rounds": "negotiation.deadline",
    "suppliers": "market.vendors", "sellers": "market.vendors", "customers": "market.needs",
    "clients": "market.needs", "shortlist": "market.candidates", "skill": "mediator.competence",
    "accuracy": "mediator.competence", "unit": "run.currency", "description": "title",
}  # fmt: skip
SYNONYMS_BY_TABLE = {  # the same, for words that mean something else in another table
    "market.buyers": "market.needs", "buyers.number": "market.needs", "buyers.count": "market.needs",
    "vendors.number": "market.vendors", "vendors.count": "market.vendors", "run.length": "run.months",
    "run.duration": "run.months", "run.runs": "run.worlds", "run.time": "run.months", "name": "title",
    "mediator.role": "mediator.functions", "mediator.tasks": "mediator.functions",
}  # fmt: skip

MOVED_KEYS = {  # keys of earlier versions, and what replaces them
    "mediator.drafting": "style = drafter:deferential=1",
    "mediator.announce": "style = drafter:announce=0.5",
}


@cache
def schema() -> Node:
    """Return the JSON Schema of a scenario as pydantic states it; shared, so it must not be changed."""
    return Scenario.model_json_schema()


def node_at(keys: Keys) -> Node | None:
    """Return the schema of the key at `keys`, or None if there is no such key."""
    node: Node | None = schema()
    for part in keys:
        node = _step(node, part)
        if node is None:
            return None
    return node


def key_names(node: Node | None) -> list[str]:
    """Return the keys that a table may have; for a mixture the names of strategies or styles."""
    table = _alternative(node or {}, "object")
    allowed = _allowed_words(table.get("propertyNames", {}))
    return [*table.get("properties", ()), *allowed]


def _allowed_words(node: Node) -> list[str]:
    """Return the words that a node allows among its alternatives."""
    options = (resolve_reference(part) for part in node.get("anyOf", [node]))
    return [
        word
        for part in options
        for word in (_allowed_words(part) if "anyOf" in part else map(str, part.get("enum", ())))
    ]


def _fits(node: Node, name: str) -> bool:
    """Return whether a name is one of the words of a node, or matches one of its patterns."""
    patterns = [p["pattern"] for p in node.get("anyOf", [node]) if "pattern" in p]
    return name in _allowed_words(node) or any(re.search(p, name) for p in patterns)


def describe_key(keys: Keys) -> str:
    """Return in words what the key at `keys` expects.

    >>> describe_key(("mediator", "bias"))
    'a number from -1 to 1 (share)'
    """
    node = node_at(keys)
    if node is None:
        return "a key of the scenario"
    unit = node.get("unit", "-")
    return describe_node(node) + (f" ({unit})" if unit != "-" else "")


def describe_node(node: Node) -> str:
    """Return in words what a schema node expects."""
    node = resolve_reference(node)
    if "words" in node:
        return str(node["words"])
    if "anyOf" in node:
        kinds = [part.get("type") for part in node["anyOf"]]
        parts = [
            part
            for part in node["anyOf"]
            if not (part.get("type") == "integer" and "number" in kinds)
        ]
        return ", or ".join(describe_node(part) for part in parts)
    if "enum" in node:
        return f"one of {', '.join(map(str, node['enum']))}"
    if node.get("type") == "array":
        return _describe_list(node)
    if node.get("type") == "object":
        return _describe_table(node)
    noun = {"integer": "a whole number", "number": "a number", "string": "text"}[node["type"]]
    return noun + _describe_range(node)


def default_of(keys: Keys) -> Any:
    """Return the default of the key at `keys`, None if it has none."""
    return (node_at(keys) or {}).get("default")


def nearest_word(keys: Keys, value: Any) -> str:
    """Return the valid word nearest to a wrong value, or an empty string."""
    node = node_at(keys)
    if node is None or not isinstance(value, str):
        return ""
    return closest_name(value, _allowed_words(node))


def nearest_key(keys: Keys) -> str:
    """Return the key that the user may have meant by an unknown one: here, otherwise in another table."""
    name = str(keys[-1])
    if show_key(keys) in MOVED_KEYS:
        return MOVED_KEYS[show_key(keys)]
    hint = SYNONYMS_BY_TABLE.get(show_key(keys)) or SYNONYMS.get(name, "")
    if hint:
        table, _, key = hint.rpartition(".")
        return key if table == show_key(keys[:-1]) else hint
    close = closest_name(name, key_names(node_at(keys[:-1])))
    if close:
        return close
    for table in key_names(schema()):
        if name in key_names(node_at((table,))):
            return show_key((table, name))
    return ""


def resolve_reference(node: Node) -> Node:
    """Return a node with a reference replaced by its definition; keys beside the reference win."""
    if "$ref" not in node:
        return node
    target = schema()["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return {**target, **{key: value for key, value in node.items() if key != "$ref"}}


def _alternative(node: Node, kind: str) -> Node:
    """Return the alternative of `node` that is of type `kind`, or an empty node."""
    options = [resolve_reference(part) for part in node.get("anyOf", [node])]
    return next((part for part in options if part.get("type") == kind), {})


def _step(node: Node | None, part: str | int) -> Node | None:
    """Return the schema one key or one list item further down."""
    if node is None:
        return None
    if isinstance(part, int):
        items = _alternative(node, "array").get("items")
        return resolve_reference(items) if items else None
    table = _alternative(node, "object")
    named = table.get("properties", {}).get(part)
    if named is None and isinstance(table.get("additionalProperties"), dict):
        keys = table.get("propertyNames")
        named = table["additionalProperties"] if not keys or _fits(keys, str(part)) else None
    return resolve_reference(named) if named else None


def _describe_list(node: Node) -> str:
    low, high = node.get("minItems", 0), node.get("maxItems")
    count = f"{low} to {high} " if low and high else f"at most {high} " if high else ""
    item = resolve_reference(node["items"])
    if item.get("title") in ("Issue", "Conduct"):
        return f"{count}[[{item['title'].lower()}s]] tables"
    return f"a list of {count}items, each {describe_node(item)}"


def _describe_table(node: Node) -> str:
    if "propertyNames" in node:
        return f"a table of them with weights, each {describe_node(node['additionalProperties'])}"
    if node.get("title") == "Competence":
        return "a table of such numbers { buyer = …, vendor = … }"
    return "a table"


def _describe_range(node: Node) -> str:
    if node["type"] == "string":
        return ", not empty" if node.get("minLength") else ""
    low, high = node.get("minimum"), node.get("maximum")
    above, below = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    if low is not None:
        end = f" to {_number(high)}" if high is not None else ""
        return f" from {_number(low)}" + (f" to below {_number(below)}" if below else end)
    ends = [f" above {_number(above)}"] if above is not None else []
    ends += [f" at most {_number(high)}"] if high is not None else []
    return ",".join(ends)


def _number(value: float) -> str:
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.12g}"
    return text.replace(",", "_")
