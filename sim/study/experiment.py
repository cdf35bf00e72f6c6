"""Run an experiment: the contrast in every row, then a verdict by the paired interval against 0."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.measure.metrics import BY_NAME
from sim.records import Column
from sim.scenario.load import Loaded, load
from sim.study import verdict
from sim.study.columns import MEASURED, ROW, SUMMARY
from sim.study.folder import Folder
from sim.study.manifest import Asked, describe, seal
from sim.study.measured import measure_worlds, summary_rows
from sim.study.question import QUESTION, STUDY, Experiment, open_experiment
from sim.study.store import write_table, write_text

if TYPE_CHECKING:
    import pandas as pd

PAIRED = ("mean", "low", "high", "effect", "share_opposite", "n")
Named = tuple[str, Loaded]
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class ExperimentResult:
    """Where an experiment's files are, its verdict in words, and the verdict row by row."""

    out: Path
    title: str
    verdict: str
    table: pd.DataFrame
    text: str
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """Return 0, or 130 after Ctrl-C; a claim that fails is an answer, not an error."""
        return 130 if self.interrupted else 0


def run_experiment(
    source: str | Path,
    out: str | Path | None = None,
    *,
    worlds: int | None = None,
    threads: int = 1,
    force: bool = False,
    on_progress: OnProgress | None = None,
) -> ExperimentResult:
    """Run every row of a shipped experiment or a folder, and write data, verdict and manifest.

    `worlds` other than the study's is said in the verdict. `on_progress(done, total)` counts worlds
    × regimes × rows. Ctrl-C keeps the finished rows. Raises ScenarioError and SimError.
    """
    experiment = open_experiment(source)
    asked = _asked(experiment, worlds, threads)
    record = describe(asked)
    named = [(r.name, one) for r, one in zip(experiment.study.rows, experiment.rows, strict=True)]
    with Folder(out, experiment.name, force=force) as folder:
        frames, interrupted = _frames(asked, named, on_progress)
        if interrupted:
            folder.finish_partial()
        kept = named[: len(frames)]
        for name, rows, columns in _tables(asked, kept, frames):
            write_table(folder / name, rows, columns)
        table = _verdicts(asked, kept, frames)
        text = _write_words(experiment, asked, table, folder)
        rows_done = record["design"]["rows"][: len(frames)]
        sealed = {**record, "design": {**record["design"], "rows": rows_done}}
        seal(folder.path, sealed, done=asked.worlds, complete=folder.complete)
    said = verdict.overall(table, len(named))
    return ExperimentResult(folder.target, experiment.title, said, table, text, interrupted)


def _write_words(experiment: Experiment, asked: Asked, table: pd.DataFrame, folder: Folder) -> str:
    """Write the verdict in both formats beside its question and study; return the Markdown."""
    study = experiment.study
    about = verdict.About(
        title=experiment.title,
        contrast=study.contrast,
        outcome=BY_NAME[study.outcome],
        currency=experiment.base.scenario.run.currency,
        worlds=asked.worlds,
        worlds_decided=study.worlds,
        rows_asked=len(study.rows),
        name=experiment.name,
        seed=asked.seed,
    )
    text = verdict.markdown(about, table)
    write_text(folder / "verdict.md", text)
    write_text(folder / "verdict.html", verdict.html(about, table))
    write_text(folder / QUESTION, experiment.question)
    write_text(folder / STUDY, (experiment.folder / STUDY).read_text(encoding="utf-8"))
    return text


def remake(asked: Asked) -> Iterator[tuple[str, pd.DataFrame, tuple[Column, ...]]]:
    """Yield every table of an experiment anew: file name, rows, columns."""
    named = [(r["name"], load(asked.loaded.scenario, r["overrides"])) for r in asked.design["rows"]]
    frames, _ = _frames(asked, named, None)
    yield from _tables(asked, named, frames)


def _asked(experiment: Experiment, worlds: int | None, threads: int) -> Asked:
    study = experiment.study
    return Asked(
        kind="experiment",
        loaded=experiment.base,
        regimes=tuple(dict.fromkeys(study.regimes)),
        worlds=study.worlds if worlds is None else worlds,
        seed=study.seed,
        tables=(),
        threads=threads,
        design={
            "experiment": experiment.name,
            "worlds_decided": study.worlds,
            "contrast": list(study.contrast),
            "outcome": study.outcome,
            "rows": [row.model_dump() for row in study.rows],
        },
    )


def _frames(
    asked: Asked, named: Sequence[Named], on_progress: OnProgress | None
) -> tuple[list[pd.DataFrame], bool]:
    """Return the finished rows' measures, and whether Ctrl-C ended the work before the last."""
    frames: list[pd.DataFrame] = []
    done, total = 0, len(named) * len(asked.regimes) * asked.worlds

    def add(more: int) -> None:
        nonlocal done
        done += more
        if on_progress is not None:
            on_progress(done, total)

    try:
        for _, loaded in named:
            luck = (loaded, asked.regimes, asked.worlds, asked.seed)
            frames.append(measure_worlds(*luck, threads=asked.threads, on_done=add))
    except KeyboardInterrupt:
        if not frames:
            raise
        return frames, True
    return frames, False


def _tables(
    asked: Asked, named: Sequence[Named], frames: Sequence[pd.DataFrame]
) -> Iterator[tuple[str, pd.DataFrame, tuple[Column, ...]]]:
    import pandas as pd

    labelled = [
        f.assign(row=n)[["row", *f.columns]] for (n, _), f in zip(named, frames, strict=True)
    ]
    yield "worlds.parquet", pd.concat(labelled, ignore_index=True), (ROW, *MEASURED)
    yield "summary.parquet", pd.DataFrame(_summaries(asked, named, frames)), (ROW, *SUMMARY)
    yield "verdict.parquet", _verdicts(asked, named, frames), verdict.COLUMNS


def _summaries(
    asked: Asked, named: Sequence[Named], frames: Sequence[pd.DataFrame]
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for (name, loaded), frame in zip(named, frames, strict=True):
        currency = loaded.scenario.run.currency
        found = summary_rows(frame, asked.regimes, [tuple(asked.design["contrast"])], currency)
        rows += [{"row": name, **line} for line in found]
    return rows


def _verdicts(asked: Asked, named: Sequence[Named], frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return one line per row: both means, the paired difference and what it says of the claim."""
    import pandas as pd

    favoured, baseline = asked.design["contrast"]
    lines = [s for s in _summaries(asked, named, frames) if s["measure"] == asked.design["outcome"]]
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for line in lines:
        key = "difference" if line["kind"] == "difference" else line["regime"]
        found.setdefault(line["row"], {})[key] = line
    return pd.DataFrame([
        {
            "row": row,
            "verdict": verdict.of(by["difference"]["low"], by["difference"]["high"]),
            "favoured": by[favoured]["mean"],
            "baseline": by[baseline]["mean"],
            **{name: by["difference"][name] for name in PAIRED},
        }
        for row, by in found.items()
    ])  # fmt: skip
