"""The state of one world: rows of structured arrays, and the row of parameters every rule reads.

Rules take rows and scalars; a row is one pointer to compiled code, where a tuple of arrays would be
hundreds of numbers at every call. Nothing here is resized while a world runs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.records import EVENTS, MAX_ISSUES, MAX_LEVELS, OFFERS, Column, allocate
from sim.words import Side

OPEN_PROBLEMS = 8  # hidden problems one need can have open; a further one is always told
SHADE_POINTS = 65  # grid of the shading tables
STRATEGY_COUNT = 5  # strategies of the catalogue

# The sides as compiled code passes them: a plain 0 or 1 would compile a rule anew for each.
BUYER, VENDOR = np.int64(Side.BUYER), np.int64(Side.VENDOR)

# Rows of `trust`: whose trust in whom.
BUYER_IN_VENDOR, VENDOR_IN_BUYER, BUYER_IN_MEDIATOR, VENDOR_IN_MEDIATOR = 0, 1, 2, 3
DIRECTIONS = 4

NEEDS = (
    Column("outside", "f8", "money/month", "buyer's outside option"),
    Column("risk", "f8", "1/money", "buyer's CARA coefficient"),
    Column("quality_worth", "f8", "money/month", "worth of capability 1 over 0"),
    Column("strategy", "i8", "-", "buyer's strategy, number in the catalogue"),
    Column("first_best", "f8", "money/month", "first best of the best candidate, at least 0"),
    Column("best_tie", "i8", "-", "the tie that reaches it; -1 if none does"),
    Column("partner", "i8", "-", "tie under contract; -1 if none"),
    Column("last", "i8", "-", "tie of the current or last contract; first candidate before"),
    Column("talked", "i8", "-", "tie of this month's talk; -1 if none"),
    Column("expired", "i8", "0/1", "1 if a contract ran out last month"),
    Column("open", "i8", "problems", "hidden problems open"),
    Column("haggling", "f8", "money", "cost of this month's talk, both sides, shared equally"),
    Column("fee", "f8", "money", "paid to the mediator this month, shared equally"),
)

VENDORS = (
    Column("outside", "f8", "money/month", "vendor's outside option"),
    Column("risk", "f8", "1/money", "vendor's CARA coefficient"),
    Column("productivity", "f8", "money/month", "κ"),
    Column("capability", "f8", "share", "true capability q"),
    Column("strategy", "i8", "-", "vendor's strategy, number in the catalogue"),
)

TIE_STATE = (
    Column("need", "i8", "-", "the need"),
    Column("vendor_id", "i8", "-", "the vendor"),
    Column("pair", "i8", "-", "persistent identity of the pair"),
    Column(
        "first_best", "f8", "money/month", "surplus of this pair on the best terms, may be negative"
    ),
    Column("best_sum", "f8", "money/month", "its part from generic issues and duration"),
    Column("best_incentive", "f8", "money/month", "its part from s*"),
    Column("best_share", "f8", "share", "s*"),
    Column("claim", "f8", "share", "claimed capability"),
    Column("expected", "f8", "share", "buyer's expected capability"),
    Column("experience", "f8", "months", "weight behind it"),
    Column("expected_productivity", "f8", "money/month", "buyer's belief about κ"),
    Column("productivity_variance", "f8", "money²", "its variance"),
    Column(
        "shift_buyer",
        "f8",
        "money/month",
        "what talks taught the buyer about the vendor's reservation",
    ),
    Column("shift_vendor", "f8", "money/month", "and the vendor about the buyer's"),
    Column("seen_buyer", "f8", "offers", "trusted offers the buyer has seen"),
    Column("seen_vendor", "f8", "offers", "and the vendor"),
    Column("cool_until", "i8", "month", "no talk before this month"),
    Column("agreed", f"({MAX_ISSUES},)i1", "-", "levels of the contract"),
    Column("stalled", "i8", "talks", "impasses since the last contract"),
    Column("price", "f8", "money/month", "price of the contract"),
    Column("share", "f8", "share", "s: risk share"),
    Column("penalty", "f8", "factor", "g_b"),
    Column("liability", "f8", "factor", "g_v"),
    Column("alignment", "f8", "share", "θ of the contract"),
    Column("worth_sum", "f8", "money/month", "true worth of the agreed levels"),
    Column("cost_sum", "f8", "money/month", "true cost of the agreed levels"),
    Column("months_left", "i8", "months", "months left under the contract"),
    Column(
        "margin", "f8", "money/month", "vendor's margin over its outside option, on its own beliefs"
    ),
    Column("promised", "f8", "share", "capability promised and written down"),
    Column(
        "estimate", "f8", "share", "mediator's estimate of capability behind it; -1 without one"
    ),
    Column("engaged", "i8", "0/1", "1 if a mediator accompanies the contract"),
    Column("grievance", "f8", "money", "G"),
    Column("found", "i8", "problems", "hidden problems found since the last dispute"),
    Column("caught_up", "i8", "month", "trust has been brought up to this month"),
    Column("talks", "i8", "talks", "talks held"),
    Column("impasses", "i8", "talks", "of these without a contract"),
    Column("contracts", "i8", "contracts", "contracts signed"),
    Column("renewals", "i8", "contracts", "of these renewals"),
    Column("months", "i8", "months", "months under a contract"),
    Column("spells", "i8", "spells", "uninterrupted runs of contracts"),
    Column("problems_arrived", "i8", "problems", "problems"),
    Column("problems_reported", "i8", "problems", "told at once"),
    Column("problems_discovered", "i8", "problems", "found out"),
    Column("dispute_count", "i8", "disputes", "disputes"),
    Column("fought", "i8", "disputes", "fought"),
    Column("surplus", "f8", "money", "realised joint surplus so far"),
    Column("buyer", "f8", "money", "buyer's part so far"),
    Column("vendor", "f8", "money", "vendor's part so far"),
)

TRUST = (
    Column("good", "f8", "evidence", "r"),
    Column("bad", "f8", "evidence", "u"),
    Column("ceiling", "f8", "share", "Θ"),
    Column("level", "f8", "share", "trust of the `ewma` and `two_layer` rules"),
    Column("damage", "f8", "share", "R of the `two_layer` rule"),
    Column("now", "f8", "share", "trust as it stood at the start of the month"),
    Column("gain", "f8", "evidence", "good evidence of this month"),
    Column("loss", "f8", "evidence", "bad evidence of this month, before η"),
    Column("deceit", "f8", "deceits", "deceits detected this month"),
)

OPEN = (
    Column("tie", "i8", "-", "tie under which it arose"),
    Column("since", "i8", "month", "month it arose"),
    Column("harm", "f8", "money/month", "harm per month by now"),
    Column("hazard", "f8", "-", "accumulated hazard"),
    Column("threshold", "f8", "-", "Exp(1) threshold at which it is discovered"),
    Column("penalty", "f8", "factor", "π g_b owed when found"),
)

MEMO = (
    Column(
        "own", f"(2,{MAX_ISSUES},{MAX_LEVELS})f8", "money/month", "own tables of the talk at hand"
    ),
    Column(
        "estimate", f"(2,{MAX_ISSUES},{MAX_LEVELS})f8", "money/month", "the mediator's estimates"
    ),
    Column("pack", f"(4,{MAX_ISSUES})i8", "-", "levels: buyer's, vendor's, draft, standard"),
    Column("said", f"(2,{MAX_ISSUES})i8", "-", "levels each side offered last"),
    Column(
        "talk", "(4,2)f8", "money/month", "per side: last ask, last utility seen, its rise, turns"
    ),
    Column("world", "i8", "-", "number of this world"),
    Column("month", "i8", "month", "the month at hand"),
    Column("candidates", "i8", "ties", "ties of a need"),
    Column("event_rows", "i8", "rows", "events written"),
    Column("offer_rows", "i8", "rows", "offers written"),
    Column("harm", "f8", "money", "harm of hidden problems to the buyer"),
    Column("felt", "f8", "money", "of this, harm from the present vendor's problems"),
    Column("repair", "f8", "money", "repairs of told problems, paid by the vendor"),
    Column("buyer_repair", "f8", "money", "repairs of found problems, paid by the buyer"),
    Column("unavoidable", "f8", "money", "what fixing this month's problem at once costs"),
    Column(
        "vendor_pays", "f8", "money", "penalties, withheld payment and settlements, vendor to buyer"
    ),
    Column("withheld", "f8", "money", "of these, payment withheld in blame"),
    Column("fight_buyer", "f8", "money", "buyer's cost of fighting"),
    Column("fight_vendor", "f8", "money", "vendor's cost of fighting"),
)

# The population's tables, beside the scalar keys in the one row of parameters; tables are
# [side, issue, level] in money to that side per month (a cost is negative worth).
SETUP_TABLES = (
    Column("issues", "i8", "issues", "how many"),
    Column("kind", f"({MAX_ISSUES},)i8", "-", "sim.words.IssueKind"),
    Column("count", f"({MAX_ISSUES},)i8", "levels", "levels of each issue"),
    Column(
        "value", f"({MAX_ISSUES},{MAX_LEVELS})f8", "by kind", "months, s, g_b or g_v of a level"
    ),
    Column("average", f"(2,{MAX_ISSUES},{MAX_LEVELS})f8", "money/month", "population mean"),
    Column("spread", f"(2,{MAX_ISSUES})f8", "share", "population spread"),
    Column("sd", f"(2,{MAX_ISSUES},{MAX_LEVELS})f8", "money/month", "population sd"),
    Column("standard", f"({MAX_ISSUES},)i8", "-", "levels of the standard package"),
    Column("shade", f"(2,{SHADE_POINTS})f8", "share", "shading of the scenario's strategic level"),
    Column("posted", f"(2,{SHADE_POINTS})f8", "share", "margin of a take-it-or-leave-it proposer"),
    Column("mixture", f"(2,{STRATEGY_COUNT})f8", "share", "cumulative weights of strategies"),
    Column("exponent", f"({STRATEGY_COUNT},)f8", "-", "of each strategy"),
    Column("family", f"({STRATEGY_COUNT},)i8", "-", "of each strategy"),
)


# An offer as the rules write it: as in the offers table, with the levels in one field.
OFFER_ROWS = (
    *(column for column in OFFERS if not column.name.startswith("level_")),
    Column("levels", f"({MAX_ISSUES},)i4", "-", "levels of the package; -1 beyond the last issue"),
)


class Log(NamedTuple):
    """Scratch of the month at hand, and room for what is written down."""

    memo: np.record
    events: np.recarray
    offers: np.recarray


class Talk(NamedTuple):
    """One talk's share of the state: rows of the need, tie and vendor, and what they believe."""

    number: int  # of the tie
    need: np.record
    tie: np.record
    vendor: np.record
    trust: np.recarray  # [direction]
    belief: np.ndarray  # [side, issue, level]
    log: Log


class World(NamedTuple):
    """One world's state."""

    needs: np.recarray
    vendors: np.recarray
    ties: np.recarray
    trust: np.recarray  # [tie, direction]
    table: np.ndarray  # worth [need, issue, level] to buyers
    vendor_table: np.ndarray  # value [vendor, issue, level] to vendors (minus cost)
    belief: np.ndarray  # [tie, side, issue, level] what the side thinks the other's table is
    problems: np.recarray  # [need, slot]
    memo: np.recarray  # [1]
    events: np.recarray
    offers: np.recarray


def empty_world(sizes: tuple[int, int, int, int, int], events: int = 0, offers: int = 0) -> World:
    """Allocate a world of (needs, vendors, candidates, issues, levels) with room for its logs."""
    needs, vendors, candidates, issues, levels = sizes
    ties = needs * candidates
    return World(
        allocate(NEEDS, needs),
        allocate(VENDORS, vendors),
        allocate(TIE_STATE, ties),
        allocate(TRUST, ties, DIRECTIONS),
        np.zeros((needs, issues, levels)),
        np.zeros((vendors, issues, levels)),
        np.zeros((ties, 2, issues, levels)),
        allocate(OPEN, needs, OPEN_PROBLEMS),
        allocate(MEMO, 1),
        allocate(EVENTS, events),
        allocate(OFFER_ROWS, offers),
    )
