"""The strategies a scenario seats: their texts, how they are checked, and what compiled rules read.

A strategy is a name of the catalogue, a name with settings, or a person's own `path.py:Name`; a side
plays one, or a mixture with weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import SimError
from sim.scenario.lines import split_name
from sim.scenario.setup_tables import MAX_STRATEGIES
from sim.strategies.catalogue import IN_MONEY, Played, play_in_money
from sim.strategies.consent import OPTION, Consent
from sim.strategies.own import is_own, parts_of, read

if TYPE_CHECKING:
    from sim.scenario.parties import Buyers, Vendors
    from sim.scenario.schema import Scenario

STRATEGIES = tuple(strategy.name for strategy in IN_MONEY)
WRITTEN = r"^[a-z_]+:.|\.py(:|$)"  # a name with settings, or a path
SIDES = ("buyers", "vendors")
NO_STRATEGY: dict[str, Any] = {side: {"strategy": {}} for side in SIDES}
COLUMNS = {"exponent": "e"}  # settings whose column has another name


def weights_of(side: Buyers | Vendors) -> dict[str, float]:
    """Return the strategies of a side with their weights."""
    return {side.strategy: 1.0} if isinstance(side.strategy, str) else dict(side.strategy)


def in_words(strategy: str | Mapping[str, float]) -> str:
    """Return what a side plays: one strategy, or a mixture with the share of each."""
    if isinstance(strategy, str):
        return strategy
    total = sum(strategy.values())
    return ", ".join(f"{name} {100 * weight / total:.0f} %" for name, weight in strategy.items())


def seated(scenario: Scenario) -> dict[str, Played]:
    """Return the strategies of both sides by text, in the order of their numbers.

    They are numbered in the order of the catalogue, a person's own after all others.
    """
    texts = {**weights_of(scenario.buyers), **weights_of(scenario.vendors)}
    plays = {text: play_in_money(text) for text in texts}
    return dict(sorted(plays.items(), key=lambda item: (item[1].place, item[0])))


def columns_of(scenario: Scenario, numbers: tuple[str, ...]) -> dict[str, Any]:
    """Return what compiled rules read of the strategies: cumulative weights, then a row of each."""
    plays = seated(scenario)
    if len(plays) > MAX_STRATEGIES:
        raise SimError(f"{len(plays)} strategies: want at most {MAX_STRATEGIES} in one scenario")
    mixture = np.ones((2, MAX_STRATEGIES))
    for k, side in enumerate([weights_of(scenario.buyers), weights_of(scenario.vendors)]):
        weights = np.array([side.get(text, 0.0) for text in plays])
        last = int(np.flatnonzero(weights)[-1])
        mixture[k, :last] = np.cumsum(weights / np.cumsum(weights)[-1])[:last]
    found: dict[str, Any] = {"mixture": mixture}
    found["family"] = [int(p.strategy.family) for p in plays.values()]
    found["accepting"] = [int(p.accept) for p in plays.values()]
    found["rule"] = [0 if p.own is None else p.own.address for p in plays.values()]
    for name in numbers:
        found[name] = [p[COLUMNS.get(name, name)] for p in plays.values()]
    return found


def own_texts(scenario: Mapping[str, Any], overrides: Iterable[tuple[str, Any]] = ()) -> list[str]:
    """Return every `path.py:Name` of a resolved scenario, and of overrides of its strategies."""
    values: list[Any] = [scenario[side]["strategy"] for side in SIDES]
    for key, value in overrides:
        values += _strategies_of(key, value)
    texts = (text for v in values for text in (v if isinstance(v, dict) else [v]))
    return sorted({text for text in texts if isinstance(text, str) and is_own(text)})


def _strategies_of(key: str, value: Any) -> Iterator[Any]:
    """Yield what one override says of a side's strategy, however it is written."""
    parts = split_name(key)
    for part in reversed(parts or ()):
        value = {part: value}
    for side in SIDES:
        table = value.get(side) if isinstance(value, dict) and parts else None
        if isinstance(table, dict) and "strategy" in table:
            yield table["strategy"]


def consent_to(overrides: Mapping[str, Any] | None, allow_code: bool = False) -> Consent:
    """Return the consent of who typed overrides: to the files they name, or to all that are named."""
    pairs = (overrides or {}).items()
    files = {parts_of(text)[0] for text in own_texts(NO_STRATEGY, pairs)}
    return Consent(frozenset(files), allow_code)


def code_option(scenario: Mapping[str, Any], overrides: Mapping[str, Any]) -> list[str]:
    """Return the option a command needs that gives a resolved scenario's file and these overrides."""
    named = consent_to(overrides)
    brought = [parts_of(text)[0] for text in own_texts(scenario)]
    return [] if all(named.names(path) for path in brought) else [OPTION]


def digests(texts: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of every file that texts of strategies name, by its path."""
    return {path: read(path, "strategy")[1] for path in sorted({parts_of(t)[0] for t in texts})}


def notes_on(texts: Iterable[str]) -> list[str]:
    """Return one line for each strategy of a person's own that could not be compiled."""
    owns = [(text, play_in_money(text).own) for text in texts]
    return [f"{text} {own.compiled_as()}" for text, own in owns if own and own.why_plain]


def beside(data: dict[str, Any], folder: Path) -> None:
    """Let relative paths of a file's strategies start in its folder, where there is such a file."""
    for side in SIDES:
        table = data.get(side)
        if isinstance(table, dict) and "strategy" in table:
            table["strategy"] = _moved(table["strategy"], folder)


def _moved(value: Any, folder: Path) -> Any:
    if isinstance(value, dict):
        return {_moved(name, folder): weight for name, weight in value.items()}
    if not isinstance(value, str) or not is_own(value):
        return value
    path = parts_of(value)[0]
    full = (folder / path).resolve()
    if Path(path).is_absolute() or not full.is_file():
        return value
    here = Path.cwd()
    found = full.relative_to(here) if full.is_relative_to(here) else full
    return found.as_posix() + value.strip()[len(path) :]
