"""Ensembles: parameter sets with weights that facts left, on disk for other commands, with where they come from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.calibration.cube import sobol
from sim.calibration.populations import Sample
from sim.calibration.priors import Priors
from sim.calibration.sealed_question import SealedQuestion, deviations
from sim.calibration.study_simulator import informed_priors
from sim.calibration.targets import PSEUDO_SHARE
from sim.errors import SimError, closest_name
from sim.field.laws import Law
from sim.files import read_text
from sim.records import Column
from sim.study.results.computed_columns import describe_key
from sim.study.results.digest import digest_file
from sim.study.results.durable_files import write_text
from sim.study.results.store import read_table, write_table

if TYPE_CHECKING:
    import pandas as pd

WEIGHT = Column("weight", "f8", "share", "weight of the parameter set; all add up to 1")
POINT = Column("point", "i8", "-", "number of the point, over all populations, from 0")
DIGITS = 12  # decimals of a number that was simulated
MEDIATOR_KEYS = (
    "keys of the mediator are drawn from their priors, independently: the arm that is run has none"
)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Parameter sets of one alternative: `values` has shape (sets, keys), `weights` (sets,).

    `about` says where it comes from, `deviations` in what the question asked now differs from the sealed one.
    """

    keys: tuple[str, ...]
    values: np.ndarray
    weights: np.ndarray
    about: Mapping[str, Any]
    deviations: tuple[str, ...] = ()


def ensemble_stem(alternative: str) -> str:
    """Return the name of an ensemble's files without their suffix."""
    return f"ensemble-{alternative}"


def write_ensemble(
    folder: Path,
    question: SealedQuestion,
    sample: Sample,
    number: int,
    name: str,
    more: Mapping[str, Any],
) -> None:
    """Write the ensemble of one alternative: a table, and a file that says where it comes from."""
    frame, columns = ensemble_table(question, sample, number)
    path = folder / f"{ensemble_stem(name)}.parquet"
    write_table(path, frame, columns)
    about = {
        "question": question.digest,
        "scenario": question.loaded.name,
        "scenario_digest": question.loaded.digest,
        "arm": question.data["arm"],
        "alternative": name,
        "seed": question.seed,
        "keys": list(question.priors.keys),
        "mediator_keys": list(question.priors.of_mediator),
        "mediator_keys_from": MEDIATOR_KEYS,
        "sets": len(frame),
        **more,
        "table": path.name,
        "sha256": digest_file(path),
        "sealed": question.data,
    }
    write_text(path.with_suffix(".json"), json.dumps(about, indent=1, ensure_ascii=False) + "\n")


def ensemble_table(
    question: SealedQuestion, sample: Sample, number: int
) -> tuple[pd.DataFrame, tuple[Column, ...]]:
    """Return the parameter sets of an alternative that weigh anything, with what they said of every fact."""
    import pandas as pd

    weights = sample.weights[number]
    kept = np.flatnonzero(weights > 0.0)
    values = values_of(question.priors, sample.points, question.seed)[kept]
    columns = [POINT, WEIGHT]
    table: dict[str, Any] = {"point": kept, "weight": weights[kept]}
    for n, key in enumerate(question.priors.keys):
        unit, meaning = describe_key(key)
        table[key] = values[:, n]
        columns.append(Column(key, "f8", unit, meaning))
    for n, fact in enumerate(question.facts):
        table[f"fact.{fact.name}"] = in_unit(fact.law, sample.values[kept, n])
        columns.append(Column(f"fact.{fact.name}", "f8", fact.unit, f"simulated: {fact.measured}"))
    return pd.DataFrame(table), tuple(columns)


def values_of(priors: Priors, points: np.ndarray, seed: int) -> np.ndarray:
    """Return the values of all keys, in the order of the file, at points of the informed keys' unit cube."""
    informed, rest = informed_priors(priors), priors.only(priors.of_mediator)
    found = np.empty((len(points), len(priors.keys)))
    columns = {key: n for n, key in enumerate(priors.keys)}
    found[:, [columns[key] for key in informed.keys]] = informed.at(points)
    if rest.keys:
        drawn = rest.at(sobol(len(rest.keys), max(1, len(points)), seed, "mediator"))[: len(points)]
        found[:, [columns[key] for key in rest.keys]] = drawn
    return found


def in_unit(law: Law, values: np.ndarray) -> np.ndarray:
    """Return simulated numbers on a law's scale in the unit of its fact, without the share that was added to them."""
    flat = [law.from_scale(v) if np.isfinite(v) else float("nan") for v in values.ravel().tolist()]
    found = np.array(flat, float).reshape(values.shape)
    if law.kind == "normal":
        return found
    bare: np.ndarray = (found - PSEUDO_SHARE * law.median) / (1.0 - PSEUDO_SHARE)
    return np.maximum(np.round(bare, DIGITS), 0.0)


def read_ensemble(
    folder: str | Path, alternative: str, question: SealedQuestion | None = None
) -> Ensemble:
    """Return the ensemble of an alternative from the folder of a calibration.

    With a `question` asked now, its deviations from the sealed one are listed. Raises SimError if there is no such
    ensemble, or if its table is not the one that was written.
    """
    stem = Path(folder) / ensemble_stem(alternative)
    try:
        about = json.loads(read_text(stem.with_suffix(".json")))
    except FileNotFoundError:
        names = sorted(
            p.stem.removeprefix("ensemble-") for p in Path(folder).glob("ensemble-*.json")
        )
        near = closest_name(alternative, names)
        hint = f"; did you mean '{near}'?" if near else ""
        want = (
            f"want one of {', '.join(names)}"
            if names
            else "no calibration that left anything is there"
        )
        raise SimError(f"{folder}: alternative {alternative!r}: {want}{hint}") from None
    except (OSError, ValueError) as error:
        raise SimError(f"{stem}.json: cannot be read: {error}") from None
    table = stem.with_suffix(".parquet")
    keys: Sequence[str] = about["keys"]
    frame = read_table(table, [*keys, "weight"])
    if digest_file(table) != about["sha256"]:
        raise SimError(f"{table}: has changed since it was written")
    lines = () if question is None else tuple(deviations(about["sealed"], question.data))
    return Ensemble(
        tuple(keys),
        frame[list(keys)].to_numpy(float),
        frame["weight"].to_numpy(float),
        about,
        lines,
    )
