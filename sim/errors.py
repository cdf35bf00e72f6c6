"""What goes wrong for a person, said in one line each."""

from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what a person typed: where, which key, what value, what was wanted."""

    where: str
    key: str
    value: str
    wanted: str
    nearest: str = ""

    def __str__(self) -> str:
        """Return the line the person sees."""
        got = f" = {self.value}" if self.value else ""
        hint = f"; did you mean '{self.nearest}'?" if self.nearest else ""
        return f"{self.where}: {self.key}{got}: {self.wanted}{hint}"


class SimError(Exception):
    """Anything the person can mend; printed as it is, exit code 2, no traceback."""


class ScenarioError(SimError):
    """A scenario, override or regime that cannot be run, with every problem found in it."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


def nearest(name: str, valid: list[str] | tuple[str, ...]) -> str:
    """Return the valid name closest to `name`, or an empty string."""
    return next(iter(get_close_matches(name, valid, n=1, cutoff=0.6)), "")
