"""The settings of the browser page: which keys, with unit, range and meaning from the schema."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sim.errors import Problem, ScenarioError
from sim.page.tab_input import shortened
from sim.scenario.expected_values import describe_key, node_at
from sim.scenario.key_kinds import FUNCTIONS, STRATEGIES
from sim.scenario.schema import Scenario
from sim.scenario.strategy_texts import describe_strategy

GROUPS = {
    "Mediator": {
        "mediator.competence": "Competence",
        "mediator.bias": "Bias",
        "mediator.discretion": "Discretion",
        "buyers.exposure_to_neutral": "Buyers' fear of exposure to it",
        "vendors.exposure_to_neutral": "Vendors' fear of exposure to it",
        "mediator.fee.retainer": "Fee, retainer",
        "mediator.fee.success": "Fee for success",
        "mediator.fee.case": "Fee per dispute",
    },
    "Conduct": {
        "buyers.strategy": "Buyers' strategy",
        "vendors.strategy": "Vendors' strategy",
        "buyers.blame": "Buyers' blame for bad news",
        "buyers.regard": "Buyers' regard for vendors",
        "buyers.recession": "Buyers in a recession",
        "vendors.oversell": "Vendors' overselling",
        "vendors.regard": "Vendors' regard for buyers",
        "vendors.goodwill": "Vendors' goodwill",
        "vendors.blame_fear": "Vendors' fear of blame",
        "vendors.first_fear": "First fear, if learnt",
        "vendors.fear_memory": "News that it is worth",
    },
    "World": {
        "problems.rate": "Problem rate",
        "recession.rate": "Recession rate",
        "recession.worth": "Depth of a recession",
        "run.months": "Horizon",
    },
}
FUNCTIONS_KEY = "mediator.functions"
# Keys that types of conduct replace; each type then has settings of its own, by side.
TYPE_KEYS = ("blame", "regard", "recession", "oversell", "goodwill")
TYPE_LABELS = {"buyer": {"blame": "blame"}, "vendor": {"oversell": "overselling"}}
SIDES = ("buyer", "vendor")
STEPS, FINEST = 50, 2000  # positions of a slider, about; at most, so that it can stand at its value
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")  # could be a decimal comma as well
LARGEST_NUMBER = 1e15  # above the limit of every key


@dataclass(frozen=True)
class Lever:
    """A key set by a slider: the scenario's value, the range and unit, and the meaning.

    `wants` is what a message asks for if a typed value is refused.
    """

    key: str
    label: str
    value: float
    low: float
    high: float
    step: float
    unit: str
    meaning: str
    wants: str
    whole: bool = False

    def nearest_position(self, value: float) -> float:
        """Return the nearest position of the slider, rounded to as many digits as the step has.

        The scenario's own value counts as a position.
        """
        if abs(value - self.value) < 0.5 * self.step:
            return self.value
        digits = max(0, -math.floor(math.log10(self.step)) + 1)
        held = min(self.high, max(self.low, value))
        moved = self.low + self.step * round((held - self.low) / self.step)
        kept = round(min(self.high, max(self.low, moved)), digits)
        return int(kept) if self.whole else kept

    def parse(self, text: str) -> float:
        """Return the number in a text, with a decimal point or comma. Raises ScenarioError for others."""
        digits = text.strip().replace("−", "-")
        if THOUSANDS.fullmatch(digits):
            raise self._refused(
                text, f"want {digits.replace(',', '')} or {digits.replace(',', '.')}"
            )
        try:
            number = float(digits.replace(",", ".") if digits.count(",") == 1 else digits)
        except ValueError:
            number = math.nan
        if not abs(number) <= LARGEST_NUMBER:  # written so that NaN is refused
            raise self._refused(text, self.wants.partition(", or a table")[0])
        return int(number) if self.whole and number.is_integer() else number

    def _refused(self, text: str, wants: str) -> ScenarioError:
        return ScenarioError([Problem("page", self.key, repr(shortened(text)), wants)])


@dataclass(frozen=True)
class Dropdown:
    """A key set by a choice out of a few words."""

    key: str
    label: str
    value: str
    words: tuple[str, ...]
    meaning: str


def sliders(scenario: Scenario) -> list[Lever]:
    """Return the sliders of a scenario; a competence given by side has one for each side."""
    return [
        setting
        for found in setting_groups(scenario).values()
        for setting in found
        if isinstance(setting, Lever)
    ]


def setting_groups(scenario: Scenario) -> dict[str, list[Lever | Dropdown]]:
    """Return the settings under their headings; types of conduct replace the keys of their side."""
    typed: set[str] = {c.side for c in scenario.conducts}
    found: dict[str, list[Lever | Dropdown]] = {}
    for title, keys in GROUPS.items():
        found[title] = [
            setting
            for key, label in keys.items()
            if not _is_replaced(key, typed)
            for setting in _key_settings(scenario, key, label)
        ]
    for number, kind in enumerate(scenario.conducts):
        found["Conduct"] += _type_settings(scenario, number, kind.name, kind.side)
    return found


def mediator_functions(scenario: Scenario) -> tuple[str, ...]:
    """Return the functions of the scenario's mediator, as names in `mediator.functions`."""
    return tuple(scenario.mediator.functions)


def toggle_function(now: tuple[str, ...], name: str) -> list[str]:
    """Return functions of the mediator with one of them turned on or off, in the usual order."""
    return [f for f in FUNCTIONS if (f in now) != (f == name)]


def value_at(scenario: Any, key: str) -> Any:
    """Return the value of a dotted key; a number in it is the index of a list."""
    value = scenario
    for part in key.split("."):
        value = value[int(part)] if part.isdigit() else getattr(value, part)
    return value


def _is_replaced(key: str, typed: set[str]) -> bool:
    """Return whether types of conduct replace a key; `typed` are the sides that have types."""
    table, _, name = key.partition(".")
    return table.removesuffix("s") in typed and name in TYPE_KEYS


def _type_settings(
    scenario: Scenario, number: int, name: str, side: str
) -> Iterator[Lever | Dropdown]:
    yield from _key_settings(
        scenario, f"conducts.{number}.weight", f"How common “{name}” {side}s are"
    )
    for key, what in TYPE_LABELS[side].items():
        yield from _key_settings(scenario, f"conducts.{number}.{key}", f"“{name}”: {what}")


def _key_settings(scenario: Scenario, key: str, label: str) -> Iterator[Lever | Dropdown]:
    """Yield the settings of one key: a dropdown, a slider, or a slider for each side."""
    value = value_at(scenario, key)
    if key.endswith(".strategy"):
        # No path can be typed here: anybody who can open the page would run files of this machine.
        own = describe_strategy(value)
        others = (name for name in STRATEGIES if name != own)
        yield Dropdown(key, label, own, (own, *others), _schema_node(key).get("description", ""))
    elif isinstance(value, str):
        node = _schema_node(key)
        yield Dropdown(key, label, value, tuple(node["enum"]), node.get("description", ""))
    elif isinstance(value, int | float):
        yield _lever(scenario, key, label, value)
    else:
        for side in SIDES:
            part = getattr(value, side)
            yield _lever(scenario, f"{key}.{side}", f"{label} about {side}s", float(part))


def _schema_node(key: str) -> dict[str, Any]:
    return node_at(_key_path(key)) or {}


def _key_path(key: str) -> tuple[str | int, ...]:
    return tuple(int(part) if part.isdigit() else part for part in key.split("."))


def _lever(scenario: Scenario, key: str, label: str, value: float) -> Lever:
    """Return the slider of a key. A share goes to 1, anything else to four times its value or its limit."""
    node = _schema_node(key)
    options = [node, *node.get("anyOf", [])]
    low = next((float(o["minimum"]) for o in options if "minimum" in o), 0.0)
    high = next((float(o["maximum"]) for o in options if "maximum" in o), math.inf)
    unit, whole = node.get("unit", "-"), node.get("type") == "integer"
    usual = 0.1 if unit == "1/month" else 1.0
    share = unit == "share" and high <= 1.0
    top = high if share else min(high, _round_up(4.0 * value if value > 0.0 else usual))
    if any("exclusiveMinimum" in option for option in options):
        low = _round_up(top / STEPS)
    step = 1.0 if whole else _round_up((top - low) / STEPS)
    while not whole and step > (top - low) / FINEST and not _is_on_grid(value, low, step):
        step = _round_up(step / 4.0)
    shown = unit.replace("money", scenario.run.currency)
    meaning, wants = _meaning(key, node), f"want {describe_key(_key_path(key))}"
    return Lever(key, label, value, low, top, step, shown, meaning, wants, whole)


def _meaning(key: str, node: dict[str, Any]) -> str:
    """Return the meaning of a key; for a trait of a type of conduct, that of the side's key."""
    text = str(node.get("description", ""))
    if text.startswith("as for "):
        of_side = f"{text.removeprefix('as for ')}.{key.rpartition('.')[2]}"
        text = str(_schema_node(of_side)["description"])
    return text


def _is_on_grid(value: float, low: float, step: float) -> bool:
    """Return whether a value is a position of a slider from `low` in steps of `step`."""
    return abs((value - low) / step - round((value - low) / step)) < 1e-6


def _round_up(value: float) -> float:
    """Return the least of 1, 2, 5, 10, 20, … (and 0.5, 0.2, …) that is not below a positive value."""
    power = 10.0 ** math.floor(math.log10(value))
    times = next(m for m in (1, 2, 5, 10) if power * m >= value * (1 - 1e-9))
    return float(f"{power * times:.6g}")
