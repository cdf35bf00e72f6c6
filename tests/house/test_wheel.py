"""The wheel holds what the command needs, and works from any folder once it is unpacked."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
OFFLINE = ("Could not find a version", "No matching distribution", "NewConnectionError")


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build the wheel: with hatchling if that is installed, otherwise in pip's own environment."""
    if find_spec("hatchling"):
        words = ["hatchling", "build", "-t", "wheel", "-d", str(folder)]
    else:
        words = ["pip", "wheel", str(REPOSITORY), "--no-deps", "--quiet", "-w", str(folder)]
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = build(folder)
    if done.returncode and any(said in done.stderr for said in OFFLINE):
        pytest.skip("hatchling is not installed and there is no package index")
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def outside(unpacked: Path, cwd: Path, *words: str) -> str:
    """Run Python with the unpacked wheel alone, from a folder that is not the repository."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_holds_everything_that_is_not_python(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    package = {
        f"sim/{path.relative_to(REPOSITORY / 'sim').as_posix()}"
        for path in (REPOSITORY / "sim").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    shipped = {
        f"sim/_shipped/{path.relative_to(REPOSITORY).as_posix()}"
        for room in ("scenarios", "experiments")
        for path in (REPOSITORY / room).rglob("*")
        if path.is_file()
    }
    assert "sim/render/report/comparison_report.html.j2" in package
    assert "sim/_shipped/scenarios/it_outsourcing.toml" in shipped
    assert "sim/_shipped/experiments/mediation_premium/study.toml" in shipped
    assert package | shipped <= held
    assert {name.split("/")[0] for name in held - package - shipped} == {
        name.split("/")[0] for name in held if ".dist-info/" in name
    }


@pytest.mark.deep
def test_a_bare_name_is_found_from_any_folder(unpacked: Path, tmp_path: Path) -> None:
    code = "from sim.scenario.load import load; print(load('one_tie').path)"
    found = Path(outside(unpacked, tmp_path, "-c", code).strip())
    assert found == unpacked / "sim" / "_shipped" / "scenarios" / "one_tie.toml"


@pytest.mark.deep
def test_a_shipped_experiment_is_found_from_any_folder(unpacked: Path, tmp_path: Path) -> None:
    code = (
        "from sim.study.experiments.question import open_experiment as o;"
        "e = o('mediation_premium'); print(e.folder); print(e.study.loaded.path)"
    )
    lines = outside(unpacked, tmp_path, "-c", code).split()
    assert all(Path(line).is_relative_to(unpacked) for line in lines) and len(lines) == 2


@pytest.mark.deep
def test_the_command_lists_its_scenarios(unpacked: Path, tmp_path: Path) -> None:
    assert "it_outsourcing" in outside(unpacked, tmp_path, "-m", "sim", "scenarios")
