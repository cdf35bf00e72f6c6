"""The bridge to NegMAS: its negotiators on our domains, and our strategies inside its mechanisms.

NegMAS is an optional extra (`pip install "vendor-relations-lab[negmas]"`). Only the functions of this
module import it, when they are called.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.errors import SimError
from sim.outcomes.domains.domain import HIGHEST_UTILITY, SIDES, Domain
from sim.outcomes.sessions.talks import empty_table
from sim.outcomes.sessions.trading import Player
from sim.strategies.catalogue import ConfiguredStrategy, Family, parse_strategy

Maker = Callable[[], Any]


@dataclass(frozen=True)
class NegmasResult:
    """The outcome of a NegMAS mechanism, in our numbers of outcomes and sides.

    `number` is the outcome agreed on, −1 for none; `turn` is the round of the agreement, from 0, or
    the number of rounds; `offers` are all offers in order, as (side, number of the outcome).
    """

    number: int
    turn: int
    offers: tuple[tuple[int, int], ...]


def import_negmas() -> Any:
    """Return the NegMAS package; raises SimError if it is not installed."""
    try:
        with ignore_warnings():
            import negmas as package
            import negmas.sao
    except ImportError:
        want = 'want the extra: pip install "vendor-relations-lab[negmas]"'
        raise SimError(f"NegMAS is not installed; {want}") from None
    return package


@contextmanager
def ignore_warnings() -> Iterator[None]:
    """Suppress warnings: NegMAS warns about its speed and about deprecations of its own libraries."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def issues_of(domain: Domain) -> list[Any]:
    """Return a domain's issues as NegMAS issues, with their values in the same order."""
    make_issue = import_negmas().make_issue
    return [make_issue(list(issue.values), issue.name) for issue in domain.issues]


def utility_function(domain: Domain, side: int, issues: list[Any] | None = None) -> Any:
    """Return a side's utility function as one of NegMAS, with the same bits for every outcome.

    `issues` are those of `issues_of`, to share them between sides. Discounts are left out, since
    NegMAS discounts by round, but GENIUS and we by relative time.
    """
    from negmas.preferences import LinearAdditiveUtilityFunction
    from negmas.preferences.value_fun import TableFun

    profile = domain.profiles[side]
    kind = (
        LinearAdditiveUtilityFunction if profile.uncut <= HIGHEST_UTILITY else _capped_utilities()
    )
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


def _capped_utilities() -> Any:
    """Return a class of NegMAS' additive utilities that are capped at `TOP`, as ours are.

    Weights that sum to slightly more than 1 would give utilities above 1.
    """
    from negmas.preferences import LinearAdditiveUtilityFunction

    class CappedUtility(LinearAdditiveUtilityFunction):  # type: ignore[misc]
        """An additive utility function cut off at 1, as the utilities of our domains are."""

        def eval(self, offer: Any) -> Any:
            """Return the utility of an offer, at most 1."""
            return min(super().eval(offer), HIGHEST_UTILITY)

    return CappedUtility


def negotiator_for(played: str | ConfiguredStrategy) -> Any:
    """Return NegMAS's own negotiator that makes the same offers as one of our strategies.

    MiCRO differs in one respect: after its last offer, NegMAS repeats earlier offers at random, ours
    repeats its last. Raises SimError if NegMAS has no such strategy.
    """
    played = parse_strategy(played) if isinstance(played, str) else played
    sao = import_negmas().sao
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


def run_mechanism(
    domain: Domain, buyer: Maker | str, vendor: Maker | str, rounds: int = 100
) -> NegmasResult:
    """Run a NegMAS mechanism of alternating offers on one of our domains; the buyer opens.

    `buyer` and `vendor` are functions without arguments that return a NegMAS negotiator, or texts of
    our strategies, which then play through `wrap_strategy`. Raises SimError if the mechanism refuses
    a negotiator.
    """
    sao = import_negmas().sao
    with ignore_warnings():
        issues = issues_of(domain)
        mechanism = sao.SAOMechanism(issues=issues, n_steps=rounds)
        for side, maker in enumerate((buyer, vendor)):
            negotiator = wrap_strategy(domain, side, maker) if isinstance(maker, str) else maker()
            added = mechanism.add(negotiator, ufun=utility_function(domain, side, issues))
            if added is False:
                raise SimError(f"NegMAS refuses the {SIDES[side]}: {type(negotiator).__name__}")
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
    return NegmasResult(number, int(state.step) - 1 if agreed else rounds, offers)


def wrap_strategy(
    domain: Domain, side: int, played: str | ConfiguredStrategy, seed: int = 1
) -> Any:
    """Return one of our strategies as a NegMAS negotiator, which runs the same compiled turn.

    `played` is a strategy or its text, `seed` that of randomised strategies. Raises SimError if it
    votes on texts instead of making offers.
    """
    seated_as = parse_strategy(played) if isinstance(played, str) else played
    if seated_as.votes:
        raise SimError(f"{seated_as.strategy.name}: votes on texts, want a strategy that offers")
    sao = import_negmas().sao

    class StrategyNegotiator(sao.SAOCallNegotiator):  # type: ignore[misc, name-defined]
        """A NegMAS negotiator that answers every call with one turn of the strategy.

        The strategy sits at a table of ours, which repeats every offer of the NegMAS mechanism.
        """

        def on_negotiation_start(self, state: Any) -> None:
            """Begin with an empty memory; the seat of the other side is never used."""
            rounds = self.nmi.n_steps
            if rounds is None:
                raise SimError("want a mechanism with a number of steps: we count rounds, not time")
            self.player = Player(domain, side, seated_as)
            self.t, self.rounds, self.heard = empty_table(rounds), rounds, 0
            super().on_negotiation_start(state)

        def __call__(self, state: Any, dest: str | None = None) -> Any:
            """Return the answer of this turn: accept the current offer, or make another."""
            from negmas.sao.common import ResponseType, SAOResponse

            offer = state.current_offer
            if offer is not None:
                number = domain.number([str(value) for value in offer])
                self.t.offered[1 - side, self.heard] = number
                self.t.got[1 - side, self.heard] = domain.utility(side, number)
                self.heard += 1
            if self.player.has_no_acceptable_outcome:
                return SAOResponse(ResponseType.END_NEGOTIATION, None)
            taken, number, _ = self.player.turn(
                int(state.step), self.rounds, self.heard, self.t.got[1 - side],
                self.t.offered[1 - side], (np.uint64(seed), np.uint64(0)),
            )  # fmt: skip
            if taken:
                return SAOResponse(ResponseType.ACCEPT_OFFER, offer)
            return SAOResponse(ResponseType.REJECT_OFFER, domain.values(number))

        def propose(self, state: Any, dest: str | None = None) -> Any:
            """Return the offer of this turn, for mechanisms that do not ask for an answer first."""
            return self(state, dest).outcome

    return StrategyNegotiator()
