"""Designs: which combinations of values are run, one mapping of keys to values per point."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from sim.errors import Argument, closest_name
from sim.files import read_bytes
from sim.scenario.expected_values import default
from sim.scenario.key_kinds import FUNCTIONS
from sim.scenario.overrides import parse_set
from sim.study.design.analysis import DESIGNS
from sim.study.design.factors import FORMS, REGIME, Factor, distinct, keys_of, refused, value_at

MOST_POINTS = 100_000
MOST_SWITCHES = 12
NONE = "none"
STEPS = {2: 1.0, 4: 2.0 / 3.0}  # what a step of Morris moves of a list of so many values
Values = dict[str, Any]


def grid(factors: Sequence[Factor]) -> list[Values]:
    """Return every combination of values, the first factor slowest; raises ScenarioError."""
    _some(factors)
    once(factors)
    for f in factors:
        if f.ranged:
            want = "a full factorial wants a number of values; want low, high and number, or A:B:N"
            raise refused(f.key, f"{f.low}:{f.high}", want, f.where)
    bounded([f.key for f in factors], prod(len(f.values) for f in factors))
    keys = [f.key for f in factors]
    return [
        dict(zip(keys, values, strict=True)) for values in product(*(f.values for f in factors))
    ]


def zipped(factors: Sequence[Factor]) -> list[Values]:
    """Return the n-th values of all factors together, point by point; raises ScenarioError."""
    _some(factors)
    once(factors)
    counts = {len(f.values) for f in factors}
    if len(counts) != 1 or not all(counts):
        raise refused("list", "", "want as many values of every key", factors[0].where)
    keys = [f.key for f in factors]
    bounded(keys, *counts)
    return [dict(zip(keys, v, strict=True)) for v in zip(*(f.values for f in factors), strict=True)]


def sampled(
    design: str, factors: Sequence[Factor], points: int, seed: int, where: str = Argument("points")
) -> list[Values]:
    """Return the points of a sampled design: each row of the unit cube through its factors.

    `points` counts points, base rows (saltelli) or trajectories (morris); `where` is the place that
    said so. Raises ScenarioError.
    """
    _some(factors)
    once(factors)
    kind = DESIGNS[design]
    if points < kind.fewest:
        want = f"want at least {kind.fewest}: one alone says nothing of the others"
        raise refused("points", str(points), want, where)
    if kind.powers and points & (points - 1):
        power = 1 << points.bit_length()
        want = f"want a power of two, as in {power // 2} or {power}: Sobol points come in such sets"
        raise refused("points", str(points), want, where)
    if kind.stepwise:
        _steppable(factors)
    rows = cube(design, len(factors), points, seed)
    bounded([f.key for f in factors], len(rows))
    return [{f.key: f.at(float(u)) for f, u in zip(factors, row, strict=True)} for row in rows]


def _steppable(factors: Sequence[Factor]) -> None:
    """Raise ScenarioError where a step of Morris's four levels is no fixed share of a list of values."""
    for f in factors:
        if not f.ranged and len(f.values) not in STEPS:
            want = 'Morris moves over a range, or over 2 or 4 values; `design="saltelli"` takes any number'
            raise refused(f.key, f"{len(f.values)} values", want, f.where)


def cube(design: str, factors: int, points: int, seed: int) -> Any:
    """Return the rows of a sampled design in the unit cube, one column per factor."""
    return CUBES[design](factors, points, seed)


def _latin_hypercube(k: int, n: int, seed: int) -> Any:
    from scipy.stats import qmc

    return qmc.LatinHypercube(k, rng=seed).random(n)


def _sobol(k: int, n: int, seed: int) -> Any:
    from scipy.stats import qmc

    return qmc.Sobol(k, rng=seed).random(n)


def _morris(k: int, n: int, seed: int) -> Any:
    from sim.measure.sensitivity import morris_rows

    return morris_rows(k, n, seed)


def _saltelli(k: int, n: int, seed: int) -> Any:
    from sim.measure.sensitivity import saltelli_rows

    return saltelli_rows(k, n, seed)


CUBES: dict[str, Callable[[int, int, int], Any]] = {
    "latin_hypercube": _latin_hypercube, "sobol": _sobol, "morris": _morris, "saltelli": _saltelli,
}  # fmt: skip


def coalitions(players: Sequence[str], resolved: Values, where: str) -> list[tuple[str, Values]]:
    """Return every coalition of switches, by its bitmask: its name and the values that make it.

    A switch is a function of the mediator, on or off, or a key of the scenario: at its value when
    on, at its default, which is off, otherwise. Functions that are no switches stay as they are.
    Raises ScenarioError.
    """
    distinct("of", ", ".join(players), list(players), where)
    if not 1 <= len(players) <= MOST_SWITCHES:
        want = f"want 1 to {MOST_SWITCHES} switches: every further one doubles the work"
        raise refused("of", str(len(players)), want, where)
    kept = [f for f in resolved["mediator"]["functions"] if f not in players]
    switched = any(p in FUNCTIONS for p in players)
    off = {p: _off(p, resolved, where) for p in players if p not in FUNCTIONS}
    made = []
    for mask in range(1 << len(players)):
        members = [p for nth, p in enumerate(players) if mask >> nth & 1]
        values = {key: value for key, value in off.items() if key not in members}
        if switched:
            values["mediator.functions"] = [f for f in FUNCTIONS if f in members or f in kept]
        made.append(("+".join(members) or NONE, values))
    return made


def _off(key: str, resolved: Values, where: str) -> Any:
    """Return the value that switches a key off; raises ScenarioError where it is off already."""
    try:
        now = value_at(resolved, key)
    except (KeyError, TypeError):
        near = closest_name(key, list(FUNCTIONS))
        hint = f"; did you mean '{near}'?" if near else ""
        want = f"want a function of the mediator ({', '.join(FUNCTIONS)}) or a key{hint}"
        raise refused("of", key, want, where) from None
    value = default(keys_of(key))
    if value is None or isinstance(now, dict | list):
        raise refused("of", key, "not a switch: it has no value that means off", where)
    if now == value:
        want = f"it is off in this scenario ({value}); set it with `overrides` to attribute it"
        raise refused("of", key, want, where)
    return value


def read_list(path: Path, where: str) -> list[Factor]:
    """Return the columns of a CSV file as factors with a value per point; raises ScenarioError.

    The first line names the keys; cells are read as the values of overrides are.
    """
    try:
        table = list(
            _filled(csv.reader(StringIO(read_bytes(path).decode("utf-8-sig"), newline="")))
        )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise refused("list", str(path), f"cannot be read: {said.lower()}", where) from None
    if len(table) < 2:
        raise refused(
            "list", str(path), "want a line of keys and at least one line of values", where
        )
    (top, heads), *rows = [(f"{path}:{line}", row) for line, row in table]
    keys = [head.strip() for head in heads]
    if "" in keys:
        raise refused(f"column {keys.index('') + 1}", "", "want a key in the first line", top)
    for place, row in rows:
        if len(row) != len(heads):
            want = f"want {len(heads)}, one for each key of the first line"
            raise refused("number of values", str(len(row)), want, place)
    places = tuple(place for place, _ in rows)
    columns = [[parse_set(f"{key}={row[nth]}", place)[1] for place, row in rows]
               for nth, key in enumerate(keys)]  # fmt: skip
    return [
        Factor(k, tuple(c), where=top, places=places) for k, c in zip(keys, columns, strict=True)
    ]


def _filled(rows: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV reader that hold something, and the line each begins in."""
    begins = 1
    for row in rows:
        if any(cell.strip() for cell in row):
            yield begins, row
        begins = rows.line_num + 1


def one_regime_listed(listed: Sequence[Factor]) -> Sequence[Factor]:
    """Return the factors of a list; raises ScenarioError if it gives its points regimes of their own.

    Every regime runs at every point, in the same worlds: that is what a difference is paired by.
    """
    for f in listed:
        if f.key == REGIME and len(set(f.values)) > 1:
            named = ",".join(dict.fromkeys(str(v) for v in f.values))
            want = (
                "a list cannot give each point a regime of its own, since every point runs every "
                f"regime; want no such column, and `vary` regime={named} or regimes in the file"
            )
            raise refused(REGIME, named, want, f.where)
    return listed


def split_regimes(
    factors: Sequence[Factor], regimes: Sequence[str] | None
) -> tuple[list[Factor], list[str] | None]:
    """Take `regime=…` out of the factors: regimes run side by side within every point."""
    named = [f for f in factors if f.key == REGIME]
    if not named:
        return list(factors), None if regimes is None else list(regimes)
    if len(named) > 1 or regimes is not None:
        want = "regimes are given twice; name them all in one place"
        raise refused(REGIME, "", want, named[0].where)
    return [f for f in factors if f.key != REGIME], [str(v) for v in named[0].values]


def _some(factors: Sequence[Factor]) -> None:
    """Raise ScenarioError where nothing is varied."""
    if not factors:
        raise refused("nothing is varied", "", FORMS)


def once(factors: Sequence[Factor]) -> None:
    """Raise ScenarioError where a key is varied twice, or is no factor."""
    keys = [f.key for f in factors]
    for nth, f in enumerate(factors):
        if f.key in keys[:nth]:
            raise refused(f.key, "", "varied twice; give all its values at once", f.where)
        if f.key in ("run.worlds", "run.seed"):
            name = f.key.removeprefix("run.")
            want = f"worlds and seed are the same at every point; want `{name}`"
            raise refused(f.key, "", want, f.where)


def bounded(keys: Sequence[str], size: int) -> None:
    """Raise ScenarioError where a design has more points than a study takes."""
    if size > MOST_POINTS:
        raise refused(", ".join(keys), "", f"{size} points; want at most {MOST_POINTS}")
