"""The rows of a large run or comparison before they are tables: kept until it is published, resumed after a kill.

They lie in a hidden folder beside the result, with the manifest of the request and a receipt for every second
or so: how many worlds are complete, how far each file is written, and the checksum of its bytes. Files are
fsynced before their receipt, so that a process that dies at any moment loses no world that a receipt counts.
"""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sim.errors import SimError
from sim.study.results.durable_files import disk_errors
from sim.study.results.manifest import NUMERIC_LIBRARIES, read_manifest, write_manifest
from sim.study.results.owned_folders import (
    MANIFEST,
    append_receipt,
    check_no_links,
    remove_unfinished,
    valid_receipts,
)
from sim.study.results.request_differences import (
    difference_line,
    differences_text,
    flatten,
    normalise_numbers,
)

# What decides a row, in a manifest; worlds are numbered from 0 on, so that more of them may be asked for.
DECIDING = ("kind", "scenario", "source_digest", "strategies", "regimes", "control", "seed", "tables", "design")  # fmt: skip
SOURCE = "the program itself has changed since it was started"


class UnfinishedRows:
    """The folder of rows of one request; `record` is the manifest of `start_manifest`.

    `target` is the result that they will be. With `force`, what another request left, or is damaged, is
    deleted. Without a record nothing resumes them.
    """

    def __init__(
        self,
        folder: Path,
        target: Path,
        record: Mapping[str, Any] | None = None,
        *,
        force: bool = False,
    ):
        self.folder, self._target = folder, target
        self._record, self._force = record, force
        self.worlds = 0  # complete according to the last receipt
        self._created = False

    def last_receipt(self) -> Mapping[str, Any] | None:
        """Return what was complete when an earlier process of the same request was last sure of it.

        None if there is nothing to resume: what may lie there without a receipt is deleted. Raises SimError
        if it is of another request.
        """
        if not os.path.lexists(self.folder):
            return None
        with self._or_start_again():
            check_no_links(self.folder)
            receipt = next(iter(deque(valid_receipts(self.folder), maxlen=1)), None)
            if receipt is None or self._record is None:
                remove_unfinished(self.folder)
                return None
            changed = list(_differences(read_manifest(self.folder), self._record, receipt))
            if changed:
                lines = differences_text(changed, self.folder / MANIFEST)
                raise SimError(
                    f"{self._target}: an unfinished result of another request is kept beside it; choose another"
                    f" `out`, or start again with `force=True`{lines}"
                )
            self.worlds = int(receipt["worlds"])
            write_manifest(self.folder, self._record)
            return receipt
        return None

    @contextmanager
    def _or_start_again(self) -> Iterator[None]:
        """With `force`, delete the folder if its rows cannot be resumed, instead of raising SimError."""
        try:
            yield
        except SimError:
            if not self._force:
                raise
            remove_unfinished(self.folder)

    @contextmanager
    def restoring(self) -> Iterator[None]:
        """Turn damage of files into one error that says what helps; with `force`, start again."""
        with self._or_start_again():
            try:
                yield
                return
            except SimError as error:
                self.worlds = 0
                raise SimError(f"{error}; start again with `force=True`") from None

    def create(self) -> None:
        """Make the folder, with the manifest; raises SimError."""
        with disk_errors(self.folder):
            self.folder.mkdir()
        self._created = True
        if self._record is not None:
            write_manifest(self.folder, self._record)

    def add_receipt(self, worlds: int, about: Mapping[str, Any]) -> None:
        """Declare that so many worlds are complete and on disk; raises SimError."""
        if self._record is not None:
            append_receipt(self.folder, {"worlds": worlds, **about})
            self.worlds = worlds

    def remove(self) -> None:
        """Delete the folder: its rows are tables now, or there are none that a receipt counts."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> UnfinishedRows:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Delete rows that no receipt counts; add to an error that all others can be resumed."""
        if error is None:
            return
        if self._created and not self.worlds:
            self.remove()
        elif self.worlds and isinstance(error, SimError):
            kept = f"the same request with `out` {self._target} resumes it from {self.worlds} complete worlds"
            raise SimError(f"{error}; {kept}") from error


def remove_published_rows(rows: Path, target: Path) -> None:
    """Delete rows that a process left which was killed once its result was published as `target`."""
    if not (os.path.lexists(rows / MANIFEST) and os.path.lexists(target / MANIFEST)):
        return
    try:
        published = read_manifest(target)["start"] == read_manifest(rows)["start"]
    except SimError:  # what is wrong is said when they are used
        return
    if published:
        remove_unfinished(rows)


def _differences(
    found: Mapping[str, Any], asked: Mapping[str, Any], receipt: Mapping[str, Any]
) -> Iterator[str]:
    """Yield a line for each difference that changes a row, or leaves complete worlds out."""
    there, here = (flatten(normalise_numbers(_deciding(record))) for record in (found, asked))
    for key in dict.fromkeys([*there, *here]):
        if there.get(key) != here.get(key):
            one, other = there.get(key, "nothing"), here.get(key, "nothing")
            yield SOURCE if key == "source_digest" else difference_line(key, one, other)
    if receipt["worlds"] > asked["worlds"]["asked"]:
        yield difference_line("worlds", f"{receipt['worlds']} complete", asked["worlds"]["asked"])


def _deciding(record: Mapping[str, Any]) -> dict[str, Any]:
    versions = {name: record["versions"].get(name) for name in ("python", *NUMERIC_LIBRARIES)}
    return {**{key: record.get(key, "") for key in DECIDING}, "versions": versions}
