"""Which facts cannot hold, or cannot hold together; and the sealed question and its alternatives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small import shipped_facts

from sim.calibration.alternatives import RANGES, WITHOUT, goals_of
from sim.calibration.calibration_findings import _is_moved
from sim.calibration.choices import ChoiceFiles, ChosenPoints
from sim.calibration.priors import read_priors
from sim.calibration.sealed_question import SealedQuestion, ask, deviations
from sim.calibration.set_aside import settle, smallest_conflict
from sim.calibration.targets import Goal, Simulated, Target, scaled
from sim.errors import SimError
from sim.field.laws import Law
from sim.scenario.load import load

NEVER = lambda _: False  # noqa: E731


@pytest.fixture(scope="module")
def question() -> SealedQuestion:
    loaded = load("one_tie")
    return ask(loaded, shipped_facts(), read_priors("one_tie", loaded), waves=2, seed=1)


def far(*rows: str) -> np.ndarray:
    """Return implausibilities: one row of marks for each kind of candidate, x where a fact is too far."""
    return np.array([[9.0 if mark == "x" else 1.0 for mark in row] for row in rows] * 10)


def test_a_fact_out_of_reach_is_set_aside_and_the_others_stay():
    found = settle(far("..x", ".xx"), 3.0, "CCA", (), NEVER)
    assert found is not None and found.alone == [2] and not found.conflicts


def test_a_fact_that_is_reached_elsewhere_is_not_out_of_reach():
    found = settle(far("..x"), 3.0, "CCC", (), lambda facts: list(facts) == [2])
    assert found is not None and not found.facts


def test_facts_that_hold_together_beyond_the_candidates_do_not_fight():
    found = settle(far("x.", ".x"), 3.0, "CC", (), lambda facts: list(facts) == [0, 1])
    assert found is not None and not found.facts


def test_of_facts_that_fight_the_lowest_grade_gives_way():
    table = far("x..", ".x.", ".x.")
    found = settle(table, 3.0, "CAB", (), NEVER)
    assert found is not None and [(c.facts, c.aside) for c in found.conflicts] == [((0, 1), 0)]
    found = settle(table, 3.0, "AAA", (), NEVER)  # alike: the one without which more is left
    assert found is not None and found.facts == [1]
    found = settle(table, 3.0, "CAA", (0,), NEVER)
    assert found is not None and found.facts == [1]


def test_nothing_helps_if_the_fact_that_is_varied_is_out_of_reach():
    assert settle(far("x.", "x."), 3.0, "AA", (0,), NEVER) is None


def test_the_smallest_conflict_names_no_bystander():
    within = far("x...", ".xx.", "..x.") <= 3.0
    assert smallest_conflict(within, [0, 1, 2, 3]) in ([0, 2], [0, 1, 2])
    assert 3 not in smallest_conflict(within, [3, 2, 1, 0])


def test_a_fact_that_no_parameter_moves_is_told_from_one_that_is():
    luck = np.random.default_rng(3)
    noise = np.full(100, 0.04)
    assert not _is_moved(luck.normal(0.0, 0.2, 100), noise)[0]
    assert _is_moved(luck.normal(0.0, 0.2, 100) + np.linspace(0, 1, 100), noise)[0]
    assert not _is_moved(np.ones(100), np.zeros(100))[0]


def test_alternatives_change_one_fact_and_nothing_else(question: SealedQuestion):
    names = [fact.name for fact in question.facts]
    goals = {g.name: g for g in goals_of(question.facts, question.source.covariance(names), 1.0)}
    assert list(goals) == [*RANGES, WITHOUT]
    seen = names.index("value_created")
    others = [n for n in range(len(names)) if n != seen]
    for name, (low, high) in RANGES.items():
        law = Law("logit_normal", low, high)
        assert goals[name].location[seen] == pytest.approx(law.location)
        assert goals[name].variance[seen] == pytest.approx(2.0 * law.spread**2)
        assert (goals[name].location[others] == goals[WITHOUT].location[others]).all()
    assert not goals[WITHOUT].uses[seen] and goals[WITHOUT].uses[others].all()


def test_facts_that_overlap_count_for_less_than_two():
    def chance(correlation: float) -> float:
        errors = np.array([[1.0, correlation], [correlation, 1.0]])
        goal = Goal("", "", np.ones(2, bool), np.zeros(2), errors)
        return float(goal.log_chance(np.ones((1, 2)))[0])

    assert chance(0.0) == pytest.approx(-1.0) and chance(0.8) == pytest.approx(-1.0 / 1.8)
    missing = Goal("", "", np.ones(2, bool), np.zeros(2), np.eye(2)).log_chance(
        np.array([[np.nan, 0.0]])
    )
    assert missing[0] == -np.inf


def test_ratios_and_their_luck_follow_the_delta_method():
    luck = np.random.default_rng(1)
    bottom = luck.uniform(5.0, 15.0, (1, 2_000, 1))
    top = bottom * luck.uniform(0.1, 0.3, bottom.shape)
    law = Law("lognormal", 0.1, 0.3)
    found = scaled(Simulated(top, bottom), [Target("fact", law)])
    assert float(np.exp(found.values[0, 0])) == pytest.approx(0.2, abs=0.01)
    halves = [
        scaled(Simulated(top[:, n::40], bottom[:, n::40]), [Target("fact", law)]).values[0, 0]
        for n in range(40)
    ]
    assert np.sqrt(found.variance[0, 0] * 40) == pytest.approx(np.std(halves, ddof=1), rel=0.4)
    nothing = scaled(Simulated(np.zeros((1, 3, 1)), np.ones((1, 3, 1))), [Target("fact", law)])
    assert np.isfinite(nothing.values).all()
    assert np.isnan(scaled(Simulated(top * 0, bottom * 0), [Target("fact", law)]).values).all()


def test_a_question_is_the_same_or_says_what_differs(question: SealedQuestion):
    again = replace(question)
    assert again.digest == question.digest and not deviations(question.data, again.data)
    other = replace(question, seed=2, rule=replace(question.rule, cutoff=2.5))
    assert other.digest != question.digest
    lines = deviations(question.data, other.data)
    assert lines == ["seed: 1 there, 2 asked for", "rule.cutoff: 3.0 there, 2.5 asked for"]
    assert "facts.value_created.low" not in lines and question.data["blindness"]


def test_facts_are_left_out_by_name(question: SealedQuestion):
    some = ask(
        question.loaded,
        question.source,
        question.priors,
        waves=2,
        seed=1,
        left_out=["value_created"],
    )
    assert list(some.data["alternatives"]) == ["all_facts"] and some.digest != question.digest
    with pytest.raises(SimError, match="did you mean 'value_created'"):
        ask(
            question.loaded,
            question.source,
            question.priors,
            waves=2,
            seed=1,
            left_out=["value_creatd"],
        )


def test_choices_are_read_as_they_were_kept_and_damage_is_told(tmp_path: Path):
    files = ChoiceFiles(tmp_path, "plan")
    choice = ChosenPoints(np.array([[0.1, 1 / 3]]), [7], {"held_out": 0})
    assert files.read("wave-1") is None
    files.keep("wave-1", choice)
    found = files.read("wave-1")
    assert found is not None and (found.points == choice.points).all() and found[1:] == choice[1:]
    assert ChoiceFiles(tmp_path, "another").read("wave-1") is None
    path = tmp_path / "wave-1" / "choice.json"
    path.write_text(path.read_text().replace("0.1", "0.2"))
    with pytest.raises(SimError, match="damaged"):
        files.read("wave-1")
