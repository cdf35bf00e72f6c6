"""Commands that go beyond one comparison: sweep, experiment, view."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from sim.faces.commands_results import load_with, progress, shown
from sim.faces.options import (
    FORCE,
    LUCK,
    MOST_WORLDS,
    OUT_OF_EXPERIMENT,
    PLACE,
    REGIMES,
    SCENARIO,
    THREADS,
    Whole,
    example,
)

if TYPE_CHECKING:
    from sim.study.sweep import SweepResult

PORTS = 65_535


@click.command(
    **example("sim sweep one_tie --vary mediator.competence=0:1:5 --vary problems.rate=0.1,0.3")
)
@SCENARIO
@click.option(
    "--vary",
    multiple=True,
    required=True,
    metavar="KEY=A:B:N",
    help="A key and its values: N from A to B, or KEY=one,two,three. Repeatable.",
)
@REGIMES
@LUCK
@PLACE
def sweep(
    scenario: str,
    vary: tuple[str, ...],
    sets: tuple[str, ...],
    out: str | None,
    **options: Any,
) -> None:
    """Run every combination of varied values.

    A full factorial. Each point is a file of its own, saved before the next begins: the same command with the same
    --out goes on where an earlier one stopped. The exit code is 1 when a point failed.
    """
    loaded, overrides = load_with(scenario, sets)
    from sim.study.plan import parse_vary
    from sim.study.sweep import sweep as all_points

    factors = [parse_vary(text) for text in vary]
    with progress("sweeping", "worlds × regimes") as count:
        done = all_points(
            loaded, factors, out=out, overrides=overrides, on_progress=count, **options
        )
    _tell(done, [f.key for f in factors if f.key != "regime"])
    if done.exit_code:
        raise click.exceptions.Exit(done.exit_code)


def _tell(done: SweepResult, factors: list[str]) -> None:
    """Print joint surplus by point, what failed, and where everything is."""
    from sim.faces.points import points

    if done.done:
        click.echo(points(done.table(), factors) + "\n")
    for note in done.notes:
        click.echo(f"note: {note}", err=True)
    for name, why in done.failed.items():
        click.echo(f"{name} failed: {why} (failed/{name}.json)", err=True)
    found = f", {done.found} of them found there" if done.found else ""
    words = f"{done.done} of {done.points} points are complete{found}"
    if done.interrupted:
        out = shlex.quote(str(done.out))
        click.echo(f"interrupted: {words}; the same command with --out {out} goes on", err=True)
    else:
        click.echo(words)
    click.echo(f"data:    {shown(done.out)}")


@click.command(**example("sim experiment mediation_premium --worlds 20"))
@click.argument("name", metavar="NAME")
@click.option("--worlds", type=Whole(2, MOST_WORLDS), help="Instead of the study's; said in it.")
@OUT_OF_EXPERIMENT
@FORCE
@THREADS
def experiment(name: str, worlds: int | None, **options: Any) -> None:
    """Run an experiment and give its verdict.

    A claim, its contrast in every row of the study, and whether it holds.
    NAME is a shipped experiment or a folder with question.md and study.toml.
    """
    from sim.study.experiment import run_experiment

    with progress("experiment", "worlds × regimes × rows") as count:
        done = run_experiment(name, worlds=worlds, on_progress=count, **options)
    click.echo(done.text)
    if done.interrupted:
        click.echo(f"interrupted: {len(done.table)} rows are complete and kept", err=True)
    click.echo(f"data:    {shown(done.out)}\nverdict: {done.out / 'verdict.html'}")
    if done.exit_code:
        raise click.exceptions.Exit(done.exit_code)


@click.command(**example("sim view one_tie"))
@click.argument("scenario", metavar="[SCENARIO]", default="it_outsourcing")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to serve on; any other than this machine's own lets others open the page.",
)
@click.option("--port", type=Whole(1, PORTS), help="The port.  [default: 8765, or any free one]")
@click.option("--no-open", "--no-browser", is_flag=True, help="Do not open a browser.")
def view(scenario: str, host: str, port: int | None, no_open: bool) -> None:
    """Watch one world under two regimes in the browser.

    Needs the extra packages of: pip install -e ".[view]"
    """
    from sim.faces.view import serve

    serve(scenario, host, port, open_browser=not no_open)
