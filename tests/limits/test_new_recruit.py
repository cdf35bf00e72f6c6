"""A published negotiation, played by people of whom a share sees every issue as a contest.

"New Recruit" (Neale 1997, Dispute Resolution Research Center, Kellogg School of Management; its table in
MIT OpenCourseWare 15.668, Fall 2010, lecture 15, https://ocw.mit.edu/courses/15-668-people-and-
organizations-fall-2010/6a0dea19984ff5548ea5f3197c3667ad_MIT15_668F10_lec15.pdf): eight issues of five
options, two of them contests, two on which both want the same, four to trade. The salary is the price.
"""

import numpy as np
import pytest
from bare import bare
from counts import count

from sim.engines.batch import simulate

# Points of the recruiter and of the candidate, options A to E. Salary is a contest over 6,000 points
# that both together always lose; half of it is each side's outside option, so that no deal is worth 0.
OPPOSED = {"signing bonus": ((0, 1000, 2000, 3000, 4000), (4000, 3000, 2000, 1000, 0))}
COMPATIBLE = {
    "job assignment": ((0, -600, -1200, -1800, -2400), (0, -600, -1200, -1800, -2400)),
    "company car": ((1200, 900, 600, 300, 0), (1200, 900, 600, 300, 0)),
}
TRADED = {
    "starting date": ((1600, 1200, 800, 400, 0), (0, 1000, 2000, 3000, 4000)),
    "vacation": ((0, 1000, 2000, 3000, 4000), (1600, 1200, 800, 400, 0)),
    "moving expenses": ((0, 200, 400, 600, 800), (3200, 2400, 1600, 800, 0)),
    "insurance": ((0, 800, 1600, 2400, 3200), (800, 600, 400, 200, 0)),
}
GAME = OPPOSED | COMPATIBLE | TRADED
SALARY = -6000.0
BEST, MIDDLE, WORST = 14_800.0, 6_400.0, -2_000.0
WORLDS = count(500, 4000)
INSIGHT, MIRROR = 0.0, 0.5  # first beliefs of the others: how it is, or half a mirror


def issue(name, recruiter, candidate):
    """Return an issue of which everybody has the published table."""
    return {
        "name": name, "levels": list("ABCDE"), "worth": list(map(float, recruiter)),
        "worth_spread": 0.0, "cost": [-float(x) for x in candidate], "cost_spread": 0.0,
    }  # fmt: skip


SETUP = {
    "issues": [issue(name, *points) for name, points in GAME.items()], "run.months": 1,
    "buyers.outside": -0.5 * SALARY, "buyers.outside_spread": 0.0, "buyers.risk_aversion": 0.0,
    "buyers.quality_worth": 0.0, "vendors.outside": -0.5 * SALARY, "vendors.outside_spread": 0.0,
    "vendors.risk_aversion": 0.0, "vendors.productivity": 0.0, "problems.rate": 0.0,
    "negotiation.offer_cost": 0.0,
}  # fmt: skip


def joint(levels):
    """Return the joint points of packages, one a row."""
    total = np.full(len(levels), SALARY)
    for k, (recruiter, candidate) in enumerate(GAME.values()):
        total += np.array(recruiter)[levels[:, k]] + np.array(candidate)[levels[:, k]]
    return total


def play_new_recruit(share, first_beliefs, worlds=WORLDS, **keys):
    """Return (share of impasses, of gain created, and of agreements that miss a compatible issue)."""
    keys = {"beliefs.fixed_pie_share": share, "beliefs.fixed_pie": first_beliefs} | keys
    how = {"tables": ("periods", "offers"), "threads": 2}
    regime = bare("one_tie", SETUP | keys).regime("adversarial")
    offers = simulate(regime, range(worlds), 1, **how).offers
    taken = offers[offers["accepted"] == 1]
    levels = np.stack([taken[f"level_{k}"] for k in range(len(GAME))], axis=1)
    gain = (joint(levels) - WORST) / (BEST - WORST)
    missed = (levels[:, 1] != 0) | (levels[:, 2] != 0)
    return 1.0 - len(taken) / worlds, gain, missed


def test_the_table_is_the_published_one():
    best = [int(np.argmax(np.add(*points))) for points in GAME.values()]
    worst = [int(np.argmin(np.add(*points))) for points in GAME.values()]
    packages = np.array([best, [2] * len(GAME), worst])
    assert list(joint(packages)) == [BEST, MIDDLE, WORST]
    assert (MIDDLE - WORST) / (BEST - WORST) == 0.5
    for side in range(2):  # each alone ranges from −8,400 to 14,800, salary included
        assert sum(max(points[side]) for points in GAME.values()) == 14_800
        assert sum(min(points[side]) for points in GAME.values()) + SALARY == -8_400


@pytest.mark.parametrize(("first_beliefs", "power"), [(INSIGHT, 2), (MIRROR, 1)])
@pytest.mark.parametrize("share", [0.0, 0.25, 0.45, 0.7, 1.0])
def test_what_a_share_of_contest_thinkers_misses(first_beliefs, power, share):
    """Misses are f² if one person who sees further is enough for a pair, f if for half of the pairs.

    Whole packages are at stake, so a pair has all there is or the middle of everything: the gain is
    1 − ½ misses, and nobody walks away. Published figures of one group for gain and misses together would test that.
    Nobody learns during the talk: otherwise one or two of 4,000 pairs would see through some issues in time.
    """
    impasse, gain, missed = play_new_recruit(share, first_beliefs, **{"beliefs.learning": 0.0})
    expected = share**power
    error = np.sqrt(expected * (1.0 - expected) / WORLDS)
    assert impasse == 0.0
    assert abs(missed.mean() - expected) <= 4.0 * error
    assert gain.mean() == pytest.approx(1.0 - 0.5 * missed.mean(), abs=1e-9)
    if 0.0 < share < 1.0:  # the negative control: the other power is not what comes out
        assert abs(missed.mean() - share ** (3 - power)) > 4.0 * error


def test_the_published_fifth_of_lost_agreements_needs_a_share_and_says_what_else_follows():
    """A fifth of agreements lost (Thompson & Hrebec 1996, as textbooks quote it) is f = √0.2 = 0.45."""
    impasse, gain, missed = play_new_recruit(np.sqrt(0.2), INSIGHT)
    error = np.sqrt(0.2 * 0.8 / WORLDS)
    assert impasse == 0.0
    assert abs(missed.mean() - 0.2) < 4.0 * error
    assert abs(gain.mean() - 0.9) < 2.0 * error
    # The negative control: with 68 % of people, as many as reportedly come with a fixed pie
    # in mind (Thompson & Hastie 1990), far more is missed.
    _, _, more = play_new_recruit(0.68, INSIGHT)
    assert more.mean() - 0.2 > 8.0 * error
