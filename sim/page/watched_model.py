"""A Mesa model watched by the page: its ties month by month, and the whole life of one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from mesa.datacollection import DataCollector

from sim.engines.batch import OneWorld
from sim.engines.market import NegotiationModel
from sim.engines.sizes import bound_log_rows
from sim.errors import Problem, ScenarioError
from sim.page.links import Links, current_links, visible_crowd
from sim.records import EVENTS, allocate
from sim.render.story.life import (
    Standing,
    TieObserver,
    describe_month,
    kind_of_quiet_month,
    standings_of_month,
)
from sim.render.story.phrases import Month, Words
from sim.render.story.private_knowledge import (
    BeliefTables,
    Knowledge,
    belief_tables,
    describe_knowledge,
    trust_of_tie,
)
from sim.state import BUYER_IN_VENDOR, OFFER_ROWS, VENDOR_IN_BUYER, World

FACT_COLUMNS = ["kind", "tie", "amount", "second", "third"]


class Entry(NamedTuple):
    """One month in the life of the followed tie; `facts` are the bytes of its events."""

    period: int
    sentences: tuple[str, ...]
    service: str
    kinds: tuple[int, ...]
    facts: bytes
    standing: tuple[Standing, Standing]


class Life(NamedTuple):
    """The followed tie under one regime: its months so far, and what is known and believed now."""

    words: Words
    entries: tuple[Entry, ...]
    known: Knowledge
    minds: BeliefTables


class WatchedModel:
    """One model and the tie that is followed in it.

    Mesa collects nothing, and the event log is read and overwritten every month, so a long run needs
    memory only for its periods table and one life. Raises ScenarioError if there is no such tie.
    """

    def __init__(self, model: NegotiationModel, tie: int):
        self.model = model
        model.datacollector = DataCollector()
        engine = model.engine
        last = len(engine.state.ties) - 1
        if not 0 <= tie <= last:
            raise ScenarioError(
                [Problem("page", "tie", str(tie), f"want a number from 0 to {last}")]
            )
        engine.state = _with_one_month_of_log(engine)
        self.words = Words(model.regime, engine.setup)
        self.crowd = visible_crowd(engine)
        self.follower = TieObserver(engine, tie)
        self._entries: list[Entry] = []

    def step(self) -> None:
        """Run the next month and add it to the life of the followed tie."""
        if not self.model.running:
            return
        engine, memo = self.model.engine, self.model.state.memo[0]
        memo.event_rows = memo.offer_rows = 0
        self.follower.look()
        self.model.step()
        self._entries.append(self._entry(engine, self.follower.month()))

    def _entry(self, engine: OneWorld, month: Month) -> Entry:
        tie = self.follower.tie
        own = month.events[(month.events["tie"] == tie) | (month.events["tie"] < 0)]
        before, after = standings_of_month(month)
        trust = trust_of_tie(engine, tie)
        after = float(trust[BUYER_IN_VENDOR]), float(trust[VENDOR_IN_BUYER]), after[2]
        if self._entries:
            before = self._entries[-1].standing[1]
        return Entry(
            month.number,
            tuple(describe_month(self.words, engine, month, tie)),
            kind_of_quiet_month(month, tie),
            tuple(int(kind) for kind in own["kind"]),
            np.asarray(month.events)[FACT_COLUMNS].tobytes(),
            (before, after),
        )

    def links(self) -> Links:
        """Return the ties of the present month."""
        return current_links(self.model.engine, self.crowd)

    def life(self) -> Life:
        """Return the life of the followed tie so far."""
        engine, tie = self.model.engine, self.follower.tie
        return Life(
            self.words,
            tuple(self._entries),
            describe_knowledge(self.words, engine, tie),
            belief_tables(engine, tie),
        )


def _with_one_month_of_log(engine: OneWorld) -> World:
    """Return the state of a world with event and offer logs as long as one month needs."""
    run = engine.regime.scenario.run.model_copy(update={"months": 1})
    scenario = engine.regime.scenario.model_copy(update={"run": run})
    month = replace(engine.regime, scenario=scenario)
    events, offers, _ = bound_log_rows(month, ("events", "offers"), 1)
    return engine.state._replace(
        events=allocate(EVENTS, events), offers=allocate(OFFER_ROWS, offers)
    )
