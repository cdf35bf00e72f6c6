"""Likely mistakes in a valid scenario: settings that make a run mean less than intended."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np

from sim.jit import plain
from sim.measure.amounts import amounts_of, count
from sim.measure.drawn_population import DrawnPopulation
from sim.measure.first_months import first_month_mistakes
from sim.measure.idle_keys import find_idle_keys
from sim.relationship.work.build_trust import initial_trust
from sim.relationship.work.govern import monitoring_cost
from sim.scenario.key_kinds import MACHINE
from sim.scenario.load import LoadedScenario
from sim.scenario.parameters.parameter_row import flatten
from sim.scenario.regimes import ResolvedRegime
from sim.scenario.schema import Issue, Scenario
from sim.state import BUYER_IN_VENDOR

FEW_NEEDS = 0.05  # share of needs worth serving below which a scenario hardly trades
MOST_TALKS_FAIL = 0.2  # share of pairs with a zone of agreement below which most talks fail
FAR_TOO_DEAR = 10  # times what there is to gain


def find_mistakes(loaded: LoadedScenario, drawn: DrawnPopulation) -> list[str]:
    """Return one line per likely mistake of a scenario, given its drawn population."""
    s = loaded.scenario
    found = [
        *_gain_mistakes(s, drawn),
        *_talk_mistakes(s, drawn),
        *_market_mistakes(s),
        *_idle_issues(s),
    ]
    found += [
        *_problem_mistakes(s),
        *_cost_mistakes(s, drawn),
        *first_month_mistakes(s),
        *find_idle_keys(s),
    ]
    for name in loaded.regimes():
        regime = loaded.regime(name)
        if regime.institution.name == "MEDIATED" and name != MACHINE:  # its mistakes are mediated's
            found += [f"{name}: {line}" for line in _mediator_mistakes(regime, drawn)]
    return found


def fee_per_month(scenario: Scenario) -> float:
    """Return the mediator's fee in money per need and month, without fees per case.

    The retainer, and the success fee spread over `contract_months`.
    """
    if not scenario.mediator.functions:
        return 0.0
    success = scenario.mediator.fee.success if "broker" in scenario.mediator.functions else 0.0
    return scenario.mediator.fee.retainer + success / contract_months(scenario)


def contract_months(scenario: Scenario) -> int:
    """Return the length of a contract in months: the duration best on average, or the fixed one."""
    for issue in scenario.issues:
        if issue.kind == "duration":
            gains = np.subtract(
                issue.worth or [0] * len(issue.levels), issue.cost or [0] * len(issue.levels)
            )
            return int(issue.levels[int(np.argmax(gains))])
    return scenario.negotiation.duration


def _gain_mistakes(scenario: Scenario, drawn: DrawnPopulation) -> Iterator[str]:
    worthwhile = float((drawn.needs > 0.0).mean())
    if worthwhile < FEW_NEEDS:
        share = "no need" if worthwhile == 0.0 else f"only {100 * worthwhile:.1f} % of needs"
        yield (
            f"the bargaining zone is empty: in {drawn.worlds} drawn worlds {share} can gain from "
            "any vendor; compare worth with cost and outside options"
        )
    if float(drawn.terms.max()) <= 0.0:
        yield (
            "nothing to trade: no generic issue or duration has a level whose worth exceeds its cost "
            "for any drawn pair"
        )


def _talk_mistakes(scenario: Scenario, drawn: DrawnPopulation) -> Iterator[str]:
    if drawn.zone < MOST_TALKS_FAIL and bool((drawn.ties > 0.0).any()):
        share = "no" if drawn.zone == 0.0 else f"only {100 * drawn.zone:.0f} % of"
        ends = "every talk would fail" if drawn.zone == 0.0 else "nearly every talk would fail"
        yield (
            f"{share} pair{'' if drawn.zone == 0.0 else 's'} with something to gain see"
            f"{'s' if drawn.zone == 0.0 else ''} a zone of agreement: by its own table and what it "
            f"expects of delivery and risk, what one side would pay is less than the other would ask, so "
            f"that {ends}; compare outside options, capability and risk aversion"
        )
    if drawn.zone > 0.0 and drawn.shaded < MOST_TALKS_FAIL:
        yield (
            f"negotiation.level = {scenario.negotiation.level}: what both sides shade leaves room to "
            f"agree in {100 * drawn.shaded:.0f} % of drawn ties, with true claims "
            f"{100 * drawn.zone:.0f} %; nearly every talk would fail"
        )
    if scenario.negotiation.protocol == "alternating_offers" and scenario.negotiation.deadline == 1:
        yield (
            "negotiation.deadline = 1 with alternating offers: one side makes the only offer and "
            "the other takes or leaves it"
        )
    if scenario.negotiation.protocol == "sealed_bid" and len(scenario.issues) > 1:
        yield (
            "negotiation.protocol = sealed_bid: only the price is bid, every contract has the "
            "standard terms, so issues are not negotiated"
        )
    terms = [float(v) for i in scenario.issues if i.kind == "duration" for v in i.levels]
    terms = terms or [float(scenario.negotiation.duration)]
    shortest, longest = min(terms), max(terms)
    if shortest >= scenario.run.months and scenario.run.in_force == 0.0:
        yield (
            f"run.months = {scenario.run.months}: no contract runs out before the end (the shortest has "
            f"{shortest:.0f} months), so nothing is renewed"
        )
    t = scenario.termination
    if t.every and t.notice >= longest:
        yield (
            f"termination.notice = {t.notice}: no contract is longer than {longest:.0f} months, so nobody "
            "can leave one early"
        )


def _market_mistakes(scenario: Scenario) -> Iterator[str]:
    m = scenario.market
    if m.candidates == 1 and m.vendors < m.needs:
        yield (
            f"market.candidates = 1 with {count(m.vendors, 'vendor')} for {m.needs} needs: needs share "
            "vendors and no need has a choice"
        )
    if m.candidates == 1 and m.vendors > m.needs:
        idle = m.vendors - m.needs
        yield f"market.candidates = 1: {idle} of {m.vendors} vendors are never met"


def _idle_issues(scenario: Scenario) -> Iterator[str]:
    """Yield one line per issue without effect: worth nothing, or nothing to act on."""
    owed = scenario.problems.rate * scenario.problems.severity * scenario.problems.enforcement
    idle = {
        "risk_share": (
            scenario.vendors.productivity == 0.0 and scenario.delivery.noise == 0.0,
            "vendors.productivity and delivery.noise are 0",
        ),
        "penalty": (owed == 0.0, "no problem ever owes a penalty (problems.*)"),
        "liability": (scenario.protection.exit_fee == 0.0, "protection.exit_fee is 0"),
    }
    for issue in scenario.issues:
        acts_on_nothing, why = idle.get(issue.kind, (False, ""))
        if acts_on_nothing:
            yield f"issue “{issue.name}” moves nothing: {why}"
        if issue.kind == "generic" and _is_flat(issue):
            yield f"issue “{issue.name}” is worth nothing and costs nothing at every level"


def _is_flat(issue: Issue) -> bool:
    return not any(issue.worth) and not any(issue.cost)


def _problem_mistakes(scenario: Scenario) -> Iterator[str]:
    p = scenario.problems
    if p.rate > 0.0 and p.severity > 0.0 and (1.0 + p.growth) * (1.0 - p.discovery) >= 1.0:
        yield (
            f"hidden problems grow faster than they are found: (1 + problems.growth) × "
            f"(1 − problems.discovery) = {(1 + p.growth) * (1 - p.discovery):.2f}, so that expected "
            "harm has no bound"
        )


def _cost_mistakes(scenario: Scenario, drawn: DrawnPopulation) -> Iterator[str]:
    """Yield one line per cost so high that both sides would do better apart."""
    most, money = float(np.maximum(drawn.needs, 0.0).mean()), amounts_of(scenario).money
    if most <= 0.0:
        return
    told = scenario.problems.rate * scenario.problems.severity * scenario.problems.fix
    hidden = scenario.problems.rate * scenario.problems.severity / _found_each_month(scenario)
    if min(told, hidden) > most or max(told, hidden) > FAR_TOO_DEAR * most:
        yield (
            f"problems cost more than there is to gain: {money(told)} per need and month told at once, "
            f"{money(hidden)} hidden until found; first best before problems is {money(most)}"
        )
    talk = 2.0 * scenario.negotiation.offer_cost * scenario.negotiation.deadline
    if scenario.negotiation.protocol == "alternating_offers" and talk > most * contract_months(
        scenario
    ):
        yield (
            f"a talk that uses all its offers costs {money(talk)}, more than the {money(most)} a month "
            "that there is to gain over a whole contract: see negotiation.offer_cost and deadline"
        )
    keys = SimpleNamespace(**flatten(scenario))
    watching = plain(monitoring_cost)(plain(initial_trust)(BUYER_IN_VENDOR, keys), keys)
    if watching > most:
        yield (
            f"watching over a stranger costs {money(watching)} a month, more than the {money(most)} that "
            "there is to gain: see governance.monitoring"
        )
    d = scenario.disputes
    harm = (d.cost_buyer + d.cost_vendor) if d.threshold > 0.0 else 0.0
    if harm > FAR_TOO_DEAR * most * contract_months(scenario):
        yield (
            f"one dispute that is fought costs {money(harm)}, more than {FAR_TOO_DEAR} contracts are worth "
            f"({money(most)} a month): see disputes.cost_buyer and cost_vendor"
        )


def _found_each_month(scenario: Scenario) -> float:
    """Return the share of a hidden problem's expected harm that ends in a month, at least 0.01."""
    return max(0.01, 1.0 - (1.0 + scenario.problems.growth) * (1.0 - scenario.problems.discovery))


def _mediator_mistakes(regime: ResolvedRegime, drawn: DrawnPopulation) -> Iterator[str]:
    s = regime.scenario
    m, money = s.mediator, amounts_of(s).money
    if not m.functions:
        yield "mediator.functions is empty: this regime is the adversarial one"
        return
    fee, most = fee_per_month(s), float(np.maximum(drawn.needs, 0.0).mean())
    if fee > most:
        yield (
            f"the fee of {money(fee)} a month exceeds any gain: first best is {money(most)} per "
            "need and month"
        )
    if "warn" in m.functions and s.problems.rate * s.problems.severity == 0.0:
        yield "“warn” has nothing to carry: no problem ever arises"
    if "resolve" in m.functions and s.disputes.threshold == 0.0:
        yield "“resolve” has nothing to hear: disputes.threshold is 0, so no dispute ever opens"
    if "broker" in m.functions and m.drafts >= s.negotiation.deadline:
        yield "drafts use up the whole deadline: when they fail no direct offer is left"
