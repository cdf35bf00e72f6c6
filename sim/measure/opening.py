"""What a scenario says of its first months, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.measure.amounts import first_months

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


def opening(s: Scenario) -> str:
    """Return how the first months go, where a scenario says anything of them."""
    said = []
    if s.run.stagger:
        said.append(f"Needs come to market one by one, in {first_months(s.run.stagger)}.")
    if s.run.in_force:
        said.append(
            f"{100 * s.run.in_force:.3g} % of needs start with a contract that has run for a while, "
            "if they sign one in their first month."
        )
    if s.run.burn_in:
        said.append(f"Measures leave out {first_months(s.run.burn_in)}.")
    return " ".join(said)


def odd_openings(s: Scenario) -> Iterator[str]:
    """Yield what is legal about the first months and hardly meant."""
    run = s.run
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
