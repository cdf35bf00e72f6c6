"""The Mesa model: one world one can watch, stepped by the very lifecycle the batch engine compiles.

Agents are readable views of rows of the world's state: they hold no state of their own, draw no
luck and decide nothing. Nothing here is imported unless a model is asked for: Mesa takes a second.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mesa
import numpy as np
from mesa.datacollection import DataCollector

from sim.engines.batch import OneWorld
from sim.errors import Problem, ScenarioError
from sim.scenario.load import Loaded, load
from sim.scenario.schema import Scenario
from sim.state import BUYER_IN_VENDOR, VENDOR_IN_BUYER
from sim.words import Institution

NAN = float("nan")
HIGHEST = 2**63 - 1  # seeds and worlds are 64-bit words with a sign to spare


def _of_month(column: str, meaning: str, *, per_need: bool = False) -> property:
    """Return a property that reads a column of the last month's row, NaN before the first month."""

    def read(model: NegotiationModel) -> float:
        rows = model.rows
        if not len(rows):
            return NAN
        return float(rows[column][-1]) / (model.needs if per_need else 1)

    return property(read, doc=meaning)


class Buyer(mesa.Agent):
    """A need and the buyer who has it, as row `row` of the world's needs."""

    def __init__(self, model: NegotiationModel, row: int):
        super().__init__(model)
        self.row = row

    @property
    def under_contract(self) -> int:
        """1 if a contract is in force."""
        return int(self.model.state.needs.partner[self.row] >= 0)

    @property
    def tie(self) -> int:
        """The tie of the current or last contract; the first candidate's before any contract."""
        return int(self.model.state.needs.last[self.row])

    @property
    def vendor(self) -> Vendor:
        """The current or last vendor; the first candidate before any contract."""
        return self.model.vendors[int(self.model.state.ties.vendor_id[self.tie])]

    @property
    def vendor_row(self) -> int:
        """Row of the current or last vendor."""
        return self.vendor.row

    @property
    def trust(self) -> float:
        """Trust in that vendor, 0 to 1."""
        return float(
            self.model.state.trust.now[self.model.state.ties.met[self.tie], BUYER_IN_VENDOR]
        )

    @property
    def trusted(self) -> float:
        """That vendor's trust in this buyer, 0 to 1."""
        return float(
            self.model.state.trust.now[self.model.state.ties.met[self.tie], VENDOR_IN_BUYER]
        )

    @property
    def price(self) -> float:
        """Price of the contract in money per month; NaN without a contract."""
        return float(self.model.state.ties.price[self.tie]) if self.under_contract else NAN

    @property
    def grievance(self) -> float:
        """Grievance against that vendor, in money."""
        return float(self.model.state.ties.grievance[self.tie])

    @property
    def surplus(self) -> float:
        """Joint surplus of that tie so far, in money."""
        return float(self.model.state.ties.surplus[self.tie])

    @property
    def first_best(self) -> float:
        """First best of the need in money per month, before this month's luck with problems."""
        return float(self.model.state.needs.first_best[self.row])


class Vendor(mesa.Agent):
    """A vendor, as row `row` of the world's vendors."""

    def __init__(self, model: NegotiationModel, row: int):
        super().__init__(model)
        self.row = row

    @property
    def capability(self) -> float:
        """True capability, 0 to 1."""
        return float(self.model.state.vendors.capability[self.row])

    @property
    def contracts(self) -> int:
        """Contracts in force."""
        partner = self.model.state.needs.partner
        served = self.model.state.ties.vendor_id[partner[partner >= 0]]
        return int(np.count_nonzero(served == self.row))

    @property
    def surplus(self) -> float:
        """Vendor's own part of joint surplus so far, over all its ties, in money."""
        ties = self.model.state.ties
        return float(ties.vendor[ties.vendor_id == self.row].sum())


class Mediator(mesa.Agent):
    """The mediator, present where it has a function."""

    @property
    def functions(self) -> tuple[str, ...]:
        """What it does: names out of broker, align, warn, resolve."""
        return tuple(self.model.regime.scenario.mediator.functions)

    @property
    def accompanies(self) -> int:
        """Contracts in force that it accompanies."""
        partner = self.model.state.needs.partner
        return int(self.model.state.ties.engaged[partner[partner >= 0]].sum())

    @property
    def receipts(self) -> float:
        """What it was paid last month, in money; NaN before the first month."""
        return self.model.mediator

    @property
    def trust_of_buyers(self) -> float:
        """Buyers' trust in it, mean over needs, 0 to 1."""
        return self.model.trust_mediator_buyer

    @property
    def trust_of_vendors(self) -> float:
        """Vendors' trust in it, mean over needs, 0 to 1."""
        return self.model.trust_mediator_vendor


def _read(*names: str) -> dict[str, Any]:
    """Return reporters by name; Mesa turns plain names into functions that cannot be pickled."""
    return {name: operator.attrgetter(name) for name in names}


AGENT_REPORTERS = {
    Buyer: _read("under_contract", "vendor_row", "trust", "trusted", "price", "grievance"),
    Vendor: _read("capability", "contracts", "surplus"),
    Mediator: _read("accompanies", "receipts", "trust_of_buyers", "trust_of_vendors"),
}
MODEL_REPORTERS = (
    "surplus",
    "surplus_so_far",
    "first_best",
    "buyer",
    "vendor",
    "mediator",
    "trust_buyer",
    "trust_vendor",
    "trust_mediator_buyer",
    "trust_mediator_vendor",
    "active",
    "signed",
    "impasses",
    "problems_open",
    "dispute_count",
)


class NegotiationModel(mesa.Model):
    """One world of a scenario under one regime; one step is one month.

    After k steps its rows equal the first k months of `simulate` for the same scenario, regime,
    seed, world and overrides, bit for bit. Overrides may also be keyword arguments:
    `NegotiationModel(**{"mediator.competence": 0.5})`. Raises ScenarioError.
    """

    def __init__(
        self,
        scenario: str | Path | Scenario = "it_outsourcing",
        regime: str = "mediated",
        rng: int | str | None = None,
        world: int | str = 0,
        overrides: Mapping[str, Any] | None = None,
        *,
        seed: int | str | None = None,
        **kwargs: Any,
    ):
        if seed is not None and rng is not None:
            raise ScenarioError([Problem("model", "seed", str(seed), "want rng or seed, not both")])
        loaded = load(scenario, {**(overrides or {}), **kwargs})
        given = rng if seed is None else seed
        self.luck = loaded.scenario.run.seed if given is None else whole("rng", given)
        super().__init__(rng=self.luck)
        self.loaded: Loaded = loaded
        self.regime = loaded.regime(regime)
        self.world_number = whole("world", world)
        self.engine = OneWorld(self.regime, self.luck, self.world_number)
        self.needs = len(self.state.needs)
        self.buyers = [Buyer(self, row) for row in range(self.needs)]
        self.vendors = [Vendor(self, row) for row in range(len(self.state.vendors))]
        self.mediators = [Mediator(self)] if self.is_mediated else []
        # Mesa before 3.4.2 keeps every model alive in this class attribute; no more ids are drawn.
        getattr(mesa.Agent, "_ids", {}).pop(self, None)
        self.datacollector = DataCollector(
            model_reporters={name: name for name in MODEL_REPORTERS},
            agenttype_reporters={kind: AGENT_REPORTERS[kind] for kind in self.agent_types},
        )

    @property
    def scenario(self) -> None:
        """None: Mesa's experimental Scenario is not used. What runs is `loaded.scenario`.

        Mesa's page hands a model's Mesa Scenario to the next model as `scenario` on Reset unless
        there is none, and would so replace the name of ours.
        """

    @scenario.setter
    def scenario(self, ignored: Any) -> None:
        """Let Mesa set what it sets on every model."""

    def step(self) -> None:
        """Run the next month and collect; after the last month nothing changes any more."""
        if self.period < self.months:
            self.engine.step()
            self.datacollector.collect(self)
        self.running = self.period < self.months

    @property
    def is_mediated(self) -> bool:
        """True where a mediator is engaged: a mediated regime with at least one function."""
        functions = self.regime.scenario.mediator.functions
        return self.regime.institution == Institution.MEDIATED and bool(functions)

    @property
    def state(self) -> Any:
        """The world's rows (`sim.state.World`), read by the agents."""
        return self.engine.state

    @property
    def rows(self) -> np.recarray:
        """Rows of the periods table recorded so far."""
        return self.engine.periods

    @property
    def period(self) -> int:
        """Months run so far."""
        return self.engine.period

    @property
    def months(self) -> int:
        """Months of the whole run."""
        return self.engine.months

    @property
    def surplus_so_far(self) -> float:
        """Joint surplus per need and month, mean over the months so far; NaN before the first."""
        return float(self.rows.surplus.mean()) / self.needs if self.period else NAN

    surplus = _of_month("surplus", "Joint surplus per need last month.", per_need=True)
    first_best = _of_month("first_best", "First best per need last month.", per_need=True)
    buyer = _of_month("buyer", "Buyers' part of joint surplus per need last month.", per_need=True)
    vendor = _of_month("vendor", "Vendors' part of it per need last month.", per_need=True)
    mediator = _of_month("mediator", "Mediator's receipts last month.")
    trust_buyer = _of_month("trust_buyer", "Buyers' trust in vendors, mean over needs.")
    trust_vendor = _of_month("trust_vendor", "Vendors' trust in buyers, mean over needs.")
    trust_mediator_buyer = _of_month("trust_mediator_buyer", "Buyers' trust in the mediator.")
    trust_mediator_vendor = _of_month("trust_mediator_vendor", "Vendors' trust in the mediator.")
    active = _of_month("active", "Needs under a contract last month.")
    signed = _of_month("signed", "Contracts signed last month.")
    impasses = _of_month("impasses", "Talks without a contract last month.")
    problems_open = _of_month("problems_open", "Hidden problems open at the end of the month.")
    dispute_count = _of_month("dispute_count", "Disputes last month.")


def whole(name: str, value: Any, where: str = "model") -> int:
    """Return a whole number from 0 on, out of a number or text; raise ScenarioError."""
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        number = int(value.strip()) if isinstance(value, str) else operator.index(value)
        if 0 <= number <= HIGHEST:
            return number
    except (TypeError, ValueError):
        pass
    want = f"want a whole number from 0 to {HIGHEST:_}"
    raise ScenarioError([Problem(where, name, repr(value), want)]) from None
