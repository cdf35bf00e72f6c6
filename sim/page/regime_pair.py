"""Two regimes of one world under the same luck, stepped together: what the browser page watches.

If one of them has a mediator and the other none, the mediator's machine is stepped with them, unseen,
so that the difference can be told in its two parts.
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
from sim.measure.contrasts import Pair as Names
from sim.measure.contrasts import split_of
from sim.measure.metrics import parties
from sim.page.allowed_code import consent_of_page
from sim.page.links import Crowd, Links, names
from sim.page.watched_model import Life, Watched
from sim.scenario.load import load
from sim.scenario.overrides import Settings


@dataclass(frozen=True)
class Choice:
    """What a person chose to watch; `overrides` are (dotted key, value) pairs.

    Seed and world are text as typed; an empty seed is the scenario's own. `tie` is the tie whose
    life is followed.
    """

    scenario: str
    regimes: tuple[str, str]
    seed: str = ""
    world: str = "0"
    overrides: tuple[tuple[str, Any], ...] = ()
    tie: int = 0


class Machine(NamedTuple):
    """The months so far under the machine, and the two differences it splits the shown one into."""

    name: str
    rows: np.ndarray
    parties: dict[str, bool]
    parts: tuple[Names, ...]


@dataclass(frozen=True, eq=False)
class Frame:
    """What one screen shows: the months so far under both regimes, copied and never changed."""

    regimes: tuple[str, str]
    rows: tuple[np.ndarray, np.ndarray]
    parties: tuple[dict[str, bool], dict[str, bool]]
    crowd: Crowd
    links: tuple[Links, Links]
    names: tuple[str, ...]  # of the ties that can be followed, in order
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
    machine: Machine | None = None  # None where no difference is a mediator's

    @property
    def over(self) -> bool:
        """True after the last month."""
        return self.period >= self.months


class Pair:
    """Two models that differ in their regime only. Safe to step and to read from any thread."""

    def __init__(self, choice: Choice):
        self.choice = choice
        self._lock = Lock()
        seed = parse_whole_number("seed", choice.seed, "page") if choice.seed.strip() else None
        world = parse_whole_number("world", choice.world, "page")
        keys = Settings((key, value, "page") for key, value in choice.overrides)
        # Says where a wrong value comes from, which Mesa's model could not.
        consent = consent_of_page(choice.scenario, choice.overrides)
        load(choice.scenario, keys, consent=consent)
        code = bool(consent.files)
        self._watched = tuple(
            Watched(
                NegotiationModel(choice.scenario, regime, seed, world, keys, allow_code=code),
                choice.tie,
            )
            for regime in choice.regimes
        )
        first = self._watched[0].model
        control, self._parts = split_of(first.loaded, choice.regimes[::-1])
        where = first.luck, first.world_number
        self._machine = OneWorld(first.loaded.regime(control), *where) if control else None
        self._names = names(self._watched[0].crowd)
        self.frame = self._look()

    def warm_up(self) -> None:
        """Compile what a step needs, so that the first click does not wait; leaves no trace."""
        with self._lock:
            first = self._watched[0].model
            NegotiationModel(first.loaded.scenario, first.regime.name).step()

    def step(self, months: int = 1, stop: Callable[[], bool] = lambda: False) -> Frame:
        """Run both models by some months, or to the end, and return what is to be seen then.

        Between months `stop` is asked whether to leave it at that.
        """
        with self._lock:
            for _ in range(months):
                if self.frame_over() or stop():
                    break
                for watched in self._watched:
                    watched.step()
                if self._machine is not None:
                    self._machine.step()
            self.frame = self._look()
            return self.frame

    def frame_over(self) -> bool:
        """Return True after the last month."""
        return not self._watched[0].model.running

    def _look(self) -> Frame:
        one, two = self._watched
        first = one.model
        run = first.loaded.scenario.run
        return Frame(
            self.choice.regimes,
            (np.asarray(first.rows), np.asarray(two.model.rows)),  # past rows are never rewritten
            (parties(first.regime), parties(two.model.regime)),
            one.crowd,
            (one.links(), two.links()),
            self._names,
            (one.life(), two.life()),
            first.period,
            first.months,
            run.burn_in,
            first.needs,
            one.follower.tie,
            first.luck,
            first.world_number,
            run.currency,
            first.loaded.scenario.title or first.loaded.name,
            self._look_at_machine(),
        )

    def _look_at_machine(self) -> Machine | None:
        run = self._machine
        if run is None:
            return None
        rows = np.asarray(run.periods)
        return Machine(run.regime.name, rows, parties(run.regime), self._parts)
