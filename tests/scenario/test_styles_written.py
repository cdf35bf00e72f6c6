"""Styles in a scenario: unknown ones, and those that could never act."""

import pytest

from sim.errors import ScenarioError, SimError
from sim.mediation.styles.style_catalogue import CATALOGUE, NAMES, parse_style
from sim.scenario.load import from_resolved, load

FORMS = [
    "singel_text", "drafter + singel_text", ["drafter", "singel_text"], {"drafter": 1, "singel_text": 2}
]  # fmt: skip


@pytest.mark.parametrize("style", FORMS, ids=str)
def test_an_unknown_style_is_told_once_with_the_nearest(style):
    with pytest.raises(ScenarioError) as error:
        load("one_tie", {"mediator.style": style})
    line = str(error.value)
    assert line.count(", ".join(NAMES)) == 1 and line.endswith("did you mean 'single_text'?")


@pytest.mark.parametrize(
    ("style", "key"),
    [("proposal", "style"), (["proposal"], "style.0"), ({"proposal": 1}, "style.proposal")],
)
def test_a_style_without_its_function_is_refused(style, key):
    with pytest.raises(ScenarioError) as error:
        load("one_tie", {"mediator.style": style, "mediator.functions": ["warn"]})
    (problem,) = error.value.problems
    assert problem.key == f"mediator.{key}"
    want = "acts after an impasse, which needs function broker; want it in mediator.functions"
    assert problem.wanted == want


def test_a_regime_is_held_to_it_too(tmp_path):
    path = tmp_path / "s.toml"
    text = 'extends = "one_tie"\n[mediator]\nstyle = "proposal"\n[regimes.less]\nextends = "mediated"\n'
    less = text + 'mediator.functions = ["warn"]\n'
    path.write_text(less + 'mediator.style = "proposal"\n')
    with pytest.raises(ScenarioError, match="which needs function broker"):
        load(path)
    path.write_text(less)  # a regime that removes functions leaves a style silent on purpose
    load(path)


def test_the_default_no_mediator_and_what_is_derived_are_left_alone():
    load("one_tie", {"mediator.functions": ["warn"]})
    load("one_tie", {"mediator.functions": [], "mediator.style": "proposal"})
    made = load("one_tie", {"mediator.style": "proposal", "mediator.functions": ["broker", "warn"]})
    load(made.scenario, {"mediator.functions": ["warn"]})
    from_resolved(made.resolved(), "kept", {"mediator.functions": ["warn"]})


COUNTS = ("failures", "issues", "tries", "money", "steps")


def message_about(style):
    with pytest.raises(ScenarioError) as error:
        load("one_tie", {"mediator.style": style})
    return str(error.value)


def test_what_counts_something_is_whole_and_the_rest_is_not():
    whole = [s.name for entry in CATALOGUE for s in entry.settings if s.whole]
    assert tuple(whole) == COUNTS
    for entry in CATALOGUE:
        for s in entry.settings:
            text = f"{entry.name}:{s.name}={s.low + 0.5:g}"
            if s.whole:
                with pytest.raises(SimError, match=f"want a whole number from {s.low:g} to"):
                    parse_style(text)
            else:
                parse_style(text)  # the negative control: a share may be a fraction


def forms(style):
    return [style, f"proposal + {style}", ["proposal", style], {"proposal": 1, style: 2}]


@pytest.mark.parametrize(
    ("setting", "near"),
    [
        ("failures=1.5", "2"), ("issues=1.5", "2"), ("tries=2.4", "2"), ("money=0.5", "1"),
        ("failures=61", "60"), ("failures=-3", "1"), ("failures=1e300", "60"), ("failures=nan", ""),
        ("failures=inf", ""), ("failures=true", ""), ("failures=many", ""), ("failures=", ""),
    ],
)  # fmt: skip
def test_a_count_that_is_none_is_refused_in_one_line_wherever_it_stands(setting, near):
    key, _, value = setting.partition("=")
    for style in forms(f"single_text:{setting}"):
        line = message_about(style)
        assert line.startswith("overrides: mediator.style") and "\n" not in line
        assert f"{key} = {value!r}: want a whole number from " in line
        assert line.endswith(f"; did you mean '{near}'?" if near else line[-12:])
        assert ("did you mean" in line) == bool(near)


def test_a_setting_is_given_once():
    assert "failures is already set" in message_about("single_text:failures=3,failures=4")


def test_a_share_out_of_range_has_its_nearest():
    assert message_about("drafter:announce=1.2").endswith("did you mean '1'?")


@pytest.mark.parametrize("name", NAMES)
def test_a_style_stands_once_in_a_list(name):
    want = f"{name!r} a second time: want "
    for style in (f"{name} + {name}", [name, name], {f"{name} + {name}": 1, "shuttle": 1}):
        assert want in message_about(style)


def test_the_same_settings_are_the_same_style_however_they_are_written():
    assert "'single_text' a second time" in message_about(
        ["single_text:failures=4.0", "single_text"]
    )


def test_other_settings_make_another_round_but_not_of_the_drafter():
    load("one_tie", {"mediator.style": ["strategic_choice:value=0", "strategic_choice:value=1"]})
    load("one_tie", {"mediator.style": {"proposal": 1, "proposal + shuttle": 1}})
    line = message_about(["drafter", "drafter:announce=0.5"])
    assert line.endswith("'drafter' a second time: want it once in a list, whatever its settings")


def test_limits_are_told_with_how_many_there_are():
    long = [f"single_text:failures={n}" for n in range(1, 8)]
    load("one_tie", {"mediator.style": long[:6]})
    assert message_about(long).endswith("want at most 6 styles in one list, not 7")
    assert "not 7" in message_about({" + ".join(long): 1, "drafter": 1})
    many = dict.fromkeys((*long, "drafter", "proposal"), 1)
    load("one_tie", {"mediator.style": dict(list(many.items())[:8])})
    assert message_about(many).endswith("want at most 8 lists in one mixture, not 9")


def test_an_unknown_style_is_told_the_forms_and_the_limits():
    line = message_about("singel_text")
    names = ", ".join(NAMES)
    want = (
        f"want one of {names}; or a list of at most 6 of them in order, each once or with other "
        "settings; or a table of at most 8 such lists with weights; did you mean 'single_text'?"
    )
    assert line.endswith(want)
