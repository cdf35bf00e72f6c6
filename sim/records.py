"""Every column of every table, declared once: dtype, unit, meaning.

The declaration allocates the arrays that rules write, becomes the Parquet schema and its metadata,
and is printed as `docs/data.md`. Order and types are part of every stored result.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.rows import Rows, allocate_rows
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
        "first best with the best candidate minus first best with the vendor signed",
    ),
    Column(
        "misfit",
        "f8",
        "money/month",
        "worth of the levels best at signing minus the agreed ones (generic issues and duration)",
    ),
    Column(
        "drift",
        "f8",
        "money/month",
        "worth of the levels best for today's needs and economy minus those best at signing",
    ),
    Column(
        "incentives",
        "f8",
        "money/month",
        "loss from θ < 1, effort, cooperation and a risk share other than at the best terms",
    ),
    Column("protection", "f8", "money/month", "deadweight m(g_b) + m(g_v)"),
    Column(
        "haggling",
        "f8",
        "money/month",
        "cost of offers, drafts, notes, reviews, changes, requests and switching",
    ),
    Column("problems", "f8", "money/month", "harm and repair beyond fixing every problem at once"),
    Column("disputes", "f8", "money/month", "cost of fights to both sides"),
    Column("opportunities", "f8", "money/month", "best gain from opportunities not taken"),
    Column(
        "underinvestment",
        "f8",
        "money/month",
        "best gain from opportunities taken minus the yield of the investment in them; also what is "
        "not yet learnt about working together, and the rent of assets stranded by ended ties",
    ),
    Column("fee", "f8", "money/month", "what the pair pays the mediator (a transfer)"),
    Column(
        "governance",
        "f8",
        "money/month",
        "buyers' cost of monitoring running contracts, lower if they trust the vendor more",
    ),
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
    Column("trust_mediator_buyer", "f8", "share", "buyers' trust in the mediator; 0 if none"),
    Column("trust_mediator_vendor", "f8", "share", "vendors' trust in the mediator; 0 if none"),
    Column("talks", "i4", "talks", "talks held"),
    Column("signed", "i4", "contracts", "talks that ended in a contract"),
    Column("impasses", "i4", "talks", "talks that ended without a contract"),
    Column("drafts_signed", "i4", "contracts", "contracts signed from a mediator's draft"),
    Column("offers", "i4", "offers", "offers and drafts made"),
    Column(
        "expiries", "i4", "contracts", "contracts that ran out last month and came up for renewal"
    ),
    Column("renewals", "i4", "contracts", "of these, signed again with the same vendor at once"),
    Column("problems_arrived", "i4", "problems", "problems that arose under a contract"),
    Column("problems_reported", "i4", "problems", "of these, reported at once"),
    Column("problems_discovered", "i4", "problems", "hidden problems that were discovered"),
    Column("problems_open", "i4", "problems", "hidden problems open at the end of the month"),
    Column("dispute_count", "i4", "disputes", "grievances that became disputes"),
    Column("fought", "i4", "disputes", "of these, fought"),
    Column("grievance", "f8", "money", "grievance, sum over needs"),
    Column("mediator_cost", "f8", "money/month", "mediator's own cost"),
    Column(
        "transactions", "f8", "money/month", "of haggling: reviews, changes, requests and switching"
    ),
    Column("recession", "i4", "0/1", "1 in a recession"),
    Column("demand", "f8", "factor", "downstream demand, mean over needs"),
    Column("effort", "f8", "money/month", "vendors' effort a, sum over needs"),
    Column("cooperation", "f8", "money/month", "buyers' cooperation b, sum over needs"),
    Column("alignment", "f8", "share", "θ, sum over needs under a contract"),
    Column("investment", "f8", "money/month", "rent of what both sides invested"),
    Column("opportunities_arisen", "i4", "opportunities", "opportunities that arose"),
    Column("opportunities_taken", "i4", "opportunities", "opportunities noticed and invested in"),
    Column("dependence", "f8", "money/month", "mutual dependence: what both would lose, sum"),
    Column("asymmetry", "f8", "money/month", "|what the buyer − what the vendor would lose|, sum"),
    Column("held_up", "i4", "renewals", "renewals with hold-up by the less dependent side"),
    Column("reviews", "i4", "reviews", "reviews held"),
    Column("change_orders", "i4", "contracts", "contracts changed, at a review or on request"),
    Column("change_requests", "i4", "requests", "changes of a running contract asked for"),
    Column("requests_agreed", "i4", "requests", "of these, agreed to"),
    Column("terminations", "i4", "contracts", "contracts the buyer gave notice of"),
    Column("contacts_left", "i4", "contacts", "contacts that left, both sides"),
    Column("shifts", "i4", "needs", "needs that shifted"),
    Column("unnoticed", "i4", "needs", "needs whose shift the buyer has not noticed, month end"),
    Column(
        "needs_error",
        "f8",
        "money/month",
        "|vendor's belief − truth| about the worth of the agreed generic levels, sum",
    ),
    Column("squeezes", "i4", "contracts", "price cuts demanded under threat"),
    Column("reopened", "i4", "contracts", "contracts replaced, over all issues, in a recession"),
    Column("declined", "i4", "talks", "talks that a vendor declined honestly"),
    Column("switches", "i4", "contracts", "contracts signed with another vendor than last time"),
    Column("engaged", "i4", "needs", "needs under a contract that a mediator accompanies"),
    Column("leaks", "i4", "confidences", "confidences that leaked"),
    Column("leaks_found", "i4", "confidences", "of these, found out by the side betrayed"),
    Column("vetoes", "i4", "drafts", "drafts that found no agreement"),
    Column("both_gain", "i4", "needs", "needs under a contract from which both sides gained"),
    Column("disclosure_buyer", "f8", "share", "how open buyers are to their vendor, mean"),
    Column("disclosure_vendor", "f8", "share", "how open vendors are to that buyer, mean"),
    Column("disclosure_mediator_buyer", "f8", "share", "how open buyers are to the mediator, mean"),
    Column("disclosure_mediator_vendor", "f8", "share", "vendors' openness to the mediator, mean"),
    Column("trait_trust", "f8", "share", "mean of both sides' trust, mean over needs"),
    Column("trait_respect", "f8", "share", "recent promises kept, no squeeze, hold-up or deceit"),
    Column("trait_collaboration", "f8", "share", "recent problems reported, reviews both ways"),
    Column("trait_success", "f8", "share", "recent months in which both sides gained money"),
    Column("trait_goals", "f8", "share", "congruence of measure and terms: θ (1 − |s − s*|)"),
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
    Column(
        "miss_buyer",
        "f8",
        "money/month",
        "how far the vendor's beliefs miss the buyer's table at the end, root of summed squares",
    ),
    Column("miss_buyer_prior", "f8", "money/month", "how far the population mean misses it"),
    Column("miss_vendor", "f8", "money/month", "how far the buyer's beliefs miss the vendor's"),
    Column("miss_vendor_prior", "f8", "money/month", "how far the population mean misses it"),
    Column("talks", "i4", "talks", "talks held"),
    Column("impasses", "i4", "talks", "of these, without a contract"),
    Column("contracts", "i4", "contracts", "contracts signed"),
    Column("renewals", "i4", "contracts", "of these, renewals"),
    Column("months", "i4", "months", "months under a contract"),
    Column(
        "spells",
        "i4",
        "spells",
        "uninterrupted runs of contracts; months / spells is the mean tie length",
    ),
    Column(
        "running",
        "i4",
        "0/1",
        "1 if under a contract at the end, or if a contract just expired may be renewed",
    ),
    Column("problems_arrived", "i4", "problems", "problems that arose"),
    Column("problems_reported", "i4", "problems", "of these, reported at once"),
    Column("problems_discovered", "i4", "problems", "hidden problems discovered"),
    Column("dispute_count", "i4", "disputes", "disputes"),
    Column("fought", "i4", "disputes", "of these, fought"),
    Column(
        "surplus",
        "f8",
        "money",
        "realised joint surplus, sum over the months this was the current tie",
    ),
    Column("buyer", "f8", "money", "buyer's part"),
    Column("vendor", "f8", "money", "vendor's part"),
    Column("conduct_buyer", "i4", "-", "buyer's type of conduct at the end, in order of the file"),
    Column("conduct_vendor", "i4", "-", "vendor's type of conduct at the end"),
    Column("respect", "f8", "share", "trait: recent promises kept, no squeeze, hold-up or deceit"),
    Column("collaboration", "f8", "share", "trait: recent problems reported, reviews both ways"),
    Column("success", "f8", "share", "trait: recent months in which both sides gained money"),
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
    "recession_begins": ("-", "-", "-"),
    "recession_ends": ("months it lasted", "-", "-"),
    "needs_shifted": ("issues redrawn", "1 if from outside", "1 if a change of strategy"),
    "shift_noticed": ("months after the shift", "1 if told by the vendor", "-"),
    "contact_left": ("side", "share of memory kept", "1 if a mediator told the new contact"),
    "reviewed": ("1 one-way, 2 two-way", "what is left to learn", "1 if held by the mediator"),
    "change_order": ("price before", "price after", "buyer's expected gain a month"),
    "opportunity_arisen": ("best gain a month", "-", "-"),
    "opportunity_taken": ("gross gain a month", "rent of both a month", "1 if the mediator saw it"),
    "held_up": ("price moved by", "side that held up", "difference in dependence"),
    "squeezed": ("cut demanded", "1 if the vendor gave in", "price before"),
    "given_and_taken": ("price before", "price after", "1 if a new package was signed"),
    "declined": ("tie it named instead; -1 if none", "its estimate of capability there", "-"),
    "mediator_hired": ("number of the mediator", "buyer's expected gain", "vendor's expected gain"),
    "mediator_turned_down": ("number of the mediator", "buyer's expected gain", "vendor's"),
    "leak_found": ("issue leaked", "side whose confidence it was", "-"),
    "measure_agreed": ("θ of the usual measure", "θ of the agreed one", "-"),
    "advised_against": ("estimated joint surplus", "-", "-"),
    "position_named": ("side", "its belief of winning", "mediator's estimate"),
    "conduct_changed": ("side", "type before", "type after"),
    "text_replaced": ("price", "side that proposed", "half of the gain it believes in"),
    "entered": ("-", "-", "-"),
    "in_force": ("months of its term", "months left", "-"),
    "terminated": ("months that were left", "fees paid", "what leaving promises a month"),
    "change_requested": ("side", "its expected gain a month", "1 if the other agreed"),
    "mediator_acts": ("sim.words.Style", "sim.words.Moment", "sides that take part, as bits"),
    "question_asked": ("sim.words.Question", "side asked", "its answer, if that is one number"),
    "estimate_told": ("sim.words.Topic", "side told", "by how much that moves what it is about"),
    "edit_tried": (
        "issue × 16 + level; for several changes, minus their number",
        "by how much the price rose",
        "sides that call it better, as bits",
    ),
    "settled_anew": ("price", "by how much it rose", "-"),
    "ruled": ("price", "side whose last offer it is", "price the mediator thinks fair"),
    "compensated": ("paid to both sides together", "months of the contract", "-"),
    "ruling_declined": ("mean price both expect", "1 if the buyer declined", "1 if the vendor did"),
    "stayed_away": ("number of the style", "number of the moment", "who stayed away, as bits"),
}

# Rows have a fixed size, so these are limits of every scenario.
MAX_ISSUES, MAX_LEVELS, MAX_OFFERS = 12, 8, 60
MAX_CONDUCTS, MAX_DIMENSIONS = 6, 4

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

NEED_MONTHS = (
    Column("world", "i8", "-", "replicate"),
    Column("period", "i4", "month", "calendar month"),
    Column("need", "i4", "-", "the need"),
    Column("tie", "i4", "-", "its current or last tie"),
    Column("active", "i4", "0/1", "1 under a contract"),
    Column("surplus", "f8", "money/month", "realised joint surplus"),
    Column("buyer", "f8", "money/month", "buyer's part"),
    Column("vendor", "f8", "money/month", "vendor's part"),
    Column("first_best", "f8", "money/month", "first best"),
    Column("effort", "f8", "money/month", "vendor's effort a"),
    Column("trust_buyer", "f8", "share", "buyer's trust in the vendor, end of month"),
    Column("trust_vendor", "f8", "share", "vendor's trust in the buyer, end of month"),
)

TABLES = {
    "periods": PERIODS,
    "ties": TIES,
    "events": EVENTS,
    "offers": OFFERS,
    "need_months": NEED_MONTHS,
}


def numpy_field(column: Column) -> tuple[str, str, tuple[int, ...]]:
    """Return name, base type and shape of a column as NumPy takes them.

    A text such as "(12,)f8" is parsed here: NumPy parses it with `ast`, which in Python 3.11 fails
    now and then if two threads do so at once.
    """
    shape, _, base = column.dtype.removeprefix("(").rpartition(")")
    return column.name, base, tuple(int(part) for part in shape.split(",") if part)


@lru_cache
def table_dtype(columns: tuple[Column, ...]) -> np.dtype:
    """Return the structured dtype of a table, aligned as compiled code wants it."""
    return np.dtype([numpy_field(c) for c in columns], align=True)


def allocate(columns: tuple[Column, ...], *shape: int) -> Rows:
    """Return zeroed rows of a table, which rules write in place."""
    return allocate_rows(table_dtype(columns), *shape)
