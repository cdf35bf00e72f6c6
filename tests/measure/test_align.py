"""Series around an event: right months, right needs, paired only if the occasions are the same."""

import numpy as np
import pytest
from bare import bare

from sim.engines.batch import RunTables, simulate
from sim.errors import ScenarioError
from sim.measure.align import QUANTITIES, align, average_by_world, find_onsets, which_months_count
from sim.measure.compare import Comparison
from sim.measure.window import LONGEST_WINDOW, read_window
from sim.records import EVENTS, NEED_MONTHS, allocate
from sim.scenario.load import load
from sim.words import Event

MONTHS, NEEDS, WORLDS = 10, 2, 3
REGIMES = ("adversarial", "mediated", "planner")


@pytest.fixture(scope="module")
def loaded():
    changes = {"run.months": MONTHS, "market.needs": NEEDS, "market.vendors": NEEDS}
    return load("one_tie", changes)


def happened(*rows):
    """Return events: (world, month, need, tie, kind) each."""
    events = allocate(EVENTS, len(rows))
    for event, row in zip(events, rows, strict=True):
        event.world, event.period, event.need, event.tie, event.kind = row
    return np.asarray(events)


def make_tables(tables, events, gain=0.0):
    """Return tables in which surplus encodes its place: 100 world + 10 need + month/10."""
    base = tables(WORLDS, MONTHS)
    rows = np.asarray(allocate(NEED_MONTHS, WORLDS * MONTHS * NEEDS))
    world, month, need = np.indices((WORLDS, MONTHS, NEEDS)).reshape(3, -1)
    rows["world"], rows["period"], rows["need"], rows["tie"] = world, month, need, need
    rows["surplus"] = 100.0 * world + 10.0 * need + 0.1 * month + gain
    rows["active"] = month != 4
    rows["effort"] = np.where(rows["active"] == 1, 6.0, 0.0)
    return RunTables(base.periods, base.ties, events, base.offers, rows)


def compared(loaded, tables, events, other=None):
    gains = dict(zip(REGIMES, (0.0, 2.0, 5.0), strict=True))
    outcomes = {r: make_tables(tables, events, gain) for r, gain in gains.items()}
    if other is not None:
        outcomes["mediated"] = make_tables(tables, other, 2.0)
    return Comparison(loaded, REGIMES, WORLDS, 1, outcomes)


def line(rows, quantity, name, month):
    (row,) = [r for r in rows if (r.quantity, r.name, r.month) == (quantity, name, month)]
    return row


RECESSION = happened((0, 5, -1, -1, Event.RECESSION_BEGINS), (2, 8, -1, -1, Event.RECESSION_BEGINS))


def test_a_recession_reaches_every_need_of_its_world(loaded, tables):
    at = find_onsets(make_tables(tables, RECESSION), NEEDS, MONTHS, "recession")
    assert at.tolist() == [[0, 0, 5], [0, 1, 5], [2, 0, 8], [2, 1, 8]]


def test_months_outside_the_run_are_not_counted(loaded, tables):
    at = find_onsets(make_tables(tables, RECESSION), NEEDS, MONTHS, "recession")
    assert which_months_count(at, read_window("recession", "-6:2"), MONTHS).sum(
        axis=0
    ).tolist() == [
        2,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
        2,
    ]


def test_means_are_over_the_onsets_of_a_world(loaded, tables):
    c = compared(loaded, tables, RECESSION)
    at = find_onsets(c.outcomes["adversarial"], NEEDS, MONTHS, "recession")
    found = average_by_world(c, "adversarial", at, read_window("recession", "-6:2"))
    world0 = [np.nan, *(5.0 + 0.1 * (5 + k) for k in range(-5, 3))]
    assert found["surplus"][0] == pytest.approx(world0, nan_ok=True)
    assert np.isnan(found["surplus"][1]).all()
    assert found["surplus"][2, 6] == pytest.approx(205.8) and np.isnan(found["surplus"][2, 8])
    assert np.isnan(found["effort"][0, 5]) and found["effort"][0, 6] == 6.0


def test_the_same_onsets_are_paired(loaded, tables):
    rows = align(compared(loaded, tables, RECESSION), read_window("recession", "-2:2"))
    row = line(rows, "surplus", "mediated − adversarial", 0)
    assert (row.kind, row.mean, row.low, row.high) == ("difference", 2.0, 2.0, 2.0)
    assert (row.n, row.events) == (2, 4)
    assert line(rows, "surplus", "mediated", 0).mean == pytest.approx((5.5 + 205.8) / 2 + 2.0)
    assert np.isnan(line(rows, "trust_buyer", "planner", 0).mean)
    assert len(rows) == len(QUANTITIES) * 5 * (len(REGIMES) + 1)


def test_other_onsets_are_not_paired(loaded, tables):
    kind = Event.PROBLEM_DISCOVERED
    mine = happened((0, 2, 0, 0, kind), (1, 3, 1, 1, kind), (1, 3, 1, 0, kind))
    other = happened((0, 2, 0, 0, kind), (2, 6, 1, 1, kind))
    rows = align(compared(loaded, tables, mine, other), read_window("deceit", "0:0"))
    row = line(rows, "surplus", "mediated − adversarial", 0)
    assert row.kind == "unpaired"
    assert row.mean == pytest.approx((0.2 + 210.6) / 2 + 2.0 - (0.2 + 110.3) / 2)
    assert row.low <= row.mean <= row.high
    assert line(rows, "surplus", "adversarial", 0).events == 2, "only the present vendor's deceit"


def test_no_onset_is_no_value(loaded, tables):
    rows = align(compared(loaded, tables, happened()), read_window("turnover", "-1:1"))
    assert all(np.isnan(row.mean) and row.n == row.events == 0 for row in rows)


def test_the_engine_writes_what_is_aligned():
    """Deceit costs trust: the month after, it is lower than the month before."""
    changes = {
        "run.months": 40, "buyers.blame": 8.0, "problems.rate": 0.3, "problems.discovery": 0.2,
        "relationship.deceit_cut": 0.8,
    }  # fmt: skip
    liar = bare("one_tie", changes)
    regimes = ("adversarial", "planner")
    tables = ("events", "need_months")
    outcomes = {r: simulate(liar.regime(r), range(6), 1, tables=tables) for r in regimes}
    c = Comparison(liar, regimes, 6, 1, outcomes)
    for regime in regimes:
        o = outcomes[regime]
        assert len(o.need_months) == len(o.periods)
        for column in ("active", "surplus", "buyer", "vendor", "first_best", "effort"):
            assert np.array_equal(o.need_months[column], o.periods[column])
        assert np.array_equal(o.need_months["trust_buyer"], o.periods["trust_buyer"])
    rows = align(c, read_window("deceit", "-1:1"))
    before, after = (line(rows, "trust_buyer", "adversarial", k).mean for k in (-1, 0))
    assert after < before - 0.1
    assert line(rows, "surplus", "adversarial", 0).events > 10
    assert list(c.align("deceit", "-1:1").columns)[:2] == ["quantity", "label"]


HARD_TIMES = {
    "run.months": 20, "recession.rate": 0.15, "recession.worth": 0.4, "turnover.vendor": 0.2,
    "turnover.loss": 0.8,
}  # fmt: skip


def test_recessions_and_turnover_meet_every_regime_alike():
    """Worth falls in the month a recession begins; nobody's conduct causes either event."""
    loaded, tables = load("one_tie", HARD_TIMES), ("events", "need_months")
    regimes = ("adversarial", "mediated", "planner")
    outcomes = {r: simulate(loaded.regime(r), range(5), 1, tables=tables) for r in regimes}
    c = Comparison(loaded, regimes, 5, 1, outcomes)
    for event in ("recession", "turnover"):
        rows = align(c, read_window(event, "-1:1"))
        assert {row.kind for row in rows} == {"regime", "difference"}
        assert line(rows, "surplus", "mediated", 0).events > 5
        if event == "recession":
            before, after = (line(rows, "surplus", "planner", k).mean for k in (-1, 0))
            assert after < 0.8 * before


@pytest.mark.parametrize(
    ("event", "text", "said"),
    [
        ("recesion", "-1:1", "align = 'recesion': want one of recession, deceit, turnover; did"),
        ("deceit", "12", "window = '12': want BEFORE:AFTER in months, as in -12:24"),
        ("deceit", "a:b", "window = 'a:b': want BEFORE:AFTER"),
        ("deceit", "1:4", "window = '1:4': want BEFORE:AFTER"),
        ("deceit", "-1:2:3", "window = '-1:2:3': want BEFORE:AFTER"),
        ("deceit", f"-{LONGEST_WINDOW + 1}:0", "from -600:0 to 0:600"),
    ],
)
def test_what_cannot_be_aligned_is_one_line(event, text, said):
    with pytest.raises(ScenarioError) as caught:
        read_window(event, text)
    assert said in str(caught.value) and "\n" not in str(caught.value)
