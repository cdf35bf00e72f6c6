"""The screen "One tie" as HTML: time line, both stories, contract, beliefs and what each side knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.page.colours import line_styles, with_colours
from sim.page.regime_pair import Frame
from sim.page.timeline import timeline
from sim.page.twin_lives import Stretch, month_of_parting, side_by_side
from sim.render.story.phrases import month_label
from sim.render.templates import render

if TYPE_CHECKING:
    from markupsafe import Markup

SIDES = ("The buyer", "The vendor")
MOST_ROWS = 150  # of a long life the latest stretches are shown


def tie_screen(frame: Frame) -> Markup:
    """Return everything about the followed tie."""
    where = month_of_parting(*frame.lives)
    marks = line_styles(frame.regimes)
    return render(
        "page/fragments/tie.html.j2",
        timeline=timeline(frame.regimes, marks, frame.lives, frame.months, where),
        stories=_stories(frame, where),
        period=frame.period,
        both=[_regime_state(frame, k) for k in range(2)],
        people=[_side_knowledge(frame, side) for side in range(2)],
        levels=_levels(frame),
    )


def _regime_state(frame: Frame, which: int) -> dict[str, Any]:
    """Return contract, beliefs and open problems under regime 0 or 1."""
    known, (regime, color) = frame.lives[which].known, with_colours(frame.regimes)[which]
    others = [_fact_sets(frame.lives[j].known.facts) for j in (which, 1 - which)]
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


def _fact_sets(facts: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[set[str], set[str]]:
    return set(facts[0]), set(facts[1])


def _side_knowledge(frame: Frame, side: int) -> tuple[str, list[str], list[str]]:
    """Return a side's private knowledge under both regimes, and what it does not know."""
    facts = [life.known.facts[side] for life in frame.lives]
    unknown = [life.known.unknown[side] for life in frame.lives]
    same = [line for line in facts[0] if line in facts[1]]
    return SIDES[side], same, list(_merged_lines(frame, unknown))


def _merged_lines(frame: Frame, lines: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of both regimes once each; a line of a single regime names it."""
    for line in dict.fromkeys([*lines[0], *lines[1]]):
        there = [k for k in range(2) if line in lines[k]]
        yield line if len(there) == 2 else f"{line} (under {frame.regimes[there[0]]})"


def _stories(frame: Frame, where: int | None) -> Markup:
    """Return both stories side by side, with the month in which they part marked."""
    stretches = side_by_side(*frame.lives)
    return render(
        "page/fragments/stories.html.j2",
        regimes=with_colours(frame.regimes),
        stretches=[(part, month_label(part.first, part.last)) for part in stretches[-MOST_ROWS:]],
        left_out=len(stretches) - MOST_ROWS,
        where=None if where is None else where + 1,
        first_differences=[] if where is None else _first_differences(frame, stretches),
    )


def _first_differences(frame: Frame, stretches: list[Stretch]) -> list[tuple[str, str]]:
    """Return for each regime its first sentence that differs from the other's."""
    stretch = next(stretch for stretch in stretches if stretch.parts >= 0)
    return [
        (name, _sentence_at(stretch.sentences[k], stretch.parts))
        for k, name in enumerate(frame.regimes)
    ]


def _sentence_at(sentences: tuple[str, ...], number: int) -> str:
    return sentences[number] if number < len(sentences) else "nothing of the kind"


def _levels(frame: Frame) -> Markup:
    """Return the table of every level: its worth and cost, and what the other side believes of them.

    A planner acts on no beliefs, so it is left out beside a regime that has them.
    """
    heads = list(zip(with_colours(frame.regimes), frame.lives, strict=True))
    people = [(head, life) for head, life in heads if any(life.known.beliefs)] or heads[:1]
    minds = [life.minds for _, life in people]
    groups = [
        ("worth to the buyer", _distinct_tables([mind.own[0] for mind in minds])),
        ("the vendor thinks", _distinct_tables([mind.belief[1] for mind in minds])),
        ("cost to the vendor", _distinct_tables([-mind.own[1] for mind in minds])),
        ("the buyer thinks", _distinct_tables([-mind.belief[0] for mind in minds])),
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


def _distinct_tables(tables: list[np.ndarray]) -> list[np.ndarray]:
    """Return one table if both regimes agree, else both."""
    same = len(tables) < 2 or np.array_equal(tables[0], tables[1])
    return tables[:1] if same else tables
