"""A result folder: written under a hidden name, fsynced, and renamed once it is complete."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import TracebackType

from sim.errors import SimError
from sim.files import is_link
from sim.study.results.durable_files import disk_errors, short_reason, sync
from sim.study.results.lock import FolderInUse, Lock, remove_empty
from sim.study.results.owned_folders import (
    MANIFEST,
    ROWS_OF_BLOCKS,
    check_replaceable,
    is_replaceable,
    remove_result,
    remove_unfinished,
)
from sim.study.results.unfinished import remove_published_rows

# Errors of the operating system that the user can do something about; others are bugs and propagate.
DISK_REFUSALS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG}


def default_target(scenario: str) -> Path:
    """Return the default folder `results/<scenario>/<time in UTC>`, relative to the current one."""
    return Path("results", scenario, f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}")


class Folder:
    """A context manager for the folder of one result, visible under its name only once it is complete.

    Inside the block, files are written to `path`, a hidden sibling; at the end it is fsynced and
    renamed to `target`. An existing target is refused. With `force`, an earlier result of this tool is
    replaced, provided that it holds nothing else, and only once the new one is complete. With
    `out=None` the target is `results/<scenario>/<time>`, made unique by a suffix.

    If the block raises, nothing is left: no target, and no parent folder that was created for it.
    After Ctrl-C, catch it, call `finish_partial`, write what is complete and leave the block normally.
    Leftovers of a killed run are deleted by the next run with the same target. Raises SimError.
    """

    def __init__(self, out: str | Path | None, scenario: str = "result", *, force: bool = False):
        self._out, self._scenario = out, scenario
        self.target = default_target(scenario) if out is None else Path(out)
        self.force, self.complete = force, True
        self._when_published: list[Callable[[Path], object]] = []
        self._lock: Lock | None = None

    @property
    def path(self) -> Path:
        """The folder to write to until the block ends; a hidden sibling of the target."""
        return hidden_sibling(self.target, "partial")

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def finish_partial(self) -> None:
        """Mark the result as incomplete; the folder is kept, and its manifest will say so."""
        self.complete = False

    def when_published(self, call: Callable[[Path], object]) -> None:
        """Call with the target once it has its name, before anybody else may write to it."""
        self._when_published.append(call)

    def __enter__(self) -> Folder:
        self.target, self._lock = reserve(self._out, self._scenario)
        with disk_errors(self.target):
            try:
                remove_leftovers(self.target)
                check_target(self.target, force=self.force)
                self.path.mkdir()
            except BaseException:
                self._release()
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Publish the folder under its final name, or delete it if the block raised an error."""
        try:
            if error is None:
                with disk_errors(self.target):
                    _sync_tree(self.path)
                    # Check again: somebody may have written into the old target in the meantime.
                    check_target(self.target, force=self.force)
                    replace_folder(self.path, self.target)
                for call in self._when_published:
                    call(self.target)
        finally:
            shutil.rmtree(self.path, ignore_errors=True)
            self._release()
        if isinstance(error, OSError) and self._was_refused(error):
            raise SimError(f"{self.target}: cannot write: {short_reason(error)}") from error

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _was_refused(self, error: OSError) -> bool:
        """Return whether the system refused to write to the folder, so that the user can correct it."""
        inside = str(error.filename or "").startswith(str(self.path))
        return inside or error.errno in DISK_REFUSALS


def reserve(out: str | Path | None, scenario: str) -> tuple[Path, Lock]:
    """Return the target of a result and its lock, which is held; the caller has to release it.

    A default name (`out=None`) gets a suffix until it is free. Raises Busy if another process is
    writing to `out`, and SimError if the folder cannot be created.
    """
    wanted = default_target(scenario) if out is None else Path(out)
    target = wanted if wanted.name not in ("", "..") else wanted.resolve()
    if not target.name:
        raise SimError(f"{target}: cannot be a result: want the name of a new folder")
    with disk_errors(target):
        for nth in count(2):
            try:
                lock = _take_lock(target)
                if out is not None or not target.exists():
                    break
                lock.release()
            except FolderInUse:
                if out is not None:
                    raise
            target = wanted.with_name(f"{wanted.name}-{nth}")
    return target, lock


def _take_lock(target: Path) -> Lock:
    """Return the lock of a target, held; parent folders created for it are deleted if they stay empty."""
    # Another run may delete its empty parent folders between `mkdir` and the opening of the lock file,
    # so that is tried again a few times.
    lock, tries = Lock(hidden_sibling(target, "lock"), str(target)), 3
    while True:
        missing = [p for p in target.parents if not os.path.lexists(p)]
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _check_lock_file(lock.path)
            lock.take()
        except BaseException as error:
            remove_empty(missing)
            tries -= 1
            if isinstance(error, FileNotFoundError) and tries:
                continue
            raise
        lock.created = missing
        return lock


def _check_lock_file(path: Path) -> None:
    """Raise SimError if the lock file is a link, a pipe or anything but an ordinary file."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise SimError(f"{path}: want an ordinary file, to keep other writers away; remove it")


def check_target(target: Path, *, force: bool) -> None:
    """Raise SimError unless `target` does not exist, or is replaceable and `force` is given."""
    if not os.path.lexists(target):
        return
    if not force:
        raise SimError(f"{target}: already exists; {advise_on_existing(target, 'replace it')}")
    if not is_link(target) and not os.path.lexists(target / MANIFEST):
        raise SimError(f"{target}: holds no {MANIFEST}, so it is not replaced; remove it yourself")
    check_replaceable(target)


def advise_on_existing(target: Path, again: str) -> str:
    """Return the advice for a target that exists; it mentions `force` only if that would help.

    `again` is what `force` would do, as in "replace it".
    """
    other = "choose another `out`"
    return f"{other}, or {again} with `force=True`" if is_replaceable(target) else other


def replace_folder(new: Path, target: Path) -> None:
    """Rename `new` to `target`; an earlier target is set aside first and deleted last.

    A rename cannot replace a folder that is not empty, so there is a moment without a target. If the
    process dies in it, `remove_leftovers` renames the old one back.
    """
    old = hidden_sibling(target, "old")
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    sync(target.parent)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def place_to_recompute(result: Path) -> Iterator[Path]:
    """Yield the name of a hidden sibling of a result, free to compute it again in, and delete it at the end.

    What a killed process left there is deleted first. It is in the system's temporary folder if nothing can be
    written beside the result. Raises SimError, FolderInUse if another process computes the same result again.
    """
    result = result.resolve()
    if not os.access(result.parent, os.W_OK):
        with tempfile.TemporaryDirectory() as parent:
            yield Path(parent, "again")
        return
    again = hidden_sibling(result, "rerun")
    # A study that is run in it takes the lock of its own name.
    lock = Lock(hidden_sibling(result, "rerun.lock"), str(again))
    with disk_errors(again):
        _check_lock_file(lock.path)
        lock.take()
    try:
        remove_unfinished(again)
        try:
            yield again
        finally:
            shutil.rmtree(again, ignore_errors=True)
    finally:
        lock.release()


def hidden_sibling(target: Path, what: str) -> Path:
    """Return a hidden sibling of a target; `what` is lock, partial (unfinished), rows, old (set aside) or rerun."""
    return target.with_name(f".{target.name}.{what}")


def remove_leftovers(target: Path) -> None:
    """Delete what a killed run left behind, and restore a target that it had set aside."""
    old = hidden_sibling(target, "old")
    if os.path.lexists(target):
        remove_result(old)
    elif os.path.lexists(old):
        if is_link(old):
            raise SimError(f"{old}: is a symbolic link; remove it yourself")
        old.rename(target)
    remove_unfinished(hidden_sibling(target, "partial"))
    remove_published_rows(hidden_sibling(target, ROWS_OF_BLOCKS), target)


def _sync_tree(folder: Path) -> None:
    for root, _, files in os.walk(folder):
        for name in files:
            sync(Path(root, name))
        sync(Path(root))
