"""The ties of a market in one month: need, vendor, trust and surplus of each."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.engines.batch import OneWorld
from sim.relationship.meet.enter import has_yet_to_enter
from sim.state import BUYER_IN_VENDOR, VENDOR_IN_BUYER
from sim.words import Institution

MOST_NEEDS = 60  # as many as one picture can show; of a larger market the first are shown


class Links(NamedTuple):
    """Ties that are or were under contract: arrays with one item for each tie.

    `trust` is the mean of both sides' trust (0 to 1), `surplus` the joint surplus so far (money).
    """

    tie: np.ndarray
    need: np.ndarray
    vendor: np.ndarray
    running: np.ndarray
    trust: np.ndarray
    surplus: np.ndarray
    mediator: np.ndarray  # number of the engaged mediator, -1 if none is
    waiting: np.ndarray  # needs that have not entered the market yet


class Crowd(NamedTuple):
    """What the picture of a market shows: the first needs, their ties, and the vendors of these ties."""

    needs: int
    vendors: np.ndarray
    ties: np.ndarray  # vendor of each tie, by number of the tie
    candidates: int
    everyone: tuple[int, int]  # needs and vendors of the whole market


def tie_names(shown: Crowd) -> tuple[str, ...]:
    """Return the name of every tie of a crowd, by number of the tie."""
    return tuple(
        f"buyer {tie // shown.candidates}, vendor {vendor} (tie {tie})"
        for tie, vendor in enumerate(shown.ties.tolist())
    )


def visible_crowd(engine: OneWorld) -> Crowd:
    """Return the part of a market that is shown."""
    needs, vendors, candidates = engine.sizes[:3]
    shown = min(needs, MOST_NEEDS)
    ties = np.array(engine.state.ties.vendor_id[: shown * candidates])
    return Crowd(shown, np.unique(ties), ties, candidates, (needs, vendors))


def current_links(engine: OneWorld, shown: Crowd) -> Links:
    """Return the ties of a crowd that are or were under contract, as copies.

    A tie whose contract has just expired and may be renewed counts as running.
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
