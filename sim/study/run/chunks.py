"""Chunks: a study's work in numbered pieces, each some worlds of one point under every regime."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sim.study.design.definition import Point, Study

CHUNK_TIE_MONTHS = 1_000_000  # about a second of one core: starting and saving it costs little
_NAME = re.compile(r"part-(\d+)-(\d+)")


class Chunk(NamedTuple):
    """Worlds `first` to `first + worlds − 1` of one point, under every regime of the study."""

    point: int
    first: int
    worlds: int
    values: dict[str, Any]
    labels: tuple[Any, ...]
    months: int

    @property
    def name(self) -> str:
        """Return the name its part carries."""
        return f"part-{self.point:05d}-{self.first:07d}"


def make_chunk(study: Study, point: Point, first: int, count: int) -> Chunk:
    """Return one chunk; `months` are its tie-months."""
    months = count * point.work * len(study.regimes)
    return Chunk(point.number, first, count, point.values, point.labels, months)


def worlds_per_chunk(study: Study, point: Point, asked: int | None = None) -> int:
    """Return how many worlds a chunk of a point holds, unless `asked` says so."""
    return asked or max(1, CHUNK_TIE_MONTHS // max(1, point.work * len(study.regimes)))


class EarlierParts(NamedTuple):
    """What an earlier run made: (first world, count) of its parts by point, and what failed."""

    parts: Mapping[int, list[tuple[int, int]]]
    failed: frozenset[str]


def earlier_parts(worlds: Mapping[str, int], failed: Iterable[str]) -> EarlierParts:
    """Return what was made, from the worlds of each part by its name and the points that failed."""
    parts: dict[int, list[tuple[int, int]]] = {}
    for name, count in sorted(worlds.items()):
        if match := _NAME.fullmatch(name):
            parts.setdefault(int(match[1]), []).append((int(match[2]), count))
    return EarlierParts(parts, frozenset(failed))


def split_range(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield (first, count) of pieces of at most `size` from `start` to before `stop`."""
    yield from ((first, min(size, stop - first)) for first in range(start, stop, size))


def earlier_ranges(
    made: EarlierParts, point: Point, start: int, stop: int, size: int
) -> Iterator[tuple[int, int]]:
    """Yield the pieces of a point that were made before; all of it where it failed."""
    there = made.parts.get(point.number, [])
    yield from ((first, count) for first, count in there if start <= first < stop)
    if point.name in made.failed:
        for at, before in uncovered_ranges(there, start, stop):
            yield from split_range(at, before, size)


def uncovered_ranges(
    done: Iterable[tuple[int, int]], start: int, stop: int
) -> Iterator[tuple[int, int]]:
    """Yield (from, before) of the worlds from `start` to before `stop` that no piece covers."""
    at = start
    for first, count in sorted(done):
        if first > at:
            yield at, min(first, stop)
        at = max(at, first + count)
        if at >= stop:
            return
    if at < stop:
        yield at, stop
