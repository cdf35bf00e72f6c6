"""Custom strategies over outcomes: played like the catalogue's, checked against their claims, every fault in one line."""

import re
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner
from counts import one_in

from sim.cli.app import main
from sim.errors import SimError
from sim.outcomes.domains.load_domain import load_domain
from sim.outcomes.many.conformance import check_conformance
from sim.outcomes.many.tournament import run_tournament
from sim.outcomes.sessions.session import negotiate
from sim.strategies.catalogue import parse_strategy

REPOSITORY = Path(__file__).resolve().parents[2]
HEAD = "from dataclasses import dataclass\nimport math\n"
BOULWARE = """
    e: float = 4.0
    traits = ("monotone",)
    source = "Faratin, Sierra & Jennings 1998"

    def ask(self, seen):
        ask = seen.floor + (seen.opening - seen.floor) * (1.0 - seen.clock**self.e) - 1e-4
        return max(seen.floor, ask)
"""
PLAIN = BOULWARE.replace(
    "return max", "names = {'a': [seen]}\n        assert names\n        return max"
)


def written(folder: Path, body: str, name: str = "Mine", head: str = HEAD) -> str:
    """Write a file with one strategy and return its name, `path.py:Name`."""
    path = folder / "mine.py"
    body = textwrap.indent(textwrap.dedent(body), "    ")
    path.write_text(f"{head}\n@dataclass(frozen=True)\nclass {name}:\n{body}\n")
    return f"{path}:{name}"


@pytest.fixture(scope="module")
def office():
    return load_domain(REPOSITORY / "scenarios" / "domains" / "office_supplies.toml")


@pytest.mark.parametrize(("body", "compiled"), [(BOULWARE, True), (PLAIN, False)])
def test_ours_written_again_says_the_same_offer_by_offer(body, compiled, tmp_path, office):
    own = written(tmp_path, body)
    assert (parse_strategy(own).custom.why_plain == "") == compiled
    for e in (0.5, 4):
        for other in ("linear", "tit_for_tat", "micro"):
            for protocol in ("alternating", "sealed"):
                mine = negotiate(office, f"{own}:e={e}", other, protocol, 60)
                ours = negotiate(office, f"boulware:e={e}", other, protocol, 60)
                assert (mine.utterances, mine.number, mine.taker) == (
                    ours.utterances,
                    ours.number,
                    ours.taker,
                )
    control = negotiate(office, f"{own}:e=3", "linear", rounds=60)
    assert control.utterances != negotiate(office, "boulware:e=4", "linear", rounds=60).utterances


def test_it_is_somebody_in_a_tournament(tmp_path, office):
    own = written(tmp_path, BOULWARE)
    met = run_tournament([office], [own, "boulware", "linear", "tit_for_tat"], 60)
    paid = met.earned().mean(axis=(0, 1))
    mine, ours = met.names.index(str(parse_strategy(own))), met.names.index("boulware:e=4")
    assert (paid[mine] == paid[ours]).all()
    assert (paid[:, mine] == paid[:, ours]).all()


def test_acceptance_is_a_part_of_its_own(tmp_path, office):
    own = written(tmp_path, BOULWARE)
    easy = negotiate(office, f"{own}:e=8,accept=constant,enough=0.2", "conceder", rounds=60)
    hard = negotiate(office, f"{own}:e=8", "conceder", rounds=60)
    assert easy.turn < hard.turn
    assert str(parse_strategy(f"{own}:e=8,accept=next")) == f"{own}:e=8,accept=next"


RUNS = {
    "raises": ("if seen.clock > 0.3:\n        raise ValueError('I am lost')\n    return 1.0",
               "line 10: ValueError: I am lost"),
    "divides": ("return 1.0 / {}[seen.clock]", "line 9: KeyError"),
    "beyond": ("return (1.0, 0.9)[int(seen.turn)]", "line 9: IndexError: tuple index"),
    "nan": ("return math.nan if seen.clock > 0.3 else 1.0", "answered nan: want a utility"),
    "nothing": ("x = [seen]\n    return None if x else print()", "answered None: want a utility"),
    "a word": ("return 'much'", "answered 'much': want a utility"),
    "remembers": ("self.x = 1.0\n    return 1.0", "FrozenInstanceError"),
}  # fmt: skip


@pytest.mark.parametrize("kind", one_in(2, RUNS))
def test_what_goes_wrong_inside_it_is_one_line(kind, tmp_path, office):
    body, words = RUNS[kind]
    own = written(tmp_path, f"x: float = 0.5\ntraits = ()\ndef ask(self, seen):\n    {body}")
    for talk in (
        lambda: negotiate(office, own, "hardliner"),
        lambda: negotiate(office, "hardliner", own, "sealed"),
        lambda: run_tournament([office], [own, "hardliner"]),
        lambda: check_conformance(parse_strategy(own)),
    ):
        with pytest.raises(SimError) as error:
            talk()
        assert re.search(words, str(error.value))
        assert str(error.value).startswith(own) and "\n" not in str(error.value)


FINE = "traits = ()\ndef ask(self, seen):\n    return seen.opening"
FAULTS = {
    "no traits": ("def ask(self, seen):\n    return 1.0", "traits: want a tuple"),
    "wrong trait": (FINE.replace("()", "('monotonous',)", 1), "did you mean 'monotone'?"),
    "no rule": ("traits = ()", r"no rule: want a method ask\(self, seen\)"),
    "wrong signature": (FINE.replace("seen)", "seen, more)"), r"ask\(self, seen, more\): want ask"),
    "a word as number": ("x: str = 'a'\n" + FINE, "x: want a number with a default"),
    "no default": ("x: float\n" + FINE, "x: want a number with a default"),
    "refuses": (FINE + "\ndef __post_init__(self):\n    raise ValueError('no')", "ValueError: no"),
}


@pytest.mark.parametrize("kind", one_in(3, FAULTS))
def test_what_is_wrong_with_it_is_one_line(kind, tmp_path):
    body, words = FAULTS[kind]
    own = written(tmp_path, body)
    with pytest.raises(SimError) as error:
        parse_strategy(own, "buyer")
    assert re.search(words, str(error.value))
    assert str(error.value).startswith(f"buyer = '{own}'") and "\n" not in str(error.value)


def test_files_and_names_that_are_not_there(tmp_path):
    own = written(tmp_path, FINE)
    path = own.partition(":")[0]
    bad = tmp_path / "bad.py"
    for text, words in {
        f"{path}:Min": r"no such strategy in it: want Mine; did you mean 'Mine'\?",
        f"{path}": "no such strategy in it",
        f"{path}:dataclass": "no such strategy in it",
        f"{path}:Mine:y=1": r"'y': want one of accept",
        f"{path}:Mine:accept=nxt": "did you mean 'next'",
        f"{tmp_path}/none.py:Mine": "cannot be read: no such file",
        f"{tmp_path}/x.py:Mine": "cannot be read: is a directory",
        f"{bad}:Mine": "line 2: SyntaxError",
    }.items():
        (tmp_path / "x.py").mkdir(exist_ok=True)
        bad.write_text("x = 1\nclass :\n")
        with pytest.raises(SimError) as error:
            parse_strategy(text)
        assert re.search(words, str(error.value)) and "\n" not in str(error.value), text
    bad.write_text("import nowhere\n")
    with pytest.raises(SimError, match="line 1: ModuleNotFoundError"):
        parse_strategy(f"{bad}:Mine")
    bad.write_text(
        HEAD + "@dataclass\nclass Mine:\n    traits = ()\n    def ask(self, seen): return 1.0\n"
    )
    with pytest.raises(SimError, match="want @dataclass"):
        parse_strategy(f"{bad}:Mine")


def test_the_four_steps_of_the_page(tmp_path, monkeypatch):
    """The example of docs/strategies.md, and its commands as they are written there."""
    monkeypatch.chdir(tmp_path)
    page = (REPOSITORY / "docs" / "strategies.md").read_text(encoding="utf-8")
    recipe = page[page.index("## A custom strategy") :]
    Path("patient.py").write_text(re.search(r"```python\n(.*?)```", recipe, re.DOTALL)[1])
    commands = re.findall(r"`sim (strategies check .*?|negotiate .*?|tournament .*?)`", recipe)
    assert len(commands) == 3
    said = []
    for command in commands:
        done = CliRunner().invoke(main, command.split(), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        said.append(done.output)
    assert "(compiled)" in said[0] and "patient.py:Patient: conforms" in said[0]
    assert "patient.py:Patient:share=0.8" in said[1]
    assert "patient.py:Patient: compiled." in said[2]


def test_a_strategy_that_claims_too_much_is_found_out_by_the_command(tmp_path):
    liar = "traits = ('monotone',)\ndef ask(self, seen):\n    return seen.floor - 0.1 + seen.luck"
    done = CliRunner().invoke(main, ["strategies", "check", written(tmp_path, liar)])
    assert done.exit_code == 1
    failed = [line for line in done.output.splitlines() if "FAIL" in line]
    assert [re.split(r"\s{2,}", line.strip())[1] for line in failed] == [
        "monotone: claimed", "uses_luck: not claimed",
        "answers no less than the floor", "answers no more than the opening",
        "over money: monotone: claimed", "over money: uses_luck: not claimed",
    ]  # fmt: skip


def test_what_runs_plain_says_so(tmp_path, office):
    own = written(tmp_path, PLAIN)
    words = ["negotiate", "office_supplies", "--buyer", own, "--vendor", "linear"]
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert re.search(r"runs plain: line \d+: it raises or catches", done.output)
    done = CliRunner().invoke(main, [*words[:3], written(tmp_path, BOULWARE), *words[4:]])
    assert "runs plain" not in done.output
