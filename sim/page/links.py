"""The ties of a market as they stand in one month: who is with whom, with how much trust and surplus."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.engines.batch import OneWorld
from sim.relationship.meet.enter import has_yet_to_enter
from sim.state import BUYER_IN_VENDOR, VENDOR_IN_BUYER
from sim.words import Institution

MOST_NEEDS = 60  # more than one picture can show; the first of a larger market are shown


class Links(NamedTuple):
    """Ties that are or were under contract, an array each; `trust` is the mean of both sides'."""

    tie: np.ndarray
    need: np.ndarray
    vendor: np.ndarray
    running: np.ndarray
    trust: np.ndarray
    surplus: np.ndarray
    mediator: np.ndarray  # its number where it is engaged, else -1
    waiting: np.ndarray  # needs that have not come to market


class Crowd(NamedTuple):
    """Who is on the picture: the needs, the vendors of all their candidates, and all ties of theirs."""

    needs: int
    vendors: np.ndarray
    ties: np.ndarray  # vendor of each tie, in order
    candidates: int
    everyone: tuple[int, int]  # needs and vendors of the whole market


def names(shown: Crowd) -> tuple[str, ...]:
    """Return what every tie of a crowd is called, in order."""
    return tuple(
        f"buyer {tie // shown.candidates}, vendor {vendor} (tie {tie})"
        for tie, vendor in enumerate(shown.ties.tolist())
    )


def crowd(engine: OneWorld) -> Crowd:
    """Return who is shown of a market."""
    needs, vendors, candidates = engine.sizes[:3]
    shown = min(needs, MOST_NEEDS)
    ties = np.array(engine.state.ties.vendor_id[: shown * candidates])
    return Crowd(shown, np.unique(ties), ties, candidates, (needs, vendors))


def links(engine: OneWorld, shown: Crowd) -> Links:
    """Return the ties of a crowd that are or were under contract, as copies.

    One whose contract has just run out and may be renewed counts as running.
    """
    state, most = engine.state, len(shown.ties)
    rows: Any = state.ties[:most]
    needs: Any = state.needs[: shown.needs]
    running = np.zeros(most, bool)
    running[needs.partner[needs.partner >= 0]] = True
    running[needs.last[needs.expired == 1]] = True
    at = np.flatnonzero(running | (rows.months > 0))
    found = rows[at]
    trust = state.trust.now[found.met]
    both = 0.5 * (trust[:, BUYER_IN_VENDOR] + trust[:, VENDOR_IN_BUYER])
    if engine.regime.institution == Institution.PLANNER:
        both = np.full(len(at), np.nan)
    engaged = np.where((found.engaged == 1) & running[at], found.mediator, -1)
    return Links(
        at, np.array(found.need), np.array(found.vendor_id), running[at], both,
        np.array(found.surplus), engaged,
        np.flatnonzero(has_yet_to_enter(needs, engine.period)),
    )  # fmt: skip
