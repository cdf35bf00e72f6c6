"""From a name, a path or a Scenario to one that can run: read, extend, override, check, digest."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.errors import Problem, ScenarioError, closest_name
from sim.files import read_bytes
from sim.scenario.code import beside, consent_to
from sim.scenario.key_kinds import BUILT_IN
from sim.scenario.layers import Origin, Place, Tree
from sim.scenario.lines import Keys, line_index
from sim.scenario.overrides import apply, parse_set, parse_sets
from sim.scenario.regimes import ResolvedRegime, laid_out, machine_of, own_of_machine, resolve
from sim.scenario.schema import Scenario
from sim.scenario.shipped import find, shipped
from sim.scenario.validate import problems
from sim.scenario.values import DEEPEST, depth, one_line, plain, quote, show
from sim.strategies.code_consent import NOTHING, Consent

__all__ = [
    "Loaded",
    "ResolvedRegime",
    "from_resolved",
    "load",
    "parse_set",
    "parse_sets",
    "shipped",
]

MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Loaded:
    """A scenario that has been checked, with its name, its file and the digest of what it says.

    `consent` says which files of strategies were let in with it.
    """

    scenario: Scenario
    name: str
    path: Path | None
    digest: str
    consent: Consent = NOTHING
    inherited: frozenset[str] = frozenset()  # regimes of its own that the file it extends defines

    def regimes(self) -> list[str]:
        """Return the names of all regimes: the built-in ones, then those the scenario defines."""
        return [*BUILT_IN, *self.scenario.regimes]

    def regime(self, name: str) -> ResolvedRegime:
        """Return one regime ready to run; raise ScenarioError with the nearest name if unknown.

        `machine:NAME` is the machine of a regime of the scenario's own, see `machine_of`. Each is
        worked out once: neither the scenario nor what comes of it ever changes.
        """
        if not self.has_regime(name):
            known = self.regimes()
            near = closest_name(str(name), known)
            want = f"want one of {', '.join(known)}"
            raise ScenarioError([Problem(one_line(self.name), "regime", show(name), want, near)])
        if name not in self._regimes:
            own = own_of_machine(name)
            found = resolve(own or name, self._laid_out)
            self._regimes[name] = machine_of(found) if own else found
        return self._regimes[name]

    @cached_property
    def _regimes(self) -> dict[str, ResolvedRegime]:
        return {}

    def has_regime(self, name: str) -> bool:
        """Say whether `regime` knows a name: one of `regimes`, or the machine of a mediated one."""
        own = own_of_machine(name)
        if not own:
            return name in self.regimes()
        return own in self.scenario.regimes and self._laid_out[own][0] == "mediated"

    @cached_property
    def _laid_out(self) -> dict[str, tuple[str, dict[str, Any]]]:
        return laid_out(self.scenario)

    def resolved(self) -> dict[str, Any]:
        """Return every key with its value, ready for JSON; `from_resolved` takes it back."""
        return _resolved(self.scenario)


def load(
    source: str | Path | Scenario,
    overrides: Mapping[str, Any] | None = None,
    *,
    consent: Consent | None = None,
) -> Loaded:
    """Read a scenario by shipped name, by path, or as an object, and lay overrides over it.

    Files of strategies are run where `consent` covers them; without one, those that the overrides
    name. Raises ScenarioError with every problem found, one line each.
    """
    consent = consent_to(overrides) if consent is None else consent
    if isinstance(source, Scenario):
        tree, name, path = _tree_of(_resolved(source), "scenario"), "scenario", None
    else:
        path = _find(source, Path(), Origin(0, 0, "scenario"), "name")
        tree, name = _read_chain(path), path.stem
    unlaid = apply(tree, overrides or {}, rank=1_000)
    return _checked(tree, name, path, unlaid, consent)


def from_resolved(
    data: Mapping[str, Any],
    name: str,
    overrides: Mapping[str, Any] | None = None,
    *,
    consent: Consent = NOTHING,
    where: str = "",
) -> Loaded:
    """Take back what `Loaded.resolved` gave, as a manifest keeps it; checked like any file.

    `where` is what messages call it, its name where nothing is said.
    """
    try:
        tree = _tree_of(plain(data), one_line(where or name))
    except (ValueError, TypeError, RecursionError):
        want = f"want tables nested at most {DEEPEST} deep"
        raise ScenarioError([Problem(one_line(name), "scenario", "", want)]) from None
    return _checked(tree, name, None, apply(tree, overrides or {}, rank=1_000), consent)


def _checked(
    tree: Tree, name: str, path: Path | None, unlaid: list[Problem], consent: Consent
) -> Loaded:
    tree.consent = consent
    found = [*problems(tree), *unlaid]
    if found:
        raise ScenarioError(found)
    scenario = Scenario.model_validate(tree.data)
    text = json.dumps(_resolved(scenario), sort_keys=True, separators=(",", ":"), allow_nan=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Loaded(scenario, name, path, digest, consent, _inherited(tree, path))


def _inherited(tree: Tree, path: Path | None) -> frozenset[str]:
    """Return the regimes that are written in a file the scenario extends, and nowhere in its own."""
    regimes = tree.data.get("regimes", {})
    if path is None:
        return frozenset()
    own = _label(path)
    labels = {
        name: [o.label for keys, o in tree.origins.items() if keys[:2] == ("regimes", name)]
        for name in regimes
    }
    return frozenset(name for name, found in labels.items() if own not in found and found)


def _resolved(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(mode="json", exclude={"extends"})


def _tree_of(data: Any, label: str) -> Tree:
    tree = Tree()
    if not isinstance(data, dict):
        raise ScenarioError([Problem(label, "scenario", show(data), "want a table of keys")])
    tree.lay(data, lambda _: Origin(0, 0, label))
    return tree


def _find(source: Any, beside: Path, origin: Origin, key: str) -> Path:
    """Return the path of a scenario, or raise ScenarioError at the place that named it."""
    if not isinstance(source, str | Path):
        want = "want the name of a shipped scenario, or the path of a file"
        raise ScenarioError([Problem(origin.where, key, show(source), want)])
    try:
        return find(source, beside)
    except LookupError as error:
        problem = Problem(origin.where, key, show(str(source)), *error.args)
        raise ScenarioError([problem]) from None


def _read_chain(path: Path) -> Tree:
    """Read a file and those it extends, and lay them over each other, the first file last."""
    layers: list[tuple[dict[str, Any], dict[Keys, int], str]] = []
    seen: list[Path] = []
    while True:
        seen.append(path.resolve())
        data, lines = _read(path)
        beside(data, path.parent)
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
        tree.lay(data, _placer(lines, label, rank))
    return tree


def _placer(lines: dict[Keys, int], label: str, rank: int) -> Place:
    def place(keys: Keys) -> Origin:
        for end in range(len(keys), 0, -1):
            if keys[:end] in lines:
                return Origin(rank, lines[keys[:end]], label)
        return Origin(rank, 1, label)

    return place


def _read(path: Path) -> tuple[dict[str, Any], dict[Keys, int]]:
    """Return the keys of one file and their lines; raise ScenarioError where it is no TOML."""
    label = _label(path)
    text = _text(path, label)
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise _not_toml(label, 0, f"want values nested at most {DEEPEST} deep") from None
    except ValueError as error:
        raise _not_toml(label, *_syntax(str(error), text)) from None
    for name, value in data.items():
        if depth(value) > DEEPEST:
            want = f"want values nested at most {DEEPEST} deep"
            raise ScenarioError([Problem(f"{label}:1", one_line(name), "", want)])
    return data, line_index(text)


def _text(path: Path, label: str) -> str:
    try:
        if path.is_dir():
            raise _not_toml(label, 0, "want a TOML file, this is a folder")
        if not path.is_file():
            raise _not_toml(label, 0, "want an ordinary file")
        if path.stat().st_size > MOST_BYTES:
            raise _not_toml(label, 0, f"want at most {MOST_BYTES // 1_000_000} MB")
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


def _syntax(message: str, text: str) -> tuple[int, str]:
    """Return the line of a syntax error, and what TOML says about it."""
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    if place is None:
        return 1, f"want valid TOML: {one_line(message)}"
    says = message[: place.start()]
    says = one_line(says[:1].lower() + says[1:])
    if place[1] is None:
        return text.count("\n", 0, len(text.rstrip())) + 1, f"want valid TOML: {says} at the end"
    return int(place[1]), f"want valid TOML: {says} at column {place[2]}"


def _label(path: Path) -> str:
    """Return how messages call a file: relative to the folder one is in, where it is inside it."""
    full = path.resolve()
    here = Path.cwd()
    text = str(full.relative_to(here) if full.is_relative_to(here) else full)
    return text if text.isprintable() else quote(text)
