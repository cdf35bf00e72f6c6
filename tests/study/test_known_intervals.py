"""Intervals and adaptive replication through the whole pipeline, on worlds whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counts import count, only
from known_worlds import known, luck
from tiny_study import Stop, run

from sim.measure.enough_worlds import is_enough, worlds_to_check
from sim.measure.intervals import summarise_paired
from sim.scenario.regimes import ResolvedRegime
from sim.study.results.differences import differing_tables
from sim.study.results.store import read_table

# --- intervals: how often they hold the truth -------------------------------------------------

TRUTH, COMMON = 0.3, 3.0


def differing(under: ResolvedRegime, regime: str, worlds: np.ndarray) -> np.ndarray:
    """A world counts for both regimes alike; the difference is normal around TRUTH, point by point."""
    own = round(1e6 * under.scenario.mediator.competence)
    more = TRUTH + luck(worlds, own, 1) if regime == "mediated" else 0.0
    return COMMON * luck(worlds, own, 0) + more


def held(out: Path, studies: int, worlds: int) -> tuple[float, float, float]:
    """Return how often intervals of so many studies hold the truth, twice it, and how wide they are."""
    vary = [f"mediator.competence=0:1:{studies}"]
    assert run(out, vary, outcomes=["surplus"], worlds=worlds, workers=2, overrides={}).complete
    table = read_table(out / "summary.parquet")
    lines = table[table["kind"] == "difference"]
    assert len(lines) == studies and (lines["n"] == worlds).all()
    found = [
        float(np.mean((lines["low"] <= truth) & (truth <= lines["high"])))
        for truth in (TRUTH, 3.0 * TRUTH)
    ]
    return found[0], found[1], float((lines["high"] - lines["low"]).mean())


def test_paired_intervals_hold_the_truth(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Studies of 40 worlds: within three standard errors of 94 %, which is the bootstrap's at 40."""
    known(monkeypatch, differing)
    studies = count(40, 100)
    covers, wrong, width = held(out, studies, 40)
    assert covers >= 0.94 - 3.0 * np.sqrt(0.94 * 0.06 / studies)
    assert wrong < 0.25
    assert width == pytest.approx(2.0 * 1.96 / np.sqrt(40), rel=0.1)  # without the common luck


@pytest.mark.deep
def test_paired_intervals_hold_the_truth_deep(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, differing)
    covers, wrong, _ = held(out, 2_000, 100)
    assert abs(covers - 0.945) <= 3.0 * np.sqrt(0.945 * 0.055 / 2_000)
    assert wrong < 0.001


# --- adaptive replication ---------------------------------------------------------------------

ADAPTIVE: dict[str, Any] = {
    "outcomes": ["surplus"], "overrides": {},
    "stop": {"outcome": "surplus", "width": 0.75, "at_least": 30, "every": 10, "at_most": 80},
}  # fmt: skip
LOUD = ["mediator.competence=0:1:5"]


def loud(under: ResolvedRegime, regime: str, worlds: np.ndarray) -> np.ndarray:
    """A difference that varies the more the more competent the mediator is."""
    spread = 0.4 + 1.6 * under.scenario.mediator.competence
    return spread * luck(worlds, 7) * (regime == "mediated") + luck(worlds, 8)


def test_worlds_are_added_until_the_interval_is_narrow(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as the rule takes for the same numbers outside any study, and no look forgotten."""
    known(monkeypatch, loud)
    done = run(out, LOUD, workers=2, **ADAPTIVE)
    points, rule = read_table(out / "points.parquet"), done.study.stop
    assert rule is not None
    for competence, n, said, width in zip(
        points["mediator.competence"], points["worlds"], points["rule"].astype(str),
        points["width"], strict=True,
    ):  # fmt: skip
        worlds = np.arange(80)
        base = luck(worlds, 8)
        values = (0.4 + 1.6 * competence) * luck(worlds, 7) + base
        stops = [k for k in worlds_to_check(rule) if is_enough(rule, values[:k], base[:k])]
        assert n == (stops[0] if stops else 80)
        assert said == ("narrower than 0.75" if stops else "cap of 80")
        assert (width < 0.75) == bool(stops)
        found = summarise_paired(values[:n], base[:n])
        assert width == pytest.approx(float(found.high[0] - found.low[0]), rel=1e-9)
    assert points["worlds"].nunique() >= 3 and points["worlds"].iloc[-1] == 80
    summary = read_table(out / "summary.parquet")
    lines = summary[summary["kind"] == "difference"]
    assert lines["n"].tolist() == points["worlds"].tolist()


@pytest.mark.parametrize("chunk", only([7], [7, 25, 80]))
def test_interrupted_or_cut_otherwise_it_adds_the_same_worlds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    known(monkeypatch, loud)
    run(tmp_path / "whole", LOUD, **ADAPTIVE)
    cut = tmp_path / "cut"
    first = run(cut, LOUD, chunk=chunk, on_progress=Stop(6), **ADAPTIVE)
    assert first.interrupted or chunk == 80
    second = run(cut, LOUD, chunk=max(1, chunk // 2), on_progress=Stop(4), **ADAPTIVE)
    assert run(cut, LOUD, **ADAPTIVE).complete or second.complete
    for name in ("points.parquet", "summary.parquet"):
        assert differing_tables(tmp_path / "whole" / name, cut / name) == []
