"""Loading of scenarios by name, path or object: read, extend, override, check, digest."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from sim.errors import Problem, ScenarioError, closest_name
from sim.files import read_bytes
from sim.scenario.code import consent_to, resolve_paths
from sim.scenario.key_kinds import BUILT_IN
from sim.scenario.layers import Origin, Place, Tree, copy_of_keys
from sim.scenario.lines import Keys, line_index
from sim.scenario.overrides import apply_overrides, parse_override, parse_overrides
from sim.scenario.regimes import ResolvedRegime, machine_of, regime_data, regime_of_machine, resolve
from sim.scenario.schema import Scenario
from sim.scenario.shipped import find, shipped
from sim.scenario.validate import validate
from sim.scenario.values import DEEPEST, nesting_depth, one_line, quote, show, to_plain
from sim.strategies.code_consent import NO_FILES, Consent

__all__ = [
    "LoadedScenario",
    "ResolvedRegime",
    "from_resolved",
    "load",
    "parse_override",
    "parse_overrides",
    "shipped",
]

MAX_BYTES = 1_000_000  # of a scenario's file


@dataclass(frozen=True)
class LoadedScenario:
    """A checked scenario, with its name, its file and the digest of its keys.

    `consent` says which users' files may be run for it.
    """

    scenario: Scenario
    name: str
    path: Path | None
    digest: str
    consent: Consent = NO_FILES
    inherited: frozenset[str] = frozenset()  # regimes that are defined by the file it extends

    def regimes(self) -> list[str]:
        """Return the names of all regimes: the built-in ones, then those the scenario defines."""
        return [*BUILT_IN, *self.scenario.regimes]

    def regime(self, name: str) -> ResolvedRegime:
        """Return one regime ready to run.

        `machine:NAME` is the machine of a regime that the scenario defines (`machine_of`). Each regime is resolved
        once, as scenarios are immutable. Raises ScenarioError, with the nearest name, if it is unknown.
        """
        if not self.has_regime(name):
            known = self.regimes()
            near = closest_name(str(name), known)
            want = f"want one of {', '.join(known)}"
            raise ScenarioError([Problem(one_line(self.name), "regime", show(name), want, near)])
        if name not in self._regimes:
            own = regime_of_machine(name)
            found = resolve(own or name, self._regime_data)
            self._regimes[name] = machine_of(found) if own else found
        return self._regimes[name]

    @cached_property
    def _regimes(self) -> dict[str, ResolvedRegime]:
        return {}

    def has_regime(self, name: str) -> bool:
        """Return whether `regime` knows a name: one of `regimes`, or the machine of a mediated one."""
        own = regime_of_machine(name)
        if not own:
            return name in self.regimes()
        return own in self.scenario.regimes and self._regime_data[own][0] == "mediated"

    @cached_property
    def _regime_data(self) -> dict[str, tuple[str, dict[str, Any]]]:
        return regime_data(self.scenario)

    def resolved(self) -> dict[str, Any]:
        """Return every key with its value, ready for JSON; `from_resolved` is the inverse."""
        return _as_json(self.scenario)


def load(
    source: str | Path | Scenario,
    overrides: Mapping[str, Any] | None = None,
    *,
    consent: Consent | None = None,
) -> LoadedScenario:
    """Return a scenario by shipped name, by path, or from an object, with overrides applied.

    `overrides` maps dotted keys to values, as in {"run.months": 24}. Users' files are run if `consent` covers
    them; with `consent` None, those that the overrides name. Raises ScenarioError with every problem found, one
    line each.

    Example:
    >>> load("one_tie", {"run.months": 24}).scenario.run.months
    24
    """
    consent = consent_to(overrides) if consent is None else consent
    if isinstance(source, Scenario):
        tree, name, path = _tree_of(_as_json(source), "scenario"), "scenario", None
    else:
        path = _find(source, Path(), Origin(0, 0, "scenario"), "name")
        tree, name = _read_chain(path), path.stem
    refused = apply_overrides(tree, overrides or {}, rank=1_000)
    return _checked_scenario(tree, name, path, refused, consent)


def keys_checked_together(loaded: LoadedScenario) -> set[Keys]:
    """Return the paths of all keys whose values are checked against each other, under any regime.

    Any other key is right if it is in its own range.
    """
    tree = _tree_of(_as_json(loaded.scenario), loaded.name)
    tree.consent = loaded.consent
    reads: set[Keys] = set()
    validate(tree, reads)
    return reads


def from_resolved(
    data: Mapping[str, Any],
    name: str,
    overrides: Mapping[str, Any] | None = None,
    *,
    consent: Consent = NO_FILES,
    where: str = "",
) -> LoadedScenario:
    """Return the scenario that `LoadedScenario.resolved` described, as a manifest keeps it; checked like a file.

    `where` is its name in messages, by default `name`. Raises ScenarioError with every problem found.
    """
    try:
        tree = _tree_of(to_plain(data), one_line(where or name))
    except (ValueError, TypeError, RecursionError):
        want = f"want tables nested at most {DEEPEST} deep"
        raise ScenarioError([Problem(one_line(name), "scenario", "", want)]) from None
    return _checked_scenario(
        tree, name, None, apply_overrides(tree, overrides or {}, rank=1_000), consent
    )


def _checked_scenario(
    tree: Tree, name: str, path: Path | None, refused: list[Problem], consent: Consent
) -> LoadedScenario:
    """Return a merged scenario, checked; raises ScenarioError with its problems and those `refused`."""
    tree.consent = consent
    scenario, found = validate(tree)
    if scenario is None or found or refused:
        raise ScenarioError([*found, *refused])
    text = json.dumps(_as_json(scenario), sort_keys=True, separators=(",", ":"), allow_nan=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return LoadedScenario(scenario, name, path, digest, consent, _inherited(tree, path))


def _inherited(tree: Tree, path: Path | None) -> frozenset[str]:
    """Return the regimes that are written only in files that the scenario extends."""
    regimes = tree.data.get("regimes", {})
    if path is None:
        return frozenset()
    own = _label(path)
    labels = {
        name: [o.label for keys, o in tree.origins.items() if keys[:2] == ("regimes", name)]
        for name in regimes
    }
    return frozenset(name for name, found in labels.items() if own not in found and found)


def _as_json(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(mode="json", exclude={"extends"})


def _tree_of(data: Any, label: str) -> Tree:
    tree = Tree()
    if not isinstance(data, dict):
        raise ScenarioError([Problem(label, "scenario", show(data), "want a table of keys")])
    tree.merge(data, lambda _: Origin(0, 0, label))
    return tree


def _find(source: Any, beside: Path, origin: Origin, key: str) -> Path:
    """Return the path of a scenario; raises ScenarioError, at the place that named it, if there is none."""
    if not isinstance(source, str | Path):
        want = "want the name of a shipped scenario, or the path of a file"
        raise ScenarioError([Problem(origin.where, key, show(source), want)])
    try:
        return find(source, beside)
    except LookupError as error:
        problem = Problem(origin.where, key, show(str(source)), *error.args)
        raise ScenarioError([problem]) from None


def _read_chain(path: Path) -> Tree:
    """Read a file and those it extends, and merge them, the first file last."""
    layers: list[tuple[dict[str, Any], dict[Keys, int], str]] = []
    seen: list[Path] = []
    while True:
        seen.append(path.resolve())
        data, lines = _read(path)
        resolve_paths(data, path.parent)
        label = _label(path)
        layers.append((data, lines, label))
        if "extends" not in data:
            break
        base = data.pop("extends")
        if base == "":
            break
        origin = Origin(0, lines.get(("extends",), 1), label)
        path = _find(base, path.parent, origin, "extends")
        if path.resolve() in seen:
            chain = " → ".join(one_line(one.stem) for one in [*seen, path])
            want = f"want a chain of files that ends, not {chain}"
            raise ScenarioError([Problem(origin.where, "extends", show(base), want)])
    tree = Tree(as_written=True)
    for rank, (data, lines, label) in enumerate(reversed(layers)):
        tree.merge(data, _origin_finder(lines, label, rank))
    return tree


def _origin_finder(lines: dict[Keys, int], label: str, rank: int) -> Place:
    """Return a function that gives the origin of a key in one file, by the lines of its keys."""

    def place(keys: Keys) -> Origin:
        for end in range(len(keys), 0, -1):
            if keys[:end] in lines:
                return Origin(rank, lines[keys[:end]], label)
        return Origin(rank, 1, label)

    return place


def _read(path: Path) -> tuple[dict[str, Any], dict[Keys, int]]:
    """Return the keys of one file and their lines; raises ScenarioError if it is not TOML."""
    label = _label(path)
    text = _text(path, label)
    try:
        data, lines = _parsed(text)
    except RecursionError:
        raise _not_toml(label, 0, f"want values nested at most {DEEPEST} deep") from None
    except ValueError as error:
        raise _not_toml(label, *_locate_syntax_error(str(error), text)) from None
    for name, value in data.items():
        if nesting_depth(value) > DEEPEST:
            want = f"want values nested at most {DEEPEST} deep"
            raise ScenarioError([Problem(f"{label}:1", one_line(name), "", want)])
    return copy_of_keys(data), lines


@lru_cache(maxsize=16)  # half of the time of loading a file, and most are loaded again and again
def _parsed(text: str) -> tuple[dict[str, Any], dict[Keys, int]]:
    """Return the keys of a text and their lines, both shared by all who ask; raises as `tomllib.loads` does."""
    return tomllib.loads(text), line_index(text)


def _text(path: Path, label: str) -> str:
    """Return the text of a scenario file; raises ScenarioError if it is too large, or no UTF-8."""
    try:
        if path.is_dir():
            raise _not_toml(label, 0, "want a TOML file, this is a folder")
        if not path.is_file():
            raise _not_toml(label, 0, "want an ordinary file")
        if path.stat().st_size > MAX_BYTES:
            raise _not_toml(label, 0, f"want at most {MAX_BYTES // 1_000_000} MB")
        raw = read_bytes(path)
    except OSError as error:
        raise _not_toml(label, 0, f"cannot be read: {error.strerror}") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _not_toml(label, line, "want text in UTF-8") from None


def _not_toml(label: str, line: int, want: str) -> ScenarioError:
    where = f"{label}:{line}" if line else label
    return ScenarioError([Problem(where, "file", "", want)])


def _locate_syntax_error(message: str, text: str) -> tuple[int, str]:
    """Return the line of a syntax error, and the message of the TOML library about it."""
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    if place is None:
        return 1, f"want valid TOML: {one_line(message)}"
    says = message[: place.start()]
    says = one_line(says[:1].lower() + says[1:])
    if place[1] is None:
        return text.count("\n", 0, len(text.rstrip())) + 1, f"want valid TOML: {says} at the end"
    return int(place[1]), f"want valid TOML: {says} at column {place[2]}"


def _label(path: Path) -> str:
    """Return the name of a file in messages: relative to the current folder if it is inside it."""
    full = path.resolve()
    here = Path.cwd()
    text = str(full.relative_to(here) if full.is_relative_to(here) else full)
    return text if text.isprintable() else quote(text)
