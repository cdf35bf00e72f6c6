"""The command on mediators: list the styles, or check one against its claims."""

from __future__ import annotations

import click

from sim.cli.findings import print_findings
from sim.cli.help_groups import SIMULATE, command, group, option
from sim.cli.options import WholeNumber
from sim.lab.limits import LARGEST_SEED


@group("sim mediators", "sim mediators check proposal", "sim mediators check patient.py:Patient")
@click.pass_context
def mediators(ctx: click.Context) -> None:
    """List the styles of mediators, or check one against its claims.

    Any of them can be set as mediator.style, alone, in a list or in a mixture.
    """
    if ctx.invoked_subcommand is not None:
        return
    from sim.mediation.styles.style_catalogue import CATALOGUE

    click.echo("As mediator.style, name:setting=value; several in order as in first + second:")
    for entry in CATALOGUE:
        click.echo(f"  {entry.name}: {entry.rule}")
        click.echo(f"      acts {', '.join(moment.name.lower() for moment in entry.moments)}")
        click.echo(f"      source: {entry.source}")
        for s in entry.settings:
            span = f"{s.span}, default {s.default:g}"
            click.echo(f"      {s.name} ({s.unit}, {span}): {s.meaning}")


@command("sim mediators check", "sim mediators check patient.py:Patient:lean=2")
@click.argument("style", metavar="[STYLE]", required=False)
@option(
    "--seed",
    type=WholeNumber(0, LARGEST_SEED, "random seed"),
    default=1,
    group=SIMULATE,
    help="Random seed of the drawn worlds.",
)
def check(style: str | None, seed: int) -> None:
    """Check that a style does what it claims, in worlds drawn at random.

    STYLE is a name, or path.py:Name for a custom mediator; without it all styles are checked. The
    exit code is 1 if a claim fails.
    """
    from sim.mediation.styles.style_catalogue import NAMES, parse_style
    from sim.validation.style_claims import check_style

    failed = 0
    for text in NAMES if style is None else (style,):
        practised = parse_style(text)
        found = check_style(text, seed)  # first: if it raises, only the error is printed
        if practised.custom is not None:
            click.echo(f"{practised}: {practised.custom.about} ({practised.custom.compiled_as()})")
        failed += print_findings(practised, found)
    if failed:
        raise click.exceptions.Exit(1)


mediators.add_command(check)
