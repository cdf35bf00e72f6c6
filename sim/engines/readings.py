"""Properties of agents and ties that read a row of the state, each with its unit and meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.records import Column
from sim.state import MEDIATORS, NEEDS, TIE_STATE, VENDORS

STATE_COLUMNS = {
    name: {column.name: column for column in columns}
    for name, columns in (
        ("needs", NEEDS), ("vendors", VENDORS), ("ties", TIE_STATE), ("mediators", MEDIATORS),
    )
}  # fmt: skip


class Reading(property):
    """A read-only property with a unit and a meaning, both of which go into its docstring."""

    unit: str
    meaning: str


def reading(unit: str) -> Callable[[Callable[[Any], Any]], Reading]:
    """Return a decorator that makes a property with a unit; the docstring is its meaning."""

    def decorate(method: Callable[[Any], Any]) -> Reading:
        found = Reading(method)
        found.unit, found.meaning = unit, (method.__doc__ or "").strip().rstrip(".")
        found.__doc__ = f"{found.meaning}. Unit: {unit}."
        return found

    return decorate


def state_column(rows: str, name: str, of: str = "row", *, meaning: str = "") -> Reading:
    """Return a property that reads a column of the state, in the row that attribute `of` gives.

    `rows` names the table of the state. Unit and meaning are those of the column; `meaning`
    replaces the latter if it needs the context of its table.
    """
    declared: Column = STATE_COLUMNS[rows][name]

    def read(agent: Any) -> Any:
        return getattr(agent.model.state, rows)[name][getattr(agent, of)].item()

    meaning = meaning or declared.meaning
    read.__doc__ = meaning[0].upper() + meaning[1:]
    return reading(declared.unit)(read)


def tie_trust(direction: int, meaning: str) -> Reading:
    """Return a property that reads one kind of trust, of the tie that attribute `tie` gives."""

    def read(agent: Any) -> float:
        state = agent.model.state
        return float(state.trust["now"][state.ties["met"][agent.tie], direction])

    read.__doc__ = meaning
    return reading("share")(read)


def units(kind: type) -> dict[str, tuple[str, str]]:
    """Return unit and meaning by name of every reading of a class of agents, or of `Tie`."""
    found: dict[str, tuple[str, str]] = {}
    for ancestor in reversed(kind.__mro__):
        for name, value in vars(ancestor).items():
            if isinstance(value, Reading):
                found[name] = (value.unit, value.meaning)
    return found
