"""Run an experiment: its study, then a verdict row by row from the intervals, and what was expected."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import SimError
from sim.measure.metrics import BY_NAME
from sim.strategies.code_consent import NO_FILES, Consent
from sim.study.experiments import verdict
from sim.study.experiments.question import EXPECTED, QUESTION, Experiment, open_experiment
from sim.study.experiments.verdict import About
from sim.study.results.store import read_table, write_table, write_text
from sim.study.run.sweep import How, OnProgress, SweepResult, asked_of, run_study

if TYPE_CHECKING:
    import pandas as pd

NEAR = (
    1e-9  # of a number derived again by other versions of a library; here it is the same to the bit
)
ROUNDED = 12  # digits kept of an expected number
After = Callable[[Path, dict[str, Any]], None]
Say = Callable[[About, "pd.DataFrame"], str]


@dataclass(frozen=True)
class ExperimentResult:
    """Where an experiment's files are, its verdict in words, and the verdict row by row.

    `unexpected` lists every difference from `expected.json`, None where nothing was compared.
    """

    out: Path
    title: str
    verdict: str
    table: pd.DataFrame
    about: About
    text: str
    sweep: SweepResult
    unexpected: tuple[str, ...] | None = None

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it before the last row."""
        return self.sweep.interrupted

    @property
    def exit_code(self) -> int:
        """Return 0 for any verdict, 1 for failed points or unexpected numbers, 130 after Ctrl-C."""
        return self.sweep.exit_code or int(bool(self.unexpected))


def run_experiment(
    source: str | Path,
    out: str | Path | None = None,
    *,
    say: Say,
    worlds: int | None = None,
    how: How | None = None,
    force: bool = False,
    check: bool = False,
    expect: bool = False,
    on_progress: OnProgress | None = None,
    after: After | None = None,
    consent: Consent = NO_FILES,
) -> ExperimentResult:
    """Run the study of a shipped experiment or a folder, and write data, verdict and manifest.

    `say` sets the verdict as the Markdown page that is kept; `worlds` other than the study's is said
    in it. With `check` the rows are compared with the experiment's `expected.json`; with `expect` they
    are written there. `after(folder, manifest)` adds files before the end. Files of strategies that it
    names are run where `consent` covers them. Raises ScenarioError and SimError.
    """
    experiment = open_experiment(source, worlds, consent=consent)
    if check and experiment.expected is None:
        raise SimError(f"{experiment.folder / EXPECTED}: not there, so there is nothing to check")
    if (check or expect) and experiment.study.worlds != experiment.worlds:
        raise SimError(f"expected are the {experiment.worlds} worlds decided; want no `worlds`")
    asked = asked_of(experiment.study, how or How(), "experiment", experiment=experiment.name)
    said: list[tuple[pd.DataFrame, About, str]] = []

    def judge(folder: Path, record: dict[str, Any]) -> None:
        said.append(_judge(experiment, folder, say))
        if after is not None:
            after(folder, record)

    done = run_study(
        experiment.study, out=out, force=force, how=how, on_progress=on_progress, asked=asked,
        after=judge,
    )  # fmt: skip
    table, about, text = said[0]
    unexpected = tuple(differences(experiment, table)) if check else None
    if expect and done.complete:
        write_text(experiment.folder / EXPECTED, expected(experiment, table))
    words = verdict.overall(table, rows_asked(experiment))
    return ExperimentResult(done.out, experiment.title, words, table, about, text, done, unexpected)


def rows_asked(experiment: Experiment) -> int:
    """Return how many rows a complete verdict has."""
    study = experiment.study
    return len(study.switches) if study.analysis.of_switches else len(study.points)


def expected(experiment: Experiment, table: pd.DataFrame) -> str:
    """Return the text of `expected.json`: the headline, and every row with its interval."""
    rows = [
        {
            "row": str(r.row),
            "verdict": str(r.verdict),
            **{n: _rounded(getattr(r, n)) for n in ("mean", "low", "high")},
            "n": int(r.n),
        }
        for r in table.itertuples()
    ]
    study = experiment.study
    head = {
        "headline": verdict.overall(table, rows_asked(experiment)),
        "outcome": experiment.outcome,
        "unit": BY_NAME[experiment.outcome].unit.replace(
            "money", study.loaded.scenario.run.currency
        ),
        "worlds": study.worlds,
        "seed": study.seed,
    }
    return json.dumps({**head, "rows": rows}, indent=2, ensure_ascii=False) + "\n"


def differences(experiment: Experiment, table: pd.DataFrame) -> list[str]:
    """Return every difference between a verdict and `expected.json`, one line each."""
    there = experiment.expected or {}
    here = json.loads(expected(experiment, table))
    lines = [
        f"{key}: {there.get(key)} expected, {here[key]} found"
        for key in here
        if key != "rows" and there.get(key) != here[key]
    ]
    rows = {row["row"]: row for row in there.get("rows", ())}
    for row in here["rows"]:
        old = rows.pop(row["row"], {})
        lines += [
            f"{row['row']}, {key}: {old.get(key)} expected, {value} found"
            for key, value in row.items()
            if not _alike(old.get(key), value)
        ]
    return lines + [f"{name}: expected, not found" for name in rows]


def _alike(there: Any, here: Any) -> bool:
    if isinstance(there, float) and isinstance(here, float):
        return math.isclose(there, here, rel_tol=NEAR, abs_tol=NEAR)
    return bool(there == here)


def _rounded(value: float) -> float | None:
    """Return a number to twelve digits; nothing where there is none."""
    return float(f"{value:.{ROUNDED}g}") if math.isfinite(value) else None


def _judge(experiment: Experiment, folder: Path, say: Say) -> tuple[pd.DataFrame, About, str]:
    """Write the verdict as table and words beside the question; return both."""
    study = experiment.study
    table = _verdicts(experiment, folder)
    about = verdict.About(
        title=experiment.title,
        contrast=study.table.contrast,
        outcome=BY_NAME[experiment.outcome],
        currency=study.loaded.scenario.run.currency,
        worlds=study.worlds,
        worlds_decided=experiment.worlds,
        rows_asked=rows_asked(experiment),
        name=experiment.name,
        seed=study.seed,
    )
    text = say(about, table)
    write_table(folder / "verdict.parquet", table, verdict.COLUMNS)
    write_text(folder / "verdict.md", text)
    write_text(folder / QUESTION, experiment.question)
    return table, about, text


def _verdicts(experiment: Experiment, folder: Path) -> pd.DataFrame:
    """Return one line per row: what is claimed to be above 0, and what it says of the claim."""
    found = _table(folder, experiment.study.analysis.main)
    if experiment.study.analysis.of_switches:
        return verdict.of_switches(found, experiment.outcome)
    return verdict.of_points(
        found,
        experiment.outcome,
        experiment.study.table.contrast,
        [name for name, _ in experiment.study.labels],
    )


def _table(folder: Path, name: str) -> pd.DataFrame:
    """Return a table of the analysis; an empty one where too few points are complete."""
    import pandas as pd

    path = folder / f"{name}.parquet"
    return read_table(path) if path.is_file() else pd.DataFrame()
