"""People who see every issue as a contest: they meet in the middle, and learn better from what they hear.

Compromise on issues of linear worth creates exactly half of what there is to create (a corollary of
issue-by-issue splitting; Thompson & Hastie 1990 on people who do so). Every check has a negative control.
"""

import numpy as np
import pytest
from bare import bare

from sim.bargain.beliefs import learn_from_offer
from sim.bargain.books import show_tables
from sim.bargain.compromise import draw_contest_thresholds, is_contest, see_through_issue
from sim.bargain.talk_rows import gather_talk_with_tables
from sim.bargain.value import fill_clause_values, guessed_base, propose_levels
from sim.contract import best_levels
from sim.engines.batch import OneWorld, simulate
from sim.jit import plain
from sim.mediation.notes import tell_needs
from sim.mediation.rounds.texts import learn_from_text
from sim.relationship.work.feedback import tell_table
from sim.relationship.work.review import propose_change
from sim.relationship.world.drift import learn_from_other_customers
from sim.relationship.world.turnover import hand_over_tie
from sim.state import BUYER, STRANGERS, VENDOR

KEY = (np.uint64(1), np.uint64(0))
ALL = {"beliefs.fixed_pie_share": 1.0}
TRUSTING = {"relationship.prior_good": 1e6, "relationship.prior_bad": 1e-6}


def linear(name, count, worth, cost):
    """Return an issue every step of which is worth and costs the same to everybody."""
    return {
        "name": name,
        "levels": [f"{name} {level}" for level in range(count)],
        "worth": [worth * level for level in range(count)],
        "worth_spread": 0.0,
        "cost": [cost * level for level in range(count)],
        "cost_spread": 0.0,
    }


# Two issues to take in full, one to leave out, each of an odd number of levels.
LINEAR = [
    linear("scope", 5, 20.0, 8.0),
    linear("training", 3, 12.0, 5.0),
    linear("frill", 3, 2.0, 6.0),
]
KNOWN_TABLES = {"issues": LINEAR, "problems.rate": 0.0}


def signed(keys, regime="adversarial", worlds=40, compiled=True):
    """Return the packages signed in worlds of one_tie, one a row."""
    loaded = bare("one_tie", KNOWN_TABLES | {"run.months": 24} | keys)
    how = {"tables": ("periods", "ties", "offers"), "compiled": compiled, "threads": 2}
    offers = simulate(loaded.regime(regime), range(worlds), 1, **how).offers
    taken = offers[offers["accepted"] == 1]
    return np.stack([taken[f"level_{k}"] for k in range(len(LINEAR))], axis=1)


def created(packages):
    """Return the share of what there is to create that each package does, (J − worst)/(best − worst)."""
    joint, worst, best = np.zeros(len(packages)), 0.0, 0.0
    for k, issue in enumerate(LINEAR):
        gain = np.array(issue["worth"]) - np.array(issue["cost"])
        joint += gain[packages[:, k]]
        worst, best = worst + gain.min(), best + gain.max()
    return (joint - worst) / (best - worst)


def test_compromise_creates_exactly_half_of_what_linear_issues_hold():
    found = created(signed(ALL))
    assert len(found) > 40
    assert np.abs(found - 0.5).max() < 1e-9
    without = created(signed({}))  # the negative control: those who look for what is best for both
    assert without.min() > 0.5 + 1e-3
    assert without.mean() > 0.9


def a_world(keys=None, scenario="one_tie", world=0, months=0, regime="adversarial"):
    """Return a world after some months."""
    one = OneWorld(bare(scenario, keys or {}).regime(regime), 1, world)
    for _ in range(months):
        one.step()
    return one


def talk_of(one, tie=0):
    """Return a talk with today's tables in the scratch."""
    talk = plain(gather_talk_with_tables)(one.state, one.setup, int(one.state.ties[tie].need), tie)
    plain(fill_clause_values)(talk, one.setup)
    return talk


def a_talk(keys=None, **how):
    """Return a world of one_tie after some months, and its talk."""
    one = a_world(keys, **how)
    return one, talk_of(one)


def halfway(talk, s, side):
    """Return the compromise package of a side, worked out apart from the rules."""
    found, pairs = [], 0
    for k in range(int(s.issues)):
        levels = int(s.count[k])
        if levels == 2:
            own = np.array(talk.log.memo.own[side, k, :2])
            gets_it = pairs % 2 == side
            found.append(int(np.argmax(own) if gets_it else np.argmin(own)))
            pairs += 1
        else:
            found.append((levels - 1) // 2)
    return found


@pytest.mark.parametrize("scenario", ["one_tie", "it_outsourcing", "strategic_roadmap"])
@pytest.mark.parametrize("share", [1.0, 0.0])
def test_the_first_contract_is_the_compromise_package(scenario, share):
    keys = {"beliefs.fixed_pie_share": share, "beliefs.learning": 0.0, "run.months": 1}
    loaded, equal = bare(scenario, keys), []
    for world in range(12 if scenario == "one_tie" else 1):
        one = a_world(keys, scenario, world)
        how = {"tables": ("periods", "ties", "offers")}
        offers = simulate(loaded.regime("adversarial"), [world], 1, **how).offers
        for offer in offers[offers["accepted"] == 1]:
            talk, side = talk_of(one, int(offer["tie"])), int(offer["side"])
            package = [int(offer[f"level_{k}"]) for k in range(int(one.setup.issues))]
            equal.append(package == halfway(talk, one.setup, side))
    assert len(equal) > 8
    assert all(equal) if share == 1.0 else np.mean(equal) < 0.5


def first_talks(scenario, worlds, keys):
    """Return the first talk of every pair that talks in the first month: (zone, impasse)."""
    loaded = bare(scenario, {"run.months": 1} | keys)
    how = {"tables": ("periods", "ties", "offers"), "threads": 2}
    offers = simulate(loaded.regime("adversarial"), range(worlds), 1, **how).offers
    found = {}
    for offer in offers:
        pair = (int(offer["world"]), int(offer["tie"]))
        zone, impasse = found.get(pair, (np.inf, True))
        pie = float(offer["buyer_utility"] + offer["vendor_utility"])
        found[pair] = (min(zone, pie), impasse and not offer["accepted"])
    return found


@pytest.mark.parametrize("scenario", ["one_tie", "it_outsourcing"])
def test_if_the_compromise_leaves_a_zone_talks_fail_no_more_often(scenario):
    """The same pairs under the same luck, whose every compromise package both would gain by."""
    worlds = 400 if scenario == "one_tie" else 60
    truthful = {"negotiation.level": "truthful"}
    plainly, middle = (
        first_talks(scenario, worlds, truthful | keys) for keys in ({}, ALL)
    )  # fmt: skip
    pairs = [pair for pair in middle if pair in plainly and middle[pair][0] > 0.0]
    assert len(pairs) > 300
    failed = [np.mean([talks[pair][1] for pair in pairs]) for talks in (plainly, middle)]
    assert abs(failed[1] - failed[0]) < 0.03
    # The negative control: pairs without a zone do fail.
    assert all(middle[pair][1] for pair in middle if middle[pair][0] <= 0.0)


def impasses(issues, share, level):
    """Return the share of first talks of one pair that fail, over drawn outside options."""
    keys = {
        "issues": issues, "beliefs.fixed_pie_share": share, "negotiation.level": level,
        "problems.rate": 0.0, "buyers.outside": 35.0, "buyers.outside_spread": 1.0,
        "vendors.outside": 12.0, "vendors.outside_spread": 1.0, "run.months": 1,
    }  # fmt: skip
    how = {"tables": ("periods",), "threads": 2}
    months = simulate(bare("one_tie", keys).regime("adversarial"), range(2000), 1, **how).periods
    return float(months["impasses"].sum() / months["talks"].sum())


def test_people_who_shade_hold_back_what_fits_the_package_they_reckon_with():
    """They fail as often as people who see no contest and have only the middle to agree on."""
    middle = [
        {**one, "levels": ["middle"], "worth": [one["worth"][len(one["worth"]) // 2]],
         "cost": [one["cost"][len(one["cost"]) // 2]]}
        for one in LINEAR
    ]  # fmt: skip
    contest, only_middle = (
        impasses(LINEAR, 1.0, "equilibrium"),
        impasses(middle, 0.0, "equilibrium"),
    )
    assert contest == pytest.approx(only_middle, abs=1e-9)
    # The negative control: there is less to share than in the best package, and more talks fail.
    assert contest > impasses(LINEAR, 0.0, "equilibrium") + 0.06


def test_if_compromise_would_leave_nothing_people_name_and_shade_for_the_standard_package():
    """Two issues of two levels, a clause first: the scope would be the vendor's, which would rather not have it."""
    scope = {"name": "scope", "levels": ["no", "yes"], "worth": [0, 50], "cost": [0, 20]}
    share = {"name": "risk share", "kind": "risk_share", "levels": [0.0, 0.5]}
    keys = {
        **ALL, "run.months": 1, "problems.rate": 0.0, "negotiation.protocol": "take_it_or_leave_it",
        "negotiation.first": "buyer", "negotiation.level": "equilibrium",
    }  # fmt: skip
    parts = []
    for issues in ([scope, share], [share, scope]):
        loaded = bare("one_tie", keys | {"issues": issues})
        months = simulate(loaded.regime("adversarial"), range(80), 1, tables=("periods",)).periods
        parts.append(months["buyer"].sum() / months["active"].sum())
        one = OneWorld(loaded.regime("adversarial"), 1, 0)
        assert one.setup.halfway[[i["name"] for i in issues].index("scope")] == 1
    assert (
        min(parts) > 5.0
    )  # a side that posts a price keeps something, in whatever order issues are written
    assert parts[0] == pytest.approx(parts[1], rel=0.1)


def heard_offers(keys, packages):
    """Return how far a buyer sees through each issue after each of a vendor's offers in turn."""
    one, talk = a_talk(ALL | {"beliefs.learning": 0.4} | keys, months=1)
    found = []
    talk.log.memo.last_levels[VENDOR][:] = -1
    for package in packages:
        guess = plain(guessed_base)(talk, one.setup, BUYER)
        rate = float(one.setup.beliefs_learning * talk.trust[BUYER].now)
        named = np.array([*package, *[0] * 8])
        plain(learn_from_offer)(talk, one.setup, BUYER, guess, named, 1e9, rate)
        found.append(np.array(talk.hearing.learnt[BUYER, : one.setup.issues]))
    return one, talk, found


def test_an_offer_teaches_if_it_contradicts_the_contest_and_only_once():
    packages = ((2, 0, 0, 1), (2, 0, 0, 2), (2, 0, 0, 2))  # the third says nothing new
    one, talk, (first, second, third) = heard_offers({}, packages)
    h = 1.0 - (1.0 - float(talk.trust[VENDOR].now)) * float(talk.vendor.exposure)
    part = h * 0.4 * float(talk.trust[BUYER].now)
    assert 0.01 < part < 0.4
    middle, s = halfway(talk, one.setup, BUYER), one.setup
    for k in range(int(s.issues)):
        times = [package[k] != middle[k] for package in packages[:2]]
        assert first[k] == pytest.approx(1.0 - (1.0 - part) ** times[0], abs=1e-12)
        assert second[k] == pytest.approx(1.0 - (1.0 - part) ** sum(times), abs=1e-12)
    assert len(set(np.round(second, 12))) == 3  # twice, once and never
    assert np.array_equal(second, third)
    # The negative control: with no trust in the speaker nothing is learnt.
    assert np.max(heard_offers({"relationship.prior_good": 1e-9}, packages)[2][1]) < 1e-6


def test_who_knows_the_others_table_sees_no_contest():
    """Of what first beliefs know, a share is seen through from the first day; of all, everything."""
    assert created(signed(ALL | {"beliefs.known": 1.0})).min() == pytest.approx(1.0)
    seen = []
    for world in range(16):
        one, talk = a_talk(ALL | {"beliefs.known": 0.6}, world=world, months=1)
        places = [(side, k) for side in range(2) for k in range(3)]
        seen += [not plain(is_contest)(talk, one.setup, *place) for place in places]
    assert abs(np.mean(seen) - 0.6) < 4.0 * np.sqrt(0.24 / len(seen))
    # The negative control: strangers to each other's tables sign what creates a half.
    assert created(signed(ALL)).max() < 0.5 + 1e-9


def test_a_telling_moves_what_is_learnt_as_far_as_beliefs_and_never_twice():
    one, talk = a_talk(ALL | {"beliefs.learning": 0.0}, months=1)
    noticed = one.state.noticed[0]
    for reach, learnt in ((0.3, 0.3), (0.3, 0.3), (0.6, 0.6), (0.2, 0.6)):
        plain(tell_table)(talk, one.setup, KEY, VENDOR, (reach, 0.0), noticed)
        assert talk.hearing.learnt[BUYER, 0] == pytest.approx(learnt, abs=1e-12)
    assert talk.hearing.learnt[BUYER, 3] == 0.0  # the risk share was not spoken of
    assert not np.any(talk.hearing.learnt[VENDOR])


def test_whatever_shows_the_others_table_teaches_alike():
    one, talk = a_talk(ALL, months=1)
    s, learnt = one.setup, talk.hearing.learnt
    for _ in range(2):  # books that are shown again say nothing new
        plain(show_tables)(talk, s, (0.6, 0.5), (0.4, 0.3))
        assert np.allclose(learnt[BUYER, : s.issues], 0.5 * 0.4, atol=1e-12)
        assert np.allclose(learnt[VENDOR, : s.issues], 0.6 * 0.3, atol=1e-12)
    talk.mediator.competence_buyer = 1.0
    talk.hearing.learnt[:], talk.hearing.heard[:] = 0.0, 0.0
    with np.errstate(over="ignore"):
        plain(tell_needs)(talk, s, KEY, 0.5, 0.4)
    assert learnt[VENDOR, 0] == pytest.approx(0.5 * 0.4, abs=1e-12)
    assert (
        learnt[VENDOR, 3] == learnt[BUYER, 0] == 0.0
    )  # risk shares, and the buyer, were told nothing
    plain(learn_from_other_customers)(talk.hearing, s, 0b10, 0.5)
    assert learnt[VENDOR, 1] == pytest.approx(1.0 - 0.8 * 0.5, abs=1e-12)
    # The negative control: a side that looks for what is best for both has nothing to see through.
    plainly, other = a_talk({}, months=1)
    plain(show_tables)(other, plainly.setup, (0.6, 0.5), (0.4, 0.3))
    assert not np.any(other.hearing.learnt)


@pytest.mark.parametrize("learnt", [0.2, 0.7])
def test_the_share_that_has_seen_through_is_what_is_learnt(learnt):
    one, talk = a_talk(ALL, months=1)
    s, seen = one.setup, []
    for pair in range(1500):
        talk.tie.pair = pair
        with np.errstate(over="ignore"):
            plain(draw_contest_thresholds)(talk, s, KEY)
        talk.hearing.learnt[:] = learnt
        seen += [not plain(is_contest)(talk, s, side, 0) for side in range(2)]
    error = np.sqrt(learnt * (1.0 - learnt) / len(seen))
    assert abs(np.mean(seen) - learnt) < 4.0 * error
    assert abs(np.mean(seen) - learnt**2) > 4.0 * error  # the negative control
    for learnt_so_far, contest in ((0.0, True), (1.0, False)):
        talk.hearing.learnt[:] = learnt_so_far
        assert bool(plain(is_contest)(talk, s, BUYER, 0)) is contest


def test_once_it_has_seen_through_it_proposes_what_is_best_for_both():
    one, talk = a_talk(ALL, months=1)
    s, best, out = one.setup, np.zeros(12, np.int64), np.zeros(12, np.int64)
    for side in range(2):
        plain(best_levels)(talk.log.memo.own[side], talk.belief[side], s, best)
        middle = halfway(talk, s, side)
        assert middle != list(best[: s.issues])
        for k in range(int(s.issues)):
            talk.hearing.learnt[side] = 0.0
            plain(see_through_issue)(talk, s, side, k, 1.0)
            plain(propose_levels)(talk, s, side, out)
            assert list(out[: s.issues]) == [*middle[:k], best[k], *middle[k + 1 :]]


BY_MEDIATOR = ALL | {
    "beliefs.learning": 0.0,  # nothing is learnt from offers
    "mediator.functions": ["broker", "align"],
    "mediator.discretion": 1.0,
    "mediator.prior_good": 8.0,
    "mediator.prior_bad": 0.5,
}


@pytest.mark.parametrize(
    ("competence", "trust", "teaches"), [(1.0, 0.9, True), (0.0, 0.9, False), (1.0, 0.0, False)]
)
def test_a_mediator_without_competence_or_trust_teaches_nothing(competence, trust, teaches):
    keys = BY_MEDIATOR | {"mediator.competence": competence}
    keys |= {"mediator.prior_good": 1e-300} if trust == 0.0 else {}
    for world in range(4):
        one, talk = a_talk(keys, world=world, months=1, regime="mediated")
        talk.trust[2:4].now = trust  # a signed draft has earned it some by now
        draft = np.array([2, 1, 1, 2, *[0] * 8])
        talk.log.memo.pack[4][:] = [0, 0, 0, 1, *[0] * 8]  # the blank text
        plain(learn_from_text)(talk, one.setup, draft)
        learnt = float(np.max(talk.hearing.learnt))
        assert (learnt > 0.1) is teaches
        assert teaches or learnt < 1e-12
        assert not np.any(one.state.hearing[STRANGERS].learnt)
        assert not np.any(one.state.hearing[STRANGERS].enough)


def value_created(keys, worlds=300):
    """Return the mean share of what there is to create of contracts under a mediator, tables drawn."""
    issues = [issue | {"worth_spread": 0.9, "cost_spread": 0.9} for issue in LINEAR]
    loaded = bare("one_tie", {"issues": issues, "run.months": 24} | keys)
    how = {"tables": ("periods", "ties", "offers"), "threads": 2}
    offers = simulate(loaded.regime("mediated"), range(worlds), 1, **how).offers
    found = []
    for offer in offers[offers["accepted"] == 1]:
        worth, cost = tables(loaded, int(offer["world"]))
        gains = [
            worth[k, : len(issue["worth"])] + cost[k, : len(issue["worth"])]
            for k, issue in enumerate(issues)
        ]
        worst, best = sum(g.min() for g in gains), sum(g.max() for g in gains)
        joint = sum(g[offer[f"level_{k}"]] for k, g in enumerate(gains))
        found.append((joint - worst) / (best - worst))
    return float(np.mean(found))


DRAWN: dict[int, tuple[np.ndarray, np.ndarray]] = {}


def tables(loaded, world):
    """Return both sides' own tables of a world; they depend on no key that is varied here."""
    if world not in DRAWN:
        state = OneWorld(loaded.regime("mediated"), 1, world).state
        DRAWN[world] = np.array(state.table[0]), np.array(state.vendor_table[0])
    return DRAWN[world]


@pytest.mark.deep
def test_the_abler_a_mediator_the_more_value_is_created():
    levels = (0.0, 0.25, 0.5, 0.75, 1.0)
    found = [value_created(BY_MEDIATOR | {"mediator.competence": c}) for c in levels]
    assert np.all(np.diff(found) > 0.0)
    assert found[-1] - found[0] > 0.05


def test_a_contact_that_leaves_takes_it_along():
    keys = ALL | {"turnover.loss": 0.25}
    one, talk = a_talk(keys, months=1)
    talk.hearing.learnt[:] = 0.8
    talk.hearing.enough[:] = 0.7
    assert not plain(is_contest)(talk, one.setup, BUYER, 0)
    plain(hand_over_tie)(talk, one.setup, KEY, 1, BUYER, True)
    assert talk.hearing.learnt[BUYER, 0] == pytest.approx(0.6, abs=1e-12)
    assert talk.hearing.learnt[VENDOR, 0] == 0.8
    assert plain(is_contest)(talk, one.setup, BUYER, 0)
    assert not plain(is_contest)(talk, one.setup, VENDOR, 0)


def test_an_issue_not_seen_through_stays_as_agreed():
    changed = []
    for share in (1.0, 0.0):
        one, talk = a_talk({"beliefs.fixed_pie_share": share}, months=1)
        talk.tie.agreed[0], talk.tie.months_left, talk.tie.price = 0, 12, 20.0
        talk.belief[BUYER, 0, :3] = 0.0  # the vendor is thought not to mind
        plain(propose_change)(one.state, talk, one.setup, BUYER)
        changed.append(int(talk.log.memo.pack[BUYER, 0]))
    assert changed == [0, 2]


def test_a_share_of_people_sees_contests_and_the_same_ones_at_every_share():
    market = {"market.needs": 60, "market.vendors": 40, "market.candidates": 2}
    market |= {"market.needs_per_buyer": 3, "run.months": 1}
    drawn = []
    for share in (0.0, 0.3, 0.6):
        found = []
        for world in range(3):
            keys = market | {"beliefs.fixed_pie_share": share}
            state = OneWorld(bare("one_tie", keys).regime("adversarial"), 1, world).state
            assert np.array_equal(state.needs.contest, np.repeat(state.needs.contest[::3], 3))
            found += [*state.needs.contest[::3], *state.vendors.contest]
        people = np.array(found)
        error = np.sqrt(share * (1.0 - share) / len(people))
        assert abs(people.mean() - share) <= 4.0 * error
        drawn.append(people)
    assert np.all(drawn[0] == 0)
    assert np.all(drawn[2] >= drawn[1])
