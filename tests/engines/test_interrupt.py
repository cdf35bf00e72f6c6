"""Ctrl-C: obeyed between steps in any thread, never within the compiler, at once the second time."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.engines.batch import OneWorld, run_blocks
from sim.interrupt import (
    handle_ctrl_c,
    is_interrupt_pending,
    mark_interrupt_answered,
    raise_if_interrupted,
)
from sim.jit import kernel, njit, rule
from sim.scenario.load import load

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a process there")

REPOSITORY = Path(__file__).parents[2]
LONG = 300.0  # seconds: enough for a busy machine, never reached if all is well
WITHIN = """
def within(press, is_there):
    press()
    while not is_there():
        pass
    return "whole"
"""


def press() -> None:
    """Press Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


def within(module: str) -> Callable[..., str]:
    """Return a function of a module that presses Ctrl-C and continues until the interrupt is noticed."""
    scope: dict[str, Any] = {"__name__": module}
    exec(WITHIN, scope)
    found: Callable[..., str] = scope["within"]
    return found


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Check that each test leaves Ctrl-C as it was, and no flag."""
    before = signal.getsignal(signal.SIGINT)
    assert before is signal.default_int_handler
    yield
    assert signal.getsignal(signal.SIGINT) is before
    assert not is_interrupt_pending()
    assert [t.name for t in threading.enumerate() if t.name == "sim-interrupt"] == []


def test_python_code_is_interrupted_on_the_spot() -> None:
    after = []
    with pytest.raises(KeyboardInterrupt), handle_ctrl_c():
        press()
        after.append("went on")
    assert after == []


def test_what_has_stopped_as_asked_can_be_interrupted_again() -> None:
    stopped = 0
    with handle_ctrl_c():
        for _ in range(3):
            try:
                press()
            except KeyboardInterrupt:
                assert is_interrupt_pending()
                mark_interrupt_answered()
                assert not is_interrupt_pending()
                stopped += 1
    assert stopped == 3


@pytest.mark.parametrize(
    "module", ["numba.core", "llvmlite", "importlib.util", "sim.study.results.lock"]
)
def test_within_the_compiler_an_import_or_a_lock_it_waits_for_the_end_of_that(module: str) -> None:
    ended = []
    with pytest.raises(KeyboardInterrupt), handle_ctrl_c():
        ended.append(within(module)(press, is_interrupt_pending))
        while True:  # nobody looks at the flag here
            time.sleep(0.01)
    assert ended == ["whole"]


@pytest.mark.parametrize("module", ["pandas", "numbat", "sim.study.results.folder"])
def test_elsewhere_it_does_not_wait(module: str) -> None:
    """Negative control of the test above."""
    ended = []
    with pytest.raises(KeyboardInterrupt), handle_ctrl_c():
        ended.append(within(module)(press, is_interrupt_pending))
    assert ended == []


def test_one_within_another_changes_nothing() -> None:
    with handle_ctrl_c():
        outer = signal.getsignal(signal.SIGINT)
        with handle_ctrl_c():
            assert signal.getsignal(signal.SIGINT) is outer
        assert signal.getsignal(signal.SIGINT) is outer
        with pytest.raises(KeyboardInterrupt), handle_ctrl_c():
            press()
        assert is_interrupt_pending()


def test_whoever_has_a_handler_keeps_it() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
    try:
        with handle_ctrl_c():
            press()
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]


def test_whoever_is_told_of_signals_is_told_of_these_too() -> None:
    near, far = os.pipe()
    os.set_blocking(far, False)
    before = signal.set_wakeup_fd(far)
    try:
        with pytest.raises(KeyboardInterrupt), handle_ctrl_c():
            press()
        assert os.read(near, 10)[0] == signal.SIGINT
    finally:
        assert signal.set_wakeup_fd(before) == far
        os.close(near)
        os.close(far)


def test_a_thread_of_its_own_is_left_alone() -> None:
    """As in a notebook's or a server's thread: it runs, and cannot be interrupted from a keyboard."""
    found = []

    def work() -> None:
        with handle_ctrl_c():
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
            found.append(sim.run("one_tie", worlds=2, overrides={"run.months": 2}).worlds)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [2]


# --- blocks and the compiler ------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2])
def test_no_block_is_begun_after_it(threads: int) -> None:
    """Pressed within what passes for the compiler, so that only the flag can stop the blocks."""
    regime = load("one_tie", {"run.months": 2}).regime("mediated")
    done = 0
    with pytest.raises(KeyboardInterrupt), handle_ctrl_c():
        for _ in run_blocks(regime, range(1000), 1, threads=threads, tie_months=2):
            done += 1
            if done == 2:
                within("numba")(press, is_interrupt_pending)
    assert 2 <= done < 20


def test_a_world_that_is_stepped_stops() -> None:
    regime = load("one_tie", {"run.months": 3}).regime("mediated")
    one = OneWorld(regime, 1, 0)
    with pytest.raises(KeyboardInterrupt), handle_ctrl_c():
        within("numba")(press, is_interrupt_pending)
        one.step()
    one.step()
    assert one.period > 0


def fresh() -> Callable[[float], float]:
    """Return a function of two rules that is not compiled yet."""

    @rule
    def inner(x):  # type: ignore[no-untyped-def]
        return x + 1.0

    @rule
    def outer(x):  # type: ignore[no-untyped-def]
        return inner(x) * 2.0

    return njit(lambda x: outer(x) - 1.0)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_compiler_stops_at_the_next_rule_and_can_begin_again(
    elsewhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the main thread and in a thread of a pool, whose future raises the exception."""
    from concurrent.futures import ThreadPoolExecutor

    looked = []

    def look() -> None:
        looked.append(1)
        if len(looked) == 1:
            within("numba")(press, is_interrupt_pending)
        raise_if_interrupted()

    monkeypatch.setattr("sim.jit.raise_if_interrupted", look)
    fn = fresh()
    with handle_ctrl_c():
        if elsewhere:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(int).result()  # a thread that is only being started is not waited for
                with pytest.raises(KeyboardInterrupt):
                    pool.submit(fn, 3.0).result()
        else:
            with pytest.raises(KeyboardInterrupt):
                fn(3.0)
        mark_interrupt_answered()
    assert len(looked) == 1
    assert fn(3.0) == 7.0
    assert len(looked) > 1


def test_a_kernel_that_is_compiled_is_not_hindered() -> None:
    @kernel
    def double(x):  # type: ignore[no-untyped-def]
        return x * 2.0

    with handle_ctrl_c():
        assert double(2.0) == 4.0


# --- separate processes -----------------------------------------------------------------------

STUBBORN = """
import sys, time
from sim.interrupt import handle_ctrl_c
scope = {"__name__": "numba.core"}
exec("def work(write, sleep):\\n    write('begun\\\\n')\\n    while True: sleep(0.01)\\n", scope)
def write(text):
    sys.stdout.write(text)
    sys.stdout.flush()
with handle_ctrl_c(tell=True):
    scope["work"](write, time.sleep)
"""


def started(*words: str, **more: Any) -> subprocess.Popen[str]:
    """Start Python as a separate process."""
    return subprocess.Popen(
        [sys.executable, *words],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **more.pop("variables", {})},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, **more,
    )  # fmt: skip


def test_the_second_ends_at_once_what_the_first_did_not() -> None:
    with started("-c", STUBBORN) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        said = process.stderr.readline()
        assert said == "stopping after this step; Ctrl-C again ends it at once\n"
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=LONG) == ("", "")
    assert process.returncode == 130


COMPARE = ("-m", "sim", "compare", "it_outsourcing", "--worlds", "1000000", "--out", "mine")


def cold(tmp_path: Path, threads: int) -> subprocess.Popen[str]:
    """Begin a long comparison with nothing compiled, and wait until its folder is reserved."""
    process = started(
        *COMPARE,
        "--threads",
        str(threads),
        cwd=tmp_path,
        variables={"SIM_CACHE": str(tmp_path / "cache")},
    )
    end = time.monotonic() + LONG
    while not (tmp_path / ".mine.partial").exists() and time.monotonic() < end:
        time.sleep(0.01)
    return process


@pytest.mark.deep
@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75])
def test_it_is_never_lost_while_the_rules_are_compiled(tmp_path: Path, share: float) -> None:
    """At a moment within each quarter of the compile, or a little after its end on a fast machine."""
    seed = int(os.environ.get("SIM_KILL_SEED") or random.SystemRandom().randrange(2**31))
    print(f"SIM_KILL_SEED={seed} repeats this moment")
    luck = random.Random(seed)
    with cold(tmp_path, threads=luck.choice([1, 2])) as process:
        time.sleep(40.0 * (share + 0.25 * luck.random()))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=LONG)
    assert process.returncode == 130, said
    assert "Traceback" not in said and "ignored" not in said
    assert said.splitlines()[-1].startswith("interrupted: ")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left in (["cache"], ["cache", "mine"])
    assert (tmp_path / "mine" / "manifest.json").exists() == ("mine" in left)


@pytest.mark.deep
def test_twice_while_the_rules_are_compiled_ends_at_once(tmp_path: Path) -> None:
    with cold(tmp_path, threads=1) as process:
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=LONG)
    assert process.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in said and "ignored" not in said
    assert not (tmp_path / "mine").exists()
