"""Errors that a user can correct, each in one line."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

# Characters of a message: enough to recognise what was typed, little enough to stay readable if a
# file holds a megabyte although a word was expected.
LONGEST_KEY, LONGEST_VALUE, LONGEST_WANT = 120, 200, 4_000
LONGEST_WORD, LONGEST_LINE = 600, 6_000
LONGEST_NAME = 200  # a longer name is no misspelling
# Control characters, line and paragraph separators, marks of text direction, lone surrogates.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Argument(str):
    """The name of an argument, used as the place or the key of a problem.

    Messages write arguments in backquotes, as `out` or `force=True`. The command line replaces
    those for which it has options by the options' names; no other layer knows that there are any.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a user's input: where, which key, what value, what was wanted.

    `closest_name` is a valid name that may have been meant, or an empty string.
    """

    where: str
    key: str
    value: str
    wanted: str
    nearest: str = ""

    def __str__(self) -> str:
        """Return the problem as the line that the user sees."""
        got = f" = {truncate(self.value, LONGEST_VALUE)}" if self.value else ""
        hint = f"; did you mean '{self.nearest}'?" if self.nearest else ""
        key, want = truncate(self.key, LONGEST_KEY), truncate(self.wanted, LONGEST_WANT)
        return f"{self.where}: {key}{got}: {want}{hint}"


class SimError(Exception):
    """An error the user can correct: printed without a traceback, exit code 2."""

    def __init__(self, message: str):
        super().__init__(shorten_message(message))


class ScenarioError(SimError):
    """A scenario, override or regime that cannot be run, with every problem found in it."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


def closest_name(name: str, valid: list[str] | tuple[str, ...]) -> str:
    """Return the valid name closest to `name`, or an empty string if none is close.

    Example:

        >>> closest_name("mediatd", ["adversarial", "mediated"])
        'mediated'
    """
    if len(name) > LONGEST_NAME:  # the comparison takes time with the square of the length
        return ""
    return next(iter(get_close_matches(name, valid, n=1, cutoff=0.6)), "")


def truncate(text: str, most: int) -> str:
    """Return a text of at most `most` characters, with an ellipsis for an end that was cut off.

    Example:

        >>> truncate("abcdef", 4)
        'abc…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def shorten_message(message: str) -> str:
    """Return a message in which overlong words and lines are truncated."""
    words = re.sub(
        rf"\S{{{LONGEST_WORD},}}", lambda found: truncate(found[0], LONGEST_VALUE), message
    )
    return "\n".join(truncate(line, LONGEST_LINE) for line in words.split("\n"))


def is_one_line(text: str) -> bool:
    """Return whether a title or name can be shown: one line, and nothing that a terminal obeys.

    Any other character of Unicode may be in it, such as non-breaking spaces and joiners.
    """
    return _UNFIT.search(text) is None
