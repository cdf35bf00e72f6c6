"""The request that commands and Python functions build, and that the rest of the program carries out."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import Argument, Problem, ScenarioError, closest_name
from sim.lab.limits import LARGEST_SEED, MOST_POINTS, MOST_THREADS, MOST_WORLDS, TABLES, cpu_count
from sim.scenario.values import show

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario
    from sim.scenario.schema import Scenario
    from sim.study.run.run_options import RunOptions

DEFAULT_TABLES = ("periods", "ties")  # simulated tables that are stored by default
NAME_LISTS: dict[str, Sequence[str]] = {"regimes": (), "tables": TABLES, "outcomes": (), "of": ()}


@dataclass(frozen=True)
class Request:
    """A user's request; None and empty values leave a choice to the scenario or the design.

    `kind` is run or compare (one result), sweep (a study of any design), identify, explain or story. Arguments that no
    scenario could make valid raise ScenarioError, with the argument's name in the message.
    """

    kind: str
    scenario: str | Path | Scenario
    regimes: Sequence[str] | None = None
    worlds: int | None = None
    seed: int | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    allow_code: bool = False

    out: str | Path | None = None
    force: bool = False
    drawings: bool = True
    threads: int | None = None  # None: all processors; of a study, the number of workers

    # The next three are for runs and comparisons, all below for studies.
    tables: Sequence[str] = DEFAULT_TABLES
    align: str | None = None
    window: str | None = None

    design: str = ""
    vary: Mapping[str, Sequence[Any]] | Sequence[str] = ()  # lists of values by key, or texts
    vary_by: Sequence[str] = ("vary",)  # the argument of each text, or one for all
    points: int | None = None
    csv: str | None = None
    of: Sequence[str] | None = None
    outcomes: Sequence[str] | None = None
    until: str | None = None
    at_most: int | None = None
    dask: str | None = None
    chunk: int | None = None
    only_failed: bool = False

    panel: str | None = None  # of an identification, as `prior` is too
    prior: str | None = None

    def __post_init__(self) -> None:
        """Check the arguments, and convert them to one form: tuples, ints and a number of threads."""
        threads = (
            "workers" if self.kind in ("sweep", "identify") else "threads"
        )  # what the user calls them
        if self.until is not None and not isinstance(self.until, str):
            raise argument_error("until", self.until, 'want a text, as "surplus=0.5"')
        if self.at_most is not None and self.until is None:
            raise argument_error("at_most", self.at_most, "want `until` with it: it caps that rule")
        kept: dict[str, Any] = {
            "overrides": {} if self.overrides is None else self.overrides,
            "vary": _check_vary(self.vary),
            "worlds": _check_whole("worlds", self.worlds, 1, MOST_WORLDS),
            "seed": _check_whole("seed", self.seed, 0, LARGEST_SEED),
            "points": _check_whole("points", self.points, 1, MOST_POINTS),
            "at_most": _check_whole("at_most", self.at_most, 1, MOST_WORLDS),
            "chunk": _check_whole("chunk", self.chunk, 1, MOST_WORLDS),
            "threads": _check_whole(threads, self.threads, 1, MOST_THREADS) or cpu_count(),
        }
        for name, known in NAME_LISTS.items():
            value = getattr(self, name)
            kept[name] = None if value is None else _check_names(name, value, known)
        for name, value in kept.items():
            object.__setattr__(self, name, value)

    def load(self) -> LoadedScenario:
        """Return the scenario with the overrides applied; raises ScenarioError.

        Custom code may run if the overrides name it, or, with `allow_code`, if anything names it.
        """
        from sim.scenario.code import consent_to
        from sim.scenario.load import load

        consent = consent_to(self.overrides, self.allow_code)
        return load(self.scenario, self.overrides, consent=consent)

    def run_options(self) -> RunOptions:
        """Return the options of running a study; they change no number."""
        from sim.study.run.run_options import RunOptions

        assert self.threads is not None
        return RunOptions(self.threads, self.dask, self.chunk, self.only_failed)


def argument_error(name: str, value: Any, want: str, near: str = "") -> ScenarioError:
    """Return the error of one argument: its name, value and what is wanted."""
    return ScenarioError([Problem(Argument("arguments"), Argument(name), show(value), want, near)])


def _check_whole(name: str, value: Any, low: int, high: int) -> int | None:
    """Return a whole number between `low` and `high`, or None for None; raises ScenarioError."""
    if value is None:
        return None
    try:
        number = operator.index(value)
        if low <= number <= high and not isinstance(value, bool):
            return number
    except TypeError:
        pass
    raise argument_error(name, value, f"want a whole number from {low} to {high}")


def _check_names(name: str, value: Any, known: Sequence[str] = ()) -> tuple[str, ...]:
    """Return names without repeats; a single name needs no list. Raises ScenarioError if one is unknown."""
    single = isinstance(value, str) or not isinstance(value, Iterable)
    names: list[Any] = [value] if single else list(value)
    unknown = [n for n in names if not isinstance(n, str) or (known and n not in known)]
    if unknown or not (names or known):
        near = closest_name(str(unknown[0]), list(known)) if unknown and known else ""
        want = f"want some of {', '.join(known)}" if known else "want a list of names"
        raise argument_error(name, names, want, near)
    return tuple(dict.fromkeys(names))


def _check_vary(vary: Any) -> dict[str, tuple[Any, ...]] | tuple[str, ...]:
    """Return `vary` as values by key, or as a tuple of texts; raises ScenarioError for anything else."""
    if isinstance(vary, Mapping):
        return {str(key): _check_values(key, values) for key, values in vary.items()}
    texts = [vary] if isinstance(vary, str) or not isinstance(vary, Sequence) else vary
    if not all(isinstance(text, str) for text in texts):
        raise argument_error("vary", vary, "want keys with lists of values, or a list of texts")
    return tuple(texts)


def _check_values(key: Any, values: Any) -> tuple[Any, ...]:
    """Return the values of a varied key as a tuple; raises ScenarioError unless they are a list."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        want = f"want a list of values, as in [{show(values)}]"
        raise ScenarioError([Problem(Argument("vary"), str(key), show(values), want)])
    return tuple(values)
