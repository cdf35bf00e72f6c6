"""`sim facts` for its user, a world made implausible on purpose, and the page."""

import json
import re
from pathlib import Path

import pytest
from small_facts import FACT

from sim.field.all_cases import field_cases
from sim.field.comparison import FieldResult, hold_against
from sim.field.facts_file import read_facts
from sim.reference.facts_page import words_of_page, write_facts_page
from sim.scenario.load import load

PAGE = Path(__file__).resolve().parents[2] / "docs" / "facts.md"
SMALL = ("--worlds", "3", "--set", "run.months=6", "--set", "negotiation.deadline=4")
GOLDEN = """\
fact           statistic     published  grade  regime       scenarios
impasse        impasse_rate  10 to 30 %  C      adversarial  one_tie
"""


def test_without_a_scenario_the_facts_are_listed(sim, written):
    done = sim("facts", "--facts", str(written()))
    assert done.exit_code == 0
    assert [" ".join(line.split()) for line in done.stdout.splitlines()[:2]] == [
        " ".join(line.split()) for line in GOLDEN.splitlines()
    ]
    assert "1 fact with numbers (0 of grade A, 0 of grade B, 1 of grade C), 0 whose" in done.stdout


def test_a_scenario_is_held_against_its_facts(sim, written, here):
    done = sim("facts", "one_tie", *SMALL, "--facts", str(written()), "--out", "found")
    assert done.exit_code == 0, done.output
    assert re.search(
        r"^impasse +10 to 30 % +\S+ \[\S+, \S+\] % +\w+ +C$", done.stdout, re.MULTILINE
    )
    assert re.search(r"^\d of 1 hold", done.stdout, re.MULTILINE)
    (result,) = json.loads((here / "found/facts.json").read_text())["results"]
    assert result["worlds"] == 3 and result["facts"][0]["published"] == [0.1, 0.3]
    again = sim("facts", "one_tie", *SMALL, "--facts", str(written()), "--out", "found")
    assert again.exit_code == 2 and "--force" in again.stderr


def test_a_scenario_that_no_fact_counts_for_says_so(sim, written):
    done = sim("facts", "open_market", *SMALL, "--facts", str(written()))
    assert done.exit_code == 0
    assert done.stdout == "open_market under adversarial: no published fact counts for it\n"


def test_what_is_wrong_is_one_line_and_writes_nothing(sim, written, here):
    bad = written(FACT.replace("impasse_rate", "impass_rate"))
    for words in (
        ("one_tie", "--facts", str(bad)),
        ("one_tie", "--facts", "none.toml"),
        ("one_ti",),
        ("one_tie", "--regime", "adversaril"),
    ):
        done = sim("facts", *words, "--out", "found")
        assert done.exit_code == 2 and len(done.stderr.strip().splitlines()) == 1
        assert not (here / "found").exists()
    assert "did you mean 'adversarial'?" in done.stderr


IMPLAUSIBLE = {
    "beliefs.known": 1.0, "negotiation.level": "truthful", "buyers.blame": 0.0, "reviews.every": 0,
}  # fmt: skip


def held_against(name: str, overrides: dict[str, object], worlds: int) -> FieldResult:
    """Return the shipped facts held against a scenario with some keys changed."""
    regime = load(name, overrides).regime("adversarial")
    return hold_against(read_facts().counting_for(name), regime, name, worlds, 1)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("one_tie", {}),
        pytest.param("secret_mediator", {"market.candidates": 1}, marks=pytest.mark.deep),
    ],
)
def test_a_world_made_implausible_fails_many(name, keys):
    as_it_is = held_against(name, {}, 40)
    wrong = held_against(name, IMPLAUSIBLE | keys, 40)
    assert wrong.holding <= 1 < as_it_is.holding
    assert wrong.counts["below"] + wrong.counts["above"] >= 0.6 * len(wrong.held)


def test_every_case_is_simulated_once():
    cases = field_cases(read_facts())
    assert len(set(cases)) == len(cases)
    assert {scenario for scenario, _ in cases} == {"it_outsourcing", "secret_mediator", "one_tie"}


def test_the_words_of_the_page_are_up_to_date():
    page = PAGE.read_text(encoding="utf-8")
    assert all(words in page for words in words_of_page(read_facts())), "run `make facts`"


@pytest.mark.deep
def test_the_page_is_what_the_scenarios_show(tmp_path):
    assert write_facts_page(tmp_path).read_text(encoding="utf-8") == PAGE.read_text(
        encoding="utf-8"
    )


@pytest.mark.deep
def test_the_bench_shows_facts_that_fail_and_passes(sim, here):
    done = sim("validate", "--only", "T16", "--field", "--out", "found")
    assert done.exit_code == 0, done.output
    assert "1 of 1 passes" in done.stdout and " below " in done.stdout
    results = json.loads((here / "found/field.json").read_text())["results"]
    assert [(result["scenario"], result["regime"]) for result in results] == field_cases(
        read_facts()
    )
    assert len(re.findall(r"^\d+ of \d+ hold", done.stdout, re.MULTILINE)) == len(results)
    again = sim("validate", "--only", "T16", "--out", "found", "--force")
    assert again.exit_code == 0 and not (here / "found/field.json").exists()
