"""The statistics of ours that published facts speak of, each a ratio of two sums over worlds.

A measure of `sim/measure/metrics.py` is one number per world; a published figure is a share or rate of
everything that was counted, so a statistic has a numerator and a denominator in each world. Many points
can be computed in one pass: the worlds of each are then a part of the rows (`WorldRatio.part`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from sim.errors import SimError, closest_name
from sim.field.field_view import FieldView
from sim.field.laws import log_of
from sim.field.world_ratio import LEVEL, WorldRatio
from sim.measure.share_intervals import wilson_interval
from sim.measure.view import View
from sim.rows import Rows
from sim.summation import ordered_sum
from sim.words import Event, IssueKind

SHARE, YEARLY = "share", "per contract-year"
PLAIN, LOGGED, OFFERED = (
    ("periods", "ties"), ("periods", "ties", "events"), ("periods", "ties", "offers"),
)  # fmt: skip
Terms = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Statistic:
    """A statistic: its name, unit and meaning, the tables it needs, and its two sums by world.

    `of` maps a view to (numerator, denominator), each of shape (worlds,). `counts` says that the
    numerator counts events: of those in the denominator if the unit is a share, else in so much time.
    """

    name: str
    unit: str
    meaning: str
    of: Callable[[FieldView], Terms]
    tables: tuple[str, ...] = PLAIN
    counts: bool = True

    def interval(self, ratio: WorldRatio, level: float = LEVEL) -> tuple[float, float]:
        """Return the interval of the statistic over worlds; NaN below two worlds.

        It is that of `WorldRatio.interval`, kept above 0 for counts and below 1 for shares. Where an
        event has happened in no world or in all, that interval has no width: a share then has Wilson's
        interval with a trial for each world, a rate of nothing the limit log(1 / tail) over the time
        watched (Poisson).
        """
        low, high = ratio.interval(level)
        if not self.counts or math.isnan(low):
            return low, high
        value, is_share = ratio.value, self.unit == SHARE
        if low == high and (value == 0.0 or (is_share and value == 1.0)):
            if is_share:
                ends = wilson_interval(value, len(ratio.top), level)
                return float(ends[0]), float(ends[1])
            watched = ordered_sum(ratio.bottom.tolist())
            return 0.0, -float(log_of(0.5 - 0.5 * level)) / watched
        return max(low, 0.0), min(high, 1.0) if is_share else high


def statistics_by_world(
    view: View, names: Iterable[str], rows: Rows | None = None
) -> dict[str, WorldRatio]:
    """Return some statistics of a run, by name, each with numerator and denominator of every world.

    `rows` is a table with one row of parameters for all worlds (`sim.rows.one_row`), or one for each in
    the order of `view.worlds`; `value_created` and the shares of clauses are NaN without it. The view's tables must
    have those of `tables_needed`. Raises SimError for an unknown name.
    """
    found = FieldView(view, rows)
    return {name: WorldRatio(*find_statistic(name).of(found)) for name in names}


def find_statistic(name: str) -> Statistic:
    """Return a statistic by name. Raises SimError with the nearest name if there is none."""
    if name in BY_NAME:
        return BY_NAME[name]
    near = closest_name(name, list(BY_NAME))
    hint = f"; did you mean '{near}'?" if near else ""
    raise SimError(f"statistic = {name!r}: want one of {', '.join(BY_NAME)}{hint}")


def tables_needed(names: Iterable[str]) -> tuple[str, ...]:
    """Return the tables that a run must record for some statistics."""
    return tuple(dict.fromkeys(table for name in names for table in find_statistic(name).tables))


def _totals(top: str, *bottom: str) -> Callable[[FieldView], Terms]:
    return lambda v: (v.total(top), np.sum([v.total(column) for column in bottom], axis=0))


def _less(top: str, bottom: str) -> Callable[[FieldView], Terms]:
    return lambda v: (v.total(bottom) - v.total(top), v.total(bottom))


def _yearly(column: str) -> Callable[[FieldView], Terms]:
    return lambda v: (v.total(column), v.years)


def _impasses_with_gains(v: FieldView) -> Terms:
    ties = v.view.tables.ties
    worthy = np.asarray(ties["first_best"]) > 0.0
    return (
        v.view.over_ties(np.where(worthy, ties["impasses"], 0.0)),
        v.view.over_ties(np.where(worthy, ties["talks"], 0.0)),
    )


def _impasses_despite_gains(v: FieldView) -> Terms:
    return _impasses_with_gains(v)[0], v.view.tie_total("talks")


def _ended_ties(v: FieldView) -> Terms:
    ended = v.view.tie_total("spells") - v.view.tie_total("running")
    return ended, v.view.tie_total("months") / 12.0


def _buyers_half_of_talks(v: FieldView) -> Terms:
    return 0.5 * (v.total("haggling") - v.total("transactions")), v.volume()


def _gains_lost_at_the_table(v: FieldView) -> Terms:
    ties = v.view.tables.ties
    gains = np.maximum(np.asarray(ties["first_best"]), 0.0)
    return v.view.over_ties(gains * ties["impasses"]), v.view.over_ties(gains * ties["talks"])


def _value_created(v: FieldView) -> Terms:
    whole = v.total("active") * v.ranges
    return whole - 0.5 * v.total("misfit"), whole


def _signed_on_first_offer(v: FieldView) -> Terms:
    return v.events(Event.SIGNED, lambda rows: rows["third"] <= 1.0), v.total("talks")


def _term(v: FieldView) -> Terms:
    return v.events(Event.SIGNED, lambda rows: rows["second"] / 12.0), v.total("signed")


def _price_at_renewal(v: FieldView) -> Terms:
    old = v.events(Event.RENEWED, lambda rows: rows["amount"])
    return v.events(Event.RENEWED, lambda rows: rows["second"]) - old, old


def _with_clause(kind: IssueKind) -> Callable[[FieldView], Terms]:
    return lambda v: v.contracts_with(kind)


def _of_price(*columns: str) -> Callable[[FieldView], Terms]:
    return lambda v: (np.sum([v.total(column) for column in columns], axis=0), v.volume())


STATISTICS = (
    Statistic("impasse_rate", SHARE, "talks that end without a contract", _totals("impasses", "talks")),
    Statistic("impasse_with_gains", SHARE,
              "talks without a contract, of those of pairs that gain on the best terms; whole run",
              _impasses_with_gains),
    Statistic("impasse_despite_gains", SHARE,
              "talks that fail although the pair gains on the best terms, of all talks; whole run",
              _impasses_despite_gains),
    Statistic("gains_lost_at_the_table", SHARE,
              "best gains of pairs whose talks fail, of those of all pairs that talk; whole run",
              _gains_lost_at_the_table, counts=False),
    Statistic("value_created", SHARE,
              "worth of the agreed packages from a random package (0.5) to the best one (1)",
              _value_created, counts=False),
    Statistic("first_offer_accepted", SHARE, "talks that end with their first offer accepted",
              _signed_on_first_offer, LOGGED),
    Statistic("offers_per_talk", "offers", "offers and drafts made in a talk", _totals("offers", "talks")),
    Statistic("hidden_share", SHARE, "problems that the vendor does not tell at once",
              _less("problems_reported", "problems_arrived")),
    Statistic("dispute_rate", YEARLY, "disputes in a year under contract", _yearly("dispute_count")),
    Statistic("settled_share", SHARE, "disputes that are settled, not fought",
              _less("fought", "dispute_count")),
    Statistic("contract_term", "years", "term of the contracts signed", _term, LOGGED, counts=False),
    Statistic("termination_rate", YEARLY, "contracts ended early by the buyer in a year under contract",
              _yearly("terminations")),
    Statistic("ended_early_share", SHARE, "contracts ended early by the buyer, of all that end",
              _totals("terminations", "terminations", "expiries")),
    Statistic("switch_rate", YEARLY, "changes of vendor in a year under contract", _yearly("switches")),
    Statistic("tie_end_rate", "per tie-year", "ties that end in a year under contract; whole run", _ended_ties),
    Statistic("renewal_share", SHARE, "contracts run out that are signed again with the same vendor at once",
              _totals("renewals", "expiries")),
    Statistic("same_vendor_share", SHARE, "contracts signed with the vendor of last time",
              _less("switches", "signed")),
    Statistic("change_rate", YEARLY, "running contracts changed in a year under contract",
              _yearly("change_orders")),
    Statistic("changes_per_contract", "changes", "changes of running contracts for each one signed",
              _totals("change_orders", "signed")),
    Statistic("requests_agreed_share", SHARE, "requests for a change that the other side agrees to",
              _totals("requests_agreed", "change_requests")),
    Statistic("price_change_at_renewal", SHARE, "rise of the price at renewals, of the old price",
              _price_at_renewal, LOGGED, counts=False),
    Statistic("governance_share", SHARE, "monitoring, reviews and changes, of the price paid",
              _of_price("governance", "transactions"), LOGGED, counts=False),
    Statistic("contracting_share", SHARE, "buyers' half of the cost of talks, of the price paid",
              _buyers_half_of_talks, LOGGED, counts=False),
    Statistic("transaction_share", SHARE, "monitoring and all haggling, of the price paid",
              _of_price("governance", "haggling"), LOGGED, counts=False),
    Statistic("penalty_clause_share", SHARE, "contracts signed with a penalty clause",
              _with_clause(IssueKind.PENALTY), OFFERED),
    Statistic("exit_fee_share", SHARE, "contracts signed with an exit fee",
              _with_clause(IssueKind.LIABILITY), OFFERED),
    Statistic("performance_pay_share", SHARE, "contracts signed whose pay depends on measured performance",
              _with_clause(IssueKind.RISK_SHARE), OFFERED),
    Statistic("vendor_share", SHARE, "vendors' part of the joint surplus", _totals("vendor", "surplus"),
              counts=False),
    Statistic("tie_length", "years", "length of an unbroken run of contracts; whole run",
              lambda v: (v.view.tie_total("months") / 12.0, v.view.tie_total("spells")),
              counts=False),
    Statistic("fee_share", SHARE, "what the mediator is paid, of the price paid", _of_price("mediator"),
              LOGGED, counts=False),
    Statistic("drafts_accepted_share", SHARE, "drafts of a mediator that both sides accept",
              _totals("drafts_signed", "drafts_signed", "vetoes")),
)  # fmt: skip
BY_NAME = {statistic.name: statistic for statistic in STATISTICS}
