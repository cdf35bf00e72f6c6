"""The worlds that are timed. This module imports little, since imports count as memory."""

from __future__ import annotations

from typing import Any

from sim.scenario.load import load

FLAGSHIP = "it_outsourcing"
EVERYTHING = "secret_mediator"  # has every mechanism on; its keys are added to the flagship
MECHANISMS = ("reviews", "growth", "turnover", "recession", "drift")


def everything_on() -> dict[str, Any]:
    """Return the keys that switch every mechanism and all nine functions on in the flagship."""
    full = load(EVERYTHING).resolved()
    keys = {f"{t}.{name}": value for t in MECHANISMS for name, value in full[t].items()}
    for where, names in (
        ("buyers", ("cooperation", "attention")),
        ("vendors", ("goodwill", "push")),
        ("delivery", ("dimensions", "dimension_spread")),
        ("mediator", ("functions",)),
        ("market", ("reputation",)),
    ):
        keys |= {f"{where}.{name}": full[where][name] for name in names}
    return keys
