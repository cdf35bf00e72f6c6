"""Last offers, chosen by the fair price that both sides expect, and the ruling for the nearer one.

From outside, the mediator's fair price is normal around the price that the public information suggests, with
the spread that its reading of both sides' tables can cause. In Farber's (1980) equilibrium, for sides that are
neutral to that risk, each side's last offer lies half of 1/f(median) from the median: √(π/2) standard
deviations.
"""

from __future__ import annotations

import math

import numpy as np

from sim.bargain.direct import package_utilities
from sim.bargain.log import mark_offer, note_event, note_offer
from sim.bargain.value import belief_sd, guessed_base
from sim.contract import package_value
from sim.jit import rule
from sim.mediation.confidences import openness_to_mediator
from sim.mediation.estimates import reading_of_table
from sim.mediation.rounds.texts import DRAFT_SLOT
from sim.state import BUYER, VENDOR
from sim.words import Event

RULED, RULING_DECLINED = np.int64(Event.RULED), np.int64(Event.RULING_DECLINED)
HALF_APART = math.sqrt(0.5 * math.pi)  # 1/(2 f(median)) of a standard normal distribution


@rule
def name_last_offers(talk, params, limit):
    """Let both sides name their last offer for the text, and say whether they would be bound by a ruling.

    A side expects either offer with equal chance. It agrees iff it does not lose by that mean; a buyer only if
    its budget allows both offers. Writes `desk.answer` (money a month) and `desk.yes`.
    """
    desk = talk.desk
    median, sd = fair_price_distribution(talk, params, desk.text)
    desk.answer[0] = median - HALF_APART * sd
    desk.answer[1] = median + HALF_APART * sd
    buyer, vendor = package_utilities(
        talk, params, desk.text, 0.5 * (desk.answer[0] + desk.answer[1])
    )
    imagined = talk.log.memo.imagined
    desk.yes[0] = 1 if buyer >= imagined[0] and desk.answer[1] <= limit else 0
    desk.yes[1] = 1 if vendor >= imagined[1] else 0
    if not (desk.yes[0] and desk.yes[1]):
        declined = (1.0 - desk.yes[0], 1.0 - desk.yes[1])
        note_event(talk.log, talk.number, RULING_DECLINED, median, declined[0], declined[1])


@rule
def fair_price_distribution(talk, params, levels):
    """Return (median, standard deviation) of the mediator's fair price as sides expect it, in money a month.

    The median is the price that shares the pie of the population's mean pair. The mediator reads the share w of
    the unknown variance of a side's table, as far as that side is open.
    """
    share = 0.5 + 0.5 * params.mediator_bias
    worth = package_value(
        guessed_base(talk, params, VENDOR), params.average[0], levels, params.issues
    )
    value = package_value(
        guessed_base(talk, params, BUYER), params.average[1], levels, params.issues
    )
    moved_b = (1.0 - share) * sd_of_reading(talk, params, BUYER, levels)
    moved_v = share * sd_of_reading(talk, params, VENDOR, levels)
    sd = math.sqrt(moved_b * moved_b + moved_v * moved_v)
    return worth - share * (worth + value), sd


@rule
def sd_of_reading(talk, params, side, levels):
    """Return the standard deviation that reading a side's table gives to a package's estimate, in money a month."""
    openness, (weight, _) = (
        openness_to_mediator(talk, params, side),
        reading_of_table(talk, params, side),
    )
    return openness * math.sqrt(weight) * belief_sd(talk, params, 1 - side, levels)


@rule
def rule_for_nearer(talk, params, used):
    """Log both last offers and rule for the one nearer to the fair price; return (price, offers used).

    If both are equally near, the buyer's is taken.
    """
    desk, text = talk.desk, talk.log.memo.pack[DRAFT_SLOT]
    for issue in range(params.issues):
        text[issue] = desk.text[issue]
    fair, row = desk.price, talk.log.memo.offer_rows
    for side in range(2):
        price = desk.answer[side]
        buyer, vendor = package_utilities(talk, params, text, price)
        note_offer(talk.log, talk.number, used, side, (price, buyer, vendor), text, params.issues)
        used += 1
    nearer = 1 if abs(desk.answer[1] - fair) < abs(desk.answer[0] - fair) else 0
    mark_offer(talk.log, row + nearer)
    note_event(talk.log, talk.number, RULED, desk.answer[nearer], float(nearer), fair)
    return desk.answer[nearer], used
