"""Keys of a scenario that say something and do nothing, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


def idle_keys(s: Scenario) -> Iterator[str]:
    """Yield what is set and cannot act as the rest of the scenario stands."""
    for name, every in (
        ("termination", s.termination.every),
        ("change_requests", s.change_requests.every),
        ("reviews", s.reviews.every),
    ):
        if every >= s.run.months:
            yield f"{name}.every = {every} with run.months = {s.run.months}: its time never comes"
    kinds = {issue.kind for issue in s.issues}
    for key, factor, kind in (
        ("buyers.custom", s.buyers.custom, "penalty"),
        ("vendors.custom", s.vendors.custom, "liability"),
    ):
        if factor and kind not in kinds:
            yield f"{key} = {factor:g}: no issue of kind '{kind}' to ask for"
    if s.vendors.first_fear != 1.0 and s.vendors.blame_fear == "trust":
        yield (
            f"vendors.first_fear = {s.vendors.first_fear:g}: with blame_fear = trust fear is distrust, and "
            "nothing is learnt"
        )
    learning = max(s.reviews.learning if s.reviews.every else 0.0, s.reviews.learning_by_doing)
    if learning and not s.reviews.learning_worth:
        yield "reviews.learning_worth = 0: what reviews or work teach is worth nothing"
