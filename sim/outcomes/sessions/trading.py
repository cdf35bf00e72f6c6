"""Offers chosen by an opponent model: of outcomes worth the ask, the other's favourite.

The aspiration is the strategy's; the model only chooses among outcomes that meet it (a trade-off,
Faratin, Sierra & Jennings 2002; bidding with a learnt model, Hindriks & Tykhonov 2008; separate
components, Baarslag et al. 2014). The best of all such outcomes is found from two sorted halves of
the issues: for every head, the best tail among those that reach the ask.
"""

from __future__ import annotations

import numpy as np

from sim.outcomes.domains.domain import Domain
from sim.outcomes.sessions.models import BayesianModel, FrequencyModel
from sim.outcomes.sessions.outcome_seat import raise_if_strategy_failed, seat_both
from sim.outcomes.sessions.talks import TalkResult, TalkTable
from sim.outcomes.sessions.turns import turn_kernel
from sim.outcomes.solving.search import Halves, sort_halves, split_issues, worth_kernel
from sim.strategies.catalogue import ConfiguredStrategy

LuckKey = tuple[np.uint64, np.uint64]


class Player:
    """One side at a table that Python runs: a compiled turn, and a model that may choose the offer.

    `seen` is the number of received offers that the model has learnt from.
    """

    def __init__(
        self, domain: Domain, side: int, played: ConfiguredStrategy, halves: Halves | None = None
    ):
        self.domain, self.side, self.played = domain, side, played
        self.seats = seat_both(domain, (played, played))
        self.halves = sort_halves(domain, side) if halves is None else halves
        self.model = create_model(played.model, domain.sizes)
        self.seen = 0

    @property
    def has_no_acceptable_outcome(self) -> bool:
        """Whether no outcome is worth its reservation value."""
        seat = self.seats[self.side]
        return bool(seat["opening"] < seat["reservation"])

    def turn(
        self, turn: int, rounds: int, heard: int, got: np.ndarray, offered: np.ndarray, key: LuckKey
    ) -> tuple[bool, int, float]:
        """Take a turn: return (taken, outcome, utility), of the latest offer or of its own.

        `got` and `offered` are utilities to this side and numbers of the `heard` offers it has
        received.
        """
        for k in range(self.seen, heard):
            self._learn(int(offered[k]), (k + 1.0) / (rounds + 1.0))
        self.seen = heard
        taken, number, worth = turn_kernel(
            self.seats, self.side, self.halves, turn, rounds, heard, got, offered, key
        )
        raise_if_strategy_failed(self.seats, (self.played, self.played))
        if not taken and self.model is not None:
            ask = max(
                float(self.seats[self.side]["asked"]), self.domain.profiles[self.side].reservation
            )
            chosen = best_for_opponent(self.domain, self.model, self.halves, ask, int(number))
            if chosen != number:
                return False, chosen, float(worth_kernel(self.halves, chosen))
        return bool(taken), int(number), float(worth)

    def _learn(self, number: int, time: float) -> None:
        """Let the model learn from an offer received at relative time `time`."""
        places = self.domain.places(number)
        if isinstance(self.model, BayesianModel):
            self.model.observe(places, time)
        elif self.model is not None:
            self.model.observe(places)


def create_model(name: str, sizes: tuple[int, ...]) -> FrequencyModel | BayesianModel | None:
    """Return a model that has learnt nothing yet; None if the name is empty."""
    return {"frequency": FrequencyModel, "bayesian": BayesianModel}[name](sizes) if name else None


def best_for_opponent(
    domain: Domain, model: FrequencyModel | BayesianModel, halves: Halves, ask: float, usual: int
) -> int:
    """Return the outcome worth at least `ask` that a model ranks highest.

    Of outcomes ranked alike the first in the order of heads and tails by own utility is returned,
    and `usual`, the strategy's own choice, if none ranks higher than it.
    """
    cut = split_issues(domain.sizes)
    parts = model.parts()
    front, rest = (
        _combination_sums(parts[:cut])[halves.head_at],
        _combination_sums(parts[cut:])[halves.tail_at],
    )
    # ahead[k]: what the tail that the other likes best among k, k + 1, … adds to the estimate; own
    # utility rises along tails, so these are all tails that reach an ask from k on.
    ahead = np.maximum.accumulate(rest[::-1])[::-1]
    first = np.searchsorted(halves.tail, ask + halves.slack[0] - halves.head)
    reaches = first < len(rest)
    if not reaches.any():
        return usual
    found = np.where(reaches, front + ahead[np.minimum(first, len(rest) - 1)], -np.inf)
    head = int(np.argmax(found))
    tail = first[head] + int(np.argmax(rest[first[head] :]))
    number = int(halves.head_at[head]) * len(rest) + int(halves.tail_at[tail])
    likes = model.utility(domain.places(usual))
    return number if model.utility(domain.places(number)) > likes else usual


def _combination_sums(parts: list[np.ndarray]) -> np.ndarray:
    """Return the sum of parts of every combination of some issues' values, in their order."""
    total = np.zeros(1)
    for part in parts:
        total = np.add.outer(total, part).reshape(-1)
    return total


def talk_with_models(
    domain: Domain, plays: tuple[ConfiguredStrategy, ConfiguredStrategy],
    halves: tuple[Halves, Halves], rounds: int, first: int, table: TalkTable, key: LuckKey,
) -> TalkResult:  # fmt: skip
    """Run alternating offers in which a model chooses offers; `first` opens."""
    players = [Player(domain, side, plays[side], halves[side]) for side in (0, 1)]
    if any(player.has_no_acceptable_outcome for player in players):
        return TalkResult(-1, rounds, -1, 0)
    offers = 0
    for k in range(rounds):
        for act, side in enumerate((first, 1 - first)):
            other = 1 - side
            taken, number, worth = players[side].turn(
                k, rounds, k + act, table.got[other], table.offered[other], key
            )
            if taken:
                return TalkResult(number, k, side, offers)
            table.offered[side, k], table.own[side, k] = number, worth
            table.got[side, k] = worth_kernel(halves[other], number)
            offers += 1
    return TalkResult(-1, rounds, -1, offers)
