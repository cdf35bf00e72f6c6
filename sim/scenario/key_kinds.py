"""How a key of a scenario is declared: default, unit, reason, limits, power of money."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sim.strategies.catalogue import SCENARIO_STRATEGIES

PROTOCOLS = ("alternating_offers", "sealed_bid", "take_it_or_leave_it")
LEVELS = ("truthful", "level_1", "equilibrium")
FUNCTIONS = (
    "broker", "align", "warn", "resolve", "metrics", "terms", "review", "grow", "continue",
)  # fmt: skip
STRATEGIES = tuple(strategy.name for strategy in SCENARIO_STRATEGIES)
WRITTEN = r"^[a-z_]+:.|\.py(:|$)"  # a strategy's name with settings, or a path
TRUST_RULES = ("beta", "ewma", "two_layer")
CEILINGS = ("caps", "multiplies")
ISSUE_KINDS = ("generic", "duration", "risk_share", "penalty", "liability")
INSTITUTIONS = ("adversarial", "partnership", "mediated", "planner")
MACHINE = "machine"  # the control: the mediator's procedure without its knowledge, for free
BUILT_IN = (
    "adversarial",
    "partnership",
    "mediated",
    MACHINE,
    "planner",
)  # regimes of every scenario

REVIEW_MODES = ("none", "one_way", "two_way")
RECESSION_CONDUCTS = ("none", "squeeze", "give_to_get")
BLAME_FEARS = ("trust", "learnt")
PARTICIPATION = ("always", "trust")
HIRING = ("imposed", "expected_gain")
ENTRANCES = ("selection", "signing", "implementation")

MAX_ISSUES, MAX_LEVELS, MAX_OFFERS = 12, 8, 60
MAX_CONDUCTS, MAX_DIMENSIONS, MAX_MEDIATORS = 6, 4, 8
MOST_MONEY, MOST_MONTHS = 1e9, 1e6  # limits that keep sums, squares and ratios far from overflow


def key(default: Any, unit: str, why: str, *, money: int = 0, **limits: Any) -> Any:
    """Declare a scalar key.

    `why` is its description, `limits` are pydantic's (`ge`, `lt` …). `money` is the power with which it scales if
    all money is multiplied by a constant: 1 for an amount, -1 for a rate per money.
    """
    extra: dict[str, Any] = {"unit": unit, "money": money}
    if money and isinstance(default, float):
        limits = {"ge": -MOST_MONEY, "le": MOST_MONEY} | limits
    return Field(default, description=why, json_schema_extra=extra, **limits)


def share(default: float, why: str, unit: str = "share") -> Any:
    """Declare a number from 0 to 1."""
    return key(default, unit, why, ge=0.0, le=1.0)


def money(default: float, why: str, unit: str = "money/month") -> Any:
    """Declare an amount of money that is never negative."""
    return key(default, unit, why, money=1, ge=0.0)


def factor(default: float, why: str) -> Any:
    """Declare a factor from 0 to 20."""
    return key(default, "factor", why, ge=0.0, le=20.0)


def span(default: int, why: str, least: int = 0) -> Any:
    """Declare a number of months within a relationship, at most fifty years."""
    return key(default, "months", why, ge=least, le=600)


def weight(default: float, why: str, unit: str = "evidence") -> Any:
    """Declare a weight of evidence."""
    return key(default, unit, why, ge=0.0, le=MOST_MONTHS)


class Table(BaseModel):
    """A TOML table: unknown keys are refused, types are strict, values are finite and immutable."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, validate_default=True
    )
