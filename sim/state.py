"""The state of one world: rows of structured arrays.

Rules take rows and scalars. A row is one pointer to compiled code; a tuple of arrays would be hundreds
of numbers at every call. Nothing is resized while a world runs. Letters are those of `docs/model.md`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.desk import DESK
from sim.records import (
    EVENTS,
    MAX_DIMENSIONS,
    MAX_ISSUES,
    MAX_LEVELS,
    MAX_OFFERS,
    NEED_MONTHS,
    OFFERS,
    Column,
    allocate,
)
from sim.seat import SEAT
from sim.words import Side

# Opportunities not yet noticed that a need can have; a further one replaces the oldest.
OPEN_LEADS = 4
TRAITS = 8  # per type of conduct, in this order
EXPOSURE, REGARD, BLAME, IN_RECESSION, OVERSELL, GOODWILL, PUSH, REFUSAL = range(TRAITS)
OPEN_PROBLEMS = 8  # hidden problems a need can have; a further one is always reported

# The sides as compiled code passes them: a literal 0 or 1 would compile a rule again for each.
BUYER, VENDOR = np.int64(Side.BUYER), np.int64(Side.VENDOR)

STRANGERS = 0  # row of trust and beliefs shared by all pairs that have not met

# Rows of `trust`: whose trust in whom.
BUYER_IN_VENDOR, VENDOR_IN_BUYER, BUYER_IN_MEDIATOR, VENDOR_IN_MEDIATOR = 0, 1, 2, 3
DIRECTIONS = 4

NEEDS = (
    Column("outside", "f8", "money/month", "buyer's outside option"),
    Column("risk", "f8", "1/money", "buyer's CARA coefficient"),
    Column("quality_worth", "f8", "money/month", "worth of capability 1 over 0"),
    Column("strategy", "i8", "-", "buyer's strategy, number in its scenario"),
    Column("first_best", "f8", "money/month", "first best of the best candidate, at least 0"),
    Column("best_tie", "i8", "-", "tie that reaches first best; -1 if none does"),
    Column("partner", "i8", "-", "tie under contract; -1 if none"),
    Column("last", "i8", "-", "tie of the current or last contract; first candidate before"),
    Column("talked", "i8", "-", "tie of this month's talk; -1 if none"),
    Column("expired", "i8", "0/1", "1 if a contract ran out last month"),
    Column("open", "i8", "problems", "hidden problems open"),
    Column("haggling", "f8", "money", "cost of this month's talk, both sides, shared equally"),
    Column("fee", "f8", "money", "paid to the mediator this month, shared equally"),
    Column("exit_fee", "f8", "money", "owed to the vendor by a buyer that leaves early"),
    Column("switching", "f8", "money", "cost of a change of vendor this month, the buyer's"),
    Column("buyer_id", "i8", "-", "the buyer, who may have several needs"),
    Column("conduct", "i8", "-", "buyer's type of conduct"),
    Column("next_conduct", "i8", "-", "type it adopts in this round of imitation"),
    Column("exposure", "f8", "share", "ω_d"),
    Column("regard", "f8", "share", "ω"),
    Column("blame", "f8", "share", "b"),
    Column("in_recession", "i8", "-", "sim.words.RecessionConduct"),
    Column("budget", "f8", "money/month", "most a price may be, in calm times; 0 without one"),
    Column("productivity", "f8", "money/month", "κ_b of the buyer's cooperation"),
    Column("weights", f"({MAX_DIMENSIONS},)f8", "share", "of dimensions of performance, norm 1"),
    Column("demand", "f8", "factor", "downstream demand"),
    Column("worth_factor", "f8", "factor", "demand, economy: multiplies worth of generic issues"),
    Column("unnoticed", "i8", "0/1", "1 if a shift has not been noticed"),
    Column("shifted_at", "i8", "month", "month of the oldest shift not noticed"),
    Column("shift_hazard", "f8", "-", "accumulated hazard of noticing it"),
    Column("shift_threshold", "f8", "-", "Exp(1) threshold at which it is noticed"),
    Column("potential", "f8", "money/month", "best gain from every opportunity so far, faded"),
    Column("leads", "i8", "opportunities", "opportunities open and not noticed"),
    Column("stranded", "f8", "money/month", "rent of assets of ties that ended"),
    Column("disrespect", "i8", "acts", "of this month's choosing: squeezes and hold-ups"),
    Column("earned", "f8", "money", "buyer's part since the last round of imitation"),
    Column("proposal", "i8", "-", "tie proposed to in this month's matching; -1 if none"),
    Column("following", "i8", "-", "next need held by the same vendor in matching"),
    Column("start", "i8", "month", "month it comes to market"),
    Column("aged", "f8", "share", "of the term of a contract signed then that has passed already"),
    Column("contest", "i8", "0/1", "1 if the buyer sees every issue as a contest"),
)

VENDORS = (
    Column("outside", "f8", "money/month", "vendor's outside option"),
    Column("risk", "f8", "1/money", "vendor's CARA coefficient"),
    Column("productivity", "f8", "money/month", "κ"),
    Column("capability", "f8", "share", "true capability q"),
    Column("strategy", "i8", "-", "vendor's strategy, number in its scenario"),
    Column("outside_calm", "f8", "money/month", "vendor's outside option in calm times"),
    Column("conduct", "i8", "-", "vendor's type of conduct"),
    Column("next_conduct", "i8", "-", "type it adopts in this round of imitation"),
    Column("exposure", "f8", "share", "ω_d"),
    Column("regard", "f8", "share", "ω"),
    Column("oversell", "f8", "share", "share of missing capability that its claim hides"),
    Column("goodwill", "f8", "share", "γ"),
    Column("push", "f8", "share", "share of effort spent on selling"),
    Column("refusal", "f8", "share", "declines if less capable than this"),
    Column("serving", "i8", "contracts", "contracts in force"),
    Column("earned", "f8", "money", "vendor's part since the last round of imitation"),
    Column("good", "f8", "evidence", "good evidence of all buyers about it"),
    Column("bad", "f8", "evidence", "bad evidence of all buyers about it"),
    Column("held", "i8", "-", "first need held in this month's matching; -1 if none"),
    Column("holding", "i8", "needs", "needs held in this month's matching"),
    Column("contest", "i8", "0/1", "1 if the vendor sees every issue as a contest"),
)

MEDIATORS = (
    Column("number", "i8", "-", "number of the mediator, from 0"),
    Column("competence_buyer", "f8", "share", "competence about buyers"),
    Column("competence_vendor", "f8", "share", "competence about vendors"),
    Column("bias", "f8", "share", "−1 vendor's advocate … +1 buyer's"),
    Column("manner", "i8", "-", "which list of styles it practises, number in its scenario"),
    Column("announce", "f8", "share", "m: chance that it announces a draft it has"),
    Column("deferential", "f8", "share", "how far its drafts follow what both sides demand"),
)

HEARING = (
    Column("told", f"({MAX_ISSUES},)f8", "money/month", "buyer's worth of an issue when last told"),
    Column("heard", f"(2,{MAX_ISSUES})f8", "share", "of the other's table that has reached a side"),
    Column("learnt", f"(2,{MAX_ISSUES})f8", "share", "L: of an issue seen as no contest"),
    Column("enough", f"(2,{MAX_ISSUES})f8", "share", "L at which it is seen through; 0 unmet"),
    Column("taken_back", "(2,)f8", "share", "of the fixed-pie error in a side's first beliefs"),
    Column("conduct", "(2,)f8", "share", "of the other, as a mediator told a side this month"),
    Column("believed", "(2,)f8", "share", "how far a side believes that; 0 if nothing was told"),
)

LEADS = (
    Column("gain", "f8", "money/month", "best gain a², faded"),
    Column("hazard", "f8", "-", "accumulated hazard of being noticed by the two sides"),
    Column("seen", "f8", "-", "accumulated hazard of being noticed by the mediator"),
    Column("threshold", "f8", "-", "Exp(1) threshold at which it is noticed"),
    Column("since", "i8", "month", "month it arose"),
)

TIE_STATE = (
    Column("need", "i8", "-", "the need"),
    Column("vendor_id", "i8", "-", "the vendor"),
    Column("pair", "i8", "-", "persistent identity of the pair"),
    Column("met", "i8", "-", "row of trust and beliefs; STRANGERS before the first talk"),
    Column("first_best", "f8", "money/month", "surplus on the best terms, may be negative"),
    Column("best_sum", "f8", "money/month", "first best's part from generic issues and duration"),
    Column("best_incentive", "f8", "money/month", "first best's part from s*"),
    Column("best_share", "f8", "share", "s*"),
    Column("claim", "f8", "share", "claimed capability"),
    Column("expected", "f8", "share", "buyer's expected capability"),
    Column("experience", "f8", "months", "experience behind that expectation"),
    Column("expected_productivity", "f8", "money/month", "buyer's belief about κ"),
    Column("productivity_variance", "f8", "money²", "variance of that belief"),
    Column("shift_buyer", "f8", "money/month", "what the buyer learnt of the vendor's base"),
    Column("shift_vendor", "f8", "money/month", "what the vendor learnt of the buyer's base"),
    Column("seen_buyer", "f8", "offers", "trusted offers the buyer has seen"),
    Column("seen_vendor", "f8", "offers", "trusted offers the vendor has seen"),
    Column("cool_until", "i8", "month", "no talk before this month"),
    Column("score_buyer", "f8", "-", "buyer's score of the tie this month; below 0 if no choice"),
    Column("score_vendor", "f8", "-", "vendor's score of the buyer"),
    Column("refused", "i4", "0/1", "1 if the vendor turned the need away in this month's matching"),
    Column("declined", "i4", "talks", "talks the vendor declined honestly"),
    Column("agreed", f"({MAX_ISSUES},)i1", "-", "levels of the contract"),
    Column("stalled", "i4", "talks", "impasses since the last contract"),
    Column("ideal", f"({MAX_ISSUES},)i1", "-", "levels that were best when it was signed"),
    Column("ideal_sum", "f8", "money/month", "today's true surplus of these levels"),
    Column("price", "f8", "money/month", "price of the contract"),
    Column("share", "f8", "share", "s: risk share"),
    Column("penalty", "f8", "factor", "g_b"),
    Column("liability", "f8", "factor", "g_v"),
    Column("alignment", "f8", "share", "θ of the contract"),
    Column("proposed_alignment", "f8", "share", "θ of the measure on the table"),
    Column("believed_alignment", "f8", "share", "θ as the vendor last thought of it"),
    Column("effort", "f8", "money/month", "a of the month"),
    Column("cooperation", "f8", "money/month", "b of the month"),
    Column("lore", "f8", "share", "what has been learnt about working together"),
    Column("taken", "f8", "money/month", "best gain from opportunities taken, faded"),
    Column("asset_gain", "f8", "money/month", "gross return of what was invested in them, faded"),
    Column("rent_buyer", "f8", "money/month", "rent of what the buyer invested, faded"),
    Column("rent_vendor", "f8", "money/month", "rent of what the vendor invested, faded"),
    Column("reviewed", "i4", "months", "months under contract at the last review"),
    Column("requested", "i4", "months", "months under contract at the last chance to ask"),
    Column("refused_gain", "(2,)f8", "money/month", "a side's last refused request, its own gain"),
    Column("looked", "i4", "months", "months under contract at the last look at the market"),
    Column("notice", "i4", "0/1", "1 once the buyer has given notice"),
    Column("signalled", "i8", "bits", "issues whose shift only the vendor has seen"),
    Column("mediator", "i8", "-", "number of the mediator of this tie"),
    Column("functions", "i8", "bits", "functions of that mediator here; 0 if none takes part"),
    Column("noted", "i4", "bits", "mediators that have given this pair their note"),
    Column("squeezed_at", "i4", "month", "recession in which terms were last reopened, + 1"),
    Column("respect", "f8", "share", "trait, recent average"),
    Column("collaboration", "f8", "share", "trait, recent average"),
    Column("success", "f8", "share", "trait, recent average"),
    Column("worth_sum", "f8", "money/month", "true worth of the agreed levels"),
    Column("cost_sum", "f8", "money/month", "true cost of the agreed levels"),
    Column("months_left", "i4", "months", "months left under the contract"),
    Column("margin", "f8", "money/month", "vendor's gain over its outside option, as it believes"),
    Column("promised", "f8", "share", "capability promised and written down"),
    Column("estimate", "f8", "share", "mediator's estimate of it; -1 if none was given"),
    Column("engaged", "i4", "0/1", "1 if a mediator accompanies the contract"),
    Column("grievance", "f8", "money", "G"),
    Column("fear", "f8", "share", "blame the vendor has learnt to expect for bad news"),
    Column("news_met", "f8", "news", "weight of the receptions behind that expectation"),
    Column("feared", "f8", "share", "blame it expected when the last problem arose"),
    Column("found", "i4", "problems", "hidden problems found since the last dispute"),
    Column("attended", "i4", "months", "of this contract in which a standing neutral was there"),
    Column("unfair", "i4", "acts", "of the buyer: months of withheld payment, squeezes, hold-ups"),
    Column("caught_up", "i8", "month", "trust has been brought up to this month"),
    Column("talks", "i4", "talks", "talks held"),
    Column("impasses", "i4", "talks", "of these without a contract"),
    Column("contracts", "i4", "contracts", "contracts signed"),
    Column("renewals", "i4", "contracts", "of these renewals"),
    Column("months", "i8", "months", "months under a contract"),
    Column("spells", "i4", "spells", "uninterrupted runs of contracts"),
    Column("problems_arrived", "i4", "problems", "problems that arose"),
    Column("problems_reported", "i4", "problems", "of these, reported at once"),
    Column("problems_discovered", "i4", "problems", "hidden problems discovered"),
    Column("dispute_count", "i4", "disputes", "grievances that became disputes"),
    Column("fought", "i4", "disputes", "of these, fought"),
    Column("surplus", "f8", "money", "realised joint surplus so far"),
    Column("buyer", "f8", "money", "buyer's part so far"),
    Column("vendor", "f8", "money", "vendor's part so far"),
)

TRUST = (
    Column("good", "f8", "evidence", "r: remembered good evidence"),
    Column("bad", "f8", "evidence", "u: remembered bad evidence"),
    Column("ceiling", "f8", "share", "Θ: ceiling lowered by deceit"),
    Column("level", "f8", "share", "trust of the `ewma` and `two_layer` rules"),
    Column("damage", "f8", "share", "R of the `two_layer` rule"),
    Column("now", "f8", "share", "trust as it stood at the start of the month"),
    Column("gain", "f8", "evidence", "good evidence of this month"),
    Column("loss", "f8", "evidence", "bad evidence of this month, before η"),
    Column("deceit", "f8", "deceits", "deceits detected this month"),
)

HIDDEN_PROBLEMS = (
    Column("tie", "i8", "-", "tie under which it arose"),
    Column("since", "i8", "month", "month it arose"),
    Column("harm", "f8", "money/month", "harm per month by now"),
    Column("hazard", "f8", "-", "accumulated hazard of discovery"),
    Column("threshold", "f8", "-", "Exp(1) threshold at which it is discovered"),
    Column("penalty", "f8", "factor", "π g_b owed when found"),
)

MEMO = (
    Column(
        "own", f"(2,{MAX_ISSUES},{MAX_LEVELS})f8", "money/month", "own tables of the talk at hand"
    ),
    Column(
        "truth", f"({MAX_ISSUES},{MAX_LEVELS})f8", "money/month", "true worth to the buyer today"
    ),
    Column(
        "pack",
        f"(6,{MAX_ISSUES})i8",
        "-",
        "slots of levels: buyer's, vendor's, draft, standard, blank, agreed",
    ),
    Column("last_levels", f"(2,{MAX_ISSUES})i8", "-", "levels each side offered last in this talk"),
    Column("worth", f"(2,{MAX_OFFERS})f8", "money/month", "per side: of every offer it heard"),
    Column("wrong", "i8", "0/1", "1 once a strategy answered something else than a number"),
    Column("world", "i8", "-", "number of this world"),
    Column("month", "i8", "month", "the month at hand"),
    Column("candidates", "i8", "ties", "ties of a need"),
    Column("event_rows", "i8", "rows", "events written"),
    Column("offer_rows", "i8", "rows", "offers written"),
    Column("need_rows", "i8", "rows", "rows of need_months written"),
    Column("acquaintances", "i8", "ties", "pairs that have met"),
    Column("recession", "i8", "0/1", "1 in a recession"),
    Column("recession_since", "i8", "month", "month it began"),
    Column("transactions", "f8", "money", "reviews, changes and requests, shared equally"),
    Column("hidden_now", "i8", "problems", "problems of the present vendor discovered this month"),
    Column("told_now", "i8", "problems", "problems reported this month"),
    Column("kept", "i8", "0/1", "1 if this month was delivered as promised"),
    Column("disrespect", "i8", "acts", "squeezes and hold-ups this month"),
    Column("harm", "f8", "money", "harm of hidden problems to the buyer"),
    Column("felt", "f8", "money", "of this, harm from the present vendor's problems"),
    Column("repair", "f8", "money", "repairs of reported problems, paid by the vendor"),
    Column("buyer_repair", "f8", "money", "repairs of discovered problems, paid by the buyer"),
    Column("unavoidable", "f8", "money", "cost of repairing this month's problem at once"),
    Column(
        "vendor_pays", "f8", "money", "penalties, withheld payment and settlements, vendor to buyer"
    ),
    Column("withheld", "f8", "money", "of these, payment withheld in blame"),
    Column("fight_buyer", "f8", "money", "buyer's cost of fighting"),
    Column("fight_vendor", "f8", "money", "vendor's cost of fighting"),
    Column("governance", "f8", "money", "buyer's cost of watching over the running contract"),
    Column("imagined", "(2,)f8", "money/month", "how much a side overestimates its outside option"),
    Column("chance", "(2,)f8", "share", "of the buyer's winning a dispute, as each side sees it"),
    Column("merits", "f8", "share", "that chance from what the vendor told the mediator"),
)

# An offer as the rules write it: as in the offers table, with the levels in one field.
OFFER_ROWS = (
    *(column for column in OFFERS if not column.name.startswith("level_")),
    Column("levels", f"({MAX_ISSUES},)i4", "-", "levels of the package; -1 beyond the last issue"),
)


class Log(NamedTuple):
    """Scratch of the current month, and the rows of events and offers to be written."""

    memo: np.record
    events: np.recarray
    offers: np.recarray


class Talk(NamedTuple):
    """One talk's part of the state: rows of need, tie and vendor, their trust and beliefs."""

    number: int  # of the tie
    need: np.record
    tie: np.record
    vendor: np.record
    trust: np.recarray  # [direction]
    belief: np.ndarray  # [side, issue, level]
    hearing: np.record  # what has reached each side of the other's table
    log: Log
    mediator: np.record
    desk: np.record
    seats: tuple[np.record, np.record]  # of buyer and vendor


class World(NamedTuple):
    """The state of one world: arrays whose rows rules read and write."""

    needs: np.recarray
    vendors: np.recarray
    ties: np.recarray
    trust: np.recarray  # [1 + tie, direction], by `met`
    table: np.ndarray  # worth [need, issue, level] to buyers
    noticed: np.ndarray  # the same as buyers see it; the very same array if needs do not shift
    vendor_table: np.ndarray  # value [vendor, issue, level] to vendors (minus cost)
    belief: np.ndarray  # [1 + tie, side, issue, level], by `met`: what the other's table may be
    hearing: np.recarray  # [1 + tie], by `met`
    problems: np.recarray  # [need, slot]
    leads: np.recarray  # [need, slot]
    mediators: np.recarray
    memo: np.recarray  # [1]
    desk: np.recarray  # [1]
    seats: np.recarray  # [side], of the talk at hand
    events: np.recarray
    offers: np.recarray
    need_months: np.recarray


class Sizes(NamedTuple):
    """Size of a world: numbers of rows, and whether needs can shift."""

    needs: int
    vendors: int
    candidates: int
    issues: int
    levels: int
    mediators: int
    shifting: bool


def empty_world(sizes: Sizes, events: int = 0, offers: int = 0, need_months: int = 0) -> World:
    """Allocate a world, with so many rows for its logs; all zeros.

    Rows that are never written take no memory, as systems allocate pages on the first write.
    """
    needs, vendors, candidates, issues, levels, mediators, shifting = sizes
    ties = needs * candidates
    table = np.zeros((needs, issues, levels))
    return World(
        allocate(NEEDS, needs),
        allocate(VENDORS, vendors),
        allocate(TIE_STATE, ties),
        allocate(TRUST, 1 + ties, DIRECTIONS + 2 * (mediators - 1)),
        table,
        np.zeros((needs, issues, levels)) if shifting else table,
        np.zeros((vendors, issues, levels)),
        np.zeros((1 + ties, 2, issues, levels)),
        allocate(HEARING, 1 + ties),
        allocate(HIDDEN_PROBLEMS, needs, OPEN_PROBLEMS),
        allocate(LEADS, needs, OPEN_LEADS),
        allocate(MEDIATORS, mediators),
        allocate(MEMO, 1),
        allocate(DESK, 1),
        allocate(SEAT, 2),
        allocate(EVENTS, events),
        allocate(OFFER_ROWS, offers),
        allocate(NEED_MONTHS, need_months),
    )
