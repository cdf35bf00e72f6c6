"""The recipes of the manual that read a result elsewhere, run as they stand, and SQL for real."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from counts import one_in
from tiny_market import names
from tiny_study import worlds

from sim.cli.app import main
from sim.errors import SimError
from sim.study.results.query import query, views
from sim.study.results.store import read_table

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "studies.md"
MINE = "results/mine"
BLOCK = re.compile(r"^```(\w+)\n# (\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def recipes() -> dict[str, str]:
    """Return the recipes of the manual by what they read with."""
    return {name: code for _, name, code in BLOCK.findall(MANUAL.read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def home(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which `results/mine` is the tiny study, as the manual calls it."""
    place = tmp_path_factory.mktemp("home")
    (place / "results").mkdir()
    (place / MINE).symlink_to(whole)
    return place


def test_the_manual_has_a_recipe_for_each() -> None:
    assert set(recipes()) == {"pandas", "polars", "R"}
    for name, code in recipes().items():
        lines = [line for line in code.splitlines() if line.strip()]
        assert len(lines) == 2, f"{name}: a recipe of two lines"


def follow_recipe(name: str, home: Path) -> pd.DataFrame:
    """Run a recipe in a separate process, and return the table it leaves in `worlds`."""
    save = "worlds.to_pandas() if hasattr(worlds, 'to_pandas') else worlds"
    code = f"{recipes()[name]}\n({save}).to_pickle('worlds.pickle')"
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=home, check=True)
    return pd.read_pickle(home / "worlds.pickle")


@pytest.mark.deep
@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_a_recipe_reads_every_world(name: str, home: Path, whole: Path) -> None:
    found, expected = follow_recipe(name, home), worlds(whole)
    assert list(found.columns) == list(expected.columns)
    order = ["point", "regime", "world"]
    found["regime"] = found["regime"].astype(str)
    found = found.sort_values(order).reset_index(drop=True)
    for column in expected:
        if expected[column].dtype.kind in "if":
            assert np.array_equal(found[column], expected[column], equal_nan=True), column
        else:
            assert found[column].astype(str).tolist() == expected[column].astype(str).tolist()


def test_the_recipe_for_r_names_what_is_there(home: Path) -> None:
    """R is not run here: its path must be there and hold Parquet, its words be those of arrow."""
    code = recipes()["R"]
    (path,) = re.findall(r'"([^"]+)"', code)
    assert list((home / path).glob("*.parquet"))
    assert "library(arrow)" in code and "open_dataset(" in code and "collect()" in code


def test_sql_sees_every_table_and_every_world(whole: Path) -> None:
    assert set(views(whole)) == {"points", "summary", "worlds"}
    found = query(whole, "select count(*) as n, avg(surplus) as mean from worlds")
    expected = worlds(whole)
    assert found["n"].item() == len(expected)
    assert found["mean"].item() == pytest.approx(expected["surplus"].mean(), rel=1e-12)
    told = query(whole, "select * from summary order by all")
    assert len(told) == len(read_table(whole / "summary.parquet"))
    keyed = query(whole, 'select "mediator.competence" as c from points order by c')
    assert keyed["c"].tolist() == [0.0, 0.5, 1.0]


def test_sql_joins_worlds_of_two_regimes(whole: Path) -> None:
    """A paired difference in SQL equals the one in the summary."""
    sql = (
        "select a.point, avg(b.surplus - a.surplus) as mean from worlds a join worlds b "
        "using (point, world) where a.regime = 'adversarial' and b.regime = 'mediated' "
        "group by a.point order by a.point"
    )
    table = read_table(whole / "summary.parquet")
    lines = table[(table["measure"] == "surplus") & (table["kind"] == "difference")]
    assert query(whole, sql)["mean"].to_numpy() == pytest.approx(lines["mean"].to_numpy())


def test_the_manuals_question_prints_a_table(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = re.findall(r"^sim query .*$", MANUAL.read_text(encoding="utf-8"), re.MULTILINE)
    sql = re.findall(r'"([^"]+)"', line)[0]
    monkeypatch.chdir(home)
    with pytest.raises(SystemExit) as ended:
        main(["query", MINE, sql])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "adversarial" in said and "mediated" in said and "avg(surplus)" in said


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select * from summry", "did you mean 'summary'?"),
        ("selct 1", "syntax error"),
        ("select nothing_such from worlds", "nothing_such"),
    ],
)
def test_wrong_sql_is_one_line(whole: Path, sql: str, said: str) -> None:
    with pytest.raises(SimError) as caught:
        query(whole, sql)
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert str(whole) in str(caught.value)


def test_sql_changes_no_file(whole: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*")}
    with pytest.raises(SimError):
        query(whole, "delete from worlds")
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*")} == before


def test_a_folder_without_a_result_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SimError, match="holds no result"):
        query(tmp_path, "select 1")


def test_without_duckdb_it_says_what_to_install(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(SimError, match=r"DuckDB is not installed; want .*\[query\]"):
        query(whole, "select 1")


# --- nothing but these tables -----------------------------------------------------------------


def test_a_path_is_no_pattern(whole: Path, tmp_path: Path) -> None:
    """`run[1]` is a folder of that name, and not the one called `run1` beside it."""
    for name, taken in (("run[1]", "points"), ("run1", ""), ("run*", "points"), ("~", "points")):
        shutil.copytree(whole, tmp_path / name)
        if not taken:
            (tmp_path / name / "parts" / "part-00000-0000000.parquet").unlink()
            (tmp_path / name / "points.parquet").write_bytes(
                (whole / "summary.parquet").read_bytes()
            )
    for name in ("run[1]", "run*", "~"):
        found = query(tmp_path / name, "select * from points")
        assert found["point"].tolist() == read_table(whole / "points.parquet")["point"].tolist()
        assert query(tmp_path / name, "select count(*) as n from worlds")["n"].item() == len(
            worlds(whole)
        )


HARM = (
    "copy (select 1) to 'leak.csv'", "copy worlds to 'leak.parquet' (format parquet)",
    "explain analyze copy (select 1) to 'leak.csv'", "select * from 'secret.csv'",
    "select * from read_csv('secret.csv')", "select * from read_text('secret.csv')",
    "select * from read_blob('secret.csv')", "select * from read_json('secret.csv')",
    "select * from read_parquet('points.parquet')", "select * from glob('*')",
    "select * from sniff_csv('secret.csv')", "select * from parquet_metadata('points.parquet')",
    "attach 'leak.db' as leak", "attach ':memory:' as more", "export database 'leak'",
    "import database 'leak'", "install httpfs", "load httpfs", "set enable_external_access = true",
    "set lock_configuration = false", "reset lock_configuration", "pragma database_list",
    "set temp_directory = '.'", "create table leak as select 1", "select 1; attach 'leak.db' as l",
    "select * from tables", "select * from frame", "drop view worlds", "checkpoint", "use memory",
    "select * from 'http://127.0.0.1:1/x.csv'", "select * from query('copy (select 1) to ''l''')",
)  # fmt: skip


@pytest.mark.parametrize("sql", one_in(3, HARM))
def test_a_question_reads_these_tables_and_nothing_else(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.csv").write_text("secret\nhidden-number\n")
    shutil.copy(whole / "points.parquet", tmp_path)
    with pytest.raises(SimError) as caught:
        query(whole, sql)
    assert "\n" not in str(caught.value) and "hidden-number" not in str(caught.value)
    assert names(tmp_path) == ["points.parquet", "secret.csv"]


@pytest.mark.parametrize(
    "sql",
    [
        "describe worlds", "summarize points", "show tables", "from points", "values (1)",
        "explain select * from points", "with a as (select 1) from a", "select 1; from points",
        "pivot worlds on regime using avg(surplus)",
    ],
)  # fmt: skip
def test_every_kind_of_question_is_one(whole: Path, sql: str) -> None:
    assert len(query(whole, sql))


@pytest.mark.parametrize("name", ["points.parquet", "parts/part-00001-0000000.parquet"])
@pytest.mark.parametrize("kind", ["empty", "cut", "other", "scrambled"])
def test_a_damaged_table_is_one_line(whole: Path, tmp_path: Path, name: str, kind: str) -> None:
    shutil.copytree(whole, tmp_path / "mine")
    path = tmp_path / "mine" / name
    data = path.read_bytes()
    spoilt = {
        "empty": b"", "cut": data[:-20], "other": b"not a table",
        "scrambled": data[:4] + bytes(len(data[4:-4000])) + data[-4000:],
    }  # fmt: skip
    path.write_bytes(spoilt[kind])
    table = "points" if name.startswith("points") else "worlds"
    with pytest.raises(SimError) as caught:
        query(tmp_path / "mine", f"select * from {table}")
    assert "\n" not in str(caught.value) and "mine" in str(caught.value)


def test_a_question_that_would_write_ends_with_2(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    before = names(home)
    with pytest.raises(SystemExit) as ended:
        main(["query", MINE, "copy (select 1) to 'leak.csv'"])
    assert ended.value.code == 2 and len(capsys.readouterr().err.splitlines()) == 1
    assert names(home) == before
