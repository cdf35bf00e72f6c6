"""Shipped scenarios without the institutions every contract has, as `bare_outsourcing` leaves them out.

A test of one mechanism starts from these: nobody then reviews, watches, asks, leaves or errs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sim.scenario.load import LoadedScenario, load
from sim.scenario.shipped import find

BARE: dict[str, Any] = {
    f"{table}.{name}": value
    for table, keys in tomllib.loads(find("bare_outsourcing", Path()).read_text("utf-8")).items()
    if isinstance(keys, dict)
    for name, value in keys.items()
}


def bare(scenario: str, overrides: Mapping[str, Any] | None = None) -> LoadedScenario:
    """Return a shipped scenario without institutions, and with overrides on top of that."""
    own = dict(overrides or {})
    asked = scenario, repr(own)
    if asked not in _known:
        _known[asked] = _bare(scenario, own)
    return _known[asked]


_known: dict[tuple[str, str], LoadedScenario] = {}  # nothing loaded can be written to
_whole = cache(load)


def _bare(scenario: str, own: dict[str, Any]) -> LoadedScenario:
    whole = _whole(scenario).scenario
    issues = whole.issues if "issues" not in own else []
    ranges = {f"issues.{issue.name}.worth_range": 0.0 for issue in issues if issue.worth_range}
    does = own.get("mediator.functions", whole.mediator.functions)
    style = {} if "broker" in does else {"mediator.style": []}  # no drafts, no style
    return load(scenario, {**BARE, **style, **ranges, **own})
