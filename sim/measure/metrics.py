"""What is measured, declared once: name, unit, meaning, how it is computed, which way is better.

A measure is computed world by world, so that regimes can be compared world by world. A rate with
nothing to count in a world is NaN there, and that world does not count for that measure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from sim.records import CAUSE_COLUMNS
from sim.words import Institution

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.regimes import ResolvedRegime

PER_MONTH = "money/need/month"
PER_NEED = "money/need"
TRUST = "0 to 1"


class Tables(Protocol):
    """What an engine returns: structured arrays, rows ordered by world."""

    @property
    def periods(self) -> np.ndarray:
        """Rows of `records.PERIODS`."""

    @property
    def ties(self) -> np.ndarray:
        """Rows of `records.TIES`."""


@dataclass(frozen=True)
class View:
    """One regime's tables, seen as worlds × months."""

    tables: Tables
    needs: int
    months: int
    mediated: bool = True
    trusting: bool = True

    def __getitem__(self, column: str) -> np.ndarray:
        """Return a column of `periods` as floats, shape (worlds, months)."""
        return np.asarray(self.tables.periods[column], float).reshape(-1, self.months)

    @cached_property
    def worlds(self) -> np.ndarray:
        """Return the worlds, in the order of the rows."""
        return np.asarray(self.tables.periods["world"]).reshape(-1, self.months)[:, 0]

    def total(self, column: str) -> np.ndarray:
        """Return a column of `periods` summed over months, one number per world."""
        return self[column].sum(axis=1)

    def each(self, column: str) -> np.ndarray:
        """Return a column of `periods` per need and month, one number per world."""
        return self.total(column) / (self.needs * self.months)

    def tie_total(self, column: str) -> np.ndarray:
        """Return a column of `ties` summed over the ties of each world."""
        ties = self.tables.ties
        order = np.argsort(self.worlds)
        row = order[np.searchsorted(self.worlds, ties["world"], sorter=order)]
        return np.bincount(row, weights=ties[column], minlength=len(self.worlds))

    def trust(self, column: str) -> np.ndarray:
        """Return a trust column, shape (worlds, months); NaN where there is nobody to trust."""
        values = self[column]
        seen = self.trusting and (self.mediated or "mediator" not in column)
        return values if seen else np.full_like(values, np.nan)


@dataclass(frozen=True)
class Measure:
    """One measure: `better` is +1 where more is better, −1 where less is, 0 where it depends."""

    name: str
    label: str
    unit: str
    better: int
    meaning: str
    how: str
    of: Callable[[View], np.ndarray]


def ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Return top / bottom, NaN where there is nothing to divide by."""
    top = np.asarray(top, float)
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=np.asarray(bottom) > 0)


Recipe = tuple[str, Callable[[View], np.ndarray]]


def _each(column: str) -> Recipe:
    how = f"sum of `{column}` over months / (needs × months)"
    return how, lambda v: v.each(column)


def _share(top: str, bottom: str) -> Recipe:
    how = f"sum of `{top}` / sum of `{bottom}`"
    return how, lambda v: ratio(v.total(top), v.total(bottom))


def _last(column: str) -> Recipe:
    return f"`{column}` of the last month", lambda v: v.trust(column)[:, -1]


def _mean(column: str) -> Recipe:
    return f"mean of `{column}` over months", lambda v: v.trust(column).mean(axis=1)


_TOTAL: Recipe = (
    "sum of `surplus` over months / needs",
    lambda v: v.total("surplus") / v.needs,
)
_THREE: Recipe = (
    "sum of `surplus` + `mediator` over months / (needs × months)",
    lambda v: v.each("surplus") + v.each("mediator"),
)
_DISPUTES: Recipe = (
    "sum of `dispute_count` / (sum of `active` / 12)",
    lambda v: ratio(v.total("dispute_count"), v.total("active") / 12.0),
)
_LENGTH: Recipe = (
    "sum of `months` / sum of `spells` over ties",
    lambda v: ratio(v.tie_total("months"), v.tie_total("spells")),
)

_MONEY: tuple[tuple[str, str, str, int, str, Recipe], ...] = (
    ("surplus", "joint surplus", PER_MONTH, 1,
     "what buyer and vendor gain together over their outside options, net of the fee",
     _each("surplus")),
    ("surplus_total", "joint surplus, cumulative", PER_NEED, 1,
     "joint surplus of one need over the whole run", _TOTAL),
    ("share_first_best", "share of first best", "share", 1,
     "how much of what was there to gain was gained", _share("surplus", "first_best")),
    ("three_party", "three-party surplus", PER_MONTH, 1,
     "joint surplus plus what the mediator was paid", _THREE),
    ("buyer", "buyer's part", PER_MONTH, 1, "buyers' part of joint surplus", _each("buyer")),
    ("vendor", "vendor's part", PER_MONTH, 1, "vendors' part of joint surplus", _each("vendor")),
    ("mediator", "mediator's receipts", PER_MONTH, 0,
     "what the mediator was paid: a transfer, not a loss", _each("mediator")),
    ("first_best", "first best", PER_MONTH, 0,
     "what full information, best terms and no friction would yield", _each("first_best")),
)  # fmt: skip

TRUSTS = {
    "trust_buyer": "buyer's trust in vendor",
    "trust_vendor": "vendor's trust in buyer",
    "trust_mediator_buyer": "buyer's trust in mediator",
    "trust_mediator_vendor": "vendor's trust in mediator",
}

_TRUST: tuple[tuple[str, str, str, int, str, Recipe], ...] = tuple(
    line
    for name, who in TRUSTS.items()
    for line in (
        (f"{name}_end", f"{who}, end", TRUST, 1, "in the last month, over needs", _last(name)),
        (f"{name}_mean", f"{who}, average", TRUST, 1, "over needs and months", _mean(name)),
    )
)

_RATES: tuple[tuple[str, str, str, int, str, Recipe], ...] = (
    ("coverage", "months under contract", "share", 0,
     "share of need-months with a contract in force", _each("active")),
    ("impasse_rate", "impasse rate", "share", -1,
     "share of talks that end without a contract", _share("impasses", "talks")),
    ("offers_per_talk", "offers per talk", "offers", 0,
     "offers and drafts made in one talk", _share("offers", "talks")),
    ("draft_share", "contracts from a draft", "share", 0,
     "share of contracts signed from a mediator's draft", _share("drafts_signed", "signed")),
    ("dispute_rate", "dispute rate", "disputes/need-year", -1,
     "disputes in a year under contract", _DISPUTES),
    ("fought_share", "disputes fought", "share", -1,
     "share of disputes that are fought, not settled", _share("fought", "dispute_count")),
    ("early_report_rate", "early-report rate", "share", 1,
     "share of problems that the vendor tells at once",
     _share("problems_reported", "problems_arrived")),
    ("renewal_rate", "renewal rate", "share", 0,
     "share of contracts run out that are signed again at once", _share("renewals", "expiries")),
    ("tie_length", "mean tie length", "months", 0,
     "length of an unbroken run of contracts; runs still going at the end count as far as they got",
     _LENGTH),
)  # fmt: skip

CAUSE_LABELS = {
    "no_deal": "no deal",
    "wrong_vendor": "wrong vendor",
    "misfit": "misfit terms",
    "incentives": "incentives and risk",
    "protection": "protection",
    "haggling": "haggling",
    "problems": "problems",
    "disputes": "disputes",
    "fee": "mediator's fee",
}

_CAUSES: tuple[tuple[str, str, str, int, str, Recipe], ...] = tuple(
    (f"loss_{c.name}", f"lost: {CAUSE_LABELS[c.name]}", PER_MONTH, -1, c.meaning, _each(c.name))
    for c in CAUSE_COLUMNS
)

MEASURES = tuple(Measure(*line[:5], *line[5]) for line in (*_MONEY, *_TRUST, *_RATES, *_CAUSES))
BY_NAME = {m.name: m for m in MEASURES}

# What can be drawn over time: unit, and the values of one regime, shape (worlds, months).
SERIES: dict[str, tuple[str, Callable[[View], np.ndarray]]] = {
    "surplus": (PER_MONTH, lambda v: v["surplus"] / v.needs),
    "surplus_so_far": (PER_NEED, lambda v: np.cumsum(v["surplus"], axis=1) / v.needs),
    "three_party": (PER_MONTH, lambda v: (v["surplus"] + v["mediator"]) / v.needs),
    "first_best": (PER_MONTH, lambda v: v["first_best"] / v.needs),
    **{name: (TRUST, lambda v, name=name: v.trust(name)) for name in TRUSTS},  # type: ignore[misc]
}


def parties(regime: ResolvedRegime) -> dict[str, bool]:
    """Return who is there to be trusted: `mediated`, and `trusting` (a planner needs no trust)."""
    mediator = regime.institution == Institution.MEDIATED and regime.scenario.mediator.functions
    return {"mediated": bool(mediator), "trusting": regime.institution != Institution.PLANNER}


def per_world(
    outcome: Tables, needs: int, months: int, *, mediated: bool = True, trusting: bool = True
) -> pd.DataFrame:
    """Return one row per world: `world`, then every measure in the order of `MEASURES`.

    Trust is NaN, not 0, where nobody is there to be trusted; see `parties`.
    """
    import pandas as pd

    view = View(outcome, needs, months, mediated, trusting)
    return pd.DataFrame({"world": view.worlds, **{m.name: m.of(view) for m in MEASURES}})
