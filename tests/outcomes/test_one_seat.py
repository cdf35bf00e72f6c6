"""A strategy asks and takes alike at the table over outcomes and at the table over money.

Both tables are put the same questions: one range, one clock, one list, the same offers heard.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from numba import from_dtype
from numba.core.errors import NumbaExperimentalFeatureWarning

from sim.bargain.direct import (
    accepts_offer,
    next_ask,
    record_ask,
    record_offer_heard,
    seat_strategy,
)
from sim.jit import plain
from sim.outcomes.domains.domain import Domain, DomainIssue, Profile
from sim.outcomes.sessions.outcome_seat import OUTCOME_SEAT, clear_memory, seat_both
from sim.outcomes.sessions.turns import take_turn
from sim.outcomes.solving.search import sort_halves
from sim.records import allocate
from sim.scenario.load import load
from sim.scenario.parameters.parameter_row import parameter_row
from sim.scenario.strategy_texts import seated_strategies as numbered
from sim.seat import SEAT
from sim.state import MEMO
from sim.strategies.catalogue import SCENARIO_STRATEGIES, SLACK, Accept, parse_strategy

ROUNDS, STEPS = 20, 1_000
FLOOR, OPENING = 0.2, 1.0
NAMES = [s.name for s in SCENARIO_STRATEGIES]
_ask, _agrees, _hear, _turn = (
    plain(next_ask),
    plain(accepts_offer),
    plain(record_offer_heard),
    plain(take_turn),
)
_decide, _sit = plain(record_ask), plain(seat_strategy)
KEY = (np.uint64(1), np.uint64(0))

STEPS_IN_MONEY = (ROUNDS + 1) // 2  # of the list that money has in so many turns


def lined_up():
    """Return a domain of one issue whose outcomes are the steps that a side has over money."""
    worth = tuple(FLOOR + (OPENING - FLOOR) * k / STEPS_IN_MONEY for k in range(STEPS_IN_MONEY + 1))
    issue = DomainIssue("price", tuple(f"{k}" for k in range(len(worth))))
    buyer = Profile("buyer", (1.0,), (worth,), FLOOR)
    return Domain("ladder", (issue,), (buyer, Profile("vendor", (1.0,), (worth[::-1],), 0.0)))


def heard(seed):
    """Return offers on the ladder that mostly rise and now and then fall."""
    steps = np.random.default_rng(seed).integers(-20, 60, ROUNDS).cumsum()
    return np.clip(50 + steps, 0, STEPS)


def over_outcomes(text, numbers):
    """Return its asks, round by round, and whether it took what it had just heard."""
    domain, name = lined_up(), text.partition(":")[0]
    if SLACK in parse_strategy(name).strategy.settings:  # which only outcomes have
        text = f"{name}:slack=0,"
    # `accept=time,after=1` takes nothing, so that all its asks are seen.
    still = parse_strategy(text + ("" if ":" in text else ":") + "accept=time,after=1")
    found = []
    for played in (still, parse_strategy(text)):
        seats, h = seat_both(domain, (played, played)), sort_halves(domain, 0)
        me, asks, takes = seats[0], [], []
        forget_(me)
        for k in range(ROUNDS):
            said = np.array(numbers[:k], np.int64)
            with np.errstate(over="ignore"):
                taken, _, _ = _turn(me, h, k, ROUNDS, k, said / STEPS, said, KEY, 0)
            asks.append(float(me.asked))
            takes.append(bool(taken))
            me.turns = k + 1
        found.append((asks, takes))
    return found[0][0], found[1][1]


forget_ = plain(clear_memory)


def over_money(text, numbers, last=False):
    """Return the same of a side in money, its clock that of the rounds."""
    scenario = load("one_tie", {"buyers.strategy": text})
    number = [*numbered(scenario.scenario)].index(text)
    me, memo = allocate(SEAT, 1)[0], allocate(MEMO, 1)[0]
    _sit(me, parameter_row(scenario.regime("adversarial")), number, FLOOR, OPENING)
    pair = SimpleNamespace(pair=np.int64(0))
    talk = SimpleNamespace(log=SimpleNamespace(memo=memo), tie=pair, seats=[me])
    asks, takes = [], []
    for k in range(ROUNDS):
        if k > 0:
            _hear(me, memo.worth[0], numbers[k - 1] / STEPS, k)
        over = last and k == ROUNDS - 1
        with np.errstate(over="ignore"):
            made, luck = np.int64(k + 1 + over), (KEY, np.int64(0))
            _decide(me, _ask(talk, 0, made, ROUNDS + 1, luck))
        left = 0 if over else 2 * (ROUNDS - 1 - k) + 1
        takes.append(k > 0 and bool(_agrees(talk, 0, memo.worth[0, k - 1], left)))
        asks.append(float(me.asked))
        me.turns += 1
    return asks, takes


def without_luck(name):
    return name + ":noise=0," if name == "random_tit_for_tat" else name


def apart(one, other):
    """Return how far the asks of a strategy over outcomes lie from those of another over money."""
    return max(
        np.abs(np.subtract(over_outcomes(one, line)[0], over_money(other, line)[0])).max()
        for line in map(heard, range(2))
    )


@pytest.mark.parametrize("name", NAMES)
def test_asks_are_the_same(name):
    assert apart(without_luck(name), without_luck(name)) < 1e-9


def test_another_strategy_asks_otherwise():
    """The negative control."""
    assert apart("tit_for_tat", "relative_tit_for_tat") > 0.01


OWN = [s.name for s in SCENARIO_STRATEGIES if s.accept == Accept.OWN]


@pytest.mark.parametrize("name", OWN)
def test_the_last_offer_is_taken_iff_it_is_worth_the_ask(name):
    """Something worth little more than the floor, at the end of the clock."""
    numbers = np.array([100] * (ROUNDS - 2) + [210] * 2)
    asks, takes = over_money(without_luck(name), numbers, last=True)
    assert takes[-1] == (asks[-1] <= 0.21)
    asks, taken = over_outcomes(without_luck(name), numbers)
    assert taken[-1] == (asks[-1] <= 0.21)


def test_no_row_of_one_table_passes_for_one_of_the_other():
    """Numba takes a record for another whose fields are its first ones, and warns."""
    money, outcomes = (from_dtype(allocate(seat, 1).dtype) for seat in (SEAT, OUTCOME_SEAT))
    assert outcomes.can_convert_to(None, money) is None
    longer = from_dtype(allocate((*SEAT, OUTCOME_SEAT[0]), 1).dtype)
    with pytest.warns(NumbaExperimentalFeatureWarning):  # the control
        assert longer.can_convert_to(None, money) is not None
