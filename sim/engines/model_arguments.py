"""What a person asks of a Mesa model, checked: numbers, keys, and who is played by what."""

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

HIGHEST = 2**63 - 1  # seeds and worlds are 64-bit words with a sign to spare
PROTOCOL = "alternating_offers"
Who = tuple[str, int]


def refuse(name: str, value: Any, want: str, near: str = "", where: str = "model") -> ScenarioError:
    """Return the error that says what was wanted instead of a value."""
    return ScenarioError([Problem(where, name, repr(value), want, near)])


def whole(name: str, value: Any, where: str = "model") -> int:
    """Return a whole number from 0 on, out of a number or text; raise ScenarioError."""
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        number = int(value.strip()) if isinstance(value, str) else operator.index(value)
        if 0 <= number <= HIGHEST:
            return number
    except (TypeError, ValueError):
        pass
    want = f"want a whole number from 0 to {HIGHEST:_}"
    raise refuse(name, value, want, where=where) from None


def one_of(name: str, value: Any, known: Collection[str]) -> str:
    """Return a word out of a few; raise ScenarioError with the nearest one."""
    if value not in known:
        raise refuse(
            name, value, f"want one of {', '.join(known)}", closest_name(str(value), [*known])
        ) from None
    return str(value)


def keys_of(
    overrides: Mapping[str, Any] | None, extra: Mapping[str, Any], arguments: Sequence[str]
) -> dict[str, Any]:
    """Return overrides and keyword arguments as dotted keys; `a__b` stands for `a.b`.

    Raises ScenarioError where a keyword is none of `arguments`, but nearly, or a key comes twice.
    """
    keys = dict(overrides or {})
    named: set[str] = set()
    for name, value in extra.items():
        key = name.replace("__", ".")
        if key in named:
            raise refuse(name, value, f"given twice; want {key} once")
        if "." not in key and key not in Scenario.model_fields:
            near = get_close_matches(name, arguments, n=1, cutoff=0.75)  # "needs" is no seed
            if near:
                raise refuse(name, value, "no such argument", near[0])
        named.add(key)
        keys.pop(key, None)
        keys[key] = value
    return keys


def who(name: str, key: Any, counts: Mapping[str, int]) -> Who:
    """Return (kind, row) of `("buyer", 3)`, or of `3` for buyer 3; raise ScenarioError."""
    kind, row = key if isinstance(key, tuple) and len(key) == 2 else ("buyer", key)
    try:
        if 0 <= operator.index(row) < counts[kind] and not isinstance(row, bool):
            return kind, operator.index(row)
    except (KeyError, TypeError):
        pass
    known = " or ".join(f'("{k}", 0 to {n - 1})' for k, n in counts.items() if n)
    near = closest_name(str(kind), [*counts]) if kind not in counts else ""
    raise refuse(name, key, f"want {known}", near) from None


def players(given: Mapping[Any, Any] | None, counts: Mapping[str, int]) -> dict[Who, Any]:
    """Return strategies by (kind, row), each a function or an object with `aspiration`."""
    found: dict[Who, Any] = {}
    sides = {kind: counts[kind] for kind in ("buyer", "vendor")}
    for key, strategy in (given or {}).items():
        if not callable(getattr(strategy, "aspiration", strategy)):
            want = "want a function of a turn, or an object with a method `aspiration`"
            raise refuse("strategies", strategy, want)
        found[who("strategies", key, sides)] = strategy
    return found


def check_talks(regime: ResolvedRegime) -> None:
    """Raise ScenarioError where nobody concedes, so that no strategy would ever be asked."""
    protocol = regime.scenario.negotiation.protocol
    if regime.institution == Institution.PLANNER:
        raise refuse("regime", regime.name, "nobody talks here; want one where strategies count")
    if protocol != PROTOCOL:
        raise refuse("negotiation.protocol", protocol, f'nobody concedes here; want "{PROTOCOL}"')
