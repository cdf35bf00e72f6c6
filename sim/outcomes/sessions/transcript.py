"""What is left of a negotiation: every offer, text and vote, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass

from sim.outcomes.domains.domain import Domain
from sim.outcomes.solving.search import Halves, halves
from sim.strategies.catalogue import ConfiguredStrategy

ALTERNATING, ULTIMATUM, SEALED = "alternating", "take_it_or_leave_it", "sealed"
VETO, FEEDBACK = "veto_text", "feedback_text"
PROTOCOLS = (ALTERNATING, ULTIMATUM, SEALED, VETO, FEEDBACK)
TEXTS = (VETO, FEEDBACK)


@dataclass(frozen=True)
class Said:
    """One offer, text or vote in the order it came."""

    turn: int
    speaker: str
    number: int
    buyer: float
    vendor: float
    note: str = ""


@dataclass(frozen=True)
class Session:
    """A finished negotiation. Utilities are before discount; `paid` has them as they count."""

    domain: Domain
    plays: tuple[ConfiguredStrategy, ConfiguredStrategy]
    protocol: str
    rounds: int
    number: int  # the agreement, −1 without
    turn: int
    taker: str
    said: tuple[Said, ...]

    @property
    def agreed(self) -> bool:
        """Say whether there is a deal."""
        return self.number >= 0

    @property
    def time(self) -> float:
        """Return the relative time of the end, in (0, 1]; the deadline is 1."""
        return (self.turn + 1.0) / (self.rounds + 1.0) if self.agreed else 1.0

    @property
    def utilities(self) -> tuple[float, float]:
        """Return what each side has, before discount: its reservation value without a deal."""
        if not self.agreed:
            one, two = self.domain.profiles
            return one.reservation, two.reservation
        return self.domain.utility(0, self.number), self.domain.utility(1, self.number)

    @property
    def paid(self) -> tuple[float, float]:
        """Return what each side has once time has taken its share."""
        one, two = self.utilities
        d = self.domain
        return d.discounted(0, one, self.time), d.discounted(1, two, self.time)


def both_halves(domain: Domain) -> tuple[Halves, Halves]:
    """Return both sides' outcomes in sorted halves."""
    return halves(domain, 0), halves(domain, 1)
