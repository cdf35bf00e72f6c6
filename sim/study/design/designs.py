"""Designs: which combinations of values a study runs, as one mapping of keys to values per point."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from itertools import pairwise, product
from math import prod
from pathlib import Path
from typing import Any

from sim.errors import Argument, closest_name
from sim.files import read_bytes
from sim.scenario.expected_values import default_of
from sim.scenario.key_kinds import FUNCTIONS
from sim.scenario.overrides import parse_override
from sim.study.design.analysis import DESIGNS
from sim.study.design.factors import (
    FORMS,
    REGIME,
    Factor,
    check_distinct,
    design_error,
    key_parts,
    value_at,
)

MOST_POINTS = 1_048_576
MOST_SWITCHES = 12  # 4,096 coalitions
EMPTY_COALITION = "none"
# Morris's design has four levels in [0, 1] and moves a factor by 2/3. A list of 2 or 4 values is cut
# into equal shares of that interval, so that each step moves by this share of the list's full range.
MORRIS_STEPS = {2: 1.0, 4: 2.0 / 3.0}
Values = dict[str, Any]


def grid(factors: Sequence[Factor]) -> list[Values]:
    """Return the full factorial: every combination of values, the first factor varying slowest.

    Raises ScenarioError if nothing is varied, a key is varied twice, or a factor is a range without a
    number of values.
    """
    _check_any(factors)
    check_keys_once(factors)
    for f in factors:
        if f.is_range:
            want = "a full factorial wants a number of values; want low, high and number, or A:B:N"
            raise design_error(f.key, f"{f.low}:{f.high}", want, f.where)
    check_point_count([f.key for f in factors], prod(len(f.values) for f in factors))
    keys = [f.key for f in factors]
    return [
        dict(zip(keys, values, strict=True)) for values in product(*(f.values for f in factors))
    ]


def zip_values(factors: Sequence[Factor]) -> list[Values]:
    """Return the points of a list: point n has the n-th value of every factor.

    Raises ScenarioError unless all factors have the same number of values.
    """
    _check_any(factors)
    check_keys_once(factors)
    counts = {len(f.values) for f in factors}
    if len(counts) != 1 or not all(counts):
        raise design_error("list", "", "want as many values of every key", factors[0].where)
    keys = [f.key for f in factors]
    check_point_count(keys, *counts)
    return [dict(zip(keys, v, strict=True)) for v in zip(*(f.values for f in factors), strict=True)]


def sample_points(
    design: str,
    factors: Sequence[Factor],
    points: int,
    seed: int,
    where: str = Argument("points"),
    grown_from: Sequence[int] = (),
) -> list[Values]:
    """Return the points of a sampled design: its rows in the unit cube, mapped to the factors' values.

    `points` counts points (latin_hypercube, sobol), base rows (saltelli) or trajectories (morris);
    `where` is the place that errors about it name. `grown_from` are the numbers that it grew from.
    Raises ScenarioError if `points` is too small, is no power of two where the design needs one, does
    not fit `grown_from`, or if a factor does not fit Morris's steps.
    """
    _check_any(factors)
    check_keys_once(factors)
    kind = DESIGNS[design]
    if points < kind.fewest:
        want = f"want at least {kind.fewest}: one alone says nothing of the others"
        raise design_error("points", str(points), want, where)
    if kind.powers and points & (points - 1):
        power = 1 << points.bit_length()
        want = f"want a power of two, as in {power // 2} or {power}: Sobol points come in such sets"
        raise design_error("points", str(points), want, where)
    if kind.stepwise:
        _check_steppable(factors)
    counts = [*grown_from, points]
    if not all(fewer < more and more % fewer == 0 for fewer, more in pairwise(counts)):
        want = (
            f"want increasing numbers, each a multiple of the one before, and {points} of the last"
        )
        raise design_error("grown_from", str([*grown_from]), want, where)
    few = max(2, kind.fewest)  # their rows tell how many each point has, before all are drawn
    each = len(CUBES[design](len(factors), few, seed)) // few
    check_point_count([f.key for f in factors], each * points)
    rows = unit_cube_rows(design, len(factors), points, seed, grown_from)
    return [{f.key: f.at(float(u)) for f, u in zip(factors, row, strict=True)} for row in rows]


def _check_steppable(factors: Sequence[Factor]) -> None:
    """Raise ScenarioError if a step of Morris's design would not move a factor by a fixed share.

    That holds for ranges and for lists of 2 or 4 values only (`MORRIS_STEPS`).
    """
    for f in factors:
        if not f.is_range and len(f.values) not in MORRIS_STEPS:
            want = 'Morris moves over a range, or over 2 or 4 values; `design="saltelli"` takes any number'
            raise design_error(f.key, f"{len(f.values)} values", want, f.where)


def unit_cube_rows(
    design: str, factors: int, points: int, seed: int, grown_from: Sequence[int] = ()
) -> Any:
    """Return the rows of a sampled design in the unit cube, shape (rows, factors).

    The same `design`, numbers and `seed` always give the same rows, so that the sensitivity analysis
    can recompute them instead of storing them. With `grown_from` the rows of a nested design begin
    with those of the first of these numbers, to which those of each further one were added.
    """
    from sim.theory.nested_hypercube import grow_latin_hypercube

    first, *later = [*grown_from, points]
    rows = CUBES[design](factors, first, seed)
    for more in later:
        rows = grow_latin_hypercube(rows, more, seed)
    return rows


def _latin_hypercube(factors: int, points: int, seed: int) -> Any:
    from scipy.stats import qmc

    return qmc.LatinHypercube(factors, rng=seed).random(points)


def _sobol(factors: int, points: int, seed: int) -> Any:
    from scipy.stats import qmc

    return qmc.Sobol(factors, rng=seed).random(points)


def _morris(factors: int, trajectories: int, seed: int) -> Any:
    from sim.measure.sensitivity import morris_rows

    return morris_rows(factors, trajectories, seed)


def _saltelli(factors: int, base_rows: int, seed: int) -> Any:
    from sim.measure.sensitivity import saltelli_rows

    return saltelli_rows(factors, base_rows, seed)


CUBES: dict[str, Callable[[int, int, int], Any]] = {
    "latin_hypercube": _latin_hypercube, "sobol": _sobol, "morris": _morris, "saltelli": _saltelli,
}  # fmt: skip


def coalitions(players: Sequence[str], resolved: Values, where: str) -> list[tuple[str, Values]]:
    """Return every coalition of switches in the order of its bitmask: its name and its values.

    A switch is a function of the mediator or a key of the scenario. A key that is on has the value of
    `resolved`; if it is off, it has its default, which must mean off. Functions of the mediator that
    are not among `players` stay as they are. Errors name `where`. Raises ScenarioError if a player is
    unknown, named twice or off already, or if there are too many.
    """
    check_distinct("of", ", ".join(players), list(players), where)
    if not 1 <= len(players) <= MOST_SWITCHES:
        want = f"want 1 to {MOST_SWITCHES} switches: every further one doubles the work"
        raise design_error("of", str(len(players)), want, where)
    kept = [f for f in resolved["mediator"]["functions"] if f not in players]
    switched = any(p in FUNCTIONS for p in players)
    off = {p: _off_value(p, resolved, where) for p in players if p not in FUNCTIONS}
    found = []
    for mask in range(1 << len(players)):
        members = [p for nth, p in enumerate(players) if mask >> nth & 1]
        values = {key: value for key, value in off.items() if key not in members}
        if switched:
            values["mediator.functions"] = [f for f in FUNCTIONS if f in members or f in kept]
        found.append(("+".join(members) or EMPTY_COALITION, values))
    return found


def _off_value(key: str, resolved: Values, where: str) -> Any:
    """Return the value that switches a key off.

    Raises ScenarioError if the key is unknown, has no off value, or is off already.
    """
    try:
        now = value_at(resolved, key)
    except (KeyError, TypeError):
        near = closest_name(key, list(FUNCTIONS))
        hint = f"; did you mean '{near}'?" if near else ""
        want = f"want a function of the mediator ({', '.join(FUNCTIONS)}) or a key{hint}"
        raise design_error("of", key, want, where) from None
    value = default_of(key_parts(key))
    if value is None or isinstance(now, dict | list):
        raise design_error("of", key, "not a switch: it has no value that means off", where)
    if now == value:
        want = f"it is off in this scenario ({value}); set it with `overrides` to attribute it"
        raise design_error("of", key, want, where)
    return value


def read_csv_factors(path: Path, where: str) -> list[Factor]:
    """Return the columns of a CSV file as factors with one value per point.

    The first line names the keys. Cells are parsed as the values of overrides are, and every error
    names the file and line. `where` is the place that named the file. Raises ScenarioError.
    """
    try:
        table = list(
            _nonempty_rows(csv.reader(StringIO(read_bytes(path).decode("utf-8-sig"), newline="")))
        )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise design_error("list", str(path), f"cannot be read: {reason.lower()}", where) from None
    if len(table) < 2:
        raise design_error(
            "list", str(path), "want a line of keys and at least one line of values", where
        )
    (top, heads), *rows = [(f"{path}:{line}", row) for line, row in table]
    keys = [head.strip() for head in heads]
    if "" in keys:
        raise design_error(f"column {keys.index('') + 1}", "", "want a key in the first line", top)
    for place, row in rows:
        if len(row) != len(heads):
            want = f"want {len(heads)}, one for each key of the first line"
            raise design_error("number of values", str(len(row)), want, place)
    places = tuple(place for place, _ in rows)
    columns = [[parse_override(f"{key}={row[nth]}", place)[1] for place, row in rows]
               for nth, key in enumerate(keys)]  # fmt: skip
    return [
        Factor(k, tuple(c), where=top, places=places) for k, c in zip(keys, columns, strict=True)
    ]


def _nonempty_rows(rows: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and cells of every row of a CSV reader that is not blank.

    A quoted cell may span lines, so the number is the line in which the row begins.
    """
    begins = 1
    for row in rows:
        if any(cell.strip() for cell in row):
            yield begins, row
        begins = rows.line_num + 1


def check_single_regime(listed: Sequence[Factor]) -> Sequence[Factor]:
    """Return the factors of a list unchanged; raises ScenarioError if its points differ in their regime.

    Every regime runs at every point in the same worlds, because differences are paired by world.
    """
    for f in listed:
        if f.key == REGIME and len(set(f.values)) > 1:
            named = ",".join(dict.fromkeys(str(v) for v in f.values))
            want = (
                "a list cannot give each point a regime of its own, since every point runs every "
                f"regime; want no such column, and `vary` regime={named} or regimes in the file"
            )
            raise design_error(REGIME, named, want, f.where)
    return listed


def split_regimes(
    factors: Sequence[Factor], regimes: Sequence[str] | None
) -> tuple[list[Factor], list[str] | None]:
    """Return the factors without `regime=…`, and the regimes named by it or by `regimes`.

    Regimes are not a factor: all of them run within every point, so that they can be paired. The
    regimes are None if none are named. Raises ScenarioError if they are named twice.
    """
    named = [f for f in factors if f.key == REGIME]
    if not named:
        return list(factors), None if regimes is None else list(regimes)
    if len(named) > 1 or regimes is not None:
        want = "regimes are given twice; name them all in one place"
        raise design_error(REGIME, "", want, named[0].where)
    return [f for f in factors if f.key != REGIME], [str(v) for v in named[0].values]


def _check_any(factors: Sequence[Factor]) -> None:
    """Raise ScenarioError if nothing is varied."""
    if not factors:
        raise design_error("nothing is varied", "", FORMS)


def check_keys_once(factors: Sequence[Factor]) -> None:
    """Raise ScenarioError if a key is varied twice, or is worlds or seed, which cannot vary."""
    keys = [f.key for f in factors]
    for nth, f in enumerate(factors):
        if f.key in keys[:nth]:
            raise design_error(f.key, "", "varied twice; give all its values at once", f.where)
        if f.key in ("run.worlds", "run.seed"):
            name = f.key.removeprefix("run.")
            want = f"worlds and seed are the same at every point; want `{name}`"
            raise design_error(f.key, "", want, f.where)


def check_point_count(keys: Sequence[str], size: int) -> None:
    """Raise ScenarioError if a design has more than `MOST_POINTS` points."""
    if size > MOST_POINTS:
        raise design_error(", ".join(keys), "", f"{size} points; want at most {MOST_POINTS}")
