"""The commands on strategies: let them meet in a tournament, hold them to what they claim."""

from __future__ import annotations

import click

from sim.cli.commands_negotiate import MOST_ROUNDS, find_domain
from sim.cli.commands_results import shown
from sim.cli.options import FORCE, Whole, example
from sim.errors import SimError
from sim.lab.limits import LARGEST_SEED


@click.command(
    **example(
        "sim tournament office_supplies maintenance --strategies boulware:e=4,linear,micro",
        "sim tournament office_supplies --strategies mine.py:Patient,boulware,tit_for_tat",
    )
)
@click.argument("domains", metavar="DOMAIN…", nargs=-1, required=True)
@click.option(
    "--strategies",
    metavar="A,B,…",
    help="As in boulware:e=4,micro,mine.py:Name.  [default: all that make offers]",
)
@click.option(
    "--rounds", type=Whole(1, MOST_ROUNDS), default=100, show_default=True, help="The deadline."
)
@click.option(
    "--seed",
    type=Whole(0, LARGEST_SEED),
    default=1,
    show_default=True,
    help="Of strategies with luck.",
)
@click.option(
    "--out",
    type=click.Path(),
    metavar="DIR",
    help="Where the result goes.  [default: results/tournament/TIME]",
)
@FORCE
def tournament(
    domains: tuple[str, ...],
    strategies: str | None,
    rounds: int,
    seed: int,
    out: str | None,
    force: bool,
) -> None:
    """Let strategies meet, every one with every other and its twin, on both sides of domains.

    Prints scores and ranks with bootstrap intervals over domains and sides, and the equilibrium of
    the game between the strategies: who would be left if people chose by success.
    """
    found = [find_domain(name) for name in domains]
    from sim.measure.standings import compute_standings
    from sim.outcomes.many.tournament import OFFERING_STRATEGIES
    from sim.outcomes.many.tournament import run_tournament as play_out
    from sim.render.figures.tournament_figure import payoff_heat_map
    from sim.render.text.tournament_text import standings_as_text
    from sim.study.experiments.tournament_tables import write_tournament
    from sim.study.results.folder import Folder
    from sim.study.results.store import write_text

    wanted = OFFERING_STRATEGIES if strategies is None else listed(strategies)
    with Folder(out, "tournament", force=force) as folder:
        played = play_out(found, wanted, rounds, seed)
        judged = compute_standings(played)
        write_text(folder.path / "heat_map.svg", payoff_heat_map(played, judged))
        write_tournament(folder.path, played, judged)
    click.echo(standings_as_text(played, judged))
    click.echo(f"data:    {shown(folder.target)}")


def listed(text: str) -> tuple[str, ...]:
    """Return the strategies of a list with commas, where settings have commas of their own.

    A part with `=` and no name before it belongs to the strategy before.
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
