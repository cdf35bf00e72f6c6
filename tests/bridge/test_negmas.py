"""Against the installed NegMAS: the same agreements, the same offers, and strategies of each program in the other."""

import os

import numpy as np
import pytest
from drawn_domains import drawn, has_ties

from sim.bridge.negmas import (
    ignore_warnings,
    import_negmas,
    issues_of,
    negotiator_for,
    run_mechanism,
    utility_function,
    wrap_strategy,
)
from sim.errors import SimError
from sim.outcomes.sessions.session import negotiate
from sim.outcomes.sessions.transcript import Session

pytest.importorskip("negmas", reason="the extra negmas is not installed")

EXPONENTS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
ROUNDS = (20, 30, 50, 75, 100, 200, 500, 1000)
QUICK, DEEP = 30, 500
CURVES = ("boulware", "exponential")


def case(seed: int, kinds=CURVES):
    """Return a drawn case: a domain without ties, two strategies, a number of rounds."""
    luck = np.random.default_rng(seed)
    while True:
        sizes = tuple(int(n) for n in luck.integers(2, 8, luck.integers(1, 6)))
        reservations = luck.random(2) * 0.9 * (luck.random(2) < 0.5)
        domain = drawn(luck, sizes, reservations)
        if domain.count <= 3_000 and not has_ties(domain):
            break
    words = []
    for _ in range(2):
        kind = str(luck.choice(kinds))
        words.append(f"{kind}:e={luck.choice(EXPONENTS)}" if kind in CURVES else kind)
    weights = np.array([8, 8, 8, 6, 6, 2, 1, 1]) / 40.0
    return domain, words, int(luck.choice(ROUNDS, p=weights))


def offers(session: Session) -> tuple[tuple[int, int], ...]:
    return tuple((("buyer", "vendor").index(s.speaker), s.number) for s in session.utterances)


def identical(domain, words, rounds, slack: str = "") -> bool:
    """Say whether agreement, its round and every offer are the same in NegMAS."""
    ours = negotiate(domain, *(word + slack for word in words), rounds=rounds)
    makers = [lambda word=word: negotiator_for(word) for word in words]
    theirs = run_mechanism(domain, *makers, rounds)
    return (ours.number, ours.turn, offers(ours)) == (theirs.number, theirs.turn, theirs.offers)


def test_time_dependent_pairs_are_identical():
    assert [seed for seed in range(QUICK) if not identical(*case(seed))] == []


@pytest.mark.deep
def test_time_dependent_pairs_are_identical_in_many_cases():
    first = int(os.environ.get("FIRST_CASE", "1000"))
    assert [k for k in range(first, first + DEEP) if not identical(*case(k))] == []


def test_the_cases_cover_what_they_should():
    drawn_cases = [case(seed) for seed in range(QUICK)]
    assert {len(domain.issues) for domain, _, _ in drawn_cases} == {1, 2, 3, 4, 5}
    assert sum(any(p.reservation for p in d.profiles) for d, _, _ in drawn_cases) > 10
    assert min(r for _, _, r in drawn_cases) == 20 and max(r for *_, r in drawn_cases) >= 200
    assert len({w for _, words, _ in drawn_cases for w in words}) > 12


def test_a_hair_of_another_rule_would_be_seen():
    """The negative control: a slack of 2 · 10⁻⁴ in place of 10⁻⁴ changes offers."""
    slack = ",slack=0.0002"
    assert sum(not identical(*case(seed), slack) for seed in range(QUICK)) > 3


def test_the_naive_tit_for_tat_is_identical():
    """Its list, which it walks down by two for every answer and every offer, included."""
    kinds = ("boulware", "naive_tit_for_tat")
    cases = [case(seed, kinds) for seed in range(40)]
    mirrored = [c for c in cases if "naive_tit_for_tat" in c[1]]
    assert len(mirrored) > 20
    assert [words for domain, words, n in mirrored if not identical(domain, words, n)] == []


def test_micro_is_identical_but_for_what_it_repeats(monkeypatch):
    """NegMAS repeats an earlier offer drawn by chance; if forced to the last one, nothing differs."""
    with ignore_warnings():
        from negmas.gb.components.offering import MiCROOfferingPolicy
    monkeypatch.setattr(MiCROOfferingPolicy, "sample_sent", MiCROOfferingPolicy.best_offer_so_far)
    cases = [case(seed, ("boulware", "micro", "naive_tit_for_tat")) for seed in range(40)]
    some = [c for c in cases if "micro" in c[1] and c[2] <= 200]
    assert len(some) > 15
    assert [words for domain, words, n in some if not identical(domain, words, n)] == []


def test_micro_accepts_by_the_same_rule_whatever_it_repeats():
    """Unchanged NegMAS, if two of them meet: no offer is ever repeated by chance before the deal."""
    same = 0
    for seed in range(15):
        domain = drawn(np.random.default_rng(seed), (4, 3, 3))
        ours = negotiate(domain, "micro", "micro")
        theirs = run_mechanism(domain, *[lambda: negotiator_for("micro")] * 2)
        same += (ours.number, ours.turn) == (theirs.number, theirs.turn)
    assert same == 15


def test_utilities_have_the_same_bits():
    domain = drawn(np.random.default_rng(5), (5, 4, 3, 3), (0.2, 0.0))
    with ignore_warnings():
        for side in (0, 1):
            function = utility_function(domain, side)
            theirs = [function(domain.values(n)) for n in range(domain.count)]
            assert theirs == domain.utilities(side).tolist()
            assert function.reserved_value == domain.profiles[side].reservation


@pytest.mark.parametrize(
    "pair",
    [
        ("boulware", "micro"),
        ("tit_for_tat", "conceder"),
        ("linear:accept=combined,after=0.5", "relative_tit_for_tat"),
        ("naive_tit_for_tat", "random_tit_for_tat"),
        ("hardliner", "nice"),
        ("boulware:model=frequency", "linear:model=bayesian"),
    ],
)
def test_our_strategies_play_the_same_in_negmas_mechanism(pair):
    for seed in range(4):
        domain = drawn(np.random.default_rng(seed), (4, 4, 3), (0.2, 0.1))
        ours = negotiate(domain, *pair, rounds=60)
        theirs = run_mechanism(domain, *pair, 60)
        assert (ours.number, ours.turn) == (theirs.number, theirs.turn)
        assert offers(ours) == theirs.offers


def test_a_strategy_of_the_catalogue_meets_a_negmas_negotiator():
    """As it would meet our own play of the same strategy."""
    for seed in range(6):
        domain = drawn(np.random.default_rng(seed), (4, 4, 3))
        ours = negotiate(domain, "tit_for_tat", "boulware", rounds=80)
        theirs = run_mechanism(domain, "tit_for_tat", lambda: negotiator_for("boulware"), 80)
        assert (ours.number, offers(ours)) == (theirs.number, theirs.offers)


def test_any_of_their_negotiators_runs_on_our_domain():
    domain = drawn(np.random.default_rng(2), (4, 4, 3))
    sao = import_negmas().sao
    ended = run_mechanism(domain, sao.NiceTitForTatNegotiator, sao.BoulwareTBNegotiator, 50)
    assert -1 <= ended.number < domain.count and ended.offers


def test_a_negotiator_that_can_gain_nothing_ends_the_talk():
    domain = drawn(np.random.default_rng(1), (3, 3))
    one, two = domain.profiles
    poor = type(one)("buyer", tuple(w / 2 for w in one.weights), one.evaluations, 0.9)
    assert (
        run_mechanism(type(domain)("poor", domain.issues, (poor, two)), "linear", "linear").number
        == -1
    )


def test_what_cannot_be_bridged_is_refused_in_one_line():
    domain = drawn(np.random.default_rng(1), (3, 3))
    with pytest.raises(SimError, match="NegMAS has no such strategy"):
        negotiator_for("relative_tit_for_tat")
    with pytest.raises(SimError, match="votes on texts"):
        wrap_strategy(domain, 0, "annealer")
    assert [issue.name for issue in issues_of(domain)] == ["issue 0", "issue 1"]


def test_without_the_package_the_extra_is_named(monkeypatch):
    import builtins

    real = builtins.__import__

    def none(name, *rest, **more):
        if name.split(".")[0] == "negmas":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", none)
    with pytest.raises(SimError, match=r"vendor-relations-lab\[negmas\]"):
        import_negmas()
