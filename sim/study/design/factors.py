"""What is varied: one key each, over values or over a range, as typed or as a study has it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sim.errors import Argument, Problem, ScenarioError
from sim.scenario.expected_values import node_at
from sim.scenario.overrides import parse_override
from sim.scenario.values import show

WHERE = Argument("vary")
FORMS = "want key=from:to:number or key=one,two,three"
REGIME = "regime"
MOST_VALUES = 100_000
LARGEST, LONGEST, DIGITS = 1e300, 400, 12  # of a number; letters of one; digits of how many
TOO_LARGE = f"want numbers from -{LARGEST:g} to {LARGEST:g}"
_NUMBER = r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER}):({_NUMBER})(?::([+-]?\d+))?")
_STEPPED = re.compile(rf"({_NUMBER}):({_NUMBER}):({_NUMBER})")


@dataclass(frozen=True)
class Factor:
    """One key that is varied: its values in the order they run, or the ends of a range.

    `name` and `unit` are what people read; left empty they are the key's own. `where` is what
    declared it, `places` where each of its values stands, if they have places of their own.
    """

    key: str
    values: tuple[Any, ...] = ()
    low: int | float | None = None
    high: int | float | None = None
    name: str = ""
    unit: str = ""
    where: str = WHERE
    places: tuple[str, ...] = ()

    def place(self, nth: int) -> str:
        """Return where its n-th value stands."""
        return self.places[nth] if self.places else self.where

    @property
    def ranged(self) -> bool:
        """Whether it is a range of numbers without values of its own."""
        return self.low is not None

    @property
    def whole(self) -> bool:
        """Whether the key takes whole numbers only."""
        return (node_at(keys_of(self.key)) or {}).get("type") == "integer"

    @property
    def steps(self) -> int:
        """Return how many values it takes; 0 for a range of numbers."""
        if self.low is None or self.high is None:
            return len(self.values)
        return int(self.high) - int(self.low) + 1 if self.whole else 0

    @property
    def label(self) -> str:
        """Return what people read."""
        return self.name or self.key

    def at(self, u: float) -> Any:
        """Return the value at `u` in [0, 1]: along the range, or the values in equal shares."""
        if self.low is None or self.high is None:
            return self.values[min(int(u * len(self.values)), len(self.values) - 1)]
        if self.whole:
            low, high = int(self.low), int(self.high)
            return min(low + int(u * (high - low + 1)), high)
        return min(self.low + u * (self.high - self.low), float(self.high))

    def ends(self) -> tuple[Any, ...]:
        """Return values whose check covers every other one: both ends, or all values."""
        return (self.low, self.high) if self.ranged else self.values

    def data(self) -> dict[str, Any]:
        """Return it as a [[factors]] table; `factor` takes it back."""
        about = {"key": self.key, "name": self.name, "unit": self.unit}
        what: dict[str, Any] = {"values": list(self.values)}
        if self.ranged:
            what = {"low": self.low, "high": self.high}
        return {k: v for k, v in about.items() if v} | what


def keys_of(key: str) -> tuple[str | int, ...]:
    """Return the parts of a dotted key, numbers of list items as numbers."""
    return tuple(int(part) if part.isdigit() else part for part in key.split("."))


def value_at(resolved: Mapping[str, Any], key: str) -> Any:
    """Return the value a resolved scenario has at a dotted key; list items go by number or name.

    Raises KeyError or TypeError where there is none.
    """
    value: Any = resolved
    for part in key.split("."):
        part = part.strip().strip("\"'")
        if isinstance(value, list):
            names = {str(nth): item for nth, item in enumerate(value)}
            value = {item.get("name"): item for item in value if isinstance(item, dict)} | names
        value = value[part]
    return value


def factor(data: Mapping[str, Any], where: str, *, repeats: bool = False) -> Factor:
    """Return the factor of a [[factors]] table: `values`, or `low`, `high` and maybe `number`.

    With `repeats` a value may be there twice: in a list, point by point. Raises ScenarioError,
    `where` naming the place that declared it.
    """
    key, given = str(data["key"]), [k for k in ("low", "high") if data.get(k) is not None]
    name, unit = (str(data.get(n) or "") for n in ("name", "unit"))
    values, number = data.get("values"), data.get("number")
    if values is not None:
        if given or number is not None:
            raise refused(key, "", "want values, or low and high, not both", where)
        if not values:
            raise refused(key, "[]", "want at least one value", where)
        if not repeats:
            distinct(key, show(values), values, where)
        return Factor(key, tuple(values), None, None, name, unit, where)
    if len(given) < 2:
        raise refused(key, "", "want values = [ … ], or low and high", where)
    low, high = data["low"], data["high"]
    shown = f"{show(low)} to {show(high)}"
    if not all(abs(end) <= LARGEST for end in (low, high)):
        raise refused(key, shown, TOO_LARGE, where)
    if number is not None:
        made = tuple(spaced(key, shown, low, high, number, where))
        return Factor(key, made, None, None, name, unit, where)
    if not low < high:
        raise refused(key, shown, "the range runs backwards or is empty; want low < high", where)
    return Factor(key, (), low, high, name, unit, where)


def parse_vary(text: str, where: str = WHERE, *, ranges: bool = False) -> Factor:
    """Read `key=from:to:number` (both ends included) or `key=one,two`; raises ScenarioError.

    The numbers of a range are exact: `0:1:11` gives 0.1, and whole numbers stay whole. With
    `ranges`, `key=from:to` is a range of which a sampled design takes any number.
    """
    forms = f"{FORMS}, or key=from:to" if ranges else FORMS
    key, equals, spec = text.partition("=")
    key, spec = key.strip(), spec.strip()
    if not (key and equals and spec):
        raise refused(text, "", forms, where)
    found = _RANGE.fullmatch(spec)
    if found and (found[3] or ranges):
        ends = [_plain_part(x) for x in found.groups()[:2]]
        low, high = ends[0], ends[1]
        if low is None or high is None:
            raise refused(key, spec, TOO_LARGE, where)
        if found[3] is None:
            return factor({"key": key, "low": low, "high": high}, where)
        number = int(found[3][:DIGITS])  # so many are too many, whatever follows
        return Factor(key, tuple(spaced(key, spec, low, high, number, where)), where=where)
    stepped = _STEPPED.fullmatch(spec)
    if stepped and "_" not in stepped[3] and None not in map(_plain_part, stepped.groups()):
        raise refused(key, spec, _count_of_steps(*stepped.groups()), where)
    if re.fullmatch(r"[^\[\]{}\"',]*:[^\[\]{}\"',]*", spec):
        raise refused(key, spec, f"not a range; {forms}", where)
    values = [parse_override(f"{key}={part}", where)[1] for part in _split(key, spec, forms, where)]
    return Factor(key, distinct(key, spec, values, where), where=where)


def _plain_part(text: str) -> int | float | None:
    return plain(text.replace("_", ""))


def _count_of_steps(*texts: str) -> str:
    """Return what is wanted where the third part of a range is a step."""
    said = "the third part is how many values, not a step"
    low, high, step = (Fraction(text.replace("_", "")) for text in texts)
    if step.denominator == 1 and 1 < step <= MOST_VALUES:
        return f"the third part is how many values, without point or e; want {texts[0]}:{texts[1]}:{step}"
    steps = (high - low) / step if step else Fraction(0)
    if steps.denominator != 1 or not 1 <= steps < MOST_VALUES:
        return f"{said}; want from:to:number, as in 0:1:11 for steps of 0.1"
    first, last = texts[:2] if low < high else (texts[1], texts[0])
    return f"{said}; for steps of {texts[2].lstrip('-')} write {first}:{last}:{int(steps) + 1}"


def distinct(key: str, spec: str, values: Sequence[Any], where: str) -> tuple[Any, ...]:
    """Return the values; raises ScenarioError where one is there twice."""
    seen: set[tuple[bool, str]] = set()
    for value in values:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        one = (number, repr(float(value)) if number and abs(value) <= LARGEST else repr(value))
        if one in seen:
            raise refused(key, spec, f"{show(value)} is there twice", where)
        seen.add(one)
    return tuple(values)


def plain(text: str) -> int | float | None:
    """Return the number a text says, whole where it is whole; None where it is beyond LARGEST."""
    exponent = text.lower().partition("e")[2]
    if len(text) > LONGEST or len(exponent) > len("-400") or not abs(float(text)) <= LARGEST:
        return None
    exact = Fraction(text)
    return int(exact) if exact.denominator == 1 else float(exact)


def spaced(
    key: str, spec: str, low: int | float, high: int | float, n: int, where: str = WHERE
) -> list[int | float]:
    """Return n equally spaced numbers, both ends included, each the nearest to the exact one."""
    a, b = Fraction(str(low)), Fraction(str(high))
    if n < 1 or (n == 1 and a != b):
        raise refused(key, spec, "want at least 2 values from one end to the other", where)
    if a > b:
        raise refused(key, spec, f"the range runs backwards; want {high}:{low}:{n}", where)
    if a == b and n > 1:
        raise refused(key, spec, f"both ends are the same; want {low}:{high}:1", where)
    if n > MOST_VALUES:
        raise refused(key, spec, f"want at most {MOST_VALUES} values", where)
    steps = [a + (b - a) * i / max(1, n - 1) for i in range(n)]
    return [int(x) if x.denominator == 1 else float(x) for x in steps]


def _split(key: str, spec: str, forms: str, where: str) -> list[str]:
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
        raise refused(key, spec, f"an empty value between commas; {forms}", where)
    return parts


def split_factors(text: str) -> list[str]:
    """Split `a=0:1,b=x,y` into one text per key: a part with an equals sign begins a new one."""
    made: list[str] = []
    for part in _split(text, text, FORMS, Argument("factors")):
        if made and not re.match(r"[^=\[{\"']+=", part):
            made[-1] += f",{part}"
        else:
            made.append(part)
    return made


def refused(key: str, value: str, wanted: str, where: str = WHERE) -> ScenarioError:
    """Return the one-line error about something that is varied."""
    return ScenarioError([Problem(where, key, value, wanted)])
