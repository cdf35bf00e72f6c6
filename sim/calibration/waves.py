"""History matching: waves of points, each of which leaves less of the prior (Craig et al. 1997; Vernon et al. 2010)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import numpy as np

from sim.calibration.choices import Choices, ChosenPoints
from sim.calibration.cube import sobol
from sim.calibration.emulator import fit_all, one_thread
from sim.calibration.implausible import DIGITS, Emulators, Said, say, search, worst
from sim.calibration.rule import Rule
from sim.calibration.set_aside import Aside, aside_of, settle
from sim.calibration.targets import Goal, Outcomes, Simulated, Target, joined, scaled

Say = Callable[[str], None]
SETTLED = "settled"  # the name under which it is kept which facts were set aside
Coordinates = Callable[[np.ndarray], np.ndarray]


class Simulator(Protocol):
    """What runs points."""

    def run(self, name: str, choice: ChosenPoints, worlds: int) -> Simulated:
        """Return both sums of every fact at every point of a choice, in worlds of its own each.

        `name` is that of the wave or population, under which finished work is kept.
        """


@dataclass(frozen=True, eq=False)
class Wave:
    """One wave: what ran, what its emulators learnt, and what that leaves.

    `outcomes` are those of all points, the held-out ones last. `stated` is by fact the mean squared error of held-out
    points in units of the stated one. `before` and `left` have shape (goals, candidates): what of the prior was left
    before and after; `said` is what the emulators say of the candidates.
    """

    number: int
    choice: ChosenPoints
    outcomes: Outcomes
    emulators: Emulators
    stated: dict[int, float]
    said: Said
    before: np.ndarray
    left: np.ndarray


@dataclass(eq=False)
class History:
    """All waves so far.

    `coordinates` maps points of the unit cube to those in which emulators work; `grades` are those of the facts, of
    which those in `kept` are never set aside. `alive` says for each goal whether anything is left, `aside` which of
    its facts were set aside after the first wave; None if that did not help. `asked` are the goals with all facts.
    """

    goals: list[Goal]
    candidates: np.ndarray
    coordinates: Coordinates
    grades: Sequence[str]
    kept: Sequence[int] = ()
    waves: list[Wave] = field(default_factory=list)
    alive: list[bool] = field(default_factory=list)
    aside: list[Aside | None] = field(default_factory=list)
    asked: Sequence[Goal] = ()

    @property
    def emulators(self) -> list[Emulators]:
        """The emulators of each wave."""
        return [wave.emulators for wave in self.waves]

    @property
    def living(self) -> list[Goal]:
        """The goals that have anything left."""
        return [goal for goal, is_alive in zip(self.goals, self.alive, strict=True) if is_alive]

    @property
    def next_world(self) -> int:
        """The first world that no wave has used."""
        return max((first for wave in self.waves for first in wave.choice.first), default=-1) + 1

    def allowed(self, at: np.ndarray, cutoff: float) -> np.ndarray:
        """Return whether each goal leaves points of the unit cube, shape (goals, points)."""
        found: np.ndarray = worst(self.emulators, self.coordinates(at), self.goals) <= cutoff
        return found

    def further(
        self, goals: Sequence[Goal], start: np.ndarray, cutoff: float, wanted: int, seed: int
    ) -> np.ndarray:
        """Return up to `wanted` further points that any of some goals leaves, near the best of `start`."""

        def badness(at: np.ndarray) -> np.ndarray:
            found: np.ndarray = worst(self.emulators, self.coordinates(at), goals).min(axis=0)
            return found

        return search(badness, start if len(start) else self.candidates, cutoff, wanted, seed)


def match_history(
    simulator: Simulator,
    targets: Sequence[Target],
    goals: Sequence[Goal],
    keys: int,
    coordinates: Coordinates,
    rule: Rule,
    seed: int,
    choices: Choices,
    say_more: Say = lambda _: None,
    grades: str | Sequence[str] = "",
    kept: Sequence[int] = (),
) -> History:
    """Run the waves of a calibration, until all have run or nothing is left under any goal.

    `keys` is the number of keys that vary, `coordinates` maps points of the unit cube to those in which what facts
    say is smooth. `grades` are those of the facts, all alike if left out, and `kept` are facts that are never set aside.
    """
    grades = grades or "C" * len(targets)
    candidates = sobol(keys, rule.candidates, seed, "candidates")
    history = History(
        list(goals),
        candidates,
        coordinates,
        grades,
        kept,
        alive=[True] * len(goals),
        asked=tuple(goals),
    )
    for number in range(1, rule.waves + 1):
        name = f"wave-{number}"
        with one_thread():
            choice = choices.read(name)
            if choice is None:
                choice = _choose(history, keys, rule, seed, number)
                choices.keep(name, choice)
        outcomes = scaled(simulator.run(name, choice, rule.worlds), targets)
        say_more(f"wave {number} of {rule.waves}: emulators")
        with one_thread():
            _learn(history, number, choice, outcomes, rule, seed, choices)
        if not any(history.alive):
            break
    _set_aside_rare(history, rule)
    return history


def _choose(history: History, keys: int, rule: Rule, seed: int, number: int) -> ChosenPoints:
    """Return the points of the next wave: of the whole prior first, then of what any goal leaves."""
    wanted = rule.points + rule.held_out
    if number == 1:
        points = sobol(keys, wanted, seed, "wave", number)
    else:
        left = history.waves[-1].left.any(axis=0)
        points = history.candidates[left][:wanted]
        missing = wanted - len(points)
        if missing > 0:
            more = history.further(history.living, points, rule.cutoff, missing, seed + number)
            points = np.concatenate([points, more])
    held = min(rule.held_out, len(points) // 4)
    training = len(points) - held
    start_world = history.next_world + rule.worlds if history.waves else 0
    first = [start_world + rule.worlds * (n % rule.luck_groups) for n in range(training)]
    after = start_world + rule.worlds * rule.luck_groups
    first += [
        after + rule.worlds * n for n in range(held)
    ]  # worlds that no training point has seen
    return ChosenPoints(points, first, {"held_out": held})


def _learn(
    history: History,
    number: int,
    choice: ChosenPoints,
    outcomes: Outcomes,
    rule: Rule,
    seed: int,
    choices: Choices,
) -> None:
    """Add a wave: fit and check its emulators, and ask the candidates."""
    facts = len(history.goals[0].uses)
    points, known, groups = _training(history, choice, outcomes, rule.cutoff)
    held = slice(len(choice.points) - int(choice.about["held_out"]), None)
    emulators, stated = fit_all(
        points,
        known,
        groups,
        (history.coordinates(choice.points[held]), outcomes.of(held)),
        range(facts),
    )
    said = say(emulators, history.coordinates(history.candidates), facts)
    before = (
        history.waves[-1].left
        if history.waves
        else np.ones((len(history.goals), len(history.candidates)), bool)
    )
    if number == 1:
        _set_aside(history, said, emulators, rule, seed, choices)
    inside = [said.implausibility(goal).max(axis=1) <= rule.cutoff for goal in history.goals]
    left = before & np.array(inside) & np.array(history.alive)[:, None]
    history.waves.append(Wave(number, choice, outcomes, emulators, stated, said, before, left))
    for n, goal in enumerate(history.goals):
        if history.alive[n] and not left[n].any():
            start = history.candidates[before[n]]
            more = history.further([goal], start, rule.cutoff, 1, seed + 100 * number + n)
            history.alive[n] = len(more) > 0


def _set_aside(
    history: History,
    said: Said,
    emulators: Emulators,
    rule: Rule,
    seed: int,
    choices: Choices,
) -> None:
    """Set aside facts that cannot hold, or not together, so that every goal has something left if it can.

    What was decided is kept, as the points of the next wave depend on it.
    """
    known = choices.read(SETTLED)
    decided = None if known is None else known.about["aside"]

    def reachable(facts: Sequence[int], goal: Goal) -> bool:
        alone = replace(goal, uses=np.isin(np.arange(len(goal.uses)), facts))

        def badness(at: np.ndarray) -> np.ndarray:
            found: np.ndarray = worst([emulators], history.coordinates(at), [alone])[0]
            return found

        number = seed + 1_000 * (1 + len(facts)) + facts[0]
        return len(search(badness, history.candidates, rule.cutoff, 1, number)) > 0

    for n, goal in enumerate(history.goals):
        if decided is not None:
            found = aside_of(decided[n])
        else:
            found = settle(
                said.implausibility(goal), rule.cutoff, history.grades,
                [i for i in history.kept if goal.uses[i]], partial(reachable, goal=goal),
            )  # fmt: skip
        history.aside.append(found)
        history.alive[n] = found is not None
        if found is not None:
            uses = goal.uses.copy()
            uses[found.facts] = False
            history.goals[n] = replace(goal, uses=uses)
            history.alive[n] = bool(uses.any())
    if decided is None:
        about = {"aside": [None if one is None else one.data() for one in history.aside]}
        choices.keep(SETTLED, ChosenPoints(history.candidates[:0], [], about))


def _set_aside_rare(history: History, rule: Rule) -> None:
    """Set aside facts whose luck, at the points of the last wave, is larger than their own error.

    They are counted too rarely: whether such a fact holds at a point would be decided by its worlds.
    """
    noise = np.median(history.waves[-1].outcomes.variance, axis=0) / rule.more_worlds
    for n, goal in enumerate(history.goals):
        found = history.aside[n]
        outweighed = goal.uses & (np.round(noise / goal.variance, DIGITS) > 1.0)
        outweighed[list(history.kept)] = False  # an alternative is about these
        rare = np.flatnonzero(outweighed)
        if found is None or not history.alive[n] or not len(rare):
            continue
        found.rare = rare.tolist()
        uses = goal.uses.copy()
        uses[rare] = False
        history.goals[n] = replace(goal, uses=uses)
        history.alive[n] = bool(uses.any())


def _training(
    history: History, choice: ChosenPoints, outcomes: Outcomes, cutoff: float
) -> tuple[np.ndarray, Outcomes, np.ndarray]:
    """Return training points, what they say and their groups: those of this wave, and earlier ones still left."""
    training = slice(0, len(choice.points) - int(choice.about["held_out"]))
    points, known = [choice.points[training]], [outcomes.of(training)]
    groups = [np.array(choice.first[training])]
    for wave in history.waves:
        inside: np.ndarray = np.any(history.allowed(wave.choice.points, cutoff), axis=0)
        points.append(wave.choice.points[inside])
        known.append(wave.outcomes.of(inside))
        groups.append(np.array(wave.choice.first)[inside])
    return history.coordinates(np.concatenate(points)), joined(known), np.concatenate(groups)
