"""What practitioners say as contrasts that can fail: read, checked at the door, and run.

`experiments/claims.toml` declares them; `docs/claims.md` is written from it.
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
from sim.scenario.load import Loaded, load
from sim.scenario.overrides import Settings
from sim.scenario.values import show, show_key
from sim.study.design.studyfile import Strict
from sim.study.experiments.question import folder

if TYPE_CHECKING:
    import pandas as pd

    from sim.engines.batch import Outcome

FILE = "claims.toml"
OF_TIES = "ties."
COLUMNS = {column.name: column for column in PERIODS}
TIE_COLUMNS = {OF_TIES + column.name: column for column in TIES}


class Arm(Strict):
    """One world of a contrast: a regime, and the keys that set it apart."""

    name: str = Field(min_length=1)
    regime: str = "mediated"
    set: dict[str, Any] = Field(default_factory=dict)


class TurningPoint(Strict):
    """Where a claim should stop holding: keys laid over every arm."""

    text: str = Field(min_length=1)
    set: dict[str, Any] = Field(min_length=1)


class Claim(Strict):
    """One claim: it speaks of the last arm, against the first.

    `against` names what a measure of the last arm is compared with, where that is another measure.
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


class Claims(Strict):
    """The whole file: who said it, and what."""

    sources: dict[str, str]
    claims: list[Claim] = Field(min_length=1)


@dataclass(frozen=True)
class Cell:
    """One run of a claim: an arm, as it is or where the claim should turn."""

    arm: Arm
    turned: bool
    loaded: Loaded


def read_claims(path: Path | None = None) -> Claims:
    """Read the declared claims; raises ScenarioError with every problem, file and line."""
    path = folder() / FILE if path is None else path
    text = read_text(path)
    lines = line_index(text)
    try:
        found = Claims.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError([Problem(str(path), "file", "", f"want valid TOML: {error}")]) from None
    except ValidationError as error:
        wrong = [_at(path, lines, e["loc"], e["input"], e["msg"]) for e in error.errors()]
        raise ScenarioError(wrong) from None
    wrong = list(_wrong(found, path, lines))
    if wrong:
        raise ScenarioError(wrong)
    return found


def cells(claim: Claim, last: Mapping[str, Any] | None = None) -> list[Cell]:
    """Return every arm as it is, then every arm where the claim should turn.

    `last` is laid over all of them. Raises ScenarioError.
    """
    made = []
    for turned in (False, True):
        for nth, arm in enumerate(claim.arms):
            layers = [("set", claim.set), (f"arms {nth} set", arm.set)]
            layers += [("turns set", claim.turns.set)] if turned else []
            settings = Settings(
                (key, value, f"claim {claim.number}, {place}")
                for place, keys in [*layers, ("overrides", last or {})]
                for key, value in keys.items()
            )
            loaded = load(claim.scenario, settings, consent=consent_to(last))
            loaded.regime(arm.regime)
            made.append(Cell(arm, turned, loaded))
    return made


def measured(name: str, view: View) -> np.ndarray:
    """Return one number per world: a measure, else a column of `periods` or of `ties`.

    A sum over needs is taken per need and month, a mean over needs as the mean over months; a
    column of ties is its mean over the ties that had a contract.
    """
    if name in BY_NAME:
        return BY_NAME[name].of(view)
    if name in TIE_COLUMNS:
        return _of_ties(view, name.removeprefix(OF_TIES))
    column = COLUMNS[name]
    if column.unit in ("share", "factor", "0/1") and "sum over needs" not in column.meaning:
        return view[name].mean(axis=1)
    return view.each(name)


def run_claim(
    claim: Claim,
    worlds: int,
    seed: int = 1,
    *,
    overrides: Mapping[str, Any] | None = None,
    threads: int = 1,
) -> pd.DataFrame:
    """Return one row per cell and world: `turned`, `arm`, `world`, then the claim's measures."""
    import pandas as pd

    from sim.engines.batch import simulate

    frames = []
    for cell in cells(claim, overrides):
        outcome = simulate(
            cell.loaded.regime(cell.arm.regime), range(worlds), seed, threads=threads
        )
        view = seen(cell, outcome)
        values = {name: measured(name, view) for name in (*claim.measures, *claim.against.values())}
        about = {"turned": cell.turned, "arm": cell.arm.name, "world": view.worlds}
        frames.append(pd.DataFrame(about | values))
    return pd.concat(frames, ignore_index=True)


def seen(cell: Cell, outcome: Outcome) -> View:
    """Return the tables of a cell as its measures see them."""
    return view_of(outcome, cell.loaded.regime(cell.arm.regime))


def weigh(claim: Claim, frame: pd.DataFrame) -> pd.DataFrame:
    """Return, per measure and turn, what is expected and the paired last − first with interval."""
    import pandas as pd

    from sim.measure.intervals import paired

    rows = []
    names = list(claim.measures)
    for turned in (False, True):
        here = frame[frame["turned"] == turned]
        first, last = (here[here["arm"] == claim.arms[n].name] for n in (0, -1))
        base = first[[claim.against.get(name, name) for name in names]]
        found = paired(last[names].to_numpy(float), base.to_numpy(float))._asdict()
        for j, name in enumerate(names):
            about = {"claim": claim.number, "turned": turned, "measure": name}
            numbers = {
                key: float(found[key][j]) for key in ("mean", "low", "high", "share_opposite")
            }
            rows.append(about | {"expected": claim.measures[name]} | numbers)
    return pd.DataFrame(rows)


def _of_ties(view: View, name: str) -> np.ndarray:
    ties = view.tables.ties
    signed = np.asarray(ties["contracts"]) > 0
    values = np.where(signed, ties[name], 0.0)
    return ratio(view.over_ties(values), view.over_ties(signed.astype(float)))


def _wrong(found: Claims, path: Path, lines: dict[Keys, int]) -> Iterator[Problem]:
    """Yield what is wrong with claims that are well formed."""
    known = [*BY_NAME, *COLUMNS, *TIE_COLUMNS]
    numbers = [claim.number for claim in found.claims]
    for nth, claim in enumerate(found.claims):
        here: Keys = ("claims", nth)
        if claim.number in numbers[:nth]:
            yield _at(path, lines, (*here, "number"), claim.number, "want a number used once")
        for letter in claim.source:
            if letter not in found.sources:
                want = f"want one of {', '.join(found.sources)}"
                yield _at(path, lines, (*here, "source"), letter, want)
        for name in (*claim.measures, *claim.against, *claim.against.values()):
            if name not in known:
                want = "want a measure, a column of periods or ties.COLUMN"
                near = closest_name(name, known)
                yield _at(path, lines, (*here, "measures", name), name, want, near)
        try:
            cells(claim)
        except ScenarioError as error:
            yield from error.problems


def _at(
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
