"""A mediator with a single negotiating text: the sides vote on changes and never make offers.

`veto_text`: one issue at a time is changed at random; the change stands if neither side vetoes it.
`feedback_text`: each side answers better, same or worse. The mediator tries every change once, then
packages of one change that only the buyer likes and one that only the vendor likes. Nobody is bound
before the end, when the last text must be worth its reservation value to each side. Sources: Klein,
Faratin, Sayama & Bar-Yam 2003; GENIUS, mediator-based protocols; Raiffa 1982.
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
from sim.outcomes.sessions.outcome_seat import seat_both
from sim.outcomes.sessions.transcript import FEEDBACK, Session, Utterance, both_halves
from sim.outcomes.sessions.turns import TalkStream
from sim.outcomes.solving.search import utility_of
from sim.strategies.catalogue import ConfiguredStrategy, Family

CHANGE, VOTE = np.int64(TalkStream.CHANGE), np.int64(TalkStream.VOTE)
ANNEALER = np.int64(Family.ANNEALER)
UNKNOWN = np.int64(2)  # no answer yet, beside −1 worse, 0 same and 1 better


class VoteLog(NamedTuple):
    """The text put to the vote in each round, both votes, and whether the text changed."""

    text: np.ndarray  # int64 (rounds,)
    votes: np.ndarray  # int64 (rounds, 2): −1 worse, 0 same, 1 better
    moved: np.ndarray  # bool (rounds,)


def mediate(
    domain: Domain, plays: tuple[ConfiguredStrategy, ConfiguredStrategy], protocol: str, rounds: int,
    key: tuple[np.uint64, np.uint64],
) -> Session:  # fmt: skip
    """Let a mediator change a single text under the votes of two sides, and return the session.

    Raises SimError if the domain has only one outcome.
    """
    if domain.count < 2:
        raise SimError(f"{domain.name}: one outcome, want at least two to mediate between")
    buyer_halves, vendor_halves = both_halves(domain)
    seats, sizes = seat_both(domain, plays), np.array(domain.sizes, np.int64)
    log = VoteLog(
        np.full(rounds, -1, np.int64), np.zeros((rounds, 2), np.int64), np.zeros(rounds, bool)
    )
    if protocol == FEEDBACK:
        answers = np.full((2, int(sizes.sum())), UNKNOWN)
        text, used = feedback_kernel(
            buyer_halves, vendor_halves, seats, sizes, rounds, log, answers, key
        )
    else:
        text, used = veto_kernel(buyer_halves, vendor_halves, seats, sizes, rounds, log, key)
    worth = [domain.utility(side, int(text)) for side in (0, 1)]
    fine = all(worth[side] >= domain.profiles[side].reservation for side in (0, 1))
    utterances = tuple(_utterances(domain, log, int(used)))
    return Session(
        domain, plays, protocol, rounds, int(text) if fine else -1, max(0, int(used) - 1), "both",
        utterances,
    )  # fmt: skip


@rule
def nth_neighbour(number, sizes, nth):
    """Return the nth outcome that differs from `number` in one issue, and the value it has there.

    Values are numbered through all issues; `nth` leaves out each issue's present value.
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
def count_neighbours(sizes):
    """Return how many outcomes differ from a given one in a single issue."""
    count = np.int64(0)
    for i in range(sizes.shape[0]):
        count += sizes[i] - 1
    return count


@rule
def vote(me, side, old, new, turn, rounds, key):
    """Return a side's vote on a change worth `new − old` to it: −1 worse, 0 same, 1 better.

    An annealer calls a loss the same with chance exp(loss / temperature); the temperature cools to
    0.
    """
    if new > old:
        return 1
    if new == old:
        return 0
    heat = me.temperature * (1.0 - turn / rounds)
    if me.family == ANNEALER and heat > 0.0:
        u, _, _, _ = uniforms(key, VOTE, np.int64(side), np.int64(turn), np.int64(0))
        if u < exp((new - old) / heat):
            return 0
    return -1


@rule
def _put_to_vote(buyer_halves, vendor_halves, seats, text, number, turn, rounds, log, key):
    """Put a text to both sides; it stands if neither calls it worse, and one better or an annealer.

    Writes the round to `log`.
    """
    old, new = utility_of(buyer_halves, text), utility_of(buyer_halves, number)
    first = vote(seats[0], 0, old, new, turn, rounds, key)
    old, new = utility_of(vendor_halves, text), utility_of(vendor_halves, number)
    second = vote(seats[1], 1, old, new, turn, rounds, key)
    # With an annealer at the table, a change that both sides call the same stands too.
    warm = seats[0].family == ANNEALER or seats[1].family == ANNEALER
    moved = first >= 0 and second >= 0 and (first + second > 0 or warm)
    log.text[turn] = number
    log.votes[turn, 0] = first
    log.votes[turn, 1] = second
    log.moved[turn] = moved
    return moved


@rule
def _draw_first_text(sizes, key):
    """Return the text a mediator begins with, drawn evenly from all outcomes."""
    u, _, _, _ = uniforms(key, CHANGE, np.int64(1), np.int64(0), np.int64(0))
    count = 1.0
    for i in range(sizes.shape[0]):
        count *= sizes[i]
    return np.int64(u * count)


@kernel_of_rooms(*OUTCOME_ROOMS)
def veto_kernel(buyer_halves, vendor_halves, seats, sizes, rounds, log, key):
    """Return the last text and the rounds used, under random changes of one issue."""
    text = _draw_first_text(sizes, key)
    near = count_neighbours(sizes)
    for k in range(rounds):
        u, _, _, _ = uniforms(key, CHANGE, np.int64(0), np.int64(k), np.int64(0))
        number, _ = nth_neighbour(text, sizes, np.int64(u * near))
        if _put_to_vote(buyer_halves, vendor_halves, seats, text, number, k, rounds, log, key):
            text = number
    return text, rounds


@rule
def _count_values(answers, first, second):
    """Return the number of values on which the sides have given just these answers."""
    count = np.int64(0)
    for v in range(answers.shape[1]):
        if answers[0, v] == first and answers[1, v] == second:
            count += 1
    return count


@rule
def _nth_value(answers, first, second, nth):
    """Return the nth value on which the sides have given just these answers, or −1."""
    for v in range(answers.shape[1]):
        if answers[0, v] == first and answers[1, v] == second:
            if nth == 0:
                return np.int64(v)
            nth -= 1
    return np.int64(-1)


@rule
def _with_value(number, sizes, value):
    """Return an outcome with one value put into it, and the issue that it belongs to."""
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
    """Mark the answers on one issue as unknown, since the text now has another value there."""
    begin = np.int64(0)
    for i in range(sizes.shape[0]):
        if begin <= value < begin + sizes[i]:
            for v in range(begin, begin + sizes[i]):
                answers[0, v] = UNKNOWN
                answers[1, v] = UNKNOWN
        begin += sizes[i]
    _mark_text_values(answers, sizes, text)


@rule
def _mark_text_values(answers, sizes, text):
    """Mark the values of the text itself as answered: there is nothing to ask about them."""
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
def _next_package(answers, sizes, text, since, key):
    """Return a text with two changes, one liked by the buyer alone and one by the vendor.

    The result is (outcome, first value, second value, packages tried). The order of packages begins
    at a place that luck decides; the outcome is −1 once all have been tried.
    """
    ours, theirs = _count_values(answers, 1, -1), _count_values(answers, -1, 1)
    count = ours * theirs
    u, _, _, _ = uniforms(key, CHANGE, np.int64(2), text, np.int64(0))
    while since < count:
        nth = (np.int64(u * count) + since) % count
        first_value = _nth_value(answers, 1, -1, nth // theirs)
        second_value = _nth_value(answers, -1, 1, nth % theirs)
        number, first = _with_value(text, sizes, first_value)
        number, second = _with_value(number, sizes, second_value)
        since += 1
        if first != second:
            return number, first_value, second_value, since
    return np.int64(-1), np.int64(-1), np.int64(-1), since


@kernel_of_rooms(*OUTCOME_ROOMS)
def feedback_kernel(buyer_halves, vendor_halves, seats, sizes, rounds, log, answers, key):
    """Return the last text and the rounds used, under single changes and then packages."""
    text = _draw_first_text(sizes, key)
    _mark_text_values(answers, sizes, text)
    since = np.int64(0)
    for k in range(rounds):
        open_ones = _count_values(answers, UNKNOWN, UNKNOWN)
        second = np.int64(-1)
        if open_ones > 0:
            u, _, _, _ = uniforms(key, CHANGE, np.int64(0), np.int64(k), np.int64(0))
            value = _nth_value(answers, UNKNOWN, UNKNOWN, np.int64(u * open_ones))
            number, _ = _with_value(text, sizes, value)
        else:
            number, value, second, since = _next_package(answers, sizes, text, since, key)
            if number < 0:
                return text, np.int64(k)
        if _put_to_vote(buyer_halves, vendor_halves, seats, text, number, k, rounds, log, key):
            text = number
            since = np.int64(0)
            _forget_issue(answers, sizes, text, value)
            if second >= 0:
                _forget_issue(answers, sizes, text, second)
        elif second < 0:
            answers[0, value] = log.votes[k, 0]
            answers[1, value] = log.votes[k, 1]
    return text, np.int64(rounds)


def _utterances(domain: Domain, log: VoteLog, used: int) -> Iterator[Utterance]:
    """Yield the texts put to the vote, with both votes as a note."""
    words = {-1: "worse", 0: "same", 1: "better"}
    for k in range(used):
        number = int(log.text[k])
        first, second = (words[int(v)] for v in log.votes[k])
        note = f"buyer: {first}, vendor: {second}" + (" → text" if log.moved[k] else "")
        yield Utterance(
            k, "mediator", number, domain.utility(0, number), domain.utility(1, number), note
        )
