"""Keys of a scenario that are set but have no effect, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


def find_idle_keys(scenario: Scenario) -> Iterator[str]:
    """Yield one line per key that is set but has no effect, given the rest of the scenario."""
    for name, every in (
        ("termination", scenario.termination.every),
        ("change_requests", scenario.change_requests.every),
        ("reviews", scenario.reviews.every),
    ):
        if every >= scenario.run.months:
            yield f"{name}.every = {every} with run.months = {scenario.run.months}: its time never comes"
    kinds = {issue.kind for issue in scenario.issues}
    for key, factor, kind in (
        ("buyers.custom", scenario.buyers.custom, "penalty"),
        ("vendors.custom", scenario.vendors.custom, "liability"),
    ):
        if factor and kind not in kinds:
            yield f"{key} = {factor:g}: no issue of kind '{kind}' to ask for"
    if scenario.vendors.first_fear != 1.0 and scenario.vendors.blame_fear == "trust":
        yield (
            f"vendors.first_fear = {scenario.vendors.first_fear:g}: with blame_fear = trust fear is distrust, and "
            "nothing is learnt"
        )
    learning = max(
        scenario.reviews.learning if scenario.reviews.every else 0.0,
        scenario.reviews.learning_by_doing,
    )
    if learning and not scenario.reviews.learning_worth:
        yield "reviews.learning_worth = 0: what reviews or work teach is worth nothing"
