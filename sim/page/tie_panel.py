"""What the page shows of one tie: who, contract, minds, time line and both stories, as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from sim.page.looks import looks
from sim.page.pair import Frame
from sim.page.timeline import timeline
from sim.page.twins import Stretch, parting, side_by_side
from sim.render.story.phrases import calendar

SIDES = ("The buyer", "The vendor")
MOST_STRETCHES = 150  # of a long life the latest are told


def tie(frame: Frame) -> str:
    """Return everything about the tie that is followed."""
    one, two = frame.lives
    where = parting(one, two)
    marks = looks(frame.regimes)
    drawn = timeline(frame.regimes, marks, frame.lives, frame.months, where)
    return (
        f'<div class="sim-card sim-wide">{drawn}</div>'
        f"{_stories(frame, where)}"
        f'<div class="sim-charts sim-wide">{_now(frame, 0)}{_now(frame, 1)}</div>'
        f"{_people(frame)}{_tables(frame)}"
    )


def _list(said: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in said)}</ul>" if said else ""


def _now(frame: Frame, k: int) -> str:
    """Return one regime's contract, beliefs and open problems."""
    known, (color, _) = frame.lives[k].known, looks(frame.regimes)[k]
    parts = [f'<h3 style="color:{color}">{escape(frame.regimes[k])}, month {frame.period}</h3>']
    parts.append(f"<h4>Contract</h4>{_list(known.contract)}")
    others = [_rest(frame.lives[j].known.facts) for j in (k, 1 - k)]
    for side in range(2):
        own = [line for line in others[0][side] if line not in others[1][side]]
        if known.beliefs[side] or own:
            parts.append(f"<h4>{SIDES[side]} believes</h4>{_list([*known.beliefs[side], *own])}")
    hidden = known.problems or ("None.",)
    parts.append(f"<h4>Open problems</h4>{_list(hidden)}")
    return f'<div class="sim-card sim-now" style="border-top-color:{color}">{"".join(parts)}</div>'


def _rest(facts: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[set[str], set[str]]:
    return set(facts[0]), set(facts[1])


def _people(frame: Frame) -> str:
    """Return what each side privately knows and does not, where both regimes agree on it."""
    cards = []
    for side in range(2):
        facts = [life.known.facts[side] for life in frame.lives]
        unknown = [life.known.unknown[side] for life in frame.lives]
        same = [line for line in facts[0] if line in facts[1]]
        parts = [f"<h3>{SIDES[side]} privately knows</h3>{_list(same)}<h4>It does not know</h4>"]
        parts.append(_list(list(_under(frame, unknown))))
        cards.append(f'<div class="sim-card sim-now">{"".join(parts)}</div>')
    return f'<div class="sim-charts">{"".join(cards)}</div>'


def _under(frame: Frame, lines: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield lines of both regimes once; one of a single regime says which."""
    for line in dict.fromkeys([*lines[0], *lines[1]]):
        there = [k for k in range(2) if line in lines[k]]
        yield line if len(there) == 2 else f"{line} (under {frame.regimes[there[0]]})"


def _stories(frame: Frame, where: int | None) -> str:
    """Return both stories beside each other, the month in which they part marked."""
    told = side_by_side(*frame.lives)
    left_out = len(told) - MOST_STRETCHES
    heads = "".join(
        f'<th style="color:{color}">{escape(name)}</th>'
        for name, (color, _) in zip(frame.regimes, looks(frame.regimes), strict=True)
    )
    rows = "".join(_row(stretch) for stretch in told[-MOST_STRETCHES:])
    more = (
        f"<tr><td></td><td colspan=2>… {left_out} earlier rows are told by `sim story`.</td></tr>"
        if left_out > 0
        else ""
    )
    return (
        f'<div class="sim-card sim-wide sim-stories"><h3>The story of this tie</h3>'
        f'<p class="sim-parted">{_parted(frame, told, where)}</p>'
        f'<div class="sim-scroll" tabindex="0" role="region" aria-label="Both stories">'
        f"<table><thead><tr><th></th>{heads}</tr></thead><tbody>{more}{rows}</tbody></table>"
        f"</div></div>"
    )


def _row(stretch: Stretch) -> str:
    cells = "".join(
        f"<td{'' if stretch.loud[k] else ' class=sim-quiet'}>"
        + "".join(
            f"<p{' class=sim-differs' if n == stretch.parts else ''}>{escape(line)}</p>"
            for n, line in enumerate(stretch.said[k])
        )
        + "</td>"
        for k in range(2)
    )
    mark = " class=sim-parts-here" if stretch.parts >= 0 else ""
    note = "<i>first difference</i>" if mark else ""
    return (
        f"<tr{mark}><th><span>{calendar(stretch.first, stretch.last)}{note}</span></th>{cells}</tr>"
    )


def _parted(frame: Frame, told: list[Stretch], where: int | None) -> str:
    """Return in a sentence where the two lives part."""
    if not told:
        return "Nothing has happened yet: step or play."
    if where is None:
        return "So far the same events have happened under both regimes."
    stretch = next(stretch for stretch in told if stretch.parts >= 0)
    said = [
        f"under {escape(name)}: “{escape(_at(stretch.said[k], stretch.parts))}”"
        for k, name in enumerate(frame.regimes)
    ]
    return f"<b>The two lives part in month {where + 1}</b>; {'; '.join(said)}"


def _at(said: tuple[str, ...], number: int) -> str:
    return said[number] if number < len(said) else "nothing of the kind"


def _tables(frame: Frame) -> str:
    """Return what every level is worth and costs, and what the other side thinks it is.

    A planner acts on no belief, so that nothing is said of one beside a regime of people.
    """
    marks = zip(frame.regimes, looks(frame.regimes), frame.lives, strict=True)
    heads = [
        (f'<th style="color:{color}">{escape(name)}</th>', life) for name, (color, _), life in marks
    ]
    people = [(head, life) for head, life in heads if any(life.known.beliefs)] or heads[:1]
    minds = [life.minds for _, life in people]
    groups = (
        ("worth to the buyer", [mind.own[0] for mind in minds]),
        ("the vendor thinks", [mind.belief[1] for mind in minds]),
        ("cost to the vendor", [-mind.own[1] for mind in minds]),
        ("the buyer thinks", [-mind.belief[0] for mind in minds]),
    )
    columns = [table for _, tables in groups for table in _shown(tables)]
    over = "".join(f"<th colspan={len(_shown(tables))}>{name}</th>" for name, tables in groups)
    under = "".join(
        "".join(head for head, _ in people) if len(_shown(tables)) > 1 else "<th></th>"
        for _, tables in groups
    )
    words = frame.lives[0].words
    rows = []
    for k, issue in enumerate(words.issues):
        for level in range(len(issue.levels)):
            cells = "".join(f"<td>{words.number(table[k, level])}</td>" for table in columns)
            name = f"{issue.name}: {words.level(k, level)}"
            rows.append(f"<tr><th>{escape(name)}</th>{cells}</tr>")
    unit = escape(f"{words.amounts.currency} a month")
    return (
        f'<div class="sim-card sim-wide"><h3>What each level is worth and costs, and what the other '
        f'side thinks ({unit})</h3><table class="sim-table sim-levels"><thead><tr><th></th>{over}'
        f"</tr><tr><th></th>{under}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _shown(tables: list[np.ndarray]) -> list[np.ndarray]:
    """Return one table where both regimes agree, else both."""
    same = len(tables) < 2 or np.array_equal(tables[0], tables[1])
    return tables[:1] if same else tables
