"""A manifest describes its result well enough to recompute it bit for bit."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sim.errors import SimError
from sim.measure.compare import compare
from sim.scenario.load import LoadedScenario
from sim.study.results.digest import digest_file
from sim.study.results.folder import Folder
from sim.study.results.manifest import ResolvedRequest, seal, start_manifest
from sim.study.results.save import run_one, write_tables
from sim.study.results.store import read_table, write_table
from sim.study.run.rerun import rerun

TABLES = ("periods", "ties", "events", "offers")


def save(asked: ResolvedRequest, out: Path) -> None:
    with Folder(out) as folder:
        if asked.kind == "run":
            result = run_one(asked)
        else:
            luck = (asked.loaded, asked.regimes, asked.worlds, asked.seed)
            result = compare(
                *luck, threads=asked.threads, tables=asked.tables, control=asked.control
            )
        write_tables(folder.path, result, asked.tables)
        seal(folder.path, start_manifest(asked), done=result.worlds, complete=folder.complete)


def asked(loaded: LoadedScenario, kind: str = "compare") -> ResolvedRequest:
    regimes = ("adversarial", "mediated", "planner") if kind == "compare" else ("mediated",)
    control = "machine" if kind == "compare" else ""
    return ResolvedRequest(kind, loaded, regimes, worlds=3, seed=7, tables=TABLES, control=control)


@pytest.mark.parametrize("kind", ["run", "compare"])
def test_a_result_is_recomputed_bit_for_bit(tiny: LoadedScenario, out: Path, kind: str) -> None:
    save(asked(tiny, kind), out)
    assert rerun(out / "manifest.json", threads=2) == (True, [], [], [])


def test_the_manifest_names_everything_a_number_depends_on(tiny: LoadedScenario, out: Path) -> None:
    save(asked(tiny), out)
    record = json.loads((out / "manifest.json").read_text())
    assert record["scenario_digest"] == tiny.digest
    assert record["scenario"]["run"]["months"] == 2
    assert len(record["source_digest"]) == 64
    assert record["worlds"] == {"asked": 3, "done": 3}
    assert record["regimes"] == ["adversarial", "mediated", "planner"]
    assert record["control"] == "machine"
    assert {
        "python",
        "numpy",
        "numba",
        "pandas",
        "pyarrow",
        "mesa",
        "pydantic",
        "matplotlib",
    } <= set(record["versions"])
    assert record["start"] <= record["end"]
    assert record["machine"]["cpus"] >= 1
    assert set(record["files"]) == {f"{t}.parquet" for t in (*TABLES, "ledger", "summary")}
    for name, about in record["files"].items():
        assert about["sha256"] == digest_file(out / name)
        assert about["rows"] == len(read_table(out / name))


def test_a_changed_value_is_found(tiny: LoadedScenario, out: Path) -> None:
    from sim.records import TIES

    save(asked(tiny), out)
    frame = read_table(out / "ties.parquet")
    frame.loc[2, "surplus"] += 1e-9
    write_table(out / "ties.parquet", frame, TIES)
    found = rerun(out)
    assert not found.identical
    assert len(found.differences) == 1
    assert found.differences[0].startswith(
        "ties.parquet: column surplus: 1 of 12 values differ, most at regime adversarial, world 2, "
        f"need 0, tie 0: {float(frame.loc[2, 'surplus'])!r} stored, "
    )
    assert found.differences[0].endswith(" relative")
    assert found.notes[0].startswith("ties.parquet: the file is not byte for byte")


def test_a_summary_may_differ_by_rounding_and_that_is_said(tiny: LoadedScenario, out: Path) -> None:
    from sim.study.results.computed_columns import SUMMARY

    save(asked(tiny), out)
    path = out / "summary.parquet"
    frame = read_table(path)
    frame.loc[0, "mean"] *= 1.0 + 1e-12
    write_table(path, frame, SUMMARY)
    found = rerun(out)
    assert found.identical and found.differences == []
    assert found.rounded == ["summary.parquet: equal within 1e-9 relative, not to the bit"]
    assert len(found.notes) == 1
    frame.loc[0, "mean"] *= 1.0 + 1e-6
    write_table(path, frame, SUMMARY)
    found = rerun(out)
    assert not found.identical and found.rounded == []
    first = frame.loc[0]
    assert found.differences[0].startswith(
        f"summary.parquet: column mean: 1 of {len(frame)} values differ, "
        f"most at name {first['name']}, measure {first['measure']}, kind regime: "
    )


def test_a_missing_table_and_a_changed_program_are_reported(
    tiny: LoadedScenario, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(asked(tiny), out)
    (out / "ledger.parquet").unlink()
    monkeypatch.setattr("sim.jit.source_digest", lambda: "f" * 64)
    found = rerun(out)
    assert found.differences == ["ledger.parquet: missing"]
    assert found.notes[0].startswith("the program has changed since: source digest ")


def test_other_libraries_and_a_short_result_are_reported(tiny: LoadedScenario, out: Path) -> None:
    save(asked(tiny), out)
    path = out / "manifest.json"
    record = json.loads(path.read_text())
    record["versions"]["numpy"] = "1.0"
    record |= {"complete": False, "worlds": {"asked": 9, "done": 3}}
    path.write_text(json.dumps(record))
    found = rerun(path)
    assert found.identical
    assert found.notes[0] == "the result was cut short: 3 of 9 worlds were compared"
    assert found.notes[1].startswith("numpy: 1.0 then, ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot read: no such file"),
        ("{", "not a manifest of this tool"),
        ("[]", "not a manifest of this tool"),
        ('{"schema": 99}', "manifest schema 99; this version reads 1"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_one_line(
    tmp_path: Path, text: str | None, said: str
) -> None:
    path = tmp_path / "manifest.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SimError, match=said) as caught:
        rerun(path)
    assert "\n" not in str(caught.value)


def test_a_result_without_a_machine_is_recomputed_without_one(
    tiny: LoadedScenario, out: Path
) -> None:
    """As those of versions that ran none; a table with one arm more would not be identical."""
    alone = replace(asked(tiny), control="")
    save(alone, out)
    assert "control" not in json.loads((out / "manifest.json").read_text())
    assert rerun(out / "manifest.json") == (True, [], [], [])
    record = json.loads((out / "manifest.json").read_text())
    (out / "manifest.json").write_text(json.dumps({**record, "control": "machine"}))
    assert not rerun(out / "manifest.json").identical
