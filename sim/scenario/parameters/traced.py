"""A scenario that notes which of its keys are read.

What is worked out of a scenario depends on the keys that were read for it, and on no other: while those keep
their values, nothing has to be worked out again.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from sim.scenario.lines import Keys


class TracedTable:
    """One table of a scenario; reading a key adds its path to `reads`."""

    def __init__(self, table: BaseModel, name: str, reads: set[Keys]):
        self._table, self._name, self._reads = table, name, reads

    def __getattr__(self, key: str) -> Any:
        value = getattr(self._table, key)
        self._reads.add((self._name, key))
        return value


class TracedScenario:
    """A scenario in place of itself; reading a key adds its path to `reads`, a list of tables as a whole.

    Example:
        >>> from sim.scenario.load import load
        >>> traced = TracedScenario(load("one_tie").scenario)
        >>> traced.run.months, traced.reads
        (48, {('run', 'months')})
    """

    def __init__(self, scenario: BaseModel):
        self._scenario, self.reads = scenario, set[Keys]()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._scenario, name)
        if isinstance(value, BaseModel):
            return TracedTable(value, name, self.reads)
        self.reads.add((name,))
        return value


def is_covered(key: Keys, reads: set[Keys]) -> bool:
    """Return whether a key, a part of it, or a table around it is among the paths that were read."""
    if any(key[:end] in reads for end in range(1, len(key) + 1)):
        return True
    return any(read[: len(key)] == key for read in reads)
