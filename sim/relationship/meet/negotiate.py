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
from sim.mediation.notes import capability_note, first_note
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
def first_speaker(s, key, tie_pair, t):
    """Return the side that makes the first direct offer."""
    rule_of_first = s.negotiation_first
    if rule_of_first == BY_BUYER:
        return 0
    if rule_of_first == BY_VENDOR:
        return 1
    return 0 if uniforms(key, FIRST_MOVER, tie_pair, t, 0)[0] < 0.5 else 1


@hot
def negotiate(talk, s, key, t, month):
    """Hold one talk; sign its contract or leave an impasse; return 1 if signed."""
    row, need = talk.tie, talk.need
    functions = row.functions if s.mediator_enters < IMPLEMENTATION else 0
    row.talks += 1
    month.talks += 1
    note_event(
        talk.log, talk.number, TALKS_OPEN, float(s.negotiation_deadline),
        talk.trust[BUYER_IN_VENDOR].now, talk.trust[VENDOR_IN_BUYER].now,
    )  # fmt: skip
    agree_measure(talk, s, key, functions)
    fill_own(talk, s)
    notes = prepare(talk, s, key, functions)
    clear_desk(talk)
    imagine_outside(talk, s, key, t)
    stance = stance_of(talk, s)
    slot, price, used, drafted = -1, 0.0, 0, 0
    first = first_speaker(s, key, row.pair, t)
    place, brokered = (key, t, first), functions & BROKER
    if brokered:
        deal = (slot, price, used)
        slot, price, used, stance = mediate(talk, s, place, BEFORE, deal, stance, month)
        if slot < 0:
            deal = (slot, price, used)
            slot, price, used, stance = mediate(talk, s, place, TALK, deal, stance, month)
        drafted = 1 if slot >= 0 else 0
    if slot < 0 and used < s.negotiation_deadline and not talk.desk.instead:
        slot, price, used = direct_talk(talk, s, key, t, first, stance, used)
    if brokered:
        moment, deal = SIGNED if slot >= 0 else IMPASSE, (slot, price, used)
        slot, price, used, stance = mediate(talk, s, place, moment, deal, stance, month)
        drafted = 1 if slot == DRAFT_SLOT or (moment == IMPASSE and slot >= 0) else drafted
    month.offers += used
    need.haggling += 2.0 * s.negotiation_offer_cost * (used + notes)
    need.haggling += s.negotiation_offer_cost * talk.desk.messages
    if slot < 0:
        row.impasses += 1
        row.stalled += 1
        row.cool_until = t + s.market_cooldown
        month.impasses += 1
        hoped_b, hoped_v = stance.opening
        note_event(talk.log, talk.number, FAILED, float(used), hoped_b, hoped_v)
        return 0
    sign(talk, s, talk.log.memo.pack[slot], price, month)
    note_event(talk.log, talk.number, AGREED, price, float(row.months_left), float(used))
    row.engaged = 1 if row.functions > 0 else 0
    if drafted:
        month.drafts_signed += 1
        need.fee += s.mediator_fee_success
        talk.trust[BUYER_IN_MEDIATOR].gain += s.relationship_weight_candour
        talk.trust[VENDOR_IN_MEDIATOR].gain += s.relationship_weight_candour
    return 1


@rule
def prepare(talk, s, key, functions):
    """Let what the regime provides for be said before the first offer; return how many notes.

    What a mediator has to say of delivery, measure and terms is one note, told once to a pair.
    """
    row = talk.tie
    row.promised = row.claim if row.contracts == 0 else min(row.claim, row.expected)
    if s.institution == PARTNERSHIP:
        return open_books(talk, s)
    if not functions & (ALIGN | METRICS | TERMS):
        return 0
    first = first_note(row)
    told = functions & METRICS > 0 and s.delivery_dimensions > 1
    if functions & ALIGN:
        capability_note(talk, s, key, first)
        told = True
    if functions & TERMS and propose_terms(talk, s, key, first):
        told = True
    return 1 if first and told else 0


@rule
def sign(talk, s, levels, price, month):
    """Write a contract into the tie, and count it as a renewal or the start of a spell."""
    row, need = talk.tie, talk.need
    old_price = row.price
    write_terms(talk, s, levels, price)
    row.contracts += 1
    row.stalled, row.attended = 0, 0
    month.signed += 1
    if need.expired == 1 and need.last == talk.number:
        row.renewals += 1
        month.renewals += 1
        note_event(talk.log, talk.number, RENEWED, old_price, price, 0.0)
    else:
        row.spells += 1
    need.partner = talk.number
    need.last = talk.number
    talk.vendor.serving += 1


@rule
def term_of(levels, s):
    """Return the months a package runs."""
    return int(months_of(levels, s))


@rule
def write_terms(talk, s, levels, price):
    """Write terms into the tie: levels, price, what they do and what they are truly worth today."""
    row = talk.tie
    for k in range(s.issues):
        row.agreed[k] = levels[k]
    row.price = price
    row.share = max(0.0, acting_level(s, levels, RISK_SHARE))
    row.penalty = max(0.0, acting_level(s, levels, PENALTY))
    row.liability = max(0.0, acting_level(s, levels, LIABILITY))
    row.alignment = row.proposed_alignment
    row.refused_gain[0], row.refused_gain[1] = 0.0, 0.0
    row.months_left = term_of(levels, s)
    row.looked, row.notice = row.months, 0
    remember_ideal(talk, s)
    appraise_contract(talk, s)
    row.margin = package_value(vendor_base(talk, s), talk.log.memo.own[1], levels, s.issues) + price
    if is_changing(s):
        appraise(talk, s)
