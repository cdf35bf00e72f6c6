"""Points join others: a Latin hypercube is one after every growth, other designs are drawn longer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from tiny_study import strata_hit_once

from sim.study.design.analysis import DESIGNS
from sim.study.design.designs import unit_cube_rows
from sim.theory.nested_hypercube import grow_latin_hypercube

CHAINS = [(4, 8, 24), (5, 15, 30), (1, 3, 6), (64, 128, 384), (7, 49, 98)]
SEEDS = (0, 1, 2**63 - 1)


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_latin_hypercube_is_one_after_every_growth(chain: tuple[int, ...], seed: int) -> None:
    for factors in (1, 3, 10):
        sizes = [
            unit_cube_rows("latin_hypercube", factors, n, seed, chain[:nth])
            for nth, n in enumerate(chain)
        ]
        assert [rows.shape for rows in sizes] == [(n, factors) for n in chain]
        assert all(map(strata_hit_once, sizes))
        for fewer, more in pairwise(sizes):
            assert (more[: len(fewer)] == fewer).all()


@pytest.mark.parametrize("chain", CHAINS[:2] + CHAINS[3:])
def test_points_that_are_only_appended_are_no_latin_hypercube(chain: tuple[int, ...]) -> None:
    first, more = chain[:2]
    rows = unit_cube_rows("latin_hypercube", 3, first, 1)
    others = [
        np.concatenate([unit_cube_rows("latin_hypercube", 3, first, 2 + n) for n in range(more // first - 1)]),
        unit_cube_rows("latin_hypercube", 3, more, 1)[first:],
        np.random.default_rng(1).random((more - first, 3)),
    ]  # fmt: skip
    assert not any(strata_hit_once(np.concatenate([rows, added])) for added in others)


def test_new_points_are_paired_at_random_and_lie_anywhere_in_their_stratum() -> None:
    rows = unit_cube_rows("latin_hypercube", 2, 2000, 1, [4])
    added = rows[4:]
    assert abs(np.corrcoef(added.T)[0, 1]) < 4.0 / np.sqrt(len(added))
    within = added * 2000 % 1.0
    assert np.abs(within.mean(axis=0) - 0.5).max() < 4.0 / np.sqrt(12 * len(added))
    ordered = np.sort(added, axis=0)  # the same points, paired by their order
    assert abs(np.corrcoef(ordered.T)[0, 1]) > 0.99


def test_what_is_added_depends_on_the_seed_and_on_the_numbers_before() -> None:
    at_once, steps = ([4], [4, 8])
    once, twice = (unit_cube_rows("latin_hypercube", 2, 16, 1, by) for by in (at_once, steps))
    assert (once[:4] == twice[:4]).all()
    assert not (once[4:] == twice[4:]).any()
    assert not (unit_cube_rows("latin_hypercube", 2, 16, 2, at_once) == once).any()
    fresh = unit_cube_rows("latin_hypercube", 2, 16, 1)
    assert not (fresh == once).any()


def test_values_on_the_edges_of_their_strata_are_in_one_each() -> None:
    """Rounding may put a value on the upper edge of its stratum, where the next one begins."""
    edges = np.array([[0.25, 0.0], [0.5, 0.25], [0.75, 0.5], [1.0, 0.75]])
    grown = grow_latin_hypercube(edges, 12, 1)
    filled = np.floor(grown[4:] * 12).astype(int)
    upper = {0, 1, 3, 4, 6, 7, 9, 10}  # the last third of every stratum is taken
    assert set(filled[:, 0]) == upper
    assert set(filled[:, 1]) == {n + 1 for n in upper}
    assert grown.shape == (12, 2)


@pytest.mark.parametrize("design", [d for d in DESIGNS if DESIGNS[d].drawn])
def test_a_longer_draw_begins_with_the_shorter_one_exactly_if_a_design_says_so(design: str) -> None:
    begins = []
    for factors in (1, 2, 5):
        for seed in SEEDS:
            longest = unit_cube_rows(design, factors, 64, seed)
            for fewer in (2, 8, 32):
                rows = unit_cube_rows(design, factors, fewer, seed)
                begins.append(np.array_equal(rows, longest[: len(rows)]))
    assert set(begins) == {DESIGNS[design].extends}
    assert DESIGNS[design].grows
