"""A tie to read: a view of a row of the world's ties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engines.readings import reading, state_column, tie_trust
from sim.state import (
    BUYER_IN_MEDIATOR,
    BUYER_IN_VENDOR,
    VENDOR_IN_BUYER,
    VENDOR_IN_MEDIATOR,
)

if TYPE_CHECKING:
    from sim.engines.agents import Buyer, Vendor
    from sim.engines.market import NegotiationModel

COLLABORATION = "problems told and reviews held both ways, recent average"


class Tie:
    """A buyer's need and one of its candidate vendors, as row `row` of the world's ties.

    It is not an agent: `model.tie(12)` creates it, and it stores no state. `row` is the number of the
    tie in every table. Properties read the current state of the world; none can be set.
    """

    def __init__(self, model: NegotiationModel, row: int):
        self.model = model
        self.row = self.tie = row

    def __repr__(self) -> str:
        return f"<Tie {self.row}: {self.buyer!r}, {self.vendor!r}>"

    @property
    def buyer(self) -> Buyer:
        """The buyer, whose need this is."""
        return self.model.buyers[int(self.model.state.ties["need"][self.row])]

    @property
    def vendor(self) -> Vendor:
        """The vendor."""
        return self.model.vendors[int(self.model.state.ties["vendor_id"][self.row])]

    @reading("0/1")
    def active(self) -> int:
        """1 if a contract is in force."""
        return int(self.model.state.needs["partner"][self.buyer.row] == self.row)

    @reading("0/1")
    def met(self) -> int:
        """1 once the two have talked."""
        return int(self.model.state.ties["met"][self.row] > 0)

    @property
    def contract(self) -> dict[str, Any]:
        """Agreed levels of the current or last contract by issue; empty before the first."""
        row = self.model.state.ties[self.row]
        issues = self.model.regime.scenario.issues if row["contracts"] else []
        agreed = row["agreed"].tolist()
        return {issue.name: issue.levels[agreed[k]] for k, issue in enumerate(issues)}

    trust_buyer = tie_trust(BUYER_IN_VENDOR, "Buyer's trust in the vendor")
    trust_vendor = tie_trust(VENDOR_IN_BUYER, "Vendor's trust in the buyer")
    trust_mediator_buyer = tie_trust(BUYER_IN_MEDIATOR, "Buyer's trust in the mediator")
    trust_mediator_vendor = tie_trust(VENDOR_IN_MEDIATOR, "Vendor's trust in the mediator")
    mediated = state_column("ties", "engaged")
    price = state_column("ties", "price", meaning="price of the current or last contract")
    months_left = state_column("ties", "months_left")
    promised = state_column("ties", "promised")
    expected = state_column(
        "ties", "expected", meaning="capability the buyer expects of the vendor"
    )
    claim = state_column("ties", "claim")
    grievance = state_column("ties", "grievance", meaning="buyer's grievance against the vendor")
    first_best = state_column("ties", "first_best")
    talks = state_column("ties", "talks")
    impasses = state_column("ties", "impasses", meaning="talks without a contract")
    contracts = state_column("ties", "contracts")
    renewals = state_column("ties", "renewals", meaning="contracts that were renewals")
    months = state_column("ties", "months")
    problems_arrived = state_column("ties", "problems_arrived", meaning="problems that arose")
    problems_reported = state_column("ties", "problems_reported", meaning="problems told at once")
    problems_discovered = state_column(
        "ties", "problems_discovered", meaning="hidden problems found"
    )
    dispute_count = state_column("ties", "dispute_count")
    fought = state_column("ties", "fought", meaning="disputes that were fought")
    respect = state_column("ties", "respect", meaning="promises kept, recent average")
    collaboration = state_column("ties", "collaboration", meaning=COLLABORATION)
    success = state_column("ties", "success", meaning="months both gained in, recent average")
    surplus = state_column("ties", "surplus")
    buyer_gain = state_column("ties", "buyer")
    vendor_gain = state_column("ties", "vendor")
