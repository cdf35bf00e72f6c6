"""A sweep is cut into chunks, stopped and resumed in any way, and its numbers stay the same."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tiny_market import names
from tiny_study import REGIMES, SMALL, VARY, Stop, ask, bits, run, unlike, worlds

import sim
from sim.engines import batch
from sim.errors import ScenarioError, SimError
from sim.scenario.load import LoadedScenario, load
from sim.study.results.digest import digest_file
from sim.study.results.lock import FolderInUse
from sim.study.results.manifest import start_manifest
from sim.study.results.parts import Parts
from sim.study.results.resume import sweep_differences
from sim.study.results.store import describe_columns, read_table
from sim.study.run.rerun import rerun
from sim.study.run.run_options import RunOptions
from sim.study.run.study_session import StudySession
from sim.study.run.sweep import study_request

FIRST, TWO = VARY[:1], ("mediator.competence=0:1:2",)


@pytest.fixture
def copy(whole: Path, out: Path) -> Path:
    """Return a copy of the tiny study, to be changed."""
    shutil.copytree(whole, out)
    return out


def record_of(out: Path) -> dict[str, Any]:
    return json.loads((out / "manifest.json").read_text())


# --- what a sweep leaves ----------------------------------------------------------------------


def test_a_sweep_leaves_parts_tables_the_study_and_a_manifest(whole: Path) -> None:
    assert names(whole) == [
        "manifest.json", "parts", "points.parquet", "receipts.jsonl", "study.toml",
        "summary.parquet",
    ]  # fmt: skip
    assert names(whole.parent) == ["out"]
    assert names(whole / "parts") == [f"part-0000{n}-0000000.parquet" for n in range(3)]
    part = whole / "parts" / "part-00002-0000000.parquet"
    frame = read_table(part)
    head = ["point", "mediator.competence", "negotiation.level", "regime", "world", "surplus"]
    assert list(frame.columns[:6]) == head
    assert len(frame) == 2 * 3
    assert set(frame["mediator.competence"]) == {1.0}
    assert set(frame["negotiation.level"]) == {"truthful"}
    assert describe_columns(part)["surplus"][0] == "money/need/month"


def test_the_manifest_vouches_for_every_part_by_its_digest(whole: Path) -> None:
    record = record_of(whole)
    assert (record["kind"], record["analysis"], record["complete"]) == ("sweep", "summary", True)
    assert record["points"] == {"asked": 3, "done": 3, "failed": {}}
    assert record["worlds"] == {"asked": 3, "done": 3}
    assert len(record["sessions"]) == 1
    held = {p.relative_to(whole).as_posix() for p in whole.rglob("*") if p.is_file()}
    assert set(record["files"]) == held - {"manifest.json"}
    for name, about in record["files"].items():
        assert about["sha256"] == digest_file(whole / name)
    assert record["files"]["parts/part-00002-0000000.parquet"]["rows"] == 6
    lines = [json.loads(line) for line in (whole / "receipts.jsonl").read_text().splitlines()]
    told = {line["part"]: line["sha256"] for line in lines}
    assert told == {n: record["files"][f"parts/{n}.parquet"]["sha256"] for n in told}


def test_every_point_says_how_it_came_to_its_worlds(whole: Path) -> None:
    table = read_table(whole / "points.parquet")
    assert list(table["point"]) == [0, 1, 2]
    assert list(table["mediator.competence"]) == [0.0, 0.5, 1.0]
    assert list(table["negotiation.level"]) == ["truthful"] * 3
    for column, value in {"status": "complete", "worlds": 3, "rule": "fixed", "note": ""}.items():
        assert set(table[column]) == {value}
    assert table["width"].isna().all()


def test_the_summary_pairs_every_regime_with_the_first(whole: Path) -> None:
    table = read_table(whole / "summary.parquet")
    line = table[(table.point == 2) & (table.measure == "surplus") & (table.kind == "difference")]
    assert list(line["name"]) == ["mediated − adversarial"]
    part = read_table(whole / "parts" / "part-00002-0000000.parquet")
    by = {r: part[part.regime == r]["surplus"].to_numpy() for r in REGIMES}
    assert line["mean"].item() == pytest.approx(np.mean(by["mediated"] - by["adversarial"]))
    assert line["low"].item() <= line["mean"].item() <= line["high"].item()
    assert line["n"].item() == 3
    assert set(table["point"]) == set(range(3))


def test_a_point_is_what_a_comparison_of_it_alone_gives(tiny: LoadedScenario, whole: Path) -> None:
    from sim.measure.compare import compare

    frame = worlds(whole)
    alone = load("one_tie", {**SMALL, "mediator.competence": 1.0, "negotiation.level": "truthful"})
    expected = compare(alone, REGIMES, 3, 1).per_world["mediated"]
    found = frame[(frame.point == 2) & (frame.regime == "mediated")].reset_index(drop=True)
    pd.testing.assert_frame_equal(found[list(expected.columns)], expected, check_exact=True)
    other = frame[(frame.point == 1) & (frame.regime == "mediated")].reset_index(drop=True)
    assert bits(other[list(expected.columns)]) != bits(expected)


def test_progress_counts_worlds_and_regimes(tiny: LoadedScenario, out: Path) -> None:
    steps: list[tuple[int, int, str]] = []
    run(out, TWO, chunk=2, on_progress=lambda *step: steps.append(step))
    assert [step[:2] for step in steps] == [(n, 12) for n in (4, 8, 10, 12)]
    assert steps[-1][2].startswith("2 of 2 points, ")


# --- the same numbers -------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{"workers": 2}, {"chunk": 1, "workers": 3}])
def test_threads_and_chunks_change_nothing(
    tiny: LoadedScenario, whole: Path, out: Path, how: dict[str, int]
) -> None:
    result = run(out, **how)
    assert (result.points, result.done, result.found, result.exit_code) == (3, 3, 0, 0)
    assert unlike(out, whole) == []


def test_other_luck_would_be_seen(tiny: LoadedScenario, whole: Path, out: Path) -> None:
    run(out, seed=2)
    assert any(line.startswith("worlds: column surplus") for line in unlike(out, whole))
    assert any(line.startswith("summary.parquet: column mean") for line in unlike(out, whole))


def test_the_order_of_chunks_is_irrelevant(
    tiny: LoadedScenario, whole: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[int, int]] = []
    plain = StudySession._fill

    def shuffled(self: StudySession) -> None:
        plain(self)
        random.Random(4).shuffle(self.queue)
        made.extend(ranges[0][:2] for ranges in self.queue)

    monkeypatch.setattr(StudySession, "_fill", shuffled)
    run(out, chunk=1)
    assert made != sorted(made, key=lambda c: (c[1], c[0]))
    assert unlike(out, whole) == []


@pytest.mark.parametrize(("first", "then"), [(1, 2), (2, None)])
def test_resumed_in_other_chunks_the_numbers_are_the_same(
    tiny: LoadedScenario, whole: Path, out: Path, first: int, then: int | None
) -> None:
    begun = run(out, chunk=first, on_progress=Stop(3))
    assert begun.interrupted
    kept = {p.name: digest_file(p) for p in (out / "parts").iterdir()}
    assert len(kept) >= 3
    result = run(out, chunk=then)
    assert (result.done, result.exit_code) == (3, 0)
    assert kept.items() <= {p.name: digest_file(p) for p in (out / "parts").iterdir()}.items()
    assert unlike(out, whole) == []


def test_first_worlds_of_all_points_come_first_so_that_half_a_study_is_balanced(
    tiny: LoadedScenario, out: Path
) -> None:
    result = run(out, chunk=1, on_progress=Stop(3))
    made = names(out / "parts")
    assert {f"part-0000{n}-0000000.parquet" for n in range(3)} <= set(made)
    assert len(made) < 6
    assert result.done == 0
    assert set(read_table(out / "points.parquet")["status"]) == {"missing"}


# --- going on ---------------------------------------------------------------------------------


def test_whole_parts_are_kept_and_damaged_ones_recomputed(
    tiny: LoadedScenario, whole: Path, copy: Path
) -> None:
    parts = sorted((copy / "parts").iterdir())
    stamps = [p.stat().st_mtime_ns for p in parts]
    data = parts[1].read_bytes()
    parts[1].write_bytes(data[:-9] + b"corrupted")
    parts[2].unlink()
    result = run(copy)
    assert (result.done, result.found) == (3, 1)
    assert result.notes == ("part-00001-0000000: damaged on disk, recomputed",)
    kept = [p.stat().st_mtime_ns == s for p, s in zip(parts, stamps, strict=True)]
    assert kept == [True, False, False]
    assert parts[1].read_bytes() == data
    assert unlike(copy, whole) == []
    assert len(record_of(copy)["sessions"]) == 2


def test_a_complete_sweep_is_found_complete(whole: Path, copy: Path) -> None:
    """Not one chunk is made: the rules would be compiled here, which takes minutes."""
    result = run(copy)
    assert (result.done, result.found, result.exit_code) == (3, 3, 0)
    assert unlike(copy, whole) == []


def test_without_its_folder_of_parts_everything_is_recomputed(
    tiny: LoadedScenario, whole: Path, copy: Path
) -> None:
    shutil.rmtree(copy / "parts")
    assert run(copy).found == 0
    assert unlike(copy, whole) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"worlds": 4}, "worlds: 3 there, 4 asked for"),
        ({"seed": 2}, "seed: 1 there, 2 asked for"),
        ({"regimes": ("mediated",)}, r"regimes: \[.*\] there, \['mediated'\] asked for"),
        ({"vary": FIRST}, r"vary.negotiation.level.values: \[.*\] there, nothing asked for"),
        (
            {"vary": ("mediator.competence=0:1:4", VARY[1])},
            "vary.mediator.competence.values: .*0.33",
        ),
        ({"design": "map"}, "design: factorial there, map asked for"),
        (
            {"overrides": {**SMALL, "buyers.blame": 0.25}},
            r"scenario.buyers.blame: \S+ there, 0\.25",
        ),
    ],
)
def test_another_study_is_refused_with_the_difference(
    copy: Path, more: dict[str, Any], said: str
) -> None:
    before = {p: digest_file(p) for p in copy.rglob("*") if p.is_file()}
    with pytest.raises(SimError, match=f"holds another sweep; .*\n  {said}"):
        run(copy, **more)
    assert {p: digest_file(p) for p in copy.rglob("*") if p.is_file()} == before


def test_another_program_is_refused(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.jit.source_digest", lambda: "0" * 64)
    with pytest.raises(SimError, match="the program itself has changed since"):
        run(copy)


def test_other_outcomes_are_another_look_at_the_same_worlds(whole: Path, copy: Path) -> None:
    result = run(copy, outcomes=("buyer", "surplus"))
    assert result.found == 3
    assert set(result.table()["measure"]) == {"buyer", "surplus"}
    assert bits(worlds(copy)) == bits(worlds(whole))


def test_force_starts_again_and_drops_the_old_sweep_when_the_new_is_whole(
    tiny: LoadedScenario, copy: Path
) -> None:
    begun = run(copy, TWO, chunk=1, force=True, on_progress=Stop())
    assert (begun.points, begun.found) == (2, 0)
    assert names(copy.parent) == [".out.old", "out"]
    assert record_of(copy.parent / ".out.old")["complete"]
    result = run(copy, TWO)
    assert (result.points, result.done) == (2, 2)
    assert names(copy.parent) == ["out"]


def test_a_folder_that_holds_something_else_is_refused(out: Path) -> None:
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    for force in (False, True):
        with pytest.raises(SimError, match=r"already exists|is not replaced"):
            run(out, force=force)
    assert names(out) == ["notes.txt"]


def test_nothing_is_written_when_a_point_is_wrong(out: Path) -> None:
    with pytest.raises(ScenarioError, match="did you mean 'competence'"):
        run(out, ["mediator.competense=0,1"])
    with pytest.raises(ScenarioError, match="did you mean 'mediated'"):
        run(out, regimes=("mediatd",))
    with pytest.raises(SimError, match="no study is there, so no point of it has failed"):
        run(out, only_failed=True)
    assert names(out.parent) == []


def test_a_second_sweep_on_the_same_folder_is_refused(whole: Path, copy: Path) -> None:
    from sim.study.results.folder import reserve

    _, lock = reserve(copy, "one_tie")
    with pytest.raises(FolderInUse, match="another process is writing there"):
        run(copy)
    lock.release()
    assert run(copy).found == 3


@pytest.mark.deep
def test_what_differs_between_two_sweeps_can_be_read(tiny: LoadedScenario, out: Path) -> None:
    many = ("problems.rate=0:1:200",)
    first, other = ask(many), ask(("problems.rate=0:0.9:300",))
    there, here = (start_manifest(study_request(study, RunOptions())) for study in (first, other))
    (line,) = sweep_differences(there, here)
    assert line.startswith("vary.problems.rate.values: [0, 0.00")
    assert " (200 values) there, [0, 0.00" in line and line.endswith(" (300 values) asked for")
    assert len(line) < 240
    late = {**ask(many).overrides, "title": "x" * 500 + "a"}, {**SMALL, "title": "x" * 500 + "b"}
    there, here = (
        start_manifest(study_request(ask(many, overrides=o), RunOptions())) for o in late
    )
    assert sweep_differences(there, here) == [
        f"scenario.title: …{'x' * 20}a there, …{'x' * 20}b asked for"
    ]
    moved = {**there, "design": {**there["design"], "drawn": "another"}}
    assert [line.partition(":")[0] for line in sweep_differences(moved, there)] == ["drawn"]


# --- points that fail, and Ctrl-C -------------------------------------------------------------


def failing(competence: float) -> Any:
    """Return an engine that loses its footing at one level of competence."""
    real = batch.run_block

    def fails(regime: Any, block: Any, *more: Any) -> Any:
        if (block.rows["mediator_competence_buyer"] == competence).any():
            raise FloatingPointError("lost my footing\nand more")
        return real(regime, block, *more)

    return fails


def test_a_failing_point_stops_no_other_and_is_mended_by_running_again(
    tiny: LoadedScenario, whole: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(batch, "run_block", failing(1.0))
        result = run(out, chunk=2)
    assert (result.done, result.exit_code, result.complete) == (2, 1, False)
    cause = "FloatingPointError: lost my footing"
    assert result.failed == {"point-00002": cause}
    report = json.loads((out / "failed" / "point-00002.json").read_text())
    assert report["point"] == {"mediator.competence": 1.0, "negotiation.level": "truthful"}
    assert "in fails" in report["traceback"]
    for word in ("sim compare one_tie ", " mediator.competence=1 ", "--worlds 3 --seed 1"):
        assert word in f"{report['again']} ".replace("'", "")
    table = read_table(out / "points.parquet")
    assert list(table["status"]) == ["complete"] * 2 + ["failed"]
    assert list(table["note"]) == ["", "", cause]
    record = record_of(out)
    assert not record["complete"]
    assert record["points"] == {"asked": 3, "done": 2, "failed": result.failed}
    again = run(out)
    assert (again.done, again.found, again.exit_code, again.failed) == (3, 2, 0, {})
    assert names(out / "failed") == []
    assert unlike(out, whole) == []


def test_only_failed_runs_nothing_but_what_failed(
    tiny: LoadedScenario, whole: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(batch, "run_block", failing(0.0))
        run(out, chunk=1, on_progress=Stop(2))
    assert names(out / "failed") == ["point-00000.json"]
    result = run(out, only_failed=True)
    assert (result.done, result.failed, result.exit_code) == (1, {}, 0)
    assert list(read_table(out / "points.parquet")["status"]) == ["complete"] + ["missing"] * 2
    run(out)
    assert unlike(out, whole) == []


def test_ctrl_c_keeps_the_finished_chunks(tiny: LoadedScenario, whole: Path, out: Path) -> None:
    result = run(out, on_progress=Stop())
    assert (result.interrupted, result.exit_code) == (True, 130)
    assert 1 <= result.done < 3
    record = record_of(out)
    assert not record["complete"]
    assert record["points"]["done"] == result.done
    assert set(result.table()["point"]) == set(range(result.done))
    assert len(names(out / "parts")) == result.done
    assert run(out).found == result.done
    assert unlike(out, whole) == []


def test_every_chunk_that_was_finished_is_kept_when_the_work_ends_early(
    tiny: LoadedScenario, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C between two receipts of one batch: both parts are on the disk, both count."""
    from concurrent.futures import ALL_COMPLETED, wait

    monkeypatch.setattr(
        "sim.study.run.workers.wait",
        lambda them, return_when: wait(them, return_when=ALL_COMPLETED),
    )
    result = run(out, on_progress=Stop(1))
    assert result.interrupted
    assert result.done == len(names(out / "parts")) == 2


# --- recomputed --------------------------------------------------------------------------------


def test_study_toml_runs_again_to_the_same_digest(
    tiny: LoadedScenario, whole: Path, out: Path
) -> None:
    result = run(out, (), source=whole / "study.toml", overrides=None, regimes=None)
    assert result.complete
    assert record_of(out)["design"] == record_of(whole)["design"]
    assert (out / "study.toml").read_text() == (whole / "study.toml").read_text()
    assert unlike(out, whole) == []


def test_a_folder_is_resumed_by_its_name(tiny: LoadedScenario, whole: Path, out: Path) -> None:
    run(out, chunk=1, on_progress=Stop(4))
    study = ask((), source=out, overrides=None, regimes=None)
    result = run(out, study=study)
    assert result.complete
    assert unlike(out, whole) == []
    assert record_of(out)["design"] == record_of(whole)["design"]


def test_a_sweep_is_recomputed_bit_for_bit(tiny: LoadedScenario, out: Path) -> None:
    """Its parts keep their chunks, also if two sessions cut them differently."""
    run(out, TWO, chunk=1, on_progress=Stop(2))
    run(out, TWO, chunk=2)
    assert rerun(out / "manifest.json", threads=2) == (True, [], [], [])


@pytest.mark.parametrize("where", ["_run_chunks", "verify"])
def test_recomputing_is_interrupted_without_a_verdict(
    tiny: LoadedScenario, out: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    run(out, TWO)

    def press(*_: object) -> None:
        raise KeyboardInterrupt

    owner = Parts if where == "verify" else StudySession
    monkeypatch.setattr(owner, where, press)
    with pytest.raises(KeyboardInterrupt) as caught:
        rerun(out)
    assert caught.type is KeyboardInterrupt  # no folder is named, as none is kept
    assert list(out.parent.iterdir()) == [out]


def test_what_was_cut_short_or_failed_is_recomputed_as_far_as_it_got(
    tiny: LoadedScenario, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Point 0 fails, 1 is complete if it was under way, 2 is cut short."""
    plain = batch.run_block
    monkeypatch.setattr(batch, "run_block", failing(0.0))
    run(out, on_progress=Stop())
    run(out, chunk=1, on_progress=Stop())
    status = list(read_table(out / "points.parquet")["status"])
    assert (status[0], status[2]) == ("failed", "missing")
    assert len(list((out / "parts").glob("part-00002-*"))) < 3
    done = status.count("complete")
    found = rerun(out)
    assert found.differences == []
    assert found.notes == [f"the result was cut short: {done} of 3 points were compared"]
    monkeypatch.setattr(batch, "run_block", plain)
    said = "column status: 1 of 3 values differ, first at point 0: 'failed' stored, 'complete' now"
    assert f"points.parquet: {said}" in rerun(out).differences


def test_an_analysis_that_no_longer_has_all_its_points_does_not_stay(
    tiny: LoadedScenario, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(out, (), design="coalitions", of=("broker",), regimes=None, worlds=2)
    assert "attribution.parquet" in names(out)
    (out / "parts" / "part-00001-0000000.parquet").unlink()
    monkeypatch.setattr(batch, "run_block", failing(load("one_tie").scenario.mediator.competence))
    assert run(out, (), design="coalitions", of=("broker",), regimes=None, worlds=2).failed
    assert "attribution.parquet" not in names(out)


@pytest.mark.deep
def test_a_share_in_a_study_is_a_ratio_of_means_and_few_worlds_make_no_cell_certain(
    tmp_path: Path,
) -> None:
    asked = {"run.months": 6, "negotiation.deadline": 4}
    asked["mediator.fee.retainer"] = 20.0  # so dear that it shows in a few worlds
    vary = {"mediator.competence": [0.2, 0.9], "problems.rate": [0.05, 0.2]}
    frame = sim.sweep(
        "one_tie", vary, worlds=12, overrides=asked, out=tmp_path / "study", design="map",
        regimes=["adversarial", "mediated"],
        outcomes=["surplus", "share_first_best", "first_best"],
    )  # fmt: skip
    means = frame[frame["kind"] == "regime"].pivot_table(
        index=["point", "name"], columns="measure", values="mean", observed=True
    )
    assert np.allclose(means["share_first_best"], means["surplus"] / means["first_best"])
    leads = pd.read_parquet(tmp_path / "study" / "map.parquet")
    assert len(leads) and not leads["certain"].any()
    assert ((leads["low"] > 0.0) | (leads["high"] < 0.0)).any()  # otherwise nothing was held back
