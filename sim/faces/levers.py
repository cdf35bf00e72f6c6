"""The sliders of the browser page, read off the schema: which key, its unit, range and meaning."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from sim.scenario.schema import Scenario
from sim.scenario.wanted import at

LEVERS = {
    "mediator.competence": "Mediator's competence",
    "mediator.fee.retainer": "Mediator's fee",
    "problems.rate": "Problem rate",
    "vendors.oversell": "Overselling",
}
SIDES = ("buyer", "vendor")
STEPS, FINEST = 50, 2000  # positions of a slider, about; more where its value needs them


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

    def tidy(self, value: float) -> float:
        """Return the nearest position of the slider, without the dust of binary fractions."""
        if abs(value - self.value) < 0.5 * self.step:
            return self.value
        digits = max(0, -math.floor(math.log10(self.step)) + 1)
        moved = self.low + self.step * round((value - self.low) / self.step)
        return round(min(self.high, max(self.low, moved)), digits)


def levers(scenario: Scenario) -> list[Lever]:
    """Return the sliders of a scenario; a competence about each side has a slider for each side."""
    return [lever for key in LEVERS for lever in _of(scenario, key)]


def _of(scenario: Scenario, key: str) -> Iterator[Lever]:
    """Yield the sliders of one key."""
    value: object = scenario
    for part in key.split("."):
        value = getattr(value, part)
    if isinstance(value, int | float):
        yield _lever(scenario, key, LEVERS[key], float(value))
        return
    for side in SIDES:
        label = f"{LEVERS[key]} about {side}s"
        yield _lever(scenario, f"{key}.{side}", label, float(getattr(value, side)))


def _lever(scenario: Scenario, key: str, label: str, value: float) -> Lever:
    """Return one slider; what is no share goes to four times its value, or to its limit."""
    node = at(tuple(key.split("."))) or {}
    options = [node, *node.get("anyOf", [])]
    low = next((float(o["minimum"]) for o in options if "minimum" in o), 0.0)
    high = next((float(o["maximum"]) for o in options if "maximum" in o), math.inf)
    unit = node.get("unit", "-")
    top = high if unit == "share" else min(high, _round_up(4.0 * value if value > 0.0 else 1.0))
    step = _round_up((top - low) / STEPS)
    while step > (top - low) / FINEST and not _on_grid(value, low, step):
        step = _round_up(step / 4.0)
    shown = unit.replace("money", scenario.run.currency)
    return Lever(key, label, value, low, top, step, shown, node.get("description", ""))


def _on_grid(value: float, low: float, step: float) -> bool:
    """Return True where the slider can stand at the value itself."""
    return abs((value - low) / step - round((value - low) / step)) < 1e-6


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, … at or above a positive value."""
    power = 10.0 ** math.floor(math.log10(value))
    times = next(m for m in (1, 2, 5, 10) if power * m >= value * (1 - 1e-9))
    return float(f"{power * times:.6g}")
