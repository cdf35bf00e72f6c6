"""Whether a strategy does what it claims: it takes part in drawn talks, and its asks are examined.

The talks are drawn by address: domains, the other side's offers, and the luck of the strategy. In
each talk it never agrees, so that all its asks are seen; which offers it would take is checked
separately.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from sim.jit import plain
from sim.luck import uniforms
from sim.outcomes.domains.domain import Domain, DomainIssue, Profile
from sim.outcomes.sessions.outcome_seat import raise_if_strategy_failed, seat_both
from sim.outcomes.sessions.talks import TalkTable, empty_table
from sim.outcomes.sessions.turns import turn_kernel
from sim.outcomes.sessions.voted_text import vote
from sim.outcomes.solving.search import Halves, sort_halves
from sim.strategies.catalogue import Accept, ConfiguredStrategy, Family
from sim.strategies.custom_strategy import CustomStrategy, StrategyView
from sim.summation import ordered_sum

TALKS, ROUNDS, QUESTIONS = 24, 30, 500  # drawn talks, their rounds, questions to a custom rule
STREAM = np.uint64(1_900)  # of luck; neither scenarios nor talks use this number
SIZES = (4, 3, 5)  # values of each issue of a drawn domain
ROUNDING = 1e-9  # by which an ask may rise, or an answer leave its range
_unit = plain(uniforms)


@dataclass(frozen=True)
class Finding:
    """Something that a strategy claims, or that every strategy must do, and whether it held.

    `what` names it, and `seen` says in a few words what was observed.
    """

    what: str
    held: bool
    seen: str


@dataclass(frozen=True)
class ObservedTalk:
    """A drawn talk in which a strategy is observed: domain, offers to come, and luck.

    `halves` are the buyer's, whose seat the strategy takes; `seed` is that of its luck.
    """

    domain: Domain
    halves: Halves
    heard: tuple[int, ...]  # outcomes the other side will offer
    seed: int


TurnPlayer = Callable[[ConfiguredStrategy, ObservedTalk], list[tuple[bool, float]]]


def check_conformance(played: ConfiguredStrategy, seed: int = 1) -> tuple[Finding, ...]:
    """Return a strategy's claims, and whether each holds in drawn talks over outcomes.

    The same seed draws the same talks. A custom strategy is also asked in plain Python, and one
    that votes on texts is checked by its votes.
    """
    if played.votes:
        return _check_voter(played, seed)
    found = check_claims(played, seed, play_turns)
    return (
        *found,
        *(_check_custom_strategy(played.custom, seed) if played.custom is not None else ()),
    )


def check_claims(played: ConfiguredStrategy, seed: int, turns: TurnPlayer) -> tuple[Finding, ...]:
    """Return whether a strategy keeps its claims in drawn talks.

    `turns` plays its turns in one talk, so that the same checks run over outcomes and over money.
    """
    # Accepts only after the deadline, so that a talk shows all its asks.
    patient = replace(played, accept=Accept.TIME, values=_override_values(played, after=1.0))
    talks = [_draw_talk(seed, k) for k in range(TALKS)]
    asks = [_asks(turns, patient, talk) for talk in talks]
    traits = played.strategy.traits
    found = [
        _check_lowest_ask(talks, asks, traits.rational),
        _check_lowest_taken(turns, played, talks),
    ]
    ups = sum(b > a + ROUNDING for line in asks for a, b in pairwise(line))
    found.append(_judge_trait("monotone", traits.monotone, not ups, f"its asks rose {ups} times"))
    for name, claimed, other in (
        ("looks_back", traits.looks_back, _with_other_offers),
        ("uses_luck", traits.uses_luck, _with_other_luck),
    ):
        moved = sum(
            _asks(turns, patient, other(t)) != line for t, line in zip(talks, asks, strict=True)
        )
        seen = f"its asks changed in {moved} of {TALKS} talks"
        found.append(_judge_trait(name, claimed, moved > 0, seen))
    again = all(_asks(turns, patient, talk) == line for talk, line in zip(talks, asks, strict=True))
    found.append(Finding("asks the same in the same talk", again, f"{TALKS} talks again"))
    return tuple(found)


def _judge_trait(trait: str, claimed: bool, shown: bool, seen: str) -> Finding:
    """Judge a trait: a strategy must claim what it does, and be seen to do what it claims.

    Monotone asks are a promise, which may be kept without having been claimed.
    """
    held = shown or not claimed if trait == "monotone" else shown == claimed
    return Finding(f"{trait}: {'claimed' if claimed else 'not claimed'}", held, seen)


def _check_lowest_ask(talks: list[ObservedTalk], asks: list[list[float]], claimed: bool) -> Finding:
    """Check that no ask is below the reservation value, or that one is if the strategy says so."""
    least = min(
        min(line) - talk.domain.profiles[0].reservation
        for talk, line in zip(talks, asks, strict=True)
    )
    seen = f"the lowest ask was {abs(least):.4f} {'below' if least < 0.0 else 'above'} it"
    if not claimed:
        return Finding("asks below its reservation value, as it claims", least < 0.0, seen)
    return Finding("never asks below its reservation value", least >= 0.0, seen)


def _check_lowest_taken(
    turns: TurnPlayer, played: ConfiguredStrategy, talks: list[ObservedTalk]
) -> Finding:
    """Check that no offer is taken below the reservation value."""
    taken = [_gain_from_first_taken(turns, played, talk) for talk in talks]
    gains = [worth for worth in taken if worth is not None]
    seen = f"it took an offer in {len(gains)} of {len(talks)} talks"
    if gains:
        seen += f", the worst {min(gains):.4f} above it"
    return Finding(
        "never takes less than its reservation value", min(gains, default=0.0) >= 0, seen
    )


def _gain_from_first_taken(
    turns: TurnPlayer, played: ConfiguredStrategy, talk: ObservedTalk
) -> float | None:
    """Return the gain from the first offer that a strategy takes in a talk, or None."""
    for taken, worth in turns(played, talk):
        if taken:
            return worth - talk.domain.profiles[0].reservation
    return None


def _asks(turns: TurnPlayer, played: ConfiguredStrategy, talk: ObservedTalk) -> list[float]:
    """Return the utilities of a side's own offers, turn by turn."""
    return [worth for _, worth in turns(played, talk)]


def play_turns(played: ConfiguredStrategy, talk: ObservedTalk) -> list[tuple[bool, float]]:
    """Return (taken, utility) turn by turn: of the offer received if taken, else of its own."""
    seats, t = seat_both(talk.domain, (played, played)), empty_table(ROUNDS)
    key = (np.uint64(talk.seed), np.uint64(0))
    found = []
    for k in range(ROUNDS):
        if k > 0:
            _deliver_offer(t, talk, k - 1)
        taken, _, worth = turn_kernel(
            seats, 0, talk.halves, k, ROUNDS, k, t.got[1], t.offered[1], key
        )
        raise_if_strategy_failed(seats[:1].repeat(2), (played, played))
        found.append((bool(taken), float(worth)))
        if taken:
            break
    return found


def _deliver_offer(table: TalkTable, talk: ObservedTalk, turn: int) -> None:
    """Put the next offer of the other side on the table."""
    table.offered[1, turn] = talk.heard[turn]
    table.got[1, turn] = talk.domain.utility(0, talk.heard[turn])


def _with_other_offers(talk: ObservedTalk) -> ObservedTalk:
    """Return the talk with the other side's offers in reverse order."""
    return replace(talk, heard=talk.heard[::-1])


def _with_other_luck(talk: ObservedTalk) -> ObservedTalk:
    """Return the talk with another seed for the strategy's luck."""
    return replace(talk, seed=talk.seed + 1)


def _draw_talk(seed: int, number: int) -> ObservedTalk:
    """Return a drawn talk over three issues; the other side's offers are drawn evenly."""
    draw = _uniform_drawer(seed, number)
    profiles = []
    for name in ("buyer", "vendor"):
        weights = [0.2 + draw() for _ in SIZES]
        values = [[draw() for _ in range(size)] for size in SIZES]
        shares = tuple(w / ordered_sum(weights) for w in weights)
        evaluations = tuple(tuple(v / max(line) for v in line) for line in values)
        profiles.append(Profile(name, shares, evaluations, 0.6 * draw()))
    issues = tuple(
        DomainIssue(f"issue {i}", tuple(f"value {k}" for k in range(size)))
        for i, size in enumerate(SIZES)
    )
    domain = Domain(f"drawn {number}", issues, (profiles[0], profiles[1]))
    heard = tuple(int(draw() * domain.count) for _ in range(ROUNDS))
    return ObservedTalk(domain, sort_halves(domain, 0), heard, seed)


def _uniform_drawer(seed: int, number: int) -> Callable[[], float]:
    """Return a function that draws the next uniform number from the stream `number` of a seed."""
    place = -1

    def draw() -> float:
        nonlocal place
        place += 1
        key = (np.uint64(seed), np.uint64(number))
        with np.errstate(over="ignore"):
            return float(_unit(key, STREAM, np.int64(0), np.int64(place), np.int64(0))[0])

    return draw


def _override_values(played: ConfiguredStrategy, **changed: float) -> tuple[tuple[str, float], ...]:
    return tuple((dict(played.values) | changed).items())


def _check_custom_strategy(custom: CustomStrategy, seed: int) -> list[Finding]:
    """Ask a custom rule in plain Python: answers must be in range, and the same compiled."""
    draw, low, high, differ = _uniform_drawer(seed, TALKS), 0, 0, 0
    for n in range(QUESTIONS):
        floor = 0.5 * draw()
        opening = floor + (1.0 - floor) * draw()
        inside = [floor + (opening - floor) * draw() for _ in range(2)]
        first = n % 10 == 0
        seen = StrategyView(
            clock=n / (QUESTIONS - 1.0), floor=floor, opening=opening, last_ask=inside[0],
            offered=math.nan if first else inside[1], rise=0.0 if first else draw() - 0.5,
            turn=0.0 if first else float(int(ROUNDS * draw())), luck=draw(),
        )  # fmt: skip
        answer = custom.ask(seen)
        low += answer < floor - ROUNDING
        high += answer > opening + ROUNDING
        differ += _bits(custom.run(seen)) != _bits(answer)
    kept = "answers are kept between floor and opening in any case"
    found = [
        Finding("answers no less than the floor", not low, f"{low} of {QUESTIONS} below; {kept}"),
        Finding(
            "answers no more than the opening", not high, f"{high} of {QUESTIONS} above; {kept}"
        ),
    ]
    if not custom.why_plain:
        differences = f"{differ} of {QUESTIONS} answers differ"
        found.append(
            Finding(
                "compiled and interpreted give the same answers, bit for bit",
                not differ,
                differences,
            )
        )
    return found


def _bits(value: Any) -> bytes:
    return np.float64(value).tobytes()


def _check_voter(played: ConfiguredStrategy, seed: int) -> tuple[Finding, ...]:
    """Check votes: always for what is better, and for a loss only by an annealer."""
    seats = seat_both(_draw_talk(seed, 0).domain, (played, played))
    draw, better, losses, moved = _uniform_drawer(seed, 0), 0, 0, 0
    plain_vote = plain(vote)
    for k in range(QUESTIONS):
        old, new = draw(), draw()
        votes = []
        for n in range(2):
            key = (np.uint64(seed + n), np.uint64(0))
            with np.errstate(over="ignore"):
                votes.append(plain_vote(seats[0], 0, old, new, k, QUESTIONS, key))
        better += new > old and votes[0] != 1
        losses += new < old and votes[0] != -1
        moved += votes[0] != votes[1]
    traits = played.strategy.traits
    seen = f"took {losses} losses in {QUESTIONS} votes"
    return (
        Finding("votes for whatever is better", not better, f"{better} of {QUESTIONS} refused"),
        Finding(
            "only an annealer takes a loss",
            (losses > 0) == (played.strategy.family == Family.ANNEALER), seen,
        ),
        _judge_trait("uses_luck", traits.uses_luck, moved > 0, f"{moved} votes changed with luck"),
        _judge_trait("monotone", traits.monotone, losses == 0, seen),
    )  # fmt: skip
