"""From what is varied to numbered points, every one validated before anything runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from sim.errors import Problem, ScenarioError
from sim.scenario.load import load
from sim.scenario.overrides import Settings, parse_set
from sim.scenario.values import show

if TYPE_CHECKING:
    from sim.scenario.load import Loaded

WHERE = "--vary"
FORMS = "want key=from:to:number or key=one,two,three"
REGIME = "regime"
MOST_POINTS = 100_000
_NUMBER = r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER}):({_NUMBER}):([+-]?\d+)")


@dataclass(frozen=True)
class Factor:
    """One key that is varied, and its values in the order they run."""

    key: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Point:
    """One cell of the design: its number, the factor values, and the scenario they give."""

    number: int
    values: dict[str, Any]
    loaded: Loaded

    @property
    def name(self) -> str:
        """Return the name its files carry."""
        return f"part-{self.number:04d}"


def parse_vary(text: str) -> Factor:
    """Read `key=from:to:number` (both ends included) or `key=one,two`; raises ScenarioError.

    The numbers of a range are exact: `0:1:11` gives 0.1, and whole numbers stay whole.
    """
    key, equals, spec = text.partition("=")
    key, spec = key.strip(), spec.strip()
    if not (key and equals and spec):
        raise _refused(text, "", FORMS)
    found = _RANGE.fullmatch(spec)
    if found:
        values = _range(key, spec, *found.groups())
    elif re.fullmatch(r"[^\[\]{}\"',]*:[^\[\]{}\"',]*", spec):
        raise _refused(key, spec, f"not a range; {FORMS}")
    else:
        values = [parse_set(f"{key}={part}", WHERE)[1] for part in _split(key, spec)]
    for nth, value in enumerate(values):
        if any(value == v and isinstance(value, bool) == isinstance(v, bool) for v in values[:nth]):
            raise _refused(key, spec, f"{show(value)} is there twice")
    return Factor(key, tuple(values))


def grid(factors: Sequence[Factor]) -> list[dict[str, Any]]:
    """Return every combination of values, the first factor slowest; raises ScenarioError."""
    keys = [f.key for f in factors]
    for nth, key in enumerate(keys):
        if key in keys[:nth]:
            raise _refused(key, "", "varied twice; give all its values at once")
    if not factors or any(not f.values for f in factors):
        raise _refused("nothing is varied", "", FORMS)
    size = prod(len(f.values) for f in factors)
    if size > MOST_POINTS:
        raise _refused(", ".join(keys), "", f"{size} points; want at most {MOST_POINTS}")
    return [
        dict(zip(keys, values, strict=True)) for values in product(*(f.values for f in factors))
    ]


def points(loaded: Loaded, factors: Sequence[Factor]) -> list[Point]:
    """Load every point of the full factorial; raises ScenarioError with every problem in any."""
    _refuse_replicates(factors)
    made: list[Point] = []
    problems: dict[str, Problem] = {}
    for number, values in enumerate(grid(factors)):
        try:
            settings = Settings((key, value, WHERE) for key, value in values.items())
            point = load(loaded.scenario, settings)
            made.append(Point(number, values, replace(point, name=loaded.name, path=loaded.path)))
        except ScenarioError as error:
            problems.update((str(p), p) for p in error.problems)
    if problems:
        raise ScenarioError(list(problems.values()))
    return made


def split_regimes(
    factors: Sequence[Factor], regimes: Sequence[str] | None
) -> tuple[list[Factor], list[str] | None]:
    """Take `regime=…` out of the factors: regimes run side by side within every point."""
    named = [f for f in factors if f.key == REGIME]
    if not named:
        return list(factors), None if regimes is None else list(regimes)
    if len(named) > 1 or regimes is not None:
        raise _refused(REGIME, "", "regimes are given twice; name them all in one place")
    return [f for f in factors if f.key != REGIME], [str(v) for v in named[0].values]


def value_at(loaded: Loaded, key: str) -> Any:
    """Return the value a scenario has at a dotted key; list items go by number or name."""
    value: Any = loaded.resolved()
    for part in key.split("."):
        part = part.strip().strip("\"'")
        if isinstance(value, list):
            names = {str(nth): item for nth, item in enumerate(value)}
            value = {item.get("name"): item for item in value if isinstance(item, dict)} | names
        value = value[part]
    return value


def _refuse_replicates(factors: Sequence[Factor]) -> None:
    for factor in factors:
        if factor.key in ("run.worlds", "run.seed"):
            name = factor.key.removeprefix("run.")
            want = f"worlds and seed are the same at every point; want --{name}"
            raise _refused(factor.key, "", want)


def _range(key: str, spec: str, first: str, last: str, number: str) -> list[int | float]:
    a, b, n = Fraction(first.replace("_", "")), Fraction(last.replace("_", "")), int(number)
    if n < 1 or (n == 1 and a != b):
        raise _refused(key, spec, "want at least 2 values from one end to the other")
    if a > b:
        raise _refused(key, spec, f"the range runs backwards; want {last}:{first}:{number}")
    if a == b and n > 1:
        raise _refused(key, spec, f"both ends are the same; want {first}:{last}:1")
    if n > MOST_POINTS:
        raise _refused(key, spec, f"want at most {MOST_POINTS} values")
    steps = [a + (b - a) * i / max(1, n - 1) for i in range(n)]
    return [int(x) if x.denominator == 1 else float(x) for x in steps]


def _split(key: str, spec: str) -> list[str]:
    """Split at commas outside brackets and quotes."""
    parts, depth, quote = [""], 0, ""
    for c in spec:
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        depth += 0 if quote else (c in "[{") - (c in "]}")
        if c == "," and not quote and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    parts = [p.strip() for p in parts]
    if not all(parts):
        raise _refused(key, spec, f"an empty value between commas; {FORMS}")
    return parts


def _refused(key: str, value: str, wanted: str) -> ScenarioError:
    return ScenarioError([Problem(WHERE, key, value, wanted)])
