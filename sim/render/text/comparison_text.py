"""A comparison as plain text of at most `width` columns; no colour unless on a terminal."""

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


def sections(comparison: Comparison, width: int = WIDTH) -> list[Section]:
    """Return (title, text) of each section."""
    parts = [
        ("Result", wrapped_headline(comparison, width)),
        (
            "By regime, mean over worlds",
            tables.to_text(comparison_tables.means_table(comparison), width),
        ),
    ]
    if comparison.contrasts:
        band = f"{interval_name(comparison.worlds)} over worlds"
        title = f"Paired differences: mean [{band}] worlds of opposite sign"
        parts.append(
            (title, tables.to_text(comparison_tables.differences_table(comparison), width))
        )
    parts.append(
        (f"Where first best went ({_money_unit(comparison)})", ledger_as_text(comparison, width))
    )
    if comparison.around is not None:
        parts.append((aligned_text.aligned_title(comparison), aligned_as_text(comparison, width)))
    return parts


def comparison_as_text(comparison: Comparison, width: int = WIDTH) -> str:
    """Return a comparison as plain text."""
    parts = [describe_comparison(comparison)]
    parts += [f"{title}\n{'-' * len(title)}\n{body}" for title, body in sections(comparison, width)]
    return "\n\n".join(parts) + "\n"


def print_comparison(comparison: Comparison, file: TextIO | None = None) -> None:
    """Print a comparison: headings in bold on a terminal, plain text elsewhere."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=file, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.file.write(comparison_as_text(comparison))
        return
    console.print(Text(describe_comparison(comparison)))
    for title, body in sections(comparison):
        console.print(Text(f"\n{title}", style="bold"))
        console.print(Text(body))


def describe_comparison(comparison: Comparison) -> str:
    """Return the scenario on one line and the size of the run on another."""
    title = comparison.loaded.scenario.title
    name = f"{comparison.loaded.name}: {title}" if title else comparison.loaded.name
    sizes = (
        count(comparison.worlds, "world"),
        count(comparison.needs, "need"),
        count(comparison.months, "month"),
    )
    size = f"{' × '.join(sizes)}, seed {comparison.seed}"
    if comparison.burn_in:
        size += f", measured without {first_months(comparison.burn_in)}"
    return f"{name}\n{size}{', interrupted' if comparison.interrupted else ''}"


def wrapped_headline(comparison: Comparison, width: int = WIDTH) -> str:
    """Return the headline's sentences, wrapped."""
    return "\n".join(textwrap.fill(s, width, subsequent_indent="  ") for s in headline(comparison))


def ledger_as_text(comparison: Comparison, width: int = WIDTH) -> str:
    """Return the surplus ledger, a column per regime, with the largest residual."""
    notes = [f"0 under every regime: {idle}."] if (idle := unused_causes(comparison)) else []
    notes.append(f"Largest residual of a need and month: {comparison.residual:.1e} of its terms.")
    table = tables.to_text(comparison_tables.ledger_table(comparison), width)
    return "\n".join([table, *(textwrap.fill(n, width) for n in notes)])


def aligned_as_text(comparison: Comparison, width: int = WIDTH) -> str:
    """Return the months around the event, a table per quantity."""
    parts = [tables.to_text(table, width) for table in aligned_text.aligned_tables(comparison)]
    if not parts:
        return "It happens in no world under any regime."
    note = [aligned_text.UNPAIRED_NOTE] if aligned_text.has_unpaired(comparison) else []
    return "\n\n".join([*parts, *(textwrap.fill(line, width) for line in note)])


def wrap_line(text: str, width: int = WIDTH) -> str:
    """Return a line wrapped to `width`, its continuation lines indented."""
    return textwrap.fill(text, width, subsequent_indent="  ", break_on_hyphens=False)


def _money_unit(comparison: Comparison) -> str:
    """Return the unit of joint surplus in words."""
    return unit_in_words(comparison.row("surplus", comparison.regimes[0]).unit)
