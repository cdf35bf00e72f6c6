"""A command of `sim`, whose help groups its options and ends with examples that run.

click has no groups of options. Libraries that add them (click-option-group, cloup) bring a second
way to declare commands; what is needed of them here is one overridden method.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

SIMULATE = "What to simulate"
COMPARE = "What to compare"
NEGOTIATE = "Who negotiates"
VARY = "What to vary"
OUTPUT = "Output"
SPEED = "Speed (changes no number)"
SAFETY = "Safety"
OTHER = "Help"
GROUPS = (
    NEGOTIATE,
    SIMULATE,
    VARY,
    COMPARE,
    OUTPUT,
    SPEED,
    SAFETY,
    OTHER,
)  # in the order of a help
MOST_UNGROUPED = 8  # options that a help lists under one heading; more are grouped


class Option(click.Option):
    """An option with its group in the help, and its default in words.

    `unset` states the default if it is not a plain value, for example "the scenario's run.seed"; a
    plain value is shown by click.
    """

    def __init__(
        self,
        declarations: Sequence[str],
        *,
        help: str,
        group: str = OTHER,
        unset: str = "",
        **settings: Any,
    ):
        self.group = group
        text = f"{help}  [default: {unset}]" if unset else help
        super().__init__(declarations, help=text, show_default=not unset, **settings)


class Command(click.Command):
    """A command whose help groups many options and ends with examples, one command line each."""

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **settings: Any):
        self.examples = tuple(examples)
        super().__init__(*arguments, **settings)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, under the headings of `GROUPS` if there are many of them."""
        found: dict[str, list[tuple[str, str]]] = {group: [] for group in GROUPS}
        params = [param for param in self.get_params(ctx) if not isinstance(param, click.Argument)]
        shown = [(param, param.get_help_record(ctx)) for param in params]
        options = [(param, record) for param, record in shown if record is not None]
        for param, record in options:
            found[param.group if isinstance(param, Option) else OTHER].append(record)
        if len(options) <= MOST_UNGROUPED:
            found = {"Options": [record for _, record in options]}
        for heading, records in found.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they are typed, never wrapped."""
        if not self.examples:
            return
        with formatter.section("Examples"):
            for line in self.examples:
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class Group(click.Group, Command):
    """A command with subcommands, and help in the same form."""


def command(*examples: str, name: str | None = None) -> Callable[[Callable[..., Any]], Command]:
    """Return a decorator that makes a function a command, with examples for its help."""
    return click.command(name, cls=Command, examples=examples)


def group(*examples: str) -> Callable[[Callable[..., Any]], Group]:
    """Return a decorator that makes a function a command that also runs without a subcommand."""
    return click.group(cls=Group, examples=examples, invoke_without_command=True)


def option(*declarations: str, help: str, **settings: Any) -> Callable[[F], F]:
    """Return a decorator that adds an `Option`, with click's settings."""
    return click.option(*declarations, cls=Option, help=help, **settings)


def combine_options(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Return one decorator that adds options in the order given."""

    def add(function: F) -> F:
        for add_option in reversed(options):
            function = add_option(function)
        return function

    return add
