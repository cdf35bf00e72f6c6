"""Many issues: what trading one against another is worth, and why single edits cannot achieve it.

Sides weigh issues differently (Froman & Cohen 1970; Raiffa 1982). If a mediator changes one issue
of a signed text at a time and neither side may lose, issues on which the two are opposed never
move. Packages of two issues do.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Draws = np.random.Generator


class PayoffTable(NamedTuple):
    """Payoffs of both sides by issue and level, shape (issues, levels) each."""

    first: Array
    second: Array


def linear_payoffs(first: Array, second: Array, levels: int = 5) -> PayoffTable:
    """Return payoffs that rise linearly from 0 to the stake over the levels of each issue.

    `first` and `second` hold the stake of each side by issue. A negative stake of the second side
    turns its scale round: the two sides are opposed there.
    """
    steps = np.linspace(0.0, 1.0, levels)
    other = np.where(np.asarray(second)[:, None] < 0.0, 1.0 - steps, steps)
    return PayoffTable(np.outer(first, steps), np.abs(np.asarray(second))[:, None] * other)


def five_issue_table() -> PayoffTable:
    """Return a case of two issues to trade, one to divide, and two on which interests agree."""
    return linear_payoffs(
        np.array([4000.0, 1600.0, 2400.0, 1200.0, 800.0]),
        np.array([-1600.0, -4000.0, -2400.0, 1200.0, 800.0]),
    )


def highest_joint_payoff(table: PayoffTable) -> float:
    """Return the largest sum of both payoffs over all packages."""
    return float((table.first + table.second).max(axis=1).sum())


def joint_payoff_of_single_edits(table: PayoffTable) -> float:
    """Return the joint payoff that single edits reach from the middle if neither side may lose.

    Only issues on which both want the same move.
    """
    middle = table.first.shape[1] // 2  # the level in the middle of every issue
    total = 0.0
    for mine, yours in zip(table.first, table.second, strict=True):
        better = (mine >= mine[middle]) & (yours >= yours[middle])
        total += float((mine + yours)[better].max())
    return total


def edit_texts(
    table: PayoffTable, draws: Draws, texts: int, proposals: int, package: int, *, fair: bool = True
) -> Array:
    """Return the joint payoff of `texts` texts after random proposals, from the middle package.

    A proposal draws `package` issues of the text and gives them levels drawn evenly. It is signed
    if neither side loses; with `fair` off, if the sum does not fall, whoever loses.
    """
    issues, levels = table.first.shape
    rows = np.arange(texts)[:, None]
    text = np.full((texts, issues), levels // 2)
    which = np.arange(issues)
    worth = np.array([[t[which, text].sum(axis=1)] for t in table])[:, 0]
    for _ in range(proposals):
        order = draws.random((texts, issues)).argsort(axis=1)[:, :package]
        draft = text.copy()
        draft[rows, order] = draws.integers(0, levels, (texts, package))
        offered = np.array([t[which, draft].sum(axis=1) for t in table])
        change = offered - worth
        signed = (change >= 0.0).all(axis=0) if fair else change.sum(axis=0) >= 0.0
        text[signed] = draft[signed]
        worth[:, signed] = offered[:, signed]
    return np.asarray(worth.sum(axis=0))


def expected_logrolling_payoff(issues: int) -> float:
    """Return E Σ max(w, w′) = (3K − 2)/(2K − 1) for weights drawn evenly from the simplex.

    Each of the K issues goes to the side that weighs it more; w and w′ are the weights of the two.
    """
    return (3.0 * issues - 2.0) / (2.0 * issues - 1.0)


def draw_logrolling_payoffs(draws: Draws, issues: int, count: int) -> Array:
    """Return `count` joint payoffs if each issue goes to the side that weighs it more."""
    first, second = draws.dirichlet(np.ones(issues), (2, count))
    return np.asarray(np.maximum(first, second).sum(axis=1))


def mirrored_weights_payoff(weight: float) -> float:
    """Return 2 max(a, 1 − a), the joint payoff if sides weigh two issues a, 1 − a and 1 − a, a."""
    return 2.0 * max(weight, 1.0 - weight)
