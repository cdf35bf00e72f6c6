"""The measures of many worlds in a file without a name: every row comes back, or an error says why not."""

from __future__ import annotations

import copy
import gc
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from sim.errors import SimError
from sim.study.results import block_store
from sim.study.results.block_store import StoredValues

ROWS = np.arange(12.0).reshape(4, 3)


@pytest.fixture
def stored(tmp_path: Path) -> StoredValues:
    """Return some rows on disk."""
    found = StoredValues(tmp_path, 3)
    found.append(ROWS)
    return found


def test_rows_come_back_and_are_appended_to_those_that_are_kept(stored: StoredValues) -> None:
    assert np.array_equal(np.asarray(stored), ROWS)
    stored.append(ROWS[:1])
    assert np.array_equal(np.asarray(stored), [*ROWS, ROWS[0]])
    stored.keep(2).append(-ROWS[:1])  # once the rows after the second were appended here, unread
    assert np.array_equal(np.asarray(stored), [*ROWS[:2], -ROWS[0]])
    assert len(np.asarray(stored.keep(9))) == 3


@pytest.mark.skipif(os.name != "posix", reason="the file has a name there")
def test_rows_that_are_gone_are_not_made_up(stored: StoredValues, tmp_path: Path) -> None:
    stored._file.truncate(ROWS.nbytes - 1)
    with pytest.raises(SimError, match="cannot read: the measures of its worlds are cut short"):
        np.asarray(stored)


def test_a_folder_without_room_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    unraised: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", unraised.append)
    monkeypatch.setattr(block_store.tempfile, "TemporaryFile", full)
    with pytest.raises(SimError, match="cannot write: no space left on device"):
        StoredValues(tmp_path, 3)
    gc.collect()
    assert unraised == []


def test_its_file_is_closed_with_it(tmp_path: Path) -> None:
    stored = StoredValues(tmp_path, 3)
    file = stored._file
    del stored
    gc.collect()
    assert file.closed


def test_a_copy_has_them_all(stored: StoredValues) -> None:
    for other in (pickle.loads(pickle.dumps(stored)), copy.deepcopy(stored)):
        assert np.array_equal(np.asarray(other), ROWS)
