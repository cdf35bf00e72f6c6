"""Talks over outcomes: the rule written again in plain Python, compiled = interpreted, protocols."""

import math
from itertools import pairwise

import numpy as np
import pytest
from counts import count
from drawn_domains import drawn, tied
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import SimError
from sim.jit import plain
from sim.outcomes.many.fresh_meetings import negotiate_batch, stack_domains
from sim.outcomes.many.paths import is_blind, meet_all
from sim.outcomes.sessions.outcome_seat import seat_both
from sim.outcomes.sessions.session import negotiate
from sim.outcomes.sessions.talks import empty_table, talk_kernel
from sim.outcomes.sessions.transcript import PROTOCOLS, TEXTS
from sim.outcomes.solving.search import sort_halves
from sim.outcomes.solving.solution_concepts import find_solutions
from sim.strategies.catalogue import CATALOGUE, VOTERS, parse_strategy

OFFERING = [s.name for s in CATALOGUE if s.family not in VOTERS]
SHAPES = st.lists(st.integers(2, 5), min_size=1, max_size=4).map(tuple)
KEY = (np.uint64(1), np.uint64(0))


def by_hand(domain, exponents, rounds, last=1):
    """Return agreement, turn and offers of two polynomial sides, from sorted lists of all outcomes.

    Time (k + 1) / (n + last); ask = floor + (best − floor)(1 − tᵉ) − 10⁻⁴, kept between floor and best;
    the lowest outcome worth the ask is named, or one less than 10⁻⁶ below it that is nearer.
    """
    u = [domain.utilities(side).tolist() for side in (0, 1)]
    floor = [max(min(x), p.reservation) for x, p in zip(u, domain.profiles, strict=True)]
    best = [max(x) for x in u]
    orders = [sorted(range(domain.count), key=lambda n, x=x: (x[n], n)) for x in u]
    said, table_offer = [], None
    for k in range(rounds):
        t = (k + 1) / (rounds + last)
        for side in (0, 1):
            width = best[side] - floor[side]
            ask = width * (1.0 - math.pow(t, exponents[side])) + floor[side] - 1e-4
            ask = max(floor[side], min(best[side], ask))
            if table_offer is not None and u[side][table_offer] >= ask:
                return table_offer, k, said
            over = next(n for n in orders[side] if u[side][n] >= ask)
            lower = [n for n in orders[side] if max(ask - 1e-6, floor[side]) <= u[side][n] < ask]
            if lower:
                under = min(lower, key=lambda n, s=side: (-u[s][n], n))
                if ask - u[side][under] < u[side][over] - ask:
                    over = under
            table_offer = over
            said.append((side, over))
    return -1, rounds, said


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000), sizes=SHAPES, make=st.sampled_from([drawn, tied]),
    pair=st.tuples(*[st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0, 10.0])] * 2),
    rounds=st.integers(1, 60),
)  # fmt: skip
def test_the_rule_written_by_hand(seed, sizes, make, pair, rounds):
    """Ties, too, are broken by the lowest number."""
    domain = make(np.random.default_rng(seed), sizes)
    s = negotiate(domain, *(f"boulware:e={e}" for e in pair), rounds=rounds)
    said = [(("buyer", "vendor").index(x.speaker), x.number) for x in s.utterances]
    assert (s.number, s.turn, said) == by_hand(domain, pair, rounds)


def test_another_clock_would_be_seen():
    """The negative control: were the last round at time 1, most talks would go another way."""
    differ = 0
    for seed in range(30):
        domain = drawn(np.random.default_rng(seed), (5, 4, 4))
        s = negotiate(domain, "linear", "linear", rounds=20)
        differ += [x.number for x in s.utterances] != [
            n for _, n in by_hand(domain, (1, 1), 20, 0)[2]
        ]
    assert differ > 15


@pytest.mark.parametrize("name", OFFERING)
def test_compiled_and_interpreted_talks_agree(name):
    domain = drawn(np.random.default_rng(4), (3, 3, 2), (0.1, 0.2))
    h = [sort_halves(domain, side) for side in (0, 1)]
    ended = []
    for way in (talk_kernel, plain(talk_kernel)):
        seats = seat_both(
            domain, (parse_strategy(name), parse_strategy("boulware:accept=combined,after=0.5"))
        )
        t = empty_table(15)
        with np.errstate(over="ignore"):  # words of luck wrap around
            end = way(*h, seats.view(np.recarray), 15, 0, t, KEY)
        ended.append((tuple(map(int, end)), *(x.tolist() for x in t), seats.tobytes()))
    assert ended[0] == ended[1]


@pytest.mark.parametrize("first", [0, 1])
def test_paths_meet_as_the_sides_would_talk(first):
    domain = drawn(np.random.default_rng(8), (5, 4, 3), (0.3, 0.2))
    plays = [parse_strategy(name) for name in OFFERING if name != "random_tit_for_tat"]
    plays += [parse_strategy(f"conceder:accept={a}") for a in ("next", "constant", "any", "time")]
    met = meet_all(domain, plays, plays, 40, first)
    assert sum(map(is_blind, plays)) > 8
    for i, buyer in enumerate(plays):
        for j, vendor in enumerate(plays):
            s = negotiate(domain, buyer, vendor, rounds=40, first=("buyer", "vendor")[first])
            assert (s.number, s.turn) == (met.number[i, j], met.turn[i, j])
            assert s.utilities == (met.buyer[i, j], met.vendor[i, j])
            assert s.taker == ("buyer", "vendor", "")[met.taker[i, j]]


def test_fresh_domains_in_one_call_are_the_same_talks():
    luck = np.random.default_rng(9)
    domains = [drawn(luck, (4, 3, 3), tuple(luck.random(2) * 0.5)) for _ in range(40)]
    ended = negotiate_batch(
        stack_domains(domains), parse_strategy("boulware"), parse_strategy("micro"), 30
    )
    for domain, row in zip(domains, ended, strict=True):
        s = negotiate(domain, "boulware", "micro", rounds=30)
        assert (s.number, s.turn, len(s.utterances)) == (row[0], row[1], row[3])
    with pytest.raises(SimError, match="values per issue"):
        stack_domains([domains[0], drawn(luck, (2, 2))])


def test_a_side_that_can_gain_nothing_does_not_talk():
    """In NegMAS the side would offer its best outcome, and be bound by it below its reservation value."""
    domain = drawn(np.random.default_rng(1), (3, 3))
    one, two = domain.profiles
    hopeless = type(one)("buyer", tuple(w / 2 for w in one.weights), one.evaluations, 0.9)
    silent = type(domain)("silent", domain.issues, (hopeless, two))
    for protocol in ("alternating", "sealed", "take_it_or_leave_it"):
        s = negotiate(silent, "conceder", "conceder", protocol)
        assert (s.agreed, s.utterances, s.utilities) == (False, (), (0.9, 0.0))
    assert find_solutions(silent).zone == 0


def test_an_ultimatum_is_one_offer_taken_or_left():
    domain = drawn(np.random.default_rng(2), (4, 4), (0.2, 0.2))
    for first in ("buyer", "vendor"):
        s = negotiate(domain, "hardliner", "hardliner", "take_it_or_leave_it", first=first)
        assert len(s.utterances) == 1 and s.utterances[0].speaker == first
        side = ("buyer", "vendor").index(first)
        best = int(domain.utilities(side).argmax())
        assert s.utterances[0].number == best
        assert s.agreed == (domain.utility(1 - side, best) >= 0.2)


def test_sealed_bids_end_when_one_side_is_content():
    ended = 0
    for seed in range(40):
        domain = drawn(np.random.default_rng(seed), (4, 4, 3))
        s = negotiate(domain, "linear", "boulware", "sealed", rounds=50)
        pairs = [(s.utterances[k], s.utterances[k + 1]) for k in range(0, len(s.utterances), 2)]
        content = [(v.buyer >= b.buyer, b.vendor >= v.vendor) for b, v in pairs]
        assert not any(one or two for one, two in content[:-1])
        if s.agreed:
            ended += 1
            buyer, vendor = content[-1]
            assert s.number in ({pairs[-1][1].number} if buyer else set()) | (
                {pairs[-1][0].number} if vendor else set()
            )
    assert ended > 30


def test_the_coin_of_sealed_bids_is_fair():
    """If both are content at once, each side's bid is the deal about half of the time."""
    domain = drawn(np.random.default_rng(6), (3, 3), (0.0, 0.0))
    deals = [negotiate(domain, "truthful", "truthful", "sealed", session=k) for k in range(400)]
    share = np.mean([s.taker == "buyer" for s in deals])
    assert abs(share - 0.5) < 4 * 0.025


@pytest.mark.parametrize("protocol", TEXTS)
def test_hill_climbers_only_climb_and_end_above_their_floors(protocol):
    agreed, sessions = 0, count(12, 40)
    for k in range(sessions):
        domain = drawn(np.random.default_rng(k), (4, 4, 3), (0.3, 0.3))
        s = negotiate(domain, "hill_climber", "hill_climber", protocol, rounds=150, session=k)
        texts = [x for x in s.utterances if x.note.endswith("text")]
        for old, new in pairwise(texts):
            assert new.buyer >= old.buyer and new.vendor >= old.vendor
        if s.agreed:
            agreed += 1
            assert min(s.utilities) >= 0.3
            assert s.number == texts[-1].number if texts else True
    assert agreed > sessions / 2


@pytest.mark.deep
def test_feedback_finds_more_than_votes_and_annealers_more_than_climbers():
    """Packages escape the point at which single changes end, and so does accepting a loss early on."""
    domain = drawn(np.random.default_rng(3), (5, 4, 3, 3))
    welfare = {}
    for protocol in TEXTS:
        for voter in ("hill_climber", "annealer"):
            ends = [
                sum(negotiate(domain, voter, voter, protocol, rounds=150, session=k).utilities)
                for k in range(200)
            ]
            welfare[protocol, voter] = (np.mean(ends), np.std(ends) / 200**0.5)

    def better(one, two):
        (a, ea), (b, eb) = welfare[one], welfare[two]
        return a - b > 4 * math.hypot(ea, eb)

    assert better(("feedback_text", "hill_climber"), ("veto_text", "hill_climber"))
    assert better(("veto_text", "annealer"), ("veto_text", "hill_climber"))
    assert not better(("veto_text", "hill_climber"), ("feedback_text", "hill_climber"))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_same_seed_is_the_same_session(protocol):
    domain = drawn(np.random.default_rng(5), (4, 3, 3))
    pair = ("annealer", "annealer") if protocol in TEXTS else ("random_tit_for_tat", "linear")
    once, again, other = (negotiate(domain, *pair, protocol, seed=seed) for seed in (1, 1, 2))
    assert once == again
    assert protocol not in TEXTS or once != other


def test_discounts_count_at_the_time_of_the_deal():
    domain = drawn(np.random.default_rng(5), (4, 3, 3))
    profiles = tuple(
        type(p)(p.name, p.weights, p.evaluations, p.reservation, 0.5) for p in domain.profiles
    )
    melting = type(domain)("melting", domain.issues, profiles)
    plain_one, s = (negotiate(d, "linear", "linear") for d in (domain, melting))
    assert s.utilities == plain_one.utilities and plain_one.paid == plain_one.utilities
    assert s.paid == pytest.approx([u * 0.5**s.time for u in s.utilities])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"buyer": "boulwar"}, "did you mean 'boulware'"),
        ({"buyer": "boulware:f=1"}, "want one of e, start"),
        ({"buyer": "boulware:e"}, "want setting=value"),
        ({"buyer": "boulware:e=nan"}, "want a number from 0"),
        ({"buyer": "boulware:accept=nxt"}, "did you mean 'next'"),
        ({"buyer": "annealer"}, "want a strategy that offers"),
        ({"protocol": "veto_text"}, "want hill_climber or annealer"),
        ({"protocol": "alternate"}, "did you mean 'alternating'"),
        ({"first": "bayer"}, "did you mean 'buyer'"),
        ({"rounds": 0}, "want 1 to"),
    ],
)
def test_wrong_words_are_refused_in_one_line(words, said):
    domain = drawn(np.random.default_rng(1), (2, 2))
    with pytest.raises(SimError, match=said) as error:
        negotiate(domain, **({"buyer": "linear", "vendor": "linear"} | words))
    assert "\n" not in str(error.value)
