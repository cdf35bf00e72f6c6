"""Single texts, packages, and games whose values are known (T24–T27, T39, T41, T42)."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.theory import games, packages
from sim.theory import text_votes as text


def draws(seed=3):
    return np.random.default_rng(seed)


def test_annealing_finds_what_enumeration_finds():
    luck = draws()
    given_ = text.draw_instances(luck, 20, 8)
    ends = text.find_utility_range(given_.first, luck)
    every = np.array(list(itertools.product((0.0, 1.0), repeat=8)))
    worth = np.einsum("cj,rij,ci->rc", every, given_.first, every)
    assert ends.best == pytest.approx(worth.max(axis=1))
    assert ends.worst == pytest.approx(worth.min(axis=1))


def test_changes_add_up_to_the_utility_of_the_last_text():
    luck = draws()
    given_ = text.draw_instances(luck, 30, 20)
    bits, first, second = text.vote_on_texts(given_, luck, 300, (0.0, 5.0))
    assert first == pytest.approx(text.quadratic_utility(given_.first, bits))
    assert second == pytest.approx(text.quadratic_utility(given_.second, bits))


def test_issues_that_stand_alone():
    """Unanimity from a random contract: 7/8 of the way together, 3/4 for each (exact)."""
    luck = draws()
    given_ = text.draw_instances(luck, 400, 30, entangled=False)
    scales = text.exact_scales(given_)
    searched = text.find_scales(text.Instances(*(h[:5] for h in given_)), luck)
    for exact, found in zip(scales, searched, strict=True):
        assert found.best == pytest.approx(exact.best[:5])
        assert found.worst == pytest.approx(exact.worst[:5])
    _, first, second = text.vote_on_texts(given_, luck, 400, (0.0, 0.0))
    found = text.scale_utilities(scales, first, second)
    for share, expected in ((found.joint, 7 / 8), (found.first, 3 / 4), (found.second, 3 / 4)):
        error = 4 * share.std() / len(share) ** 0.5
        assert abs(share.mean() - expected) < error < 0.03


def test_who_yields_is_exploited():
    luck = draws()
    given_ = text.draw_instances(luck, 20, 24)
    scales = text.find_scales(given_, luck)
    _, *worth = text.vote_on_texts(given_, luck, 800, (0.0, text.FIRST_TEMPERATURE))
    found = text.scale_utilities(scales, *worth)
    assert found.first.mean() > 0.95 and found.second.mean() < 0.6


def test_the_table_of_five_issues():
    table = packages.five_issue_table()
    assert packages.highest_joint_payoff(table) == 14_400
    assert packages.joint_payoff_of_single_edits(table) == 12_000
    middle = sum((side[:, 2]).sum() for side in table)
    assert middle == 10_000


@pytest.mark.parametrize(
    ("package", "low", "high"), [(1, 0.832, 0.8334), (2, 0.97, 0.99), (3, 0.96, 0.99)]
)
def test_packages_after_two_hundred_proposals(package, low, high):
    table = packages.five_issue_table()
    found = packages.edit_texts(table, draws(), 1_000, 200, package).mean() / 14_400
    assert low < found < high


@pytest.mark.parametrize("seed", range(12))
def test_single_edits_never_move_what_is_opposed(seed):
    """Packages may even give away, for good, what both want: but nobody ends below the start."""
    luck = draws(seed)
    stakes = luck.uniform(0.5, 5.0, (2, 4))
    table = packages.linear_payoffs(stakes[0], stakes[1] * np.array([-1, -1, -1, 1]))
    found = packages.edit_texts(table, luck, 20, 400, 1)
    assert found == pytest.approx(packages.joint_payoff_of_single_edits(table))
    start = sum(float(side[:, 2].sum()) for side in table)
    assert (packages.edit_texts(table, luck, 20, 400, 2) >= start - 1e-9).all()


@pytest.mark.parametrize("issues", [2, 3, 4, 5, 8])
def test_logrolling(issues):
    found = packages.draw_logrolling_payoffs(draws(), issues, 200_000)
    error = 4 * found.std() / len(found) ** 0.5
    assert abs(found.mean() - packages.expected_logrolling_payoff(issues)) < error
    assert abs(found.mean() - packages.expected_logrolling_payoff(issues + 1)) > error


def test_mirrored_weights():
    assert (
        packages.mirrored_weights_payoff(0.7)
        == packages.mirrored_weights_payoff(0.3)
        == pytest.approx(1.4)
    )


def by_orders(value, players):
    """Return Shapley values by every order in which the players may come."""
    shares = np.zeros(players)
    for order in itertools.permutations(range(players)):
        mask = 0
        for player in order:
            shares[player] += value[mask | 1 << player] - value[mask]
            mask |= 1 << player
    return shares / math.factorial(players)


@given(st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_known_values_are_what_every_order_gives(players, seed):
    luck = draws(seed)
    together = np.triu(luck.normal(size=(players, players)), 1)
    together += together.T
    needed = tuple(range(int(luck.integers(1, players + 1))))
    for value, shares in (
        games.pairwise_game(luck.normal(size=players), together),
        games.unanimity_game(players, needed),
        games.glove_game(1, players - 1),
    ):
        assert shares == pytest.approx(by_orders(value, players), abs=1e-12)


def test_one_glove_is_refused():
    with pytest.raises(ValueError, match="2 left gloves"):
        games.glove_game(2, 2)


def test_published_indices():
    first, total = games.ishigami_indices()
    assert first == pytest.approx([0.313905, 0.442411, 0.0], abs=1e-6)
    assert total == pytest.approx([0.557589, 0.442411, 0.243684], abs=1e-6)
    first, total = games.sobol_g_indices(np.array([0, 1, 4.5, 9, 99, 99, 99, 99]))
    assert first[:4] == pytest.approx([0.7162, 0.1790, 0.0237, 0.0072], abs=1e-4)
    assert total[:4] == pytest.approx([0.7871, 0.2422, 0.0343, 0.0105], abs=1e-4)


def test_indices_by_the_variance_of_means():
    """First-order shares by averaging over the other factors on a grid."""
    grid = (np.arange(60) + 0.5) / 60
    cube = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), axis=-1).reshape(-1, 3)
    y = games.ishigami(cube).reshape(60, 60, 60)
    first, _ = games.ishigami_indices()
    for i in range(3):
        others = tuple(j for j in range(3) if j != i)
        assert y.mean(axis=others).var() / y.var() == pytest.approx(first[i], abs=2e-3)


def test_what_common_luck_saves():
    mean, correlation, saved = games.paired_moments(0.25)
    assert mean == pytest.approx(5 / 192)
    assert correlation == pytest.approx(0.970, abs=1e-3)
    assert saved == pytest.approx(32.3, abs=0.1)
    luck = draws()
    gap = luck.random(10**6) - luck.random(10**6)
    truth, linear = gap * (gap > 0), gap * (gap >= 0.25)
    assert np.corrcoef(truth, linear)[0, 1] == pytest.approx(correlation, abs=1e-3)
