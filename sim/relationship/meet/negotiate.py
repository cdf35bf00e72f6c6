"""The negotiate stage: one talk over one need, and what signing writes down."""

from __future__ import annotations

import numpy as np

from sim.bargain.books import open_books
from sim.bargain.direct import run_direct_protocol
from sim.bargain.imagined import imagine_outside
from sim.bargain.log import note_event
from sim.bargain.stance import compute_stance
from sim.bargain.value import (
    fill_clause_values,
    package_months,
    vendor_base,
)
from sim.contract import (
    LIABILITY,
    PENALTY,
    RISK_SHARE,
    package_value,
    value_of_kind,
)
from sim.jit import hot, rule
from sim.luck import uniforms
from sim.mediation.notes import give_note, mark_first_note
from sim.mediation.rounds.round import clear_desk
from sim.mediation.rounds.talk_rounds import mediate
from sim.mediation.rounds.texts import DRAFT_SLOT
from sim.mediation.terms import propose_terms
from sim.relationship.meet.appraise import (
    appraise_contract,
    appraise_pair,
    can_worth_change,
    write_ideal_levels,
)
from sim.relationship.work.performance import agree_measure
from sim.state import (
    BUYER_IN_MEDIATOR,
    BUYER_IN_VENDOR,
    VENDOR_IN_BUYER,
    VENDOR_IN_MEDIATOR,
)
from sim.words import Entrance, Event, Function, Institution, Moment, Stream

PARTNERSHIP, IMPLEMENTATION = int(Institution.PARTNERSHIP), int(Entrance.IMPLEMENTATION)
BEFORE, TALK = int(Moment.BEFORE), int(Moment.TALK)
IMPASSE, SIGNED = int(Moment.IMPASSE), int(Moment.SIGNED)
BROKER, ALIGN = 1 << int(Function.BROKER), 1 << int(Function.ALIGN)
METRICS, TERMS = 1 << int(Function.METRICS), 1 << int(Function.TERMS)
FIRST_MOVER = np.int64(Stream.FIRST_MOVER)
TALKS_OPEN, AGREED, FAILED, RENEWED = (
    np.int64(Event.TALKS_OPEN),
    np.int64(Event.SIGNED),
    np.int64(Event.IMPASSE),
    np.int64(Event.RENEWED),
)
BY_BUYER, BY_VENDOR = 1, 2


@rule
def first_speaker(params, key, tie_pair, month):
    """Return the side that makes the first direct offer, by the scenario or drawn evenly."""
    rule_of_first = params.negotiation_first
    if rule_of_first == BY_BUYER:
        return 0
    if rule_of_first == BY_VENDOR:
        return 1
    return 0 if uniforms(key, FIRST_MOVER, tie_pair, month, 0)[0] < 0.5 else 1


@hot
def negotiate(talk, params, key, month, totals):
    """Hold one talk; sign its contract or leave an impasse; return 1 if signed.

    The mediator, if it brokers, acts before the direct offers, between them, and after an agreement
    or an impasse. Adds the cost of offers and notes to `haggling` of the need (both sides' money)
    and counts `talks`, `offers`, `signed` or `impasses` in `totals`.
    """
    row, need = talk.tie, talk.need
    functions = row.functions if params.mediator_enters < IMPLEMENTATION else 0
    row.talks += 1
    totals.talks += 1
    note_event(
        talk.log, talk.number, TALKS_OPEN, float(params.negotiation_deadline),
        talk.trust[BUYER_IN_VENDOR].now, talk.trust[VENDOR_IN_BUYER].now,
    )  # fmt: skip
    agree_measure(talk, params, key, functions)
    fill_clause_values(talk, params)
    notes = prepare_talk(talk, params, key, functions)
    clear_desk(talk)
    imagine_outside(talk, params, key, month)
    stance = compute_stance(talk, params)
    slot, price, used, drafted = -1, 0.0, 0, 0
    first = first_speaker(params, key, row.pair, month)
    place, brokered = (key, month, first), functions & BROKER
    if brokered:
        deal = (slot, price, used)
        slot, price, used, stance = mediate(talk, params, place, BEFORE, deal, stance, totals)
        if slot < 0:
            deal = (slot, price, used)
            slot, price, used, stance = mediate(talk, params, place, TALK, deal, stance, totals)
        drafted = 1 if slot >= 0 else 0
    if slot < 0 and used < params.negotiation_deadline and not talk.desk.instead:
        slot, price, used = run_direct_protocol(talk, params, key, month, first, stance, used)
    if brokered:
        moment, deal = SIGNED if slot >= 0 else IMPASSE, (slot, price, used)
        slot, price, used, stance = mediate(talk, params, place, moment, deal, stance, totals)
        drafted = 1 if slot == DRAFT_SLOT or (moment == IMPASSE and slot >= 0) else drafted
    totals.offers += used
    # An offer or a note costs both sides, a mediator's message the one side that it is for.
    need.haggling += 2.0 * params.negotiation_offer_cost * (used + notes)
    need.haggling += params.negotiation_offer_cost * talk.desk.messages
    if slot < 0:
        row.impasses += 1
        row.stalled += 1
        row.cool_until = month + params.market_cooldown
        totals.impasses += 1
        hoped_b, hoped_v = stance.opening
        note_event(talk.log, talk.number, FAILED, float(used), hoped_b, hoped_v)
        return 0
    sign_contract(talk, params, talk.log.memo.pack[slot], price, totals)
    note_event(talk.log, talk.number, AGREED, price, float(row.months_left), float(used))
    row.engaged = 1 if row.functions > 0 else 0
    if drafted:  # a draft that both sign is evidence for whoever wrote it
        totals.drafts_signed += 1
        need.fee += params.mediator_fee_success
        talk.trust[BUYER_IN_MEDIATOR].gain += params.relationship_weight_candour
        talk.trust[VENDOR_IN_MEDIATOR].gain += params.relationship_weight_candour
    return 1


@rule
def prepare_talk(talk, params, key, functions):
    """Let a regime's disclosures happen before the first offer; return the number of notes.

    0 or 1: partners open their books; a mediator's estimates of delivery, measure and terms are one
    note, which a pair gets once. Writes `promised`, the capability written into the contract.
    """
    row = talk.tie
    row.promised = row.claim if row.contracts == 0 else min(row.claim, row.expected)
    if params.institution == PARTNERSHIP:
        return open_books(talk, params)
    if not functions & (ALIGN | METRICS | TERMS):
        return 0
    first = mark_first_note(row)
    told = functions & METRICS > 0 and params.delivery_dimensions > 1
    if functions & ALIGN:
        give_note(talk, params, key, first)
        told = True
    if functions & TERMS and propose_terms(talk, params, key, first):
        told = True
    return 1 if first and told else 0


@rule
def sign_contract(talk, params, levels, price, totals):
    """Write a contract into the tie, and count it as a renewal or the start of a spell.

    `levels` are the agreed levels, `price` is money a month.
    """
    row, need = talk.tie, talk.need
    old_price = row.price
    write_terms(talk, params, levels, price)
    row.contracts += 1
    row.stalled, row.attended = 0, 0
    totals.signed += 1
    if need.expired == 1 and need.last == talk.number:
        row.renewals += 1
        totals.renewals += 1
        note_event(talk.log, talk.number, RENEWED, old_price, price, 0.0)
    else:
        row.spells += 1
    need.partner = talk.number
    need.last = talk.number
    talk.vendor.serving += 1


@rule
def term_in_months(levels, params):
    """Return the whole months a package runs."""
    return int(package_months(levels, params))


@rule
def write_terms(talk, params, levels, price):
    """Write terms into the tie: levels, price, clauses, and their true worth today.

    Writes `agreed`, `price`, `share`, `penalty`, `liability`, `alignment`, `months_left` and
    `margin`, the vendor's gain over its outside option in money a month on its own beliefs.
    """
    row = talk.tie
    for issue in range(params.issues):
        row.agreed[issue] = levels[issue]
    row.price = price
    row.share = max(0.0, value_of_kind(params, levels, RISK_SHARE))
    row.penalty = max(0.0, value_of_kind(params, levels, PENALTY))
    row.liability = max(0.0, value_of_kind(params, levels, LIABILITY))
    row.alignment = row.proposed_alignment
    row.refused_gain[0], row.refused_gain[1] = 0.0, 0.0
    row.months_left = term_in_months(levels, params)
    row.looked, row.notice = row.months, 0
    write_ideal_levels(talk, params)
    appraise_contract(talk, params)
    row.margin = (
        package_value(vendor_base(talk, params), talk.log.memo.own[1], levels, params.issues)
        + price
    )
    if can_worth_change(params):
        appraise_pair(talk, params)
