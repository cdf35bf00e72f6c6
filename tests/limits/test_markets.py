"""Markets: capacities, the planner's assignment, switching, reputation, honest refusal."""

import itertools

import numpy as np
import pytest
from bare import bare
from counts import only

from sim.bargain.talk_rows import gather_talk
from sim.engines.assign import (
    CLEAR_GAP,
    assign_by_paths,
    assign_by_programme,
    assign_greedily,
    assign_needs,
    assign_optimally,
    gap_to_second_best,
)
from sim.engines.batch import OneWorld, run_worlds, simulate
from sim.errors import ScenarioError
from sim.jit import plain
from sim.records import CAUSE_COLUMNS
from sim.relationship.meet.acquaint import introduce_pair
from sim.relationship.meet.choose import trust_with_reputation
from sim.relationship.meet.matching import gather_reputation
from sim.relationship.meet.refuse import refer_to_other
from sim.state import BUYER_IN_VENDOR
from sim.words import Event

SMALL = {"run.months": 14, "market.needs": 6, "market.vendors": 5, "market.candidates": 3}
EVERY = ("periods", "ties", "events", "offers", "need_months")
REGIMES = ("adversarial", "mediated", "planner")


def run(keys, regime="adversarial", worlds=2, scenario="it_outsourcing"):
    """Return the tables of a small market; the books must balance."""
    loaded = bare(scenario, SMALL | keys)
    out = simulate(loaded.regime(regime), range(worlds), 1, tables=EVERY)
    assert out.periods["residual"].max() < 1e-9
    return out


def same(left, right, but=()):
    """Say whether two outcomes agree to the bit."""
    return all(
        a[name].tobytes() == b[name].tobytes()
        for a, b in zip(left, right, strict=True)
        for name in a.dtype.names
        if name not in but
    )


@pytest.mark.parametrize("regime", REGIMES)
def test_room_for_all_is_no_capacity(regime):
    free, roomy = run({}, regime), run({"market.capacity": 6}, regime)
    assert same(free, roomy)
    assert not same(free, run({"market.capacity": 1}, regime))


def market(seed, n=5, m=3, candidates=2):
    """Return (need, vendor, surplus) of the ties of a tiny market."""
    rng = np.random.default_rng(seed)
    vendor = np.concatenate([rng.choice(m, candidates, replace=False) for _ in range(n)])
    surplus = rng.normal(5.0, 6.0, n * candidates) + rng.normal(0.0, 4.0, m)[vendor]
    return np.repeat(np.arange(n), candidates), vendor, surplus


def feasible(chosen, need, vendor, capacity):
    """Say whether no need has two vendors and no vendor too many needs."""
    counts = np.bincount(vendor[chosen], minlength=1)
    return len(set(need[chosen])) == len(chosen) and counts.max() <= capacity


@pytest.mark.parametrize("seed", range(20))
def test_the_assignment_is_the_best_of_all(seed):
    need, vendor, surplus = market(seed)
    capacity = 1 + seed % 2
    best = 0.0
    for picks in itertools.product((-1, 0, 1), repeat=5):
        ties = np.array([2 * j + c for j, c in enumerate(picks) if c >= 0], np.int64)
        if feasible(ties, need, vendor, capacity):
            best = max(best, surplus[ties].sum())
    chosen = assign_needs(need, vendor, surplus, capacity)
    assert feasible(chosen, need, vendor, capacity)
    assert surplus[chosen].sum() == pytest.approx(best, abs=1e-12) and (surplus[chosen] > 0).all()


def test_the_assignment_agrees_with_another_algorithm():
    """Shortest augmenting paths over single slots (Jonker & Volgenant 1987); greed falls short."""
    from scipy.optimize import linear_sum_assignment

    need, vendor, surplus = market(1, 60, 12, 4)
    table = np.zeros((60, 12 * 4 + 60))
    for slot in range(4):
        table[need, vendor * 4 + slot] = np.maximum(0.0, surplus)
    rows, columns = linear_sum_assignment(table, maximize=True)
    best = table[rows, columns].sum()
    chosen = assign_needs(need, vendor, surplus, 4)
    assert surplus[chosen].sum() == pytest.approx(best, rel=1e-12)
    worth = np.flatnonzero(surplus > 0.0)
    where = (need[worth], vendor[worth], surplus[worth], 4)
    quick = worth[assign_greedily(*where)]
    assert feasible(quick, need, vendor, 4)
    assert 0.5 * best <= surplus[quick].sum() < best - 1e-6
    assert np.array_equal(assign_optimally(*where), assign_optimally(*where[:2], 2.0 * where[2], 4))


def worthwhile(seed, **sizes):
    """Return (need, vendor, surplus) of the ties of a drawn market that are worth anything."""
    need, vendor, surplus = market(seed, **sizes)
    worth = np.flatnonzero(surplus > 0.0)
    return need[worth], vendor[worth], surplus[worth]


@pytest.mark.parametrize("seed", range(10))
def test_the_gap_is_that_to_the_second_best_of_all(seed):
    need, vendor, surplus = worthwhile(seed)
    capacity = 1 + seed % 2
    totals = []
    for picks in itertools.product((False, True), repeat=len(need)):
        ties = np.flatnonzero(picks)
        if not len(ties) or feasible(ties, need, vendor, capacity):
            totals.append((surplus[ties].sum(), tuple(ties)))
    (best, ties), (second, others) = sorted(totals, reverse=True)[:2]
    picked = assign_by_paths(need, vendor, surplus, capacity)
    assert tuple(picked) == ties
    found = gap_to_second_best(need, vendor, surplus, capacity, picked)
    assert found == pytest.approx(best - second, abs=1e-12)
    # Negative control: the second best is surpassed by as much.
    behind = gap_to_second_best(need, vendor, surplus, capacity, np.array(others, np.int64))
    assert behind <= -found + 1e-12


def test_paths_pick_what_the_linear_programme_picks():
    clear = 0
    for seed in range(60):
        ties = (*worthwhile(seed, n=30, m=8, candidates=3), 1 + seed % 4)
        picked = assign_by_paths(*ties)
        if gap_to_second_best(*ties, picked) > CLEAR_GAP * ties[2].max():
            clear += 1
            assert np.array_equal(picked, assign_by_programme(*ties))
    assert clear > 50


def test_the_linear_programme_decides_between_equals():
    need, vendor, _ = market(3)
    ties = need, vendor, np.ones(len(need)), 1
    assert gap_to_second_best(*ties, assign_by_paths(*ties)) == pytest.approx(0.0, abs=1e-12)
    assert np.array_equal(assign_optimally(*ties), assign_by_programme(*ties))


def test_the_planner_loses_nothing_and_everybody_is_measured_by_it():
    tight = {"market.capacity": 1}
    planned, others = run(tight, "planner"), [run(tight, r) for r in ("adversarial", "mediated")]
    for column in CAUSE_COLUMNS:
        assert np.abs(planned.periods[column.name]).max() < 1e-9
    assert np.allclose(planned.periods["surplus"], planned.periods["first_best"], rtol=1e-12)
    for other in others:
        assert np.array_equal(other.periods["first_best"], planned.periods["first_best"])
        assert other.periods["active"].max() <= 5
    wide = run({}, "planner").periods["first_best"].sum()
    assert planned.periods["first_best"].sum() < wide


ALL_ON = {
    "market.capacity": 1, "market.reputation": 0.5, "market.switching_cost": 2.0,
    "market.needs_per_buyer": 2, "market.referral": 0.7, "adaptation.every": 4,
    "adaptation.mutation": 0.2, "vendors.capability_spread": 0.8, "turnover.vendor": 0.1,
    "vendors.blame_fear": "learnt", "vendors.first_fear": 2.0, "vendors.fear_memory": 3.0,
    "buyers.exposure_to_neutral": 0.5, "vendors.exposure_to_neutral": 0.3,
    "run.in_force": 0.3, "buyers.custom": 1.0, "vendors.custom": 1.0,
    "beliefs.fixed_pie_share": 0.3, "relationship.ceiling": "multiplies",
    "relationship.routine_wear": 1.0, "reviews.every": 3, "reviews.mode": "one_way",
    "reviews.cost": 1.0, "reviews.change_cost": 2.0, "reviews.learning": 0.2,
    "reviews.learning_by_doing": 0.02, "reviews.learning_worth": 4.0,
    "governance.monitoring": 8.0, "termination.every": 4, "change_requests.every": 4,
    "change_requests.cost": 1.0,
    "conducts": [
        {"name": "open", "side": "vendor", "refusal": 0.4, "goodwill": 0.3},
        {"name": "loud", "side": "vendor", "oversell": 0.8, "push": 0.2, "regard": 0.2},
        {"name": "cool", "side": "buyer"}, {"name": "fair", "side": "buyer", "regard": 0.6},
    ],
}  # fmt: skip


@pytest.mark.parametrize("regime", only(["mediated"], ["adversarial", "mediated", "planner"]))
def test_everything_on_is_one_model_however_it_is_run(regime):
    """Stepped, in a block, compiled and interpreted, on one thread and on two: the same bits."""
    resolved = bare("it_outsourcing", SMALL | ALL_ON).regime(regime)
    block = run(ALL_ON, regime)
    assert same(block, simulate(resolved, range(2), 1, tables=EVERY, threads=2))
    one = OneWorld(resolved, 1, 1, compiled=False, tables=EVERY)
    while one.period < one.months:
        one.step()
    second = type(block)(*(np.asarray(table)[table["world"] == 1] for table in block))
    assert same(second, one.outcome())
    kinds = set(block.events["kind"])
    acted = {Event.DECLINED, Event.CONDUCT_CHANGED, Event.REVIEWED, Event.CHANGE_REQUESTED}
    assert Event.IN_FORCE in kinds and (regime == "planner" or acted <= kinds)
    assert len(run_worlds.signatures) == 1


def test_needs_of_one_buyer_share_the_buyer():
    resolved = bare("it_outsourcing", SMALL | {"market.needs_per_buyer": 3}).regime("adversarial")
    needs = OneWorld(resolved, 1, 0).state.needs
    assert needs.buyer_id.tolist() == [0, 0, 0, 1, 1, 1]
    for name in ("outside", "risk", "quality_worth", "conduct", "regard"):
        assert len(set(needs[name][:3])) == 1
    assert needs.outside[0] != needs.outside[3]
    table = OneWorld(resolved, 1, 0).state.table
    assert not np.array_equal(table[0], table[1])


FICKLE = {
    "run.months": 40, "negotiation.duration": 3, "market.trust_weight": 0.5, "problems.rate": 0.4,
    "vendors.capability_spread": 0.6,
}  # fmt: skip


def test_switching_costs_the_buyer_and_keeps_it():
    """Every switch is paid by the buyer, once; a fortune is never paid."""
    free, dear = run(FICKLE).periods, run(FICKLE | {"market.switching_cost": 4.0}).periods
    assert free["switches"].sum() > 3 and free["transactions"].sum() == 0.0
    assert dear["transactions"].sum() == 4.0 * dear["switches"].sum() > 0.0
    assert (dear["haggling"] >= dear["transactions"]).all()
    little = run(FICKLE | {"market.switching_cost": 1e-3}).periods  # too little to change an act
    assert np.array_equal(little["switches"], free["switches"])
    assert np.allclose(free["buyer"] - little["buyer"], 1e-3 * free["switches"], atol=1e-12)
    assert np.array_equal(free["vendor"], little["vendor"])
    assert run(FICKLE | {"market.switching_cost": 1e6}).periods["switches"].sum() == 0


def gathered(weight, memory=0.5):
    """Return two buyers' trust in a vendor: the first burnt twice, the second a stranger."""
    keys = {"market.needs": 2, "market.vendors": 1, "market.candidates": 1}
    keys |= {"relationship.trust_rule": "beta", "relationship.memory": memory}
    keys |= {"market.reputation": weight}
    one = OneWorld(bare("one_tie", keys).regime("adversarial"), 1, 0)
    w, s = one.state, one.setup
    plain(introduce_pair)(w, s, (1, 0), 0, 0)
    burnt = w.trust[w.ties.met[0], BUYER_IN_VENDOR]
    burnt.good, burnt.bad = 1.0, 4.0
    plain(gather_reputation)(w.vendors, w.ties, w.trust, s, 0)
    own = [float(w.trust.now[w.ties.met[j], BUYER_IN_VENDOR]) for j in range(2)]
    return (
        [plain(trust_with_reputation)(plain(gather_talk)(w, j, j), s) for j in range(2)],
        own,
        one,
    )


@pytest.mark.parametrize("weight", [0.25, 1.0])
def test_reputation_adds_what_others_remember(weight):
    """Jøsang & Ismail 2002: evidence adds up, that of others at a discount."""
    (burnt, stranger), own, one = gathered(weight)
    a, b = one.setup.relationship_prior_good, one.setup.relationship_prior_bad
    assert stranger == pytest.approx((weight * 1.0 + a) / (weight * 5.0 + a + b), abs=1e-15)
    assert burnt == pytest.approx((1.0 + a) / (5.0 + a + b), abs=1e-15)
    assert stranger < own[1] == pytest.approx(a / (a + b))
    one.state.ties.caught_up[:] = 0
    plain(gather_reputation)(
        one.state.vendors, one.state.ties, one.state.trust, one.setup, 2
    )  # two silent months, half forgotten in each
    assert one.state.vendors[0].bad == 1.0


def test_without_reputation_a_stranger_knows_nothing():
    (_, stranger), own, _ = gathered(0.0)
    assert stranger == own[1]


def test_reputation_is_evidence_and_wants_the_rule_that_adds_it():
    with pytest.raises(ScenarioError, match="can be added up"):
        bare("one_tie", {"market.reputation": 0.5, "relationship.trust_rule": "ewma"})


CANDID = {
    "vendors.capability": 0.5, "vendors.capability_spread": 1.0, "vendors.oversell": 1.0,
    "buyers.quality_worth": 40.0, "run.months": 8, "market.candidates": 4, "market.needs": 6,
    "vendors.refusal": 0.5, "problems.rate": 0.0, "relationship.prior_good": 6.0,
}  # fmt: skip


def test_a_vendor_that_cannot_deliver_says_so():
    """It declines before any contract, earns candour once, and is left alone for a while."""
    out = run(CANDID, worlds=4)
    declined = out.events[out.events["kind"] == Event.DECLINED]
    able = {(r["world"], r["tie"]): r["capability"] for r in out.ties}
    assert len(declined) == out.periods["declined"].sum() > 5
    assert all(able[e["world"], e["tie"]] < 0.5 for e in declined)
    assert (out.ties["capability"][out.ties["contracts"] > 0] >= 0.5).all()
    assert (declined["amount"] == -1.0).all()
    w = {(e["world"], e["tie"]) for e in declined}
    met = np.array([(r["world"], r["tie"]) in w for r in out.ties])
    strangers = ~met & (out.ties["talks"] == 0)
    assert out.ties["trust_buyer"][met].min() > out.ties["trust_buyer"][strangers].max()
    silent = run(CANDID | {"vendors.refusal": 0.0}, worlds=4)
    assert silent.periods["declined"].sum() == 0
    assert (silent.ties["capability"][silent.ties["contracts"] > 0] < 0.5).any()


def test_a_referral_names_who_reads_as_most_able():
    """At reliability 1 it is the best of the others; at a low one it may be anybody."""
    for reliability, right in ((1.0, True), (0.05, False)):
        keys = SMALL | CANDID | {"market.referral": reliability, "market.needs": 30}
        keys |= {"market.vendors": 30}
        one = OneWorld(bare("it_outsourcing", keys).regime("adversarial"), 1, 0)
        w, hits = one.state, 0
        with np.errstate(over="ignore"):
            for j in range(30):
                tie, word = plain(refer_to_other)(
                    w.ties, w.vendors, one.setup, (np.uint64(1), np.uint64(0)), 4 * j, 4
                )
                able = w.vendors.capability[w.ties.vendor_id[4 * j + 1 : 4 * j + 4]]
                hits += tie == 4 * j + 1 + int(able.argmax())
                assert not right or word == able.max()
        assert (hits == 30) is right


def lost_by(name, worlds, keys):
    """Return (mean, standard error) of what referrals save a world of a column, paired by luck."""
    plain_keys = CANDID | {"market.trust_weight": 0.0}
    both = [run(plain_keys | more, worlds=worlds).periods[name] for more in ({}, keys)]
    saved = (both[0] - both[1]).reshape(worlds, -1).sum(1)
    return saved.mean(), saved.std(ddof=1) / np.sqrt(worlds)


def test_a_reliable_referral_moves_its_own_cause_and_an_unreliable_one_harms():
    """Wrong vendor falls if the word is right; surplus falls if it is nearly worthless.

    If everybody boasts, an honest word lowers the expectation only of the vendor it names.
    """
    saved, error = lost_by("wrong_vendor", 300, {"market.referral": 1.0})
    assert saved > 3 * error > 0.0
    gone, error = lost_by("surplus", 300, {"market.referral": 0.05})
    assert gone > 3 * error > 0.0


def test_a_referral_by_somebody_not_trusted_is_no_news():
    unheard = {"relationship.prior_good": 1e-300, "market.trust_weight": 0.0}
    silent, spoken = (run(CANDID | unheard | {"market.referral": r}).periods for r in (0.0, 1.0))
    assert silent["declined"].sum() > 0
    assert all(silent[name].tobytes() == spoken[name].tobytes() for name in silent.dtype.names)


def test_scarce_room_moves_what_no_deal_costs():
    """Its own cause; less is possible besides, and a need that no vendor is left for has none."""
    tables = [run({"market.capacity": c}, worlds=40).periods for c in (1, 6)]
    lost, best = (
        [t[name].reshape(40, -1).sum(1) for t in tables] for name in ("no_deal", "first_best")
    )
    more = lost[0] - lost[1]
    assert more.mean() > 3 * more.std(ddof=1) / np.sqrt(40) > 0.0
    assert (best[0] <= best[1] + 1e-9).all() and best[0].sum() < best[1].sum()
