"""What is asked for: one request, made by a command and by Python alike, handed whole to what runs it."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import Argument, Problem, ScenarioError, closest_name
from sim.lab.limits import LARGEST, MOST_POINTS, MOST_THREADS, MOST_WORLDS, TABLES, cpus
from sim.scenario.values import show

if TYPE_CHECKING:
    from sim.scenario.load import Loaded
    from sim.scenario.schema import Scenario
    from sim.study.run.sweep import How

KEPT = ("periods", "ties")  # tables, unless asked otherwise
NAMES: dict[str, Sequence[str]] = {"regimes": (), "tables": TABLES, "outcomes": (), "of": ()}


@dataclass(frozen=True)
class Request:
    """What a person asks for; None and what is empty leave it to the scenario or the design.

    `kind` is what becomes of it: a run, a compare (one result), or a sweep (a study, whatever its
    design). Raises ScenarioError, in terms of arguments, for what no scenario could make good.
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
    threads: int | None = None  # all processors; the workers of a study

    tables: Sequence[str] = KEPT  # these three are of a run or a comparison, all below of a study
    align: str | None = None
    window: str | None = None

    design: str = ""
    vary: Mapping[str, Sequence[Any]] | Sequence[str] = ()  # lists of values by key, or texts
    vary_by: Sequence[str] = ("vary",)  # the argument that said each text, or the one of all
    points: int | None = None
    csv: str | None = None
    of: Sequence[str] | None = None
    outcomes: Sequence[str] | None = None
    until: str | None = None
    at_most: int | None = None
    dask: str | None = None
    chunk: int | None = None
    only_failed: bool = False

    def __post_init__(self) -> None:
        """Check what was handed over, and keep it in one form."""
        hands = "workers" if self.kind == "sweep" else "threads"
        if self.until is not None and not isinstance(self.until, str):
            raise wrong("until", self.until, 'want a text, as "surplus=0.5"')
        kept: dict[str, Any] = {
            "overrides": {} if self.overrides is None else self.overrides,
            "vary": _varied(self.vary),
            "worlds": _whole("worlds", self.worlds, 1, MOST_WORLDS),
            "seed": _whole("seed", self.seed, 0, LARGEST),
            "points": _whole("points", self.points, 1, MOST_POINTS),
            "at_most": _whole("at_most", self.at_most, 1, MOST_WORLDS),
            "chunk": _whole("chunk", self.chunk, 1, MOST_WORLDS),
            "threads": _whole(hands, self.threads, 1, MOST_THREADS) or cpus(),
        }
        for name, known in NAMES.items():
            value = getattr(self, name)
            kept[name] = None if value is None else _names(name, value, known)
        for name, value in kept.items():
            object.__setattr__(self, name, value)

    def load(self) -> Loaded:
        """Return the scenario with the overrides laid over it; raises ScenarioError.

        Files of strategies are let in that the overrides name, with `allow_code` that anything names.
        """
        from sim.scenario.code import consent_to
        from sim.scenario.load import load

        consent = consent_to(self.overrides, self.allow_code)
        return load(self.scenario, self.overrides, consent=consent)

    def how(self) -> How:
        """Return how the study is to be run, which changes no number."""
        from sim.study.run.sweep import How

        assert self.threads is not None
        return How(self.threads, self.dask, self.chunk, self.only_failed)


def wrong(name: str, value: Any, want: str, near: str = "") -> ScenarioError:
    """Return the error that says what is wrong with an argument."""
    return ScenarioError([Problem(Argument("arguments"), Argument(name), show(value), want, near)])


def _whole(name: str, value: Any, low: int, high: int) -> int | None:
    """Return a whole number within bounds, or None as it is; raises ScenarioError."""
    if value is None:
        return None
    try:
        number = operator.index(value)
        if low <= number <= high and not isinstance(value, bool):
            return number
    except TypeError:
        pass
    raise wrong(name, value, f"want a whole number from {low} to {high}")


def _names(name: str, value: Any, known: Sequence[str] = ()) -> tuple[str, ...]:
    """Return names without repeats; one name may stand alone. Raises ScenarioError."""
    alone = isinstance(value, str) or not isinstance(value, Iterable)
    names: list[Any] = [value] if alone else list(value)
    strange = [n for n in names if not isinstance(n, str) or (known and n not in known)]
    if strange or not (names or known):
        near = closest_name(str(strange[0]), list(known)) if strange and known else ""
        want = f"want some of {', '.join(known)}" if known else "want a list of names"
        raise wrong(name, names, want, near)
    return tuple(dict.fromkeys(names))


def _varied(vary: Any) -> dict[str, tuple[Any, ...]] | tuple[str, ...]:
    """Return what varies as values by key, or as texts; raises ScenarioError where it is neither."""
    if isinstance(vary, Mapping):
        return {str(key): _values(key, values) for key, values in vary.items()}
    texts = [vary] if isinstance(vary, str) or not isinstance(vary, Sequence) else vary
    if not all(isinstance(text, str) for text in texts):
        raise wrong("vary", vary, "want keys with lists of values, or a list of texts")
    return tuple(texts)


def _values(key: Any, values: Any) -> tuple[Any, ...]:
    """Return the values a key takes; raises ScenarioError unless they are several."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        want = f"want a list of values, as in [{show(values)}]"
        raise ScenarioError([Problem(Argument("vary"), str(key), show(values), want)])
    return tuple(values)
