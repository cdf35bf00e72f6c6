"""The surplus ledger: first best as the sum of joint surplus and causes of loss, by world."""

from __future__ import annotations

import numpy as np

from sim.measure.metrics import MEASURES
from sim.measure.view import View
from sim.words import Cause

NAMES = [m.name for m in MEASURES]
CAUSES = tuple(c.name.lower() for c in Cause)
TOLERANCE = 1e-9  # relative to the sum of absolute terms, at least 1 unit of money


def ledger_rows(view: View) -> np.ndarray:
    """Return the ledger as one row per world: `world`, `first_best`, a column per cause, `surplus`.

    In money per need and counted month. Raises ArithmeticError if first best − causes differs from
    surplus in any world by more than 1e-9 × max(1, Σ |terms|).
    """
    return _checked_rows(
        {name: view.per_need_month(name) for name in ("first_best", *CAUSES, "surplus")},
        view.worlds,
    )


def measured_ledger(worlds: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the rows of `ledger_rows` from measures that are known already.

    `worlds` are the numbers of the worlds, `values` has the shape (worlds, measures).
    """
    measures = {
        "first_best": "first_best", **{cause: f"loss_{cause}" for cause in CAUSES}, "surplus": "surplus"
    }  # fmt: skip
    table = {name: values[:, NAMES.index(measure)] for name, measure in measures.items()}
    return _checked_rows(table, worlds)


def _checked_rows(table: dict[str, np.ndarray], worlds: np.ndarray) -> np.ndarray:
    check_ledger(table, worlds)
    rows = np.empty(len(worlds), [("world", "i8"), *((name, "f8") for name in table)])
    for name, values in {"world": worlds, **table}.items():
        rows[name] = values
    return rows


def check_ledger(table: dict[str, np.ndarray], worlds: np.ndarray) -> None:
    """Raise ArithmeticError for the first world whose ledger does not add up.

    `table` has the columns of the ledger by name, each of shape (worlds,).
    """
    causes = np.array([table[name] for name in CAUSES])
    gap = table["first_best"] - causes.sum(axis=0) - table["surplus"]
    terms = np.abs(table["first_best"]) + np.abs(causes).sum(axis=0) + np.abs(table["surplus"])
    wrong = ~(np.abs(gap) <= TOLERANCE * np.maximum(1.0, terms))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ArithmeticError(
            f"the ledger of world {worlds[row]} does not add up: {gap[row]:.3g} left over"
        )
