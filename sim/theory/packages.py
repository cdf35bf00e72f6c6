"""Many issues: what trading one against another is worth, and why single edits cannot do it.

Sides weigh issues differently (Froman & Cohen 1970; Raiffa 1982). Where a mediator changes one issue
of a signed text at a time and neither side may lose, issues over which the two are opposed never
move; packages of two do.
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
    """Return linear payoffs from 0 to the stake; where stakes have one sign both want the same end.

    A negative stake of the second side turns its scale round: the two are opposed.
    """
    steps = np.linspace(0.0, 1.0, levels)
    other = np.where(np.asarray(second)[:, None] < 0.0, 1.0 - steps, steps)
    return PayoffTable(np.outer(first, steps), np.abs(np.asarray(second))[:, None] * other)


def five_issue_table() -> PayoffTable:
    """Return two issues to trade, one to divide, two on which both agree without knowing it."""
    return linear_payoffs(
        np.array([4000.0, 1600.0, 2400.0, 1200.0, 800.0]),
        np.array([-1600.0, -4000.0, -2400.0, 1200.0, 800.0]),
    )


def highest_joint_payoff(table: PayoffTable) -> float:
    """Return the largest sum of both payoffs."""
    return float((table.first + table.second).max(axis=1).sum())


def joint_payoff_of_single_edits(table: PayoffTable) -> float:
    """Return the sum that single edits from the middle reach: only issues both agree on move."""
    middle = table.first.shape[1] // 2
    total = 0.0
    for mine, yours in zip(table.first, table.second, strict=True):
        better = (mine >= mine[middle]) & (yours >= yours[middle])
        total += float((mine + yours)[better].max())
    return total


def edit_texts(
    table: PayoffTable, draws: Draws, texts: int, proposals: int, package: int, *, fair: bool = True
) -> Array:
    """Return the sum of payoffs of each text after random proposals, starting in the middle.

    A proposal gives `package` issues of the text other levels drawn evenly. It is signed if neither
    side loses and one gains; with `fair` off, if the sum does not fall, whoever loses.
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
    """Return E Σ max(w, w′) = (3K − 2)/(2K − 1) for weights drawn evenly from the simplex."""
    return (3.0 * issues - 2.0) / (2.0 * issues - 1.0)


def draw_logrolling_payoffs(draws: Draws, issues: int, count: int) -> Array:
    """Return the sum of payoffs where each issue goes to the side that weighs it more."""
    first, second = draws.dirichlet(np.ones(issues), (2, count))
    return np.asarray(np.maximum(first, second).sum(axis=1))


def mirrored_weights_payoff(weight: float) -> float:
    """Return 2a: two issues weighed a and 1 − a by one side and the other way by the other."""
    return 2.0 * max(weight, 1.0 - weight)
