"""Real faults: kills at any moment, full and read-only disks, two writers on one folder.

After each fault there is one clear line or none, complete parts are kept, the others are recomputed, and the
numbers are those of an undisturbed study.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from counts import one_in
from faults import Processes, contents, goes_on, nothing_half, refused, sim
from sweep_process import WORDS
from tiny_study import Stop, run

from sim.scenario.load import LoadedScenario

QUICK, DEEP = 1, 20


@pytest.fixture(autouse=True)
def no_pages(tiny: LoadedScenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run interpreted, and draw no figures."""
    monkeypatch.setattr("sim.lab.studies.draw_study", lambda *_: None)


@pytest.fixture
def mine(whole: Path, out: Path) -> Path:
    """Return a copy of the whole study, to be damaged."""
    shutil.copytree(whole, out)
    return out


# --- SIGKILL ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    """Return a source of processes that can be killed."""
    made = Processes()
    yield made
    made.close()


def killed_at_random(count: int, processes: Processes, whole: Path, tmp_path: Path) -> None:
    """Kill sweeps at moments spread over the time they take, and resume each in other chunks.

    The first sweep may end, which tells how long a sweep takes; so does each that ends before its moment comes;
    the moment is then drawn again within that time.
    """
    seed = int(os.environ.get("SIM_KILL_SEED") or random.SystemRandom().randrange(2**31))
    print(f"SIM_KILL_SEED={seed} repeats these moments:")
    luck, killed, took = random.Random(seed), 0, float("inf")
    for nth in range(10 * count):
        out = tmp_path / f"{nth}" / "out"
        out.parent.mkdir()
        moment, workers = (killed + luck.random()) / count * took, luck.choice([1, 2])
        begun = time.monotonic()
        with processes.run("none", *WORDS, "--out", str(out), "--workers", f"{workers}") as process:
            if process.ends_within(moment):
                assert process.wait() == 0, process.stderr
                took = time.monotonic() - begun
                continue
            process.signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        left = [p.name for p in out.parent.rglob("*.partial")]
        parts = len(list(out.glob("parts/part-*")))
        print(f"  {moment:.3f} of {took:.3f} s: {parts} parts; {left or 'nothing'} half written")
        goes_on(out, whole, chunk=luck.choice([None, 1, 2]), workers=workers)
        if killed == count:
            return
    raise AssertionError(f"only {killed} sweeps could be killed")


@pytest.mark.deep
def test_killed_at_random_moments_a_sweep_ends_as_if_it_had_not_been(
    processes: Processes, whole: Path, tmp_path: Path
) -> None:
    killed_at_random(QUICK, processes, whole, tmp_path)


@pytest.mark.deep
def test_killed_at_twenty_random_moments(processes: Processes, whole: Path, tmp_path: Path) -> None:
    killed_at_random(DEEP, processes, whole, tmp_path)


def test_killed_within_the_writing_of_a_part(processes: Processes, whole: Path, out: Path) -> None:
    assert killed_within(processes, out, whole, 17)


@pytest.mark.deep
def test_killed_within_any_writing(processes: Processes, whole: Path, tmp_path: Path) -> None:
    """At every fsync of a sweep, one after the other, until a sweep ends before it is reached."""
    number = 1
    while killed_within(processes, tmp_path / f"{number}" / "out", whole, number):
        number += 1
    assert number > 9 * 3  # each of nine parts syncs itself, its folder and its receipt


def killed_within(processes: Processes, out: Path, whole: Path, number: int) -> bool:
    """Kill a sweep instead of its n-th fsync and resume it; return whether there was such an fsync."""
    out.parent.mkdir(exist_ok=True)
    with processes.run(f"fsync:{number}", *WORDS, "--out", str(out)) as process:
        code = process.wait()
    assert code in (0, -signal.SIGKILL), process.stderr
    goes_on(out, whole)
    return code != 0


# --- the disk refuses -------------------------------------------------------------------------


class Disk:
    """A disk that refuses from the n-th call of a function on, or only then."""

    def __init__(self, patch: pytest.MonkeyPatch, what: str, error: int, at: int, *, once: bool):
        self.error, self.at, self.once, self.calls = error, at, once, 0
        self.plain: Callable[..., Any] = {
            "fsync": os.fsync, "replace": Path.replace, "write": pq.write_table,
            "read": Path.open, "mkdir": Path.mkdir, "rename": Path.rename,
        }[what]  # fmt: skip
        owner = {"fsync": os, "write": pq}.get(what, Path)
        patch.setattr(owner, self.plain.__name__, self._function())

    def _function(self) -> Callable[..., Any]:
        def call(*words: Any, **more: Any) -> Any:
            self.calls += 1
            if self.calls == self.at or (self.calls > self.at and not self.once):
                if self.plain is pq.write_table:
                    Path(words[1]).write_bytes(b"PAR1 and half a table")
                raise OSError(self.error, os.strerror(self.error))
            return self.plain(*words, **more)

        return call


FULL, BROKEN, READ_ONLY = errno.ENOSPC, errno.EIO, errno.EROFS
REFUSALS = [
    ("mkdir", READ_ONLY, 1), ("fsync", FULL, 8), ("rename", READ_ONLY, 1),
    ("fsync", BROKEN, 12), ("write", FULL, 4), ("replace", BROKEN, 4),
]  # fmt: skip
DEPTHS = [
    (w, e, at)
    for w in ("fsync", "replace", "write")
    for e in (FULL, BROKEN)
    for at in range(1, 45, 2)
]


@pytest.mark.parametrize(("what", "error", "at"), one_in(2, REFUSALS))
def test_a_disk_that_refuses_ends_it_in_one_line_and_nothing_is_lost(
    whole: Path, out: Path, monkeypatch: pytest.MonkeyPatch, what: str, error: int, at: int
) -> None:
    refuses(out, whole, monkeypatch, what, error, at)


@pytest.mark.deep
@pytest.mark.parametrize(("what", "error", "at"), DEPTHS)
def test_a_disk_that_refuses_at_any_depth(
    whole: Path, out: Path, monkeypatch: pytest.MonkeyPatch, what: str, error: int, at: int
) -> None:
    refuses(out, whole, monkeypatch, what, error, at)


def refuses(
    out: Path, whole: Path, patch: pytest.MonkeyPatch, what: str, error: int, at: int
) -> None:
    with patch.context() as broken:
        disk = Disk(broken, what, error, at, once=error == BROKEN)
        found = sim(*WORDS, "--out", str(out))
    if disk.calls < at:
        assert found.exit_code == 0
    else:
        refused(found.exit_code, found.stderr, f"cannot write: {os.strerror(error).lower()}")
        assert str(out) in found.stderr
    goes_on(out, whole)


def test_a_disk_that_refuses_while_an_old_sweep_is_set_aside_gives_it_back(
    mine: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(mine)
    with monkeypatch.context() as broken:
        Disk(broken, "rename", BROKEN, 2, once=True)
        found = sim(*WORDS, "--seed", "2", "--out", str(mine), "--force")
    refused(found.exit_code, found.stderr, "cannot write: input/output error")
    assert contents(mine) == before
    assert goes_on(mine, whole).found == 3


@pytest.mark.parametrize(("limit", "parts"), [(20_000, False), (2_000, False)])
def test_a_limit_on_the_size_of_files_is_one_line(
    processes: Processes, whole: Path, out: Path, limit: int, parts: bool
) -> None:
    with processes.run(f"size:{limit}", *WORDS, "--out", str(out)) as process:
        refused(process.wait(), process.stderr, "cannot write: file too large")
    assert any(out.glob("parts/part-*")) is parts
    goes_on(out, whole)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a separate disk of 300 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)]
    made = shutil.which("mount") and subprocess.run(command, capture_output=True, check=False)
    if not made or made.returncode:
        pytest.skip("a disk can be mounted by root alone; refusals are injected above")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def test_a_disk_that_is_full_keeps_what_it_holds(disk: Path, whole: Path) -> None:
    out = disk / "out"
    found = sim(*WORDS, "--out", str(out))
    refused(found.exit_code, found.stderr, "cannot write: no space left on device")
    kept = nothing_half(out)
    assert 3 <= kept < 9
    again = sim(*WORDS, "--out", str(out))
    refused(again.exit_code, again.stderr, "cannot write: no space left on device")
    assert nothing_half(out) >= kept
    remount(disk, "size=10m")
    goes_on(out, whole, chunk=1)


def test_a_disk_that_may_not_be_written_to_is_one_line_and_can_be_looked_at(
    disk: Path, whole: Path
) -> None:
    remount(disk, "size=10m")
    out = disk / "out"
    begun = run(out, chunk=1, on_progress=Stop(3))
    assert begun.interrupted
    before = contents(out)
    remount(disk, "ro")
    for words in ((*WORDS, "--out", str(out)), ("sweep", str(out)), (*WORDS, "--out", f"{out}2")):
        found = sim(*words)
        refused(found.exit_code, found.stderr, "cannot write: read-only file system")
    assert sim("status", str(out)).exit_code == 0
    assert contents(out) == before
    remount(disk, "rw")
    goes_on(out, whole)


# --- two at once ------------------------------------------------------------------------------


@pytest.mark.deep
def test_two_sweeps_on_one_folder_at_once(processes: Processes, whole: Path, out: Path) -> None:
    """The first is stopped in the middle of its work, while it holds the folder."""
    with processes.run("stop:9", *WORDS, "--out", str(out)) as first:
        while not first.is_stopped():
            time.sleep(0.01)
        assert any(out.glob("parts/part-*"))
        before = contents(out)
        for words in ((*WORDS, "--out", str(out)), (*WORDS, "--out", str(out), "--force")):
            found = sim(*words)
            refused(
                found.exit_code,
                found.stderr,
                f"another process is writing there (process {first.pid})",
            )
        assert contents(out) == before
        first.signal(signal.SIGCONT)
        assert first.wait() == 0, first.stderr
    assert goes_on(out, whole).found == 3
