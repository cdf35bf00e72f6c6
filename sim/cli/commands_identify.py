"""The command `sim identify`: which keys could be told from which data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sim.cli.as_options import name_options
from sim.cli.commands_results import display_path, progress
from sim.cli.help_groups import SIMULATE, VARY, command, option
from sim.cli.options import (
    STUDY_OUTPUT_OPTIONS,
    WholeNumber,
    build_request,
    print_note,
    study_world_options,
)
from sim.interrupt import INTERRUPT_EXIT_CODE
from sim.lab.limits import MOST_POINTS

if TYPE_CHECKING:
    from sim.lab.identification import Answered


@command(
    "sim identify one_tie --panel department --out results/told",
    "sim identify results/told --panel survey",
)
@click.argument("source", metavar="SCENARIO|DIR")
@option(
    "--panel",
    metavar="NAME|FILE",
    group=SIMULATE,
    help="What is seen: department, survey, arms or money, each with all before it, or a file like "
    "experiments/panels.toml, whose last panel is asked about.",
    unset="money",
)
@option(
    "--prior",
    metavar="FILE",
    group=VARY,
    help="What is believed about each key before anything is seen, as in experiments/priors.",
    unset="those shipped for SCENARIO, else half to one and a half of each number it sets",
)
@option(
    "--points",
    type=WholeNumber(1, MOST_POINTS, "points"),
    group=VARY,
    help="Number of points drawn from the prior; each is held out once.",
    unset="400",
)
@study_world_options("as many as hold the ties that the panel sees")
@STUDY_OUTPUT_OPTIONS
def identify(source: str, **options: Any) -> None:
    """Ask which keys could be told from which data.

    Draws points from a prior, simulates at each what a panel of ties would show, and learns each key
    from that at some points to predict it at others, in worlds that no other point has. Prints the
    held-out R² of each key, its rank, and the further column that would add most. That nothing can be
    told is an answer. DIR is an earlier result: it is resumed, or asked about another panel.
    """
    from sim.lab.identification import resolve_identification, run_identification
    from sim.study.run.study_session import resume_study_command
    from sim.study.run.sweep import Interrupted

    request = build_request("identify", source, **options)
    question = resolve_identification(request)
    if question.note:
        print_note(question.note)
    try:
        with progress("running", "worlds × regimes") as count:
            done = run_identification(request, question, progress, on_progress=count)
    except Interrupted as stopped:
        again = resume_study_command(question.study, stopped.out)
        click.echo(f"interrupted: finished work is kept; `{again}` resumes it", err=True)
        raise click.exceptions.Exit(INTERRUPT_EXIT_CODE) from None
    _print_answer(done)
    if done.sweep.exit_code:
        raise click.exceptions.Exit(done.sweep.exit_code)


def _print_answer(done: Answered) -> None:
    """Print what was found, what failed, and the paths of the result."""
    from sim.measure.amounts import count_of_all
    from sim.render.text.identification_text import identification_as_text
    from sim.study.results.owned_folders import REPORT
    from sim.study.run.study_session import resume_study_command

    sweep = done.sweep
    for line in sweep.notes:
        print_note(line)
    for name, why in sweep.failed.items():
        click.echo(f"{name} failed: {name_options(why)} (failed/{name}.json)", err=True)
    words = f"{count_of_all(sweep.done, sweep.points, 'point')} complete"
    if sweep.interrupted:
        again = resume_study_command(sweep.study, sweep.out)
        click.echo(f"interrupted: {words}; `{again}` resumes it", err=True)
    elif done.answer is None:
        click.echo(f"{words}: too few for an answer")
    else:
        seen = done.question.panels
        click.echo(identification_as_text(done.answer, seen, sweep.study) + "\n")
        click.echo(words)
    click.echo(f"data:    {display_path(sweep.out)}")
    if (sweep.out / REPORT).is_file():
        click.echo(f"report:  {sweep.out / REPORT}")
