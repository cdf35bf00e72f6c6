"""Layers of a scenario: files that extend each other, then overrides, with the origin of each key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sim.scenario.lines import Keys
from sim.scenario.mediator_keys import MediatorKeys
from sim.scenario.party_keys import Buyers, Vendors
from sim.strategies.code_consent import NO_FILES, Consent

COMPETENCE: Keys = ("mediator", "competence")
MIXTURES: dict[Keys, str] = {
    ("buyers", "strategy"): Buyers.model_fields["strategy"].default,
    ("vendors", "strategy"): Vendors.model_fields["strategy"].default,
}
STYLES: Keys = ("mediator", "style")
# Tables that are replaced and not merged: a mixture does not keep the weights of the one below it.
REPLACED_AS_WHOLE = {
    **MIXTURES,
    STYLES: MediatorKeys.model_fields["style"].default,
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a key was written; a layer of higher rank overrides one of lower rank.

    `line` is 0 for an origin without lines; `under` is the path of the regime that the key was written in.
    """

    rank: int
    line: int
    label: str
    under: Keys = ()

    @property
    def where(self) -> str:
        """`file:line`, or the label alone if there are no lines."""
        return f"{self.label}:{self.line}" if self.line else self.label


Place = Callable[[Keys], Origin]


@dataclass(slots=True)
class Tree:
    """Merged keys, the origin of each, and the consent to run the files they name.

    `as_written` is true if a user wrote them, false for the keys of an existing scenario.
    """

    data: dict[str, Any] = field(default_factory=dict)
    origins: dict[Keys, Origin] = field(default_factory=dict)
    consent: Consent = NO_FILES
    as_written: bool = False

    def copy(self) -> Tree:
        """Return a deep copy of the keys, with a copy of the origins."""
        return self.with_data(copy_of_keys(self.data))

    def with_data(self, data: dict[str, Any]) -> Tree:
        """Return a tree of other keys with the same origins and consent."""
        return Tree(data, dict(self.origins), self.consent, self.as_written)

    def origin(self, keys: Keys) -> Origin:
        """Return the origin of `keys`, or of the nearest table or list around it."""
        for end in range(len(keys), -1, -1):
            if keys[:end] in self.origins:
                return self.origins[keys[:end]]
        return Origin(0, 0, "scenario")

    def merge(self, over: dict[str, Any], place: Place) -> None:
        """Merge a layer: tables merge key by key; lists, scalars and mixtures are replaced."""
        self.origins[()] = place(())
        self._merge(self.data, over, (), place)

    def set_key(self, keys: Keys, value: Any, place: Place) -> None:
        """Set one key by its resolved path, in which every number is a valid list index."""
        node: Any = self.data
        for end in range(1, len(keys)):
            part, here = keys[end - 1], keys[:end]
            child = node[int(part)] if isinstance(node, list) else node.get(part)
            if not isinstance(child, dict | list):
                child = _expand_scalar(child, here)
                node[part] = child
                self.origins[here] = place(here)
            node = child
        if isinstance(node, list):
            self._replace(node, keys[-1], value, keys, place)
        else:
            self._merge(node, {str(keys[-1]): value}, keys[:-1], place)

    def _merge(
        self, target: dict[str, Any], over: dict[str, Any], path: Keys, place: Place
    ) -> None:
        for name, value in over.items():
            here = (*path, name)
            old = target.get(name)
            if here == COMPETENCE and isinstance(value, dict) and not isinstance(old, dict):
                old = target[name] = _expand_scalar(old, here)
            if isinstance(value, dict) and isinstance(old, dict) and here not in REPLACED_AS_WHOLE:
                self.origins.setdefault(here, place(here))
                self._merge(old, value, here, place)
            else:
                self._replace(target, name, value, here, place)

    def _replace(self, node: Any, part: Any, value: Any, here: Keys, place: Place) -> None:
        there = node[part] if isinstance(node, list) else node.get(part)
        self._unmark(there, here)
        node[part] = copy_of_keys(value)
        self._mark(value, here, place)

    def _mark(self, value: Any, here: Keys, place: Place) -> None:
        self.origins[here] = place(here)
        for part, item in _parts(value):
            self._mark(item, (*here, part), place)

    def _unmark(self, value: Any, here: Keys) -> None:
        self.origins.pop(here, None)
        for part, item in _parts(value):
            self._unmark(item, (*here, part))


def copy_of_keys(value: Any) -> Any:
    """Return a copy of tables and lists; much faster than `copy.deepcopy`."""
    if isinstance(value, dict):
        return {name: copy_of_keys(item) for name, item in value.items()}
    return [copy_of_keys(item) for item in value] if isinstance(value, list) else value


def _parts(value: Any) -> Iterable[tuple[Any, Any]]:
    """Return (key or index, value) of what a table or list holds."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _expand_scalar(value: Any, here: Keys) -> dict[str, Any]:
    """Return the table that a scalar stands for, so that setting one key of it keeps the others."""
    if here == COMPETENCE and isinstance(value, int | float) and not isinstance(value, bool):
        return {"buyer": value, "vendor": value}
    if here in REPLACED_AS_WHOLE:
        return {value if isinstance(value, str) else REPLACED_AS_WHOLE[here]: 1.0}
    return {}
