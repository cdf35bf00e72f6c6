"""What the page shows of one tie: who, contract, minds, time line and both stories, as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.page.colours import colored, looks
from sim.page.regime_pair import Frame
from sim.page.timeline import timeline
from sim.page.twin_lives import Stretch, parting, side_by_side
from sim.render.story.phrases import month_label
from sim.render.templates import render

if TYPE_CHECKING:
    from markupsafe import Markup

SIDES = ("The buyer", "The vendor")
MOST_STRETCHES = 150  # of a long life the latest are told


def tie(frame: Frame) -> Markup:
    """Return everything about the tie that is followed."""
    where = parting(*frame.lives)
    marks = looks(frame.regimes)
    return render(
        "page/fragments/tie.html.j2",
        timeline=timeline(frame.regimes, marks, frame.lives, frame.months, where),
        stories=_stories(frame, where),
        period=frame.period,
        both=[_now(frame, k) for k in range(2)],
        people=[_person(frame, side) for side in range(2)],
        levels=_levels(frame),
    )


def _now(frame: Frame, k: int) -> dict[str, Any]:
    """Return one regime's contract, beliefs and open problems."""
    known, (regime, color) = frame.lives[k].known, colored(frame.regimes)[k]
    others = [_rest(frame.lives[j].known.facts) for j in (k, 1 - k)]
    beliefs = []
    for side in range(2):
        own = [line for line in others[0][side] if line not in others[1][side]]
        if known.beliefs[side] or own:
            beliefs.append((SIDES[side], [*known.beliefs[side], *own]))
    return {
        "regime": regime,
        "color": color,
        "contract": known.contract,
        "beliefs": beliefs,
        "problems": known.problems or ("None.",),
    }


def _rest(facts: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[set[str], set[str]]:
    return set(facts[0]), set(facts[1])


def _person(frame: Frame, side: int) -> tuple[str, list[str], list[str]]:
    """Return what a side privately knows and does not, where both regimes agree on it."""
    facts = [life.known.facts[side] for life in frame.lives]
    unknown = [life.known.unknown[side] for life in frame.lives]
    same = [line for line in facts[0] if line in facts[1]]
    return SIDES[side], same, list(_under(frame, unknown))


def _under(frame: Frame, lines: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield lines of both regimes once; one of a single regime says which."""
    for line in dict.fromkeys([*lines[0], *lines[1]]):
        there = [k for k in range(2) if line in lines[k]]
        yield line if len(there) == 2 else f"{line} (under {frame.regimes[there[0]]})"


def _stories(frame: Frame, where: int | None) -> Markup:
    """Return both stories beside each other, the month in which they part marked."""
    told = side_by_side(*frame.lives)
    return render(
        "page/fragments/stories.html.j2",
        regimes=colored(frame.regimes),
        told=[(part, month_label(part.first, part.last)) for part in told[-MOST_STRETCHES:]],
        left_out=len(told) - MOST_STRETCHES,
        where=None if where is None else where + 1,
        parted=[] if where is None else _parted(frame, told),
    )


def _parted(frame: Frame, told: list[Stretch]) -> list[tuple[str, str]]:
    """Return what each regime tells first that the other does not."""
    stretch = next(stretch for stretch in told if stretch.parts >= 0)
    return [(name, _at(stretch.said[k], stretch.parts)) for k, name in enumerate(frame.regimes)]


def _at(said: tuple[str, ...], number: int) -> str:
    return said[number] if number < len(said) else "nothing of the kind"


def _levels(frame: Frame) -> Markup:
    """Return what every level is worth and costs, and what the other side thinks it is.

    A planner acts on no belief, so that nothing is said of one beside a regime of people.
    """
    heads = list(zip(colored(frame.regimes), frame.lives, strict=True))
    people = [(head, life) for head, life in heads if any(life.known.beliefs)] or heads[:1]
    minds = [life.minds for _, life in people]
    groups = [
        ("worth to the buyer", _shown([mind.own[0] for mind in minds])),
        ("the vendor thinks", _shown([mind.belief[1] for mind in minds])),
        ("cost to the vendor", _shown([-mind.own[1] for mind in minds])),
        ("the buyer thinks", _shown([-mind.belief[0] for mind in minds])),
    ]
    words = frame.lives[0].words
    rows = [
        (
            f"{issue.name}: {words.level(k, level)}",
            [words.number(table[k, level]) for _, tables in groups for table in tables],
        )
        for k, issue in enumerate(words.issues)
        for level in range(len(issue.levels))
    ]
    return render(
        "page/fragments/levels.html.j2",
        unit=f"{words.amounts.currency} a month",
        groups=[(name, len(tables)) for name, tables in groups],
        regimes=[head for head, _ in people],
        rows=rows,
    )


def _shown(tables: list[np.ndarray]) -> list[np.ndarray]:
    """Return one table where both regimes agree, else both."""
    same = len(tables) < 2 or np.array_equal(tables[0], tables[1])
    return tables[:1] if same else tables
