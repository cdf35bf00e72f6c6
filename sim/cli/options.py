"""What the commands share: options, how their values are read, and what is said when one is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sim.cli.as_options import in_options
from sim.errors import Problem, nearest
from sim.lab.limits import LARGEST_SEED, MOST_THREADS, MOST_WORLDS, TABLES, cpu_count

if TYPE_CHECKING:
    from sim.lab.requested import Request

F = TypeVar("F", bound=Callable[..., Any])


def refuse(
    value: str,
    wanted: str,
    param: click.Parameter | None,
    ctx: click.Context | None,
    near: str = "",
) -> click.UsageError:
    """Return the error whose one line says which option, what value and what was wanted."""
    where = ctx.command_path if ctx else "sim"
    name = param.opts[0] if isinstance(param, click.Option) else (param.name if param else "")
    return Refused(str(Problem(where, str(name), repr(value), wanted, near)), ctx)


class Refused(click.UsageError):
    """A value that cannot be used; its message is the whole line."""


class Whole(click.ParamType):
    """A whole number within bounds."""

    name = "N"

    def __init__(self, low: int, high: int):
        self.low, self.high = low, high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number; raises a one-line UsageError."""
        try:
            number = int(value)
        except ValueError:
            number = self.low - 1
        if not self.low <= number <= self.high:
            want = f"want a whole number from {self.low} to {self.high}"
            raise refuse(str(value), want, param, ctx)
        return number


class Names(click.ParamType):
    """Names between commas, without repeats; any name where `known` is empty."""

    def __init__(self, what: str, known: Sequence[str] = ()):
        self.name, self.known = what, known

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the names; raises a one-line UsageError."""
        if isinstance(value, tuple):
            return value
        names = [name.strip() for name in str(value).split(",")]
        if not all(names):
            raise refuse(str(value), "want names with commas between them", param, ctx)
        for name in names:
            if self.known and name not in self.known:
                want = f"want some of {','.join(self.known)}"
                raise refuse(name, want, param, ctx, nearest(name, list(self.known)))
        return tuple(dict.fromkeys(names))


def request_of(kind: str, scenario: str, *, sets: Sequence[str] = (), **said: Any) -> Request:
    """Return what a command line asks for: its options have the names of what is requested."""
    from sim.lab.requested import Request
    from sim.scenario.load import parse_sets

    return Request(kind, scenario, overrides=parse_sets(sets), **said)


def note(line: str) -> None:
    """Say something a person should know on the error stream, at once."""
    click.echo(f"note: {in_options(line)}", err=True)


def example(*lines: str) -> dict[str, Any]:
    """Return the end of a command's help: examples, one per line."""
    return {"epilog": "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)}


def stacked(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Return one decorator that adds options in the order given."""

    def add(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return add


SCENARIO = click.argument("scenario", metavar="SCENARIO")
REGIME = click.option(
    "--regime", default="mediated", show_default=True, metavar="R", help="The regime to run under."
)
REGIMES = click.option(
    "--regimes",
    type=Names("A,B,…"),
    help="Regimes to compare, the baseline first; machine, mediation by something that knows nothing and "
    "is free, is one of them.  [default: adversarial,partnership,mediated]",
)
WORLDS = click.option(
    "--worlds", type=Whole(1, MOST_WORLDS), help="How many worlds.  [default: the scenario's]"
)
SEED = click.option(
    "--seed", type=Whole(0, LARGEST_SEED), help="The luck of all worlds.  [default: the scenario's]"
)
SETS = click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a key of the scenario, as in run.months=24. Repeatable.",
)
CODE = click.option(
    "--allow-code",
    is_flag=True,
    help="Run the Python files of strategies that a file named here brings along.",
)
KEPT = click.option(
    "--tables",
    type=Names("A,B,…", TABLES),
    default=("periods", "ties"),
    help=f"Tables to write, of {','.join(TABLES)}.  [default: periods,ties]",
)
OUT, OUT_OF_EXPERIMENT = (
    click.option(
        "--out",
        type=click.Path(),
        metavar="DIR",
        help=f"Where the result goes.  [default: results/{named}/TIME]",
    )
    for named in ("SCENARIO", "EXPERIMENT")
)
FORCE = click.option("--force", is_flag=True, help="Replace an earlier result in --out.")
THREADS = click.option(
    "--threads",
    type=Whole(1, MOST_THREADS),
    default=cpu_count,
    help="Processors to use; changes no number.  [default: all]",
)
WORKERS = click.option(
    "--workers",
    "--threads",
    "threads",
    type=Whole(1, MOST_THREADS),
    default=cpu_count,
    help="Threads to use; changes no number.  [default: all processors]",
)
OUTCOMES = click.option(
    "--outcomes", type=Names("A,B,…"), help="Measures to summarise, as in surplus,trust_buyer_end."
)
AROUND = stacked(
    click.option(
        "--align",
        metavar="EVENT",
        help="Also show what happens around an event: recession, deceit or turnover.",
    ),
    click.option(
        "--window",
        metavar="A:B",
        help="Months before and after the event.  [default: -12:24]",
    ),
)
LUCK = stacked(WORLDS, SEED, SETS, CODE)
PLACE = stacked(OUT, FORCE, THREADS)
STUDY_LUCK = stacked(
    click.option(
        "--worlds",
        type=Whole(1, MOST_WORLDS),
        help="Worlds of every point.  [default: the scenario's, or as said above]",
    ),
    SEED,
    SETS,
    CODE,
)
STUDY_PLACE = stacked(
    OUT,
    FORCE,
    WORKERS,
    click.option(
        "--dask",
        metavar="ADDRESS",
        help="Run on a Dask cluster: tcp://HOST:PORT, or local for processes here.",
    ),
    click.option("--chunk", type=Whole(1, MOST_WORLDS), help="Worlds a chunk holds at most."),
)
