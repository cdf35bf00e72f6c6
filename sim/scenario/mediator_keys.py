"""Keys of the mediator: what it does, how able and fair it is, how it is hired and paid."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.desk import MAX_MANNERS, MAX_STYLES
from sim.scenario.key_kinds import (
    ENTRANCES,
    FUNCTIONS,
    HIRING,
    MAX_MEDIATORS,
    MAX_OFFERS,
    MOST_MONTHS,
    PARTICIPATION,
    Table,
    key,
    money,
    share,
    weight,
)  # fmt: skip
from sim.scenario.mediator_styles import STYLES, WRITTEN

ONE_OF = f"one of {', '.join(STYLES)}"
FORMS = (
    f"{ONE_OF}; or a list of at most {MAX_STYLES} of them in order, each once or with other settings; "
    f"or a table of at most {MAX_MANNERS} such lists with weights"
)
Written = Annotated[str, Field(pattern=WRITTEN)]
Style = Annotated[
    Literal[STYLES] | Written,  # type: ignore[valid-type]
    Field(json_schema_extra={"words": ONE_OF}),
]
# pydantic writes no schema for keys that may be one of several types
Keys = {"propertyNames": {"anyOf": [{"enum": [*STYLES]}, {"pattern": WRITTEN}]}}
Mixture = Annotated[
    dict[Style, Annotated[float, Field(gt=0.0, le=MOST_MONTHS)]], Field(json_schema_extra=Keys)
]
Manners = Annotated[
    Style | list[Style] | Mixture,
    Field(
        description="one style, an ordered list, or a table of lists with weights",
        json_schema_extra={"words": FORMS},
    ),
]


class Competence(Table):
    """mediator.competence as a table: reliability of the mediator's reading of each side."""

    buyer: float = share(0.7, "about buyers: share of the variance of its reading that is true")
    vendor: float = share(0.7, "about vendors: share of the variance of its reading that is true")


class Fee(Table):
    """[mediator.fee]  What a mediator is paid, half by each side."""

    retainer: float = money(0.0, "per month under a contract that it brokered or accompanies")
    success: float = money(0.0, "per contract signed from its draft", "money")
    case: float = money(0.0, "per dispute it hears", "money")


class MediatorKeys(Table):
    """[mediator]  The third party of the mediated regimes."""

    functions: list[Literal[FUNCTIONS]] = key([], "-", "what the mediator does; none = not engaged")  # type: ignore[valid-type]
    style: Manners = key(
        "drafter", "-", "how it works in talks: a style, an ordered list, or a mixture"
    )
    participation: Literal[PARTICIPATION] = key(  # type: ignore[valid-type]
        "always",
        "-",
        "who takes part in a round of a style: both sides, or each with a chance equal to its trust",
    )
    competence: Annotated[float, Field(ge=0.0, le=1.0)] | Competence = key(
        0.7, "share", "reliability of its reading (Kelley 1947): 0 knows nothing, 1 reads exactly"
    )
    bias: float = key(0.0, "share", "-1 vendor's advocate … +1 buyer's advocate", ge=-1.0, le=1.0)
    discretion: float = share(1.0, "chance, for each confidence, that it does not leak")
    drafts: int = key(
        3, "drafts", "most drafts of one single negotiating text", ge=1, le=MAX_OFFERS
    )
    veto_step: float = share(
        0.25, "how far a veto raises the vetoer's estimated reservation, in estimated surplus"
    )
    hearing: float = share(
        0.5, "share of grievance that a month of being fully heard dissolves (function `resolve`)"
    )
    prior_good: float = weight(2.0, "evidence for trust a new mediator starts with", "months")
    prior_bad: float = key(
        1.0, "months", "evidence against trust a new mediator starts with", gt=0.0, le=MOST_MONTHS
    )
    count: int = key(
        1,
        "mediators",
        "mediators that compete for every tie; 1 = the same mediator for all",
        ge=1,
        le=MAX_MEDIATORS,
    )
    competence_spread: float = share(0.0, "competence of each is its mean + spread x U[-1,1]")
    bias_spread: float = share(0.0, "bias of each is its mean + spread x U[-1,1]")
    hiring: Literal[HIRING] = key(  # type: ignore[valid-type]
        "imposed",
        "-",
        "always present, or hired if both sides expect more than their half of the fee",
    )
    enters: Literal[ENTRANCES] = key(  # type: ignore[valid-type]
        "signing",
        "-",
        "when it enters: at the choice of a vendor, at the first talk, or only under a contract",
    )
    toughness: float = key(
        0.2, "share", "z: believed chance that the other side never yields", gt=0.0, lt=1.0
    )
    leak_discovery: float = share(1.0, "chance that the betrayed side finds out about a leak")
    signal_noise: float = key(
        0.5,
        "share",
        "sd of the noise in what either side hears about its bias before hiring",
        ge=0.0,
        le=10.0,
    )
    cost: float = money(0.0, "its own cost per month under a contract that it accompanies")
    fee: Fee = Field(default_factory=Fee, description="what it is paid")
