"""The keys of a scenario, one class for each TOML table: unit, range, default and reason.

Money is per month, in the unit that `run.currency` names, unless a key says otherwise. `money` in
a key's metadata is the power with which it scales when all money is multiplied by a constant: the
money-scaling test multiplies every key by that power and demands the same acts.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sim.scenario.dynamics_keys import (
    Adaptation,
    ChangeRequests,
    Downstream,
    Drift,
    Governance,
    Growth,
    Recession,
    Reviews,
    Termination,
    Turnover,
)  # fmt: skip
from sim.scenario.key_kinds import (
    CEILINGS,
    ISSUE_KINDS,
    LEVELS,
    MAX_CONDUCTS,
    MAX_DIMENSIONS,
    MAX_ISSUES,
    MAX_LEVELS,
    MAX_OFFERS,
    MOST_MONEY,
    MOST_MONTHS,
    PROTOCOLS,
    TRUST_RULES,
    Table,
    factor,
    key,
    money,
    share,
    span,
    weight,
)  # fmt: skip
from sim.scenario.mediator_keys import MediatorKeys
from sim.scenario.party_keys import Buyers, Conduct, Vendors


class Run(Table):
    """[run]  Length, number of worlds, random seed."""

    months: int = key(60, "months", "length of one world", ge=1, le=12_000)
    worlds: int = key(
        100, "worlds", "independent replicates of the whole market", ge=1, le=1_000_000
    )
    seed: int = key(
        1, "-", "random seed; every random number is a function of it", ge=0, le=2**63 - 1
    )
    currency: str = key(
        "k€",
        "-",
        "unit of every amount of money; only printed, it changes no number",
    )
    stagger: int = key(
        0,
        "months",
        "needs enter the market one by one in the first so many months; 0 = all in the first month",
        ge=0,
        le=12_000,
    )
    in_force: float = share(
        0.0,
        "share of needs whose first contract, if signed at once, has run for part of its term (Cox 1962)",
    )
    burn_in: int = key(
        0, "months", "first months that no measure counts; tables keep them", ge=0, le=11_999
    )


class Market(Table):
    """[market]  Who can meet whom, and how a need picks a vendor."""

    needs: int = key(10, "needs", "needs, each with at most one contract", ge=1, le=1_000_000)
    vendors: int = key(10, "vendors", "vendors in the market", ge=1, le=1_000_000)
    candidates: int = key(
        1,
        "vendors",
        "vendors each need considers; 1 with vendors = needs is fixed dyads",
        ge=1,
        le=64,
    )
    needs_per_buyer: int = key(
        1,
        "needs",
        "needs of one buyer: consecutive needs share all but their tables",
        ge=1,
        le=1000,
    )
    capacity: int = key(
        0, "contracts", "most contracts a vendor serves at once; 0 = any number", ge=0, le=1_000_000
    )
    trust_weight: float = share(0.5, "a in the score T^a G^(1-a) (Klos & Nooteboom 2001)")
    cooldown: int = key(
        3, "months", "months from a failed talk to the next with the same vendor", ge=1, le=120
    )
    switching_cost: float = money(
        0.0, "paid by the buyer when it signs with another vendor than last time", "money"
    )
    reputation: float = share(
        0.0,
        "weight of other buyers' experience in the trust by which a buyer chooses (Jøsang & Ismail 2002)",
    )
    referral: float = share(
        0.0, "reliability of what a vendor that declines says about who would be capable"
    )


Money = Annotated[float, Field(ge=-MOST_MONEY, le=MOST_MONEY)]


class Issue(Table):
    """[[issues]]  One issue of the contract: its levels and what they are worth and cost."""

    name: str = key(..., "-", "what the issue is called in contracts and stories", min_length=1)
    kind: Literal[ISSUE_KINDS] = key("generic", "-", "what it does after signing")  # type: ignore[valid-type]
    levels: list[str | float | int] = key(
        ...,
        "-",
        "level names (generic) or values: months, s, g_b, g_v",
        min_length=1,
        max_length=MAX_LEVELS,
    )
    worth: list[Money] = key(
        [],
        "money/month",
        "mean worth to buyers, one per level; a first level worth 0 costing 0 is 'not included'",
        money=1,
        max_length=MAX_LEVELS,
    )
    worth_spread: float = share(
        0.0,
        "each step to the next level is its mean x (1 + spread x U[-1,1]), "
        "one draw per issue and level",
    )
    worth_range: float = money(
        0.0,
        "each step differs between needs by a further ± this, drawn independently: for steps whose mean "
        "says little, as for duration",
    )
    cost: list[Money] = key(
        [],
        "money/month",
        "mean cost to vendors, one per level; negative is a benefit (a reference)",
        money=1,
        max_length=MAX_LEVELS,
    )
    cost_spread: float = share(
        0.0,
        "each step to the next level is its mean x (1 + spread x U[-1,1]), "
        "one draw per issue and level",
    )


class Delivery(Table):
    """[delivery]  What happens each month under a contract."""

    noise: float = money(0.0, "σ of measured performance and of value")
    quality_noise: float = share(0.0, "σ_q: month-to-month spread of delivered capability")
    alignment: float = share(1.0, "θ: what a unit of measured performance is worth (Baker 1992)")
    dimensions: int = key(
        0,
        "dimensions",
        "dimensions of performance; 0 or 1: any measure is right",
        ge=0,
        le=MAX_DIMENSIONS,
    )
    dimension_spread: float = share(
        0.0,
        "spread of a buyer's weights on them around equal ones: the more, the worse the usual measure",
    )
    prior_months: float = key(
        6.0,
        "months",
        "weight of a buyer's first expectation of capability, in months of experience",
        gt=0.0,
        le=MOST_MONTHS,
    )


class Problems(Table):
    """[problems]  What goes wrong under a contract, and whether it is reported."""

    rate: float = share(0.0, "chance that a problem arises in a month of service", "1/month")
    severity: float = money(
        0.0, "mean harm to the buyer per month while the problem stays open (exponential)"
    )
    fix: float = share(
        0.5,
        "f: cost of repair, in months of harm; at most 1, so an open month never pays",
        "months",
    )
    fault: float = share(0.5, "chance that a problem is the vendor's own fault")
    growth: float = share(0.0, "ρ: growth of a hidden problem per month", "1/month")
    discovery: float = key(
        0.1, "1/month", "d: hazard that a hidden problem is discovered", gt=0.0, le=1.0
    )
    enforcement: float = share(1.0, "π: share of an owed penalty that is collected")
    shadow: int = span(0, "months beyond the running contract that a vendor takes into account")
    stake_of_deceit: float = share(
        0.5, "share of its remaining margin that a vendor expects to lose if found out"
    )


class Protection(Table):
    """[protection]  What defensive clauses cost and what is at stake under them."""

    deadweight: float = money(
        0.0, "m(g) = ½ deadweight g², shared equally, for each of g_b and g_v"
    )
    exit_fee: float = money(
        0.0, "paid by the buyer at g_v = 1 when a contract breaks up early", "money"
    )
    break_rate: float = share(
        0.0, "rate of break-up both sides assume when they value g_v", "1/month"
    )


class Disputes(Table):
    """[disputes]  When shortfall becomes grievance, and grievance a fight (Landes; Gould)."""

    tolerance: float = key(
        1.0, "σ_q", "shortfall that is forgiven, in sd of delivered capability", ge=0.0, le=10.0
    )
    decay: float = key(
        0.9, "1/month", "φ: share of grievance that remains after a month", ge=0.0, lt=1.0
    )
    threshold: float = money(0.0, "grievance at which a dispute opens; 0 = never", "money")
    cost_buyer: float = money(0.0, "C_b: buyer's cost of fighting", "money")
    cost_vendor: float = money(0.0, "C_v: vendor's cost of fighting", "money")
    cost_growth: float = factor(0.0, "rise of both costs per unit of g_b + g_v")


class Relationship(Table):
    """[relationship]  How behaviour becomes trust."""

    trust_rule: Literal[TRUST_RULES] = key("beta", "-", "beta, ewma or two_layer")  # type: ignore[valid-type]
    memory: float = share(0.97, "λ: share of evidence that remains after a month", "1/month")
    prior_good: float = key(
        1.0, "months", "a₀: evidence for trust a stranger starts with", gt=0.0, le=MOST_MONTHS
    )
    prior_bad: float = key(
        1.0, "months", "b₀: evidence against trust a stranger starts with", gt=0.0, le=MOST_MONTHS
    )
    weight_routine: float = weight(
        0.25, "w of an ordinary month: delivered as claimed, paid as agreed"
    )
    weight_candour: float = weight(1.0, "w of bad news reported, and of how it is received")
    weight_conflict: float = weight(2.0, "w of a dispute, a squeeze or a hold-up")
    negativity: float = factor(2.0, "η: how much heavier bad evidence weighs (Slovic 1993)")
    deceit_cut: float = share(
        0.4, "μ: share of the trust ceiling lost at each detected deceit (Schweitzer et al. 2006)"
    )
    ceiling_recovery: float = share(0.01, "ρ_Θ: monthly recovery of the ceiling", "1/month")
    ceiling: Literal[CEILINGS] = key(  # type: ignore[valid-type]
        "caps", "-", "caps: trust is at most Θ; multiplies: it is Θ times what evidence says"
    )
    routine_wear: float = share(
        0.0,
        "share of an ordinary month's w that wears off if it was expected (Rescorla & Wagner 1972)",
    )
    rise: float = share(0.10, "a⁺ of `ewma`, λ⁺ of `two_layer`", "1/evidence")
    fall: float = share(0.30, "a⁻ of `ewma`, λ⁻ of `two_layer`", "1/evidence")
    damage_rise: float = share(0.60, "μ_R of `two_layer`: reputation damage per violation")
    damage_decay: float = share(0.03, "δ_R of `two_layer`: monthly decay of the damage", "1/month")
    discount: float = key(0.99, "1/month", "δ: weight of next month", ge=0.0, lt=1.0)


class Beliefs(Table):
    """[beliefs]  What each side believes about the other's table before the first offer."""

    fixed_pie: float = share(
        0.5, "weight of 'what I want is what it costs you' (Thompson & Hastie 1990)"
    )
    fixed_pie_share: float = share(
        0.0,
        "share of people who see each issue as a contest and name its middle (Thompson & Hastie 1990)",
    )
    learning: float = share(0.5, "share of a contradiction removed by one fully trusted offer")
    known: float = share(
        0.0, "weight of the truth in first beliefs: 0 = strangers, 1 = exact beliefs"
    )


class Negotiation(Table):
    """[negotiation]  How one buyer and one vendor bargain over one contract."""

    protocol: Literal[PROTOCOLS] = key("alternating_offers", "-", "protocol of direct talks")  # type: ignore[valid-type]
    level: Literal[LEVELS] = key(  # type: ignore[valid-type]
        "truthful", "-", "strategic level: how reservation values are shaded"
    )
    deadline: int = key(
        12, "offers", "offers and drafts of one talk, both sides together", ge=1, le=MAX_OFFERS
    )
    offer_cost: float = money(0.0, "cost of one offer or draft to each side", "money")
    softening: float = share(
        0.5, "share of shading that remains after each impasse in a row; 1 = never softens"
    )
    k: float = share(0.5, "weight of the buyer's bid in the price of a sealed-bid auction")
    duration: int = span(12, "length of a contract if duration is not an issue", least=1)
    first: Literal["buyer", "vendor", "random"] = key("random", "-", "who speaks first")


class RegimeTable(BaseModel):
    """[regimes.NAME]  A further regime: which one it extends, and the keys it changes."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    extends: str = Field("mediated", description="a built-in or defined regime")


class Scenario(Table):
    """A whole scenario file."""

    title: str = key("", "-", "one line that says what world this is")
    extends: str = key("", "-", "another scenario, by name or path, whose keys this file changes")
    run: Run = Field(default_factory=Run)
    market: Market = Field(default_factory=Market)
    issues: list[Issue] = key(
        ..., "-", "what a contract is about", min_length=1, max_length=MAX_ISSUES
    )
    buyers: Buyers = Field(default_factory=Buyers)
    vendors: Vendors = Field(default_factory=Vendors)
    delivery: Delivery = Field(default_factory=Delivery)
    problems: Problems = Field(default_factory=Problems)
    protection: Protection = Field(default_factory=Protection)
    disputes: Disputes = Field(default_factory=Disputes)
    relationship: Relationship = Field(default_factory=Relationship)
    beliefs: Beliefs = Field(default_factory=Beliefs)
    negotiation: Negotiation = Field(default_factory=Negotiation)
    reviews: Reviews = Field(default_factory=Reviews)
    change_requests: ChangeRequests = Field(default_factory=ChangeRequests)
    governance: Governance = Field(default_factory=Governance)
    termination: Termination = Field(default_factory=Termination)
    growth: Growth = Field(default_factory=Growth)
    turnover: Turnover = Field(default_factory=Turnover)
    recession: Recession = Field(default_factory=Recession)
    drift: Drift = Field(default_factory=Drift)
    downstream: Downstream = Field(default_factory=Downstream)
    adaptation: Adaptation = Field(default_factory=Adaptation)
    conducts: list[Conduct] = key(
        [],
        "-",
        "types of buyers and vendors; a side without types is all alike",
        max_length=2 * MAX_CONDUCTS,
    )
    mediator: MediatorKeys = Field(default_factory=MediatorKeys)
    regimes: dict[str, RegimeTable] = Field(
        default_factory=dict,
        description="further regimes: extends, and institutional keys they change",
    )
