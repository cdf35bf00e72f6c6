"""The command on strategies: which there are, and whether one does what it claims."""

from __future__ import annotations

import click

from sim.cli.findings import tell_findings
from sim.cli.options import Whole, example
from sim.lab.limits import LARGEST_SEED

ONLY_DOMAINS = " (over domains only)"


@click.group(
    invoke_without_command=True,
    **example(
        "sim strategies", "sim strategies check micro", "sim strategies check mine.py:Patient"
    ),
)
@click.pass_context
def strategies(ctx: click.Context) -> None:
    """List the strategies, or check one against its claims.

    What they do is in docs/strategies.md, with the four steps to a strategy of your own.
    """
    if ctx.invoked_subcommand is not None:
        return
    from sim.render.tables import indented_rows
    from sim.strategies.catalogue import CATALOGUE, IN_MONEY, words_of

    rows = [
        (s.name, ", ".join(words_of(s.traits)), s.formula + ("" if s in IN_MONEY else ONLY_DOMAINS))
        for s in CATALOGUE
    ]
    click.echo("As buyers.strategy, vendors.strategy, and in sim negotiate, sim tournament:")
    click.echo(indented_rows(rows))


@strategies.command(**example("sim strategies check mine.py:Patient:share=0.9"))
@click.argument("strategy", metavar="STRATEGY")
@click.option(
    "--seed", type=Whole(0, LARGEST_SEED), default=1, show_default=True, help="Of the drawn talks."
)
def check(strategy: str, seed: int) -> None:
    """Check that a strategy does what it claims, in talks drawn at random over outcomes and over money.

    STRATEGY is a name, or path.py:Name for one of your own. The exit code is 1 if it does not.
    """
    from sim.strategies.catalogue import play
    from sim.validation.strategy_claims import conformance_at_both_tables

    played = play(strategy)
    if played.own is not None:
        click.echo(f"{played}: {played.own.about} ({played.own.compiled_as()})")
    if tell_findings(played, conformance_at_both_tables(played, seed)):
        raise click.exceptions.Exit(1)
