"""Commands that simulate a scenario and leave a folder: compare, run, and rerun that checks it."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.options import (
    AROUND,
    CODE,
    KEPT,
    LUCK,
    PLACE,
    REGIME,
    REGIMES,
    SCENARIO,
    THREADS,
    example,
    note,
    request_of,
)
from sim.interrupt import INTERRUPTED

if TYPE_CHECKING:
    from sim.lab.comparisons import StoredComparison
    from sim.lab.requested import Request
    from sim.study.results.manifest import ResolvedRequest


@click.command(**example("sim compare it_outsourcing --worlds 50 --out mine"))
@SCENARIO
@REGIMES
@LUCK
@KEPT
@AROUND
@PLACE
def compare(scenario: str, **options: Any) -> None:
    """Compare regimes world by world under the same luck.

    Prints measures, paired differences and the surplus ledger with 95 % intervals; writes tables,
    figures, a one-page report and a manifest. The planner, a ceiling, always runs beside them; beside a
    mediator runs its machine, which knows nothing and is free, to tell what the procedure alone brings.
    """
    _simulate(request_of("compare", scenario, **options))


@click.command(**example("sim run one_tie --regime mediated --set mediator.competence=0.2"))
@SCENARIO
@REGIME
@LUCK
@KEPT
@click.option("--figures", is_flag=True, help="Draw figures and a report too.")
@PLACE
def run(scenario: str, regime: str, figures: bool, **options: Any) -> None:
    """Run one regime and print its measures.

    Writes tables and a manifest; compares with nothing.
    """
    _simulate(request_of("run", scenario, regimes=(regime,), drawings=figures, **options))


@click.command(**example("sim rerun results/it_outsourcing/20260131T101500Z/manifest.json"))
@click.argument("manifest", metavar="MANIFEST")
@THREADS
@CODE
def rerun(manifest: str, threads: int, allow_code: bool) -> None:
    """Make a result again and say whether it is identical.

    MANIFEST is the manifest.json of a result, or its folder. What is simulated is compared bit for
    bit, what is computed from it within 1e-9; a difference is said with its size and place. The
    exit code is 0 when all are identical, 1 when not.
    """
    from sim.strategies.code_consent import Consent
    from sim.study.run.rerun import rerun as again

    with progress("simulating again", "tables"):
        found = again(manifest, threads, Consent(everything=allow_code))
    notes = (f"note: {text}" for text in found.notes)
    for line in (*found.differences, *found.rounded, *notes):
        click.echo(line)
    click.echo("identical" if found.identical else "not identical")
    if not found.identical:
        raise click.exceptions.Exit(1)


def progress(what: str, unit: str) -> AbstractContextManager[Any]:
    """Return a progress display on stderr."""
    from sim.cli.progress import Progress

    return Progress(what, unit)


def _simulate(request: Request) -> None:
    from sim.lab.comparisons import compared_regimes, resolve_request, run_and_store
    from sim.scenario.code import notes_on, own_texts

    order = resolve_request(request)
    if request.kind == "compare" and len(alone := compared_regimes(order)) == 1:
        other = "mediated" if alone[0] == "adversarial" else "adversarial"
        note(
            f"{alone[0]} is the only regime beside the planner, so there is nothing to compare "
            f"it with; want --regimes {other},{alone[0]}, or sim run for one regime"
        )
    words = "simulating", "worlds" if request.kind == "run" else "worlds × regimes"
    with progress(*words) as count:
        made = run_and_store(request, order, on_progress=count)
    for line in notes_on(
        own_texts(order.loaded.resolved())
    ):  # where it goes wrong only that is said
        note(line)
    _show(made)
    _say_where(made, order)
    if made.interrupted:
        raise click.exceptions.Exit(INTERRUPTED)


def _show(made: StoredComparison) -> None:
    from sim.render.text.comparison_text import comparison_as_text, print_comparison

    if sys.stdout.isatty():
        print_comparison(made.result)
    else:
        click.echo(comparison_as_text(made.result), nl=False)


def _say_where(made: StoredComparison, asked: ResolvedRequest) -> None:
    """Print where everything is, and what Ctrl-C cut short."""
    from sim.measure.amounts import count_of_all

    done = made.result.worlds
    if made.result.interrupted:
        click.echo(
            f"interrupted: {count_of_all(done, asked.worlds, 'world')} complete and kept", err=True
        )
    if made.undrawn:
        click.echo(f"interrupted: all worlds are kept, but not {made.undrawn}", err=True)
    lines = [("data", made.out)]
    if (made.out / "report.html").is_file():
        lines += [("figures", made.out / "figures"), ("report", made.out / "report.html")]
    click.echo("")
    for name, path in lines:
        click.echo(f"{name + ':':9}{shown(path)}")


def shown(path: Path) -> str:
    """Return a path as a person in the current folder would type it; folders end in a slash."""
    return f"{path}/" if path.is_dir() else str(path)
