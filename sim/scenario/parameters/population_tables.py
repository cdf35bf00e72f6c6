"""The population's tables: worth and cost of every level, the package that sides expect, and how far they shade.

Tables are [side, issue, level] in money to that side per month; a cost is negative worth.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.jit import plain
from sim.records import MAX_LEVELS
from sim.scenario.parameters.reservations import (
    NO_SHADES,
    Reservations,
    is_one_uniform_issue,
    reservations_for,
    shades_in_talks,
    shades_of_posted_offers,
)
from sim.scenario.parameters.style_game import game_columns
from sim.words import IssueKind

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

Ends = tuple[float, float]  # lowest cost and highest worth, money a month


class Population(NamedTuple):
    """Issues and the mean party's worth of their levels.

    By issue: kind, number of levels, value (by level), further range; by side, issue and level the mean and its
    standard deviation; by side and issue the spread. `standard` are the levels of the standard package.
    """

    kinds: list[int]
    counts: list[int]
    value: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    further: np.ndarray
    sd: np.ndarray
    standard: list[int]


def population_of(scenario: Scenario) -> Population:
    """Return the population of a scenario."""
    kinds = [int(IssueKind[issue.kind.upper()]) for issue in scenario.issues]
    count = [len(issue.levels) for issue in scenario.issues]
    n = len(kinds)
    value, mean = np.zeros((n, MAX_LEVELS)), np.zeros((2, n, MAX_LEVELS))
    spread, further = np.zeros((2, n)), np.array([issue.worth_range for issue in scenario.issues])
    for k, issue in enumerate(scenario.issues):
        if kinds[k] != IssueKind.GENERIC:
            value[k, : count[k]] = [float(v) for v in issue.levels]
        if issue.worth or issue.cost:
            mean[0, k, : count[k]] = issue.worth or 0.0
            mean[1, k, : count[k]] = np.negative(issue.cost or 0.0)
        spread[:, k] = issue.worth_spread, issue.cost_spread
    steps = np.diff(mean, axis=2, prepend=0.0) * spread[:, :, None]
    squares = steps**2
    squares[0, :, 1:] += further[:, None] ** 2
    sd = np.sqrt(np.cumsum(squares, axis=2) / 3.0)
    fill_acting_values(scenario, np.array(kinds), value, np.array(count), mean)
    standard = standard_package(kinds, count, mean)
    return Population(kinds, count, value, mean, spread, further, sd, standard)


def population_columns(population: Population) -> dict[str, Any]:
    """Return the columns of the population in a row of parameters."""
    kinds, count, value, mean, spread, further, sd, standard = population
    return {
        "issues": len(kinds),
        "kind": kinds,
        "count": count,
        "value": value,
        "average": mean,
        "spread": spread,
        "range": further,
        "mirror": mirror_factors(kinds, count, mean),
        "sd": sd,
        "standard": standard,
    }


def package_columns(scenario: Scenario, population: Population) -> tuple[dict[str, Any], Ends]:
    """Return the columns of the packages that sides expect and of how far they shade, and the ends of their values."""
    shade, posted, values = shading_of_package(scenario, population, population.standard)
    columns = {"shade": shade, "posted": posted, **game_columns(scenario, shade, values)}
    if scenario.beliefs.fixed_pie_share > 0.0:
        halfway = halfway_package(scenario, population)
        columns["halfway"] = halfway
        columns["halfway_shade"], columns["halfway_posted"], seen = shading_of_package(
            scenario, population, halfway
        )
        columns["halfway_range"] = seen[-2:]
    return columns, values[-2:]


def shading_of_package(
    scenario: Scenario, population: Population, levels: list[int]
) -> tuple[np.ndarray, np.ndarray, Reservations]:
    """Return both sides' shades in talks and of posted offers for a package, and their reservation values.

    Nobody posts offers under another protocol than take-it-or-leave-it, so their shades are 0 there.
    """
    values = reservations_for(scenario, population.mean, population.spread, levels)
    uniform = len(scenario.issues) == 1 and is_one_uniform_issue(scenario)
    bargaining = scenario.negotiation
    talks = shades_in_talks(bargaining.level, bargaining.k, values, uniform)
    posts = bargaining.protocol == "take_it_or_leave_it"
    return talks, shades_of_posted_offers(values, uniform) if posts else NO_SHADES, values


def fill_acting_values(
    scenario: Scenario, kinds: np.ndarray, value: np.ndarray, count: np.ndarray, mean: np.ndarray
) -> None:
    """Write the worth of acting issues to the population's mean party at full trust, in money a month."""
    from sim.contract import clause_value

    acting = np.flatnonzero(kinds >= IssueKind.RISK_SHARE)
    if not len(acting):
        return
    row = ColumnsOfKeys(scenario)
    worth = plain(clause_value)
    risks = (scenario.buyers.risk_aversion, scenario.vendors.risk_aversion)
    for k in acting:
        for level in range(count[k]):
            for side in (0, 1):
                mean[side, k, level] = worth(
                    side, kinds[k], value[k, level], row,
                    (risks[side], scenario.vendors.productivity, scenario.delivery.alignment,
                     scenario.buyers.cooperation),
                    1.0,
                )  # fmt: skip


class ColumnsOfKeys:
    """The keys of a scenario by the names of their columns, for rules that run before there is a row."""

    def __init__(self, scenario: Scenario):
        self._scenario = scenario

    def __getattr__(self, name: str) -> np.float64:
        table, key = columns_of_keys()[name]
        return np.float64(getattr(getattr(self._scenario, table), key))


@cache
def columns_of_keys() -> dict[str, tuple[str, str]]:
    """Return (table, key) by the name of a key's column, as in {"problems_rate": ("problems", "rate")}."""
    from sim.scenario.schema import Scenario

    return {
        f"{table}_{key}": (table, key)
        for table, field in Scenario.model_fields.items()
        for key in getattr(field.annotation, "model_fields", ())
    }


def standard_package(kinds: list[int], count: list[int], mean: np.ndarray) -> list[int]:
    """Return the levels of highest mean joint surplus; a generic tie goes to the higher level."""
    standard = []
    for k, kind in enumerate(kinds):
        joint = mean[0, k, : count[k]] + mean[1, k, : count[k]]
        tied = np.flatnonzero(joint >= joint.max())
        standard.append(int(tied[-1] if kind == IssueKind.GENERIC else tied[0]))
    return standard


def mirror_factors(kinds: list[int], count: list[int], mean: np.ndarray) -> list[float]:
    """Return the factors by which sides with the fixed-pie error take their own table for the other's loss."""
    from sim.bargain.beliefs import fixed_pie_scale

    row = SimpleNamespace(issues=len(kinds), kind=kinds, count=count, average=mean)
    return [float(plain(fixed_pie_scale)(row, side)) for side in (0, 1)]


def halfway_package(scenario: Scenario, population: Population) -> list[int]:
    """Return the levels that two mean parties agree on if both see contests; see `compromise_level`."""
    from sim.bargain.compromise import compromise_level, side_of_issue
    from sim.bargain.value import replace_empty_package

    count, mean = population.counts, population.mean
    row = SimpleNamespace(
        count=count, kind=population.kinds, issues=len(count), average=mean,
        standard=population.standard, beliefs_known=scenario.beliefs.known,
    )  # fmt: skip
    turn, level = plain(side_of_issue), plain(compromise_level)
    levels = [int(level(mean[turn(row, k)], row, turn(row, k), k)) for k in range(len(count))]
    plain(replace_empty_package)(row, levels)
    return levels
