"""Options that commands share, how their values are read, and the error if one is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from sim.cli.as_options import name_options
from sim.cli.help_groups import (
    COMPARE,
    OUTPUT,
    SAFETY,
    SIMULATE,
    SPEED,
    F,
    combine_options,
    option,
)
from sim.errors import Problem, closest_name
from sim.lab.limits import (
    LARGEST_SEED,
    MOST_THREADS,
    MOST_WORLDS,
    NO_TABLES,
    TABLES,
    cpu_count,
)

if TYPE_CHECKING:
    from sim.lab.requested import Request


class CommandLineError(click.UsageError):
    """A command line that cannot be run; its message is the whole line that is printed."""


def value_error(
    value: str,
    wanted: str,
    param: click.Parameter | None,
    ctx: click.Context | None,
    near: str = "",
) -> CommandLineError:
    """Return the error of a bad value: one line with the option, the value and what is wanted.

    `near` is the closest valid value, if there is one; it becomes "did you mean".
    """
    where = ctx.command_path if ctx else "sim"
    name = param.opts[0] if isinstance(param, click.Option) else (param.name if param else "")
    return CommandLineError(str(Problem(where, str(name), repr(value), wanted, near)), ctx)


class WholeNumber(click.ParamType[int]):
    """A whole number from `low` to `high`, both included; `unit` says what it counts."""

    name = "N"

    def __init__(self, low: int, high: int, unit: str):
        self.low, self.high, self.unit = low, high, unit

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number. Raises CommandLineError for anything else."""
        try:
            number = int(value)
        except ValueError:
            number = self.low - 1
        if not self.low <= number <= self.high:
            want = f"want a whole number from {self.low} to {self.high}"
            raise value_error(str(value), want, param, ctx)
        return number


class NameList(click.ParamType[tuple[str, ...]]):
    """Names separated by commas; repeats are dropped. If `known` is empty, any name is taken.

    The word `nothing`, if there is one, stands alone for no name at all.
    """

    def __init__(self, metavar: str, known: Sequence[str] = (), nothing: str = ""):
        self.name, self.known, self.nothing = metavar, known, nothing

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the names in the order given. Raises CommandLineError for an unknown one."""
        if isinstance(value, tuple):
            return value
        names = [name.strip() for name in str(value).split(",")]
        if self.nothing and names == [self.nothing]:
            return ()
        if not all(names):
            raise value_error(str(value), "want names with commas between them", param, ctx)
        for name in names:
            if self.known and name not in self.known:
                want = f"want some of {','.join(self.known)}"
                raise value_error(name, want, param, ctx, closest_name(name, list(self.known)))
        return tuple(dict.fromkeys(names))


def build_request(kind: str, scenario: str, *, sets: Sequence[str] = (), **fields: Any) -> Request:
    """Return the request of a command line; `fields` are fields of `Request`, by name."""
    from sim.lab.requested import Request
    from sim.scenario.load import parse_overrides

    return Request(kind, scenario, overrides=parse_overrides(sets), **fields)


def print_note(line: str) -> None:
    """Print a note on stderr at once, with options in the place of arguments."""
    click.echo(f"note: {name_options(line)}", err=True)


SCENARIO = click.argument("scenario", metavar="SCENARIO")
REGIME = option(
    "--regime",
    default="mediated",
    metavar="REGIME",
    group=COMPARE,
    help="Regime to run under, e.g. adversarial or mediated.",
)
REGIMES = option(
    "--regimes",
    type=NameList("A,B,…"),
    group=COMPARE,
    help="Regimes to compare, the baseline first. machine is the control: the mediator's procedure, "
    "carried out by something that knows nothing and is free.",
    unset="adversarial,partnership,mediated and those of the scenario",
)
SEED = option(
    "--seed",
    type=WholeNumber(0, LARGEST_SEED, "random seed"),
    group=SIMULATE,
    help="Random seed; every regime sees the same draws.",
    unset="the scenario's run.seed",
)
STRATEGY_SEED = option(
    "--seed",
    type=WholeNumber(0, LARGEST_SEED, "random seed"),
    default=1,
    group=SIMULATE,
    help="Random seed of randomised strategies.",
)
SET = option(
    "--set",
    "sets",
    multiple=True,
    metavar="KEY=VALUE",
    group=SIMULATE,
    help="Override a key of the scenario, e.g. run.months=24 (docs/scenario.md has every key and "
    "its unit). Repeatable.",
    unset="the scenario unchanged",
)
ALLOW_CODE = option(
    "--allow-code",
    is_flag=True,
    group=SAFETY,
    help="Run the Python files of custom strategies and mediators that a scenario, study or manifest "
    "names; those named on the command line are run without it.",
)
TABLES_TO_WRITE = option(
    "--tables",
    type=NameList("A,B,…", TABLES, NO_TABLES),
    default=("periods", "ties"),
    group=OUTPUT,
    help=f"Parquet tables to write, some of {','.join(TABLES)}; {NO_TABLES} leaves summary and ledger, "
    "for very many worlds.",
    unset="periods,ties",
)
FORCE = option(
    "--force",
    is_flag=True,
    group=OUTPUT,
    help="Replace an earlier result in --out, or start again where an unfinished one cannot be resumed;"
    " a folder with anything else in it is never replaced.",
)
THREADS = option(
    "--threads",
    type=WholeNumber(1, MOST_THREADS, "threads"),
    default=cpu_count,
    group=SPEED,
    help="Number of threads.",
    unset="one for each processor",
)
WORKERS = option(
    "--workers",
    "--threads",
    "threads",
    type=WholeNumber(1, MOST_THREADS, "threads"),
    default=cpu_count,
    group=SPEED,
    help="Number of worker threads.",
    unset="one for each processor",
)
CHUNK = option(
    "--chunk",
    type=WholeNumber(1, MOST_WORLDS, "worlds"),
    group=SPEED,
    help="Most worlds in a chunk, the unit of work that is saved and resumed.",
    unset="about a second of work",
)
EVENT_OPTIONS = combine_options(
    option(
        "--align",
        metavar="EVENT",
        group=COMPARE,
        help="Also show the months around an event: recession, deceit or turnover.",
        unset="no event",
    ),
    option(
        "--window",
        metavar="A:B",
        group=COMPARE,
        help="With --align: months shown before and after the event.",
        unset="-12:24",
    ),
)


def out_option(where: str) -> Callable[[F], F]:
    """Return the option `--out` of a command that writes to `results/where/TIME` without it."""
    return option(
        "--out",
        type=click.Path(),
        metavar="DIR",
        group=OUTPUT,
        help="Folder for the result.",
        unset=f"results/{where}/TIME",
    )


def outcomes_option(unset: str) -> Callable[[F], F]:
    """Return the option `--outcomes`; `unset` says what is summarised without it."""
    return option(
        "--outcomes",
        type=NameList("A,B,…"),
        group=COMPARE,
        help="Measures to summarise, e.g. surplus,trust_buyer_end; docs/data.md has each with its "
        "unit.",
        unset=unset,
    )


def worlds_option(
    unset: str = "the scenario's run.worlds", *, study: bool = False
) -> Callable[[F], F]:
    """Return the option `--worlds`; `unset` says how many there are without it."""
    return option(
        "--worlds",
        type=WholeNumber(1, MOST_WORLDS, "worlds"),
        group=SIMULATE,
        help=f"Number of worlds {'at every point' if study else 'to simulate'}.",
        unset=unset,
    )


def study_world_options(unset: str = "the scenario's run.worlds") -> Callable[[F], F]:
    """Return the options of the worlds of a study; `unset` says how many there are at a point."""
    return combine_options(worlds_option(unset, study=True), SEED, SET, ALLOW_CODE)


WORLD_OPTIONS = combine_options(worlds_option(), SEED, SET, ALLOW_CODE)
OUTPUT_OPTIONS = combine_options(out_option("SCENARIO"), FORCE, THREADS)
STUDY_OUTPUT_OPTIONS = combine_options(
    out_option("SCENARIO"),
    FORCE,
    WORKERS,
    option(
        "--dask",
        metavar="ADDRESS",
        group=SPEED,
        help="Run on a Dask cluster: tcp://HOST:PORT, or local for processes on this machine.",
        unset="threads of this process",
    ),
    CHUNK,
)
