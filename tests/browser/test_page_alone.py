"""The page and its server without a browser: threads end, mistakes are reported, charts are drawn."""

import gc
import re
import socket
import threading
import time
import weakref
from types import SimpleNamespace

import numpy as np
import pytest

from sim.engines.batch import simulate
from sim.errors import SimError
from sim.page import serve
from sim.page.levers import sliders
from sim.page.svg import Axes, Line, line_chart, month_ticks, ticks
from sim.scenario.load import load

pytestmark = pytest.mark.browser

NAN = float("nan")


PATIENCE = 120.0  # seconds, never reached if all is well


def until(condition, seconds=PATIENCE):
    """Wait for something to become true, as long as it takes on a busy machine."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def watch(monkeypatch):
    """Open the page for one visitor, on the smallest scenario, without a browser."""
    solara = pytest.importorskip("solara", reason="needs the `view` extra")
    from sim.page import layout, visitor

    seen = []
    opened = layout.Visitor

    def noted():
        seen.append(opened())
        return seen[-1]

    monkeypatch.setattr(layout, "Visitor", noted)
    monkeypatch.setattr(visitor, "opened", ["one_tie"])
    _, rendered = solara.render(layout.Page(), handle_error=False)
    until(lambda: seen[0].frame.value is not None)
    yield SimpleNamespace(state=seen[0], close=rendered.close)
    rendered.close()


def playing():
    """Say whether a thread steps a pair."""
    return any(thread.name == "sim-play" for thread in threading.enumerate())


def test_playing_ends_with_the_session(watch):
    watch.state.change(overrides=(("run.months", 12_000),))
    until(lambda: watch.state.frame.value.months == 12_000)
    watch.state.playing.value = True
    until(lambda: watch.state.frame.value.period >= 2)
    assert playing()
    watch.close()
    until(lambda: not playing())
    assert watch.state.pair.value.frame.period < 12_000


def test_pausing_ends_the_thread(watch):
    watch.state.playing.value = True
    until(playing)
    watch.state.playing.value = False
    until(lambda: not playing())


def test_a_failing_step_becomes_a_message(watch, monkeypatch):
    def fail():
        raise ZeroDivisionError("the engine is out of order")

    monkeypatch.setattr(watch.state.pair.value._watched[1].model, "step", fail)
    watch.state.step()
    assert watch.state.message.value == "ZeroDivisionError: the engine is out of order"
    watch.state.playing.value = True
    until(lambda: not watch.state.playing.value)
    watch.state.reset()
    until(lambda: watch.state.message.value == "")


@pytest.mark.deep
def test_fifty_resets_leak_no_model(watch):
    built = []
    for _ in range(50):
        before = watch.state.pair.value
        watch.state.reset()
        until(lambda before=before: watch.state.pair.value is not before)
        built += [weakref.ref(watched.model) for watched in watch.state.pair.value._watched]
    del before
    until(lambda: gc.collect() >= 0 and sum(ref() is not None for ref in built) <= 2)
    assert len(built) == 100


def test_nothing_plays_on_while_nobody_looks(watch, monkeypatch):
    watch.state.change(overrides=(("run.months", 12_000),))
    until(lambda: watch.state.frame.value.months == 12_000)
    from solara.server.kernel_context import PageStatus

    watch.state._tabs = {"one": PageStatus.CONNECTED}
    watch.state.playing.value = True
    until(lambda: watch.state.frame.value.period >= 2)
    watch.state._tabs["one"] = PageStatus.DISCONNECTED
    until(lambda: rests(watch))
    stopped = watch.state.frame.value.period
    assert watch.state.playing.value
    watch.state._tabs["one"] = PageStatus.CONNECTED
    until(lambda: watch.state.frame.value.period > stopped)


def rests(watch):
    """Say whether no month goes by within a second."""
    before = watch.state.frame.value.period
    time.sleep(1.0)
    return watch.state.frame.value.period == before


def test_a_screen_that_cannot_be_drawn_is_a_message(watch, monkeypatch):
    from sim.page import layout

    def broken(frame):
        raise ZeroDivisionError("out of <ink>")

    monkeypatch.setattr(
        layout, "SCREENS", (layout.SCREENS[0]._replace(draw=broken), *layout.SCREENS[1:])
    )
    drawn = layout.draw_screen(watch.state.frame.value, 0)
    assert 'role="alert"' in drawn and "ZeroDivisionError: out of &lt;ink&gt;" in drawn
    assert "sim-waterfall" not in drawn and "<svg" in layout.draw_screen(watch.state.frame.value, 2)


def test_following_another_tie_keeps_the_month(watch):
    watch.state.pick_scenario("it_outsourcing")
    until(lambda: watch.state.frame.value.needs == 40)
    watch.state.step(5)
    watch.state.follow_tie(17)
    until(lambda: watch.state.frame.value.tie == 17)
    assert watch.state.frame.value.period == 5 and watch.state.tab.value == 2
    assert all(len(life.entries) == 5 for life in watch.state.frame.value.lives)


def test_steps_taken_while_a_change_is_built_are_kept(watch, monkeypatch):
    from sim.page import visitor

    going, on = threading.Event(), threading.Event()

    class Slow(visitor.RegimePair):
        def __init__(self, choice):
            going.set()
            on.wait(PATIENCE)
            super().__init__(choice)

    monkeypatch.setattr(visitor, "RegimePair", Slow)
    before = watch.state.pair.value
    watch.state.change(seed="9")
    assert going.wait(PATIENCE)
    watch.state.step(3)
    watch.state.step(2)
    assert watch.state.frame.value.period == 5 and watch.state.pair.value is before
    on.set()
    until(lambda: watch.state.frame.value.seed == 9)
    assert watch.state.frame.value.period == 5
    watch.state.reset()
    watch.state.step()
    until(lambda: watch.state.frame.value.period == 0)


def test_ten_visitors_at_once_do_not_meet(watch):
    """Every visitor has a separate world; all are built and stepped at the same time."""
    from sim.page.visitor import Visitor

    visitors = [Visitor() for _ in range(10)]
    off = [one.build() for one in visitors]
    for k, one in enumerate(visitors):
        one.change(world=str(k))
        off[k]()  # as the page does with what has been chosen no longer
        off[k] = one.build()
    threads = [
        threading.Thread(target=lambda one=one, k=k: visit(one, k))
        for k, one in enumerate(visitors)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    loaded = load("one_tie")
    for k, one in enumerate(visitors):
        frame = one.frame.value
        assert (frame.world, frame.period) == (k, 5 + k)
        rows = simulate(loaded.regime("mediated"), [k], loaded.scenario.run.seed).periods
        assert frame.rows[1]["surplus"].tolist() == rows["surplus"][: 5 + k].tolist()
    for stop in off:
        stop()


def visit(one, k):
    """Wait for a visitor's own world, then step it."""
    until(lambda: one.frame.value is not None and one.frame.value.world == k)
    for _ in range(5 + k):
        one.step()


def test_a_key_back_at_its_own_value_is_not_changed(watch):
    watch.state.set_key("mediator.competence", 0.5, 0.7)
    assert watch.state.choice.value.overrides == (("mediator.competence", 0.5),)
    watch.state.set_key("mediator.competence", 0.7, 0.7)
    assert watch.state.choice.value.overrides == ()
    loaded = load("one_tie")
    watch.state.toggle_function("grow", loaded)
    assert dict(watch.state.choice.value.overrides)["mediator.functions"][-1] == "grow"
    watch.state.toggle_function("grow", loaded)
    assert watch.state.choice.value.overrides == ()


def test_a_key_that_a_regime_sets_itself_is_marked():
    from sim.page.visitor import keys_set_by_regimes

    loaded = load("biased_mediator")
    keys = ("mediator.competence", "mediator.discretion", "mediator.functions")
    notes = keys_set_by_regimes(loaded, ("mediated", "novice"), keys)
    assert notes == {keys[0]: "novice sets this itself", keys[1]: "", keys[2]: ""}
    assert set(keys_set_by_regimes(loaded, ("adversarial", "mediated"), keys).values()) == {""}


def test_changes_in_a_row_end_with_the_last(watch):
    for seed in ("2", "3", "x", "4"):
        watch.state.change(seed=seed)
    until(lambda: watch.state.frame.value.seed == 4 and watch.state.message.value == "")


def test_only_listed_scenarios_are_opened(watch):
    watch.state.pick_scenario("/etc/passwd")
    assert watch.state.choice.value.scenario == "one_tie"


def test_a_port_in_use_is_reported():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SimError, match=f"`port` {port}: cannot be used on 127.0.0.1"):
            serve._listen("127.0.0.1", port)


def test_a_busy_usual_port_is_replaced(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(serve, "DEFAULT_PORT", taken.getsockname()[1])
        with serve._listen("127.0.0.1", None) as other:
            assert other.getsockname()[1] not in (0, serve.DEFAULT_PORT)


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [
        ("no such host", None, "`host` no such host: no such address"),
        ("192.0.2.1", 0, "`port` 0: cannot be used on 192.0.2.1"),
        ("127.0.0.1", 70_000, "`port` 70000: want a number from 0 to 65535"),
        ("127.0.0.1", -1, "`port` -1: want a number"),
    ],
)
def test_impossible_addresses_are_reported(host, port, said):
    with pytest.raises(SimError, match=said):
        serve._listen(host, port)


def test_a_missing_extra_is_reported(monkeypatch):
    monkeypatch.setattr(serve, "find_spec", lambda name: None)
    with pytest.raises(SimError, match=re.escape('pip install -e ".[view]"')):
        serve.serve("one_tie", open_browser=False)


def test_an_unknown_scenario_is_reported():
    pytest.importorskip("solara", reason="needs the `view` extra")
    with pytest.raises(SimError, match="did you mean 'one_tie'"):
        serve.serve("one_tye", open_browser=False)


@pytest.mark.parametrize(
    ("host", "address", "private"),
    [
        ("127.0.0.1", "http://127.0.0.1:80", True),
        ("localhost", "http://localhost:80", True),
        ("0.0.0.0", "http://127.0.0.1:80", False),
        ("::", "http://[::1]:80", False),
        ("10.1.2.3", "http://10.1.2.3:80", False),
    ],
)
def test_addresses(host, address, private):
    assert serve._address(host, 80) == address
    assert serve._is_loopback(host) is private


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 1), (-13.7, 68.1), (5, 5), (0, 0), (1e-9, 2e-9), (-1e12, 3e12), (NAN, NAN)],
)
def test_ticks_enclose_what_is_seen(low, high):
    marks = ticks(low, high)
    assert marks == sorted(marks) and 2 <= len(marks) <= 8
    if low == low:
        assert marks[0] <= low and high <= marks[-1]


@pytest.mark.parametrize("months", [1, 7, 48, 120, 12_000])
def test_months_are_marked(months):
    marks = month_ticks(months)
    assert marks[0] == 0 and marks[-1] <= months and len(marks) <= 9


def test_charts_survive_any_numbers():
    gap = np.array([1.0, NAN, NAN, 2.0])
    lines = [Line(gap, "<b>gap</b>", "#000000"), Line(np.zeros(0), "none yet", "#000000")]
    chart = line_chart(Axes("T & C", "k€", 4), [*lines, Line(np.full(3, NAN), "nan", "#000000")])
    assert "<b>" not in chart and "T &amp; C" in chart and "nan" not in chart.split("</text>", 1)[1]
    assert re.search(r'd="M[\d. ]+M[\d. ]+"', chart), "a gap is left open"
    assert (
        len(line_chart(Axes("long", "", 12_000), [Line(np.arange(12_000.0), "l", "#000")])) < 20_000
    )


@pytest.mark.parametrize("name", ["it_outsourcing", "one_tie"])
def test_sliders_stand_at_the_scenarios_own_values(name):
    for lever in sliders(load(name).scenario):
        assert lever.low <= lever.value <= lever.high and lever.meaning and lever.unit
        assert lever.nearest_position(lever.value) == lever.value
        assert lever.nearest_position(lever.value + 1e-12) == lever.value
        steps = (lever.high - lever.low) / lever.step
        assert steps == pytest.approx(round(steps)) and 20 <= steps <= 5_000
        for value in (lever.low, lever.high, 1e12, -1.0):
            assert lever.low <= lever.nearest_position(value) <= lever.high


def test_a_competence_about_each_side_has_two_sliders():
    scenario = load("one_tie", {"mediator.competence": {"buyer": 0.9, "vendor": 0.2}}).scenario
    found = {lever.key: lever.value for lever in sliders(scenario)}
    assert found["mediator.competence.buyer"] == 0.9
    assert found["mediator.competence.vendor"] == 0.2
