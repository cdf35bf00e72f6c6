"""Chunks: the units of a study's work, some worlds of one point or of many, under every regime.

A point of many worlds has several chunks. Many small points share one, so that a study of a hundred thousand
points has some hundred parts. Which points belong together depends on the study alone, never on workers or
on what is complete already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sim.study.design.definition import Point, Study
from sim.study.results.parts import Range

CHUNK_TIE_MONTHS = 1_000_000  # about a second of one core: long against starting and saving it
ONE_EACH = 128  # up to so many points each has a part of its own; more share so many parts
# A large study is cut into at least so many parts, so that little is lost if it ends early.
FEWEST_PARTS = 200


class Piece(NamedTuple):
    """Worlds `first` to `first + worlds − 1` of one point."""

    point: int
    first: int
    worlds: int
    values: dict[str, Any]
    labels: tuple[Any, ...]


class Chunk(NamedTuple):
    """Some worlds of one or more points, under every regime of the study.

    `months` is its size in tie-months over all regimes.
    """

    pieces: tuple[Piece, ...]
    months: int

    @property
    def name(self) -> str:
        """Return the name of its part: its first point, and the first world of that."""
        return f"part-{self.pieces[0].point:05d}-{self.pieces[0].first:07d}"

    @property
    def points(self) -> tuple[int, ...]:
        """Return the numbers of its points, each once, in order."""
        return tuple(dict.fromkeys(piece.point for piece in self.pieces))

    @property
    def worlds(self) -> int:
        """Return the number of its worlds, over all points."""
        return sum(piece.worlds for piece in self.pieces)

    @property
    def ranges(self) -> tuple[Range, ...]:
        """Return the worlds of its pieces."""
        return tuple(Range(*piece[:3]) for piece in self.pieces)


def make_chunk(study: Study, point: Point, first: int, count: int) -> Chunk:
    """Return the chunk of `count` worlds of a point from world `first` on, under all regimes."""
    return chunk_of(study, [(point, first, count)])


def chunk_of(study: Study, parts: Sequence[tuple[Point, int, int]]) -> Chunk:
    """Return the chunk of (point, first world, number of worlds), under all regimes."""
    pieces = tuple(Piece(p.number, first, n, p.values, p.labels) for p, first, n in parts)
    tie_months = sum(n * p.work for p, _, n in parts) * len(study.regimes)  # the unit of work
    return Chunk(pieces, tie_months)


def worlds_per_chunk(study: Study, point: Point, wanted: int | None = None) -> int:
    """Return the most worlds of a point in one chunk: `wanted`, or as many as make a second's work."""
    return wanted or max(1, CHUNK_TIE_MONTHS // max(1, point.work * len(study.regimes)))


def points_per_chunk(study: Study, wanted: int | None = None) -> int:
    """Return how many points, counted from the first, share a chunk; 1 in a study of few or large points.

    `wanted` is the number of worlds in a chunk, if the user chose it.
    """
    each = study.worlds * len(study.regimes)
    months = [point.work * each for point in study.points]
    largest, total = max(months, default=1), sum(months)
    most = max(CHUNK_TIE_MONTHS, total // FEWEST_PARTS) // max(1, largest)
    if wanted is not None:
        most = min(most, wanted // study.worlds)
    return max(1, min(most, -(-len(study.points) // ONE_EACH)))


class EarlierParts(NamedTuple):
    """What an earlier run computed: the worlds of each of its parts, and the failed points."""

    parts: Sequence[Sequence[Range]]
    failed: frozenset[str]


def split_range(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield (first, count) of consecutive ranges of at most `size` from `start` up to `stop`."""
    yield from ((first, min(size, stop - first)) for first in range(start, stop, size))


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
