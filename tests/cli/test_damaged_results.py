"""Results that were damaged, and words nobody can mean: one line, exit code 2, no traceback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from command import interpret, leave_empty
from counts import one_in, only

from sim.cli.app import main

Sim = Callable[..., Result]
TINY = ("--set", "run.months=2", "--set", "run.worlds=2", "--set", "negotiation.deadline=3")
DEEP = 5_000


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with a comparison and a sweep."""
    place = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patched:
        interpret(patched)
        leave_empty(patched)
        for words in (
            ("run", "one_tie", *TINY, "--figures", "--out", str(place / "run")),
            ("sweep", "one_tie", *TINY, "--vary", "problems.rate=0.1,0.2", "--regimes",
             "adversarial,mediated", "--outcomes", "surplus", "--out", str(place / "sweep")),
        ):  # fmt: skip
            assert CliRunner().invoke(main, words).exit_code == 0
    yield place


@pytest.fixture
def mine(whole: Path, here: Path) -> Path:
    shutil.copytree(whole, here, dirs_exist_ok=True)
    return here


def refused(found: Result) -> str:
    """Return the line with which a command line was refused."""
    assert found.exit_code == 2, found.output
    assert "Traceback" not in found.stderr
    lines = [line for line in found.stderr.splitlines() if "worlds" not in line or ": " in line]
    assert len(lines[-1]) < 1_500
    return lines[-1]


def edited(file: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    record = json.loads(file.read_text())
    change(record)
    file.write_text(json.dumps(record))


MANIFESTS: dict[str, Callable[[Path], Any]] = {
    "deep": lambda f: f.write_text('{"schema":' + '{"a":' * DEEP + "1" + "}" * (DEEP + 1)),
    "nan": lambda f: f.write_text(f.read_text().replace('"seed": 1', '"seed": NaN', 1)),
    "no digests": lambda f: edited(f, lambda r: r.update(files={"summary.parquet": {}})),
    "no files": lambda f: edited(f, lambda r: r.pop("files")),
    "files of a list": lambda f: edited(f, lambda r: r.update(files=[1])),
    "no tables": lambda f: edited(f, lambda r: r.pop("tables")),
    "no worlds": lambda f: edited(f, lambda r: r.update(worlds={})),
    "a list": lambda f: f.write_text("[]"),
    "scenario of text": lambda f: edited(f, lambda r: r.update(scenario="x")),
}


@pytest.mark.parametrize("kind", one_in(2, MANIFESTS))
@pytest.mark.parametrize("result", ["run", "sweep"])
def test_damaged_manifests(sim: Sim, mine: Path, result: str, kind: str) -> None:
    MANIFESTS[kind](mine / result / "manifest.json")
    for words in (("rerun", result), ("report", result), ("status", result)):
        assert "manifest" in refused(sim(*words))
    query = sim("query", result, "select 1")
    assert query.exit_code in (0, 2) and "Traceback" not in query.stderr


PLACES = [
    ("tool", [], "want an object"),
    ("tool", {"name": 3}, "tool.name = 3: want a text"),
    ("kind", 3, "want a text"),
    ("command", "sim run", "want a list of texts"),
    ("command", ["sim", 3], "want a list of texts"),
    ("start", 3, "want a text"),
    ("end", [], "want a text or null"),
    ("complete", "yes", "want true or false"),
    ("scenario_name", None, "want a text"),
    ("scenario", [], "want an object"),
    ("source_digest", 1, "want a text"),
    ("strategies", [], "want an object of texts"),
    ("overrides", [], "want an object"),
    ("regimes", {"a": 1}, "want a list of texts"),
    ("seed", True, "want a whole number from 0"),
    ("worlds", 3, "want an object"),
    ("worlds", {"asked": 2, "done": "2"}, 'worlds.done = "2": want a whole number'),
    ("tables", "periods", "want a list of texts"),
    ("threads", "two", "want a whole number"),
    ("design", [], "want an object"),
    ("versions", {"numpy": 2}, "want an object of texts"),
    ("machine", "mine", "want an object"),
    ("files", {"a": {"sha256": 3}}, "files.a.sha256 = 3: want a text"),
    ("files", {"a": 3}, "files.a = 3: want an object"),
    ("schema", "1", "want 1"),
]
OF_STUDIES = [
    ("analysis", 3, "want a text"),
    ("sessions", [3], "want a list of objects"),
    ("points", [], "want an object"),
    ("points", {"failed": []}, "points.failed = []: want an object of texts"),
]


@pytest.mark.parametrize(("key", "value", "want"), one_in(3, [*PLACES, *OF_STUDIES]))
def test_a_place_of_a_manifest_that_holds_another_kind(
    sim: Sim, mine: Path, key: str, value: Any, want: str
) -> None:
    results = ["sweep"] if (key, value, want) in OF_STUDIES else ["run", "sweep"]
    for result in results:
        edited(mine / result / "manifest.json", lambda r: r.update({key: value}))
        for words in (("rerun",), ("report",), ("status",), ("sweep",), ("plan",)):
            found = sim(*words, result)
            line = refused(found)
            assert line.startswith(f"{result}/manifest.json: {key}") and want in line
            assert found.stderr == f"{line}\n" and found.stdout == ""


def test_what_is_missing_in_a_manifest_has_its_line(sim: Sim, mine: Path) -> None:
    edited(mine / "run" / "manifest.json", lambda r: r.update(seeds=r.pop("seed"), worlds={}))
    assert sim("rerun", "run").stderr.splitlines() == [
        "run/manifest.json: seed: missing; want a whole number from 0; 'seeds' is no key of a manifest",
        "run/manifest.json: worlds.asked: missing; want a whole number from 0",
        "run/manifest.json: worlds.done: missing; want a whole number from 0",
    ]


def cut_column(path: Path) -> None:
    frame = pd.read_parquet(path)
    frame.drop(columns=frame.columns[-1]).to_parquet(path)


TABLES: dict[str, Callable[[Path], Any]] = {
    "empty file": lambda f: f.write_bytes(b""),
    "cut short": lambda f: f.write_bytes(f.read_bytes()[: f.stat().st_size // 2]),
    "garbled": lambda f: f.write_bytes(b"PAR1" + b"\x00" * 90 + b"PAR1"),
    "no column": cut_column,
}


@pytest.mark.parametrize("kind", only(["garbled", "no column"], TABLES))
def test_damaged_tables(sim: Sim, mine: Path, kind: str) -> None:
    for table in ("run/periods.parquet", "sweep/summary.parquet", "sweep/points.parquet"):
        TABLES[kind](mine / table)
    found = sim("report", "run")
    assert "periods" in refused(found) or "damaged" in refused(found)
    for words in (("report", "sweep"), ("rerun", "run"), ("rerun", "sweep"), ("status", "sweep")):
        found = sim(*words)
        assert found.exit_code in (0, 1, 2) and "Traceback" not in found.stderr, words
    for table in ("periods", "ties"):
        found = sim("query", "run", f"select * from {table} limit 1")
        assert found.exit_code in (0, 2)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("run/periods.parquet", "surplus"),
        ("run/periods.parquet", "regime"),
        ("run/ties.parquet", "tie"),
        ("sweep/points.parquet", "status"),
        ("sweep/points.parquet", "problems.rate"),
        ("sweep/summary.parquet", "mean"),
        ("sweep/summary.parquet", "point"),
    ],
)
def test_a_report_says_which_table_lacks_which_column(
    sim: Sim, mine: Path, table: str, column: str
) -> None:
    frame = pd.read_parquet(mine / table)
    frame.drop(columns=column).to_parquet(mine / table)
    before = sorted(mine.rglob("*"))
    line = refused(sim("report", table.partition("/")[0]))
    assert line == (f"{table}: lacks the column {column}: damaged, or written by another version")
    assert sorted(mine.rglob("*")) == before


def test_a_report_of_a_failure_that_is_a_list(sim: Sim, mine: Path) -> None:
    (mine / "sweep" / "failed").mkdir(exist_ok=True)
    for nth, text in enumerate(("[1, 2]", "3", "[" * DEEP, "")):
        (mine / "sweep" / "failed" / f"point-0000{nth}.json").write_text(text)
    assert sim("status", "sweep").exit_code == 0


@pytest.mark.parametrize(
    "text",
    ['{"a":' * DEEP + "1" + "}" * DEEP, "[]", '{"rows": 3}', '{"rows": [1]}', '{"rows": {"a": 1}}',
     '{"rows": [{"row": [1]}]}'],
    ids=["deep", "list", "number", "numbers", "table", "unnamed"],
)  # fmt: skip
def test_damaged_expectations(sim: Sim, here: Path, text: str) -> None:
    (here / "why").mkdir()
    (here / "why" / "question.md").write_text("# Why\n")
    (here / "why" / "expected.json").write_text(text)
    (here / "why" / "study.toml").write_text(
        'scenario = "one_tie"\nworlds = 2\nregimes = ["adversarial", "mediated"]\n'
        'contrast = ["mediated", "adversarial"]\noutcome = "surplus"\n[[rows]]\nname = "a"\n'
    )
    assert "why/expected.json: cannot be read" in refused(sim("experiment", "why", "--check"))


@pytest.mark.deep
@pytest.mark.parametrize(
    "text", ["0:1:" + "9" * 5_000, "0:" + "9" * 5_000 + ":3", "0:1e400:3", "0:1e99999999:3",
             "0:1e-99999999:3", "-inf:inf:3", "nan,1", "1e400,1", "9" * 5_000 + ",1"],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_numbers_out_of_every_range(sim: Sim, here: Path, text: str) -> None:
    assert "problems.rate" in refused(sim("sweep", "one_tie", "--vary", f"problems.rate={text}"))
    assert "problems.rate" in refused(
        sim("sensitivity", "one_tie", "--factors", f"problems.rate={text[:-2]}")
    ) or text.endswith("1")


@pytest.mark.parametrize("value", ["nan", "-inf", "1e400", "9" * 4_200, "9" * 5_000])
def test_numbers_out_of_every_range_in_files(sim: Sim, here: Path, value: str) -> None:
    head = 'scenario = "one_tie"\n'
    for text in (
        f"{head}worlds = {value}\n[[rows]]\nname = 'a'\n",
        f"{head}[[factors]]\nkey = 'problems.rate'\nvalues = [0.1, {value}]\n",
        f"{head}[[factors]]\nkey = 'problems.rate'\nlow = 0\nhigh = {value}\nnumber = 3\n",
        f"{head}design = 'sobol'\n[[factors]]\nkey = 'problems.rate'\nlow = 0\nhigh = {value}\n",
        f"{head}[stop]\noutcome = 'surplus'\nwidth = -{value.lstrip('-')}\n[[rows]]\nname = 'a'\n",
    ):
        (here / "s.toml").write_text(text)
        assert "s.toml" in refused(sim("plan", "s.toml"))
    (here / "z.toml").write_text(f'extends = "one_tie"\n[run]\nmonths = {value}\n')
    assert "z.toml" in refused(sim("compare", "z.toml"))


def test_places_that_are_no_place_for_a_result(sim: Sim, here: Path) -> None:
    for out in ("/", "//", "a\0b", "x" * 300):
        for words in (
            ("compare", "one_tie", *TINY),
            ("sweep", "one_tie", *TINY, "--vary", "run.seed=1,2"),
        ):
            refused(sim(*words, "--out", out))
        refused(sim("schema", "--out", out))
    assert "cannot be a result" in refused(sim("compare", "one_tie", *TINY, "--out", "/"))
    for command in ("report", "status", "rerun", "sweep", "plan", "explain"):
        for path in ("x" * 300, "a\0b", "/"):
            refused(sim(command, path))


@pytest.mark.deep
@pytest.mark.parametrize("text", ["of = " + "[" * DEEP + "]" * DEEP, "a." * DEEP + "b = 1"])
def test_study_files_nested_thousands_deep(sim: Sim, here: Path, text: str) -> None:
    (here / "deep.toml").write_text(f'scenario = "one_tie"\n{text}\n')
    for command in ("sweep", "plan", "compare"):
        refused(sim(command, "deep.toml"))


def test_endless_words_are_not_said_back(sim: Sim, here: Path) -> None:
    long = "y" * 50_000
    for words in (
        ("compare", long), (long,), ("compare", "one_tie", f"--{long}"), ("negotiate", long),
        ("compare", "one_tie", "--set", f"{long}=1"), ("compare", "one_tie", "--set", f"run.months={long}"),
        ("compare", "one_tie", "--set", "run." + "y " * 25_000 + "=1"), ("compare", "one_tie", "--regimes", long),
        ("compare", "one_tie", "--worlds", long), ("sweep", "one_tie", "--outcomes", long),
        ("sweep", "one_tie", "--vary", f"{long}=1,2"), ("experiment", long), ("strategies", "check", long),
        ("negotiate", "office_supplies", "--buyer", f"boulware:e={'9' * 50_000}"), ("attribute", "one_tie", "--of", long),
    ):  # fmt: skip
        refused(sim(*words))
    (here / "z.toml").write_text(f'extends = "one_tie"\n"{long}" = 1\ntitle = 3\n"{long} " = 1\n')
    assert len(sim("compare", "z.toml").stderr) < 3_000
