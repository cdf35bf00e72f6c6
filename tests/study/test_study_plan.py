"""What `--vary` means, and that every point is checked before anything runs."""

from __future__ import annotations

import pytest

from sim.errors import ScenarioError
from sim.scenario.load import load
from sim.study.columns import factor_columns, factor_values
from sim.study.plan import Factor, grid, parse_vary, points, split_regimes


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a.b=0:1:11", (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)),
        ("a.b=1:1.3:4", (1, 1.1, 1.2, 1.3)),
        ("a.b=10:30:3", (10, 20, 30)),
        ("a.b=-1:1:3", (-1, 0, 1)),
        ("a.b=1e3:2_000:2", (1000, 2000)),
        ("a.b=0.5:0.5:1", (0.5,)),
        ("a.b=truthful, equilibrium", ("truthful", "equilibrium")),
        ("a.b=1,2.5,true,x", (1, 2.5, True, "x")),
        ('a.b=["broker"],["broker", "align"],[]', (["broker"], ["broker", "align"], [])),
        ('a.b="x,y",z', ("x,y", "z")),
        ("a.b={ buyer = 1, vendor = 0 },0.5", ({"buyer": 1, "vendor": 0}, 0.5)),
        ("regime=adversarial,mediated", ("adversarial", "mediated")),
    ],
)
def test_what_vary_means(text: str, values: tuple[object, ...]) -> None:
    factor = parse_vary(text)
    assert factor.key == text.partition("=")[0]
    assert factor.values == values
    assert [type(v) for v in factor.values] == [type(v) for v in values]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mediator.bias", "--vary: mediator.bias: want key=from:to:number or key=one,two,three"),
        ("a=", "--vary: a=: want key=from:to:number or key=one,two,three"),
        ("a=0:1", "--vary: a = 0:1: not a range; want key=from:to:number or key=one,two,three"),
        ("a=0:1:x", "--vary: a = 0:1:x: not a range; want key=from:to:number or key=one,two,three"),
        ("a=0:1:1", "--vary: a = 0:1:1: want at least 2 values from one end to the other"),
        ("a=0:1:0", "--vary: a = 0:1:0: want at least 2 values from one end to the other"),
        ("a=0:1:-3", "--vary: a = 0:1:-3: want at least 2 values from one end to the other"),
        ("a=1:0:3", "--vary: a = 1:0:3: the range runs backwards; want 0:1:3"),
        ("a=1:1:3", "--vary: a = 1:1:3: both ends are the same; want 1:1:1"),
        ("a=1,,2", "--vary: a = 1,,2: an empty value between commas; want key=from:to:number or"),
        ("a=x,x", '--vary: a = x,x: "x" is there twice'),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_vary(text)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_the_grid_is_full_and_its_order_stable() -> None:
    made = grid([Factor("a", (1, 2)), Factor("b", ("x", "y", "z"))])
    assert made == [{"a": a, "b": b} for a in (1, 2) for b in "xyz"]


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ([], "nothing is varied"),
        ([Factor("a", ())], "nothing is varied"),
        ([Factor("a", (1,)), Factor("a", (2,))], "a: varied twice"),
        ([Factor("a", tuple(range(1000))), Factor("b", tuple(range(1000)))], "1000000 points"),
    ],
)
def test_a_grid_that_cannot_be_is_one_line(factors: list[Factor], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        grid(factors)


def test_every_point_is_checked_and_every_problem_said_once() -> None:
    factors = [parse_vary("mediator.competance=0:1:3"), parse_vary("run.months=6:7:3")]
    with pytest.raises(ScenarioError) as caught:
        points(load("one_tie"), factors)
    lines = str(caught.value).splitlines()
    assert len(lines) == 4  # three values of the unknown key, one month that is not whole
    assert all(line.startswith("--vary: ") for line in lines)
    assert sum("did you mean 'competence'?" in line for line in lines) == 3
    assert sum("run.months = 6.5: want a whole number" in line for line in lines) == 1


@pytest.mark.parametrize("key", ["run.seed", "run.worlds"])
def test_replicates_are_no_factor(key: str) -> None:
    with pytest.raises(ScenarioError, match=rf"want --{key.removeprefix('run.')}$"):
        points(load("one_tie"), [Factor(key, (1, 2))])


def test_regimes_are_named_in_one_place() -> None:
    factors = [Factor("a", (1,)), Factor("regime", ("adversarial", "mediated"))]
    assert split_regimes(factors, None) == ([factors[0]], ["adversarial", "mediated"])
    assert split_regimes(factors[:1], ["planner"]) == ([factors[0]], ["planner"])
    with pytest.raises(ScenarioError, match="regimes are given twice"):
        split_regimes(factors, ["planner"])


def test_factors_become_typed_columns_with_the_unit_of_their_key() -> None:
    factors = [
        parse_vary("mediator.competence=0:1:2"),
        parse_vary("run.months=5,6"),
        parse_vary('mediator.functions=[],["broker"]'),
        parse_vary("issues.scope.worth_spread=0,0.5"),
    ]
    made = points(load("one_tie"), factors)
    columns = factor_columns(factors, made)
    assert [c.dtype for c in columns] == ["f8", "i8", "str", "f8"]
    assert columns[1].unit == "months"
    assert factor_values(made[-1], columns) == {
        "mediator.competence": 1.0,
        "run.months": 6,
        "mediator.functions": '["broker"]',
        "issues.scope.worth_spread": 0.5,
    }
