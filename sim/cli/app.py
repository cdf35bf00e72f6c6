"""The command `sim`: its commands, its exit codes and its error messages.

Importing this loads click and little else; every command imports what it needs when it runs.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from sim.cli.as_options import describe_error
from sim.cli.commands_analyses import attribute, map_, query, report, sensitivity
from sim.cli.commands_calibrate import calibrate
from sim.cli.commands_facts import facts
from sim.cli.commands_identify import identify
from sim.cli.commands_mediators import mediators
from sim.cli.commands_negotiate import negotiate
from sim.cli.commands_results import compare, rerun, run
from sim.cli.commands_scenarios import explain, new, scenarios, schema, story
from sim.cli.commands_strategies import strategies
from sim.cli.commands_studies import experiment, plan, status, sweep, view
from sim.cli.commands_tournament import tournament
from sim.cli.commands_validate import validate
from sim.cli.help_groups import Group, option
from sim.cli.options import CommandLineError
from sim.cli.progress import compile_display
from sim.compile.compile_progress import show_compiles
from sim.errors import SimError, closest_name, shorten_message
from sim.interrupt import INTERRUPT_EXIT_CODE, exit_on_ctrl_c, handle_ctrl_c
from sim.strategies.code_timeout import end_process_if_stuck

EXIT_ERROR = 2  # the exit code of an error that the user can correct
# Null characters and half of a surrogate pair: no shell passes them on and no path has them.
UNTYPEABLE = re.compile("[\0\ud800-\udc7f\udd00-\udfff]")
COMMANDS = (
    compare, run, explain, story, scenarios, schema, new, rerun, sweep, plan, status, attribute,
    sensitivity, map_, facts, calibrate, identify, report, query, experiment, view, negotiate, tournament,
    strategies, mediators, validate,
)  # fmt: skip


class CommandGroup(Group):
    """The commands in the order given; every error ends in one line on stderr."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order they were added."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named. Raises CommandLineError, with the nearest name, for others."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            near = closest_name(args[0], list(self.commands))
            hint = f"; did you mean '{near}'?" if near else ""
            want = f"want one of {', '.join(self.commands)}"
            raise CommandLineError(f"sim: no command {args[0]!r}: {want}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a closed pipe, as after `| head`, is no error.

        Output is flushed here, because a closed pipe can still be caught here. Results are on disk
        before anything is printed.
        """
        try:
            with show_compiles(compile_display), end_process_if_stuck():
                returned = super().invoke(ctx)
            sys.stdout.flush()
        except EOFError as error:  # click would take it for Ctrl-C
            raise SimError(f"something that was read ended too soon: {error}") from error
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())  # so that the flush at exit does not fail
            return 0
        return returned

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run a command line and exit: 0 done, 1 a check failed, 2 an error, 130 interrupted."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        if sys.__stderr__ is not None and not faulthandler.is_enabled():
            # If a library crashes, the traceback is the only trace of it.
            faulthandler.enable(sys.__stderr__)
        os.environ["MPLBACKEND"] = "agg"  # no window; a bad value in the environment does no harm
        if args is None:  # the command is the whole process
            # Imports and figures make many objects and hardly any garbage; looking for it took a tenth.
            gc.set_threshold(50_000, 20, 100)
        words = sys.argv[1:] if args is None else list(args)
        try:
            if any(map(UNTYPEABLE.search, words)):
                raise SimError("sim: want words without null characters and half letters")
            with handle_ctrl_c(tell=True):
                code = super().main(
                    words, prog_name or "sim", **{**extra, "standalone_mode": False}
                )
        except click.UsageError as error:
            code = _print_error(_usage_message(error))
        except click.ClickException as error:
            code = _print_error(error.format_message())
        except SimError as error:
            code = _print_error(describe_error(error))
        except OSError as error:
            name = f"{error.filename}: " if error.filename else ""
            code = _print_error(f"sim: {name}{(error.strerror or str(error)).lower()}")
        except RecursionError:
            code = _print_error("sim: something that was read is nested too deep")
        except MemoryError:
            code = _print_error("not enough memory; want fewer --worlds or fewer --tables")
        except click.Abort:
            click.echo("interrupted: nothing was complete, so nothing is kept", err=True)
            code = INTERRUPT_EXIT_CODE
        if args is None and code == INTERRUPT_EXIT_CODE:  # the command is the whole process
            exit_on_ctrl_c()
        sys.exit(code if isinstance(code, int) else 0)


def _print_error(line: str) -> int:
    """Print an error on stderr, shortened, and return the exit code."""
    click.echo(shorten_message(line), err=True)
    return EXIT_ERROR


def _usage_message(error: click.UsageError) -> str:
    """Return one line that says how a command line is wrong."""
    if isinstance(error, CommandLineError):
        return error.message
    path = error.ctx.command_path if error.ctx else "sim"
    text = error.format_message().rstrip(".")
    return f"{path}: {text[:1].lower()}{text[1:]} (see {path} --help)"


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Print the version and exit, if it is wanted."""
    if wanted:
        from sim.study.results.digest import tool_version

        click.echo(f"sim {tool_version()}")
        ctx.exit()


@click.group(
    name="sim",
    cls=CommandGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    examples=("sim compare it_outsourcing", "sim compare one_tie --set mediator.competence=0.2"),
)
@option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
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
