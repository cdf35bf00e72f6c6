"""What a comparison prints: aligned plain text, at most `width` columns, no colour in a pipe."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, TextIO

from sim.measure.amounts import count, first_months
from sim.render import comparison_tables, tables
from sim.render.numbers import interval_name, unit_in_words
from sim.render.tables import WIDTH
from sim.render.text import aligned_text
from sim.render.wording import headline, unused_causes

if TYPE_CHECKING:
    from sim.measure.compare import Comparison

Section = tuple[str, str]


def sections(c: Comparison, width: int = WIDTH) -> list[Section]:
    """Return (title, text) of each part of what is printed."""
    found = [
        ("Result", wrapped_headline(c, width)),
        ("By regime, mean over worlds", tables.to_text(comparison_tables.means_table(c), width)),
    ]
    if c.contrasts:
        band = f"{interval_name(c.worlds)} over worlds"
        title = f"Paired differences: mean [{band}] worlds of opposite sign"
        found.append((title, tables.to_text(comparison_tables.differences_table(c), width)))
    found.append((f"Where first best went ({_money_unit(c)})", ledger_as_text(c, width)))
    if c.around is not None:
        found.append((aligned_text.aligned_title(c), aligned_as_text(c, width)))
    return found


def comparison_as_text(c: Comparison, width: int = WIDTH) -> str:
    """Return everything that is printed, as plain text."""
    parts = [describe_comparison(c)]
    parts += [f"{title}\n{'-' * len(title)}\n{body}" for title, body in sections(c, width)]
    return "\n\n".join(parts) + "\n"


def print_comparison(c: Comparison, file: TextIO | None = None) -> None:
    """Print a comparison: headings in bold on a terminal, plain text anywhere else."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=file, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.file.write(comparison_as_text(c))
        return
    console.print(Text(describe_comparison(c)))
    for title, body in sections(c):
        console.print(Text(f"\n{title}", style="bold"))
        console.print(Text(body))


def describe_comparison(c: Comparison) -> str:
    """Return one line: which scenario, how large, which luck."""
    title = c.loaded.scenario.title
    name = f"{c.loaded.name}: {title}" if title else c.loaded.name
    sizes = count(c.worlds, "world"), count(c.needs, "need"), count(c.months, "month")
    size = f"{' × '.join(sizes)}, seed {c.seed}"
    if c.burn_in:
        size += f", measured without {first_months(c.burn_in)}"
    return f"{name}\n{size}{', interrupted' if c.interrupted else ''}"


def wrapped_headline(c: Comparison, width: int = WIDTH) -> str:
    """Return the headline, wrapped."""
    return "\n".join(textwrap.fill(s, width, subsequent_indent="  ") for s in headline(c))


def ledger_as_text(c: Comparison, width: int = WIDTH) -> str:
    """Return the surplus ledger, one column per regime, with the largest residual."""
    notes = [f"0 under every regime: {idle}."] if (idle := unused_causes(c)) else []
    notes.append(f"Largest residual of a need and month: {c.residual:.1e} of its terms.")
    table = tables.to_text(comparison_tables.ledger_table(c), width)
    return "\n".join([table, *(textwrap.fill(n, width) for n in notes)])


def aligned_as_text(c: Comparison, width: int = WIDTH) -> str:
    """Return what happens around the event, one grid per quantity."""
    parts = [tables.to_text(table, width) for table in aligned_text.aligned_tables(c)]
    if not parts:
        return "It happens in no world under any regime."
    note = [aligned_text.UNPAIRED_NOTE] if aligned_text.has_unpaired(c) else []
    return "\n\n".join([*parts, *(textwrap.fill(line, width) for line in note)])


def wrap_line(text: str, width: int = WIDTH) -> str:
    """Return a line as lines that fit, the later ones indented."""
    return textwrap.fill(text, width, subsequent_indent="  ", break_on_hyphens=False)


def _money_unit(c: Comparison) -> str:
    return unit_in_words(c.row("surplus", c.regimes[0]).unit)
