"""The measures, declared once: name, unit, meaning, how it is computed, which direction is better.

A measure is one number per world, so that regimes can be compared world by world. A rate is NaN in
a world with nothing to count, and that world is left out of that measure. Months before
`run.burn_in` count for no measure except those of `ties`, whose rows are whole lives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.measure.view import Tables, View, ratio
from sim.records import CAUSE_COLUMNS
from sim.words import Institution

if TYPE_CHECKING:
    from sim.scenario.regimes import ResolvedRegime

PER_MONTH = "money/need/month"
PER_NEED = "money/need"
PER_CONTRACT = "money/contract/month"
TRUST = "0 to 1"
WHOLE_RUN = "; over the whole run, burn-in too"


@dataclass(frozen=True)
class Measure:
    """A number computed for each world of a regime.

    `better` is +1 if more is better, −1 if less is, 0 if it depends. `of` maps a view to shape
    (worlds,); `meaning` and `how` describe it in words. `whole` names the measure of which this one
    is a share; if it is not empty, the mean over worlds is a ratio of means
    (`sim/measure/means.py`).
    """

    name: str
    label: str
    unit: str
    better: int
    meaning: str
    how: str
    of: Callable[[View], np.ndarray]
    whole: str = ""


Recipe = tuple[str, Callable[[View], np.ndarray]]  # how it is computed, in words and in code


def _each(column: str) -> Recipe:
    how = f"sum of `{column}` over months / (needs × months)"
    return how, lambda v: v.per_need_month(column)


def _share(top: str, bottom: str) -> Recipe:
    how = f"sum of `{top}` / sum of `{bottom}`"
    return how, lambda v: ratio(v.total(top), v.total(bottom))


def _misread(side: str) -> Recipe:
    missed, prior = f"miss_{side}", f"miss_{side}_prior"
    how = f"root of (sum of squared `{missed}` / sum of squared `{prior}`), over ties that have talked"
    how += WHOLE_RUN
    return how, lambda v: np.sqrt(ratio(v.tie_squares(missed), v.tie_squares(prior)))


def _monthly_mean(column: str) -> Recipe:
    return f"mean of `{column}` over months", lambda v: v[column].mean(axis=1)


def _at_end(column: str) -> Recipe:
    return f"`{column}` of the last month", lambda v: v[column][:, -1]


def _yearly(column: str) -> Recipe:
    how = f"sum of `{column}` / (sum of `active` / 12)"
    return how, lambda v: ratio(v.total(column), v.total("active") / 12.0)


def _every_year(column: str) -> Recipe:
    how = f"12 × sum of `{column}` over months / (needs × months)"
    return how, lambda v: 12.0 * v.per_need_month(column)


def _of_all(top: str, *others: str) -> Recipe:
    how = f"sum of `{top}` / sum of `{'` + `'.join((top, *others))}`"
    return how, lambda v: ratio(v.total(top), sum(v.total(c) for c in (top, *others)))


def _last(column: str) -> Recipe:
    return f"`{column}` of the last month", lambda v: v.held_by_people(column)[:, -1]


def _mean(column: str) -> Recipe:
    return f"mean of `{column}` over months", lambda v: v.held_by_people(column).mean(axis=1)


_TOTAL: Recipe = (
    "sum of `surplus` over months / needs",
    lambda v: v.total("surplus") / v.needs,
)
_THREE: Recipe = (
    "sum of `surplus` + `mediator` − `mediator_cost` over months / (needs × months)",
    lambda v: _three_party(v).sum(axis=1) / (v.needs * v.counted_months),
)
_GROSS: Recipe = (
    "sum of `surplus` + `mediator` over months / (needs × months)",
    lambda v: (v.total("surplus") + v.total("mediator")) / (v.needs * v.counted_months),
)
_LENGTH: Recipe = (
    f"sum of `months` / sum of `spells` over ties{WHOLE_RUN}",
    lambda v: ratio(v.tie_total("months"), v.tie_total("spells")),
)

_MONEY: tuple[Line, ...] = (
    ("surplus", "joint surplus", PER_MONTH, 1,
     "what buyer and vendor gain together over their outside options, net of the fee",
     _each("surplus")),
    ("surplus_total", "joint surplus, cumulative", PER_NEED, 1,
     "joint surplus of one need over all months that count", _TOTAL),
    ("surplus_gross", "joint surplus before the fee", PER_MONTH, 1,
     "joint surplus as it would be had the mediator cost nothing", _GROSS),
    ("share_first_best", "share of first best", "share", 1,
     "how much of what was there to gain was gained", _share("surplus", "first_best")),
    ("three_party", "three-party surplus", PER_MONTH, 1,
     "joint surplus plus what the mediator was paid, less what it cost the mediator", _THREE),
    ("buyer", "buyer's part", PER_MONTH, 1, "buyers' part of joint surplus", _each("buyer")),
    ("vendor", "vendor's part", PER_MONTH, 1, "vendors' part of joint surplus", _each("vendor")),
    ("mediator", "mediator's receipts", PER_MONTH, 0,
     "what the mediator was paid: a transfer, not a loss", _each("mediator")),
    ("mediator_cost", "mediator's own cost", PER_MONTH, 0,
     "what accompanying contracts cost the mediator itself", _each("mediator_cost")),
    ("first_best", "first best", PER_MONTH, 0,
     "what full information, best terms and no friction would yield", _each("first_best")),
)  # fmt: skip

Line = tuple[str, str, str, int, str, Recipe]  # name, label, unit, better, meaning, recipe
TRUSTS = {
    "trust_buyer": "buyer's trust in vendor",
    "trust_vendor": "vendor's trust in buyer",
    "trust_mediator_buyer": "buyer's trust in mediator",
    "trust_mediator_vendor": "vendor's trust in mediator",
}

TRAITS = {
    "trait_trust": ("mutual trust", "mean of both sides' trust"),
    "trait_respect": ("mutual respect", "promises kept, dues paid, no squeeze, no deceit"),
    "trait_collaboration": ("collaboration", "news told and reviews held both ways"),
    "trait_success": ("joint success", "both sides gain"),
    "trait_goals": ("congruent goals", "measure and terms serve both"),
}
OPENNESS = {
    "disclosure_buyer": "buyer's openness to vendor",
    "disclosure_vendor": "vendor's openness to buyer",
    "disclosure_mediator_buyer": "buyer's openness to mediator",
    "disclosure_mediator_vendor": "vendor's openness to mediator",
}


def _end_and_mean(name: str, who: str, meaning: str = "") -> tuple[Line, Line]:
    prefix = f"{meaning}; " if meaning else ""
    return (
        (f"{name}_end", f"{who}, end", TRUST, 1, f"{prefix}in the last month, over needs",
         _last(name)),
        (f"{name}_mean", f"{who}, average", TRUST, 1, f"{prefix}over needs and months", _mean(name)),
    )  # fmt: skip


_TRUST: tuple[Line, ...] = tuple(
    line for name, who in TRUSTS.items() for line in _end_and_mean(name, who)
)
_TRAITS: tuple[Line, ...] = tuple(
    line for name, said in TRAITS.items() for line in _end_and_mean(name, *said)
)
_OPENNESS: tuple[Line, ...] = tuple(
    (name, f"{who}, average", TRUST, 1, "share of its own table that it discloses; over needs and months",
     _mean(name))
    for name, who in OPENNESS.items()
)  # fmt: skip

_RATES: tuple[Line, ...] = (
    ("coverage", "months under contract", "share", 0,
     "share of need-months with a contract in force", _each("active")),
    ("impasse_rate", "impasse rate", "share", -1,
     "share of talks that end without a contract", _share("impasses", "talks")),
    ("offers_per_talk", "offers per talk", "offers", 0,
     "offers and drafts made in one talk", _share("offers", "talks")),
    ("draft_share", "contracts from a draft", "share", 0,
     "share of contracts signed from a mediator's draft", _share("drafts_signed", "signed")),
    ("dispute_rate", "dispute rate", "disputes/need-year", -1,
     "disputes in a year under contract", _yearly("dispute_count")),
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

_CONDUCT: tuple[Line, ...] = (
    ("both_gain_share", "months both gain", "share", 1,
     "share of contract months from which both sides gain over what they have apart",
     _share("both_gain", "active")),
    ("effort", "vendor's effort", PER_CONTRACT, 1,
     "effort a, paid or given freely, in a month under contract", _share("effort", "active")),
    ("cooperation", "buyer's cooperation", PER_CONTRACT, 1,
     "the buyer's own effort b in a month under contract", _share("cooperation", "active")),
    ("alignment", "alignment of the measure", TRUST, 1,
     "θ of the agreed measure of performance, under contract", _share("alignment", "active")),
    ("misread_buyer", "vendor's error about the buyer's table", "times the mean's", 0,
     ("distance of the vendor's beliefs from the buyer's table, divided by that of the population mean; "
     "0 is all known, 1 is no better than knowing nothing of this buyer, 2 is twice as far off"),
     _misread("buyer")),
    ("misread_vendor", "buyer's error about the vendor's table", "times the mean's", 0,
     ("distance of the buyer's beliefs from the vendor's table, divided by that of the population mean; "
     "0 is all known, 1 is no better than knowing nothing of this vendor, 2 is twice as far off"),
     _misread("vendor")),
    ("needs_error", "vendor's error about needs", PER_CONTRACT, -1,
     "vendor's error about the worth of the agreed levels to the buyer",
     _share("needs_error", "active")),
    ("reviews_rate", "reviews", "reviews/need-year", 0,
     "reviews held in a year under contract", _yearly("reviews")),
    ("change_orders_rate", "change orders", "orders/need-year", 0,
     "running contracts changed, at a review or on request, in a year under contract",
     _yearly("change_orders")),
    ("change_requests_rate", "requests for change", "requests/need-year", 0,
     "changes of a running contract that a side asks for, in a year under contract",
     _yearly("change_requests")),
    ("requests_agreed_share", "requests agreed to", "share", 0,
     "share of requests for change that the other side agrees to",
     _share("requests_agreed", "change_requests")),
    ("transactions", "cost of reviews and changes", PER_MONTH, -1,
     "reviews, changes, requests and switching: the part of haggling that is not talks",
     _each("transactions")),
    ("termination_rate", "contracts terminated", "contracts/need-year", 0,
     "contracts that the buyer ends early for convenience, in a year under contract",
     _yearly("terminations")),
    ("squeeze_rate", "squeezes", "squeezes/need-year", -1,
     "price cuts demanded under threat, in a year under contract", _yearly("squeezes")),
    ("reopened_rate", "contracts reopened", "contracts/need-year", 0,
     "contracts reopened over all issues in a recession, in a year under contract",
     _yearly("reopened")),
    ("holdup_rate", "hold-up at renewal", "share", -1,
     "share of renewals at which the less dependent side holds up the other",
     _share("held_up", "renewals")),
    ("declined_share", "talks declined", "share", 0,
     "share of approaches that a vendor declines honestly", _of_all("declined", "talks")),
    ("switch_share", "contracts that switch", "share", 0,
     "share of contracts signed with another vendor than last time",
     _share("switches", "signed")),
)  # fmt: skip

_GROWTH: tuple[Line, ...] = (
    ("investment", "investment", PER_MONTH, 0,
     "rent of what both sides invested in opportunities", _each("investment")),
    ("opportunities_taken_share", "opportunities taken", "share", 1,
     "share of opportunities that are noticed and invested in",
     _share("opportunities_taken", "opportunities_arisen")),
    ("dependence", "mutual dependence", PER_CONTRACT, 0,
     "what both sides would lose if the tie ended", _share("dependence", "active")),
    ("asymmetry_share", "asymmetry of dependence", "share", 0,
     "difference between what the two would lose, as a share of the sum",
     _share("asymmetry", "dependence")),
    ("demand_end", "downstream demand, end", "factor", 1,
     "demand of the needs' own customers in the last month", _at_end("demand")),
)  # fmt: skip

_MEDIATION: tuple[Line, ...] = (
    ("engaged_share", "months with a mediator", "share", 0,
     "share of contract months that a mediator accompanies", _share("engaged", "active")),
    ("veto_share", "drafts vetoed", "share", -1,
     "share of drafts that find no agreement", _of_all("vetoes", "drafts_signed")),
    ("leak_rate", "leaks", "leaks/need/year", -1,
     "confidences that leak, per need and year", _every_year("leaks")),
    ("leaks_found_share", "leaks found out", "share", 0,
     "share of leaks that the side betrayed finds out", _share("leaks_found", "leaks")),
)  # fmt: skip

_SURROUNDINGS: tuple[Line, ...] = (
    ("recession_share", "months of recession", "share", 0,
     "share of months in a recession, the same under every regime", _monthly_mean("recession")),
    ("contacts_left_rate", "contacts that leave", "contacts/need/year", 0,
     "contacts of either side that leave, per need and year", _every_year("contacts_left")),
    ("shift_rate", "shifts of needs", "shifts/need/year", 0,
     "needs that shift, per need and year", _every_year("shifts")),
    ("unnoticed_share", "months in the dark", "share", -1,
     "share of need-months in which the buyer has not noticed that its need has shifted",
     _each("unnoticed")),
)  # fmt: skip

CAUSE_LABELS = {
    "no_deal": "no deal",
    "wrong_vendor": "wrong vendor",
    "misfit": "misfit terms",
    "drift": "drift of needs",
    "incentives": "incentives and risk",
    "protection": "protection",
    "haggling": "haggling",
    "problems": "problems",
    "disputes": "disputes",
    "opportunities": "opportunities missed",
    "underinvestment": "underinvestment",
    "fee": "mediator's fee",
    "governance": "vendor monitoring",
}
assert tuple(CAUSE_LABELS) == tuple(c.name for c in CAUSE_COLUMNS)

_CAUSES: tuple[Line, ...] = tuple(
    (f"loss_{c.name}", f"lost: {CAUSE_LABELS[c.name]}", PER_MONTH, -1, c.meaning, _each(c.name))
    for c in CAUSE_COLUMNS
)

LINES = (
    *_MONEY, *_TRUST, *_TRAITS, *_RATES, *_CONDUCT, *_GROWTH, *_MEDIATION, *_OPENNESS,
    *_SURROUNDINGS, *_CAUSES,
)  # fmt: skip
# Shares whose mean is a ratio of means, and what each is a share of.
WHOLES = {"share_first_best": "first_best"}
MEASURES = tuple(Measure(*line[:5], *line[5], WHOLES.get(line[0], "")) for line in LINES)
BY_NAME = {m.name: m for m in MEASURES}


def _three_party(view: View) -> np.ndarray:
    """Return joint surplus plus the mediator's profit, money by world and month."""
    total: np.ndarray = view["surplus"] + view["mediator"] - view["mediator_cost"]
    return total


# What can be plotted over time: unit, and the values of one regime, shape (worlds, months).
SERIES: dict[str, tuple[str, Callable[[View], np.ndarray]]] = {
    "surplus": (PER_MONTH, lambda v: v["surplus"] / v.needs),
    "surplus_so_far": (PER_NEED, lambda v: np.cumsum(v["surplus"], axis=1) / v.needs),
    "three_party": (PER_MONTH, lambda v: _three_party(v) / v.needs),
    "first_best": (PER_MONTH, lambda v: v["first_best"] / v.needs),
    "coverage": ("share", lambda v: v["active"] / v.needs),
    "effort": (PER_CONTRACT, lambda v: v.monthly("effort", "active")),
    "cooperation": (PER_CONTRACT, lambda v: v.monthly("cooperation", "active")),
    "alignment": (TRUST, lambda v: v.monthly("alignment", "active")),
    "dependence": (PER_CONTRACT, lambda v: v.monthly("dependence", "active")),
    "demand": ("factor", lambda v: v["demand"]),
    "recession": ("share", lambda v: v["recession"]),
    **{
        name: (TRUST, lambda v, name=name: v.held_by_people(name))  # type: ignore[misc]
        for name in (*TRUSTS, *TRAITS, *OPENNESS)
    },
}


def parties(regime: ResolvedRegime) -> dict[str, bool]:
    """Return who takes part in trust, as keywords of `View`.

    `mediated` is True if a mediator is engaged, `trusting` unless a planner decides, who needs no
    trust.
    """
    mediator = regime.institution == Institution.MEDIATED and regime.scenario.mediator.functions
    return {"mediated": bool(mediator), "trusting": regime.institution != Institution.PLANNER}


def monthly_series(name: str, view: View) -> np.ndarray:
    """Return a series of `SERIES`, shape (worlds, months): every month, burn-in included."""
    return SERIES[name][1](view.all_months)


def view_of(outcome: Tables, regime: ResolvedRegime) -> View:
    """Return the view of a regime's tables from which its measures are computed."""
    s = regime.scenario
    return View(outcome, s.market.needs, s.run.months, **parties(regime), burn_in=s.run.burn_in)


def measures_by_world(view: View) -> np.ndarray:
    """Return all measures as a structured array, one row per world: `world`, then every measure.

    Trust is NaN, not 0, if nobody is there to be trusted; see `parties`.
    """
    rows = np.empty(len(view.worlds), [("world", "i8"), *((m.name, "f8") for m in MEASURES)])
    rows["world"] = view.worlds
    for m in MEASURES:
        rows[m.name] = m.of(view)
    return rows
