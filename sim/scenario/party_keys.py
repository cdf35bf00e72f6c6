"""Keys of the two sides: private traits of buyers and vendors, and types of conduct among them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.key_kinds import (
    BLAME_FEARS,
    MOST_MONTHS,
    RECESSION_CONDUCTS,
    STRATEGIES,
    WRITTEN,
    Table,
    factor,
    key,
    money,
    share,
    weight,
)

EXPOSURE = (
    "ω_d: share of its own table that it withholds from a listener whom it does not trust at all"
)
EXPOSURE_TO_NEUTRAL = (
    "ω_d towards a mediator is this times ω_d, at most 1; below 1, a mediator is told more"
)
FEAR = "how much distrust raises the perceived chance that protection is needed"
OPTIMISM = "how much a side overestimates its outside option: this × its size × U[0,1]"
CUSTOM = (
    "how much custom raises the perceived worth of a clause that protects this side, at any trust"
)

Written = Annotated[
    str,
    Field(
        pattern=WRITTEN,
        json_schema_extra={"words": "name:setting=value as in boulware:e=6, or path.py:Name"},
    ),
]
Strategy = Literal[STRATEGIES] | Written  # type: ignore[valid-type]
# pydantic writes no schema for keys that may be one of several types
Keys = {"propertyNames": {"anyOf": [{"enum": [*STRATEGIES]}, {"pattern": WRITTEN}]}}
Weights = Annotated[
    dict[Strategy, Annotated[float, Field(gt=0.0, le=MOST_MONTHS)]],
    Field(json_schema_extra=Keys),
]
Mixture = Annotated[
    Strategy | Weights,
    Field(description="one strategy, or a table of strategies with weights"),
]


class Buyers(Table):
    """[buyers]  Private traits of buyers."""

    strategy: Mixture = key("linear", "-", "how buyers concede: a name, or a weighted mixture")
    outside: float = key(0.0, "money/month", "mean outside option (BATNA) per need", money=1)
    outside_spread: float = share(0.0, "spread of the outside option, U[-1,1]")
    risk_aversion: float = key(0.0, "1/money", "mean CARA coefficient", money=-1, ge=0.0)
    risk_aversion_spread: float = share(0.0, "spread of the CARA coefficient, U[-1,1]")
    quality_worth: float = money(0.0, "mean worth of capability 1 over capability 0")
    quality_worth_spread: float = share(0.0, "spread of the worth of capability, U[-1,1]")
    blame: float = key(
        0.0,
        "share",
        "b: payment withheld after bad news, per money of severity and believed fault",
        ge=0.0,
        le=20.0,
    )
    exposure_sensitivity: float = share(1.0, EXPOSURE)
    exposure_to_neutral: float = key(1.0, "factor", EXPOSURE_TO_NEUTRAL, ge=0.0, le=2.0)
    fear: float = factor(1.0, FEAR)
    custom: float = factor(0.0, CUSTOM)
    optimism: float = share(0.0, "self-serving bias in disputes (Babcock & Loewenstein 1997)")
    outside_optimism: float = share(0.0, OPTIMISM)
    budget: float = money(0.0, "mean budget, the most that a need's price may be; 0 = no budget")
    budget_spread: float = share(0.0, "spread of the budget, U[-1,1]")
    cooperation: float = money(
        0.0, "mean κ_b: own cooperation b = (1-s)κ_b at cost b²/2κ_b (two-sided moral hazard)"
    )
    cooperation_spread: float = share(0.0, "spread of the productivity of cooperation, U[-1,1]")
    attention: float = share(
        1.0, "share of the need for its own cooperation that a buyer sees by itself"
    )
    regard: float = share(
        0.0, "ω: weight of the vendor's believed payoff in its own utility (Charness & Rabin 2002)"
    )
    recession: Literal[RECESSION_CONDUCTS] = key(  # type: ignore[valid-type]
        "none", "-", "what a buyer demands of a running contract in a recession"
    )


class Vendors(Table):
    """[vendors]  Private traits of vendors."""

    strategy: Mixture = key("linear", "-", "how vendors concede: a name, or a weighted mixture")
    outside: float = key(0.0, "money/month", "mean outside option (BATNA) per tie", money=1)
    outside_spread: float = share(0.0, "spread of the outside option, U[-1,1]")
    risk_aversion: float = key(0.0, "1/money", "mean CARA coefficient", money=-1, ge=0.0)
    risk_aversion_spread: float = share(0.0, "spread of the CARA coefficient, U[-1,1]")
    productivity: float = money(
        0.0, "mean κ: effort a = sκ at cost a²/2κ (Holmström & Milgrom 1987)"
    )
    productivity_spread: float = share(0.0, "spread of productivity, U[-1,1]")
    capability: float = share(0.5, "mean true capability q")
    capability_spread: float = share(0.0, "q = mean + spread x U[-1,1], kept in [0, 1]")
    oversell: float = share(0.0, "the claim is q + oversell (1 - q)")
    exposure_sensitivity: float = share(1.0, EXPOSURE)
    exposure_to_neutral: float = key(1.0, "factor", EXPOSURE_TO_NEUTRAL, ge=0.0, le=2.0)
    fear: float = factor(1.0, FEAR)
    custom: float = factor(0.0, CUSTOM)
    blame_fear: Literal[BLAME_FEARS] = key(  # type: ignore[valid-type]
        "trust",
        "-",
        "share of blame expected for bad news: distrust, or learnt from how news was received",
    )
    first_fear: float = key(
        1.0,
        "factor",
        "first learnt fear relative to the blame that a stranger meets; above 1, reactions are overestimated",
        ge=0.1,
        le=10.0,
    )
    fear_memory: float = weight(
        2.0,
        "pieces of news that the first learnt fear is worth; 0 = the first reception decides",
        "news",
    )
    optimism: float = share(0.0, "self-serving bias in disputes (Babcock & Loewenstein 1997)")
    outside_optimism: float = share(0.0, OPTIMISM)
    goodwill: float = share(
        0.0,
        "share of the effort paid for by no term that a vendor exerts at full trust (Akerlof 1982)",
    )
    regard: float = share(
        0.0, "ω: weight of the buyer's believed payoff in its own utility (Charness & Rabin 2002)"
    )
    push: float = share(
        0.0, "share of effort spent on selling more instead of on what is installed"
    )
    refusal: float = share(
        0.0, "a vendor whose capability is below this declines and says so; 0 = never"
    )


class Conduct(Table):
    """[[conducts]]  A type of buyer or vendor; a key that it omits has its default here.

    If a side has types, they replace the side's own keys of these names.
    """

    name: str = key(..., "-", "what the type is called", min_length=1)
    side: Literal["buyer", "vendor"] = key(..., "-", "which side it belongs to")
    weight: float = key(1.0, "-", "how common it is among its side's types", gt=0.0, le=MOST_MONTHS)
    exposure_sensitivity: float = share(1.0, "ω_d, as for the side")
    regard: float = share(0.0, "ω, as for the side")
    blame: float = key(0.0, "share", "b, as for buyers", ge=0.0, le=20.0)
    recession: Literal[RECESSION_CONDUCTS] = key("none", "-", "as for buyers")  # type: ignore[valid-type]
    oversell: float = share(0.0, "as for vendors")
    goodwill: float = share(0.0, "as for vendors")
    push: float = share(0.0, "as for vendors")
    refusal: float = share(0.0, "as for vendors")
