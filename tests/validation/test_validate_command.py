"""`sim validate` for its user: table, files, exit codes, one-line errors, the page."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from said import said

from sim.cli.app import main
from sim.errors import SimError
from sim.reference.validation_page import validation_page
from sim.validation import bench
from sim.validation.check import FAMILIES, THEORY_ALONE, CheckPoint, Effort

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "validation.md"


@pytest.fixture
def command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*words):
        return CliRunner().invoke(main, ["validate", *words])

    return call


def test_table_json_and_figures(command, tmp_path):
    done = command("--only", "T15,solutions,T28", "--out", "found", "--page", "page.md")
    assert done.exit_code == 0, done.output
    assert max(map(len, done.output.splitlines())) <= 101  # one letter may carry a combining mark
    for words in ("[Rubinstein 1982]", "0.526316", "refused", "5 of 5 pass", "tolerance"):
        assert words in done.output
    data = json.loads((tmp_path / "found/validation.json").read_text())
    assert data["passed"] is True and [c["id"] for c in data["checks"]] == [
        "T14", "T15", "T16", "T17", "T28",
    ]  # fmt: skip
    for family in ("solutions", "relations"):
        assert (tmp_path / f"found/{family}.png").read_bytes().startswith(b"\x89PNG")
    assert "| T28 |" in (tmp_path / "page.md").read_text()


def test_results_have_a_place_of_their_own(command, tmp_path):
    assert command("--only", "T16").exit_code == 0
    (folder,) = (tmp_path / "results/validation").iterdir()
    assert {f.name for f in folder.iterdir()} == {
        "validation.json",
        "manifest.json",
        "solutions.png",
    }


def test_an_earlier_result_is_replaced_only_with_force(command):
    assert command("--only", "T16", "--out", "x").exit_code == 0
    again = command("--only", "T16", "--out", "x")
    assert again.exit_code == 2 and "--force" in again.output
    assert command("--only", "T16", "--out", "x", "--force").exit_code == 0


@pytest.mark.parametrize(
    ("name", "hint"),
    [("T51", ""), ("trsut", "did you mean 'trust'?"), ("T43", "did you mean 'T42'?")],
)
def test_an_unknown_check_is_one_line(command, tmp_path, name, hint):
    done = command("--only", name)
    assert done.exit_code == 2
    (line,) = said(done.output).strip().splitlines()
    assert line.startswith(f"sim validate: --only = '{name}': want T01 to T42") and hint in line
    assert not (tmp_path / "results").exists()


def wrong(check, measure=None, refute=None):
    fields = dict(vars(check))
    fields |= {"measure": measure} if measure else {}
    fields |= {"refute": refute} if refute else {}
    return type(check)(**fields)


def test_a_wrong_number_is_reported_and_ends_in_1(command, monkeypatch):
    check = bench.find_checks(("T15",))[0]
    planted = wrong(check, measure=lambda effort: [CheckPoint("planted", 1.0, 2.0, 0.1)])
    monkeypatch.setattr(bench, "CHECKS", (planted,))
    done = command()
    assert done.exit_code == 1
    assert "T15 fails: planted = 2, want 1, tolerance 0.1" in done.output
    assert "1 of 1 does not pass" in done.output


def test_a_control_that_passes_ends_in_1(command, monkeypatch):
    check = bench.find_checks(("T15",))[0]
    planted = wrong(check, refute=lambda effort: [CheckPoint("planted", 1.0, 1.0, 0.1)])
    monkeypatch.setattr(bench, "CHECKS", (planted,))
    done = command()
    assert done.exit_code == 1
    assert "T15 control is not refused: planted = 1" in done.output
    assert "PASSES" in done.output


@pytest.mark.parametrize("error", [KeyboardInterrupt, SimError("no")])
@pytest.mark.parametrize("place", [(), ("--out", "a/b/found")])
def test_a_bench_that_is_cut_short_leaves_nothing(command, tmp_path, monkeypatch, error, place):
    def cut(*_):
        raise error

    monkeypatch.setattr("sim.validation.bench.run_checks", cut)
    done = command("--only", "T16", *place)
    assert done.exit_code == (130 if error is KeyboardInterrupt else 2)
    assert list(tmp_path.iterdir()) == []


def rows(text):
    return {
        line.split(" | ")[0].strip("| "): line
        for line in text.splitlines()
        if line.startswith("| T")
    }


def test_the_page_holds_every_check_as_it_is_now():
    """Written by `make validation`; lines that do not depend on luck must equal the bench's of today."""
    text = PAGE.read_text(encoding="utf-8")
    found = rows(text)
    assert sorted(found) == [check.id for check in bench.CHECKS]
    for check in bench.CHECKS:
        assert f"| {check.claim}: {check.expected} |" in found[check.id]
        assert f"{check.id} {check.source}" in text and f"{check.id} {check.control}" in text
        assert found[check.id].endswith(f"| refused | {check.runs} |")
        held = re.search(r"\| (\d+) of (\d+) \|", found[check.id])
        assert held and held[1] == held[2]
    assert "42 of 42 pass" in text
    alone = {check.id for check in bench.CHECKS if check.runs == "theory"}
    families = {check.family for check in bench.CHECKS if check.id not in alone}
    assert all(f"## {FAMILIES[family]}" in text for family in families)
    touched, last = text.split(f"## {THEORY_ALONE}")
    assert alone and set(rows(last)) == alone and not alone & set(rows(touched))


def test_numbers_of_the_page_are_found_again():
    """Exact checks give the numbers on the page."""
    found = rows(PAGE.read_text(encoding="utf-8"))
    again = bench.run_checks(bench.find_checks(("T15", "T18", "T28")), Effort())
    fresh = rows(validation_page(again, Effort()))
    assert {name: found[name] for name in fresh} == fresh


def test_the_page_would_show_a_failure():
    check = bench.find_checks(("T15",))[0]
    planted = wrong(check, measure=lambda effort: [CheckPoint("planted", 1.0, 2.0, 0.1)])
    assert "| **0 of 1** | refused |" in validation_page(
        [bench.run_check(planted, Effort())], Effort()
    )
    passing = wrong(check, refute=lambda effort: [CheckPoint("planted", 1.0, 1.0, 0.1)])
    assert "| **passes** |" in validation_page([bench.run_check(passing, Effort())], Effort())
