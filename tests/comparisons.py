"""Comparisons with a known answer, for tests of texts, figures and reports about them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from sim.measure.compare import Comparison
from sim.measure.ledger import CAUSES
from sim.records import EVENTS, NEED_MONTHS, OFFERS, PERIODS, TIES, table_dtype
from sim.scenario.load import LoadedScenario

REGIMES = ("adversarial", "partnership", "mediated", "planner")
MISFIT = {"adversarial": -0.8, "partnership": 0.4, "mediated": 0.2, "machine": 0.2, "planner": 0.0}


def outcome(regime: str, lost: float, worlds: int, months: int, fee: float) -> SimpleNamespace:
    """Return tables in which `lost` per month goes to no deal, give or take some luck."""
    rows = np.zeros(worlds * months, table_dtype(PERIODS))
    rows["world"] = np.repeat(np.arange(worlds), months)
    rows["period"] = np.tile(np.arange(months), worlds)
    luck = np.sin(rows["world"] * 5.0)
    own = np.cos(rows["world"] * 3.0 + len(regime)) if regime != "planner" else 0.0
    rows["first_best"] = 30.0 + luck
    rows["no_deal"] = lost + own * (lost > 0.0)
    rows["misfit"] = MISFIT[regime]
    rows["fee"] = rows["mediator"] = fee if regime == "mediated" else 0.0
    rows["surplus"] = rows["first_best"] - sum(rows[cause] for cause in CAUSES)
    rows["buyer"] = 0.5 * rows["surplus"]
    rows["vendor"] = rows["surplus"] - rows["buyer"]
    for name in ("trust_buyer", "trust_vendor"):
        rows[name] = 0.9 - lost / 30.0 + 0.01 * own
    rows["talks"], rows["impasses"], rows["active"] = 4, 1, 1
    ties = np.zeros(worlds, table_dtype(TIES))
    ties["world"], ties["months"], ties["spells"] = np.arange(worlds), months, 1
    empty = {
        name: np.zeros(0, table_dtype(columns))
        for name, columns in (("events", EVENTS), ("offers", OFFERS), ("need_months", NEED_MONTHS))
    }
    return SimpleNamespace(periods=rows, ties=ties, **empty)


def comparison(
    loaded: LoadedScenario,
    worlds: int = 20,
    *,
    mediated: float = 4.0,
    fee: float = 0.5,
    **asked: bool,
) -> Comparison:
    """Return a comparison in which adversarial loses 8 a month, partnership 6, mediated as given."""
    lost = {"adversarial": 8.0, "partnership": 6.0, "mediated": mediated, "planner": 0.0}
    months = loaded.scenario.run.months
    outcomes = {r: outcome(r, lost[r], worlds, months, fee) for r in REGIMES}
    return Comparison(loaded, REGIMES, worlds, 3, outcomes, **asked)  # type: ignore[arg-type]
