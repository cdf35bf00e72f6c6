"""The measures of many worlds in a file: every row comes back, or an error says why not."""

from __future__ import annotations

import copy
import gc
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from sim.errors import SimError
from sim.study.results.stored_values import StoredValues

ROWS = np.arange(12.0).reshape(4, 3)


@pytest.fixture
def stored(tmp_path: Path) -> StoredValues:
    """Return some rows on disk."""
    found = StoredValues(tmp_path / "values", 3)
    found.append(ROWS)
    return found


def test_rows_come_back_and_are_appended_to(stored: StoredValues) -> None:
    assert np.array_equal(np.asarray(stored), ROWS)
    stored.append(ROWS[:1])
    assert np.array_equal(np.asarray(stored), [*ROWS, ROWS[0]])
    assert np.array_equal(np.asarray(stored.keep(2)), ROWS[:2])


def test_rows_that_are_gone_are_not_made_up(stored: StoredValues, tmp_path: Path) -> None:
    os.truncate(tmp_path / "values", ROWS.nbytes - 1)
    with pytest.raises(SimError, match="cannot read: the measures of its worlds are cut short"):
        np.asarray(stored)


def test_a_folder_that_is_gone_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(SimError, match="cannot write: no such file or directory"):
        StoredValues(tmp_path / "gone" / "values", 3).append(ROWS)


def test_its_file_is_closed_with_it(tmp_path: Path) -> None:
    stored = StoredValues(tmp_path / "values", 3)
    stored.append(ROWS)
    file = stored.file._file
    assert file is not None
    del stored
    gc.collect()
    assert file.closed


def test_a_copy_has_them_all(stored: StoredValues) -> None:
    for other in (pickle.loads(pickle.dumps(stored)), copy.deepcopy(stored)):
        assert np.array_equal(np.asarray(other), ROWS)
