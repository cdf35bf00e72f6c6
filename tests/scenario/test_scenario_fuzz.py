"""Mutated scenario texts: each loads, or fails with lines that name place, key and fault."""

import random
import re

import pytest
from worlds import RICH

from sim.errors import ScenarioError
from sim.scenario.load import load, shipped

JUNK = [
    "true",
    "-1",
    "0",
    "1e308",
    "-1e308",
    "5e-324",
    "nan",
    "inf",
    "-inf",
    "1e400",
    "9" * 4_400,
    '"' + "y" * 5_000 + '"',
    "[" * 40 + "]" * 40,
    '"\\u00a0"',
    '"\\u202e"',
    "99999999999999999999999",
    "0x" + "f" * 300,
    '""',
    '"x"',
    '"\\u0000"',
    "[]",
    "[[1], [2]]",
    "{}",
    "{ a = { b = [ { c = 1 } ] } }",
    "{ buyer = 2 }",
    "{ linear = 0 }",
    "{ linear = nan, x = 1 }",
    "1979-05-27",
    "07:32:00",
    '["broker", 1, true]',
    '"broker"',
    "[1, 'a', nan, true]",
    "1_000_000_000",
]
LINES = [
    "[run]",
    "[[issues]]",
    "[issues]",
    "[mediator.fee]",
    "[mediator.functions]",
    "[regimes]",
    "[regimes.a]",
    "[regimes.a.mediator]",
    "[regimes.b]\nextends = 'a'",
    "[regimes.a]\nextends = 'b'",
    "years = 3",
    "a." * 60 + "b = 1",
    "y" * 5_000 + " = 1",
    "extends = 'a'",
    "extends = 'one_tie'",
    "kind = 'liability'",
    "competence.buyer = 3",
    "mediator.bias = 3",
    "negotiation = 3",
    "name = 'scope'",
    '"" = 1',
    "\0",
    "[",
    "]",
    '"""',
]


def mutate(text: str, luck: random.Random) -> str:
    """Change one to four things about a text."""
    lines = text.split("\n")
    for _ in range(luck.randint(1, 4)):
        at = luck.randrange(len(lines))
        act = luck.randrange(8)
        if act == 0:
            del lines[at]
        elif act == 1:
            lines.insert(luck.randrange(len(lines) + 1), lines[at])
        elif act == 2:
            letters = list(lines[at])
            for _ in range(min(len(letters), luck.randint(1, 3))):
                letters[luck.randrange(len(letters))] = luck.choice("abz019 .,=\"[]{}#\\'-\t€")
            lines[at] = "".join(letters)
        elif act <= 5 and "=" in lines[at]:
            lines[at] = lines[at].partition("=")[0] + "= " + luck.choice(JUNK)
        elif act == 6:
            lines.insert(at, luck.choice(LINES))
        else:
            lines[at] = lines[at][: luck.randint(0, len(lines[at]))]
        lines = lines or [""]
    return "\n".join(lines)


def check(write, first: int, count: int) -> None:
    """Load `count` mutations; both outcomes must occur."""
    texts = [RICH, *(path.read_text(encoding="utf-8") for _, path, _ in shipped())]
    outcomes = {"loaded": 0, "refused": 0}
    line = re.compile(r"[^\s:][^:]*(:\d+)?: \S.*: .*(want|no such key)")
    for number in range(first, first + count):
        text = mutate(texts[number % len(texts)], random.Random(number))
        source = write(text)
        try:
            loaded = load(source)
        except ScenarioError as error:
            outcomes["refused"] += 1
            for said in str(error).split("\n"):
                assert line.match(said), (number, said)
                assert len(said) < 5_000, number
                assert "Input should" not in said and "pydantic" not in said, (number, said)
        else:
            outcomes["loaded"] += 1
            for name in loaded.regimes():
                loaded.regime(name)
    assert min(outcomes.values()) > count // 20


def test_mutated_scenarios_load_or_say_why(write):
    """A fixed subset of 250; the deep test has 10,000."""
    check(write, 0, 250)


@pytest.mark.deep
def test_many_mutated_scenarios_load_or_say_why(write):
    check(write, 1_000, 10_000)
