"""The command on mediators: which styles there are, and whether one does what it claims."""

from __future__ import annotations

import click

from sim.cli.findings import tell_findings
from sim.cli.options import Whole, example
from sim.lab.limits import LARGEST_SEED


@click.group(
    invoke_without_command=True,
    **example(
        "sim mediators", "sim mediators check proposal", "sim mediators check mine.py:Patient"
    ),
)
@click.pass_context
def mediators(ctx: click.Context) -> None:
    """List the styles of mediators, or check one against its claims.

    Each can stand as mediator.style, alone, in a list or in a mixture.
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


@mediators.command(**example("sim mediators check", "sim mediators check mine.py:Patient:lean=2"))
@click.argument("style", metavar="[STYLE]", required=False)
@click.option(
    "--seed", type=Whole(0, LARGEST_SEED), default=1, show_default=True, help="Of the drawn worlds."
)
def check(style: str | None, seed: int) -> None:
    """Check that a style does what it claims, in worlds drawn at random; without one, all of them.

    STYLE is a name, or path.py:Name for one of your own. The exit code is 1 if it does not.
    """
    from sim.mediation.styles.style_catalogue import NAMES, practise
    from sim.validation.style_claims import check_style

    failed = 0
    for text in NAMES if style is None else (style,):
        practised = practise(text)
        found = check_style(text, seed)  # first, so that where it goes wrong only that is said
        if practised.own is not None:
            click.echo(f"{practised}: {practised.own.about} ({practised.own.compiled_as()})")
        failed += tell_findings(practised, found)
    if failed:
        raise click.exceptions.Exit(1)
