"""One luck for every regime: what happens to people does not depend on institutions.

`first_best` is the fingerprint of a month's exogenous luck: it holds the population, and for every
need whether a problem arrived and how severe it was.
"""

import random
from functools import cache

import numpy as np
import pytest
from bare import bare
from counts import one_in
from drawn import few, run

from sim import luck
from sim.engines.batch import OneWorld, simulate
from sim.jit import kernel, plain
from sim.luck import exponential, normal, philox_words, uniforms
from sim.relationship.work.deliver import draw_delivery_luck
from sim.relationship.work.disclose import draw_problem_luck
from sim.scenario.load import load, shipped
from sim.scenario.parameters.parameter_row import parameter_row
from sim.words import Event, Stream

REGIMES = ("adversarial", "partnership", "mediated", "planner")
NEWS = [int(Event.PROBLEM_REPORTED), int(Event.PROBLEM_HIDDEN)]
TROUBLE = {
    "run.months": 30,
    "market.needs": 5,
    "problems.rate": 0.4,
    "problems.severity": 4.0,
    "delivery.noise": 3.0,
    "delivery.quality_noise": 0.1,
}
# Demand follows the quality delivered, and conduct follows earnings: effects of a regime are no luck.
UNMOVED = {"downstream.rate": 0.0, "adaptation.every": 0}


# --- the source ----------------------------------------------------------------------------------


@kernel
def luck_at(key, addresses, out):
    for n in range(addresses.shape[0]):
        a = addresses[n]
        u = uniforms(key, a[0], a[1], a[2], a[3])
        for place in range(4):
            out[n, place] = u[place]


def addresses() -> tuple[list[tuple[np.uint64, np.uint64]], np.ndarray]:
    rng = np.random.default_rng(0)
    keys = rng.integers(0, 2**63, (200, 2)).astype(np.uint64)
    keys[:4] = [(0, 0), (2**63 - 1, 0), (1, 999_999), (2**64 - 1, 2**64 - 1)]
    where = rng.integers(0, [len(Stream), 10**6, 12_000, 200], (200, 4))
    where[:3] = [(0, 0, 0, 0), (max(Stream), 2**40, 0, 0), (0, 2**62, 2**62, 2**62)]
    return [(k[0], k[1]) for k in keys], where


def reference(key: tuple[np.uint64, np.uint64], where: np.ndarray) -> np.random.Philox:
    counter = sum(int(c) << (64 * place) for place, c in enumerate(where))
    return np.random.Philox(counter=counter, key=int(key[0]) + (int(key[1]) << 64))


def test_block_is_numpys_philox_bit_for_bit():
    for key, where in zip(*addresses(), strict=True):
        with np.errstate(over="ignore"):
            words = plain(philox_words)(key, *(int(c) for c in where))
        assert [int(w) for w in words] == reference(key, where).random_raw(4).tolist()


def test_uniforms_are_numpys_compiled_and_plain():
    keys, where = addresses()
    for n, key in enumerate(keys):
        expected = np.random.Generator(reference(key, where[n])).random(4)
        compiled = np.zeros((1, 4))
        luck_at(key, where[n : n + 1], compiled)
        with np.errstate(over="ignore"):
            interpreted = plain(uniforms)(key, *(int(c) for c in where[n]))
        assert compiled[0].tobytes() == expected.tobytes() == np.array(interpreted).tobytes()


def test_neighbouring_addresses_are_unlike():
    """Negative control: one step in any of the six numbers is another block."""
    with np.errstate(over="ignore"):
        at = plain(philox_words)
        base = at((np.uint64(3), np.uint64(5)), 1, 2, 3, 4)
        near = [at((np.uint64(3 + (n == 4)), np.uint64(5 + (n == 5))),
                   *(c + (n == place) for place, c in enumerate((1, 2, 3, 4))))
                for n in range(6)]  # fmt: skip
    words = {int(word) for found in (base, *near) for word in found}
    assert len(words) == 28


def test_quantiles_are_those_of_the_textbook():
    from scipy.special import ndtri

    u = np.concatenate([np.linspace(1e-12, 1 - 1e-12, 999), [1e-300, 2.0**-53, 1 - 2.0**-53]])
    ours = np.array([plain(normal)(x) for x in u])
    assert np.allclose(ours[u > 2.0**-54], ndtri(u[u > 2.0**-54]), rtol=1e-13, atol=1e-13)
    assert np.isfinite([plain(normal)(x) for x in (0.0, 1 - 2.0**-53)]).all()
    assert np.allclose([plain(exponential)(x) for x in u], -np.log1p(-u), rtol=1e-13)


def test_streams_have_numbers_of_their_own():
    """A new stream is appended; the numbers in use are part of every published result."""
    assert [stream.value for stream in Stream] == list(range(len(Stream)))
    first = ("WORTH", "COST", "BUYER", "VENDOR", "CANDIDATE", "FIRST_MOVER", "DELIVERY", "PROBLEM")
    assert tuple(Stream.__members__)[: len(first)] == first
    assert luck.TINY > 0.0


def test_the_model_touches_no_global_luck():
    def states() -> tuple:
        return random.getstate(), repr(np.random.get_state(legacy=False))  # noqa: NPY002

    before = states()
    for compiled in (True, False):
        run(load("one_tie", {"run.months": 2}), "mediated", compiled=compiled)
    assert before == states()


# --- one luck under every regime -----------------------------------------------------------------


def fingerprint(loaded, regime: str) -> bytes:
    """Return the exogenous events of every month of two worlds."""
    rows = run(loaded, regime, tables=("periods",)).periods
    return rows["first_best"].tobytes()


@pytest.mark.parametrize("name", one_in(3, [name for name, _, _ in shipped()]))
def test_regimes_meet_the_same_people_and_problems(name):
    loaded = load(name, TROUBLE | UNMOVED)
    prints = {fingerprint(loaded, regime) for regime in loaded.regimes()}
    assert len(prints) == 1
    assert (
        fingerprint(load(name, {**TROUBLE, **UNMOVED, "run.seed": 99}), "adversarial") not in prints
    )


def test_regimes_of_drawn_scenarios_meet_the_same_people_and_problems():
    for loaded in (load(drawn.scenario, UNMOVED) for drawn in few()[:10]):
        assert len({fingerprint(loaded, regime) for regime in loaded.regimes()}) == 1


def news(loaded, regime: str) -> dict[tuple[int, int, int], float]:
    """Return the severity of every problem that arose under a contract, by world, need, month."""
    events = run(loaded, regime).events
    events = events[np.isin(events["kind"], NEWS)]
    return {(int(e["world"]), int(e["need"]), int(e["period"])): float(e["amount"]) for e in events}


def dealt(loaded) -> dict[tuple[int, int, int], float]:
    """Return the severity of every problem luck deals, whether or not a contract runs."""
    row = parameter_row(loaded.regime("adversarial"))
    found = {}
    for world in range(2):
        key = (np.uint64(loaded.scenario.run.seed), np.uint64(world))
        for need in range(loaded.scenario.market.needs):
            for month in range(loaded.scenario.run.months):
                with np.errstate(over="ignore"):
                    severity = float(plain(draw_problem_luck)(key, need, month, row)[0])
                if severity > 0.0:
                    found[world, need, month] = severity
    return found


CHANGES = {
    "one function less": {"mediator.functions": ["broker", "align", "resolve"]},
    "another function": {"mediator.functions": ["align"]},
    "another strategy": {"buyers.strategy": "hardliner"},
    "another mixture": {"vendors.strategy": {"conceder": 1.0, "boulware": 3.0}},
    "another protocol": {"negotiation.protocol": "take_it_or_leave_it"},
    "another level": {"negotiation.level": "level_1"},
    "an incompetent mediator": {"mediator.competence": 0.0, "mediator.discretion": 0.0},
    "more candidates": {"market.candidates": 4},
    "more vendors": {"market.vendors": 31},
    "another trust rule": {"relationship.trust_rule": "ewma"},
}


def test_problems_arrive_as_luck_deals_them():
    loaded = load("it_outsourcing", TROUBLE)
    luck_deals = dealt(loaded)
    for regime in ("adversarial", "partnership", "mediated"):
        told = news(loaded, regime)
        assert len(told) > 40
        assert all(luck_deals[where] == severity for where, severity in told.items())


@cache
def usual():
    """Return the draws of luck and the outcomes under contracts, before any change."""
    before = load("it_outsourcing", TROUBLE)
    return dealt(before), news(before, "mediated")


@pytest.mark.parametrize("change", CHANGES)
def test_conduct_and_institutions_change_no_problem(change):
    after = load("it_outsourcing", {**TROUBLE, **CHANGES[change]})
    deals, old = usual()
    assert dealt(after) == deals
    new = news(after, "mediated")
    both = old.keys() & new.keys()
    assert len(both) > 20
    assert all(old[where] == new[where] for where in both)


def test_another_need_leaves_the_first_ones_alone():
    """Luck belongs to the need: a sixth need changes nothing for the first five."""
    five = run(load("it_outsourcing", TROUBLE), "mediated")
    six = run(load("it_outsourcing", {**TROUBLE, "market.needs": 6}), "mediated")
    shared = six.ties[six.ties["need"] < 5]
    assert all(
        five.ties[name].tobytes() == shared[name].tobytes() for name in five.ties.dtype.names
    )
    both = six.events[six.events["need"] < 5]
    for name in both.dtype.names:
        assert five.events[name].tobytes() == both[name].tobytes(), name


@pytest.mark.parametrize("regime", REGIMES)
def test_more_candidates_and_vendors_re_deal_nobody(regime):
    def world(**change):
        scenario = load("it_outsourcing", {f"market.{k}": v for k, v in change.items()})
        return OneWorld(scenario.regime(regime), 4, 2).state

    base = world(vendors=16, candidates=3)
    wider, larger = world(vendors=16, candidates=5), world(vendors=25, candidates=3)
    for other in (wider, larger):
        assert base.table.tobytes() == other.table.tobytes()
        assert base.vendor_table.tobytes() == other.vendor_table[:16].tobytes()
        assert base.vendors.tobytes() == other.vendors[:16].tobytes()
        for name in ("outside", "risk", "quality_worth", "strategy"):
            assert base.needs[name].tobytes() == other.needs[name].tobytes()
    kept = wider.ties["vendor_id"].reshape(-1, 5)[:, :3]
    assert (kept.reshape(-1) == base.ties["vendor_id"]).all()


@pytest.mark.parametrize(
    ("made", "worlds"), [(bare, [1]), (load, [0, 1, 2, 3])], ids=["bare", "shipped"]
)
def test_delivery_luck_is_the_same_under_every_regime(made, worlds):
    """One need whose buyer bears all noise: the noise column is the luck itself.

    As shipped some pairs never sign without a mediator (both see contests), so that more are looked at.
    """
    change = {
        "run.months": 40,
        "delivery.noise": 3.0,
        "delivery.quality_noise": 0.1,
        "buyers.quality_worth": 20.0,
    }
    loaded = made("one_tie", change)
    row = parameter_row(loaded.regime("adversarial"))
    for regime in loaded.regimes():
        rows = simulate(loaded.regime(regime), worlds, 1).periods
        served = rows[rows["active"] == 1]
        assert len(served) > 20
        for line in served:
            key = np.uint64(1), np.uint64(line["world"])
            with np.errstate(over="ignore"):
                money, share = plain(draw_delivery_luck)(key, 0, int(line["period"]), row)
            assert line["noise"] == pytest.approx(20.0 * share + money, rel=1e-12)
