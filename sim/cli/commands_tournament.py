"""The command `sim tournament`: every strategy meets every other."""

from __future__ import annotations

import click

from sim.cli.commands_negotiate import MOST_ROUNDS, find_domain
from sim.cli.commands_results import display_path
from sim.cli.help_groups import COMPARE, SIMULATE, command, option
from sim.cli.options import FORCE, STRATEGY_SEED, WholeNumber, out_option
from sim.errors import SimError


@command(
    "sim tournament office_supplies maintenance --strategies boulware:e=4,linear,micro",
    "sim tournament office_supplies --strategies patient.py:Patient,boulware,tit_for_tat",
)
@click.argument("domains", metavar="DOMAIN…", nargs=-1, required=True)
@option(
    "--strategies",
    metavar="A,B,…",
    group=COMPARE,
    help="Strategies that meet, e.g. boulware:e=4,micro,patient.py:Patient (see `sim strategies`).",
    unset="all that make offers",
)
@option(
    "--rounds",
    type=WholeNumber(1, MOST_ROUNDS, "rounds"),
    default=100,
    group=SIMULATE,
    help="Deadline: most rounds of each talk.",
)
@STRATEGY_SEED
@out_option("tournament")
@FORCE
def tournament(
    domains: tuple[str, ...],
    strategies: str | None,
    rounds: int,
    seed: int,
    out: str | None,
    force: bool,
) -> None:
    """Let every strategy meet every other and itself.

    Every pair meets on both sides of every domain; DOMAIN is as for `sim negotiate`. Prints scores and
    ranks with bootstrap intervals over domains and sides, and the equilibrium of the game between
    the strategies: their shares in a population in which no other strategy would earn more.
    """
    found = [find_domain(name) for name in domains]
    from sim.measure.standings import compute_standings
    from sim.outcomes.many.tournament import OFFERING_STRATEGIES
    from sim.outcomes.many.tournament import run_tournament as play_out
    from sim.render.figures.tournament_figure import payoff_heat_map
    from sim.render.text.tournament_text import standings_as_text
    from sim.study.experiments.tournament_tables import write_tournament
    from sim.study.results.durable_files import write_text
    from sim.study.results.folder import Folder

    wanted = OFFERING_STRATEGIES if strategies is None else split_strategies(strategies)
    with Folder(out, "tournament", force=force) as folder:
        played = play_out(found, wanted, rounds, seed)
        judged = compute_standings(played)
        write_text(folder.path / "heat_map.svg", payoff_heat_map(played, judged))
        write_tournament(folder.path, played, judged)
    click.echo(standings_as_text(played, judged))
    click.echo(f"data:    {display_path(folder.target)}")


def split_strategies(text: str) -> tuple[str, ...]:
    """Return the strategies of a list with commas, whose settings may have commas too.

    A part such as `accept=next` belongs to the strategy before it. Raises SimError if a part is
    empty.

    Example:
        >>> split_strategies("boulware:e=4,accept=next,micro")
        ('boulware:e=4,accept=next', 'micro')
    """
    found: list[str] = []
    for part in (word.strip() for word in text.split(",")):
        if not part:
            raise SimError(f"--strategies = {text!r}: want names with commas between them")
        if found and "=" in part and ":" not in part.partition("=")[0]:
            found[-1] += f",{part}"
        else:
            found.append(part)
    return tuple(found)
