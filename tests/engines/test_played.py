"""Agents that Python plays: the same rules and luck, and what a strategy may know."""

import math
import pickle
from dataclasses import fields, replace
from itertools import product

import numpy as np
import pytest
from bare import BARE
from counts import one_in
from switched_off import both_answers

from sim.engines.agents import PLAYED_BY_PYTHON, Buyer, Vendor
from sim.engines.market import NegotiationModel
from sim.engines.played import Turn
from sim.errors import ScenarioError, SimError
from sim.strategies.aspiration import GOODWILL
from sim.strategies.catalogue import parse_strategy

SHORT = {"run.months": 14, "negotiation.duration": 4}
SMALL = {"run.months": 3, "market.needs": 5, "market.vendors": 8}
LOGS = ("events", "offers", "need_months")
BUYER = ("buyer", 0)


class Conceder:
    """The time-dependent strategies of the catalogue, written again in Python."""

    def __init__(self, exponent):
        self.exponent = exponent

    def aspiration(self, turn):
        return turn.floor + (turn.opening - turn.floor) * (1.0 - turn.clock**self.exponent)


class Hardliner:
    """Never gives in, not even to the last offer."""

    def aspiration(self, turn):
        return turn.opening

    def accepts(self, turn):
        return turn.offered >= turn.opening


def tit_for_tat(turn):
    """Give what was given and take back what was taken; a step of goodwill if only one offer was heard."""
    if turn.turn == 0:
        return turn.opening
    if turn.turn == 1 and turn.made < 3:
        return turn.last_ask - GOODWILL * (turn.opening - turn.floor)
    return turn.last_ask - turn.rise


TWINS = {
    **{name: Conceder(parse_strategy(name)["e"]) for name in ("boulware", "linear", "conceder")},
    "tit_for_tat": tit_for_tat,
    "hardliner": Hardliner(),
}


def generous(turn):
    """Ask for the floor at once."""
    return turn.floor


def run(*args, tables=LOGS, **how):
    model = NegotiationModel(*args, tables=tables, **how)
    model.run_model()
    return model


def columns_that_differ(one, other, names=("periods", "ties", *LOGS)):
    """Return the columns in which two models differ by a bit."""
    found = []
    for name in names:
        left, right = one.table(name), other.table(name)
        found += [
            f"{name}.{column}"
            for column in left
            if left[column].to_numpy().tobytes() != right[column].to_numpy().tobytes()
        ]
    return found


@pytest.mark.parametrize(("strategy", "side"), one_in(3, product(TWINS, ("buyer", "vendor"))))
def test_a_strategy_of_the_catalogue_played_by_python_changes_no_bit(strategy, side):
    how = {"overrides": {**SHORT, f"{side}s.strategy": strategy}, "rng": 3}
    for regime in ("adversarial", "mediated"):
        compiled = run("one_tie", regime, **how)
        played = run("one_tie", regime, **how, strategies={(side, 0): TWINS[strategy]})
        assert columns_that_differ(compiled, played) == []
        assert getattr(played, f"{side}s")[0].strategy == PLAYED_BY_PYTHON
        assert getattr(compiled, f"{side}s")[0].strategy == strategy


def test_both_sides_of_a_market_played_alike_change_no_bit():
    """Linear on both sides, in a market with several needs per vendor and a broker."""
    keys = {**SMALL, "buyers.strategy": "linear", "vendors.strategy": "linear"}
    everybody = [*(("buyer", n) for n in range(5)), *(("vendor", n) for n in range(8))]
    played = run(overrides=keys, strategies=dict.fromkeys(everybody, Conceder(1.0)))
    assert columns_that_differ(run(overrides=keys), played) == []


def test_another_strategy_changes_its_own_talks_and_nobody_elses_luck():
    """For a buyer that looks for what is best for both; the shipped buyer sees a contest, hopes for no more than it
    claims to need, and asks the same by every strategy."""
    base, played = (
        run("it_outsourcing", "adversarial", overrides=SMALL | BARE, strategies=given)
        for given in (None, {BUYER: generous})
    )
    assert {"offers.price", "need_months.buyer"} <= {*columns_that_differ(base, played)}
    theirs = [model.table("need_months").query("need != 0") for model in (base, played)]
    assert len(theirs[0]) == 12 and theirs[0].equals(theirs[1])
    mine = [model.table("need_months").query("need == 0") for model in (base, played)]
    assert not mine[0].equals(mine[1])
    assert played.buyers[0].price > base.buyers[0].price


def test_the_luck_of_the_same_agent_does_not_move_either():
    """Problems arise in the same months and of the same size while a contract runs."""
    keys = {"run.months": 10, "problems.rate": 0.5}
    base = run("one_tie", "adversarial", overrides=keys)
    played = run("one_tie", "adversarial", overrides=keys, strategies={0: generous})
    assert base.rows["signed"][0] == played.rows["signed"][0] == 1
    assert base.rows["problems_arrived"].tolist() == played.rows["problems_arrived"].tolist()
    assert base.rows["noise"].tobytes() == played.rows["noise"].tobytes()
    assert base.rows["surplus"].tobytes() != played.rows["surplus"].tobytes()


def test_a_subclass_plays_itself():
    class Patient(Buyer):
        """Asks for everything until four fifths of the talk have passed."""

        asked = 0

        def aspiration(self, turn):
            Patient.asked += 1
            return turn.opening if turn.clock < 0.8 else turn.floor

    def patient(turn):
        return turn.opening if turn.clock < 0.8 else turn.floor

    how = {"overrides": SHORT | BARE, "regime": "adversarial"}
    one = run("one_tie", agents={Buyer: Patient}, **how)
    assert columns_that_differ(one, run("one_tie", agents={BUYER: Patient}, **how)) == []
    assert columns_that_differ(one, run("one_tie", strategies={0: patient}, **how)) == []
    assert "offers.price" in columns_that_differ(one, run("one_tie", **how))
    assert type(one.buyers[0]) is Patient and len(one.agents_by_type[Patient]) == 1
    frame = one.datacollector.get_agenttype_vars_dataframe(Patient)
    assert len(frame) == 14 and frame["price"].notna().any()
    assert Patient.asked > 10


def test_a_subclass_that_only_looks_stays_compiled():
    class Richer(Buyer):
        @property
        def share(self):
            return self.gain / self.surplus

    model = run("one_tie", agents={Buyer: Richer}, overrides=SHORT)
    assert (
        model.strategies == {} and columns_that_differ(model, run("one_tie", overrides=SHORT)) == []
    )
    assert 0.0 < model.buyers[0].share < 1.0


def watched(change=None, world=0, side="buyer", **overrides):
    """Return the turns of one side of the first talk, with something private changed or not."""
    turns = []

    def watch(turn):
        turns.append(turn)
        return Conceder(1.0).aspiration(turn)

    keys = {"run.months": 1, **overrides}
    model = NegotiationModel(
        "one_tie", "adversarial", world=world, overrides=keys, strategies={(side, 0): watch}
    )
    if change:
        change(model.state)
    model.step()
    return turns


def same(one, other):
    """Say whether two turns show the same."""
    return all(
        np.array_equal(getattr(one, f.name), getattr(other, f.name), equal_nan=True)
        if isinstance(getattr(one, f.name), float | np.ndarray)
        else getattr(one, f.name) == getattr(other, f.name)
        for f in fields(Turn)
    )


def dearer(state):
    state.vendor_table[state.vendor_table != 0.0] -= 1.0
    state.vendors["outside"] += 2.0
    state.vendors["capability"] *= 0.5


def test_a_strategy_sees_nothing_that_only_the_other_side_knows():
    """With the vendor's costs, outside option and capability changed, the buyer's first turn is the
    same; so is the second in everything except what the vendor has offered since."""
    first = {"negotiation.first": "buyer"}
    base, changed = watched(**first), watched(dearer, **first)
    assert same(base[0], changed[0])
    assert not same(base[1], changed[1])
    said = ("offered", "rise", "package", "belief")
    assert same(base[1], replace(changed[1], **{name: getattr(base[1], name) for name in said}))
    poorer = watched(lambda s: s.needs["outside"].__iadd__(1.0), **first)
    assert not same(base[0], poorer[0])


def test_a_turn_is_told_in_the_owners_terms():
    turns = watched(**{"negotiation.first": "buyer"})
    first, second = turns[:2]
    assert (first.side, first.row, first.partner, first.month) == ("buyer", 0, 0, 0)
    assert (first.made, first.turn, first.clock, first.package) == (0, 0, 0.0, ())
    assert math.isnan(first.offered) and first.last_ask == first.opening > first.floor
    assert (second.made, second.turn) == (2, 1) and len(second.package) > 0
    assert first.left - second.left == 2 and second.offered < second.opening
    assert [turn.made for turn in turns] == sorted({turn.made for turn in turns})
    with pytest.raises(ValueError, match="read-only"):
        first.own[0, 0] = 1.0


def test_what_is_asked_is_kept_within_what_may_be_claimed():
    """Beyond the opening is the opening, below the floor is the floor."""
    for wild, tame in ((lambda t: 1e9, lambda t: t.opening), (lambda t: -1e9, lambda t: t.floor)):
        pair = [
            run("one_tie", "adversarial", overrides=SHORT, strategies={0: f}) for f in (wild, tame)
        ]
        assert columns_that_differ(*pair) == []


@pytest.mark.parametrize("answer", [None, "much", float("nan")])
def test_an_answer_that_is_no_number_is_reported_and_ends_the_model(answer):
    model = NegotiationModel("one_tie", "adversarial", strategies={0: lambda turn: answer})
    with pytest.raises(
        SimError, match=r"strategy of buyer 0, month 0: answered .*: want a utility"
    ):
        model.step()
    assert not model.running
    with pytest.raises(SimError, match="month 0 ended in an error; want a new model"):
        NegotiationModel.step(model)  # not through Mesa, whose clock stands still from 3.5 on
    assert len(model.rows) == 0


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"strategies": {7: generous}}, r'7: want \("buyer", 0 to 0\) or \("vendor", 0 to 0\)'),
        ({"strategies": {("byer", 0): generous}}, "did you mean 'buyer'"),
        ({"strategies": {0: 3.0}}, "want a function of a turn"),
        ({"agents": {Buyer: Vendor}}, "want a subclass of Buyer"),
        ({"agents": {("vendor", 1): Vendor}}, r'want \("buyer", 0 to 0\)'),
        ({"strategies": {0: generous}, "regime": "planner"}, "nobody talks here"),
        (
            {"strategies": {0: generous}, "negotiation__protocol": "sealed_bid"},
            'want "alternating_offers"',
        ),
    ],
)
def test_what_cannot_be_played_is_reported(how, said):
    with pytest.raises(ScenarioError, match=said):
        NegotiationModel("one_tie", **how)


DIGEST = """
from sim.engines.market import NegotiationModel
model = NegotiationModel("one_tie", "mediated", run__months=5, negotiation__duration=2,
                         strategies={0: lambda turn: 0.5 * (turn.floor + turn.opening)})
model.run_model()
answer = model.rows.tobytes().hex()
"""


@pytest.mark.deep
def test_it_plays_with_numba_switched_off():
    here, there = both_answers(DIGEST)
    assert there == here and len(here) > 1000


def test_a_pickled_model_is_played_on():
    model = NegotiationModel("one_tie", "adversarial", strategies={0: tit_for_tat}, **SHORT)
    for _ in range(5):
        model.step()
    twin_model = pickle.loads(pickle.dumps(model))
    for each in (model, twin_model):
        each.run_model()
    assert columns_that_differ(model, twin_model, ("periods", "ties")) == []
    assert np.isfinite(model.rows["surplus"]).all()
