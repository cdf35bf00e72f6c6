"""What the tests of studies share: a study over a tiny market, and its tables bit for bit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tiny_market import names

from sim.lab.studies import build_study, parse_factors
from sim.scenario.code import consent_to
from sim.study.design.analysis import takes_ranges
from sim.study.design.definition import Study
from sim.study.results.differences import differing_tables
from sim.study.results.store import read_table
from sim.study.run.run_options import RunOptions
from sim.study.run.sweep import SweepResult, run_study

SMALL = {"run.months": 1, "run.worlds": 3, "negotiation.deadline": 4}
VARY = ("mediator.competence=0:1:3", "negotiation.level=truthful")
REGIMES = ("adversarial", "mediated")
RANGES = ("mediator.competence=0:1", "problems.rate=0.05:0.3")


def ask(vary: Sequence[str] = VARY, source: Any = "one_tie", **more: Any) -> Study:
    """Return a study over the tiny market, as a command line asks for it."""
    ranges = takes_ranges(more.get("design", ""))
    said = {"regimes": REGIMES, "overrides": SMALL, **more}
    overrides = said.pop("overrides") or {}
    factors = parse_factors([(text, "vary") for text in vary], ranges=ranges)
    return build_study(source, factors, overrides, said, consent_to(overrides))


def run(out: Path, vary: Sequence[str] = VARY, **more: Any) -> SweepResult:
    """Run a study over the tiny market; further arguments go to `RunOptions` and `run_study`."""
    how = {name: more.pop(name) for name in ("workers", "chunk", "only_failed") if name in more}
    rest = {name: more.pop(name) for name in ("force", "on_progress", "after") if name in more}
    study = more.pop("study", None) or ask(vary, **more)
    return run_study(study, out=out, options=RunOptions(**how), **rest)


class Stop:
    """A Ctrl-C, once, after some chunks have been finished."""

    def __init__(self, chunks: int = 1):
        self.left = chunks

    def __call__(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def worlds(out: Path) -> pd.DataFrame:
    """Return every row of all parts, by point, regime and world: however they were cut."""
    frame = pd.concat([read_table(p) for p in (out / "parts").iterdir()], ignore_index=True)
    frame["regime"] = frame["regime"].astype(str)
    return frame.sort_values(["point", "regime", "world"]).reset_index(drop=True)


def bits(frame: pd.DataFrame) -> dict[str, Any]:
    """Return every column of a table in a form that is equal if every bit is."""
    return {
        str(name): values.tobytes()
        if (values := np.asarray(frame[name])).dtype.kind in "ifb"
        else [str(v) for v in values]
        for name in frame
    }


def tables(out: Path) -> list[str]:
    """Return the names of the tables of a folder, its parts aside."""
    return [name for name in names(out) if name.endswith(".parquet")]


def unlike(one: Path, two: Path) -> list[str]:
    """Return every difference in the numbers of two folders; nothing if every bit is the same."""
    if tables(one) != tables(two):
        return [f"tables {tables(one)} and {tables(two)}"]
    found = [
        f"{name}: {line}"
        for name in tables(one)
        for line in differing_tables(one / name, two / name)
    ]
    a, b = bits(worlds(one)), bits(worlds(two))
    found += [f"worlds: column {name}" for name in {**a, **b} if a.get(name) != b.get(name)]
    return found


def strata_hit_once(rows: np.ndarray) -> bool:
    """Return whether rows are a Latin hypercube: each equal stratum of each factor has one of them."""
    strata = np.sort(np.floor(rows * len(rows)).astype(int), axis=0)
    return bool((strata == np.arange(len(rows))[:, None]).all())
