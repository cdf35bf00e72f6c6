"""Morris and Sobol on functions with known indices, and what luck does to them."""

import numpy as np
import pytest

from sim.measure.sensitivity import (
    SensitivityDesign,
    base_rows,
    luck_interval,
    luck_share,
    morris_indices,
    morris_rows,
    saltelli_rows,
    sensitivity_rows,
    sobol_indices,
)

ISHIGAMI = {
    "S1": [0.3139, 0.4424, 0.0],
    "ST": [0.5576, 0.4424, 0.2437],
    "S2": [0.0, 0.2437, 0.0],  # pairs (1, 2), (1, 3), (2, 3)
}
PAIRS = ([0, 0, 1], [1, 2, 2])


def ishigami(cube: np.ndarray) -> np.ndarray:
    x = np.pi * (2.0 * cube - 1.0)
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_ishigami(seed):
    """The closed form, within 0.05 and within every interval, at 1,024 base rows."""
    found = sobol_indices(ishigami(saltelli_rows(3, 1024, seed)), 3, seed)
    for name, want in ISHIGAMI.items():
        value, low, high = (part[PAIRS] if name == "S2" else part for part in found[name])
        assert value == pytest.approx(want, abs=0.05)
        assert np.all((low <= want) & (want <= high))
    assert found["S1"].low[2] < 0.0
    lower = np.tril_indices(3)
    assert np.isnan([part[lower] for part in found["S2"]]).all()


def test_ishigami_is_told_from_its_neighbours():
    """With b = 0 the third factor is dead: the same yardstick turns that function away."""
    x = np.pi * (2.0 * saltelli_rows(3, 1024, 0) - 1.0)
    found = sobol_indices(np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2, 3, 0)
    assert found["ST"].value[2] == 0.0
    assert abs(found["ST"].value - ISHIGAMI["ST"]).max() > 0.2


def test_without_second_order():
    rows = saltelli_rows(3, 1024, 5, second_order=False)
    assert len(rows) == 1024 * 5
    found = sobol_indices(ishigami(rows), 3, 5, second_order=False)
    assert list(found) == ["S1", "ST"]
    assert found["ST"].value == pytest.approx(ISHIGAMI["ST"], abs=0.05)


@pytest.mark.parametrize("levels", [4, 6, 8])
def test_morris_on_a_linear_function(levels):
    """|coefficient| per full range, no spread, whichever the number of levels."""
    rows, slopes = morris_rows(4, 10, 3, levels), np.array([3.0, -2.0, 0.0, 0.5])
    found = morris_indices(rows, 100.0 + rows @ slopes, 4, 3)
    assert found["mu"].value == pytest.approx(slopes, abs=1e-11)
    assert found["mu_star"].value == pytest.approx(np.abs(slopes), abs=1e-11)
    assert found["sigma"].value == pytest.approx(np.zeros(4), abs=1e-11)
    star = found["mu_star"]
    assert np.all((star.low <= star.value) & (star.value <= star.high))
    assert np.isnan([found["mu"].low, found["sigma"].high]).all()


def test_morris_sees_what_is_not_linear():
    rows = morris_rows(3, 200, 3)
    found = morris_indices(rows, ishigami(rows), 3, 3)
    assert found["sigma"].value.min() > 1.0
    star = found["mu_star"]
    assert np.all(star.low < star.value) and np.all(star.value < star.high)


def noisy(n: int, common: bool) -> np.ndarray:
    """Return a sum of two factors of six, with luck as large, common to a base row or not."""
    rows = saltelli_rows(6, n, 4)
    base = base_rows("saltelli", 6, len(rows))
    luck = np.random.default_rng(6).normal(size=len(rows))
    return rows @ np.array([2.0, 4.0, 0, 0, 0, 0]) + (luck[base] if common else luck)


def test_dead_factors_under_common_luck_are_exactly_dead():
    found = sobol_indices(noisy(512, common=True), 6, 4)
    for name in ("S1", "ST"):
        assert np.all(found[name].value[2:] == 0.0) and np.all(found[name].high[2:] == 0.0)
    # Shares of a variance that luck is part of: 4/12 + 16/12 + 1.
    assert found["ST"].value[:2] == pytest.approx([1 / 8, 1 / 2], abs=0.05)


def test_luck_of_its_own_for_every_run_looks_like_an_effect():
    """The negative control: no number of base rows takes the noise out of a total index."""
    for n in (128, 1024):
        assert sobol_indices(noisy(n, common=False), 6, 4)["ST"].value[2:].min() > 0.2


def test_what_a_factor_makes_of_luck_is_the_factors():
    """The factor moves no mean, only how much luck weighs; half of that variance is its own."""
    rows = saltelli_rows(2, 1024, 7)
    luck = np.random.default_rng(8).choice([-1.0, 1.0], size=1024)
    found = sobol_indices(rows[:, 0] * luck[base_rows("saltelli", 2, len(rows))], 2, 7)
    assert found["ST"].value == pytest.approx([1 / 4, 0.0], abs=0.03)


def test_blocks_of_rows():
    assert base_rows("morris", 2, 6).tolist() == [0, 0, 0, 1, 1, 1]
    assert base_rows("saltelli", 2, 12).tolist() == [0] * 6 + [1] * 6
    assert base_rows("saltelli", 2, 8, second_order=False).tolist() == [0] * 4 + [1] * 4
    for kind, rows in (("morris", morris_rows(5, 7, 1)), ("saltelli", saltelli_rows(5, 8, 1))):
        base = base_rows(kind, 5, len(rows))
        within = base[1:] == base[:-1]
        moved = (np.diff(rows, axis=0) != 0.0).sum(axis=1)
        assert np.all(moved[within] == 1) if kind == "morris" else np.all(moved[~within] == 5)
        assert rows.min() >= 0.0 and rows.max() <= 1.0


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: saltelli_rows(3, 1000, 0), "power of 2"),
        (lambda: saltelli_rows(3, 0, 0), "power of 2"),
        (lambda: morris_rows(3, 1, 0), "at least 2 trajectories"),
        (lambda: morris_rows(3, 10, 0, levels=5), "even number of levels"),
        (lambda: base_rows("morris", 3, 10), "multiple of 4"),
    ],
)
def test_what_is_no_design_is_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()


@pytest.mark.parametrize("seed", [0, 1])
def test_a_seed_is_a_seed_also_when_it_is_zero(seed):
    assert np.array_equal(saltelli_rows(3, 8, seed), saltelli_rows(3, 8, seed))
    assert np.array_equal(morris_rows(3, 8, seed), morris_rows(3, 8, seed))
    assert not np.array_equal(saltelli_rows(3, 8, seed), saltelli_rows(3, 8, seed + 1))
    y = ishigami(saltelli_rows(3, 64, 9))
    once, again = sobol_indices(y, 3, seed), sobol_indices(y, 3, seed)
    assert np.array_equal(once["ST"].low, again["ST"].low)
    assert not np.array_equal(once["ST"].low, sobol_indices(y, 3, seed + 1)["ST"].low)


@pytest.mark.parametrize("value", [0.0, 0.1 + 0.2, -1e9])
def test_an_outcome_that_never_varies(value):
    constant = np.full(8 * 16, value)
    constant[::3] = np.nextafter(value, np.inf) if value else 0.0
    for index in sobol_indices(constant, 3, 0).values():
        assert np.isnan(index).all()
    rows = morris_rows(3, 8, 0)
    found = morris_indices(rows, np.full(len(rows), value), 3, 0)
    assert all(np.all(index.value == 0.0) for index in found.values())
    assert np.isnan(luck_share(np.full((10, 4), value)))


def test_an_event_that_only_a_moved_row_meets_has_no_index():
    """SALib takes the variance from the ends of the base rows; if those agree there is none."""
    y = np.zeros((16, 8))
    y[3, 2] = 1.0
    assert np.isnan(sobol_indices(y.ravel(), 3, 0)["ST"].value).all()


def test_a_base_row_with_a_gap_is_left_out_whole():
    rows = saltelli_rows(3, 64, 2)
    y = ishigami(rows)
    gap = y.copy()
    gap[[10, 100]] = np.nan
    kept = np.delete(y.reshape(64, 8), [1, 12], axis=0).ravel()
    assert np.array_equal(sobol_indices(gap, 3, 2)["ST"], sobol_indices(kept, 3, 2)["ST"])
    assert np.isnan(sobol_indices(np.full_like(y, np.nan), 3, 2)["S2"]).all()
    walk = morris_rows(3, 8, 2)
    effects = ishigami(walk)
    broken = effects.copy()
    broken[0] = np.nan
    assert np.array_equal(
        morris_indices(walk, broken, 3, 2)["mu"].value,
        morris_indices(walk[4:], effects[4:], 3, 2)["mu"].value,
    )
    broken[4:-4] = np.nan
    assert np.isnan(morris_indices(walk, broken, 3, 2)["sigma"].value).all()


@pytest.mark.parametrize("worlds", [2, 10, 40])
def test_luck_share_on_known_noise(worlds):
    """Luck of sd 2 over `worlds` worlds, factors of variance 1/12 × 6²."""
    generator = np.random.default_rng(9)
    factor = 6.0 * generator.random((4000, 1))
    values = factor + generator.normal(scale=2.0, size=(4000, worlds))
    want = (4.0 / worlds) / (4.0 / worlds + 3.0)
    assert luck_share(values) == pytest.approx(want, abs=0.02)


def test_the_interval_of_the_luck_share_covers():
    """100 base rows of four rows each, luck common to a base row, 200 trials of nominal 95 %."""
    generator, base, want, hits = np.random.default_rng(9), np.repeat(np.arange(100), 4), 0.25, 0
    for _ in range(200):
        luck = generator.normal(scale=2.0, size=(100, 4))[base]
        low, high = luck_interval(6.0 * generator.random((400, 1)) + luck, base)
        hits += low <= want <= high
    assert hits / 200 >= 0.95 - 3.0 * np.sqrt(0.95 * 0.05 / 200)


def test_luck_share_at_its_ends():
    values = np.random.default_rng(10).normal(size=(3000, 5))
    assert luck_share(np.repeat(values[:, :1], 5, axis=1)) == pytest.approx(0.0, abs=1e-30)
    assert luck_share(values) == pytest.approx(1.0, abs=0.1)
    assert luck_share(1e6 + values) == pytest.approx(luck_share(values), rel=1e-9)
    assert np.isnan(luck_share(values[:, :1])) and np.isnan(luck_share(values[:1]))
    by_hand = np.mean(values.var(axis=1, ddof=1) / 5) / values.mean(axis=1).var(ddof=1)
    assert luck_share(values) == pytest.approx(by_hand)
    gaps = np.r_[values, np.full((2, 5), np.nan)]
    assert luck_share(gaps) == pytest.approx(by_hand)


def test_luck_of_a_base_row_is_drawn_again_as_one():
    """Rows of a block that repeat each other must not narrow the interval."""
    values = np.random.default_rng(11).normal(size=(40, 5))
    once = luck_interval(values, np.arange(40))
    eight = np.repeat(values, 8, axis=0)
    blocks = luck_interval(eight, np.repeat(np.arange(40), 8))
    alone = luck_interval(eight, np.arange(320))
    assert blocks[1] - blocks[0] == pytest.approx(once[1] - once[0], rel=0.05)
    assert alone[1] - alone[0] < 0.5 * (once[1] - once[0])


OUTCOME = ("surplus", "joint surplus", "money/need/month")
FACTORS = ("mediator.competence", "market.specificity", "run.months")


@pytest.mark.parametrize(("kind", "count"), [("morris", 10), ("saltelli", 10)])
def test_rows_of_the_table(kind, count):
    rows = morris_rows(3, 20, 1) if kind == "morris" else saltelli_rows(3, 16, 1)
    base = base_rows(kind, 3, len(rows))
    luck = np.random.default_rng(12).normal(size=(base.max() + 1, 6))[base]
    by_world = ishigami(rows)[:, None] + luck
    by_world[0] = np.nan
    by_world[-1, :3] = np.nan
    found = sensitivity_rows(
        SensitivityDesign(kind, rows, FACTORS, 1), by_world, OUTCOME, "mediated"
    )
    assert len(found) == count
    assert list(found[0]) == [
        "outcome", "label", "unit", "name", "method", "index", "factor", "other", "value", "low",
        "high", "rows",
    ]  # fmt: skip
    assert {r["method"] for r in found} == {"morris" if kind == "morris" else "sobol"}
    assert {r["rows"] for r in found} == {19 if kind == "morris" else 15}
    assert {type(r[c]) for r in found for c in ("value", "low", "high")} == {float}
    last = found[-1]
    assert (last["index"], last["factor"]) == ("luck", "") and 0.0 < last["value"] < 1.0
    assert last["low"] <= last["value"] <= last["high"]
    pairs = [(r["factor"], r["other"]) for r in found if r["index"] == "S2"]
    if kind == "saltelli":
        assert pairs == [
            (FACTORS[0], FACTORS[1]),
            (FACTORS[0], FACTORS[2]),
            (FACTORS[1], FACTORS[2]),
        ]
        st = [r["value"] for r in found if r["index"] == "ST"]
        y = np.nanmean(by_world[base > 0], axis=1)
        assert st == pytest.approx(sobol_indices(y, 3, 1)["ST"].value)


def test_a_factor_alone():
    rows = saltelli_rows(1, 64, 1)
    design = SensitivityDesign("saltelli", rows, FACTORS[:1], 1)
    found = sensitivity_rows(design, np.repeat(rows, 3, axis=1), OUTCOME, "mediated")
    assert [r["index"] for r in found] == ["S1", "ST", "luck"]
    assert [r["value"] for r in found] == pytest.approx([1.0, 1.0, 0.0], abs=0.05)
