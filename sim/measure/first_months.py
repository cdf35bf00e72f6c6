"""What a scenario says of its first months, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.measure.amounts import first_months

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


def describe_first_months(scenario: Scenario) -> str:
    """Return how the first months go, where a scenario says anything of them."""
    said = []
    if scenario.run.stagger:
        said.append(f"Needs come to market one by one, in {first_months(scenario.run.stagger)}.")
    if scenario.run.in_force:
        said.append(
            f"{100 * scenario.run.in_force:.3g} % of needs start with a contract that has run for a while, "
            "if they sign one in their first month."
        )
    if scenario.run.burn_in:
        said.append(f"Measures leave out {first_months(scenario.run.burn_in)}.")
    return " ".join(said)


def first_month_mistakes(scenario: Scenario) -> Iterator[str]:
    """Yield what is legal about the first months and hardly meant."""
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
