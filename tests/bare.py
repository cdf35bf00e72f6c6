"""Shipped scenarios without the institutions every contract has, and with people as the defaults have them.

What a test of one mechanism starts from: nothing else then reviews, watches, asks, leaves or errs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.scenario.load import Loaded, load

BARE: dict[str, Any] = {
    "run.in_force": 0.0,
    "buyers.custom": 0.0,
    "vendors.custom": 0.0,
    "vendors.blame_fear": "trust",
    "beliefs.fixed_pie_share": 0.0,
    "relationship.ceiling": "caps",
    "relationship.routine_wear": 0.0,
    "reviews.every": 0,
    "reviews.mode": "none",
    "reviews.cost": 0.0,
    "reviews.change_cost": 0.0,
    "reviews.learning": 0.0,
    "reviews.learning_by_doing": 0.0,
    "reviews.learning_worth": 0.0,
    "governance.monitoring": 0.0,
    "termination.every": 0,
    "change_requests.every": 0,
    "change_requests.cost": 0.0,
}


def bare(scenario: str, overrides: Mapping[str, Any] | None = None) -> Loaded:
    """Return a shipped scenario without institutions, and with overrides on top of that."""
    own = dict(overrides or {})
    issues = load(scenario).scenario.issues if "issues" not in own else []
    ranges = {f"issues.{issue.name}.worth_range": 0.0 for issue in issues if issue.worth_range}
    return load(scenario, {**BARE, **ranges, **own})
