"""Commands that ask one question of a scenario: attribute, sensitivity, map; report and query."""

from __future__ import annotations

from typing import Any

import click

from sim.cli.commands_studies import run
from sim.cli.options import (
    OUTCOMES,
    SCENARIO,
    STUDY_LUCK,
    STUDY_PLACE,
    Names,
    Whole,
    example,
    request_of,
)


@click.command(
    **example(
        "sim attribute secret_mediator --worlds 20",
        "sim attribute one_tie --of broker,align,warn --worlds 100",
        "sim attribute secret_mediator --of drift.rate,turnover.buyer",
    )
)
@SCENARIO
@click.option(
    "--of",
    type=Names("A,B,…"),
    help="Switches: functions of the mediator, or keys that are on.  [default: the nine functions]",
)
@click.option("--regime", help="The regime whose switches are turned.  [default: mediated]")
@STUDY_LUCK
@STUDY_PLACE
def attribute(scenario: str, regime: str | None, **options: Any) -> None:
    """Say what each thing a mediator does is worth.

    The exact Shapley value of every function, or of any set of switches.

    Every coalition of switches runs in the same worlds under the same luck. Gross of the fee, which
    has a line of its own; with what each adds alone and to all others, and what pairs add together.
    Default: 20 worlds.
    """
    regimes = (regime,) if regime else None
    asked = request_of("sweep", scenario, design="coalitions", regimes=regimes, **options)
    run(asked, foretell=True)


@click.command(
    **example(
        "sim sensitivity one_tie --factors mediator.competence=0:1,problems.rate=0.02:0.3",
        "sim sensitivity one_tie --factors mediator.competence=0:1 "
        "--factors negotiation.level=truthful,level_1 --method sobol --points 64",
    )
)
@SCENARIO
@click.option(
    "--factors",
    multiple=True,
    required=True,
    metavar="KEY=A:B,…",
    help="Keys and the ranges they vary over, or KEY=one,two. Repeatable.",
)
@click.option(
    "--method",
    type=click.Choice(["morris", "sobol"]),
    default="morris",
    show_default=True,
    help="Screening by elementary effects, or shares of variance.",
)
@click.option(
    "--points",
    type=Whole(1, 65_536),
    help="Trajectories (morris, default 20) or base rows (sobol, default 64, a power of two).",
)
@click.option("--regimes", type=Names("A,B,…"), help="[default: adversarial,mediated]")
@OUTCOMES
@STUDY_LUCK
@STUDY_PLACE
def sensitivity(
    scenario: str,
    factors: tuple[str, ...],
    method: str,
    **options: Any,
) -> None:
    """Say which keys of a scenario matter most.

    For each regime, and for the paired difference between them.

    Morris screening, or Sobol indices of first, total and second order with intervals. Each base row
    has luck of its own, shared by its points; how much of the variance is luck is reported. Default:
    4 worlds a row.
    """
    from sim.study.design.factors import split_factors

    texts = [text for one in factors for text in split_factors(one)]
    design = {"morris": "morris", "sobol": "saltelli"}[method]
    said = {"design": design, "vary": texts, "vary_by": ("factors",)}
    run(request_of("sweep", scenario, **said, **options), foretell=True)


@click.command(
    name="map",
    **example("sim map one_tie --x run.months=12:120:10 --y mediator.competence=0:1:11"),
)
@SCENARIO
@click.option("--x", required=True, metavar="KEY=A:B:N", help="The key across, and its values.")
@click.option("--y", required=True, metavar="KEY=A:B:N", help="The key upwards, and its values.")
@click.option("--regimes", type=Names("A,B,…"), help="[default: those of sim compare]")
@OUTCOMES
@STUDY_LUCK
@STUDY_PLACE
def map_(scenario: str, x: str, y: str, **options: Any) -> None:
    """Draw which regime is best where.

    A phase diagram over any two keys.

    Each cell holds the paired difference between regimes over the same worlds; the line where it is
    zero is drawn, and where it cannot be told from zero.
    """
    said = {"design": "map", "vary": (x, y), "vary_by": ("x", "y")}
    run(request_of("sweep", scenario, **said, **options))


@click.command(**example("sim report results/mine"))
@click.argument("folder", metavar="DIR")
def report(folder: str) -> None:
    """Write the report of a result anew.

    One page that opens anywhere, also without a network.
    """
    from sim.lab.studies import rewrite_report

    path = rewrite_report(folder)
    _doubt(folder)
    click.echo(f"report:  {path}")


@click.command(
    **example(
        'sim query results/mine "select regime, avg(surplus) from worlds group by regime"',
        'sim query results/mine "describe worlds"',
    )
)
@click.argument("folder", metavar="DIR")
@click.argument("sql", metavar="SQL")
@click.option("--csv", is_flag=True, help="Print all rows as CSV.")
def query(folder: str, sql: str, csv: bool) -> None:
    """Ask the tables of a result with SQL.

    Every Parquet table is a view by its name; `worlds` is every row of a study. Needs the extra
    packages of: pip install -e ".[query]"
    """
    from sim.study.results.query import query as ask

    frame = ask(folder, sql)
    _doubt(folder)
    if csv:
        click.echo(frame.to_csv(index=False), nl=False)
        return
    click.echo(frame.to_string(index=False, max_rows=60))


def _doubt(folder: str) -> None:
    """Say which parts of a study are not what they were when they were kept."""
    from sim.study.run.restore import part_warnings

    for line in part_warnings(folder):
        click.echo(f"note: {line}", err=True)
