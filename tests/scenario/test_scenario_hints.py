"""What people write for keys that have another name, letters in names, endless words, long chains."""

import tomllib
import unicodedata

import pytest

from sim.errors import Problem, ScenarioError, SimError, is_one_line
from sim.scenario.expected_values import SYNONYMS, SYNONYMS_BY_TABLE, key_names, node_at
from sim.scenario.layers import Tree
from sim.scenario.load import load
from sim.scenario.regimes import cyclic_regimes
from sim.scenario.values import quote


def refused(source, overrides=None) -> str:
    with pytest.raises(ScenarioError) as error:
        load(source, overrides)
    return str(error.value)


def test_usual_words_lead_to_keys_that_there_are():
    for word, key in {**SYNONYMS, **SYNONYMS_BY_TABLE}.items():
        table, _, name = key.rpartition(".")
        assert name in key_names(node_at(tuple(table.split(".")) if table else ())), key
        assert node_at(tuple(word.split("."))) is None, f"{word} is a key"


@pytest.mark.parametrize(
    ("key", "near"),
    [("market.buyers", "needs"), ("run.years", "months"), ("buyers.count", "market.needs"),
     ("years", "run.months"), ("vendors.suppliers", "market.vendors"), ("name", "title")],
)  # fmt: skip
def test_usual_words_for_keys(key, near):
    assert f"did you mean '{near}'?" in refused("one_tie", {key: 3})


@pytest.mark.parametrize(
    "letter", ["\u00a0", "\u3000", "\u200c", "\u200d", "é", "👨‍👩‍👧", "\u00ad"]
)
def test_letters_that_a_name_may_have(write, letter):
    text = f'title = "a{letter}b"\nextends = "one_tie"\nrun.currency = "k{letter}€"\n'
    assert load(write(text)).scenario.title == f"a{letter}b"


@pytest.mark.parametrize(
    "code", [0, 7, 0x1B, 0x7F, 0x85, 0x9B, 0x2028, 0x2029, 0x202A, 0x202E, 0x2066, 0x2069]
)
def test_letters_that_a_name_may_not_have(write, code):
    said = refused(write(f'title = "a\\u{code:04x}b"\nextends = "one_tie"\n'))
    assert (
        said.startswith("w.toml:1: title = ") and "want text without line breaks or control" in said
    )
    assert said.isprintable()


def test_nothing_but_these_is_refused():
    turning = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
    for code in range(0x11000):
        unfit = unicodedata.category(chr(code)) in ("Cc", "Cs", "Zl", "Zp") or code in turning
        assert is_one_line(chr(code)) is not unfit, hex(code)


@pytest.mark.parametrize("text", ["a\u200db", "👨\u200d👩", "\U000e0001", 'q"\\\n', "\u007f"])
def test_a_quoted_text_is_toml(text):
    assert tomllib.loads(f"x = {quote(text)}")["x"] == text
    assert quote(text).isprintable()


def test_endless_keys_and_values_are_not_said_back(write):
    long = "k" * 50_000
    for text in (f'"{long}" = 1\n', f'[run]\n"{long}" = 1\n', f'[run]\nmonths = "{long}"\n',
                 f'extends = "{long}"\n', f'[regimes."{long}"]\n', f'[regimes.a]\nextends = "{long}"\n'):  # fmt: skip
        said = refused(write(text))
        assert "…" in said and max(map(len, said.splitlines())) < 1_500, text[:20]
    assert len(str(Problem("here", long, long, "want less"))) < 400
    assert len(str(SimError(f"{long} and {long}"))) < 500


def chain(count: int) -> str:
    links = [
        f'[regimes.r{n}]\nextends = "r{n - 1}"\nmediator.bias = 0.{n}\n' for n in range(1, count)
    ]
    return 'extends = "one_tie"\n[regimes.r0]\nextends = "mediated"\n' + "".join(links)


def test_a_chain_of_regimes_is_walked_once(write, monkeypatch):
    """Twice the regimes, twice the layers that are merged: their number, not a time, is compared."""
    merged = []
    real = Tree.merge
    monkeypatch.setattr(
        Tree, "merge", lambda self, *given: (merged.append(1), real(self, *given))[1]
    )
    counts = []
    for count in (50, 100):
        merged.clear()
        assert load(write(chain(count))).regime(f"r{count - 1}").scenario.mediator.bias > 0.0
        counts.append(len(merged))
    assert counts[1] < 2.2 * counts[0]


def test_regimes_that_extend_themselves(write):
    assert cyclic_regimes(
        {"a": {"extends": "b"}, "b": {"extends": "a"}, "c": {"extends": "a"}, "d": {}}
    ) == {"a", "b"}
    text = 'extends = "one_tie"\n' + "".join(
        f'[regimes.r{n}]\nextends = "r{(n + 1) % 300}"\n' for n in range(300)
    )
    lines = refused(write(text)).splitlines()
    assert len(lines) == 300 and "not r0 → r1 → r2" in lines[0] and lines[0].endswith("…")
