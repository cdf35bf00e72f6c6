"""What a calibration found, as plain data: what was ruled out, by which facts, and what keys and facts are after it."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.calibration.alternatives import SEEN
from sim.calibration.ensembles import in_unit, values_of
from sim.calibration.populations import Sample
from sim.calibration.sealed_question import SealedQuestion
from sim.calibration.study_simulator import informed_priors
from sim.calibration.targets import Goal
from sim.calibration.waves import History, Wave
from sim.calibration.weighted_quantiles import weighted_quantiles

LEVELS = (0.05, 0.5, 0.95)
MOVED = (
    0.01  # a fact is moved if luck alone would spread it like that in one calibration of a hundred
)
NO_FACT = "no fact counts"  # the status of an alternative whose only fact is the one it leaves out
FEWEST_EFFECTIVE = 100.0  # parameter sets; intervals of fewer are rough


def findings(question: SealedQuestion, history: History, sample: Sample | None) -> dict[str, Any]:
    """Return everything that tables, figures and reports of a calibration show, apart from its ensembles."""
    informed = informed_priors(question.priors)
    return {
        "question": question.digest,
        "scenario": question.loaded.name,
        "title": question.loaded.scenario.title,
        "keys": list(informed.keys),
        "mediator_keys": list(question.priors.of_mediator),
        "facts": [_fact_before(question, history.waves[0], n) for n in range(len(question.facts))],
        "candidates": len(history.candidates),
        "emulators": [
            {"wave": wave.number, "fact": question.facts[i].name, "stated": _number(error)}
            for wave in history.waves
            for i, error in wave.stated.items()
        ],
        "points": {
            "waves": [len(wave.choice.points) for wave in history.waves],
            "populations": 0 if sample is None else len(sample.points),
        },
        "alternatives": [
            _alternative(question, history, sample, number) for number in range(len(history.goals))
        ],
    }


def _fact_before(question: SealedQuestion, wave: Wave, number: int) -> dict[str, Any]:
    """Return a fact as the prior has it, and whether any key moves it."""
    fact = question.facts[number]
    values, variance = wave.outcomes.values[:, number], wave.outcomes.variance[:, number]
    has = np.isfinite(values)
    moved, share = _is_moved(values[has], variance[has])
    return {
        "name": fact.name, "measured": fact.measured, "unit": fact.unit, "grade": fact.grade,
        "statistic": fact.statistic, "low": fact.low, "high": fact.high, "points": int(has.sum()),
        "before": _quantiles(in_unit(fact.law, values[has])), "moved": moved, "share": _number(share),
    }  # fmt: skip


def _is_moved(values: np.ndarray, variance: np.ndarray) -> tuple[bool, float]:
    """Return whether values spread more than their luck (Cochran's Q), and which share of their variance luck leaves."""
    from scipy.special import chdtrc

    if len(values) < 2 or not values.var() > 0.0:
        return False, 0.0
    noise = float(variance.mean())
    share = max(0.0, 1.0 - noise / float(values.var(ddof=1)))
    if not noise > 0.0:
        return True, share
    spread = float(((values - values.mean()) ** 2).sum()) / noise
    return bool(chdtrc(len(values) - 1.0, spread) < MOVED), share


def _alternative(
    question: SealedQuestion, history: History, sample: Sample | None, number: int
) -> dict[str, Any]:
    """Return what one alternative found."""
    goal, names = history.goals[number], [fact.name for fact in question.facts]
    aside = history.aside[number] if history.aside else None
    effective = 0.0 if sample is None else sample.effective(number)
    status = "sampled" if effective > 0.0 else "nothing left"
    if not history.asked[number].uses.any():
        status = NO_FACT
    about: dict[str, Any] = {
        "name": goal.name, "label": goal.label, "status": status, "effective": _number(effective),
        "rough": effective < FEWEST_EFFECTIVE,
        "left": [_number(float(wave.left[number].mean())) for wave in history.waves],
        "out_of_reach": [names[i] for i in (aside.alone if aside else _out_of_reach(question, history, number))],
        "conflicts": [
            {"facts": [names[i] for i in found.facts], "aside": names[found.aside]}
            for found in (aside.conflicts if aside else ())
        ],
        "rare": [names[i] for i in (aside.rare if aside else ())],
        "waves": [_ruled_out(question, history, wave, number) for wave in history.waves],
        "did_it": _did_it(question, history, number) if status != "sampled" else [],
    }  # fmt: skip
    return about | {
        "facts": _facts_after(question, goal, sample, number),
        "keys": _keys_after(question, history, sample, number),
    }


def _out_of_reach(question: SealedQuestion, history: History, number: int) -> list[int]:
    """Return the facts that no candidate reaches, if nothing could be set aside."""
    found = history.waves[0].said.implausibility(history.asked[number]).min(axis=0)
    return np.flatnonzero(found > question.rule.cutoff).tolist()


def _ruled_out(
    question: SealedQuestion, history: History, wave: Wave, number: int
) -> dict[str, Any]:
    """Return which share of what was left each fact rules out in a wave, and which share it alone."""
    goal = (history.asked if wave.number == 1 else history.goals)[number]
    before = wave.before[number]
    out = wave.said.implausibility(goal)[before] > question.rule.cutoff
    alone = out & (out.sum(axis=1) == 1)[:, None]
    facts = [
        {
            "fact": fact.name,
            "share": _number(out[:, i].mean()),
            "alone": _number(alone[:, i].mean()),
        }
        for i, fact in enumerate(question.facts)
        if goal.uses[i] and before.any()
    ]
    return {"wave": wave.number, "left": _number(float(wave.left[number].mean())), "facts": facts}


def _did_it(question: SealedQuestion, history: History, number: int) -> list[str]:
    """Return the facts that left nothing: those that rule out most at the last wave that had anything."""
    waves = [w for w in history.waves if w.before[number].any()] or history.waves[:1]
    wave = waves[-1]
    goal = (history.asked if wave.number == 1 else history.goals)[number]
    out = wave.said.implausibility(goal)[wave.before[number]] > question.rule.cutoff
    shares = out.mean(axis=0)
    order = sorted(np.flatnonzero(shares > 0.0).tolist(), key=lambda i: (-shares[i], i))
    whole = [i for i in order if shares[i] == 1.0]
    return [question.facts[i].name for i in (whole or order[:3])]


def _facts_after(
    question: SealedQuestion, goal: Goal, sample: Sample | None, number: int
) -> list[dict[str, Any]]:
    """Return what the weighted parameter sets say of each fact, and how far that is from what was published."""
    found = []
    for i, fact in enumerate(question.facts):
        row: dict[str, Any] = {
            "name": fact.name,
            "counts": bool(goal.uses[i]),
            "after": None,
            "gap": None,
        }
        ends = question.data["alternatives"][goal.name]["range"]
        seen = bool(ends) and fact.statistic == SEEN
        row["low"], row["high"] = ends if seen else (fact.low, fact.high)
        if sample is not None and sample.weights[number].any():
            weights = np.where(np.isfinite(sample.values[:, i]), sample.weights[number], 0.0)
            if weights.sum() > 0.0:
                values = np.nan_to_num(sample.values[:, i])
                row["after"] = _quantiles(in_unit(fact.law, values), weights)
                mean = float(values @ weights / weights.sum())
                row["gap"] = _number((mean - goal.location[i]) / float(np.sqrt(goal.variance[i])))
        found.append(row)
    return found


def _keys_after(
    question: SealedQuestion, history: History, sample: Sample | None, number: int
) -> list[dict[str, Any]]:
    """Return each key before and after: quantiles, mean, and how much narrower it has become."""
    prior = values_of(question.priors, history.candidates, question.seed)
    has = sample is not None and bool(sample.weights[number].any())
    found = []
    for n, key in enumerate(question.priors.keys):
        row: dict[str, Any] = {
            "key": key, "informed": key not in question.priors.of_mediator, "prior": _quantiles(prior[:, n]),
            "prior_mean": _number(prior[:, n].mean()), "posterior": None, "mean": None, "narrower": None,
        }  # fmt: skip
        if sample is not None and has and row["informed"]:
            weights = sample.weights[number]
            values = values_of(question.priors, sample.points, question.seed)[:, n]
            mean = float(weights @ values)
            spread = float(np.sqrt(max(0.0, float(weights @ (values - mean) ** 2))))
            row |= {"posterior": _quantiles(values, weights), "mean": _number(mean)}
            row["narrower"] = _number(1.0 - spread / max(float(prior[:, n].std()), 1e-300))
        found.append(row)
    return found


def _quantiles(values: np.ndarray, weights: np.ndarray | None = None) -> list[float | None]:
    if not len(values):
        return [None, None, None]
    equal = np.ones(len(values)) if weights is None else weights
    return [_number(value) for value in weighted_quantiles(values, equal, LEVELS)]


def _number(value: Any) -> float | None:
    """Return a number as JSON has it, to ten digits; None if it is none."""
    number = float(value)
    return float(f"{number:.10g}") if np.isfinite(number) else None
