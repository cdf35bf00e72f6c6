"""What arrives from a tab is what was offered there, or nothing."""

import pytest

from sim.errors import ScenarioError
from sim.page.levers import Dropdown, sliders
from sim.page.tab_input import (
    LONGEST_TEXT,
    finite_number,
    offered_word,
    shortened,
    typed_text,
    whole_number_within,
)
from sim.scenario.load import load

WORDS = ("boulware", "linear")
ODD = (None, True, [], {}, ["linear"], {"linear": 1.0}, "x.py:Y", "Linear", " linear", b"linear", 0)


@pytest.mark.parametrize("value", ODD)
def test_a_word_that_was_not_offered_is_none(value):
    assert offered_word(value, WORDS) is None


def test_a_word_that_was_offered_is_itself():
    assert [offered_word(word, WORDS) for word in WORDS] == list(WORDS)
    assert offered_word("x", ()) is None


@pytest.mark.parametrize(
    "value", [None, True, False, "1", float("nan"), float("inf"), -float("inf"), 10**400, [1], {}]
)
def test_no_number_is_none(value):
    assert finite_number(value) is None and whole_number_within(value, 0, 10) is None


def test_numbers_are_themselves_within_bounds():
    assert finite_number(0.5) == 0.5 and finite_number(-3) == -3
    assert [whole_number_within(n, 0, 3) for n in (-1, 0, 2, 2.0, 2.5, 3, 4, 1e308)] == [
        None, 0, 2, 2, None, 3, None, None,
    ]  # fmt: skip
    assert isinstance(whole_number_within(2.0, 0, 3), int)
    assert whole_number_within(0, 0, -1) is None, "where nothing is offered"


def test_text_is_kept_short():
    assert typed_text("x" * 10**6) == "x" * LONGEST_TEXT and typed_text("0,5") == "0,5"
    assert [typed_text(value) for value in (None, 5, ["x"], {"x": 1})] == [""] * 4
    assert len(shortened("9" * LONGEST_TEXT)) == 31 and shortened("nan") == "nan"


@pytest.fixture(scope="module")
def lever():
    (found,) = (one for one in sliders(load("one_tie").scenario) if one.key == "problems.rate")
    return found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0,25", 0.25),
        (" 0.25 ", 0.25),
        ("−1", -1.0),
        ("0,125", 0.125),
        (",5", 0.5),
        ("1e-3", 0.001),
    ],
)
def test_numbers_are_typed_in_many_ways(lever, text, number):
    assert lever.parse(text) == number


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "1e400", "9" * 5_000, "", "much", "1,2,3", "1.000,5", "x.py:Y"]
)
def test_what_is_no_number_is_refused_in_one_line(lever, text):
    with pytest.raises(ScenarioError) as refusal:
        lever.parse(text)
    said = str(refusal.value)
    assert said.startswith("page: problems.rate = '") and "want a number" in said
    assert "\n" not in said and len(said) < 160


def test_a_comma_before_three_figures_is_asked_about(lever):
    with pytest.raises(ScenarioError, match=r"'1,000': want 1000 or 1\.000$"):
        lever.parse("1,000")


def test_a_slider_takes_any_number(lever):
    assert (lever.nearest_position(1e308), lever.nearest_position(-1e308)) == (
        lever.high,
        lever.low,
    )


PATH = "x.py:Y"


@pytest.fixture
def watch():
    pytest.importorskip("solara", reason="needs the `view` extra")
    from sim.page.regime_pair import RegimePair
    from sim.page.visitor import Visitor

    one = Visitor()
    one.frame.set(RegimePair(one.choice.peek()).frame)
    return one


def test_nothing_that_was_not_offered_changes_what_is_watched(watch):
    before = watch.choice.peek()
    names = ("adversarial", "mediated")
    pick = Dropdown("buyers.strategy", "", "boulware", WORDS, "")
    for value in (*ODD, PATH, -1, 10**400, "x" * 10**6):
        watch.pick_scenario(value)
        watch.set_regime(0, value, names)
        watch.set_regime(1, value, names)
        watch.choose_word(pick, value)
        if value != 0 or isinstance(value, bool):
            watch.follow_tie(value)
            watch.show_screen(value)
        watch.set_speed(value)
    for text in (PATH, "-1", "1.5", "nan", "9" * 200):
        assert watch.set_luck("seed", text).startswith("seed = ")
        assert watch.set_luck("world", text).startswith("world = ")
    for one in sliders(load(before.scenario).scenario):
        for text in (PATH, "nan", "1e400"):
            assert watch.enter_number(one, text).startswith(f"{one.key} = ")
        watch.move_slider(one, PATH)
        watch.move_slider(one, float("nan"))
    assert watch.choice.peek() == before
    assert (watch.tab.peek(), watch.speed.peek()) == (0, 6)


def test_what_was_offered_does(watch):
    watch.set_regime(1, "partnership", ("adversarial", "partnership"))
    watch.choose_word(Dropdown("buyers.strategy", "", "boulware", WORDS, ""), "linear")
    watch.follow_tie(len(watch.frame.peek().tie_names) - 1)
    watch.set_speed(60)
    assert watch.set_luck("seed", " 7 ") == watch.set_luck("world", "3") == ""
    choice = watch.choice.peek()
    assert choice.regimes == ("adversarial", "partnership")
    assert choice.overrides == (("buyers.strategy", "linear"),)
    assert (choice.seed, choice.world, choice.tie) == (
        "7",
        "3",
        len(watch.frame.peek().tie_names) - 1,
    )
    assert (watch.tab.peek(), watch.speed.peek()) == (2, 60)
    assert watch.set_luck("seed", "") == watch.set_luck("world", "") == ""
    assert (watch.choice.peek().seed, watch.choice.peek().world) == ("", "0")


def test_a_path_of_the_scenario_itself_is_only_left_as_it_is(watch):
    """A scenario that was opened with a custom strategy may return to it, and to no other."""
    pick = Dropdown("buyers.strategy", "", PATH, (PATH, *WORDS), "")
    watch.choose_word(pick, "linear")
    watch.choose_word(pick, "y.py:Y")
    assert watch.choice.peek().overrides == (("buyers.strategy", "linear"),)
    watch.choose_word(pick, PATH)
    assert watch.choice.peek().overrides == ()
