"""The alternatives that every calibration runs, because its authors were not blind.

They had seen that the value which direct talks create decides whether mediation pays. So the published range of that
fact is not one number that somebody chose afterwards: three ranges and none are fixed here, all are run, and all are
printed. They were sealed before any of them had been run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sim.calibration.targets import Goal, Target
from sim.field.laws import Law

if TYPE_CHECKING:
    from sim.field.facts_file import Fact

SEEN = "value_created"  # the statistic whose influence on the result the authors had seen
RANGES = {"value_70_80": (0.70, 0.80), "value_75_95": (0.75, 0.95), "value_90_99": (0.90, 0.99)}
WITHOUT, ALL = "without_value", "all_facts"
LABELS = {
    **{name: f"value created {low:.2f} to {high:.2f}" for name, (low, high) in RANGES.items()},
    WITHOUT: "without value created",
    ALL: "all facts",
}
BLINDNESS = (
    "Blindness is partial: the authors had seen that the value which direct talks create decides the sign of mediation. "
    "So three sealed ranges of that fact, and none, are all run and all printed."
)


def alternatives_of(facts: Sequence[Fact]) -> dict[str, tuple[float, float] | None]:
    """Return the range of the seen fact in each alternative, None where it does not count.

    If no fact speaks of it, there is one alternative, with all facts.
    """
    if not any(fact.statistic == SEEN for fact in facts):
        return {ALL: None}
    return {**RANGES, WITHOUT: None}


def goals_of(facts: Sequence[Fact], covariance: np.ndarray, discrepancy: float) -> list[Goal]:
    """Return what each alternative asks, in the order of `alternatives_of`.

    `covariance` is that of the facts on the scales of their laws, `discrepancy` the model's own error in spreads of
    each fact, independent between facts.
    """
    found = []
    for name, ends in alternatives_of(facts).items():
        seen = [fact.statistic == SEEN and name != ALL for fact in facts]
        laws = [
            replace(fact.law, low=ends[0], high=ends[1]) if is_seen and ends else fact.law
            for fact, is_seen in zip(facts, seen, strict=True)
        ]
        stretch = np.array(
            [law.spread / fact.law.spread for law, fact in zip(laws, facts, strict=True)]
        )
        spreads = np.array([law.spread for law in laws])
        errors = covariance * np.outer(stretch, stretch) + np.diag((discrepancy * spreads) ** 2)
        uses = np.array([ends is not None or not is_seen for is_seen in seen])
        found.append(
            Goal(name, LABELS[name], uses, np.array([law.location for law in laws]), errors)
        )
    return found


def targets_of(facts: Sequence[Fact]) -> list[Target]:
    """Return the facts as targets: the scale of each, whatever the alternative."""
    return [Target(fact.name, Law(fact.law.kind, fact.law.low, fact.law.high)) for fact in facts]
