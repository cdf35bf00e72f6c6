"""What a mediator reads: best linear estimates of steps between levels, for a prior that knows something.

Tables are drawn here with NumPy around the population's, apart from the rules (Kelley 1947: the error
of an estimate of reliability c is 1 − c of the variance). Every check has a negative control.
"""

from functools import cache

import numpy as np
import pytest
from bare import bare
from counts import count

from sim.bargain.talk_rows import gather_talk_with_tables
from sim.engines.batch import OneWorld, simulate
from sim.jit import plain
from sim.mediation.estimates import estimate_issue, reading_of_table, weight_of_reading
from sim.state import BUYER, VENDOR

ISSUE = {
    "name": "scope", "levels": ["none", "some", "most", "all"], "worth": [0, 30, 50, 60],
    "worth_spread": 0.6, "cost": [0, 20, 36, 54], "cost_spread": 0.5,
}  # fmt: skip
LEVELS = 4
DRAWS = count(1_000, 8_000)
PAIRS = [(a, b) for b in range(1, LEVELS) for a in range(b)]


@cache
def readings(side, competence, h=1.0, seen=0.0, far=1.0):
    """Return (estimates, truths, steps' sds, v): `far` is the prior's variance over that of strangers."""
    keys = {"issues": [ISSUE], "run.months": 2, "mediator.competence": competence}
    one = OneWorld(bare("one_tie", keys).regime("mediated"), 1, 0)
    talk, s = plain(gather_talk_with_tables)(one.state, one.setup, 0, 0), one.setup
    talk.tie.seen_buyer = talk.tie.seen_vendor = seen
    sd = np.array(s.sd[side, 0, :LEVELS])
    steps = np.sqrt(np.diff(sd**2, prepend=0.0))
    rng = np.random.default_rng(7)
    prior = np.array(s.average[side, 0, :LEVELS])
    missed = rng.normal(size=(DRAWS, LEVELS)) * steps * np.sqrt(far)
    truths, found = prior + np.cumsum(missed, axis=1), np.empty((DRAWS, LEVELS))
    for world, truth in enumerate(truths):
        talk.belief[1 - side, 0, :LEVELS], talk.log.memo.own[side, 0, :LEVELS] = prior, truth
        key = (np.uint64(1), np.uint64(world))
        with np.errstate(over="ignore"):  # luck multiplies modulo 2^64
            reading = plain(reading_of_table)(talk, s, side)
            plain(estimate_issue)(talk, s, key, (side, 0), h, reading)
        found[world] = talk.desk.estimate[side, 0, :LEVELS]
    return found, truths, steps, 1.0 / (1.0 + seen)


def errors(found, truths, steps):
    """Return squared errors of every difference of two levels, over its variance among strangers."""
    off = found - truths
    return np.stack([
        (off[:, b] - off[:, a]) ** 2 / (steps[a + 1 : b + 1] ** 2).sum() for a, b in PAIRS
    ])  # fmt: skip


def is_about(squares, wanted):
    """Say whether the mean of squares is within four standard errors of a number, for every pair."""
    error = squares.std(axis=1) / np.sqrt(squares.shape[1])
    return bool((np.abs(squares.mean(axis=1) - wanted) <= 4.0 * error + 1e-12).all())


@pytest.mark.parametrize("side", [BUYER, VENDOR])
@pytest.mark.parametrize("c", [0.3, 0.7, 0.9])
def test_any_difference_of_levels_is_read_as_well_as_one(side, c):
    found, truths, steps, _ = readings(side, c)
    squares = errors(found, truths, steps)
    assert is_about(squares, 1.0 - c)
    assert not is_about(squares, 1.0 - c + 0.15)


def test_an_error_drawn_for_every_level_would_be_seen():
    """Such an error has the spread of all steps below it, twice over: worse than knowing nothing."""
    _, truths, steps, _ = readings(BUYER, 0.7)
    prior, sd = truths.mean(axis=0), np.sqrt(np.cumsum(steps**2))
    luck = np.random.default_rng(8).normal(size=truths.shape)
    drawn = prior + 0.7 * (truths - prior) + np.sqrt(0.7 * 0.3) * sd * luck
    squares = errors(drawn, truths, steps)
    assert not is_about(squares, 0.3)
    assert squares.mean(axis=1).max() > 1.0


@pytest.mark.parametrize(("c", "h", "seen", "far"), [
    (0.5, 1.0, 1.0, 0.5), (0.7, 0.6, 0.0, 1.0), (0.7, 0.6, 3.0, 0.25), (0.9, 0.8, 2.0, 1.0),
])  # fmt: skip
def test_who_knows_something_is_never_read_to_a_loss(c, h, seen, far):
    """Of variance τ² a prior misses, at most τ²(1 − hw(2 − h)) is left if v is not overstated."""
    found, truths, steps, v = readings(BUYER, c, h, seen, far)
    w = c * v / (c * v + 1.0 - c)
    assert plain(weight_of_reading)(c, v) == pytest.approx(w)
    assert v <= far
    squares = errors(found, truths, steps)
    assert is_about(squares, (1.0 - h * w) ** 2 * far + h * h * w * (1.0 - w) * v)
    bound = far * (1.0 - h * w * (2.0 - h))
    error = squares.std(axis=1) / np.sqrt(DRAWS)
    assert (squares.mean(axis=1) <= bound + 4.0 * error).all() and bound < far


def test_the_error_left_falls_in_competence():
    grid = np.linspace(0.0, 1.0, 101)
    for v in (0.05, 0.4, 1.0):
        for h in (0.2, 0.7, 1.0):
            w = np.array([plain(weight_of_reading)(float(c), v) for c in grid])
            assert (np.diff((1.0 - h * w) ** 2 * v + h * h * w * (1.0 - w) * v) <= 1e-15).all()


def test_at_the_ends_it_reads_exactly_or_not_at_all():
    found, truths, _, _ = readings(BUYER, 1.0)
    assert np.allclose(found, truths, rtol=0.0, atol=1e-12)
    found, truths, _, _ = readings(VENDOR, 0.0)
    assert (found == found[0]).all() and not np.allclose(found, truths, atol=1.0)


@pytest.mark.parametrize("c", [0.0, 0.5, 1.0])
def test_nobody_who_knows_is_confused(c):
    assert plain(weight_of_reading)(c, 0.0) == 0.0
    keys = {"beliefs.known": 1.0, "mediator.competence": c, "mediator.functions": ["align"]}
    one = OneWorld(bare("it_outsourcing", keys | {"run.months": 1}).regime("mediated"), 1, 0)
    one.step()
    for tie in np.flatnonzero(one.state.ties["noted"]):
        need = tie // one.state.memo[0].candidates
        believed = one.state.belief[one.state.ties["met"][tie], VENDOR, 0, :3]
        assert np.array_equal(believed, one.state.noticed[need, 0, :3])


NEWS = ["broker"]
LEARNT = ("trust_mediator_buyer", "trust_mediator_vendor",
          "disclosure_mediator_buyer", "disclosure_mediator_vendor")  # fmt: skip


def by_trust(c):
    """Return the months of the flagship under a broker nobody trusts, and under one all believe."""
    months = []
    for good, bad in ((0.0, 1e6), (1e6, 1.0)):
        keys = {"mediator.functions": NEWS, "mediator.competence": c, "run.months": 40}
        keys |= {"mediator.prior_good": good, "mediator.prior_bad": bad, "market.needs": 10}
        keys |= {"mediator.discretion": 1.0}
        rows = simulate(bare("it_outsourcing", keys).regime("mediated"), range(3), 1).periods
        months.append({n: rows[n].tobytes() for n in rows.dtype.names if n not in LEARNT})
    return months


def test_a_text_teaches_nothing_that_one_who_knows_nothing_would_have_written():
    without, believed = by_trust(0.0)
    assert without == believed
    without, believed = by_trust(0.7)  # such a mediator's text is news to sides that believe it
    assert without != believed
