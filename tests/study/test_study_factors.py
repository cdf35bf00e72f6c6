"""What varies: what `--vary` and a [[factors]] table mean, and the messages about those that mean nothing."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_study import ask

from sim.errors import ScenarioError
from sim.study.design.designs import split_regimes
from sim.study.design.factors import Factor, build_factor, parse_vary, split_factors
from sim.study.results.computed_columns import label_columns

COUNT = "the third part is how many values, not a step"


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
    found = parse_vary(text)
    assert found.key == text.partition("=")[0]
    assert found.values == values
    assert [type(v) for v in found.values] == [type(v) for v in values]
    assert not found.is_range


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mediator.bias", "vary: mediator.bias: want key=from:to:number or key=one,two,three"),
        ("a=", "vary: a=: want key=from:to:number or key=one,two,three"),
        ("a=0:1", "vary: a = 0:1: not a range; want key=from:to:number or key=one,two,three"),
        ("a=0:1:x", "vary: a = 0:1:x: not a range; want key=from:to:number or key=one,two,three"),
        ("a=0:1:1", "vary: a = 0:1:1: want at least 2 values from one end to the other"),
        ("a=0:1:0", "vary: a = 0:1:0: want at least 2 values from one end to the other"),
        ("a=0:1:-3", "vary: a = 0:1:-3: want at least 2 values from one end to the other"),
        ("a=1:0:3", "vary: a = 1:0:3: the range runs backwards; want 0:1:3"),
        ("a=0:1:0.1", f"vary: a = 0:1:0.1: {COUNT}; for steps of 0.1 write 0:1:11"),
        ("a=0:1:0.3", f"vary: a = 0:1:0.3: {COUNT}; want from:to:number, as in 0:1:11"),
        ("a=1:0:-0.5", f"vary: a = 1:0:-0.5: {COUNT}; for steps of 0.5 write 0:1:3"),
        ("a=1:1:3", "vary: a = 1:1:3: both ends are the same; want 1:1:1"),
        ("a=0:1:1_000_000", "vary: a = 0:1:1_000_000: not a range"),
        ("a=0:1:1000000", "vary: a = 0:1:1000000: want at most 100000 values"),
        ("a=1,,2", "vary: a = 1,,2: an empty value between commas; want key=from:to:number or"),
        ("a=x,x", 'vary: a = x,x: "x" is given twice'),
    ],
)
def test_what_is_wrong_is_reported_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_vary(text)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_a_sampled_design_takes_ranges() -> None:
    found = parse_vary("mediator.competence=0.2:1", ranges=True)
    assert (found.low, found.high, found.values, found.is_range) == (0.2, 1, (), True)
    with pytest.raises(ScenarioError, match=r"1 to 0: the range runs backwards or is empty; want"):
        parse_vary("mediator.competence=1:0", ranges=True)


U = (0.0, 0.2, 0.5, 0.99, 1.0)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("mediator.competence=0.5:1", (0.5, 0.6, 0.75, 0.995, 1.0)),
        ("run.months=10:13", (10, 10, 12, 13, 13)),
        ("negotiation.level=truthful,level_1", ("truthful", "truthful", *["level_1"] * 3)),
        ("run.months=6,12,24", (6, 6, 12, 24, 24)),
    ],
)
def test_a_number_from_0_to_1_is_a_value(text: str, values: tuple[object, ...]) -> None:
    """Whole-number keys stay whole, values have equal shares, both ends are reached and never exceeded."""
    found = parse_vary(text, ranges=True)
    made = [found.at(u) for u in U]
    assert made == pytest.approx(values) if found.is_range else made == list(values)
    assert [type(v) for v in made] == [type(v) for v in values]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "want values = [ … ], or low and high"),
        ({"low": 0.0}, "want values = [ … ], or low and high"),
        ({"values": [1], "low": 0.0}, "want values, or low and high, not both"),
        ({"values": [1], "number": 3}, "want values, or low and high, not both"),
        ({"values": []}, "a = []: want at least one value"),
        ({"values": [1, 2, 1]}, "a = [1, 2, 1]: 1 is given twice"),
        ({"low": 2.0, "high": 1.5}, "a = 2.0 to 1.5: the range runs backwards or is empty"),
        ({"low": 1, "high": 1}, "a = 1 to 1: the range runs backwards or is empty"),
        ({"low": 3, "high": 1, "number": 3}, "a = 3 to 1: the range runs backwards; want 1:3:3"),
    ],
)
def test_what_is_wrong_with_a_table_is_reported_in_one_line(
    table: dict[str, Any], said: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        build_factor({"key": "a", **table}, "here:7")
    assert str(caught.value).startswith("here:7: a")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_factor_comes_back_from_its_table() -> None:
    for made in (Factor("a", (1, "x")), Factor("a", (), 0, 2.5, "name", "unit")):
        assert build_factor(made.data(), made.where) == made
    spaced = build_factor({"key": "a", "low": 0, "high": 1, "number": 3}, "here")
    assert spaced.values == (0, 0.5, 1)


def test_several_factors_stand_in_one_text() -> None:
    assert split_factors("a=0:1,b=x,y,c.d=[1, 2],{ e = 3 }") == [
        "a=0:1", "b=x,y", "c.d=[1, 2],{ e = 3 }",
    ]  # fmt: skip


def test_regimes_are_named_in_one_place() -> None:
    factors = [Factor("a", (1,)), Factor("regime", ("adversarial", "mediated"))]
    assert split_regimes(factors, None) == ([factors[0]], ["adversarial", "mediated"])
    assert split_regimes(factors[:1], ["planner"]) == ([factors[0]], ["planner"])
    with pytest.raises(ScenarioError, match="regimes are given twice"):
        split_regimes(factors, ["planner"])


def test_regimes_may_be_said_as_a_factor() -> None:
    study = ask(("mediator.competence=0,1", "regime=mediated,adversarial"), regimes=None)
    assert study.regimes == ("mediated", "adversarial")
    assert [f.key for f in study.factors] == ["mediator.competence"]
    assert len(study.points) == 2


def test_factors_become_typed_columns_with_the_unit_of_their_key() -> None:
    study = ask(
        (
            "mediator.competence=0:1:2", "run.months=5,6", 'mediator.functions=[],["broker"]',
            "issues.scope.worth_spread=0,0.5",
        )
    )  # fmt: skip
    columns = label_columns(study)
    assert [c.dtype for c in columns] == ["f8", "i8", "str", "f8"]
    assert columns[1].unit == "months"
    assert study.points[-1].labels == (1.0, 6, '["broker"]', 0.5)
    assert [len(study.points), study.points[0].work, study.points[-1].work] == [16, 5, 6]


# --- keys -------------------------------------------------------------------------------------


def lines(vary: tuple[str, ...], **more: Any) -> list[str]:
    """Return the message about a study that cannot be run."""
    with pytest.raises(ScenarioError) as caught:
        ask(vary, **more)
    return str(caught.value).splitlines()


LATIN = {"design": "latin_hypercube", "points": 2}


@pytest.mark.parametrize(
    ("vary", "more", "said"),
    [
        ("mediator.competance=0:1:3", {}, "did you mean 'competence'?"),
        ("mediator.competance=0:1", LATIN, "did you mean 'competence'?"),
        ("run.months=6:7:3", {}, "run.months = 6.5: want a whole number"),
        ("run.months=6.5:9", LATIN, "run.months = 6.5: want a whole number"),
        ("negotiation.level=0:1", LATIN, "want one of truthful"),
        ("negotiation.level=truthful,levle_1", {}, "did you mean 'level_1'?"),
        ("mediator.competence=0:2:3", {}, "mediator.competence = 2: want a number from 0 to 1"),
        ("mediator.competence=0,high", {}, 'mediator.competence = "high": want a number from 0'),
        ("mediator.competence=-0.001:1", LATIN, "competence = -0.001: want a number from 0 to 1"),
        ("mediator.competence=0:1.001", LATIN, "competence = 1.001: want a number from 0 to 1"),
        ("run.seed=1,2", {}, "worlds and seed are the same at every point; want `seed`"),
        ("run.worlds=1:2", LATIN, "worlds and seed are the same at every point; want `worlds`"),
    ],
)
def test_a_wrong_key_or_value_is_one_line(vary: str, more: dict[str, Any], said: str) -> None:
    found = lines((vary,), **more)
    assert len({line.partition(": want")[2] for line in found}) == 1
    assert all(line.startswith("vary: ") for line in found)
    assert sum(said in line for line in found) == 1, found


def test_a_range_that_no_sampled_point_leaves_is_refused_at_its_ends() -> None:
    """Two points of a range of width 1.001 need not come above 1; within the range all is well."""
    assert len(ask(("mediator.competence=0:1",), **LATIN).points) == 2
    assert len(lines(("mediator.competence=0:1.000001",), **LATIN)) == 1


def test_ends_that_only_the_other_factor_makes_possible_are_no_problem() -> None:
    """Ten candidates want ten vendors, which every point of this study has."""
    vary = ("market.candidates=1:10", "market.vendors=10:12")
    study = ask(vary, design="latin_hypercube", points=8)
    assert {p.labels[1] for p in study.points} <= {10, 11, 12}
    assert any("candidates" in line for line in lines(vary[:1], design="sobol", points=8))


def test_every_wrong_key_has_a_line_of_its_own() -> None:
    found = lines(("mediator.competance=0,1", "buyers.blaem=0,1"))
    assert len(found) == 2
    assert sum("'competence'" in line for line in found) == 1
    assert sum("'blame'" in line for line in found) == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"worlds": 0}, "worlds: worlds = 0: want a whole number from 1 to 1000000"),
        ({"seed": -1}, "seed: seed = -1: want a whole number from 0"),
        ({"outcomes": ("surplas",)}, "did you mean 'surplus'?"),
        ({"regimes": ("mediatd",)}, "did you mean 'mediated'?"),
        ({"design": "factoral"}, "did you mean 'factorial'?"),
        ({"source": "one_tei"}, "did you mean 'one_tie'?"),
        ({"overrides": {"buyers.blaem": 1}}, "did you mean 'blame'?"),
        ({"stop": {"outcome": "surplus", "width": 0.0}}, "want a number above 0"),
        ({"stop": {"outcome": "surplus", "width": 1.0, "at_most": 20}}, "want at least the 30"),
        ({"vary": ("a=1", "regime=mediated")}, "regimes are given twice"),
    ],
)
def test_anything_else_that_is_wrong_is_one_line_too(more: dict[str, Any], said: str) -> None:
    found = lines(more.pop("vary", ("mediator.competence=0,1",)), **more)
    assert len(found) == 1
    assert said in found[0]
