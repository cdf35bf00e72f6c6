"""One model, run in several ways, to the last bit of every table.

Compiled and interpreted, month by month and in one go, alone and among many, on one thread and on
two, in any order and in blocks of any size.
"""

import numpy as np
import pytest
from counts import count, one_in
from drawn import EVERY_TABLE, bits, few, run, unlike
from in_turn import EVERY, WORLDS, in_turn
from switched_off import both_answers

from sim.engines import batch
from sim.engines.batch import OneWorld, RunTables, join_blocks, simulate
from sim.records import EVENTS, allocate
from sim.rows import join_rows
from sim.scenario.load import load

SMALL = {"run.months": 5, "market.needs": 2, "market.vendors": 8, "negotiation.deadline": 8}
DRAWN = count(5, 15)


def small(name: str):
    """Return a shipped scenario with few needs and months."""
    return load(name, SMALL)


def stepped(regime, seed: int, worlds, compiled: bool = True) -> RunTables:
    """Run worlds one after the other, month by month."""
    parts = []
    for world in worlds:
        one = OneWorld(regime, seed, world, compiled=compiled, tables=EVERY_TABLE)
        for _ in range(one.months + 2):  # a world that is over stays as it is
            one.step()
        parts.append(one.outcome())
    return join_blocks(parts)


def everything(regime, seed: int, worlds, **how) -> RunTables:
    """Run worlds in one go, every table."""
    return simulate(regime, list(worlds), seed, tables=EVERY_TABLE, **how)


def of_world(outcome: RunTables, world: int) -> RunTables:
    """Return the rows of one world."""
    return RunTables(*(np.asarray(table)[table["world"] == world] for table in outcome))


def check_agreement(regime, seed: int) -> None:
    """Check that two worlds stepped, and one interpreted, give the bits of the batch."""
    whole = everything(regime, seed, (0, 5))
    assert len(whole.periods) > 0
    assert unlike(whole, stepped(regime, seed, (0, 5))) == []
    assert unlike(of_world(whole, 5), everything(regime, seed, [5], compiled=False)) == []


@pytest.mark.parametrize(("name", "regime"), in_turn(always=("secret_mediator",)))
def test_shipped_scenarios_agree(name, regime):
    loaded = small(name)
    check_agreement(loaded.regime(regime), loaded.scenario.run.seed)


@pytest.mark.parametrize("number", range(DRAWN))
def test_drawn_scenarios_agree(number):
    drawn = few()[number].scenario
    loaded = load(drawn, {"run.months": min(5, drawn.run.months), "run.burn_in": 0})
    names = loaded.regimes()
    for regime in {"mediated", names[number % len(names)]}:
        check_agreement(loaded.regime(regime), loaded.scenario.run.seed)


def test_an_interpreted_world_can_be_stepped_too():
    regime = small("one_tie").regime("mediated")
    assert unlike(everything(regime, 1, [3]), stepped(regime, 1, [3], compiled=False)) == []


@pytest.mark.parametrize("name", one_in(2, WORLDS))
def test_threads_change_nothing(name):
    regime = load(name, {"run.months": 20, "market.needs": 5}).regime("mediated")
    one = everything(regime, 1, range(13))
    for threads in (2, 3):
        assert unlike(one, everything(regime, 1, range(13), threads=threads)) == []


@pytest.mark.parametrize("bound", [1, 300, 700, 10**9])
def test_the_size_of_a_block_changes_nothing(bound, monkeypatch):
    regime = load("it_outsourcing", {"run.months": 12, "market.needs": 5}).regime("mediated")
    whole = everything(regime, 1, range(11))
    monkeypatch.setattr(batch, "BLOCK_TIE_MONTHS", bound)
    for threads in (1, 2):
        seen = []
        assert unlike(whole, everything(regime, 1, range(11), on_block=seen.append)) == []
        assert sum(seen) == 11
        assert len(seen) == {1: 11, 300: 3, 700: 2, 10**9: 2}[bound]  # two for a thread at least
        assert unlike(whole, everything(regime, 1, range(11), threads=threads)) == []


@pytest.mark.parametrize(("name", "regime"), EVERY)
def test_a_world_alone_is_that_world_among_many(name, regime):
    resolved = load(name, {"run.months": 10, "market.needs": 4}).regime(regime)
    many = everything(resolved, 1, range(6))
    for world in (0, 5):
        assert unlike(of_world(many, world), everything(resolved, 1, [world])) == []


@pytest.mark.parametrize("name", WORLDS)
def test_order_changes_nothing(name):
    regime = load(name, {"run.months": 15, "market.needs": 4}).regime("mediated")
    forward = everything(regime, 1, range(8))
    backward = everything(regime, 1, range(7, -1, -1))
    assert backward.periods["world"][0] == 7
    for world in range(8):
        assert unlike(of_world(forward, world), of_world(backward, world)) == []


def test_tables_that_are_not_kept_change_nothing():
    for loaded in few()[:5]:
        full = run(loaded, "mediated")
        bare = run(loaded, "mediated", tables=("periods",))
        for table in ("periods", "ties"):
            for name in getattr(full, table).dtype.names:
                column = getattr(bare, table)[name]
                assert column.tobytes() == getattr(full, table)[name].tobytes()
        assert len(bare.events) == len(bare.offers) == 0


def test_another_world_or_seed_is_another_outcome():
    """Negative control of every comparison above."""
    regime = small("one_tie").regime("mediated")
    base = everything(regime, 1, [0])
    for other in (everything(regime, 2, [0]), everything(regime, 1, [1])):
        assert {"periods.surplus", "ties.first_best", "offers.price"} <= {*unlike(base, other)}


DIGEST = """
import hashlib
from sim.engines.batch import simulate
from sim.scenario.load import load
digest = hashlib.sha256()
for name in ("mediated", "adversarial"):
    regime = load("one_tie", {"run.months": 8}).regime(name)
    tables = ("periods", "ties", "events", "offers")
    for table in simulate(regime, [0, 1], 1, tables=tables):
        for column in table.dtype.names:
            digest.update(table[column].tobytes())
answer = digest.hexdigest()
"""


@pytest.mark.deep
def test_the_model_runs_with_numba_switched_off():
    """The switch NUMBA_DISABLE_JIT gives the very bits of the compiled model."""
    here, there = both_answers(DIGEST)
    assert there == here and len(here) == 64


def test_numpy_hides_no_field_from_the_interpreted_rules():
    """`row.size` of a record is 1 to Python whatever its field holds, and the field to Numba."""
    regime = small("one_tie").regime("mediated")
    one = OneWorld(regime, 1, 0)
    names = {name for table in one.state for name in table.dtype.names or ()}
    names |= {*one.setup.dtype.names} | {
        name for table in one.outcome() for name in table.dtype.names
    }
    assert len(names) > 150
    assert names & ({*dir(np.record)} | {*dir(np.recarray)}) == set()


def test_bits_are_what_is_compared():
    """Negative control: a change of one unit in the last place of one number is seen."""
    base = run(few()[0], "adversarial")
    rows = base.periods.copy()
    rows["surplus"][0] = np.nextafter(rows["surplus"][0], np.inf)
    assert unlike(base, base._replace(periods=rows)) == ["periods.surplus"]
    assert len(bits(base)) == sum(len(table.dtype.names) for table in base)


def test_joined_rows_are_those_that_numpy_joins():
    first, second = allocate(EVENTS, 3), allocate(EVENTS, 2)
    first["amount"], second["kind"] = (0.1, -0.0, np.nan), (7, 1)
    whole, wanted = join_rows([first, second]), np.concatenate([first, second])
    assert whole.dtype == wanted.dtype and len(whole) == 5
    for name in wanted.dtype.names:
        assert whole[name].tobytes() == wanted[name].tobytes()
    second["kind"] = 0  # a copy, no view
    assert whole["kind"].tolist() == [0, 0, 0, 7, 1]
