"""Scenario files: those shipped with the package by name, all others by path; where experiments are."""

from __future__ import annotations

import tomllib
from pathlib import Path

from sim.errors import closest_name
from sim.files import read_text
from sim.scenario.values import one_line

_SUFFIX = ".toml"


def folder() -> Path:
    """Return the folder of the shipped scenarios: in the installed package, otherwise beside it."""
    return _shipped_folder("scenarios")


def experiments_folder() -> Path:
    """Return the folder of the shipped experiments: in the installed package, otherwise beside it."""
    return _shipped_folder("experiments")


def _shipped_folder(name: str) -> Path:
    package = Path(__file__).resolve().parents[1]
    installed = package / "_shipped" / name
    return installed if installed.is_dir() else package.parent / name


def shipped() -> list[tuple[str, Path, str]]:
    """Return name, path and title of every shipped scenario, by name."""
    return [(path.stem, path, _title(path)) for path in sorted(folder().glob(f"*{_SUFFIX}"))]


def find(source: str | Path, beside: Path) -> Path:
    """Return the path of a scenario by shipped name, or by a path relative to `beside`.

    Raises LookupError(what is expected, nearest name) if there is none.
    """
    text = str(source)
    if "\0" in text or not text.strip():
        raise LookupError("want the name of a shipped scenario, or the path of a file", "")
    bare = isinstance(source, str) and text == Path(text).name and not text.endswith(_SUFFIX)
    named = [folder() / (text + _SUFFIX), beside / (text + _SUFFIX), beside / text]
    for path in named if bare else [beside / Path(text)]:
        if _exists(path) and not (bare and path.is_dir()):
            return path
    if not bare:
        raise LookupError("no such file; want the path of a scenario", _neighbour(beside / text))
    names = [name for name, _, _ in shipped()]
    raise LookupError(
        f"no such scenario; want one of {', '.join(names)}, or the path of a file",
        closest_name(text, names),
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _neighbour(path: Path) -> str:
    """Return the scenario file in the same folder with the nearest name, with its folder; "" if there is none."""
    try:
        names = [other.stem for other in path.parent.glob(f"*{_SUFFIX}")]
    except (OSError, ValueError):
        return ""
    close = closest_name(path.stem, names)
    return close and one_line(str(path.parent / (close + _SUFFIX)))


def _title(path: Path) -> str:
    try:
        title = tomllib.loads(read_text(path)).get("title", "")
    except (OSError, ValueError):
        return ""
    return title if isinstance(title, str) else ""
