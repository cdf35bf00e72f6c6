"""Regimes: the five built-in ones, those a scenario defines, and the scenario under each of them.

Every style of mediation has a control, its *machine*: the same procedure run by something that knows
nothing and is free. The machine less no mediator is the worth of the procedure; a mediator less its machine
is the worth of that mediator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sim.scenario.key_kinds import BUILT_IN, MACHINE
from sim.scenario.layers import Origin, Tree
from sim.scenario.lines import Keys
from sim.scenario.mediator_keys import Fee
from sim.scenario.schema import RegimeTable, Scenario
from sim.words import Institution

MAY_CHANGE = ("mediator", "negotiation", "reviews")
KNOWS_NOTHING: dict[str, Any] = {  # and is free: the keys of [mediator] that a machine replaces
    "competence": 0.0, "competence_spread": 0.0, "bias": 0.0, "bias_spread": 0.0, "discretion": 1.0,
    "cost": 0.0, "fee": dict.fromkeys(Fee.model_fields, 0.0),
}  # fmt: skip
MACHINE_PREFIX = f"{MACHINE}:"
EXTENDS_DEFAULT = RegimeTable.model_fields["extends"].default


@dataclass(frozen=True)
class ResolvedRegime:
    """One regime ready to run: its scenario with the regime's keys merged in, and no further regimes."""

    name: str
    institution: Institution
    scenario: Scenario


def name_of_base(name: str, regimes: Mapping[str, Any]) -> str:
    """Return the name of the regime that a regime extends, "" if it is not valid."""
    table = regimes.get(name)
    found = table.get("extends", EXTENDS_DEFAULT) if isinstance(table, dict) else ""
    return found if isinstance(found, str) else ""


def cyclic_regimes(regimes: Mapping[str, Any]) -> set[str]:
    """Return the regimes that extend themselves, directly or through others."""
    found: set[str] = set()
    walk_of: dict[str, int] = {}  # by name, on which walk
    for walk, start in enumerate(regimes):
        name = start
        while name in regimes and name not in BUILT_IN and name not in walk_of:
            walk_of[name] = walk
            name = name_of_base(name, regimes)
        if walk_of.get(name) == walk:
            while name not in found:
                found.add(name)
                name = name_of_base(name, regimes)
    return found


def under_regimes(tree: Tree) -> Iterator[tuple[str, str, Tree]]:
    """Yield name, institution and tree of every regime whose chain of bases is valid.

    A regime is merged over the tree of its base, so that a long chain is walked once.
    """
    regimes = tree.data.get("regimes", {})
    children: dict[str, list[str]] = {}
    for name in regimes:
        if name not in BUILT_IN:
            children.setdefault(name_of_base(name, regimes), []).append(name)
    waiting = [(name, institution_of(root), _built_in(root, tree)) for root in BUILT_IN
               for name in children.get(root, ())]  # fmt: skip
    while waiting:
        name, institution, below = waiting.pop()
        merged = below.copy()
        _lay_regime(merged, name, tree)
        waiting += [(child, institution, merged) for child in children.get(name, ())]
        yield name, institution, _without_functions(merged, institution)


def institution_of(name: str) -> str:
    """Return the institution of a built-in regime: that of a machine is `mediated`."""
    return "mediated" if name == MACHINE else name


def _built_in(name: str, tree: Tree) -> Tree:
    """Return the tree of a built-in regime, over which others are merged; it shares `tree`'s data."""
    alone = _without_regimes(tree)
    return _lay_machine(alone.copy()) if name == MACHINE else alone


def _lay_machine(tree: Tree) -> Tree:
    """Merge the keys of a machine over the mediator's."""
    tree.merge({"mediator": KNOWS_NOTHING}, tree.origin)
    return tree


def _without_regimes(tree: Tree) -> Tree:
    data = {key: value for key, value in tree.data.items() if key != "regimes"}
    origins = {keys: origin for keys, origin in tree.origins.items() if keys[:1] != ("regimes",)}
    return Tree(data, origins, tree.consent, tree.as_written)


def _lay_regime(merged: Tree, name: str, tree: Tree) -> None:
    """Merge the keys that a regime changes over its base."""
    own = tree.data["regimes"][name]
    root: Keys = ("regimes", name)

    def place(keys: Keys) -> Origin:
        return replace(tree.origin((*root, *keys)), under=root)

    merged.merge({key: own[key] for key in MAY_CHANGE if key in own}, place)


def _without_functions(merged: Tree, institution: str) -> Tree:
    """Return a tree whose mediator has no functions, unless the institution has a mediator."""
    if institution == "mediated" or not isinstance(merged.data.get("mediator", {}), dict):
        return merged
    mediator = {**merged.data.get("mediator", {}), "functions": []}
    return merged.with_data({**merged.data, "mediator": mediator})


def regime_data(scenario: Scenario) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return institution and data of every regime of a validated scenario; each chain is walked once."""
    tree = Tree(scenario.model_dump())
    built_in = {}
    for name in BUILT_IN:
        institution = institution_of(name)
        built_in[name] = institution, _without_functions(_built_in(name, tree), institution).data
    return built_in | {
        name: (kind, regime_tree.data) for name, kind, regime_tree in under_regimes(tree)
    }


def resolve(name: str, regimes: Mapping[str, tuple[str, dict[str, Any]]]) -> ResolvedRegime:
    """Return a regime by name; `regimes` is what `regime_data` returns."""
    institution, data = regimes[name]
    return ResolvedRegime(name, Institution[institution.upper()], Scenario.model_validate(data))


def machine_of(regime: ResolvedRegime) -> ResolvedRegime:
    """Return the control of a mediated regime: the same, with a mediator that knows nothing and is free.

    The control of `mediated` is the built-in `machine`; that of NAME is called `machine:NAME`.
    """
    tree = _lay_machine(Tree(regime.scenario.model_dump()))
    name = MACHINE if regime.name == "mediated" else f"{MACHINE_PREFIX}{regime.name}"
    return ResolvedRegime(name, regime.institution, Scenario.model_validate(tree.data))


def regime_of_machine(name: object) -> str:
    """Return the regime whose control `machine:NAME` is, "" for any other name."""
    return (
        name.removeprefix(MACHINE_PREFIX)
        if isinstance(name, str) and name.startswith(MACHINE_PREFIX)
        else ""
    )
