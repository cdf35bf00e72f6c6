"""The first months of a scenario in words: staggered start, contracts in force, burn-in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.measure.amounts import first_months

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


def describe_first_months(scenario: Scenario) -> str:
    """Return sentences about the first months; empty if nothing is special about them."""
    sentences = []
    if scenario.run.stagger:
        sentences.append(
            f"Needs come to market one by one, in {first_months(scenario.run.stagger)}."
        )
    if scenario.run.in_force:
        sentences.append(
            f"Of the needs that sign in their first month, {100 * scenario.run.in_force:.3g} % get a contract already "
            "part-way through its term."
        )
    if scenario.run.burn_in:
        sentences.append(f"Measures leave out {first_months(scenario.run.burn_in)}.")
    return " ".join(sentences)


def first_month_mistakes(scenario: Scenario) -> Iterator[str]:
    """Yield likely mistakes about the first months, one line each, in a scenario that is valid."""
    run = scenario.run
    if run.stagger > run.months:
        yield (
            f"run.stagger = {run.stagger} with run.months = {run.months}: needs that would come "
            "after the end never come to market"
        )
    if run.burn_in < run.stagger - 1:
        yield (
            f"run.burn_in = {run.burn_in} with run.stagger = {run.stagger}: measures are per need "
            "and month, and count needs that have not come to market with nothing gained"
        )
