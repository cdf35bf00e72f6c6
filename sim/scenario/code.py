"""The Python files that a scenario names: a side's strategies and a mediator's styles, `path.py:Name`.

Each may stand alone, in a list, in a mixture, or between the `+` of several styles; a mediator's in a
regime too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.mediation.styles.style_catalogue import AND
from sim.scenario.lines import split_name
from sim.scenario.mediator_styles import own_mediators
from sim.scenario.strategy_texts import seated
from sim.strategies.code_consent import Consent
from sim.strategies.custom_code import Brought, is_own, loaded, parts_of, read

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

SIDES, STRATEGY, STYLE = ("buyers", "vendors"), "strategy", "style"


def own_texts(scenario: Mapping[str, Any], overrides: Iterable[tuple[str, Any]] = ()) -> list[str]:
    """Return every `path.py:Name` of a resolved scenario, and of overrides of it."""
    found: set[str] = set()
    for data in (scenario, *(_laid(key, value) for key, value in overrides)):
        for table, key in _tables(data):
            found.update(t.strip() for t in _texts(table[key], key) if is_own(t))
    return sorted(found)


def _laid(key: str, value: Any) -> dict[str, Any]:
    """Return one override as tables, however it is written."""
    parts = split_name(key) or ()
    for part in reversed(parts):
        value = {part: value}
    return value if parts else {}


def _tables(data: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the tables that can name files, each with the key that does."""
    regimes = data.get("regimes")
    of_regimes = regimes.values() if isinstance(regimes, Mapping) else ()
    for table in (data, *of_regimes):
        if isinstance(table, Mapping):
            for name, key in (*((side, STRATEGY) for side in SIDES), ("mediator", STYLE)):
                node = table.get(name)
                if isinstance(node, dict) and key in node:
                    yield node, key


def _texts(value: Any, key: str) -> Iterator[str]:
    """Yield the strategies or styles that a value names."""
    if isinstance(value, str):
        yield from value.split(AND) if key == STYLE else (value,)
    elif isinstance(value, Mapping | list):
        for item in value:
            yield from _texts(item, key) if isinstance(item, str) else ()


def consent_to(overrides: Mapping[str, Any] | None, allow_code: bool = False) -> Consent:
    """Return the consent of who typed overrides: to the files they name, or to all that are named."""
    files = {parts_of(text)[0] for text in own_texts({}, (overrides or {}).items())}
    return Consent(frozenset(files), allow_code)


def needs_allowing(scenario: Mapping[str, Any], overrides: Mapping[str, Any]) -> bool:
    """Say whether who gives a resolved scenario's file and these overrides has to allow code too."""
    named = consent_to(overrides)
    brought = [parts_of(text)[0] for text in own_texts(scenario)]
    return not all(named.names(path) for path in brought)


def digests(texts: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of every file that texts name, by its path."""
    return {path: read(path, "file")[1] for path in sorted({parts_of(t)[0] for t in texts})}


def named(text: str) -> str:
    """Return `path.py:Name` without its settings, as what goes wrong is told of it."""
    return ":".join(parts_of(text)[:2])


def notes_on(texts: Iterable[str]) -> list[str]:
    """Return one line for each thing of a person's own that could not be compiled."""
    lines = (f"{t} {one.compiled_as()}" for t in texts for one in loaded(t) if one.why_plain)
    return list(dict.fromkeys(lines))


def brought_by(scenario: Scenario) -> list[Brought]:
    """Return what a scenario seats and employs of a person's own, ready to run."""
    plays = (played.own for played in seated(scenario).values())
    return [one for one in (*plays, *own_mediators(scenario.mediator.style)) if one is not None]


def beside(data: dict[str, Any], folder: Path) -> None:
    """Let relative paths of a file start in its folder, where there is such a Python file."""
    for table, key in _tables(data):
        table[key] = _moved(table[key], lambda text: _found(text, folder), key)


def _moved(value: Any, move: Callable[[str], str], key: str) -> Any:
    if isinstance(value, dict):
        return {_moved(name, move, key): weight for name, weight in value.items()}
    if isinstance(value, list):
        return [_moved(item, move, key) for item in value]
    if not isinstance(value, str) or not is_own(value):
        return value
    if key == STRATEGY:
        return move(value)
    return f" {AND} ".join(
        move(part) if is_own(part) else part.strip() for part in value.split(AND)
    )


def _found(text: str, folder: Path) -> str:
    path = parts_of(text)[0]
    full = (folder / path).resolve()
    if Path(path).is_absolute() or not full.is_file():
        return text
    here = Path.cwd()
    found = full.relative_to(here) if full.is_relative_to(here) else full
    return found.as_posix() + text.strip()[len(path) :]
