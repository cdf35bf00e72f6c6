"""Custom mediators: the same bits however they run, the same consent, and every fault in one line."""

import re
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner
from command import undrawn
from counts import one_in, only

from sim.cli.app import main
from sim.engines.batch import simulate
from sim.engines.market import NegotiationModel
from sim.errors import ScenarioError, SimError
from sim.mediation.styles.style_catalogue import parse_style
from sim.reference.custom_mediator_page import custom_mediator_recipe
from sim.scenario.code import custom_code_of, custom_texts, file_digests, resolve_paths
from sim.scenario.load import load
from sim.strategies.code_consent import ALL_FILES

__all__ = ["undrawn"]
TABLES = ("periods", "ties", "events", "offers", "need_months")
IMPORTS = """
from dataclasses import dataclass
import math
from sim.mediation.acts import *
from sim.mediation.rounds.sheet import Move
"""
PROPOSAL = """
    blind = True

    def impasse(self, seen):
        if seen.stage > 0:
            return nothing()
        levels = best(seen)
        if worth(seen, 0, levels) + worth(seen, 1, levels) <= 0.0:
            return nothing()
        return text(levels, middle(seen, levels))
"""
TRIED = (
    "        try:\n            pass\n        except ValueError:\n            pass\n        levels"
)
CAUTIOUS = PROPOSAL.replace("        levels", TRIED, 1)


def write(folder, body, name="Mine"):
    """Write a file with one mediator; return how a scenario names it."""
    path = folder / f"{name.lower()}.py"
    body = textwrap.indent(textwrap.dedent(body), "    ")
    path.write_text(f"{IMPORTS}\n\n@dataclass(frozen=True)\nclass {name}:\n{body}\n")
    return f"{path}:{name}"


def tables(style, compiled=True, worlds=12, **keys):
    """Return the bytes of every column of every table except who acted, since styles have numbers."""
    written = {"run.months": 8, "mediator.functions": ["broker"]}
    written |= {"mediator.participation": "always"}
    written |= {"negotiation.deadline": 1, "mediator.drafts": 1}  # so that talks fail
    loaded = load("one_tie", {**written, "mediator.style": style, **keys})
    found = simulate(loaded.regime("mediated"), range(worlds), 3, tables=TABLES, compiled=compiled)
    return {
        f"{table}.{column}": rows[column].tobytes()
        for table, rows in zip(found._fields, found, strict=True)
        for column in rows.dtype.names
        if f"{table}.{column}" != "events.amount"
    }


@pytest.mark.deep
def test_a_shipped_style_written_again_does_the_same_compiled_and_plain(tmp_path):
    own, plain = write(tmp_path, PROPOSAL), write(tmp_path, CAUTIOUS, "Plain")
    assert parse_style(own).custom.why_plain == ""
    assert parse_style(plain).custom.why_plain.endswith("it raises or catches")
    ours = tables("proposal")
    assert tables(own) == ours and tables(plain) == ours
    assert tables(own, compiled=False, worlds=2) == tables("proposal", worlds=2)
    lavish = write(tmp_path, PROPOSAL.replace("middle(seen, levels)", "middle(seen, levels) + 3.0"))
    assert tables(lavish) != ours


@pytest.mark.deep
def test_its_numbers_count_and_it_stands_in_lists_and_mixtures(tmp_path):
    own = write(tmp_path, "lean: float = 0.0\n" + textwrap.dedent(PROPOSAL).replace(
        "middle(seen, levels)", "middle(seen, levels) + self.lean"))  # fmt: skip
    alone = tables(own)
    assert tables(f"{own}:lean=4") != alone
    assert tables({own: 1.0}) == tables([own]) == alone
    assert tables(["post_settlement", f"{own}:lean=4"]) != alone
    assert str(parse_style(f"{own}:lean=4")) == f"{own}:lean=4"


SAY = "def before(self, seen):\n    return "
RUNS = {
    "raises": ("def before(self, seen):\n    raise ValueError('I am lost')", "before: line 12: ValueError: I am lost"),
    "beyond": (SAY + "text(best(seen), seen.estimate[0, 0, 99])", "before: line 12: IndexError"),
    "divides": (SAY + "text(best(seen), 1.0 / {}[seen.stage])", "before: line 12: KeyError"),
    "writes": ("def before(self, seen):\n    seen.estimate[0, 0, 0] = 9.0\n    return nothing()", "read-only"),
    "nan": (SAY + "text(best(seen), math.nan)", "before: price nan: want a number"),
    "endless price": (SAY + "text(best(seen), math.inf)", "before: price inf: want a number"),
    "high level": (SAY + "text(best(seen) + 50, 1.0)", "before: text of levels .*: want whole numbers"),
    "half level": (SAY + "text(best(seen) * 0.0 + 0.5, 1.0)", "before: text of levels 0.5"),
    "too few": (SAY + "text((0, 0), 1.0)", "before: text of levels 0, 0, -1"),
    "no levels": (SAY + "text(None, 1.0)", "before: line .*TypeError"),
    "a word": (SAY + "'much'", "before: answered 'much': want nothing"),
    "nothing": (SAY + "None", "before: answered None: want nothing"),
    "no act": (SAY + "Move(9.0, 0.0, 3.0, 1.0, 1.0, (0.0,) * 12)", "before: no such act"),
    "rules": (SAY + "Move(4.0, 0.0, 3.0, 1.0, 1.0, (0.0,) * 12)", "before: no such act"),
    "nobody": (SAY + "ask(Question.PRIORITIES, 0)", "before: no such act"),
    "no question": (SAY + "ask(77, BOTH)", "before: no such act"),
    "endless": (SAY + "ask(Question.PRIORITIES, BOTH)", "before: 64 acts in one round: want nothing"),
    "no stage": (SAY + "ask(Question.STEPS, BOTH, 1e300)", r"before: stage 1e\+300: want a whole number"),
    "remembers": ("def before(self, seen):\n    self.x = 1.0\n    return nothing()", "FrozenInstanceError"),
}  # fmt: skip


@pytest.mark.parametrize("kind", only(["raises"], RUNS))
def test_what_makes_no_sense_is_one_line_and_no_crash(kind, tmp_path):
    body, words = RUNS[kind]
    own = write(tmp_path, "x: float = 0.5\n" + body)
    for compiled in (True, False):
        with pytest.raises(SimError) as error:
            tables(own, compiled=compiled, worlds=2)
        assert re.search(words, str(error.value)), error.value
        assert str(error.value).startswith(own) and "\n" not in str(error.value)
    keys = {"mediator.style": own, "mediator.functions": ["broker"], "run.months": 2}
    keys |= {"mediator.participation": "always"}
    with pytest.raises(SimError, match=words):
        NegotiationModel("one_tie", "mediated", overrides=keys).run_model()


FINE = "def before(self, seen):\n    return nothing()"
FAULTS = {
    "no rule": ("x: float = 1.0", "no rule: want at least one of before"),
    "talk": (FINE.replace("before", "talk"), "talk: a custom mediator is silent"),
    "wrong signature": (FINE.replace("seen)", "seen, more)"), r"before\(self, seen, more\): want"),
    "a word as number": ("x: str = 'a'\n" + FINE, "x: want a number with a default"),
    "refuses": (FINE + "\ndef __post_init__(self):\n    raise ValueError('no')", "ValueError: no"),
}


@pytest.mark.parametrize("kind", one_in(3, FAULTS))
def test_what_is_wrong_with_a_file_is_one_line(kind, tmp_path):
    body, words = FAULTS[kind]
    own = write(tmp_path, body)
    with pytest.raises(SimError) as error:
        parse_style(own)
    assert re.search(words, str(error.value)) and "\n" not in str(error.value)
    done = CliRunner().invoke(main, ["mediators", "check", own])
    assert done.exit_code == 2 and len(done.output.splitlines()) == 1


def test_files_are_found_wherever_a_style_names_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, PROPOSAL)
    data = {
        "mediator": {"style": {"drafter + mine.py:Mine": 1, "proposal": 2}},
        "regimes": {"theirs": {"mediator": {"style": ["drafter", "mine.py:Mine:x=1"]}}},
        "buyers": {"strategy": "mine.py:Side"},
    }
    assert custom_texts(data) == ["mine.py:Mine", "mine.py:Mine:x=1", "mine.py:Side"]
    assert list(file_digests(custom_texts(data))) == ["mine.py"]
    over = [("mediator.style", ["a.py:A"]), ("regimes", {"r": {"mediator": {"style": "b.py:B"}}})]
    assert custom_texts({}, over) == ["a.py:A", "b.py:B"]
    monkeypatch.chdir(tmp_path.parent)
    resolve_paths(data, tmp_path)
    moved = f"{tmp_path.name}/mine.py:Mine"
    assert list(data["mediator"]["style"]) == [f"drafter + {moved}", "proposal"]
    assert data["regimes"]["theirs"]["mediator"]["style"] == ["drafter", f"{moved}:x=1"]
    assert data["buyers"]["strategy"] == f"{tmp_path.name}/mine.py:Side"


def test_it_runs_only_with_consent_and_in_regimes_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, PROPOSAL)
    text = 'extends = "one_tie"\n[regimes.theirs]\nextends = "mediated"\nmediator.style = "mine.py:Mine"\n'
    Path("s.toml").write_text(text)
    with pytest.raises(
        ScenarioError, match=r"would run code from mine\.py; want `allow_code=True`"
    ):
        load("s.toml")
    loaded = load("s.toml", consent=ALL_FILES.without_notes())
    assert [str(one) for one in custom_code_of(loaded.regime("theirs").scenario)] == [
        "mine.py:Mine"
    ]
    simulate(loaded.regime("theirs"), [0], 1)
    own = load("s.toml", {"regimes.theirs.mediator.style": "mine.py:Mine"})
    assert own.scenario.regimes["theirs"].mediator["style"] == "mine.py:Mine"


@pytest.mark.usefixtures("undrawn")
def test_the_four_steps_of_the_recipe(tmp_path, monkeypatch):
    """The example, and its commands as they are written there."""
    monkeypatch.chdir(tmp_path)
    recipe = custom_mediator_recipe()
    Path("patient.py").write_text(re.search(r"```python\n(.*?)```", recipe, re.DOTALL)[1])
    commands = re.findall(r"`sim (mediators check .*?|compare .*?|sweep .*?)`", recipe)
    assert len(commands) == 3
    said = []
    for command in commands:
        done = CliRunner().invoke(main, command.split(), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        said.append(done.output)
    assert "(compiled)" in said[0] and "patient.py:Patient: conforms" in said[0]
    for folder in ("compared", "swept"):
        assert '"patient.py"' in Path(folder, "manifest.json").read_text()
