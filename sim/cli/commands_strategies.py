"""The command on strategies: list them, or check one against its claims."""

from __future__ import annotations

import click

from sim.cli.findings import print_findings
from sim.cli.help_groups import SIMULATE, command, group, option
from sim.cli.options import WholeNumber
from sim.lab.limits import LARGEST_SEED

ONLY_DOMAINS = " (over domains only)"


@group("sim strategies", "sim strategies check micro", "sim strategies check patient.py:Patient")
@click.pass_context
def strategies(ctx: click.Context) -> None:
    """List the strategies, or check one against its claims.

    docs/strategies.md says what they do, and how to write a custom strategy in four steps.
    """
    if ctx.invoked_subcommand is not None:
        return
    from sim.render.tables import indented_rows
    from sim.strategies.catalogue import CATALOGUE, SCENARIO_STRATEGIES, trait_names

    rows = [
        (
            s.name,
            ", ".join(trait_names(s.traits)),
            s.formula + ("" if s in SCENARIO_STRATEGIES else ONLY_DOMAINS),
        )
        for s in CATALOGUE
    ]
    click.echo("As buyers.strategy, vendors.strategy, and in sim negotiate, sim tournament:")
    click.echo(indented_rows(rows))


@command("sim strategies check micro", "sim strategies check patient.py:Patient:share=0.9")
@click.argument("strategy", metavar="STRATEGY")
@option(
    "--seed",
    type=WholeNumber(0, LARGEST_SEED, "random seed"),
    default=1,
    group=SIMULATE,
    help="Random seed of the drawn talks.",
)
def check(strategy: str, seed: int) -> None:
    """Check that a strategy does what it claims, in talks drawn at random.

    The talks are over outcomes and over money. STRATEGY is a name, or path.py:Name for a custom
    strategy. The exit code is 1 if a claim fails.
    """
    from sim.strategies.catalogue import parse_strategy
    from sim.validation.strategy_claims import conformance_at_both_tables

    played = parse_strategy(strategy)
    if played.custom is not None:
        click.echo(f"{played}: {played.custom.about} ({played.custom.compiled_as()})")
    if print_findings(played, conformance_at_both_tables(played, seed)):
        raise click.exceptions.Exit(1)


strategies.add_command(check)
