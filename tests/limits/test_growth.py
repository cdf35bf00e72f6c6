"""Growth alone is the textbook's: hold-up s(2 − s), relational contracts, geometric noticing.

Closed forms come from `sim.theory.growth`, which imports nothing of the simulation. Every check has
a negative control.
"""

import math

import numpy as np
import pytest
from counts import only

from sim.engines.batch import OneWorld, simulate
from sim.jit import plain
from sim.records import CAUSE_COLUMNS
from sim.relationship.work.grow import is_self_enforcing
from sim.scenario.key_kinds import INSTITUTIONS
from sim.state import BUYER_IN_VENDOR, OPEN_LEADS, VENDOR_IN_BUYER
from sim.theory import growth
from sim.validation.relations import EFFORTS, enforced_effort, load_pair
from sim.words import Event, Institution

CAUSES = [column.name for column in CAUSE_COLUMNS]
TRUSTING, TORN = {"prior_good": 1e6}, {"prior_good": 1e6, "prior_bad": 1e6}


def live(loaded, regime="adversarial", world=0):
    """Return one world of a scenario at its end, stepped."""
    one = OneWorld(loaded.regime(regime), loaded.scenario.run.seed, world)
    for _ in range(one.months):
        one.step()
    assert one.periods.residual.max() < 1e-9
    return one


def efficiency(loaded):
    """Return the net yield of a world's investments, as a share of the best."""
    one = live(loaded)
    tie = one.state.ties[0]
    net = tie.asset_gain - tie.rent_buyer - tie.rent_vendor
    last = one.periods[-1]
    assert tie.taken > 1.0
    assert last.underinvestment == pytest.approx(tie.taken - net, abs=1e-9)
    assert last.opportunities == pytest.approx(one.state.needs[0].potential - tie.taken, abs=1e-9)
    return net / tie.taken


@pytest.mark.parametrize(("share", "published"), [(0.5, 0.75), (0.25, 0.4375), (0.75, 0.9375)])
def test_one_investor_with_share_s_reaches_s_times_two_minus_s(share, published):
    """T31 (Grossman & Hart 1986; Hart & Moore 1990), for the vendor and for the buyer alike."""
    assert growth.hold_up_efficiency(share) == published
    for part, of_vendor in ((1.0, share), (0.0, 1.0 - share)):
        keys = {"vendor_part": part, "vendor_share": of_vendor}
        assert efficiency(load_pair(growth=keys)) == pytest.approx(published, abs=1e-4)
    off = {"vendor_part": 1.0, "vendor_share": share + 0.01}
    assert abs(efficiency(load_pair(growth=off)) - published) > 1e-3


def test_two_investors_with_half_each_reach_three_quarters():
    assert growth.two_sided_efficiency(0.5, 0.3) == pytest.approx(0.75)
    assert efficiency(load_pair(growth={"vendor_part": 0.3})) == pytest.approx(0.75, abs=1e-4)
    lopsided = growth.two_sided_efficiency(0.8, 0.3)
    keys = {"vendor_part": 0.3, "vendor_share": 0.8}
    assert efficiency(load_pair(growth=keys)) == pytest.approx(lopsided, abs=1e-4)
    assert abs(lopsided - 0.75) > 0.1


@pytest.mark.parametrize("holdup", [0.0, 0.5, 1.0])
def test_who_fears_hold_up_invests_as_if_its_share_were_smaller(holdup):
    """E = s(1 − h(1 − T)): at trust ½ and h = 1 a share of 1 is a share of ½."""
    keys = {"vendor_part": 1.0, "vendor_share": 1.0, "holdup": holdup}
    feared = efficiency(load_pair(growth=keys, relationship=TORN))
    assert feared == pytest.approx(growth.hold_up_efficiency(1.0 - 0.5 * holdup), abs=1e-4)
    assert efficiency(load_pair(growth=keys)) == pytest.approx(
        1.0, abs=1e-4
    )  # nobody fears a friend


def test_regard_for_the_other_undoes_hold_up():
    keys = {"vendor_part": 1.0, "vendor_share": 0.25}
    kind = efficiency(load_pair(growth=keys, vendors={"regard": 1.0}))
    assert kind == pytest.approx(1.0, abs=1e-4)
    half = efficiency(load_pair(growth=keys, vendors={"regard": 0.5}))
    assert half == pytest.approx(growth.hold_up_efficiency(0.25 + 0.5 * 0.75), abs=1e-4)


@pytest.mark.parametrize("outside", EFFORTS)
def test_relational_contracts_carry_the_published_effort(outside):
    """T28, through the very rule that decides on hold-up."""
    for discount, published in EFFORTS[outside].items():
        found = enforced_effort(discount, outside - 1e-9)  # ties count as enforced
        closed = growth.relational_effort(discount, outside)
        if published is None:
            assert found is None and closed is None
            continue
        assert found == pytest.approx(published, abs=1e-3)
        assert found == pytest.approx(closed, abs=1e-3)
        assert abs(enforced_effort(discount, outside, 0.2) or 0.0) < published  # a shorter shadow


def test_relationships_collapse_at_once_and_patience_restores_the_first_best():
    assert growth.relational_surplus(0.39, 0.2) == 0.2 < growth.relational_surplus(0.41, 0.2)
    assert enforced_effort(0.399, 0.2) is None and enforced_effort(0.401, 0.2) > 0.4
    for outside in (0.0, 0.1, 0.2):
        enough = growth.patience_for_first_best(outside)
        assert enforced_effort(enough + 1e-6, outside) == 1.0
        assert enforced_effort(enough - 1e-3, outside) < 1.0
    assert enforced_effort(0.5, 0.0, 0.2) == pytest.approx(enforced_effort(0.4, 0.0), abs=1e-9)


def test_only_the_sum_of_temptations_counts():
    rule = plain(is_self_enforcing)
    assert rule((1.0, 0.0), 1.0, 0.5, 0.0) and rule((0.3, 0.7), 1.0, 0.5, 0.0)
    assert not rule((1.0, 0.1), 1.0, 0.5, 0.0) and not rule((0.0, 1.1), 1.0, 0.5, 0.0)


def test_opportunities_wait_as_long_as_a_geometric_law_says():
    """At full mutual knowledge the monthly chance to notice is the key itself."""
    keys = {"rate": 0.2, "notice": 0.3, "fade": 0.2, "vendor_part": 1.0, "vendor_share": 1.0}
    slow = load_pair(run={"months": 400}, growth=keys)
    rows = simulate(slow.regime("adversarial"), range(30), 5).periods
    potential = (rows["first_best"] - 40.0).sum()
    found = rows["opportunities"].sum() / potential
    assert found == pytest.approx(growth.missed_opportunity_share(0.3, 0.2), rel=0.05)
    assert abs(found - growth.missed_opportunity_share(0.25, 0.2)) > 0.02
    assert rows["underinvestment"].max() < 1e-9
    assert rows["opportunities_taken"].sum() > 0.9 * rows["opportunities_arisen"].sum()


def test_strangers_who_keep_their_cards_close_notice_less():
    """Mutual knowledge is openness, which follows trust, times what has been seen of each other."""
    shy = {"exposure_sensitivity": 1.0}
    taken = {}
    for name, changes in {
        "open": {},
        "torn and shy": {"buyers": shy, "vendors": shy, "relationship": TORN},
        "new to each other": {"delivery": {"prior_months": 100.0}},
    }.items():
        world = load_pair(run={"months": 60}, growth={"rate": 0.2, "notice": 0.2}, **changes)
        taken[name] = live(world).periods.opportunities_taken.sum()
    assert taken["open"] > 1.5 * taken["torn and shy"]
    assert taken["open"] > 1.5 * taken["new to each other"]


def test_who_depends_on_whom_is_what_each_would_lose():
    one = live(load_pair(growth={"vendor_share": 0.75}, market={"switching_cost": 60.0}))
    gain, last = one.state.ties[0].asset_gain, one.periods[-1]
    lost = 0.25 * gain + 60.0 / 600, 0.75 * gain
    assert last.dependence == pytest.approx(sum(lost)) and last.dependence > 1.0
    assert last.asymmetry == pytest.approx(abs(lost[0] - lost[1])) and last.asymmetry > 1.0


# Short contracts, all return to the vendor: it depends on the buyer, not the buyer on it.
LOPSIDED = {"vendor_part": 1.0, "vendor_share": 1.0, "holdup": 1.0, "value": 80.0}
SHORT = {"duration": 6, "first": "buyer"}
WARY = {"prior_good": 1.0, "prior_bad": 20.0, "weight_routine": 0.01}


def held_up(**changes):
    """Return the world of a lopsided pair at its end; by default a wary one."""
    tables = {"growth": LOPSIDED, "negotiation": SHORT, "relationship": WARY, **changes}
    return live(load_pair(**tables))


def test_the_less_dependent_side_holds_up_if_nothing_enforces_restraint():
    one = held_up()
    count = one.periods.held_up.sum()
    assert count >= 2
    trusting = held_up(growth=LOPSIDED | {"holdup": 0.0})
    assert trusting.periods.held_up.sum() == 0
    assert one.state.ties[0].price < trusting.state.ties[0].price - 1.0
    trust, calm = one.state.trust.now, trusting.state.trust.now
    met = one.state.ties[0].met
    assert trust[met, VENDOR_IN_BUYER] < calm[met, VENDOR_IN_BUYER]
    assert trust[met, BUYER_IN_VENDOR] == calm[met, BUYER_IN_VENDOR]


@pytest.mark.parametrize(
    "changes",
    [
        {"relationship": TRUSTING},
        {"buyers": {"regard": 1.0}},
        {"growth": LOPSIDED | {"vendor_share": 0.5}},
        {"growth": LOPSIDED | {"rate": 0.0}},
    ],
    ids=["trust and patience", "regard", "equal dependence", "no assets"],
)
def test_what_keeps_a_side_from_holding_up(changes):
    assert held_up(**changes).periods.held_up.sum() == 0


def test_no_buyer_is_held_up_beyond_its_budget():
    """Switching is dear, so the buyer depends on the vendor; it cannot pay more than it has."""
    dear = {
        "growth": {"holdup": 1.0, "rate": 0.0},
        "market": {"switching_cost": 900.0},
        "negotiation": SHORT | {"first": "vendor"},
    }
    free = held_up(**dear)
    assert free.periods.held_up.sum() > 0 and free.state.ties[0].price > 60.0
    tight = held_up(**dear, buyers={"budget": 100.0})
    assert 60.0 < tight.state.ties[0].price <= 100.0 < free.state.ties[0].price
    spent = held_up(**dear, buyers={"budget": 60.0})
    assert spent.periods.held_up.sum() == 0


def test_impatience_tempts():
    faithful = {"prior_good": 1e3, "prior_bad": 1e3}
    patient = held_up(relationship=faithful | {"discount": 0.999})
    hasty = held_up(relationship=faithful | {"discount": 0.5})
    assert patient.periods.held_up.sum() == 0 < hasty.periods.held_up.sum()


# Three needs and four vendors that promise more than they can; a vendor found out is fought and left.
RIVALS = {
    "market": {"needs": 3, "vendors": 4, "candidates": 3},
    "negotiation": {"protocol": "alternating_offers", "duration": 4},
    "beliefs": {"fixed_pie": 0.5, "known": 0.0},
    "vendors": {"outside": 5.0, "outside_spread": 0.9, "capability_spread": 0.5, "oversell": 0.9},
    "buyers": {"quality_worth": 80.0},
    "delivery": {"prior_months": 1.0, "quality_noise": 0.3},
    "disputes": {"threshold": 10.0},
    "relationship": {"prior_good": 1.0},
    "growth": {"rate": 0.7, "notice": 0.9, "value": 2.0, "holdup": 1.0, "vendor_share": 0.8},
}


@pytest.mark.parametrize("world", [0, 1])
def test_what_was_built_ends_with_the_tie_and_its_rent_does_not(world):
    one = OneWorld(load_pair(**RIVALS).regime("adversarial"), 5, world)
    switched = 0
    for _ in range(one.months):
        before, ties = one.state.needs.last.copy(), one.state.ties.copy()
        stranded = one.state.needs.stranded.copy()
        one.step()
        for j in np.flatnonzero(one.state.needs.last != before):
            old, new = ties[before[j]], one.state.ties[before[j]]
            assert new.asset_gain == new.taken == new.rent_buyer == new.rent_vendor == 0.0
            left = 0.9 * (stranded[j] + old["rent_buyer"] + old["rent_vendor"])
            assert one.state.needs.stranded[j] == pytest.approx(left)
            switched += left > 0.1
    assert switched >= 2
    assert one.periods.residual.max() < 1e-9


@pytest.fixture(scope="module")
def rivals():
    """Return a world of two vendors and a mediator, and the opportunities that arise in it."""
    loaded = load_pair(**RIVALS, mediator={"functions": ["grow"], "competence": 0.5})
    return loaded, [live(loaded, world=w).periods.opportunities_arisen for w in (0, 1)]


@pytest.mark.parametrize("regime", only(["mediated", "planner"], INSTITUTIONS))
def test_the_books_balance_and_everybody_meets_the_same_opportunities(regime, rivals):
    loaded, arisen = rivals
    rows = [live(loaded, regime, world).periods for world in (0, 1)]
    for month in np.concatenate(rows):
        scale = max(1.0, *(abs(month[cause]) for cause in CAUSES))
        for cause in CAUSES:
            assert month[cause] >= -1e-9 * scale or cause in ("wrong_vendor", "misfit")
            assert month[cause] == 0.0 or regime != "planner"
    assert np.array_equal([period.opportunities_arisen for period in rows], arisen)
    assert np.sum(arisen) > 20


def test_a_full_list_loses_its_oldest_lead():
    world = live(load_pair(growth={"notice": 0.0}), world=1)
    leads = world.state.leads[0]
    assert world.state.needs[0].leads == OPEN_LEADS
    assert list(leads.since) == list(range(world.months - OPEN_LEADS, world.months))
    assert world.periods.opportunities_taken.sum() == 0
    assert world.periods[-1].opportunities == world.state.needs[0].potential > leads.gain.sum()


def test_what_has_not_arisen_changes_nothing():
    plainly = load_pair(growth={"rate": 0.0, "value": 0.0, "notice": 0.0, "fade": 0.05})
    primed = load_pair(growth={"rate": 0.0, "holdup": 1.0, "vendor_share": 1.0})
    assert live(plainly).periods.tobytes() == live(primed).periods.tobytes()
    assert live(plainly).periods.tobytes() != live(load_pair()).periods.tobytes()


@pytest.mark.deep
def test_compiled_and_interpreted_rules_agree():
    hasty = {
        "growth": RIVALS["growth"] | {"vendor_share": 1.0, "value": 20.0},
        "relationship": {"prior_good": 1.0, "discount": 0.8},
        "mediator": {"functions": ["grow"], "competence": 0.5},
    }
    loaded = load_pair(**(RIVALS | hasty))
    regime = loaded.regime("mediated")
    assert regime.institution == Institution.MEDIATED
    tables = ("periods", "ties", "events")
    one, other = (simulate(regime, range(2), 5, tables=tables, compiled=c) for c in (True, False))
    for ours, theirs in zip(one, other, strict=True):
        for name in ours.dtype.names or ():
            assert np.array_equal(ours[name], theirs[name]), name
    kinds = set(one.events["kind"])
    assert {Event.OPPORTUNITY_ARISEN, Event.OPPORTUNITY_TAKEN, Event.HELD_UP} <= kinds
    told = one.events[one.events["kind"] == Event.OPPORTUNITY_TAKEN]["third"]
    assert 0.0 < told.mean() < 1.0


def test_an_estimate_that_is_too_high_costs_more_than_it_brings():
    """1 − (1 − s r)²: half of a at most doubles; beyond twice a the investment loses money."""
    assert growth.misjudged_efficiency(1.0, 1.0) == 1.0
    assert growth.misjudged_efficiency(1.0, 2.0) == 0.0 > growth.misjudged_efficiency(1.0, 2.1)
    assert growth.misjudged_efficiency(0.5, 1.0) == growth.hold_up_efficiency(0.5)
    assert math.isclose(growth.misjudged_efficiency(0.5, 2.0), 1.0)
