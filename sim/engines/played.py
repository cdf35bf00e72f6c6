"""One world in which Python plays some of the agents: the same rules, interpreted, thousand times slower.

A strategy says what its owner asks for; everything else (what is proposed at that utility, what is
learnt from it, signing, delivery, luck) is the lifecycle's, rule by rule.
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
Who = tuple[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """What the owner of a strategy knows when its turn comes; utilities in money per month.

    A utility is what the owner gains over its outside option, on its own beliefs.
    """

    side: str  # "buyer" or "vendor": whose turn it is
    row: int  # the owner's row: `model.buyers[row]` or `model.vendors[row]`
    partner: int  # row of the other side
    month: int  # calendar month, from 0
    made: int  # offers made so far in this talk, by both
    left: int  # offers left; 0 when the last one is to be answered
    clock: float  # share of the talk gone by, 0 to 1
    turn: int  # own offers made so far in this talk
    floor: float  # least it may claim to accept: its shading
    opening: float  # most it can hope for, on its own beliefs
    last_ask: float  # what it asked for last; its opening before
    offered: float  # utility of the offer just received; NaN if there is none yet
    rise: float  # of this utility over that of the other's offer before; 0 until there are two
    trust: float  # own trust in the other side, 0 to 1
    package: tuple[int, ...]  # levels of the offer just received; () if there is none yet
    own: np.ndarray  # [issue, level], own worth of each level (a vendor's cost is negative)
    belief: np.ndarray  # [issue, level], what it believes the other side's to be


class PlayedWorld(OneWorld):
    """One world stepped with the interpreted lifecycle, where `strategies` play some agents.

    A strategy is a function of a `Turn` that returns the utility to ask for next, kept between
    floor and opening; or an object with it as `aspiration`, and with `accepts`, of a `Turn` too,
    where it wishes to say itself which offers it takes.
    """

    def __init__(
        self,
        regime: ResolvedRegime,
        seed: int,
        world: int,
        strategies: Mapping[Who, Any],
        tables: Collection[str] = ("periods", "ties"),
    ):
        super().__init__(regime, seed, world, tables=tables)
        self.strategies = strategies
        self._turns: dict[int, Turn] = {}  # the newest of each side
        self._kernel = self._interpreted()

    def _interpreted(self) -> Callable[..., None]:
        return plain(run_worlds, {next_ask: self._ask, accepts_offer: self._agree})

    def __getstate__(self) -> dict[str, Any]:
        """Leave the interpreted rules out of a pickle: they are made again."""
        return {name: value for name, value in vars(self).items() if name != "_kernel"}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        vars(self).update(kept)
        self._kernel = self._interpreted()

    def step(self) -> None:
        """Run the next month; what strategies saw in it is forgotten at its end."""
        super().step()
        self._turns.clear()

    def _player(self, talk: Any, side: int) -> tuple[Who, Any]:
        who = SIDES[side], int(talk.tie.need if side == 0 else talk.tie.vendor_id)
        return who, self.strategies.get(who)

    def _ask(self, talk: Any, side: int, made: int, span: int, luck: Any) -> float:
        """Stand in for `sim.bargain.direct.next_ask`."""
        who, strategy = self._player(talk, side)
        if strategy is None:
            return _next_ask(talk, side, made, span, luck)
        turn = turn_of(talk, self.setup, (side, who[1]), (made, span))
        self._turns[side] = turn
        answer = _number(getattr(strategy, "aspiration", strategy)(turn), turn)
        return min(max(answer, turn.floor), turn.opening)

    def _agree(self, talk: Any, side: int, worth: float, left: int) -> bool:
        """Stand in for `sim.bargain.direct.accepts_offer`."""
        strategy = self._player(talk, side)[1]
        if strategy is None:
            return _accepts_offer(talk, side, worth, left)
        if not hasattr(strategy, "accepts"):
            return bool(worth >= talk.seats[side].asked)
        return bool(strategy.accepts(self._turns[side]))


_next_ask, _accepts_offer = plain(next_ask), plain(accepts_offer)


def turn_of(talk: Any, params: Any, who: tuple[int, int], offers: tuple[int, int]) -> Turn:
    """Return what one side of a talk may know at its turn: nothing that only the other side knows.

    `who` is (side, row), `offers` (made so far, offers of the talk less one).
    """
    (side, row), (made, span), memo, me = who, offers, talk.log.memo, talk.seats[who[0]]
    heard, got = int(me.heard), memo.worth[side]
    issues, levels = int(params.issues), int(params.count.max())
    return Turn(
        side=SIDES[side],
        row=row,
        partner=int(talk.tie.vendor_id if side == 0 else talk.tie.need),
        month=int(memo.month),
        made=int(made),
        left=max(0, int(span) + 1 - int(made)),
        clock=float(min(1.0, made / span)),
        turn=int(me.turns),
        floor=float(me.floor),
        opening=float(me.opening),
        last_ask=float(me.asked),
        offered=float(got[heard - 1]) if heard else NAN,
        rise=float(got[heard - 1] - got[heard - 2]) if heard > 1 else 0.0,
        trust=float(talk.trust[side].now),
        package=tuple(memo.said[1 - side, :issues].tolist()) if heard else (),
        own=_shown(memo.own[side, :issues, :levels]),
        belief=_shown(talk.belief[side, :issues, :levels]),
    )


def _shown(table: np.ndarray) -> np.ndarray:
    """Return a copy that cannot be written: a strategy looks, it does not touch."""
    copy = np.array(table)
    copy.setflags(write=False)
    return copy


def _number(answer: Any, turn: Turn) -> float:
    """Return what a strategy answered as a number; raise SimError where it is none."""
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
