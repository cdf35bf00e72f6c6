"""Buyers, vendors and mediators as Mesa agents: views of rows of the world's state.

They hold no state, draw no random numbers and decide nothing, unless a subclass has a method
`aspiration` (see `sim/engines/played.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.engines.readings import reading, state_column, tie_trust
from sim.jit import plain
from sim.mediation.hiring import trust_row_of
from sim.state import BUYER_IN_MEDIATOR, BUYER_IN_VENDOR, VENDOR_IN_BUYER

if TYPE_CHECKING:
    from sim.engines.market import NegotiationModel

NAN = float("nan")
EXPOSURE = "how much it holds back for fear of exposure (ω_d)"
REGARD = "weight of the other side's gain in its aims (ω)"
PLAYED_BY_PYTHON = "own"  # the value of `strategy` for an agent that Python plays


class Party(mesa.Agent):  # type: ignore[misc]
    """A buyer, vendor or mediator: a view of one row of one table of the state.

    `kind` is "buyer", "vendor" or "mediator" and `row` the number of the row, from 0. Properties
    read the current state of the world; none can be set.
    """

    kind = "party"
    model: NegotiationModel

    def __init__(self, model: NegotiationModel, row: int):
        super().__init__(model)
        self.row = row

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.row}>"

    def _strategy_name(self, number: int) -> str:
        """Return the name of the strategy of that number, or "own" if Python plays this agent."""
        if (self.kind, self.row) in self.model.strategies:
            return PLAYED_BY_PYTHON
        return [*self.model.engine.plays][number]


class Buyer(Party):
    """A need and the buyer who has it, as row `row` of the world's needs.

    A firm with three needs is three buyers with one `buyer_id`. Properties that speak of "that tie"
    or "that vendor" read the tie of the current or last contract, and the first candidate's before
    any.

    A subclass with a method `aspiration(turn)` plays itself: the method returns the utility to ask
    for next, in money per month over the outside option; see `sim.engines.played.Turn`.

    Example:
        class Patient(Buyer):
            def aspiration(self, turn):
                return turn.floor if turn.left <= 2 else turn.opening

        NegotiationModel("one_tie", "adversarial", agents={Buyer: Patient})
    """

    kind = "buyer"

    @reading("0/1")
    def under_contract(self) -> int:
        """1 if a contract is in force."""
        return int(self.model.state.needs["partner"][self.row] >= 0)

    @reading("contracts")
    def contracts(self) -> int:
        """Contracts in force, 0 or 1."""
        return int(self.under_contract)

    @reading("-")
    def tie(self) -> int:
        """The tie of the current or last contract; the first candidate's before any contract."""
        return int(self.model.state.needs["last"][self.row])

    @property
    def vendor(self) -> Vendor:
        """The current or last vendor; the first candidate before any contract."""
        return self.model.vendors[int(self.vendor_row)]

    vendor_row = state_column("ties", "vendor_id", "tie", meaning="row of that vendor")
    buyer_id = state_column("needs", "buyer_id")

    @reading("-")
    def strategy(self) -> str:
        """Name of its concession strategy; "own" if Python plays it."""
        return self._strategy_name(int(self.model.state.needs["strategy"][self.row]))

    outside = state_column("needs", "outside")
    risk = state_column("needs", "risk")
    quality_worth = state_column("needs", "quality_worth")
    budget = state_column("needs", "budget")
    exposure = state_column("needs", "exposure", meaning=EXPOSURE)
    regard = state_column("needs", "regard", meaning=REGARD)
    first_best = state_column("needs", "first_best")
    problems_open = state_column("needs", "open")
    trust = tie_trust(BUYER_IN_VENDOR, "Trust in that vendor")
    trusted = tie_trust(VENDOR_IN_BUYER, "That vendor's trust in this buyer")
    trust_in_mediator = tie_trust(BUYER_IN_MEDIATOR, "Trust in the mediator of that tie")
    expected = state_column(
        "ties", "expected", "tie", meaning="capability it expects of that vendor"
    )
    grievance = state_column("ties", "grievance", "tie", meaning="grievance against that vendor")

    @reading("money/month")
    def price(self) -> float:
        """Price of the contract; NaN without a contract."""
        return float(self.model.state.ties["price"][self.tie]) if self.under_contract else NAN

    @reading("months")
    def months_left(self) -> int:
        """Months left under the contract; 0 without one."""
        return int(self.model.state.ties["months_left"][self.tie]) if self.under_contract else 0

    @reading("money")
    def surplus(self) -> float:
        """Joint surplus of that tie so far."""
        return float(self.model.state.ties["surplus"][self.tie])

    @reading("money")
    def gain(self) -> float:
        """Buyer's own part of joint surplus so far, over all its ties."""
        ties = self.model.state.ties
        return float(ties["buyer"][ties["need"] == self.row].sum())


class Vendor(Party):
    """A vendor, as row `row` of the world's vendors.

    It may serve several needs at once; sums run over all its ties, means over its contracts in
    force. A subclass with a method `aspiration(turn)` plays itself, as for `Buyer`.
    """

    kind = "vendor"

    @reading("-")
    def strategy(self) -> str:
        """Name of its concession strategy; "own" if Python plays it."""
        return self._strategy_name(int(self.model.state.vendors["strategy"][self.row]))

    capability = state_column("vendors", "capability")
    outside = state_column("vendors", "outside")
    risk = state_column("vendors", "risk")
    productivity = state_column("vendors", "productivity", meaning="worth of its effort (κ)")
    exposure = state_column("vendors", "exposure", meaning=EXPOSURE)
    regard = state_column("vendors", "regard", meaning=REGARD)
    oversell = state_column("vendors", "oversell")
    goodwill = state_column("vendors", "goodwill", meaning="effort it gives unpaid (γ)")
    push = state_column("vendors", "push")
    refusal = state_column("vendors", "refusal")

    def _served(self) -> np.ndarray:
        """Return the numbers of the ties whose contract with this vendor is in force."""
        partner = self.model.state.needs["partner"]
        ties = partner[partner >= 0]
        served: np.ndarray = ties[self.model.state.ties["vendor_id"][ties] == self.row]
        return served

    def _mean_trust(self, direction: int) -> float:
        """Return the mean trust of one direction over ties it serves; NaN without a contract."""
        state = self.model.state
        trust = state.trust["now"][state.ties["met"][self._served()], direction]
        return float(trust.mean()) if len(trust) else NAN

    @reading("contracts")
    def contracts(self) -> int:
        """Contracts in force."""
        return len(self._served())

    @property
    def buyers(self) -> list[Buyer]:
        """The buyers it has a contract with."""
        needs = self.model.state.ties["need"][self._served()]
        return [self.model.buyers[need] for need in needs]

    @reading("share")
    def trust(self) -> float:
        """Mean trust in the buyers it serves; NaN without a contract."""
        return self._mean_trust(VENDOR_IN_BUYER)

    @reading("share")
    def trusted(self) -> float:
        """Mean trust of the buyers it serves in it; NaN without a contract."""
        return self._mean_trust(BUYER_IN_VENDOR)

    @reading("money")
    def surplus(self) -> float:
        """Vendor's own part of joint surplus so far, over all its ties."""
        ties = self.model.state.ties
        return float(ties["vendor"][ties["vendor_id"] == self.row].sum())

    @reading("money")
    def gain(self) -> float:
        """The same as `surplus`, under the name that every agent has."""
        return float(self.surplus)


class Mediator(Party):
    """A mediator, as row `row` of the world's mediators; it exists only if it has a function.

    Fees are recorded for the whole market. With one mediator they are its own; with several,
    `receipts` and `gain` are NaN.
    """

    kind = "mediator"
    trust = NAN  # a mediator acts on estimates, not on trust

    def __init__(self, model: NegotiationModel, row: int = 0):
        super().__init__(model, row)

    @property
    def functions(self) -> tuple[str, ...]:
        """Names of what it does, out of the nine functions of `sim.words.Function`."""
        return tuple(self.model.regime.scenario.mediator.functions)

    competence_buyer = state_column(
        "mediators", "competence_buyer", meaning="how well it reads buyers"
    )
    competence_vendor = state_column(
        "mediators", "competence_vendor", meaning="how well it reads vendors"
    )
    bias = state_column("mediators", "bias")

    @reading("contracts")
    def accompanies(self) -> int:
        """Contracts in force that it accompanies."""
        partner, ties = self.model.state.needs["partner"], self.model.state.ties
        served = ties[partner[partner >= 0]]
        return int(served["engaged"][served["mediator"] == self.row].sum())

    @reading("contracts")
    def contracts(self) -> int:
        """The same as `accompanies`, under the name that every agent has."""
        return int(self.accompanies)

    @reading("money/month")
    def receipts(self) -> float:
        """Fees received last month; NaN before the first, or if several share the market."""
        return self.model.mediator if len(self.model.mediators) == 1 else NAN

    @reading("money")
    def gain(self) -> float:
        """Fees received so far; NaN if several share the market."""
        alone = len(self.model.mediators) == 1
        return float(self.model.rows["mediator"].sum()) if alone else NAN

    @reading("share")
    def trust_of_buyers(self) -> float:
        """Buyers' mean trust in it over needs, each with its current or last vendor."""
        return self._trust_of(0, self.model.trust_mediator_buyer)

    @reading("share")
    def trust_of_vendors(self) -> float:
        """Vendors' mean trust in it over needs."""
        return self._trust_of(1, self.model.trust_mediator_vendor)

    @reading("share")
    def trusted(self) -> float:
        """Mean trust of both sides in it."""
        return float(0.5 * (self.trust_of_buyers + self.trust_of_vendors))

    def _trust_of(self, side: int, alone: float) -> float:
        """Return one side's mean trust in it; `alone` is the value for a single mediator."""
        if len(self.model.mediators) == 1:
            return alone
        state, row = self.model.state, plain(trust_row_of)
        ties = state.ties[state.needs["last"]]
        rows = [row(self.row, present) + side for present in ties["mediator"]]
        return float(state.trust["now"][ties["met"], rows].mean())
