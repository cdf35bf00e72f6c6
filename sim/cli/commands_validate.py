"""The command that shows that the laboratory reproduces what is known: validate."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.commands_results import progress, shown
from sim.cli.options import FORCE, Names, Whole, example
from sim.lab.limits import LARGEST_SEED

if TYPE_CHECKING:
    from sim.validation.check import CheckResult, Effort


@click.command(
    **example("sim validate", "sim validate --only T02,T15", "sim validate --only trust --deep")
)
@click.option("--deep", is_flag=True, help="Draw more: minutes instead of a minute.")
@click.option("--only", type=Names("T02,…"), help="Checks T01 to T42, or families such as trade.")
@click.option(
    "--seed", type=Whole(0, LARGEST_SEED), default=1, show_default=True, help="Another luck."
)
@click.option(
    "--out",
    type=click.Path(),
    metavar="DIR",
    help="Where the numbers and figures go.  [default: results/validation/TIME]",
)
@click.option("--page", type=click.Path(dir_okay=False), metavar="FILE", help="Write the page too.")
@FORCE
def validate(
    deep: bool,
    only: tuple[str, ...] | None,
    seed: int,
    out: str | None,
    page: str | None,
    force: bool,
) -> None:
    """Check the laboratory against what is known in theory.

    Each result with its source, what is expected, what was measured, and a negative control: a
    neighbour that must be turned away. The exit code is 1 if a check fails or a control does not.
    """
    from sim.render.text.validation_text import closing_line, failures_as_text, results_as_text
    from sim.study.results.folder import Folder
    from sim.validation.bench import find_checks, run_checks
    from sim.validation.check import Effort

    checks, effort = find_checks(only), Effort(deep, seed)
    with Folder(out, "validation", force=force) as folder:
        with progress("checking", "checks") as count:
            results = run_checks(checks, effort, count)
        _write(folder.path, results, effort)
    click.echo(results_as_text(results) + "\n")
    if wrong := failures_as_text(results):
        click.echo(wrong + "\n")
    click.echo(closing_line(results, effort))
    click.echo(f"data:    {shown(folder.target)}")
    if page is not None:
        _page(Path(page), results, effort)
    if not all(result.passed for result in results):
        raise click.exceptions.Exit(1)


def _write(folder: Path, results: list[CheckResult], effort: Effort) -> None:
    """Write the numbers, the figures, and what made them."""
    import json

    from sim.render.figures.validation_figures import family_figures, to_png
    from sim.study.results.digest import tool_version
    from sim.study.results.manifest import list_files, write_manifest
    from sim.study.results.owned_folders import tool_mark
    from sim.study.results.store import write_file, write_text
    from sim.validation.bench import results_as_data

    data = {"tool": "sim", "version": tool_version(), **results_as_data(results, effort)}
    text = json.dumps(data, indent=1, ensure_ascii=False)
    write_text(folder / "validation.json", text + "\n")
    for family, figure in family_figures(results).items():
        write_file(folder / f"{family}.png", partial(_write_bytes, drawn=to_png(figure)))
    made = {**tool_mark(), "kind": "validation", "deep": effort.deep, "seed": effort.seed}
    made["checks"] = [result.check.id for result in results]
    write_manifest(folder, {**made, "files": list_files(folder)})


def _write_bytes(file: Path, drawn: bytes) -> int:
    return file.write_bytes(drawn)


def _page(file: Path, results: list[CheckResult], effort: Effort) -> None:
    from sim.errors import SimError
    from sim.reference.validation_page import validation_page

    try:
        file.write_text(validation_page(results, effort), encoding="utf-8")
    except OSError as error:
        raise SimError(f"{file}: cannot write: {error.strerror}") from error
    click.echo(f"page:    {file}")
