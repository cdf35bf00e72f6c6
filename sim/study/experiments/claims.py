"""Claims of practitioners as contrasts that can fail: reading, checking and running them.

`experiments/claims.toml` declares the claims, and `docs/claims.md` is generated from it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from sim.errors import Problem, ScenarioError, closest_name
from sim.files import read_text
from sim.measure.metrics import BY_NAME, view_of
from sim.measure.view import View, ratio
from sim.records import PERIODS, TIES
from sim.scenario.code import consent_to
from sim.scenario.lines import Keys, line_index
from sim.scenario.load import LoadedScenario, load
from sim.scenario.overrides import Overrides
from sim.scenario.shipped import experiments_folder
from sim.scenario.strict_tables import StrictTable
from sim.scenario.values import show, show_key

if TYPE_CHECKING:
    import pandas as pd

    from sim.engines.batch import RunTables

CLAIMS_FILE = "claims.toml"
OF_TIES = "ties."
COLUMNS = {column.name: column for column in PERIODS}
TIE_COLUMNS = {OF_TIES + column.name: column for column in TIES}


class Arm(StrictTable):
    """One arm of a contrast: a regime, and the keys that distinguish it from the other arms."""

    name: str = Field(min_length=1)
    regime: str = "mediated"
    set: dict[str, Any] = Field(default_factory=dict)


class TurningPoint(StrictTable):
    """The conditions under which a claim should stop holding, as keys that are set in every arm."""

    text: str = Field(min_length=1)
    set: dict[str, Any] = Field(min_length=1)


class Claim(StrictTable):
    """One claim: an expected sign of each measure's contrast, the last arm minus the first.

    `against` maps a measure of the last arm to the measure of the first arm that it is compared with,
    if that is another one.
    """

    number: int = Field(ge=1)
    source: list[str] = Field(min_length=1)
    claim: str = Field(min_length=1)
    scenario: str
    set: dict[str, Any] = Field(default_factory=dict)
    measures: dict[str, Literal["more", "less", "same"]] = Field(min_length=1)
    against: dict[str, str] = Field(default_factory=dict)
    arms: list[Arm] = Field(min_length=2)
    turns: TurningPoint
    how: str = ""


class Claims(StrictTable):
    """The file of claims: sources by their letter, and the claims."""

    sources: dict[str, str]
    claims: list[Claim] = Field(min_length=1)


@dataclass(frozen=True)
class ClaimRun:
    """One run of a claim: an arm, as declared or at the turning point."""

    arm: Arm
    turned: bool
    loaded: LoadedScenario


def read_claims(path: Path | None = None) -> Claims:
    """Return the declared claims, checked; raises ScenarioError with every problem, file and line."""
    path = experiments_folder() / CLAIMS_FILE if path is None else path
    text = read_text(path)
    lines = line_index(text)
    try:
        found = Claims.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError([Problem(str(path), "file", "", f"want valid TOML: {error}")]) from None
    except ValidationError as error:
        wrong = [_problem_at(path, lines, e["loc"], e["input"], e["msg"]) for e in error.errors()]
        raise ScenarioError(wrong) from None
    wrong = list(_claim_problems(found, path, lines))
    if wrong:
        raise ScenarioError(wrong)
    return found


def claim_runs(claim: Claim, last: Mapping[str, Any] | None = None) -> list[ClaimRun]:
    """Return the runs of a claim: every arm as declared, then every arm at the turning point.

    The keys of `last` take precedence over all others. Raises ScenarioError.
    """
    runs = []
    for turned in (False, True):
        for nth, arm in enumerate(claim.arms):
            layers = [("set", claim.set), (f"arms {nth} set", arm.set)]
            layers += [("turns set", claim.turns.set)] if turned else []
            settings = Overrides(
                (key, value, f"claim {claim.number}, {place}")
                for place, keys in [*layers, ("overrides", last or {})]
                for key, value in keys.items()
            )
            loaded = load(claim.scenario, settings, consent=consent_to(last))
            loaded.regime(arm.regime)
            runs.append(ClaimRun(arm, turned, loaded))
    return runs


def measure_by_world(name: str, view: View) -> np.ndarray:
    """Return one number for each world: a measure, or a column of `periods` or of `ties`.

    A column of `periods` that is a sum over needs is averaged per need and month, one that is a mean
    over needs is averaged over months. A column of `ties` (`ties.NAME`) is averaged over the ties
    that had a contract.
    """
    if name in BY_NAME:
        return BY_NAME[name].of(view)
    if name in TIE_COLUMNS:
        return _tie_mean(view, name.removeprefix(OF_TIES))
    column = COLUMNS[name]
    if column.unit in ("share", "factor", "0/1") and "sum over needs" not in column.meaning:
        return np.asarray(view[name].mean(axis=1))
    return view.per_need_month(name)


def run_claim(
    claim: Claim,
    worlds: int,
    seed: int = 1,
    *,
    overrides: Mapping[str, Any] | None = None,
    threads: int = 1,
) -> pd.DataFrame:
    """Return one row for each run and world: `turned`, `arm`, `world`, then the claim's measures.

    `overrides` take precedence over all keys of the claim. Raises ScenarioError.
    """
    import pandas as pd

    from sim.engines.batch import simulate

    frames = []
    for run in claim_runs(claim, overrides):
        regime = run.loaded.regime(run.arm.regime)
        outcome = simulate(regime, range(worlds), seed, threads=threads)
        view = view_of_run(run, outcome)
        values = {
            name: measure_by_world(name, view)
            for name in (*claim.measures, *claim.against.values())
        }
        about = {"turned": run.turned, "arm": run.arm.name, "world": view.worlds}
        frames.append(pd.DataFrame(about | values))
    return pd.concat(frames, ignore_index=True)


def view_of_run(run: ClaimRun, outcome: RunTables) -> View:
    """Return the simulated tables of a run as the view that its measures read."""
    return view_of(outcome, run.loaded.regime(run.arm.regime))


def contrast_arms(claim: Claim, frame: pd.DataFrame) -> pd.DataFrame:
    """Return, for each measure, the contrast of a claim as declared and at the turning point.

    `frame` is that of `run_claim`. A row has the expected sign and the paired difference, last arm
    minus first, with its 95 % interval over worlds.
    """
    import pandas as pd

    from sim.measure.intervals import summarise_paired

    rows = []
    names = list(claim.measures)
    for turned in (False, True):
        here = frame[frame["turned"] == turned]
        first, last = (here[here["arm"] == claim.arms[n].name] for n in (0, -1))
        base = first[[claim.against.get(name, name) for name in names]]
        found = summarise_paired(last[names].to_numpy(float), base.to_numpy(float))._asdict()
        for j, name in enumerate(names):
            about = {"claim": claim.number, "turned": turned, "measure": name}
            numbers = {
                key: float(found[key][j]) for key in ("mean", "low", "high", "share_opposite")
            }
            rows.append(about | {"expected": claim.measures[name]} | numbers)
    return pd.DataFrame(rows)


def _tie_mean(view: View, name: str) -> np.ndarray:
    ties = view.tables.ties
    signed = np.asarray(ties["contracts"]) > 0
    values = np.where(signed, ties[name], 0.0)
    return ratio(view.over_ties(values), view.over_ties(signed.astype(float)))


def _claim_problems(found: Claims, path: Path, lines: dict[Keys, int]) -> Iterator[Problem]:
    """Yield the problems of claims that satisfy the schema: repeated numbers, unknown names, bad keys."""
    known = [*BY_NAME, *COLUMNS, *TIE_COLUMNS]
    numbers = [claim.number for claim in found.claims]
    for nth, claim in enumerate(found.claims):
        here: Keys = ("claims", nth)
        if claim.number in numbers[:nth]:
            yield _problem_at(
                path, lines, (*here, "number"), claim.number, "want a number used once"
            )
        for letter in claim.source:
            if letter not in found.sources:
                want = f"want one of {', '.join(found.sources)}"
                yield _problem_at(path, lines, (*here, "source"), letter, want)
        for name in (*claim.measures, *claim.against, *claim.against.values()):
            if name not in known:
                want = "want a measure, a column of periods or ties.COLUMN"
                near = closest_name(name, known)
                yield _problem_at(path, lines, (*here, "measures", name), name, want, near)
        try:
            claim_runs(claim)
        except ScenarioError as error:
            yield from error.problems


def _problem_at(
    path: Path,
    lines: dict[Keys, int],
    keys: Sequence[str | int],
    value: Any,
    want: str,
    near: str = "",
) -> Problem:
    place = tuple(keys)
    line = next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), 1)
    return Problem(f"{path.name}:{line}", show_key(place), show(value), want, near)
