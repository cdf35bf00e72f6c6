"""Tables and folders: each is complete or absent, and explains itself."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tiny_market import names

from sim.errors import SimError
from sim.records import PERIODS, TIES, allocate
from sim.study.results import folder as folders
from sim.study.results.differences import differing_columns
from sim.study.results.durable_files import write_text
from sim.study.results.folder import Folder
from sim.study.results.lock import FolderInUse, Lock
from sim.study.results.owned_folders import tool_mark
from sim.study.results.store import count_rows, describe_columns, read_table, write_table


def periods(count: int = 6) -> np.recarray:
    rows = allocate(PERIODS, count)
    rows.world, rows.period = np.arange(count), 3
    rows.surplus = np.linspace(-1.0, 1.0, count) / 3.0
    rows.trust_buyer[0] = np.nan
    return rows


def test_a_table_comes_back_bit_for_bit_with_its_regime(tmp_path: Path) -> None:
    path, rows = tmp_path / "periods.parquet", periods()
    assert write_table(path, {"adversarial": rows, "mediated": rows}, PERIODS) == 12
    frame = read_table(path)
    assert list(frame.columns) == ["regime", *rows.dtype.names]
    assert list(frame["regime"].cat.categories) == ["adversarial", "mediated"]
    back = frame[frame["regime"] == "mediated"]
    for name in rows.dtype.names:
        assert back[name].dtype == rows.dtype[name]
        assert back[name].to_numpy().tobytes() == rows[name].tobytes()
    assert count_rows(path) == 12
    assert names(tmp_path) == ["periods.parquet"]


def test_every_column_carries_its_unit_and_meaning(tmp_path: Path) -> None:
    path = tmp_path / "ties.parquet"
    write_table(path, allocate(TIES, 2), TIES, extra={"regime": "planner"})
    about = describe_columns(path)
    assert {c.name: (c.unit, c.meaning) for c in TIES}.items() <= about.items()
    assert about["regime"][1]


def test_floats_are_split_by_byte_words_are_dictionaries_all_is_zstd(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    path = tmp_path / "periods.parquet"
    write_table(path, periods(), PERIODS, extra={"regime": "mediated"})
    group = pq.read_metadata(path).row_group(0)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    assert "BYTE_STREAM_SPLIT" in columns["surplus"].encodings
    assert "RLE_DICTIONARY" in columns["regime"].encodings
    assert {c.compression for c in columns.values()} == {"ZSTD"}


def test_a_frame_with_an_undeclared_column_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="stranger"):
        write_table(tmp_path / "x.parquet", pd.DataFrame({"stranger": [1]}), PERIODS)
    assert names(tmp_path) == []


def test_differences_are_found_to_the_last_bit(tmp_path: Path) -> None:
    path, rows = tmp_path / "periods.parquet", periods()
    write_table(path, {"a": rows}, PERIODS)
    assert differing_columns(path, {"a": rows}, PERIODS) == []
    other = rows.copy()
    other["surplus"][2] = np.nextafter(other["surplus"][2], 9.0)
    other["noise"][1] = -0.0
    said = differing_columns(path, {"a": other}, PERIODS)
    assert said == [
        f"column {name}: 1 of 6 values differ, most at regime a, world {at}, period 3: "
        f"{float(rows[name][at])} stored, {float(other[name][at])} now, {gap} relative"
        for name, at, gap in (("surplus", 2, "2.1e-16"), ("noise", 1, "0"))
    ]
    assert differing_columns(path, {"b": rows}, PERIODS) == [
        "column regime: 6 of 6 values differ, first at regime b, world 0, period 3: 'a' stored, 'b' now"
    ]
    assert differing_columns(path, {"a": rows[:5]}, PERIODS) == ["6 rows instead of 5"]


def test_a_damaged_table_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "periods.parquet"
    write_table(path, periods(), PERIODS)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SimError, match=r"periods\.parquet: not a complete Parquet table") as caught:
        read_table(path)
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    import pyarrow.parquet as pq

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    out = tmp_path / "out"
    with (
        pytest.raises(SimError, match=r"cannot write: no space left on device$") as caught,
        Folder(out) as folder,
    ):
        write_table(folder / "periods.parquet", periods(), PERIODS)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == []


def test_a_raw_refusal_by_the_disk_inside_a_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SimError, match="out: cannot write"), Folder(tmp_path / "out") as folder:
        (folder / "no" / "such.svg").write_text("figure")
    assert names(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_place_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(SimError, match="permission denied"), Folder(tmp_path / "out"):
        pass
    tmp_path.chmod(0o700)


def test_a_place_below_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SimError, match="cannot write"), Folder(tmp_path / "file" / "out"):
        pass


def test_a_folder_is_absent_until_it_is_whole(out: Path) -> None:
    with Folder(out) as folder:
        write_text(folder / "manifest.json", "{}")
        assert not out.exists()
        assert folder.path.name == ".out.partial"
    assert names(out) == ["manifest.json"]
    assert names(out.parent) == ["out"]


def test_an_error_inside_leaves_nothing(out: Path) -> None:
    with pytest.raises(RuntimeError), Folder(out) as folder:
        write_text(folder / "half.txt", "half")
        raise RuntimeError
    assert names(out.parent) == []


def test_what_is_complete_can_be_kept_after_ctrl_c(out: Path) -> None:
    with Folder(out) as folder:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            folder.finish_partial()
        write_text(folder / "manifest.json", "{}")
    assert not folder.complete
    assert (out / "manifest.json").exists()


def test_an_existing_folder_is_refused_and_force_replaces_only_results(out: Path) -> None:
    out.mkdir()
    (out / "thesis.tex").write_text("years of work")
    with pytest.raises(SimError, match="already exists"), Folder(out):
        pass
    with pytest.raises(SimError, match=r"holds no manifest\.json"), Folder(out, force=True):
        pass
    assert (out / "thesis.tex").read_text() == "years of work"


def make_smallest_result(folder: Folder, which: str) -> None:
    """Write the smallest folder that counts as a result of this program."""
    write_text(folder / "summary.parquet", which)
    about = {"sha256": hashlib.sha256(which.encode()).hexdigest(), "bytes": len(which)}
    record = {**tool_mark(), "kind": "run", "files": {"summary.parquet": about}}
    write_text(folder / "manifest.json", json.dumps(record))


def test_force_keeps_the_earlier_result_until_the_new_one_is_whole(out: Path) -> None:
    with Folder(out) as folder:
        make_smallest_result(folder, "first")
    with pytest.raises(RuntimeError), Folder(out, force=True):
        raise RuntimeError
    assert (out / "summary.parquet").read_text() == "first"
    with Folder(out, force=True) as folder:
        make_smallest_result(folder, "second")
        assert (out / "summary.parquet").read_text() == "first"
    assert (out / "summary.parquet").read_text() == "second"
    assert names(out.parent) == ["out"]


def test_what_was_changed_while_the_next_was_made_stays(out: Path) -> None:
    with Folder(out) as folder:
        make_smallest_result(folder, "first")
    with (
        pytest.raises(SimError, match=r"out/summary\.parquet: has changed since it was written"),
        Folder(out, force=True) as folder,
    ):
        make_smallest_result(folder, "second")
        (out / "summary.parquet").write_text("mine!")
    assert (out / "summary.parquet").read_text() == "mine!"
    assert names(out.parent) == ["out"]


def test_what_was_put_into_a_result_while_the_next_was_made_stays(out: Path) -> None:
    with Folder(out) as folder:
        make_smallest_result(folder, "first")
    with (
        pytest.raises(SimError, match=r"out/mine: was not written by this tool"),
        Folder(out, force=True) as folder,
    ):
        make_smallest_result(folder, "second")
        (out / "mine").write_text("mine")
    assert (out / "mine").read_text() == "mine"
    assert (out / "summary.parquet").read_text() == "first"
    assert names(out.parent) == ["out"]


def test_leftovers_of_a_killed_run_are_removed_and_a_set_aside_result_returns(out: Path) -> None:
    for name in ("partial", "old"):
        left = folders.hidden_sibling(out, what=name)
        left.mkdir()
        (left / "manifest.json").write_text(name)
    folders.hidden_sibling(out, "lock").write_text("process 1\n")
    with pytest.raises(SimError, match="already exists"), Folder(out):
        pass
    assert (out / "manifest.json").read_text() == "old"
    assert names(out.parent) == ["out"]


def test_default_folders_are_unique_and_under_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(folders, "default_target", lambda s: Path("results", s, "20261122T031500Z"))
    made = []
    for _ in range(3):
        with Folder(None, "one_tie") as folder, Folder(None, "one_tie") as beside:
            pass
        made += [folder.target.name, beside.target.name]
    assert len(set(made)) == 6
    assert {"20261122T031500Z", "20261122T031500Z-2"} <= set(made)
    assert names(Path("results/one_tie")) == sorted(made)


HOLD = """
import sys, time
from pathlib import Path
from sim.study.results.lock import Lock
lock = Lock(Path(sys.argv[1]), "there").take()
print("held", flush=True)
time.sleep(60)
"""


def test_a_lock_is_refused_while_its_process_lives_and_taken_over_when_it_is_killed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "lock"
    holder = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(holder, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"held\n"
            said = rf"there: another process is writing there \(process {process.pid}\)"
            with pytest.raises(FolderInUse, match=said):
                Lock(path, "there").take()
        finally:
            process.kill()
    assert path.exists()
    lock = Lock(path, "there").take()
    lock.release()
    assert not path.exists()


@pytest.mark.parametrize("end", ["raise KeyboardInterrupt", "raise SystemExit(2)", "pass"])
def test_a_process_that_ends_in_order_unlocks_what_it_still_holds(tmp_path: Path, end: str) -> None:
    """Ctrl-C may come after a lock is taken and before the code that releases it is entered."""
    path = tmp_path / "lock"
    held = HOLD.replace("time.sleep(60)", end)
    ran = subprocess.run([sys.executable, "-c", held, str(path)], capture_output=True, check=False)
    assert ran.stdout == b"held\n"
    assert not path.exists()


NO_FLOCK = """
import fcntl

def refuse(*_):
    raise OSError({number}, "no locks here")

fcntl.flock = refuse
"""


@pytest.mark.parametrize("name", ["ENOSYS", "ENOLCK", "EOPNOTSUPP"])
def test_without_flock_a_file_keeps_writers_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Lustre and NFS refuse `flock` in this way; the holder of the lock, or that it was killed, is still known."""
    number = getattr(errno, name)

    def refuse(*_: object) -> None:
        raise OSError(number, "no locks here")

    monkeypatch.setattr("sim.study.results.lock.fcntl.flock", refuse)
    path = tmp_path / "lock"
    holder = [sys.executable, "-c", NO_FLOCK.format(number=number) + HOLD, str(path)]
    with subprocess.Popen(holder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None and process.stderr is not None
            assert process.stdout.readline() == b"held\n"
            said = (
                rf"there: another process is writing there \(process {process.pid}\); "
                rf"if it died on another machine, remove {path}\.held"
            )
            with pytest.raises(FolderInUse, match=said):
                Lock(path, "there").take()
        finally:
            process.kill()
        told = f"note: {tmp_path}: this file system cannot lock files; a file with the process id is used instead\n"
        assert process.stderr.read().decode() == told
    lock = Lock(path, "there").take()
    lock.release()
    again = Lock(path, "there").take()
    again.release()
    assert names(tmp_path) == []
    assert capsys.readouterr().err == told, "said once"


def test_the_folder_that_locks_nothing_is_named_and_not_a_dot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks here")

    monkeypatch.setattr("sim.study.results.lock.fcntl.flock", refuse)
    monkeypatch.chdir(tmp_path)
    for path in ("lock", str(tmp_path / "lock")):
        Lock(Path(path), "there").take().release()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"note: {Path.cwd()}: this file system cannot lock files")


def test_another_refusal_to_lock_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("sim.study.results.lock.fcntl.flock", refuse)
    with (
        pytest.raises(SimError, match="cannot write: input/output error"),
        Folder(tmp_path / "mine", "one_tie"),
    ):
        pass


def test_folders_that_another_run_removes_are_created_again(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, removed = Lock.take, []

    def take(lock: Lock) -> Lock:
        if not removed:
            lock.path.parent.rmdir()
            removed.append(lock.path)
        return plain(lock)

    monkeypatch.setattr(Lock, "take", take)
    with Folder(out / "a" / "b") as folder:
        (folder / "x").write_text("there")
    assert (out / "a" / "b" / "x").is_file() and removed
