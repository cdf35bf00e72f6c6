"""Results of any size: rows go to disk block by block, and nothing that is stored or said changes."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from counts import one_in, only

import sim as package
from sim import interrupt
from sim.engines import batch
from sim.errors import SimError
from sim.lab import comparisons
from sim.measure.blocks import MeasuredTables
from sim.measure.compare import Comparison
from sim.measure.view import View
from sim.records import TABLES
from sim.render.text.comparison_text import comparison_as_text
from sim.study.results import block_store, row_parts, save
from sim.study.results.manifest import read_manifest
from sim.study.results.save import read_result
from sim.study.results.store import read_all
from sim.study.run.rerun import rerun

Sim = Callable[..., Result]
WORLDS = 5
BARE = ["ledger.parquet", "manifest.json", "summary.parquet"]
SMALL = {
    "run.months": 3,
    "negotiation.deadline": 4,
    "recession.rate": 0.4,
    "market.vendors": 2,
    "market.candidates": 2,
}
SERIES = ("surplus", "first_best", "trust_buyer", "trust_vendor", "surplus_so_far")


@pytest.fixture(autouse=True)
def small(interpreted: None, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run interpreted, in an empty folder; leave the drawing to other tests."""
    monkeypatch.setattr(comparisons, "draw_figures", lambda *_: {})
    monkeypatch.setattr(comparisons, "write_report", lambda *_: None)


@pytest.fixture
def size(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what sets the sizes: bytes held in memory, worlds of a block, rows of a row group."""

    def choose(held: int, block: int = 2, group: int = 7) -> None:
        for module in (block_store, save):
            monkeypatch.setattr(module, "HELD_BYTES", held)
        for module in (row_parts, block_store):
            monkeypatch.setattr(module, "GROUP_ROWS", group)
        monkeypatch.setattr("sim.measure.compare.BLOCK", block)

    return choose


def compare(out: str, **asked: Any) -> Comparison:
    asked = {"worlds": WORLDS, "overrides": SMALL, "threads": 1, **asked}
    return package.compare("one_tie", ["adversarial", "mediated"], out=out, **asked)


def bits(columns: Any) -> dict[str, Any]:
    """Return the columns of a table in a form that tells any two bits apart."""
    return {n: v.tolist() if v.dtype == object else v.tobytes() for n, v in columns.items()}


def contents(folder: Path) -> dict[str, Any]:
    return {path.name: bits(read_all(path)) for path in sorted(folder.glob("*.parquet"))}


def told(found: Comparison) -> tuple[Any, ...]:
    """Return what a result says: its text, the table, and every curve that is drawn."""
    curves = [found.series(name, r).to_numpy().tobytes() for name in SERIES for r in found.outcomes]
    lives = [np.concatenate(found.survival(r)[1:5]).tobytes() for r in found.outcomes]
    return (
        comparison_as_text(found), found.table().to_csv(), curves, lives, found.ledger.to_csv(),
        *(frame.to_csv() for frame in found.per_world.values()), found.residual,
    )  # fmt: skip


def is_stored(found: Comparison) -> bool:
    return {isinstance(o, MeasuredTables) for o in found.outcomes.values()} == {True}


ALL = {"tables": tuple(TABLES), "align": "recession", "window": "-1:1"}


@pytest.mark.parametrize("asked", one_in(2, [{}, ALL]))
def test_blocks_of_any_size_on_disk_are_what_memory_holds(
    here: Path, size: Callable[..., None], asked: dict[str, Any]
) -> None:
    size(2**40)
    held = compare("held", **asked)
    assert not is_stored(held)
    expected = contents(here / "held"), told(held), repr(held.aligned)
    assert set(expected[0]) >= {"periods.parquet", "ties.parquet", "ledger.parquet"}
    files = set()
    for block, threads in ((1, 1), (2, 2), (64, 1)):
        size(0, block)
        found = compare(f"{block}", threads=threads, **asked)
        assert is_stored(found)
        assert (contents(here / f"{block}"), told(found), repr(found.aligned)) == expected
        assert found.periods.equals(held.periods) and found.ties.equals(held.ties)
        files.add(
            tuple(
                (here / f"{block}" / f"{n}.parquet").read_bytes()
                for n in TABLES
                if n in asked.get("tables", ("periods", "ties"))
            )
        )
    assert len(files) == 1, "the bytes of files depend on the size of blocks"


def test_one_regime_is_the_same_from_disk(here: Path, size: Callable[..., None]) -> None:
    asked = {"worlds": WORLDS, "overrides": SMALL}
    size(2**40)
    held = package.run("one_tie", out="held", **asked)
    size(0)
    found = package.run("one_tie", out="found", threads=2, **asked)
    assert is_stored(found) and told(found) == told(held)
    assert contents(here / "found") == contents(here / "held")


def test_a_wrong_row_would_be_seen(
    here: Path, size: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    size(0)
    right, honest = compare("right"), contents(here / "right")
    append = row_parts.RowPart.append

    def shifted(self: row_parts.RowPart, rows: np.ndarray) -> None:
        append(self, rows[::-1])

    monkeypatch.setattr(row_parts.RowPart, "append", shifted)
    wrong = compare("wrong")
    assert contents(here / "wrong") != honest
    assert told(wrong) != told(right)


def held_at_once(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list to which every block adds how many rows of earlier blocks exist, or copies of them."""
    seen: list[int] = []
    rows: list[weakref.ref[np.ndarray]] = []
    add = block_store.BlockStore.add

    def counted(self: block_store.BlockStore, worlds: int, block: Any) -> None:
        alive = sum(len(found) for ref in rows if (found := ref()) is not None)
        copied = sum(tables[0].between(0, -1).size for tables in self._held.values())
        seen.append(alive + copied)
        rows.extend(weakref.ref(o.periods) for o in block.values())
        add(self, worlds, block)

    monkeypatch.setattr(block_store.BlockStore, "add", counted)
    return seen


@pytest.mark.deep
def test_memory_holds_the_rows_of_a_block_not_of_all(
    size: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    months, regimes = SMALL["run.months"], 4
    seen = held_at_once(monkeypatch)
    size(0, block=1)
    compare("one", worlds=9)
    assert len(seen) == 9 and max(seen) <= months * regimes
    seen.clear()
    size(2**40, block=1)
    compare("all", worlds=9)
    assert max(seen) == 8 * months * regimes, "the count misses rows that are held"


def test_a_large_result_is_rerun_in_blocks_too(
    here: Path, size: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    months, regimes = SMALL["run.months"], 4
    seen = held_at_once(monkeypatch)
    size(0, block=1)
    compare("large", worlds=9)
    seen.clear()
    assert rerun(here / "large").identical
    assert len(seen) == 9 and max(seen) <= months * regimes


def test_a_rerun_writes_beside_the_result_and_the_next_cleans_up_after_it(
    here: Path, size: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    size(0)
    compare("large", worlds=2)
    left, places = here / ".large.rerun", list[Path]()
    shutil.copytree(here / "large", left)
    (left / "parts").mkdir()
    (left / "parts" / ".part-0-0.parquet.partial").write_bytes(b"half")
    opened = block_store.BlockStore._open
    monkeypatch.setattr(
        block_store.BlockStore, "_open", lambda self: (places.append(self._folder), opened(self))
    )
    assert rerun("large").identical and places == [left]
    assert [path.name for path in here.iterdir()] == ["large"]
    left.mkdir()
    (left / "mine.txt").write_text("mine")
    with pytest.raises(SimError, match="was not written by this tool"):
        rerun("large")
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert rerun("large").identical and places[1].parent != here
    assert (left / "mine.txt").is_file() and not places[1].exists()


@pytest.mark.parametrize("held", [0, 2**40])
def test_a_rerun_that_is_interrupted_does_not_tell_of_differences(
    here: Path, size: Callable[..., None], monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    size(held)
    compare("mine")
    monkeypatch.setattr(batch, "simulate", stop(batch.simulate, 6))  # in the second block
    with pytest.raises(KeyboardInterrupt):
        rerun("mine")
    assert [path.name for path in here.iterdir()] == ["mine"]


@pytest.mark.parametrize("column", only(["surplus"], ["surplus", "recession"]))
def test_a_changed_value_is_named_alike_however_large_the_result_is(
    here: Path, size: Callable[..., None], column: str
) -> None:
    size(0)
    compare("large")
    path = here / "large" / "periods.parquet"
    table = pq.read_table(path)
    place = table.schema.get_field_index(column)
    values = table[column].to_numpy().copy()
    for row in (3, 16):  # in pieces of their own
        values[row] += 1
    changed = table.set_column(place, table.schema.field(place), [values])
    pq.write_table(changed, path)
    large = rerun(here / "large")
    size(2**40)
    held = rerun(here / "large")
    assert large.differences == held.differences and len(held.differences) == 1
    assert not large.identical


def test_small_results_are_held_and_large_ones_moved_once(size: Callable[..., None]) -> None:
    row = sum(save.table_dtype(TABLES[name]).itemsize for name in ("periods", "ties"))
    size(20 * row, block=1)  # some worlds in memory, then all on disk
    moved = compare("moved")
    size(2**40, block=1)
    held = compare("held")
    assert is_stored(moved) and not is_stored(held)
    assert told(moved) == told(held)


def test_a_large_result_is_sent_to_another_process(size: Callable[..., None]) -> None:
    size(0)
    found = compare("large", worlds=2)
    assert is_stored(found) and told(pickle.loads(pickle.dumps(found))) == told(found)


def test_a_report_reads_large_tables_in_pieces(here: Path, size: Callable[..., None]) -> None:
    size(2**40)
    compare("held", **ALL)
    record = read_manifest(here / "held")
    whole = read_result(here / "held", record)
    size(0, group=4)
    pieces = read_result(here / "held", record)
    assert is_stored(pieces) and not is_stored(whole)
    assert told(pieces) == told(whole) and repr(pieces.aligned) == repr(whole.aligned)


def stop(call: Callable[..., Any], after: int) -> Callable[..., Any]:
    """Return a function that is interrupted by Ctrl-C at its call number `after`."""
    calls: Iterator[int] = iter(range(1, 10_000))

    def wrapped(*words: Any, **named: Any) -> Any:
        if next(calls) == after:
            raise KeyboardInterrupt
        return call(*words, **named)

    return wrapped


# Four regimes run in a block of two worlds; each has two tables.
@pytest.mark.parametrize(
    ("what", "nth", "done"),
    one_in(2, [("append", 11, 2), ("simulate", 11, 4), ("finish", 1, WORLDS), ("append", 17, 4)]),
)
def test_ctrl_c_keeps_the_worlds_complete_under_every_regime(
    here: Path,
    size: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    nth: int,
    done: int,
) -> None:
    size(0)
    owner = {"simulate": batch, "append": row_parts.RowPart, "finish": block_store.BlockStore}[what]
    with monkeypatch.context() as patch:
        patch.setattr(owner, what, stop(getattr(owner, what), nth))
        cut = compare("cut")
    record = json.loads((here / "cut" / "manifest.json").read_text())
    assert record["worlds"] == {"asked": WORLDS, "done": done}
    assert record["complete"] is False and cut.worlds == done
    whole = compare("whole", worlds=done)
    assert contents(here / "cut") == contents(here / "whole")
    assert told(cut)[1:] == told(whole)[1:]
    assert not list(here.glob(".*")) and not (here / "cut" / "parts").exists()
    size(2**40)
    assert rerun(here / "cut").identical


@pytest.mark.parametrize("waits", [True, False])
def test_ctrl_c_waits_until_a_block_is_stored(
    here: Path, size: Callable[..., None], monkeypatch: pytest.MonkeyPatch, waits: bool
) -> None:
    size(0)
    append, pressed = row_parts.RowPart.append, [False]

    def press(self: row_parts.RowPart, rows: np.ndarray) -> None:
        append(self, rows)
        if not pressed[0]:
            pressed[0] = True
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(row_parts.RowPart, "append", press)
    if waits:
        cut = compare("mine")
        assert cut.interrupted and cut.worlds == 2
        assert len(cut.periods) == 2 * SMALL["run.months"] * 4
    else:
        kept = tuple(m for m in interrupt.UNINTERRUPTIBLE if "block_store" not in m)
        monkeypatch.setattr(interrupt, "UNINTERRUPTIBLE", kept)
        with pytest.raises(KeyboardInterrupt):
            compare("mine")
        assert list(here.iterdir()) == []


def test_ctrl_c_as_tables_begin_to_be_written_loses_none(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, calls = comparisons.write_tables, []

    def press(*given: Any) -> None:
        calls.append(given)
        os.kill(os.getpid(), signal.SIGINT)
        write(*given)

    monkeypatch.setattr(comparisons, "write_tables", press)
    with interrupt.handle_ctrl_c():
        compare("mine")
    assert len(calls) == 1
    assert {file.name for file in (here / "mine").glob("*.parquet")} == {
        "ledger.parquet", "periods.parquet", "summary.parquet", "ties.parquet"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda t: t.take([0, t.num_rows - 1, *range(1, t.num_rows - 1)]), "are not together"),
        (lambda t: t.slice(1), "have not the rows of whole worlds"),
    ],
)
def test_a_large_table_that_is_damaged_is_refused(
    here: Path, size: Callable[..., None], harm: Callable[[Any], Any], message: str
) -> None:
    size(0)
    compare("mine")
    path = here / "mine" / "ties.parquet"
    pq.write_table(harm(pq.read_table(path)), path)
    with pytest.raises((SimError, ValueError), match=message):
        read_result(here / "mine", read_manifest(here / "mine"))


def test_a_disk_that_is_full_leaves_the_rows_that_are_resumed(
    here: Path, size: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    size(0)
    compare("whole")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(row_parts, "_stacked", full)
        words = "no space left on device; 5 worlds are complete, and the same request with `out` mine resumes them"
        with pytest.raises(SimError, match=words):
            compare("mine")
        assert sorted(path.name for path in here.iterdir()) == [".mine.rows", "whole"]
    monkeypatch.setattr(batch, "simulate", None)  # nothing is left to simulate
    compare("mine")
    assert contents(here / "mine") == contents(here / "whole")
    assert sorted(path.name for path in here.iterdir()) == ["mine", "whole"]


def test_what_a_killed_run_left_is_deleted_by_the_next(
    here: Path, size: Callable[..., None]
) -> None:
    size(0)
    compare("mine", worlds=2)
    left = here / ".other.partial"
    shutil.copytree(here / "mine", left)
    (left / "parts").mkdir()
    for name in (".part-0-0.parquet.partial", ".part-1-4.parquet.partial", "part-0-4.parquet"):
        (left / "parts" / name).write_bytes(b"half")
    compare("other", worlds=2)
    assert not left.exists()
    assert contents(here / "other") == contents(here / "mine")


# --- results without their rows ---------------------------------------------------------------


def test_rows_left_out_change_nothing_else(here: Path, size: Callable[..., None]) -> None:
    size(2**40)
    whole = compare("whole")
    for held in (2**40, 0):
        size(held)
        out = here / f"bare{held}"
        bare = compare(str(out), tables=())
        assert sorted(p.name for p in out.iterdir()) == BARE
        expected = contents(here / "whole")
        assert contents(out) == {name: expected[name] for name in contents(out)}
        assert comparison_as_text(bare) == comparison_as_text(whole)
        assert bare.per_world["mediated"].equals(whole.per_world["mediated"])
        record = json.loads((out / "manifest.json").read_text())
        assert record["tables"] == [] and "--tables none" in " ".join(record["command"])
        assert rerun(out).identical
    with pytest.raises(SimError, match="the table periods was left out; run it again with periods"):
        bare.series("surplus", "mediated")
    with pytest.raises(SimError, match="the column effort of periods was left out"):
        bare.series("effort", "mediated")
    with pytest.raises(SimError, match="the table ties was left out"):
        bare.survival("mediated")


def test_figures_need_no_other_columns_than_are_kept(
    here: Path, size: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.render.figures.comparison_figures import comparison_figures

    drawn: list[int] = []
    monkeypatch.setattr(
        comparisons,
        "draw_figures",
        lambda _, found: drawn.append(len(comparison_figures(found))) or {},
    )
    size(0)
    compare("bare", tables=(), align="recession", window="-1:1")
    assert drawn == [6]
    monkeypatch.setattr(block_store, "DRAWN", {"periods": ("world", "surplus"), "ties": ("world",)})
    with pytest.raises(SimError, match="first_best"):
        compare("poor", tables=())


def test_the_command_leaves_rows_out(sim: Sim, here: Path) -> None:
    words = ("run", "one_tie", "--worlds", "2", "--set", "run.months=3", "--out", "mine")
    found = sim(*words, "--tables", "none")
    assert found.exit_code == 0
    assert sorted(p.name for p in (here / "mine").iterdir()) == BARE
    again = sim("report", "mine")
    assert again.exit_code == 2
    assert again.stderr.splitlines()[-1].endswith(
        "mine: the table periods, from which it is drawn, was left out; run it again with periods in --tables"
    )
    assert sim("rerun", "mine").stdout.splitlines()[-1] == "identical"
    both = sim("run", "one_tie", "--tables", "none,ties")
    assert both.exit_code == 2 and "want some of periods,ties" in both.stderr


def test_a_large_result_is_announced(sim: Sim, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.lab.comparisons import resolve_request
    from sim.lab.requested import Request
    from sim.lab.stored_size import StoredSize, estimate_stored_size

    def size_of(**asked: Any) -> StoredSize:
        return estimate_stored_size(resolve_request(Request("compare", "it_outsourcing", **asked)))

    usual, none = size_of(worlds=100_000), size_of(worlds=100_000, tables=())
    assert 15e9 < usual.tables < 25e9 and 2 < usual.meanwhile / usual.tables < 2.2
    assert none.tables == 0 and 3e9 < none.meanwhile < 8e9
    assert size_of(worlds=100_000, tables=TABLES).tables > 4 * usual.tables
    words = ("run", "one_tie", "--worlds", "2", "--set", "run.months=3")
    assert "on disk" not in sim(*words, "--out", "quiet").stderr
    monkeypatch.setattr("sim.lab.stored_size.LARGE_RESULT", 1)
    told = sim(*words, "--out", "loud").stderr.splitlines()
    assert told[0].endswith(
        "until they are complete; with --tables none only summary and ledger are kept"
    )
    assert told[1] == "note: if it is killed, the same command with --out loud resumes it"
    told = sim(*words, "--tables", "none").stderr.splitlines()
    assert told[0].startswith("note: rows will take about ")
    (made,) = (here / "results" / "one_tie").iterdir()
    assert told[1].endswith(f"--out results/one_tie/{made.name} resumes it")


def test_measures_of_a_block_are_those_of_all_worlds(size: Callable[..., None]) -> None:
    size(2**40)
    found = compare("mine", worlds=7)
    for regime, values in found.values.items():
        view = found.view(regime)
        ties = len(view.tables.ties) // 7
        parts = []
        for at in range(7):
            rows = view.tables.periods[at * view.months : (at + 1) * view.months]
            one = block_store.RowsOfWorlds(rows, view.tables.ties[at * ties : (at + 1) * ties])
            about = view.needs, view.months, view.mediated, view.trusting, view.burn_in
            parts.append(block_store.values_by_world(View(one, *about)))
        assert np.concatenate(parts).tobytes() == values.tobytes()
