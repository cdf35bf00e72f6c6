"""Finding outcomes by utility without sorting them: two halves of the issues, each in order.

An outcome is a head (the first issues) and a tail (the rest). Both are sorted by what they add, so
that a walk up one and down the other meets every sum near a wanted utility: about 2√n steps for n
outcomes. Utilities that decide are summed in the order of issues and cut off at 1, as everywhere;
sums of halves are not cut, since only their order matters, but where a walk compares them with a
utility that may have been cut, they are.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.errors import SimError
from sim.jit import OUTCOME_ROOMS, kernel_of_rooms, rule
from sim.outcomes.domains.domain import TOP, Domain

MOST_OF_A_HALF = 4_000_000
SLACK = 1e-12  # of the highest utility: more than 64 roundings can add up to
NONE = np.int64(-1)


class Halves(NamedTuple):
    """One side's outcomes as sorted heads and tails; number = head × tails + tail."""

    front: np.ndarray  # float64: sum of the first issues, by head
    head: np.ndarray  # the same, rising
    head_at: np.ndarray  # int64: which head
    rest: np.ndarray  # float64 (tails, later issues): what each later issue adds, by tail
    tail: np.ndarray  # float64: their sum, rising
    tail_at: np.ndarray  # int64: which tail
    slack: np.ndarray  # float64 (1,): how far a sum in halves may be from the true one


def halves(domain: Domain, side: int) -> Halves:
    """Return one side's outcomes in sorted halves; SimError where a half is too large."""
    cut = split(domain.sizes)
    worth = domain.profiles[side].worth
    heads, tails = math.prod(domain.sizes[:cut]), math.prod(domain.sizes[cut:])
    if max(heads, tails) > MOST_OF_A_HALF:
        raise SimError(
            f"{domain.name}: {domain.count:.3g} outcomes, want issues that fall into two "
            f"halves of at most {MOST_OF_A_HALF:,} each"
        )
    flat, sizes = np.concatenate(worth), np.array(domain.sizes, np.int64)
    found = room(heads, tails, len(sizes) - cut)
    fill_kernel(flat, sizes, cut, found)
    return found


def room(heads: int, tails: int, later: int) -> Halves:
    """Return halves with room for so many heads, tails and later issues, not filled."""
    return Halves(
        np.zeros(heads), np.zeros(heads), np.zeros(heads, np.int64), np.zeros((tails, later)),
        np.zeros(tails), np.zeros(tails, np.int64), np.zeros(1),
    )  # fmt: skip


def split(sizes: tuple[int, ...]) -> int:
    """Return how many issues make the head, so that head and tail are as alike as they can be."""
    cuts = range(1, len(sizes)) or [1]
    return min(cuts, key=lambda k: math.prod(sizes[:k]) + math.prod(sizes[k:]))


@rule
def fill(flat, sizes, cut, into):
    """Fill halves from the worth of all values, one issue after the other."""
    issues = sizes.shape[0]
    at, high = 0, 0.0
    for i in range(issues):
        best = flat[at]
        for k in range(1, sizes[i]):
            best = max(best, flat[at + k])
        high = high + best
        at += sizes[i]
    into.slack[0] = SLACK * high
    for h in range(into.front.shape[0]):
        left, begin, total = h, 0, 0.0
        span = into.front.shape[0]
        for i in range(cut):
            span = span // sizes[i]
            k = left // span
            left = left % span
            total = flat[begin + k] if i == 0 else total + flat[begin + k]
            begin += sizes[i]
        into.front[h] = total
        into.head[h] = total
        into.head_at[h] = h
    begin = 0
    for i in range(cut):
        begin += sizes[i]
    for t in range(into.tail.shape[0]):
        left, at, total = t, begin, 0.0
        span = into.tail.shape[0]
        for i in range(cut, issues):
            span = span // sizes[i]
            k = left // span
            left = left % span
            into.rest[t, i - cut] = flat[at + k]
            total = total + flat[at + k]
            at += sizes[i]
        into.tail[t] = total
        into.tail_at[t] = t
    rise(into.head, into.head_at)
    rise(into.tail, into.tail_at)


@kernel_of_rooms(*OUTCOME_ROOMS)
def fill_kernel(flat, sizes, cut, into):
    """Fill halves, called from Python."""
    fill(flat, sizes, cut, into)


@rule
def rise(values, at):
    """Sort values upwards with their places, equal values by place; in place, without memory."""
    count = values.shape[0]
    gap = 1
    while gap < count // 3:
        gap = 3 * gap + 1
    while gap >= 1:
        for i in range(gap, count):
            value, place, j = values[i], at[i], i
            while j >= gap and (
                values[j - gap] > value or (values[j - gap] == value and at[j - gap] > place)
            ):
                values[j] = values[j - gap]
                at[j] = at[j - gap]
                j -= gap
            values[j] = value
            at[j] = place
        gap = gap // 3


@rule
def worth_of(h, number):
    """Return the utility of an outcome, summed in the order of issues."""
    tails = h.tail.shape[0]
    return _sum(h, number // tails, number % tails)


@rule
def _sum(h, head, tail):
    total = h.front[head]
    for j in range(h.rest.shape[1]):
        total = total + h.rest[tail, j]
    return min(total, TOP)


@rule
def around(h, wanted, reach):
    """Return the lowest outcome worth at least `wanted`, and the highest within `reach` below it.

    (number, utility) twice; number −1 where there is none. Equal utilities: the lowest number.
    """
    slack = h.slack[0]
    heads, tails = h.head.shape[0], h.tail.shape[0]
    above, above_worth = NONE, np.inf
    below, below_worth = NONE, wanted - reach
    first = tails
    for i in range(heads):
        base = h.head[i]
        while first > 0 and base + h.tail[first - 1] >= wanted - slack:
            first -= 1
        k = first
        while k < tails and min(base + h.tail[k], TOP) <= above_worth + slack:
            worth = _sum(h, h.head_at[i], h.tail_at[k])
            number = h.head_at[i] * tails + h.tail_at[k]
            if worth >= wanted:
                if worth < above_worth or (worth == above_worth and number < above):
                    above, above_worth = number, worth
            elif reach > 0.0 and (
                worth > below_worth or (worth == below_worth and (number < below or below < 0))
            ):
                below, below_worth = number, worth
            k += 1
        k = first - 1
        while reach > 0.0 and k >= 0 and base + h.tail[k] >= below_worth - slack:
            worth = _sum(h, h.head_at[i], h.tail_at[k])
            number = h.head_at[i] * tails + h.tail_at[k]
            if worth < wanted and (
                worth > below_worth or (worth == below_worth and (number < below or below < 0))
            ):
                below, below_worth = number, worth
            k -= 1
    return above, above_worth, below, below_worth


@rule
def next_worse(h, worth, number):
    """Return the next outcome after one, by falling utility, equal ones by number; −1 at the end.

    After (∞, −1) comes the best outcome.
    """
    slack = h.slack[0]
    heads, tails = h.head.shape[0], h.tail.shape[0]
    found, found_worth = NONE, -np.inf
    end = tails
    for i in range(heads):
        base = h.head[i]
        while end > 0 and min(base + h.tail[end - 1], TOP) > worth + slack:
            end -= 1
        k = end - 1
        while k >= 0 and base + h.tail[k] >= found_worth - slack:
            other = _sum(h, h.head_at[i], h.tail_at[k])
            place = h.head_at[i] * tails + h.tail_at[k]
            after = other < worth or (other == worth and place > number)
            if after and (
                other > found_worth or (other == found_worth and (place < found or found < 0))
            ):
                found, found_worth = place, other
            k -= 1
    return found, found_worth


@kernel_of_rooms(*OUTCOME_ROOMS)
def worth_kernel(h, number):
    """Return the utility of an outcome, called from Python."""
    return worth_of(h, number)


@kernel_of_rooms(*OUTCOME_ROOMS)
def around_kernel(h, wanted, reach):
    """Find outcomes around a utility, called from Python."""
    return around(h, wanted, reach)


@kernel_of_rooms(*OUTCOME_ROOMS)
def next_worse_kernel(h, worth, number):
    """Find the next outcome in order of utility, called from Python."""
    return next_worse(h, worth, number)
