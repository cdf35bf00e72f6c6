"""The schema of a file of priors, and what may be wrong with one, each problem with file, line and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from sim.calibration.distributions import DISTRIBUTIONS
from sim.errors import Problem, ScenarioError, closest_name, is_one_line
from sim.field.covariance import cholesky
from sim.scenario.expected_values import describe_key, nearest_key, node_at
from sim.scenario.load import load
from sim.scenario.strict_tables import Place, StrictTable
from sim.study.design.factors import key_parts

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

MEDIATOR = "mediator."  # keys that an arm without a mediator cannot inform


class PriorTable(StrictTable):
    """[[priors]]  What is believed of one key, and why."""

    key: str = Field(min_length=1, description="a key of the scenario that is a number")
    distribution: str = Field(description=f"one of {', '.join(DISTRIBUTIONS)}")
    low: int | float = Field(description="a number: the lowest value that is believed possible")
    high: int | float = Field(description="a number: the highest value that is believed possible")
    mode: int | float | None = Field(None, description="a number: the likeliest value (triangular)")
    mean: int | float | None = Field(None, description="a number: before truncation (normal)")
    sd: int | float | None = Field(None, description="a number: before truncation (normal)")
    a: int | float | None = Field(None, description="a number above 0: the first exponent (beta)")
    b: int | float | None = Field(None, description="a number above 0: the second exponent (beta)")
    reason: str = Field(min_length=1, description="text: where the distribution comes from")

    @property
    def numbers(self) -> dict[str, float]:
        """Return the numbers of the distribution by name."""
        names = ("low", "high", *DISTRIBUTIONS[self.distribution].needs)
        return {name: float(getattr(self, name)) for name in names}


class CorrelationTable(StrictTable):
    """[[correlations]]  Two keys that are believed to go together."""

    keys: list[str] = Field(
        min_length=2, max_length=2, description="a list of two keys with priors"
    )
    correlation: int | float = Field(
        gt=-1.0, lt=1.0, description="a number from above -1 to below 1: of their normal scores"
    )
    reason: str = Field(min_length=1, description="text: why they go together")


class DiscrepancyTable(StrictTable):
    """[discrepancy]  How wrong the model itself is believed to be about every fact."""

    share: int | float = Field(
        ge=0.0, description="a number from 0: standard deviations, in spreads of each fact"
    )
    reason: str = Field(min_length=1, description="text: where the number comes from")


class PriorsTable(StrictTable):
    """A whole file of priors."""

    title: str = Field("", description="text: one line that says what is believed")
    discrepancy: DiscrepancyTable | None = Field(None, description="a [discrepancy] table")
    priors: list[PriorTable] = Field(min_length=1, description="at least one [[priors]] table")
    correlations: list[CorrelationTable] = Field([], description="[[correlations]] tables")


TABLES: dict[str, type[StrictTable]] = {
    "priors": PriorTable,
    "correlations": CorrelationTable,
    "discrepancy": DiscrepancyTable,
}


def correlation_matrix(table: PriorsTable) -> np.ndarray:
    """Return the correlations of the keys' normal scores, shape (keys, keys)."""
    keys = [one.key for one in table.priors]
    found = np.eye(len(keys))
    for one in table.correlations:
        i, j = (keys.index(key) for key in one.keys)
        found[i, j] = found[j, i] = float(one.correlation)
    return found


def table_of(error: Any) -> type[StrictTable]:
    """Return the table in which pydantic found an error."""
    keys = error["loc"]
    return TABLES.get(str(keys[0]), PriorsTable) if len(keys) > 1 else PriorsTable


def prior_problems(table: PriorsTable, place: Place) -> Iterator[Problem]:
    """Yield what is wrong with each prior, apart from the others."""
    if not is_one_line(table.title):
        yield place.problem(("title",), table.title, "want text without line breaks")
    seen: set[str] = set()
    for nth, one in enumerate(table.priors):

        def at(name: str, value: Any, want: str, near: str = "", nth: int = nth) -> Problem:
            return place.problem(("priors", nth, name), value, want, near)

        if one.key in seen:
            yield at("key", one.key, "want a key named once")
        seen.add(one.key)
        yield from _key_problems(one, at)
        known = DISTRIBUTIONS.get(one.distribution)
        if known is None:
            near = closest_name(one.distribution, list(DISTRIBUTIONS))
            yield at(
                "distribution", one.distribution, f"want one of {', '.join(DISTRIBUTIONS)}", near
            )
            continue
        given = [n for n in ("mode", "mean", "sd", "a", "b") if getattr(one, n) is not None]
        for name in (n for n in given if n not in known.needs):
            takes = ", ".join(("low", "high", *known.needs))
            yield at(name, getattr(one, name), f"a {known.name} distribution takes {takes} only")
        missing = [n for n in known.needs if n not in given]
        for name in missing:
            yield at(name, None, f"missing; a {known.name} distribution needs it")
        if not one.low < one.high:
            yield at("high", one.high, f"want a number above low, {one.low:g}")
        elif not missing and (wrong := known.wrong(one.numbers)) is not None:
            yield at(wrong[0], getattr(one, wrong[0]), wrong[1])


def _key_problems(one: PriorTable, at: Any) -> Iterator[Problem]:
    """Yield what is wrong with the key of a prior, and with ends outside what the key takes."""
    parts = key_parts(one.key)
    node = node_at(parts)
    if node is None:
        yield at("key", one.key, "no key of a scenario", nearest_key(parts))
        return
    kinds = {part.get("type") for part in (node, *node.get("anyOf", ()))}
    if not kinds & {"number", "integer"}:
        yield at("key", one.key, "want a key that is a number")
        return
    for name in ("low", "high"):
        end = float(getattr(one, name))
        if not _takes(node, end):
            yield at(name, getattr(one, name), f"{one.key}: want {describe_key(parts)}")


def _takes(node: Mapping[str, Any], value: float) -> bool:
    """Return whether a number is within what a key of the schema takes."""
    options = [
        part for part in node.get("anyOf", [node]) if part.get("type") in ("number", "integer")
    ]
    return any(
        value >= part.get("minimum", -np.inf)
        and value <= part.get("maximum", np.inf)
        and value > part.get("exclusiveMinimum", -np.inf)
        and value < part.get("exclusiveMaximum", np.inf)
        and (part["type"] != "integer" or value.is_integer())
        for part in options
    )


def correlation_problems(table: PriorsTable, place: Place) -> Iterator[Problem]:
    """Yield what is wrong with the correlations: keys, pairs given twice, and all of them together."""
    keys = [one.key for one in table.priors]
    seen: set[frozenset[str]] = set()
    sound = True
    for nth, one in enumerate(table.correlations):
        where = ("correlations", nth, "keys")
        unknown = [key for key in one.keys if key not in keys]
        pair = frozenset(one.keys)
        apart = len({key.startswith(MEDIATOR) for key in one.keys}) > 1
        sound = sound and not unknown and len(pair) == 2 and pair not in seen and not apart
        if unknown:
            near = closest_name(unknown[0], keys)
            yield place.problem(where, one.keys, "want two keys that have priors here", near)
        elif len(pair) < 2 or pair in seen:
            yield place.problem(where, one.keys, "want two different keys, each pair once")
        elif apart:
            want = "keys of the mediator are drawn independently of the others; want none of them, or two"
            yield place.problem(where, one.keys, want)
        seen.add(pair)
    if sound and table.correlations:
        try:
            cholesky(correlation_matrix(table))
        except ValueError:
            want = "no joint distribution has all these correlations; want weaker ones"
            yield place.problem(("correlations",), None, want)


def end_problems(table: PriorsTable, place: Place, loaded: LoadedScenario) -> Iterator[Problem]:
    """Yield the ends of ranges that a scenario refuses, although the key itself would take them."""
    for nth, one in enumerate(table.priors):
        whole = (node_at(key_parts(one.key)) or {}).get("type") == "integer"
        for name in ("low", "high"):
            end = getattr(one, name)
            try:
                load(
                    loaded.scenario,
                    {one.key: int(end) if whole else float(end)},
                    consent=loaded.consent,
                )
            except ScenarioError as error:
                first = error.problems[0]
                yield place.problem(("priors", nth, name), end, f"{first.key}: {first.wanted}")
                break
