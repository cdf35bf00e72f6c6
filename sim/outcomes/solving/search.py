"""Finding outcomes by utility without sorting all of them: two halves of the issues, each sorted.

An outcome is a head (the first issues) and a tail (the rest). Both are sorted by what they add to
utility, so that a walk up one list and down the other meets every sum near a wanted utility: about
2√n steps for n outcomes. Utilities that decide are summed in the order of issues and cut off at 1,
as everywhere. Sums of halves are not cut, since only their order matters; if a walk compares them
with a utility that may have been cut, they are.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.errors import SimError
from sim.jit import OUTCOME_ROOMS, kernel_of_rooms, rule
from sim.outcomes.domains.domain import HIGHEST_UTILITY, Domain

MOST_IN_HALF = 4_000_000  # heads or tails: some hundred MB
# Share of the highest utility by which a sum in halves may differ from the sum in the order of
# issues: above what the roundings of `MOST_ISSUES` = 64 terms can add up to.
SLACK = 1e-12
NONE = np.int64(-1)  # no outcome; int64, so that Numba infers one type for results


class Halves(NamedTuple):
    """The outcomes of one side as sorted heads and tails; number = head × tails + tail."""

    front: np.ndarray  # float64: sum over the first issues, by head
    head: np.ndarray  # float64: the same, sorted upwards
    head_at: np.ndarray  # int64: the head at each place of `head`
    rest: np.ndarray  # float64 (tails, later issues): what each later issue adds, by tail
    tail: np.ndarray  # float64: their sum, sorted upwards
    tail_at: np.ndarray  # int64: the tail at each place of `tail`
    slack: np.ndarray  # float64 (1,): how far a sum in halves may be from the true one


def sort_halves(domain: Domain, side: int) -> Halves:
    """Return the outcomes of one side in sorted halves; raises SimError if a half is too large."""
    cut = split_issues(domain.sizes)
    worth = domain.profiles[side].worth
    heads, tails = math.prod(domain.sizes[:cut]), math.prod(domain.sizes[cut:])
    if max(heads, tails) > MOST_IN_HALF:
        raise SimError(
            f"{domain.name}: {domain.count:.3g} outcomes, want issues that fall into two "
            f"halves of at most {MOST_IN_HALF:,} each"
        )
    flat, sizes = np.concatenate(worth), np.array(domain.sizes, np.int64)
    found = empty_halves(heads, tails, len(sizes) - cut)
    fill_kernel(flat, sizes, cut, found)
    return found


def empty_halves(heads: int, tails: int, later: int) -> Halves:
    """Return unfilled halves of the given numbers of heads, tails and later issues."""
    return Halves(
        np.zeros(heads), np.zeros(heads), np.zeros(heads, np.int64), np.zeros((tails, later)),
        np.zeros(tails), np.zeros(tails, np.int64), np.zeros(1),
    )  # fmt: skip


def split_issues(sizes: tuple[int, ...]) -> int:
    """Return how many issues make the head, such that heads and tails together are fewest.

    Example:
        >>> split_issues((3, 3, 3, 3))
        2
    """
    cuts = range(1, len(sizes)) or [1]
    return min(cuts, key=lambda k: math.prod(sizes[:k]) + math.prod(sizes[k:]))


@rule
def fill_halves(flat, sizes, cut, into):
    """Fill and sort halves.

    `flat` holds the worth (weight × evaluation) of all values, one issue after the other, `sizes`
    the number of values of each issue, and `cut` how many issues make the head. Writes all of
    `into`.
    """
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
    sort_with_places(into.head, into.head_at)
    sort_with_places(into.tail, into.tail_at)


@kernel_of_rooms(*OUTCOME_ROOMS)
def fill_kernel(flat, sizes, cut, into):
    """Fill halves, called from Python; see `fill_halves`."""
    fill_halves(flat, sizes, cut, into)


@rule
def sort_with_places(values, at):
    """Sort values upwards together with their places, equal values by place.

    Works in place, by Shell's method: rules allocate no memory.
    """
    count = values.shape[0]
    gap = 1  # Knuth's gaps 1, 4, 13, 40 …
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
def utility_of(halves, number):
    """Return the utility of an outcome, summed in the order of issues and cut off at 1."""
    tails = halves.tail.shape[0]
    return _utility_of_pair(halves, number // tails, number % tails)


@rule
def _utility_of_pair(halves, head, tail):
    """Return the utility of a head and a tail."""
    total = halves.front[head]
    for j in range(halves.rest.shape[1]):
        total = total + halves.rest[tail, j]
    return min(total, HIGHEST_UTILITY)


@rule
def outcomes_around(halves, wanted, reach):
    """Return the lowest outcome worth at least `wanted`, and the highest within `reach` below it.

    The result is (number, utility, number, utility), with number −1 if there is no such outcome. Of
    equal utilities the lowest number counts. With `reach` 0 only the first is searched for.
    """
    slack = halves.slack[0]
    heads, tails = halves.head.shape[0], halves.tail.shape[0]
    above, above_worth = NONE, np.inf
    below, below_worth = NONE, wanted - reach
    # As heads rise, the first tail that reaches `wanted` can only move down: one walk in all.
    first = tails
    for i in range(heads):
        base = halves.head[i]
        while first > 0 and base + halves.tail[first - 1] >= wanted - slack:
            first -= 1
        k = first
        while k < tails and min(base + halves.tail[k], HIGHEST_UTILITY) <= above_worth + slack:
            worth = _utility_of_pair(halves, halves.head_at[i], halves.tail_at[k])
            number = halves.head_at[i] * tails + halves.tail_at[k]
            if worth >= wanted:
                if worth < above_worth or (worth == above_worth and number < above):
                    above, above_worth = number, worth
            elif reach > 0.0 and (
                worth > below_worth or (worth == below_worth and (number < below or below < 0))
            ):
                below, below_worth = number, worth
            k += 1
        k = first - 1
        while reach > 0.0 and k >= 0 and base + halves.tail[k] >= below_worth - slack:
            worth = _utility_of_pair(halves, halves.head_at[i], halves.tail_at[k])
            number = halves.head_at[i] * tails + halves.tail_at[k]
            if worth < wanted and (
                worth > below_worth or (worth == below_worth and (number < below or below < 0))
            ):
                below, below_worth = number, worth
            k -= 1
    return above, above_worth, below, below_worth


@rule
def next_worse(halves, worth, number):
    """Return the next outcome (number, utility) in falling order of utility; number −1 at the end.

    Outcomes of equal utility follow by number. After (∞, −1) comes the best outcome.
    """
    slack = halves.slack[0]
    heads, tails = halves.head.shape[0], halves.tail.shape[0]
    found, found_worth = NONE, -np.inf
    end = tails
    for i in range(heads):
        base = halves.head[i]
        while end > 0 and min(base + halves.tail[end - 1], HIGHEST_UTILITY) > worth + slack:
            end -= 1
        k = end - 1
        while k >= 0 and base + halves.tail[k] >= found_worth - slack:
            other = _utility_of_pair(halves, halves.head_at[i], halves.tail_at[k])
            place = halves.head_at[i] * tails + halves.tail_at[k]
            after = other < worth or (other == worth and place > number)
            if after and (
                other > found_worth or (other == found_worth and (place < found or found < 0))
            ):
                found, found_worth = place, other
            k -= 1
    return found, found_worth


@kernel_of_rooms(*OUTCOME_ROOMS)
def worth_kernel(halves, number):
    """Return the utility of an outcome, called from Python; see `utility_of`."""
    return utility_of(halves, number)


@kernel_of_rooms(*OUTCOME_ROOMS)
def around_kernel(halves, wanted, reach):
    """Return outcomes around a utility, called from Python; see `outcomes_around`."""
    return outcomes_around(halves, wanted, reach)


@kernel_of_rooms(*OUTCOME_ROOMS)
def next_worse_kernel(halves, worth, number):
    """Return the next outcome in order of utility, called from Python; see `next_worse`."""
    return next_worse(halves, worth, number)
