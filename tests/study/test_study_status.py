"""How far a study is and what it will take: read from its folder, or estimated by a pilot run."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest
from tiny_market import names
from tiny_study import Stop, ask, run

from sim.engines import batch
from sim.errors import SimError
from sim.render.text.study_text import (
    describe_cut_off,
    plan_as_text,
    points_cut_off,
    status_as_text,
)
from sim.scenario.load import LoadedScenario
from sim.study.results.digest import digest_file
from sim.study.results.manifest_shape import (
    BOOLEAN,
    LIST_OF_TEXTS,
    OBJECT,
    OBJECT_OF_TEXTS,
    REQUIRED,
    REQUIRED_OF_RUNS,
    TEXT,
    WHOLE_NUMBER,
)
from sim.study.run import estimate as estimates
from sim.study.run.estimate import estimate
from sim.study.run.replicate import Completion
from sim.study.run.restore import study_status


@pytest.fixture
def copy(whole: Path, out: Path) -> Path:
    shutil.copytree(whole, out)
    return out


def test_a_whole_study_is_told_as_whole(whole: Path) -> None:
    found = study_status(whole)
    assert (found.complete, found.partly, found.missing, found.failed) == (3, 0, 0, {})
    assert (found.worlds, found.asked, found.damaged) == (9, 9, ())
    assert found.tie_months == 3 * 3 * 2
    assert found.seconds > 0.0
    assert "to resume" not in status_as_text(str(whole), found)


def test_a_width_that_was_not_reached_is_reported(tiny: LoadedScenario, out: Path) -> None:
    vary = ("mediator.competence=0,1",)
    stop = {"outcome": "surplus", "width": 1e-6, "at_most": 31}
    done = run(out, vary, stop=stop, outcomes=("surplus",))
    lines = points_cut_off(done)
    width = done.table("points")["width"][0]
    assert lines[0] == (
        "point-00000: the requested width was not reached: the interval of surplus is "
        f"{width:.4g} wide after 31 worlds, the most allowed; requested is less than 1e-06"
    )
    assert len(lines) == 2 and width > 1e-6
    assert lines == [
        line for line in status_as_text(str(out), study_status(out)).splitlines() if line in lines
    ]
    wide = run(out.with_name("wide"), vary, stop={**stop, "width": 1e6}, outcomes=("surplus",))
    assert points_cut_off(wide) == []
    assert "not reached" not in status_as_text("wide", study_status(wide.out))


def test_many_points_without_their_width_are_counted(tiny: LoadedScenario) -> None:
    study = ask(stop={"outcome": "surplus", "width": 0.5, "at_most": 31})
    ends = {
        f"point-{n:05d}": Completion(31, "cap of 31", 0.0 if n else math.nan) for n in range(12)
    }
    *lines, last = describe_cut_off(study, ends)
    assert last == "… and 2 more, in points.parquet"
    assert "has too few values to be known after 31 worlds" in lines[0]
    assert "has no width, every world being alike, after 31 worlds" in lines[1]


def test_a_begun_study_is_told_by_its_points(
    tiny: LoadedScenario, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = batch.run_block

    def fails(regime, block, *more):  # type: ignore[no-untyped-def]
        if (block.rows["mediator_competence_buyer"] == 0.5).any():
            raise ZeroDivisionError("by nothing")
        return plain(regime, block, *more)

    monkeypatch.setattr(batch, "run_block", fails)
    run(out, chunk=2, on_progress=Stop(4))
    found = study_status(out)
    assert found.failed == {"point-00001": "ZeroDivisionError: by nothing"}
    assert found.complete + found.partly + found.missing == 2
    assert found.complete >= 1
    assert found.worlds == sum(
        points * worlds
        for line in (out / "receipts.jsonl").read_text().splitlines()
        for _, points, _, worlds in json.loads(line)["ranges"]
    )
    said = status_as_text(str(out), found)
    assert "point-00001 failed: ZeroDivisionError: by nothing" in said
    assert f"to resume: sim sweep {out}" in said
    assert "--only-failed" in said


def test_looking_changes_nothing_and_sees_damage(copy: Path) -> None:
    part = copy / "parts" / "part-00001-0000000.parquet"
    part.write_bytes(part.read_bytes()[:-1] + b"?")
    before = {p: digest_file(p) for p in copy.rglob("*") if p.is_file()}
    found = study_status(copy)
    assert (found.complete, found.missing, found.damaged) == (2, 1, (part.stem,))
    assert f"{part.stem} is damaged and will be recomputed" in status_as_text(str(copy), found)
    assert {p: digest_file(p) for p in copy.rglob("*") if p.is_file()} == before
    assert names(copy.parent) == ["out"]


def test_what_is_no_study_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SimError, match=r"nowhere/?(manifest\.json)?: cannot read: no such file"):
        study_status(tmp_path / "nowhere")
    held = {
        TEXT: "",
        LIST_OF_TEXTS: [],
        OBJECT_OF_TEXTS: {},
        OBJECT: {},
        WHOLE_NUMBER: 1,
        BOOLEAN: True,
    }
    record = {
        key: held[kind] for key, kind in {**REQUIRED, **REQUIRED_OF_RUNS}.items() if "." not in key
    }
    record |= {"schema": 1, "kind": "compare", "worlds": {"asked": 1, "done": 1}}
    (tmp_path / "manifest.json").write_text(json.dumps(record))
    with pytest.raises(SimError, match=r"manifest\.json: a compare is no study"):
        study_status(tmp_path)


def test_an_estimate_counts_and_measures_and_leaves_nothing(
    tiny: LoadedScenario, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimates, "PILOT_SECONDS", 0.01)
    study = ask(worlds=100)
    found = estimate(study, workers=1, part=40)
    assert (found.points, found.chunks, found.runs) == (3, 9, 600)
    assert found.tie_months == 600
    assert found.seconds == pytest.approx(600 / found.pace)
    assert found.size > 0
    assert names(out.parent) == []
    said = plan_as_text(study, found, 2)
    assert "600 worlds × regimes in 9 chunks" in said
    assert "3" in said.partition("points:")[2].splitlines()[0]


def test_two_workers_are_almost_twice_as_fast_and_one_chunk_needs_no_second(
    tiny: LoadedScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimates, "_run_pilot", lambda *_: (100.0, 10.0))
    study = ask(worlds=50)
    one, two = (estimate(study, workers=n, part=50) for n in (1, 2))
    assert one.seconds == pytest.approx(300 / 100.0)
    assert two.seconds == pytest.approx(3.0 / (1.0 + estimates.THREAD_EFFICIENCY))
    assert one.size == two.size == 3000
    alone = ask(("mediator.competence=1",), worlds=50)
    assert estimate(alone, workers=2).seconds == pytest.approx(1.0)


def test_a_stopping_rule_is_estimated_at_its_cap(
    tiny: LoadedScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimates, "_run_pilot", lambda *_: (100.0, 10.0))
    study = ask(stop={"outcome": "surplus", "width": 0.5, "at_most": 70})
    assert estimate(study, workers=1).runs == 3 * 70 * 2
    assert "at most 420 worlds × regimes" in plan_as_text(study, estimate(study, workers=1), 1)


def test_the_estimate_of_disk_is_near_what_is_written(
    tiny: LoadedScenario, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of a pilot of two worlds carry the same overhead of a file as parts of two worlds."""
    monkeypatch.setattr(estimates, "PILOT_SECONDS", 0.0)
    study = ask(("mediator.competence=0:1:2",), worlds=1)
    foretold = estimate(study, workers=1).size
    run(out, study=study)
    written = sum(p.stat().st_size for p in (out / "parts").iterdir())
    assert 0.9 < written / foretold < 1.1
