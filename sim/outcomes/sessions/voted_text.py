"""A mediator and a single negotiating text: the sides vote on changes and never make offers.

`veto_text`: a random change of one issue at a time; it stands if neither side vetoes it.
`feedback_text`: each side says better, same or worse; the mediator tries every change once, then
packages of one change that only the buyer likes and one that only the vendor likes. Nobody is bound
before the end, when the last text must be worth its reservation value to each.
Sources: Klein, Faratin, Sayama & Bar-Yam 2003; GENIUS, mediator-based protocols; Raiffa 1982.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sim.arithmetic import exp
from sim.errors import SimError
from sim.jit import OUTCOME_ROOMS, kernel_of_rooms, rule
from sim.luck import uniforms
from sim.outcomes.domains.domain import Domain
from sim.outcomes.sessions.outcome_seat import seated
from sim.outcomes.sessions.transcript import FEEDBACK, Said, Session, both_halves
from sim.outcomes.sessions.turns import Luck
from sim.outcomes.solving.search import worth_of
from sim.strategies.catalogue import Family, Played

CHANGE, VOTE = np.int64(Luck.CHANGE), np.int64(Luck.VOTE)
ANNEALER = np.int64(Family.ANNEALER)
UNKNOWN = np.int64(2)


class VoteLog(NamedTuple):
    """What was put to the sides in each round, what they said, and whether the text changed."""

    text: np.ndarray  # int64 (rounds,)
    votes: np.ndarray  # int64 (rounds, 2): −1 worse, 0 same, 1 better
    moved: np.ndarray  # bool (rounds,)


def mediate(
    domain: Domain, plays: tuple[Played, Played], protocol: str, rounds: int,
    key: tuple[np.uint64, np.uint64],
) -> Session:  # fmt: skip
    """Let a mediator change a single text under the votes of two sides."""
    if domain.count < 2:
        raise SimError(f"{domain.name}: one outcome, want at least two to mediate between")
    one, two = both_halves(domain)
    seats, sizes = seated(domain, plays), np.array(domain.sizes, np.int64)
    log = VoteLog(
        np.full(rounds, -1, np.int64), np.zeros((rounds, 2), np.int64), np.zeros(rounds, bool)
    )
    if protocol == FEEDBACK:
        answers = np.full((2, int(sizes.sum())), UNKNOWN)
        text, used = feedback_kernel(one, two, seats, sizes, rounds, log, answers, key)
    else:
        text, used = veto_kernel(one, two, seats, sizes, rounds, log, key)
    worth = [domain.utility(side, int(text)) for side in (0, 1)]
    fine = all(worth[side] >= domain.profiles[side].reservation for side in (0, 1))
    said = tuple(_said(domain, log, int(used)))
    return Session(
        domain, plays, protocol, rounds, int(text) if fine else -1, max(0, int(used) - 1), "both",
        said,
    )  # fmt: skip


@rule
def changed(number, sizes, nth):
    """Return the nth of the outcomes that differ from one in a single issue, and which value it is.

    Values are counted through all issues, each one's own left out.
    """
    stride = np.int64(1)
    for i in range(sizes.shape[0]):
        stride *= sizes[i]
    begin = np.int64(0)
    for i in range(sizes.shape[0]):
        stride = stride // sizes[i]
        place = (number // stride) % sizes[i]
        if nth < sizes[i] - 1:
            other = nth if nth < place else nth + 1
            return number + (other - place) * stride, begin + other
        nth -= sizes[i] - 1
        begin += sizes[i]
    return number, np.int64(-1)


@rule
def neighbours(sizes):
    """Return how many outcomes differ from one in a single issue."""
    count = np.int64(0)
    for i in range(sizes.shape[0]):
        count += sizes[i] - 1
    return count


@rule
def vote(me, side, old, new, k, rounds, key):
    """Return what a side says of a change worth `new − old`: −1 worse, 0 same, 1 better.

    An annealer calls a loss the same with probability exp(loss / temperature), which cools to 0.
    """
    if new > old:
        return 1
    if new == old:
        return 0
    heat = me.temperature * (1.0 - k / rounds)
    if me.family == ANNEALER and heat > 0.0:
        u, _, _, _ = uniforms(key, VOTE, np.int64(side), np.int64(k), np.int64(0))
        if u < exp((new - old) / heat):
            return 0
    return -1


@rule
def _put(one, two, seats, text, number, k, rounds, log, key):
    """Put a text to both sides; it stands if neither calls it worse, and one better or an annealer."""
    first = vote(seats[0], 0, worth_of(one, text), worth_of(one, number), k, rounds, key)
    second = vote(seats[1], 1, worth_of(two, text), worth_of(two, number), k, rounds, key)
    warm = seats[0].family == ANNEALER or seats[1].family == ANNEALER
    moved = first >= 0 and second >= 0 and (first + second > 0 or warm)
    log.text[k] = number
    log.votes[k, 0] = first
    log.votes[k, 1] = second
    log.moved[k] = moved
    return moved


@rule
def _start(sizes, key):
    """Return the text a mediator begins with, drawn from all outcomes."""
    u, _, _, _ = uniforms(key, CHANGE, np.int64(1), np.int64(0), np.int64(0))
    count = 1.0
    for i in range(sizes.shape[0]):
        count *= sizes[i]
    return np.int64(u * count)


@kernel_of_rooms(*OUTCOME_ROOMS)
def veto_kernel(one, two, seats, sizes, rounds, log, key):
    """Return the last text and the rounds used, under random changes of one issue."""
    text = _start(sizes, key)
    near = neighbours(sizes)
    for k in range(rounds):
        u, _, _, _ = uniforms(key, CHANGE, np.int64(0), np.int64(k), np.int64(0))
        number, _ = changed(text, sizes, np.int64(u * near))
        if _put(one, two, seats, text, number, k, rounds, log, key):
            text = number
    return text, rounds


@rule
def _count(answers, first, second):
    """Return of how many values the sides have said just this."""
    count = np.int64(0)
    for v in range(answers.shape[1]):
        if answers[0, v] == first and answers[1, v] == second:
            count += 1
    return count


@rule
def _pick(answers, first, second, nth):
    """Return the nth value of which the sides have said just this."""
    for v in range(answers.shape[1]):
        if answers[0, v] == first and answers[1, v] == second:
            if nth == 0:
                return np.int64(v)
            nth -= 1
    return np.int64(-1)


@rule
def _with_value(number, sizes, value):
    """Return an outcome with one value put into it, and which issue that is."""
    stride = np.int64(1)
    for i in range(sizes.shape[0]):
        stride *= sizes[i]
    begin = np.int64(0)
    for i in range(sizes.shape[0]):
        stride = stride // sizes[i]
        if value < begin + sizes[i]:
            place = (number // stride) % sizes[i]
            return number + (value - begin - place) * stride, np.int64(i)
        begin += sizes[i]
    return number, np.int64(-1)


@rule
def _forget_issue(answers, sizes, text, value):
    """Mark the answers on one issue as unknown, since the text now has another value of it."""
    begin = np.int64(0)
    for i in range(sizes.shape[0]):
        if begin <= value < begin + sizes[i]:
            for v in range(begin, begin + sizes[i]):
                answers[0, v] = UNKNOWN
                answers[1, v] = UNKNOWN
        begin += sizes[i]
    _skip_own(answers, sizes, text)


@rule
def _skip_own(answers, sizes, text):
    """Mark the values of the text itself: there is nothing to ask about them."""
    stride = np.int64(1)
    for i in range(sizes.shape[0]):
        stride *= sizes[i]
    begin = np.int64(0)
    for i in range(sizes.shape[0]):
        stride = stride // sizes[i]
        place = (text // stride) % sizes[i]
        answers[0, begin + place] = 0
        answers[1, begin + place] = 0
        begin += sizes[i]


@rule
def _package(answers, sizes, text, since, key):
    """Return a text with two changes, one that only the buyer likes and one only the vendor.

    Packages come in a row that begins where luck says; `since` counts those tried. Number −1 once
    all were.
    """
    ours, theirs = _count(answers, 1, -1), _count(answers, -1, 1)
    count = ours * theirs
    u, _, _, _ = uniforms(key, CHANGE, np.int64(2), text, np.int64(0))
    while since < count:
        nth = (np.int64(u * count) + since) % count
        one = _pick(answers, 1, -1, nth // theirs)
        two = _pick(answers, -1, 1, nth % theirs)
        number, first = _with_value(text, sizes, one)
        number, second = _with_value(number, sizes, two)
        since += 1
        if first != second:
            return number, one, two, since
    return np.int64(-1), np.int64(-1), np.int64(-1), since


@kernel_of_rooms(*OUTCOME_ROOMS)
def feedback_kernel(one, two, seats, sizes, rounds, log, answers, key):
    """Return the last text and the rounds used, by answers to single changes, then by packages."""
    text = _start(sizes, key)
    _skip_own(answers, sizes, text)
    since = np.int64(0)
    for k in range(rounds):
        open_ones = _count(answers, UNKNOWN, UNKNOWN)
        second = np.int64(-1)
        if open_ones > 0:
            u, _, _, _ = uniforms(key, CHANGE, np.int64(0), np.int64(k), np.int64(0))
            value = _pick(answers, UNKNOWN, UNKNOWN, np.int64(u * open_ones))
            number, _ = _with_value(text, sizes, value)
        else:
            number, value, second, since = _package(answers, sizes, text, since, key)
            if number < 0:
                return text, np.int64(k)
        if _put(one, two, seats, text, number, k, rounds, log, key):
            text = number
            since = np.int64(0)
            _forget_issue(answers, sizes, text, value)
            if second >= 0:
                _forget_issue(answers, sizes, text, second)
        elif second < 0:
            answers[0, value] = log.votes[k, 0]
            answers[1, value] = log.votes[k, 1]
    return text, np.int64(rounds)


def _said(domain: Domain, log: VoteLog, used: int) -> Iterator[Said]:
    words = {-1: "worse", 0: "same", 1: "better"}
    for k in range(used):
        number = int(log.text[k])
        first, second = (words[int(v)] for v in log.votes[k])
        note = f"buyer: {first}, vendor: {second}" + (" → text" if log.moved[k] else "")
        yield Said(
            k, "mediator", number, domain.utility(0, number), domain.utility(1, number), note
        )
