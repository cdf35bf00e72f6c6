"""What is wrong, said to Python: where the command line has an option, a function has an argument."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sim.errors import ScenarioError, SimError, shortened

SAME = (
    "align", "dask", "design", "of", "out", "outcomes", "points", "regime", "regimes", "seed", "tables",
    "threads", "until", "vary", "window", "workers", "worlds",
)  # fmt: skip
ARGUMENTS = {
    **{name: name for name in SAME},
    "allow-code": "allow_code=True",
    "allow-code (allow_code=True in Python)": "allow_code=True",
    "at-most": "at_most",
    "dask local": 'dask="local"',
    "force": "force=True",
    "method sobol": 'design="saltelli"',
    "only-failed": "only_failed=True",
    "set": "overrides",
}
_NAMES = "|".join(map(re.escape, sorted(ARGUMENTS, key=len, reverse=True)))
# What stands in backticks is a command, which is typed as it is.
_OPTION = re.compile(rf"(`[^`\n]*`)|(?<![\w-])--({_NAMES})(?![\w-])")


@contextmanager
def as_arguments() -> Iterator[None]:
    """Let what is wrong name arguments of Python instead of options of the command line."""
    try:
        yield
    except ScenarioError as error:
        error.problems = [
            replace(p, where=_where(p.where), key=reworded(p.key), wanted=reworded(p.wanted))
            for p in error.problems
        ]
        error.args = (shortened("\n".join(map(str, error.problems))),)
        raise
    except SimError as error:
        error.args = (reworded(str(error)),)
        raise


def reworded(text: str) -> str:
    """Return a text with the arguments of Python in the place of options."""
    return _OPTION.sub(lambda found: found[1] or ARGUMENTS[found[2]], text)


def _where(where: str) -> str:
    """Return the place of a problem as Python knows it."""
    if where == "command line":
        return "arguments"
    return re.sub(r"^sim (\w+)$", r"sim.\1", reworded(where))
