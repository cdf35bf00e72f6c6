"""The arguments of a Mesa model, checked: numbers, keys, and which strategy plays which agent."""

from __future__ import annotations

import operator
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from sim.errors import Problem, ScenarioError, closest_name
from sim.scenario.load import ResolvedRegime
from sim.scenario.schema import Scenario
from sim.words import Institution

HIGHEST_SEED = 2**63 - 1  # of seeds and worlds, which must fit a signed 64-bit integer
CONCESSION_PROTOCOL = "alternating_offers"  # the only one in which sides concede turn by turn
AgentKey = tuple[str, int]


def argument_error(
    name: str, value: Any, want: str, near: str = "", where: str = "model"
) -> ScenarioError:
    """Return the error that reports a value and what was wanted instead."""
    return ScenarioError([Problem(where, name, repr(value), want, near)])


def parse_whole_number(name: str, value: Any, where: str = "model") -> int:
    """Return a whole number from 0 to `HIGHEST_SEED`, given as a number or as text.

    Raises ScenarioError otherwise.
    """
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        number = int(value.strip()) if isinstance(value, str) else operator.index(value)
        if 0 <= number <= HIGHEST_SEED:
            return number
    except (TypeError, ValueError):
        pass
    want = f"want a whole number from 0 to {HIGHEST_SEED:_}"
    raise argument_error(name, value, want, where=where) from None


def check_choice(name: str, value: Any, known: Collection[str]) -> str:
    """Return one of the `known` words, or raise ScenarioError with the nearest one."""
    if value not in known:
        raise argument_error(
            name, value, f"want one of {', '.join(known)}", closest_name(str(value), [*known])
        ) from None
    return str(value)


def override_keys(
    overrides: Mapping[str, Any] | None, extra: Mapping[str, Any], arguments: Sequence[str]
) -> dict[str, Any]:
    """Return overrides and keyword arguments as dotted keys; `a__b` stands for `a.b`.

    Raises ScenarioError if a keyword is a misspelt argument of the model, or if a key comes twice.
    """
    keys = dict(overrides or {})
    named: set[str] = set()
    for name, value in extra.items():
        key = name.replace("__", ".")
        if key in named:
            raise argument_error(name, value, f"given twice; want {key} once")
        if "." not in key and key not in Scenario.model_fields:
            near = get_close_matches(
                name, arguments, n=1, cutoff=0.75
            )  # strict enough that "needs" is not read as "seed"
            if near:
                raise argument_error(name, value, "no such argument", near[0])
        named.add(key)
        keys.pop(key, None)
        keys[key] = value
    return keys


def parse_agent_key(name: str, key: Any, counts: Mapping[str, int]) -> AgentKey:
    """Return (kind, row) of `("buyer", 3)`, or of `3` for buyer 3, or raise ScenarioError."""
    kind, row = key if isinstance(key, tuple) and len(key) == 2 else ("buyer", key)
    try:
        if 0 <= operator.index(row) < counts[kind] and not isinstance(row, bool):
            return kind, operator.index(row)
    except (KeyError, TypeError):
        pass
    known = " or ".join(f'("{k}", 0 to {n - 1})' for k, n in counts.items() if n)
    near = closest_name(str(kind), [*counts]) if kind not in counts else ""
    raise argument_error(name, key, f"want {known}", near) from None


def strategies_by_agent(
    given: Mapping[Any, Any] | None, counts: Mapping[str, int]
) -> dict[AgentKey, Any]:
    """Return strategies by (kind, row); each is a function of a turn or has a method `aspiration`.

    Raises ScenarioError if a strategy or its agent is none.
    """
    found: dict[AgentKey, Any] = {}
    sides = {kind: counts[kind] for kind in ("buyer", "vendor")}
    for key, strategy in (given or {}).items():
        if not callable(getattr(strategy, "aspiration", strategy)):
            want = "want a function of a turn, or an object with a method `aspiration`"
            raise argument_error("strategies", strategy, want)
        found[parse_agent_key("strategies", key, sides)] = strategy
    return found


def check_strategies_are_asked(regime: ResolvedRegime) -> None:
    """Raise ScenarioError if nobody concedes under this regime: strategies would never be asked."""
    protocol = regime.scenario.negotiation.protocol
    if regime.institution == Institution.PLANNER:
        raise argument_error(
            "regime", regime.name, "nobody talks here; want one where strategies count"
        )
    if protocol != CONCESSION_PROTOCOL:
        raise argument_error(
            "negotiation.protocol", protocol, f'nobody concedes here; want "{CONCESSION_PROTOCOL}"'
        )
