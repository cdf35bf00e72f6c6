"""Attribution: the definition itself, games whose values are published, and what must not pass."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.measure.attribute import (
    attribution_rows,
    first_in_contributions,
    interaction_indices,
    last_in_contributions,
    shapley_values,
)


def game(n: int, worth) -> np.ndarray:
    """Return a game of one world and one outcome; `worth` takes the set of players."""
    members = [frozenset(i for i in range(n) if s >> i & 1) for s in range(1 << n)]
    return np.array([worth(m) for m in members], float)[:, None, None]


def unanimity(n: int, needed: set[int]) -> np.ndarray:
    return game(n, lambda s: needed <= s)


def by_orders(values: np.ndarray) -> np.ndarray:
    """Return the Shapley value by its definition: the mean over all orders of coming in."""
    n = len(values).bit_length() - 1
    orders = list(permutations(range(n)))
    total = np.zeros((n, *values.shape[1:]))
    for order in orders:
        inside = 0
        for i in order:
            total[i] += values[inside | 1 << i] - values[inside]
            inside |= 1 << i
    return total / len(orders)


def by_merging(values: np.ndarray, i: int, j: int) -> np.ndarray:
    """Return the interaction of a pair by recursion: worth as one player less worth without the other.

    Grabisch & Roubens (1999), the axiom of recursion: I(ij) = φ of the pair as one player, less φ of
    i in the game without j, less φ of j in the game without i.
    """
    n = len(values).bit_length() - 1
    others = [k for k in range(n) if k not in (i, j)]

    def value_of(players: int) -> np.ndarray:
        """Return the value of a player made of the bits `players`, among the others."""
        masks = [
            sum(1 << k for b, k in enumerate(others) if s >> b & 1) for s in range(1 << (n - 2))
        ]
        return by_orders(values[[*masks, *(m | players for m in masks)]])[-1]

    return value_of(1 << i | 1 << j) - value_of(1 << i) - value_of(1 << j)


def banzhaf(values: np.ndarray) -> np.ndarray:
    """Return each player's average addition over coalitions: not a division of the total."""
    n = len(values).bit_length() - 1
    members = np.arange(1 << n)
    return np.array(
        [
            values[members >> i & 1 == 1].mean(0) - values[members >> i & 1 == 0].mean(0)
            for i in range(n)
        ]
    )


def efficient(values: np.ndarray, found: np.ndarray) -> bool:
    """Say whether the attributed values add up, to 1e-12 of the largest worth."""
    gap = np.abs(found.sum(axis=0) - (values[-1] - values[0]))
    return bool(np.all(gap <= 1e-12 * np.abs(values).max(axis=0)))


def draw_game(n: int, worlds: int = 3, outcomes: int = 2, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(50.0, 10.0, size=(1 << n, worlds, outcomes))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_is_the_mean_over_all_orders(n):
    values = draw_game(n)
    assert shapley_values(values) == pytest.approx(by_orders(values), rel=0, abs=1e-12)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_interaction_is_what_a_pair_is_worth_as_one(n):
    values = draw_game(n)
    found = interaction_indices(values)
    for i, j in combinations(range(n), 2):
        assert found[i, j] == pytest.approx(by_merging(values, i, j), rel=0, abs=1e-12)
        assert np.array_equal(found[i, j], found[j, i])
    assert np.isnan(found[np.arange(n), np.arange(n)]).all()


def test_glove_game():
    """One left glove, two right ones: 2/3, 1/6, 1/6."""
    values = game(3, lambda s: 0 in s and len(s) > 1)
    assert shapley_values(values).ravel() == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    assert first_in_contributions(values).ravel().tolist() == [0, 0, 0]
    assert last_in_contributions(values).ravel().tolist() == [1, 0, 0]


def test_airport_game():
    """Littlechild & Owen (1973): each stretch of runway is shared by the players that need it."""
    costs = [8.0, 11.0, 13.0, 18.0]
    values = game(4, lambda s: max((costs[i] for i in s), default=0.0))
    assert shapley_values(values).ravel() == pytest.approx([2.0, 3.0, 4.0, 9.0])
    assert last_in_contributions(values).ravel().tolist() == [0, 0, 0, 5]
    assert (interaction_indices(values)[~np.eye(4, dtype=bool)] <= 0.0).all()


def test_weighted_majorities():
    """Four votes with weights 3, 2, 1, 1 and quota 4: 1/2, 1/6, 1/6, 1/6. Plain majority: 1/n."""
    weights = [3, 2, 1, 1]
    values = game(4, lambda s: sum(weights[i] for i in s) >= 4)
    assert shapley_values(values).ravel() == pytest.approx([1 / 2, 1 / 6, 1 / 6, 1 / 6])
    assert shapley_values(game(5, lambda s: len(s) >= 3)).ravel() == pytest.approx([0.2] * 5)


@pytest.mark.parametrize("needed", [{0, 1}, {0, 2, 3}, {0, 1, 2, 4}, {0, 1, 2, 3, 4}])
def test_unanimity_games(needed):
    """1/|T| each within T; every pair within T interacts by 1/(|T| − 1), any other by 0."""
    values, size = unanimity(5, needed), len(needed)
    share = [1 / size if i in needed else 0.0 for i in range(5)]
    assert shapley_values(values).ravel() == pytest.approx(share, abs=1e-15)
    found = interaction_indices(values)[..., 0, 0]
    for i, j in combinations(range(5), 2):
        want = 1 / (size - 1) if {i, j} <= needed else 0.0
        assert found[i, j] == pytest.approx(want, abs=1e-15)


games = st.integers(1, 6).flatmap(
    lambda n: arrays(float, (1 << n, 2, 1), elements=st.floats(-1e6, 1e6, allow_subnormal=False))
)


@given(games)
def test_all_that_is_there_is_shared_out(values):
    assert efficient(values, shapley_values(values))


@given(games, st.data())
def test_those_who_do_the_same_get_the_same(values, data):
    n = len(values).bit_length() - 1
    i, j = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, n - 1))
    members = np.arange(1 << n)
    swapped = members & ~(1 << i) & ~(1 << j) | (members >> i & 1) << j | (members >> j & 1) << i
    found = shapley_values(values + values[swapped])
    assert found[i] == pytest.approx(found[j], rel=0, abs=1e-12 * np.abs(values).max())


@given(games, st.data())
def test_a_dummy_gets_what_it_brings_and_interacts_with_nobody(values, data):
    n = len(values).bit_length() - 1
    i, alone = data.draw(st.integers(0, n - 1)), data.draw(st.floats(-10.0, 10.0))
    members = np.arange(1 << n)
    values = values[members & ~(1 << i)] + alone * (members >> i & 1)[:, None, None]
    slack = 1e-12 * (1.0 + np.abs(values).max())
    assert shapley_values(values)[i] == pytest.approx(alone, rel=0, abs=slack)
    others = np.delete(interaction_indices(values)[i], i, axis=0)
    assert others == pytest.approx(0.0, rel=0, abs=2 * slack)


@given(games, st.floats(-3.0, 3.0), st.integers(0, 99))
def test_values_of_a_sum_are_sums_of_values(values, factor, seed):
    other = np.random.default_rng(seed).normal(size=values.shape)
    slack = 1e-12 * (1.0 + 4.0 * np.abs(values).max())
    for rule in (
        shapley_values,
        first_in_contributions,
        last_in_contributions,
        interaction_indices,
    ):
        both = rule(values + factor * other)
        apart = rule(values) + factor * rule(other)
        assert both == pytest.approx(apart, rel=0, abs=4 * slack, nan_ok=True)


def test_other_values_do_not_share_out_what_is_there():
    """The check of efficiency rejects three neighbours of the Shapley value."""
    values = draw_game(4)
    assert efficient(values, shapley_values(values))
    for rule in (banzhaf, first_in_contributions, last_in_contributions):
        assert not efficient(values, rule(values))
    assert not efficient(values, shapley_values(values) * (1.0 + 1e-10))


def test_interaction_with_the_weights_of_the_value_is_turned_away():
    """The mean over coalitions (the Banzhaf index) is not 1/(|T| − 1) on a unanimity game."""
    values = unanimity(5, {0, 1, 2, 3})
    found = interaction_indices(values)[0, 1, 0, 0]
    s = np.arange(32)
    rest = (s & 3) == 0
    mean = (
        values[s[rest] | 3] - values[s[rest] | 1] - values[s[rest] | 2] + values[s[rest]]
    ).mean()
    assert found == pytest.approx(1 / 3) and mean == pytest.approx(1 / 4)


def test_a_missing_value_stays_in_its_world():
    values = draw_game(4, worlds=5)
    whole = {rule: rule(values) for rule in (shapley_values, interaction_indices)}
    values[9, 2, 1] = np.nan
    for rule, before in whole.items():
        after = rule(values)
        off = ~np.eye(4, dtype=bool)
        assert np.isnan(after[..., 2, 1]).all()
        kept = np.ones((5, 2), bool)
        kept[2, 1] = False
        assert np.array_equal(after[..., kept], before[..., kept], equal_nan=True)
        if rule is interaction_indices:
            assert np.isfinite(after[off][:, kept]).all()


def test_a_world_does_not_depend_on_the_worlds_beside_it():
    values = draw_game(9, worlds=40, outcomes=3)
    for rule in (shapley_values, interaction_indices):
        assert np.array_equal(
            rule(values)[..., 7:9, :], rule(values[:, 7:9].copy()), equal_nan=True
        )


def test_nine_players_a_thousand_worlds_eight_outcomes():
    values = draw_game(9, worlds=1000, outcomes=8)
    assert efficient(values, shapley_values(values))
    assert interaction_indices(values).shape == (9, 9, 1000, 8)


def test_fourteen_players():
    """A sum of dividends: |T| = 14, a pair, and players that add their worth alone."""
    alone = np.arange(1.0, 15.0)
    members = np.arange(1 << 14)
    inside = (members[:, None] >> np.arange(14) & 1).astype(float)
    worth = inside @ alone + 28.0 * inside.all(axis=1) + 6.0 * inside[:, 3] * inside[:, 5]
    values = 1e6 + np.repeat(worth[:, None, None], 4, axis=1)
    want = alone + 2.0
    want[[3, 5]] += 3.0
    found = shapley_values(values)
    assert found[:, 0, 0] == pytest.approx(want, abs=1e-9)
    assert efficient(values, found)
    pairs = interaction_indices(values)
    assert pairs[3, 5, 0, 0] == pytest.approx(6.0 + 28.0 / 13.0, abs=1e-8)
    assert pairs[0, 1, 0, 0] == pytest.approx(28.0 / 13.0, abs=1e-8)


def test_temporaries_are_at_most_as_large_as_the_game():
    import tracemalloc

    values = draw_game(9, worlds=200, outcomes=4)
    for rule in (shapley_values, interaction_indices):
        tracemalloc.start()
        result = rule(values)
        peak = tracemalloc.get_traced_memory()[1] - result.nbytes
        tracemalloc.stop()
        assert peak < values.nbytes


OUTCOMES = [("surplus", "joint surplus", "money/need/month"), ("trust", "trust at end", "0 to 1")]
PLAYERS = ("draft", "relay", "audit")


def test_rows_hold_every_value_and_pair():
    values = draw_game(3, worlds=40)
    shares, pairs = attribution_rows(values, PLAYERS, OUTCOMES)
    assert len(shares) == 2 * (3 * 3 + 1) and len(pairs) == 2 * 3
    assert list(shares[0]) == [
        "outcome", "label", "unit", "player", "kind", "mean", "low", "high", "sd", "share_opposite",
        "n",
    ]  # fmt: skip
    assert list(pairs[0]) == [
        "outcome", "label", "unit", "player", "other", "mean", "low", "high", "n"
    ]  # fmt: skip
    by = {(r["outcome"], r["kind"], r["player"]): r for r in shares}
    relay = by["trust", "shapley", "relay"]
    one = shapley_values(values)[1, :, 1]
    assert relay["mean"] == pytest.approx(one.mean()) and relay["n"] == 40
    assert relay["sd"] == pytest.approx(one.std(ddof=1))
    assert relay["share_opposite"] == np.mean(np.sign(one) == -np.sign(one.mean()))
    assert relay["low"] < relay["mean"] < relay["high"]
    for name, _, _ in OUTCOMES:
        total = by[name, "total", "all"]["mean"]
        assert sum(by[name, "shapley", p]["mean"] for p in PLAYERS) == pytest.approx(total)
    last = {(r["outcome"], r["player"], r["other"]): r for r in pairs}["trust", "draft", "audit"]
    assert last["mean"] == pytest.approx(interaction_indices(values)[0, 2, :, 1].mean())
    assert last["label"] == "trust at end" and last["unit"] == "0 to 1"


def test_rows_leave_out_worlds_without_a_value():
    values = draw_game(3, worlds=10)
    values[5, 0, 1] = np.nan
    shares, pairs = attribution_rows(values, PLAYERS, OUTCOMES)
    shapley_n = {r["outcome"]: r["n"] for r in shares if r["kind"] == "shapley"}
    assert shapley_n == {"surplus": 10, "trust": 9}
    assert {r["n"] for r in pairs if r["outcome"] == "trust"} == {9}


def test_one_player_has_no_pairs():
    shares, pairs = attribution_rows(draw_game(1), PLAYERS[:1], OUTCOMES)
    assert pairs == []
    means = {r["kind"]: r["mean"] for r in shares if r["outcome"] == "surplus"}
    assert means["shapley"] == means["first_in"] == means["last_in"] == means["total"]


@pytest.mark.parametrize("shape", [(6, 2, 1), (1, 2, 1), (8, 2)])
def test_what_is_no_game_is_refused(shape):
    with pytest.raises(ValueError, match="players, worlds, outcomes"):
        shapley_values(np.zeros(shape))


def test_names_must_fit_the_game():
    with pytest.raises(ValueError, match="8 coalitions and 2 outcomes"):
        attribution_rows(draw_game(2), PLAYERS, OUTCOMES)


def test_the_total_is_split_in_two_parts():
    """The worth of all is the machine's worth plus what the mediator adds, in every world."""
    rng = np.random.default_rng(5)
    values, machine = rng.normal(size=(4, 30, 2)), rng.normal(size=(30, 2))
    named = [("a", "a", "money"), ("b", "b", "money")]
    rows, _ = attribution_rows(values, ["x", "y"], named, machine)
    by = {(row["outcome"], row["kind"], row["player"]): row["mean"] for row in rows}
    for j, name in enumerate("ab"):
        procedure = by[name, "procedure", "all"]
        assert procedure == pytest.approx((machine - values[0])[:, j].mean(), abs=1e-12)
        assert procedure + by[name, "mediator", "all"] == pytest.approx(
            by[name, "total", "all"], abs=1e-12
        )
    kinds = {row["kind"] for row in attribution_rows(values, ["x", "y"], named)[0]}
    assert not kinds & {"procedure", "mediator"}
