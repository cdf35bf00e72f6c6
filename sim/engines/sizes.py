"""How large the worlds of a regime are, and the rows that a run of some of them writes."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.records import PERIODS, TIES, allocate
from sim.scenario.mediator_styles import parse_style_lists
from sim.state import OPEN_LEADS, OPEN_PROBLEMS, Sizes

if TYPE_CHECKING:
    from sim.scenario.load import ResolvedRegime
    from sim.scenario.schema import Scenario

EDITS_PER_LEVEL = 9  # upper bound on how often a level is tried in a text, in one talk
STYLE_ROWS = 24  # upper bound on events of a style in a month: two talks, a review, a dispute
LOG_ROWS_PER_TIE_MONTH = 24  # upper bound on other events of a need in a month


def world_sizes(regime: ResolvedRegime, params: np.record) -> Sizes:
    """Return how large a regime's worlds are."""
    market, drift = regime.scenario.market, regime.scenario.drift
    mediators = regime.scenario.mediator.count if params.mediator_functions else 1
    shifting = drift.rate > 0.0 or drift.strategy_rate > 0.0
    return Sizes(
        market.needs,
        market.vendors,
        market.candidates,
        params.issues,
        params.count.max(),
        mediators,
        shifting,
    )


def bound_log_rows(
    regime: ResolvedRegime, tables: Collection[str], worlds: int
) -> tuple[int, int, int]:
    """Return upper bounds on the rows of events, offers and need_months of some worlds.

    A table that is not asked for has none. The bounds must hold, since compiled code does not check
    them: logs are allocated once and never grow.
    """
    scenario = regime.scenario
    months = scenario.run.months * worlds
    tie_months = scenario.market.needs * months
    events = tie_months * bound_events(scenario) + 2 * months if "events" in tables else 0
    offers = 2 * tie_months * longest_talk(scenario) if "offers" in tables else 0
    return events, offers, tie_months if "need_months" in tables else 0


def longest_talk(scenario: Scenario) -> int:
    """Return an upper bound on the rows of offers of one talk."""
    return scenario.negotiation.deadline + 2 + 2 * scenario.mediator.drafts


def bound_events(scenario: Scenario) -> int:
    """Return an upper bound on the events of a need in one month."""
    lists = parse_style_lists(scenario.mediator.style)
    most = max((len(styles) for styles in lists), default=0)
    rows = LOG_ROWS_PER_TIE_MONTH + OPEN_PROBLEMS + OPEN_LEADS
    rows += 8 * len(scenario.issues)  # leaks, found or not
    rows += 4 * longest_talk(scenario)  # drafts and vetoes
    steps = sum(len(issue.levels) for issue in scenario.issues)
    rows += most * (STYLE_ROWS + EDITS_PER_LEVEL * steps)  # questions, messages, edits of styles
    if scenario.mediator.enters == "selection":
        rows += scenario.market.candidates
    return rows


class Sheets(NamedTuple):
    """Zeroed rows that a run writes: periods (worlds, months) and ties (worlds, ties of a world)."""

    periods: np.ndarray
    ties: np.ndarray

    def part(self, at: int, count: int) -> Sheets:
        """Return the rows of `count` worlds from the one at position `at` on."""
        return Sheets(self.periods[at : at + count], self.ties[at : at + count])


def empty_sheets(regime: ResolvedRegime, worlds: int) -> Sheets:
    """Allocate the rows of some worlds."""
    market, months = regime.scenario.market, regime.scenario.run.months
    ties = market.needs * market.candidates
    return Sheets(allocate(PERIODS, worlds, months), allocate(TIES, worlds, ties))
