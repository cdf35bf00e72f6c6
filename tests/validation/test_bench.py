"""The bench of known results: everything is in it, it passes, and its controls are refused.

The quick suite runs the checks that take moments; the deep one all of them, with other luck too.
"""

import json

import pytest

from sim.errors import ScenarioError, SimError
from sim.validation import bench
from sim.validation.check import FAMILIES, RUNS, CheckPoint, Effort

BY_ID = {check.id: check for check in bench.CHECKS}
MOMENTS = (
    "T04", "T14", "T15", "T16", "T17", "T18", "T20", "T21", "T28", "T29", "T30", "T31", "T32",
    "T33", "T34", "T37", "T38", "T41",
)  # fmt: skip


def test_all_of_them_are_there_in_order():
    assert [check.id for check in bench.CHECKS] == [f"T{n:02}" for n in range(1, 43)]
    for check in bench.CHECKS:
        assert check.family in FAMILIES and check.runs in RUNS
        assert all((check.claim, check.expected, check.source, check.control))


def say(result):
    wrong = [p for p in result.points if not p.holds] + [p for p in result.control if p.holds]
    return result.trouble or wrong


@pytest.mark.parametrize("name", MOMENTS)
def test_a_check_passes(name):
    result = bench.run_check(BY_ID[name], Effort())
    assert result.passed, say(result)


@pytest.mark.parametrize("name", [n for n in BY_ID if n not in MOMENTS])
@pytest.mark.deep
def test_a_longer_check_passes(name):
    result = bench.run_check(BY_ID[name], Effort())
    assert result.passed, say(result)


@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("name", BY_ID)
@pytest.mark.deep
def test_it_passes_with_other_luck(name, seed):
    result = bench.run_check(BY_ID[name], Effort(False, seed))
    assert result.passed, say(result)


def test_other_luck_draws_other_parameters():
    one, other = (
        {point.what for point in BY_ID["T16"].measure(Effort(False, seed))} for seed in (1, 2)
    )
    assert len(one - other) == 4


def test_checks_are_found_by_number_and_by_family():
    assert [c.id for c in bench.find_checks(("T15", "t02", "t5"))] == ["T02", "T05", "T15"]
    assert [c.id for c in bench.find_checks(("trust",))] == ["T35", "T36", "T37", "T38"]
    assert [c.id for c in bench.find_checks(("risk", "T33"))] == ["T32", "T33", "T34"]
    assert bench.find_checks(None) == bench.CHECKS


@pytest.mark.parametrize(
    ("name", "hint"),
    [("T43", "did you mean 'T4"), ("trad", "did you mean 'trade'"), ("x", "want T01")],
)
def test_an_unknown_name_is_refused(name, hint):
    with pytest.raises(ScenarioError, match=rf"only = '{name}': want T01 to T42") as error:
        bench.find_checks(("T01", name))
    assert hint in str(error.value) and "\n" not in str(error.value)


def test_everything_goes_into_json():
    effort = Effort()
    results = [bench.run_check(BY_ID[name], effort) for name in ("T15", "T41")]
    data = json.loads(json.dumps(bench.results_as_data(results, effort)))
    assert data["passed"] is True and data["seed"] == 1
    (first, _) = data["checks"]
    assert first["source"] == "Rubinstein 1982" and first["control_refused"] is True
    point = first["points"][0]
    assert point["measured"] == pytest.approx(point["expected"]) and point["holds"] is True


def failing(measured):
    """Return a check that measures something other than it should, with its control unchanged."""
    check = BY_ID["T15"]
    return type(check)(
        **{**vars(check), "measure": lambda effort: [CheckPoint("x", 1.0, measured, 0.1)]}
    )


def test_a_wrong_number_and_no_number_fail():
    for measured in (2.0, float("nan")):
        results = [bench.run_check(failing(measured), Effort())]
        assert not results[0].passed and results[0].refused
        data = bench.results_as_data(results, Effort())
        assert data["passed"] is False
        json.dumps(data, allow_nan=False)


@pytest.mark.parametrize(
    "error", [ModuleNotFoundError("no nowhere", name="nowhere"), SimError("nowhere: want here")]
)
def test_what_cannot_be_run_is_trouble_and_not_the_end(error):
    def nowhere(effort):
        raise error

    check = BY_ID["T15"]
    lame = type(check)(**{**vars(check), "measure": nowhere})
    first, second = bench.run_checks([lame, check], Effort())
    assert not first.passed and "nowhere" in first.trouble
    assert second.passed
    json.dumps(bench.results_as_data([first], Effort()), allow_nan=False)
