"""What is wrong, said to who typed a command line: what is an argument below is an option here.

Errors and notes name arguments, as Python has them: alone as the place or key of a problem, in
backquotes in a sentence. This is the only place that knows which option says which argument.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sim.errors import Argument, Problem, ScenarioError, SimError, shorten_message

OF_ANOTHER_NAME = {
    "allow_hosts": "--allow-host",
    "arguments": "command line",
    "csv": "--list",
    "overrides": "--set",
}
OF_A_VALUE = {'design="saltelli"': "--method sobol"}  # sensitivity has a word of its own
IN_SENTENCES = (
    "align", "allow_code", "allow_hosts", "dask", "design", "force", "host", "only_failed", "out",
    "overrides", "port", "profiles", "seed", "vary", "worlds",
)  # fmt: skip
_SAID = re.compile(rf"`({'|'.join(IN_SENTENCES)})(?:=(True|\"\w+\"))?`")


def as_options(error: SimError) -> str:
    """Return what an error says, with options in the place of arguments."""
    if isinstance(error, ScenarioError):
        return shorten_message("\n".join(str(_problem(p)) for p in error.problems))
    return in_options(str(error))


def in_options(text: str) -> str:
    """Return a text with options in the place of the arguments it names in backquotes."""
    return _SAID.sub(_option, text)


def _option(found: re.Match[str]) -> str:
    """Return the option of an argument in backquotes; a flag has no value, another's follows it."""
    name, value = found.groups()
    if f"{name}={value}" in OF_A_VALUE:
        return OF_A_VALUE[f"{name}={value}"]
    option = option_of(name)
    return option if value in (None, "True") else f"{option} {value[1:-1]}"


def option_of(name: str) -> str:
    """Return what the command line calls an argument."""
    return OF_ANOTHER_NAME.get(name, f"--{name.replace('_', '-')}")


def _problem(problem: Problem) -> Problem:
    where, key = _named(problem.where), _named(problem.key)
    return replace(problem, where=where, key=key, wanted=in_options(problem.wanted))


def _named(said: str) -> str:
    """Return the place or key of a problem; a function of Python is the command of its name.

    The n-th of an argument, "overrides 2", is the n-th of its option.
    """
    if not isinstance(said, Argument):
        return said
    if said.startswith("sim."):
        return said.replace(".", " ", 1)
    name, blank, nth = said.partition(" ")
    return f"{option_of(name)}{blank}{nth}"
