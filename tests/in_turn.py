"""Every shipped scenario under one regime in turn for the quick suite, under all of them for the deep."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from sim.scenario.key_kinds import INSTITUTIONS
from sim.scenario.load import load, shipped

SCENARIOS = [name for name, _, _ in shipped()]
WORLDS = [name for name in SCENARIOS if not name.startswith("control_")]
ALWAYS = ("it_outsourcing", "secret_mediator")  # under every regime, quick suite too


@cache
def regimes_of(name: str) -> tuple[str, ...]:
    """Return the regimes of a shipped scenario, which is read once for all lists of cases."""
    return tuple(load(name).regimes())


def in_turn(
    names: Sequence[str] = SCENARIOS, regimes: Sequence[str] = (), always: Sequence[str] = ALWAYS
) -> list[Any]:
    """Return (scenario, regime) cases: `regimes`, else those that each scenario has.

    The quick suite keeps those named `always`, and of each other scenario one regime: the n-th
    scenario its n-th regime, so that every regime has its turn.
    """
    cases = []
    for place, name in enumerate(names):
        known = regimes or regimes_of(name)
        for nth, regime in enumerate(known):
            quick = name in always or nth == place % len(known)
            cases.append(pytest.param(name, regime, marks=() if quick else pytest.mark.deep))
    return cases


BUILT_IN = in_turn(regimes=INSTITUTIONS)
EVERY = in_turn()
