"""The study behind an identification: points drawn from priors, each in worlds of its own, and what they show.

Points that shared their worlds would share their luck: a regression could learn what these worlds do, and would be
praised for it at other points of the same worlds. So no point has a world of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from sim.calibration.identification.seen_panels import Panels, Seen
from sim.calibration.identification.told import Observed
from sim.calibration.prior_tables import PriorsTable
from sim.calibration.priors import Priors, priors_path, read_priors
from sim.errors import Argument, Problem, ScenarioError
from sim.measure.means import contributions_to_mean, with_wholes
from sim.measure.metrics import BY_NAME
from sim.scenario.expected_values import node_at
from sim.study.design.designs import unit_cube_rows
from sim.study.design.factors import Factor, key_parts

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario
    from sim.study.design.definition import Point, Study
    from sim.study.run.replicate import Replication

DESIGN = "latin_hypercube"
POINTS = 400  # by default
WIDTH = (
    0.5  # of a range where no prior is given: from half the scenario's value to half as much again
)
# Tables of a scenario that describe the sample or the goods, not how anybody behaves.
LEFT_OUT = ("run", "market", "issues", "regimes")
NO_FILE = Path()  # the path of priors that no file has
NUMERIC = ("number", "integer")
OUTCOMES = ("surplus",)  # summarised by the study itself; the answer has tables of its own


def find_priors(text: str | None, loaded: LoadedScenario) -> tuple[Priors, str]:
    """Return the priors of a file, those shipped for the scenario, or ranges around its values; and a note on it.

    Raises ScenarioError with file, line and key of every problem.
    """
    if text is not None:
        return read_priors(Path(text), loaded), ""
    if priors_path(loaded.name).is_file():
        return read_priors(loaded.name, loaded), ""
    priors = ranges_around(loaded)
    note = (
        f"no priors are shipped for {loaded.name}: each of the {len(priors.keys)} numbers that it sets is drawn "
        "from half its value to half as much again; name a file of priors, `prior`, for better ones"
    )
    return priors, note


def ranges_around(loaded: LoadedScenario) -> Priors:
    """Return uniform priors around every number above 0 that a scenario sets.

    Each range goes from half the value to half as much again, within what the key takes. Raises ScenarioError if
    there is no such number.
    """
    reason = "no prior is shipped: half the scenario's value to half as much again"
    found = []
    for key, value in _numbers(loaded.scenario):
        low, high = _ends(value, node_at(key_parts(key)) or {})
        if low < high:
            ends = {"low": low, "high": high}
            found.append({"key": key, "distribution": "uniform", **ends, "reason": reason})
    if not found:
        want = "it sets no number that could vary; want a file of priors"
        raise ScenarioError([Problem(Argument("arguments"), Argument("prior"), "", want)])
    return Priors(PriorsTable.model_validate({"priors": found}), NO_FILE)


def _ends(value: int | float, node: dict[str, Any]) -> tuple[int | float, int | float]:
    """Return half a value and half as much again, within what its key takes.

    A limit that the key must not reach is approached half-way.
    """
    low, high = (1.0 - WIDTH) * value, (1.0 + WIDTH) * value
    options = [part for part in (node, *node.get("anyOf", ())) if part.get("type") in NUMERIC]
    for part in options[:1]:
        low, high = max(low, part.get("minimum", low)), min(high, part.get("maximum", high))
        low = max(low, (value + part.get("exclusiveMinimum", -np.inf)) / 2.0)
        high = min(high, (value + part.get("exclusiveMaximum", np.inf)) / 2.0)
    return (round(low), round(high)) if node.get("type") == "integer" else (low, high)


def _numbers(table: BaseModel, path: str = "") -> Iterator[tuple[str, int | float]]:
    """Yield key and value of every number above 0 that a scenario sets, table by table."""
    for name in (n for n in type(table).model_fields if n in table.model_fields_set):
        if not path and name in LEFT_OUT:
            continue
        value, key = getattr(table, name), f"{path}{name}"
        if isinstance(value, BaseModel):
            yield from _numbers(value, f"{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            node = node_at(key_parts(key))
            if node is not None and _is_number(node):
                yield key, value


def _is_number(node: dict[str, Any]) -> bool:
    return any(part.get("type") in NUMERIC for part in (node, *node.get("anyOf", ())))


def check_keys(priors: Priors, panels: Panels) -> None:
    """Raise ScenarioError if a panel has a key that nothing is believed about: it would be the same everywhere."""
    lacking = [c.key for c in panels.asked.columns if c.key and c.key not in priors.keys]
    if lacking:
        want = f"want a key that has a prior: one of {', '.join(priors.keys)}"
        raise ScenarioError([Problem(str(panels.path), "keys", key, want) for key in lacking])


def factors_of(priors: Priors, points: int, seed: int) -> list[Factor]:
    """Return one factor for each key with its value at every point, drawn by a Latin hypercube."""
    rows = unit_cube_rows(DESIGN, len(priors.keys), points, seed)
    drawn = [priors.overrides(row) for row in priors.at(rows)]
    where = Argument("prior") if priors.path == NO_FILE else str(priors.path)
    return [Factor(key, tuple(row[key] for row in drawn), where=where) for key in priors.keys]


def worlds_per_point(panels: Panels, needs: int) -> int:
    """Return the worlds that hold as many ties as a panel sees, a need counting as a tie."""
    return -(-panels.ties // max(1, needs))


def study_keys(panels: Panels, worlds: int) -> dict[str, Any]:
    """Return the keys of the study file of an identification, its factors and scenario apart."""
    return {
        "design": "list",
        "regimes": list(panels.regimes),
        "outcomes": list(OUTCOMES),
        "worlds": worlds,
        "own_worlds": True,
        "title": f"Which keys could be told from the panel {panels.asked.name}",
    }


def observe(study: Study, replication: Replication, panels: Panels) -> Observed:
    """Return keys and columns of the complete points of a study, in their order."""
    points = [p for p in study.points if replication.completion(p) is not None]
    keys = tuple(f.key for f in study.factors)
    values = np.array([[float(p.values[key]) for key in keys] for p in points])
    columns = [*panels.asked.columns, *panels.further]
    names = tuple(dict.fromkeys(c.measure for c in columns if c.measure))
    seen: dict[Seen, list[float]] = {column: [] for column in columns}
    for nth, point in enumerate(points):
        means = _means(study, point, replication, names)
        for column, found in seen.items():
            at = keys.index(column.key) if column.key in keys else 0
            found.append(
                float(values[nth, at]) if column.key else means[column.regime][column.measure]
            )
    return Observed(keys, values.reshape(-1, len(keys)), {c: np.array(v) for c, v in seen.items()})


def _means(
    study: Study, point: Point, replication: Replication, names: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Return the means of some measures over the worlds of a point, by regime; NaN if none has a value."""
    end = replication.completion(point)
    assert end is not None
    measures = [BY_NAME[name] for name in names]
    read = with_wholes(names, measures)
    places = {name: j for j, name in enumerate(read)}
    found = {}
    for regime, table in replication.values(point, read, end.worlds).items():
        worth = contributions_to_mean(table, measures, places)
        seen = np.isfinite(worth)
        count = seen.sum(axis=0)
        total = np.where(seen, worth, 0.0).sum(axis=0)
        mean = np.divide(total, count, out=np.full(len(names), np.nan), where=count > 0)
        found[regime] = dict(zip(names, mean.tolist(), strict=True))
    return found
