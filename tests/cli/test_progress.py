"""Progress: silent when short, lines in a pipe, a bar on a terminal."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from sim import interrupt
from sim.cli import progress
from sim.cli.progress import Progress
from sim.measure.amounts import format_duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def work(stream: io.StringIO, quiet: float, until: str = "", times: int = 0) -> Progress:
    """Do half of ten worlds; end when the display shows it, however slow the machine is."""
    with Progress("simulating", stream=stream, quiet=quiet) as show:
        for done in range(1, 6):
            show(done, 10)
        while stream.getvalue().count(until) < times:
            time.sleep(0.01)
    return show


def test_short_work_shows_nothing() -> None:
    for stream in (io.StringIO(), Terminal()):
        assert not work(stream, quiet=3_600.0).shown
        assert stream.getvalue() == ""


def test_a_pipe_gets_plain_lines_with_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.04)
    stream = io.StringIO()
    work(stream, 0.01, " left\n", 2)
    lines = stream.getvalue().splitlines()
    assert len(lines) >= 3
    assert all(line.startswith("simulating: ") and "\x1b" not in line for line in lines)
    assert all(re.search(r": 5 of 10 worlds, about \d+ s left$", line) for line in lines[:-1])
    assert re.fullmatch(r"simulating: 5 of 10 worlds, \d+ s in all", lines[-1])


def test_a_terminal_gets_a_bar() -> None:
    stream = Terminal()
    work(stream, 0.01, "/10", 1)
    assert "simulating" in stream.getvalue()
    assert "/10" in stream.getvalue()


def cut_by_error() -> None:
    raise KeyboardInterrupt


def cut_by_flag() -> None:
    """Leave as a compile does, which ends before its error is known to anybody."""
    interrupt._pending[0] = True


@pytest.mark.parametrize("cut", [cut_by_error, cut_by_flag, interrupt.mark_interrupt_answered])
def test_work_cut_short_has_no_closing_line(
    cut: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interrupt, "_pending", [False])
    stream = io.StringIO()
    with suppress(KeyboardInterrupt), Progress("simulating", stream=stream, quiet=0.01) as show:
        while "starting" not in stream.getvalue():
            time.sleep(0.01)
        show(5, 10)
        cut()
    assert stream.getvalue() == "simulating: starting\n"
    with Progress("drawing", stream=stream, quiet=0.01):
        interrupt._pending[0] = False
        while "drawing" not in stream.getvalue():
            time.sleep(0.01)
    assert stream.getvalue().endswith("drawing: starting, 1 s in all\n")


def test_the_bar_is_gone_when_the_work_fails() -> None:
    stream = io.StringIO()
    with pytest.raises(KeyboardInterrupt), Progress("simulating", stream=stream, quiet=0.0):
        raise KeyboardInterrupt


def test_a_duration_is_said_as_people_do() -> None:
    spans = {0.2: "1 s", 59: "59 s", 61: "1 min 1 s", 3600: "1 h 0 min", 9000: "2 h 30 min"}
    assert {seconds: format_duration(seconds) for seconds in spans} == spans


@pytest.mark.deep
def test_work_within_work_stands_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.02)
    stream = io.StringIO()
    with Progress("simulating", stream=stream, quiet=0.05) as outer:
        with Progress("compiling", stream=stream, quiet=0.01, share=lambda: 0.25):
            time.sleep(0.3)
        said = stream.getvalue()
        outer(5, 10)
        time.sleep(0.3)
    assert "simulating" not in said
    first, *_, last = said.splitlines()
    assert first == "compiling: 25 %, about 1 s left"
    assert last == "compiling: 1 s in all"
    assert "compiling" not in stream.getvalue().removeprefix(said)
    assert "simulating: 5 of 10 worlds, about 1 s left" in stream.getvalue()


def test_nothing_is_said_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.02)
    stream = io.StringIO()
    with Progress("simulating", stream=stream, quiet=0.01):
        time.sleep(0.3)
    assert stream.getvalue().splitlines() == [
        "simulating: starting",
        "simulating: starting, 1 s in all",
    ]


def test_a_terminal_shows_one_bar_at_a_time() -> None:
    stream = Terminal()
    with Progress("simulating", stream=stream, quiet=0.01) as outer:
        outer(1, 2)
        time.sleep(0.4)
        with Progress("compiling", stream=stream, quiet=0.01, share=lambda: 0.5):
            time.sleep(0.4)
    assert "simulating" in stream.getvalue() and "1/2" in stream.getvalue()
    assert "compiling" in stream.getvalue() and "50 %" in stream.getvalue()
