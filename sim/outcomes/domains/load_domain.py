"""From a path to a domain: which kind of file it is, and which profile is whose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.errors import SimError, closest_name
from sim.outcomes.domains.bounded_files import label, read_json, read_xml
from sim.outcomes.domains.domain import Domain
from sim.outcomes.domains.genius import is_domain, is_space
from sim.outcomes.domains.genius import read as read_genius
from sim.outcomes.domains.json_profiles import is_profile
from sim.outcomes.domains.json_profiles import read as read_profiles
from sim.outcomes.domains.toml_domain import read as read_toml

MOST_FILES = 200  # of a folder
SUFFIXES = (".toml", ".xml", ".json")


def load_domain(path: Path, sides: tuple[Path, Path] | None = None) -> Domain:
    """Return the domain at a path: a TOML file, or a folder or file in the formats of the field.

    `sides` names the profiles of buyer and vendor; without it a folder must hold exactly two, and
    the first by name is the buyer's.
    """
    try:
        there, folder = path.exists(), path.is_dir()
    except (OSError, ValueError):
        there = folder = False
    if not there:
        raise SimError(f"{label(path)}: no such file or folder{_hint(path)}")
    kind = "" if folder else path.suffix.lower()
    if kind == ".toml":
        if sides is not None:
            raise SimError(f"{label(path)}: holds its own profiles, want no others")
        return read_toml(path)
    if not folder and kind not in SUFFIXES:
        raise SimError(f"{label(path)}: want a folder, or a file ending in {', '.join(SUFFIXES)}")
    place = path if folder else path.parent
    if kind == ".json" or (folder and not _files(place, ".xml")):
        return _json(place, sides)
    template = _template(place) if folder else path
    if sides is None:
        sides = _two(*_those(place, ".xml", read_xml, is_space, template), place)
    return read_genius(template, *sides)


def _json(place: Path, sides: tuple[Path, Path] | None) -> Domain:
    if sides is None:
        sides = _two(*_those(place, ".json", read_json, is_profile), place)
    return read_profiles(*sides)


def _template(place: Path) -> Path:
    found, unread = _those(place, ".xml", read_xml, is_domain)
    if len(found) != 1:
        raise SimError(f"{label(place)}: {len(found)} domain files among its XML, want one{unread}")
    return found[0]


def _those(
    place: Path,
    suffix: str,
    read: Callable[[Path], Any],
    wanted: Callable[[Any], bool],
    but: Path | None = None,
) -> tuple[list[Path], str]:
    """Return the files of a folder that are of a kind, and why the first of the others is not.

    Tools leave all sorts of files beside a domain: what cannot be read is no part of it.
    """
    found, unread = [], ""
    for path in _files(place, suffix):
        try:
            if path != but and wanted(read(path)):
                found.append(path)
        except SimError as error:
            unread = unread or f"; not counted is {error}"
    return found, unread


def _two(found: list[Path], unread: str, place: Path) -> tuple[Path, Path]:
    if len(found) != 2:
        want = "want two, or `profiles` BUYER VENDOR"
        raise SimError(f"{label(place)}: {len(found)} profiles, {want}{unread}")
    return found[0], found[1]


def _files(place: Path, suffix: str) -> list[Path]:
    """Return the files of a folder with a suffix, by name, hidden ones left out."""
    try:
        found = sorted(
            p for p in place.iterdir() if p.suffix.lower() == suffix and p.name[0] != "."
        )
    except OSError as error:
        raise SimError(f"{label(place)}: cannot be read: {error.strerror}") from None
    if len(found) > MOST_FILES:
        raise SimError(f"{label(place)}: {len(found)} files, want at most {MOST_FILES}")
    return found


def _hint(path: Path) -> str:
    try:
        near = closest_name(path.name, [other.name for other in path.parent.iterdir()][:1_000])
    except (OSError, ValueError):
        near = ""
    return f"; did you mean {str(path.parent / near)!r}?" if near else ""
