"""What `sim tournament` prints: the standings, and who would survive."""

from __future__ import annotations

import math
import textwrap

from sim.measure.amounts import NONE, count, fixed
from sim.measure.standings import Standing, Standings
from sim.outcomes.many.tournament import Tournament
from sim.render import tables
from sim.render.numbers import percent
from sim.render.tables import WIDTH, Grid, Head, Item, items

WIDEST = 40
WIDEST_TABLE = 200  # a standing is one line, however long the name
HEADS = (
    Head("rank"), Head("95 %"), Head("strategy", left=True), Head("score"), Head("95 %"), Head("twin"),
    Head("welfare"), Head("deals"), Head("optimal"), Head("to Nash"), Head("weight"),
)  # fmt: skip


def table(t: Tournament, s: Standings) -> str:
    """Return the standings as plain text."""
    names = ", ".join(domain.name for domain in t.domains)
    cells = f"{len(t.plays)} strategies, both sides, either opening, {t.rounds} rounds"
    lines = [
        f"{names}",
        f"{cells}: {len(t.meetings):,} meetings",
        "",
        tables.text(standing(s), WIDEST_TABLE),
    ]
    lines += ["", _survivors(s), *_notes(t, s)]
    return "\n".join(lines)


def standing(s: Standings) -> Grid:
    """Return the standings as a table, best first."""
    return Grid(HEADS, [_items(row) for row in s.rows])


def _items(row: Standing) -> list[Item]:
    name = row.strategy if len(row.strategy) <= WIDEST else "…" + row.strategy[1 - WIDEST :]
    return items(
        str(row.rank),
        f"{row.rank_low} to {row.rank_high}",
        name,
        fixed(row.score, 4),
        NONE
        if math.isnan(row.score_low)
        else f"{fixed(row.score_low, 3)} to {fixed(row.score_high, 3)}",
        fixed(row.self_play, 3),
        fixed(row.welfare, 3),
        percent(row.agreement),
        percent(row.optimal),
        fixed(row.to_nash, 3),
        fixed(row.weight, 3) if row.weight > 0.0 else "",
    )


def _survivors(s: Standings) -> str:
    played = [row for row in s.rows if row.weight > 0.0]
    who = ", ".join(f"{row.strategy} {row.weight:.3f}" for row in played)
    told = (
        f"Equilibrium of the game between them: {who}. It pays {s.equilibrium.payoff:.4f}; another "
        f"strategy gains at most {max(s.equilibrium.regret, 0.0):.1e} against it. Of the symmetric "
        "mixed equilibria it is the one that pays most (branch and bound over linear programmes)."
    )
    return textwrap.fill(told, WIDTH, break_on_hyphens=False)


def _notes(t: Tournament, s: Standings) -> list[str]:
    notes = []
    if s.cells < 10:
        notes.append(
            f"Intervals are over {count(s.cells, 'cell')} (a side of a domain) only: "
            "they are too narrow."
        )
    for played in t.plays:
        if played.custom is not None:
            notes.append(f"{played}: {played.custom.compiled_as()}.")
    return ["", *notes] if notes else []
