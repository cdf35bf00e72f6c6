"""Sweeps: resumable by point after any kind of end, and never a different number."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tiny_market import TINY, names

from sim.engines import batch
from sim.errors import ScenarioError, SimError
from sim.scenario.load import Loaded, load
from sim.study.lock import Busy
from sim.study.plan import parse_vary
from sim.study.rerun import rerun
from sim.study.store import describe_columns, read_table
from sim.study.sweep import SweepResult, sweep

VARY = ["mediator.competence=0:1:3", "negotiation.level=truthful,level_1"]
REGIMES = ["adversarial", "mediated"]


def run(loaded: Loaded, out: Path, **more: Any) -> SweepResult:
    factors = [parse_vary(text) for text in more.pop("vary", VARY)]
    return sweep(loaded, factors, out=out, **{"regimes": REGIMES, **more})


def begin(loaded: Loaded, out: Path) -> None:
    """Begin a sweep and stop it in its first point."""

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    assert run(loaded, out, on_progress=stop).done == 0


def same(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """Whether two tables hold the same values, bit for bit."""
    pd.testing.assert_frame_equal(a, b, check_exact=True)
    return True


def test_a_sweep_leaves_a_part_per_point_a_summary_and_a_manifest(tiny: Loaded, out: Path) -> None:
    steps: list[tuple[int, int]] = []
    result = run(tiny, out, on_progress=lambda done, total: steps.append((done, total)))
    assert (result.points, result.done, result.found, result.exit_code) == (6, 6, 0, 0)
    assert steps[-1] == (6 * 2 * 3, 6 * 2 * 3)
    assert steps == sorted(steps)
    parts = names(out / "parts")
    assert parts == [f"part-000{n}.parquet" for n in range(6)]
    frame = read_table(out / "parts" / "part-0003.parquet")
    head = ["point", "mediator.competence", "negotiation.level", "regime", "world", "surplus"]
    assert list(frame.columns[:6]) == head
    assert len(frame) == 2 * 3
    assert set(frame["mediator.competence"]) == {0.5}
    assert set(frame["negotiation.level"]) == {"level_1"}
    assert describe_columns(out / "parts" / "part-0003.parquet")["surplus"][0] == "money/need/month"
    record = json.loads((out / "manifest.json").read_text())
    assert record["complete"]
    assert record["points"] == {"asked": 6, "done": 6, "failed": {}}
    assert record["files"]["parts/part-0005.parquet"]["rows"] == 6
    assert names(out) == ["manifest.json", "parts", "receipts", "summary.parquet"]


def test_the_summary_pairs_every_regime_with_the_first(tiny: Loaded, out: Path) -> None:
    table = run(tiny, out).table()
    line = table[(table.point == 4) & (table.measure == "surplus") & (table.kind == "difference")]
    assert list(line["name"]) == ["mediated − adversarial"]
    part = read_table(out / "parts" / "part-0004.parquet")
    by = {r: part[part.regime == r]["surplus"].to_numpy() for r in REGIMES}
    assert line["mean"].item() == pytest.approx(np.mean(by["mediated"] - by["adversarial"]))
    assert line["low"].item() <= line["mean"].item() <= line["high"].item()
    assert line["n"].item() == 3
    assert set(table["point"]) == set(range(6))


def test_a_point_is_what_a_comparison_of_it_alone_gives(tiny: Loaded, out: Path) -> None:
    from sim.measure.compare import compare

    frame = run(tiny, out).worlds()
    alone = load("one_tie", {**TINY, "mediator.competence": 1.0, "negotiation.level": "level_1"})
    expected = compare(alone, REGIMES, 3, 1).per_world["mediated"]
    found = frame[(frame.point == 5) & (frame.regime == "mediated")].reset_index(drop=True)
    assert same(found[list(expected.columns)], expected)


def test_threads_change_nothing(tiny: Loaded, tmp_path: Path) -> None:
    one = run(tiny, tmp_path / "one", vary=VARY[:1])
    two = run(tiny, tmp_path / "two", vary=VARY[:1], threads=2)
    assert same(one.worlds(), two.worlds())
    assert same(one.table(), two.table())


def test_whole_parts_are_kept_and_a_damaged_one_is_made_again(tiny: Loaded, out: Path) -> None:
    first = run(tiny, out)
    whole, told = first.worlds(), first.table()
    parts = [out / "parts" / f"part-000{n}.parquet" for n in range(6)]
    stamps = [p.stat().st_mtime_ns for p in parts]
    parts[1].write_bytes(parts[1].read_bytes()[:-9] + b"corrupted")
    parts[4].unlink()
    second = run(tiny, out)
    assert (second.done, second.found) == (6, 4)
    assert second.notes == tuple(f"part-000{n}: damaged on disk, made again" for n in (1, 4))
    kept = [p.stat().st_mtime_ns == s for p, s in zip(parts, stamps, strict=True)]
    assert kept == [True, False, True, True, False, True]
    assert same(second.worlds(), whole)
    assert same(second.table(), told)
    assert len(json.loads((out / "manifest.json").read_text())["sessions"]) == 2


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"worlds": 4}, "worlds: 3 there, 4 asked for"),
        ({"seed": 2}, "seed: 1 there, 2 asked for"),
        ({"regimes": ["mediated"]}, "regimes: .* there, .* asked for"),
        ({"vary": VARY[:1]}, "vary.negotiation.level: .* there, nothing asked for"),
    ],
)
def test_another_design_is_refused_with_the_difference(
    tiny: Loaded, out: Path, more: dict[str, Any], said: str
) -> None:
    begin(tiny, out)
    before = (out / "manifest.json").read_text()
    with pytest.raises(SimError, match=f"holds another sweep; .*\n  {said}"):
        run(tiny, out, **more)
    assert (out / "manifest.json").read_text() == before


def test_another_scenario_or_program_is_refused_with_the_difference(
    tiny: Loaded, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(tiny, out)
    other = load("one_tie", {**TINY, "buyers.blame": 0.25})
    with pytest.raises(SimError, match=r"scenario.buyers.blame: \S+ there, 0\.25 asked for"):
        run(other, out)
    monkeypatch.setattr("sim.jit.source_digest", lambda: "0" * 64)
    with pytest.raises(SimError, match="the program itself has changed since"):
        run(tiny, out)


def test_force_starts_again_and_drops_the_old_sweep_when_the_new_is_whole(
    tiny: Loaded, out: Path
) -> None:
    begin(tiny, out)
    result = run(tiny, out, vary=VARY[1:], force=True)
    assert (result.points, result.found) == (2, 0)
    assert len(names(out / "parts")) == 2
    assert names(out.parent) == ["out"]


def test_a_folder_that_holds_something_else_is_refused(tiny: Loaded, out: Path) -> None:
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    for force in (False, True):
        with pytest.raises(SimError, match=r"already exists|is not replaced"):
            run(tiny, out, force=force)
    assert names(out) == ["notes.txt"]


def test_a_failing_point_stops_no_other_and_is_mended_by_running_again(
    tiny: Loaded, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = batch.blocks

    def fails_at_half(regime: Any, *args: Any, **more: Any) -> Any:
        if regime.scenario.mediator.competence == 0.5:
            raise FloatingPointError("lost my footing\nand more")
        return real(regime, *args, **more)

    with monkeypatch.context() as broken:
        broken.setattr(batch, "blocks", fails_at_half)
        result = run(tiny, out)
    assert (result.done, result.exit_code) == (4, 1)
    cause = "FloatingPointError: lost my footing"
    assert result.failed == {"part-0002": cause, "part-0003": cause}
    report = json.loads((out / "failed" / "part-0002.json").read_text())
    assert report["point"] == {"mediator.competence": 0.5, "negotiation.level": "truthful"}
    assert "fails_at_half" in report["traceback"]
    assert "--set mediator.competence=0.5" in report["again"]
    assert not json.loads((out / "manifest.json").read_text())["complete"]
    again = run(tiny, out)
    assert (again.done, again.found, again.exit_code) == (6, 4, 0)
    assert names(out / "failed") == []


def test_ctrl_c_keeps_the_finished_points(
    tiny: Loaded, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(done: int, _: int) -> None:
        if done > 2 * 2 * 3:
            raise KeyboardInterrupt

    result = run(tiny, out, on_progress=stop)
    assert (result.done, result.interrupted, result.exit_code) == (2, True, 130)
    record = json.loads((out / "manifest.json").read_text())
    assert not record["complete"]
    assert record["points"]["done"] == 2
    assert set(result.table()["point"]) == {0, 1}
    assert run(tiny, out).found == 2


def test_a_full_disk_ends_the_sweep_in_one_line(
    tiny: Loaded, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr("sim.study.store.sync", full)
        with pytest.raises(SimError, match=r"cannot write: no space left on device$"):
            run(tiny, out)
    begin(tiny, out)


def test_nothing_is_written_when_a_point_is_wrong(tiny: Loaded, out: Path) -> None:
    with pytest.raises(ScenarioError, match="did you mean 'competence'"):
        run(tiny, out, vary=["mediator.competense=0,1"])
    with pytest.raises(ScenarioError, match="did you mean 'mediated'"):
        run(tiny, out, regimes=["mediatd"])
    assert names(out.parent) == []


def test_a_second_sweep_on_the_same_folder_is_refused(tiny: Loaded, out: Path) -> None:
    from sim.study.folder import reserve

    _, lock = reserve(out, "one_tie")
    with pytest.raises(Busy, match="another process is writing there"):
        run(tiny, out)
    lock.release()
    begin(tiny, out)


def test_a_sweep_is_made_again_bit_for_bit(tiny: Loaded, out: Path) -> None:
    run(tiny, out, vary=VARY[:1])
    assert rerun(out / "manifest.json", threads=2) == (True, [], [])


KILLED = """
import sys, time
from functools import partial
from sim import jit
from sim.engines import batch
from sim.scenario.load import load
from sim.study.plan import parse_vary
from sim.study.sweep import sweep
jit.source_digest = lambda: "as it was"
batch.blocks = partial(batch.blocks, compiled=False)
factors = [parse_vary("mediator.competence=0:1:6")]
loaded = load("one_tie", {"run.months": 2, "run.worlds": 3, "negotiation.deadline": 4})
print("begun", flush=True)
sweep(loaded, factors, regimes=["adversarial", "mediated"], out=sys.argv[1])
"""


def test_killed_twice_at_any_moment_a_sweep_ends_as_if_it_had_not_been(
    tiny: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.jit.source_digest", lambda: "as it was")
    vary, out = ["mediator.competence=0:1:6"], tmp_path / "killed"
    whole = run(tiny, tmp_path / "whole", vary=vary)
    for _ in range(2):
        command = [sys.executable, "-c", KILLED, str(out)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(random.uniform(0.1, 0.8))
            process.kill()
    result = run(tiny, out, vary=vary)
    assert result.done == 6
    assert same(result.worlds(), whole.worlds())
    assert same(result.table(), whole.table())
