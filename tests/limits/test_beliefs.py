"""What offers teach: the size Bayes' rule gives, and no more than the proposer can have meant.

A known posterior: the steps of the other's table are normal around the population's, the proposer
names the level that is best for itself and for the average partner. Tables are drawn here with
NumPy, apart from the rules. Every check has a negative control.
"""

import numpy as np
import pytest
from bare import bare

from sim.bargain.beliefs import AS_HEARD, learn_from_levels
from sim.bargain.talk_rows import gather_talk_with_tables
from sim.engines.batch import OneWorld, simulate
from sim.jit import plain
from sim.state import BUYER, VENDOR

EXPERT = {
    "name": "scope", "levels": ["none", "some", "most", "all"], "worth": [0, 30, 50, 60],
    "worth_spread": 0.6, "cost": [0, 20, 36, 54], "cost_spread": 0.5,
}  # fmt: skip
NO_PRIOR_ERROR = {"beliefs.fixed_pie": 0.0, "issues": [EXPERT], "run.months": 2}
DRAWS = 400_000
DIRECT = (AS_HEARD, 0.0, 1.0)


def a_talk(**keys):
    """Return a talk between strangers over one issue, and the row of parameters."""
    one = OneWorld(bare("one_tie", NO_PRIOR_ERROR | keys).regime("adversarial"), 1, 0)
    talk = plain(gather_talk_with_tables)(one.state, one.setup, 0, 0)
    return talk, one.setup


def after(side, named, own=None, **keys):
    """Return a side's beliefs before and after one fully trusted offer that names a level."""
    talk, s = a_talk(**keys)
    talk.belief[side, 0, :4] = s.average[1 - side, 0, :4]
    talk.log.memo.own[side, 0, :4] = s.average[side, 0, :4] if own is None else own
    before = np.array(talk.belief[side, 0, :4])
    plain(learn_from_levels)(talk, s, side, np.array([named] + 11 * [0]), 1.0, 0.0, DIRECT)
    return before, np.array(talk.belief[side, 0, :4]), s


def posterior(s, side, named):
    """Return the mean table of those drawn proposers for whom the level named beats the expected one."""
    other = 1 - side
    mean, sd = (np.array(x) for x in (s.average[other, 0, :4], s.sd[other, 0, :4]))
    steps = np.sqrt(np.diff(sd**2, prepend=0.0))
    drawn = np.random.default_rng(5).normal(size=(DRAWS, 4)) * steps
    tables = mean + np.cumsum(drawn, axis=1)
    joint = tables + np.array(s.average[side, 0, :4])
    top = int(np.argmax(mean + np.array(s.average[side, 0, :4])))
    kept = tables[joint[:, named] > joint[:, top]]
    return kept.mean(axis=0), kept.std(axis=0) / np.sqrt(len(kept)), top


@pytest.mark.parametrize("side", [BUYER, VENDOR])
@pytest.mark.parametrize("named", [0, 1, 3])
def test_an_offer_moves_every_level_to_the_known_posterior(side, named):
    before, found, s = after(side, named)
    expected, error, top = posterior(s, side, named)
    assert top == 2
    assert np.abs(found - expected).max() < 4.0 * error.max() + 1e-9
    assert not np.allclose(before, expected, atol=1.0)
    # The negative control: half to each of the two levels is not what Bayes' rule gives.
    moved = found[named] - before[named] - (found[top] - before[top])
    halves = before.copy()
    halves[named] += 0.5 * moved
    halves[top] -= 0.5 * moved
    assert np.abs(halves - expected).max() > 8.0 * error.max()


def test_what_is_the_same_for_everybody_is_never_doubted():
    for named in (1, 3):
        before, found, _ = after(BUYER, named)
        assert found[0] == before[0] == 0.0


@pytest.mark.parametrize("side", [BUYER, VENDOR])
def test_a_side_does_not_take_what_is_special_about_itself_for_the_others_wish(side):
    """The proposer names the best package with an average partner, all it can know: nothing to learn."""
    _, s = a_talk()
    special = np.array(s.average[side, 0, :4])
    special[3] += 40.0  # it alone wants the last level
    before, found, _ = after(side, 2, special)
    assert np.array_equal(before, found)
    # The negative control: a proposer that knew would have named the last level.
    before, found, _ = after(side, 2, special, **{"beliefs.known": 0.9})
    assert not np.array_equal(before, found)


@pytest.mark.parametrize("side", [BUYER, VENDOR])
def test_if_nothing_varies_the_whole_contradiction_goes(side):
    """Without spread the size of an error is unknown: half of the gap goes to each of the levels."""
    keys = {"issues.scope.worth_spread": 0.0, "issues.scope.cost_spread": 0.0}
    _, s = a_talk(**keys)
    before, found, _ = after(side, 1, s.average[side, 0, :4], **keys)
    assert not np.array_equal(before, found)
    same, still, _ = after(side, 1, s.average[side, 0, :4], **keys, **{"beliefs.known": 1.0})
    assert np.array_equal(same, still)  # the control: a side that knows learns nothing from it


def mean_belief(keys, worlds=300):
    """Return how much better than the population mean each side predicts the other's table."""
    outcome = simulate(bare("one_tie", keys).regime("adversarial"), range(worlds), 1, threads=2)
    ties = outcome.ties[outcome.ties["talks"] > 0]
    missed = [
        np.array([(ties[f"miss_{side}{of}"] ** 2).sum() for of in ("", "_prior")])
        for side in ("buyer", "vendor")
    ]
    return [1.0 - m[0] / m[1] for m in missed]


def test_with_a_right_prior_offers_teach_and_without_learning_nothing_moves():
    right = {"beliefs.fixed_pie": 0.0}
    buyer, vendor = mean_belief(right)
    assert buyer > 0.05
    assert vendor > 0.0
    assert mean_belief(right | {"beliefs.learning": 0.0}) == [0.0, 0.0]


def test_worse_than_the_mean_is_the_fixed_pie_and_was_there_before_the_first_offer():
    """A number below 0 comes from the first belief; offers make it smaller, they do not cause it."""
    without = mean_belief({"beliefs.learning": 0.0})
    assert max(without) < -0.1
    assert all(after > before for after, before in zip(mean_belief({}), without, strict=True))
