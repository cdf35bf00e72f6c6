"""Studies of very many points: tables of bins, which count every point once and keep the mean of all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_study import RANGES, run

from sim.render import study_tables
from sim.render.figures.bin_figures import bins_of_points
from sim.render.report.study_grids import result_tables
from sim.render.report.study_report import study_report
from sim.render.study_results import TABLE_BINS, bin_table
from sim.render.study_tables import StudyTables, read_study
from sim.render.text import findings_text
from sim.render.text.findings_text import main_table_as_text
from sim.scenario.load import LoadedScenario

POINTS = 12
DESIGN = {"design": "latin_hypercube", "points": POINTS}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a dozen points be very many."""
    monkeypatch.setattr(study_tables, "LARGE", POINTS - 1)
    monkeypatch.setattr(findings_text, "LARGE", POINTS - 1)


@pytest.fixture
def study(tiny: LoadedScenario, out: Path, few: None) -> StudyTables:
    """Return the tables of a study of a dozen points, held as those of very many are."""
    assert run(out, RANGES, **DESIGN).complete
    return read_study(out)


def test_every_point_is_in_one_bin_and_the_means_add_up(study: StudyTables) -> None:
    assert study.is_large
    every = study.rows("surplus", study.focus)["mean"]
    bins = bins_of_points(study, "surplus", study.focus, study.varying, TABLE_BINS)
    for _, found in bins.groupby("factor"):
        assert found["points"].sum() == POINTS
        assert np.average(found["mean"], weights=found["points"]) == pytest.approx(every.mean())
        assert (found["from"].to_numpy()[1:] >= found["to"].to_numpy()[:-1]).all()


def test_tables_are_of_bins_and_not_of_points(study: StudyTables) -> None:
    grid = bin_table(study, "surplus")
    assert [head.name for head in grid.heads] == ["factor", "from … to", "points", study.focus]
    assert len(grid.rows) <= TABLE_BINS * len(RANGES)
    assert [row[0].text for row in grid.rows if row[0].text] == [f.name for f in study.varying]
    assert {len(one.rows) for one in result_tables(study)} - {0} == {len(grid.rows)}


def test_the_table_is_printed_once_and_not_of_what_was_there(
    tiny: LoadedScenario, out: Path, few: None
) -> None:
    first = run(out, RANGES, **DESIGN)
    assert "by bins of points" in main_table_as_text(first)
    again = run(out, RANGES, **DESIGN)
    assert again.found == POINTS and main_table_as_text(again) == ""


def test_the_report_says_what_the_numbers_of_bins_are(study: StudyTables, out: Path) -> None:
    page = study_report(out)
    assert "Mean of the points of a bin, and under it the middle 90 % of these points." in page
    assert "Mean over worlds, and under it" not in page
    assert "So few worlds are not resampled" in page and "Worlds are resampled" not in page


def test_fewer_points_are_listed(tiny: LoadedScenario, out: Path) -> None:
    result = run(out, RANGES, **DESIGN)
    assert "by bins" not in main_table_as_text(result)
    assert not read_study(out).is_large
