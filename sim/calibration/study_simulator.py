"""Running the points of a calibration through the machinery of studies: chunks, parts, receipts, workers, Dask.

Only the arm that is calibrated is ever planned, resolved or run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.calibration.choices import ChosenPoints
from sim.calibration.priors import Priors
from sim.calibration.sealed_question import ARM, SealedQuestion
from sim.calibration.targets import Simulated
from sim.errors import SimError
from sim.field.world_sums import sum_names
from sim.scenario.strict_tables import Place
from sim.study.design.definition import SCENARIO_FILE, Study
from sim.study.design.plan import plan
from sim.study.design.points import check_points
from sim.study.design.studyfile import check_study
from sim.study.results.digest import digest_data
from sim.study.results.parts import Parts
from sim.study.results.store import read_columns
from sim.study.run.run_options import RunOptions
from sim.study.run.study_session import StudySession

OnProgress = Callable[[int, int, str], None]


class Stopped(KeyboardInterrupt):
    """Ctrl-C while points ran; finished parts are kept."""


class StudySimulator:
    """Runs points as studies of one arm, each wave and population in a folder of its own.

    `plan` is the digest of everything that decides numbers; `source` that of the program.
    """

    def __init__(
        self,
        question: SealedQuestion,
        folder: Path,
        plan: str,
        source: str,
        options: RunOptions,
        on_progress: OnProgress | None = None,
    ):
        self.folder, self.plan, self.source = folder, plan, source
        self.options, self.on_progress = options, on_progress
        self.statistics = tuple(dict.fromkeys(fact.statistic for fact in question.facts))
        self.columns = [self.statistics.index(fact.statistic) for fact in question.facts]
        self.informed = informed_priors(question.priors)
        self.notes: list[str] = []
        self._ran, self._planned = 0, question.rule.most_worlds
        self._base = _base_study(question, self.statistics)

    def run(self, name: str, choice: ChosenPoints, worlds: int) -> Simulated:
        """Return both sums of every fact in every world of every point; finished parts are not run again.

        Raises SimError if a point fails, Stopped after Ctrl-C.
        """
        study = self._study(choice, worlds)
        digest = digest_data([self.plan, name, choice.points.tolist(), choice.first, worlds])
        parts = Parts(self.folder / name, digest)
        (self.folder / name).mkdir(exist_ok=True)
        told = None if self.on_progress is None else self._tell(name)
        session = StudySession(study, parts, self.options, told)
        session.run(self.source)
        self._ran += len(study.points) * worlds
        self.notes += session.notes
        if session.interrupted:
            raise Stopped
        failed = {n: str(r.get("error", "")) for n, r in parts.failures().items()}
        if failed:
            point, why = next(iter(failed.items()))
            raise SimError(
                f"{self.folder / name}: {len(failed)} of {len(study.points)} points failed, {point}: {why}"
            )
        return self._read(parts, len(study.points), worlds)

    def _tell(self, name: str) -> OnProgress:
        def told(done: int, total: int, words: str) -> None:
            assert self.on_progress is not None
            found = self._ran + done
            self.on_progress(found, max(found, self._planned), f"{name}: {words}")

        return told

    def _study(self, choice: ChosenPoints, worlds: int) -> Study:
        """Return the study of some points, each with worlds of its own."""
        rows = [
            (
                "",
                self.informed.overrides(row),
                dict.fromkeys(self.informed.keys, str(self.informed.path)),
            )
            for row in self.informed.at(choice.points).tolist()
        ]
        loaded = self._base.loaded
        points = check_points(rows, (), loaded, (ARM,), choice.first, None, listed=True)
        return replace(self._base, points=points, worlds=worlds)

    def _read(self, parts: Parts, points: int, worlds: int) -> Simulated:
        """Return the sums that all parts hold, shape (points, worlds, facts)."""
        sums = np.empty((2, points, worlds, len(self.statistics)))
        names = [column for name in self.statistics for column in sum_names(name)]
        filled = np.zeros(points, int)
        ordered = sorted(parts.receipts, key=lambda part: parts.receipts[part].ranges[0][:2])
        for part in ordered:
            table = np.column_stack(read_columns(parts.path(part), names))
            at = 0
            for point, _, count in parts.receipts[part].ranges:
                rows = table[at : at + count]
                place = slice(filled[point], filled[point] + count)
                sums[0, point, place], sums[1, point, place] = rows[:, 0::2], rows[:, 1::2]
                filled[point] += count
                at += count
        if (filled != worlds).any():
            raise SimError(
                f"{parts.target}: damaged: parts are missing; the same command runs them again"
            )
        return Simulated(sums[0][:, :, self.columns], sums[1][:, :, self.columns])


def informed_priors(priors: Priors) -> Priors:
    """Return the priors of keys that the arm without a mediator may inform."""
    return priors.only([key for key in priors.keys if key not in priors.of_mediator])


def _base_study(question: SealedQuestion, statistics: Sequence[str]) -> Study:
    """Return a study of the calibrated arm alone, with the scenario as it is for its only point."""
    loaded = question.loaded
    name = loaded.name if loaded.path is None else str(loaded.path)
    place = Place(option="calibrate")
    data = {"scenario": name or SCENARIO_FILE, "design": "rows", "rows": [{"name": "as it is"}]}
    table = check_study(
        {**data, "regimes": [ARM], "worlds": question.rule.worlds, "seed": question.seed}, place
    )
    study = plan(table, place, loaded=loaded, consent=loaded.consent)
    return replace(study, labels=(), statistics=tuple(statistics))
