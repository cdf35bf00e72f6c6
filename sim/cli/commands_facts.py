"""The command `sim facts`: what is simulated, held against what was published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.commands_results import display_path, progress
from sim.cli.help_groups import COMPARE, OUTPUT, command, option
from sim.cli.options import FORCE, THREADS, WORLD_OPTIONS, build_request

if TYPE_CHECKING:
    from sim.field.comparison import FieldResult
    from sim.field.facts_file import Facts
    from sim.field.signs import CheckedSign


@command("sim facts", "sim facts one_tie --worlds 200", "sim facts one_tie --regime mediated")
@click.argument("scenario", metavar="[SCENARIO]", required=False)
@option(
    "--regime",
    default="adversarial",
    metavar="REGIME",
    group=COMPARE,
    help="Regime whose facts are held against it, e.g. adversarial or mediated.",
)
@option(
    "--facts",
    "file",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    group=COMPARE,
    help="File of facts, in the form of experiments/facts.toml.",
    unset="the shipped facts",
)
@option(
    "--signs",
    is_flag=True,
    group=COMPARE,
    help="Also check facts of which only a sign is known, in the scenario without --set.",
)
@WORLD_OPTIONS
@option(
    "--out",
    type=click.Path(),
    metavar="DIR",
    group=OUTPUT,
    help="Folder for the numbers as facts.json.",
    unset="nothing is written",
)
@FORCE
@THREADS
def facts(
    scenario: str | None,
    regime: str,
    file: str | None,
    signs: bool,
    out: str | None,
    force: bool,
    threads: int,
    **options: Any,
) -> None:
    """Hold a scenario against published facts.

    They are about real negotiations, contracts and mediations (docs/facts.md). Prints each fact that
    counts for the scenario: the published range, ours with its 90 % interval over worlds, whether that
    lies inside, below or above, or is open because it straddles an end; and how many hold. Without
    SCENARIO the facts are listed. A fact that fails changes no exit code.
    """
    from sim.field.facts_file import read_facts
    from sim.render.text.facts_text import field_as_text, list_as_text, signs_as_text
    from sim.study.results.folder import Folder

    found = read_facts(None if file is None else Path(file))
    if scenario is None:
        click.echo(list_as_text(found))
        return
    request = build_request("facts", scenario, threads=threads, **options)
    loaded = request.load()
    worlds = request.worlds or loaded.scenario.run.worlds
    seed = loaded.scenario.run.seed if request.seed is None else request.seed
    with nullcontext() if out is None else Folder(out, "facts", force=force) as folder:
        result = _hold(found, loaded, regime, worlds, seed, threads)
        checked = (
            list(_check_signs(found, loaded.name, regime, worlds, seed, threads)) if signs else []
        )
        if folder is not None:
            _write(folder.path, result, checked)
    click.echo(field_as_text(result))
    if checked:
        click.echo("\n" + signs_as_text(checked))
    if out is not None:
        click.echo(f"data:    {display_path(Path(out))}")


def _hold(
    found: Facts, loaded: Any, regime: str, worlds: int, seed: int, threads: int
) -> FieldResult:
    """Return the facts that count for a scenario, beside simulated worlds of it."""
    from sim.field.comparison import FieldResult, hold_against

    resolved = loaded.regime(regime)
    counting = found.counting_for(loaded.name, regime)
    if not counting:
        return FieldResult(loaded.name, regime, 0, seed, ())
    with progress("simulating", "worlds") as count:
        return hold_against(
            counting, resolved, loaded.name, worlds, seed, threads=threads, on_progress=count
        )


def _check_signs(
    found: Facts, scenario: str, regime: str, worlds: int, seed: int, threads: int
) -> Iterator[CheckedSign]:
    """Yield the signs that are checked in a scenario under a regime."""
    from sim.field.signs import check_sign

    for sign in found.signs:
        if sign.statistic and sign.opened and (sign.scenario, sign.regime) == (scenario, regime):
            yield check_sign(sign, worlds, seed, threads=threads)


def _write(folder: Path, result: FieldResult, checked: list[CheckedSign]) -> None:
    """Write the numbers and a manifest into a folder."""
    from sim.field.as_data import field_as_data
    from sim.study.results.durable_files import write_text
    from sim.study.results.manifest import list_files, write_manifest
    from sim.study.results.owned_folders import tool_mark

    write_text(folder / "facts.json", field_as_data([result], checked))
    write_manifest(folder, {**tool_mark(), "kind": "facts", "files": list_files(folder)})
