"""The parameters of compiled rules, from a regime of a scenario."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from sim.arithmetic import log1p
from sim.jit import plain
from sim.records import MAX_CONDUCTS, numpy_field
from sim.rows import Row, allocate_rows
from sim.scenario.mediator_styles import style_columns
from sim.scenario.parameters.population_tables import (
    package_columns,
    population_columns,
    population_of,
)
from sim.scenario.parameters.setup_tables import SETUP_TABLES, STRATEGY_NUMBERS
from sim.scenario.strategy_texts import strategy_columns
from sim.state import TRAITS
from sim.summation import ordered_sum
from sim.words import (
    BlameFear,
    Ceiling,
    Entrance,
    Function,
    Hiring,
    Level,
    Participation,
    Protocol,
    RecessionConduct,
    ReviewMode,
    TrustRule,
)  # fmt: skip

if TYPE_CHECKING:
    from sim.scenario.load import ResolvedRegime
    from sim.scenario.schema import Scenario

CODES: dict[str, dict[str, int]] = {
    "buyers_recession": {e.name.lower(): int(e) for e in RecessionConduct},
    "mediator_enters": {e.name.lower(): int(e) for e in Entrance},
    "mediator_participation": {e.name.lower(): int(e) for e in Participation},
    "mediator_hiring": {e.name.lower(): int(e) for e in Hiring},
    "reviews_mode": {e.name.lower(): int(e) for e in ReviewMode},
    "negotiation_protocol": {e.name.lower(): int(e) for e in Protocol},
    "negotiation_level": {e.name.lower(): int(e) for e in Level},
    "negotiation_first": {"random": 0, "buyer": 1, "vendor": 2},
    "relationship_ceiling": {e.name.lower(): int(e) for e in Ceiling},
    "vendors_blame_fear": {e.name.lower(): int(e) for e in BlameFear},
    "relationship_trust_rule": {e.name.lower(): int(e) for e in TrustRule},
}
SKIPPED = {
    "run_currency", "run_worlds", "run_seed", "buyers_strategy", "vendors_strategy", "mediator_style",
}  # fmt: skip
log_of = plain(log1p)


def flatten(model: BaseModel, prefix: str = "") -> dict[str, Any]:
    """Return every scalar key of a model as {"table_key": value}."""
    flat: dict[str, Any] = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            flat |= flatten(value, f"{prefix}{name}_")
        elif not isinstance(value, dict | tuple) and (prefix or not isinstance(value, str | list)):
            flat[prefix + name] = value
    return flat


def scalar_parameters(
    regime: ResolvedRegime, reservations: tuple[float, float]
) -> dict[str, int | float]:
    """Return every scalar parameter by name; `reservations` is (lowest cost, highest worth), money a month."""
    flat = flatten(regime.scenario)
    competence = flat.pop("mediator_competence", None)
    if competence is not None:
        flat["mediator_competence_buyer"] = flat["mediator_competence_vendor"] = competence
    flat |= {
        "institution": int(regime.institution),
        **derived_scalars(regime.scenario, reservations),
    }
    return {
        name: CODES[name][value] if name in CODES else value
        for name, value in sorted(flat.items())  # one order, so that rules are compiled once
        if name not in SKIPPED
    }


def derived_scalars(
    scenario: Scenario, reservations: tuple[float, float]
) -> dict[str, int | float]:
    """Return the scalar parameters that are not simply a key of the scenario, by name.

    `reservations` is (lowest cost, highest worth), money a month.
    """
    derived: dict[str, int | float] = {
        "mediator_functions": sum(
            1 << Function[name.upper()] for name in scenario.mediator.functions
        )
    }
    types = [conduct for conduct in scenario.conducts if conduct.side == "buyer"]
    if types:  # what vendors expect of an unknown buyer is the mean of the types
        total = ordered_sum(conduct.weight for conduct in types)
        derived["buyers_blame"] = (
            ordered_sum(conduct.weight * conduct.blame for conduct in types) / total
        )
    # Without reviews and learning by doing nothing is ever learnt, so it is worth nothing either.
    if scenario.reviews.every == scenario.reviews.learning_by_doing == 0:
        derived["reviews_learning_worth"] = 0.0
    # A hazard λ makes an event happen within a month with probability 1 − exp(−λ); 1e300 stands for ∞.
    discovery = scenario.problems.discovery
    derived["setup_discovery_hazard"] = -log_of(-discovery) if discovery < 1.0 else 1e300
    for name, rate in (("notice", scenario.drift.notice), ("lead", scenario.growth.notice)):
        derived[f"setup_{name}_hazard"] = -log_of(-rate) if rate < 1.0 else 1e300
    derived["setup_sd_capability"] = scenario.vendors.capability_spread / math.sqrt(3.0)
    derived["setup_lowest"], derived["setup_highest"] = reservations
    return derived


def parameter_row(regime: ResolvedRegime) -> Row:
    """Return the row of parameters that every rule reads (`params`): scalar keys, then the population's tables."""
    scenario = regime.scenario
    population = population_of(scenario)
    packages, ends = package_columns(scenario, population)
    tables = {**population_columns(population), **packages}
    for columns in APART.values():
        tables |= columns(scenario)
    return fill_row(scalar_parameters(regime, ends), tables)


def fill_row(scalars: dict[str, int | float], tables: dict[str, Any]) -> Row:
    """Return scalars and tables as one record; tables are padded to the largest contract."""
    kinds = tuple((name, "i8" if isinstance(v, int) else "f8") for name, v in scalars.items())
    row: Row = allocate_rows(_row_dtype(kinds), 1)[0]
    for name, number in scalars.items():
        row[name] = number
    write_tables(row, tables)
    return row


def write_tables(row: Row, tables: dict[str, Any]) -> None:
    """Write tables into the first places of their columns, which are padded to the largest contract."""
    for name, content in tables.items():
        array = np.asarray(content)
        if array.ndim:
            row[name][tuple(map(slice, array.shape))] = array
        else:
            row[name] = array


@cache
def _row_dtype(scalars: tuple[tuple[str, str], ...]) -> np.dtype:
    """Return the dtype of a row with these scalar columns, always the same object."""
    tables: list[Any] = [numpy_field(column) for column in SETUP_TABLES]
    return np.dtype([*scalars, *tables], align=True)


def conduct_columns(scenario: Scenario) -> dict[str, Any]:
    """Return the columns of the types of both sides."""
    (buyers, weights), (vendors, shares) = (
        conduct_tables(scenario, side) for side in ("buyer", "vendor")
    )
    return {"conducts": np.stack([buyers, vendors]), "conduct_mix": np.stack([weights, shares])}


def conduct_tables(scenario: Scenario, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the traits of every type of a side, and the cumulative weights of the types.

    A side without types has one type: its own keys. Traits are in the order of `sim.state`.
    """
    own = scenario.buyers if side == "buyer" else scenario.vendors
    types: list[Any] = [c for c in scenario.conducts if c.side == side] or [own]
    traits, weights = np.zeros((MAX_CONDUCTS, TRAITS)), np.zeros(MAX_CONDUCTS)
    for n, one in enumerate(types):
        conduct = RecessionConduct[getattr(one, "recession", "none").upper()]
        traits[n] = (
            one.exposure_sensitivity, one.regard, getattr(one, "blame", 0.0), conduct,
            *(getattr(one, name, 0.0) for name in ("oversell", "goodwill", "push", "refusal")),
        )  # fmt: skip
        weights[n] = getattr(one, "weight", 1.0)
    # `cumsum` adds from first to last; `sum` may add in another order on another processor.
    shares = weights / np.cumsum(weights)[-1]
    return traits, np.cumsum(shares)


# Tables that depend on keys alone, and on no other table.
APART: dict[str, Callable[[Any], dict[str, Any]]] = {
    "conducts": conduct_columns,
    "strategies": lambda scenario: strategy_columns(scenario, STRATEGY_NUMBERS),
    "styles": lambda scenario: style_columns(scenario.mediator.style),
}
