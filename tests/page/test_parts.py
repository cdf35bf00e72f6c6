"""The page tells a mediator's difference in the two parts of a comparison, of the world it shows."""

import re
from html import unescape

import numpy as np
import pytest
from counts import one_in

from sim.engines.batch import simulate
from sim.measure.compare import compare
from sim.measure.metrics import BY_NAME, view_of
from sim.page.board import causes, overview
from sim.page.regime_pair import Choice, RegimePair
from sim.render.numbers import format_number
from sim.scenario.load import load, shipped

REGIMES = ("adversarial", "mediated")
MONTHS = 18
KEYS = (("run.months", MONTHS), ("run.burn_in", 0))


def page(name, regimes, overrides=KEYS, months=MONTHS, **where):
    return RegimePair(Choice(name, regimes, overrides=overrides, **where)).step(months)


def shown(html):
    """Return the text beside each headline."""
    return dict(re.findall(r'data-headline="(\w+)">([^<]*)<', html))


@pytest.mark.parametrize("name", one_in(6, [name for name, _, _ in shipped()]))
def test_the_parts_are_those_of_a_comparison(name):
    loaded = load(name, dict(KEYS))
    c = compare(loaded, REGIMES, worlds=1)
    frame = page(name, REGIMES)
    if not c.parts:
        assert frame.machine is None and "procedure" not in shown(overview(frame))
        return
    assert frame.machine is not None and frame.machine.parts == c.parts
    parts = [c.row("surplus", *pair).mean for pair in c.parts]
    for screen in (overview, causes):
        found = shown(screen(frame))
        assert [found["procedure"], found["mediator"]] == [
            format_number(v, "", signed=True) for v in parts
        ]
        assert found["gap"] == format_number(c.row("surplus", *REGIMES[::-1]).mean, "", signed=True)
    assert sum(parts) == pytest.approx(c.row("surplus", *REGIMES[::-1]).mean, abs=1e-9)


def test_of_another_world_seed_and_month():
    frame = page("one_tie", REGIMES, months=11, seed="5", world="3")
    loaded = load("one_tie", {"run.months": 11})
    found = {
        name: BY_NAME["surplus"].of(
            view_of(simulate(loaded.regime(name), [3], 5), loaded.regime(name))
        )[0]
        for name in (*REGIMES, "machine")
    }
    parts = [found["machine"] - found["adversarial"], found["mediated"] - found["machine"]]
    said = shown(overview(frame))
    assert [said["procedure"], said["mediator"]] == [
        format_number(v, "", signed=True) for v in parts
    ]
    assert said["procedure"] != said["mediator"] != said["gap"] and parts[0] and parts[1]


def test_the_machine_is_that_of_the_batch_and_no_other():
    frame = page("it_outsourcing", REGIMES)
    loaded = load("it_outsourcing", dict(KEYS))
    same, other = (
        simulate(loaded.regime(name), [0], loaded.scenario.run.seed).periods
        for name in ("machine", "mediated")
    )
    rows = frame.machine.rows
    names = rows.dtype.names  # between columns there are bytes that nobody writes
    assert [n for n in names if rows[n].tobytes() != np.asarray(same[n]).tobytes()] == []
    assert "surplus" in [n for n in names if rows[n].tobytes() != np.asarray(other[n]).tobytes()]


def test_either_may_be_the_one_with_a_mediator():
    one, two = (shown(overview(page("one_tie", pair))) for pair in (REGIMES, REGIMES[::-1]))
    turned = str.maketrans("+−", "−+")
    for part in ("procedure", "mediator", "gap"):
        assert one[part] == two[part].translate(turned)


def test_words_say_what_each_part_is():
    html = unescape(overview(page("secret_mediator", ("partnership", "dear"))))
    assert "The procedure: machine:dear − partnership. " in html
    assert "The mediator: dear − machine:dear, net of its fee. " in html
    free = (*KEYS, *((f"mediator.fee.{key}", 0.0) for key in ("retainer", "success", "case")))
    html = overview(page("one_tie", REGIMES, free))
    assert "The mediator: mediated − machine. " in html and "net of its fee" not in html


@pytest.mark.parametrize(
    ("regimes", "overrides"),
    [
        (("adversarial", "partnership"), ()),
        (("mediated", "mediated"), ()),
        (("machine", "mediated"), ()),
        (("adversarial", "machine"), ()),
        (("planner", "mediated"), ()),
        (("mediated", "planner"), ()),
        (REGIMES, (("mediator.functions", []),)),
    ],
)
def test_if_no_mediator_is_compared_with_none_nothing_more_runs(regimes, overrides):
    pair = RegimePair(Choice("it_outsourcing", regimes, overrides=overrides))
    assert pair._machine is None
    frame = pair.step(2)
    for screen in (overview, causes):
        assert set(shown(screen(frame))) == {"0", "1", "gap"}
        assert "sim-part" not in screen(frame) and "sim-on-parts" not in screen(frame)


def test_months_that_do_not_count_are_in_no_part():
    keys = (("run.months", MONTHS), ("run.burn_in", 6))
    pair = RegimePair(Choice("it_outsourcing", REGIMES, overrides=keys))
    for months in (0, 6):
        found = shown(causes(pair.step(months)))
        assert found["procedure"] == found["mediator"] == "–"
    c = compare(load("it_outsourcing", dict(keys)), REGIMES, worlds=1)
    found = shown(causes(pair.step(MONTHS)))
    parts = [format_number(c.row("surplus", *p).mean, "", signed=True) for p in c.parts]
    assert [found["procedure"], found["mediator"]] == parts
