"""Which Python files the page may run: only those of one scenario, if its owner allowed them at the start.

A visitor of the page is not the person who started it, so nothing that a tab sends can name a file
to run. `sim view FILE --allow-code` allows the files that FILE names, for that scenario alone and
for no override of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sim.scenario.code import custom_texts
from sim.scenario.load import load
from sim.strategies.code_consent import ALL_FILES, Consent
from sim.strategies.custom_code import split_path

ADVICE = (
    "the page runs none; want a scenario without, or sim view FILE --allow-code if you trust it"
)
NO_CODE = Consent(how=ADVICE)
_consents: dict[str, Consent] = {}


def allow_code_of(scenario: str) -> None:
    """Allow the Python files that a scenario names. Raises SimError if it cannot be loaded."""
    found = load(scenario, consent=ALL_FILES)
    files = frozenset(split_path(text)[0] for text in custom_texts(found.resolved()))
    _consents[scenario] = Consent(files, tell=None, how=ADVICE)


def page_consent(scenario: str, overrides: Iterable[tuple[str, Any]] = ()) -> Consent:
    """Return which files may be run for a scenario with the overrides of a tab; none that a tab names."""
    if custom_texts({}, overrides):
        return NO_CODE
    return _consents.get(scenario, NO_CODE)
