"""Advice from a biased sender: cheap talk, mediation and arbitration in the uniform–quadratic case.

The state θ is uniform on [0, 1]. The receiver's loss is (a − θ)² and the sender's (a − θ − b)², a
being the action taken and b > 0 the sender's bias. All losses here are the receiver's. Cheap talk:
Crawford & Sobel (1982). Mediation: Goltsman, Hörner, Pavlov & Squintani (2009); that noise can help
is due to Blume, Board & Kawamura (2007). Delegation: Holmström (1984).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]


def partition_size(bias: float) -> int:
    """Return N, the largest number of messages that cheap talk can tell apart, ⌈−½ + ½√(1 + 2/b)⌉.

    `bias` is b > 0. From b = ¼ on nothing can be said: N = 1 (Crawford & Sobel 1982).

    Example:
        >>> partition_size(0.01)
        7
    """
    exact = -0.5 + 0.5 * math.sqrt(1.0 + 2.0 / bias)
    return math.ceil(exact - 1e-12)  # so that rounding does not add a message at a whole number


def partition(bias: float) -> Array:
    """Return the N + 1 ends of the intervals of cheap talk, a_i = i/N + 2i(i − N)b."""
    size = partition_size(bias)
    i = np.arange(size + 1)
    return i / size + 2.0 * i * (i - size) * bias


def partition_by_shooting(bias: float) -> Array:
    """Return the same ends by shooting, as a check on `partition`.

    At an end the sender is torn between the two neighbouring actions, so lengths grow by 4b from
    one interval to the next. The longest such chain from 0 to 1 whose first length is positive is
    returned.
    """
    size, first = 1, 1.0
    while True:
        rest = 1.0 - 4.0 * bias * size * (size + 1) / 2.0
        if rest <= 1e-12:  # no room for another interval of positive length
            break
        size, first = size + 1, rest / (size + 1)
    lengths = first + 4.0 * bias * np.arange(size)
    return np.concatenate(([0.0], np.cumsum(lengths)))


def loss_of_partition(ends: Array) -> float:
    """Return the receiver's expected loss if it learns only the interval, Σ length³/12.

    `ends` are the ends of the intervals in rising order, from 0 to 1.
    """
    return float((np.diff(ends) ** 3).sum() / 12.0)


def cheap_talk_loss(bias: float) -> float:
    """Return the receiver's expected loss under cheap talk, 1/(12N²) + b²(N² − 1)/3.

    N is `partition_size(bias)` (Crawford & Sobel 1982).
    """
    size = partition_size(bias)
    return 1.0 / (12.0 * size**2) + bias**2 * (size**2 - 1) / 3.0


def mediation_loss(bias: float) -> float:
    """Return the receiver's expected loss with the best mediator: b(1 − b)/3, from b = ½ on 1/12.

    The mediator hears the sender and recommends an action that the receiver is free to refuse
    (Goltsman, Hörner, Pavlov & Squintani 2009).
    """
    return bias * (1.0 - bias) / 3.0 if bias < 0.5 else 1.0 / 12.0


def arbitration_loss(bias: float) -> float:
    """Return the receiver's expected loss with the best arbitrator, whose word binds.

    The sender decides, up to 1 − b: b² − 4b³/3, from b = ½ on 1/12 (Holmström 1984).
    """
    return bias**2 - 4.0 * bias**3 / 3.0 if bias < 0.5 else 1.0 / 12.0


def saving_by_mediation(bias: float) -> float:
    """Return the share of cheap talk's expected loss that the best mediator saves."""
    return 1.0 - mediation_loss(bias) / cheap_talk_loss(bias)


def loss_by_programme(bias: float, states: int, *, obeyed: bool = True) -> float:
    """Return the least expected loss of any mediator on a grid, by linear programming.

    The grid has `states` states and 2 · `states` + 1 actions. The sender must be best off telling
    the truth; with `obeyed` the receiver must be best off with the recommended action, without it
    the recommendation binds, as an arbitrator's does. A report matters to the sender only through
    mean and mean square of the action, so it is enough that no state gains by naming its neighbour.
    """
    from scipy import sparse
    from scipy.optimize import linprog

    n, theta = states, (np.arange(states) + 0.5) / states
    # A finer grid than that of states: a recommendation that pools states lies between them.
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


def _truth_rows(bias: float, theta: Array, actions: Array) -> csr_array:
    """Return the rows ≤ 0 which say that no state gains by naming a neighbouring state."""
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
