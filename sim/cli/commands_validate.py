"""The command `sim validate`: does the laboratory reproduce known results?"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.commands_results import display_path, progress
from sim.cli.help_groups import OUTPUT, SIMULATE, command, option
from sim.cli.options import FORCE, NameList, WholeNumber, out_option
from sim.lab.limits import LARGEST_SEED, cpu_count

if TYPE_CHECKING:
    from sim.field.comparison import FieldResult
    from sim.validation.check import CheckResult, Effort


@command(
    "sim validate",
    "sim validate --only T02,T15",
    "sim validate --only trust --deep",
    "sim validate --only T16 --field",
)
@option(
    "--deep",
    is_flag=True,
    group=SIMULATE,
    help="Draw larger samples, which takes minutes instead of about one minute.",
)
@option(
    "--only",
    type=NameList("A,B,…"),
    group=SIMULATE,
    help="Checks to run: T01 to T42, or families such as trade or trust.",
    unset="all checks",
)
@option(
    "--field",
    is_flag=True,
    group=SIMULATE,
    help="Also hold the scenarios against published facts (see sim facts), after the checks.",
)
@option(
    "--seed",
    type=WholeNumber(0, LARGEST_SEED, "random seed"),
    default=1,
    group=SIMULATE,
    help="Random seed for the drawn parameters.",
)
@out_option("validation")
@option(
    "--page",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    group=OUTPUT,
    help="Also write the results as a Markdown page, as docs/validation.md is.",
    unset="no page",
)
@FORCE
def validate(
    deep: bool,
    only: tuple[str, ...] | None,
    field: bool,
    seed: int,
    out: str | None,
    page: str | None,
    force: bool,
) -> None:
    """Check the laboratory against known results of theory.

    Prints each result with its source, the expected and the measured number, and a negative control:
    a neighbouring case that the same check must reject. The exit code is 1 if a check fails or
    accepts its control. Published facts that fail are shown and change no exit code.
    """
    from sim.render.text.validation_text import closing_line, failures_as_text, results_as_text
    from sim.study.results.folder import Folder
    from sim.validation.bench import find_checks, run_checks
    from sim.validation.check import Effort

    checks, effort = find_checks(only), Effort(deep, seed)
    with Folder(out, "validation", force=force) as folder:
        with progress("checking", "checks") as count:
            results = run_checks(checks, effort, count)
        held = _hold_field(effort) if field else []
        _write_results(folder.path, results, held, effort)
    click.echo(results_as_text(results) + "\n")
    if wrong := failures_as_text(results):
        click.echo(wrong + "\n")
    click.echo(closing_line(results, effort))
    _print_field(held)
    click.echo(f"data:    {display_path(folder.target)}")
    if page is not None:
        _write_page(Path(page), results, effort)
    if not all(result.passed for result in results):
        raise click.exceptions.Exit(1)


def _hold_field(effort: Effort) -> list[FieldResult]:
    """Return the scenarios held against published facts."""
    from sim.field.all_cases import DEEP_WORLDS, WORLDS, hold_all
    from sim.field.facts_file import read_facts

    worlds = effort.choose(WORLDS, DEEP_WORLDS)
    with progress("simulating", "scenarios") as count:
        return hold_all(read_facts(), worlds, effort.seed, threads=cpu_count(), on_progress=count)


def _print_field(held: list[FieldResult]) -> None:
    """Print the facts of every scenario beside ours."""
    from sim.render.text.facts_text import field_as_text

    for result in held:
        click.echo(f"\n{field_as_text(result)}")


def _write_results(
    folder: Path, results: list[CheckResult], held: list[FieldResult], effort: Effort
) -> None:
    """Write numbers, figures and manifest into the folder of the result."""
    import json

    from sim.field.as_data import field_as_data
    from sim.render.figures.validation_figures import family_figures, to_png
    from sim.study.results.digest import tool_version
    from sim.study.results.durable_files import write_file, write_text
    from sim.study.results.manifest import list_files, write_manifest
    from sim.study.results.owned_folders import tool_mark
    from sim.validation.bench import results_as_data

    data = {"tool": "sim", "version": tool_version(), **results_as_data(results, effort)}
    text = json.dumps(data, indent=1, ensure_ascii=False)
    write_text(folder / "validation.json", text + "\n")
    if held:
        write_text(folder / "field.json", field_as_data(held))
    for family, figure in family_figures(results).items():
        write_file(folder / f"{family}.png", partial(_write_bytes, drawn=to_png(figure)))
    about = {**tool_mark(), "kind": "validation", "deep": effort.deep, "seed": effort.seed}
    about["checks"] = [result.check.id for result in results]
    write_manifest(folder, {**about, "files": list_files(folder)})


def _write_bytes(file: Path, drawn: bytes) -> int:
    return file.write_bytes(drawn)


def _write_page(file: Path, results: list[CheckResult], effort: Effort) -> None:
    """Write the results as a page. Raises SimError if the file cannot be written."""
    from sim.errors import SimError
    from sim.reference.validation_page import validation_page

    try:
        file.write_text(validation_page(results, effort), encoding="utf-8")
    except OSError as error:
        raise SimError(f"{file}: cannot write: {error.strerror}") from error
    click.echo(f"page:    {file}")
