"""Conformance in money: what every strategy asks for and takes as `buyers.strategy`."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from counts import count, one_in

from sim.bargain.direct import (
    accepts_offer,
    next_ask,
    record_ask,
    record_offer_heard,
    seat_strategy,
)
from sim.jit import plain
from sim.records import allocate
from sim.scenario.key_kinds import STRATEGIES
from sim.scenario.load import load
from sim.scenario.parameters.parameter_row import parameter_row
from sim.scenario.strategy_texts import seated_strategies
from sim.seat import SEAT
from sim.state import MEMO
from sim.strategies.aspiration import GOODWILL
from sim.strategies.catalogue import Accept, parse_scenario_strategy

TURNS = 20
SPAN = 2 * TURNS - 1
FLOOR, OPENING = 2.0, 10.0
TIMED = {
    "boulware": lambda t: 1.0 - t**4,
    "boulware:e=9,start=0.8": lambda t: 0.8 * (1.0 - t**9),
    "linear": lambda t: 1.0 - t,
    "conceder": lambda t: 1.0 - t**0.25,
    "aspiration": lambda t: 1.0 - t**4,
    "exponential": lambda t: (np.exp((1.0 - t) ** 0.725) - 1.0) / (np.e - 1.0),
}
STILL = {
    "hardliner": 1.0,
    "posturing": 0.7,
    "posturing:share=0.25": 0.25,
    "nice": 0.5,
    "truthful": 0.0,
}
MIRRORS = ("tit_for_tat", "relative_tit_for_tat", "random_tit_for_tat", "averaged_tit_for_tat")
_ask, _agrees, _hear = plain(next_ask), plain(accepts_offer), plain(record_offer_heard)
_decide, _sit = plain(record_ask), plain(seat_strategy)


class Side:
    """One side of a talk by itself: it speaks first, and hears given offers."""

    def __init__(self, text, seed=1):
        scenario = load("one_tie", {"buyers.strategy": text})
        number = [*seated_strategies(scenario.scenario)].index(text)
        self.memo, self.me = allocate(MEMO, 1)[0], allocate(SEAT, 2)[0]
        _sit(self.me, parameter_row(scenario.regime("adversarial")), number, FLOOR, OPENING)
        self.talk = SimpleNamespace(
            log=SimpleNamespace(memo=self.memo), tie=SimpleNamespace(pair=np.int64(0)),
            seats=[self.me],
        )  # fmt: skip
        self.luck = (np.uint64(seed), np.uint64(0)), np.int64(3)
        self.made = 0
        self.decide()

    def decide(self):
        """Let it decide on its next ask."""
        with np.errstate(over="ignore"):
            _decide(self.me, _ask(self.talk, 0, np.int64(self.made), SPAN, self.luck))

    def say(self):
        """Let it make its offer; return its ask."""
        self.me.turns += 1
        self.made += 1
        return float(self.me.asked)

    def hears(self, utility):
        """Let the other side offer something worth `utility`; say whether it is accepted."""
        _hear(self.me, self.memo.worth[0], utility, int(self.me.heard) + 1)
        self.made += 1
        self.decide()
        return bool(_agrees(self.talk, 0, utility, SPAN + 1 - self.made))


def asks(text, heard, seed=1):
    """Return the asks of a talk in which the other side makes offers worth `heard` in turn."""
    side = Side(text, seed)
    found = []
    for utility in heard:
        found.append(side.say())
        side.hears(utility)
    return np.array(found)


def draw_offers(seed, n=TURNS):
    """Return offers that mostly rise, now and then fall, and begin below the outside option."""
    return np.random.default_rng(seed).uniform(-0.5, 1.0, n).cumsum() - 2.0


EVERY = [*STRATEGIES, *(text for text in (*TIMED, *STILL) if ":" in text)]


@pytest.mark.parametrize("text", one_in(2, EVERY))
def test_everybody_stays_between_floor_and_opening_and_keeps_its_traits(text):
    traits = parse_scenario_strategy(text).strategy.traits
    talks = [draw_offers(seed) for seed in range(count(4, 12))]
    lines = [asks(text, heard) for heard in talks]
    for line in lines:
        assert (line >= FLOOR).all() and (line <= OPENING).all()
    rises = sum(b > a for line in lines for a, b in pairwise(line))
    assert (rises == 0) == traits.monotone
    deaf = [asks(text, np.zeros(TURNS)) for _ in talks]
    moved = any((a != b).any() for a, b in zip(lines, deaf, strict=True))
    assert moved == traits.looks_back
    lucky = [asks(text, heard, seed=2) for heard in talks]
    assert any((a != b).any() for a, b in zip(lines, lucky, strict=True)) == traits.uses_luck
    again = [asks(text, heard) for heard in talks]
    assert all((a == b).all() for a, b in zip(lines, again, strict=True))


@pytest.mark.parametrize("text", TIMED)
def test_time_dependent_strategies_follow_their_curve(text):
    clock = np.arange(TURNS) * 2 / SPAN
    expected = FLOOR + (OPENING - FLOOR) * TIMED[text](clock)
    assert np.allclose(asks(text, draw_offers(1)), expected, atol=1e-12)


@pytest.mark.parametrize("text", STILL)
def test_types_that_never_move_ask_for_their_share(text):
    assert np.allclose(
        asks(text, draw_offers(1)), FLOOR + STILL[text] * (OPENING - FLOOR), atol=1e-12
    )


def test_hold_outs_hold_out_longer_than_yielders():
    boulware, linear, conceder = (
        asks(name, np.zeros(TURNS))[1:] for name in ("boulware", "linear", "conceder")
    )
    assert (boulware > linear).all()
    assert (linear > conceder).all()


@pytest.mark.parametrize("text", MIRRORS)
def test_mirrors_start_with_goodwill_and_stand_still_if_nothing_is_given(text):
    line = asks(
        text.replace("random_tit_for_tat", "random_tit_for_tat:noise=0"), np.full(TURNS, 3.0)
    )
    assert line[0] == OPENING
    assert line[1] == pytest.approx(OPENING - GOODWILL * (OPENING - FLOOR))
    assert (line[1:] == line[1]).all()


def test_tit_for_tat_gives_what_it_got():
    line = asks("tit_for_tat", 1.0 + 0.1 * np.arange(TURNS))
    assert np.allclose(-np.diff(line)[1:], 0.1)


def test_tit_for_tat_takes_back_what_was_taken_back():
    line = asks("tit_for_tat", np.array([1.0, 2.0, 1.5, 3.5, *[3.5] * 16]))
    assert np.allclose(line[1:6], [9.2, 8.2, 8.7, 6.7, 6.7])
    assert (asks("tit_for_tat", -np.arange(TURNS))[1:] <= OPENING).all()


def test_relative_tit_for_tat_gives_in_proportion_to_what_it_got():
    line = asks("relative_tit_for_tat", 1.0 * 1.05 ** np.arange(TURNS))
    assert np.allclose(line[2:8] / line[1:7], 1.0 / 1.05)
    assert (asks("relative_tit_for_tat", np.linspace(-3.0, -1.0, TURNS))[1:] == 9.2).all()


def test_averaged_tit_for_tat_looks_back_over_its_window():
    heard = 1.0 * 1.05 ** np.arange(TURNS)
    line = asks("averaged_tit_for_tat:window=2", heard)
    assert line[2] == line[1], "two offers are too few"
    assert line[3] / line[2] == pytest.approx(1.05**-2)
    assert (
        asks("averaged_tit_for_tat:window=1", heard) == asks("relative_tit_for_tat", heard)
    ).all()


def test_naive_tit_for_tat_answers_the_newest_offer_alone():
    line = asks("naive_tit_for_tat", np.array([0.0, 4.0, 6.0, 3.0, *[2.0] * 16]))
    step = (OPENING - FLOOR) / (TURNS - 1)  # before its fourth turn a step of its list
    assert np.allclose(line[:6], [10.0, 10.0 - step, 10.0 - step, 6.0, 9.0, 10.0])
    kind = asks("naive_tit_for_tat:kindness=0.1", np.full(TURNS, 4.0))
    assert np.allclose(kind[3:], 10.0 - (0.25 + 0.1) * 8.0)


def test_micro_steps_as_often_as_the_other_side():
    step = (OPENING - FLOOR) / (TURNS - 1)
    moving = asks("micro", 0.01 * np.arange(TURNS))
    assert np.allclose(moving, OPENING - step * np.arange(TURNS)), "both step each turn"
    stuck = asks("micro", np.full(TURNS, 1.0))
    assert np.allclose(stuck[1:], OPENING - step), "one different offer earns one step"
    back = asks("micro", np.array([1.0, 2.0] * (TURNS // 2)))
    assert np.allclose(back[2:], OPENING - 2 * step), "what was heard before is nothing new"


def test_the_last_offer_is_taken_iff_it_is_worth_the_ask():
    taken = {}
    for text in (*STRATEGIES, "tit_for_tat:accept=combined,after=1"):
        side = Side(text)
        for _ in range(TURNS - 1):
            side.say()
            side.hears(FLOOR - 1.0)
        side.say()
        taken[text] = side.hears(FLOOR)
        if parse_scenario_strategy(text).accept == Accept.OWN:
            assert taken[text] == (side.me.asked <= FLOOR)
    moved = ("boulware", "linear", "conceder", "aspiration", "exponential")
    whatever = ("nice", "truthful", "tit_for_tat:accept=combined,after=1")
    assert {text for text, yes in taken.items() if yes} == {*moved, *whatever}


ACCEPTING = {
    # a linear side hears 4.1 in its 10th turn, when it would ask for 5.897 next
    "linear": False,
    "linear:accept=next": False,
    "linear:accept=next,scale=1.5": True,
    "linear:accept=next,shift=0.25": True,
    "linear:accept=constant,enough=0.3": False,
    "linear:accept=constant,enough=0.25": True,
    "linear:accept=time,after=0.55": False,
    "linear:accept=time,after=0.5": True,
    "linear:accept=combined,after=0.5": True,
    "linear:accept=combined,after=0.55": False,
    "linear:accept=any": True,
}


@pytest.mark.parametrize("text", ACCEPTING)
def test_when_an_offer_is_taken_is_a_part_of_its_own(text):
    side = Side(text)
    for k in range(9):
        side.say()
        side.hears(3.0 + 0.1 * k)
    side.say()
    assert side.hears(4.1) == ACCEPTING[text]


def test_combined_waits_for_the_best_of_as_many_rounds_as_are_left():
    side = Side("linear:accept=combined,after=0.5")
    side.say()
    side.hears(4.5)  # long ago: more rounds are over than are left
    for _ in range(12):
        side.say()
        side.hears(3.0)
    side.say()
    assert not side.hears(2.9)
    side.say()
    assert side.hears(3.0)


def test_nothing_below_the_floor_is_taken_by_anybody():
    for text in (*EVERY, *ACCEPTING):
        side = Side(text)
        for _ in range(TURNS):
            side.say()
            assert not side.hears(FLOOR - 1e-9), text
