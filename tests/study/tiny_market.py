"""What the tests of this folder share: a tiny market, and names in a folder."""

from __future__ import annotations

from pathlib import Path

TINY = {"run.months": 2, "run.worlds": 3, "negotiation.deadline": 4}


def names(folder: Path) -> list[str]:
    """Return the names of everything in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())
