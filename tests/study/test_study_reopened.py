"""A finished study that is asked for again: nothing is drawn, checked or written, unless anything differs."""

from __future__ import annotations

import copy
import json
import pickle
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_study import RANGES, REGIMES, SMALL

from sim.errors import SimError
from sim.lab.requested import Request
from sim.lab.studies import resolve_study, run_and_store_study
from sim.scenario.load import LoadedScenario
from sim.study.design import definition, designs
from sim.study.design import plan as plan_module
from sim.study.design.definition import PointColumns, StudyPoints
from sim.study.results import manifest, resume
from sim.study.results.digest import digest_data, digest_file, digest_list
from sim.study.run.study_session import custom_strategies
from sim.study.run.sweep import SweepResult

KINDS: dict[str, dict[str, Any]] = {
    "latin_hypercube": {"design": "latin_hypercube", "points": 3},
    "sobol": {"design": "sobol", "points": 2},
    "saltelli": {"design": "saltelli", "points": 2},
    "factorial": {"vary": ("mediator.competence=0:1:2", "mediator.style=proposal,shuttle")},
}


def sweep(out: Path, kind: str = "latin_hypercube", **more: Any) -> SweepResult:
    """Ask for a study as the command does, without a report."""
    asked: dict[str, Any] = {
        "scenario": "one_tie", "vary": RANGES, "regimes": REGIMES, "overrides": SMALL, "worlds": 2,
        "drawings": False, "threads": 1, **KINDS[kind], **more,
    }  # fmt: skip
    request = Request("sweep", out=out, **asked)
    return run_and_store_study(request, resolve_study(request))


def state(folder: Path) -> dict[str, tuple[str, int]]:
    """Return digest and time of every file of a folder."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    return {p.relative_to(folder).as_posix(): (digest_file(p), p.stat().st_mtime_ns) for p in files}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the number of points whenever those of a study are made."""
    found: list[int] = []
    real: Callable[..., Any] = plan_module.check_points

    def counted(rows: Any, *more: Any, **named: Any) -> Any:
        found.append(len(rows))
        return real(rows, *more, **named)

    monkeypatch.setattr(plan_module, "check_points", counted)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_its_points_are_not_made_and_nothing_is_written(
    kind: str, tiny: LoadedScenario, out: Path, made: list[int]
) -> None:
    first = sweep(out, kind)
    count = len(first.study.points)
    before = state(out)
    made.clear()
    again = sweep(out, kind)
    assert made == [] and state(out) == before
    assert (again.points, again.done, again.found) == (count, count, count)
    assert again.study.points == first.study.points and made != []


def test_by_the_name_of_its_folder_too(tiny: LoadedScenario, out: Path, made: list[int]) -> None:
    sweep(out)
    made.clear()
    request = Request("sweep", out, drawings=False, threads=1)
    assert run_and_store_study(request, resolve_study(request)).found == 3 and made == []


OWN = """from dataclasses import dataclass
@dataclass(frozen=True)
class Own:
    traits = ("monotone",)
    def ask(self, seen):
        return seen.opening
"""


def test_files_that_factors_name_are_known_without_its_points(
    tiny: LoadedScenario, out: Path, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(out.parent)
    Path("own.py").write_text(OWN)
    asked = {"vary": ("buyers.strategy=linear,own.py:Own",), "overrides": SMALL}
    first = sweep(out, "factorial", **asked)
    first.study.points.forget()
    made.clear()
    assert custom_strategies(first.study) == ["own.py:Own"]
    assert sweep(out, "factorial", **asked).found == 2 and made == []
    Path("own.py").write_text(f"{OWN}# changed\n")
    with pytest.raises(SimError, match=r"holds another sweep; .*\n  strategies"):
        sweep(out, "factorial", **asked)
    assert made == [2]
    Path("own.py").unlink()
    with pytest.raises(SimError, match=r"vary: .*own\.py"):
        sweep(out, "factorial", **asked)


def test_a_damaged_part_is_found_and_recomputed(
    tiny: LoadedScenario, out: Path, made: list[int]
) -> None:
    sweep(out)
    path = out / "parts" / "part-00001-0000000.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])  # as large as it was
    made.clear()
    again = sweep(out)
    assert again.notes == ("part-00001-0000000: damaged on disk, recomputed",)
    assert path.read_bytes() == whole and again.found == 2 and made == [3]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"seed": 2}, "seed: 1 there, 2 asked for"),
        ({"worlds": 3}, "worlds: 2 there, 3 asked for"),
        ({"vary": (RANGES[0], "problems.rate=0.05:0.4")}, "vary.problems.rate.high: 0.3 there"),
        ({"overrides": {**SMALL, "vendors.fear": 0.3}}, "scenario.vendors.fear"),
    ],
)
def test_another_study_is_drawn_and_refused(
    tiny: LoadedScenario, out: Path, made: list[int], more: dict[str, Any], said: str
) -> None:
    sweep(out)
    before = state(out)
    made.clear()
    with pytest.raises(SimError, match=f"holds another sweep; .*\n(  .*\n)*?  {said}"):
        sweep(out, **more)
    assert made == [3] and state(out) == before


def test_by_another_program_it_is_drawn_and_refused(
    tiny: LoadedScenario, out: Path, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(out)
    made.clear()
    monkeypatch.setattr("sim.jit.source_digest", lambda: "0" * 64)
    with pytest.raises(SimError, match="the program itself has changed since"):
        sweep(out)
    assert made == [3]


def test_with_a_library_of_another_version_its_points_are_compared(
    tiny: LoadedScenario, out: Path, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(out)
    made.clear()
    other = {**manifest.installed_versions(), "scipy": "0.0.1"}
    monkeypatch.setattr(manifest, "installed_versions", lambda: other)
    again = sweep(out)
    assert made == [3] and again.found == 3
    assert len(again.notes) == 1 and again.notes[0].startswith("scipy: ")
    drawn = designs.CUBES["latin_hypercube"]
    monkeypatch.setitem(designs.CUBES, "latin_hypercube", lambda f, n, seed: drawn(f, n, seed + 1))
    with pytest.raises(SimError, match=r"holds another sweep; .*\n  drawn: "):
        sweep(out)


@pytest.mark.parametrize("consistent", [False, True])
def test_a_manifest_of_other_points_is_damaged(
    tiny: LoadedScenario, out: Path, consistent: bool
) -> None:
    sweep(out)
    record = json.loads((out / "manifest.json").read_text())
    record["design"]["drawn"] = "0" * 64
    if consistent:  # as if somebody had worked out the digest of the whole again
        record["design"]["digest"] = digest_data(resume._deciding_data(record))
        shutil.rmtree(out / "parts")
    (out / "manifest.json").write_text(json.dumps(record))
    said = f"{re.escape(str(out))}.*damaged: .*; choose another `out`, or start again"
    if consistent:
        said = said.replace("damaged: ", "damaged: the points of the study are not those ")
    with pytest.raises(SimError, match=said):
        sweep(out)


def test_points_that_were_forgotten_are_made_again() -> None:
    asked: list[int] = []

    def make() -> tuple[definition.Point, ...]:
        asked.append(1)
        return tuple(definition.Point(n, {"a": n / 3}, (n / 3,), 0, 1) for n in range(2500))

    points = StudyPoints(make)
    assert len(points) == 2500 and points[-1].number == 2499 and len(asked) == 1
    drawn = points.drawn
    assert drawn.digest == digest_data([[p.values, p.first] for p in points])
    points.forget()
    assert len(points) == 2500 and points.drawn == drawn and len(asked) == 1
    assert [p.number for p in points[:2]] == [0, 1] and len(asked) == 2


def test_a_study_is_sent_to_another_process_with_its_points(tiny: LoadedScenario) -> None:
    asked = Request("sweep", "one_tie", vary=RANGES, **KINDS["sobol"])
    study = resolve_study(asked)
    for again in (pickle.loads(pickle.dumps(study)), copy.deepcopy(study)):
        assert again.points == study.points and again.points.drawn == study.points.drawn
        again.points.forget()
        assert pickle.loads(pickle.dumps(again.points))[:] == study.points[:]


def test_points_are_held_by_column_and_come_back_as_they_were() -> None:
    mixed: list[dict[str, Any]] = [
        {"a": 0.1, "b": 2, "c": "x", "d": 1, "e": 2**70},
        {"a": -0.0, "b": -3, "c": "y", "d": 1.0, "e": 1},
        {"a": float("inf"), "b": 2**62, "c": ["z"], "d": True, "e": 2},
    ]
    points = tuple(
        definition.Point(n, values, (values["a"], "label", values["d"]), 7 * n, 2)
        for n, values in enumerate(mixed)
    )
    held = PointColumns(points)
    assert PointColumns.fit(points) and repr(tuple(held)) == repr(points)
    assert repr(held[1:]) == repr(points[1:]) and repr(held[-1]) == repr(points[-1])
    with pytest.raises(IndexError):
        held[3]
    turned = points[0]._replace(values=dict(reversed(mixed[0].items())))
    assert not PointColumns.fit((turned, *points[1:])) and not PointColumns.fit(points[1:])
    assert not PointColumns.fit((points[0], points[1]._replace(values={"a": 1.0})))
    assert len(PointColumns(())) == 0


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 2000])
def test_the_digest_of_a_long_list_is_that_of_the_list(size: int) -> None:
    items = [[{"b": n / 7, "a": "ä"}, n] for n in range(size)]
    assert digest_list(iter(items)) == digest_data(items)
    if size > 1:
        assert digest_list(reversed(items)) != digest_data(items)
