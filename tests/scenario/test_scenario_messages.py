"""Every class of mistake, with the exact line that the user sees."""

import math

import numpy as np
import pytest
from worlds import SMALL

from sim.scenario.load import load

ISSUES = 'issues = [{ name = "a", levels = ["x"], worth = [1], cost = [0] }]\n'

MISTAKES = {
    "unknown table": (
        "[mediatr]\nbias = 0",
        "w.toml:2: mediatr = { bias = 0 }: no such key in a scenario; did you mean 'mediator'?",
    ),
    "unknown key": (
        "[market]\nvendor = 3",
        "w.toml:3: market.vendor = 3: no such key in [market]; did you mean 'vendors'?",
    ),
    "key of another table": (
        "[market]\nmemory = 0.5",
        (
            "w.toml:3: market.memory = 0.5: no such key in [market];"
            " did you mean 'relationship.memory'?"
        ),
    ),
    "unknown and near nothing": (
        "[mediator.fee]\nzzz = 3",
        (
            "w.toml:3: mediator.fee.zzz = 3: no such key in [mediator.fee];"
            " known are retainer, success, case"
        ),
    ),
    "text for a number": (
        '[run]\nmonths = "12"',
        'w.toml:3: run.months = "12": want a whole number from 1 to 12_000 (months)',
    ),
    "float for a whole number": (
        "[run]\nmonths = 12.0",
        "w.toml:3: run.months = 12.0: want a whole number from 1 to 12_000 (months)",
    ),
    "truth value for a number": (
        "[buyers]\noutside = true",
        (
            "w.toml:3: buyers.outside = true: want a number from -1_000_000_000 to 1_000_000_000"
            " (money/month)"
        ),
    ),
    "date for a number": (
        "[buyers]\nblame = 2024-02-03",
        "w.toml:3: buyers.blame = 2024-02-03: want a number from 0 to 20 (share)",
    ),
    "number for text": ("[run]\ncurrency = 3", "w.toml:3: run.currency = 3: want text"),
    "out of range": (
        "[mediator]\nbias = 2",
        "w.toml:3: mediator.bias = 2: want a number from -1 to 1 (share)",
    ),
    "open end": (
        "[relationship]\ndiscount = 1.0",
        "w.toml:3: relationship.discount = 1.0: want a number from 0 to below 1 (1/month)",
    ),
    "not a number": (
        "[delivery]\nnoise = nan",
        "w.toml:3: delivery.noise = nan: want a number from 0 to 1_000_000_000 (money/month)",
    ),
    "infinite": (
        "[relationship]\nprior_good = inf",
        (
            "w.toml:3: relationship.prior_good = inf: want a number above 0, at most 1_000_000"
            " (months)"
        ),
    ),
    "huge": (
        "[run]\nseed = 0x" + "f" * 400,
        (
            "w.toml:3: run.seed = a whole number of 1600 bits: want a whole number from 0 to"
            " 9_223_372_036_854_775_807"
        ),
    ),
    "wrong word": (
        '[negotiation]\nprotocol = "sealed_bit"',
        (
            'w.toml:3: negotiation.protocol = "sealed_bit": want one of alternating_offers,'
            " sealed_bid, take_it_or_leave_it; did you mean 'sealed_bid'?"
        ),
    ),
    "wrong word in a list over lines": (
        '[mediator]\nfunctions = [\n  "broker",\n  "wran",\n]',
        (
            'w.toml:5: mediator.functions.1 = "wran": want one of broker, align, warn, resolve, '
            "metrics, terms, review, grow, continue;"
            " did you mean 'warn'?"
        ),
    ),
    "function twice": (
        '[mediator]\nfunctions = ["warn", "warn"]',
        'w.toml:3: mediator.functions.1 = "warn": want each function once',
    ),
    "competence out of range": (
        "[mediator]\ncompetence = 1.5",
        (
            "w.toml:3: mediator.competence = 1.5: want a number from 0 to 1,"
            " or a table of such numbers { buyer = …, vendor = … } (share)"
        ),
    ),
    "competence of nobody": (
        "[mediator]\ncompetence = { buyer = 0.5, vendr = 0.5 }",
        (
            "w.toml:3: mediator.competence.vendr = 0.5: no such key in [mediator.competence];"
            " did you mean 'vendor'?"
        ),
    ),
    "scalar for a table": ("market = 3", "w.toml:2: market = 3: want a table"),
    "unknown strategy": (
        '[buyers]\nstrategy = "boulwar"',
        (
            'w.toml:3: buyers.strategy = "boulwar": want one of boulware, linear, conceder,'
            " aspiration, exponential, tit_for_tat, hardliner, posturing, nice, truthful,"
            " relative_tit_for_tat, random_tit_for_tat, averaged_tit_for_tat, naive_tit_for_tat,"
            " micro, or name:setting=value as in boulware:e=6, or path.py:Name, or a table of them"
            " with weights, each a number above 0, at most 1_000_000; did you mean 'boulware'?"
        ),
    ),
    "unknown strategy with settings": (
        '[buyers]\nstrategy = "hill_climber:e=2"',
        (
            "w.toml:3: buyers.strategy = \"hill_climber:e=2\": 'hill_climber': want one of boulware,"
            " linear, conceder, aspiration, exponential, tit_for_tat, hardliner, posturing, nice,"
            " truthful, relative_tit_for_tat, random_tit_for_tat, averaged_tit_for_tat,"
            " naive_tit_for_tat, micro"
        ),
    ),
    "unknown setting of a strategy": (
        '[vendors]\nstrategy = "posturing:shar=0.4"',
        (
            "w.toml:3: vendors.strategy = \"posturing:shar=0.4\": posturing = 'shar': want one of"
            " share, scale, shift, after, enough, accept; did you mean 'share'?"
        ),
    ),
    "setting without a meaning in money": (
        '[vendors]\nstrategy = "linear:slack=0.1"',
        (
            "w.toml:3: vendors.strategy = \"linear:slack=0.1\": linear = 'slack': want one of"
            " e, start, scale, shift, after, enough, accept"
        ),
    ),
    "a strategy in a file that is not there": (
        '[vendors]\nstrategy = { linear = 1, "gone.py:Patient" = 1 }',
        (
            "w.toml:3: vendors.strategy.\"gone.py:Patient\" = 1: 'gone.py': cannot be read:"
            " no such file or directory"
        ),
    ),
    "unknown strategy in a mixture": (
        "[buyers]\nstrategy = { linaer = 1 }",
        (
            "w.toml:3: buyers.strategy.linaer = 1: no such key in [buyers.strategy];"
            " did you mean 'linear'?"
        ),
    ),
    "negative weight": (
        "[vendors.strategy]\nlinear = 1\nboulware = -1",
        "w.toml:4: vendors.strategy.boulware = -1: want a number above 0, at most 1_000_000",
    ),
    "empty mixture": (
        "[vendors]\nstrategy = {}",
        "w.toml:3: vendors.strategy = {}: want at least one strategy with a weight above 0",
    ),
    "control characters": (
        'title = "a\\u0000b"',
        'w.toml:2: title = "a\\u0000b": want text without line breaks or control characters',
    ),
    "nothing after the burn-in": (
        "[run]\nmonths = 12\nburn_in = 12",
        "w.toml:4: run.burn_in = 12: want less than run.months, 12",
    ),
    "more candidates than vendors": (
        "[market]\nvendors = 2\ncandidates = 3",
        "w.toml:4: market.candidates = 3: want at most market.vendors, 2",
    ),
    "deadline shorter than the default drafts": (
        '[mediator]\nfunctions = ["broker"]\n[negotiation]\ndeadline = 2',
        (
            "w.toml:5: negotiation.deadline = 2: want at least mediator.drafts, 3: drafts and"
            " offers share it"
        ),
    ),
    "more drafts than the deadline": (
        '[mediator]\nfunctions = ["broker"]\ndrafts = 13',
        (
            "w.toml:4: mediator.drafts = 13: want at most negotiation.deadline, 12: drafts and"
            " offers share it"
        ),
    ),
    "trust faster won than lost": (
        '[relationship]\ntrust_rule = "ewma"\nfall = 0.05',
        (
            "w.toml:4: relationship.fall = 0.05: want at least relationship.rise, 0.1, under"
            " trust_rule 'ewma', where trust is lost no slower than won"
        ),
    ),
    "regime with a built-in name": (
        "[regimes.mediated]\nmediator.bias = 1",
        "w.toml:2: regimes.mediated: want another name: 'mediated' is built in",
    ),
    "regime with an odd name": (
        '[regimes."a,b"]',
        'w.toml:2: regimes."a,b": want a name of at most 40 letters, digits, - and _',
    ),
    "regime of an unknown one": (
        '[regimes.x]\nextends = "mediatd"',
        (
            'w.toml:3: regimes.x.extends = "mediatd": want one of adversarial, partnership,'
            " mediated, machine, planner; did you mean 'mediated'?"
        ),
    ),
    "regime extends nothing": (
        "[regimes.x]\nextends = ''",
        'w.toml:3: regimes.x.extends = "": want one of adversarial, partnership, mediated, machine, planner',
    ),
    "regime extends no text": (
        "[regimes.x]\nextends = 3",
        "w.toml:3: regimes.x.extends = 3: want text",
    ),
    "regime changes people": (
        "[regimes.x]\nbuyers.blame = 3",
        (
            "w.toml:3: regimes.x.buyers = { blame = 3 }: regimes change institutions, never people"
            " or luck; want only keys of mediator and negotiation"
        ),
    ),
    "regime with an unknown table": (
        "[regimes.x]\nmediatr.bias = 1",
        (
            "w.toml:3: regimes.x.mediatr = { bias = 1 }: no such key; want only keys of mediator"
            " and negotiation; did you mean 'mediator'?"
        ),
    ),
    "regime out of range": (
        "[regimes.x]\nmediator.bias = 9",
        "w.toml:3: regimes.x.mediator.bias = 9: want a number from -1 to 1 (share)",
    ),
    "regime with an unknown key": (
        "[regimes.x]\nmediator.bais = 0.5",
        "w.toml:3: regimes.x.mediator.bais = 0.5: no such key in [mediator]; did you mean 'bias'?",
    ),
    "regime that cannot stand": (
        '[regimes.x]\nmediator.functions = ["broker"]\nnegotiation.deadline = 1',
        (
            "w.toml:4: regimes.x.negotiation.deadline = 1: want at least mediator.drafts, 3: drafts"
            " and offers share it"
        ),
    ),
    "mediator without mediation": (
        "[regimes.x]\nextends = 'partnership'\nmediator.bias = 1",
        (
            "w.toml:4: regimes.x.mediator = { bias = 1 }: want it left out: a regime that extends"
            " 'partnership' has no mediator"
        ),
    ),
    "regime that is no table": ("[regimes]\nx = 3", "w.toml:3: regimes.x = 3: want a table"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name, write, complaints):
    text, line = MISTAKES[name]
    assert complaints(load, write(ISSUES + text)) == [line]


ISSUE_MISTAKES = {
    "missing key": (
        "levels = ['x']\nworth = [0]\ncost = [0]",
        ["w.toml:1: issues.0.name: missing; want text, not empty"],
    ),
    "tables do not fit": (
        "name = 'a'\nlevels = ['x', 'y']\nworth = [0]\ncost = [0, 1, 2]",
        [
            "w.toml:4: issues.a.worth = [0]: want one number per level, 2, got 1",
            "w.toml:5: issues.a.cost = [0, 1, 2]: want one number per level, 2, got 3",
        ],
    ),
    "no levels": (
        "name = 'a'\nlevels = []",
        [
            "w.toml:3: issues.a.levels = []: want a list of 1 to 8 items, each text, or a number",
        ],
    ),
    "same level twice": (
        "name = 'a'\nlevels = ['x', 'x']\nworth = [0, 1]\ncost = [0, 1]",
        ['w.toml:3: issues.a.levels = ["x", "x"]: want distinct levels; "x" is there 2 times'],
    ),
    "acting issues": (
        (
            "name = 'g'\nlevels = [1]\nworth = [1]\ncost = [0]\n"
            "[[issues]]\nname = 's'\nkind = 'risk_share'\nlevels = [0.5, 0.1]\nworth = [1, 2]\n"
            "[[issues]]\nname = 's'\nkind = 'risk_share'\nlevels = [0, 2]\n"
            "[[issues]]\nname = 't'\nkind = 'duration'\nlevels = [1.5]"
        ),
        [
            (
                "w.toml:9: issues.1.levels = [0.5, 0.1]: want numbers from 0 to 1, distinct and"
                " rising, for kind 'risk_share'"
            ),
            (
                "w.toml:10: issues.1.worth = [1, 2]: want it left out: kind 'risk_share' is valued"
                " by certainty equivalents"
            ),
            (
                'w.toml:12: issues.2.name = "s": want a name of its own; issue 1 has this one'
                " (counted from 0)"
            ),
            (
                'w.toml:13: issues.2.kind = "risk_share": want at most one issue of kind'
                " 'risk_share'; issue 1 is one already (counted from 0)"
            ),
            (
                "w.toml:14: issues.2.levels = [0, 2]: want numbers from 0 to 1, distinct and"
                " rising, for kind 'risk_share'"
            ),
            (
                "w.toml:18: issues.t.levels = [1.5]: want whole months from 1 to 600, distinct and"
                " rising, for kind 'duration'"
            ),
        ],
    ),
    "nothing to trade": (
        "name = 't'\nkind = 'duration'\nlevels = [12]",
        [
            (
                'w.toml:1: issues = [{ name = "t", kind = "duration", levels = [12] }]: want at'
                " least one issue of kind 'generic': something to trade"
            )
        ],
    ),
}


@pytest.mark.parametrize("name", ISSUE_MISTAKES)
def test_issue_mistake(name, write, complaints):
    text, lines = ISSUE_MISTAKES[name]
    assert complaints(load, write("[[issues]]\n" + text)) == lines


def test_no_issues_at_all(write, complaints):
    assert complaints(load, write("title = 'x'")) == [
        "w.toml:1: issues: missing; want 1 to 12 [[issues]] tables"
    ]


def test_all_problems_at_once_in_the_order_of_the_file(write, complaints):
    text = SMALL + "bias = 2\n[run]\nmonths = 0\nworldz = 3\n[market]\ncandidates = 20\n"
    assert [line.partition(" = ")[0] for line in complaints(load, write(text))] == [
        "w.toml:11: mediator.bias",
        "w.toml:13: run.months",
        "w.toml:14: run.worldz",
        "w.toml:16: market.candidates",
    ]


def test_circle_of_regimes_is_shown_once_each(write, complaints):
    text = SMALL + "[regimes.a]\nextends = 'b'\n[regimes.b]\nextends = 'a'\n[regimes.c]\n"
    text += "extends = 'a'\n"
    assert complaints(load, write(text)) == [
        (
            'w.toml:12: regimes.a.extends = "b": want a chain that ends in a built-in regime, not'
            " a → b → a"
        ),
        (
            'w.toml:14: regimes.b.extends = "a": want a chain that ends in a built-in regime, not'
            " b → a → b"
        ),
    ]


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, True, None, 16**5000, "1", [1], {"a": 1}, b"1"],
    ids=lambda value: type(value).__name__,
)
def test_values_from_python_are_as_strict(value, complaints):
    (line,) = complaints(load, "one_tie", {"mediator.bias": value})
    assert line.startswith("overrides: mediator.bias")
    assert "want a number from -1 to 1" in line or "no such key" in line


@pytest.mark.parametrize("value", [np.float32(0.5), np.float64(0.5), np.array(0.5)])
def test_numpy_values_count_as_python_ones(value):
    assert load("one_tie", {"mediator.bias": value}).scenario.mediator.bias == 0.5
