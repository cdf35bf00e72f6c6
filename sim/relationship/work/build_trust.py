"""The remember stage: behaviour becomes trust, by one of three published rules.

`beta`: r ← λr + good, u ← λu + η bad, T = min(Θ, (r + a₀)/(r + u + a₀ + b₀)) (Jøsang & Ismail 2002,
with a prior that does not decay). `ewma`: T rises by a⁺(1 − T), falls by a⁻T. `two_layer`: trust
under a ceiling 1 − R that violations lower (Pant & Yu). Under every rule detected deceit lowers a
ceiling Θ ← Θ(1 − μ) that recovers by ρ_Θ(1 − Θ) (Schweitzer, Hershey & Bradlow 2006). It caps trust, or
multiplies it: then it binds at any level of trust.
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
    """Return (a₀, b₀): what a stranger, or a new mediator, starts with."""
    if direction >= BUYER_IN_MEDIATOR:
        return params.mediator_prior_good, params.mediator_prior_bad
    return params.relationship_prior_good, params.relationship_prior_bad


@rule
def initial_trust(direction, params):
    """Return the trust that one starts with who has seen nothing yet."""
    good, bad = trust_prior(direction, params)
    return good / (good + bad)


@hot
def current_trust(row, direction, params):
    """Return trust in [0, 1] from what a row remembers."""
    good, bad = trust_prior(direction, params)
    trust = row.level
    if params.relationship_trust_rule == BETA:
        trust = (row.good + good) / (row.good + row.bad + good + bad)
    return apply_ceiling(trust, row, params)


@rule
def apply_ceiling(trust, row, params):
    """Return what the ceiling that deceit has lowered leaves of trust."""
    if params.relationship_ceiling == MULTIPLIES:
        return row.ceiling * trust
    return min(row.ceiling, trust)


@rule
def routine_weight(trust, params):
    """Return what an ordinary month weighs: the better it was expected, the less it teaches.

    w (1 − wear · T): learning from what surprises (Rescorla & Wagner 1972).
    """
    return params.relationship_weight_routine * (1.0 - params.relationship_routine_wear * trust.now)


@rule
def set_initial_trust(row, direction, params):
    """Set a row to a stranger's trust."""
    row.ceiling = 1.0
    row.level = initial_trust(direction, params)
    row.now = current_trust(row, direction, params)


@hot
def fade_memory(row, direction, params, months):
    """Let `months` without evidence pass: memory decays towards the prior, ceilings recover."""
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
    """Add this month's evidence to what a row remembers."""
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
    """Return the share of the way that an amount of evidence moves a level: 1 − (1 − rate)^amount."""
    return rate if evidence == 1.0 else 1.0 - power(1.0 - rate, evidence)


@rule
def move_level(row, top, params):
    """Let a level fall by bad and rise by good evidence, towards `top`."""
    if row.loss > 0.0:
        row.level -= evidence_share(params.relationship_fall, row.loss) * row.level
    if row.gain > 0.0:
        row.level += evidence_share(params.relationship_rise, row.gain) * (top - row.level)


@rule
def move_trust_towards(row, direction, params, conduct, part):
    """Move trust a part of the way to what a mediator says of the other's conduct, up or down.

    Evidence keeps its weight and changes its share, as far as there is any; a level moves itself. No
    word lifts the ceilings that deceit and damage have lowered.
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
    """Return how many kinds of trust there are: those in mediators only where there are any.

    The present mediator's come first; those in each competitor follow.
    """
    if params.mediator_functions == 0:
        return BUYER_IN_MEDIATOR
    return DIRECTIONS + 2 * (params.mediator_count - 1)


@hot
def update_trust(talk, params, month, served):
    """Close month t for a tie: let a month fade, weigh the evidence, set trust for month t + 1.

    A month fades once, however often something is remembered in it; the grievance of a tie that
    was `served` has already aged.
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
    """Let the silent months before month t pass at once, for trust and for grievance."""
    months = month - talk.tie.caught_up
    if months <= 0:
        return
    talk.tie.grievance *= whole_power(params.disputes_decay, months)
    for direction in range(count_directions(params)):
        row = talk.trust[direction]
        fade_memory(row, direction, params, months)
        row.now = current_trust(row, direction, params)
    talk.tie.caught_up = month
