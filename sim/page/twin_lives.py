"""Two lives of one tie, laid beside each other month by month, and where they part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sim.page.watched_model import Entry, Life
from sim.render.story.life import describe_quiet_months

Both = tuple[tuple[str, ...], tuple[str, ...]]


class Stretch(NamedTuple):
    """Some months, what is told of them under either regime, and which sentences are loud.

    `parts` is the number of the first sentence that differs where the lives part here, else -1.
    """

    first: int
    last: int
    said: Both
    loud: tuple[bool, bool]
    parts: int


def parting(one: Life, two: Life) -> int | None:
    """Return the first month whose events or service differ, to the last bit; None if none does."""
    for mine, yours in zip(one.entries, two.entries, strict=True):
        if mine.facts != yours.facts or mine.how != yours.how:
            return mine.period
    return None


def side_by_side(one: Life, two: Life) -> list[Stretch]:
    """Return both lives in stretches: an eventful month by itself, quiet ones in a row together."""
    months = list(zip(one.entries, two.entries, strict=True))
    where = parting(one, two)
    found = []
    for first, last in _cuts(months, where):
        mine, yours = months[first : last + 1], (one.words, two.words)
        said = tuple(_told(yours[k], [month[k] for month in mine]) for k in range(2))
        loud = tuple(bool(mine[0][k].said) for k in range(2))
        parts = _differ(said) if first == where else -1  # type: ignore[arg-type]
        found.append(Stretch(first, last, said, loud, parts))  # type: ignore[arg-type]
    return found


def _cuts(months: list[tuple[Entry, Entry]], where: int | None) -> Iterator[tuple[int, int]]:
    """Yield first and last month of every stretch."""
    start = 0
    for k in range(1, len(months) + 1):
        if k < len(months) and k != where and _same(months[k - 1], months[k]):
            continue
        yield start, k - 1
        start = k


def _same(before: tuple[Entry, Entry], month: tuple[Entry, Entry]) -> bool:
    """Say whether a month goes on as quietly as the one before it."""
    return all(
        not was.said and not now.said and was.how == now.how
        for was, now in zip(before, month, strict=True)
    )


def _told(words: object, entries: list[Entry]) -> tuple[str, ...]:
    first, last = entries[0], entries[-1]
    if first.said:
        return first.said
    said = describe_quiet_months(words, last.how, first.standing[0], last.standing[1])  # type: ignore[arg-type]
    return (said[0].upper() + said[1:],)


def _differ(said: Both) -> int:
    """Return the number of the first sentence that differs."""
    for k, (mine, yours) in enumerate(zip(*said, strict=False)):
        if mine != yours:
            return k
    return min(len(said[0]), len(said[1]))
