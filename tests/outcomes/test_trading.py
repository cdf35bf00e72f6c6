"""An opponent model chooses among outcomes worth the ask, and affects nothing else in a talk."""

import numpy as np
import pytest
from drawn_domains import drawn

from sim.errors import ScenarioError, SimError
from sim.outcomes.many.paths import meet_all
from sim.outcomes.many.tournament import run_tournament
from sim.outcomes.sessions.models import BayesianModel, FrequencyModel
from sim.outcomes.sessions.session import negotiate
from sim.outcomes.sessions.talks import empty_table
from sim.outcomes.sessions.trading import best_for_opponent, talk_with_models
from sim.outcomes.sessions.transcript import both_halves
from sim.outcomes.solving.search import sort_halves
from sim.scenario.load import load
from sim.strategies.catalogue import parse_strategy

SHAPES = ((7,), (3, 4), (5, 4, 3, 3), (2, 3, 2, 4, 2))
KEY = (np.uint64(1), np.uint64(0))


class Truth:
    """A model that knows the other side."""

    def __init__(self, domain, side):
        self.domain, self.side = domain, side

    def parts(self):
        return [np.array(worth) for worth in self.domain.profiles[self.side].worth]

    def utility(self, places):
        return float(sum(part[k] for part, k in zip(self.parts(), places, strict=True)))


def taught(kind, domain, luck, offers=12):
    """Return a model that has seen offers."""
    model = kind(domain.sizes)
    for k in range(offers):
        places = domain.places(int(luck.integers(domain.count)))
        model.observe(places, k / offers) if kind is BayesianModel else model.observe(places)
    return model


@pytest.mark.parametrize("kind", [FrequencyModel, BayesianModel])
@pytest.mark.parametrize("sizes", SHAPES)
def test_no_outcome_that_meets_the_ask_is_ranked_higher(kind, sizes):
    luck = np.random.default_rng(len(sizes))
    missed = 0
    for _ in range(20):
        domain = drawn(luck, sizes)
        model, h, own = taught(kind, domain, luck), sort_halves(domain, 0), domain.utilities(0)
        ask = float(luck.uniform(own.min(), own.max()))
        enough = np.flatnonzero(own >= ask)
        usual = int(enough[np.argmin(own[enough])])
        chosen = best_for_opponent(domain, model, h, ask, usual)
        ranks = np.array([model.utility(domain.places(n)) for n in range(domain.count)])
        assert own[chosen] >= ask
        assert ranks[chosen] == pytest.approx(ranks[enough].max(), abs=1e-12)
        missed += ranks[usual] < ranks[enough].max() - 1e-9
    assert missed > 5, "the usual offer would do"


def test_what_it_ranks_is_what_it_estimates():
    luck = np.random.default_rng(3)
    domain = drawn(luck, (3, 4, 2))
    for kind in (FrequencyModel, BayesianModel):
        model = taught(kind, domain, luck)
        for number in range(domain.count):
            places = domain.places(number)
            added = sum(part[k] for part, k in zip(model.parts(), places, strict=True))
            assert added == pytest.approx(model.utility(places), abs=1e-12)


def test_one_who_knew_the_other_would_offer_on_the_frontier():
    luck = np.random.default_rng(8)
    better = 0
    for _ in range(30):
        domain = drawn(luck, (4, 4, 3))
        own, theirs = domain.utilities(0), domain.utilities(1)
        ask = float(luck.uniform(0.3, 0.95))
        enough = np.flatnonzero(own >= ask)
        usual = int(enough[np.argmin(own[enough])])
        chosen = best_for_opponent(domain, Truth(domain, 1), sort_halves(domain, 0), ask, usual)
        assert not ((own > own[chosen]) & (theirs > theirs[chosen])).any()
        better += theirs[chosen] > theirs[usual]
    assert better > 20


@pytest.mark.parametrize(
    "pair", [("boulware", "linear"), ("tit_for_tat", "micro"), ("naive_tit_for_tat", "conceder")]
)
def test_without_a_model_the_talk_is_the_compiled_one(pair):
    domain = drawn(np.random.default_rng(4), (5, 4, 3), (0.2, 0.1))
    for first in (0, 1):
        t = empty_table(50)
        plays = (parse_strategy(pair[0]), parse_strategy(pair[1]))
        ended = talk_with_models(domain, plays, both_halves(domain), 50, first, t, KEY)
        usual = negotiate(domain, *pair, rounds=50, first=("buyer", "vendor")[first])
        assert ended[:2] == (usual.number, usual.turn)
        said = [t.offered[first if k % 2 == 0 else 1 - first, k // 2] for k in range(ended.offers)]
        assert said == [one.number for one in usual.utterances]


def test_a_model_changes_the_offers_and_not_the_ask():
    changed = 0
    for seed in range(6):
        domain = drawn(np.random.default_rng(seed), (5, 4, 3))
        usual = negotiate(domain, "boulware", "hardliner", rounds=40)
        for model in ("frequency", "bayesian"):
            found = negotiate(domain, f"boulware:model={model}", "hardliner", rounds=40)
            pairs = list(zip(usual.utterances, found.utterances, strict=False))
            assert all(b.buyer >= a.buyer for a, b in pairs if a.speaker == "buyer")
            assert all(a == b for a, b in pairs if a.speaker == "vendor")
            changed += any(a != b for a, b in pairs)
    assert changed > 6


def test_on_average_it_helps_both():
    """Joint utility of pairs that learn, less that of pairs that do not, on the same domains."""
    gains = {"frequency": [], "bayesian": []}
    for seed in range(40):
        domain = drawn(np.random.default_rng(100 + seed), (5, 4, 3, 3))
        usual = sum(negotiate(domain, "linear", "linear", rounds=40).utilities)
        for model, found in gains.items():
            text = f"linear:model={model}"
            found.append(sum(negotiate(domain, text, text, rounds=40).utilities) - usual)
    for found in gains.values():
        assert np.mean(found) > 2 * np.std(found) / np.sqrt(len(found))


def test_tournaments_and_many_pairs_seat_it():
    domain = drawn(np.random.default_rng(1), (4, 4, 3))
    text = "linear:model=frequency"
    met = meet_all(
        domain,
        [parse_strategy(text), parse_strategy("linear")],
        [parse_strategy("boulware"), parse_strategy(text)],
        40,
    )
    for i, buyer in enumerate((text, "linear")):
        for j, vendor in enumerate(("boulware", text)):
            one = negotiate(domain, buyer, vendor, rounds=40)
            assert (met.number[i, j], met.turn[i, j]) == (one.number, one.turn)
    names = [str(p) for p in run_tournament([domain], [text, "linear", "micro"], 30).plays]
    assert text.replace("linear", "linear:e=1").replace("1:", "1,") in names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("micro:model=frequency", "micro = 'model': want one of"),
        ("hill_climber:model=frequency", "hill_climber = 'model': want one of"),
        ("linear:model=frequenzy", "did you mean 'frequency'"),
    ],
)
def test_if_no_model_can_choose_it_is_refused(text, said):
    with pytest.raises(SimError, match=said):
        parse_strategy(text)


def test_other_protocols_and_scenarios_refuse_it():
    domain = drawn(np.random.default_rng(1), (4, 4, 3))
    with pytest.raises(SimError, match="want no model under sealed"):
        negotiate(domain, "linear:model=bayesian", "linear", protocol="sealed")
    with pytest.raises(ScenarioError, match="linear = 'model': want one of e, start, scale"):
        load("one_tie", {"buyers.strategy": "linear:model=bayesian"})
