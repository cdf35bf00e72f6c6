"""Running an experiment: its study, the verdict on every row, and the comparison with what is expected."""

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
from sim.study.experiments.verdict import VerdictContext
from sim.study.results.durable_files import write_text
from sim.study.results.store import read_table, write_table
from sim.study.run.run_options import RunOptions
from sim.study.run.study_session import OnProgress
from sim.study.run.sweep import (
    BeforeSeal,
    SweepResult,
    run_study,
    study_request,
)

if TYPE_CHECKING:
    import pandas as pd

# For numbers recomputed with other versions of a library; with the same ones they agree to the bit.
TOLERANCE = 1e-9
DIGITS = 12  # significant digits of a number in expected.json
RenderVerdict = Callable[[VerdictContext, "pd.DataFrame"], str]


@dataclass(frozen=True)
class ExperimentResult:
    """The result of an experiment: its folder, the verdict in words, and the verdict on every row.

    `text` is the verdict as the Markdown page that was written. `unexpected` lists every difference
    from `expected.json`; it is None if nothing was compared.
    """

    out: Path
    title: str
    verdict: str
    table: pd.DataFrame
    about: VerdictContext
    text: str
    sweep: SweepResult
    unexpected: tuple[str, ...] | None = None

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the experiment before its study was complete."""
        return self.sweep.interrupted

    @property
    def exit_code(self) -> int:
        """Return 0 whatever the verdict, 1 if points failed or numbers are unexpected, 130 after Ctrl-C."""
        return self.sweep.exit_code or int(bool(self.unexpected))


def run_experiment(
    source: str | Path,
    out: str | Path | None = None,
    *,
    render: RenderVerdict,
    worlds: int | None = None,
    options: RunOptions | None = None,
    force: bool = False,
    check: bool = False,
    expect: bool = False,
    on_progress: OnProgress | None = None,
    before_seal: BeforeSeal | None = None,
    consent: Consent = NO_FILES,
) -> ExperimentResult:
    """Run the study of an experiment, and write its data, verdict and manifest.

    `source` is the name of a shipped experiment or a folder. `render` turns the verdict into the
    Markdown page that is stored; it mentions a number of `worlds` other than the study's. With `check`
    the rows are compared with the experiment's `expected.json`; with `expect` they are saved there.
    `before_seal(folder, manifest)` may add files. Custom code runs if `consent` covers it. Raises
    ScenarioError or SimError.
    """
    experiment = open_experiment(source, worlds, consent=consent)
    if check and experiment.expected is None:
        raise SimError(f"{experiment.folder / EXPECTED}: missing, so there is nothing to check")
    if (check or expect) and experiment.study.worlds != experiment.worlds:
        decided = f"expected.json holds for {experiment.worlds} worlds"
        raise SimError(f"{decided}; want no `worlds`")
    request = study_request(
        experiment.study, options or RunOptions(), "experiment", experiment=experiment.name
    )
    judged: list[tuple[pd.DataFrame, VerdictContext, str]] = []

    def judge(folder: Path, record: dict[str, Any]) -> None:
        judged.append(_judge(experiment, folder, render))
        if before_seal is not None:
            before_seal(folder, record)

    done = run_study(
        experiment.study, out=out, force=force, options=options, on_progress=on_progress, request=request,
        before_seal=judge,
    )  # fmt: skip
    table, about, text = judged[0]
    unexpected = tuple(expected_differences(experiment, table)) if check else None
    if expect and done.complete:
        write_text(experiment.folder / EXPECTED, expected_json(experiment, table))
    words = verdict.overall_verdict(table, complete_row_count(experiment))
    return ExperimentResult(done.out, experiment.title, words, table, about, text, done, unexpected)


def complete_row_count(experiment: Experiment) -> int:
    """Return the number of rows of a complete verdict: one for each switch or point."""
    study = experiment.study
    return len(study.switches) if study.analysis.of_switches else len(study.points)


def expected_json(experiment: Experiment, table: pd.DataFrame) -> str:
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
        "headline": verdict.overall_verdict(table, complete_row_count(experiment)),
        "outcome": experiment.outcome,
        "unit": BY_NAME[experiment.outcome].unit.replace(
            "money", study.loaded.scenario.run.currency
        ),
        "worlds": study.worlds,
        "seed": study.seed,
    }
    return json.dumps({**head, "rows": rows}, indent=2, ensure_ascii=False) + "\n"


def expected_differences(experiment: Experiment, table: pd.DataFrame) -> list[str]:
    """Return one line for each difference between a verdict and `expected.json`."""
    there = experiment.expected or {}
    here = json.loads(expected_json(experiment, table))
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
            if not _is_close(old.get(key), value)
        ]
    return lines + [f"{name}: expected, not found" for name in rows]


def _is_close(there: Any, here: Any) -> bool:
    if isinstance(there, float) and isinstance(here, float):
        return math.isclose(there, here, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(there == here)


def _rounded(value: float) -> float | None:
    """Return a number rounded to `DIGITS` significant digits; None if it is not finite."""
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def _judge(
    experiment: Experiment, folder: Path, render: RenderVerdict
) -> tuple[pd.DataFrame, VerdictContext, str]:
    """Write the verdict as table and page, and the question, into the folder; return the verdict."""
    study = experiment.study
    table = _judge_rows(experiment, folder)
    about = verdict.VerdictContext(
        title=experiment.title,
        contrast=study.table.contrast,
        outcome=BY_NAME[experiment.outcome],
        currency=study.loaded.scenario.run.currency,
        worlds=study.worlds,
        worlds_decided=experiment.worlds,
        rows_asked=complete_row_count(experiment),
        name=experiment.name,
        seed=study.seed,
    )
    text = render(about, table)
    write_table(folder / "verdict.parquet", table, verdict.COLUMNS)
    write_text(folder / "verdict.md", text)
    write_text(folder / QUESTION, experiment.question)
    return table, about, text


def _judge_rows(experiment: Experiment, folder: Path) -> pd.DataFrame:
    """Return the verdict on every row of the analysis: each switch, or each point's contrast."""
    found = _analysis_table(folder, experiment.study.analysis.main)
    if experiment.study.analysis.of_switches:
        return verdict.judge_switches(found, experiment.outcome)
    return verdict.judge_points(
        found,
        experiment.outcome,
        experiment.study.table.contrast,
        [name for name, _ in experiment.study.labels],
    )


def _analysis_table(folder: Path, name: str) -> pd.DataFrame:
    """Return a table of the analysis; an empty one if too few points are complete for it."""
    import pandas as pd

    path = folder / f"{name}.parquet"
    return read_table(path) if path.is_file() else pd.DataFrame()
