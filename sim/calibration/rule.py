"""The rule of a calibration: every number that is decided before anything is simulated, and sealed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

TIE_MONTHS_OF_POINT = (
    4_800  # simulated at a point: forty contracts for ten years, or a hundred pairs for four
)
FEWEST_WORLDS, MOST_WORLDS = 4, 100


@dataclass(frozen=True)
class Rule:
    """How a calibration proceeds.

    In each of `waves` waves `points` points run in `worlds` worlds each, and `held_out` more in worlds of their own.
    The points of a wave share their luck in `luck_groups` groups. A point is ruled out if any fact is more than
    `cutoff` standard deviations of everything that is uncertain away (Pukelsheim 1994). `candidates` points of the
    prior are asked of the emulators. What is left is sampled by up to `generations` populations of `population`
    points, until every alternative has `effective` parameter sets; each of these points has
    `more_worlds` times the worlds, so that luck is small beside the facts' own errors, and a fact whose luck is not
    even then is set aside. `discrepancy` is the model's own error, in spreads
    of each fact.
    """

    waves: int
    points: int
    worlds: int
    discrepancy: float
    held_out: int = 16
    luck_groups: int = 8
    cutoff: float = 3.0
    candidates: int = 8_192
    generations: int = 16
    effective: int = 200
    population: int = 384
    more_worlds: int = 4

    @property
    def most_worlds(self) -> int:
        """The number of worlds that run if all waves and populations do."""
        in_waves = self.waves * (self.points + self.held_out)
        return self.worlds * (in_waves + self.generations * self.population * self.more_worlds)

    def data(self) -> dict[str, Any]:
        """Return the rule as plain data."""
        return asdict(self)


def points_of_wave(keys: int) -> int:
    """Return the number of points of a wave: 16 for each key, from 64 to 192.

    Ten for each key are the usual advice (Loeppky, Sacks & Welch 2009); noise wants more.
    """
    return max(64, min(192, 16 * keys))


def worlds_of_point(needs: int, months: int) -> int:
    """Return the number of worlds of a point, from the size of a world in tie-months."""
    wanted = -(-TIE_MONTHS_OF_POINT // max(1, needs * months))
    return max(FEWEST_WORLDS, min(MOST_WORLDS, wanted))
