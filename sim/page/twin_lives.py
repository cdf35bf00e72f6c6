"""Two lives of one tie side by side, month by month, and the month in which they part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sim.page.watched_model import Entry, Life
from sim.render.story.life import describe_quiet_months

SentencesOfBoth = tuple[tuple[str, ...], tuple[str, ...]]


class Stretch(NamedTuple):
    """Some months in a row with their sentences under each regime; `loud` if there are events.

    `parts` is the number of the first sentence that differs if the lives part here, else -1.
    """

    first: int
    last: int
    sentences: SentencesOfBoth
    loud: tuple[bool, bool]
    parts: int


def month_of_parting(first: Life, second: Life) -> int | None:
    """Return the first month whose events (bit for bit) or service differ, or None if none does."""
    for mine, yours in zip(first.entries, second.entries, strict=True):
        if mine.facts != yours.facts or mine.service != yours.service:
            return mine.period
    return None


def side_by_side(left: Life, right: Life) -> list[Stretch]:
    """Return both lives in stretches: each eventful month alone, quiet months in a row together."""
    months = list(zip(left.entries, right.entries, strict=True))
    where = month_of_parting(left, right)
    found = []
    for first, last in _stretches(months, where):
        mine, yours = months[first : last + 1], (left.words, right.words)
        sentences = tuple(_sentences(yours[k], [month[k] for month in mine]) for k in range(2))
        loud = tuple(bool(mine[0][k].sentences) for k in range(2))
        parts = _first_difference(sentences) if first == where else -1  # type: ignore[arg-type]
        found.append(Stretch(first, last, sentences, loud, parts))  # type: ignore[arg-type]
    return found


def _stretches(months: list[tuple[Entry, Entry]], where: int | None) -> Iterator[tuple[int, int]]:
    """Yield first and last month of every stretch."""
    start = 0
    for k in range(1, len(months) + 1):
        if k < len(months) and k != where and _continues_quietly(months[k - 1], months[k]):
            continue
        yield start, k - 1
        start = k


def _continues_quietly(before: tuple[Entry, Entry], month: tuple[Entry, Entry]) -> bool:
    """Return whether a month is quiet and in the same state as the month before, in both lives."""
    return all(
        not was.sentences and not now.sentences and was.service == now.service
        for was, now in zip(before, month, strict=True)
    )


def _sentences(words: object, entries: list[Entry]) -> tuple[str, ...]:
    first, last = entries[0], entries[-1]
    if first.sentences:
        return first.sentences
    sentence = describe_quiet_months(words, last.service, first.standing[0], last.standing[1])  # type: ignore[arg-type]
    return (sentence[0].upper() + sentence[1:],)


def _first_difference(sentences: SentencesOfBoth) -> int:
    """Return the number of the first sentence that differs between the lives."""
    for k, (mine, yours) in enumerate(zip(*sentences, strict=False)):
        if mine != yours:
            return k
    return min(len(sentences[0]), len(sentences[1]))
