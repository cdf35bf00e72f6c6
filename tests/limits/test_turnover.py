"""Contacts leave: trust and beliefs return to a stranger's, as far as memory left with them.

Every check has a negative control.
"""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from bare import bare
from counts import count

from sim.bargain.talk_rows import gather_talk_with_tables
from sim.engines.batch import OneWorld, simulate
from sim.jit import plain
from sim.records import allocate
from sim.relationship.work.build_trust import (
    add_evidence,
    current_trust,
    fade_memory,
    set_initial_trust,
)
from sim.relationship.work.deliver import learn_capability, learn_productivity
from sim.relationship.world.turnover import (
    forget_capability,
    forget_productivity,
    forget_trust,
    hand_over_tie,
)
from sim.state import BUYER_IN_VENDOR, TIE_STATE, TRUST, VENDOR_IN_BUYER
from sim.theory import trust
from sim.words import Ceiling, TrustRule

CALM = {
    "problems.rate": 0.0, "disputes.threshold": 0.0, "delivery.quality_noise": 0.0,
    "vendors.oversell": 0.0, "relationship.weight_routine": 1.0,
}  # fmt: skip
SURE = {"mediator.competence": 1.0, "mediator.prior_good": 1e6, "mediator.prior_bad": 1e-6}
KNOWS_NOTHING = {"mediator.competence": 0.0, "mediator.prior_good": 1e6}
UNTRUSTED = {"mediator.competence": 1.0, "mediator.prior_good": 1e-9, "mediator.prior_bad": 1e6}


def rules(**keys):
    """Return parameters of the remember stage: prior (1, 1), no ceilings."""
    base = {
        "trust_rule": int(TrustRule.BETA), "memory": 0.95, "prior_good": 1.0, "prior_bad": 1.0,
        "negativity": 1.0, "deceit_cut": 0.4, "ceiling_recovery": 0.0, "rise": 0.1, "fall": 0.3,
        "damage_rise": 0.6, "damage_decay": 0.03, "ceiling": int(Ceiling.CAPS),
    }  # fmt: skip
    return SimpleNamespace(**{f"relationship_{k}": v for k, v in (base | keys).items()})


MONTHS = count(10_000, 20_000)
# Bands are for 20,000 months; fewer widen them as they widen errors.
LESS = math.sqrt(20_000 / MONTHS)


def live(p, good, turnover, loss, months=MONTHS, seed=1):
    """Return trust and evidence after each month, good with one chance, left with another."""
    row = allocate(TRUST, 1)[0]
    plain(set_initial_trust)(row, 0, p)
    luck = np.random.default_rng(seed).random((months, 2))
    path = np.zeros((months, 2))
    for month, (u, v) in enumerate(luck):
        if u < turnover:
            plain(forget_trust)(row, 0, p, 1.0 - loss)
        plain(fade_memory)(row, 0, p, 1)
        row.gain, row.loss = (1.0, 0.0) if v < good else (0.0, 1.0)
        plain(add_evidence)(row, p)
        path[month] = plain(current_trust)(row, 0, p), row.good + row.bad
    return path[200:]


@pytest.mark.parametrize("rule", list(TrustRule))
def test_who_takes_everything_along_leaves_a_stranger(rule):
    """The prior to the last bit, deceits forgotten too; half a loss is not enough."""
    p = rules(trust_rule=int(rule), deceit_cut=0.5)
    for loss, stranger in ((1.0, True), (0.5, False)):
        row = allocate(TRUST, 1)[0]
        plain(set_initial_trust)(row, 0, p)
        row.gain, row.loss, row.deceit = 9.0, 1.0, 1.0
        plain(add_evidence)(row, p)
        plain(forget_trust)(row, 0, p, 1.0 - loss)
        assert row.ceiling == 1.0
        assert bool(row.now == 0.5) is stranger


@pytest.mark.deep
def test_trust_under_turnover_settles_where_theory_says():
    """T35 with a contact who leaves in one month of twenty and takes all, or half, of the memory away."""
    path = live(rules(), 0.9, 0.05, 1.0)
    expected = trust.beta_mean_under_turnover(0.9, 0.95, 0.05)
    assert abs(path[:, 0].mean() - expected) < 0.005 * LESS
    assert abs(trust.beta_moments(0.9, 0.95).mean - expected) > 0.03
    half = live(rules(), 0.9, 0.05, 0.5)[:, 1].mean()
    assert half == pytest.approx(trust.evidence_under_turnover(0.95, 0.05, 0.5), rel=0.01 * LESS)
    assert abs(half - trust.evidence_under_turnover(0.95, 0.05, 1.0)) > 1.0


def test_trust_in_a_world_with_turnover_settles_there_too():
    """Every month is good: mean trust is that of the formula at p = 1."""
    keys = {"run.months": 240, "turnover.buyer": 0.1, "turnover.loss": 1.0}
    months = run("adversarial", keys, worlds=40).periods
    settled = months["trust_buyer"].reshape(40, -1)[:, 60:]
    served = months["active"].reshape(40, -1)[:, 60:].all(1)
    assert served.sum() > 20
    expected = trust.beta_mean_under_turnover(1.0, 0.97, 0.1)
    error = settled[served].mean(1).std(ddof=1) / np.sqrt(served.sum())
    assert abs(settled[served].mean() - expected) < 3 * error < 0.03
    assert trust.beta_moments(1.0, 0.97).mean - expected > 0.1


def run(regime, keys, worlds=2, **how):
    """Run a calm small world."""
    loaded = bare("one_tie", CALM | keys)
    return simulate(loaded.regime(regime), range(worlds), 1, **how)


def tie(**fields):
    """Return a talk of nothing but a tie and a vendor, and the keys its beliefs rest on."""
    row = allocate(TIE_STATE, 1)[0]
    row.claim, row.expected, row.expected_productivity = 0.8, 0.7, 8.0
    row.share, row.productivity_variance = 0.5, 3.0
    for name, value in fields.items():
        row[name] = value
    keys = rules().__dict__ | {
        "beliefs_known": 0.0, "vendors_capability": 0.6, "delivery_prior_months": 6.0,
        "setup_sd_capability": 0.2, "vendors_productivity": 8.0,
        "vendors_productivity_spread": 0.375, "delivery_noise": 2.0,
    }  # fmt: skip
    vendor = SimpleNamespace(capability=0.5, productivity=9.0)
    return SimpleNamespace(tie=row, vendor=vendor), SimpleNamespace(**keys)


@pytest.mark.parametrize("kept", [0.0, 0.5, 1.0])
def test_beliefs_are_those_of_fewer_observations(kept):
    """A share k of memory is the posterior after k n equal observations, of capability and κ alike."""
    talk, s = tie()
    first = s.vendors_productivity * s.vendors_productivity_spread
    talk.tie.productivity_variance = first**2 / 3.0
    fewer, _ = tie(productivity_variance=first**2 / 3.0)
    for month in range(10):
        for one in (talk, fewer) if month < round(10 * kept) else (talk,):
            plain(learn_capability)(one.tie, 0.4, s)
            plain(learn_productivity)(one.tie, 5.0, s)
    plain(forget_capability)(talk, s, kept, 0.0)
    plain(forget_productivity)(talk, s, kept)
    for name in ("expected", "experience", "expected_productivity", "productivity_variance"):
        assert talk.tie[name] == pytest.approx(fewer.tie[name], abs=1e-12), name
    plain(learn_capability)(talk.tie, 0.4, s)
    assert talk.tie.expected != pytest.approx(fewer.tie.expected, abs=1e-4)


def replaced(keys, side, months=30, world=1):
    """Return the memory of a tie before and after a contact was replaced, and at the start."""
    base = CALM | {"turnover.loss": 1.0, "mediator.functions": ["continue"]} | keys
    one = OneWorld(bare("one_tie", base).regime("mediated"), 1, world)
    one.step()
    start = memory(one)
    for _ in range(months):
        one.step()
    before, w = memory(one), one.state
    talk = plain(gather_talk_with_tables)(w, one.setup, 0, 0)
    kept = replace(one, talk, side)
    return start, before, memory(one), kept


def replace(one, talk, side):
    """Let a contact of the tie at the table leave."""
    key = (np.uint64(1), np.uint64(one.world))
    with np.errstate(over="ignore"):
        return plain(hand_over_tie)(talk, one.setup, key, one.period, side, True)


def memory(one):
    """Return the numbers that turnover changes."""
    row, at = one.state.ties[0], one.state.ties[0].met
    trusts = [one.state.trust[at, d][name] for d in range(2) for name in ("good", "bad", "now")]
    learnt = [row[n] for n in ("expected", "experience", "seen_buyer", "seen_vendor")]
    return np.array([*trusts, *learnt, *one.state.belief[at].ravel()], float)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("handicap", [KNOWS_NOTHING, UNTRUSTED], ids=["knows nothing", "untrusted"])
def test_a_mediator_without_knowledge_or_trust_keeps_nothing(side, handicap):
    """To the last bit if it knows nothing; to a millionth if it is not believed."""
    alone = replaced({"mediator.functions": []}, side)[2]
    after = replaced(handicap, side)[2]
    if handicap is KNOWS_NOTHING:
        assert np.array_equal(alone, after)
    assert np.allclose(alone, after, atol=1e-5)


@pytest.mark.parametrize("side", [0, 1])
def test_an_able_trusted_mediator_keeps_everything(side):
    """And alone nothing of that side is left: its trust is the prior again."""
    _, before, after, kept = replaced(SURE, side)
    assert np.allclose(before, after, atol=1e-4)
    assert kept == (pytest.approx(1.0, abs=1e-5), 1.0)
    lost = replaced({"mediator.functions": []}, side)[2]
    direction = (BUYER_IN_VENDOR, VENDOR_IN_BUYER)[side]
    assert lost[3 * direction + 2] == 0.5 < before[3 * direction + 2] - 0.2
    assert not np.allclose(before, lost, atol=1e-2)


def test_a_wrong_record_sets_two_sides_against_each_other():
    """A half able mediator gives some contacts less trust than strangers have."""
    keys = {"mediator.competence": 0.1, "mediator.prior_good": 1e6, "relationship.prior_good": 6.0}
    now = [replaced(keys, 0, world=n)[2][2] for n in range(12)]
    assert min(now) < 6.0 / 7.0 < max(now)


def test_deceit_is_on_the_record():
    """A new contact alone has not heard of it; one that trusts the mediator has."""
    ceilings = []
    for functions in ([], ["continue"]):
        keys = CALM | SURE | {"turnover.loss": 1.0, "mediator.functions": functions}
        one = OneWorld(bare("one_tie", keys).regime("mediated"), 1, 1)
        for _ in range(6):
            one.step()
        talk = plain(gather_talk_with_tables)(one.state, one.setup, 0, 0)
        talk.trust[BUYER_IN_VENDOR].ceiling = 0.6
        replace(one, talk, 0)
        ceilings.append(talk.trust[BUYER_IN_VENDOR].ceiling)
    assert ceilings[0] == 1.0
    assert ceilings[1] == pytest.approx(0.6, abs=1e-4)


def test_without_turnover_a_mediator_that_continues_changes_nothing():
    """A loss without anybody leaving is no loss; the mediator then has nothing to tell."""
    keys = {"turnover.loss": 1.0, "mediator.functions": ["continue"], "mediator.fee.retainer": 0.0}
    with_it, without = run("mediated", keys).periods, run("adversarial", {}).periods
    for name in ("surplus", "trust_buyer", "trust_vendor", "misfit", "contacts_left"):
        assert np.array_equal(with_it[name], without[name]), name


def test_contacts_leave_whatever_the_regime():
    keys = {"run.months": 60, "turnover.buyer": 0.1, "turnover.vendor": 0.05}
    left = [run(regime, keys).periods for regime in ("adversarial", "partnership", "mediated")]
    assert left[0]["contacts_left"].sum() > 6
    for months in left[1:]:
        assert np.array_equal(months["contacts_left"], left[0]["contacts_left"])
    assert (left[0]["residual"] < 1e-9).all()
    assert (
        left[0]["trust_buyer"].mean()
        < run("adversarial", {"run.months": 60}).periods["trust_buyer"].mean()
    )


BUSY = {"turnover.buyer": 0.08, "turnover.vendor": 0.08, "turnover.loss": 0.9}
CONTINUES = {"mediator.functions": ["continue"], "mediator.fee.retainer": 0.0}


def paired(column, handicap, worlds=200):
    """Return (mean, standard error) of what a mediator that continues changes, per world and month."""
    after, before = (
        simulate(bare("one_tie", BUSY | keys).regime(regime), range(worlds), 1, threads=2).periods
        for regime, keys in (("mediated", CONTINUES | handicap), ("adversarial", {}))
    )
    change = (after[column] - before[column]).reshape(worlds, -1).mean(1)
    return change.mean(), change.std(ddof=1) / np.sqrt(worlds)


@pytest.mark.parametrize("handicap", [KNOWS_NOTHING, UNTRUSTED], ids=["knows nothing", "untrusted"])
def test_over_many_worlds_it_earns_nothing_without_knowledge_or_trust(handicap):
    gain, _ = paired("surplus", handicap)
    assert abs(gain) < 1e-3
    assert handicap is UNTRUSTED or gain == 0.0


def test_an_able_one_carries_trust_over():
    """Vendors' trust outlives their contacts; half able, some of the record is wrong, and less does."""
    mean, error = paired("trust_vendor", SURE)
    assert mean > 3 * error > 0.0
    assert paired("trust_vendor", SURE | {"mediator.competence": 0.5})[0] < mean - 3 * error


def test_an_advocate_sets_one_side_against_the_other():
    """A vendor's advocate tells vendors' new contacts worse of buyers than strangers think of them."""
    mean, error = paired("trust_vendor", SURE | {"mediator.bias": -1.0})
    assert mean < -3 * error < 0.0
    assert paired("trust_buyer", SURE | {"mediator.bias": -1.0})[0] > 0.0
