"""Does a strategy do what it claims? It sits in drawn talks, and what it asks is looked at.

The talks are drawn by address: domains, the other side's offers, and the luck of the strategy. In
each it never agrees, so that all its asks are seen; what it would take is asked beside it.
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
from sim.outcomes.sessions.outcome_seat import complain, seated
from sim.outcomes.sessions.talks import TalkTable, table
from sim.outcomes.sessions.turns import turn_kernel
from sim.outcomes.sessions.voted_text import vote
from sim.outcomes.solving.search import Halves, halves
from sim.strategies.catalogue import Accept, ConfiguredStrategy, Family
from sim.strategies.custom_strategy import CustomStrategy, StrategyView

TALKS, ROUNDS, QUESTIONS = 24, 30, 500
STREAM = np.uint64(1_900)  # of luck; no scenario and no talk uses it
SIZES = (4, 3, 5)
ROUNDING = 1e-9
_unit = plain(uniforms)


@dataclass(frozen=True)
class Finding:
    """One thing a strategy claims, or must do whoever it is, and whether it was seen to hold."""

    what: str
    held: bool
    seen: str


@dataclass(frozen=True)
class ObservedTalk:
    """A table at which one side's strategy is looked at: what it knows and what it will hear."""

    domain: Domain
    h: Halves
    heard: tuple[int, ...]  # outcomes the other side will offer
    seed: int


Turns = Callable[[ConfiguredStrategy, ObservedTalk], list[tuple[bool, float]]]


def conformance(played: ConfiguredStrategy, seed: int = 1) -> tuple[Finding, ...]:
    """Return what a strategy claims and whether it holds in drawn talks over outcomes."""
    if played.votes:
        return _of_a_voter(played, seed)
    found = claims_kept(played, seed, turns_over_outcomes)
    return (*found, *(_of_an_own(played.custom, seed) if played.custom is not None else ()))


def claims_kept(played: ConfiguredStrategy, seed: int, turns: Turns) -> tuple[Finding, ...]:
    """Return whether a strategy keeps its claims in drawn talks, its turns taken as `turns` has them."""
    patient = replace(played, accept=Accept.TIME, values=_with(played, after=1.0))
    talks = [_talk(seed, k) for k in range(TALKS)]
    asks = [_asks(turns, patient, talk) for talk in talks]
    traits = played.strategy.traits
    found = [_within(talks, asks, traits.rational), _takes_nothing_below(turns, played, talks)]
    ups = sum(b > a + ROUNDING for line in asks for a, b in pairwise(line))
    found.append(_claim("monotone", traits.monotone, not ups, f"its asks rose {ups} times"))
    for name, claimed, other in (
        ("looks_back", traits.looks_back, _otherwise_heard),
        ("uses_luck", traits.uses_luck, _otherwise_lucky),
    ):
        moved = sum(
            _asks(turns, patient, other(t)) != line for t, line in zip(talks, asks, strict=True)
        )
        told = f"its asks changed in {moved} of {TALKS} talks"
        found.append(_claim(name, claimed, moved > 0, told))
    again = all(_asks(turns, patient, talk) == line for talk, line in zip(talks, asks, strict=True))
    found.append(Finding("asks the same in the same talk", again, f"{TALKS} talks again"))
    return tuple(found)


def _claim(trait: str, claimed: bool, seen: bool, told: str) -> Finding:
    """Judge a trait: a strategy must claim what it does, and be seen to do what it claims.

    Being monotone is a promise; it may be kept without having been given.
    """
    held = seen or not claimed if trait == "monotone" else seen == claimed
    return Finding(f"{trait}: {'claimed' if claimed else 'not claimed'}", held, told)


def _within(talks: list[ObservedTalk], asks: list[list[float]], claimed: bool) -> Finding:
    least = min(
        min(line) - talk.domain.profiles[0].reservation
        for talk, line in zip(talks, asks, strict=True)
    )
    told = f"the lowest ask was {abs(least):.4f} {'below' if least < 0.0 else 'above'} it"
    if not claimed:
        return Finding("asks below its reservation value, as it says", least < 0.0, told)
    return Finding("never asks below its reservation value", least >= 0.0, told)


def _takes_nothing_below(
    turns: Turns, played: ConfiguredStrategy, talks: list[ObservedTalk]
) -> Finding:
    taken = [_first_taken(turns, played, talk) for talk in talks]
    gains = [worth for worth in taken if worth is not None]
    told = f"it took an offer in {len(gains)} of {len(talks)} talks"
    if gains:
        told += f", the worst {min(gains):.4f} above it"
    return Finding(
        "never takes less than its reservation value", min(gains, default=0.0) >= 0, told
    )


def _first_taken(turns: Turns, played: ConfiguredStrategy, talk: ObservedTalk) -> float | None:
    """Return the gain from the first offer a strategy takes in a talk, None without one."""
    for taken, worth in turns(played, talk):
        if taken:
            return worth - talk.domain.profiles[0].reservation
    return None


def _asks(turns: Turns, played: ConfiguredStrategy, talk: ObservedTalk) -> list[float]:
    """Return what the offers of a side are worth to it, turn by turn."""
    return [worth for _, worth in turns(played, talk)]


def turns_over_outcomes(played: ConfiguredStrategy, talk: ObservedTalk) -> list[tuple[bool, float]]:
    """Return, turn by turn, whether an offer was taken, and what it or the own one is worth."""
    seats, t = seated(talk.domain, (played, played)), table(ROUNDS)
    key = (np.uint64(talk.seed), np.uint64(0))
    found = []
    for k in range(ROUNDS):
        if k > 0:
            _hear(t, talk, k - 1)
        taken, _, worth = turn_kernel(seats, 0, talk.h, k, ROUNDS, k, t.got[1], t.said[1], key)
        complain(seats[:1].repeat(2), (played, played))
        found.append((bool(taken), float(worth)))
        if taken:
            break
    return found


def _hear(t: TalkTable, talk: ObservedTalk, k: int) -> None:
    t.said[1, k] = talk.heard[k]
    t.got[1, k] = talk.domain.utility(0, talk.heard[k])


def _otherwise_heard(talk: ObservedTalk) -> ObservedTalk:
    return replace(talk, heard=talk.heard[::-1])


def _otherwise_lucky(talk: ObservedTalk) -> ObservedTalk:
    return replace(talk, seed=talk.seed + 1)


def _talk(seed: int, number: int) -> ObservedTalk:
    draw = _drawing(seed, number)
    profiles = []
    for name in ("buyer", "vendor"):
        weights = [0.2 + draw() for _ in SIZES]
        values = [[draw() for _ in range(size)] for size in SIZES]
        shares = tuple(w / sum(weights) for w in weights)
        evaluations = tuple(tuple(v / max(line) for v in line) for line in values)
        profiles.append(Profile(name, shares, evaluations, 0.6 * draw()))
    issues = tuple(
        DomainIssue(f"issue {i}", tuple(f"value {k}" for k in range(size)))
        for i, size in enumerate(SIZES)
    )
    domain = Domain(f"drawn {number}", issues, (profiles[0], profiles[1]))
    heard = tuple(int(draw() * domain.count) for _ in range(ROUNDS))
    return ObservedTalk(domain, halves(domain, 0), heard, seed)


def _drawing(seed: int, number: int) -> Callable[[], float]:
    """Return a function that gives the next number of a stream of its own."""
    place = -1

    def draw() -> float:
        nonlocal place
        place += 1
        key = (np.uint64(seed), np.uint64(number))
        with np.errstate(over="ignore"):
            return float(_unit(key, STREAM, np.int64(0), np.int64(place), np.int64(0))[0])

    return draw


def _with(played: ConfiguredStrategy, **changed: float) -> tuple[tuple[str, float], ...]:
    return tuple((dict(played.values) | changed).items())


def _of_an_own(own: CustomStrategy, seed: int) -> list[Finding]:
    """Ask a person's rule in plain Python: it stays in range, and compiled it says the same."""
    draw, low, high, differ = _drawing(seed, TALKS), 0, 0, 0
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
        answer = own.ask(seen)
        low += answer < floor - ROUNDING
        high += answer > opening + ROUNDING
        differ += _bits(own.run(seen)) != _bits(answer)
    kept = "it is kept between floor and opening all the same"
    found = [
        Finding("answers no less than the floor", not low, f"{low} of {QUESTIONS} below; {kept}"),
        Finding(
            "answers no more than the opening", not high, f"{high} of {QUESTIONS} above; {kept}"
        ),
    ]
    if not own.why_plain:
        told = f"{differ} of {QUESTIONS} answers differ"
        found.append(Finding("compiled and plain say the same, bit for bit", not differ, told))
    return found


def _bits(value: Any) -> bytes:
    return np.float64(value).tobytes()


def _of_a_voter(played: ConfiguredStrategy, seed: int) -> tuple[Finding, ...]:
    """Look at votes: for what is better always, and losses are taken only by those who say so."""
    seats = seated(_talk(seed, 0).domain, (played, played))
    draw, better, losses, moved = _drawing(seed, 0), 0, 0, 0
    say = plain(vote)
    for k in range(QUESTIONS):
        old, new = draw(), draw()
        votes = []
        for n in range(2):
            key = (np.uint64(seed + n), np.uint64(0))
            with np.errstate(over="ignore"):
                votes.append(say(seats[0], 0, old, new, k, QUESTIONS, key))
        better += new > old and votes[0] != 1
        losses += new < old and votes[0] != -1
        moved += votes[0] != votes[1]
    traits = played.strategy.traits
    told = f"took {losses} losses in {QUESTIONS} votes"
    return (
        Finding("votes for whatever is better", not better, f"{better} of {QUESTIONS} refused"),
        Finding(
            "a loss is taken by an annealer only",
            (losses > 0) == (played.strategy.family == Family.ANNEALER), told,
        ),
        _claim("uses_luck", traits.uses_luck, moved > 0, f"{moved} votes changed with luck"),
        _claim("monotone", traits.monotone, losses == 0, told),
    )  # fmt: skip
