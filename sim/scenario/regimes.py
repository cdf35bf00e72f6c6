"""Regimes: the four built in, those a scenario defines, and the scenario as each of them has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sim.scenario.keys import INSTITUTIONS
from sim.scenario.layers import Origin, Tree
from sim.scenario.lines import Keys
from sim.scenario.schema import RegimeTable, Scenario
from sim.words import Institution

MAY_CHANGE = ("mediator", "negotiation", "reviews")
EXTENDS_DEFAULT = RegimeTable.model_fields["extends"].default


@dataclass(frozen=True)
class ResolvedRegime:
    """One regime ready to run: the scenario with its keys merged in, and no further regimes."""

    name: str
    institution: Institution
    scenario: Scenario


def extended(name: str, regimes: Mapping[str, Any]) -> str:
    """Return what a regime extends, or "" where that cannot be told."""
    table = regimes.get(name)
    found = table.get("extends", EXTENDS_DEFAULT) if isinstance(table, dict) else ""
    return found if isinstance(found, str) else ""


def rounds(regimes: Mapping[str, Any]) -> set[str]:
    """Return the regimes that extend themselves, by way of others or at once."""
    found: set[str] = set()
    met: dict[str, int] = {}  # by name, on which walk
    for walk, start in enumerate(regimes):
        name = start
        while name in regimes and name not in INSTITUTIONS and name not in met:
            met[name] = walk
            name = extended(name, regimes)
        if met.get(name) == walk:
            while name not in found:
                found.add(name)
                name = extended(name, regimes)
    return found


def under_regimes(tree: Tree) -> Iterator[tuple[str, str, Tree]]:
    """Yield name, built-in ancestor and tree of every regime whose chain is not broken.

    A regime is laid over the tree of the one it extends, so that a long chain is walked once.
    """
    regimes = tree.data.get("regimes", {})
    children: dict[str, list[str]] = {}
    for name in regimes:
        if name not in INSTITUTIONS:
            children.setdefault(extended(name, regimes), []).append(name)
    waiting = [(name, root, _without_regimes(tree)) for root in INSTITUTIONS
               for name in children.get(root, ())]  # fmt: skip
    while waiting:
        name, root, below = waiting.pop()
        merged = below.copy()
        _lay_regime(merged, name, tree)
        waiting += [(child, root, merged) for child in children.get(name, ())]
        yield name, root, _without_functions(merged, root)


def _without_regimes(tree: Tree) -> Tree:
    data = {key: value for key, value in tree.data.items() if key != "regimes"}
    origins = {keys: origin for keys, origin in tree.origins.items() if keys[:1] != ("regimes",)}
    return Tree(data, origins, tree.consent, tree.as_written).copy()


def _lay_regime(merged: Tree, name: str, tree: Tree) -> None:
    """Lay what a regime changes over what it extends."""
    own = tree.data["regimes"][name]
    root: Keys = ("regimes", name)

    def place(keys: Keys) -> Origin:
        return replace(tree.origin((*root, *keys)), under=root)

    merged.lay({key: own[key] for key in MAY_CHANGE if key in own}, place)


def _without_functions(merged: Tree, institution: str) -> Tree:
    """Return a tree whose mediator does nothing, unless the institution has one."""
    if institution == "mediated" or not isinstance(merged.data.get("mediator", {}), dict):
        return merged
    mediator = {**merged.data.get("mediator", {}), "functions": []}
    return merged.with_data({**merged.data, "mediator": mediator})


def laid_out(scenario: Scenario) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return built-in ancestor and data of every regime of a validated scenario, chains walked once."""
    tree = Tree(scenario.model_dump())
    built_in = {
        name: (name, _without_functions(_without_regimes(tree), name).data) for name in INSTITUTIONS
    }
    return built_in | {name: (root, one.data) for name, root, one in under_regimes(tree)}


def resolve(name: str, laid: Mapping[str, tuple[str, dict[str, Any]]]) -> ResolvedRegime:
    """Return a regime of those that are laid out."""
    root, data = laid[name]
    return ResolvedRegime(name, Institution[root.upper()], Scenario.model_validate(data))
