"""Compiling shows progress, leaves Python and Numba as they were, and passes large arrays by address."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import getattr_static
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from numba.core import types as nb

from sim.cli.progress import COMPILING
from sim.compile import compile_progress
from sim.compile.array_addresses import by_reference
from sim.compile.compile_progress import CompileProgress, show_compiles, track_compile
from sim.engines.batch import simulate
from sim.jit import OPTIONS, njit, plain, rule
from sim.scenario.load import load

CHANGED = (
    (nb.BaseFunction, "get_call_type"),
    (nb.Record, "__repr__"),
    (nb.NamedTuple, "mangling_args"),
)


def noting(seen: list[CompileProgress]) -> Any:
    """Return a display that only writes down what it is shown."""

    @contextmanager
    def display(compiling: CompileProgress) -> Iterator[None]:
        seen.append(compiling)
        yield

    return display


@rule
def double(x):
    return x + x


@rule
def fourfold(x):
    return double(double(x))


@rule
def broken(x):
    return x.there_is_no_such_thing


def sixteenfold(x):
    return fourfold(fourfold(x))


class Pair(NamedTuple):
    left: np.ndarray
    right: np.ndarray


@rule
def dot(w):
    total = 0.0
    for n in range(w.left.shape[0]):
        total += w.left[n] * w.right[n]
        w.right[n] = total
    return total


def dot_of(pair):
    w = by_reference(pair)
    return dot(w)


def numba_as_it_is() -> list[Any]:
    return [getattr_static(*place) for place in CHANGED]


def test_a_compile_is_shown_from_its_beginning_to_its_end():
    seen: list[tuple[CompileProgress, bool]] = []

    @contextmanager
    def display(compiling: CompileProgress) -> Iterator[None]:
        seen.append((compiling, gc.isenabled()))
        yield
        seen.append((compiling, gc.isenabled()))

    before = numba_as_it_is()
    kernel = njit(**OPTIONS)(sixteenfold)
    with show_compiles(display):
        assert kernel(3.0) == 48.0
        assert kernel(2.0) == 32.0  # compiled already: nothing to show
    assert [collecting for _, collecting in seen] == [False, False]
    assert seen[0][0] is seen[1][0]
    assert (
        seen[0][0].share() > compile_progress.RULES_SHARE
    )  # both rules were counted, so that the clock continues
    assert gc.isenabled()
    assert numba_as_it_is() == before


def test_nobody_who_has_stopped_watching_is_shown_anything():
    seen: list[CompileProgress] = []
    with show_compiles(noting(seen)):
        pass
    assert njit(**OPTIONS)(sixteenfold)(1.0) == 16.0
    assert seen == []


def test_a_failed_compile_leaves_everything_as_it_was():
    before, left = numba_as_it_is(), []

    @contextmanager
    def display(compiling: CompileProgress) -> Iterator[None]:
        yield
        left.append(compiling)

    def wrong(x):
        return broken(x)

    with show_compiles(display), pytest.raises(numba.TypingError):
        njit(**OPTIONS)(wrong)(1.0)
    assert len(left) == 1
    assert gc.isenabled()
    assert numba_as_it_is() == before
    assert njit(**OPTIONS)(sixteenfold)(1) == 16  # and the next one is counted from the beginning


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    try:
        with track_compile([]):
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_share_never_goes_back(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(compile_progress.time, "monotonic", lambda: now[0])
    compiling = CompileProgress(range(20))
    shares = [compiling.share()]
    for done in (*range(20), 3, "of somebody else"):
        now[0] += 0.5
        compiling.finish(done)
        shares.append(compiling.share())
    for _ in range(40):
        now[0] += 0.5
        shares.append(compiling.share())
    assert shares == sorted(shares)
    assert shares[0] == 0.0 and shares[-1] < 1.0
    assert CompileProgress([]).share() == 0.0


def test_what_is_compiled_already_is_not_shown():
    simulate(load("one_tie").regime("mediated"), range(1), 1)
    compiles: list[CompileProgress] = []
    with show_compiles(noting(compiles)):
        simulate(load("one_tie").regime("adversarial"), range(1), 1)
    assert compiles == []


def test_what_is_lent_is_read_and_written_in_place():
    for dot_it in (njit(**OPTIONS)(dot_of), plain(njit(**OPTIONS)(dot_of))):
        pair = Pair(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]))
        assert dot_it(pair) == 32.0
        assert pair.right.tolist() == [4.0, 14.0, 32.0]


def run(place: Path) -> list[str]:
    command = ["run", "one_tie", "--worlds", "2", "--force", "--out", str(place / "results")]
    done = subprocess.run(
        [sys.executable, "-m", "sim", *command], capture_output=True, text=True, check=True,
        env=os.environ | {"SIM_CACHE": str(place / "cache")},
    )  # fmt: skip
    return done.stderr.splitlines()


@pytest.mark.deep
def test_the_first_run_says_that_it_compiles_and_the_second_does_not(tmp_path):
    said = [line for line in run(tmp_path) if line.startswith(COMPILING)]
    assert any(" %" in line and line.endswith(" left") for line in said)
    assert said[-1].endswith(" in all")
    assert not any(line.startswith(COMPILING) for line in run(tmp_path))


TWINS_AT_ONCE = """
import sys, threading
from sim import jit
from sim.arithmetic import erfc, power

sys.setswitchinterval(1e-6)
found = set()

def work(gate):
    gate.wait()
    found.add((jit.plain(power)(0.5, 0.5), jit.plain(erfc)(0.5)))

for _ in range(100):
    jit._twins.clear()
    gate = threading.Barrier(4)
    threads = [threading.Thread(target=work, args=(gate,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print(len(found))
"""


def test_threads_that_ask_for_the_same_twin_get_it_whole():
    """One made halfway would call a rule as it is, which has no machine code: the process would die."""
    done = subprocess.run(
        [sys.executable, "-c", TWINS_AT_ONCE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
