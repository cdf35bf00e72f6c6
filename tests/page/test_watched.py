"""A watched world is the batch engine's world: looked at every month, it changes no bit."""

import gc
import os
from pathlib import Path

import numpy as np
import pytest
from counts import count, one_in

from sim.engines.batch import simulate
from sim.engines.market import NegotiationModel
from sim.errors import ScenarioError
from sim.page.board import causes, overview
from sim.page.regime_pair import Choice, RegimePair
from sim.page.tie_panel import tie_screen as tie_screen
from sim.page.twin_lives import month_of_parting, side_by_side
from sim.render.story.life_story import story
from sim.render.story.private_knowledge import belief_tables, describe_knowledge, trust_of_tie
from sim.scenario.load import load, shipped
from sim.words import Event

REGIMES = ("adversarial", "mediated")
MONTHS = 10
TRUSTS = ("trust_buyer", "trust_vendor", "trust_mediator_buyer", "trust_mediator_vendor")


def differing(mine, yours):
    """Return the columns of two tables that are not the same to the last bit."""
    return [n for n in mine.dtype.names if mine[n].tobytes() != yours[n].tobytes()]


def run(choice, months):
    pair = RegimePair(choice)
    for _ in range(months):
        pair.step()
    return pair


def models(pair):
    return [watched.model for watched in pair._watched]


@pytest.mark.parametrize("name", one_in(6, [name for name, _, _ in shipped()]))
def test_looking_every_month_changes_no_bit(name):
    loaded = load(name, {"run.months": MONTHS})
    last = loaded.scenario.market.needs * loaded.scenario.market.candidates - 1
    regimes = (loaded.regimes()[1], loaded.regimes()[-1])
    pair = run(Choice(name, regimes, overrides=(("run.months", MONTHS),), tie=last), MONTHS)
    for k, regime in enumerate(regimes):
        tables = simulate(loaded.regime(regime), [0], loaded.scenario.run.seed)
        assert differing(np.asarray(pair.frame.rows[k]), tables.periods) == []
        assert differing(models(pair)[k].engine.outcome().ties, tables.ties) == []
        trusts = trust_of_tie(models(pair)[k].engine, last)
        if regime != "planner":
            assert list(trusts[:4]) == [tables.ties[last][column] for column in TRUSTS]


def test_looking_leaves_no_trace():
    pair = run(Choice("it_outsourcing", REGIMES), 3)
    watched = pair._watched[1]
    engine = watched.model.engine
    for number in (0, 1, 50):  # the followed one, a stranger, another
        before = [raw.tobytes() for raw in engine._raws]
        describe_knowledge(watched.words, engine, number)
        belief_tables(engine, number)
        trust_of_tie(engine, number)
        assert [raw.tobytes() for raw in engine._raws] == before
    engine.state.memo[0].own[0, 0, 0] += 1.0
    assert [raw.tobytes() for raw in engine._raws] != before, "a trace would be seen"


@pytest.mark.parametrize("number", [4, 105])
def test_the_life_is_the_story(number):
    loaded = load("it_outsourcing", {"run.months": 48})
    choice = Choice("it_outsourcing", REGIMES, overrides=(("run.months", 48),), tie=number)
    pair = run(choice, 48)
    for k, regime in enumerate(REGIMES):
        told = " ".join(story(loaded, regime, 0, number).split())
        for entry in pair.frame.lives[k].entries:
            assert all(" ".join(line.split()) in told for line in entry.sentences)
        for stretch in side_by_side(*pair.frame.lives):
            if not stretch.loud[k] and not stretch.loud[1 - k] and stretch.parts < 0:
                said = stretch.sentences[k][0]
                assert said.endswith(".") and said[0].isupper()


def test_stretches_tell_every_month_once():
    frame = run(Choice("it_outsourcing", REGIMES, tie=4), 60).frame
    months = [m for s in side_by_side(*frame.lives) for m in range(s.first, s.last + 1)]
    assert months == list(range(60))
    assert sum(s.parts >= 0 for s in side_by_side(*frame.lives)) == 1


def test_lives_part_where_their_events_first_differ():
    frame = run(Choice("it_outsourcing", REGIMES, tie=4), 24).frame
    where = month_of_parting(*frame.lives)
    assert where is not None
    events = [
        simulate(load("it_outsourcing").regime(r), [0], 1, tables=("events",)).events
        for r in REGIMES
    ]
    own = [e[(e["need"] == 1) & (e["period"] < where)] for e in events]
    assert own[0].tolist() == own[1].tolist(), "until then their buyer lives one life"
    own = [e[(e["need"] == 1) & (e["period"] == where)] for e in events]
    assert own[0].tolist() != own[1].tolist()
    stretch = next(s for s in side_by_side(*frame.lives) if s.parts >= 0)
    assert stretch.first == where
    said = [s[stretch.parts : stretch.parts + 1] for s in stretch.sentences]
    assert said[0] != said[1]


def test_the_same_regime_twice_never_parts():
    frame = run(Choice("it_outsourcing", ("mediated", "mediated"), tie=4), 24).frame
    assert month_of_parting(*frame.lives) is None
    assert "the same events have happened" in tie_screen(frame)
    assert "first difference" not in tie_screen(frame)


def test_what_is_hidden_is_seen_by_the_watcher_alone():
    keys = (("problems.rate", 1.0), ("buyers.blame", 5.0), ("problems.discovery", 0.01))
    pair = run(Choice("one_tie", ("adversarial", "adversarial"), overrides=keys), 6)
    life = pair.frame.lives[0]
    hidden = [e for e in life.entries if Event.PROBLEM_HIDDEN in e.kinds]
    state = models(pair)[0].state
    assert hidden and len(life.known.problems) == state.needs[0].open > 0
    number = int(state.needs[0].open)
    assert any(f"the vendor hides {number} problem" in line for line in life.known.unknown[0])


@pytest.mark.parametrize("regimes", [("planner", "mediated"), ("partnership", "planner")])
def test_a_planner_has_no_minds_to_show(regimes):
    frame = run(Choice("it_outsourcing", regimes), 14).frame
    k = regimes.index("planner")
    assert frame.lives[k].known.beliefs == ((), ())
    assert np.isnan(frame.links[k].trust).all() and not np.isnan(frame.links[1 - k].trust).any()
    for screen in (overview, causes, tie_screen):
        assert "nan" not in screen(frame)
    levels = tie_screen(frame).partition("sim-levels")[2]
    assert "planner" not in levels and 'colspan="1"' in levels, "one table, of the people"


def test_a_tie_that_is_not_there_is_reported():
    with pytest.raises(ScenarioError, match="page: tie = 1: want a number from 0 to 0"):
        RegimePair(Choice("one_tie", REGIMES, tie=1))


def test_a_wrong_value_is_said_of_the_page():
    with pytest.raises(ScenarioError, match=r"^page: mediator\.competence = 3"):
        RegimePair(Choice("one_tie", REGIMES, overrides=(("mediator.competence", 3),)))


def test_pairs_leak_no_model():
    for _ in range(count(10, 50)):
        run(Choice("one_tie", REGIMES), 2)
    gc.collect()
    alive = [one for one in gc.get_objects() if issubclass(type(one), NegotiationModel)]
    assert len(alive) <= 2


@pytest.mark.deep
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
def test_two_thousand_months_take_the_memory_of_what_is_recorded():
    pair = RegimePair(Choice("it_outsourcing", REGIMES, overrides=(("run.months", 2_200),), tie=4))
    pair.step(200)
    overview(pair.frame), tie_screen(pair.frame)
    start = resident()
    for _ in range(20):
        pair.step(100)
        overview(pair.frame), tie_screen(pair.frame)
    assert pair.frame.period == 2_200
    grown = (resident() - start) / 2_000
    assert grown < 20_000, f"{grown:.0f} bytes a month"


def resident():
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
