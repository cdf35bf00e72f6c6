"""Parts of many points: the numbers of a study do not depend on how many points share a part."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from counts import only
from faults import nothing_half
from tiny_market import names
from tiny_study import RANGES, Stop, ask, run, unlike, worlds

from sim.engines import batch
from sim.errors import ScenarioError
from sim.scenario.load import LoadedScenario
from sim.scenario.parameters import varied
from sim.scenario.parameters.varied import VariedPoint, VariedScenario
from sim.study.results.digest import digest_data, digest_file
from sim.study.results.parts import Parts, Range, Receipt, StoredWorlds, packed, unpacked
from sim.study.results.store import read_table
from sim.study.run import cell_measures, chunks
from sim.study.run.chunks import chunk_of, points_per_chunk
from sim.study.run.estimate import estimate
from sim.study.run.rerun import rerun

POINTS = 8
DESIGN = {"design": "latin_hypercube", "points": POINTS}


def sweep(out: Path, **more: Any) -> Any:
    """Run a study of some points of two numbers, one of which shades."""
    return run(out, RANGES, **{**DESIGN, **more})


@pytest.fixture
def sharing(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that lets points share parts, and be numbers, as in studies of very many."""

    def share(parts: int) -> None:
        monkeypatch.setattr(chunks, "ONE_EACH", parts)
        monkeypatch.setattr(varied, "MANY_POINTS", 2)

    return share


@pytest.fixture
def whole(tmp_path: Path, tiny: LoadedScenario, sharing: Callable[[int], None]) -> Path:
    """Return the folder of the study with four parts of two points."""
    sharing(4)
    assert sweep(tmp_path / "whole").complete
    return tmp_path / "whole"


def test_the_numbers_are_those_of_points_alone(
    whole: Path, out: Path, sharing: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names(whole / "parts") == [f"part-0000{n}-0000000.parquet" for n in (0, 2, 4, 6)]
    sharing(128)
    monkeypatch.setattr(varied, "MANY_POINTS", 99)
    assert sweep(out).complete and len(names(out / "parts")) == POINTS
    assert unlike(out, whole) == []
    lines = (whole / "receipts.jsonl").read_text().splitlines()
    assert [json.loads(line)["ranges"] for line in lines] == [[[n, 2, 0, 3]] for n in (0, 2, 4, 6)]
    part = read_table(whole / "parts" / "part-00004-0000000.parquet")
    assert list(part["point"]) == 2 * [4, 4, 4, 5, 5, 5]
    assert list(part["world"]) == 4 * [0, 1, 2]
    assert list(part["regime"]) == 6 * ["adversarial"] + 6 * ["mediated"]


def test_a_wrong_row_of_parameters_would_be_seen(
    whole: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: every world with the parameters of the first point of its block."""
    plain = batch.run_block

    def first_only(regime: Any, block: Any, *more: Any) -> Any:
        return plain(regime, block._replace(which=0 * block.which), *more)

    monkeypatch.setattr(batch, "run_block", first_only)
    sweep(out)
    assert unlike(out, whole) != []


TEXTS = ("mediator.competence=0:1", "mediator.style=proposal,shuttle", "vendors.fear=0.5:2")


@pytest.mark.parametrize("most", only([10_000], [1, 10_000]))
def test_points_that_share_texts_have_the_numbers_of_points_alone(
    tiny: LoadedScenario, out: Path, tmp_path: Path, sharing: Any, monkeypatch: Any, most: int
) -> None:
    sharing(128)
    monkeypatch.setattr(varied, "MANY_POINTS", 99)
    assert run(tmp_path / "alone", TEXTS, **DESIGN).complete
    sharing(2)
    monkeypatch.setattr(varied, "LONE_POINTS", 1)
    monkeypatch.setattr(cell_measures, "MEASURED_TIE_MONTHS", most)
    shared: list[object] = []
    plain = VariedScenario.point

    def seen(self: VariedScenario, *given: Any) -> VariedPoint:
        shared.append(plain(self, *given).origin)
        return plain(self, *given)

    monkeypatch.setattr(VariedScenario, "point", seen)
    assert run(out, TEXTS, **DESIGN).complete
    assert len(set(shared)) > 2 and None in shared
    assert unlike(out, tmp_path / "alone") == []


def test_interrupted_it_goes_on_with_the_same_bytes(whole: Path, out: Path) -> None:
    assert sweep(out, on_progress=Stop(1)).interrupted
    assert 1 <= nothing_half(out) < 4
    assert sweep(out).complete
    kept = {name: (whole / "parts" / name).read_bytes() for name in names(whole / "parts")}
    assert kept == {name: (out / "parts" / name).read_bytes() for name in names(out / "parts")}
    assert unlike(out, whole) == []


def test_a_damaged_part_is_recomputed_and_a_rerun_finds_the_same(whole: Path) -> None:
    path = whole / "parts" / "part-00004-0000000.parquet"
    before = path.read_bytes()
    path.write_bytes(before[:-9])
    again = sweep(whole)
    assert again.notes == ("part-00004-0000000: damaged on disk, recomputed",)
    assert path.read_bytes() == before and again.found == POINTS - 2
    assert rerun(whole) == (True, [], [], [])


def test_one_point_that_fails_takes_no_other_with_it(
    whole: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = ask(RANGES, **DESIGN)
    bad = study.points[5].values["mediator.competence"]
    plain = batch.run_block

    def fails(regime: Any, block: Any, *more: Any) -> Any:
        if (block.rows["mediator_competence_buyer"][block.which] == bad).any():
            raise FloatingPointError("lost my footing")
        return plain(regime, block, *more)

    with monkeypatch.context() as broken:
        broken.setattr(batch, "run_block", fails)
        result = sweep(out)
    assert result.failed == {"point-00005": "FloatingPointError: lost my footing"}
    assert result.done == POINTS - 1
    assert len(names(out / "parts")) == 4  # three of two points, and one of the other's companion
    mended = sweep(out)
    assert mended.complete and mended.found == POINTS - 1 and unlike(out, whole) == []


def test_a_key_that_does_not_exist_is_said_without_asking_every_point(
    tiny: LoadedScenario, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, point = [], VariedScenario.point

    def count(self: VariedScenario, *given: Any) -> Any:
        asked.append(given)
        return point(self, *given)

    monkeypatch.setattr(VariedScenario, "point", count)
    with pytest.raises(ScenarioError, match=r"problems\.ratee.*did you mean 'rate'"):
        sweep(out, factors=[{"key": "problems.ratee", "low": 0.0, "high": 1.0}], points=300)
    assert len(asked) < 150 and not out.exists()


def test_worlds_are_added_for_points_that_need_them(
    tiny: LoadedScenario, out: Path, tmp_path: Path, sharing: Callable[[int], None]
) -> None:
    until = {"stop": {"outcome": "surplus", "width": 1.6, "at_least": 30, "at_most": 60}}
    for folder, parts in ((tmp_path / "alone", 128), (out, 2)):
        sharing(parts)
        assert sweep(folder, worlds=None, **until).complete
    assert unlike(out, tmp_path / "alone") == []
    assert len(set(worlds(out).groupby("point")["world"].max())) > 1


def test_receipts_that_name_one_point_are_read(whole: Path, out: Path, sharing: Any) -> None:
    sharing(128)
    assert sweep(out).complete
    path = out / "receipts.jsonl"
    lines = []
    for line in map(json.loads, path.read_text().splitlines()):
        (point, _, first, count), _ = line.pop("ranges")[0], line.pop("check")
        old = {"part": line.pop("part"), "plan": line.pop("plan"), "point": point, "first": first}
        old |= {"worlds": count, **line}
        lines.append(json.dumps({**old, "check": digest_data(old)}))
    path.write_text("\n".join(lines) + "\n")
    (out / "parts" / "part-00003-0000000.parquet").unlink()
    assert sweep(out).found == POINTS - 1 and unlike(out, whole) == []


def test_how_many_points_share_a_part_is_a_property_of_the_study(sharing: Any) -> None:
    study = ask(RANGES, **DESIGN)
    assert points_per_chunk(study) == 1
    sharing(3)
    assert points_per_chunk(study) == 3
    assert points_per_chunk(study, 2 * study.worlds) == 2  # as asked for: a number of worlds
    assert points_per_chunk(study, 1) == 1
    assert estimate(study, 2).chunks == 3
    whole = chunk_of(study, [(p, p.first, study.worlds) for p in study.points[:3]])
    assert whole.points == (0, 1, 2) and whole.worlds == 9


def test_where_worlds_of_points_are_is_found_among_parts_of_many(tmp_path: Path) -> None:
    """Against the plain way: every range of every part, one after the other."""
    draw, parts = random.Random(5), Parts(tmp_path, "plan")
    expected: dict[int, list[StoredWorlds]] = {}
    for nth in range(40):
        first, count, world = draw.randrange(60), draw.choice([1, 1, 2, 9, 30]), 4 * nth
        ranges = [Range(first + n, world, 4) for n in range(count)]
        ranges += [Range(draw.randrange(99), world + 400, 3)]
        parts.add(f"part-{nth}", Receipt(packed(ranges), "", 0, 0, 0.0))
        before = 0
        for point, at, many in ranges:
            place = StoredWorlds(at, many, f"part-{nth}", before)
            expected.setdefault(point, []).append(place)
            before += many
    assert [list(parts.places(point)) for point in range(110)] == [
        sorted(expected.get(point, [])) for point in range(110)
    ]


def test_ranges_are_packed() -> None:
    ranges = (Range(0, 0, 4), Range(1, 0, 4), Range(2, 4, 4), Range(4, 4, 4), Range(4, 8, 1))
    assert packed(ranges) == [[0, 2, 0, 4], [2, 1, 4, 4], [4, 1, 4, 4], [4, 1, 8, 1]]
    assert unpacked(packed(ranges)) == ranges


COMMAND = (
    "sweep", "one_tie", "--vary", "mediator.competence=0.1:0.9", "--vary", "vendors.fear=0.2:2", "--vary",
    "problems.rate=0.01:0.2", "--design", "latin_hypercube", "--points", "1000", "--worlds", "4", "--regimes",
    "adversarial,mediated", "--workers", "2", "--out",
)  # fmt: skip


def start(out: Path) -> subprocess.Popen[bytes]:
    """Start the study of a thousand points in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "sim", *COMMAND, str(out)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )  # fmt: skip


@pytest.mark.deep
def test_a_thousand_points_killed_twice_leave_the_same_bytes(tmp_path: Path) -> None:
    """A hundredth of what a calibration asks for."""
    assert start(tmp_path / "whole").wait() == 0
    out = tmp_path / "out"
    for kept in (5, 40):
        running = start(out)
        while running.poll() is None and lines_of(out) < kept:
            time.sleep(0.01)
        running.kill()
        running.wait()
    assert 5 <= lines_of(out) < 125  # killed before its end, twice
    assert start(out).wait() == 0
    parts = names(tmp_path / "whole" / "parts")
    assert len(parts) == 125 and parts == names(out / "parts")
    for name in parts:
        assert digest_file(tmp_path / "whole" / "parts" / name) == digest_file(out / "parts" / name)
    assert unlike(out, tmp_path / "whole") == []
    assert sum(1 for path in out.rglob("*") if path.is_file()) < 150


def lines_of(out: Path) -> int:
    """Return the number of receipts of a study so far."""
    path = out / "receipts.jsonl"
    return path.read_bytes().count(b"\n") if path.is_file() else 0
