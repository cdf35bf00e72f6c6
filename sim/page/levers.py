"""What can be set on the browser page, read off the schema: which key, its unit, range and meaning."""

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
SWITCHES = "mediator.functions"
# Keys that types of conduct replace, by side; each type is then set by itself.
OF_TYPES = ("blame", "regard", "recession", "oversell", "goodwill")
OF_A_TYPE = {"buyer": {"blame": "blame"}, "vendor": {"oversell": "overselling"}}
SIDES = ("buyer", "vendor")
STEPS, FINEST = 50, 2000  # positions of a slider, about; more where its value needs them
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")  # or a decimal comma: nobody can tell
MOST = 1e15  # no key takes more


@dataclass(frozen=True)
class Lever:
    """One slider: the scenario's own value, the range it may take and what it means."""

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

    def tidy(self, value: float) -> float:
        """Return the nearest position of the slider, without the dust of binary fractions."""
        if abs(value - self.value) < 0.5 * self.step:
            return self.value
        digits = max(0, -math.floor(math.log10(self.step)) + 1)
        held = min(self.high, max(self.low, value))
        moved = self.low + self.step * round((held - self.low) / self.step)
        kept = round(min(self.high, max(self.low, moved)), digits)
        return int(kept) if self.whole else kept

    def typed(self, text: str) -> float:
        """Return the number that was typed, with a decimal point or comma; raise ScenarioError."""
        said = text.strip().replace("−", "-")
        if THOUSANDS.fullmatch(said):
            raise self._refused(text, f"want {said.replace(',', '')} or {said.replace(',', '.')}")
        try:
            number = float(said.replace(",", ".") if said.count(",") == 1 else said)
        except ValueError:
            number = math.nan
        if not abs(number) <= MOST:  # so that NaN is refused
            raise self._refused(text, self.wants.partition(", or a table")[0])
        return int(number) if self.whole and number.is_integer() else number

    def _refused(self, text: str, wants: str) -> ScenarioError:
        return ScenarioError([Problem("page", self.key, repr(shortened(text)), wants)])


@dataclass(frozen=True)
class Pick:
    """One choice out of a few words."""

    key: str
    label: str
    value: str
    words: tuple[str, ...]
    meaning: str


def levers(scenario: Scenario) -> list[Lever]:
    """Return the sliders of a scenario; a competence about each side has a slider for each side."""
    return [one for found in groups(scenario).values() for one in found if isinstance(one, Lever)]


def groups(scenario: Scenario) -> dict[str, list[Lever | Pick]]:
    """Return what can be set, under headings; types of conduct take the place of their side's keys."""
    typed: set[str] = {c.side for c in scenario.conducts}
    found: dict[str, list[Lever | Pick]] = {}
    for title, keys in GROUPS.items():
        found[title] = [
            one
            for key, label in keys.items()
            if not _is_replaced(key, typed)
            for one in _of(scenario, key, label)
        ]
    for number, kind in enumerate(scenario.conducts):
        found["Conduct"] += _type(scenario, number, kind.name, kind.side)
    return found


def functions(scenario: Scenario) -> tuple[str, ...]:
    """Return what the scenario's own mediator does."""
    return tuple(scenario.mediator.functions)


def switched(now: tuple[str, ...], name: str) -> list[str]:
    """Return the mediator's functions with one of them turned on or off, in their usual order."""
    return [f for f in FUNCTIONS if (f in now) != (f == name)]


def value_at(scenario: Any, key: str) -> Any:
    """Return the value of a dotted key."""
    value = scenario
    for part in key.split("."):
        value = value[int(part)] if part.isdigit() else getattr(value, part)
    return value


def _is_replaced(key: str, typed: set[str]) -> bool:
    table, _, name = key.partition(".")
    return table.removesuffix("s") in typed and name in OF_TYPES


def _type(scenario: Scenario, number: int, name: str, side: str) -> Iterator[Lever | Pick]:
    yield from _of(scenario, f"conducts.{number}.weight", f"How common “{name}” {side}s are")
    for key, what in OF_A_TYPE[side].items():
        yield from _of(scenario, f"conducts.{number}.{key}", f"“{name}”: {what}")


def _of(scenario: Scenario, key: str, label: str) -> Iterator[Lever | Pick]:
    """Yield what sets one key."""
    value = value_at(scenario, key)
    if key.endswith(".strategy"):
        # A path is nothing to type here: whoever can open the page would run files of this machine.
        own = describe_strategy(value)
        others = (name for name in STRATEGIES if name != own)
        yield Pick(key, label, own, (own, *others), _node(key).get("description", ""))
    elif isinstance(value, str):
        node = _node(key)
        yield Pick(key, label, value, tuple(node["enum"]), node.get("description", ""))
    elif isinstance(value, int | float):
        yield _lever(scenario, key, label, value)
    else:
        for side in SIDES:
            part = getattr(value, side)
            yield _lever(scenario, f"{key}.{side}", f"{label} about {side}s", float(part))


def _node(key: str) -> dict[str, Any]:
    return node_at(_keys(key)) or {}


def _keys(key: str) -> tuple[str | int, ...]:
    return tuple(int(part) if part.isdigit() else part for part in key.split("."))


def _lever(scenario: Scenario, key: str, label: str, value: float) -> Lever:
    """Return one slider; what is no share goes to four times its value, or to its limit."""
    node = _node(key)
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
    while not whole and step > (top - low) / FINEST and not _on_grid(value, low, step):
        step = _round_up(step / 4.0)
    shown = unit.replace("money", scenario.run.currency)
    meaning, wants = _meaning(key, node), f"want {describe_key(_keys(key))}"
    return Lever(key, label, value, low, top, step, shown, meaning, wants, whole)


def _meaning(key: str, node: dict[str, Any]) -> str:
    """Return what a key means; of a type's trait, what it means for the whole side."""
    said = str(node.get("description", ""))
    if said.startswith("as for "):
        said = str(_node(f"{said.removeprefix('as for ')}.{key.rpartition('.')[2]}")["description"])
    return said


def _on_grid(value: float, low: float, step: float) -> bool:
    """Return True where the slider can stand at the value itself."""
    return abs((value - low) / step - round((value - low) / step)) < 1e-6


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, … at or above a positive value."""
    power = 10.0 ** math.floor(math.log10(value))
    times = next(m for m in (1, 2, 5, 10) if power * m >= value * (1 - 1e-9))
    return float(f"{power * times:.6g}")
