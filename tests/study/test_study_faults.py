"""Real faults: kills at any moment, full and read-only disks, damage, two writers on one folder.

After each of them there is one clear line or nothing to say, what was whole is kept, what is not is
made again, and the numbers are those of a study that nothing happened to.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from sweep_process import WORDS
from tiny_market import names
from tiny_study import Stop, run, unlike

from sim.faces.cli import main
from sim.jit import source_digest
from sim.scenario.load import Loaded
from sim.study.manifest import digest_file
from sim.study.restore import status
from sim.study.resume import Parts
from sim.study.sweep import SweepResult

CHILD = Path(__file__).with_name("sweep_process.py")
QUICK, DEEP = 2, 20


@pytest.fixture(autouse=True)
def no_pages(tiny: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run interpreted, and draw no figures."""
    monkeypatch.setattr("sim.faces.studies.draw", lambda *_: None)


@pytest.fixture
def mine(whole: Path, out: Path) -> Path:
    """Return a copy of the whole study, to be damaged."""
    shutil.copytree(whole, out)
    return out


# --- what every fault has to leave ------------------------------------------------------------


def sim(*words: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


def contents(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): digest_file(p) for p in folder.rglob("*") if p.is_file()
    }


def refused(code: int, stderr: str, said: str) -> None:
    """Check that a command ended with one clear line and exit code 2."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    assert (code, len(lines)) == (2, 1), stderr
    assert said in lines[0]


def nothing_half(out: Path, damaged: int = 0) -> int:
    """Check that every part that is vouched for is whole; return how many there are."""
    parts = Parts(out, json.loads((out / "manifest.json").read_text())["design"]["digest"])
    parts.read()
    assert len(parts.damaged) == damaged
    assert status(out).worlds == sum(receipt.worlds for receipt in parts.whole.values())
    return len(parts.whole)


def goes_on(out: Path, whole: Path, damaged: int = 0, **how: Any) -> SweepResult:
    """Run the same study again, and check that it ends as if nothing had happened."""
    before = {name: digest for name, digest in contents(out).items() if "part-" in name}
    kept = nothing_half(out, damaged) if (out / "manifest.json").is_file() else 0
    result = run(out, **how)
    assert result.complete
    assert unlike(out, whole) == []
    after = contents(out)
    assert sum(after.get(name) == digest for name, digest in before.items()) >= kept
    assert names(out.parent) == ["out"]
    assert [name for name in after if name.rpartition("/")[2].startswith(".")] == []
    record = json.loads((out / "manifest.json").read_text())
    assert {name: about["sha256"] for name, about in record["files"].items()} == {
        name: digest for name, digest in after.items() if name != "manifest.json"
    }
    return result


# --- SIGKILL ----------------------------------------------------------------------------------


@contextlib.contextmanager
def outside(fault: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Start a command in a process group of its own, and return when it is about to begin."""
    command = [sys.executable, str(CHILD), source_digest(), fault, *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def duration(tmp_path_factory: pytest.TempPathFactory) -> float:
    """Return how long the sweep takes in a process of its own, from its beginning to its end."""
    out = tmp_path_factory.mktemp("timed") / "out"
    with outside("none", *WORDS, "--out", str(out)) as process:
        begun = time.monotonic()
        _, said = process.communicate()
        assert process.returncode == 0, said
    return time.monotonic() - begun


def killed_at_random(
    count: int, whole: Path, tmp_path: Path, duration: float, kill: str = ""
) -> None:
    """Kill sweeps at moments spread over their duration, and go on with each in other chunks."""
    seed = int(os.environ.get("SIM_KILL_SEED") or random.SystemRandom().randrange(2**31))
    print(f"SIM_KILL_SEED={seed} repeats these moments of {duration:.2f} s:")
    luck = random.Random(seed)
    for nth in range(count):
        moment = (nth + luck.random()) / count * duration
        out = tmp_path / f"{nth}" / "out"
        out.parent.mkdir()
        workers = luck.choice(["1", "2"])
        with outside("none", *WORDS, "--out", str(out), "--workers", workers) as process:
            time.sleep(moment)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        left = [p.name for p in out.parent.rglob("*.partial")]
        parts = len(list(out.glob("parts/part-*")))
        print(
            f"  {moment:.3f} s, {workers} workers: {parts} parts, {left or 'nothing'} half written"
        )
        goes_on(out, whole, chunk=luck.choice([None, 1, 2]), workers=int(workers))


def test_killed_at_random_moments_a_sweep_ends_as_if_it_had_not_been(
    whole: Path, tmp_path: Path, duration: float
) -> None:
    killed_at_random(QUICK, whole, tmp_path, duration)


@pytest.mark.deep
def test_killed_at_twenty_random_moments(whole: Path, tmp_path: Path, duration: float) -> None:
    killed_at_random(DEEP, whole, tmp_path, duration)


def test_killed_within_the_writing_of_a_part(whole: Path, out: Path) -> None:
    killed_within(out, whole, 17)


@pytest.mark.deep
@pytest.mark.parametrize("number", range(1, 60, 3))
def test_killed_within_any_writing(whole: Path, out: Path, number: int) -> None:
    """A sweep of nine parts calls for the disk some 60 times; the last ones may not be reached."""
    killed_within(out, whole, number)


def killed_within(out: Path, whole: Path, number: int) -> None:
    with outside(f"fsync:{number}", *WORDS, "--out", str(out)) as process:
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    goes_on(out, whole)


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
    ("mkdir", READ_ONLY, 1), ("rename", READ_ONLY, 1), ("fsync", FULL, 1), ("fsync", FULL, 8),
    ("fsync", BROKEN, 12), ("replace", BROKEN, 4), ("write", FULL, 1), ("write", FULL, 4),
]  # fmt: skip
DEPTHS = [
    (w, e, at)
    for w in ("fsync", "replace", "write")
    for e in (FULL, BROKEN)
    for at in range(1, 45, 2)
]


@pytest.mark.parametrize(("what", "error", "at"), REFUSALS)
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
    whole: Path, out: Path, limit: int, parts: bool
) -> None:
    with outside(f"size:{limit}", *WORDS, "--out", str(out)) as process:
        _, stderr = process.communicate()
    refused(process.returncode, stderr, "cannot write: file too large")
    assert any(out.glob("parts/part-*")) is parts
    goes_on(out, whole)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of 300 kB of its own."""
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


# --- damage -----------------------------------------------------------------------------------


def flipped(data: bytes, luck: random.Random) -> bytes:
    """Return data with one bit of it the other way round."""
    at = luck.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << luck.randrange(8)]) + data[at + 1 :]


def cut(data: bytes, luck: random.Random) -> bytes:
    return data[: luck.randrange(len(data))]


def junk(data: bytes, luck: random.Random) -> bytes:
    return data + luck.randbytes(40)


def torn(data: bytes, luck: random.Random) -> bytes:
    """Return data without the end of its last line."""
    return data[: -luck.randrange(2, 200)]


def damaged_and_mended(
    mine: Path, whole: Path, name: str, spoil: Callable[..., bytes], seed: int
) -> SweepResult:
    path = mine / name
    path.write_bytes(spoil(path.read_bytes(), random.Random(seed)))
    damaged = int(name.startswith("parts"))
    assert len(status(mine).damaged) == damaged
    return goes_on(mine, whole, damaged, chunk=1)


@pytest.mark.parametrize("spoil", [flipped, cut, junk])
def test_a_damaged_part_is_told_and_made_again(
    mine: Path, whole: Path, spoil: Callable[..., bytes]
) -> None:
    result = damaged_and_mended(mine, whole, "parts/part-00001-0000000.parquet", spoil, 1)
    assert result.found == 2
    assert result.notes == ("part-00001-0000000: damaged on disk, made again",)


@pytest.mark.parametrize(("spoil", "found"), [(torn, 2), (flipped, 2), (junk, 3), (cut, None)])
def test_a_part_without_a_sound_receipt_is_made_again(
    mine: Path, whole: Path, spoil: Callable[..., bytes], found: int | None
) -> None:
    result = damaged_and_mended(mine, whole, "receipts.jsonl", spoil, 5)
    assert found in (None, result.found)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("spoil", [flipped, cut, torn, junk])
def test_receipts_may_be_damaged_anywhere(
    mine: Path, whole: Path, spoil: Callable[..., bytes], seed: int
) -> None:
    damaged_and_mended(mine, whole, "receipts.jsonl", spoil, seed)


def test_a_receipt_that_says_more_than_its_part_holds_is_not_believed(
    mine: Path, whole: Path
) -> None:
    path = mine / "receipts.jsonl"
    path.write_text(path.read_text().replace('"worlds": 3', '"worlds": 9', 1))
    assert status(mine).complete == 2
    assert goes_on(mine, whole).found == 2


SPOILT = {
    "cut": lambda text: text[: len(text) // 2],
    "empty": lambda _: "",
    "another kind": lambda _: "[1, 2]",
    "a key less": lambda text: text.replace('"sessions"', '"sesions"', 1),
    "no study": lambda text: text.replace('"study"', '"studi"', 1),
    "more worlds": lambda text: text.replace(
        '"asked": 3,\n    "done": 3', '"asked": 30,\n    "done": 3'
    ),
    "another seed": lambda text: text.replace('"seed": 1', '"seed": 7'),
    "another value": lambda text: text.replace('"blame": ', '"blame": 0.0625', 1),
    "another point": lambda text: text.replace("0.5,\n", "0.75,\n", 1),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_manifest_that_is_damaged_is_one_line_and_nothing_is_touched(
    mine: Path, whole: Path, kind: str
) -> None:
    path = mine / "manifest.json"
    text = path.read_text(encoding="utf-8")
    spoilt = SPOILT[kind](text)
    assert spoilt != text
    path.write_text(spoilt, encoding="utf-8")
    before = contents(mine)
    for words in (("sweep", str(mine)), (*WORDS, "--out", str(mine)), ("status", str(mine))):
        found = sim(*words)
        refused(found.exit_code, found.stderr, "manifest")
        assert str(path) in found.stderr
    assert contents(mine) == before
    path.write_text(text, encoding="utf-8")
    assert goes_on(mine, whole).found == 3


def test_instead_of_a_damaged_manifest_the_sweep_can_begin_again(mine: Path, whole: Path) -> None:
    (mine / "manifest.json").write_text("{")
    assert sim(*WORDS, "--out", str(mine), "--force").exit_code == 0
    assert goes_on(mine, whole).found == 3


# --- two at once ------------------------------------------------------------------------------


def test_two_sweeps_on_one_folder_at_once(whole: Path, out: Path) -> None:
    """The first is stopped in the middle of its work, while it holds the folder."""
    with outside("none", *WORDS, "--out", str(out)) as first:
        while not any(out.glob("parts/part-*")):
            time.sleep(0.005)
        os.killpg(first.pid, signal.SIGSTOP)
        before = contents(out)
        for words in ((*WORDS, "--out", str(out)), (*WORDS, "--out", str(out), "--force")):
            found = sim(*words)
            refused(
                found.exit_code,
                found.stderr,
                f"another process is writing there (process {first.pid})",
            )
        assert contents(out) == before
        os.killpg(first.pid, signal.SIGCONT)
        _, said = first.communicate()
        assert first.returncode == 0, said
    assert goes_on(out, whole).found == 3
