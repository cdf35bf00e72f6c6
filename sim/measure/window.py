"""An event, the window of months around its onset, and the rows of a table aligned on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.errors import Argument, Problem, ScenarioError, closest_name
from sim.words import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.scenario.schema import Scenario

TABLES_READ = ("events", "need_months")
ONSETS = {
    "recession": (Event.RECESSION_BEGINS, "a recession begins"),
    "deceit": (Event.PROBLEM_DISCOVERED, "a problem the vendor hid is found out"),
    "turnover": (Event.CONTACT_LEFT, "the contact of one side leaves"),
}
COMPARE, ALIGN, WINDOW = map(Argument, ("sim.compare", "align", "window"))
LONGEST_WINDOW = 600  # months on either side: fifty years
DEFAULT_WINDOW = "-12:24"


class Window(NamedTuple):
    """An event and the months around its onset, both ends included."""

    event: str
    first: int
    last: int

    @property
    def months(self) -> np.ndarray:
        """Return the months relative to the onset, which is month 0."""
        return np.arange(self.first, self.last + 1)

    @property
    def text(self) -> str:
        """Return the window as the user types it, such as "-12:24"."""
        return f"{self.first}:{self.last}"

    @property
    def reads(self) -> tuple[str, ...]:
        """Return the tables from which series around an event are computed."""
        return TABLES_READ


class AlignedRow(NamedTuple):
    """One quantity in one month relative to the onset, under a regime or as a difference of two.

    `kind` is "regime", "difference" (paired, same onsets) or "unpaired"; `low` and `high` bound the
    95 % interval over worlds. `n` counts the worlds with a value, `events` the onsets under
    `regime` whose window includes this month.
    """

    quantity: str
    label: str
    unit: str
    kind: str
    name: str
    regime: str
    baseline: str
    month: int
    mean: float
    low: float
    high: float
    n: int
    events: int


def read_window(event: str, text: str = DEFAULT_WINDOW) -> Window:
    """Return the window that an event and a text such as "-12:24" stand for.

    Raises ScenarioError for an unknown event or a text that is no window.

    Example:
        >>> read_window("recession", "-2:1").months.tolist()
        [-2, -1, 0, 1]
    """
    if event not in ONSETS:
        want, near = f"want one of {', '.join(ONSETS)}", closest_name(event, list(ONSETS))
        raise ScenarioError([Problem(COMPARE, ALIGN, repr(event), want, near)])
    parts = text.split(":")
    try:
        first, last = (int(part) for part in parts)
    except ValueError:
        first, last = 1, 0
    if len(parts) != 2 or not -LONGEST_WINDOW <= first <= 0 <= last <= LONGEST_WINDOW:
        want = f"want BEFORE:AFTER in months, as in -12:24, from -{LONGEST_WINDOW}:0 to 0:{LONGEST_WINDOW}"
        raise ScenarioError([Problem(COMPARE, WINDOW, repr(text), want)])
    return Window(event, first, last)


def check_event_possible(event: str, scenarios: Sequence[Scenario]) -> None:
    """Raise ScenarioError if an event cannot happen in any of the scenarios."""
    wanted: dict[str, tuple[str, Callable[[Scenario], float]]] = {
        "recession": ("recession.rate", lambda s: s.recession.rate),
        "deceit": (
            "problems.rate and problems.severity",
            lambda s: s.problems.rate * s.problems.severity,
        ),
        "turnover": (
            "turnover.buyer or turnover.vendor",
            lambda s: s.turnover.buyer + s.turnover.vendor,
        ),
    }
    keys, chance = wanted[event]
    if not any(chance(s) > 0.0 for s in scenarios):
        want = f"it can happen under no regime here; want {keys} above 0"
        raise ScenarioError([Problem(COMPARE, ALIGN, repr(event), want)])
