"""The rows of a large run or comparison before they are tables: kept until it is published, resumed after a kill.

They lie in a hidden folder beside the result, with the manifest of the request and a receipt for every second
or so: how many worlds are complete, how far each file is written, and the checksum of its bytes. Files are
fsynced before their receipt, so that a process that dies at any moment loses no world that a receipt counts.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sim.errors import SimError
from sim.study.results.appended_file import DamagedFile
from sim.study.results.durable_files import disk_errors, sync
from sim.study.results.manifest import NUMERIC_LIBRARIES, read_manifest, write_manifest
from sim.study.results.owned_folders import (
    MANIFEST,
    RECEIPTS,
    append_receipt,
    check_no_links,
    remove_known,
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


class CannotResume(SimError):
    """Rows that are of another request, or damaged: `force` deletes them, unlike those a disk refuses.

    `lines` say what differs.
    """

    def __init__(self, message: str, lines: str = ""):
        super().__init__(message)
        self.lines = lines


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

        None if there is nothing to resume. Raises SimError if it is of another request, or damaged.
        """
        if self._record is None or not os.path.lexists(self.folder):
            return None
        with self._or_start_again():
            receipt = self._read_receipt(self._record)
            if not receipt["worlds"]:
                remove_unfinished(self.folder)
                return None
            self.worlds = int(receipt["worlds"])
            write_manifest(self.folder, self._record)
            return receipt
        return None

    def _read_receipt(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the last receipt; raises CannotResume if it is not one of the request that is asked for."""
        check_no_links(self.folder)
        if not self.folder.is_dir():
            raise SimError(f"{self.folder}: want a folder, for rows of {self._target}; remove it")
        has_rows = any(path.suffix in (".arrows", ".floats") for path in self.folder.iterdir())
        if not has_rows and not os.path.lexists(self.folder / MANIFEST):  # killed as it was made
            return {"worlds": 0}
        found = self._read_manifest()
        receipts = deque(valid_receipts(self.folder), maxlen=1)
        if not receipts:
            # There is one before there are rows.
            if not has_rows:
                return {"worlds": 0}
            raise CannotResume(f"{self.folder / RECEIPTS}: missing or damaged")
        (receipt,) = receipts
        changed = list(_differences(found, asked, receipt))
        if changed and receipt["worlds"]:
            lines = differences_text(changed, self.folder / MANIFEST)
            raise CannotResume(f"{self.folder}: unfinished rows of another request", lines)
        return receipt

    def _read_manifest(self) -> Mapping[str, Any]:
        try:
            found = read_manifest(self.folder)
        except SimError as error:
            if isinstance(error.__cause__, OSError) and (self.folder / MANIFEST).exists():
                raise  # the disk does not give it
            raise CannotResume(str(error)) from error
        if found["files"]:
            raise SimError(f"{self.folder}: is a result itself, and its name is needed; rename it")
        return found

    @contextmanager
    def _or_start_again(self) -> Iterator[None]:
        """Say what helps if rows cannot be resumed; with `force`, delete them and continue."""
        try:
            yield
        except CannotResume as error:
            self.worlds = 0
            if not self._force:
                choice = "choose another `out`, or start again with `force=True`"
                raise SimError(
                    f"{error}, so {self._target} is not resumed; {choice}{error.lines}"
                ) from error
            remove_unfinished(self.folder)

    @contextmanager
    def restoring(self) -> Iterator[None]:
        """Turn damage of files into one error that says what helps; with `force`, start again."""
        with self._or_start_again():
            try:
                yield
            except DamagedFile as error:
                raise CannotResume(str(error)) from error

    def create(self) -> None:
        """Make the folder, with the manifest and a receipt of no world; raises SimError."""
        with disk_errors(self.folder):
            self.folder.mkdir()
            self._created = True
            if self._record is not None:
                write_manifest(self.folder, self._record)
                append_receipt(self.folder, {"worlds": 0})
                sync(self.folder)
                sync(self.folder.parent)

    @property
    def resumable(self) -> bool:
        """Whether anything could resume what is kept."""
        return self._record is not None

    def add_receipt(self, worlds: int, about: Mapping[str, Any]) -> None:
        """Declare that so many worlds are complete and on disk; raises SimError."""
        with disk_errors(self.folder):
            sync(self.folder)  # which has the names of files
        append_receipt(self.folder, {"worlds": worlds, **about})
        self.worlds = worlds

    def remove(self) -> None:
        """Delete the rows: they are tables now, or no receipt counts them. What a stranger put there stays."""
        remove_known(self.folder)
        self.worlds = 0

    def __enter__(self) -> UnfinishedRows:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Delete rows that no receipt counts."""
        if error is not None and self._created and not self.worlds:
            self.remove()

    def advise(self, error: SimError) -> SimError:
        """Return an error of the disk with the advice that what is complete can be resumed, if it can."""
        if type(error) is not SimError or not self.worlds or not self.folder.is_dir():
            return error
        kept = f"{self.worlds} worlds are complete, and the same request with `out` {self._target} resumes them"
        return SimError(f"{error}; {kept}")


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
