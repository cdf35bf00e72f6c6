"""One world in which Python plays some agents: the same rules interpreted, a thousand times slower.

A strategy decides what its owner asks for. Everything else (what is proposed at that utility, what
is learnt from it, signing, delivery, luck) is left to the rules of the lifecycle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.bargain.direct import accepts_offer, next_ask
from sim.engines.batch import OneWorld, run_worlds
from sim.errors import SimError
from sim.jit import plain

if TYPE_CHECKING:
    from sim.scenario.load import ResolvedRegime

NAN = float("nan")
SIDES = ("buyer", "vendor")
AgentKey = tuple[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """What the owner of a strategy knows at its turn; utilities are in money per month.

    A utility is what the owner gains over its outside option, on its own beliefs. `offered` is NaN,
    and `package` empty, as long as the other side has made no offer.
    """

    side: str  # "buyer" or "vendor": whose turn it is
    row: int  # the owner's row: `model.buyers[row]` or `model.vendors[row]`
    partner: int  # row of the other side
    month: int  # calendar month, from 0
    made: int  # offers made so far in this talk, by both sides
    left: int  # offers left; 0 when the last one is to be answered
    clock: float  # share of the talk that has passed, 0 to 1
    turn: int  # own offers made so far in this talk
    floor: float  # lowest it may ask for: the reservation value as it claims it
    opening: float  # most it can hope for, on its own beliefs
    last_ask: float  # what it asked for last; at first its opening
    offered: float  # utility of the offer just received; NaN if there is none yet
    rise: float  # of that utility over the other side's previous offer; 0 until there are two
    trust: float  # own trust in the other side, 0 to 1
    package: tuple[int, ...]  # levels of the offer just received; () if there is none yet
    own: np.ndarray  # [issue, level], own worth of each level (a vendor's cost is negative)
    belief: np.ndarray  # [issue, level], what it believes the other side's worths to be


class PlayedWorld(OneWorld):
    """One world stepped with the interpreted lifecycle, in which `strategies` play some agents.

    A strategy is a function of a `Turn` that returns the utility to ask for next; the answer is
    kept between floor and opening. It may also be an object with such a method `aspiration`, and
    with a method `accepts`, of a `Turn` too, that decides which offers it takes.
    """

    def __init__(
        self,
        regime: ResolvedRegime,
        seed: int,
        world: int,
        strategies: Mapping[AgentKey, Any],
        tables: Collection[str] = ("periods", "ties"),
    ):
        super().__init__(regime, seed, world, tables=tables)
        self.strategies = strategies
        self._turns: dict[int, Turn] = {}  # the latest turn of each side
        self._kernel = self._interpreted()

    def _interpreted(self) -> Callable[..., None]:
        """Return the interpreted loop, with strategies in place of the two rules that decide."""
        return plain(run_worlds, {next_ask: self._ask, accepts_offer: self._agree})

    def __getstate__(self) -> dict[str, Any]:
        """Leave the interpreted rules out of a pickle; `__setstate__` builds them again."""
        return {name: value for name, value in vars(self).items() if name != "_kernel"}

    def __setstate__(self, stored: dict[str, Any]) -> None:
        vars(self).update(stored)
        self._kernel = self._interpreted()

    def step(self) -> None:
        """Run the next month; what strategies saw in it is forgotten at its end."""
        super().step()
        self._turns.clear()

    def _player(self, talk: Any, side: int) -> tuple[AgentKey, Any]:
        """Return who takes this turn, and its strategy if Python plays it."""
        who = SIDES[side], int(talk.tie.need if side == 0 else talk.tie.vendor_id)
        return who, self.strategies.get(who)

    def _ask(self, talk: Any, side: int, offers_made: int, span: int, luck: Any) -> float:
        """Replace `sim.bargain.direct.ask_of`: ask the strategy, if Python plays this side."""
        who, strategy = self._player(talk, side)
        if strategy is None:
            ask: float = _plain_ask_of(talk, side, offers_made, span, luck)
            return ask
        turn = build_turn(talk, self.setup, (side, who[1]), (offers_made, span))
        self._turns[side] = turn
        answer = _parse_answer(getattr(strategy, "aspiration", strategy)(turn), turn)
        return min(max(answer, turn.floor), turn.opening)

    def _agree(self, talk: Any, side: int, worth: float, left: int) -> bool:
        """Replace `sim.bargain.direct.agrees`: `accepts` decides, or the ask of the strategy."""
        strategy = self._player(talk, side)[1]
        if strategy is None:
            taken: bool = _plain_agrees(talk, side, worth, left)
            return taken
        if not hasattr(strategy, "accepts"):
            return bool(worth >= talk.seats[side].asked)
        return bool(strategy.accepts(self._turns[side]))


_plain_ask_of, _plain_agrees = plain(next_ask), plain(accepts_offer)


def build_turn(talk: Any, params: Any, who: tuple[int, int], offers: tuple[int, int]) -> Turn:
    """Return the knowledge of one side at its turn, and nothing that only the other side knows.

    `who` is (side, row), `offers` (made so far, offers of the talk less one).
    """
    (side, row), (offers_made, span), memo, me = who, offers, talk.log.memo, talk.seats[who[0]]
    heard, got = int(me.heard), memo.worth[side]
    issues, levels = int(params.issues), int(params.count.max())
    return Turn(
        side=SIDES[side],
        row=row,
        partner=int(talk.tie.vendor_id if side == 0 else talk.tie.need),
        month=int(memo.month),
        made=int(offers_made),
        left=max(0, int(span) + 1 - int(offers_made)),
        clock=float(min(1.0, offers_made / span)),
        turn=int(me.turns),
        floor=float(me.floor),
        opening=float(me.opening),
        last_ask=float(me.asked),
        offered=float(got[heard - 1]) if heard else NAN,
        rise=float(got[heard - 1] - got[heard - 2]) if heard > 1 else 0.0,
        trust=float(talk.trust[side].now),
        package=tuple(memo.last_levels[1 - side, :issues].tolist()) if heard else (),
        own=_read_only_copy(memo.own[side, :issues, :levels]),
        belief=_read_only_copy(talk.belief[side, :issues, :levels]),
    )


def _read_only_copy(table: np.ndarray) -> np.ndarray:
    """Return a copy that cannot be written, so that a strategy cannot change the world."""
    copy = np.array(table)
    copy.setflags(write=False)
    return copy


def _parse_answer(answer: Any, turn: Turn) -> float:
    """Return a strategy's answer as a number; raises SimError if it is none."""
    try:
        number = float(answer)
    except (TypeError, ValueError):
        number = NAN
    if math.isnan(number):
        raise SimError(
            f"strategy of {turn.side} {turn.row}, month {turn.month}: answered {answer!r}: "
            "want a utility in money per month"
        )
    return number
