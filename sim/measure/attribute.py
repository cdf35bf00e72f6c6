"""Attribution of an outcome to switches that can each be on or off: exact Shapley values.

A study of n switches ("players") runs all 2ⁿ coalitions under common luck. The Shapley value of a
player is its marginal contribution averaged over all orders in which the players may join, so the
values of all players sum to the effect of all of them together (Shapley 1953). First in and last in
are the two extremes: the effect of a player alone, and what is lost if it alone leaves. The Shapley
interaction index of a pair is by how much the effect of both exceeds the sum of their separate
effects, averaged over the coalitions of the other players (Grabisch & Roubens 1999).

Coalitions are bitmasks: bit i of the first index of `values` says whether player i is in. Each
world is attributed separately; intervals are over worlds.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import Any

import numpy as np

from sim.measure.intervals import summarise_paired, without_rounding

OutcomeName = tuple[str, str, str]
ALL_PLAYERS = "all"
KINDS_OF_ALL = ("total", "procedure", "mediator")  # of rows about all players together


def shapley_values(values: np.ndarray) -> np.ndarray:
    """Return the Shapley value of each player, shape (players, worlds, outcomes).

    `values` has shape (2**players, worlds, outcomes), in any unit; the result has the same unit. A
    NaN makes the values of its world and outcome NaN and no others. Raises ValueError for any other
    shape.

    Example:
        Two players who earn 1 together and nothing apart share it equally.

        >>> import numpy as np
        >>> shapley_values(np.array([0.0, 0.0, 0.0, 1.0])[:, None, None])[:, 0, 0].tolist()
        [0.5, 0.5]
    """
    n, table = _coalition_table(values)
    weight = 1.0 / (n * np.array([comb(n - 1, size) for size in range(n)], float))
    found = np.empty((n, *table.shape[1:]))
    for i in range(n):
        halves = table.reshape(-1, 2, 1 << i, *table.shape[1:])
        found[i] = _weighted_sum(halves[:, 1] - halves[:, 0], weight)
    return found


def first_in_contributions(values: np.ndarray) -> np.ndarray:
    """Return the effect of each player alone, shape (players, worlds, outcomes).

    `values` is as for `shapley_values`.
    """
    n, table = _coalition_table(values)
    found: np.ndarray = table[1 << np.arange(n)] - table[0]
    return found


def last_in_contributions(values: np.ndarray) -> np.ndarray:
    """Return the loss if each player alone leaves, shape (players, worlds, outcomes).

    `values` is as for `shapley_values`.
    """
    n, table = _coalition_table(values)
    found: np.ndarray = table[-1] - table[(len(table) - 1) ^ (1 << np.arange(n))]
    return found


def interaction_indices(values: np.ndarray) -> np.ndarray:
    """Return the Shapley interaction index, shape (players, players, worlds, outcomes).

    `values` is as for `shapley_values`. The index is symmetric and NaN on the diagonal; two players
    are complements if it is above 0 and substitutes if it is below.
    Source: Grabisch & Roubens (1999).

    Example:
        >>> import numpy as np
        >>> values = np.array([0.0, 1.0, 2.0, 5.0])[:, None, None]
        >>> float(interaction_indices(values)[0, 1, 0, 0])
        2.0
    """
    n, table = _coalition_table(values)
    found = np.full((n, n, *table.shape[1:]), np.nan)
    if n < 2:
        return found
    weight = 1.0 / ((n - 1) * np.array([comb(n - 2, size) for size in range(n - 1)], float))
    for i, j in combinations(range(n), 2):
        pair = table.reshape(-1, 2, 1 << (j - i - 1), 2, 1 << i, *table.shape[1:])
        together = pair[:, 1, :, 1] - pair[:, 0, :, 1]
        together -= pair[:, 1, :, 0] - pair[:, 0, :, 0]
        found[i, j] = found[j, i] = _weighted_sum(together, weight)
    return found


def attribution_rows(
    values: np.ndarray,
    players: Sequence[str],
    outcomes: Sequence[OutcomeName],
    machine: np.ndarray | None = None,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of `attribution.parquet` and of `interactions.parquet`.

    `values` is as for `shapley_values`; `outcomes` are (name, label, unit), one for each of its
    columns. `machine` are the outcomes of all players together if the machine carries them out,
    shape (worlds, outcomes): the total is then also split into procedure (machine − no player) and
    mediator (all − machine). Means and 95 % intervals are over worlds; a world in which an outcome
    has no value under some coalition is left out of that outcome. Raises ValueError if shapes do
    not agree.
    """
    n, table = _coalition_table(values)
    if n != len(players) or table.shape[2] != len(outcomes):
        want = f"{1 << len(players)} coalitions and {len(outcomes)} outcomes"
        raise ValueError(f"values of shape {table.shape}: want {want}")
    found = {
        "shapley": shapley_values(table),
        "first_in": first_in_contributions(table),
        "last_in": last_in_contributions(table),
        "total": (table[-1] - table[0])[None],
    }
    size = np.abs(table).max(axis=0)
    if machine is not None:
        found |= {"procedure": (machine - table[0])[None], "mediator": (table[-1] - machine)[None]}
        size = np.maximum(size, np.abs(machine))
    means = {
        kind: _summarise_over_worlds(without_rounding(values_of_kind, size))
        for kind, values_of_kind in found.items()
    }
    shares = [
        {**_outcome_columns(outcome), "player": player, "kind": kind, **means[kind][k][o]}
        for o, outcome in enumerate(outcomes)
        for kind in found
        for k, player in enumerate((ALL_PLAYERS,) if kind in KINDS_OF_ALL else players)
    ]
    return shares, _interaction_rows(
        without_rounding(interaction_indices(table), size), players, outcomes
    )


def _interaction_rows(
    index: np.ndarray, players: Sequence[str], outcomes: Sequence[OutcomeName]
) -> list[dict[str, Any]]:
    pairs = list(combinations(range(len(players)), 2))
    if not pairs:
        return []
    means = _summarise_over_worlds(np.stack([index[pair] for pair in pairs]))
    kept = ("mean", "low", "high", "n")
    return [
        {**_outcome_columns(outcome), "player": players[i], "other": players[j]}
        | {column: means[k][o][column] for column in kept}
        for o, outcome in enumerate(outcomes)
        for k, (i, j) in enumerate(pairs)
    ]


def _summarise_over_worlds(found: np.ndarray) -> list[list[dict[str, Any]]]:
    """Return mean, interval, spread and count over worlds, as a list by first axis and by outcome.

    `found` has shape (players or pairs, worlds, outcomes).
    """
    things, worlds, outcomes = found.shape
    flat = found.transpose(1, 0, 2).reshape(worlds, -1)
    s = summarise_paired(flat, np.zeros_like(flat))
    columns = ("mean", "low", "high", "sd", "share_opposite")
    rows = [
        {**{column: float(getattr(s, column)[k]) for column in columns}, "n": int(s.n[k])}
        for k in range(things * outcomes)
    ]
    return [rows[t * outcomes : (t + 1) * outcomes] for t in range(things)]


def _outcome_columns(outcome: OutcomeName) -> dict[str, str]:
    return dict(zip(("outcome", "label", "unit"), outcome, strict=True))


def _coalition_table(values: np.ndarray) -> tuple[int, np.ndarray]:
    """Return the number of players and the values; raises ValueError for a wrong shape."""
    table = np.asarray(values, float)
    n = len(table).bit_length() - 1
    if table.ndim != 3 or n < 1 or len(table) != 1 << n:
        raise ValueError(f"values of shape {table.shape}: want (2**players, worlds, outcomes)")
    return n, table


def _weighted_sum(marginal: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the sum over coalitions of the other players, weighted by coalition size.

    Summed coalition by coalition, not as a matrix product, whose last bits may depend on threads.
    """
    flat = marginal.reshape(-1, *marginal.shape[-2:])
    flat *= weight[np.bitwise_count(np.arange(len(flat)))][:, None, None]
    total: np.ndarray = flat.sum(axis=0)
    return total
