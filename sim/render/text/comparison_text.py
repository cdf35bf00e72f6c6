"""What a comparison prints: aligned plain text, at most `width` columns, no colour in a pipe."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from sim.measure.amounts import count, first_months
from sim.measure.metrics import BY_NAME, CAUSE_LABELS
from sim.render.numbers import (
    NONE,
    decimals,
    interval,
    intervals_over,
    number,
    percent,
    unit_head,
    unit_words,
)
from sim.render.text import aligned
from sim.render.wording import headline, unused

if TYPE_CHECKING:
    from sim.measure.compare import Comparison, Row

WIDTH = 100
GAP = "  "
MAIN = (
    "surplus",
    "surplus_total",
    "share_first_best",
    "buyer",
    "vendor",
    "mediator",
    "trust_buyer_end",
    "trust_buyer_mean",
    "trust_vendor_end",
    "trust_vendor_mean",
    "impasse_rate",
    "dispute_rate",
    "early_report_rate",
    "renewal_rate",
    "tie_length",
)

Section = tuple[str, str]


def sections(c: Comparison, width: int = WIDTH) -> list[Section]:
    """Return (title, text) of each part of what is printed."""
    found = [("Result", findings(c, width)), ("By regime, mean over worlds", regimes(c, width))]
    if c.contrasts:
        band = f"{intervals_over(c.worlds)} over worlds"
        title = f"Paired differences: mean [{band}] worlds of opposite sign"
        found.append((title, differences(c, width)))
    found.append((f"Where first best went ({_money(c)})", ledger(c, width)))
    if c.around is not None:
        found.append((aligned.title(c), around(c, width)))
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


def regimes(c: Comparison, width: int = WIDTH) -> str:
    """Return the main measures, one column per regime."""
    rows = []
    for name in MAIN:
        found = [c.row(name, r) for r in c.regimes]
        places = decimals(found[0].unit, *(row.mean for row in found))
        cells = [number(row.mean, row.unit, places) for row in found]
        if any(cell != NONE for cell in cells):
            rows.append([label(c, name), *cells])
    return grid(["", *c.regimes], rows, width)


def differences(c: Comparison, width: int = WIDTH) -> str:
    """Return the paired differences of the main measures, one column per pair of regimes."""
    rows = []
    for name in MAIN:
        found = [c.row(name, *pair) for pair in c.contrasts]
        cells = [
            f"{interval(row, signed=True)} {_opposite(row):>4}" if row.n else NONE for row in found
        ]
        if any(cell != NONE for cell in cells):
            rows.append([label(c, name, difference=True), *cells])
    return grid(["", *(f"{regime} − {baseline}" for regime, baseline in c.contrasts)], rows, width)


def ledger(c: Comparison, width: int = WIDTH) -> str:
    """Return the surplus ledger, one column per regime, with the largest residual."""
    names = ["first_best", *(f"loss_{cause}" for cause in c.used_causes), "surplus"]
    causes = (f"− {CAUSE_LABELS[cause]}" for cause in c.used_causes)
    labels = ["first best", *causes, "= joint surplus"]
    largest = [c.row(n, r).mean for n in ("first_best", "surplus") for r in c.regimes]
    places = decimals("", *largest)
    rows = [
        [said, *(number(c.row(name, r).mean, "", places) for r in c.regimes)]
        for said, name in zip(labels, names, strict=True)
    ]
    notes = [f"0 under every regime: {idle}."] if (idle := unused(c)) else []
    notes.append(f"Largest residual of a need and month: {c.residual:.1e} of its terms.")
    return "\n".join(
        [grid(["", *c.regimes], rows, width), *(textwrap.fill(n, width) for n in notes)]
    )


def around(c: Comparison, width: int = WIDTH) -> str:
    """Return what happens around the event, one grid per quantity."""
    parts = [grid(head, body, width) for head, body in aligned.tables(c)]
    if not parts:
        return "It happens in no world under any regime."
    note = [aligned.UNPAIRED] if aligned.is_unpaired(c) else []
    return "\n\n".join([*parts, *(textwrap.fill(line, width) for line in note)])


def label(c: Comparison, name: str, *, difference: bool = False) -> str:
    """Return a measure's name with its unit."""
    measure = BY_NAME[name]
    said = unit_head(c.unit(measure.unit), difference=difference)
    return f"{measure.label}, {said}" if said else measure.label


def wrapped(text: str, width: int = WIDTH) -> str:
    """Return a line as lines that fit, the later ones indented."""
    return textwrap.fill(text, width, subsequent_indent="  ", break_on_hyphens=False)


def grid(header: Sequence[str], rows: Sequence[Sequence[str]], width: int = WIDTH) -> str:
    """Return an aligned table: first column left, others right, broken into strips that fit."""
    table = [list(header), *map(list, rows)]
    widths = [max(len(line[j]) for line in table) for j in range(len(header))]
    strips: list[list[int]] = [[]]
    for j in range(1, len(header)):
        used = widths[0] + sum(len(GAP) + widths[i] for i in strips[-1])
        if strips[-1] and used + len(GAP) + widths[j] > width:
            strips.append([])
        strips[-1].append(j)
    return "\n\n".join(
        "\n".join(
            GAP.join(
                [line[0].ljust(widths[0]), *(line[j].rjust(widths[j]) for j in strip)]
            ).rstrip()
            for line in table
        )
        for strip in strips
    )


def _opposite(row: Row) -> str:
    return percent(row.share_opposite) if row.n > 1 else NONE


def _money(c: Comparison) -> str:
    return unit_words(c.row("surplus", c.regimes[0]).unit)
