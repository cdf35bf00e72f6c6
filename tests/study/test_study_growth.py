"""A study grows in its folder: its points keep numbers, labels, worlds and bits, and new ones join them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from command import interpret
from counts import one_in
from tiny_study import RANGES, REGIMES, SMALL, Stop, ask, bits, strata_hit_once, unlike

from sim.cli.app import main
from sim.errors import ScenarioError, SimError
from sim.lab.requested import Request
from sim.lab.studies import resolve_study, rewrite_report, run_and_store_study
from sim.render.text.study_text import status_as_text
from sim.scenario.load import LoadedScenario
from sim.study.design.analysis import DESIGNS, GROWING
from sim.study.results.digest import digest_file
from sim.study.results.store import read_table
from sim.study.run import chunks as chunks_module
from sim.study.run import sweep as sweep_module
from sim.study.run.rerun import rerun
from sim.study.run.restore import study_status
from sim.study.run.sweep import SweepResult

# --- folders that grow ------------------------------------------------------------------------


def grow(out: Path | None, points: int | None, design: str = "sobol", **more: Any) -> SweepResult:
    """Run a tiny sampled study in a folder, as the command does, but without a report."""
    on_progress = more.pop("on_progress", None)
    asked: dict[str, Any] = {
        "scenario": "one_tie", "vary": RANGES, "regimes": REGIMES, "overrides": SMALL, "worlds": 2,
        "design": design, "drawings": False, "threads": 1, **more,
    }  # fmt: skip
    request = Request("sweep", out=out, points=points, **asked)
    return run_and_store_study(request, resolve_study(request), on_progress=on_progress)


def resume(folder: Path, **more: Any) -> SweepResult:
    """Resume the study of a folder by its name alone, or grow it."""
    request = Request("sweep", folder, drawings=False, threads=1, **more)
    return run_and_store_study(request, resolve_study(request))


def record_of(out: Path) -> dict[str, Any]:
    return json.loads((out / "manifest.json").read_text())


def state(folder: Path) -> dict[str, tuple[str, int]]:
    """Return digest and time of every file of a folder."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    return {p.relative_to(folder).as_posix(): (digest_file(p), p.stat().st_mtime_ns) for p in files}


def parts_of(folder: Path) -> dict[str, tuple[str, int]]:
    return {name: about for name, about in state(folder).items() if name.startswith("parts/")}


def rows_of_first(out: Path, table: str, points: int) -> dict[str, Any]:
    frame = read_table(out / f"{table}.parquet")
    return bits(frame[frame["point"] < points].reset_index(drop=True))


@pytest.mark.parametrize("design", one_in(4, GROWING))
def test_a_study_grows_twice_and_keeps_every_point_it_had(
    tiny: LoadedScenario, out: Path, tmp_path: Path, design: str
) -> None:
    chain = (2, 4, 8)
    before = tmp_path / "before"
    for nth, points in enumerate(chain):
        result = grow(out, points, design)
        assert (result.complete, result.exit_code) == (True, 0)
        if nth:
            assert result.found == record_of(before)["points"]["asked"]
            assert result.points == result.found * 2
            assert parts_of(before).items() < parts_of(out).items()
            tables = ["points"] if design in ("morris", "saltelli") else ["points", "summary"]
            for table in tables:
                assert rows_of_first(out, table, result.found) == rows_of_first(
                    before, table, result.found
                )
            shutil.rmtree(before)
        shutil.copytree(out, before)
    design_now = record_of(out)["design"]
    assert [size["points"] for size in design_now["grown"]] == [2, 4]
    assert design_now["study"]["grown_from"] == ([2, 4] if DESIGNS[design].nested else [])
    fresh = grow(tmp_path / "fresh", 8, design)
    assert (unlike(out, fresh.out) == []) is DESIGNS[design].extends
    assert unlike(out, grow(tmp_path / "other", 8, design, seed=2).out) != []
    labels = read_table(out / "points.parquet")[["mediator.competence", "problems.rate"]]
    if design == "latin_hypercube":
        cube = (labels.to_numpy() - [0.0, 0.05]) / [1.0, 0.25]
        assert strata_hit_once(cube)


@pytest.mark.deep
@pytest.mark.parametrize("design", one_in(2, ["latin_hypercube", "sobol"]))
def test_everything_that_reads_a_study_reads_one_that_has_grown(
    tiny: LoadedScenario, undrawn: None, out: Path, tmp_path: Path, design: str
) -> None:
    grow(out, 2, design)
    first = record_of(out)["design"]
    grow(out, 4, design)
    before = {n: s for n, s in state(out).items() if n.endswith((".parquet", ".toml"))}
    for again in (lambda: grow(out, 4, design), lambda: resume(out), lambda: resume(out, points=4)):
        result = again()
        assert (result.found, result.points, result.notes) == (4, 4, ())
        assert {n: s[0] for n, s in state(out).items() if n in before} == {
            n: s[0] for n, s in before.items()
        }
    now = record_of(out)["design"]
    assert now["digest"] == first["digest"]
    assert now["grown"] == [{"points": 2, "drawn": first["drawn"]}]
    assert rerun(out) == (True, [], [], [])
    status = study_status(out)
    assert (status.complete, status.missing, status.failed) == (4, 0, {})
    assert "points:   4 of 4 complete" in status_as_text(str(out), status)
    assert rewrite_report(out).is_file()
    elsewhere = resume(out, out=tmp_path / "elsewhere")
    assert unlike(out, elsewhere.out) == []
    from_file = Request(
        "sweep", out / "study.toml", out=tmp_path / "file", drawings=False, threads=1
    )
    assert unlike(out, run_and_store_study(from_file, resolve_study(from_file)).out) == []


def test_a_folder_grows_by_its_name(tiny: LoadedScenario, out: Path, tmp_path: Path) -> None:
    grow(out, 2, "latin_hypercube")
    result = resume(out, points=6)
    assert (result.found, result.points) == (2, 6)
    grow(tmp_path / "steps", 2, "latin_hypercube")
    assert unlike(grow(tmp_path / "steps", 6, "latin_hypercube").out, out) == []


@pytest.mark.deep
def test_a_study_grows_that_began_in_another_folder_after_growing(
    tiny: LoadedScenario, out: Path, tmp_path: Path
) -> None:
    grow(out, 2, "latin_hypercube")
    grow(out, 4, "latin_hypercube")
    copy = resume(out, out=tmp_path / "copy").out
    for folder in (out, copy):
        assert grow(folder, 8, "latin_hypercube").found == 4
    assert unlike(out, copy) == []
    assert [size["points"] for size in record_of(copy)["design"]["grown"]] == [4]


@pytest.mark.deep
def test_a_sensitivity_analysis_keeps_the_worlds_of_its_base_rows(
    tiny: LoadedScenario, out: Path
) -> None:
    grow(out, 2, "saltelli")
    grow(out, 4, "saltelli")
    size = 6  # points of a base row of two factors
    firsts = [int(name[-15:-8]) for name in parts_of(out)]
    assert firsts == [2 * (nth // size) for nth in range(4 * size)]


@pytest.mark.deep
@pytest.mark.parametrize(
    ("design", "few", "many"), one_in(2, [("sobol", 4, 16), ("latin_hypercube", 6, 18)])
)
def test_new_points_share_parts_with_new_points_alone(
    tiny: LoadedScenario, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    design: str, few: int, many: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(chunks_module, "ONE_EACH", 2)  # more points than that share parts
    grow(out, few, design)
    before = parts_of(out)
    assert len(before) == 2
    assert grow(out, many, design, on_progress=Stop(1)).interrupted
    assert grow(out, many, design).complete
    assert before.items() < parts_of(out).items()
    assert set(read_table(out / "parts" / f"part-{few:05d}-0000000.parquet")["point"]) == set(
        range(few, many // 2)
    )
    assert unlike(out, resume(out, out=tmp_path / "fresh").out) == []
    assert rerun(out) == (True, [], [], [])


# --- interrupted ------------------------------------------------------------------------------


@pytest.mark.deep
@pytest.mark.parametrize("design", one_in(2, ["sobol", "latin_hypercube"]))
def test_stopped_before_and_while_growing_the_numbers_are_the_same(
    tiny: LoadedScenario, out: Path, tmp_path: Path, design: str
) -> None:
    for points in (2, 4):
        grow(tmp_path / "whole", points, design)
    assert grow(out, 2, design, chunk=1, on_progress=Stop(2)).interrupted
    assert grow(out, 4, design, chunk=1, on_progress=Stop(3)).interrupted
    assert study_status(out).complete < 4
    result = resume(out)
    assert (result.complete, result.points) == (True, 4)
    assert unlike(out, tmp_path / "whole") == []


@pytest.mark.parametrize("died_at", one_in(2, ["write_text", "Parts"]))
def test_killed_once_its_manifest_has_grown_a_study_is_resumed_or_replaced(
    tiny: LoadedScenario, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, died_at: str
) -> None:
    grow(out, 2, "latin_hypercube")
    copy = tmp_path / "copy"
    with monkeypatch.context() as patch:

        def die(*_: Any) -> None:
            raise RuntimeError("killed")

        patch.setattr(sweep_module, died_at, die)
        with pytest.raises(RuntimeError):
            grow(out, 4, "latin_hypercube")
    assert ("grown_from" in (out / "study.toml").read_text()) is (died_at == "Parts")
    shutil.copytree(out, copy)
    result = grow(out, 4, "latin_hypercube")
    assert (result.found, result.points, result.complete) == (2, 4, True)
    assert "grown_from = [2]" in (out / "study.toml").read_text()
    assert grow(copy, 4, "latin_hypercube", force=True).found == 0
    assert "grown" not in record_of(copy)["design"]


@pytest.mark.deep
def test_started_again_a_study_is_a_fresh_one(
    tiny: LoadedScenario, out: Path, tmp_path: Path
) -> None:
    grow(out, 2, "latin_hypercube")
    grow(out, 4, "latin_hypercube", force=True)
    assert unlike(out, grow(tmp_path / "fresh", 4, "latin_hypercube").out) == []
    assert record_of(out)["design"]["study"]["grown_from"] == []


@pytest.fixture(scope="module")
def grown_hypercube(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a Latin hypercube that grew from 2 points to 4; copied, never changed."""
    place = tmp_path_factory.mktemp("grown") / "out"
    with pytest.MonkeyPatch.context() as patch:
        interpret(patch)
        for points in (2, 4):
            grow(place, points, "latin_hypercube")
    return place


# --- refused ----------------------------------------------------------------------------------

HYPERCUBE_OF_4 = "a latin_hypercube of 4 grows to multiples of that; want "
FEWER = "there are 4 already, and none is taken away; want 4 or "


@pytest.mark.parametrize(
    ("design", "points", "said"),
    [
        ("latin_hypercube", 6, f"{HYPERCUBE_OF_4}4 or 8"),
        ("latin_hypercube", 11, f"{HYPERCUBE_OF_4}8 or 12"),
        ("latin_hypercube", 65_535, f"{HYPERCUBE_OF_4}65532 or 65536"),
        ("latin_hypercube", 2, f"{FEWER}a multiple of it"),
        ("sobol", 2, f"{FEWER}more"),
        ("sobol", 6, "want a power of two, as in 4 or 8"),
        ("morris", 3, f"{FEWER}more"),
    ],
)  # fmt: skip
def test_a_number_it_cannot_have_is_refused_in_one_line(
    tiny: LoadedScenario, out: Path, design: str, points: int, said: str
) -> None:
    grow(out, 4, design)
    before = state(out)
    more: list[Any] = [lambda: resume(out, points=points)]
    if points < 1000:  # more points take a while to be checked one by one
        more.append(lambda: grow(out, points, design))
    for refused in more:
        with pytest.raises(SimError) as caught:
            refused()
        assert f"points = {points}: {said}" in str(caught.value)
        assert "\n" not in str(caught.value)
    assert state(out) == before


def test_the_command_refuses_with_its_options_and_exit_code_2(
    tiny: LoadedScenario, out: Path
) -> None:
    grow(out, 4, "latin_hypercube")
    before = state(out)
    for arguments in (
        ("sweep", str(out), "--points", "6"),
        ("sweep", str(out), "--points", "2"),
    ):
        result = CliRunner().invoke(main, list(arguments))
        assert result.exit_code == 2
        assert result.output.startswith(f"--points: points = {arguments[-1]}: ")
        assert len(result.output.strip().splitlines()) == 1
    assert state(out) == before


@pytest.mark.parametrize(
    ("fewer", "more", "design"),
    [
        (("mediator.competence=0:1:2",), ("mediator.competence=0:1:3",), "factorial"),
        (("mediator.competence=0,1",), ("mediator.competence=0,0.5,1",), "list"),
    ],
)
def test_a_design_that_does_not_grow_says_which_do(
    tiny: LoadedScenario, out: Path, fewer: tuple[str, ...], more: tuple[str, ...], design: str
) -> None:
    grow(out, None, design, vary=fewer)
    before = state(out)
    line = f"a study of design {design} does not grow; {', '.join(GROWING)} do"
    with pytest.raises(SimError, match="holds another sweep") as caught:
        grow(out, None, design, vary=more)
    assert str(caught.value).splitlines()[-1].strip() == line
    with pytest.raises(ScenarioError, match=f"^points: points = 8: {line}$"):
        resume(out, points=8)
    with pytest.raises(SimError) as other:
        grow(out, None, design, vary=("mediator.competence=0.2,0.4",))
    assert line not in str(other.value)  # not more of the same, but another study
    assert state(out) == before


def test_another_study_does_not_grow_into_this_one(tiny: LoadedScenario, out: Path) -> None:
    grow(out, 2)
    before = state(out)
    for more in ({"seed": 2}, {"worlds": 3}, {"vary": RANGES[:1]}, {"design": "morris"}):
        with pytest.raises(SimError, match="holds another sweep"):
            grow(out, 4, **more)
    assert state(out) == before


def test_points_that_are_drawn_otherwise_now_do_not_join_those_there(
    tiny: LoadedScenario, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a library drew another sequence from the same seed."""
    from sim.study.design import designs

    grow(out, 2)
    before = state(out)
    drawn = designs.CUBES["sobol"]
    monkeypatch.setitem(designs.CUBES, "sobol", lambda f, n, seed: drawn(f, n, seed + 1))
    with pytest.raises(SimError, match="points = 4: the 2 there are not the first of those"):
        grow(out, 4)
    assert state(out) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda design: design["study"].update(points=2),
        lambda design: design["study"].update(grown_from=[1, 2]),
        lambda design: design["study"].pop("grown_from"),
        lambda design: design["grown"].pop(),
        lambda design: design["grown"][0].update(drawn="0" * 64),
        lambda design: design["grown"].append(design["grown"][0]),
        lambda design: design.pop("grown"),
        lambda design: design.pop("grown_digest"),
        lambda design: design.update(grown=["2"]),
        lambda design: design.update(drawn="0" * 64),
    ],
)
def test_a_manifest_that_was_changed_is_damaged(
    tiny: LoadedScenario, grown_hypercube: Path, out: Path, change: Any
) -> None:
    shutil.copytree(grown_hypercube, out)
    record = record_of(out)
    change(record["design"])
    (out / "manifest.json").write_text(json.dumps(record))
    with pytest.raises(SimError, match=r"damaged|want a list of objects"):
        resume(out)


def test_a_manifest_older_than_its_parts_is_damaged(tiny: LoadedScenario, out: Path) -> None:
    """Else the parts of the points that were added would be taken for those of other points."""
    grow(out, 2, "latin_hypercube")
    older = (out / "manifest.json").read_bytes()
    grow(out, 4, "latin_hypercube")
    (out / "manifest.json").write_bytes(older)
    assert study_status(out).worlds == 2 * 2
    with pytest.raises(SimError, match="damaged: older than parts in its folder"):
        grow(out, 6, "latin_hypercube")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"grown_from": [3]}, "grown_from = [3]: want increasing numbers, each a multiple"),
        ({"grown_from": [8]}, "grown_from = [8]: want increasing numbers, each a multiple"),
        ({"grown_from": [4, 2]}, "grown_from = [4, 2]: want increasing numbers"),
        ({"grown_from": [0]}, "grown_from.0 = 0: want a list of whole numbers"),
        ({"grown_from": [2], "design": "sobol"}, "grown_from = [2]: want none: the points of"),
    ],
)
def test_numbers_before_that_cannot_be_are_one_line(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        ask(RANGES, **{"design": "latin_hypercube", "points": 8, **more})
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
