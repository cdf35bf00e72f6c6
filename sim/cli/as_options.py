"""Errors in terms of options: lower rooms name arguments, the command line has options for them.

Errors and notes name the arguments of Python functions: alone as the place or key of a problem, in
backquotes in a sentence. Only this module knows which option stands for which argument.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sim.errors import Argument, Problem, ScenarioError, SimError, shorten_message

OPTION_NAMES = {
    "allow_hosts": "--allow-host",
    "arguments": "command line",
    "csv": "--list",
    "overrides": "--set",
}
OPTION_VALUES = {
    'design="saltelli"': "--method sobol"
}  # `sim sensitivity` calls this design by its method
ARGUMENTS_IN_SENTENCES = (
    "align", "allow_code", "allow_hosts", "dask", "design", "expect", "force", "host", "only_failed", "out",
    "overrides", "panel", "points", "port", "prior", "profiles", "seed", "tables", "until", "vary", "without", "worlds",
)  # fmt: skip
_ARGUMENT = re.compile(rf"`({'|'.join(ARGUMENTS_IN_SENTENCES)})(?:=(True|\"\w+\"))?`")


def describe_error(error: SimError) -> str:
    """Return the text of an error, with options in the place of arguments."""
    if isinstance(error, ScenarioError):
        return shorten_message("\n".join(str(_with_options(p)) for p in error.problems))
    return name_options(str(error))


def name_options(text: str) -> str:
    """Return a text with options in the place of the arguments it names in backquotes.

    Example:
        >>> name_options("choose another `out`, or replace it with `force=True`")
        'choose another --out, or replace it with --force'
    """
    return _ARGUMENT.sub(_option_of_match, text)


def _option_of_match(found: re.Match[str]) -> str:
    """Return the option of an argument in backquotes, followed by its value unless it is a flag."""
    name, value = found.groups()
    if f"{name}={value}" in OPTION_VALUES:
        return OPTION_VALUES[f"{name}={value}"]
    option = option_name(name)
    return option if value in (None, "True") else f"{option} {value[1:-1]}"


def option_name(name: str) -> str:
    """Return the option that stands for an argument."""
    return OPTION_NAMES.get(name, f"--{name.replace('_', '-')}")


def _with_options(problem: Problem) -> Problem:
    """Return a problem with options in the place of arguments."""
    where, key = _option_or_command(problem.where), _option_or_command(problem.key)
    return replace(problem, where=where, key=key, wanted=name_options(problem.wanted))


def _option_or_command(text: str) -> str:
    """Return the place or key of a problem in terms of the command line.

    An argument becomes its option, a function of Python the command of that name; "overrides 2",
    the second of an argument, becomes "--set 2". Anything else is returned as it is.
    """
    if not isinstance(text, Argument):
        return text
    if text.startswith("sim."):
        return text.replace(".", " ", 1)
    name, blank, nth = text.partition(" ")
    return f"{option_name(name)}{blank}{nth}"
