"""Facts that cannot hold, or cannot hold together: found after the first wave, and set aside by a rule.

What no point of the prior can say is a finding about the model, not a failure of the calibration. The rule is sealed
before anything runs: facts that are out of reach by themselves are set aside; of facts that cannot hold together, the
one of the lowest grade (and of these the one that leaves most when it is gone). What was set aside counts as failed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

FEWEST_LEFT = 8  # candidates that have to be left, so that another wave has somewhere to run
LOWEST_FIRST = "CBA"


@dataclass(frozen=True)
class FactConflict:
    """Facts that cannot hold together, by index, and the one of them that is set aside."""

    facts: tuple[int, ...]
    aside: int


@dataclass
class Aside:
    """What was set aside: facts out of reach by themselves, conflicts in the order in which they were found, and facts
    that are counted too rarely, so that luck is larger than their own error."""

    alone: list[int] = field(default_factory=list)
    conflicts: list[FactConflict] = field(default_factory=list)
    rare: list[int] = field(default_factory=list)

    @property
    def facts(self) -> list[int]:
        """Every fact that was set aside."""
        return [*self.alone, *(conflict.aside for conflict in self.conflicts), *self.rare]

    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "alone": self.alone,
            "conflicts": [[list(c.facts), c.aside] for c in self.conflicts],
        }


def aside_of(data: dict[str, Any] | None) -> Aside | None:
    """Return what plain data says was set aside, the inverse of `Aside.data`."""
    if data is None:
        return None
    return Aside(
        list(data["alone"]), [FactConflict(tuple(facts), i) for facts, i in data["conflicts"]]
    )


def settle(
    implausibility: np.ndarray,
    cutoff: float,
    grades: Sequence[str],
    kept: Sequence[int],
    reachable: Callable[[Sequence[int]], bool],
) -> Aside | None:
    """Return what has to be set aside so that something is left; None if a fact in `kept` is out of reach itself.

    `implausibility` has shape (candidates, facts), 0 for facts that do not count. `kept` are never set aside.
    `reachable` is asked whether facts that no candidate, or hardly any, is within reach of are reached anywhere else.
    """
    aside = Aside()
    within = implausibility <= cutoff
    counting = [i for i in range(within.shape[1]) if not within[:, i].all()]
    for i in list(counting):
        if not within[:, i].any() and not reachable([i]):
            if i in kept:
                return None
            aside.alone.append(i)
            counting.remove(i)
    while count_left(within, counting) < FEWEST_LEFT and not reachable(counting):
        fighting = smallest_conflict(within, counting)
        movable = [i for i in fighting if i not in kept]
        if not movable:
            return None

        def loses_least(i: int, others: tuple[int, ...] = tuple(counting)) -> tuple[int, int, int]:
            left = count_left(within, [j for j in others if j != i])
            return LOWEST_FIRST.find(grades[i]), -left, i

        chosen = min(movable, key=loses_least)
        if len(fighting) > 1:
            aside.conflicts.append(FactConflict(tuple(fighting), chosen))
        else:
            aside.alone.append(chosen)
        counting.remove(chosen)
    return aside


def count_left(within: np.ndarray, facts: Sequence[int]) -> int:
    """Return how many candidates are within the cutoff for all of some facts."""
    return int(within[:, list(facts)].all(axis=1).sum())


def smallest_conflict(within: np.ndarray, facts: Sequence[int]) -> list[int]:
    """Return facts that leave too little together although they would not if any of them were missing.

    The deletion filter of Chinneck & Dravnieks (1991): each fact is left out for good if the others still leave too
    little. `facts` together have to leave too little.

    Example:
        >>> within = np.array([[True, False, True], [False, True, True]] * 8)
        >>> smallest_conflict(within, [0, 1, 2])
        [0, 1]
    """
    kept = list(facts)
    for i in list(facts):
        others = [j for j in kept if j != i]
        if others and count_left(within, others) < FEWEST_LEFT:
            kept = others
    return kept
