"""Fear of blame: distrust, or learnt from how news was received; and openness towards a neutral.

Every exact number has a negative control. How `warn` moves early reports is asserted for fear alone,
and if the mediator's word also lowers the blame itself.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from bare import bare
from counts import only
from drawn import run as tables_of
from drawn import unlike

from sim.bargain.disclosure import openness
from sim.bargain.talk_rows import gather_talk_with_tables
from sim.engines.batch import OneWorld, simulate
from sim.jit import plain
from sim.mediation.confidences import openness_to_mediator
from sim.records import allocate
from sim.relationship.work.fear import forget_fear, initial_fear, learn_from_reception
from sim.relationship.world.turnover import hand_over_tie
from sim.scenario.load import from_resolved
from sim.state import BUYER, BUYER_IN_MEDIATOR, TIE_STATE, VENDOR
from sim.words import BlameFear

LEARNT = {"vendors.blame_fear": "learnt"}
REGIMES = ("adversarial", "partnership", "mediated", "planner")
# Trust that evidence does not move: a buyer that trusts 1/2, or one that knows of nothing but fault.
FIXED = {"relationship.prior_good": 1e6, "relationship.prior_bad": 1e6}
TELLS_ALL = {
    "buyers.blame": 0.0, "problems.fix": 0.0, "problems.rate": 0.9, "problems.discovery": 1.0,
    "run.months": 40, "disputes.threshold": 0.0,
}  # fmt: skip


def news(first, memory, receptions):
    """Return a tie that feared `first` and has met receptions, and the keys it learns by."""
    row = allocate(TIE_STATE, 1)[0]
    row.fear = first
    keys = SimpleNamespace(
        vendors_blame_fear=int(BlameFear.LEARNT), vendors_first_fear=1.0, vendors_fear_memory=memory,
        problems_fault=0.4, relationship_prior_good=1.0, relationship_prior_bad=1.0,
    )  # fmt: skip
    for reception in receptions:
        plain(learn_from_reception)(row, reception, keys)
    return row, keys


@pytest.mark.parametrize("regime", only(["adversarial", "mediated"], REGIMES))
def test_distrust_is_the_default_and_what_is_learnt_by_says_nothing_then(regime):
    """Default and "trust" are the same to the bit, whatever the values of the other two keys."""
    says_nothing = bare("one_tie").resolved()
    del says_nothing["vendors"]["blame_fear"]
    default = tables_of(from_resolved(says_nothing, "one_tie"), regime)
    words = {"vendors.first_fear": 8.0, "vendors.fear_memory": 50.0, "vendors.blame_fear": "trust"}
    assert unlike(default, tables_of(bare("one_tie", words), regime)) == []
    learnt = unlike(default, tables_of(bare("one_tie", words | LEARNT), regime))
    assert bool(learnt) is (regime != "planner")


@pytest.mark.parametrize("memory", [0.0, 2.0, 7.0])
@pytest.mark.parametrize(("first", "met"), [(0.9, 0.3), (0.1, 0.7)])
def test_fear_is_the_mean_of_the_first_and_of_what_was_met(first, met, memory):
    for count in (1, 2, 5):
        row, _ = news(first, memory, [met] * count)
        expected = (memory * first + count * met) / (memory + count)
        assert row.fear == pytest.approx(expected, abs=1e-15)
        assert row.news_met == count
        assert (float(row.fear) < first) is (met < first)
        other = ((memory + 1.0) * first + count * met) / (memory + 1.0 + count)
        assert abs(row.fear - other) > 1e-3  # a larger weight of the first fear would be noticed
    mixed, _ = news(first, memory, [0.2, 0.9, 0.4])
    assert mixed.fear == pytest.approx((memory * first + 1.5) / (memory + 3.0), abs=1e-15)


@pytest.mark.parametrize(
    ("factor", "keys", "first", "met"),
    [(0.25, {"problems.fault": 1.0}, 0.25, 1.0), (4.0, FIXED | {"problems.fault": 0.0}, 1.0, 0.5),
     (0.5, FIXED | {"problems.fault": 0.0}, 0.25, 0.5)],
    ids=["too low", "too high", "half"],
)  # fmt: skip
def test_news_told_in_the_engine_teaches_the_same(factor, keys, first, met):
    """After 1, 2 and 5 pieces of truthful news; what trusts no more and no less meets the same blame."""
    keys = TELLS_ALL | LEARNT | keys | {"vendors.first_fear": factor}
    one = OneWorld(bare("one_tie", keys).regime("adversarial"), 1, 0)
    found = {}
    while one.period < one.months and not {1, 2, 5} <= {*found}:
        one.step()
        row = one.state.ties[0]
        assert row.news_met == row.problems_reported
        if row.met:
            found.setdefault(int(row.news_met), float(row.fear))
    assert plain(initial_fear)(one.setup) == pytest.approx(first, abs=1e-9)
    for told in (1, 2, 5):
        assert found[told] == pytest.approx((2.0 * first + told * met) / (2.0 + told), abs=1e-4)
        assert abs(found[told] - (3.0 * first + told * met) / (3.0 + told)) > 0.01


def test_the_first_fear_is_a_multiple_of_what_a_stranger_meets():
    """Its trust 1/2 and a base rate of 0.4 make 0.7; the product stops at 1."""
    _, keys = news(0.0, 2.0, [])
    for factor, expected in ((0.25, 0.175), (1.0, 0.7), (1.4, 0.98), (4.0, 1.0)):
        keys.vendors_first_fear = factor
        assert plain(initial_fear)(keys) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("kept", [0.0, 0.5, 1.0])
def test_a_new_contact_fears_as_one_that_met_less(kept):
    """A share k of n receptions counts k n; with none left it is the first fear again."""
    row, keys = news(0.7, 2.0, [0.1, 0.3, 0.2, 0.2])
    before = float(row.fear)
    plain(forget_fear)(row, keys, kept)
    expected = (2.0 * 0.7 + kept * 0.8) / (2.0 + kept * 4.0)
    assert row.fear == pytest.approx(expected, abs=1e-15) and row.news_met == 4.0 * kept
    assert (abs(float(row.fear) - before) > 0.05) is (kept < 1.0)


@pytest.mark.parametrize("side", [BUYER, VENDOR])
def test_only_the_vendors_contact_takes_it_along(side):
    keys = TELLS_ALL | LEARNT | {"turnover.loss": 1.0, "vendors.first_fear": 0.25}
    one = OneWorld(bare("one_tie", keys).regime("adversarial"), 1, 0)
    while one.state.ties[0].news_met < 3.0:
        one.step()
    row, before = one.state.ties[0], float(one.state.ties[0].fear)
    talk = plain(gather_talk_with_tables)(one.state, one.setup, 0, 0)
    with np.errstate(over="ignore"):
        key = (np.uint64(1), np.uint64(0))
        plain(hand_over_tie)(talk, one.setup, key, one.period, side, True)
    after = before if side == BUYER else plain(initial_fear)(one.setup)
    assert row.fear == after and abs(before - plain(initial_fear)(one.setup)) > 0.1


def reports(regime, keys, worlds):
    """Return problems told at once and problems that arose, by world; the books must balance."""
    months = simulate(bare("one_tie", keys).regime(regime), range(worlds), 1, threads=2).periods
    assert months["residual"].max() < 1e-9
    by_world = months.reshape(worlds, -1)
    told, arose = (by_world[f"problems_{name}"].sum(1) for name in ("reported", "arrived"))
    return told.astype(float), arose.astype(float)


def test_who_fears_more_hides_more():
    """Paired over worlds under common luck; the factor that is right lies between."""
    hidden = {}
    for factor in (0.25, 1.0, 4.0):
        told, arose = reports("adversarial", LEARNT | {"vendors.first_fear": factor}, 300)
        hidden[factor] = arose - told
    for low, high in ((0.25, 1.0), (1.0, 4.0), (0.25, 4.0)):
        more = hidden[high] - hidden[low]
        assert more.mean() > 3 * more.std(ddof=1) / np.sqrt(len(more)) > 0.0


ABLE = {
    "mediator.functions": ["warn"], "mediator.competence": 1.0, "mediator.prior_good": 1e6,
    "mediator.prior_bad": 1e-6, "mediator.discretion": 1.0, "mediator.bias": 0.0,
    "mediator.fee.retainer": 0.0,
}  # fmt: skip


def warned(factor, fault, memory=2.0, worlds=300):
    """Return by how much a truthful, able, trusted mediator changes early reports; (mean, error)."""
    keys = LEARNT | {"vendors.first_fear": factor, "problems.fault": fault}
    keys |= {"vendors.fear_memory": memory}
    after, before = (
        told / np.maximum(1.0, arose)
        for told, arose in (
            reports("mediated", ABLE | keys, worlds), reports("adversarial", keys, worlds),
        )
    )  # fmt: skip
    change = after - before
    return change.mean(), change.std(ddof=1) / np.sqrt(worlds)


def test_if_fear_is_too_high_truthful_news_raises_early_reports():
    for fault in (0.0, 0.5):
        mean, error = warned(4.0, fault)
        assert mean > 3 * error > 0.0


def test_if_fear_is_too_low_it_lowers_them():
    """If every problem is the vendor's fault no word moves the blame it meets: fear alone moves."""
    mean, error = warned(0.25, 1.0)
    assert mean < -3 * error < 0.0
    mean, error = warned(0.25, 0.5, memory=50.0)
    assert mean < -3 * error < 0.0


def test_if_fear_is_right_it_changes_nothing():
    assert warned(1.0, 1.0) == (0.0, 0.0)


def test_if_its_word_clears_vendors_it_raises_them_though_fear_was_too_low():
    """Of fear too low for a direct word, not for a carried one: the mediator lowers the blame itself."""
    mean, error = warned(0.25, 0.0)
    assert mean > 3 * error > 0.0


def test_fear_that_learns_fast_leaves_little_to_lower():
    """At two pieces of news a low fear has soon learnt by itself what the mediator could have said."""
    fast, slow = warned(0.25, 0.5), warned(0.25, 0.5, memory=50.0)
    assert fast[0] > slow[0] + 3 * slow[1]


def seated(keys, trust):
    """Return a talk whose two sides trust the mediator by the given amounts, and the rules' parameters."""
    regime = bare("one_tie", {"mediator.discretion": 1.0} | keys).regime("mediated")
    one = OneWorld(regime, 1, 0)
    talk = plain(gather_talk_with_tables)(one.state, one.setup, 0, 0)
    for side in (BUYER, VENDOR):
        talk.trust[BUYER_IN_MEDIATOR + side].now = trust
    return talk, one.setup


def neutral(side, factor, sensitivity, **keys):
    """Return the keys of one side: how it fears exposure, and how towards a neutral."""
    own = {f"{side}.exposure_sensitivity": sensitivity, f"{side}.exposure_to_neutral": factor}
    return own | {key.replace("__", "."): value for key, value in keys.items()}


@pytest.mark.parametrize(("side", "name"), [(BUYER, "buyers"), (VENDOR, "vendors")])
def test_openness_to_a_neutral_is_exact_at_no_trust(side, name):
    """Trust 0 and no leak: h = 1 − ω_d × factor, and never below 0; the other side is as it was."""
    for factor, sensitivity in (
        (0.0, 1.0),
        (0.25, 0.8),
        (0.5, 1.0),
        (1.0, 0.6),
        (2.0, 0.4),
        (2.0, 1.0),
    ):
        talk, s = seated(neutral(name, factor, sensitivity), 0.0)
        expected = max(0.0, 1.0 - sensitivity * factor)
        assert plain(openness_to_mediator)(talk, s, side) == pytest.approx(expected, abs=1e-15)
        if factor != 1.0 and expected > 0.0:
            assert abs(plain(openness_to_mediator)(talk, s, side) - (1.0 - sensitivity)) > 0.1
        assert plain(openness_to_mediator)(talk, s, VENDOR if side == BUYER else BUYER) == 0.0


@pytest.mark.parametrize("discretion", [0.3, 1.0])
def test_a_factor_of_one_is_openness_as_it_was_to_the_bit(discretion):
    same, s = seated(neutral("vendors", 1.0, 0.7, mediator__discretion=discretion), 0.0)
    less, other = seated(neutral("vendors", 0.9, 0.7, mediator__discretion=1.0), 0.0)
    for trust in map(float, np.random.default_rng(1).random(20)):
        for talk in (same, less):
            talk.trust[BUYER_IN_MEDIATOR : BUYER_IN_MEDIATOR + 2].now = trust
        was = plain(openness)(trust, 0.7, 1.0 - s.mediator_discretion)
        assert plain(openness_to_mediator)(same, s, VENDOR) == was
        assert plain(openness_to_mediator)(less, other, VENDOR) > plain(openness)(trust, 0.7, 0.0)


def test_a_types_own_sensitivity_is_multiplied():
    shy = [{"name": "shy", "side": "vendor", "exposure_sensitivity": 0.8}]
    talk, s = seated({"conducts": shy, "vendors.exposure_to_neutral": 0.5}, 0.0)
    assert plain(openness_to_mediator)(talk, s, VENDOR) == pytest.approx(0.6, abs=1e-15)


def test_openness_to_the_counterpart_does_not_move():
    """A mediator that has nothing to do is told more or less, and no other bit differs."""
    idle = {"mediator.functions": ["continue"], "run.months": 30}
    plainly, shyly = (
        tables_of(bare("one_tie", idle | more), "mediated")
        for more in ({}, {"vendors.exposure_to_neutral": 0.2, "buyers.exposure_to_neutral": 0.4})
    )
    assert {name.split(".")[-1] for name in unlike(plainly, shyly)} == {
        "disclosure_mediator_buyer", "disclosure_mediator_vendor",
    }  # fmt: skip
    assert (
        shyly.periods["disclosure_mediator_vendor"] > plainly.periods["disclosure_mediator_vendor"]
    ).all()
