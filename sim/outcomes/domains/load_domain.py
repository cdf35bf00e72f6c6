"""From a path to a domain: which kind of file it is, and which profile belongs to which side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.errors import SimError, closest_name
from sim.outcomes.domains.bounded_files import label, read_json, read_xml
from sim.outcomes.domains.domain import Domain
from sim.outcomes.domains.genius import is_genius_domain, is_genius_profile, read_genius
from sim.outcomes.domains.json_profiles import is_json_profile, read_json_profiles
from sim.outcomes.domains.toml_domain import read_toml_domain

MOST_FILES = 200  # of one suffix in a folder
SUFFIXES = (".toml", ".xml", ".json")


def load_domain(path: Path, sides: tuple[Path, Path] | None = None) -> Domain:
    """Return the domain at a path: a TOML file, or a folder or file in a format of the field.

    A TOML file holds its profiles. In GENIUS XML and in JSON, `sides` names the profiles of buyer
    and vendor. Without it the folder must hold exactly two profiles, of which the first by name is
    the buyer's. Raises a one-line SimError if there is no such domain or a file is not valid.
    """
    try:
        there, folder = path.exists(), path.is_dir()
    except (OSError, ValueError):
        there = folder = False
    if not there:
        raise SimError(f"{label(path)}: no such file or folder{_did_you_mean(path)}")
    kind = "" if folder else path.suffix.lower()
    if kind == ".toml":
        if sides is not None:
            raise SimError(f"{label(path)}: holds its own profiles, want no others")
        return read_toml_domain(path)
    if not folder and kind not in SUFFIXES:
        raise SimError(f"{label(path)}: want a folder, or a file ending in {', '.join(SUFFIXES)}")
    place = path if folder else path.parent
    if kind == ".json" or (folder and not _list_files(place, ".xml")):
        return _load_json(place, sides)
    template = _find_template(place) if folder else path
    if sides is None:
        sides = _exactly_two(
            *_files_of_kind(place, ".xml", read_xml, is_genius_profile, template), place
        )
    return read_genius(template, *sides)


def _load_json(place: Path, sides: tuple[Path, Path] | None) -> Domain:
    if sides is None:
        sides = _exactly_two(*_files_of_kind(place, ".json", read_json, is_json_profile), place)
    return read_json_profiles(*sides)


def _find_template(place: Path) -> Path:
    """Return the one domain file among the XML files of a folder."""
    found, unread = _files_of_kind(place, ".xml", read_xml, is_genius_domain)
    if len(found) != 1:
        raise SimError(f"{label(place)}: {len(found)} domain files among its XML, want one{unread}")
    return found[0]


def _files_of_kind(
    place: Path,
    suffix: str,
    read: Callable[[Path], Any],
    wanted: Callable[[Any], bool],
    but: Path | None = None,
) -> tuple[list[Path], str]:
    """Return the files of a folder that are of a kind, and why the first unreadable one is not.

    Tools leave other files beside a domain: what cannot be read is not part of it.
    """
    found, unread = [], ""
    for path in _list_files(place, suffix):
        try:
            if path != but and wanted(read(path)):
                found.append(path)
        except SimError as error:
            unread = unread or f"; not counted: {error}"
    return found, unread


def _exactly_two(found: list[Path], unread: str, place: Path) -> tuple[Path, Path]:
    """Return the two profiles found; raises SimError if there are more or fewer."""
    if len(found) != 2:
        want = "want two, or `profiles` BUYER VENDOR"
        raise SimError(f"{label(place)}: {len(found)} profiles, {want}{unread}")
    return found[0], found[1]


def _list_files(place: Path, suffix: str) -> list[Path]:
    """Return the files of a folder with a suffix, by name, without hidden ones."""
    try:
        found = sorted(
            p for p in place.iterdir() if p.suffix.lower() == suffix and p.name[0] != "."
        )
    except OSError as error:
        raise SimError(f"{label(place)}: cannot be read: {error.strerror}") from None
    if len(found) > MOST_FILES:
        raise SimError(f"{label(place)}: {len(found)} files, want at most {MOST_FILES}")
    return found


def _did_you_mean(path: Path) -> str:
    """Return a hint at the nearest name in the folder, for the end of a message."""
    try:
        near = closest_name(path.name, [other.name for other in path.parent.iterdir()][:1_000])
    except (OSError, ValueError):
        near = ""
    return f"; did you mean {str(path.parent / near)!r}?" if near else ""
