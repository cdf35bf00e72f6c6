"""What a model records, how much memory it takes, and that an unreferenced model is freed."""

import gc
import math
import subprocess
import sys
import weakref
from pathlib import Path

import mesa
import numpy as np
import pytest
from bare import BARE
from counts import count
from mesa.datacollection import DataCollector

from sim.engines.agents import Buyer, Mediator, Vendor
from sim.engines.batch import simulate
from sim.engines.collector import TIE_FIELDS, PackedRecords
from sim.engines.market import (
    AGENT_REPORTERS,
    SHARED_REPORTERS,
    NegotiationModel,
)
from sim.engines.readings import Reading, units
from sim.engines.tie import Tie
from sim.errors import ScenarioError

STATM = Path("/proc/self/statm")
SMALL = {"run.months": 8, "market.needs": 6, "market.vendors": 6}


def run(months, *args, **how):
    model = NegotiationModel(*args, **how)
    for _ in range(months):
        model.step()
    return model


def test_frames_are_those_of_mesas_own_collector():
    """The same reporters in a plain DataCollector give the same frames, number for number."""
    model = NegotiationModel("it_outsourcing", overrides=SMALL)
    mesas = DataCollector(
        {name: name for name in model.datacollector.model_reporters},
        SHARED_REPORTERS,
        {kind: AGENT_REPORTERS[kind] for kind in model.agent_types},
    )
    for _ in range(8):
        model.step()
        mesas.collect(model)
    ours = model.datacollector
    months = ours.get_model_vars_dataframe()
    assert months.index.tolist() == list(range(1, 9)) and months.index.name == "Step"
    assert months.reset_index(drop=True).equals(mesas.get_model_vars_dataframe())
    assert ours.get_agent_vars_dataframe().equals(mesas.get_agent_vars_dataframe())
    for kind in (Buyer, Vendor, Mediator):
        mine = ours.get_agenttype_vars_dataframe(kind)
        assert mine.equals(mesas.get_agenttype_vars_dataframe(kind)) and len(mine) > 0
    steps = ours.get_agent_vars_dataframe().index.get_level_values("Step").unique()
    assert steps.tolist() == months.index.tolist()


@pytest.mark.parametrize(
    ("scenario", "regime"),
    [("it_outsourcing", "mediated"), ("one_tie", "adversarial"), ("open_market", "spot")],
)
def test_the_table_of_ties_is_what_the_batch_engine_writes(scenario, regime):
    model = run(6, scenario, regime, overrides={"run.months": 6})
    ties = model.datacollector.get_table_dataframe("ties")
    assert list(ties.columns) == list(TIE_FIELDS)
    wrote = simulate(model.regime, [0], model.luck, tables=("need_months",)).need_months
    pairs = {
        "tie": "tie", "buyer": "need", "active": "active", "surplus": "surplus",
        "buyer_gain": "buyer", "vendor_gain": "vendor",
        "trust_buyer": "trust_buyer", "trust_vendor": "trust_vendor",
    }  # fmt: skip
    for ours, theirs in pairs.items():
        assert ties[ours].tolist() == wrote[theirs].tolist()
    assert (ties["Step"] == wrote["period"] + 1).all()
    assert ties["price"].notna().equals(ties["active"] == 1)
    last = ties[ties["Step"] == 6]
    assert last["vendor"].tolist() == [buyer.vendor_row for buyer in model.buyers]
    assert last["trust_buyer"].tolist() == [buyer.trust for buyer in model.buyers]
    assert last["grievance"].tolist() == [buyer.grievance for buyer in model.buyers]


def test_every_reading_says_its_unit_and_reads_the_state():
    model = run(8, "biased_mediator", overrides={"run.months": 8})
    for kind, one in (
        (Buyer, model.buyers[0]), (Vendor, model.vendors[0]), (Mediator, model.mediators[0]),
        (Tie, model.tie(model.buyers[0].tie)), (NegotiationModel, model),
    ):  # fmt: skip
        for name, (unit, meaning) in units(kind).items():
            assert unit and meaning and unit in getattr(kind, name).__doc__
            assert isinstance(getattr(one, name), int | float | str)
            with pytest.raises(AttributeError):
                setattr(one, name, 0)
    assert {"trust", "price", "outside"} <= set(units(Buyer))
    assert isinstance(Buyer.price, Reading) and units(Buyer)["price"][0] == "money/month"


def test_ties_and_agents_say_the_same():
    model = run(8, "it_outsourcing", overrides=SMALL)
    table = model.table("ties")
    for row in range(len(table)):
        tie = model.tie(row)
        assert (tie.buyer.row, tie.vendor.row) == tuple(table.loc[row, ["need", "vendor_id"]])
        assert tie.surplus == table.loc[row, "surplus"]
        assert bool(tie.contract) == (tie.contracts > 0)
    assert sum(model.tie(row).active for row in range(len(table))) == model.active
    for vendor in model.vendors:
        assert [buyer.vendor for buyer in vendor.buyers] == [vendor] * vendor.contracts
    with pytest.raises(ScenarioError, match="tie = 999: want 0 to "):
        model.tie(999)


@pytest.mark.parametrize(("overrides", "over"), [(BARE, 0), ({}, 1)], ids=["bare", "shipped"])
def test_each_of_several_mediators_is_an_agent(overrides, over):
    """A month counts the contracts served in it; an agent, at its end, those not `over` by then."""
    keys = {"run.months": 12, **overrides}
    model = run(12, "biased_mediator", overrides=keys, tables=("need_months",))
    assert len(model.mediators) == 3
    last = model.table("need_months").query("period == 11 and active == 1")
    ended = [row for row in last.itertuples() if model.state.needs[row.need].partner < 0]
    assert len(ended) == over == sum(model.tie(row.tie).mediated for row in ended)
    assert sum(m.accompanies for m in model.mediators) == model.rows["engaged"][-1] - over
    assert len({m.bias for m in model.mediators}) == 3
    assert math.isnan(model.mediators[0].receipts) and model.mediator > 0.0
    trusts = [m.trust_of_buyers for m in model.mediators]
    assert all(0.0 < trust < 1.0 for trust in trusts)
    own, pairs = model.regime.scenario.mediator, model.state.ties["mediator"]
    untried = own.prior_good / (own.prior_good + own.prior_bad)
    never = [m for m in model.mediators if not (pairs == m.row).any()]
    assert all(m.trust_of_buyers == pytest.approx(untried) for m in never)


def test_agents_are_numbered_from_one_and_more_can_come():
    class Visitor(mesa.Agent):
        pass

    model = run(2, "one_tie")
    visitor = Visitor(model)
    assert [agent.unique_id for agent in model.agents] == [1, 2, 3, 4]
    model.step()
    seen = model.datacollector.get_agent_vars_dataframe().loc[3]
    visitor.remove()
    assert Visitor(model).unique_id == visitor.unique_id + 1
    assert seen.loc[visitor.unique_id].isna().all() and seen["kind"].tolist()[0] == "buyer"


def test_less_can_be_collected():
    for collect, frames in (("model", 1), ("none", 0)):
        model = run(3, "one_tie", collect=collect)
        assert len(model.datacollector.model_vars["surplus"]) == 3 * frames
        assert not model.datacollector.agent_reporters and not model.datacollector.tables
        assert len(model.rows) == 3
    with pytest.raises(ScenarioError, match="did you mean 'model'"):
        NegotiationModel("one_tie", collect="models")


def test_events_and_offers_can_be_kept():
    model = run(10, "one_tie", tables=("events", "offers"), overrides={"run.months": 10})
    want = simulate(model.regime, [0], 1, tables=("events", "offers", "ties"))
    for name in ("events", "offers", "ties", "periods"):
        rows = getattr(want, name)
        assert all(
            model.table(name)[c].to_numpy().tobytes() == rows[c].tobytes() for c in rows.dtype.names
        )
    with pytest.raises(ScenarioError, match="want one of periods, ties"):
        run(1, "one_tie").table("events")
    with pytest.raises(ScenarioError, match="did you mean 'events'"):
        NegotiationModel("one_tie", tables=("event",))


def test_packing_gives_back_what_was_given():
    records = [(1, 7, 0.5, 3, "a", None, [1]), (1, 8, float("inf"), 2**70, "b", 2.5, [2])]
    packed = PackedRecords(records, None)
    assert list(packed) == records and len(packed) == 2
    assert type(next(iter(packed))[3]) is int
    later = PackedRecords([(2, *r[1:]) for r in records], packed)
    assert later.columns[0] is packed.columns[0] and next(iter(later))[0] == 2
    ((_, _, zero),) = PackedRecords([(3, 7, -0.0)], PackedRecords([(2, 7, 0.0)], None))
    assert math.copysign(1.0, zero) == -1.0
    assert list(PackedRecords([], packed)) == []


GROWTH = """
import os, sys
from sim.engines.market import NegotiationModel
steps = int(sys.argv[1])
hoarded, model = [], NegotiationModel("it_outsourcing", overrides={"run.months": 3000})

def grown(steps, hoard):
    before = open("/proc/self/statm").read()
    for step in range(steps):
        model.step()
        hoarded.append(b"x" * hoard + bytes(step % 7))
    after = open("/proc/self/statm").read()
    pages = int(after.split()[1]) - int(before.split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / steps

grown(200, 0)
print(grown(steps, 0), grown(100, 200_000))  # so large that nothing freed before has room for it
"""


@pytest.fixture(scope="module")
def growth():
    """Return bytes by which memory grows at a step of the flagship, after 200 steps and while hoarding."""
    words = [sys.executable, "-c", GROWTH, "1800"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


@pytest.mark.deep
@pytest.mark.skipif(not STATM.exists(), reason="reads Linux's /proc")
def test_memory_grows_by_recorded_rows_alone(growth):
    """Recorded are some 800 numbers a month; 20 kB a step is what the page may take."""
    assert 2_000 < growth[0] < 20_000


@pytest.mark.deep
@pytest.mark.skipif(not STATM.exists(), reason="reads Linux's /proc")
def test_a_model_that_hoards_would_be_seen(growth):
    assert growth[1] > 20_000


def test_resets_leave_no_model():
    gone = []
    for number in range(count(12, 50)):
        kind = {"strategies": {0: lambda turn: turn.floor}} if number % 10 == 0 else {}
        gone.append(weakref.ref(run(2, "one_tie", **kind)))
    gc.collect()
    assert sum(ref() is not None for ref in gone) == 0
    kept = run(2, "one_tie")
    held = weakref.ref(kept)
    gc.collect()
    assert held() is kept  # a model that is held would be seen


def content(table):
    """Return the bytes of every column: bytes of whole rows would include padding, which is arbitrary."""
    array = np.asarray(table)
    names = array.dtype.names
    return [array.tobytes()] if names is None else [array[name].tobytes() for name in names]


def test_looking_writes_nothing():
    model = run(5, "it_outsourcing", overrides=SMALL)
    before = [content(table) for table in model.state]
    for agent in model.agents:
        for name in units(type(agent)):
            getattr(agent, name)
    model.table("ties")
    model.datacollector.collect(model)
    after = [content(table) for table in model.state]
    memo = list(model.state._fields).index("memo")
    scratch = {memo, *(i for i, f in enumerate(model.state._fields) if f in ("belief", "hearing"))}
    assert [
        i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b and i not in scratch
    ] == []
