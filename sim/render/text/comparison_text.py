"""What a comparison prints: aligned plain text, at most `width` columns, no colour in a pipe."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, TextIO

from sim.measure.amounts import count, first_months
from sim.render import comparison_tables, tables
from sim.render.numbers import intervals_over, unit_words
from sim.render.tables import WIDTH
from sim.render.text import aligned_text
from sim.render.wording import headline, unused

if TYPE_CHECKING:
    from sim.measure.compare import Comparison

Section = tuple[str, str]


def sections(c: Comparison, width: int = WIDTH) -> list[Section]:
    """Return (title, text) of each part of what is printed."""
    found = [
        ("Result", findings(c, width)),
        ("By regime, mean over worlds", tables.text(comparison_tables.means(c), width)),
    ]
    if c.contrasts:
        band = f"{intervals_over(c.worlds)} over worlds"
        title = f"Paired differences: mean [{band}] worlds of opposite sign"
        found.append((title, tables.text(comparison_tables.differences(c), width)))
    found.append((f"Where first best went ({_money(c)})", ledger(c, width)))
    if c.around is not None:
        found.append((aligned_text.title(c), around(c, width)))
    return found


def text(c: Comparison, width: int = WIDTH) -> str:
    """Return everything that is printed, as plain text."""
    parts = [about(c)]
    parts += [f"{title}\n{'-' * len(title)}\n{body}" for title, body in sections(c, width)]
    return "\n\n".join(parts) + "\n"


def show(c: Comparison, file: TextIO | None = None) -> None:
    """Print a comparison: headings in bold on a terminal, plain text anywhere else."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=file, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.file.write(text(c))
        return
    console.print(Text(about(c)))
    for title, body in sections(c):
        console.print(Text(f"\n{title}", style="bold"))
        console.print(Text(body))


def about(c: Comparison) -> str:
    """Return one line: which scenario, how large, which luck."""
    title = c.loaded.scenario.title
    name = f"{c.loaded.name}: {title}" if title else c.loaded.name
    sizes = count(c.worlds, "world"), count(c.needs, "need"), count(c.months, "month")
    size = f"{' × '.join(sizes)}, seed {c.seed}"
    if c.burn_in:
        size += f", measured without {first_months(c.burn_in)}"
    return f"{name}\n{size}{', interrupted' if c.interrupted else ''}"


def findings(c: Comparison, width: int = WIDTH) -> str:
    """Return the headline, wrapped."""
    return "\n".join(textwrap.fill(s, width, subsequent_indent="  ") for s in headline(c))


def ledger(c: Comparison, width: int = WIDTH) -> str:
    """Return the surplus ledger, one column per regime, with the largest residual."""
    notes = [f"0 under every regime: {idle}."] if (idle := unused(c)) else []
    notes.append(f"Largest residual of a need and month: {c.residual:.1e} of its terms.")
    table = tables.text(comparison_tables.ledger(c), width)
    return "\n".join([table, *(textwrap.fill(n, width) for n in notes)])


def around(c: Comparison, width: int = WIDTH) -> str:
    """Return what happens around the event, one grid per quantity."""
    parts = [tables.text(table, width) for table in aligned_text.grids(c)]
    if not parts:
        return "It happens in no world under any regime."
    note = [aligned_text.UNPAIRED] if aligned_text.is_unpaired(c) else []
    return "\n\n".join([*parts, *(textwrap.fill(line, width) for line in note)])


def wrapped(text: str, width: int = WIDTH) -> str:
    """Return a line as lines that fit, the later ones indented."""
    return textwrap.fill(text, width, subsequent_indent="  ", break_on_hyphens=False)


def _money(c: Comparison) -> str:
    return unit_words(c.row("surplus", c.regimes[0]).unit)
