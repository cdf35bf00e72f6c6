"""Styles of mediators over a single price: their outcomes in theory, and whether truth pays.

Bands are four standard errors on fixed luck of 80,000 meetings; negative controls are nearby values that the
same check rejects.
"""

from functools import cache
from unittest import mock

import numpy as np
import pytest
from benchmark import gains, one_shot
from counts import one_in

from sim.engines import batch
from sim.theory.style_shading import ProposalReader, fictitious_play

WORLDS = 20
OPEN = {"buyers__exposure_to_neutral": 0.0, "vendors__exposure_to_neutral": 0.0}
SECOND_BEST = 9 / 64


@cache
def world(style, level, competence=0.0, deadline=1, k=0.5, bias=0.0):
    """Return the one-issue world with a broker of a style; a talk of one offer has no direct bids."""
    return one_shot(
        **OPEN, mediator__functions=["broker"], mediator__drafts=1, mediator__style=style,
        mediator__competence=competence, mediator__bias=bias, negotiation__level=level,
        negotiation__deadline=deadline, negotiation__k=k,
    )  # fmt: skip


@cache
def play_case(*case):
    """Return the outcome of a case in the engine."""
    return gains(world(*case), "mediated", WORLDS)


def utilities(loaded, side=None, shade=0.0, worlds=3):
    """Return both sides' utility in every meeting, one side claiming `shade` of the range less."""
    regime, whole = loaded.regime("mediated"), batch.parameter_row

    def changed(resolved):
        row = whole(resolved)
        if side is not None:
            row.shade[side] = row.style_shade[side] = shade
        return row

    with mock.patch.object(batch, "parameter_row", changed):
        rows = batch.simulate(regime, range(worlds), 1, tables=("need_months",)).need_months
    return np.stack([rows["buyer"], rows["vendor"]])


# --- bracketing


def test_truthful_ranges_are_the_sealed_bid():
    """One sixth of the range, meeting by meeting what a truthful sealed bid comes to."""
    mean, error, share, buyer, vendor = play_case("bracketing", "truthful")
    assert abs(mean - 1 / 6) < 4 * error
    assert abs(share - 1 / 2) < 0.005
    bids = gains(one_shot(negotiation__level="truthful"), worlds=WORLDS)
    assert (mean, buyer, vendor) == pytest.approx((bids[0], bids[3], bids[4]), abs=1e-12)


@pytest.mark.parametrize("k", [0.5, 0.9])
def test_ranges_in_equilibrium_are_those_of_a_half_whatever_the_talks_own_split(k):
    mean, error, *_ = play_case("bracketing", "equilibrium", 0.0, 1, k)
    assert abs(mean - SECOND_BEST) < 4 * error


def test_the_yardstick_turns_away_other_claims():
    mean, error, *_ = play_case("bracketing", "level_1")
    assert abs(mean - SECOND_BEST) > 20 * error
    skewed = gains(one_shot(negotiation__level="equilibrium", negotiation__k=0.9), worlds=WORLDS)
    assert abs(skewed[0] - SECOND_BEST) > 4 * skewed[1]


def test_bias_moves_the_price_within_the_overlap():
    _, _, share, buyer, vendor = play_case("bracketing", "truthful", 0.0, 1, 0.5, 0.5)
    even = play_case("bracketing", "truthful")
    assert share == even[2]
    assert buyer == pytest.approx(0.75 * even[0], rel=1e-9)
    assert vendor == pytest.approx(0.25 * even[0], rel=1e-9)


# --- shuttle


def test_a_drawn_price_gains_one_twelfth():
    """A price drawn evenly: 1/12 of the range, below 1/8, the most that one posted price can gain."""
    mean, error, share, *_ = play_case("shuttle", "equilibrium")
    assert abs(mean - 1 / 12) < 4 * error
    assert abs(share - 1 / 6) < 0.005
    assert mean < 1 / 8 - 20 * error
    assert abs(mean - SECOND_BEST) > 20 * error


def worst_loss(style, side, shades=(0.05, 0.2, 0.5), **keys):
    """Return the most a side gains in any meeting, ex post, by claiming less than the truth."""
    loaded = world(style, "truthful", **keys)
    truth = utilities(loaded)[side]
    return max(float((utilities(loaded, side, shade)[side] - truth).max()) for shade in shades)


@pytest.mark.parametrize("side", [0, 1])
def test_nobody_gains_ex_post_from_any_claim_to_a_shuttle(side):
    assert worst_loss("shuttle", side, deadline=3) <= 0.0


@pytest.mark.parametrize("side", [0, 1])
def test_the_same_check_finds_that_ranges_are_worth_shading(side):
    """The negative control, meeting by meeting and in the mean: a best reply to the truth is no truth."""
    assert worst_loss("bracketing", side, shades=(0.2,)) > 0.05
    loaded = world("bracketing", "truthful")
    assert utilities(loaded, side, 0.15)[side].mean() > utilities(loaded)[side].mean() + 0.005


# --- proposal


@pytest.mark.parametrize("side", [0, 1])
def test_truth_is_a_best_reply_to_one_who_posts_a_price_and_not_to_one_who_reads(side):
    """Competence 0: the price is the public middle. Competence 1: it is the middle of what was confided."""
    assert worst_loss("proposal", side, shades=(0.2,)) == 0.0
    loaded = world("proposal", "truthful", 1.0)
    assert utilities(loaded, side, 0.15)[side].mean() > utilities(loaded)[side].mean() + 0.005


def test_a_posted_price_gains_one_eighth():
    mean, error, *_ = play_case("proposal", "truthful")
    assert abs(mean - 1 / 8) < 4 * error


def test_a_price_to_come_chills_the_talk_before_it():
    """Bids before a certain price at the middle are held back: 1/8 in all, not the 9/64 of bids alone."""
    mean, error, *_ = play_case("proposal", "equilibrium", 0.0, 3)
    assert abs(mean - 1 / 8) < 4 * error
    read, error, *_ = play_case("proposal", "equilibrium", 1.0, 3)
    assert abs(read - SECOND_BEST) < 4 * error


@pytest.mark.deep
def test_nobody_gains_by_another_reply_to_the_tables():
    types = (np.arange(64) + 0.5) / 64
    found = fictitious_play(0.5, ProposalReader(0.0, 0.0), types, types)
    assert found.regret < 2e-4
    assert found.gains == pytest.approx(1 / 8, abs=1e-3)
    for k, able in ((0.5, 0.5), (0.0, 0.25)):
        assert fictitious_play(k, ProposalReader(able, able), types, types).regret < 2e-3
    assert (
        fictitious_play(0.5, ProposalReader(0.0, 0.0), types, types, 0).regret > 1e-2
    )  # the truth is none


@pytest.mark.deep
def test_a_proposal_that_half_knows_costs_nobody_the_whole_talk():
    """Between both ends an equilibrium too: no worse than the posted price, no better than the second best."""
    mean, error, *_ = play_case("proposal", "equilibrium", 0.5, 3)
    assert 1 / 8 - 0.005 < mean <= SECOND_BEST + 3 * error


# --- all of them


VOLUNTARY = ["drafter", "single_text", "improving_directions", "bracketing", "proposal", "shuttle",
             "bracketing + proposal"]  # fmt: skip
CASES = [(style, c) for style in VOLUNTARY for c in (0.5, 0.0, 1.0)]


@pytest.mark.parametrize(("style", "competence"), one_in(6, CASES))
def test_no_voluntary_style_beats_the_second_best(style, competence):
    mean, error, *_ = play_case(style, "equilibrium", competence, 3)
    assert mean <= SECOND_BEST + 3 * error


def test_the_ceiling_turns_away_those_who_do_not_shade():
    mean, error, *_ = play_case("single_text", "truthful", 1.0, 3)
    assert mean > SECOND_BEST + 20 * error
