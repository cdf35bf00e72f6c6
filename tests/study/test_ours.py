"""What --force may remove: results of this program and nothing else, and never through a link."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from counts import one_in, only
from tiny_market import names
from tiny_study import run, unlike

from sim.cli.app import main
from sim.errors import SimError
from sim.lab.requested import Request
from sim.lab.studies import rewrite_report, run_and_store_study
from sim.measure.standings import compute_standings
from sim.study.results import folder as folders
from sim.study.results.owned_folders import foreign_entries, tool_mark
from sim.study.run.sweep import run_study

pytestmark = pytest.mark.usefixtures("undrawn")

SETS = tuple(f"--set={text}" for text in ("run.months=2", "negotiation.deadline=4"))
FORETOLD = re.compile(r"points? × ")
RUN = ("run", "one_tie", "--worlds", "2", "--regime", "adversarial", *SETS)
SWEEP = (
    "sweep",
    "one_tie",
    "--worlds",
    "2",
    "--vary",
    "buyers.blame=0.1,0.2",
    "--outcomes",
    "surplus",
    *SETS,
)


def sim(*words: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def refused(result: Result, *said: str) -> None:
    """Check that a command ended with 2 and one line, after what it foretells of a large study."""
    assert result.exit_code == 2, result.output
    (line,) = [line for line in result.stderr.splitlines() if not FORETOLD.search(line)]
    for words in said:
        assert words in line, line


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: object) -> Path:
    """Return an empty folder, the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("words", [RUN, SWEEP])
@pytest.mark.parametrize(
    "manifest", ["{}", "[]", "{", '{"schema": 1}', '{"schema": 1, "tool": {"name": "other"}}']
)
def test_a_manifest_of_somebody_else_is_no_leave_to_remove(
    here: Path, words: tuple[str, ...], manifest: str
) -> None:
    (here / "x").mkdir()
    (here / "x" / "manifest.json").write_text(manifest)
    refused(sim(*words, "--out", "x", "--force"), "x/manifest.json", "remove it yourself")
    (here / "x" / "mine").touch()
    refused(sim(*words, "--out", "x", "--force"), "x/mine", "remove it yourself")
    assert names(here / "x") == ["manifest.json", "mine"] and names(here) == ["x"]


COMMANDS = {
    "run": RUN,
    "compare": ("compare", *RUN[1:4], "--regimes", "adversarial,mediated", *SETS),
    "sweep": SWEEP,
    "attribute": ("attribute", "one_tie", "--of", "broker,warn", "--worlds", "2", *SETS),
    "sensitivity": (
        "sensitivity", "one_tie", "--factors", "buyers.blame=0.1:0.2", "--points", "2",
        "--worlds", "2", *SETS,
    ),
    "map": (
        "map", "one_tie", "--x", "buyers.blame=0.1,0.2", "--y", "vendors.oversell=0,0.1",
        "--worlds", "2", *SETS,
    ),
}  # fmt: skip
MINE = ("mine", "figures/mine.svg", "parts/mine.parquet", "failed/mine.json", ".mine", "more/mine")


@pytest.mark.parametrize("kind", only(["run", "sweep"], COMMANDS))
def test_what_we_write_is_ours_and_anything_beside_it_is_not(here: Path, kind: str) -> None:
    words = (*COMMANDS[kind], "--out", "o")
    assert sim(*words).exit_code == 0
    assert foreign_entries(here / "o") == []
    for name in MINE:
        mine = here / "o" / name
        parent = mine.parent.is_dir()
        mine.parent.mkdir(exist_ok=True)
        mine.write_text("mine")
        before = contents(here)
        refused(sim(*words, "--force"), "o/" + (name if parent else mine.parent.name))
        assert contents(here) == before
        mine.unlink()
        if not parent:
            mine.parent.rmdir()
    assert sim(*words, "--force").exit_code == 0
    assert names(here) == ["o"]


def test_tournaments_and_validations_are_ours_too(here: Path) -> None:
    from sim.cli.commands_validate import _write_results
    from sim.outcomes.domains.load_domain import load_domain
    from sim.outcomes.many.tournament import run_tournament
    from sim.render.figures.tournament_figure import payoff_heat_map
    from sim.scenario.shipped import folder as shipped
    from sim.study.experiments.tournament_tables import write_tournament
    from sim.study.results.durable_files import write_text
    from sim.validation.check import Effort

    domain = load_domain(shipped() / "domains" / "office_supplies.toml")
    played = run_tournament([domain], ["boulware", "linear"], 5)
    judged = compute_standings(played)
    for name in ("t", "v"):
        (here / name).mkdir()
    write_text(here / "t" / "heat_map.svg", payoff_heat_map(played, judged))
    write_tournament(here / "t", played, judged)
    _write_results(here / "v", [], [], Effort(False, 1))
    for name in ("t", "v"):
        assert foreign_entries(here / name) == []
        (here / name / "mine.png").touch()
        assert foreign_entries(here / name) == ["mine.png"]
        refused(sim("rerun", name), f"{name}/manifest.json")
        refused(sim("report", name), "is no study")


@pytest.mark.deep
def test_an_experiment_is_ours_too(here: Path) -> None:
    (here / "study.toml").write_text(
        'scenario = "one_tie"\nregimes = ["adversarial", "mediated"]\nworlds = 2\n'
        'contrast = ["mediated", "adversarial"]\noutcome = "surplus"\n'
        '[overrides]\n"run.months" = 2\n[[rows]]\nname = "one"\n'
    )
    (here / "question.md").write_text("# Is it so?\n")
    words = ("experiment", ".", "--out", "o")
    assert sim(*words).exit_code == 0
    assert foreign_entries(here / "o") == []
    assert sim(*words, "--force").exit_code == 0


def test_a_study_that_was_begun_is_ours_whatever_a_kill_left(here: Path, whole: Path) -> None:
    out = here / "o"
    shutil.copytree(whole, out)
    record = json.loads((out / "manifest.json").read_text())
    (out / "manifest.json").write_text(json.dumps({**record, "files": {}, "complete": False}))
    for name in (
        ".summary.parquet.partial", "parts/.part-00000-0000000.parquet.partial",
        "parts/part-00009-0000000.parquet", "parts/.session-0123abcd",
        "parts/.session-0123abcd-4567cdef-part-00000-0000000.parquet",
        "parts/..session-0123abcd-4567cdef-part-00000-0000000.parquet.partial",
        "figures/surplus.svg", "report.html", "failed/point-00001.json",
    ):  # fmt: skip
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).touch()
    assert foreign_entries(out) == []
    assert run(out, force=True).complete and unlike(out, whole) == []


@pytest.mark.deep
def test_parts_and_figures_of_somebody_else_stay_and_are_never_called_ours(
    tiny: object, out: Path
) -> None:
    """Neither resuming a study nor drawing its report removes them, or lists them as results."""
    from tiny_study import ask

    run_and_store_study(Request("sweep", "one_tie", out=out), ask())
    mine = [out / name for name in ("parts/mine.parquet", "figures/mine.svg", "notes.txt")]
    for path in mine:
        path.write_text("mine")
    (out / "parts" / "part-00000-0000000.parquet").unlink()
    assert run_and_store_study(Request("sweep", "one_tie", out=out), ask()).complete
    rewrite_report(out)
    assert all(path.read_text() == "mine" for path in mine)
    listed = json.loads((out / "manifest.json").read_text())["files"]
    assert not {"parts/mine.parquet", "figures/mine.svg", "notes.txt"} & set(listed)
    assert len(run_study(ask(), out=out).worlds())
    with pytest.raises(SimError, match=r"figures/mine\.svg"):
        run_study(ask(), out=out, force=True)


@pytest.mark.deep
def test_a_report_drawn_again_removes_no_picture_of_somebody_else(here: Path) -> None:
    assert sim(*COMMANDS["compare"], "--out", "o").exit_code == 0
    (here / "o" / "figures" / "mine.svg").write_text("mine")
    assert sim("report", "o").exit_code == 0
    assert (here / "o" / "figures" / "mine.svg").read_text() == "mine"
    refused(sim(*COMMANDS["compare"], "--out", "o", "--force"), "o/figures/mine.svg")


# --- links ------------------------------------------------------------------------------------


def link_to(path: Path, target: Path) -> None:
    """Replace the file or folder at a path by a link."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.symlink_to(target)


LINKS = (
    "parts",
    "failed",
    "figures",
    "receipts.jsonl",
    "summary.parquet",
    "report.html",
    "study.toml",
)


@pytest.mark.parametrize("name", one_in(3, LINKS))
def test_nothing_is_written_or_removed_through_a_link_in_a_study(
    tiny: object, whole: Path, tmp_path: Path, name: str
) -> None:
    out, treasure = tmp_path / "o", tmp_path / "treasure"
    shutil.copytree(whole, out)
    if "." in name:
        treasure.write_text("gold")
    else:
        treasure.mkdir()
        (treasure / "part-00000-0000000.parquet").write_text("gold")
    link_to(out / name, treasure)
    before = contents(tmp_path)
    for touch in (lambda: run(out), lambda: run(out, force=True), lambda: rewrite_report(out)):
        with pytest.raises(SimError, match=f"o/{re.escape(name)}: ") as caught:
            touch()
        assert "\n" not in str(caught.value)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("kind", ["run", "sweep"])
def test_a_folder_that_is_a_link_is_left_alone(here: Path, kind: str) -> None:
    assert sim(*COMMANDS[kind], "--out", "real").exit_code == 0
    (here / "o").symlink_to("real")
    before = contents(here)
    for force in ((), ("--force",)):
        refused(sim(*COMMANDS[kind], "--out", "o", *force), "o: ")
    refused(sim("report", "o"), "o: is a symbolic link")
    (here / "gone").symlink_to("nowhere")
    refused(sim(*COMMANDS[kind], "--out", "gone", "--force"), "gone: is a symbolic link")
    assert contents(here) == before and (here / "o").is_symlink()


@pytest.mark.parametrize("what", ["lock", "partial", "old"])
@pytest.mark.parametrize("kind", only(["run"], ["run", "sweep"]))
def test_hidden_names_that_are_links_are_not_followed(here: Path, kind: str, what: str) -> None:
    treasure = here / "treasure"
    if what == "lock":
        treasure.write_text("gold")
    else:
        treasure.mkdir()
        (treasure / "gold").touch()
    assert sim(*COMMANDS[kind], "--out", "o").exit_code == 0
    folders.hidden_sibling(here / "o", what).symlink_to(treasure)
    before = contents(here)
    result = sim(*COMMANDS[kind], "--out", "o", "--force")
    if (kind, what) != ("sweep", "old"):
        refused(result, f".o.{what}")
        assert contents(here) == before
    assert (
        names(here / "treasure") == ["gold"] if what != "lock" else treasure.read_text() == "gold"
    )


@pytest.mark.parametrize("what", ["partial", "old"])
def test_hidden_folders_of_somebody_else_stay(here: Path, what: str) -> None:
    assert sim(*RUN, "--out", "o").exit_code == 0
    mine = folders.hidden_sibling(here / "o", what)
    mine.mkdir()
    (mine / "mine").touch()
    refused(sim(*RUN, "--out", "o", "--force"), f".o.{what}/mine")
    assert (mine / "mine").exists()


def test_a_file_is_not_written_through_what_a_kill_left(tmp_path: Path) -> None:
    from sim.study.results.durable_files import write_text

    (tmp_path / "gold").write_text("gold")
    (tmp_path / ".report.html.partial").symlink_to("gold")
    (tmp_path / "report.html").symlink_to("gold")
    write_text(tmp_path / "report.html", "ours")
    assert (tmp_path / "gold").read_text() == "gold"
    assert names(tmp_path) == ["gold", "report.html"]
    assert not (tmp_path / "report.html").is_symlink()


def test_pipes_in_a_result_are_named(here: Path) -> None:
    assert sim(*SWEEP, "--out", "o").exit_code == 0
    os.mkfifo(here / "o" / "parts" / "part-00007-0000000.parquet")
    refused(
        sim(*SWEEP, "--out", "o"), "o/parts/part-00007-0000000.parquet: is not an ordinary file"
    )
    refused(sim(*SWEEP, "--out", "o", "--force"), "o/parts/part-00007-0000000.parquet")


def test_the_mark_is_what_manifests_carry(whole: Path) -> None:
    record = json.loads((whole / "manifest.json").read_text())
    assert tool_mark().items() <= record.items()
    control: Callable[[Path], list[str]] = foreign_entries
    assert control(whole) == []


def test_a_finished_study_holds_what_it_lists_and_nothing_with_names_like_ours(here: Path) -> None:
    """Names that a study writes are no leave to remove a file it did not write."""
    assert sim(*SWEEP, "--out", "o").exit_code == 0
    for name in ("question.md", "scenario.toml", "aligned.parquet", "failed/point-77.json",
                 "parts/part-1-1.parquet"):  # fmt: skip
        mine = here / "o" / name
        mine.parent.mkdir(exist_ok=True)
        mine.write_text("mine")
        refused(sim(*RUN, "--out", "o", "--force"), f"o/{name}: ")
        assert mine.read_text() == "mine"
        mine.unlink()


def test_a_manifest_that_lists_a_stranger_s_file_does_not_make_it_ours(here: Path) -> None:
    assert sim(*RUN, "--out", "o").exit_code == 0
    record = json.loads((here / "o" / "manifest.json").read_text())
    record["files"]["thesis.doc"] = {"sha256": "x", "bytes": 4}
    (here / "o" / "manifest.json").write_text(json.dumps(record))
    (here / "o" / "thesis.doc").write_text("mine")
    refused(sim(*RUN, "--out", "o", "--force"), "o/thesis.doc: ")
    assert (here / "o" / "thesis.doc").read_text() == "mine"


def test_a_picture_at_the_place_of_unfinished_results_stays(here: Path) -> None:
    (here / ".o.partial").mkdir()
    (here / ".o.partial" / "holiday.png").write_text("mine")
    refused(sim(*RUN, "--out", "o"), ".o.partial/holiday.png: ")
    assert (here / ".o.partial" / "holiday.png").read_text() == "mine"


# --- files of a result that somebody changed ------------------------------------------------------


@pytest.mark.deep
@pytest.mark.parametrize("kind", only(["run", "sweep"], COMMANDS))
def test_a_file_of_a_result_that_was_changed_by_hand_stays(here: Path, kind: str) -> None:
    words = (*COMMANDS[kind], "--out", "o")
    assert sim(*words).exit_code == 0
    listed = json.loads((here / "o" / "manifest.json").read_text())["files"]
    for name in listed:
        path = here / "o" / name
        made = path.read_bytes()
        for mine in (made + b"my note", made[:-1] + bytes([made[-1] ^ 1])):
            path.write_bytes(mine)
            refused(
                sim(*words, "--force"),
                f"o/{name}: has changed since it was written",
                "keep it elsewhere",
            )
            refused(sim(*RUN, "--out", "o"), "o: already exists; choose another --out")
            assert path.read_bytes() == mine and names(here) == ["o"]
        path.write_bytes(made)
    (here / "o" / next(iter(listed))).unlink()
    assert sim(*words, "--force").exit_code == 0, "what is gone cannot be lost"


def test_a_resumed_study_may_be_newer_than_its_list(here: Path) -> None:
    """A kill leaves the list of an earlier session: what runs add to is no edit, the page is one."""
    assert sim(*SWEEP, "--out", "o").exit_code == 0
    path = here / "o" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "complete": False}))
    for name in ("receipts.jsonl", "summary.parquet", "parts/part-00000-0000000.parquet"):
        with (here / "o" / name).open("ab") as file:
            file.write(b"\n")
    kept = (here / "o" / "study.toml").read_text()
    (here / "o" / "study.toml").write_text("# mine\n" + kept)
    refused(sim(*SWEEP, "--out", "o", "--force"), "o/study.toml: has changed since it was written")
    (here / "o" / "study.toml").write_text(kept)
    assert sim(*SWEEP, "--out", "o", "--force").exit_code == 0


OTHERS = {
    "tournament": ("tournament", "office_supplies", "--strategies", "boulware,linear"),
    "validate": ("validate", "--only", "T16"),
    "experiment": ("experiment", "mediation_premium"),
}


@pytest.mark.parametrize("kind", [*COMMANDS, *OTHERS])
def test_force_is_not_named_for_a_folder_of_somebody_else(here: Path, kind: str) -> None:
    (here / "o").mkdir()
    (here / "o" / "mine").touch()
    for force in ((), ("--force",)):
        told = sim(*{**COMMANDS, **OTHERS}[kind], "--out", "o", *force)
        line = [one for one in told.stderr.splitlines() if "o: " in one]
        assert told.exit_code == 2 and len(line) == 1 and "--force" not in line[0], told.stderr
        assert names(here / "o") == ["mine"]


@pytest.mark.parametrize("kind", only(["run", "sweep"], COMMANDS))
def test_force_is_named_only_if_it_helps(here: Path, kind: str) -> None:
    words = (*COMMANDS[kind], "--out", "o")
    (here / "o").mkdir()
    for spoil in (lambda: None, (here / "o" / "mine").touch, (here / "o" / "manifest.json").touch):
        spoil()
        told = sim(*words)
        assert told.exit_code == 2 and "--force" not in told.stderr and "o" in told.stderr
        assert sim(*words, "--force").exit_code == 2
    shutil.rmtree(here / "o")
    assert sim(*words).exit_code == 0
    goes_on = kind not in ("run", "compare")  # a study that is complete is found so, not refused
    other = RUN if goes_on else words
    assert "or replace it with --force" in sim(*other, "--out", "o").stderr
    if goes_on:
        assert "or start again with --force" in sim(*words, "--seed", "2").stderr
    (here / "o" / "mine").touch()
    for more in ((*other, "--out", "o"), (*words, "--seed", "2")):
        told = sim(*more)
        assert told.exit_code == 2 and "--force" not in told.stderr
