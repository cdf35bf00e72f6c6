"""Statistics on tables made by hand, their error against the bootstrap's idea, and where they lie."""

import math

import numpy as np
import pytest
from compiled import mark
from scipy import stats

from sim.engines.batch import Block, run_block
from sim.errors import SimError
from sim.field.comparison import hold_fact, place
from sim.field.facts_file import read_facts
from sim.field.field_view import rows_of_log
from sim.field.package_range import package_range
from sim.field.signs import AGAINST, HOLDS, OPEN, difference_of_ratios, sign_of
from sim.field.statistics import (
    BY_NAME,
    STATISTICS,
    find_statistic,
    statistics_by_world,
    tables_needed,
)
from sim.field.world_ratio import WorldRatio
from sim.measure.drawn_population import draw_population
from sim.measure.metrics import view_of
from sim.rows import one_row, stack_rows
from sim.scenario.load import load
from sim.scenario.parameters.parameter_row import parameter_row
from sim.words import Event

RATIO = WorldRatio(np.array([1.0, 4.0, 2.0, 5.0]), np.array([4.0, 8.0, 6.0, 7.0]))


def test_a_value_is_a_ratio_of_sums_with_the_error_of_the_delta_method():
    assert RATIO.value == 12.0 / 25.0
    rest = RATIO.top - 0.48 * RATIO.bottom
    error = math.sqrt(4 / 3 * (rest**2).sum()) / 25.0
    assert RATIO.error == pytest.approx(error)
    reach = stats.t.ppf(0.95, 3) * error
    assert RATIO.interval() == pytest.approx((0.48 - reach, 0.48 + reach))


def test_with_equal_denominators_it_is_the_interval_of_a_mean():
    values = np.array([0.2, 0.5, 0.4])
    found = WorldRatio(values, np.ones(3))
    expected = stats.t.interval(0.9, 2, values.mean(), stats.sem(values))
    assert found.interval() == pytest.approx(expected)
    wrong = WorldRatio(np.repeat(values, 4), np.ones(12)).interval()
    assert wrong[1] - wrong[0] < 0.5 * (expected[1] - expected[0])  # months taken for worlds


def test_points_are_parts_of_the_worlds():
    assert RATIO.part(slice(2, 4)).value == 7.0 / 13.0


def test_intervals_cover_nine_times_in_ten():
    rng = np.random.default_rng(3)
    bottom = rng.integers(5, 40, (400, 60)).astype(float)
    top = rng.binomial(bottom.astype(int), 0.3)
    inside = 0
    for up, down in zip(top.astype(float), bottom, strict=True):
        low, high = WorldRatio(up, down).interval()
        inside += low <= 0.3 <= high
    assert 0.9 - 3 * 0.015 < inside / 400 < 0.9 + 3 * 0.015


def test_a_count_of_none_or_all_still_has_an_interval():
    nothing, time = np.zeros(20), np.full(20, 5.0)
    low, high = BY_NAME["impasse_rate"].interval(WorldRatio(nothing, time))
    assert low == 0.0 and 0.08 < high < 0.13
    low, high = BY_NAME["impasse_rate"].interval(WorldRatio(time, time))
    assert high == 1.0 and 0.87 < low < 0.92
    low, high = BY_NAME["termination_rate"].interval(WorldRatio(nothing, time))
    assert (low, high) == (0.0, pytest.approx(-math.log(0.05) / 100.0))
    assert math.isnan(BY_NAME["impasse_rate"].interval(WorldRatio(nothing, nothing))[0])


def test_columns_of_periods_and_ties(view):
    found = view()
    periods, ties = found.tables.periods, found.tables.ties
    periods["talks"], periods["impasses"] = [2, 2, 0, 0, 1, 3], [1, 0, 0, 0, 1, 1]
    periods["active"], periods["switches"] = 1, [0, 1, 0, 0, 0, 0]
    ties["talks"], ties["impasses"], ties["first_best"] = [4, 0, 4], [1, 0, 2], [10.0, 5.0, -1.0]
    ties["spells"], ties["running"], ties["months"] = [2, 1, 1], [1, 1, 1], [12, 6, 6]
    values = {
        "impasse_rate": 3 / 8, "impasse_with_gains": 1 / 4, "impasse_despite_gains": 1 / 8,
        "gains_lost_at_the_table": 1 / 4, "switch_rate": 1 / 0.5, "tie_end_rate": 1 / 2,
    }  # fmt: skip
    got = statistics_by_world(found, values)
    assert {name: ratio.value for name, ratio in got.items()} == pytest.approx(values)
    assert got["impasse_rate"].top.tolist() == [1.0, 0.0, 2.0]


def test_events_count_in_their_world_after_the_burn_in(view):
    signed = {"kind": int(Event.SIGNED), "amount": 10.0, "second": 24.0, "third": 1.0}
    events = [
        signed | {"world": 0, "period": 0},
        signed | {"world": 0, "period": 1, "second": 12.0, "third": 4.0},
        signed | {"world": 2, "period": 1, "second": 36.0},
    ]
    found = view(events)
    found.tables.periods["signed"], found.tables.periods["talks"] = (
        [1, 1, 0, 0, 0, 1],
        [1, 1, 1, 1, 1, 1],
    )
    got = statistics_by_world(found, ["contract_term", "first_offer_accepted"])
    assert got["contract_term"].top.tolist() == [3.0, 0.0, 3.0]
    assert got["first_offer_accepted"].value == 2 / 6
    later = statistics_by_world(view(events, burn_in=1), ["contract_term"])["contract_term"]
    assert later.top.tolist() == [1.0, 0.0, 3.0]


def test_logs_of_several_points_fall_to_their_worlds():
    log = np.zeros(5, [("world", "i8"), ("period", "i4")])
    log["world"], log["period"] = [0, 0, 1, 0, 1], [0, 1, 0, 0, 3]
    assert rows_of_log(log, np.array([0, 1, 0, 1])).tolist() == [0, 0, 1, 2, 3]
    assert rows_of_log(log, np.array([0, 1, 2, 0, 1])).tolist() == [0, 0, 1, 3, 4]
    with pytest.raises(SimError, match="not there"):
        rows_of_log(log, np.array([0, 1]))


def test_without_rows_of_parameters_some_have_no_value(view):
    names = ("value_created", "penalty_clause_share")
    assert all(math.isnan(found.value) for found in statistics_by_world(view(), names).values())


def test_value_created_runs_from_a_random_package_to_the_best(view):
    row = parameter_row(load("one_tie").regime("adversarial"))
    best = package_range(row)
    for misfit, created in ((0.0, 1.0), (best, 0.5), (0.5 * best, 0.75)):
        found = view()
        found.tables.periods["active"], found.tables.periods["misfit"] = 1, misfit
        got = statistics_by_world(found, ["value_created"], one_row(row))["value_created"]
        assert got.value == pytest.approx(created)


def test_clauses_are_read_from_the_terms_accepted(view):
    regime = load("it_outsourcing").regime("adversarial")
    row = parameter_row(regime)
    names = [issue.name for issue in regime.scenario.issues]
    penalty = f"level_{names.index('penalty clause')}"
    offers = [
        {"world": 0, "accepted": 1, penalty: 2},
        {"world": 0, "accepted": 0, penalty: 2},
        {"world": 1, "accepted": 1, penalty: 0},
    ]
    got = statistics_by_world(view([], offers), ["penalty_clause_share"], one_row(row))
    assert got["penalty_clause_share"].top.tolist() == [1.0, 0.0, 0.0]
    assert got["penalty_clause_share"].bottom.tolist() == [1.0, 1.0, 0.0]


def test_the_range_of_packages_is_that_of_the_drawn_population(interpreted):
    regime = load("one_tie", {"run.months": 1}).regime("adversarial")
    row = parameter_row(regime)
    drawn = draw_population(regime, 20).terms.ravel()
    mean = sum(
        float((row.average[0, k, : row.count[k]] + row.average[1, k, : row.count[k]]).mean())
        for k in range(row.issues)
        if row.kind[k] in (0, 1)
    )
    expected, error = drawn.mean() - mean, drawn.std(ddof=1) / math.sqrt(len(drawn))
    assert abs(package_range(row) - expected) < 3.0 * error
    assert abs(drawn.mean() - package_range(row)) > 3.0 * error  # against the best package alone


def test_many_points_in_one_pass_are_each_alone():
    names = [statistic.name for statistic in STATISTICS]
    shorter = {"run.months": 14, "negotiation.deadline": 4}
    regimes = [
        load("one_tie", shorter | {"problems.rate": rate}).regime("adversarial")
        for rate in (0.1, 0.5)
    ]
    rows = stack_rows([parameter_row(regime) for regime in regimes])
    which, worlds = np.repeat([0, 1], 3), np.tile(np.arange(3, dtype=np.uint64), 2)

    def run(block: Block) -> dict[str, WorldRatio]:
        tables = run_block(regimes[0], block, 1, tables_needed(names), mark().exists())
        return statistics_by_world(view_of(tables, regimes[0]), names, block.rows[block.which])

    together = run(Block(rows, which, worlds))
    for n in (0, 1):
        alone = run(Block(rows[n : n + 1], which[:3] * 0, worlds[:3]))
        for name in names:
            part = together[name].part(which == n)
            assert np.array_equal(part.top, alone[name].top, equal_nan=True), name
            assert np.array_equal(part.bottom, alone[name].bottom, equal_nan=True), name


def test_an_unknown_statistic_is_one_line():
    with pytest.raises(SimError, match="did you mean 'impasse_rate'"):
        find_statistic("impase_rate")
    assert tables_needed(["impasse_rate", "contract_term"]) == ("periods", "ties", "events")


@pytest.mark.parametrize(
    ("low", "high", "where"),
    [
        (0.2, 0.3, "inside"), (0.1, 0.4, "inside"), (0.0, 0.09, "below"), (0.41, 0.5, "above"),
        (0.05, 0.1, "open"), (0.3, 0.5, "open"), (0.0, 1.0, "open"), (math.nan, math.nan, "nothing"),
    ],
)  # fmt: skip
def test_where_an_interval_lies(low, high, where):
    assert place(low, high, 0.1, 0.4) == where


def test_more_worlds_decide_what_is_open():
    fact = read_facts().by_name["impasse_despite_gains_cars"]
    few = WorldRatio(np.array([1.0, 3.0]), np.array([10.0, 10.0]))
    many = WorldRatio(np.tile([1.0, 3.0], 400), np.full(800, 10.0))
    assert [hold_fact(fact, ratio).where for ratio in (few, many)] == ["open", "inside"]
    assert not hold_fact(fact, few).holds


def test_signs_are_paired_under_common_luck():
    other = WorldRatio(RATIO.top + 1.0, RATIO.bottom)
    value, low, high = difference_of_ratios(other, RATIO)
    assert value == pytest.approx(4 / 25) and low <= value <= high
    assert high - low < RATIO.interval()[1] - RATIO.interval()[0]  # luck in common cancels
    assert sign_of(0.1, 0.2, "more") == HOLDS and sign_of(0.1, 0.2, "less") == AGAINST
    assert sign_of(-0.1, 0.2, "more") == OPEN and sign_of(0.1, 0.2, "same") == AGAINST
