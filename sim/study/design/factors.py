"""Factors: the keys that a study varies, each over values or over a range, as typed or from a file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from sim.errors import Argument, Problem, ScenarioError
from sim.scenario.expected_values import node_at
from sim.scenario.overrides import parse_override
from sim.scenario.values import show

WHERE = Argument("vary")
FORMS = "want key=from:to:number or key=one,two,three"
REGIME = "regime"
MOST_VALUES = 100_000
LARGEST = 1e300  # largest magnitude of a number
LONGEST = 400  # characters of a number: an exact fraction of a longer one would take for ever
DIGITS = 12  # digits read of a number of values: more than that is too many in any case
TOO_LARGE = f"want numbers from -{LARGEST:g} to {LARGEST:g}"
_NUMBER = r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER}):({_NUMBER})(?::([+-]?\d+))?")
_STEPPED = re.compile(rf"({_NUMBER}):({_NUMBER}):({_NUMBER})")


@dataclass(frozen=True)
class Factor:
    """One key that is varied: its values in the order in which they run, or the ends of a range.

    `name` and `unit` are shown instead of the key's own if they are not empty. `where` is the place
    that declared the factor; `places` are the places of its values if each has its own, as in a list.
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
        """Return the place of the n-th value, for messages."""
        return self.places[nth] if self.places else self.where

    @property
    def is_range(self) -> bool:
        """Whether it is a range of numbers instead of a list of values."""
        return self.low is not None

    @cached_property
    def is_integer(self) -> bool:
        """Whether the key accepts whole numbers only."""
        return (node_at(key_parts(self.key)) or {}).get("type") == "integer"

    @property
    def steps(self) -> int:
        """Return the number of values it can take; 0 for a range of real numbers."""
        if self.low is None or self.high is None:
            return len(self.values)
        return int(self.high) - int(self.low) + 1 if self.is_integer else 0

    @property
    def label(self) -> str:
        """Return the name that is shown: the given name, or the key."""
        return self.name or self.key

    def at(self, u: float) -> Any:
        """Return the value at `u` in [0, 1].

        A range of real numbers is linear in `u`; whole numbers and lists of values have equal shares
        of the interval each.
        """
        if self.low is None or self.high is None:
            return self.values[min(int(u * len(self.values)), len(self.values) - 1)]
        if self.is_integer:
            low, high = int(self.low), int(self.high)
            return min(low + int(u * (high - low + 1)), high)
        return min(self.low + u * (self.high - self.low), float(self.high))

    def ends(self) -> tuple[Any, ...]:
        """Return values that are valid only if all are: both ends of a range, or all values."""
        return (self.low, self.high) if self.is_range else self.values

    def data(self) -> dict[str, Any]:
        """Return the factor as a [[factors]] table, the inverse of `build_factor`."""
        about = {"key": self.key, "name": self.name, "unit": self.unit}
        what: dict[str, Any] = {"values": list(self.values)}
        if self.is_range:
            what = {"low": self.low, "high": self.high}
        return {k: v for k, v in about.items() if v} | what


def key_parts(key: str) -> tuple[str | int, ...]:
    """Return the parts of a dotted key, with the indices of list items as integers."""
    return tuple(int(part) if part.isdigit() else part for part in key.split("."))


def value_at(resolved: Mapping[str, Any], key: str) -> Any:
    """Return the value of a resolved scenario at a dotted key.

    List items are addressed by index or by their `name`. Raises KeyError or TypeError if there is no
    such value.
    """
    value: Any = resolved
    for part in key.split("."):
        part = part.strip().strip("\"'")
        if isinstance(value, list):
            names = {str(nth): item for nth, item in enumerate(value)}
            value = {item.get("name"): item for item in value if isinstance(item, dict)} | names
        value = value[part]
    return value


def build_factor(data: Mapping[str, Any], where: str, *, repeats: bool = False) -> Factor:
    """Return the factor of a [[factors]] table: `values`, or `low`, `high` and optionally `number`.

    `where` is the place that declared it, for messages. With `repeats` values may occur twice, as in
    a list that is read point by point. Raises ScenarioError if the table is contradictory or empty.
    """
    key, given = str(data["key"]), [k for k in ("low", "high") if data.get(k) is not None]
    name, unit = (str(data.get(n) or "") for n in ("name", "unit"))
    values, number = data.get("values"), data.get("number")
    if values is not None:
        if given or number is not None:
            raise design_error(key, "", "want values, or low and high, not both", where)
        if not values:
            raise design_error(key, "[]", "want at least one value", where)
        if not repeats:
            check_distinct(key, show(values), values, where)
        return Factor(key, tuple(values), None, None, name, unit, where)
    if len(given) < 2:
        raise design_error(key, "", "want values = [ … ], or low and high", where)
    low, high = data["low"], data["high"]
    shown = f"{show(low)} to {show(high)}"
    if not all(abs(end) <= LARGEST for end in (low, high)):
        raise design_error(key, shown, TOO_LARGE, where)
    if number is not None:
        values = tuple(equally_spaced(key, shown, low, high, number, where))
        return Factor(key, values, None, None, name, unit, where)
    if not low < high:
        raise design_error(
            key, shown, "the range runs backwards or is empty; want low < high", where
        )
    return Factor(key, (), low, high, name, unit, where)


def parse_vary(text: str, where: str = WHERE, *, ranges: bool = False) -> Factor:
    """Return the factor of a text `key=from:to:number` (both ends included) or `key=one,two`.

    The values of a range are the nearest floats to the exact ones, so `0:1:11` contains 0.1, and whole
    numbers stay integers. With `ranges`, `key=from:to` is accepted too, for sampled designs. Raises
    ScenarioError.

    Example:
        >>> parse_vary("mediator.competence=0:1:3").values
        (0, 0.5, 1)
    """
    forms = f"{FORMS}, or key=from:to" if ranges else FORMS
    key, equals, spec = text.partition("=")
    key, spec = key.strip(), spec.strip()
    if not (key and equals and spec):
        raise design_error(text, "", forms, where)
    found = _RANGE.fullmatch(spec)
    if found and (found[3] or ranges):
        ends = [_parse_part(x) for x in found.groups()[:2]]
        low, high = ends[0], ends[1]
        if low is None or high is None:
            raise design_error(key, spec, TOO_LARGE, where)
        if found[3] is None:
            return build_factor({"key": key, "low": low, "high": high}, where)
        number = int(found[3][:DIGITS])
        return Factor(key, tuple(equally_spaced(key, spec, low, high, number, where)), where=where)
    stepped = _STEPPED.fullmatch(spec)
    if stepped and "_" not in stepped[3] and None not in map(_parse_part, stepped.groups()):
        raise design_error(key, spec, _want_count_not_step(*stepped.groups()), where)
    if re.fullmatch(r"[^\[\]{}\"',]*:[^\[\]{}\"',]*", spec):
        raise design_error(key, spec, f"not a range; {forms}", where)
    values = [
        parse_override(f"{key}={part}", where)[1]
        for part in _split_at_commas(key, spec, forms, where)
    ]
    return Factor(key, check_distinct(key, spec, values, where), where=where)


def _parse_part(text: str) -> int | float | None:
    return parse_number(text.replace("_", ""))


def _want_count_not_step(*texts: str) -> str:
    """Return the message for a range whose third part is a step instead of a number of values."""
    hint = "the third part is how many values, not a step"
    low, high, step = (Fraction(text.replace("_", "")) for text in texts)
    if step.denominator == 1 and 1 < step <= MOST_VALUES:
        return f"the third part is how many values, without point or e; want {texts[0]}:{texts[1]}:{step}"
    steps = (high - low) / step if step else Fraction(0)
    if steps.denominator != 1 or not 1 <= steps < MOST_VALUES:
        return f"{hint}; want from:to:number, as in 0:1:11 for steps of 0.1"
    first, last = texts[:2] if low < high else (texts[1], texts[0])
    return f"{hint}; for steps of {texts[2].lstrip('-')} write {first}:{last}:{int(steps) + 1}"


def check_distinct(key: str, spec: str, values: Sequence[Any], where: str) -> tuple[Any, ...]:
    """Return the values as a tuple; raises ScenarioError if one occurs twice, 1 and 1.0 being the same."""
    seen: set[tuple[bool, str]] = set()
    for value in values:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        small = is_number and abs(value) <= LARGEST  # a larger integer may not fit a float
        identity = (is_number, repr(float(value)) if small else repr(value))
        if identity in seen:
            raise design_error(key, spec, f"{show(value)} is given twice", where)
        seen.add(identity)
    return tuple(values)


def parse_number(text: str) -> int | float | None:
    """Return the number in a text, an int if it is whole; None if it is larger than LARGEST."""
    exponent = text.lower().partition("e")[2]
    if len(text) > LONGEST or len(exponent) > len("-400") or not abs(float(text)) <= LARGEST:
        return None
    exact = Fraction(text)
    return int(exact) if exact.denominator == 1 else float(exact)


def equally_spaced(
    key: str, spec: str, low: int | float, high: int | float, number: int, where: str = WHERE
) -> list[int | float]:
    """Return equally spaced numbers, both ends included, each the float nearest to the exact one.

    `key`, `spec` and `where` are for messages: what is varied, how it was written, and where. Raises
    ScenarioError if the range is empty or backwards, or if there are too many values.
    """
    # Exact fractions of the decimals as typed: in floats 0:1:11 would not contain 0.3.
    first, last = Fraction(str(low)), Fraction(str(high))
    if number < 1 or (number == 1 and first != last):
        raise design_error(key, spec, "want at least 2 values from one end to the other", where)
    if first > last:
        raise design_error(
            key, spec, f"the range runs backwards; want {high}:{low}:{number}", where
        )
    if first == last and number > 1:
        raise design_error(key, spec, f"both ends are the same; want {low}:{high}:1", where)
    if number > MOST_VALUES:
        raise design_error(key, spec, f"want at most {MOST_VALUES} values", where)
    steps = [first + (last - first) * nth / max(1, number - 1) for nth in range(number)]
    return [int(x) if x.denominator == 1 else float(x) for x in steps]


def _split_at_commas(key: str, spec: str, forms: str, where: str) -> list[str]:
    """Split at commas outside brackets and quotes."""
    parts, depth, quote = [""], 0, ""
    for letter in spec:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        depth += 0 if quote else (letter in "[{") - (letter in "]}")
        if letter == "," and not quote and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    parts = [part.strip() for part in parts]
    if not all(parts):
        raise design_error(key, spec, f"an empty value between commas; {forms}", where)
    return parts


def split_factors(text: str) -> list[str]:
    """Return one text per key of `a=0:1,b=x,y`: a part with an equals sign begins a new key.

    Example:
        >>> split_factors("a=0:1,b=x,y")
        ['a=0:1', 'b=x,y']
    """
    factors: list[str] = []
    for part in _split_at_commas(text, text, FORMS, Argument("factors")):
        if factors and not re.match(r"[^=\[{\"']+=", part):
            factors[-1] += f",{part}"
        else:
            factors.append(part)
    return factors


def design_error(key: str, value: str, wanted: str, where: str = WHERE) -> ScenarioError:
    """Return the error of one problem with a factor or design: place, key, value and what is wanted."""
    return ScenarioError([Problem(where, key, value, wanted)])
