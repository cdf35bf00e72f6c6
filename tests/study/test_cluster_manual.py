"""The manual for clusters: its file makes a SLURM job, its options exist, its seconds are the program's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sim.study.run import cluster

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "cluster.md"


def blocks(language: str = "") -> list[str]:
    text = MANUAL.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_file_for_slurm_makes_a_job() -> None:
    pytest.importorskip("dask_jobqueue", reason="dask-jobqueue is not installed: file not run")
    (code,) = blocks("python")
    scope: dict[str, Any] = {"__name__": "cluster"}
    exec(code.replace('"ib0"', '"lo"').replace('"$TMPDIR"', '"/tmp"'), scope)
    with scope["cluster"]() as jobs:
        script = jobs.job_script()
        assert jobs.scheduler_address in script
        for name in ("scale", "adapt", "wait_for_workers"):
            assert callable(getattr(jobs, name))
    for line in (
        "#SBATCH -p normal", "#SBATCH -A my-account", "#SBATCH --cpus-per-task=16",
        "#SBATCH -t 04:00:00", "export SIM_CACHE=$TMPDIR/sim",
    ):  # fmt: skip
        assert line in script.splitlines()
    assert "--nthreads 16" in script and "--nanny" in script and "--lifetime 230m" in script


@pytest.mark.deep
def test_options_of_schedulers_and_workers_are_there() -> None:
    lines = [line for block in blocks() for line in block.splitlines()]
    for what in ("scheduler", "worker"):
        shown = subprocess.run(
            [sys.executable, "-m", "dask", what, "--help"], capture_output=True, text=True, check=True
        ).stdout  # fmt: skip
        named = {w for line in lines if line.startswith(f"dask {what} ") for w in line.split()}
        options = {word for word in named if word.startswith("--")}
        assert options and all(option in shown for option in options)


def test_the_seconds_it_names_are_those_of_the_program() -> None:
    text = MANUAL.read_text(encoding="utf-8")
    assert (cluster.FIRST_WORKER_TIMEOUT, cluster.NEXT_WORKER_TIMEOUT) == (20.0, 60.0)
    assert "no worker joins within 20 seconds" in text and "none comes back in a minute" in text
