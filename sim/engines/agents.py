"""Buyers, vendors and mediators as Mesa agents: views of rows of the world's state.

They hold no state of their own, draw no luck and decide nothing; a subclass may (`aspiration`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.engines.readings import column, reading, trust_in
from sim.jit import plain
from sim.mediation.hiring import trust_row_of
from sim.state import BUYER_IN_MEDIATOR, BUYER_IN_VENDOR, VENDOR_IN_BUYER

if TYPE_CHECKING:
    from sim.engines.market import NegotiationModel

NAN = float("nan")
EXPOSURE = "how much it holds back for fear of exposure (ω_d)"
REGARD = "weight of the other side's gain in its aims (ω)"
OWN = "own"  # the strategy of an agent that Python plays


class Person(mesa.Agent):
    """A view of one row of one table of the state."""

    kind = "person"

    def __init__(self, model: NegotiationModel, row: int):
        super().__init__(model)
        self.row = row

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.row}>"

    def _strategy(self, number: int) -> str:
        if (self.kind, self.row) in self.model.strategies:
            return OWN
        return [*self.model.engine.plays][number]


class Buyer(Person):
    """A need and the buyer who has it, as row `row` of the world's needs."""

    kind = "buyer"

    @reading("0/1")
    def under_contract(self) -> int:
        """1 if a contract is in force."""
        return int(self.model.state.needs["partner"][self.row] >= 0)

    @reading("contracts")
    def contracts(self) -> int:
        """Contracts in force, 0 or 1."""
        return self.under_contract

    @reading("-")
    def tie(self) -> int:
        """The tie of the current or last contract; the first candidate's before any contract."""
        return int(self.model.state.needs["last"][self.row])

    @property
    def vendor(self) -> Vendor:
        """The current or last vendor; the first candidate before any contract."""
        return self.model.vendors[self.vendor_row]

    vendor_row = column("ties", "vendor_id", "tie", meaning="row of that vendor")
    buyer_id = column("needs", "buyer_id")

    @reading("-")
    def strategy(self) -> str:
        """Name of its concession strategy; "own" where Python plays it."""
        return self._strategy(int(self.model.state.needs["strategy"][self.row]))

    outside = column("needs", "outside")
    risk = column("needs", "risk")
    quality_worth = column("needs", "quality_worth")
    budget = column("needs", "budget")
    exposure = column("needs", "exposure", meaning=EXPOSURE)
    regard = column("needs", "regard", meaning=REGARD)
    first_best = column("needs", "first_best")
    problems_open = column("needs", "open")
    trust = trust_in(BUYER_IN_VENDOR, "Trust in that vendor")
    trusted = trust_in(VENDOR_IN_BUYER, "That vendor's trust in this buyer")
    trust_in_mediator = trust_in(BUYER_IN_MEDIATOR, "Trust in the mediator of that tie")
    expected = column("ties", "expected", "tie", meaning="capability it expects of that vendor")
    grievance = column("ties", "grievance", "tie", meaning="grievance against that vendor")

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


class Vendor(Person):
    """A vendor, as row `row` of the world's vendors."""

    kind = "vendor"

    @reading("-")
    def strategy(self) -> str:
        """Name of its concession strategy; "own" where Python plays it."""
        return self._strategy(int(self.model.state.vendors["strategy"][self.row]))

    capability = column("vendors", "capability")
    outside = column("vendors", "outside")
    risk = column("vendors", "risk")
    productivity = column("vendors", "productivity", meaning="worth of its effort (κ)")
    exposure = column("vendors", "exposure", meaning=EXPOSURE)
    regard = column("vendors", "regard", meaning=REGARD)
    oversell = column("vendors", "oversell")
    goodwill = column("vendors", "goodwill", meaning="effort it gives unpaid (γ)")
    push = column("vendors", "push")
    refusal = column("vendors", "refusal")

    def _served(self) -> np.ndarray:
        """Return the ties of its contracts in force."""
        partner = self.model.state.needs["partner"]
        ties = partner[partner >= 0]
        return ties[self.model.state.ties["vendor_id"][ties] == self.row]

    def _mean_trust(self, direction: int) -> float:
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
        """Trust in the buyers it serves, mean; NaN without a contract."""
        return self._mean_trust(VENDOR_IN_BUYER)

    @reading("share")
    def trusted(self) -> float:
        """Trust of the buyers it serves in it, mean; NaN without a contract."""
        return self._mean_trust(BUYER_IN_VENDOR)

    @reading("money")
    def surplus(self) -> float:
        """Vendor's own part of joint surplus so far, over all its ties."""
        ties = self.model.state.ties
        return float(ties["vendor"][ties["vendor_id"] == self.row].sum())

    @reading("money")
    def gain(self) -> float:
        """The same, under the name that every agent has."""
        return self.surplus


class Mediator(Person):
    """A mediator, as row `row` of the world's mediators; there only where it has a function."""

    kind = "mediator"
    trust = NAN  # mediators act on estimates, not on trust

    def __init__(self, model: NegotiationModel, row: int = 0):
        super().__init__(model, row)

    @property
    def functions(self) -> tuple[str, ...]:
        """What it does: names out of the nine functions of `sim.words.Function`."""
        return tuple(self.model.regime.scenario.mediator.functions)

    competence_buyer = column("mediators", "competence_buyer", meaning="how well it reads buyers")
    competence_vendor = column(
        "mediators", "competence_vendor", meaning="how well it reads vendors"
    )
    bias = column("mediators", "bias")

    @reading("contracts")
    def accompanies(self) -> int:
        """Contracts in force that it accompanies."""
        partner, ties = self.model.state.needs["partner"], self.model.state.ties
        served = ties[partner[partner >= 0]]
        return int(served["engaged"][served["mediator"] == self.row].sum())

    @reading("contracts")
    def contracts(self) -> int:
        """The same, under the name that every agent has."""
        return self.accompanies

    @reading("money/month")
    def receipts(self) -> float:
        """What it was paid last month; NaN before the first, and where several share the market."""
        return self.model.mediator if len(self.model.mediators) == 1 else NAN

    @reading("money")
    def gain(self) -> float:
        """What it was paid so far; NaN where several share the market."""
        alone = len(self.model.mediators) == 1
        return float(self.model.rows["mediator"].sum()) if alone else NAN

    @reading("share")
    def trust_of_buyers(self) -> float:
        """Buyers' trust in it, mean over needs, each with its current or last vendor."""
        return self._trust_of(0, self.model.trust_mediator_buyer)

    @reading("share")
    def trust_of_vendors(self) -> float:
        """Vendors' trust in it, mean over needs."""
        return self._trust_of(1, self.model.trust_mediator_vendor)

    @reading("share")
    def trusted(self) -> float:
        """Trust of both sides in it, mean."""
        return 0.5 * (self.trust_of_buyers + self.trust_of_vendors)

    def _trust_of(self, side: int, alone: float) -> float:
        if len(self.model.mediators) == 1:
            return alone
        state, row = self.model.state, plain(trust_row_of)
        ties = state.ties[state.needs["last"]]
        rows = [row(self.row, present) + side for present in ties["mediator"]]
        return float(state.trust["now"][ties["met"], rows].mean())
