"""Resuming a study: whether a folder holds the same study, and what differs if not."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.errors import SimError
from sim.files import is_link
from sim.study.design.analysis import DESIGNS
from sim.study.design.definition import Drawn
from sim.study.results.digest import digest_data
from sim.study.results.durable_files import sync
from sim.study.results.folder import advise_on_existing, check_target, hidden_sibling
from sim.study.results.grown_study import (
    GROWN,
    GROWN_DIGEST,
    as_started,
    has_grown,
    is_resized,
    longer_lists,
    what_grows,
    why_not_grown,
    with_size_of,
)
from sim.study.results.manifest import NUMERIC_LIBRARIES, read_manifest, write_manifest
from sim.study.results.owned_folders import (
    MANIFEST,
    PARTS,
    REPORT,
    check_no_links,
    edited_files,
    remove_result,
    remove_unfinished,
)  # fmt: skip
from sim.study.results.parts import Parts
from sim.study.results.request_differences import (
    difference_line,
    differences_text,
    flatten,
    normalise_numbers,
)

STUDY_FILE = "study.toml"
LEFTOVERS = ("partial", "old")  # hidden siblings of a folder
DRAWN = "drawn"  # the digest of the points: reported only if nothing else differs
# Keys of a study file that decide numbers.
DECIDING_KEYS = ("design", "points", "grown_from", "rows", "of", "stop")


def open_sweep(
    target: Path, record: Mapping[str, Any], *, force: bool
) -> tuple[dict[str, Any], list[str]]:
    """Return the manifest of a study that may run in `target`, and notes for the user.

    A free target is created with the manifest in it; an existing folder of the same study is resumed,
    and grows if more points are asked for. With `force`, an existing result is set aside until the new
    study is complete. `record` is the manifest of `start_manifest`, and notes name libraries whose
    version has changed. Raises SimError if the target holds anything else. The caller must hold the
    target's lock.
    """
    if is_link(target):
        raise SimError(f"{target}: is a symbolic link; want the folder itself")
    remove_unfinished(hidden_sibling(target, "partial"))  # left by a session that was killed
    session = {k: record[k] for k in ("start", "command", "threads", "versions")}
    if force or not target.exists():
        check_target(target, force=force)
        design = {**record["design"], "digest": digest_data(_deciding_data(record))}
        design.pop(GROWN, None)  # whatever was to grow is no longer there
        fresh = {**record, "design": design, "sessions": [session]}
        create_folder(target, fresh)
        return fresh, []
    if not (target / MANIFEST).is_file():
        raise SimError(f"{target}: already exists and holds no sweep; choose another `out`")
    check_no_links(target)
    found = read_manifest(target)
    check_plan(found, target / MANIFEST)
    changed = sweep_differences(found, record)
    resized = is_resized(found, record)
    if resized and not sweep_differences(found, with_size_of(record, found)):
        _check_growth(target, found, record)
        design = {GROWN_DIGEST: _digest_of_grown(record)}
    elif changed:
        lines = differences_text(changed, target / MANIFEST)
        choice = advise_on_existing(target, "start again")
        raise SimError(f"{target}: holds another sweep; {choice}{lines}")
    else:
        design = {n: found["design"][n] for n in (GROWN, GROWN_DIGEST) if n in found["design"]}
    design = {**record["design"], **design, "digest": found["design"]["digest"]}
    # `study.toml` is written next: should the session end in between, it is not one that a user changed.
    files = {name: about for name, about in found["files"].items() if name != STUDY_FILE}
    sessions = [*found["sessions"], session]
    resumed = {**found, "design": design, "files": files, "sessions": sessions, "complete": False}
    write_manifest(target, resumed)
    return resumed, version_notes(found, record)


def _check_growth(target: Path, found: Mapping[str, Any], record: Mapping[str, Any]) -> None:
    """Raise SimError if the study in a folder does not grow to the one that is requested.

    Also if the folder has parts of points that its manifest does not know, since other points would get
    their numbers.
    """
    choice = advise_on_existing(target, "start again")
    if not has_grown(found, record):
        raise SimError(f"{target}: {why_not_grown(found, record)}; or {choice}")
    points, receipts = found["design"]["points"], Parts(target, found["design"]["digest"])
    known = (r.point < points for x in receipts.receipts_on_disk().values() for r in x.ranges)
    if not all(known):
        raise SimError(f"{target / MANIFEST}: damaged: older than parts in its folder; {choice}")


def _digest_of_grown(record: Mapping[str, Any]) -> str:
    """Return the digest of a study that has grown: of what decides it now, and of its sizes before."""
    return digest_data([_deciding_data(record), record["design"][GROWN]])


def recorded_drawn(target: Path, record: Mapping[str, Any]) -> Drawn | None:
    """Return number and digest of the points that a finished result records; None if it has to be drawn again.

    `record` is the manifest of `start_manifest` of a study without its points. They are known if the folder holds
    this very study, by the same program with libraries of the same versions: these draw the same points.
    """
    try:
        found = read_manifest(target)
        if not found.get("complete"):
            return None
        check_plan(found)
        known = {key: found["design"][key] for key in ("points", DRAWN)}
        same = {**record, "design": {**record["design"], **known}}
        if sweep_differences(found, same) or version_notes(found, record):
            return None
        return Drawn(int(known["points"]), str(known[DRAWN]), target)
    except (SimError, LookupError, TypeError, ValueError):
        return None  # what is wrong is said when the folder is opened


def finished_notes(target: Path, record: Mapping[str, Any]) -> list[str] | None:
    """Return notes for the user if a folder holds this very study, complete and undamaged; else None.

    `record` is the manifest of `start_manifest`. The same study has the same numbers, and the same outcomes and
    titles too, and every file has the digest that the manifest lists.
    """
    try:
        if is_link(target) or any(os.path.lexists(hidden_sibling(target, w)) for w in LEFTOVERS):
            return None  # something is to be cleared up, or refused
        found = read_manifest(target) if (target / MANIFEST).is_file() else {}
        if not found.get("complete") or sweep_differences(found, record):
            return None
        check_no_links(target)
        same = all(found["design"][key] == record["design"][key] for key in ("study", "points"))
        same = same and found["analysis"] == record["analysis"]
        whole = same and all(os.path.lexists(target / name) for name in found["files"])
        if not whole or next(edited_files(target), ""):
            return None
    except (SimError, LookupError, TypeError):
        return None  # damaged: what is wrong is said when the folder is opened
    return version_notes(found, record)


def is_drawn(target: Path) -> bool:
    """Return whether a study's folder has a report."""
    return (target / REPORT).is_file()


def check_plan(record: Mapping[str, Any], path: Path | str = MANIFEST) -> None:
    """Raise SimError if the study in a manifest has been changed since the study was started.

    The manifest has the digest of its deciding data; receipts refer to the same digest. If the study
    has grown since, both digests are checked: of what was started, and of what it is now.
    """
    try:
        same = record["design"]["digest"] == digest_data(_deciding_data(as_started(record)))
        if record["design"].get(GROWN):
            same = same and record["design"][GROWN_DIGEST] == _digest_of_grown(record)
        same = same and isinstance(record["sessions"], list)
    except (KeyError, TypeError, AttributeError):
        same = False
    if not same:
        what = "its study is not the one that was started"
        choice = advise_on_existing(Path(path).parent, "start again")
        raise SimError(f"{path}: damaged: {what}; {choice}")


def sweep_differences(found: Mapping[str, Any], requested: Mapping[str, Any]) -> list[str]:
    """Return one line for each difference between two studies that changes a number.

    `found` is the manifest in the folder, `requested` that of the study that is to run.
    """
    if found["kind"] != requested["kind"]:
        return [f"kind: {found['kind']} there, {requested['kind']} asked for"]
    there, here = flatten(_deciding_data(found)), flatten(_deciding_data(requested))
    keys = [k for k in dict.fromkeys([*there, *here]) if there.get(k) != here.get(k)]
    hidden = ("source", DRAWN, "grown_from")  # the latter two follow from others
    keys = [k for k in keys if k not in hidden] or [k for k in keys if k in hidden[1:]]
    lines = [difference_line(k, there.get(k, "nothing"), here.get(k, "nothing")) for k in keys]
    if there["design"] == here["design"] and longer_lists(there, here, keys):
        lines.append(what_grows(DESIGNS[here["design"]]))
    if there["source"] != here["source"]:
        lines.append(
            "the program itself has changed since (source digest); `status`, `report`, `query` and `rerun` read it as before"
        )
    return lines


def version_notes(found: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return one line for each library whose version has changed since the result was started."""
    return [
        f"{name}: {found['versions'].get(name)} then, {now['versions'].get(name)} now"
        for name in ("python", *NUMERIC_LIBRARIES)
        if found["versions"].get(name) != now["versions"].get(name)
    ]


def _deciding_data(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a manifest that decides every number of a study.

    Titles, outcomes, threads and the like are left out: a study may be resumed with others.
    """
    study = record["design"]["study"]
    factors = {f["key"]: {n: f.get(n) for n in ("values", "low", "high")} for f in study["factors"]}
    names = (*DECIDING_KEYS, "contrast") if study["stop"] else DECIDING_KEYS
    kept = {name: study[name] for name in names if study.get(name) not in (None, [])}
    plan = {
        "scenario": record["scenario"],
        "source": record["source_digest"],
        **({"strategies": files} if (files := record.get("strategies")) else {}),
        "regimes": record["regimes"],
        "seed": record["seed"],
        "worlds": record["worlds"]["asked"],
        "vary": {k: {n: v for n, v in f.items() if v is not None} for k, f in factors.items()},
        "order": list(factors),
        DRAWN: record["design"]["drawn"],
        **kept,
    }
    return dict(normalise_numbers(plan))


def create_folder(target: Path, record: Mapping[str, Any], *folders: str) -> None:
    """Create a study's folder with its manifest by one rename, setting aside what is there.

    `folders` are made in it, that of parts if none is named.

    Without its manifest, a folder would be taken for one of somebody else.
    """
    new, old = hidden_sibling(target, "partial"), hidden_sibling(target, "old")
    for name in folders or (PARTS,):
        (new / name).mkdir(parents=True)
    write_manifest(new, record)
    if target.exists():
        # If an earlier complete result is set aside already, it is that one which has to survive: the
        # target is then an unfinished study that was to replace it.
        if os.path.lexists(old):
            remove_result(target)
        else:
            target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    sync(target.parent)
