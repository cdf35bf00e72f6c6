"""Studies with a known answer, as tables and as folders, for tests of figures and texts about them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.records import Column
from sim.study.results.store import write_table

MONEY = "k€/need/month"
LABELS = {
    "surplus": ("joint surplus", MONEY),
    "surplus_gross": ("joint surplus before the fee", MONEY),
    "mediator": ("mediator's receipts", MONEY),
    "trust_buyer_end": ("buyer's trust in vendor, end", "0 to 1"),
    "trust_vendor_end": ("vendor's trust in buyer, end", "0 to 1"),
    "share_first_best": ("share of first best", "share"),
}
REGIMES = ("adversarial", "mediated")
FUNCTIONS = (
    "broker", "align", "warn", "resolve", "metrics", "terms", "review", "grow", "continue",
)  # fmt: skip
NAN = float("nan")
Tables = dict[str, pd.DataFrame]
Study = tuple[Tables, dict[str, Any]]


def interval(mean: float, half: float, worlds: int) -> dict[str, Any]:
    """Return mean, low, high, sd and n of a made-up sample; one world has no interval."""
    low, high = (mean - half, mean + half) if worlds > 1 else (NAN, NAN)
    return {"mean": mean, "low": low, "high": high, "sd": half * worlds**0.5 / 2.0, "n": worlds}


def value(outcome: str, regime: str, at: Mapping[str, Any]) -> float:
    """Return the surplus of a regime at a point: mediation gains with the first factor, less a fee."""
    numbers = [float(v) for v in at.values() if isinstance(v, int | float | np.number)]
    words = [v for v in at.values() if isinstance(v, str)]
    first = numbers[0] if numbers else len(words[0]) / 10.0 if words else 0.5
    rest = sum(numbers[1:3]) / 4.0 + sum(map(len, words[1:])) / 40.0
    gain = {"adversarial": 0.0, "partnership": 0.3 - 0.2 * first}.get(regime, first - rest - 0.35)
    return (12.0 + 0.6 * first + 2.0 * gain) if outcome == "surplus" else 0.5 + 0.1 * gain


def summary(
    points: Sequence[Mapping[str, Any]], outcomes: Sequence[str], regimes: Sequence[str],
    worlds: int, empty: bool,
) -> pd.DataFrame:  # fmt: skip
    """Return the summary of points by `value`, differences against the first regime."""
    rows = []
    for number, at in enumerate(points):
        for outcome in outcomes:
            label, unit = LABELS[outcome]
            told = {"point": number, **at, "measure": outcome, "label": label, "unit": unit}
            found = {r: value(outcome, r, at) for r in regimes}
            wide = 0.25 if outcome == "surplus" else 0.012
            for regime in regimes:
                mean = NAN if empty else found[regime]
                rows.append({
                    **told, "kind": "regime", "name": regime, "regime": regime, "baseline": "",
                    **interval(mean, 2 * wide, worlds), "effect": NAN, "share_opposite": NAN,
                })  # fmt: skip
            for regime in regimes[1:]:
                mean = NAN if empty else found[regime] - found[regimes[0]]
                rows.append({
                    **told, "kind": "difference", "name": f"{regime} − {regimes[0]}",
                    "regime": regime, "baseline": regimes[0], **interval(mean, wide, worlds),
                    "effect": 0.5, "share_opposite": 0.2,
                })  # fmt: skip
    return pd.DataFrame(rows)


def sweep(
    values: Mapping[str, Sequence[Any]], *, design: str = "factorial", analysis: str = "summary",
    outcomes: Sequence[str] = ("surplus", "trust_buyer_end"), regimes: Sequence[str] = REGIMES,
    worlds: int = 60, failed: Sequence[int] = (), missing: Sequence[int] = (), empty: bool = False,
    stop: Mapping[str, Any] | None = None,
) -> Study:  # fmt: skip
    """Return a study over factors: every combination, or in a sampled design side by side."""
    mixed = design in ("factorial", "map")
    combined = itertools.product(*values.values()) if mixed else zip(*values.values(), strict=True)
    points = [dict(zip(values, row, strict=True)) for row in combined]
    lost = {*failed, *missing}
    frame = summary(points, outcomes, regimes, worlds, empty)
    frame = frame[~frame["point"].isin(lost)]
    rows = []
    for number, at in enumerate(points):
        status = "failed" if number in failed else "missing" if number in missing else "complete"
        used = 30 + 10 * (number * 7 % 15) if stop else worlds
        capped = bool(stop) and number % 9 == 0
        rule = "fixed" if not stop else "cap of 180" if capped else f"narrower than {stop['width']}"
        rows.append({
            "point": number, **at, "status": status,
            "worlds": 0 if number in lost else 180 if capped else used, "rule": rule,
            "width": 0.5 + 0.1 * capped - 0.004 * (number % 11) if stop else NAN,
            "note": "SimError: no room <b>left</b>" if number in failed else "",
        })  # fmt: skip
    keys = [k for k in values if k != "row"]
    factors = [{"key": k, "name": "", "unit": "", "values": list(values[k])} for k in keys]
    tables = {"points": pd.DataFrame(rows), "summary": frame.reset_index(drop=True)}
    about = record(analysis, design, factors, outcomes, regimes, worlds, len(points), failed, stop)
    about["points"]["done"] = len(points) - len(lost)
    about["complete"] = not lost
    if analysis == "map" and len(regimes) > 1:
        tables["map"] = best(tables["summary"], keys, regimes, outcomes)
    return tables, about


def best(
    frame: pd.DataFrame, keys: Sequence[str], regimes: Sequence[str], outcomes: Sequence[str]
) -> pd.DataFrame:
    """Return the best and the second regime of every point."""
    rows = []
    alone = frame[frame["kind"] == "regime"]
    for (point, outcome), group in alone.groupby(["point", "measure"], sort=True):
        means = group.set_index("name")["mean"]
        order = sorted(regimes, key=lambda r, m=means: -m[r])
        lead = means[order[0]] - means[order[1]]
        wide = 0.25 if outcome == "surplus" else 0.012
        at = group[list(keys)].iloc[0].to_dict()
        rows.append({
            "point": point, **at, "outcome": outcome, "best": order[0], "second": order[1],
            "lead": lead, "low": lead - wide, "high": lead + wide, "certain": bool(lead > wide),
        })  # fmt: skip
    return pd.DataFrame(rows)


def attribution(players: Sequence[str] = FUNCTIONS, worlds: int = 20, empty: bool = False) -> Study:
    """Return an attribution in which the first player is worth most and the last does harm."""
    sizes = np.linspace(2.4, -0.4, len(players)) if len(players) > 1 else np.array([2.0])
    rows, pairs = [], []
    for outcome, scale in (
        ("surplus_gross", 1.0), ("mediator", 0.02), ("surplus", 0.9),
        ("trust_buyer_end", 0.03), ("trust_vendor_end", 0.02),
    ):  # fmt: skip
        label, unit = LABELS[outcome]
        told = {"outcome": outcome, "label": label, "unit": unit}
        turned = np.roll(sizes, 3 if outcome.startswith("trust") else 0)
        for player, size in zip(players, turned, strict=True):
            for kind, factor in (("shapley", 1.0), ("first_in", 1.35), ("last_in", 0.7)):
                mean = NAN if empty else scale * factor * size
                rows.append({
                    **told, "player": player, "kind": kind,
                    **interval(mean, scale * (0.1 + 0.12 * abs(size)), worlds),
                    "share_opposite": 0.1,
                })  # fmt: skip
        total = NAN if empty else (0.55 if outcome == "mediator" else scale * turned.sum())
        rows.append({
            **told, "player": "all", "kind": "total", **interval(total, 0.1 * scale, worlds),
            "share_opposite": 0.0,
        })  # fmt: skip
        for i, j in itertools.combinations(range(len(players)), 2):
            mean = NAN if empty else scale * 0.4 * np.sin(2.0 * i + 3.0 * j)
            pairs.append({
                **told, "player": players[i], "other": players[j],
                **interval(mean, 0.15 * scale, worlds),
            })  # fmt: skip
    points = pd.DataFrame({
        "point": range(8), "coalition": [f"c{k}" for k in range(8)], "status": "complete",
        "worlds": worlds, "rule": "fixed", "width": NAN, "note": "",
    })  # fmt: skip
    about = record("attribution", "coalitions", [], tuple(LABELS)[:5], ("mediated",), worlds, 8)
    tables = {"points": points, "attribution": pd.DataFrame(rows)}
    if pairs:
        tables["interactions"] = pd.DataFrame(pairs).drop(columns="sd")
    return tables, about


def sensitivity(
    factors: Sequence[str], method: str = "morris", *, regimes: Sequence[str] = REGIMES,
    empty: bool = False, outcomes: Sequence[str] = ("surplus", "trust_buyer_end"),
) -> Study:  # fmt: skip
    """Return a sensitivity analysis in which factors matter less the later they come."""
    names = [*regimes, *(f"{r} − {regimes[0]}" for r in regimes[1:])]
    rows = []

    def add(told: Mapping[str, Any], index: str, factor: str, other: str, size: float) -> None:
        size = NAN if empty else size
        half = 0.03 + 0.12 * abs(size)
        rows.append({
            **told, "index": index, "factor": factor, "other": other, "value": size,
            "low": size - half, "high": size + half, "rows": 64,
        })  # fmt: skip

    for outcome in outcomes:
        label, unit = LABELS[outcome]
        scale = 1.0 if outcome == "surplus" else 0.1
        for nth, name in enumerate(names):
            told = {
                "outcome": outcome, "label": label, "unit": unit, "name": name, "method": method,
            }  # fmt: skip
            for k, factor in enumerate(factors):
                share = 0.62 / (1.0 + (k + nth) % len(factors)) ** 1.4
                if method == "morris":
                    add(told, "mu_star", factor, "", 4.0 * scale * share)
                    add(told, "mu", factor, "", 4.0 * scale * share * (-1.0) ** k * 0.8)
                    add(told, "sigma", factor, "", scale * share)
                else:
                    add(told, "ST", factor, "", share)
                    add(told, "S1", factor, "", 0.7 * share - 0.01)
            if method == "sobol":
                for a, b in itertools.combinations(factors, 2):
                    add(told, "S2", a, b, 0.1 * np.sin(len(a) + 2.0 * len(b)))
            add(told, "luck", "", "", 0.11 + 0.02 * nth)
    made = [{"key": k, "name": "", "unit": "", "low": 0.0, "high": 1.0} for k in factors]
    about = record(
        "sensitivity",
        "morris" if method == "morris" else "saltelli",
        made,
        outcomes,
        regimes,
        4,
        64,
    )
    points = pd.DataFrame({
        "point": range(64), **{k: np.linspace(0, 1, 64) for k in factors}, "status": "complete",
        "worlds": 4, "rule": "fixed", "width": NAN, "note": "",
    })  # fmt: skip
    return {"points": points, "sensitivity": pd.DataFrame(rows)}, about


def record(
    analysis: str, design: str, factors: Sequence[Mapping[str, Any]], outcomes: Sequence[str],
    regimes: Sequence[str], worlds: int, points: int, failed: Sequence[int] = (),
    stop: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return a manifest as a study writes it."""
    study = {
        "title": "", "scenario": "one_tie", "design": design, "factors": list(factors),
        "outcomes": list(outcomes), "regimes": list(regimes), "worlds": worlds, "seed": 3,
        **({"stop": dict(stop)} if stop else {}),
    }  # fmt: skip
    return {
        "schema": 1, "kind": "sweep", "analysis": analysis, "complete": True,
        "tool": {"name": "vendor-relations-lab", "version": "0.1.0"},
        "command": ["sim", "sweep", "one_tie", "--vary", "mediator.competence=0:1:11"],
        "start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:01:00Z",
        "scenario_name": "one_tie", "scenario_digest": "ab" * 32, "source_digest": "cd" * 32,
        "scenario": {"title": "One tie", "run": {"currency": "k€", "months": 24}},
        "overrides": {}, "regimes": list(regimes), "seed": 3, "tables": [], "files": {},
        "worlds": {"asked": worlds, "done": worlds},
        "versions": {"python": "3.11", "numpy": "2"}, "machine": {"platform": "x", "cpus": 2},
        "design": {"study": study, "points": points, "digest": "ef" * 32},
        "points": {
            "asked": points, "done": points - len(failed),
            "failed": {f"point-{n:05d}": "SimError: no room <b>left</b>" for n in failed},
        },
        "sessions": [],
    }  # fmt: skip


def kept(folder: Path, study: Study, files: Mapping[str, str] | None = None) -> Path:
    """Write a study as a folder, tables as the store writes them, and return it."""
    tables, about = study
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        write_table(folder / f"{name}.parquet", frame, [_column(frame, c) for c in frame.columns])
    (folder / "manifest.json").write_text(json.dumps(about, default=str), encoding="utf-8")
    (folder / "study.toml").write_text('scenario = "one_tie"\n', encoding="utf-8")
    for name, text in (files or {}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _column(frame: pd.DataFrame, name: str) -> Column:
    kind = frame[name].dtype.kind
    return Column(str(name), {"i": "i8", "f": "f8", "b": "bool"}.get(kind, "str"), "-", "made up")
