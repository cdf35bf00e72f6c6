"""The explanation of a scenario in words and numbers, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from sim.contract import best_share
from sim.errors import SimError
from sim.jit import plain
from sim.measure.amounts import Amounts, amounts_of, count, format_duration, with_true_minus
from sim.measure.drawn_population import DrawnPopulation, draw_population
from sim.measure.explanation_parts import Explanation, LevelWorth, Section
from sim.measure.first_months import describe_first_months
from sim.measure.mistakes import fee_per_month, find_mistakes
from sim.records import PERIODS, TIES, table_dtype
from sim.relationship.work.cooperate import free_effort_share
from sim.scenario.key_kinds import BUILT_IN, MACHINE
from sim.scenario.load import LoadedScenario
from sim.scenario.mediator_styles import describe_styles
from sim.scenario.regimes import ResolvedRegime
from sim.scenario.schema import Issue, Scenario
from sim.scenario.strategy_texts import describe_strategy
from sim.words import Institution

MOST_WORLDS = 1_000_000

TRUST_RULES = {
    "beta": "Good and bad evidence is counted, bad weighing {negativity:g} times as much; trust is "
    "the good part of all, and {kept:.0f} % of the evidence is left after a year.",
    "ewma": "Trust closes {rise:.0f} % of its distance to 1 with a unit of good evidence and loses "
    "{fall:.0f} % with a unit of bad; {kept:.0f} % of its distance from the start is left after a "
    "year without evidence.",
    "two_layer": "Trust rises and falls as under `ewma` ({rise:.0f} % and {fall:.0f} %), below a "
    "reputation that a violation damages by {damage:.0f} %.",
}
FUNCTIONS = {
    "broker": "helping both to a contract, by its style",
    "align": "saying what delivery to expect and what is needed",
    "warn": "carrying bad news",
    "resolve": "estimating the merits of disputes and hearing grievances",
    "metrics": "proposing what performance is measured by",
    "terms": "proposing the risk share and protection",
    "review": "hearing both sides at reviews of the running contract",
    "grow": "pointing out opportunities",
    "continue": "keeping the record when contacts leave",
}
INSTITUTIONS = {
    Institution.ADVERSARIAL: "direct talks, private information, no third party",
    Institution.PARTNERSHIP: "direct talks on open books, each side as open as it trusts the other",
    Institution.PLANNER: "full information, best terms and no friction: the yardstick",
}
PROTOCOLS = {
    "alternating_offers": "the two sides offer in turn, at most {offers} a talk",
    "sealed_bid": "both name a price for the standard terms; they trade at the mean if bid ≥ ask "
    "(weight of the bid {k:g})",
    "take_it_or_leave_it": "one side names terms and price, the other takes or leaves them",
}
LEVELS = {
    "truthful": "reservation values are claimed as they are",
    "level_1": "both shade their reservation values as if the other did not",
    "equilibrium": "both shade their reservation values so that neither gains much by another shade",
}


def explain(
    loaded: LoadedScenario, worlds: int | None = None, seed: int | None = None
) -> Explanation:
    """Return the explanation of a scenario: its parties, rules, regimes, gains and likely mistakes.

    `worlds` and `seed` are those of the planned run, by default the scenario's. Draws the
    population of up to 20 worlds and times one. Raises SimError for a number of worlds or a seed
    out of range.
    """
    _check_whole_number("worlds", worlds, 1, MOST_WORLDS)
    _check_whole_number("seed", seed, 0, 2**63 - 1)
    drawn = draw_population(loaded.regime("adversarial"), worlds, seed)
    s, money = loaded.scenario, amounts_of(loaded.scenario)
    parts = (
        Section("Who", _describe_parties(s)),
        Section(
            "What a contract is about", _describe_contract(s, money), _level_worths(s, money, drawn)
        ),
        Section("What they know at first", _describe_knowledge(s, money)),
        Section("How they bargain", _describe_bargaining(s, money)),
        Section("What happens under a contract", _describe_service(s, money)),
        Section("How trust moves", _describe_trust(s)),
        Section("Regimes", _describe_regimes(loaded, money), hanging=True),
        Section("What there is to gain", _describe_gains(money, drawn)),
        Section("Size of the run", _describe_size(loaded, drawn, worlds)),
    )
    title = f"{loaded.name}: {loaded.scenario.title}" if loaded.scenario.title else loaded.name
    return Explanation(title, parts, find_mistakes(loaded, drawn))


def _check_whole_number(name: str, value: Any, least: int, most: int) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if value is not None and not (whole and least <= value <= most):
        raise SimError(f"{name} = {value}: want a whole number from {least} to {most}")


def _describe_parties(scenario: Scenario) -> list[str]:
    m = scenario.market
    if m.candidates == 1:
        meet = "Every need has one vendor and keeps it in view: fixed dyads."
    else:
        meet = (
            f"A market: every need considers {m.candidates} vendors and picks the one of highest "
            f"trust^{m.trust_weight:g} × gain^{1 - m.trust_weight:g}; after an impasse the two "
            f"pause for {count(m.cooldown, 'month')}."
        )
    return [
        (
            f"{count(m.needs, 'buyer')} with one need{' each' if m.needs > 1 else ''} and "
            f"{count(m.vendors, 'vendor')}. {meet} "
            f"One world lasts {count(scenario.run.months, 'month')} ({scenario.run.months / 12:.3g} years)."
        ),
        describe_first_months(scenario),
    ]


def _describe_contract(scenario: Scenario, money: Amounts) -> list[str]:
    """Return paragraphs about the issues: an introduction, then spread and effect of each."""
    head = (
        f"A price per month and {count(len(scenario.issues), 'issue')}. Population means in "
        f"{money.currency} per month; what acts after signing is valued at full trust."
    )
    about = [
        (_describe_spread(issue, money), _describe_effect(issue, scenario, money))
        for issue in scenario.issues
    ]
    return [head, *(paragraph for pair in about for paragraph in pair)]


def _level_worths(scenario: Scenario, money: Amounts, drawn: DrawnPopulation) -> list[LevelWorth]:
    found = []
    mean = drawn.setup.average
    for k, issue in enumerate(scenario.issues):
        gains = [mean[0, k, n] + mean[1, k, n] for n in range(len(issue.levels))]
        for n, level in enumerate(issue.levels):
            worth, cost, gain = (money.number(x) for x in (mean[0, k, n], -mean[1, k, n], gains[n]))
            best = "best on average" if n == int(np.argmax(gains)) else ""
            unit = " months" if issue.kind == "duration" else ""
            name = issue.name if n == 0 else ""
            found.append(LevelWorth(name, f"{level}{unit}", worth, cost, gain, best))
    return found


def _describe_spread(issue: Issue, money: Amounts) -> str:
    if issue.kind not in ("generic", "duration"):
        return ""
    if not issue.worth_spread and not issue.cost_spread and not issue.worth_range:
        return f"“{issue.name}”: the same for everybody."
    further = f" ± {money.money(issue.worth_range)}" if issue.worth_range else ""
    return (
        f"“{issue.name}”: worth differs by ± {100 * issue.worth_spread:.0f} %{further} between buyers, cost "
        f"by ± {100 * issue.cost_spread:.0f} % between vendors, level by level."
    )


def _describe_effect(issue: Issue, scenario: Scenario, money: Amounts) -> str:
    if issue.kind == "duration":
        return f"“{issue.name}” is how long a contract runs."
    if issue.kind == "penalty":
        return (
            f"“{issue.name}” is the months of harm a vendor owes per problem, of which "
            f"{100 * scenario.problems.enforcement:.0f} % is collected."
        )
    if issue.kind == "liability":
        return (
            f"“{issue.name}” is what the buyer pays on breaking up, in units of "
            f"{money.money(scenario.protection.exit_fee)}."
        )
    if issue.kind != "risk_share":
        return ""
    b, v, variance = scenario.buyers, scenario.vendors, scenario.delivery.noise**2
    others = (b.cooperation, plain(free_effort_share)(v.goodwill, v.regard, 1.0), b.regard)
    best = plain(best_share)(
        1.0, v.productivity, b.risk_aversion, v.risk_aversion, variance, others
    )
    top = max(float(level) for level in issue.levels)
    beyond = f", beyond the largest level, {top:g}" if best > top else ""
    return (
        f"“{issue.name}” is the share s of measured performance that is paid for: it makes the "
        f"vendor work harder and bear risk. For the average pair {best:.2f} is best{beyond}."
    )


def _describe_knowledge(scenario: Scenario, money: Amounts) -> list[str]:
    b = scenario.beliefs
    if b.known >= 1.0:
        other = "Each side knows the other's table exactly."
    else:
        other = (
            f"What one side thinks of the other's table lies {100 * b.fixed_pie:.0f} % of the way "
            "from the population mean to “what I want is what it costs them”"
            + (f", and {100 * b.known:.0f} % of the truth is known." if b.known else ".")
            + f" A fully trusted offer removes {100 * b.learning:.0f} % of a contradiction."
        )
    if b.fixed_pie_share and b.known < 1.0:
        other += (
            f" {100 * b.fixed_pie_share:.0f} % of people see every issue as a contest and give way "
            "to its middle, until they are shown better."
        )
    v = scenario.vendors
    claim = (
        f"Vendors' capability is {v.capability:g} ± {v.capability_spread:g}; they talk "
        f"{100 * v.oversell:.0f} % of what is missing away. A buyer starts between the claim and "
        f"the mean, as far as it trusts, and gives that the weight of "
        f"{scenario.delivery.prior_months:g} months of delivery. Full capability is worth "
        f"{money.money(scenario.buyers.quality_worth)} a month."
    )
    apart = (
        f"Apart, a buyer has {money.money(scenario.buyers.outside)} and a vendor "
        f"{money.money(v.outside)} a month on average. Each side's own table, outside option and "
        "risk aversion are private."
    )
    return [apart, other, claim]


def _describe_bargaining(scenario: Scenario, money: Amounts) -> list[str]:
    n = scenario.negotiation
    how = PROTOCOLS[n.protocol].format(offers=count(n.deadline, "offer"), k=n.k)
    first = {"random": "a toss decides", "buyer": "the buyer", "vendor": "the vendor"}[n.first]
    buyers = describe_strategy(scenario.buyers.strategy)
    vendors = describe_strategy(scenario.vendors.strategy)
    return [
        (
            f"Protocol {n.protocol}: {how}. Who speaks first: {first}. An offer or draft costs each "
            f"side {money.money(n.offer_cost)}."
        ),
        f"Level {n.level}: {LEVELS[n.level]}.",
        f"Buyers concede by {buyers}; vendors by {vendors}.",
    ]


def _describe_service(scenario: Scenario, money: Amounts) -> list[str]:
    p, d = scenario.problems, scenario.disputes
    if p.rate * p.severity == 0.0:
        trouble = "Nothing goes wrong: no problem ever arises."
    else:
        trouble = (
            f"A problem arises in {100 * p.rate:.3g} % of months and does {money.money(p.severity)} "
            f"of harm a month on average while it is open. Told at once the vendor repairs it for "
            f"{p.fix:g} months of harm. Hidden it grows by {100 * p.growth:.3g} % a month and is "
            f"found with a chance of {100 * p.discovery:.3g} % a month. {100 * p.fault:.0f} % are "
            f"the vendor's fault; a buyer withholds {scenario.buyers.blame:g} times the harm from a vendor "
            "it believes at fault." + _describe_fear(scenario)
        )
    swings = (
        f"Delivered capability varies from month to month with an sd of {scenario.delivery.quality_noise:g}, measured "
        f"performance with one of {money.money(scenario.delivery.noise)}."
    )
    if d.threshold == 0.0:
        fights = "Grievance never becomes a dispute."
    else:
        fights = (
            f"What falls short of the promise by more than {d.tolerance:g} sd of this noise adds to grievance, of which "
            f"{100 * d.decay:.0f} % is left after a month; at {money.money(d.threshold)} it is a "
            f"dispute. Fighting it costs the buyer {money.money(d.cost_buyer)} and the vendor "
            f"{money.money(d.cost_vendor)}, and ends the contract."
        )
    return [swings, trouble, fights]


def _describe_fear(scenario: Scenario) -> str:
    v = scenario.vendors
    if v.blame_fear == "trust":
        return ""
    return (
        f" A vendor first expects {v.first_fear:g} times the blame that a stranger meets, and learns "
        f"from how its news is received; this first guess counts as much as {v.fear_memory:g} receptions."
    )


def _describe_trust(scenario: Scenario) -> list[str]:
    r = scenario.relationship
    rule = TRUST_RULES[r.trust_rule].format(
        negativity=r.negativity,
        kept=100 * r.memory**12,
        rise=100 * r.rise,
        fall=100 * r.fall,
        damage=100 * r.damage_rise,
    )
    start = r.prior_good / (r.prior_good + r.prior_bad)
    what = "trust, however low," if r.ceiling == "multiplies" else "the most that trust can be"
    wears = f"An ordinary month that was fully expected counts {100 * r.routine_wear:.0f} % less as evidence. "
    wears = wears if r.routine_wear > 0.0 else ""
    return [
        f"Rule {r.trust_rule}; strangers start at {start:.2f}. {rule}",
        (
            f"Evidence: an ordinary month {r.weight_routine:g}, bad news told and taken "
            f"{r.weight_candour:g}, a dispute {r.weight_conflict:g}. {wears}A hidden problem found out "
            f"lowers {what} by {100 * r.deceit_cut:.0f} %, and "
            f"{100 * r.ceiling_recovery:.3g} % of that comes back each month."
        ),
    ]


def _describe_regimes(loaded: LoadedScenario, money: Amounts) -> list[str]:
    lines = []
    for name in loaded.regimes():
        regime = loaded.regime(name)
        description = INSTITUTIONS.get(regime.institution) or _describe_mediation(regime, money)
        table = loaded.scenario.regimes.get(name)
        if table is not None:
            keys = [f"{key} = {value}" for key, value in _flatten_keys(table.model_extra or {})]
            changes = f"; changes {', '.join(keys)}" if keys else ""
            description = f"extends {table.extends}{changes}: {description}"
        lines.append(f"{name}: {description}.")
    return lines


def _describe_mediation(regime: ResolvedRegime, money: Amounts) -> str:
    m = regime.scenario.mediator
    if not m.functions:
        return "a mediator without functions is not engaged, so direct talks as in adversarial"
    if regime.name == MACHINE:
        return "the control: as mediated, by something that knows nothing and is free"
    does = ", ".join(f"{name} ({FUNCTIONS[name]})" for name in m.functions)
    able = (
        f"{m.competence:g}"
        if isinstance(m.competence, float)
        else f"{m.competence.buyer:g} about buyers and {m.competence.vendor:g} about vendors"
    )
    lean = f"bias {with_true_minus(f'{m.bias:+g}')}" if m.bias else "no bias"
    case = f" and {money.money(m.fee.case)} per dispute" if m.fee.case else ""
    joins = ", each side taking part as often as it trusts it" if m.participation == "trust" else ""
    return (
        f"direct talks and a mediator with {does}; its style {describe_styles(m.style)}{joins}; "
        f"competence {able}, {lean}, discretion "
        f"{m.discretion:g}, at most {count(m.drafts, 'draft')} a talk; trusted "
        f"{m.prior_good / (m.prior_good + m.prior_bad):.2f} at first; fee "
        f"{money.money(fee_per_month(regime.scenario))} per need and month over a contract{case}"
    )


def _flatten_keys(tree: dict[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _flatten_keys(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _describe_gains(money: Amounts, drawn: DrawnPopulation) -> list[str]:
    needs = np.maximum(drawn.needs, 0.0)
    worth, pairs = float((drawn.needs > 0.0).mean()), float((drawn.ties > 0.0).mean())
    low, high = money.number(float(needs.min())), money.number(float(needs.max()))
    return [
        (
            f"In {count(drawn.worlds, 'drawn world')} first best is "
            f"{money.money(float(needs.mean()))} per need and month on average, from {low} to {high} "
            f"between needs, before problems. {100 * worth:.0f} % of needs are worth serving; "
            f"{100 * pairs:.0f} % of pairs that may meet have something to gain."
        ),
        (
            f"Of such pairs {100 * drawn.zone:.0f} % see a zone of agreement on true claims, and "
            f"{100 * drawn.shaded:.0f} % when both shade as the level says."
        ),
    ]


def _describe_size(loaded: LoadedScenario, drawn: DrawnPopulation, worlds: int | None) -> list[str]:
    s = loaded.scenario
    number = s.run.worlds if worlds is None else worlds
    rows = number * s.run.months, number * s.market.needs * s.market.candidates
    size = (rows[0] * table_dtype(PERIODS).itemsize + rows[1] * table_dtype(TIES).itemsize) / 1e6
    months = number * s.run.months * s.market.needs
    seconds = months / drawn.rate
    return [
        (
            f"{count(number, 'world')} × {count(s.run.months, 'month')} × "
            f"{count(s.market.needs, 'need')} = {months:,} tie-months per regime: "
            f"{_describe_seconds(seconds)} on one thread of this machine ({drawn.rate:,.0f} a second, measured "
            f"now), {_describe_seconds(len(BUILT_IN) * seconds)} for the five built-in regimes."
        ),
        (
            f"Tables per regime: {rows[0]:,} rows of periods and {rows[1]:,} of ties, {size:,.1f} MB "
            "before compression."
        ),
    ]


def _describe_seconds(seconds: float) -> str:
    return "under a second" if seconds < 1.0 else f"about {format_duration(seconds)}"
