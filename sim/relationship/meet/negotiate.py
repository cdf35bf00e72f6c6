"""The negotiate stage: one talk over one need, and what signing writes down."""

from __future__ import annotations

import numpy as np

from sim.bargain.books import open_books
from sim.bargain.direct import direct_talk
from sim.bargain.imagined import imagine_outside
from sim.bargain.log import note_event
from sim.bargain.stance import stance_of
from sim.bargain.value import (
    fill_own,
    months_of,
    vendor_base,
)
from sim.contract import (
    LIABILITY,
    PENALTY,
    RISK_SHARE,
    acting_level,
    package_value,
)
from sim.jit import hot, rule
from sim.luck import uniforms
from sim.mediation.notes import give_note, mark_first_note
from sim.mediation.rounds.round import clear_desk
from sim.mediation.rounds.talk_rounds import mediate
from sim.mediation.rounds.texts import DRAFT_SLOT
from sim.mediation.terms import propose_terms
from sim.relationship.meet.appraise import appraise, appraise_contract, is_changing, remember_ideal
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
    """Return the side that makes the first direct offer."""
    rule_of_first = params.negotiation_first
    if rule_of_first == BY_BUYER:
        return 0
    if rule_of_first == BY_VENDOR:
        return 1
    return 0 if uniforms(key, FIRST_MOVER, tie_pair, month, 0)[0] < 0.5 else 1


@hot
def negotiate(talk, params, key, month, totals):
    """Hold one talk; sign its contract or leave an impasse; return 1 if signed."""
    row, need = talk.tie, talk.need
    functions = row.functions if params.mediator_enters < IMPLEMENTATION else 0
    row.talks += 1
    totals.talks += 1
    note_event(
        talk.log, talk.number, TALKS_OPEN, float(params.negotiation_deadline),
        talk.trust[BUYER_IN_VENDOR].now, talk.trust[VENDOR_IN_BUYER].now,
    )  # fmt: skip
    agree_measure(talk, params, key, functions)
    fill_own(talk, params)
    notes = prepare(talk, params, key, functions)
    clear_desk(talk)
    imagine_outside(talk, params, key, month)
    stance = stance_of(talk, params)
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
        slot, price, used = direct_talk(talk, params, key, month, first, stance, used)
    if brokered:
        moment, deal = SIGNED if slot >= 0 else IMPASSE, (slot, price, used)
        slot, price, used, stance = mediate(talk, params, place, moment, deal, stance, totals)
        drafted = 1 if slot == DRAFT_SLOT or (moment == IMPASSE and slot >= 0) else drafted
    totals.offers += used
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
    sign(talk, params, talk.log.memo.pack[slot], price, totals)
    note_event(talk.log, talk.number, AGREED, price, float(row.months_left), float(used))
    row.engaged = 1 if row.functions > 0 else 0
    if drafted:
        totals.drafts_signed += 1
        need.fee += params.mediator_fee_success
        talk.trust[BUYER_IN_MEDIATOR].gain += params.relationship_weight_candour
        talk.trust[VENDOR_IN_MEDIATOR].gain += params.relationship_weight_candour
    return 1


@rule
def prepare(talk, params, key, functions):
    """Let what the regime provides for be said before the first offer; return how many notes.

    What a mediator has to say of delivery, measure and terms is one note, told once to a pair.
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
def sign(talk, params, levels, price, totals):
    """Write a contract into the tie, and count it as a renewal or the start of a spell."""
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
def term_of(levels, params):
    """Return the months a package runs."""
    return int(months_of(levels, params))


@rule
def write_terms(talk, params, levels, price):
    """Write terms into the tie: levels, price, what they do and what they are truly worth today."""
    row = talk.tie
    for k in range(params.issues):
        row.agreed[k] = levels[k]
    row.price = price
    row.share = max(0.0, acting_level(params, levels, RISK_SHARE))
    row.penalty = max(0.0, acting_level(params, levels, PENALTY))
    row.liability = max(0.0, acting_level(params, levels, LIABILITY))
    row.alignment = row.proposed_alignment
    row.refused_gain[0], row.refused_gain[1] = 0.0, 0.0
    row.months_left = term_of(levels, params)
    row.looked, row.notice = row.months, 0
    remember_ideal(talk, params)
    appraise_contract(talk, params)
    row.margin = (
        package_value(vendor_base(talk, params), talk.log.memo.own[1], levels, params.issues)
        + price
    )
    if is_changing(params):
        appraise(talk, params)
