"""Regression on ranks, judged on points it has not seen: closed forms, known answers, and what must not be found."""

from __future__ import annotations

import os
import subprocess
import sys
from math import asin, pi

import numpy as np
import pytest
from counts import count

from sim.calibration.identification import held_out_ridge
from sim.calibration.identification.held_out_ridge import (
    FOLDS,
    PENALTIES,
    assign_folds,
    hold_out,
    miss_after,
    rank_columns,
    rank_units,
)

POINTS = count(80, 400)


def draw(columns: int, points: int = POINTS, seed: int = 3) -> np.ndarray:
    """Return independent normal columns."""
    return np.random.default_rng(seed).normal(size=(points, columns))


def held_out_r2(columns: np.ndarray, *targets: np.ndarray) -> np.ndarray:
    """Return R² of each target, in ranks, on points that no regression has seen."""
    found = hold_out(rank_columns(columns), np.column_stack([rank_units(t) for t in targets]))
    return 1.0 - (found.errors**2).sum(axis=0) / (found.spreads**2).sum(axis=0)


def test_the_solution_is_that_of_lapack() -> None:
    columns = draw(12, 40)
    matrix, right = columns @ columns.T + np.eye(40), draw(3, 40, seed=4)
    found = held_out_ridge._solve(matrix[None].copy(), right[None].copy())[0]
    assert np.allclose(found, np.linalg.solve(matrix, right), rtol=1e-9)
    assert not np.allclose(found, np.linalg.solve(matrix + np.eye(40), right), rtol=1e-3)


def test_a_column_that_is_the_target_tells_it_and_noise_tells_nothing() -> None:
    columns = draw(8)
    itself, unread = held_out_r2(columns, np.exp(columns[:, 2]), draw(1, seed=9)[:, 0])
    assert itself > 0.99
    assert unread < 0.1


@pytest.mark.parametrize("share", [0.8, 0.5])
def test_a_noisy_column_tells_what_theory_says(share: float) -> None:
    """Of two normal variables with correlation r, one explains (6/π) asin(r²/2) of the other's rank."""
    points = count(400, 4_000)
    noise = draw(2, points)
    column = noise[:, 0]
    target = share * column + np.sqrt(1.0 - share**2) * noise[:, 1]
    best = 6.0 / pi * asin(share**2 / 2.0)
    column_alone = rank_columns(column[:, None])
    ranks = rank_units(target)[:, None]
    # A regression on one column has a kernel of rank three: the closed form of least squares is enough.
    after = miss_after(ranks - 0.5, column_alone)[0, :, 0]
    (found,) = 1.0 - (after**2).sum() / ((ranks - 0.5) ** 2).sum(axis=0)
    error = 2.0 * np.sqrt(best) * (1.0 - best) / np.sqrt(points)  # of a squared correlation
    assert abs(found - best) < 3.0 * error
    assert abs(found - share) > 3.0 * error, "the control: r instead of r²"


def test_squares_and_products_are_found() -> None:
    columns = draw(3, count(100, 400))
    square, product = held_out_r2(columns, columns[:, 0] ** 2, columns[:, 1] * columns[:, 2])
    assert square > 0.9 and product > 0.6
    ranks = rank_columns(columns)
    straight = np.linalg.lstsq(ranks, rank_units(columns[:, 0] ** 2) - 0.5, rcond=None)[0]
    assert np.abs(straight).max() < 0.1, "the control: no straight line shows a square"


def test_a_point_says_nothing_of_its_own_prediction() -> None:
    columns, targets = rank_columns(draw(4, 40)), draw(2, 40, seed=5)
    fold = assign_folds(40)
    before = targets - hold_out(columns, targets).errors
    changed = targets.copy()
    changed[fold == 2] += 1e3
    after = changed - hold_out(columns, changed).errors
    assert np.allclose(before[fold == 2], after[fold == 2], rtol=0.0, atol=1e-9)
    assert not np.allclose(before[fold != 2], after[fold != 2])


def test_folds_are_of_equal_size_and_the_last_penalty_is_the_mean() -> None:
    assert np.bincount(assign_folds(100)).tolist() == [20] * FOLDS
    assert PENALTIES[-1] == np.inf
    found = hold_out(np.zeros((30, 0)), draw(1, 30))
    assert np.array_equal(found.errors, found.spreads)


def test_missing_values_have_the_middle_rank_and_are_seen_to_be_missing() -> None:
    column = np.array([3.0, np.nan, 1.0, np.nan, 2.0, 5.0])
    ranks = rank_columns(np.column_stack([column, np.ones(6), np.full(6, np.nan)]))
    assert ranks.shape == (6, 2), "the column and what is missing; constants are left out"
    assert ranks[1, 0] == ranks[3, 0] == 0.0
    assert ranks[1, 1] == ranks[3, 1] < ranks[0, 1]


def test_rounding_does_not_part_equal_values() -> None:
    assert rank_units(np.array([0.1 + 0.2, 0.3, 1.0])).tolist() == [1 / 3, 1 / 3, 5 / 6]


@pytest.mark.deep
def test_the_bits_are_the_same_with_any_number_of_threads() -> None:
    code = (
        "import numpy as np, hashlib;"
        "from sim.calibration.identification.held_out_ridge import hold_out, rank_columns;"
        "g = np.random.default_rng(1); x = g.normal(size=(150, 30)); y = g.normal(size=(150, 5)) + x[:, :5];"
        "print(hashlib.sha256(hold_out(rank_columns(x), y).errors.tobytes()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "OPENBLAS_NUM_THREADS": n, "OMP_NUM_THREADS": n},
            capture_output=True, text=True, check=True,
        ).stdout
        for n in ("1", "2", "4")
    }  # fmt: skip
    assert len(digests) == 1
