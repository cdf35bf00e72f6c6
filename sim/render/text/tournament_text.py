"""A tournament as text: the standings and the equilibrium between strategies."""

from __future__ import annotations

import math
import textwrap

from sim.measure.amounts import DASH, count, format_fixed
from sim.measure.standings import Standing, Standings
from sim.outcomes.many.tournament import Tournament
from sim.render import tables
from sim.render.numbers import format_percent
from sim.render.tables import WIDTH, Grid, Head, Item, text_items

LONGEST_NAME = 40  # letters of a strategy
WIDEST_TABLE = 200  # columns; wide enough that a standing is one line
HEADS = (
    Head("rank"), Head("95 %"), Head("strategy", left=True), Head("score"), Head("95 %"), Head("twin"),
    Head("welfare"), Head("deals"), Head("optimal"), Head("to Nash"), Head("weight"),
)  # fmt: skip


def standings_as_text(tournament: Tournament, standings: Standings) -> str:
    """Return the standings, the equilibrium and notes as plain text."""
    names = ", ".join(domain.name for domain in tournament.domains)
    cells = f"{len(tournament.plays)} strategies, both sides, either opening, {tournament.rounds} rounds"
    lines = [
        f"{names}",
        f"{cells}: {len(tournament.meetings):,} meetings",
        "",
        tables.to_text(standings_table(standings), WIDEST_TABLE),
    ]
    lines += ["", _equilibrium_as_text(standings), *_notes(tournament, standings)]
    return "\n".join(lines)


def standings_table(standings: Standings) -> Grid:
    """Return the standings as a table, best first."""
    return Grid(HEADS, [_standing_row(row) for row in standings.rows])


def _standing_row(row: Standing) -> list[Item]:
    """Return the row of one strategy; a long name keeps its end."""
    name = (
        row.strategy
        if len(row.strategy) <= LONGEST_NAME
        else "…" + row.strategy[1 - LONGEST_NAME :]
    )
    return text_items(
        str(row.rank),
        f"{row.rank_low} to {row.rank_high}",
        name,
        format_fixed(row.score, 4),
        DASH
        if math.isnan(row.score_low)
        else f"{format_fixed(row.score_low, 3)} to {format_fixed(row.score_high, 3)}",
        format_fixed(row.self_play, 3),
        format_fixed(row.welfare, 3),
        format_percent(row.agreement),
        format_percent(row.optimal),
        format_fixed(row.to_nash, 3),
        format_fixed(row.weight, 3) if row.weight > 0.0 else "",
    )


def _equilibrium_as_text(standings: Standings) -> str:
    """Return the mixed equilibrium of the game between strategies, wrapped."""
    survivors = [row for row in standings.rows if row.weight > 0.0]
    weights = ", ".join(f"{row.strategy} {row.weight:.3f}" for row in survivors)
    sentence = (
        f"Equilibrium of the game between them: {weights}. It pays {standings.equilibrium.payoff:.4f}; another "
        f"strategy gains at most {max(standings.equilibrium.regret, 0.0):.1e} against it. Of the symmetric "
        "mixed equilibria it is the one that pays most (branch and bound over linear programmes)."
    )
    return textwrap.fill(sentence, WIDTH, break_on_hyphens=False)


def _notes(tournament: Tournament, standings: Standings) -> list[str]:
    """Return notes on narrow intervals and on how custom strategies ran."""
    notes = []
    if standings.cells < 10:
        notes.append(
            f"Intervals are over {count(standings.cells, 'cell')} (a side of a domain) only: "
            "they are too narrow."
        )
    for played in tournament.plays:
        if played.custom is not None:
            notes.append(f"{played}: {played.custom.compiled_as()}.")
    return ["", *notes] if notes else []
