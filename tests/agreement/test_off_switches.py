"""A mechanism that is off has no effect: its other keys, whatever their values, change no bit."""

import pytest
from bare import bare
from counts import one_in
from drawn import run, unlike

from sim.engines.batch import RunTables

SMALL = {"run.months": 24, "market.needs": 6, "reviews.every": 0}
REGIMES = ("adversarial", "partnership", "mediated", "planner")

# mechanism: (extreme values of its keys while it is off, a key that switches it on)
MECHANISMS = {
    "staggered starts": ({"run.burn_in": 12}, {"run.stagger": 6}),
    "contracts in force": ({}, {"run.in_force": 1.0}),
    "custom": ({}, {"buyers.custom": 2.0, "vendors.custom": 2.0}),
    "a range of worth": ({}, {"issues.duration.worth_range": 2.0}),
    "reviews": (
        {"reviews.mode": "two_way", "reviews.cost": 3.0, "reviews.change_cost": 2.0,
         "reviews.learning": 0.7, "mediator.functions": ["broker", "review"]},
        {"reviews.every": 3},
    ),
    "learning by doing": (
        {"reviews.learning_worth": 6.0, "reviews.learning": 0.9},
        {"reviews.learning_by_doing": 0.2},
    ),
    "governance": ({"governance.least": 0.9}, {"governance.monitoring": 2.0}),
    "change requests": ({"change_requests.cost": 3.0}, {"change_requests.every": 2}),
    "termination": (
        {"termination.notice": 1, "termination.fee": 0.0}, {"termination.every": 2}
    ),
    "growth": (
        {"growth.value": 30.0, "growth.notice": 0.9, "growth.fade": 0.5, "growth.holdup": 1.0,
         "growth.vendor_part": 0.1, "growth.vendor_share": 0.9},
        {"growth.rate": 0.3},
    ),
    "turnover": ({"turnover.loss": 1.0}, {"turnover.buyer": 0.2}),
    "recession": (
        {"recession.recovery": 0.5, "recession.worth": 0.5, "recession.outside": 0.9,
         "recession.credit": 2.0, "recession.cut": 0.5, "recession.budget": 0.5},
        {"recession.rate": 0.3},
    ),
    "squeeze": ({"buyers.recession": "squeeze"}, {"recession.rate": 0.3}),
    "drift": (
        {"drift.size": 1.0, "drift.notice": 0.9, "drift.tenure": 1.0, "drift.external": 1.0,
         "drift.signal": 1.0},
        {"drift.rate": 0.3},
    ),
    "downstream": (
        {"downstream.neutral": 0.1, "downstream.least": 0.9, "downstream.most": 1.5},
        {"downstream.rate": 0.3},
    ),
    "adaptation": (
        {"adaptation.intensity": 9.0, "adaptation.mutation": 1.0},
        {"adaptation.every": 3, "conducts": [
            {"name": "a", "side": "vendor", "goodwill": 1.0},
            {"name": "b", "side": "vendor", "oversell": 1.0}]},
    ),
    "imagined outside options": (
        {}, {"buyers.outside_optimism": 0.5, "vendors.outside_optimism": 0.5}
    ),
    "styles that ask and tell": (
        {"mediator.functions": [], "mediator.participation": "trust", "mediator.style": [
            "facilitative", "evaluative:suspicion=1", "transformative", "standing_neutral",
            "strategic_choice:value=1,ground=1"]},
        {"mediator.functions": ["broker", "resolve", "warn"]},
    ),
    "budgets": ({"buyers.budget_spread": 0.9}, {"buyers.budget": 40.0}),
    "cooperation": (
        {"buyers.cooperation_spread": 0.9, "buyers.attention": 0.2}, {"buyers.cooperation": 9.0}
    ),
    "dimensions": ({"delivery.dimension_spread": 1.0}, {"delivery.dimensions": 4}),
    "the fixed pie as compromise": (
        {}, {"beliefs.fixed_pie_share": 0.5}
    ),
    "learnt fear": (
        {"vendors.first_fear": 6.0, "vendors.fear_memory": 9.0}, {"vendors.blame_fear": "learnt"}
    ),
    "referral": ({"market.referral": 1.0}, {"vendors.refusal": 0.7}),
    "competing mediators": (
        {"mediator.functions": [], "mediator.count": 4, "mediator.competence_spread": 1.0,
         "mediator.bias_spread": 1.0, "mediator.hiring": "expected_gain",
         "mediator.enters": "selection", "mediator.participation": "trust",
         "mediator.style": ["drafter:deferential=1,announce=0.1", "single_text", "bracketing",
                            "shuttle", "transformative", "strategic_choice"],
         "mediator.signal_noise": 3.0, "mediator.cost": 5.0},
        {"mediator.functions": ["broker", "align"]},
    ),
    "one type of conduct": (
        {"conducts": [{"name": "all", "side": "buyer", "blame": 1.5},
                      {"name": "each", "side": "vendor", "oversell": 0.3}]},
        {"conducts": [{"name": "all", "side": "buyer", "blame": 0.0},
                      {"name": "each", "side": "vendor", "oversell": 0.9}]},
    ),
}  # fmt: skip

# What it takes, beyond this world, for a mechanism to have something to do.
OCCASIONS = {"termination": {"recession.rate": 0.3, "recession.worth": 0.6}}


def usual(base, regime):
    """Return a run without a mechanism; most are compared with the same one, which is run once."""
    asked = repr(base), regime
    if asked not in USUAL:
        USUAL[asked] = run(bare("it_outsourcing", base), regime)
    return USUAL[asked]


USUAL: dict[tuple[str, str], RunTables] = {}


@pytest.mark.parametrize("mechanism", one_in(2, MECHANISMS))
def test_off_is_off(mechanism):
    words, switch = MECHANISMS[mechanism]
    base = {**SMALL, **OCCASIONS.get(mechanism, {})}
    if "mediator.functions" in words:
        base["mediator.functions"] = [f for f in words["mediator.functions"] if f != "review"]
    changed = set()
    for regime in REGIMES:
        plain = usual(base, regime)
        off = bare("it_outsourcing", {**base, **words})
        if mechanism == "reviews" and regime == "mediated":
            off = bare("it_outsourcing", {**base, **words, "mediator.functions": ["broker"]})
        assert unlike(plain, run(off, regime)) == [], regime
        on = bare("it_outsourcing", {**base, **words, **switch})
        changed |= set(unlike(plain, run(on, regime)))
    assert changed  # the same comparison notices the mechanism switched on
