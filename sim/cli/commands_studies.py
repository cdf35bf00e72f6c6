"""Commands that run many points: sweep and its plan, its state, experiments; and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sim.cli.as_options import in_options
from sim.cli.commands_results import progress, shown
from sim.cli.options import (
    CODE,
    FORCE,
    OUT_OF_EXPERIMENT,
    STUDY_LUCK,
    STUDY_PLACE,
    WORKERS,
    Whole,
    example,
    note,
    request_of,
)
from sim.cli.study_options import DESIGN, design_of
from sim.interrupt import INTERRUPTED
from sim.lab.limits import MOST_WORLDS
from sim.strategies.code_timeout import impatient

if TYPE_CHECKING:
    from sim.lab.requested import Request
    from sim.strategies.code_consent import Consent
    from sim.study.run.sweep import SweepResult

PORTS = 65_535
SOURCE = click.argument("source", metavar="SCENARIO|STUDY.toml|DIR")


@click.command(
    **example(
        "sim sweep one_tie --vary mediator.competence=0:1:5 --vary problems.rate=0.1,0.3",
        "sim sweep it_outsourcing --vary mediator.competence=0:1 --design latin_hypercube --points 32",
        "sim sweep study.toml --out results/mine --workers 2",
        "sim sweep results/mine --only-failed",
    )
)
@SOURCE
@DESIGN
@STUDY_LUCK
@STUDY_PLACE
@click.option("--only-failed", is_flag=True, help="Run nothing but the points that failed before.")
def sweep(source: str, design: tuple[str, ...] | None, **options: Any) -> None:
    """Run a scenario, or a study, at many points.

    Every point runs the same worlds under the same luck. The work is saved chunk by chunk: the same
    command with the same --out, or `sim sweep DIR`, goes on where an earlier one stopped. The exit
    code is 1 when a point failed.
    """
    run(request_of("sweep", source, design=design_of(design), **options))


@click.command(**example("sim plan it_outsourcing --vary mediator.competence=0:1:11 --worlds 200"))
@SOURCE
@DESIGN
@STUDY_LUCK
@WORKERS
@click.option("--chunk", type=Whole(1, MOST_WORLDS), help="Worlds a chunk holds at most.")
def plan(source: str, design: tuple[str, ...] | None, **options: Any) -> None:
    """Say what a study will take, before it is started.

    How many runs, how long, how much disk. Checks every point and times a few worlds of one of them; writes nothing.
    """
    from sim.lab.studies import resolve_study
    from sim.render.text.study_text import plan_as_text
    from sim.study.run.estimate import estimate

    request = request_of("sweep", source, design=design_of(design), **options)
    study, how = resolve_study(request), request.run_options()
    click.echo(plan_as_text(study, estimate(study, how.workers, how.chunk), how.workers))


@click.command(**example("sim status results/mine"))
@click.argument("folder", metavar="DIR")
def status(folder: str) -> None:
    """Say how far a study is, and how to go on.

    What failed, and why. Checks every part by its digest; changes nothing.
    """
    from sim.render.text.study_text import status_as_text
    from sim.study.run.restore import study_status as look

    click.echo(in_options(status_as_text(folder, look(folder))))


@click.command(
    **example("sim experiment mediation_premium --worlds 20", "sim experiment all --check")
)
@click.argument("name", metavar="NAME|all")
@click.option("--worlds", type=Whole(2, MOST_WORLDS), help="Instead of the study's; said in it.")
@click.option("--check", is_flag=True, help="Compare with the numbers the experiment expects.")
@click.option(
    "--expect", is_flag=True, help="Write what was found as what is expected from now on."
)
@OUT_OF_EXPERIMENT
@FORCE
@WORKERS
@CODE
def experiment(
    name: str,
    worlds: int | None,
    out: str | None,
    threads: int,
    allow_code: bool,
    **options: bool,
) -> None:
    """Run an experiment and give its verdict.

    A claim, its contrast at every point of the study, and whether it holds. NAME is a shipped
    experiment, a folder with question.md and study.toml, or `all`. With --check the exit code is 1
    where a number is not the expected one.
    """
    from sim.strategies.code_consent import Consent
    from sim.study.experiments.question import shipped_experiments

    names = [n for n, _, _ in shipped_experiments()] if name == "all" else [name]
    if name == "all" and out is not None:
        raise click.UsageError("--out is for one experiment; all write to results/EXPERIMENT/TIME")
    consent = Consent(everything=allow_code)
    codes = []
    for one in names:
        codes.append(_experiment(one, worlds, out, threads, consent, options))
        if codes[-1] == INTERRUPTED:
            break
    if any(codes):
        raise click.exceptions.Exit(max(codes))


def _experiment(
    name: str,
    worlds: int | None,
    out: str | None,
    workers: int,
    consent: Consent,
    options: dict[str, bool],
) -> int:
    from sim.lab.studies import draw_study
    from sim.measure.amounts import count as count_of
    from sim.render.text.comparison_text import wrap_line
    from sim.render.text.study_text import points_cut_off
    from sim.render.text.verdict_text import verdict_as_markdown, verdict_as_text
    from sim.study.experiments.experiment import run_experiment
    from sim.study.results.command import resume_command
    from sim.study.run.sweep import Interrupted, RunOptions

    try:
        with progress(name, "worlds × regimes") as count:
            done = run_experiment(
                name, out, worlds=worlds, options=RunOptions(workers), on_progress=count, before_seal=draw_study,
                render=verdict_as_markdown, consent=consent, **options,
            )  # fmt: skip
    except Interrupted as stopped:
        again = resume_command(stopped.out, experiment=name, allow_code=consent.everything)
        click.echo(f"interrupted: what is finished is kept; `{again}` goes on", err=True)
        return INTERRUPTED
    click.echo(verdict_as_text(done.about, done.table) + "\n")
    if done.interrupted:
        again = resume_command(done.out, experiment=name, allow_code=consent.everything)
        rows = count_of(len(done.table), "row")
        click.echo(
            f"interrupted: {rows} and every finished world are kept; `{again}` goes on", err=True
        )
    for line in (*points_cut_off(done.sweep), *(done.unexpected or ())):
        click.echo(wrap_line(line))
    if done.unexpected is not None:
        click.echo("as expected" if not done.unexpected else "not as expected")
    click.echo(f"data:    {shown(done.out)}\nreport:  {done.out / 'report.html'}\n")
    return done.exit_code


def run(request: Request, *, foretell: bool = False) -> SweepResult:
    """Run a study, print what was found and where it is, and exit with its code.

    `foretell` says beforehand how long it is going to take.
    """
    from sim.lab.studies import resolve_study, run_and_store_study
    from sim.render.text.findings_text import main_table_as_text
    from sim.render.text.study_text import forecast
    from sim.study.run.sweep import Interrupted, resume_study_command

    study = resolve_study(request)
    if foretell:
        click.echo(forecast(study, request.run_options().workers), err=True)
    try:
        with progress("running", "worlds × regimes") as count:
            done = run_and_store_study(request, study, on_progress=count)
    except Interrupted as stopped:
        again = resume_study_command(study, stopped.out)
        click.echo(f"interrupted: what is finished is kept; `{again}` goes on", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    if done.done:
        click.echo(main_table_as_text(done) + "\n")
    _say(done)
    if done.exit_code:
        raise click.exceptions.Exit(done.exit_code)
    return done


def _say(done: SweepResult) -> None:
    """Print what failed, how much is complete, and where everything is."""
    from sim.measure.amounts import count_of_all
    from sim.render.text.comparison_text import wrap_line
    from sim.render.text.study_text import points_cut_off

    for line in done.notes:
        note(line)
    for line in points_cut_off(done):
        click.echo(wrap_line(line))
    for name, why in done.failed.items():
        click.echo(f"{name} failed: {in_options(why)} (failed/{name}.json)", err=True)
    found = f", {done.found} of them found there" if done.found else ""
    words = f"{count_of_all(done.done, done.points, 'point')} complete{found}"
    if done.interrupted:
        from sim.study.run.sweep import resume_study_command

        again = resume_study_command(done.study, done.out)
        click.echo(f"interrupted: {words}; `{again}` goes on", err=True)
    else:
        click.echo(words)
    click.echo(f"data:    {shown(done.out)}")
    if (done.out / "report.html").is_file():
        click.echo(f"report:  {done.out / 'report.html'}")


@click.command(**example("sim view one_tie"))
@click.argument("scenario", metavar="[SCENARIO]", default="it_outsourcing")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to serve on; any other than this machine's own lets others open the page.",
)
@click.option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="NAME",
    help="Another name under which the page may be asked for, as behind a proxy. Repeatable.",
)
@click.option("--port", type=Whole(1, PORTS), help="The port.  [default: 8765, or any free one]")
@click.option("--no-open", "--no-browser", is_flag=True, help="Do not open a browser.")
@click.option(
    "--allow-code",
    is_flag=True,
    help="Run the Python files that SCENARIO names; whatever a tab sends, no others.",
)
def view(
    scenario: str, host: str, allow_hosts: tuple[str, ...], port: int | None, no_open: bool,
    allow_code: bool,
) -> None:  # fmt: skip
    """Watch one world under two regimes in the browser.

    Prints an address with a token, new at every start: whoever has it can open the page.
    Needs the extra packages of: pip install -e ".[view]"
    """
    from sim.page.serve import serve

    with impatient(False):  # the page of everybody
        serve(
            scenario, host, port, open_browser=not no_open, allow_hosts=allow_hosts,
            allow_code=allow_code,
        )  # fmt: skip
