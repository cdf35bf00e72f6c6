"""What a calibration chose: the points of each wave and population, kept on disk before any of them runs.

An emulator decides which points are run, and its last bits may differ between processors. So the choice is data: a
calibration that is resumed reads what had been chosen, and does not choose again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from sim.errors import SimError
from sim.files import read_text
from sim.study.results.digest import digest_data
from sim.study.results.durable_files import write_text

CHECK = "check"


class ChosenPoints(NamedTuple):
    """Points that were chosen to run.

    `points` has shape (points, keys) in the unit cube, `first` is the first world of each, `about` what else has to
    be known of them later, as plain data.
    """

    points: np.ndarray
    first: list[int]
    about: dict[str, Any]


class Choices(Protocol):
    """Where choices are kept."""

    def read(self, name: str) -> ChosenPoints | None:
        """Return an earlier choice, None if none was made."""

    def keep(self, name: str, choice: ChosenPoints) -> None:
        """Keep a choice, durably."""


class Forgotten:
    """Choices that are not kept: a calibration in memory is never resumed."""

    def read(self, name: str) -> ChosenPoints | None:
        """Return None."""
        return None

    def keep(self, name: str, choice: ChosenPoints) -> None:
        """Do nothing."""


class ChoiceFiles:
    """Choices as files `NAME/choice.json` of a folder, each with a digest; `plan` is that of the calibration."""

    def __init__(self, folder: Path, plan: str):
        self.folder, self.plan = folder, plan

    def read(self, name: str) -> ChosenPoints | None:
        """Return an earlier choice of this calibration, None if there is none; raises SimError if it is damaged."""
        path = self._path(name)
        try:
            data = json.loads(read_text(path))
            check = data.pop(CHECK)
            if check != digest_data(data):
                raise ValueError
            if data["plan"] != self.plan:
                return None
            keys = int(data["keys"])
            points = np.array(data["points"], float).reshape(-1, keys)
            return ChosenPoints(points, [int(n) for n in data["first"]], dict(data["about"]))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SimError(f"{path}: cannot be read: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, RecursionError):
            what = "damaged, so that it is not known what had been chosen"
            raise SimError(f"{path}: {what}; start again with `force=True`") from None

    def keep(self, name: str, choice: ChosenPoints) -> None:
        """Write a choice; from then on it is read, not made again."""
        data = {
            "plan": self.plan,
            "keys": choice.points.shape[1],
            "points": choice.points.tolist(),
            "first": choice.first,
            "about": choice.about,
        }
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps({**data, CHECK: digest_data(data)}, indent=None) + "\n")

    def _path(self, name: str) -> Path:
        return self.folder / name / "choice.json"
