"""Bootstrap intervals over worlds: right in theory, fair in coverage, honest at the edges."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom, bootstrap, t

from sim.measure import intervals
from sim.measure.intervals import (
    BLOCK_ENTRIES,
    bootstrap_counts,
    clear_sign,
    summarise,
    summarise_paired,
    summarise_unpaired,
)
from sim.measure.share_intervals import effective_trials, share_difference_interval, wilson_interval


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("n", [2, 3, 12, 49])
def test_few_worlds_have_the_limits_of_student(n):
    values = rng(3).exponential(size=n)
    found = summarise(values)
    low, high = t.interval(0.95, n - 1, values.mean(), values.std(ddof=1) / np.sqrt(n))
    assert (found.low[0], found.high[0]) == pytest.approx((low, high))
    # The negative control: the bootstrap of so few is narrower.
    reference = bootstrap((values,), np.mean, method="percentile", rng=rng(4)).confidence_interval
    assert high - low > reference.high - reference.low


@pytest.mark.parametrize("n", [100, 150])
def test_agrees_with_scipy(n):
    values = rng(3).exponential(size=n)
    found = summarise(values)
    reference = bootstrap(
        (values,), np.mean, method="percentile", n_resamples=20_000, rng=rng(4), vectorized=True
    ).confidence_interval
    spread = values.std(ddof=1) / np.sqrt(n)
    assert found.low[0] == pytest.approx(reference.low, abs=0.16 * spread)
    assert found.high[0] == pytest.approx(reference.high, abs=0.16 * spread)
    assert found.mean[0] == pytest.approx(values.mean())
    assert found.sd[0] == pytest.approx(values.std(ddof=1))


def coverage(trials: int, n: int = 100, width: float = 1.0) -> float:
    """Return how often the interval of a paired difference holds its true mean, 0.3."""
    hits = 0
    for trial in range(trials):
        draw = rng(10_000 + trial)
        world = draw.normal(size=n)
        before = world + draw.normal(scale=0.5, size=n)
        after = world + 0.3 + draw.normal(scale=0.5, size=n)
        found = summarise_paired(after, before, seed=trial)
        middle, half = found.mean[0], width * (found.high[0] - found.low[0]) / 2.0
        low, high = (
            (found.low[0], found.high[0]) if width == 1.0 else (middle - half, middle + half)
        )
        hits += low <= 0.3 <= high
    return hits / trials


def test_coverage_quick():
    # 120 trials of a true 94 to 95 %: four standard errors below and above.
    assert 0.86 <= coverage(120) <= 1.0


def test_coverage_of_a_halved_interval_fails():
    assert coverage(120, width=0.5) < 0.80


@pytest.mark.deep
def test_coverage_deep():
    """T40: n = 100 pairs, 600 trials, nominal 95 %."""
    assert 0.93 <= coverage(600) <= 0.97


def test_pairing_is_worth_having():
    draw = rng(5)
    world = draw.normal(scale=10.0, size=100)
    before, after = world + draw.normal(size=100), world + 1.0 + draw.normal(size=100)
    together = summarise_paired(after, before)
    assert together.low[0] > 0.0
    apart = summarise_paired(draw.permutation(after), before)
    assert apart.low[0] < 0.0 < apart.high[0]
    assert apart.mean[0] == pytest.approx(together.mean[0])


def test_the_world_is_resampled_never_the_month():
    """Months that repeat each other must not narrow the interval."""
    worlds = rng(6).normal(size=60)
    once = summarise(worlds)
    months = np.repeat(worlds[:, None], 120, axis=1)
    assert summarise(months).low == pytest.approx(np.full(120, once.low[0]), abs=1e-12)
    assert summarise(months.mean(axis=1)).low[0] == pytest.approx(once.low[0], abs=1e-12)
    narrow = summarise(months.ravel())
    assert narrow.high[0] - narrow.low[0] < 0.2 * (once.high[0] - once.low[0])


def test_columns_share_their_draws():
    """The interval of a difference is that of the differences, whatever other columns there are."""
    values = rng(7).normal(size=(60, 3))
    wide, alone = summarise(values), summarise(values[:, 1])
    assert wide.low[1] == pytest.approx(alone.low[0], abs=1e-12)
    assert np.array_equal(summarise(values).low, wide.low)


def test_standardised_effect_and_opposite_signs():
    before = np.zeros(5)
    after = np.array([1.0, 2.0, 3.0, -1.0, 0.0])
    found = summarise_paired(after, before)
    assert found.mean[0] == 1.0
    assert found.effect[0] == pytest.approx(1.0 / after.std(ddof=1))
    assert found.share_opposite[0] == pytest.approx(1 / 5)
    assert summarise_paired(-after, before).share_opposite[0] == pytest.approx(1 / 5)


def test_one_world_has_no_interval():
    found = summarise_paired(np.array([2.0]), np.array([0.5]))
    assert found.mean[0] == 1.5 and found.n[0] == 1
    assert np.isnan([found.low[0], found.high[0], found.sd[0], found.effect[0]]).all()


def test_no_spread_gives_an_interval_of_no_width():
    found = summarise_paired(np.full(7, 0.1) + 0.2, np.zeros(7))
    assert found.low[0] == found.high[0] == found.mean[0] == 0.1 + 0.2
    assert found.sd[0] == 0.0 and np.isnan(found.effect[0])


def test_worlds_without_a_value_are_left_out():
    values = np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, np.nan], [4.0, np.nan]])
    found = summarise(values)
    assert found.n.tolist() == [3, 0]
    assert found.mean[0] == pytest.approx(7 / 3)
    assert found.low[0] < found.mean[0] < found.high[0]
    assert np.isnan([found.mean[1], found.low[1], found.high[1]]).all()
    both = summarise_paired(values, np.ones((4, 2)))
    assert both.n.tolist() == [3, 0] and np.isnan(both.share_opposite[1])


def test_a_single_value_among_missing_ones_has_no_interval():
    found = summarise(np.array([np.nan, 3.0, np.nan]))
    assert found.mean[0] == 3.0 and np.isnan(found.low[0])


def test_many_worlds_are_drawn_in_blocks():
    n = BLOCK_ENTRIES // 100
    blocks = list(bootstrap_counts(n, resamples=250))
    assert [len(b) for b in blocks] == [100, 100, 50]
    assert all((b.sum(axis=1) == n).all() for b in blocks)


@given(
    arrays(
        float,
        st.tuples(st.sampled_from([1, 50, 53]), st.integers(1, 3)),
        elements=st.floats(-1e6, 1e6),
    )
)
def test_the_interval_lies_within_the_data(values):
    found = summarise(values, resamples=200)
    slack = 1e-9 * (1.0 + np.abs(values).max())
    seen = np.isfinite(found.low)
    assert np.all(seen == (len(values) > 1))
    assert np.all(found.low[seen] <= found.high[seen])
    assert np.all(found.low[seen] >= values.min(axis=0)[seen] - slack)
    assert np.all(found.high[seen] <= values.max(axis=0)[seen] + slack)


def test_a_difference_below_the_rounding_of_its_terms_is_none():
    """The same sums, added in another order: a mean of −1e-16 had an effect size and opposite signs."""
    terms = rng(6).normal(50.0, 10.0, (100, 24))
    one, other = terms.sum(axis=1), terms[:, ::-1].sum(axis=1)
    assert (one != other).any() and abs(one - other).max() < 1e-11
    found = summarise_paired(one, other)
    assert (found.mean[0], found.low[0], found.high[0], found.sd[0]) == (0.0, 0.0, 0.0, 0.0)
    assert np.isnan(found.effect[0]) and found.share_opposite[0] == 0.0
    # A residue of rounding larger terms has no scale itself: the column's scale counts.
    rest = np.where(np.arange(100) == 7, one, one - other)
    assert summarise_paired(rest, np.where(np.arange(100) == 7, one, 0.0)).mean[0] == 0.0
    # The negative control: a small difference that is one.
    assert summarise_paired(one + 1e-7, other).mean[0] == pytest.approx(1e-7, rel=1e-4)
    assert summarise_paired(one * 1e-20, other * 1e-20 + 1e-22).mean[0] == pytest.approx(
        -1e-22, rel=1e-9
    )


def test_a_share_of_a_total_is_the_ratio_of_means():
    """One world in which next to nothing was there to gain does not turn a share of 75 % below 0."""
    whole = np.array([0.2, *np.full(79, 40.0)])
    part = np.array([-8.0, *(30.0 + np.arange(79) / 79.0)])
    ratios = part / whole
    assert ratios.mean() < 0.3
    found = summarise(ratios, weights=whole)
    assert found.mean[0] == pytest.approx(part.sum() / whole.sum())
    drawn = bootstrap(
        (part, whole), lambda a, b: a.sum(-1) / b.sum(-1), paired=True, vectorized=False,
        method="percentile", n_resamples=4_000, rng=rng(5),
    ).confidence_interval  # fmt: skip
    width = drawn.high - drawn.low
    assert found.low[0] == pytest.approx(drawn.low, abs=0.1 * width)
    assert found.high[0] == pytest.approx(drawn.high, abs=0.1 * width)
    gap = summarise_paired(ratios, (part - 2.0) / whole, weights=(whole, whole))
    assert gap.mean[0] == pytest.approx(2.0 * 80 / whole.sum())
    few = summarise(ratios[:12], weights=whole[:12])
    assert few.mean[0] == pytest.approx(part[:12].sum() / whole[:12].sum())
    assert few.low[0] < few.mean[0] < few.high[0]
    alike = summarise(np.full(60, 0.8), weights=np.arange(60.0) + 1.0)
    assert alike.sd[0] == 0.0 and alike.low[0] == alike.high[0] == alike.mean[0]


def test_equal_weights_change_nothing():
    values = rng(8).normal(size=(70, 3))
    one, other = summarise(values), summarise(values, weights=np.full((70, 3), 2.0))
    for a, b in zip(one, other, strict=True):
        assert np.allclose(a, b)


def test_fewer_than_twenty_worlds_decide_nothing():
    assert (
        clear_sign(0.5, 1.5, 20) == 1
        and clear_sign(-2.0, -1.0, 20) == -1
        and clear_sign(-1.0, 1.0, 90) == 0
    )
    assert clear_sign(0.5, 1.5, 19) == 0 and clear_sign(np.nan, np.nan, 50) == 0
    assert clear_sign(
        np.array([1.0, -2.0]), np.array([2.0, -1.0]), np.array([20, 19])
    ).tolist() == [
        1,
        0,
    ]


def test_an_unpaired_difference_takes_each_mean_over_its_own_worlds():
    luck = rng(4)
    values, baseline = luck.normal(3.0, 1.0, 60), luck.normal(1.0, 1.0, 60)
    whole, same = summarise_unpaired(values, baseline), summarise_paired(values, baseline)
    assert whole.mean == pytest.approx(same.mean) and whole.n == 60
    assert (whole.low[0], whole.high[0]) == pytest.approx((same.low[0], same.high[0]))
    values[:20], baseline[50:] = np.nan, np.nan
    gaps = summarise_unpaired(values, baseline)
    assert gaps.mean[0] == pytest.approx(values[20:].mean() - baseline[:50].mean())
    assert gaps.n == 40 and gaps.low < gaps.mean < gaps.high
    assert summarise_paired(values, baseline).mean[0] != pytest.approx(gaps.mean[0])
    nobody = summarise_unpaired(np.full(5, np.nan), np.ones(5))
    assert np.isnan([nobody.mean[0], nobody.low[0]]).all() and nobody.n == 0


@pytest.mark.parametrize(
    ("seen", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_limits(seen, n, low, high):
    """Newcombe (1998), Statistics in Medicine 17, 857, table I, method 3."""
    assert wilson_interval(seen / n, n) == pytest.approx((low, high), abs=5e-5)
    turned = wilson_interval(1.0 - seen / n, n)
    assert turned == pytest.approx((1.0 - high, 1.0 - low), abs=5e-5)
    assert wilson_interval(seen / n, n, 0.9) != pytest.approx((low, high), abs=5e-3)


def test_wilson_takes_columns_and_fractions():
    low, high = wilson_interval(np.array([0.0, 0.125, 1.0, np.nan]), np.array([10, 10, 10, 0]))
    assert (low[0], high[2]) == (0.0, 1.0) and np.isnan([low[3], high[3]]).all()
    assert wilson_interval(0.1, 10)[0] < low[1] < wilson_interval(0.2, 10)[0]
    assert np.all(low[:3] <= high[:3])


def yes_or_no(both: int, first: int, second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two shares by world from the four counts of a table of pairs."""
    counts = [both, first, second, neither]
    return np.repeat([1.0, 1.0, 0.0, 0.0], counts), np.repeat([1.0, 0.0, 1.0, 0.0], counts)


def test_share_difference_gives_the_published_limits():
    """Fagerland, Lydersen & Laake (2017), ch. 8: complete response before and after (Cavo 2012)."""
    a, b = yes_or_no(59, 6, 16, 80)
    assert share_difference_interval(a, b) == pytest.approx((-0.1186, -0.0046), abs=5e-5)
    assert share_difference_interval(b, a) == pytest.approx((0.0046, 0.1186), abs=5e-5)
    luck = rng(8)
    apart = share_difference_interval(luck.permutation(a), b)
    assert apart[1] - apart[0] > 1.5 * (0.1186 - 0.0046)


def test_no_event_is_not_certainty():
    """Nothing seen in 30 worlds: Wilson 0 to 11 %; the bootstrap claims to know, and fails here."""
    none = np.zeros(30)
    low, high = wilson_interval(none.mean(), 30)
    assert (low, high) == pytest.approx((0.0, 0.1135), abs=5e-5)
    low, high = share_difference_interval(none, none)
    assert high == -low == pytest.approx(0.1135, abs=5e-5)
    sure = summarise(none)
    assert sure.high[0] - sure.low[0] == 0.0


def test_worlds_without_a_share_are_left_out_of_a_difference():
    a, b = yes_or_no(5, 4, 2, 9)
    gaps = np.full(3, np.nan)
    longer = np.r_[a, gaps, 1.0], np.r_[b, np.ones(3), np.nan]
    assert share_difference_interval(*longer) == pytest.approx(share_difference_interval(a, b))
    columns = share_difference_interval(
        np.column_stack([a, b, a * np.nan]), np.column_stack([b, b, b])
    )
    assert [c[0] for c in columns] == pytest.approx(share_difference_interval(a, b))
    assert columns[0][1] == -columns[1][1] < 0.0 and np.isnan([c[2] for c in columns]).all()


@given(
    arrays(float, st.tuples(st.integers(1, 12), st.just(2)), elements=st.floats(0.0, 1.0, width=16))
)
def test_limits_of_shares_are_in_order(values):
    a, b = values.T
    low, high = wilson_interval(a.mean(), len(a))
    assert 0.0 <= low <= a.mean() <= high <= 1.0 and low < high
    low, high = share_difference_interval(a, b)
    assert -1.0 - 1e-12 <= low <= a.mean() - b.mean() + 1e-12 and high <= 1.0 + 1e-12
    assert low < high


def wilson_coverage(p: float, n: int) -> float:
    """Return how often Wilson's interval holds the true share, exactly."""
    seen = np.arange(n + 1)
    low, high = wilson_interval(seen / n, n)
    return float(binom.pmf(seen, n, p)[(low <= p) & (p <= high)].sum())


@pytest.mark.parametrize(("n", "want"), [(30, 0.9392), (100, 0.9659)])
def test_coverage_of_a_rare_share(n, want):
    assert wilson_coverage(0.05, n) == pytest.approx(want, abs=5e-5) and want >= 0.93


def difference_coverage(
    n: int, trials: int, common: float, more: float = 0.05
) -> tuple[float, float]:
    """Return how often share_difference and the bootstrap hold the true difference, `more`.

    A share of the worlds, `common`, has the same luck on both sides.
    """
    luck = rng(11)
    first = luck.random((n, trials))
    second = np.where(luck.random((n, trials)) < common, first, luck.random((n, trials)))
    a, b = (first < 0.05 + more).astype(float), (second < 0.05).astype(float)
    low, high = share_difference_interval(a, b)
    drawn = summarise_paired(a, b)
    return (
        float(np.mean((low <= more) & (more <= high))),
        float(np.mean((drawn.low <= more) & (more <= drawn.high))),
    )


@pytest.mark.parametrize("n", [30, 100])
@pytest.mark.parametrize("common", [0.0, 0.9])
def test_coverage_of_a_difference_of_rare_shares(n, common):
    """5 % against 5 % and 10 %, 1,000 trials each."""
    for more in (0.0, 0.05):
        assert difference_coverage(n, 1_000, common, more)[0] >= 0.93


def test_the_bootstrap_does_not_cover_rare_differences():
    """2 % more in 30 worlds of common luck: more than half of all draws see no difference at all."""
    square, drawn = difference_coverage(30, 1_000, 1.0, 0.02)
    assert square >= 0.93 and drawn < 0.60


@pytest.mark.deep
@pytest.mark.parametrize("n", [30, 100])
@pytest.mark.parametrize("common", [0.0, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("more", [0.0, 0.02, 0.05, 0.2])
def test_coverage_of_a_difference_deep(n, common, more):
    assert difference_coverage(n, 5_000, common, more)[0] >= 0.93


def fractions(n: int, trials: int, occasions: int = 10) -> Iterator[np.ndarray]:
    """Yield two independent samples of worlds that are shares of so many occasions, 10 % on average."""
    luck = rng(12)
    for _ in range(2):
        yield luck.binomial(occasions, luck.beta(0.5, 4.5, (n, trials))) / occasions


@pytest.mark.parametrize("occasions", [10, 100])
def test_coverage_of_fractional_shares(occasions):
    """4,000 trials, whose standard error is 0.35 %: no further below 95 % than three of them."""
    a, b = fractions(40, 4_000, occasions)
    low, high = share_difference_interval(a, b)
    assert np.mean((low <= 0.0) & (high >= 0.0)) >= 0.9397
    low, high = wilson_interval(a.mean(axis=0), effective_trials(a))
    assert np.mean((low <= 0.1) & (high >= 0.1)) >= 0.9397


def test_worlds_are_worth_the_trials_that_vary_as_little():
    """A hundred tosses a world are a hundred trials; yes or no is one; silence is one, too."""
    luck = rng(14)
    tosses = luck.binomial(100, 0.3, (500, 200)) / 100
    worth = effective_trials(tosses) / 500
    # The variance of 500 worlds is known to 6.3 %; the mean of 200 such to 0.5 %, below by (z / t)².
    assert worth.mean() == pytest.approx(100.0, rel=0.02) and np.ptp(worth) > 10.0
    assert np.array_equal(effective_trials(luck.random((40, 5)) < 0.3), np.full(5, 40.0))
    assert effective_trials(np.full((30, 2), [0.0, 0.4])).tolist() == [30.0, 30.0]
    gaps = np.r_[tosses[:, 0], np.nan]
    assert (
        effective_trials(gaps) == effective_trials(tosses[:, 0])
        and effective_trials(gaps * np.nan) == 0.0
    )
    pairs = np.repeat(tosses[:, :1] < 0.3, 50, axis=1).mean(axis=1)  # occasions of a world alike
    assert effective_trials(pairs) == 500.0


def test_a_mean_over_many_needs_has_limits_near_those_of_the_bootstrap():
    """Worlds around 60 % that vary by 3 %; as yes or no they would have limits sixteen times as far."""
    luck = rng(15)
    a = luck.normal(0.6, 0.03, (40, 200))
    b = a + luck.normal(-0.05, 0.01, (40, 200))
    for drawn, (low, high) in (
        (summarise(a), wilson_interval(a.mean(axis=0), effective_trials(a))),
        (summarise_paired(a, b), share_difference_interval(a, b)),
    ):
        wider = (high - low) / (drawn.high - drawn.low)
        assert np.all((wider > 0.98) & (wider < 1.15)), wider
    crude = wilson_interval(a.mean(axis=0), 40)
    assert np.all(crude[1] - crude[0] > 11.0 * (summarise(a).high - summarise(a).low))


def test_a_mild_share_does_not_narrow_a_wild_one():
    """0.4 or 0.6 beside 0 or 1, same luck: correlated by 1, yet their difference varies by 0.4."""
    luck = rng(13).random((40, 1_000)) < 0.5
    wild, mild = luck.astype(float), np.where(luck, 0.6, 0.4)
    low, high = share_difference_interval(wild, mild)
    assert np.mean((low <= 0.0) & (high >= 0.0)) >= 0.95
    # Had the correlation been taken at its word, no more than half a world's correction were left.
    half = (high - low) / 2.0
    assert np.mean(np.abs((wild - mild).mean(axis=0)) <= half * np.sqrt(0.05 / 1.6)) < 0.60


def test_counts_that_are_shared_are_those_that_would_be_drawn(monkeypatch):
    n, drawn = 1_100, []
    own = list(intervals._generate_counts(n, intervals.RESAMPLES, intervals.SEED))
    draw = intervals._generate_counts

    def counted(*asked):
        drawn.append(asked)
        return draw(*asked)

    monkeypatch.setattr(intervals, "_generate_counts", counted)
    intervals._small_counts.cache_clear()
    for _ in range(3):
        shared = list(bootstrap_counts(n))
        assert [block.shape for block in shared] == [block.shape for block in own]
        assert all((a == b).all() for a, b in zip(shared, own, strict=True))
        assert {block.dtype for block in shared} == {np.dtype(float)}
    assert len(own) > 1 and len(drawn) == 1
