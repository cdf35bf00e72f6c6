"""What the tests of faults share: commands, processes to be killed, and what each fault has to leave."""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from said import said as without_progress
from tiny_market import names
from tiny_study import run, unlike

from sim.cli.app import main
from sim.jit import source_digest
from sim.study.results.digest import digest_file
from sim.study.results.parts import Parts
from sim.study.run.restore import study_status
from sim.study.run.sweep import SweepResult

CHILD = Path(__file__).with_name("sweep_process.py")


def sim(*words: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


def contents(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): digest_file(p) for p in folder.rglob("*") if p.is_file()
    }


def refused(code: int, stderr: str, said: str) -> None:
    """Check that a command ended with one clear line, progress aside, and exit code 2."""
    lines = [line for line in without_progress(stderr).splitlines() if line.strip()]
    assert (code, len(lines)) == (2, 1), stderr
    assert said in lines[0]


def nothing_half(out: Path, damaged: int = 0) -> int:
    """Check that every part with a receipt is complete; return their number."""
    parts = Parts(out, json.loads((out / "manifest.json").read_text())["design"]["digest"])
    parts.verify()
    assert len(parts.damaged) == damaged
    assert study_status(out).worlds == sum(receipt.worlds for receipt in parts.receipts.values())
    return len(parts.receipts)


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


class Outside:
    """A command that runs in a separate process group, until it ends or is killed."""

    def __init__(self, server: subprocess.Popen[str], pid: int, errors: Path):
        self.server, self.pid, self.errors = server, pid, errors
        self.code: int | None = None

    def signal(self, number: int) -> None:
        """Send a signal to the whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def wait(self) -> int:
        """Wait for its end and return its exit code; below 0 the signal that killed it."""
        if self.code is None:
            assert self.server.stdout is not None
            self.code = int(self.server.stdout.readline())
        return self.code

    def is_stopped(self) -> bool:
        """Say whether it has been stopped and does nothing."""
        asked = ["ps", "-o", "stat=", "-p", str(self.pid)]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout[:1] == "T"

    def ends_within(self, seconds: float) -> bool:
        """Wait for its end, but no longer than that; return whether it has come."""
        limit = None if math.isinf(seconds) else seconds
        return bool(select.select([self.server.stdout], [], [], limit)[0])

    @property
    def stderr(self) -> str:
        """Return its standard error so far."""
        return self.errors.read_text() if self.errors.exists() else ""


class Processes:
    """A process with everything loaded that forks one for every command, one at a time."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.server = subprocess.Popen(
            [sys.executable, str(CHILD), source_digest()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    @contextlib.contextmanager
    def run(self, fault: str, *words: str) -> Iterator[Outside]:
        """Start a command; processes left at the end are killed."""
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        errors = Path(tempfile.mkdtemp(dir=self.folder.name)) / "errors"
        self.server.stdin.write(json.dumps([fault, str(errors), *words]) + "\n")
        self.server.stdin.flush()
        one = Outside(self.server, int(self.server.stdout.readline()), errors)
        try:
            yield one
        finally:
            if one.code is None:
                one.signal(signal.SIGKILL)
                one.wait()

    def close(self) -> None:
        """End the process all others come from."""
        for pipe in (self.server.stdin, self.server.stdout):
            if pipe is not None:
                pipe.close()
        self.server.wait()
        self.folder.cleanup()
