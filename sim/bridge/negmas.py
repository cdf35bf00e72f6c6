"""NegMAS and we: its negotiators on our domains, and our strategies inside its mechanism.

NegMAS is an optional extra (`pip install "vendor-relations-lab[negmas]"`); it is imported when a
function here needs it, and by nothing else.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.errors import SimError
from sim.outcomes.domains.domain import SIDES, TOP, Domain
from sim.outcomes.sessions.talks import table
from sim.outcomes.sessions.trading import Player
from sim.strategies.catalogue import ConfiguredStrategy, Family, parse_strategy

Maker = Callable[[], Any]


@dataclass(frozen=True)
class Ran:
    """What a NegMAS mechanism did: agreement (−1: none), round, and every offer as (side, number)."""

    number: int
    turn: int
    offers: tuple[tuple[int, int], ...]


def negmas() -> Any:
    """Return the package; raises a one-line SimError where it is not installed."""
    try:
        with quiet():
            import negmas as package
            import negmas.sao
    except ImportError:
        want = 'want the extra: pip install "vendor-relations-lab[negmas]"'
        raise SimError(f"NegMAS is not installed; {want}") from None
    return package


@contextmanager
def quiet() -> Iterator[None]:
    """Keep NegMAS' own warnings, on speed and on deprecations of its libraries, to itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def issues_of(domain: Domain) -> list[Any]:
    """Return our issues as NegMAS issues, values in the same order."""
    make_issue = negmas().make_issue
    return [make_issue(list(issue.values), issue.name) for issue in domain.issues]


def utility_function(domain: Domain, side: int, issues: list[Any] | None = None) -> Any:
    """Return one side's utility function in NegMAS, with the same bits for every outcome.

    Discounts are left out: NegMAS discounts by round, GENIUS and we by relative time.
    """
    from negmas.preferences import LinearAdditiveUtilityFunction
    from negmas.preferences.value_fun import TableFun

    profile = domain.profiles[side]
    kind = LinearAdditiveUtilityFunction if profile.uncut <= TOP else _cut_off()
    values = [
        TableFun(dict(zip(issue.values, evaluations, strict=True)))
        for issue, evaluations in zip(domain.issues, profile.evaluations, strict=True)
    ]
    return kind(
        values=values,
        weights=list(profile.weights),
        issues=issues_of(domain) if issues is None else issues,
        reserved_value=profile.reservation,
        name=profile.name,
    )


def _cut_off() -> Any:
    """Return NegMAS' additive utilities, cut off where ours are."""
    from negmas.preferences import LinearAdditiveUtilityFunction

    class CutOff(LinearAdditiveUtilityFunction):  # type: ignore[misc]
        def eval(self, offer: Any) -> Any:
            return min(super().eval(offer), TOP)

    return CutOff


def negotiator_for(played: str | ConfiguredStrategy) -> Any:
    """Return the NegMAS negotiator that plays the same as one of our strategies.

    Raises SimError where NegMAS has none; a MiCRO side repeats random offers there, its last here.
    """
    played = parse_strategy(played) if isinstance(played, str) else played
    sao = negmas().sao
    from negmas.negotiators.helpers import ExpAspiration, PolyAspiration

    family, name = played.strategy.family, played.strategy.name
    if played.model or played.accept != played.strategy.accept:
        raise SimError(f"{played}: NegMAS has no such strategy")
    if family in (Family.POLYNOMIAL, Family.EXPONENTIAL):
        kind = PolyAspiration if family == Family.POLYNOMIAL else ExpAspiration
        curve = kind(played["start"], float(played["e"]))
        return sao.TimeBasedConcedingNegotiator(
            offering_curve=curve, stochastic=False, eps=played["slack"]
        )
    if name == "hardliner":
        return sao.ToughNegotiator()
    if family == Family.NAIVE:
        return sao.NaiveTitForTatNegotiator(kindness=played["kindness"])
    if family == Family.MICRO:
        return sao.MiCRONegotiator()
    raise SimError(f"{name}: NegMAS has no such strategy")


def run(domain: Domain, buyer: Maker | str, vendor: Maker | str, rounds: int = 100) -> Ran:
    """Let two NegMAS negotiators meet on one of our domains; the buyer opens.

    A negotiator is a function without arguments that returns one, or one of our strategies in words,
    which then plays through `guest`.
    """
    sao = negmas().sao
    with quiet():
        issues = issues_of(domain)
        mechanism = sao.SAOMechanism(issues=issues, n_steps=rounds)
        for side, maker in enumerate((buyer, vendor)):
            one = guest(domain, side, maker) if isinstance(maker, str) else maker()
            added = mechanism.add(one, ufun=utility_function(domain, side, issues))
            if added is False:
                raise SimError(f"NegMAS does not let the {SIDES[side]} in: {type(one).__name__}")
        state = mechanism.run()
    places = {identity: side for side, identity in enumerate(mechanism.negotiator_ids)}
    offers = tuple(
        (places[who], domain.number([str(value) for value in offer]))
        for step in mechanism.history
        for who, offer in step.new_offers
        if offer is not None
    )
    agreed = state.agreement is not None
    number = domain.number([str(value) for value in state.agreement]) if agreed else -1
    return Ran(number, int(state.step) - 1 if agreed else rounds, offers)


def guest(domain: Domain, side: int, played: str | ConfiguredStrategy, seed: int = 1) -> Any:
    """Return one of our strategies as a NegMAS negotiator: the same compiled turn, their table."""
    seated_as = parse_strategy(played) if isinstance(played, str) else played
    if seated_as.votes:
        raise SimError(f"{seated_as.strategy.name}: votes on texts, want a strategy that offers")
    sao = negmas().sao

    class Guest(sao.SAOCallNegotiator):  # type: ignore[misc, name-defined]
        """Answers every call with one turn at our table, which sees the offers of this one."""

        def on_negotiation_start(self, state: Any) -> None:
            """Sit down with an empty memory; the other strategy's place is never looked at."""
            rounds = self.nmi.n_steps
            if rounds is None:
                raise SimError("want a mechanism with a number of steps: we count rounds, not time")
            self.player = Player(domain, side, seated_as)
            self.t, self.rounds, self.heard = table(rounds), rounds, 0
            super().on_negotiation_start(state)

        def __call__(self, state: Any, dest: str | None = None) -> Any:
            """Take the offer on the table or return one's own."""
            from negmas.sao.common import ResponseType, SAOResponse

            offer = state.current_offer
            if offer is not None:
                number = domain.number([str(value) for value in offer])
                self.t.said[1 - side, self.heard] = number
                self.t.got[1 - side, self.heard] = domain.utility(side, number)
                self.heard += 1
            if self.player.hopeless:
                return SAOResponse(ResponseType.END_NEGOTIATION, None)
            taken, number, _ = self.player.turn(
                int(state.step), self.rounds, self.heard, self.t.got[1 - side],
                self.t.said[1 - side], (np.uint64(seed), np.uint64(0)),
            )  # fmt: skip
            if taken:
                return SAOResponse(ResponseType.ACCEPT_OFFER, offer)
            return SAOResponse(ResponseType.REJECT_OFFER, domain.values(number))

        def propose(self, state: Any, dest: str | None = None) -> Any:
            """Return the offer of this turn, for mechanisms that ask for it alone."""
            return self(state, dest).outcome

    return Guest()
