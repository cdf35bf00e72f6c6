"""Contacts leave, and take what they know with them.

Memory of a relationship sits in people: a share `turnover.loss` of what a side remembers, evidence
and belief alike, leaves with its contact, and the new one starts nearer to a stranger (knowledge
loss by turnover: Carley 1992; Argote 1999). Evidence counts less; first impressions return.

A mediator that continues keeps a record of the old contact's memory (`sim/mediation/record.py`),
which the new one takes up. Deceits are on the record too, and an error in it may set two sides
against each other.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.beliefs import first_guess
from sim.bargain.log import note_event
from sim.bargain.talk_rows import gather_talk_with_tables
from sim.jit import rule
from sim.mediation.confidences import openness_to_mediator
from sim.mediation.record import record_errors, share_on_record
from sim.relationship.work.build_trust import (
    catch_up_trust,
    count_directions,
    current_trust,
    initial_trust,
)
from sim.relationship.work.fear import forget_fear
from sim.state import BUYER_IN_VENDOR, STRANGERS, VENDOR, Log
from sim.words import Event

CONTACT_LEFT = np.int64(Event.CONTACT_LEFT)


@rule
def replace_contacts(world, params, key, need_row, month, candidates, leaves, luck, totals):
    """Let the contact of either side leave; a change of strategy also changes the buyer's.

    `leaves` says of (buyer, vendor) who does, `luck` is a uniform number. The buyer's contact knows
    every vendor it has met, the vendor's only the current or last tie.
    """
    last, log = world.needs[need_row].last, Log(world.memo[0], world.events, world.offers)
    for tie in range(need_row * candidates, (need_row + 1) * candidates):
        for side in range(2):
            if leaves[side] and (side == 0 or tie == last):
                kept, told = 1.0 - params.turnover_loss, 0.0
                if world.ties[tie].met != STRANGERS:
                    talk = gather_talk_with_tables(world, params, need_row, tie)
                    kept, told = hand_over_tie(talk, params, key, month, side, tie == last)
                if side == 1 and luck >= kept:
                    world.ties[tie].signalled = 0
                if tie == last:
                    note_event(log, tie, CONTACT_LEFT, float(side), kept, told)
                    totals.contacts_left += 1


@rule
def hand_over_tie(talk, params, key, month, side, current):
    """Replace a side's contact of a tie; return (share of beliefs kept, 1 if a mediator told).

    Only at the current or last tie has a mediator anything to tell.
    """
    catch_up_trust(talk, params, month)
    kept, record = 1.0 - params.turnover_loss, talk.trust[side]
    good, bad, level = record.good, record.bad, record.level
    damage, deficit = record.damage, 1.0 - record.ceiling
    confided = openness_to_mediator(talk, params, side)
    for direction in range(side, count_directions(params), 2):
        forget_trust(talk.trust[direction], direction, params, kept)
    reach, blur = share_on_record(talk, side, confided) if current else 0.0, 0.0
    if reach > 0.0:
        regained = params.turnover_loss * reach
        error, blur = record_errors(talk, key, month, side, regained)
        take_up_record(record, side, params, reach, (good, bad, level, damage, deficit), error)
        kept += regained
    forget_beliefs(talk, params, side, kept, blur)
    return kept, 1.0 if reach > 0.0 else 0.0


@rule
def forget_trust(row, direction, params, kept):
    """Keep the share `kept` of a side's evidence about another; deceit is forgotten altogether."""
    prior = initial_trust(direction, params)
    row.good *= kept
    row.bad *= kept
    row.level = prior + kept * (row.level - prior)
    row.damage *= kept
    row.ceiling = 1.0
    row.now = current_trust(row, direction, params)


@rule
def take_up_record(row, direction, params, reach, record, error):
    """Let a new contact take up the mediator's record of the old contact's memory.

    `record` is (good, bad, level, damage, missing ceiling) as the old contact had it, `reach` the
    share that reaches the new contact, `error` by how much conduct looks better than it was. A
    record of reliability c counts c of the evidence, with an error of variance (1 − c)/c: the new
    contact's own prior does the shrinking.
    """
    good, bad, level, damage, deficit = record
    prior, count, regained = (
        initial_trust(direction, params),
        good + bad,
        params.turnover_loss * reach,
    )
    if count > 0.0:
        share = min(max(good / count + error, 0.0), 1.0)
        row.good += regained * count * share
        row.bad += regained * count * (1.0 - share)
    row.level += regained * (min(max(level + error, 0.0), 1.0) - prior)
    row.damage += regained * damage
    row.ceiling = 1.0 - reach * deficit
    row.now = current_trust(row, direction, params)


@rule
def forget_beliefs(talk, params, side, kept, blur):
    """Keep the share `kept` of what a side has learnt; the rest returns to a stranger's first guess.

    `blur` is the error, in standard deviations, of what a mediator's record gave back.
    """
    row, scale = talk.tie, params.mirror[side]
    talk.hearing.taken_back[side] *= kept
    for issue in range(params.issues):
        talk.hearing.heard[side, issue] *= kept
        learnt = talk.hearing.learnt[side, issue]
        talk.hearing.learnt[side, issue] = kept * learnt + (1.0 - kept) * params.beliefs_known
        for level in range(params.count[issue]):
            first = first_guess(talk, params, side, scale, issue, level)
            belief = talk.belief[side, issue, level]
            talk.belief[side, issue, level] = kept * belief + (1.0 - kept) * first
    if side == VENDOR:
        row.seen_vendor *= kept
        row.shift_vendor *= kept
        forget_fear(row, params, kept)
        return
    row.seen_buyer *= kept
    row.shift_buyer *= kept
    forget_capability(talk, params, kept, blur)
    forget_productivity(talk, params, kept)


@rule
def forget_capability(talk, params, kept, blur):
    """Let expected capability fall back to what it would be after a share of the experience.

    Of n months of experience kn count: the distance from the first impression p shrinks by k (P +
    n)/(P + kn), the ratio of two posteriors of the normal–normal rule.
    """
    row, vendor, known = talk.tie, talk.vendor, params.beliefs_known
    trust = initial_trust(BUYER_IN_VENDOR, params)
    first = trust * row.claim + (1.0 - trust) * params.vendors_capability
    first = (1.0 - known) * first + known * vendor.capability
    left = params.delivery_prior_months + kept * row.experience
    shrunk = kept * (params.delivery_prior_months + row.experience) / left
    error = params.setup_sd_capability * blur * row.experience / left
    row.expected = min(max(first + shrunk * (row.expected - first) + error, 0.0), 1.0)
    row.experience *= kept


@rule
def forget_productivity(talk, params, kept):
    """Let the belief about κ fall back to what it would be after a share of the observations."""
    row, known = talk.tie, params.beliefs_known
    mean = (1.0 - known) * params.vendors_productivity + known * talk.vendor.productivity
    sd = (1.0 - known) * params.vendors_productivity * params.vendors_productivity_spread
    first = sd * sd / 3.0
    if first <= 0.0:
        return
    below = row.productivity_variance + kept * (first - row.productivity_variance)
    if kept <= 0.0 or below <= 0.0:
        row.expected_productivity, row.productivity_variance = mean, first
        return
    row.expected_productivity = mean + kept * first / below * (row.expected_productivity - mean)
    row.productivity_variance *= first / below
