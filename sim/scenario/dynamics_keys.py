"""Keys of the dynamics of a relationship: reviews, notice, growth, turnover, the economy.

Every table is off by default: a rate, an interval or an amount of 0.
"""

from __future__ import annotations

from typing import Literal

from sim.scenario.key_kinds import MOST_MONTHS, REVIEW_MODES, Table, key, money, share, span


class Reviews(Table):
    """[reviews]  Regular reviews of a running contract (two-way with partners and with a `review` mediator)."""

    every: int = span(0, "months of service between reviews; 0 = never")
    mode: Literal[REVIEW_MODES] = key(  # type: ignore[valid-type]
        "none",
        "-",
        "reviews that the two sides hold by themselves: the vendor reports, or both do; with partners and "
        "with a `review` mediator both always do; a one-way report is no evidence of good will and "
        "dissolves no grievance",
    )
    cost: float = money(0.0, "cost of one review to each side", "money")
    change_cost: float = money(0.0, "cost of one change order to each side", "money")
    learning: float = share(
        0.0, "share of what is left to learn about working together that an open review teaches"
    )
    learning_by_doing: float = share(
        0.0,
        "share of what is left to learn about working together that a month of service teaches by "
        "itself, with or without reviews",
        "1/month",
    )
    learning_worth: float = money(0.0, "worth of knowing everything about working together")


class Governance(Table):
    """[governance]  What monitoring a running contract costs the buyer, under every regime."""

    monitoring: float = money(
        0.0, "cost to the buyer of monitoring a vendor that it does not trust at all"
    )
    least: float = share(
        0.2, "share of that cost that remains at full trust: a fifth (Dyer & Chu 2003)"
    )


class ChangeRequests(Table):
    """[change_requests]  Either side may ask to change the running contract, after a review of that month."""

    every: int = span(0, "months of service between opportunities to ask; 0 = never")
    cost: float = money(
        0.0, "cost of one request to each side: to write it, or to assess it", "money"
    )


class Termination(Table):
    """[termination]  The buyer may end a running contract for convenience, on notice and for a fee."""

    every: int = span(
        0, "months of service under a contract between looks at the market; 0 = never"
    )
    notice: int = span(3, "months that a contract still runs after notice")
    fee: float = key(
        1.0,
        "months",
        "what the buyer pays the vendor for leaving early, in months of the price",
        ge=0.0,
        le=MOST_MONTHS,
    )


class Growth(Table):
    """[growth]  Opportunities a pair can take together, and what investing in them is worth."""

    rate: float = share(0.0, "chance that an opportunity arises for a need in a month", "1/month")
    value: float = money(
        0.0, "mean first-best gain a² of an opportunity: V = 2a√i gross, with i booked as rent"
    )
    fade: float = key(
        0.05,
        "1/month",
        "share of an opportunity's worth that is lost each month, taken or not",
        gt=0.0,
        le=1.0,
    )
    notice: float = share(
        0.0, "hazard that two sides who know each other fully notice an opportunity", "1/month"
    )
    vendor_part: float = share(0.5, "share of a² that only the vendor's investment opens")
    vendor_share: float = share(0.5, "share of the return that goes to the vendor")
    holdup: float = share(
        0.0,
        "share of its return a side expects to lose to a partner it does not trust at all, and of the "
        "difference in dependence that a hold-up takes",
    )


class Turnover(Table):
    """[turnover]  Contacts leave, and take what they know with them."""

    buyer: float = share(0.0, "chance that the buyer's contact leaves in a month", "1/month")
    vendor: float = share(0.0, "chance that the vendor's contact leaves in a month", "1/month")
    loss: float = share(
        0.5, "share of memory, evidence and belief alike, that leaves with a contact"
    )


class Recession(Table):
    """[recession]  Calm and recession, a two-state Markov chain common to a world."""

    rate: float = share(0.0, "chance that a recession begins in a calm month", "1/month")
    recovery: float = key(0.1, "1/month", "chance that a recession ends in a month", gt=0.0, le=1.0)
    worth: float = share(0.0, "fall in the worth of generic issues to buyers")
    budget: float = share(0.0, "fall in budgets")
    outside: float = share(0.0, "fall in vendors' outside options")
    credit: float = money(0.0, "worth to a vendor of each month of agreed duration, in a recession")
    cut: float = share(0.1, "share of the price that a squeezing buyer demands back")


class Drift(Table):
    """[drift]  What a buyer needs shifts, and insiders see it late."""

    rate: float = share(0.0, "chance that a need shifts in a month", "1/month")
    strategy_rate: float = share(
        0.0, "chance of a change of strategy: contact and needs change at once, openly", "1/month"
    )
    size: float = share(0.5, "chance that a shift redraws the worth of a given issue")
    notice: float = key(
        0.25,
        "1/month",
        "hazard that insiders notice a shift, fresh in the relationship",
        gt=0.0,
        le=1.0,
    )
    tenure: float = key(
        0.0,
        "1/month",
        "fall of that hazard with tenure: divided by 1 + tenure x months",
        ge=0.0,
        le=10.0,
    )
    external: float = share(
        0.5, "share of shifts that come from outside and show at other customers"
    )
    signal: float = share(
        0.0,
        "reliability of the signal of an outside shift that a vendor with many other customers sees",
    )


class Downstream(Table):
    """[downstream]  A need's own customers: demand follows the quality delivered."""

    rate: float = share(
        0.0, "monthly growth of demand per unit of capability delivered above neutral", "1/month"
    )
    neutral: float = share(0.5, "capability at which demand stands still")
    least: float = key(0.5, "factor", "demand never falls below this", gt=0.0, le=1.0)
    most: float = key(2.0, "factor", "demand never grows above this", ge=1.0, le=10.0)


class Adaptation(Table):
    """[adaptation]  Types of conduct spread by imitation of those who earn more (Fermi rule)."""

    every: int = span(0, "months between rounds of imitation; 0 = never")
    intensity: float = key(
        1.0,
        "1/money",
        "β: imitate with chance 1/(1 + exp(-β gap in monthly earnings))",
        money=-1,
        ge=0.0,
    )
    mutation: float = share(0.0, "chance to take up a random type instead")
