"""Commands about scenarios themselves: explain, story, scenarios, schema, new."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from sim.cli.commands_results import progress
from sim.cli.help_groups import OUTPUT, SIMULATE, command, option
from sim.cli.options import (
    ALLOW_CODE,
    REGIME,
    SCENARIO,
    SEED,
    SET,
    WORLD_OPTIONS,
    WholeNumber,
    build_request,
    print_note,
)
from sim.errors import SimError, is_one_line
from sim.files import is_link, read_text
from sim.lab.limits import LARGEST_SEED

SUFFIX = ".toml"
LARGEST_SCHEMA = 10_000_000  # bytes
SCHEMA_FILE = "scenario.schema.json"  # the name in the first line of a new scenario


@command("sim explain it_outsourcing --set market.vendors=80")
@SCENARIO
@WORLD_OPTIONS
def explain(scenario: str, **options: Any) -> None:
    """Explain a scenario before it is run.

    Prints in words and numbers who takes part, what they know, what the mediator does, first best of
    the drawn population and the size of the run. Warns of likely mistakes.
    """
    request = build_request("explain", scenario, **options)
    loaded = request.load()
    from sim.measure.explain import explain as explanation
    from sim.render.text.explanation_text import explanation_as_text

    with progress("drawing the population", "worlds"):
        found = explanation(loaded, request.worlds, request.seed)
    click.echo(explanation_as_text(found), nl=False)


@command("sim story one_tie --regime mediated --world 3 --tie 0 --talks")
@SCENARIO
@REGIME
@option(
    "--world",
    type=WholeNumber(0, LARGEST_SEED, "number of the world"),
    default=0,
    group=SIMULATE,
    help="Number of the world, counted from 0.",
)
@option(
    "--tie",
    type=WholeNumber(0, LARGEST_SEED, "number of the tie"),
    default=0,
    group=SIMULATE,
    help="Number of the tie, counted from 0.",
)
@option("--talks", is_flag=True, group=OUTPUT, help="Also tell every offer of every talk.")
@SEED
@SET
@ALLOW_CODE
def story(
    scenario: str,
    regime: str,
    world: int,
    tie: int,
    talks: bool,
    **options: Any,
) -> None:
    """Tell the life of one tie in sentences.

    A tie is a buyer's need and one of the vendors it considers.
    """
    request = build_request("story", scenario, **options)
    loaded = request.load()
    from sim.render.story.life_story import story as tell

    luck = loaded.scenario.run.seed if request.seed is None else request.seed
    with progress("simulating", "worlds"):
        text = tell(loaded, regime, world, tie, seed=luck, talks=talks)
    click.echo(text.rstrip("\n"))


@command("sim scenarios")
def scenarios() -> None:
    """List the shipped scenarios: name, title, size."""
    from sim.scenario.load import load, shipped

    rows = []
    for name, _, title in shipped():
        s = load(name).scenario
        needs = f"{s.market.needs} {'need' if s.market.needs == 1 else 'needs'}"
        vendors = f"{s.market.vendors} {'vendor' if s.market.vendors == 1 else 'vendors'}"
        size = f"{needs}, {vendors}, {s.run.months} months, {s.run.worlds} worlds"
        rows.append((name, title, size))
    wide = [max(len(row[j]) for row in rows) for j in range(2)]
    for name, title, size in rows:
        click.echo(f"{name:{wide[0]}}  {title:{wide[1]}}  {size}")


@command("sim schema --out scenario.schema.json")
@option(
    "--out",
    type=click.Path(),
    metavar="FILE",
    group=OUTPUT,
    help="Write the schema to FILE.",
    unset="print it",
)
@option("--force", is_flag=True, group=OUTPUT, help="Replace an earlier schema at --out.")
def schema(out: str | None, force: bool) -> None:
    """Print the JSON Schema of scenario files, for editors.

    Editors that know TOML (VS Code with Even Better TOML, Helix, Zed) complete and check a scenario
    that begins with the line `#:schema ./scenario.schema.json`.
    """
    from sim.scenario.describe import schema_text

    if out is None:
        click.echo(schema_text(), nl=False)
        return
    path = Path(out)
    if path.is_dir():
        raise SimError(f"{path}: is a folder; want a file")
    ours = _is_schema(path)
    if force and os.path.lexists(path) and not ours:
        raise SimError(
            f"{path}: is no schema of this tool, so it is not replaced; remove it yourself"
        )
    if not force:
        advice = ", or replace it with --force" if ours else ""
        _check_absent(path, f"choose another --out{advice}")
    _write_text(path, schema_text())


@command("sim new my_world", "sim explain my_world.toml")
@click.argument("name", metavar="NAME")
def new(name: str) -> None:
    """Write a small commented scenario to start from.

    Writes NAME.toml into the current folder; never overwrites a file.
    """
    from sim.scenario.shipped import shipped
    from sim.scenario.template import template
    from sim.study.results.command import command_line, shell_path

    path = Path(name if name.endswith(SUFFIX) else name + SUFFIX)
    if not path.stem.strip() or path.name == SUFFIX or not is_one_line(path.name):
        raise SimError(f"{name!r}: want the name of a scenario, as in my_world")
    _check_absent(path, "choose another name")
    _write_text(path, template(path.stem))
    click.echo(f"see what it means:  {command_line('explain', path)}")
    click.echo(f"for your editor:    {command_line('schema', out=path.parent / SCHEMA_FILE)}")
    if path.stem in [known for known, _, _ in shipped()]:
        print_note(
            f"{path.stem} alone is the shipped scenario of this name; yours is {shell_path(path)}"
        )


def _is_schema(path: Path) -> bool:
    """Return whether a file is a schema that this version or an earlier one wrote."""
    from sim.scenario.describe import json_schema

    try:
        found = {} if is_link(path) else json.loads(read_text(path, LARGEST_SCHEMA))
        return all(found[key] == json_schema()[key] for key in ("$schema", "title", "description"))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return False


def _check_absent(path: Path, choice: str) -> None:
    """Raise SimError if a path exists; `choice` is what the error advises."""
    if path.exists() or path.is_symlink():
        raise SimError(f"{path}: already exists; {choice}")


def _write_text(path: Path, text: str) -> None:
    from sim.study.results.durable_files import write_text

    write_text(path, text)
    click.echo(f"wrote {path}")
