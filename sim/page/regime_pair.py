"""Two regimes of one world under the same luck, stepped together for the browser page.

If one of them has a mediator and the other none, the mediator's machine is stepped with them without
being shown, so that the difference can be split into what the procedure and the mediator bring.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from sim.engines.batch import OneWorld
from sim.engines.market import NegotiationModel
from sim.engines.model_arguments import parse_whole_number
from sim.measure.contrasts import Pair as NamePair
from sim.measure.contrasts import split_of
from sim.measure.metrics import parties
from sim.page.allowed_code import page_consent
from sim.page.links import Crowd, Links, tie_names
from sim.page.watched_model import Life, WatchedModel
from sim.scenario.load import load
from sim.scenario.overrides import Overrides


@dataclass(frozen=True)
class Choice:
    """What a visitor chose to watch; `overrides` are (dotted key, value) pairs.

    Seed and world are text as typed; an empty seed means the scenario's. `tie` is the number of the
    followed tie.
    """

    scenario: str
    regimes: tuple[str, str]
    seed: str = ""
    world: str = "0"
    overrides: tuple[tuple[str, Any], ...] = ()
    tie: int = 0


class MachineRun(NamedTuple):
    """The months so far under the machine, and the two contrasts that add up to the one shown."""

    name: str
    rows: np.ndarray
    parties: dict[str, bool]
    parts: tuple[NamePair, ...]


@dataclass(frozen=True, eq=False)
class Frame:
    """What one screen shows: the months so far under both regimes; never changed later."""

    regimes: tuple[str, str]
    rows: tuple[np.ndarray, np.ndarray]
    parties: tuple[dict[str, bool], dict[str, bool]]
    crowd: Crowd
    links: tuple[Links, Links]
    tie_names: tuple[str, ...]  # of the ties that can be followed, by number
    lives: tuple[Life, Life]
    period: int
    months: int
    burn_in: int
    needs: int
    tie: int
    seed: int
    world: int
    currency: str
    title: str
    machine: MachineRun | None = None  # None unless the pair differs by having a mediator

    @property
    def over(self) -> bool:
        """Whether the last month is over."""
        return self.period >= self.months


class RegimePair:
    """Two models that differ only in their regime; safe to step and read from any thread.

    Raises ScenarioError or SimError if the choice cannot be loaded.
    """

    def __init__(self, choice: Choice):
        self.choice = choice
        self._lock = Lock()
        seed = parse_whole_number("seed", choice.seed, "page") if choice.seed.strip() else None
        world = parse_whole_number("world", choice.world, "page")
        keys = Overrides((key, value, "page") for key, value in choice.overrides)
        # Loaded here first: its errors say which setting of the page is wrong, Mesa's model could not.
        consent = page_consent(choice.scenario, choice.overrides)
        load(choice.scenario, keys, consent=consent)
        code = bool(consent.files)
        self._watched = tuple(
            WatchedModel(
                NegotiationModel(choice.scenario, regime, seed, world, keys, allow_code=code),
                choice.tie,
            )
            for regime in choice.regimes
        )
        first = self._watched[0].model
        control, self._parts = split_of(first.loaded, choice.regimes[::-1])
        where = first.luck, first.world_number
        self._machine = OneWorld(first.loaded.regime(control), *where) if control else None
        self._names = tie_names(self._watched[0].crowd)
        self.frame = self._build_frame()

    def warm_up(self) -> None:
        """Compile what a step needs, on a copy, so that the first click does not wait."""
        with self._lock:
            first = self._watched[0].model
            NegotiationModel(first.loaded.scenario, first.regime.name).step()

    def step(self, months: int = 1, stop: Callable[[], bool] = lambda: False) -> Frame:
        """Run both models for some months, or to the end, and return the new frame.

        `stop` is called between months; if it returns true, no further month is run.
        """
        with self._lock:
            for _ in range(months):
                if self.frame_over() or stop():
                    break
                for watched in self._watched:
                    watched.step()
                if self._machine is not None:
                    self._machine.step()
            self.frame = self._build_frame()
            return self.frame

    def frame_over(self) -> bool:
        """Return whether the last month is over."""
        return not self._watched[0].model.running

    def _build_frame(self) -> Frame:
        """Return the frame that the screen shows after the months so far."""
        first, second = self._watched
        model = first.model
        run = model.loaded.scenario.run
        return Frame(
            self.choice.regimes,
            (
                np.asarray(model.rows),
                np.asarray(second.model.rows),
            ),  # past rows are never rewritten
            (parties(model.regime), parties(second.model.regime)),
            first.crowd,
            (first.links(), second.links()),
            self._names,
            (first.life(), second.life()),
            model.period,
            model.months,
            run.burn_in,
            model.needs,
            first.follower.tie,
            model.luck,
            model.world_number,
            run.currency,
            model.loaded.scenario.title or model.loaded.name,
            self._machine_run(),
        )

    def _machine_run(self) -> MachineRun | None:
        """Return the months so far under the machine; None if the pair has no machine to split it by."""
        run = self._machine
        if run is None:
            return None
        rows = np.asarray(run.periods)
        return MachineRun(run.regime.name, rows, parties(run.regime), self._parts)
