"""The Mesa model: one world to watch, stepped by the very lifecycle the batch engine compiles.

Its agents are views of the world's rows (`sim/engines/agents.py`). This module is imported only
when a model is used, because importing Mesa takes a second.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from sim.engines.agents import Buyer, Mediator, Party, Vendor
from sim.engines.batch import OneWorld
from sim.engines.collector import Collector
from sim.engines.model_arguments import (
    argument_error,
    check_choice,
    check_strategies_are_asked,
    override_keys,
    parse_agent_key,
    parse_whole_number,
    strategies_by_agent,
)
from sim.engines.played import PlayedWorld
from sim.engines.readings import Reading, reading
from sim.engines.tie import Tie
from sim.errors import SimError
from sim.records import PERIODS, TABLES
from sim.scenario.code import consent_to
from sim.scenario.load import LoadedScenario, load
from sim.scenario.schema import Scenario
from sim.words import Institution

if TYPE_CHECKING:
    import pandas as pd

NAN = float("nan")
UNITS = {column.name: column.unit for column in PERIODS}
COLLECTED = ("all", "model", "none")
KINDS: dict[str, type[Party]] = {"buyer": Buyer, "vendor": Vendor, "mediator": Mediator}
ARGUMENTS = (
    "scenario", "regime", "rng", "seed", "world", "overrides",
    "agents", "strategies", "tables", "collect", "allow_code",
)  # fmt: skip


def _last_month(column: str, meaning: str, *, per_need: bool = False) -> Reading:
    """Return a property that reads a column of the last month's row; NaN before the first month."""

    def read(model: NegotiationModel) -> float:
        rows = model.rows
        if not len(rows):
            return NAN
        return float(rows[column][-1]) / (model.needs if per_need else 1)

    read.__doc__ = meaning
    return reading(UNITS[column])(read)


def _value_or_none(name: str, agent: Any) -> Any:
    """Return an attribute of an agent, None if it has no such attribute."""
    return getattr(agent, name, None)


def _reporters(*names: str) -> dict[str, Any]:
    """Return reporters by name; Mesa turns plain names into functions that cannot be pickled."""
    return {name: partial(_value_or_none, name) for name in names}


SHARED_REPORTERS = _reporters("kind", "row", "contracts", "trust", "trusted", "gain")
AGENT_REPORTERS: dict[type, dict[str, Any]] = {
    Buyer: _reporters("under_contract", "vendor_row", "trust", "trusted", "price", "grievance"),
    Vendor: _reporters("capability", "contracts", "surplus"),
    Mediator: _reporters("accompanies", "receipts", "trust_of_buyers", "trust_of_vendors"),
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


def tie_rows(model: NegotiationModel) -> dict[str, Any]:
    """Return the month just run as columns of the table of ties, with one entry for each need.

    `TIE_FIELDS` in `sim/engines/collector.py` has the unit and meaning of every column.
    """
    written = model.state.memo["need_rows"][
        0
    ]  # rows of need_months so far; the last are this month's
    rows = model.state.need_months[written - model.needs : written]
    ties, served = model.state.ties[rows["tie"]], rows["active"] > 0
    return {
        "Step": [model.period] * model.needs,
        "tie": rows["tie"],
        "buyer": rows["need"],
        "vendor": ties["vendor_id"],
        "active": rows["active"],
        "mediated": np.where(served, ties["engaged"], 0),
        "price": np.where(served, ties["price"], NAN),
        "trust_buyer": rows["trust_buyer"],
        "trust_vendor": rows["trust_vendor"],
        "grievance": ties["grievance"],
        "surplus": rows["surplus"],
        "buyer_gain": rows["buyer"],
        "vendor_gain": rows["vendor"],
    }


class NegotiationModel(mesa.Model):  # type: ignore[misc]
    """One world of a scenario under one regime; one step is one month.

    After k steps its rows equal the first k months of `sim run` for the same scenario, regime,
    seed, world and overrides, bit for bit.

    Parameters
    ----------
    scenario : name of a shipped scenario, path of a file, or a Scenario.
    regime : name of a built-in regime, or of one that the scenario defines.
    rng, seed : whole number that names the luck, under either of Mesa's names. Without it the
        scenario's own is used (1 in every shipped one).
    world : number of the replicate, from 0. World 7 has the same luck under every regime.
    overrides : keys of the scenario with their values. Keys may also be keyword arguments:
        `mediator__competence=0.5`, or `**{"mediator.competence": 0.5}`, as `batch_run` passes them.
    agents : subclasses to use: `{Buyer: Mine}` for all of a kind, `{("vendor", 2): Mine}` for one.
        A subclass with a method `aspiration` plays itself.
    strategies : functions that play agents, `{("buyer", 0): f}`; see `sim.engines.played`.
    tables : tables to keep for `table`, beside months and ties: "events", "offers", "need_months".
    collect : "all", "model" alone (one row per run in `batch_run`), or "none".
    allow_code : run Python files of strategies that the scenario names, not only those that
        `overrides` names.

    Raises ScenarioError if any of them is wrong.

    Example:
        model = NegotiationModel("one_tie", "mediated", rng=7)
        model.run_model()
        model.datacollector.get_model_vars_dataframe()["surplus"].mean()
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
        agents: Mapping[Any, type[Party]] | None = None,
        strategies: Mapping[Any, Any] | None = None,
        tables: Collection[str] = (),
        collect: str = "all",
        allow_code: bool = False,
        **kwargs: Any,  # the name by which Mesa's page recognises further parameters
    ):
        if seed is not None and rng is not None:
            raise argument_error("seed", seed, "want rng or seed, not both")
        name, given = ("rng", rng) if seed is None else ("seed", seed)
        keys = override_keys(overrides, kwargs, ARGUMENTS)
        loaded = load(scenario, keys, consent=consent_to(keys, bool(allow_code)))
        self.luck = loaded.scenario.run.seed if given is None else parse_whole_number(name, given)
        super().__init__(rng=self.luck)
        self._arrived = 0
        self.loaded: LoadedScenario = loaded
        self.regime = loaded.regime(regime)
        self.world_number = parse_whole_number("world", world)
        self.collects = check_choice("collect", collect, COLLECTED)
        self.tables = ("periods", "ties", *_further_tables(tables))
        self._failed = False
        self._create_agents(agents or {}, strategies)
        kept = (*self.tables, "need_months") if self.collects == "all" else self.tables
        where = (self.regime, self.luck, self.world_number)
        self.engine: OneWorld
        if self.strategies:
            check_strategies_are_asked(self.regime)
            self.engine = PlayedWorld(*where, self.strategies, tables=kept)
        else:
            self.engine = OneWorld(*where, tables=kept)
        self.datacollector = self._create_collector()

    def _create_agents(self, classes: Mapping[Any, type[Party]], strategies: Any) -> None:
        """Create the agents, and find out which of them Python plays."""
        market = self.regime.scenario.market
        count = self.regime.scenario.mediator.count if self.is_mediated else 0
        counts = {"buyer": market.needs, "vendor": market.vendors, "mediator": count}
        chosen = _agent_classes(classes, counts)
        self.needs = market.needs
        self.strategies = strategies_by_agent(strategies, counts)
        agents: dict[str, list[Any]] = {
            kind: [chosen.get((kind, row), chosen[kind])(self, row) for row in range(number)]
            for kind, number in counts.items()
        }
        self.buyers: list[Buyer] = agents["buyer"]
        self.vendors: list[Vendor] = agents["vendor"]
        self.mediators: list[Mediator] = agents["mediator"]
        for agent in (*self.buyers, *self.vendors):
            if hasattr(agent, "aspiration"):
                self.strategies.setdefault((agent.kind, agent.row), agent)

    def _create_collector(self) -> Collector:
        """Return the data collector for what `collect` asks for."""
        months = {name: name for name in MODEL_REPORTERS}
        if self.collects != "all":
            return Collector(months, {}, {})
        by_type = {
            kind: next(AGENT_REPORTERS[k] for k in kind.__mro__ if k in AGENT_REPORTERS)
            for kind in self.agent_types
        }
        return Collector(months, SHARED_REPORTERS, by_type, tie_rows)

    def register_agent(self, agent: mesa.Agent) -> None:
        """Register an agent under the next number, from 1.

        Mesa before 3.4.2 counts in a register of its class that keeps every model alive.
        """
        register = getattr(mesa.Agent, "_ids", None)
        if register is not None:
            register.pop(self, None)
            self._arrived += 1
            agent.unique_id = self._arrived
        super().register_agent(agent)

    @property
    def scenario(self) -> None:
        """None: Mesa's experimental Scenario is not used. What runs is `loaded.scenario`.

        On Reset, Mesa's page passes a model's Mesa Scenario to the next model as `scenario` unless
        it is None. That would replace the name of our scenario.
        """

    @scenario.setter
    def scenario(self, ignored: Any) -> None:
        """Ignore the value that Mesa sets on every model."""

    def step(self) -> None:
        """Run the next month and collect; after the last month nothing changes any more.

        Raises SimError if an earlier month ended in an error, since its rows are then incomplete.
        """
        if self._failed:
            raise SimError(f"month {self.period} ended in an error; want a new model")
        if self.period < self.months:
            # Set back after the month: an error, or Ctrl-C, leaves the model failed.
            self._failed, self.running = True, False
            if "need_months" not in self.tables:
                # Only `collect` reads them: overwrite last month's.
                self.state.memo["need_rows"][0] = 0
            self.engine.step()
            self._failed = False
            if self.collects != "none":
                self.datacollector.collect(self)
        self.running = self.period < self.months

    def tie(self, row: int) -> Tie:
        """Return a tie by its number, which is the same in every table.

        Raises ScenarioError if there is no such tie.
        """
        last = len(self.state.ties) - 1
        if parse_whole_number("tie", row) > last:
            raise argument_error("tie", row, f"want 0 to {last}")
        return Tie(self, parse_whole_number("tie", row))

    def table(self, name: str = "periods") -> pd.DataFrame:
        """Return a table so far, with the columns of `docs/data.md`; ties as they are now.

        Raises ScenarioError if the table is not kept (see `tables` of the model).
        """
        import pandas as pd

        months = check_choice("table", name, self.tables) == "periods"
        rows: Any = self.rows if months else getattr(self.engine.outcome(), name)
        return pd.DataFrame({column: rows[column] for column in rows.dtype.names})

    @property
    def is_mediated(self) -> bool:
        """Whether a mediator is engaged: a mediated regime with at least one function."""
        functions = self.regime.scenario.mediator.functions
        return self.regime.institution == Institution.MEDIATED and bool(functions)

    @property
    def state(self) -> Any:
        """The world's rows (`sim.state.World`), which the agents read."""
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

    @reading("money/month")
    def surplus_so_far(self) -> float:
        """Joint surplus per need and month, mean over the months so far; NaN before the first."""
        return float(self.rows.surplus.mean()) / self.needs if self.period else NAN

    surplus = _last_month("surplus", "Joint surplus per need last month.", per_need=True)
    first_best = _last_month("first_best", "First best per need last month.", per_need=True)
    buyer = _last_month(
        "buyer", "Buyers' part of joint surplus per need last month.", per_need=True
    )
    vendor = _last_month("vendor", "Vendors' part of it per need last month.", per_need=True)
    mediator = _last_month("mediator", "Mediator's receipts last month.")
    trust_buyer = _last_month("trust_buyer", "Buyers' mean trust in vendors over needs.")
    trust_vendor = _last_month("trust_vendor", "Vendors' mean trust in buyers over needs.")
    trust_mediator_buyer = _last_month("trust_mediator_buyer", "Buyers' trust in the mediator.")
    trust_mediator_vendor = _last_month("trust_mediator_vendor", "Vendors' trust in the mediator.")
    active = _last_month("active", "Needs under a contract last month.")
    signed = _last_month("signed", "Contracts signed last month.")
    impasses = _last_month("impasses", "Talks without a contract last month.")
    problems_open = _last_month("problems_open", "Hidden problems open at the end of the month.")
    dispute_count = _last_month("dispute_count", "Disputes last month.")


def _further_tables(tables: Collection[str]) -> tuple[str, ...]:
    """Return the names of further tables to keep, each once, or raise ScenarioError."""
    names = (tables,) if isinstance(tables, str) else tuple(dict.fromkeys(tables))
    return tuple(check_choice("tables", n, TABLES) for n in names if n not in ("periods", "ties"))


def _agent_classes(given: Mapping[Any, type[Party]], counts: Mapping[str, int]) -> dict[Any, Any]:
    """Return the class of agents of each kind, and of single agents by (kind, row)."""
    found: dict[Any, Any] = dict(KINDS)
    for key, value in given.items():
        kind = next((kind for kind, base in KINDS.items() if base is key), "")
        place = kind or parse_agent_key("agents", key, counts)
        base = KINDS[kind or place[0]]
        if not (isinstance(value, type) and issubclass(value, base)):
            raise argument_error("agents", value, f"want a subclass of {base.__name__}")
        found[place] = value
    return found
