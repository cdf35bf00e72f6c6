"""Commands on studies (sweep, plan, status, experiment), and the browser page (view)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sim.cli.as_options import name_options
from sim.cli.commands_results import display_path, progress
from sim.cli.help_groups import OUTPUT, SAFETY, SIMULATE, command, option
from sim.cli.options import (
    ALLOW_CODE,
    CHUNK,
    FORCE,
    STUDY_OUTPUT_OPTIONS,
    WORKERS,
    WholeNumber,
    build_request,
    out_option,
    print_note,
    study_world_options,
)
from sim.cli.study_options import (
    DEFAULT_WORLDS,
    DESIGN_OPTIONS,
    ONLY_FAILED,
    STOP_OPTIONS,
    single_design,
)
from sim.interrupt import INTERRUPT_EXIT_CODE
from sim.lab.limits import MOST_WORLDS
from sim.strategies.code_timeout import end_process_if_stuck

if TYPE_CHECKING:
    from sim.lab.requested import Request
    from sim.strategies.code_consent import Consent
    from sim.study.run.sweep import SweepResult

LARGEST_PORT = 65_535
SOURCE = click.argument("source", metavar="SCENARIO|STUDY.toml|DIR")


@command(
    "sim sweep one_tie --vary mediator.competence=0:1:5 --vary problems.rate=0.1,0.3",
    "sim sweep it_outsourcing --vary mediator.competence=0:1 --design latin_hypercube --points 32",
    "sim sweep study.toml --out results/mine --workers 2",
    "sim sweep results/mine --only-failed",
)
@SOURCE
@DESIGN_OPTIONS
@study_world_options(DEFAULT_WORLDS)
@STOP_OPTIONS
@ONLY_FAILED
@STUDY_OUTPUT_OPTIONS
def sweep(source: str, design: tuple[str, ...] | None, **options: Any) -> None:
    """Run a scenario, or a study, at many points.

    Every point runs the same worlds under the same luck. Work is saved chunk by chunk: the same
    command with the same --out, or `sim sweep DIR`, resumes a study that was stopped; with more
    --points a sampled design grows, and keeps the points it has. The exit code is 1 if a point failed.
    """
    run_study(build_request("sweep", source, design=single_design(design), **options))


@command("sim plan it_outsourcing --vary mediator.competence=0:1:11 --worlds 200")
@SOURCE
@DESIGN_OPTIONS
@study_world_options(DEFAULT_WORLDS)
@STOP_OPTIONS
@WORKERS
@CHUNK
def plan(source: str, design: tuple[str, ...] | None, **options: Any) -> None:
    """Estimate the cost of a study before it is started.

    Prints the number of runs, the time and the disk space. Checks every point and times a few worlds
    of one point; writes nothing.
    """
    from sim.lab.studies import resolve_study
    from sim.render.text.study_text import plan_as_text
    from sim.study.run.estimate import estimate

    request = build_request("sweep", source, design=single_design(design), **options)
    study, how = resolve_study(request), request.run_options()
    click.echo(plan_as_text(study, estimate(study, how.workers, how.chunk), how.workers))


@command(
    "sim sweep one_tie --vary mediator.competence=0:1:3 --out results/mine",
    "sim status results/mine",
)
@click.argument("folder", metavar="DIR")
def status(folder: str) -> None:
    """Show the progress of a study, and how to resume it.

    Prints which points failed, and why. Checks every part by its digest; changes nothing.
    """
    from sim.render.text.study_text import status_as_text
    from sim.study.run.restore import study_status

    click.echo(name_options(status_as_text(folder, study_status(folder))))


@command("sim experiment mediation_premium --worlds 20", "sim experiment all --check")
@click.argument("name", metavar="NAME|all")
@option(
    "--worlds",
    type=WholeNumber(2, MOST_WORLDS, "worlds"),
    group=SIMULATE,
    help="Override the study's number of worlds (noted in the verdict).",
    unset="the study's",
)
@option("--check", is_flag=True, group=OUTPUT, help="Compare the results with expected.json.")
@option("--expect", is_flag=True, group=OUTPUT, help="Save the results as the new expected.json.")
@out_option("SCENARIO")
@FORCE
@WORKERS
@ALLOW_CODE
def experiment(
    name: str,
    worlds: int | None,
    out: str | None,
    threads: int,
    allow_code: bool,
    **options: bool,
) -> None:
    """Run an experiment and give its verdict.

    Prints the claim, its contrast at every point of the study, and whether it holds. NAME is a
    shipped experiment, a folder with question.md and study.toml, or `all`. With --check the exit
    code is 1 if a number differs from the expected one.
    """
    from sim.strategies.code_consent import Consent
    from sim.study.experiments.question import shipped_experiments

    names = [n for n, _, _ in shipped_experiments()] if name == "all" else [name]
    if name == "all" and out is not None:
        raise click.UsageError("--out is for one experiment; all write to results/SCENARIO/TIME")
    consent = Consent(everything=allow_code)
    codes = []
    for chosen in names:
        codes.append(_run_one_experiment(chosen, worlds, out, threads, consent, options))
        if codes[-1] == INTERRUPT_EXIT_CODE:
            break
    if any(codes):
        raise click.exceptions.Exit(max(codes))


def _run_one_experiment(
    name: str,
    worlds: int | None,
    out: str | None,
    workers: int,
    consent: Consent,
    options: dict[str, bool],
) -> int:
    """Run one experiment, print its verdict and paths, and return its exit code."""
    from sim.lab.studies import draw_study
    from sim.measure.amounts import count as count_of
    from sim.render.text.comparison_text import wrap_line
    from sim.render.text.study_text import points_cut_off
    from sim.render.text.verdict_text import verdict_as_markdown, verdict_as_text
    from sim.study.experiments.experiment import run_experiment
    from sim.study.results.command import resume_command
    from sim.study.run.run_options import RunOptions
    from sim.study.run.sweep import Interrupted

    try:
        with progress(name, "worlds × regimes") as count:
            done = run_experiment(
                name, out, worlds=worlds, options=RunOptions(workers), on_progress=count, before_seal=draw_study,
                render=verdict_as_markdown, consent=consent, **options,
            )  # fmt: skip
    except Interrupted as stopped:
        again = resume_command(stopped.out, experiment=name, allow_code=consent.everything)
        click.echo(f"interrupted: finished work is kept; `{again}` resumes it", err=True)
        return INTERRUPT_EXIT_CODE
    click.echo(verdict_as_text(done.about, done.table) + "\n")
    if done.interrupted:
        again = resume_command(done.out, experiment=name, allow_code=consent.everything)
        rows = count_of(len(done.table), "row")
        click.echo(
            f"interrupted: {rows} and every finished world are kept; `{again}` resumes it", err=True
        )
    for line in (*points_cut_off(done.sweep), *(done.unexpected or ())):
        click.echo(wrap_line(line))
    if done.unexpected is not None:
        click.echo("as expected" if not done.unexpected else "not as expected")
    click.echo(f"data:    {display_path(done.out)}\nreport:  {done.out / 'report.html'}\n")
    return done.exit_code


def run_study(request: Request, *, with_forecast: bool = False) -> SweepResult:
    """Run a study, print its findings and paths, and exit with its code.

    With `with_forecast` an estimate of the time it takes is printed first.
    """
    from sim.lab.studies import resolve_study, run_and_store_study
    from sim.render.text.findings_text import main_table_as_text
    from sim.render.text.study_text import forecast
    from sim.study.run.study_session import resume_study_command
    from sim.study.run.sweep import Interrupted

    study = resolve_study(request)
    if with_forecast:
        click.echo(forecast(study, request.run_options().workers), err=True)
    try:
        with progress("running", "worlds × regimes") as count:
            done = run_and_store_study(request, study, on_progress=count)
    except Interrupted as stopped:
        again = resume_study_command(study, stopped.out)
        click.echo(f"interrupted: finished work is kept; `{again}` resumes it", err=True)
        raise click.exceptions.Exit(INTERRUPT_EXIT_CODE) from None
    if done.done and (table := main_table_as_text(done)):
        click.echo(table + "\n")
    _print_study(done)
    if done.exit_code:
        raise click.exceptions.Exit(done.exit_code)
    return done


def _print_study(done: SweepResult) -> None:
    """Print what failed, how many points are complete, and the paths of the result."""
    from sim.measure.amounts import count_of_all
    from sim.render.text.comparison_text import wrap_line
    from sim.render.text.study_text import points_cut_off
    from sim.study.results.owned_folders import REPORT

    for line in done.notes:
        print_note(line)
    for line in points_cut_off(done):
        click.echo(wrap_line(line))
    for name, why in done.failed.items():
        click.echo(f"{name} failed: {name_options(why)} (failed/{name}.json)", err=True)
    found = f", {done.found:,} of them found there" if done.found else ""
    words = f"{count_of_all(done.done, done.points, 'point')} complete{found}"
    if done.interrupted:
        from sim.study.run.study_session import resume_study_command

        again = resume_study_command(done.study, done.out)
        click.echo(f"interrupted: {words}; `{again}` resumes the study", err=True)
    else:
        click.echo(words)
    click.echo(f"data:    {display_path(done.out)}")
    if (done.out / REPORT).is_file():
        click.echo(f"report:  {done.out / REPORT}")


@command("sim view one_tie")
@click.argument("scenario", metavar="[SCENARIO]", default="it_outsourcing")
@option(
    "--host",
    default="127.0.0.1",
    metavar="ADDRESS",
    group=SAFETY,
    help="Address to serve on; any other than this machine's own lets others open the page.",
)
@option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="NAME",
    group=SAFETY,
    help="Another host name that the page answers to, e.g. of a proxy. Repeatable.",
    unset="this machine's names",
)
@option(
    "--port",
    type=WholeNumber(1, LARGEST_PORT, "port"),
    group=OUTPUT,
    help="Port to serve on.",
    unset="8765, or any free port if it is in use",
)
@option("--no-open", "--no-browser", is_flag=True, group=OUTPUT, help="Do not open a browser.")
@option(
    "--allow-code",
    is_flag=True,
    group=SAFETY,
    help="Run the Python files that SCENARIO names, and no others, whatever a tab sends.",
)
def view(
    scenario: str, host: str, allow_hosts: tuple[str, ...], port: int | None, no_open: bool,
    allow_code: bool,
) -> None:  # fmt: skip
    """Watch one world under two regimes in the browser.

    SCENARIO is it_outsourcing if none is given. Prints an address with a token that is new at every
    start: anybody who has it can open the page. Needs the extra packages of: pip install -e ".[view]"
    """
    from sim.page.serve import serve

    with end_process_if_stuck(False):  # the page serves many visitors at once
        serve(
            scenario, host, port, open_browser=not no_open, allow_hosts=allow_hosts,
            allow_code=allow_code,
        )  # fmt: skip
