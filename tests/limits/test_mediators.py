"""Mediators as agents: the measure they propose, whom a pair hires, what silence and leaks tell."""

import math

import numpy as np
import pytest

from sim.engines.batch import OneWorld, simulate
from sim.jit import plain
from sim.mediation.confidences import information_in_silence
from sim.mediation.hiring import swap_trust, trust_row_of
from sim.records import allocate
from sim.scenario.load import load
from sim.scenario.schema import Scenario
from sim.state import TRUST
from sim.theory import incentives, noisy_mediation
from sim.words import Event

ABLE = {"mediator.competence": 1.0, "mediator.prior_good": 1e6}
UNPAID = {f"mediator.fee.{name}": 0.0 for name in ("retainer", "success", "case")}
HIRED = {"mediator.hiring": "expected_gain"}
TABLES = ("periods", "ties", "events", "offers")
OF_MEDIATORS = ("trust_mediator", "disclosure_mediator", "mediator")
BAKER = {
    "run": {"months": 6, "worlds": 1},
    "market": {"needs": 20, "vendors": 20, "candidates": 1},
    "issues": [
        {"name": "work", "levels": ["no", "yes"], "worth": [0.0, 40.0], "cost": [0.0, 10.0]},
        {
            "name": "s", "kind": "risk_share",
            "levels": [0.0, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0],
        },
    ],
    "vendors": {"productivity": 20.0},
    "delivery": {"dimensions": 2, "dimension_spread": 1.0},
    "beliefs": {"known": 1.0},
}  # fmt: skip


def run(overrides=None, regime="mediated", worlds=12, source="one_tie"):
    """Return the tables of a run."""
    loaded = load(source, overrides or {})
    out = simulate(loaded.regime(regime), range(worlds), 1, tables=TABLES)
    assert out.periods["residual"].max() < 1e-9
    return out


def counted(out, event):
    return int((out.events["kind"] == event).sum())


def same(one, other, but=()):
    """Say whether two tables agree to the bit in all columns but some."""
    names = [n for n in one.dtype.names if not n.startswith(but)]
    return len(one) == len(other) and all(np.array_equal(one[n], other[n]) for n in names)


def baker(regime, overrides=None):
    """Return the state and the month rows of Baker's world after half a year."""
    loaded = load(Scenario.model_validate(BAKER), overrides or {})
    world = OneWorld(loaded.regime(regime), 1, 0)
    for _ in range(6):
        world.step()
    return world.state, world.periods


def test_the_usual_measure_pays_what_baker_says():
    """θ is a cosine, s* = θ, surplus θ²κ/2 (Baker 1992, 2002), to the nearest level of s."""
    state, months = baker("adversarial")
    weights = state.needs["weights"][:, :2]
    theta = weights.sum(1) / math.sqrt(2.0)
    assert np.linalg.norm(weights, axis=1) == pytest.approx(1.0)
    assert state.ties["alignment"] == pytest.approx(theta, abs=1e-12)
    assert theta.std() > 0.05
    share = state.ties["share"]
    assert (np.abs(share - theta) <= 0.05 / 2 + 1e-9)[theta > 0.7].all()
    lost = [
        incentives.baker_surplus(20.0, 1.0) - incentives.surplus(s, 20.0, cosine, 0.0, 0.0, 0.0)
        for s, cosine in zip(share, theta, strict=True)
    ]
    assert months["incentives"] == pytest.approx(sum(lost), rel=1e-9)
    off_grid = sum(
        incentives.share_loss(s, 20.0, c, 0, 0, 0) for s, c in zip(share, theta, strict=True)
    )
    ideal = sum(
        incentives.baker_surplus(20.0, 1.0) - incentives.baker_surplus(20.0, c) for c in theta
    )
    assert sum(lost) == pytest.approx(ideal + off_grid, rel=1e-9)
    assert abs(sum(lost) - ideal) < 0.05 * ideal


@pytest.mark.parametrize(
    ("regime", "keys"),
    [
        ("partnership", {"relationship.prior_good": 1e6, "relationship.prior_bad": 1e-6}),
        ("mediated", ABLE | {"mediator.functions": ["metrics"], "mediator.prior_bad": 1e-6}),
    ],
)
def test_full_trust_finds_the_measure_that_hits(regime, keys):
    state, months = baker(regime, keys)
    assert state.ties["alignment"] == pytest.approx(1.0, abs=1e-6)
    assert (state.ties["alignment"] <= 1.0).all()
    assert months["incentives"].max() < 1e-3
    half = baker(regime, {name: 1.0 for name in keys if name.endswith(("good", "bad"))} | {
        name: value for name, value in keys.items() if "function" in name
    })[0].ties["alignment"]  # fmt: skip
    assert half.mean() < 0.99


@pytest.mark.parametrize("z", [0.05, 0.2, 0.6])
def test_silence_tells_what_the_posterior_says(z):
    for m in (0.0, 0.3, 0.8404, 0.99):
        after = noisy_mediation.belief_after_silence(m, z)
        assert plain(information_in_silence)(m, z) == pytest.approx(
            (after - z) / (1.0 - z), abs=1e-12
        )
    assert plain(information_in_silence)(1.0, z) == 1.0
    assert plain(information_in_silence)(0.0, z) == pytest.approx(0.0, abs=1e-12)


def test_noise_silences_drafts_and_opens_mouths():
    loud = run(
        {
            "mediator.style": "drafter",
            "mediator.participation": "always",
            "mediator.functions": ["broker"],
        },
        worlds=30,
    )
    first = loud.events["period"] == 0
    assert set(loud.events["tie"][first & (loud.events["kind"] == Event.DRAFT)]) == {0}
    half = run(
        {
            "mediator.functions": ["broker"],
            "mediator.participation": "always",
            "mediator.style": "drafter:announce=0.5",
        },
        worlds=30,
    )
    mute = run(
        {
            "mediator.functions": ["broker"],
            "mediator.participation": "always",
            "mediator.style": "drafter:announce=0",
        },
        worlds=30,
    )
    drafted = [
        len(
            set(
                out.events["world"][
                    (out.events["kind"] == Event.DRAFT) & (out.events["period"] == 0)
                ]
            )
        )
        for out in (loud, half, mute)
    ]
    assert drafted[0] == 30 and 8 <= drafted[1] <= 22 and drafted[2] == 0
    openness = [out.periods["disclosure_mediator_buyer"].mean() for out in (loud, half, mute)]
    assert openness[0] < openness[1] < openness[2] == pytest.approx(1.0)
    direct = run({}, "adversarial", worlds=30)
    assert same(mute.offers, direct.offers)


def drafts(**keys):
    """Return the offers of first talks in which a mediator had one draft, and what came of them."""
    one = {
        "mediator.style": "drafter",
        "mediator.participation": "always",
        "mediator.functions": ["broker"],
        "run.months": 1,
        "mediator.drafts": 1,
    }
    return run(one | {name.replace("__", "."): value for name, value in keys.items()}, worlds=60)


def test_a_deferential_draft_lies_between_the_demands():
    """What it leaves each side differs by what their opening claims differ by, whatever its bias."""
    keys = {
        "mediator__style": "drafter:deferential=1",
        "mediator__competence": 1.0,
        "mediator__prior_good": 1e6,
        "mediator__prior_bad": 1e-6,
        "negotiation__deadline": 8,
        "buyers__strategy": "hardliner",
        "vendors__strategy": "hardliner",
    }
    out = drafts(**keys)
    claims = {e["world"]: e for e in out.events if e["kind"] == Event.IMPASSE}
    vetoed = [o for o in out.offers if o["side"] == 2 and o["world"] in claims]
    assert len(vetoed) > 10
    for offer in vetoed:
        end, gap = claims[offer["world"]], offer["buyer_utility"] - offer["vendor_utility"]
        assert gap == pytest.approx(end["second"] - end["third"], abs=1e-4)
    biased = drafts(**keys, mediator__bias=0.8)
    assert biased.offers["price"] == pytest.approx(out.offers["price"], abs=1e-4)
    keys |= {"mediator__style": "drafter"}
    gap = (
        drafts(**keys).offers["price"].mean()
        - drafts(**keys, mediator__bias=0.8).offers["price"].mean()
    )
    assert gap > 1.0


@pytest.mark.parametrize(
    "handicap",
    [{"mediator__competence": 0.0}, {"mediator__prior_good": 0.0, "mediator__prior_bad": 1e6}],
)
def test_without_knowledge_or_trust_deference_is_an_estimate_like_any_other(handicap):
    estimates = drafts(**handicap)
    assert same(
        estimates.offers, drafts(**handicap, mediator__style="drafter:deferential=1").offers
    )
    changed = drafts(mediator__style="drafter:deferential=1")
    assert not same(drafts().offers, changed.offers)


def test_nobody_hires_a_mediator_who_costs_more_than_the_contract():
    """And then nothing of it is left: the run is that of direct talks, bit for bit."""
    dear = run(HIRED | {"mediator.fee.retainer": 1e6})
    direct = run({}, "adversarial")
    assert counted(dear, Event.MEDIATOR_HIRED) == 0
    assert counted(dear, Event.MEDIATOR_TURNED_DOWN) == dear.periods["talks"].sum() > 12
    assert dear.periods["engaged"].sum() == dear.periods["fee"].sum() == 0
    assert same(dear.periods, direct.periods, but=OF_MEDIATORS[:2])
    assert same(dear.offers, direct.offers)
    assert same(dear.ties, direct.ties, but=OF_MEDIATORS[:2])


def test_everybody_hires_a_mediator_who_costs_nothing():
    free = run(HIRED | UNPAID)
    assert counted(free, Event.MEDIATOR_TURNED_DOWN) == 0
    imposed = run(UNPAID)
    assert same(free.periods, imposed.periods)


def test_bias_costs_a_mediator_work_if_it_is_heard():
    """A precise signal turns an advocate away; noise lets it in (both sides must want it)."""
    biased = HIRED | {"mediator.bias_spread": 1.0, "run.months": 1}
    taken = [
        counted(run(biased | {"mediator.signal_noise": noise}, worlds=200), Event.MEDIATOR_HIRED)
        for noise in (0.0, 10.0)
    ]
    assert taken[0] < taken[1] - 40
    assert taken[1] > 190


def test_rivals_alike_are_one_mediator_until_trust_is_lost():
    one = run({"run.months": 12, "run.in_force": 0.0})
    three = run({"run.months": 12, "run.in_force": 0.0, "mediator.count": 3})
    assert same(one.periods, three.periods) and same(one.offers, three.offers)
    assert counted(three, Event.MEDIATOR_HIRED) == 0


def test_a_mediator_that_disappoints_is_replaced():
    """Leaks found out cost it trust; the rival starts from the prior."""
    keys = {
        "mediator.discretion": 0.2,
        "mediator.style": "drafter",
        "mediator.participation": "always",
        "mediator.functions": ["broker"],
        "run.months": 60,
    }
    single, several = run(keys, worlds=30), run(keys | {"mediator.count": 3}, worlds=30)
    hired = several.events[several.events["kind"] == Event.MEDIATOR_HIRED]
    assert len(hired) > 20 and {1.0, 2.0} <= set(hired["amount"])
    trust = [out.ties["trust_mediator_buyer"].mean() for out in (single, several)]
    assert trust[1] > trust[0] + 0.02


def test_trust_stays_with_the_mediator_it_was_earned_by():
    rows = allocate(TRUST, 8)
    present = 0
    for n in range(3):
        for side in range(2):
            rows[plain(trust_row_of)(n, present) + side].good = 10.0 * n + side
    for after in (2, 1, 0, 1, 2):
        plain(swap_trust)(rows, present)
        plain(swap_trust)(rows, after)
        present = after
        for n in range(3):
            at = plain(trust_row_of)(n, present)
            assert (rows[at].good, rows[at + 1].good) == (10.0 * n, 10.0 * n + 1)
        assert plain(trust_row_of)(present, present) == 2


MARKET = {
    "run.months": 24, "market.needs": 12, "market.vendors": 8, "market.candidates": 4,
    "vendors.capability_spread": 0.6, "vendors.oversell": 0.9, "buyers.quality_worth": 60.0,
    "mediator.functions": ["resolve"], **UNPAID,
}  # fmt: skip


def test_advice_on_candidates_is_worth_what_the_adviser_knows():
    early = {"mediator.enters": "selection"}
    before = run(MARKET | ABLE, worlds=60).periods
    after = run(MARKET | ABLE | early, worlds=60).periods
    paired = (after["wrong_vendor"] - before["wrong_vendor"]).reshape(60, -1).sum(1)
    assert paired.mean() < -3 * paired.std(ddof=1) / math.sqrt(60)
    for handicap in (
        {"mediator.competence": 0.0},
        {"mediator.prior_good": 0.0, "mediator.prior_bad": 1e6},
    ):
        silent, heard = run(MARKET | handicap, worlds=4), run(MARKET | handicap | early, worlds=4)
        assert same(silent.periods, heard.periods) and same(silent.events, heard.events)


def test_who_enters_late_is_silent_in_talks():
    late = run({"mediator.enters": "implementation"})
    assert counted(late, Event.DRAFT) == counted(late, Event.NOTE) == 0
    assert late.periods["engaged"].sum() == late.periods["active"].sum() > 0
    assert late.periods["fee"].sum() > 0.0


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_only_a_leak_found_out_is_held_against_a_mediator(chance):
    keys = {"mediator.discretion": 0.5, "mediator.leak_discovery": chance, "run.months": 13}
    out = run(keys, worlds=40)
    leaks, found = out.periods["leaks"].sum(), out.periods["leaks_found"].sum()
    assert (leaks, found) == (counted(out, Event.LEAK), counted(out, Event.LEAK_FOUND))
    assert leaks > 100
    assert abs(found - chance * leaks) < 4 * math.sqrt(leaks * chance * (1.0 - chance)) + 1e-9
    assert out.periods["vetoes"].sum() == counted(out, Event.VETO)


def test_positions_far_from_the_estimate_are_named():
    heated = {"buyers.optimism": 1.0, "vendors.optimism": 1.0, "disputes.threshold": 3.0}
    out = run(heated)
    named = out.events[out.events["kind"] == Event.POSITION_NAMED]
    assert len(named) > 5
    assert (np.abs(named["second"] - named["third"]) > 0.25).all()
    assert {0.0, 1.0} == set(named["amount"])
    assert len(named) <= 2 * out.periods["dispute_count"].sum()
    silent = run(heated | {"mediator.functions": ["broker"]})
    assert counted(silent, Event.POSITION_NAMED) == 0
