"""Digests of simulated tables by column, used to compare machines with each other.

Columns are digested one by one, because a structured array has padding of arbitrary bytes between its
fields.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.parameters.parameter_row import parameter_row

if TYPE_CHECKING:
    from sim.engines.batch import RunTables
    from sim.scenario.regimes import ResolvedRegime

Digests = dict[str, dict[str, str]]
PARAMETERS = "parameters"


def column_digests(*tables: np.ndarray) -> dict[str, str]:
    """Return the SHA-256 of every column of structured arrays, as if they were concatenated."""
    found = {}
    for name in tables[0].dtype.names or ():
        digest = hashlib.sha256()
        for rows in tables:
            digest.update(_canonical_bytes(np.asarray(rows)[name]))
        found[name] = digest.hexdigest()
    return found


def outcome_digests(outcomes: Iterable[tuple[ResolvedRegime, RunTables]]) -> Digests:
    """Return the digests of all tables of several regimes, by table and column.

    The rows of all regimes are concatenated. The table `parameters` has the rows of parameters that
    rules read: if they differ between two machines, the difference arose before the first month.
    """
    pairs = list(outcomes)
    rows = [np.asarray(parameter_row(regime)) for regime, _ in pairs]
    return {PARAMETERS: column_digests(*rows)} | {
        table: column_digests(*(getattr(outcome, table) for _, outcome in pairs))
        for table in pairs[0][1]._fields
    }


def differing_digests(first: Mapping[str, Mapping[str, str]], second: Digests) -> list[str]:
    """Return `table.column` of every digest that differs or that only one side has."""
    names = dict.fromkeys(
        (t, c) for digests in (first, second) for t in digests for c in digests[t]
    )
    return [f"{t}.{c}" for t, c in names if first.get(t, {}).get(c) != second.get(t, {}).get(c)]


def _canonical_bytes(values: np.ndarray) -> bytes:
    """Return the bytes of a column: contiguous, little-endian, every NaN with the same bits."""
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), np.nan, values).astype(values.dtype)
    return np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()
