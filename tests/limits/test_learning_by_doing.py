"""Working together is learnt by service, whoever reviews: the curve, its worth, whose it is.

Every exact number has a negative control.
"""

import numpy as np
import pytest
from bare import bare
from drawn import run as tables_of
from drawn import unlike

from sim.engines.batch import OneWorld

CALM = {"problems.rate": 0.0, "disputes.threshold": 0.0, "delivery.quality_noise": 0.0}
RATE, WORTH = 0.07, 4.0
DOING = {"reviews.learning_by_doing": RATE, "reviews.learning_worth": WORTH}
OPEN = {"relationship.prior_good": 1e6, "relationship.prior_bad": 1e-6}
REGIMES = ("adversarial", "partnership", "mediated")


def world(keys, months, regime="adversarial", name="one_tie"):
    """Return a world of a scenario after some months."""
    one = OneWorld(bare(name, keys).regime(regime), 1, 0)
    for _ in range(months):
        one.step()
    return one


def curve(months, rate=RATE):
    """Return the share learnt after some months of service."""
    return 1.0 - (1.0 - rate) ** np.asarray(months)


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("rate", [RATE, 1.0])
def test_service_teaches_by_the_curve_under_every_regime(regime, rate):
    """1 − (1 − r)ⁿ after n months of service, without any review; not that of n + 1 months."""
    one = world(CALM | DOING | {"reviews.learning_by_doing": rate}, 20, regime)
    tie = one.state.ties[0]
    assert tie.months > 12 and one.periods["reviews"].sum() == 0
    assert tie.lore == pytest.approx(curve(tie.months, rate), abs=1e-14)
    if rate < 1.0:
        assert abs(tie.lore - curve(tie.months + 1, rate)) > 0.005


def test_what_is_left_to_learn_is_lost_and_what_is_learnt_is_shared():
    """First best has all of it from the first month; each side gets half of the worth of what is learnt."""
    learns, knows_how = world(CALM | DOING, 20).periods, world(CALM, 20).periods
    served = np.flatnonzero(learns["active"])
    learnt = WORTH * curve(np.arange(1, len(served) + 1))

    def gained(column):
        return (learns[column] - knows_how[column])[served]

    assert len(served) > 12 and np.array_equal(learns["active"], knows_how["active"])
    assert np.allclose(gained("first_best"), WORTH, atol=1e-9)
    assert np.allclose(gained("underinvestment"), WORTH - learnt, atol=1e-9)
    assert np.allclose(gained("surplus"), learnt, atol=1e-9)
    for side in ("buyer", "vendor"):
        assert np.allclose(gained(side), 0.5 * learnt, atol=1e-9)
    assert not np.allclose(gained("surplus"), np.append(0.0, learnt[:-1]), atol=0.01)
    assert (learns["surplus"] <= learns["first_best"] + 1e-9).all()
    assert learns["residual"].max() < 1e-9


def test_reviews_teach_of_what_service_has_left():
    """(1 − r)ⁿ (1 − l)ᵐ is left after n months and m open reviews; reviews alone leave more."""
    held = {"reviews.every": 3, "reviews.mode": "two_way", "reviews.learning": 0.2}
    one, alone = (world(CALM | OPEN | held | more, 20) for more in (DOING, {}))
    tie, reviews = one.state.ties[0], one.periods["reviews"].sum()
    assert reviews == tie.months // 3 > 4
    left = (1.0 - RATE) ** tie.months * 0.8**reviews
    assert 1.0 - tie.lore == pytest.approx(left, abs=1e-5)
    assert 1.0 - alone.state.ties[0].lore == pytest.approx(0.8**reviews, abs=1e-5)
    assert 0.8**reviews > left + 0.1


def test_it_belongs_to_the_tie_and_outlasts_vendors_and_contacts():
    """Every tie keeps what its own months taught, whoever served in between or left."""
    keys = {"market.needs": 6, "run.months": 40, "delivery.quality_noise": 0.5}
    keys |= {"negotiation.duration": 6}
    keys |= {"turnover.buyer": 0.2, "turnover.vendor": 0.2, "turnover.loss": 1.0}
    one = world(DOING | keys, 40, name="open_market")
    ties = one.state.ties
    assert one.periods["switches"].sum() > 2 and one.periods["contacts_left"].sum() > 20
    assert (ties.months > 0).sum() > 6
    assert np.allclose(ties.lore, curve(ties.months), atol=1e-13)
    interrupted = (ties.spells > 1) & (ties.months > 3)
    assert interrupted.any()  # and what was learnt before the break still counts after it
    assert (
        ties.lore[interrupted] > curve(ties.months[interrupted] / ties.spells[interrupted])
    ).all()


@pytest.mark.parametrize("regime", [*REGIMES, "planner"])
def test_nothing_counts_that_nothing_teaches(regime):
    """Worth alone changes no bit; with either teacher it is there to be had."""
    base = {"run.months": 12, "reviews.every": 0}
    plainly = tables_of(bare("one_tie", base), regime)
    worth = base | {"reviews.learning_worth": WORTH}
    assert unlike(plainly, tables_of(bare("one_tie", worth), regime)) == []
    for teacher in ({"reviews.learning_by_doing": RATE}, {"reviews.every": 3}):
        found = tables_of(bare("one_tie", worth | teacher), regime)
        assert found.periods["first_best"].sum() > plainly.periods["first_best"].sum() + 20.0
    idle = base | {"reviews.learning_by_doing": 0.5}  # what is learnt is worth nothing
    assert unlike(plainly, tables_of(bare("one_tie", idle), regime)) == []
