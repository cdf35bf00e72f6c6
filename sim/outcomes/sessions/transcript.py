"""The record of a negotiation: every offer, text and vote, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass

from sim.outcomes.domains.domain import Domain
from sim.outcomes.solving.search import Halves, sort_halves
from sim.strategies.catalogue import ConfiguredStrategy

ALTERNATING, ULTIMATUM, SEALED = "alternating", "take_it_or_leave_it", "sealed"
VETO, FEEDBACK = "veto_text", "feedback_text"
PROTOCOLS = (ALTERNATING, ULTIMATUM, SEALED, VETO, FEEDBACK)
TEXTS = (VETO, FEEDBACK)


@dataclass(frozen=True)
class Utterance:
    """One offer, text or vote, in the order in which they came.

    `turn` counts rounds from 0, `number` is the outcome, `buyer` and `vendor` its utilities.
    """

    turn: int
    speaker: str
    number: int
    buyer: float
    vendor: float
    note: str = ""


@dataclass(frozen=True)
class Session:
    """A finished negotiation; `utilities` are before discount, `paid` after it.

    `number` is the agreement, −1 if there is none; `turn` the round of the end, from 0; `taker` the
    side that accepted, "both" after votes, and otherwise empty if there is no deal.
    """

    domain: Domain
    plays: tuple[ConfiguredStrategy, ConfiguredStrategy]
    protocol: str
    rounds: int
    number: int  # −1 if there is no agreement
    turn: int
    taker: str
    utterances: tuple[Utterance, ...]

    @property
    def agreed(self) -> bool:
        """Whether there is a deal."""
        return self.number >= 0

    @property
    def time(self) -> float:
        """Relative time of the end, in (0, 1]; the deadline is 1."""
        return (self.turn + 1.0) / (self.rounds + 1.0) if self.agreed else 1.0

    @property
    def utilities(self) -> tuple[float, float]:
        """Utility of each side before discount: its reservation value if there is no deal."""
        if not self.agreed:
            one, two = self.domain.profiles
            return one.reservation, two.reservation
        return self.domain.utility(0, self.number), self.domain.utility(1, self.number)

    @property
    def paid(self) -> tuple[float, float]:
        """Utility of each side after discount."""
        one, two = self.utilities
        d = self.domain
        return d.discounted(0, one, self.time), d.discounted(1, two, self.time)


def both_halves(domain: Domain) -> tuple[Halves, Halves]:
    """Return the outcomes of both sides in sorted halves."""
    return sort_halves(domain, 0), sort_halves(domain, 1)
