"""Large results whose process dies: the same request resumes them, with the same bytes, or says why it does not."""

from __future__ import annotations

import json
import shutil
import signal
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counts import one_in, only
from faults import Processes, contents, refused, sim
from said import said as without_progress

from sim.engines import batch
from sim.errors import SimError
from sim.lab import comparisons
from sim.measure import compare as comparing
from sim.study.results import block_store, unfinished
from sim.study.results.appended_file import AppendedFile, Length
from sim.study.results.block_store import BlockStore
from sim.study.results.row_parts import RowPart
from sim.study.results.stored_values import StoredValues
from sim.study.results.unfinished import UnfinishedRows

SET = ("--set", "run.months=2", "--set", "negotiation.deadline=4")
WORDS = ("compare", "one_tie", "--regimes", "adversarial,mediated", *SET)


class Killed(BaseException):
    """What stands in for a process that ends: nothing answers it."""


@pytest.fixture(autouse=True)
def small_blocks(interpreted: None, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every block on disk, with a receipt each, and draw nothing."""
    monkeypatch.setattr(block_store, "HELD_BYTES", 0)
    monkeypatch.setattr(block_store, "SECONDS_BETWEEN_RECEIPTS", 0.0)
    monkeypatch.setattr(comparing, "BLOCK", 2)
    monkeypatch.setattr(comparisons, "draw_figures", lambda *_: {})
    monkeypatch.setattr(comparisons, "write_report", lambda *_: None)


@pytest.fixture
def killed(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of rows of a comparison of seven worlds that died in its third block."""
    with monkeypatch.context() as patch:
        die_at(patch, RowPart, "append", 19)  # of eight in a block
        with pytest.raises(Killed):
            sim(*WORDS, "--worlds", "7", "--out", "mine")
    rows = here / ".mine.rows"
    assert receipts(rows)[-1]["worlds"] == 4
    return rows


def die_at(patch: pytest.MonkeyPatch, owner: Any, name: str, call: int) -> None:
    """Let a call of a method, counted from 1, be the last thing a process does."""
    method, calls = getattr(owner, name), iter(range(1, 10_000))

    def counted(*given: Any, **named: Any) -> Any:
        if next(calls) == call:
            raise Killed
        return method(*given, **named)

    patch.setattr(owner, name, counted)


def receipts(rows: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (rows / "receipts.jsonl").read_text().splitlines()]


def tables(folder: Path) -> dict[str, str]:
    return {n: digest for n, digest in contents(folder).items() if n.endswith(".parquet")}


def simulated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list to which the numbers of all worlds are added that are simulated from now on."""
    seen: list[int] = []
    simulate = batch.simulate

    def counted(regime: Any, worlds: Any, *given: Any, **named: Any) -> Any:
        seen.extend(worlds)
        return simulate(regime, worlds, *given, **named)

    monkeypatch.setattr(batch, "simulate", counted)
    return seen


def test_a_killed_comparison_is_resumed_and_ends_with_the_same_bytes(
    here: Path, killed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in killed.glob("*-*"):  # half a block, as the disk may have it after a kill
        with path.open("ab") as file:
            file.write(b"half")
    seen = simulated(monkeypatch)
    again = sim(*WORDS, "--worlds", "7", "--out", "mine")
    assert again.exit_code == 0
    assert "note: 4 of 7 worlds were complete already" in again.stderr
    assert sorted(set(seen)) == [4, 5, 6]
    whole = sim(*WORDS, "--worlds", "7", "--out", "whole")
    assert tables(here / "mine") == tables(here / "whole")
    assert again.stdout.replace("mine", "whole") == whole.stdout
    assert "already" not in whole.stderr
    assert sorted(p.name for p in here.iterdir()) == ["mine", "whole"]
    assert sim("rerun", "mine").stdout.splitlines()[-1] == "identical"


def test_after_ctrl_c_within_a_block_the_next_process_begins_with_that_block(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a block is on disk, and its rows must not be counted."""
    append, calls = RowPart.append, iter(range(1, 10_000))

    def press(self: RowPart, rows: np.ndarray) -> None:
        if next(calls) == 12:
            raise KeyboardInterrupt
        append(self, rows)

    with monkeypatch.context() as patch:
        patch.setattr(RowPart, "append", press)
        die_at(patch, comparisons, "write_tables", 1)
        with pytest.raises(Killed):
            sim(*WORDS, "--worlds", "5", "--out", "mine")
    assert receipts(here / ".mine.rows")[-1]["worlds"] == 2
    sim(*WORDS, "--worlds", "5", "--out", "mine")
    sim(*WORDS, "--worlds", "5", "--out", "whole")
    assert tables(here / "mine") == tables(here / "whole")


def test_one_regime_is_resumed_too(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("run", "one_tie", "--set", "run.months=2", "--worlds", "6")
    sim(*words, "--out", "whole")
    monkeypatch.setattr(batch, "BLOCK_TIE_MONTHS", 4)
    with monkeypatch.context() as patch:
        die_at(patch, RowPart, "append", 6)
        with pytest.raises(Killed):
            sim(*words, "--out", "mine")
    done = receipts(here / ".mine.rows")[-1]["worlds"]
    assert 0 < done < 6
    assert f"note: {done} of 6 worlds were complete already" in sim(*words, "--out", "mine").stderr
    assert tables(here / "mine") == tables(here / "whole")


@pytest.mark.parametrize(
    ("owner", "name"),
    one_in(2, [(BlockStore, "finish"), (comparisons, "write_tables"), (comparisons, "seal"), (BlockStore, "publish")]),
)  # fmt: skip
def test_killed_once_all_worlds_are_complete_nothing_is_simulated_again(
    here: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    with monkeypatch.context() as patch:
        die_at(patch, owner, name, 1)
        with pytest.raises(Killed):
            sim(*WORDS, "--worlds", "3", "--out", "mine")
    monkeypatch.setattr(batch, "simulate", None)
    again = sim(*WORDS, "--worlds", "3", "--out", "mine")
    if name == "publish":  # the result was there
        assert again.exit_code == 2
    assert [p.name for p in here.iterdir()] == ["mine"]
    assert json.loads((here / "mine" / "manifest.json").read_text())["complete"]


def test_more_worlds_may_be_asked_for_and_not_fewer_than_are_complete(
    here: Path, killed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = sim(*WORDS, "--worlds", "3", "--out", "mine")
    assert fewer.exit_code == 2 and "worlds: 4 complete there, 3 asked for" in fewer.stderr
    seen = simulated(monkeypatch)
    assert sim(*WORDS, "--worlds", "9", "--out", "mine").exit_code == 0
    assert min(seen) == 4
    sim(*WORDS, "--worlds", "9", "--out", "whole")
    assert tables(here / "mine") == tables(here / "whole")


@pytest.mark.parametrize(
    ("changed", "said"),
    one_in(2, [
        (("--seed", "7"), "seed: 1 there, 7 asked for"),
        (("--set", "mediator.competence=0.25"), "scenario.mediator.competence: "),
        (("--tables", "periods,ties,events"), "tables: "),
        (("--align", "recession", "--set", "recession.rate=0.4"), "design.align: nothing there, recession asked for"),
    ]),
)  # fmt: skip
def test_another_request_is_refused_and_changes_nothing(
    killed: Path, changed: tuple[str, ...], said: str
) -> None:
    before = contents(killed)
    found = sim(*WORDS, "--worlds", "7", "--out", "mine", *changed)
    lines = without_progress(found.stderr).splitlines()
    assert found.exit_code == 2
    assert lines[0].endswith(
        ".mine.rows: unfinished rows of another request, so mine is not resumed;"
        " choose another --out, or start again with --force"
    )
    assert any(said in line for line in lines[1:])
    assert contents(killed) == before
    forced = sim(*WORDS, "--worlds", "7", "--out", "mine", *changed, "--force")
    assert forced.exit_code == 0 and "already" not in forced.stderr and not killed.exists()


def test_another_program_or_library_is_another_request(
    killed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sim.jit.source_digest", lambda: "other")
        found = sim(*WORDS, "--worlds", "7", "--out", "mine")
    assert found.exit_code == 2 and "the program itself has changed" in found.stderr
    versions = {**comparisons.start_manifest.__globals__["installed_versions"](), "numpy": "1.0"}
    monkeypatch.setattr("sim.study.results.manifest.installed_versions", lambda: versions)
    found = sim(*WORDS, "--worlds", "7", "--out", "mine")
    assert found.exit_code == 2 and "versions.numpy: " in found.stderr


@pytest.mark.parametrize("harm", only(["changed", "gone"], ["changed", "gone", "short"]))
def test_damaged_rows_are_refused_and_forced_away(killed: Path, harm: str) -> None:
    path = killed / "periods-1.arrows"
    data = path.read_bytes()
    path.unlink()
    if harm != "gone":
        path.write_bytes(data[:-900] if harm == "short" else data[:99] + b"?" + data[100:])
    found = sim(*WORDS, "--worlds", "7", "--out", "mine")
    lines = without_progress(found.stderr).splitlines()
    assert (found.exit_code, len(lines)) == (2, 1)
    assert "periods-1.arrows: " in lines[0] and lines[0].endswith("or start again with --force")
    assert sim(*WORDS, "--worlds", "7", "--out", "mine", "--force").exit_code == 0
    assert not killed.exists()


def test_what_a_stranger_put_there_is_not_deleted(killed: Path) -> None:
    (killed / "mine.txt").write_text("mine")
    found = sim(*WORDS, "--worlds", "7", "--seed", "3", "--out", "mine", "--force")
    refused(found.exit_code, found.stderr, "was not written by this tool")
    (killed / "mine.txt").unlink()
    shutil.move(killed / "ties-0.arrows", killed.parent / "elsewhere")
    (killed / "ties-0.arrows").symlink_to(killed.parent / "elsewhere")
    found = sim(*WORDS, "--worlds", "7", "--out", "mine")
    assert found.exit_code == 2 and "is a symbolic link" in found.stderr


@pytest.mark.parametrize(
    "harm",
    one_in(2, [
        lambda rows: (rows / "receipts.jsonl").unlink(),
        lambda rows: (rows / "receipts.jsonl").write_text("junk"),
        lambda rows: (rows / "manifest.json").unlink(),
        lambda rows: (rows / "manifest.json").write_text("{}"),
    ]),
)  # fmt: skip
def test_rows_whose_receipts_or_request_are_gone_are_refused_too(
    killed: Path, harm: Callable[[Path], Any]
) -> None:
    harm(killed)
    before = contents(killed)
    found = sim(*WORDS, "--worlds", "7", "--out", "mine")
    refused(
        found.exit_code,
        found.stderr,
        "so mine is not resumed; choose another --out, or start again",
    )
    assert contents(killed) == before
    assert sim(*WORDS, "--worlds", "7", "--out", "mine", "--force").exit_code == 0
    assert not killed.exists()


def test_rows_that_no_receipt_counts_are_deleted(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        die_at(patch, RowPart, "append", 3)
        with pytest.raises(Killed):
            sim(*WORDS, "--worlds", "3", "--out", "mine")
    assert list(here.iterdir()) == []
    with monkeypatch.context() as patch:  # as SIGKILL would leave it: nothing tidies up
        patch.setattr(UnfinishedRows, "__exit__", lambda *_: None)
        die_at(patch, RowPart, "append", 3)
        with pytest.raises(Killed):
            sim(*WORDS, "--worlds", "3", "--out", "mine")
    assert [line["worlds"] for line in receipts(here / ".mine.rows")] == [0]
    again = sim(*WORDS, "--worlds", "3", "--seed", "5", "--out", "mine")
    assert again.exit_code == 0 and "already" not in again.stderr
    assert [p.name for p in here.iterdir()] == ["mine"]


@pytest.mark.parametrize("name", one_in(2, ["append_receipt", "write_manifest"]))
def test_a_full_disk_deletes_nothing_whatever_is_forced(
    killed: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def full(*_: object) -> None:
        raise SimError("mine: cannot write: no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(unfinished, name, full)
        found = sim(*WORDS, "--worlds", "7", "--out", "mine", "--force")
    refused(found.exit_code, found.stderr, "no space left on device")
    assert (
        "4 worlds are complete, and the same request with --out mine resumes them" in found.stderr
    )
    assert "note: 4 of 7 worlds" in sim(*WORDS, "--worlds", "7", "--out", "mine", "--force").stderr


def test_rows_are_deleted_before_another_process_may_write(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish, seen = BlockStore.publish, list[str]()

    def meanwhile(self: BlockStore, folder: Path) -> None:
        seen.append(sim(*WORDS, "--worlds", "3", "--seed", "5", "--force", "--out", "mine").stderr)
        publish(self, folder)

    monkeypatch.setattr(BlockStore, "publish", meanwhile)
    assert sim(*WORDS, "--worlds", "3", "--out", "mine").exit_code == 0
    assert "another process is writing there" in seen[0]
    assert [p.name for p in here.iterdir()] == ["mine"]


def test_a_result_and_files_with_the_name_of_the_rows_are_left_alone(here: Path) -> None:
    sim(*WORDS, "--worlds", "2", "--out", ".mine.rows")
    before = contents(here / ".mine.rows")
    found = sim(*WORDS, "--worlds", "2", "--out", "mine", "--force")
    refused(found.exit_code, found.stderr, ".mine.rows: is a result itself")
    assert contents(here / ".mine.rows") == before
    (here / ".other.rows").write_text("mine")
    found = sim(*WORDS, "--worlds", "2", "--out", "other", "--force")
    refused(found.exit_code, found.stderr, ".other.rows: want a folder")
    assert (here / ".other.rows").read_text() == "mine"


def test_what_is_beside_the_rows_stays(killed: Path) -> None:
    (killed / "notes.txt").write_text("mine")
    assert sim(*WORDS, "--worlds", "7", "--out", "mine").exit_code == 0
    assert [p.name for p in killed.iterdir()] == ["notes.txt"]


def test_a_result_without_tables_and_one_around_an_event_are_resumed(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = (*WORDS, "--set", "recession.rate=0.4", "--align", "recession", "--window", "-1:1")
    words = (*words, "--tables", "none", "--worlds", "5")
    with monkeypatch.context() as patch:
        die_at(patch, BlockStore, "add", 3)
        with pytest.raises(Killed):
            sim(*words, "--out", "mine")
    again = sim(*words, "--out", "mine")
    assert "4 of 5 worlds were complete already" in again.stderr
    whole = sim(*words, "--out", "whole")
    assert tables(here / "mine") == tables(here / "whole")
    assert again.stdout.replace("mine", "whole") == whole.stdout


# --- real processes ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    """Return a source of processes that can be killed."""
    made = Processes()
    yield made
    made.close()


@pytest.mark.deep
def test_killed_at_every_fsync_it_is_resumed(processes: Processes, tmp_path: Path) -> None:
    words = (*WORDS, "--worlds", "3")
    with processes.run("none", *words, "--out", str(tmp_path / "whole")) as process:
        assert process.wait() == 0, process.stderr
    whole, number, code, resumed = tables(tmp_path / "whole"), 0, 1, 0
    while code:
        number += 1
        out = tmp_path / f"{number}"
        with processes.run(f"fsync:{number}", *words, "--out", str(out)) as process:
            code = process.wait()
        assert code in (0, -signal.SIGKILL), process.stderr
        if code and not out.exists():
            with processes.run("none", *words, "--out", str(out)) as process:
                assert process.wait() == 0, process.stderr
                resumed += "complete already" in process.stderr
        assert tables(out) == whole
    assert number > 2 * 10 and resumed > 10  # two blocks of twelve files each


# --- the files --------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> AppendedFile:
    """Return a file with six bytes."""
    found = AppendedFile(tmp_path / "file")
    found.append(b"abc")
    found.append(b"def")
    return found


def test_a_file_is_continued_from_a_length(file: AppendedFile) -> None:
    then = file.length
    file.append(b"lost")
    file.close()
    other = AppendedFile(file.path)
    other.restore(then)
    other.append(b"ghi")
    assert file.path.read_bytes() == b"abcdefghi"
    assert other.length == Length(9, zlib.crc32(b"abcdefghi"))


def test_a_file_that_changed_is_not_continued(file: AppendedFile) -> None:
    file.close()
    for size, checksum in ((6, 1), (7, file.length.checksum)):
        with pytest.raises(SimError, match="damaged since it was written"):
            AppendedFile(file.path).restore(Length(size, checksum))


def test_a_disk_that_refuses_bytes_counts_none(
    file: AppendedFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def seek(self, _: int) -> None: ...

        def write(self, _: bytes) -> None:
            raise OSError(28, "No space left on device")

    before = file.length
    monkeypatch.setattr(file, "_file", Full())
    with pytest.raises(SimError, match="cannot write: no space left on device"):
        file.append(b"ghi")
    assert file.length == before


def test_rows_of_several_sessions_are_read_as_one(tmp_path: Path) -> None:
    from sim.records import TABLES, allocate

    columns = TABLES["ties"]
    rows = allocate(columns, 5)
    rows["tie"] = np.arange(5)
    first = RowPart(tmp_path / "rows", columns)
    first.append(rows[:2])
    first.append(rows[:0])
    first.file.close()
    other = RowPart(tmp_path / "rows", columns)
    other.file.restore(first.file.length)
    other.append(rows[2:])
    for count in (0, 1, 2, 4, 5):
        read = [n for block in other.blocks(count) for n in block["tie"].to_pylist()]
        assert read == list(range(count))


def test_measures_are_read_after_their_file_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.arange(6.0).reshape(2, 3)
    for system in ("posix", "nt"):
        values = StoredValues(tmp_path / system, 3)
        values.append(rows)
        with monkeypatch.context() as patch:
            patch.setattr("sim.study.results.stored_values.os.name", system)
            values.detach()
        (tmp_path / system).unlink()
        assert np.array_equal(np.asarray(values), rows)
