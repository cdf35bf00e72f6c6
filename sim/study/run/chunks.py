"""Chunks: the units of a study's work, each some worlds of one point under every regime."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sim.study.design.definition import Point, Study

CHUNK_TIE_MONTHS = 1_000_000  # about a second of one core: long against starting and saving it
_NAME = re.compile(r"part-(\d+)-(\d+)")


class Chunk(NamedTuple):
    """Worlds `first` to `first + worlds − 1` of one point, under every regime of the study.

    `months` is its size in tie-months over all regimes.
    """

    point: int
    first: int
    worlds: int
    values: dict[str, Any]
    labels: tuple[Any, ...]
    months: int

    @property
    def name(self) -> str:
        """Return the name of its part: point and first world."""
        return f"part-{self.point:05d}-{self.first:07d}"


def make_chunk(study: Study, point: Point, first: int, count: int) -> Chunk:
    """Return the chunk of `count` worlds of a point from world `first` on, under all regimes."""
    months = count * point.work * len(study.regimes)  # tie-months, the unit of work
    return Chunk(point.number, first, count, point.values, point.labels, months)


def worlds_per_chunk(study: Study, point: Point, wanted: int | None = None) -> int:
    """Return the number of worlds in a chunk of a point: `wanted`, or as many as make a second's work."""
    return wanted or max(1, CHUNK_TIE_MONTHS // max(1, point.work * len(study.regimes)))


class EarlierParts(NamedTuple):
    """What an earlier run computed: (first world, count) of its parts by point, and the failed points."""

    parts: Mapping[int, list[tuple[int, int]]]
    failed: frozenset[str]


def earlier_parts(worlds: Mapping[str, int], failed: Iterable[str]) -> EarlierParts:
    """Return the work of an earlier run, given the worlds of each part by name, and failed points."""
    parts: dict[int, list[tuple[int, int]]] = {}
    for name, count in sorted(worlds.items()):
        if match := _NAME.fullmatch(name):
            parts.setdefault(int(match[1]), []).append((int(match[2]), count))
    return EarlierParts(parts, frozenset(failed))


def split_range(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield (first, count) of consecutive ranges of at most `size` from `start` up to `stop`."""
    yield from ((first, min(size, stop - first)) for first in range(start, stop, size))


def earlier_ranges(
    earlier: EarlierParts, point: Point, start: int, stop: int, size: int
) -> Iterator[tuple[int, int]]:
    """Yield (first, count) of a point's earlier parts between `start` and `stop`.

    If the point failed, the worlds that it had not reached are yielded too, so that it fails again.
    """
    done = earlier.parts.get(point.number, [])
    yield from ((first, count) for first, count in done if start <= first < stop)
    if point.name in earlier.failed:
        for at, before in uncovered_ranges(done, start, stop):
            yield from split_range(at, before, size)


def uncovered_ranges(
    done: Iterable[tuple[int, int]], start: int, stop: int
) -> Iterator[tuple[int, int]]:
    """Yield (from, before) of the worlds from `start` up to `stop` that no range in `done` covers.

    Example:
        >>> list(uncovered_ranges([(0, 2), (4, 1)], 0, 6))
        [(2, 4), (5, 6)]
    """
    at = start
    for first, count in sorted(done):
        if first > at:
            yield at, min(first, stop)
        at = max(at, first + count)
        if at >= stop:
            return
    if at < stop:
        yield at, stop
