import pytest
from worlds import RICH, SMALL

from sim.scenario.load import load, parse_override, parse_overrides


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b=1", 1),
        ("a.b = 1.5", 1.5),
        ("a.b=true", True),
        ("a.b=[1, 2]", [1, 2]),
        ("a.b={ linear = 1 }", {"linear": 1}),
        ("a.b='x'", "x"),
        ("a.b=level_1", "level_1"),
        ("a.b=x=y", "x=y"),
        ("a.b=", ""),
        ("a.b=1\nc=2", "1\nc=2"),
        ("a.b=" + "[" * 5000, "[" * 5000),
    ],
)
def test_parse_override(text, value):
    assert parse_override(text) == ("a.b", value)


def test_set_without_a_key_or_value(complaints):
    assert complaints(parse_overrides, ["run.months=3", "run.months", "=3"]) == [
        'overrides 2: override = "run.months": want key.path=value, as in "run.months=24"',
        'overrides 3: override = "=3": want key.path=value, as in "run.months=24"',
    ]


def test_the_later_set_wins_and_has_its_own_place(complaints):
    sets = parse_overrides(["run.months=3", "run.seed=2", "run.months=0"])
    assert complaints(load, "one_tie", sets) == [
        "overrides 3: run.months = 0: want a whole number from 1 to 12_000 (months)"
    ]


def test_overrides_come_last(write):
    source = write(RICH)
    scenario = load(
        source,
        {
            "mediator.functions": [],
            "run": {"months": 5},
            "issues.0.worth": (0, 7),
            "issues.s.levels.1": 0.75,
            'issues."term".levels': [6],
            "title": "other",
            "regimes.quiet.mediator.bias": -1,
        },
    ).scenario
    assert scenario.mediator.functions == []
    assert (scenario.run.months, scenario.run.seed, scenario.title) == (5, 0, "other")
    assert scenario.issues[0].worth == [0.0, 7.0]
    assert scenario.issues[1].levels == [0.0, 0.75]
    assert scenario.issues[2].levels == [6]
    assert load(source).scenario.run.months == 24


def test_an_override_reaches_the_regimes_that_do_not_say_otherwise(write):
    loaded = load(write(RICH), {"mediator.functions": [], "mediator.bias": 0.5})
    assert loaded.regime("mediated").scenario.mediator.functions == []
    assert loaded.regime("quiet").scenario.mediator.functions == ["warn"]
    assert loaded.regime("quiet").scenario.mediator.bias == 0.5


def test_one_part_of_a_short_form_keeps_the_others(write):
    source = write(SMALL + "competence = 0.9\n[buyers]\nstrategy = 'boulware'")
    scenario = load(
        source,
        {
            "mediator.competence.buyer": 0.2,
            "buyers.strategy.linear": 3,
            "vendors.strategy.hardliner": 1,
        },
    ).scenario
    assert (scenario.mediator.competence.buyer, scenario.mediator.competence.vendor) == (0.2, 0.9)
    assert scenario.buyers.strategy == {"boulware": 1.0, "linear": 3.0}
    assert scenario.vendors.strategy == {"linear": 1.0, "hardliner": 1.0}
    assert load(source, {"buyers.strategy": {"linear": 1}}).scenario.buyers.strategy == {
        "linear": 1
    }


WRONG = {
    "run.month": (3, "overrides: run.month = 3: no such key in [run]; did you mean 'months'?"),
    "rum.months": (
        3,
        "overrides: rum = { months = 3 }: no such key in a scenario; did you mean 'run'?",
    ),
    "run.months.x": (
        3,
        "overrides: run.months = { x = 3 }: want a whole number from 1 to 12_000 (months)",
    ),
    "issues.scoop.worth": (
        [1],
        (
            'overrides: issues.scoop.worth = [1]: no item "scoop" here; want a number from 0 to 0'
            " or one of scope; did you mean 'scope'?"
        ),
    ),
    "issues.7.worth": (
        [1],
        (
            'overrides: issues.7.worth = [1]: no item "7" here; want a number from 0 to 0 or one of'
            " scope"
        ),
    ),
    "issues.scope.worth": (
        [1],
        "overrides: issues.scope.worth = [1]: want one number per level, 2, got 1",
    ),
    "issues.scope.worth.0.x": (
        1,
        (
            "overrides: issues.scope.worth.0 = { x = 1 }: want a number from -1_000_000_000 to"
            " 1_000_000_000"
        ),
    ),
    "run..months": (3, 'overrides: run..months = 3: want a dotted key, as in "run.months"'),
    "": (3, 'overrides:  = 3: want a dotted key, as in "run.months"'),
    "extends": (
        "one_tie",
        (
            'overrides: extends = "one_tie": only a file can extend a scenario; name the other'
            " scenario instead"
        ),
    ),
    "regimes.x.market.needs": (
        3,
        (
            "overrides: regimes.x.market = { needs = 3 }: regimes change institutions, never people"
            " or luck; want only keys of mediator and negotiation"
        ),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_override(name, write, complaints):
    value, line = WRONG[name]
    assert complaints(load, write(SMALL), {name: value}) == [line]


def test_file_and_overrides_are_reported_together(write, complaints):
    source = write(SMALL + "bias = 2")
    assert complaints(load, source, parse_overrides(["issues.x.cost=1", "run.months=none"])) == [
        "w.toml:11: mediator.bias = 2: want a number from -1 to 1 (share)",
        'overrides 2: run.months = "none": want a whole number from 1 to 12_000 (months)',
        'overrides 1: issues.x.cost = 1: no item "x" here; want a number from 0 to 0 or one of scope',
    ]


def test_values_that_contain_themselves(write, complaints):
    circular: list = []
    circular.append(circular)
    assert complaints(load, write(SMALL), {"run.months": circular}) == [
        "overrides: run.months: want a plain value nested at most 16 deep"
    ]
