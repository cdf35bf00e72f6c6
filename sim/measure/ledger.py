"""The surplus ledger: where first best went, per need and month, world by world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.measure.view import View
from sim.words import Cause

if TYPE_CHECKING:
    import pandas as pd

CAUSES = tuple(c.name.lower() for c in Cause)
TOLERANCE = 1e-9


def ledger_frame(view: View) -> pd.DataFrame:
    """Return `ledger_rows` as a DataFrame."""
    import pandas as pd

    return pd.DataFrame(ledger_rows(view))


def ledger_rows(view: View) -> np.ndarray:
    """Return one row per world: `world`, `first_best`, one column per cause, `surplus`.

    Money per need and month that counts. Raises ArithmeticError when a world does not add up:
    first best − causes must be surplus to 1e-9 × max(1, |terms|).
    """
    table = {name: view.each(name) for name in ("first_best", *CAUSES, "surplus")}
    check_ledger(table, view.worlds)
    rows = np.empty(len(view.worlds), [("world", "i8"), *((name, "f8") for name in table)])
    for name, values in {"world": view.worlds, **table}.items():
        rows[name] = values
    return rows


def check_ledger(table: dict[str, np.ndarray], worlds: np.ndarray) -> None:
    """Raise ArithmeticError for the first world whose ledger does not add up."""
    causes = np.array([table[name] for name in CAUSES])
    gap = table["first_best"] - causes.sum(axis=0) - table["surplus"]
    terms = np.abs(table["first_best"]) + np.abs(causes).sum(axis=0) + np.abs(table["surplus"])
    wrong = ~(np.abs(gap) <= TOLERANCE * np.maximum(1.0, terms))
    if wrong.any():
        k = int(np.argmax(wrong))
        raise ArithmeticError(
            f"the ledger of world {worlds[k]} does not add up: {gap[k]:.3g} left over"
        )
