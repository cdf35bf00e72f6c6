"""Ridge regression on a quadratic basis, judged on points that it has not seen, with the same bits everywhere.

Columns are replaced by their ranks, so that neither their units nor their shapes matter. The basis is a constant,
every column, and as far as they help every square and every product of two. Inner products of the whole basis are
the kernel 1 + g + g²/2, where g is the mean product of two points' columns, so that the number of products costs
nothing (Schölkopf & Smola 2002). How strong the penalty is, and whether squares and products help at all, is chosen
by cross-validation among the points that are left after those to be predicted are taken out (nested: Varma & Simon
2006).

No matrix product and no factorisation of a library: these round as threads and processors like. Everything here
is made of additions, products and roots of whole arrays in a fixed order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

FOLDS = 5
# Per point, in units of the kernel's diagonal, which is about 2. The last predicts the mean, whatever the columns.
PENALTIES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, np.inf)
BASES = ("columns", "squares", "products")  # each with those before it
LEAST_PENALTY = (
    1e-9  # per point, of regressions on one column: it decides nothing but a division by 0
)
DIGITS = 12  # of a column, before it is ranked: rounding must not part what is equal
CACHED_ENTRIES = 200_000  # of the matrices that are solved together: 1.6 MB
EMPTY = np.zeros((0, 0))
Setting = tuple[int, float]  # place of the kernel, penalty
OnFit = Callable[[], None]  # called after each factorisation


class HeldOut(NamedTuple):
    """Predictions of each point by regressions that have not seen it.

    `errors` are what the prediction misses and `spreads` what the mean of the other points would miss, both of
    shape (points, targets).
    """

    errors: np.ndarray
    spreads: np.ndarray


def rank_columns(columns: np.ndarray) -> np.ndarray:
    """Return columns as ranks with mean 0 and variance about 1, and whether a value is missing beside them.

    `columns` has shape (points, columns); NaN is a missing value, which gets the middle rank and, if it is
    missing at some points only, a column of its own that says so. Columns without any variation are left out.
    """
    found = []
    for column in np.asarray(columns, float).T:
        seen = np.isfinite(column)
        ranks = np.zeros(len(column))
        if seen.any():
            ranks[seen] = _spread_ranks(column[seen])
        found += [ranks] if ranks.any() else []
        if seen.any() and not seen.all():
            found.append(_spread_ranks(seen.astype(float)))
    return np.column_stack(found) if found else np.zeros((len(columns), 0))


def rank_units(values: np.ndarray) -> np.ndarray:
    """Return values as ranks from 0 to 1, equal values with their mean rank; shape (points,)."""
    rounded = np.array([float(f"{value:.{DIGITS}g}") for value in np.asarray(values).tolist()])
    ordered = np.sort(rounded)
    below = np.searchsorted(ordered, rounded, "left")
    upto = np.searchsorted(ordered, rounded, "right")
    middle: np.ndarray = (below + upto) / (2.0 * len(rounded))
    return middle


def _spread_ranks(values: np.ndarray) -> np.ndarray:
    """Return the ranks of values with mean 0, spread as uniform ones with variance 1 are."""
    spread: np.ndarray = (rank_units(values) - 0.5) * float(np.sqrt(12.0))
    return spread


def assign_folds(points: int, folds: int = FOLDS) -> np.ndarray:
    """Return the fold of each point: every fifth one, as points of a design come in no order."""
    return np.arange(points) % folds


def hold_out(columns: np.ndarray, targets: np.ndarray, on_fit: OnFit = lambda: None) -> HeldOut:
    """Return what regressions of each target on all columns miss at points that they have not seen.

    `columns` are ranked columns, shape (points, columns), and `targets` have shape (points, targets). Every point
    is predicted once, by a regression on the other folds whose penalty was chosen within these.
    """
    fold = assign_folds(len(targets))
    kernels = _kernels(columns)
    losses = _inner_losses(kernels, targets, fold, on_fit)
    chosen = np.stack([_least(losses[outer]) for outer in range(FOLDS)])
    return _outer_errors(kernels, targets, fold, chosen, on_fit)


def count_fits() -> int:
    """Return the most factorisations of `hold_out`, for progress."""
    settings = len(BASES) * (len(PENALTIES) - 1)
    return settings * (FOLDS * (FOLDS - 1) // 2 + FOLDS)


def _settings() -> list[Setting]:
    """Return (place of the kernel, penalty) of every setting, the most cautious first."""
    penalties = sorted(PENALTIES, reverse=True)
    return [(kernel, penalty) for penalty in penalties for kernel in range(len(BASES))]


def _kernels(columns: np.ndarray) -> list[np.ndarray]:
    """Return the kernel of each basis, shape (points, points): inner products of what the basis has."""
    points = len(columns)
    product, squares = np.zeros((points, points)), np.zeros((points, points))
    for column in columns.T:
        product += column[:, None] * column[None, :]
        square = column * column - 1.0
        squares += square[:, None] * square[None, :]
    many = max(1, columns.shape[1])
    product /= many
    linear = 1.0 + product
    return [linear, linear + squares / many, linear + 0.5 * (product * product)]


def _inner_losses(
    kernels: Sequence[np.ndarray], targets: np.ndarray, fold: np.ndarray, on_fit: OnFit
) -> np.ndarray:
    """Return the sum of squares that each setting misses, shape (folds, settings, targets).

    The regression without folds a and b predicts b for the choice that a is to be predicted by, and a for b's.
    """
    settings = _settings()
    losses = np.zeros((FOLDS, len(settings), targets.shape[1]))
    for one, two in combinations(range(FOLDS), 2):
        train = (fold != one) & (fold != two)
        for places in _together(settings, int(train.sum())):
            some = [settings[place] for place in places]
            predict = _fit(kernels, targets, train, some, on_fit)
            for outer, inner in ((one, two), (two, one)):
                missed = targets[fold == inner] - predict(fold == inner)
                for place, squares in zip(places, missed * missed, strict=True):
                    losses[outer, place] += _column_sums(squares)
    return losses


def _together(settings: Sequence[Setting], size: int) -> Iterator[list[int]]:
    """Yield the places of settings that are solved together: as many as a processor's cache holds."""
    most = max(1, CACHED_ENTRIES // max(1, size * size))
    places = range(len(settings))
    yield from (list(places[at : at + most]) for at in range(0, len(places), most))


def _least(losses: np.ndarray) -> np.ndarray:
    """Return the setting with the smallest loss of each target; of equal ones the most cautious."""
    rounded = np.array([[float(f"{loss:.9g}") for loss in row] for row in losses.tolist()])
    best: np.ndarray = np.argmin(rounded, axis=0)
    return best


def _outer_errors(
    kernels: Sequence[np.ndarray],
    targets: np.ndarray,
    fold: np.ndarray,
    chosen: np.ndarray,
    on_fit: OnFit,
) -> HeldOut:
    """Return the errors at each fold of the regressions on the others, with the settings chosen for it."""
    settings = _settings()
    errors, spreads = np.zeros_like(targets), np.zeros_like(targets)
    for outer in range(FOLDS):
        test, train = fold == outer, fold != outer
        spreads[test] = targets[test] - _mean(targets[train])
        for place in sorted(set(chosen[outer].tolist())):
            which = chosen[outer] == place
            predict = _fit(kernels, targets[:, which], train, [settings[place]], on_fit)
            errors[np.ix_(test, which)] = targets[np.ix_(test, which)] - predict(test)[0]
    return HeldOut(errors, spreads)


def _fit(
    kernels: Sequence[np.ndarray],
    targets: np.ndarray,
    train: np.ndarray,
    settings: Sequence[Setting],
    on_fit: OnFit,
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function that predicts the targets of some points from those in `train`.

    It returns an array of shape (settings, points, targets).
    """
    known = targets[train]
    mean = _mean(known)
    solved = [n for n, (_, penalty) in enumerate(settings) if np.isfinite(penalty)]
    matrices = np.stack([_penalised(kernels, settings[n], train) for n in solved] or [EMPTY])
    right = np.repeat((known - mean)[None], len(solved), axis=0)
    weights = _solve(matrices, right) if solved else right
    for _ in solved:
        on_fit()

    def predict(points: np.ndarray) -> np.ndarray:
        found = np.empty((len(settings), int(points.sum()), len(mean)))
        found[:] = mean
        for n, of_setting in zip(solved, weights, strict=True):
            near = kernels[settings[n][0]][np.ix_(points, train)]
            for column, weight in zip(near.T, of_setting, strict=True):
                found[n] += column[:, None] * weight
        return found

    return predict


def _penalised(kernels: Sequence[np.ndarray], setting: Setting, train: np.ndarray) -> np.ndarray:
    """Return the kernel of the points in `train` with the penalty on its diagonal."""
    kernel, penalty = setting
    matrix: np.ndarray = kernels[kernel][np.ix_(train, train)]
    matrix.flat[:: len(matrix) + 1] += penalty * len(matrix)
    return matrix


def _solve(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the solutions of matrix × x = right by Cholesky's roots; both are overwritten.

    Shapes are (systems, n, n) and (systems, n, targets). Column by column from the first to the last: the order of
    every sum is fixed.
    """
    size = matrix.shape[1]
    for nth in range(size):
        root = np.sqrt(matrix[:, nth, nth])[:, None]
        right[:, nth] /= root
        column = matrix[:, nth + 1 :, nth] / root
        matrix[:, nth, nth], matrix[:, nth + 1 :, nth] = root[:, 0], column
        matrix[:, nth + 1 :, nth + 1 :] -= column[:, :, None] * column[:, None, :]
        right[:, nth + 1 :] -= column[:, :, None] * right[:, nth, None, :]
    for nth in range(size - 1, -1, -1):
        right[:, nth] /= matrix[:, nth, nth, None]
        right[:, :nth] -= matrix[:, nth, :nth, None] * right[:, nth, None, :]
    return right


def miss_after(errors: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Return what is still missed of each target if one further column is known as well.

    `errors` are those of targets, shape (points, targets), and `left` those of the columns as targets of the same
    regressions, shape (points, columns). A fold's errors are predicted from what is left of the column and its
    square by least squares on the other folds. The result has shape (columns, points, targets).
    """
    fold = assign_folds(len(errors))
    found = np.empty((left.shape[1], *errors.shape))
    for nth, column in enumerate(left.T):
        size = np.sqrt(_column_sums((column * column)[:, None])[0] / max(1, len(column)))
        x = column / size if size > 0.0 else column
        basis = np.stack([np.ones_like(x), x, x * x], axis=1)
        for outer in range(FOLDS):
            test, train = fold == outer, fold != outer
            normal = np.stack([_column_sums(basis[train] * b[train, None]) for b in basis.T])
            normal.flat[:: len(normal) + 1] += LEAST_PENALTY * train.sum()
            right = np.stack([_column_sums(errors[train] * b[train, None]) for b in basis.T])
            found[nth, test] = errors[test]
            for weight, b in zip(_solve(normal[None], right[None])[0], basis.T, strict=True):
                found[nth, test] -= b[test, None] * weight
    return found


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean of each column, added up from the first row to the last."""
    mean: np.ndarray = _column_sums(values) / max(1, len(values))
    return mean


def _column_sums(values: np.ndarray) -> np.ndarray:
    """Return the sum of each column, added up from the first row to the last."""
    total = np.zeros(values.shape[1])
    for row in values:
        total += row
    return total
