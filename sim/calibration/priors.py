"""Priors: what is believed about the keys of a scenario before any fact is seen, with the reason for each.

A file declares one [[priors]] table for each key: distribution, its numbers, and the reason; [[correlations]]
tables may join pairs of keys by a Gaussian copula (Nelsen 2006), which leaves the distribution of each as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from sim.calibration.copula import correlated, within_cube
from sim.calibration.distributions import values_at
from sim.calibration.prior_tables import (
    MEDIATOR,
    PriorsTable,
    PriorTable,
    correlation_matrix,
    correlation_problems,
    end_problems,
    prior_problems,
    table_of,
)
from sim.errors import ScenarioError, SimError
from sim.scenario.expected_values import node_at
from sim.scenario.shipped import experiments_folder
from sim.scenario.strict_tables import read_toml, schema_problem
from sim.study.design.factors import key_parts
from sim.study.results.digest import digest_data

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

PRIORS = "priors"  # the folder, beside the experiments, of a file for each scenario


@dataclass(frozen=True, eq=False)
class Priors:
    """The priors of some keys, checked; `path` is their file."""

    table: PriorsTable
    path: Path

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys, in the order of the file."""
        return tuple(one.key for one in self.table.priors)

    @cached_property
    def whole(self) -> tuple[bool, ...]:
        """Whether each key takes whole numbers only."""
        return tuple((node_at(key_parts(key)) or {}).get("type") == "integer" for key in self.keys)

    @cached_property
    def correlation(self) -> np.ndarray:
        """Correlations of the keys' normal scores, shape (keys, keys)."""
        return correlation_matrix(self.table)

    @property
    def digest(self) -> str:
        """The digest of what the file says, whatever its layout and comments."""
        return digest_data(self.table.model_dump(mode="json"))

    @property
    def of_mediator(self) -> tuple[str, ...]:
        """The keys of the mediator, which facts about an arm without one leave as they are."""
        return tuple(key for key in self.keys if key.startswith(MEDIATOR))

    def only(self, keys: Sequence[str]) -> Priors:
        """Return the priors of some of the keys, with the correlations among them."""
        wanted = set(keys)
        table = self.table.model_copy(
            update={
                "priors": [one for one in self.table.priors if one.key in wanted],
                "correlations": [c for c in self.table.correlations if wanted.issuperset(c.keys)],
            }
        )
        return Priors(table, self.path)

    def at(self, u: np.ndarray) -> np.ndarray:
        """Return the values at points of the unit cube, both of shape (points, keys).

        Uniform points give draws of the prior; of whole numbers each has an equal share of its interval.
        """
        u = within_cube(u)
        if self.table.correlations:
            u = correlated(u, self.correlation)
        columns = [
            _whole_at(one, u[:, n]) if whole else values_at(one.distribution, u[:, n], one.numbers)
            for n, (one, whole) in enumerate(zip(self.table.priors, self.whole, strict=True))
        ]
        return np.column_stack(columns)

    def coordinates(self, u: np.ndarray) -> np.ndarray:
        """Return points of the unit cube as shares of each key's range, shape (points, keys).

        Logarithmic priors keep their logarithm: in these coordinates what a model says is smooth.
        """
        values = self.at(u)
        ends = [(float(one.low), float(one.high)) for one in self.table.priors]
        logarithmic = [one.distribution == "loguniform" for one in self.table.priors]
        columns = [
            np.log(values[:, n] / low) / np.log(high / low)
            if is_log
            else (values[:, n] - low) / (high - low)
            for n, ((low, high), is_log) in enumerate(zip(ends, logarithmic, strict=True))
        ]
        return np.column_stack(columns)

    def overrides(self, values: Sequence[float]) -> dict[str, int | float]:
        """Return one row of values by key, as a scenario takes them."""
        rows = zip(self.keys, values, self.whole, strict=True)
        return {key: int(value) if whole else float(value) for key, value, whole in rows}


def _whole_at(one: PriorTable, u: np.ndarray) -> np.ndarray:
    """Return whole numbers at u: of the distribution stretched by half a step at both ends, rounded."""
    low, high = one.numbers["low"], one.numbers["high"]
    wider = {**one.numbers, "low": low - 0.5, "high": high + 0.5}
    if one.distribution == "loguniform":
        wider["low"] = max(wider["low"], low / 2.0)
    return np.clip(np.floor(values_at(one.distribution, u, wider) + 0.5), low, high)


def priors_path(scenario: str) -> Path:
    """Return the path of the shipped priors of a scenario, whether or not there are any."""
    return experiments_folder() / PRIORS / f"{scenario}.toml"


def read_priors(source: Path | str, loaded: LoadedScenario | None = None) -> Priors:
    """Return the priors of a file, or those shipped for the scenario that a text names.

    If `loaded` is given, both ends of every range are tried on that scenario. Raises ScenarioError with every
    problem, each with file, line and key, and SimError if a scenario has no priors.
    """
    path = source if isinstance(source, Path) else priors_path(source)
    if not isinstance(source, Path) and not path.is_file():
        raise SimError(f"{source}: no priors of this scenario are shipped: name a file, `prior`")
    data, place = read_toml(path)
    try:
        table = PriorsTable.model_validate(data)
    except ValidationError as error:
        wrong = [schema_problem(e, table_of(e), place) for e in error.errors()]
        raise ScenarioError(place.in_order(wrong)) from None
    problems = [*prior_problems(table, place), *correlation_problems(table, place)]
    if not problems and loaded is not None:
        problems = list(end_problems(table, place, loaded))
    if problems:
        raise ScenarioError(place.in_order(problems))
    return Priors(table, path)
