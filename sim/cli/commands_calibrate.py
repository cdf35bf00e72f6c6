"""The command `sim calibrate`: which values of keys published facts leave possible."""

from __future__ import annotations

from typing import Any

import click

from sim.cli.commands_results import display_path, progress
from sim.cli.help_groups import COMPARE, SIMULATE, VARY, command, option
from sim.cli.options import (
    SCENARIO,
    STUDY_OUTPUT_OPTIONS,
    NameList,
    WholeNumber,
    build_request,
    print_note,
    study_world_options,
)
from sim.interrupt import INTERRUPT_EXIT_CODE
from sim.lab.limits import MOST_POINTS

MOST_WAVES = 9


@command(
    "sim calibrate one_tie --waves 2 --out c",
    "sim calibrate one_tie --without value_created --out mine",
)
@SCENARIO
@option(
    "--facts",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    group=COMPARE,
    help="File of published facts, in the form of experiments/facts.toml.",
    unset="the shipped facts",
)
@option(
    "--without",
    type=NameList("A,B,…"),
    group=COMPARE,
    help="Facts to leave out; the question says so.",
    unset="none",
)
@option(
    "--prior",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    group=VARY,
    help="File of priors: key, distribution, reason (docs/calibration.md).",
    unset="experiments/priors/SCENARIO.toml",
)
@option(
    "--waves",
    type=WholeNumber(1, MOST_WAVES, "waves"),
    default=3,
    group=SIMULATE,
    help="Waves of points, each where the ones before left something.",
)
@option(
    "--points",
    type=WholeNumber(2, MOST_POINTS, "points"),
    group=SIMULATE,
    help="Points of a wave.",
    unset="16 for each key, from 64 to 192",
)
@study_world_options("as many as make 4,800 tie-months, from 4 to 100")
@STUDY_OUTPUT_OPTIONS
def calibrate(
    scenario: str,
    facts: str | None,
    without: tuple[str, ...] | None,
    prior: str | None,
    waves: int,
    **options: Any,
) -> None:
    """Find which values of keys published facts leave possible.

    Seals the question, then rules out what facts make implausible, wave by wave, and samples what is left.
    Only the adversarial arm is simulated. Prints what is left, keys and facts before and after, and which
    facts cannot hold; writes an ensemble for each alternative. The same command with the same --out
    resumes. Needs the extra packages of: pip install -e ".[calibrate]"
    """
    from sim.calibration.emulator import check_extra
    from sim.lab.calibrations import resolve_question, run_and_store_calibration
    from sim.render.text.calibration_text import calibration_as_text, question_as_text

    check_extra()
    request = build_request("sweep", scenario, **options)
    question = resolve_question(
        request, waves=waves, facts=facts, prior=prior, without=without or ()
    )
    click.echo(question_as_text(question.data, question.digest) + "\n")
    with progress("calibrating", "worlds") as count:
        done = run_and_store_calibration(request, question, on_progress=count)
    for line in done.notes:
        print_note(line)
    if done.interrupted:
        click.echo("interrupted: finished work is kept; the same command resumes it", err=True)
        click.echo(f"data:    {display_path(done.out)}")
        raise click.exceptions.Exit(INTERRUPT_EXIT_CODE)
    click.echo(calibration_as_text(done.found) + "\n")
    click.echo(f"data:    {display_path(done.out)}\nreport:  {done.out / 'report.html'}")
