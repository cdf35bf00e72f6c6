"""Every column of every table, declared once: dtype, unit, meaning.

The declaration allocates the arrays the rules write, becomes the Parquet schema and its metadata,
and is printed as `docs/data.md`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.words import Cause


class Column(NamedTuple):
    """One column: its name, NumPy dtype, unit and meaning."""

    name: str
    dtype: str
    unit: str
    meaning: str


CAUSE_COLUMNS = (
    Column("no_deal", "f8", "money/month", "first best of needs without a contract"),
    Column(
        "wrong_vendor",
        "f8",
        "money/month",
        "first best with the best candidate minus with the one signed",
    ),
    Column(
        "misfit",
        "f8",
        "money/month",
        "best levels minus agreed levels (generic issues and duration)",
    ),
    Column(
        "incentives", "f8", "money/month", "loss from θ < 1 and from a risk share other than s*"
    ),
    Column("protection", "f8", "money/month", "deadweight m(g_b) + m(g_v)"),
    Column("haggling", "f8", "money/month", "cost of offers, drafts and notes to both sides"),
    Column("problems", "f8", "money/month", "harm and repair beyond fixing every problem at once"),
    Column("disputes", "f8", "money/month", "cost of fights to both sides"),
    Column("fee", "f8", "money/month", "what the pair pays the mediator (a transfer)"),
)
assert [c.name for c in CAUSE_COLUMNS] == [c.name.lower() for c in Cause]

PERIODS = (
    Column("world", "i8", "-", "replicate; world k has the same luck in every regime"),
    Column("period", "i4", "month", "calendar month, from 0"),
    Column("active", "i4", "needs", "needs under a contract this month"),
    Column(
        "surplus",
        "f8",
        "money/month",
        "realised joint surplus of the pair, over outside options, net of fee, certainty-equivalent",
    ),
    Column("buyer", "f8", "money/month", "buyers' part of `surplus`"),
    Column("vendor", "f8", "money/month", "vendors' part of `surplus`"),
    Column("mediator", "f8", "money/month", "mediator's receipts"),
    Column("first_best", "f8", "money/month", "first best of this month's needs and problem luck"),
    *CAUSE_COLUMNS,
    Column(
        "premium",
        "f8",
        "money/month",
        "risk premium borne by both sides (already deducted from `surplus`)",
    ),
    Column(
        "noise",
        "f8",
        "money/month",
        "luck of delivery (not part of `surplus`): money = surplus + premium + noise",
    ),
    Column(
        "trust_buyer",
        "f8",
        "share",
        "buyers' trust in their current or last vendor, mean over needs, end of month",
    ),
    Column(
        "trust_vendor", "f8", "share", "vendors' trust in that buyer, mean over needs, end of month"
    ),
    Column("trust_mediator_buyer", "f8", "share", "buyers' trust in the mediator; 0 without one"),
    Column("trust_mediator_vendor", "f8", "share", "vendors' trust in the mediator; 0 without one"),
    Column("talks", "i4", "talks", "talks held"),
    Column("signed", "i4", "contracts", "talks that ended in a contract"),
    Column("impasses", "i4", "talks", "talks that ended without one"),
    Column("drafts_signed", "i4", "contracts", "contracts signed from a mediator's draft"),
    Column("offers", "i4", "offers", "offers and drafts made"),
    Column(
        "expiries", "i4", "contracts", "contracts that ran out last month and came up for renewal"
    ),
    Column("renewals", "i4", "contracts", "of these, signed again with the same vendor at once"),
    Column("problems_arrived", "i4", "problems", "problems that arose under a contract"),
    Column("problems_reported", "i4", "problems", "of these, told at once"),
    Column("problems_discovered", "i4", "problems", "hidden problems found out"),
    Column("problems_open", "i4", "problems", "hidden problems open at the end of the month"),
    Column("dispute_count", "i4", "disputes", "grievances that became disputes"),
    Column("fought", "i4", "disputes", "of these, fought"),
    Column("grievance", "f8", "money", "grievance, sum over needs"),
    Column(
        "residual",
        "f8",
        "share",
        "largest |first best − causes − surplus| / max(1, |terms|) over needs",
    ),
)

TIES = (
    Column("world", "i8", "-", "replicate"),
    Column("tie", "i4", "-", "number of the tie within its world: need × candidates + candidate"),
    Column("need", "i4", "-", "the need (and its buyer)"),
    Column("vendor_id", "i4", "-", "the vendor"),
    Column("first_best", "f8", "money/month", "surplus of this pair on the best terms"),
    Column("capability", "f8", "share", "vendor's true capability q"),
    Column("claim", "f8", "share", "capability as claimed"),
    Column("expected_capability", "f8", "share", "buyer's expectation at the end"),
    Column("talks", "i4", "talks", "talks held"),
    Column("impasses", "i4", "talks", "of these without a contract"),
    Column("contracts", "i4", "contracts", "contracts signed"),
    Column("renewals", "i4", "contracts", "of these renewals"),
    Column("months", "i4", "months", "months under a contract"),
    Column(
        "spells",
        "i4",
        "spells",
        "uninterrupted runs of contracts; months / spells is the mean tie length",
    ),
    Column("problems_arrived", "i4", "problems", "problems"),
    Column("problems_reported", "i4", "problems", "of these told at once"),
    Column("problems_discovered", "i4", "problems", "hidden ones found out"),
    Column("dispute_count", "i4", "disputes", "disputes"),
    Column("fought", "i4", "disputes", "of these fought"),
    Column(
        "surplus",
        "f8",
        "money",
        "realised joint surplus, sum over the months this was the current tie",
    ),
    Column("buyer", "f8", "money", "buyer's part"),
    Column("vendor", "f8", "money", "vendor's part"),
    Column("trust_buyer", "f8", "share", "buyer's trust in the vendor at the end"),
    Column("trust_vendor", "f8", "share", "vendor's trust in the buyer at the end"),
    Column("trust_mediator_buyer", "f8", "share", "buyer's trust in the mediator at the end"),
    Column("trust_mediator_vendor", "f8", "share", "vendor's trust in the mediator at the end"),
)

EVENTS = (
    Column("world", "i8", "-", "replicate"),
    Column("period", "i4", "month", "calendar month"),
    Column("need", "i4", "-", "the need"),
    Column("tie", "i4", "-", "the tie"),
    Column("kind", "i4", "-", "what happened (sim.words.Event)"),
    Column("amount", "f8", "by kind", "main number of the event, see docs/data.md"),
    Column("second", "f8", "by kind", "second number"),
    Column("third", "f8", "by kind", "third number"),
)

# What the three numbers of an event mean, by kind; printed in docs/data.md and read by the stories.
EVENT_MEANINGS = {
    "talks_open": ("offers allowed", "buyer's trust", "vendor's trust"),
    "note": ("buyer's expected capability before", "after", "mediator's estimate"),
    "draft": ("price", "estimated joint surplus", "number of the draft"),
    "veto": ("1 if the buyer vetoed", "1 if the vendor vetoed", "price of the draft"),
    "signed": ("price per month", "months", "offers made"),
    "impasse": ("offers made", "buyer's opening claim on the pie", "vendor's opening claim"),
    "no_deal_seen": ("estimated joint surplus", "-", "-"),
    "problem_reported": ("severity", "payment withheld in blame", "1 if told through the mediator"),
    "problem_hidden": ("severity", "vendor's expected cost of telling", "of hiding"),
    "problem_discovered": ("harm per month by then", "months hidden", "penalty paid"),
    "dispute_settled": (
        "paid to the buyer",
        "buyer's belief of winning",
        "vendor's belief of that",
    ),
    "dispute_fought": ("stake", "1 if the buyer won", "cost to both"),
    "broken_up": ("months left", "exit fee", "-"),
    "expired": ("months under contract with this vendor so far", "-", "-"),
    "renewed": ("old price", "new price", "-"),
    "leak": ("issue leaked", "side whose confidence it was", "-"),
    "assigned": ("surplus of the pair on these terms", "months", "-"),
}

MAX_ISSUES, MAX_LEVELS = 12, 8

OFFERS = (
    Column("world", "i8", "-", "replicate"),
    Column("period", "i4", "month", "calendar month"),
    Column("tie", "i4", "-", "the tie"),
    Column("nth", "i4", "-", "number of the offer within the talk, from 0"),
    Column("side", "i4", "-", "0 buyer, 1 vendor, 2 mediator's draft"),
    Column("price", "f8", "money/month", "price offered"),
    Column(
        "buyer_utility",
        "f8",
        "money/month",
        "what the offer is worth to the buyer, on its own beliefs, over its outside option",
    ),
    Column(
        "vendor_utility",
        "f8",
        "money/month",
        "what it is worth to the vendor, on its own beliefs, over its outside option",
    ),
    Column(
        "accepted",
        "i4",
        "0/1",
        "1 if it became the contract (sealed bids: the price is the k-weighted mean of the two)",
    ),
    *(
        Column(f"level_{k}", "i4", "-", f"level of issue {k}; -1 beyond the last issue")
        for k in range(MAX_ISSUES)
    ),
)

TABLES = {"periods": PERIODS, "ties": TIES, "events": EVENTS, "offers": OFFERS}


def dtype(columns: tuple[Column, ...]) -> np.dtype:
    """Return the structured dtype of a table, aligned."""
    return np.dtype([(c.name, c.dtype) for c in columns], align=True)


def allocate(columns: tuple[Column, ...], *shape: int) -> np.recarray:
    """Return zeroed rows of a table; rows are written in place by the rules."""
    return np.zeros(shape, dtype(columns)).view(np.recarray)
