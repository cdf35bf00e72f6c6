"""The strategies of a scenario's sides: their notation, and the columns that compiled rules read.

A strategy is a name of the catalogue, a name with settings, or a custom `path.py:Name`; a side plays one,
or a mixture with weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import SimError
from sim.scenario.parameters.setup_tables import MAX_STRATEGIES
from sim.strategies.catalogue import ConfiguredStrategy, parse_scenario_strategy
from sim.summation import ordered_sum

if TYPE_CHECKING:
    from sim.scenario.party_keys import Buyers, Vendors
    from sim.scenario.schema import Scenario

COLUMNS = {"exponent": "e"}  # columns that have another name than their setting


def weights_of(side: Buyers | Vendors) -> dict[str, float]:
    """Return the strategies of a side with their weights."""
    return {side.strategy: 1.0} if isinstance(side.strategy, str) else dict(side.strategy)


def describe_strategy(strategy: str | Mapping[str, float]) -> str:
    """Return in words what a side plays: one strategy, or a mixture with the share of each."""
    if isinstance(strategy, str):
        return strategy
    total = ordered_sum(strategy.values())
    return ", ".join(f"{name} {100 * weight / total:.0f} %" for name, weight in strategy.items())


def seated_strategies(scenario: Scenario) -> dict[str, ConfiguredStrategy]:
    """Return the strategies of both sides by text, in the order of their numbers.

    They are numbered in the order of the catalogue, custom ones after all others.
    """
    texts = {**weights_of(scenario.buyers), **weights_of(scenario.vendors)}
    plays = {text: parse_scenario_strategy(text) for text in texts}
    return dict(sorted(plays.items(), key=lambda item: (item[1].place, item[0])))


def strategy_columns(scenario: Scenario, numbers: tuple[str, ...]) -> dict[str, Any]:
    """Return the columns of strategies that compiled rules read: cumulative weights, then a row for each."""
    plays = seated_strategies(scenario)
    if len(plays) > MAX_STRATEGIES:
        raise SimError(f"{len(plays)} strategies: want at most {MAX_STRATEGIES} in one scenario")
    mixture = np.ones((2, MAX_STRATEGIES))
    for k, side in enumerate([weights_of(scenario.buyers), weights_of(scenario.vendors)]):
        weights = np.array([side.get(text, 0.0) for text in plays])
        last = int(np.flatnonzero(weights)[-1])
        mixture[k, :last] = np.cumsum(weights / np.cumsum(weights)[-1])[:last]
    found: dict[str, Any] = {"mixture": mixture}
    found["family"] = [int(p.strategy.family) for p in plays.values()]
    found["accepting"] = [int(p.accept) for p in plays.values()]
    found["rule"] = [0 if p.custom is None else p.custom.address for p in plays.values()]
    for name in numbers:
        found[name] = [p[COLUMNS.get(name, name)] for p in plays.values()]
    return found
