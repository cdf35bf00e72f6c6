"""What goes wrong for a person, said in one line each."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST_KEY, LONGEST_VALUE, LONGEST_WANT = 120, 200, 4_000
LONGEST_WORD, LONGEST_LINE = 600, 6_000
LONGEST_NAME = 200  # of which a person may have meant another
# Control characters, line and paragraph separators, what turns the direction of text, half letters.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Argument(str):
    """The name of an argument, as the place or the key of a problem.

    In a sentence an argument stands in backquotes, as `out` or `force=True`. So the command line
    knows what it has options for, and says these instead; nobody else has to know that there are any.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what a person asked for: where, which key, what value, what was wanted."""

    where: str
    key: str
    value: str
    wanted: str
    closest_name: str = ""

    def __str__(self) -> str:
        """Return the line the person sees."""
        got = f" = {truncate(self.value, LONGEST_VALUE)}" if self.value else ""
        hint = f"; did you mean '{self.nearest}'?" if self.nearest else ""
        key, want = truncate(self.key, LONGEST_KEY), truncate(self.wanted, LONGEST_WANT)
        return f"{self.where}: {key}{got}: {want}{hint}"


class SimError(Exception):
    """Anything the person can mend; printed as it is, exit code 2, no traceback."""

    def __init__(self, said: str):
        super().__init__(shorten_message(said))


class ScenarioError(SimError):
    """A scenario, override or regime that cannot be run, with every problem found in it."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


def closest_name(name: str, valid: list[str] | tuple[str, ...]) -> str:
    """Return the valid name closest to `name`, or an empty string."""
    if len(name) > LONGEST_NAME:  # comparing takes its square
        return ""
    return next(iter(get_close_matches(name, valid, n=1, cutoff=0.6)), "")


def truncate(text: str, most: int) -> str:
    """Return a text of at most `most` letters, its end left out where it has more."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def shorten_message(said: str) -> str:
    """Return a message without the rest of endless words and lines that a person typed or a file holds."""
    words = re.sub(rf"\S{{{LONGEST_WORD},}}", lambda found: truncate(found[0], LONGEST_VALUE), said)
    return "\n".join(truncate(line, LONGEST_LINE) for line in words.split("\n"))


def is_one_line(text: str) -> bool:
    """Say whether a title or name can be shown: on one line, with nothing that a terminal obeys.

    Every other letter of Unicode may be in it, such as spaces that do not break and joiners.
    """
    return _UNFIT.search(text) is None
