"""The Python files that a scenario names: custom strategies of a side and custom styles of a mediator.

`path.py:Name` may stand alone, in a list, in a mixture, or between the `+` of several styles; a mediator's
also in a regime.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.mediation.styles.style_catalogue import AND
from sim.scenario.lines import split_name
from sim.scenario.mediator_styles import custom_mediators
from sim.scenario.strategy_texts import seated_strategies
from sim.strategies.code_consent import Consent
from sim.strategies.custom_code import CustomCode, find_loaded, is_custom, read_source, split_path

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

SIDES, STRATEGY, STYLE = ("buyers", "vendors"), "strategy", "style"


def custom_texts(
    scenario: Mapping[str, Any], overrides: Iterable[tuple[str, Any]] = ()
) -> list[str]:
    """Return every `path.py:Name` of a resolved scenario and of overrides of it, sorted."""
    found: set[str] = set()
    for data in (scenario, *(_override_as_tables(key, value) for key, value in overrides)):
        for table, key in _tables_naming_files(data):
            found.update(t.strip() for t in _texts_of_value(table[key], key) if is_custom(t))
    return sorted(found)


def _override_as_tables(key: str, value: Any) -> dict[str, Any]:
    """Return one override, of a dotted or quoted key, as nested tables."""
    parts = split_name(key) or ()
    for part in reversed(parts):
        value = {part: value}
    return value if parts else {}


def _tables_naming_files(data: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the tables that can name files, each with the key that does."""
    regimes = data.get("regimes")
    of_regimes = regimes.values() if isinstance(regimes, Mapping) else ()
    for table in (data, *of_regimes):
        if isinstance(table, Mapping):
            for name, key in (*((side, STRATEGY) for side in SIDES), ("mediator", STYLE)):
                node = table.get(name)
                if isinstance(node, dict) and key in node:
                    yield node, key


def _texts_of_value(value: Any, key: str) -> Iterator[str]:
    """Yield the strategies or styles that a value names."""
    if isinstance(value, str):
        yield from value.split(AND) if key == STYLE else (value,)
    elif isinstance(value, Mapping | list):
        for item in value:
            yield from _texts_of_value(item, key) if isinstance(item, str) else ()


def consent_to(overrides: Mapping[str, Any] | None, allow_code: bool = False) -> Consent:
    """Return the consent of a user who typed overrides: to the files they name, or to all with `allow_code`."""
    files = {split_path(text)[0] for text in custom_texts({}, (overrides or {}).items())}
    return Consent(frozenset(files), allow_code)


def needs_consent(scenario: Mapping[str, Any], overrides: Mapping[str, Any]) -> bool:
    """Return whether a resolved scenario names files that its overrides do not, so that `allow_code` is needed."""
    named = consent_to(overrides)
    paths = [split_path(text)[0] for text in custom_texts(scenario)]
    return not all(named.names(path) for path in paths)


def file_digests(texts: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of every file that texts name, by path."""
    return {
        path: read_source(path, "file")[1] for path in sorted({split_path(t)[0] for t in texts})
    }


def without_settings(text: str) -> str:
    """Return `path.py:Name` without its settings, as messages refer to it."""
    return ":".join(split_path(text)[:2])


def compile_notes(texts: Iterable[str]) -> list[str]:
    """Return one line for each custom strategy or mediator that could not be compiled."""
    lines = (
        f"{t} {code.compiled_as()}" for t in texts for code in find_loaded(t) if code.why_plain
    )
    return list(dict.fromkeys(lines))


def custom_code_of(scenario: Scenario) -> list[CustomCode]:
    """Return the custom strategies and mediators of a scenario, ready to run."""
    plays = (played.custom for played in seated_strategies(scenario).values())
    return [
        code for code in (*plays, *custom_mediators(scenario.mediator.style)) if code is not None
    ]


def resolve_paths(data: dict[str, Any], folder: Path) -> None:
    """Let relative paths in a scenario's file start in its folder, if the Python file exists there.

    Changes `data` in place.
    """
    for table, key in _tables_naming_files(data):
        table[key] = _map_texts(table[key], lambda text: _resolve_path(text, folder), key)


def _map_texts(value: Any, move: Callable[[str], str], key: str) -> Any:
    if isinstance(value, dict):
        return {_map_texts(name, move, key): weight for name, weight in value.items()}
    if isinstance(value, list):
        return [_map_texts(item, move, key) for item in value]
    if not isinstance(value, str) or not is_custom(value):
        return value
    if key == STRATEGY:
        return move(value)
    return f" {AND} ".join(
        move(part) if is_custom(part) else part.strip() for part in value.split(AND)
    )


def _resolve_path(text: str, folder: Path) -> str:
    path = split_path(text)[0]
    full = (folder / path).resolve()
    if Path(path).is_absolute() or not full.is_file():
        return text
    here = Path.cwd()
    found = full.relative_to(here) if full.is_relative_to(here) else full
    return found.as_posix() + text.strip()[len(path) :]
