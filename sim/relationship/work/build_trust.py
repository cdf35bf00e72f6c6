"""The remember stage: behaviour becomes trust, by one of three published rules.

`beta`: r ← λr + good, u ← λu + η bad, T = min(Θ, (r + a₀)/(r + u + a₀ + b₀)) (Jøsang & Ismail 2002,
with a prior that does not decay). `ewma`: T rises by a⁺(1 − T), falls by a⁻T. `two_layer`: trust
under a ceiling 1 − R that violations lower (Pant & Yu). Under every rule detected deceit lowers a
ceiling Θ ← Θ(1 − μ) that recovers by ρ_Θ(1 − Θ) (Schweitzer, Hershey & Bradlow 2006). The ceiling
caps trust, or multiplies it: then it binds at any level of trust.

A row of trust holds what one party remembers of another: `good` and `bad` evidence, or a level.
"""

from __future__ import annotations

from sim.arithmetic import power, whole_power
from sim.jit import hot, rule
from sim.state import BUYER_IN_MEDIATOR, DIRECTIONS
from sim.words import Ceiling, TrustRule

BETA, EWMA, TWO_LAYER = int(TrustRule.BETA), int(TrustRule.EWMA), int(TrustRule.TWO_LAYER)
MULTIPLIES = int(Ceiling.MULTIPLIES)


@rule
def trust_prior(direction, params):
    """Return (a₀, b₀), the good and bad evidence with which trust in a stranger starts."""
    if direction >= BUYER_IN_MEDIATOR:
        return params.mediator_prior_good, params.mediator_prior_bad
    return params.relationship_prior_good, params.relationship_prior_bad


@rule
def initial_trust(direction, params):
    """Return the trust in a party of which nothing has been seen yet; share."""
    good, bad = trust_prior(direction, params)
    return good / (good + bad)


@hot
def current_trust(row, direction, params):
    """Return trust from 0 to 1 from the evidence or level that a row remembers."""
    good, bad = trust_prior(direction, params)
    trust = row.level
    if params.relationship_trust_rule == BETA:
        trust = (row.good + good) / (row.good + row.bad + good + bad)
    return apply_ceiling(trust, row, params)


@rule
def apply_ceiling(trust, row, params):
    """Return trust under the ceiling that deceit has lowered; share."""
    if params.relationship_ceiling == MULTIPLIES:
        return row.ceiling * trust
    return min(row.ceiling, trust)


@rule
def routine_weight(trust, params):
    """Return the weight of an ordinary month: the better it was expected, the less it teaches.

    w (1 − wear · T), by learning from surprise (Rescorla & Wagner 1972); in units of evidence.
    """
    return params.relationship_weight_routine * (1.0 - params.relationship_routine_wear * trust.now)


@rule
def set_initial_trust(row, direction, params):
    """Set a row to the trust in a stranger. Writes `ceiling`, `level` and `now`."""
    row.ceiling = 1.0
    row.level = initial_trust(direction, params)
    row.now = current_trust(row, direction, params)


@hot
def fade_memory(row, direction, params, months):
    """Let `months` without evidence pass: memory decays towards the prior, ceilings recover.

    Writes `good`, `bad`, `ceiling`, `level` and `damage`; `now` is left to the caller.
    """
    kept = whole_power(params.relationship_memory, months)
    row.good *= kept
    row.bad *= kept
    row.ceiling = 1.0 - (1.0 - row.ceiling) * whole_power(
        1.0 - params.relationship_ceiling_recovery, months
    )
    if params.relationship_trust_rule != BETA:
        prior = initial_trust(direction, params)
        row.level = prior + kept * (row.level - prior)
        row.damage *= whole_power(1.0 - params.relationship_damage_decay, months)


@hot
def add_evidence(row, params):
    """Add this month's evidence to what a row remembers, and clear it."""
    row.good += row.gain
    row.bad += params.relationship_negativity * row.loss
    if params.relationship_trust_rule == TWO_LAYER:
        if row.loss > 0.0:
            row.damage += evidence_share(params.relationship_damage_rise, row.loss) * (
                1.0 - row.damage
            )
        move_level(row, 1.0 - row.damage, params)
    elif params.relationship_trust_rule == EWMA:
        move_level(row, 1.0, params)
    if row.deceit > 0.0:
        row.ceiling *= power(1.0 - params.relationship_deceit_cut, row.deceit)
    row.gain = 0.0
    row.loss = 0.0
    row.deceit = 0.0


@rule
def evidence_share(rate, evidence):
    """Return the share of the way that evidence moves a level: 1 − (1 − rate)^amount.

    Powers keep the order of evidence irrelevant: half a month of evidence twice moves as far as one
    month.
    """
    # An amount of 1 moves by the rate itself, without rounding.
    return rate if evidence == 1.0 else 1.0 - power(1.0 - rate, evidence)


@rule
def move_level(row, top, params):
    """Let a level fall by bad and then rise by good evidence, towards `top`; shares."""
    if row.loss > 0.0:
        row.level -= evidence_share(params.relationship_fall, row.loss) * row.level
    if row.gain > 0.0:
        row.level += evidence_share(params.relationship_rise, row.gain) * (top - row.level)


@rule
def move_trust_towards(row, direction, params, conduct, part):
    """Move trust part of the way towards a mediator's report on the other side's conduct.

    `conduct` and `part` are shares. Under `beta` evidence keeps its weight and changes its share of
    good, as far as there is any; under the other rules the level moves itself. No report lifts the
    ceilings that deceit and damage have lowered.
    """
    if params.relationship_trust_rule == BETA:
        good, bad = trust_prior(direction, params)
        seen = row.good + row.bad
        trust = (row.good + good) / (seen + good + bad)
        moved = row.good + part * (conduct - trust) * (seen + good + bad)
        row.good = min(max(moved, 0.0), seen)
        row.bad = seen - row.good
        return
    level = row.level + part * (conduct - row.level)
    if params.relationship_trust_rule == TWO_LAYER:
        level = min(level, max(row.level, 1.0 - row.damage))
    row.level = level


@rule
def count_directions(params):
    """Return the number of kinds of trust in use: trust in mediators only if there are mediators.

    Those in the present mediator come first, those in each competitor follow.
    """
    if params.mediator_functions == 0:
        return BUYER_IN_MEDIATOR
    return DIRECTIONS + 2 * (params.mediator_count - 1)


@hot
def update_trust(talk, params, month, served):
    """Close a month for a tie: fade memory, add the month's evidence, set trust for the next month.

    A month fades once, however often a tie is updated in it. The grievance of a tie that was
    `served` has already aged. Reports of a mediator on conduct take effect here as well.
    """
    catch_up_trust(talk, params, month)
    first = talk.tie.caught_up <= month
    if first and not served:
        talk.tie.grievance *= params.disputes_decay
    for direction in range(count_directions(params)):
        row = talk.trust[direction]
        if first:
            fade_memory(row, direction, params, 1)
        add_evidence(row, params)
        if direction < BUYER_IN_MEDIATOR and talk.hearing.believed[direction] > 0.0:
            heard = talk.hearing
            move_trust_towards(
                row, direction, params, heard.conduct[direction], heard.believed[direction]
            )
            heard.believed[direction] = 0.0
        row.now = current_trust(row, direction, params)
    talk.tie.caught_up = month + 1


@hot
def catch_up_trust(talk, params, month):
    """Bring the trust and grievance of a tie up to date at the start of a month.

    All months without evidence since the last update are faded in one step. Writes `caught_up`.
    """
    months = month - talk.tie.caught_up
    if months <= 0:
        return
    talk.tie.grievance *= whole_power(params.disputes_decay, months)
    for direction in range(count_directions(params)):
        row = talk.trust[direction]
        fade_memory(row, direction, params, months)
        row.now = current_trust(row, direction, params)
    talk.tie.caught_up = month
