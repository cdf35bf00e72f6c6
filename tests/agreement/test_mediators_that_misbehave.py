"""Custom mediators that misbehave: acts that the engine would drop, wrap round or wait for end in one line."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from counts import one_in
from said import said
from test_custom_mediators import PROPOSAL, write

from sim.cli.app import main
from sim.engines.batch import simulate
from sim.errors import SimError
from sim.jit import plain
from sim.mediation.rounds.custom_calls import is_act_allowed
from sim.mediation.rounds.custom_mediator import MOMENTS
from sim.mediation.styles.style_catalogue import parse_style
from sim.scenario.load import load
from sim.words import Act, Moment, Question, Topic

ALL = ["broker", "review", "resolve", "warn"]
TALKS = {Moment.BEFORE, Moment.IMPASSE, Moment.SIGNED}


def run(style, months=6, worlds=2, **keys):
    """Run a few worlds interpreted, with a mediator of every function."""
    written = {"run.months": months, "mediator.functions": ALL, "mediator.style": style}
    written |= {"mediator.participation": "always", **keys}
    regime = load("one_tie", written).regime("mediated")
    return simulate(regime, range(worlds), 3, tables=("events",), compiled=False)


def once(moment, act):
    """Return a method that does one act at a moment."""
    return f"def {moment}(self, seen):\n    return {act} if seen.stage == 0 else nothing()"


def refused(own, **keys):
    """Return the one line in which a file is refused, as it is read or as it runs."""
    with pytest.raises(SimError) as error:
        parse_style(own)
        run(own, **keys)
    assert own in str(error.value) and "\n" not in str(error.value)
    return str(error.value)


def test_a_moment_allows_what_is_applied_there_and_nothing_else():
    may = plain(is_act_allowed)
    topics = {Topic.PRIORITIES: set(MOMENTS), Topic.CONDUCT: set(MOMENTS), Topic.POSITION: set()}
    topics |= {Topic.MERITS: {Moment.DISPUTE}, Topic.PROSPECTS: TALKS}
    for moment in MOMENTS:
        for question in Question:
            assert may(moment, Act.ASK, question) == (moment in TALKS)
        assert may(moment, Act.TEXT, 0) == (moment in TALKS)
        for topic, moments in topics.items():
            assert may(moment, Act.TELL, topic) == (moment in moments), (moment, topic)


DROPPED = {
    "a text at a review": ("review", "text(best(seen), 1.0)", "review: text(…): want nothing(), or tell(…)"),
    "a question each month": ("month", "ask(Question.PRICE)", "month: ask(Question.PRICE): want nothing(), or tell"),
    "a text compared at a review": ("review", "ask_about(Question.BETTER, best(seen), 1.0)", "ask(Question.BETTER): want"),
    "merits without a dispute": ("before", "tell(Topic.MERITS)", "before: tell(Topic.MERITS): want nothing(), ask(…)"),
    "pressure nobody puts": ("before", "tell(Topic.POSITION)", "before: tell(Topic.POSITION): want"),
    "prospects without a talk": ("month", "tell(Topic.PROSPECTS)", "month: tell(Topic.PROSPECTS): want"),
}  # fmt: skip


@pytest.mark.parametrize("kind", one_in(6, DROPPED))
def test_an_act_that_would_be_dropped_is_refused(kind, tmp_path):
    moment, act, line = DROPPED[kind]
    own = write(tmp_path, once(moment, act))
    assert line in refused(own, **{"reviews.every": 1})


@pytest.mark.parametrize("moment", one_in(2, ["review", "month"]))
def test_what_its_moment_allows_goes_through(moment, tmp_path):
    """The negative control: a topic that is applied there."""
    run(write(tmp_path, once(moment, "tell(Topic.CONDUCT)")), **{"reviews.every": 1})


ABSURD = {
    "a price beyond any": ("text(best(seen), 1e308)", "price 1e+308: want a number in money per month, at most 1e+12"),
    "and below": ("text(best(seen), -1e13)", "price -1e+13: want a number"),
    "one about which it asks": ("ask_about(Question.BETTER, best(seen), 1e13)", "price 1e+13: want"),
    "a level beyond 64 bits": ("text((2**70,) * 4, 1.0)", "text of levels 1.18059e+21"),
    "levels too many": ("text((0, 0, 0, 0, 0), 1.0)", "text of levels 0, 0, 0, 0, 0: want"),
    "a question told": ("tell(Question.PRICE)", "Question.PRICE: want a Topic"),
    "a topic asked": ("ask(Topic.MERITS)", "Topic.MERITS: want a Question"),
    "a question as a side": ("ask(Question.PRICE, Question.STEPS)", "Question.STEPS: want a number"),
}  # fmt: skip


@pytest.mark.parametrize("kind", one_in(8, ABSURD))
def test_absurd_values_are_refused(kind, tmp_path):
    act, line = ABSURD[kind]
    assert line in refused(write(tmp_path, once("before", act)))


WRAPS = (
    "n: int = 70\ndef before(self, seen):\n    b = 2{}self.n\n    return text((b, b, b, b), 1.0)"
)
MULTIPLIES = WRAPS.replace("b = 2{}self.n", "b = 1\n    for k in range(self.n):\n        b *= 2")


@pytest.mark.parametrize("body", one_in(3, [WRAPS.format("**"), WRAPS.format("<<"), MULTIPLIES]))
def test_whole_numbers_that_would_wrap_round_to_0_run_plain_and_are_refused(body, tmp_path):
    own = write(tmp_path, body)
    assert parse_style(own).custom.why_plain.endswith("its whole numbers could outgrow 64 bits")
    assert "text of levels" in refused(own)


@pytest.mark.deep
def test_powers_of_other_numbers_are_compiled(tmp_path):
    """The negative control: a power that cannot wrap round."""
    own = write(tmp_path, once("before", "text(best(seen), seen.price ** 2 * 0.5)"))
    assert parse_style(own).custom.why_plain == ""


MISSPELT = "\n    def impass(self, seen):\n        return nothing()\n"
NAMES = {
    "a moment misspelt": (PROPOSAL + MISSPELT, "impass: want one of before, impasse"),
    "a word misspelt": ("blnd = True\n" + once("before", "nothing()"), "blnd: want one of both, blind, source"),
    "a word that is no truth": ("both = 'no'\n" + once("before", "nothing()"), "both = 'no': want True or False"),
}  # fmt: skip


@pytest.mark.parametrize("kind", NAMES)
def test_a_name_that_would_be_passed_over_is_refused(kind, tmp_path):
    body, line = NAMES[kind]
    assert line in refused(write(tmp_path, body))


@pytest.mark.parametrize("value", ["nan", "inf", "-1e300"])
def test_a_setting_is_a_number_that_can_be_reckoned_with(value, tmp_path):
    own = write(tmp_path, "x: float = 1.0\n" + once("before", "nothing()"))
    with pytest.raises(SimError, match=f"x = '{value}': want a number below"):
        parse_style(f"{own}:x={value}")


PLAIN = {
    "a name misspelt": "text(best(seen), seen.curent_price)",
    "an argument left out": "text(best(seen))",
    "no act": "'much'",
    "an act not called": "text",
}


@pytest.mark.parametrize("kind", one_in(2, PLAIN))
def test_the_reason_to_run_plain_is_the_same_every_time(kind, tmp_path):
    why = parse_style(write(tmp_path, once("before", PLAIN[kind]))).custom.why_plain
    assert why and "0x" not in why and "custom_" not in why and len(why) <= 120


def test_if_it_fails_only_that_is_reported(tmp_path):
    own = write(tmp_path, once("before", "text(best(seen))"))
    asked = ["--set", f"mediator.style={own}", "--set", 'mediator.functions=["broker"]']
    folder = str(tmp_path / "out")
    for command in (
        ["mediators", "check", own],
        ["compare", "one_tie", "--worlds", "2", "--out", folder, *asked],
    ):
        done = CliRunner().invoke(main, command)
        lines = [line for line in said(done.output).splitlines() if line]
        assert done.exit_code == 2 and len(lines) == 1, done.output
        assert "TypeError" in lines[0]


LOOP = "while True:\n        seen.stage\n    return nothing()"
HASTY = (
    "import sim.strategies.code_timeout as p; p.POLL_SECONDS, p.MAX_POLLS = 0.05, 10; "
    "from sim.cli.app import main; main()"
)


def run_impatiently(*command):
    """Run a command that waits half a second for custom code; return its exit code and its output."""
    found = subprocess.run(
        [sys.executable, "-c", HASTY, *command],
        capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
    )  # fmt: skip
    return found.returncode, found.stdout + found.stderr


def test_what_does_not_end_is_ended_in_one_line(tmp_path):
    own = write(tmp_path, f"def before(self, seen):\n    {LOOP}")
    told = f"{own}: before: did not end within 0.5 seconds: want code that comes to an end\n"
    assert run_impatiently("mediators", "check", own) == (2, told)
    folder = tmp_path / "endless.py"
    folder.write_text("while True:\n    pass\n")
    code, line = run_impatiently("mediators", "check", f"{folder}:Mine")
    assert code == 2 and line.count("\n") == 1
    assert f"'{folder}:Mine': the file: did not end within" in line


@pytest.mark.deep
def test_what_takes_long_and_ends_is_not_ended(tmp_path):
    """The negative control: a run of many calls, each of which ends."""
    own = write(tmp_path, once("before", "nothing()"))
    code, told = run_impatiently("run", "one_tie", "--worlds", "2", "--out", str(tmp_path / "out"),
                       "--set", f"mediator.style={own}")  # fmt: skip
    assert code == 0, told
