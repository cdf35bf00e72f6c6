"""Options of a study: a design over a scenario, or a file that has both."""

from __future__ import annotations

import click

from sim.cli.options import OUTCOMES, REGIMES, Names, Whole, stacked
from sim.lab.limits import MOST_POINTS, MOST_WORLDS

DESIGNS = (
    "factorial",
    "latin_hypercube",
    "sobol",
    "morris",
    "saltelli",
    "map",
    "list",
    "coalitions",
)
DESIGN = stacked(
    click.option(
        "--vary",
        multiple=True,
        metavar="KEY=A:B:N",
        help="A key and its values: N from A to B, or KEY=one,two; KEY=A:B for sampled designs. Repeatable.",
    ),
    click.option(
        "--design",
        type=Names("NAME", DESIGNS),
        help=f"How points are chosen, of {','.join(DESIGNS)}.  [default: factorial]",
    ),
    click.option(
        "--points", type=Whole(1, MOST_POINTS), help="How many points a sampled design has."
    ),
    click.option(
        "--list", "csv", metavar="FILE.csv", help="Points from a CSV file: a column for each key."
    ),
    REGIMES,
    OUTCOMES,
    click.option(
        "--until",
        metavar="OUTCOME=WIDTH",
        help="Add worlds to each point until the paired interval of OUTCOME is narrower than WIDTH.",
    ),
    click.option(
        "--at-most", type=Whole(1, MOST_WORLDS), help="With --until: the cap.  [default: 1000]"
    ),
)


def design_of(names: tuple[str, ...] | None) -> str:
    """Return the one design that is named, "" for none."""
    if names is not None and len(names) > 1:
        raise click.UsageError("--design: want one design")
    return names[0] if names else ""
