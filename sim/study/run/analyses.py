"""The analyses of a study: the tables computed from its complete points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measure.contrasts import control_of
from sim.measure.intervals import FEWEST_FOR_BOOTSTRAP, clear_sign, differences, summarise_paired
from sim.measure.means import contributions_to_mean, with_wholes
from sim.measure.metrics import BY_NAME, Measure
from sim.records import Column
from sim.study.design.analysis import ANALYSES
from sim.study.design.definition import Point, Study
from sim.study.design.designs import MORRIS_STEPS, unit_cube_rows
from sim.study.results.computed_columns import (
    ATTRIBUTION,
    INTERACTIONS,
    MAP,
    POINT,
    POINTS,
    SENSITIVITY,
    SUMMARY,
    label_columns,
)
from sim.study.results.memory import return_free_memory
from sim.study.results.parts import Parts
from sim.study.run.cell_measures import summary_columns
from sim.study.run.replicate import Completion, Replication

if TYPE_CHECKING:
    import pandas as pd

Table = tuple[str, "pd.DataFrame | Iterator[pd.DataFrame]", tuple[Column, ...]]
Row = dict[str, Any]
TABLES = ("points", *dict.fromkeys(t for a in ANALYSES.values() for t in a.tables))
FUNCTIONS_KEY = "mediator.functions"
# Points summarised at a time: the bootstrap's matrix products release the interpreter's lock, so two
# threads overlap; more add little and need memory for their resamples.
SUMMARY_THREADS = 2
NOT_COMPLETE = Completion(0, "", np.nan)  # in the table of points
SUMMARY_POINTS = 5_000  # summarised before they are written: some tens of megabytes


def study_tables(study: Study, parts: Parts, replication: Replication) -> Iterator[Table]:
    """Yield name, rows and columns of every table of a study, beginning with that of the points.

    Only complete points are analysed. An analysis that needs all points is left out until all are
    complete.
    """
    import pandas as pd

    labels = label_columns(study)
    yield (
        "points",
        pd.DataFrame(point_columns(study, parts, replication), copy=False),
        (POINT, *labels, *POINTS),
    )
    complete: Sequence[Point] = study.points
    if any(replication.completion(p) is None for p in study.points):
        complete = [p for p in study.points if replication.completion(p) is not None]
    if not complete:
        return
    if complete is study.points or not study.analysis.needs_all_points:
        yield from TABLE_MAKERS[study.analysis.name](study, complete, replication)


def _summary_table(
    study: Study, points: Sequence[Point], replication: Replication
) -> Iterator[Table]:
    frames = summarise_points(study, points, replication)
    yield "summary", frames, (POINT, *label_columns(study), *SUMMARY)


def _map_tables(study: Study, points: Sequence[Point], replication: Replication) -> Iterator[Table]:
    import pandas as pd

    yield from _summary_table(study, points, replication)
    if len(study.regimes) > 1:
        frame = pd.DataFrame(map_rows(study, points, replication))
        yield "map", frame, (POINT, *label_columns(study), *MAP)


def _attribution_tables(
    study: Study, _: Sequence[Point], replication: Replication
) -> Iterator[Table]:
    import pandas as pd

    values, pairs = attribute_switches(study, replication)
    yield "attribution", pd.DataFrame(values), ATTRIBUTION
    if pairs:
        yield "interactions", pd.DataFrame(pairs), INTERACTIONS


def _sensitivity_table(
    study: Study, _: Sequence[Point], replication: Replication
) -> Iterator[Table]:
    import pandas as pd

    yield "sensitivity", pd.DataFrame(sensitivity_indices(study, replication)), SENSITIVITY


TABLE_MAKERS: dict[str, Callable[[Study, Sequence[Point], Replication], Iterator[Table]]] = {
    "summary": _summary_table, "rows": _summary_table, "map": _map_tables, "sensitivity": _sensitivity_table,
    "attribution": _attribution_tables,
}  # fmt: skip


def point_columns(study: Study, parts: Parts, replication: Replication) -> dict[str, Any]:
    """Return the columns of the table of points: labels, status, and the rule that decided the worlds of each."""
    import pandas as pd

    failures, count = parts.failures(), len(study.points)
    every = (POINT, *label_columns(study), *POINTS)
    found = {c.name: np.empty(count, "i4" if c.dtype == "str" else c.dtype) for c in every}
    words: dict[str, dict[str, int]] = {c.name: {} for c in every if c.dtype == "str"}
    for at, point in enumerate(study.points):
        end = replication.completion(point)
        report = None if end else failures.get(point.name)
        status = "complete" if end else "missing" if report is None else "failed"
        note = str(report.get("error", "")) if report else ""
        row = (point.number, *point.labels, status, *(end or NOT_COMPLETE), note)
        for (name, column), value in zip(found.items(), row, strict=True):
            if name in words:  # texts as categories, in the order of their first appearance
                value = words[name].setdefault(str(value), len(words[name]))
            column[at] = value
    return found | {
        name: pd.Categorical.from_codes(found[name], list(texts)) for name, texts in words.items()
    }


def label_values(study: Study, point: Point) -> Row:
    """Return the number and labels of a point by column name."""
    names = (name for name, _ in study.labels)
    return {POINT.name: point.number, **dict(zip(names, point.labels, strict=True))}


def summarised_measures(study: Study) -> list[Measure]:
    """Return the measures that a study summarises."""
    return [BY_NAME[name] for name in study.outcomes]


def summarise_points(
    study: Study, points: Sequence[Point], replication: Replication
) -> Iterator[pd.DataFrame]:
    """Yield the summary table, some points at a time: means and paired differences of every point."""
    import pandas as pd

    with ThreadPoolExecutor(SUMMARY_THREADS) as pool:
        for at in range(0, len(points), SUMMARY_POINTS):
            alike = _points_alike(points[at : at + SUMMARY_POINTS], replication)
            frames = list(pool.map(partial(_summary_frame, study, replication), alike))
            yield frames.pop() if len(frames) == 1 else pd.concat(frames, ignore_index=True)
            return_free_memory()


def _points_alike(points: Sequence[Point], replication: Replication) -> Iterator[list[Point]]:
    """Yield consecutive points with the same number of worlds, one by one if each takes a bootstrap."""

    def worlds(point: Point) -> tuple[int, int]:
        found = replication.completion(point)
        count = 0 if found is None else found.worlds
        return count, point.number if count >= FEWEST_FOR_BOOTSTRAP else 0

    for _, group in groupby(points, worlds):
        yield list(group)


def _summary_frame(study: Study, replication: Replication, points: Sequence[Point]) -> pd.DataFrame:
    """Return the summary of points with the same number of worlds."""
    import pandas as pd

    found = [outcomes_by_regime(study, point, replication) for point in points]
    table = {regime: np.stack([one[regime] for one in found]) for regime in study.regimes}
    currency = study.loaded.scenario.run.currency
    columns = summary_columns(table, summarised_measures(study), study.contrasts, currency)
    each = len(columns["mean"]) // len(points)
    labels = [label_values(study, point) for point in points]
    about = {name: np.repeat([one[name] for one in labels], each) for name in labels[0]}
    columns["n"] = columns["n"].astype(np.int64)
    return pd.DataFrame({**about, **columns}, copy=False)


def outcomes_by_regime(
    study: Study, point: Point, replication: Replication
) -> dict[str, np.ndarray]:
    """Return the outcomes of a complete point by regime, as arrays of shape (worlds, columns).

    Columns are the study's outcomes, then the measures that some of them are a share of.
    """
    found = replication.completion(point)
    assert found is not None
    return replication.values(
        point, with_wholes(study.outcomes, summarised_measures(study)), found.worlds
    )


def mean_contributions(
    study: Study, point: Point, replication: Replication
) -> dict[str, np.ndarray]:
    """Return each world's contribution to the means of a complete point, by regime.

    Arrays have the shape (worlds, outcomes). The mean of a column is the outcome's mean, which for a
    share is a ratio of sums over worlds, not the mean of the worlds' shares.
    """
    measures = summarised_measures(study)
    columns = {name: j for j, name in enumerate(with_wholes(study.outcomes, measures))}
    table = outcomes_by_regime(study, point, replication)
    return {regime: contributions_to_mean(v, measures, columns) for regime, v in table.items()}


def map_rows(study: Study, points: Sequence[Point], replication: Replication) -> Iterator[Row]:
    """Yield the best and second-best regime of each point and outcome, and their paired difference.

    The lead is certain if the 95 % interval over worlds excludes 0. That is optimistic, since the two
    regimes were chosen by the same worlds.
    """
    for point in points:
        table = mean_contributions(study, point, replication)
        for j, measure in enumerate(summarised_measures(study)):
            values = {r: v[:, j] for r, v in table.items()}
            better = -1.0 if measure.better < 0 else 1.0
            means = {r: better * _finite_mean(v) for r, v in values.items()}
            best, second = sorted(means, key=lambda r: (-means[r], study.regimes.index(r)))[:2]
            lead = summarise_paired(values[best], values[second])
            mean, low, high = (float(column[0]) for column in lead[:3])
            yield {
                **label_values(study, point), "outcome": measure.name, "best": best, "second": second,
                "lead": mean, "low": low, "high": high, "certain": bool(clear_sign(low, high, lead.n[0])),
            }  # fmt: skip


def _finite_mean(values: np.ndarray) -> float:
    """Return the mean of finite values; −inf if there are none, so that such a regime is never best."""
    seen = values[np.isfinite(values)]
    return float(seen.mean()) if seen.size else -np.inf


def stack_points(study: Study, replication: Replication) -> dict[str, np.ndarray]:
    """Return the outcomes of all points by regime and contrast, shape (points, worlds, outcomes)."""
    tables = [mean_contributions(study, point, replication) for point in study.points]
    found = {regime: np.stack([t[regime] for t in tables]) for regime in study.regimes}
    found |= {f"{a} − {b}": _world_differences(found[a], found[b]) for a, b in study.contrasts}
    return found


def _world_differences(values: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """Return differences of arrays of (points, worlds, outcomes); mere rounding error counts as 0."""
    flat = (-1, values.shape[-1])
    return differences(values.reshape(flat), baseline.reshape(flat)).reshape(values.shape)


def attribute_switches(study: Study, replication: Replication) -> tuple[list[Row], list[Row]]:
    """Return the rows of the attribution and of the interactions: Shapley values from all coalitions."""
    from sim.measure.attribute import attribution_rows

    values = stack_points(study, replication)[study.regimes[0]]
    currency = study.loaded.scenario.run.currency
    machine = machine_worlds(study, study.points[-1], replication)
    return attribution_rows(values, study.switches, outcome_labels(study, currency), machine)


def machine_worlds(study: Study, grand: Point, replication: Replication) -> np.ndarray | None:
    """Return the outcomes of the machine (the control) in the worlds of the grand coalition.

    The result has the shape (worlds, outcomes) and is simulated here, as one more point. It is None
    unless all functions of the mediator are switches and a machine can be run beside the regime.
    """
    from sim.scenario.load import load
    from sim.study.run.cell_measures import measure_worlds

    if study.points[0].values.get(FUNCTIONS_KEY) != []:
        return None
    loaded = load(study.loaded.scenario, grand.values, consent=study.loaded.consent)
    regime = control_of(loaded, (study.regimes[0], "adversarial"))
    found = replication.completion(grand)
    if not regime or found is None:
        return None
    worlds = range(grand.first, grand.first + found.worlds)
    rows = measure_worlds(loaded, (regime,), worlds, study.seed)[regime]
    measures = summarised_measures(study)
    names = with_wholes(study.outcomes, measures)
    values = np.column_stack([rows[name] for name in names])
    return contributions_to_mean(values, measures, {name: j for j, name in enumerate(names)})


def sensitivity_indices(study: Study, replication: Replication) -> list[Row]:
    """Return the rows of the sensitivity table: indices of every factor, by outcome.

    They are computed for each regime and for each paired difference of the study.
    """
    from sim.measure.sensitivity import SensitivityDesign, sensitivity_rows

    keys = tuple(f.key for f in study.factors)
    rows = unit_cube_rows(study.design, len(keys), study.table.points or 0, study.seed)
    design = SensitivityDesign(study.design, rows, keys, study.seed)
    values = stack_points(study, replication)
    found = [
        row
        for j, outcome in enumerate(outcome_labels(study, study.loaded.scenario.run.currency))
        for name, table in values.items()
        for row in sensitivity_rows(design, table[:, :, j], outcome, name)
    ]
    return [_per_full_range(row, study) for row in found] if study.kind.stepwise else found


def _per_full_range(row: Row, study: Study) -> Row:
    """Return a row of Morris's indices rescaled to the full range of its factor.

    Effects are computed for steps of two thirds of the unit interval. A factor with two values moves
    by its full range in each step, so its effects are scaled by the ratio of `MORRIS_STEPS`.
    """
    factor = next((f for f in study.factors if f.key == row["factor"]), None)
    if factor is None or factor.steps != 2:
        return row
    return {
        **row,
        **{
            name: row[name] * MORRIS_STEPS[4] / MORRIS_STEPS[2] for name in ("value", "low", "high")
        },
    }


def outcome_labels(study: Study, currency: str) -> list[tuple[str, str, str]]:
    """Return name, label and unit of every outcome, with the currency instead of "money"."""
    return [
        (m.name, m.label, m.unit.replace("money", currency)) for m in summarised_measures(study)
    ]
