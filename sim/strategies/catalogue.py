"""Every concession strategy by name: its family, its parameter, its source.

The order gives the number used in compiled code, so entries are only appended.
"""

from __future__ import annotations

from dataclasses import dataclass

TIME_DEPENDENT, TIT_FOR_TAT, HARDLINER = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Strategy:
    """How a side concedes between its opening claim and its claimed reservation value.

    `exponent` is 1/β of the polynomial time-dependent family: the share conceded by clock τ is
    τ^exponent, so above 1 holds out (Boulware) and below 1 gives in early (conceder).
    """

    name: str
    family: int
    exponent: float
    source: str


CATALOGUE = (
    Strategy(
        "boulware", TIME_DEPENDENT, 4.0, "Faratin, Sierra & Jennings 1998, time-dependent tactics"
    ),
    Strategy(
        "linear", TIME_DEPENDENT, 1.0, "Faratin, Sierra & Jennings 1998, time-dependent tactics"
    ),
    Strategy(
        "conceder", TIME_DEPENDENT, 0.25, "Faratin, Sierra & Jennings 1998, time-dependent tactics"
    ),
    Strategy(
        "tit_for_tat", TIT_FOR_TAT, 1.0, "Faratin, Sierra & Jennings 1998, absolute tit-for-tat"
    ),
    Strategy("hardliner", HARDLINER, 1.0, "Baarslag et al. 2013, the strategy that never concedes"),
)
NAMES = tuple(strategy.name for strategy in CATALOGUE)
