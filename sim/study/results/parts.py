"""The parts of a study on disk, and their receipts.

A part counts only if `receipts.jsonl` has a receipt of it with a valid checksum and the file has the
digest of that receipt. Parts are renamed into place before their receipt is appended, so a process
that dies at any moment leaves at worst a part without receipt, which is deleted and recomputed.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import SimError
from sim.files import read_text
from sim.study.results.digest import digest_file
from sim.study.results.durable_files import write_text
from sim.study.results.folder import hidden_sibling
from sim.study.results.owned_folders import (
    FAILED,
    PARTS,
    append_receipt,
    is_part_name,
    part_files,
    remove_result,
    valid_receipts,
)  # fmt: skip


class Range(NamedTuple):
    """Worlds `first` to `first + worlds − 1` of a point."""

    point: int
    first: int
    worlds: int


class StoredWorlds(NamedTuple):
    """Where some worlds of a point are: `worlds` from `first` on, in a part, after `before` other worlds."""

    first: int
    worlds: int
    part: str
    before: int


class PointRun(NamedTuple):
    """Worlds of consecutive points that follow each other in a part, `worlds` of each from `first` on."""

    point: int
    points: int
    first: int
    worlds: int
    part: str
    before: int

    def start(self) -> int:
        """Return the number of the first point."""
        return self.point

    def of(self, point: int) -> StoredWorlds:
        """Return where the worlds of one of the points are."""
        before = self.before + (point - self.point) * self.worlds
        return StoredWorlds(self.first, self.worlds, self.part, before)


@dataclass
class Parts:
    """The parts of a study on disk: one Parquet file per chunk, each with a receipt once complete.

    `plan` is the digest of everything that decides the study's numbers; receipts of another plan are
    ignored. `receipts` are those of complete parts, by the part's name. `damaged` names the parts
    whose bytes differ from their receipt, `missing` those whose file is gone. Receipts are only ever
    appended.
    """

    target: Path
    plan: str
    receipts: dict[str, Receipt] = field(default_factory=dict)
    damaged: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    _places: dict[int, list[StoredWorlds]] = field(default_factory=dict)
    _runs: list[PointRun] = field(default_factory=list)
    _longest: int = 0

    def path(self, name: str) -> Path:
        """Return the path of a part's file."""
        return self.target / PARTS / f"{name}.parquet"

    def verify(self) -> None:
        """Find the complete parts by the digests in their receipts; sets all attributes above."""
        part_files(self.target)  # raises SimError if a part's name is taken by something else
        found = self.receipts_on_disk()
        checked = {name: self._is_intact(name, receipt.sha256) for name, receipt in found.items()}
        self.forget()
        for name, receipt in found.items():
            if checked[name]:
                self._remember(name, receipt)
        self.damaged = tuple(sorted(name for name, good in checked.items() if good is False))
        self.missing = tuple(sorted(name for name, good in checked.items() if good is None))

    def forget(self) -> None:
        """Hold the receipts no longer; `verify` reads them again."""
        self.receipts, self._places, self._runs, self._longest = {}, {}, [], 0

    def receipts_on_disk(self) -> dict[str, Receipt]:
        """Return the receipts of this plan by part, whether or not the parts are as they say."""
        lines = valid_receipts(self.target)
        return {r["part"]: _parse_receipt(r) for r in lines if r.get("plan") == self.plan}

    def places(self, point: int) -> Sequence[StoredWorlds]:
        """Return where the worlds of a point are, in complete parts, sorted by their first world."""
        alone = self._places.get(point, ())
        low = bisect_left(self._runs, point - self._longest + 1, key=PointRun.start)
        high = bisect_right(self._runs, point, lo=low, key=PointRun.start)
        shared = [run.of(point) for run in self._runs[low:high] if point < run.point + run.points]
        return sorted([*alone, *shared]) if shared else alone

    def covered(self, point: int) -> list[tuple[int, int]]:
        """Return (first world, number of worlds) of every complete part of a point, sorted."""
        return [place[:2] for place in self.places(point)]

    def add(self, name: str, receipt: Receipt) -> None:
        """Append the receipt of a part whose file is on disk; from then on it is complete."""
        about = receipt._asdict()
        line = {"part": name, "plan": self.plan, "ranges": about.pop("packed"), **about}
        append_receipt(self.target, line)
        self._remember(name, receipt)

    def _remember(self, name: str, receipt: Receipt) -> None:
        self.receipts[name] = receipt
        before = 0
        for point, points, first, worlds in receipt.packed:
            if points == 1:
                place = StoredWorlds(first, worlds, name, before)
                insort(self._places.setdefault(point, []), place)
            else:  # not one by one: a part may have hundreds of points
                insort(self._runs, PointRun(point, points, first, worlds, name, before))
                self._longest = max(self._longest, points)
            before += points * worlds

    def record_failure(self, name: str, report: Mapping[str, Any]) -> None:
        """Write the report of a point that failed."""
        (self.target / FAILED).mkdir(exist_ok=True)
        _write_json(self.target / FAILED / f"{name}.json", report)

    def failures(self) -> dict[str, dict[str, Any]]:
        """Return the reports of all points that failed, by the point's name."""
        found = {}
        for path in sorted((self.target / FAILED).glob("point-*.json")):
            try:
                report = json.loads(read_text(path))
            except (OSError, ValueError, RecursionError):
                report = None
            found[path.stem] = (
                report if isinstance(report, dict) else {"error": "its report cannot be read"}
            )
        return found

    def clear_failure(self, name: str) -> None:
        """Delete the failure report of a point, if there is one."""
        (self.target / FAILED / f"{name}.json").unlink(missing_ok=True)

    def delete_unreceipted(self) -> None:
        """Delete parts without a valid receipt: left by a crash, or cut by another chunk size."""
        (self.target / PARTS).mkdir(exist_ok=True)
        complete = {f"{name}.parquet" for name in self.receipts}
        for path in (self.target / PARTS).iterdir():
            if is_part_name(path.name) and path.name not in complete:
                path.unlink(missing_ok=True)

    def discard_replaced(self) -> None:
        """Delete the earlier result that `force` set aside, unless it has been changed since."""
        with suppress(SimError, OSError):
            remove_result(hidden_sibling(self.target, "old"))

    def _is_intact(self, name: str, digest: str) -> bool | None:
        """Return whether a part's file has this digest; None if there is no file."""
        try:
            return digest_file(self.path(name)) == digest
        except OSError:
            return None if not self.path(name).exists() else False


class Receipt(NamedTuple):
    """The receipt of a complete part: its worlds, its digest, and its cost.

    `packed` are its worlds in the order of its rows, as `packed` packs them. `size` is in bytes, `seconds` is the
    time it took to compute.
    """

    packed: Sequence[Sequence[int]]
    sha256: str
    rows: int
    size: int
    seconds: float

    @property
    def worlds(self) -> int:
        """Return the number of its worlds, over all points."""
        return sum(int(points * worlds) for _, points, _, worlds in self.packed)

    @property
    def ranges(self) -> tuple[Range, ...]:
        """Return its worlds point by point, in the order of its rows."""
        return unpacked(self.packed)


def _parse_receipt(line: Mapping[str, Any]) -> Receipt:
    # Until a part could hold several points, a receipt named its only one.
    ranges = line.get("ranges") or [(line["point"], 1, line["first"], line["worlds"])]
    rows, size, seconds = int(line["rows"]), int(line["size"]), float(line["seconds"])
    runs = [[int(point), int(points), int(at), int(n)] for point, points, at, n in ranges]
    return Receipt(runs, str(line["sha256"]), rows, size, seconds)


def packed(ranges: Iterable[Range]) -> list[list[int]]:
    """Return ranges as [point, points, first, worlds], one for consecutive points with the same worlds.

    Example:
        >>> packed([Range(0, 0, 4), Range(1, 0, 4), Range(2, 4, 4)])
        [[0, 2, 0, 4], [2, 1, 4, 4]]
    """
    found: list[list[int]] = []
    for point, first, worlds in ranges:
        if found and [point, first, worlds] == [found[-1][0] + found[-1][1], *found[-1][2:]]:
            found[-1][1] += 1
        else:
            found.append([point, 1, first, worlds])
    return found


def unpacked(lines: Iterable[Sequence[int]]) -> tuple[Range, ...]:
    """Return the ranges that `packed` packed."""
    return tuple(
        Range(point + n, first, worlds)
        for point, points, first, worlds in lines
        for n in range(points)
    )


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n")
