"""Advice from a biased sender: cheap talk, a mediator, an arbitrator; the uniform–quadratic case.

The state θ is U[0, 1]; the receiver loses (a − θ)², the sender (a − θ − b)². Losses are the
receiver's. Crawford & Sobel (1982) for cheap talk; Goltsman, Hörner, Pavlov & Squintani (2009) and
Blume, Board & Kawamura (2007) for a mediator, who may add noise; Holmström (1984) for delegation.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def partition_size(bias: float) -> int:
    """Return the most messages that can be told apart: ⌈−½ + ½√(1 + 2/b)⌉."""
    exact = -0.5 + 0.5 * math.sqrt(1.0 + 2.0 / bias)
    return math.ceil(exact - 1e-12)


def partition(bias: float) -> Array:
    """Return the ends of the intervals: a_i = i/N + 2i(i − N)b."""
    size = partition_size(bias)
    i = np.arange(size + 1)
    return i / size + 2.0 * i * (i - size) * bias


def partition_by_shooting(bias: float) -> Array:
    """Return the same by shooting: ends at which a sender is torn between two neighbours.

    Each end must be as far from one mean as from the next, so lengths grow by 4b; the longest
    chain from 0 to 1 whose first interval has a length is the answer.
    """
    size, first = 1, 1.0
    while True:
        rest = 1.0 - 4.0 * bias * size * (size + 1) / 2.0
        if rest <= 1e-12:
            break
        size, first = size + 1, rest / (size + 1)
    lengths = first + 4.0 * bias * np.arange(size)
    return np.concatenate(([0.0], np.cumsum(lengths)))


def loss_of_partition(ends: Array) -> float:
    """Return the receiver's loss where it learns the interval only: Σ length³/12."""
    return float((np.diff(ends) ** 3).sum() / 12.0)


def cheap_talk_loss(bias: float) -> float:
    """Return 1/(12N²) + b²(N² − 1)/3."""
    size = partition_size(bias)
    return 1.0 / (12.0 * size**2) + bias**2 * (size**2 - 1) / 3.0


def mediation_loss(bias: float) -> float:
    """Return b(1 − b)/3 up to b = ½, and 1/12 beyond."""
    return bias * (1.0 - bias) / 3.0 if bias < 0.5 else 1.0 / 12.0


def arbitration_loss(bias: float) -> float:
    """Return b² − 4b³/3 up to b = ½: the sender decides, up to 1 − b; 1/12 beyond."""
    return bias**2 - 4.0 * bias**3 / 3.0 if bias < 0.5 else 1.0 / 12.0


def saving_by_mediation(bias: float) -> float:
    """Return the share of the loss of cheap talk that the best mediator saves."""
    return 1.0 - mediation_loss(bias) / cheap_talk_loss(bias)


def loss_by_programme(bias: float, states: int, *, obeyed: bool = True) -> float:
    """Return the least loss of any mediator on a grid: n states, 2n + 1 actions.

    The sender must be best off with the truth; with `obeyed`, the receiver with what it is told.
    Without it the recommendation binds: an arbitrator. What a report brings depends on the mean
    and the mean square of the action alone, so neighbours are enough for the truth.
    """
    from scipy import sparse
    from scipy.optimize import linprog

    n, theta = states, (np.arange(states) + 0.5) / states
    actions = np.linspace(0.0, 1.0, 2 * n + 1)
    m = len(actions)
    loss = ((actions[None, :] - theta[:, None]) ** 2).ravel() / n
    each = sparse.eye_array(n, format="csr")
    chance = sparse.kron(each, np.ones((1, m)), format="csr")
    truth = _truth_rows(bias, theta, actions)
    equal = [chance]
    right = [np.ones(n)]
    if obeyed:
        pull = (theta[:, None] - actions[None, :]) / n
        rows = [sparse.diags_array(pull[i]) for i in range(n)]
        equal.append(sparse.hstack(rows, format="csr"))
        right.append(np.zeros(m))
    found = linprog(
        loss,
        A_ub=truth,
        b_ub=np.zeros(truth.shape[0]),
        A_eq=sparse.vstack(equal, format="csr"),
        b_eq=np.concatenate(right),
        bounds=(0.0, 1.0),
        method="highs",
    )
    return float(found.fun)


def _truth_rows(bias: float, theta: Array, actions: Array):  # type: ignore[no-untyped-def]
    """Return rows ≤ 0: a sender in one state loses no less by naming the neighbouring state."""
    from scipy import sparse

    n, m = len(theta), len(actions)
    rows = sparse.lil_array((2 * (n - 1), n * m))
    for k, (own, other) in enumerate(
        [(i, i + 1) for i in range(n - 1)] + [(i + 1, i) for i in range(n - 1)]
    ):
        lost = (actions - theta[own] - bias) ** 2
        rows[[k], own * m : (own + 1) * m] = lost[None, :]
        rows[[k], other * m : (other + 1) * m] = -lost[None, :]
    return rows.tocsr()
