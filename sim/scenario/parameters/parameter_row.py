"""The parameters of compiled rules, from a regime of a scenario."""

from __future__ import annotations

import math
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from sim.arithmetic import log1p
from sim.jit import plain
from sim.records import MAX_CONDUCTS, MAX_LEVELS, numpy_field
from sim.rows import Row, allocate_rows
from sim.scenario.mediator_styles import style_columns
from sim.scenario.parameters.reservations import (
    NO_SHADES,
    Reservations,
    is_one_uniform_issue,
    reservations_for,
    shades_in_talks,
    shades_of_posted_offers,
)
from sim.scenario.parameters.setup_tables import SETUP_TABLES, STRATEGY_NUMBERS
from sim.scenario.parameters.style_game import game_columns
from sim.scenario.strategy_texts import strategy_columns
from sim.state import TRAITS
from sim.summation import ordered_sum
from sim.words import (
    BlameFear,
    Ceiling,
    Entrance,
    Function,
    Hiring,
    IssueKind,
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
    tables, reservations = table_columns(regime.scenario)
    return fill_row(scalar_parameters(regime, reservations), tables)


def table_columns(scenario: Scenario) -> tuple[dict[str, Any], tuple[float, float]]:
    """Return the population's tables by name, and (lowest cost, highest worth), money a month."""
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
    shade, posted, values = shading_of_package(scenario, mean, spread, standard)
    conduct = [conduct_tables(scenario, side) for side in ("buyer", "vendor")]
    tables = {
        "issues": n,
        "kind": kinds,
        "count": count,
        "value": value,
        "average": mean,
        "spread": spread,
        "range": further,
        "mirror": mirror_factors(kinds, count, mean),
        "sd": sd,
        "standard": standard,
        "shade": shade,
        "posted": posted,
        **game_columns(scenario, shade, values),
        "conducts": np.stack([types[0] for types in conduct]),
        "conduct_mix": np.stack([types[1] for types in conduct]),
        **strategy_columns(scenario, STRATEGY_NUMBERS),
        **style_columns(scenario.mediator.style),
    }
    if scenario.beliefs.fixed_pie_share > 0.0:
        halfway = halfway_package(scenario, kinds, count, mean, standard)
        tables["halfway"] = halfway
        tables["halfway_shade"], tables["halfway_posted"], seen = shading_of_package(
            scenario, mean, spread, halfway
        )
        tables["halfway_range"] = seen[-2:]
    return tables, values[-2:]


def shading_of_package(
    scenario: Scenario, mean: np.ndarray, spread: np.ndarray, levels: list[int]
) -> tuple[np.ndarray, np.ndarray, Reservations]:
    """Return both sides' shades in talks and of posted offers for a package, and their reservation values.

    Nobody posts offers under another protocol than take-it-or-leave-it, so their shades are 0 there.
    """
    values = reservations_for(scenario, mean, spread, levels)
    uniform = len(scenario.issues) == 1 and is_one_uniform_issue(scenario)
    bargaining = scenario.negotiation
    talks = shades_in_talks(bargaining.level, bargaining.k, values, uniform)
    posts = bargaining.protocol == "take_it_or_leave_it"
    return talks, shades_of_posted_offers(values, uniform) if posts else NO_SHADES, values


def fill_row(scalars: dict[str, int | float], tables: dict[str, Any]) -> Row:
    """Return scalars and tables as one record; tables are padded to the largest contract."""
    kinds = tuple((name, "i8" if isinstance(v, int) else "f8") for name, v in scalars.items())
    row = allocate_rows(_row_dtype(kinds), 1)
    for name, number in scalars.items():
        row[name] = number
    for name, content in tables.items():
        array = np.asarray(content)
        corner: Any = (0, *(slice(length) for length in array.shape))
        row[name][corner] = array
    first: Row = row[0]
    return first


@cache
def _row_dtype(scalars: tuple[tuple[str, str], ...]) -> np.dtype:
    """Return the dtype of a row with these scalar columns, always the same object."""
    tables: list[Any] = [numpy_field(column) for column in SETUP_TABLES]
    return np.dtype([*scalars, *tables], align=True)


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


def halfway_package(
    scenario: Scenario, kinds: list[int], count: list[int], mean: np.ndarray, standard: list[int]
) -> list[int]:
    """Return the levels that two mean parties agree on if both see contests; see `compromise_level`."""
    from sim.bargain.compromise import compromise_level, side_of_issue
    from sim.bargain.value import replace_empty_package

    row = SimpleNamespace(
        count=count, kind=kinds, issues=len(count), average=mean, standard=standard,
        beliefs_known=scenario.beliefs.known,
    )  # fmt: skip
    turn, level = plain(side_of_issue), plain(compromise_level)
    levels = [int(level(mean[turn(row, k)], row, turn(row, k), k)) for k in range(len(count))]
    plain(replace_empty_package)(row, levels)
    return levels


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
