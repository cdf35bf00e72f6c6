"""Commands that simulate a scenario and write a folder: compare, run, and rerun that checks one."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.help_groups import OUTPUT, command, option
from sim.cli.options import (
    ALLOW_CODE,
    EVENT_OPTIONS,
    OUTPUT_OPTIONS,
    REGIME,
    REGIMES,
    SCENARIO,
    TABLES_TO_WRITE,
    THREADS,
    WORLD_OPTIONS,
    build_request,
    print_note,
)
from sim.interrupt import INTERRUPT_EXIT_CODE

if TYPE_CHECKING:
    from sim.lab.comparisons import StoredComparison
    from sim.lab.requested import Request
    from sim.study.results.manifest import ResolvedRequest


@command(
    "sim compare it_outsourcing --worlds 50 --out mine",
    "sim compare one_tie --regimes adversarial,mediated --set mediator.competence=0.2",
)
@SCENARIO
@REGIMES
@WORLD_OPTIONS
@TABLES_TO_WRITE
@EVENT_OPTIONS
@OUTPUT_OPTIONS
def compare(scenario: str, **options: Any) -> None:
    """Compare regimes world by world under the same luck.

    Prints measures, paired differences and the surplus ledger with 95 % intervals. Writes tables,
    figures, a one-page report and a manifest. The planner, which reaches first best, always runs
    too. If a regime has a mediator, its machine runs too: the same procedure without knowledge or
    fee, which shows what the procedure alone brings.
    """
    _simulate(build_request("compare", scenario, **options))


@command("sim run one_tie --regime mediated --set mediator.competence=0.2")
@SCENARIO
@REGIME
@WORLD_OPTIONS
@TABLES_TO_WRITE
@option("--figures", is_flag=True, group=OUTPUT, help="Also draw figures and write a report.")
@OUTPUT_OPTIONS
def run(scenario: str, regime: str, figures: bool, **options: Any) -> None:
    """Run one regime and print its measures.

    Writes tables and a manifest. Use `sim compare` to compare regimes.
    """
    _simulate(build_request("run", scenario, regimes=(regime,), drawings=figures, **options))


@command("sim run one_tie --out results/mine", "sim rerun results/mine/manifest.json")
@click.argument("manifest", metavar="MANIFEST")
@THREADS
@ALLOW_CODE
def rerun(manifest: str, threads: int, allow_code: bool) -> None:
    """Recompute a result and check whether it is identical.

    MANIFEST is the manifest.json of a result, or its folder. Simulated tables are compared bit for
    bit, tables computed from them within 1e-9. Every difference is printed with its place and size.
    The exit code is 0 if everything is identical, 1 if not.
    """
    from sim.strategies.code_consent import Consent
    from sim.study.run.rerun import rerun as recompute

    with progress("simulating again", "tables"):
        found = recompute(manifest, threads, Consent(everything=allow_code))
    notes = (f"note: {text}" for text in found.notes)
    for line in (*found.differences, *found.rounded, *notes):
        click.echo(line)
    click.echo("identical" if found.identical else "not identical")
    if not found.identical:
        raise click.exceptions.Exit(1)


def progress(what: str, unit: str) -> AbstractContextManager[Any]:
    """Return a context that shows progress on stderr: `what` is done, counted in `unit`."""
    from sim.cli.progress import Progress

    return Progress(what, unit)


def _simulate(request: Request) -> None:
    """Run a request, print its result, and exit with INTERRUPTED if Ctrl-C cut it short."""
    from sim.lab.comparisons import compared_regimes, resolve_request, run_and_store
    from sim.measure.amounts import count_of_all
    from sim.scenario.code import compile_notes, custom_texts

    order = resolve_request(request)
    if request.kind == "compare" and len(alone := compared_regimes(order)) == 1:
        other = "mediated" if alone[0] == "adversarial" else "adversarial"
        print_note(
            f"{alone[0]} is the only regime beside the planner, so there is nothing to compare "
            f"it with; want --regimes {other},{alone[0]}, or sim run for one regime"
        )
    request = _announce_large(request, order)
    words = "simulating", "worlds" if request.kind == "run" else "worlds × regimes"
    with progress(*words) as count:
        stored = run_and_store(request, order, on_progress=count)
    # Notes come after the run: if it fails, only the error is printed.
    if stored.resumed:
        resumed = count_of_all(stored.resumed, order.worlds, "world", "was", "were")
        print_note(f"{resumed} complete already")
    for line in compile_notes(custom_texts(order.loaded.resolved())):
        print_note(line)
    _print_comparison(stored)
    _print_paths(stored, order)
    if stored.interrupted:
        raise click.exceptions.Exit(INTERRUPT_EXIT_CODE)


def _announce_large(request: Request, order: ResolvedRequest) -> Request:
    """Say how much disk a large result takes and how it is resumed; return the request with its folder named."""
    from dataclasses import replace

    from sim.lab.stored_size import LARGE_RESULT, estimate_stored_size
    from sim.study.results.command import shell_text
    from sim.study.results.folder import default_target

    size = estimate_stored_size(order)
    if size.meanwhile < LARGE_RESULT:
        return request
    out = request.out or default_target(order.loaded.name)
    kept, most = f"{size.tables / 1e9:.0f} GB", f"{size.meanwhile / 1e9:.0f} GB"
    if size.tables:
        print_note(
            f"tables will take about {kept} on disk, and {most} until they are complete; with --tables none "
            "only summary and ledger are kept"
        )
    else:
        print_note(f"rows will take about {most} on disk until the result is complete")
    print_note(
        f"if it is killed, the same command with {shell_text(['--out', str(out)])} resumes it"
    )
    return replace(request, out=out)


def _print_comparison(stored: StoredComparison) -> None:
    from sim.render.text.comparison_text import comparison_as_text, print_comparison

    if sys.stdout.isatty():
        print_comparison(stored.result)
    else:
        click.echo(comparison_as_text(stored.result), nl=False)


def _print_paths(stored: StoredComparison, asked: ResolvedRequest) -> None:
    """Print the paths of everything written, and what is missing after Ctrl-C."""
    from sim.measure.amounts import count_of_all
    from sim.study.results.owned_folders import FIGURES, REPORT

    done = stored.result.worlds
    if stored.result.interrupted:
        click.echo(
            f"interrupted: {count_of_all(done, asked.worlds, 'world')} complete and kept", err=True
        )
    if stored.undrawn:
        click.echo(f"interrupted: all worlds are kept, but not {stored.undrawn}", err=True)
    lines = [("data", stored.out)]
    if (stored.out / REPORT).is_file():
        lines += [("figures", stored.out / FIGURES), ("report", stored.out / REPORT)]
    click.echo("")
    for name, path in lines:
        click.echo(f"{name + ':':9}{display_path(path)}")


def display_path(path: Path) -> str:
    """Return a path as it is typed in the current folder; a folder ends in a slash."""
    return f"{path}/" if path.is_dir() else str(path)
