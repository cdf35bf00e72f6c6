"""Regimes: the four built in, those a scenario defines, and the scenario as each of them has it."""

from __future__ import annotations

from collections.abc import Mapping
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


def lineage(name: str, regimes: Mapping[str, Any]) -> list[str]:
    """Return `name` and what it extends, down to a built-in.

    The last is no built-in where the chain is broken: an unknown name, or one seen before.
    """
    chain = [name]
    while chain[-1] not in (*INSTITUTIONS, *chain[:-1]):
        table = regimes.get(chain[-1])
        following = table.get("extends", EXTENDS_DEFAULT) if isinstance(table, dict) else None
        if not isinstance(following, str):
            break
        chain.append(following)
    return chain


def under_regime(tree: Tree, chain: list[str]) -> Tree:
    """Return the tree as the first regime of an unbroken chain has it."""
    merged = tree.copy()
    regimes = merged.data.pop("regimes", {})
    for name in reversed(chain[:-1]):
        table = {key: regimes[name][key] for key in MAY_CHANGE if key in regimes[name]}
        root: Keys = ("regimes", name)

        def place(keys: Keys, root: Keys = root) -> Origin:
            return replace(tree.origin((*root, *keys)), under=root)

        merged.lay(table, place)
    if chain[-1] != "mediated" and isinstance(merged.data.setdefault("mediator", {}), dict):
        merged.data["mediator"]["functions"] = []
    return merged


def resolve(scenario: Scenario, name: str) -> ResolvedRegime:
    """Return a regime that is known to the (already validated) scenario."""
    data = scenario.model_dump()
    chain = lineage(name, data["regimes"])
    merged = under_regime(Tree(data), chain)
    return ResolvedRegime(
        name, Institution[chain[-1].upper()], Scenario.model_validate(merged.data)
    )
