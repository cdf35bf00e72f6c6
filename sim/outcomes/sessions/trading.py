"""Offers chosen by an opponent model: of what is worth the ask, what the other side should like best.

The aspiration is the strategy's; the model only chooses among outcomes that meet it (a trade-off,
Faratin, Sierra & Jennings 2002; bidding with a learned model, Hindriks & Tykhonov 2008; components
apart, Baarslag et al. 2014). The best of all such outcomes is found from two sorted halves of the
issues: for every head the best tail among those that reach the ask.
"""

from __future__ import annotations

import numpy as np

from sim.outcomes.domains.domain import Domain
from sim.outcomes.sessions.models import Bayesian, Frequency
from sim.outcomes.sessions.outcome_seat import complain, seated
from sim.outcomes.sessions.talks import Ended, TalkTable
from sim.outcomes.sessions.turns import turn_kernel
from sim.outcomes.solving.search import Halves, halves, split, worth_kernel
from sim.strategies.catalogue import ConfiguredStrategy

Key = tuple[np.uint64, np.uint64]


class Player:
    """One side at a table that Python runs: a compiled turn, and a model that may choose the offer."""

    def __init__(
        self, domain: Domain, side: int, played: ConfiguredStrategy, h: Halves | None = None
    ):
        self.domain, self.side, self.played = domain, side, played
        self.seats = seated(domain, (played, played))
        self.h = halves(domain, side) if h is None else h
        self.model = model_of(played.model, domain.sizes)
        self.seen = 0

    @property
    def hopeless(self) -> bool:
        """Say whether no outcome is worth its reservation value."""
        seat = self.seats[self.side]
        return bool(seat["opening"] < seat["reservation"])

    def turn(
        self, turn: int, rounds: int, heard: int, got: np.ndarray, said: np.ndarray, key: Key
    ) -> tuple[bool, int, float]:
        """Return (taken, outcome, utility): whether it takes the newest offer, else its own.

        `got` and `said` are the worth to it and the numbers of the `heard` offers it received.
        """
        for k in range(self.seen, heard):
            self._learn(int(said[k]), (k + 1.0) / (rounds + 1.0))
        self.seen = heard
        taken, number, worth = turn_kernel(
            self.seats, self.side, self.h, turn, rounds, heard, got, said, key
        )
        complain(self.seats, (self.played, self.played))
        if not taken and self.model is not None:
            ask = max(
                float(self.seats[self.side]["asked"]), self.domain.profiles[self.side].reservation
            )
            chosen = best_for_the_other(self.domain, self.model, self.h, ask, int(number))
            if chosen != number:
                return False, chosen, float(worth_kernel(self.h, chosen))
        return bool(taken), int(number), float(worth)

    def _learn(self, number: int, time: float) -> None:
        places = self.domain.places(number)
        if isinstance(self.model, Bayesian):
            self.model.see(places, time)
        elif self.model is not None:
            self.model.see(places)


def model_of(name: str, sizes: tuple[int, ...]) -> Frequency | Bayesian | None:
    """Return a model with nothing learned yet, None where there is none."""
    return {"frequency": Frequency, "bayesian": Bayesian}[name](sizes) if name else None


def best_for_the_other(
    domain: Domain, model: Frequency | Bayesian, h: Halves, ask: float, usual: int
) -> int:
    """Return the outcome worth at least `ask` that a model ranks highest; `usual` if none is better.

    Of outcomes ranked alike the first in the order of heads and tails by own utility.
    """
    cut = split(domain.sizes)
    parts = model.parts()
    front, rest = _sums(parts[:cut])[h.head_at], _sums(parts[cut:])[h.tail_at]
    # best[k]: the tail that the other likes best among k, k + 1, …; own utility rises along tails
    ahead = np.maximum.accumulate(rest[::-1])[::-1]
    first = np.searchsorted(h.tail, ask + h.slack[0] - h.head)
    reaches = first < len(rest)
    if not reaches.any():
        return usual
    found = np.where(reaches, front + ahead[np.minimum(first, len(rest) - 1)], -np.inf)
    head = int(np.argmax(found))
    tail = first[head] + int(np.argmax(rest[first[head] :]))
    number = int(h.head_at[head]) * len(rest) + int(h.tail_at[tail])
    likes = model.utility(domain.places(usual))
    return number if model.utility(domain.places(number)) > likes else usual


def _sums(parts: list[np.ndarray]) -> np.ndarray:
    """Return what every combination of some issues' values adds to the estimate, in their order."""
    total = np.zeros(1)
    for part in parts:
        total = np.add.outer(total, part).reshape(-1)
    return total


def talk_with_models(
    domain: Domain, plays: tuple[ConfiguredStrategy, ConfiguredStrategy], h: tuple[Halves, Halves], rounds: int, first: int,
    t: TalkTable, key: Key,
) -> Ended:  # fmt: skip
    """Hold alternating offers in which a model chooses offers; `first` opens."""
    players = [Player(domain, side, plays[side], h[side]) for side in (0, 1)]
    if any(player.hopeless for player in players):
        return Ended(-1, rounds, -1, 0)
    offers = 0
    for k in range(rounds):
        for act, side in enumerate((first, 1 - first)):
            other = 1 - side
            taken, number, worth = players[side].turn(
                k, rounds, k + act, t.got[other], t.said[other], key
            )
            if taken:
                return Ended(number, k, side, offers)
            t.said[side, k], t.own[side, k] = number, worth
            t.got[side, k] = worth_kernel(h[other], number)
            offers += 1
    return Ended(-1, rounds, -1, offers)
