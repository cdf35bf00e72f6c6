"""Commands that ask one question of a scenario (attribute, sensitivity, map) or of a result (report, query)."""

from __future__ import annotations

from typing import Any

import click

from sim.cli.commands_studies import run_study
from sim.cli.help_groups import COMPARE, OUTPUT, VARY, command, option
from sim.cli.options import (
    SCENARIO,
    STUDY_OUTPUT_OPTIONS,
    NameList,
    WholeNumber,
    build_request,
    outcomes_option,
    study_world_options,
)

FEW_OUTCOMES = "surplus,trust_buyer_end"  # what maps and sensitivity analyses summarise
MOST_BASE_POINTS = 1_048_576


@command(
    "sim attribute secret_mediator --worlds 20",
    "sim attribute one_tie --of broker,align,warn --worlds 100",
    "sim attribute secret_mediator --of drift.rate,turnover.buyer",
)
@SCENARIO
@option(
    "--of",
    type=NameList("A,B,…"),
    group=VARY,
    help="Switches to attribute value to: functions of the mediator, or keys that are on.",
    unset="the nine functions",
)
@option(
    "--regime",
    metavar="REGIME",
    group=COMPARE,
    help="Regime in which the switches are turned on and off.",
    unset="mediated",
)
@study_world_options("20")
@STUDY_OUTPUT_OPTIONS
def attribute(scenario: str, regime: str | None, **options: Any) -> None:
    """Divide the worth of a mediator among its functions.

    Computes the exact Shapley value of every function of the mediator, or of any set of switches.

    Every coalition of switches runs in the same worlds under the same luck. Values are before the
    mediator's fee, which is shown on a line below them. Also prints what each switch adds alone and
    to all others, and the interaction of each pair.
    """
    regimes = (regime,) if regime else None
    request = build_request("sweep", scenario, design="coalitions", regimes=regimes, **options)
    run_study(request, with_forecast=True)


@command(
    "sim sensitivity one_tie --factors mediator.competence=0:1,problems.rate=0.02:0.3",
    "sim sensitivity one_tie --factors mediator.competence=0:1 "
    "--factors negotiation.level=truthful,level_1 --method sobol --points 64",
)
@SCENARIO
@option(
    "--factors",
    multiple=True,
    required=True,
    metavar="KEY=A:B,…",
    group=VARY,
    help="Keys and the ranges they vary over, in the unit of each key; KEY=one,two for words. "
    "Repeatable.",
)
@option(
    "--method",
    type=click.Choice(["morris", "sobol"]),
    default="morris",
    group=VARY,
    help="morris: screening by elementary effects. sobol: shares of variance.",
)
@option(
    "--points",
    type=WholeNumber(1, MOST_BASE_POINTS, "trajectories"),
    group=VARY,
    help="Number of trajectories (morris) or of base rows (sobol, a power of two). A study that is "
    "there with fewer is extended.",
    unset="20 for morris, 64 for sobol",
)
@option(
    "--regimes",
    type=NameList("A,B,…"),
    group=COMPARE,
    help="Regimes to analyse, the baseline first; their paired difference is analysed too.",
    unset="adversarial,mediated",
)
@outcomes_option(FEW_OUTCOMES)
@study_world_options("4")
@STUDY_OUTPUT_OPTIONS
def sensitivity(
    scenario: str,
    factors: tuple[str, ...],
    method: str,
    **options: Any,
) -> None:
    """Find the keys of a scenario that matter most.

    Analyses each regime, and the paired difference between them.

    Prints Morris elementary effects, or Sobol indices of first, total and second order with
    intervals. Each base row has its own luck, shared by its points; the share of the variance that
    is due to luck is reported.
    """
    from sim.study.design.factors import split_factors

    texts = [text for listed in factors for text in split_factors(listed)]
    design = {"morris": "morris", "sobol": "saltelli"}[method]
    varied = {"design": design, "vary": texts, "vary_by": ("factors",)}
    run_study(build_request("sweep", scenario, **varied, **options), with_forecast=True)


@command(
    "sim map one_tie --x run.months=12:120:10 --y mediator.competence=0:1:11",
    name="map",
)
@SCENARIO
@option(
    "--x",
    required=True,
    metavar="KEY=A:B:N",
    group=VARY,
    help="Key on the horizontal axis: N values from A to B, in the unit of the key.",
)
@option(
    "--y",
    required=True,
    metavar="KEY=A:B:N",
    group=VARY,
    help="Key on the vertical axis: N values from A to B, in the unit of the key.",
)
@option(
    "--regimes",
    type=NameList("A,B,…"),
    group=COMPARE,
    help="Regimes to compare, the baseline first.",
    unset="those of `sim compare`",
)
@outcomes_option(FEW_OUTCOMES)
@study_world_options()
@STUDY_OUTPUT_OPTIONS
def map_(scenario: str, x: str, y: str, **options: Any) -> None:
    """Map the best regime over two keys.

    Draws a phase diagram over any two keys.

    Each cell holds the paired difference between regimes over the same worlds. The figure shows the
    line at which it is zero, and hatches the cells in which it cannot be told from zero.
    """
    varied = {"design": "map", "vary": (x, y), "vary_by": ("x", "y")}
    run_study(build_request("sweep", scenario, **varied, **options))


@command(
    "sim sweep one_tie --vary mediator.competence=0:1:3 --out results/mine",
    "sim report results/mine",
)
@click.argument("folder", metavar="DIR")
def report(folder: str) -> None:
    """Rewrite the report of a result.

    The report is one HTML page that needs no network.
    """
    from sim.lab.studies import rewrite_report

    path = rewrite_report(folder)
    _warn_of_damaged_parts(folder)
    click.echo(f"report:  {path}")


@command(
    "sim sweep one_tie --vary mediator.competence=0:1:3 --out results/mine",
    'sim query results/mine "select regime, avg(surplus) from worlds group by regime"',
    'sim query results/mine "describe worlds"',
)
@click.argument("folder", metavar="DIR")
@click.argument("sql", metavar="SQL")
@option(
    "--csv", is_flag=True, group=OUTPUT, help="Print all rows as CSV, not the first 60 as a table."
)
def query(folder: str, sql: str, csv: bool) -> None:
    """Query the tables of a result with SQL.

    Every Parquet table is a view of the same name; `worlds` has every world of a study. Needs the
    extra packages of: pip install -e ".[query]"
    """
    from sim.study.results.query import query as run_query

    frame = run_query(folder, sql)
    _warn_of_damaged_parts(folder)
    if csv:
        click.echo(frame.to_csv(index=False), nl=False)
        return
    click.echo(frame.to_string(index=False, max_rows=60))


def _warn_of_damaged_parts(folder: str) -> None:
    """Print a note for each part of a study that differs from its receipt."""
    from sim.study.run.restore import part_warnings

    for line in part_warnings(folder):
        click.echo(f"note: {line}", err=True)
