"""All problems of a scenario at once, each with its place, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from sim.errors import Problem, closest_name
from sim.scenario.combinations import Fault, find_faults
from sim.scenario.expected_values import (
    default_of,
    describe_key,
    key_names,
    nearest_key,
    nearest_word,
    schema,
)
from sim.scenario.expected_values import node_at as schema_at
from sim.scenario.key_kinds import BUILT_IN
from sim.scenario.layers import STYLES, Origin, Tree
from sim.scenario.lines import Keys
from sim.scenario.regimes import MAY_CHANGE, cyclic_regimes, name_of_base, under_regimes
from sim.scenario.schema import Scenario
from sim.scenario.values import show, show_key

_REGIME_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
LONGEST_CHAIN, MOST_NAMED = 12, 40  # at most so many regimes are named in one message
_MISSING = object()

Found = tuple[Origin, Problem]


def validate(tree: Tree, reads: set[Keys] | None = None) -> tuple[Scenario | None, list[Problem]]:
    """Return a merged scenario, None if a key is wrong, and all its problems: base files first, in order of lines.

    The path of every key that is checked together with others is added to `reads`.
    """
    scenario, wrong = _parse(tree.data)
    found = [*_scenario_problems(tree, wrong, reads), *_regime_problems(tree, reads)]
    once = {problem: origin for origin, problem in reversed(found)}
    return scenario, sorted(
        once, key=lambda problem: (once[problem].rank, once[problem].line, problem.key)
    )


def _scenario_problems(
    tree: Tree, wrong: dict[Keys, str], reads: set[Keys] | None
) -> Iterator[Found]:
    """Yield what is wrong with single keys, then with combinations of those that are right."""
    for keys, kind in wrong.items():
        if kind == "unknown":
            yield _unknown(tree, keys)
        elif kind == "missing":
            yield _found(tree, keys, f"missing; want {describe_key(keys)}", show_value=False)
        else:
            near = nearest_word(keys, _value(tree.data, keys))
            yield _found(tree, keys, f"want {describe_key(keys)}", near)
    for fault in find_faults(tree, set(wrong), reads):
        yield _found(tree, *_latest_key(tree, fault))


def _parse(data: dict[str, Any]) -> tuple[Scenario | None, dict[Keys, str]]:
    """Return a scenario, and the paths that pydantic refuses, each with "unknown", "missing" or "wrong"."""
    try:
        return Scenario.model_validate(data), {}
    except ValidationError as error:
        refused = error.errors(include_url=False, include_context=False, include_input=False)
    found: dict[Keys, str] = {}
    for item in refused:
        keys = _locate(data, item["loc"])
        if item["type"] == "missing":
            found[(*keys, item["loc"][-1])] = "missing"
        elif item["type"] == "extra_forbidden" or "[key]" in item["loc"]:
            found[keys] = "unknown"
        else:
            found.setdefault(keys, "wrong")
    inner = {keys[:end] for keys in found for end in range(len(keys))}
    return None, {keys: kind for keys, kind in found.items() if keys not in inner}


def _locate(data: Any, loc: tuple[str | int, ...]) -> Keys:
    """Return the path into the data of a pydantic location, which also names union members."""
    keys: Keys = ()
    for part in loc:
        is_key = isinstance(data, dict) and part in data
        if is_key or (isinstance(data, list) and isinstance(part, int)):
            keys, data = (*keys, part), data[part]
    return keys


def _unknown(tree: Tree, keys: Keys) -> Found:
    table = keys[:-1]
    known = key_names(schema_at(table))
    place = f"[{show_key(_with_issue_name(tree.data, table))}]" if table else "a scenario"
    near = nearest_key(keys)
    if table == STYLES:
        return _found(tree, keys, f"want one of {', '.join(known)}", near)
    choice = "" if near else f"; known are {', '.join(known)}"
    return _found(tree, keys, f"no such key in {place}{choice}", near)


def _latest_key(tree: Tree, fault: Fault) -> tuple[Keys, str]:
    """Return the key of an impossible combination that was written last."""
    return max(fault, key=lambda item: (item[0] in tree.origins, tree.origin(item[0]).rank))


def _found(tree: Tree, keys: Keys, want: str, near: str = "", *, show_value: bool = True) -> Found:
    origin = tree.origin(keys)
    value = _value(tree.data, keys)
    if value is _MISSING:
        value = default_of(keys)
    text = show(value) if show_value and value is not None else ""
    name = show_key((*origin.under, *_with_issue_name(tree.data, keys)))
    return origin, Problem(origin.where, name or "scenario", text, want, near)


def _value(data: Any, keys: Keys) -> Any:
    for part in keys:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return data


def _with_issue_name(data: dict[str, Any], keys: Keys) -> Keys:
    """Return a path that refers to an issue by name instead of index, if the name is unique."""
    if len(keys) < 2 or keys[0] != "issues":
        return keys
    issues = data.get("issues")
    called = [item.get("name") if isinstance(item, dict) else None for item in issues or ()]
    name = called[int(keys[1])]
    if isinstance(name, str) and name and called.count(name) == 1:
        return ("issues", name, *keys[2:])
    return keys


def _regime_problems(tree: Tree, reads: set[Keys] | None) -> Iterator[Found]:
    """Yield what is wrong with each defined regime, and with the scenario under it."""
    regimes = tree.data.get("regimes")
    if not isinstance(regimes, dict):
        return
    endless = cyclic_regimes(regimes)
    for name, table in regimes.items():
        if not isinstance(table, dict):
            continue
        yield from _name_faults(tree, name)
        yield from _key_faults(tree, name, table)
        if name not in BUILT_IN:
            yield from _chain_faults(tree, name, regimes, endless)
    for name, institution, merged in under_regimes(tree):
        if institution != "mediated" and "mediator" in regimes[name]:
            want = f"want it left out: a regime that extends '{institution}' has no mediator"
            yield _found(tree, ("regimes", name, "mediator"), want)
        yield from _scenario_problems(merged, _parse(merged.data)[1], reads)


def _name_faults(tree: Tree, name: str) -> Iterator[Found]:
    keys: Keys = ("regimes", name)
    if name in BUILT_IN:
        yield _found(tree, keys, f"want another name: '{name}' is built in", show_value=False)
    elif not _REGIME_NAME.fullmatch(name):
        want = "want a name of at most 40 letters, digits, - and _"
        yield _found(tree, keys, want, show_value=False)


def _key_faults(tree: Tree, name: str, table: dict[str, Any]) -> Iterator[Found]:
    allowed = ("extends", *MAY_CHANGE)
    for key in table:
        if key not in allowed:
            is_key = key in key_names(schema())
            why = "regimes change institutions, never people or luck" if is_key else "no such key"
            want = f"{why}; want only keys of mediator and negotiation"
            yield _found(tree, ("regimes", name, key), want, closest_name(key, allowed))


def _has_base_name(table: Any) -> bool:
    """Return whether what a regime extends is a text; anything else is reported as a wrong value."""
    return isinstance(table, dict) and isinstance(table.get("extends", ""), str)


def _chain_faults(
    tree: Tree, name: str, regimes: dict[str, Any], endless: set[str]
) -> Iterator[Found]:
    keys: Keys = ("regimes", name, "extends")
    following = name_of_base(name, regimes)
    if name in endless:
        chain = [name, following]
        while chain[-1] != name and len(chain) < LONGEST_CHAIN:
            chain.append(name_of_base(chain[-1], regimes))
        chain += ["…"] if chain[-1] != name else []
        want = f"want a chain that ends in a built-in regime, not {' → '.join(chain)}"
        yield _found(tree, keys, want)
    elif following not in (*BUILT_IN, *regimes) and _has_base_name(regimes[name]):
        options = list(dict.fromkeys([*BUILT_IN, *(r for r in regimes if r != name)]))
        more = f" and {len(options) - MOST_NAMED} more" if len(options) > MOST_NAMED else ""
        want = f"want one of {', '.join(options[:MOST_NAMED])}{more}"
        yield _found(tree, keys, want, closest_name(following, options))
