"""Chunks: a study's work in numbered pieces, each some worlds of one point under every regime."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from sim.study.points import Point, Study

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


def chunk(study: Study, point: Point, first: int, count: int) -> Chunk:
    """Return one chunk; `months` are its tie-months."""
    months = count * point.work * len(study.regimes)
    return Chunk(point.number, first, count, point.values, point.labels, months)


def chunk_worlds(study: Study, point: Point, asked: int | None = None) -> int:
    """Return how many worlds a chunk of a point holds, unless `asked` says so."""
    return asked or max(1, CHUNK_TIE_MONTHS // max(1, point.work * len(study.regimes)))


def cuts_of(names: Iterable[str]) -> dict[int, list[int]]:
    """Return the first world of every named part, by point."""
    found: dict[int, list[int]] = {}
    for match in filter(None, map(_NAME.fullmatch, names)):
        found.setdefault(int(match[1]), []).append(int(match[2]))
    return found


def pieces(start: int, stop: int, size: int | list[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, count) of pieces from `start` to before `stop`: of at most `size`, or cut there."""
    cuts = range(start, stop, size) if isinstance(size, int) else sorted(size)
    firsts = [start, *(cut for cut in cuts if start < cut < stop), stop]
    yield from ((a, b - a) for a, b in pairwise(firsts))


def gaps(done: Iterable[tuple[int, int]], start: int, stop: int) -> Iterator[tuple[int, int]]:
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
