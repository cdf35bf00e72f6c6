"""Which Python files the page may run: none, but those of a scenario that its owner let in when it was opened.

Who looks at the page is not who started it: what a tab sends never names a file that is run.
`sim view FILE --allow-code` lets in the files that FILE names, for that one scenario, and for nothing laid over it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sim.scenario.code import custom_texts
from sim.scenario.load import load
from sim.strategies.code_consent import ALL_FILES, Consent
from sim.strategies.custom_code import split_path

HOW = "the page runs none; want a scenario without, or sim view FILE --allow-code if you trust it"
NO_CODE = Consent(how=HOW)
_let_in: dict[str, Consent] = {}


def let_in(scenario: str) -> None:
    """Let the files in that a scenario names, as who starts the page asks for; raises SimError."""
    found = load(scenario, consent=ALL_FILES)
    files = frozenset(split_path(text)[0] for text in custom_texts(found.resolved()))
    _let_in[scenario] = Consent(files, tell=None, how=HOW)


def consent_of_page(scenario: str, overrides: Iterable[tuple[str, Any]] = ()) -> Consent:
    """Return what may be run for a scenario and what a tab lays over it: nothing that a tab names."""
    if custom_texts({}, overrides):
        return NO_CODE
    return _let_in.get(scenario, NO_CODE)
