"""The command `sim`: its commands, and how it ends when something is wrong or interrupted.

Importing this loads click and little else; every command imports what it needs when it runs.
"""

from __future__ import annotations

import faulthandler
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from sim.cli.as_options import as_options
from sim.cli.commands_analyses import attribute, map_, query, report, sensitivity
from sim.cli.commands_mediators import mediators
from sim.cli.commands_negotiate import negotiate
from sim.cli.commands_results import compare, rerun, run
from sim.cli.commands_scenarios import explain, new, scenarios, schema, story
from sim.cli.commands_strategies import strategies
from sim.cli.commands_studies import experiment, plan, status, sweep, view
from sim.cli.commands_tournament import tournament
from sim.cli.commands_validate import validate
from sim.cli.options import Refused, example
from sim.cli.progress import compiling
from sim.compile.compile_progress import show_compiles
from sim.errors import SimError, nearest, shortened
from sim.interrupt import INTERRUPTED, heard, leave
from sim.strategies.code_timeout import impatient

WRONG = 2
# No shell hands these over, and no path has them: null characters and half letters.
UNTYPED = re.compile("[\0\ud800-\udc7f\udd00-\udfff]")
COMMANDS = (
    compare, run, explain, story, scenarios, schema, new, rerun, sweep, plan, status, attribute,
    sensitivity, map_, report, query, experiment, view, negotiate, tournament, strategies, mediators,
    validate,
)  # fmt: skip


class Sim(click.Group):
    """A group that lists its commands as given and ends in one line whatever goes wrong."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order a person meets them."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; an unknown one is refused with the nearest name."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            near = nearest(args[0], list(self.commands))
            hint = f"; did you mean '{near}'?" if near else ""
            want = f"want one of {', '.join(self.commands)}"
            raise Refused(f"sim: no command {args[0]!r}: {want}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader who has seen enough, as `| head` has, is no error.

        What is printed is flushed here, where a closed pipe can still be caught. Results are on the
        disk before anything is printed.
        """
        try:
            with show_compiles(compiling), impatient():
                done = super().invoke(ctx)
            sys.stdout.flush()
        except EOFError as error:  # which click would take for Ctrl-C
            raise SimError(f"something that was read ended too soon: {error}") from error
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())  # for the flush when Python ends
            return 0
        return done

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run a command line and exit: 0 done, 1 differs, 2 something to mend, 130 interrupted."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        if sys.__stderr__ is not None and not faulthandler.is_enabled():
            # Should a library crash, this is all there is to go by.
            faulthandler.enable(sys.__stderr__)
        os.environ["MPLBACKEND"] = "agg"  # no window is opened, and an unknown name ends no import
        words = sys.argv[1:] if args is None else list(args)
        try:
            if any(map(UNTYPED.search, words)):
                raise SimError("sim: want words without null characters and half letters")
            with heard(tell=True):
                code = super().main(
                    words, prog_name or "sim", **{**extra, "standalone_mode": False}
                )
        except click.UsageError as error:
            code = _complain(_usage(error))
        except click.ClickException as error:
            code = _complain(error.format_message())
        except SimError as error:
            code = _complain(as_options(error))
        except OSError as error:
            name = f"{error.filename}: " if error.filename else ""
            code = _complain(f"sim: {name}{(error.strerror or str(error)).lower()}")
        except RecursionError:
            code = _complain("sim: something that was read is nested too deep")
        except MemoryError:
            code = _complain("not enough memory; want fewer --worlds or fewer --tables")
        except click.Abort:
            click.echo("interrupted: nothing was complete, so nothing is kept", err=True)
            code = INTERRUPTED
        if args is None and code == INTERRUPTED:  # a process of its own
            leave()
        sys.exit(code if isinstance(code, int) else 0)


def _complain(line: str) -> int:
    click.echo(shortened(line), err=True)
    return WRONG


def _usage(error: click.UsageError) -> str:
    """Return one line on how a command was misused."""
    if isinstance(error, Refused):
        return error.message
    path = error.ctx.command_path if error.ctx else "sim"
    said = error.format_message().rstrip(".")
    return f"{path}: {said[:1].lower()}{said[1:]} (see {path} --help)"


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from sim.study.results.digest import tool_version

        click.echo(f"sim {tool_version()}")
        ctx.exit()


@click.group(
    name="sim",
    cls=Sim,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    **example("sim compare it_outsourcing", "sim compare one_tie --set mediator.competence=0.2"),
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Simulate buyers and vendors who negotiate, deliver and remember, adversarially or mediated.

    SCENARIO is the name of a shipped scenario (see `sim scenarios`) or the path of a file.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for command in COMMANDS:
    main.add_command(command)
