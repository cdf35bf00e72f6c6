"""A calibration small enough for tests: one pair for a year, three keys, three facts, few points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sim.calibration.priors import Priors, read_priors
from sim.calibration.rule import Rule
from sim.calibration.sealed_question import SealedQuestion, ask
from sim.field.facts_file import Fact, Facts, read_facts
from sim.field.laws import Law
from sim.scenario.load import LoadedScenario, load

YEAR = {"run.months": 12, "negotiation.deadline": 4}
PRIORS = """\
[[priors]]
key = "problems.rate"
distribution = "uniform"
low = 0.05
high = 0.6
reason = "a test"

[[priors]]
key = "disputes.threshold"
distribution = "loguniform"
low = 3
high = 40
reason = "a test"

[[priors]]
key = "governance.monitoring"
distribution = "uniform"
low = 0.5
high = 8
reason = "a test"

[[priors]]
key = "mediator.competence"
distribution = "beta"
low = 0
high = 1
a = 2
b = 2
reason = "a test"
"""
RULE = Rule(
    waves=1, points=40, worlds=8, discrepancy=0.5, held_out=8, luck_groups=4, candidates=1_024,
    generations=2, effective=10**6, population=32, more_worlds=2,
)  # fmt: skip
STATISTICS = ("hidden_share", "dispute_rate", "governance_share")


@cache
def pair() -> LoadedScenario:
    return load("one_tie", YEAR)


@cache
def priors() -> Priors:
    with TemporaryDirectory() as folder:
        path = Path(folder, "priors.toml")
        path.write_text(PRIORS, encoding="utf-8")
        return read_priors(path, pair())


@cache
def shipped_facts() -> Facts:
    return read_facts()


def facts_at(values: Sequence[float], spreads: Sequence[float]) -> Facts:
    """Return facts about the small world, normal with these values and spreads."""
    like = shipped_facts().facts[0]
    made = [
        replace(like, name=name, statistic=name, grade="B", law=Law("normal", v - 1.6448536269514722 * s,
                v + 1.6448536269514722 * s), low=v - 1.6448536269514722 * s, high=v + 1.6448536269514722 * s)
        for name, v, s in zip(STATISTICS, values, spreads, strict=True)
    ]  # fmt: skip
    facts: tuple[Fact, ...] = tuple(made)
    return Facts(facts, {}, {}, (), Path("facts.toml"))


def small(
    values: Sequence[float] = (0.5, 1.0, 0.06),
    spreads: Sequence[float] = (0.1, 0.4, 0.02),
    *,
    seed: int = 1,
    rule: Rule = RULE,
) -> SealedQuestion:
    """Return the question of a small calibration."""
    question = ask(pair(), facts_at(values, spreads), priors(), waves=1, seed=seed)
    return replace(question, rule=rule)
