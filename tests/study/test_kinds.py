"""Every kind of study is one record, and every room that adds something to kinds has an entry for each.

The negative controls take an entry away, add a kind that no room knows, and demand that it is seen.
"""

import pytest

from sim.cli import study_options
from sim.measure import sensitivity
from sim.measure.metrics import BY_NAME
from sim.render import index_methods
from sim.render.figures import sensitivity_figures, study_figures
from sim.render.report import study_findings, study_grids, study_report
from sim.render.text import findings_text, study_text
from sim.study.design import designs, points
from sim.study.design.analysis import (
    ANALYSES,
    ATTRIBUTION_ANALYSIS,
    COALITIONS,
    DESIGNS,
    LABELS,
    SENSITIVITY_ANALYSIS,
    SUMMARY_ANALYSIS,
    Analysis,
    analysis_of,
    takes_ranges,
)
from sim.study.results.computed_columns import NAMED, columns_kept
from sim.study.run import analyses

OF_ANALYSES = {
    "rows of tables": analyses.TABLE_MAKERS,
    "figures": study_figures.FIGURES,
    "tables of a report": study_grids.GRIDS,
    "findings": study_findings.FINDINGS,
    "titles": study_report.TITLES,
    "how to read it": study_report.READING,
    "main table as text": findings_text.MAIN_TABLES,
    "what varies, as text": study_text.WHAT_VARIES,
}
OF_DESIGNS = {"points": points.MAKERS, "words": study_report.DESIGN_WORDS}
OF_DRAWN = {"rows of the cube": designs.CUBES}
OF_METHODS = {
    "words": index_methods.METHODS,
    "bars": sensitivity_figures.DRAW_BARS,
    "keys": sensitivity_figures.LEGENDS,
}


def lacking(kinds, faces):
    """Return (face, kind) of every entry that is missing, and of every one too many."""
    return sorted((face, k) for face, entries in faces.items() for k in {*kinds} ^ {*entries})


def drawn():
    return [d.name for d in DESIGNS.values() if d.drawn]


def test_every_kind_has_every_entry():
    assert lacking(ANALYSES, OF_ANALYSES) == []
    assert lacking(DESIGNS, OF_DESIGNS) == []
    assert lacking(drawn(), OF_DRAWN) == []
    sensitive = [d.name for d in DESIGNS.values() if d.analysis is SENSITIVITY_ANALYSIS]
    assert lacking(sensitive, {"methods": sensitivity.METHODS}) == []
    assert lacking(sensitivity.METHODS.values(), OF_METHODS) == []


@pytest.mark.parametrize("face", OF_ANALYSES)
def test_an_entry_taken_away_is_missed(face):
    for name in ANALYSES:
        left = {k: v for k, v in OF_ANALYSES[face].items() if k != name}
        assert lacking(ANALYSES, {**OF_ANALYSES, face: left}) == [(face, name)]


def test_a_kind_that_no_room_knows_is_missed_by_each():
    kinds = {**ANALYSES, "stranger": Analysis(name="stranger", computes="nothing")}
    assert lacking(kinds, OF_ANALYSES) == sorted((face, "stranger") for face in OF_ANALYSES)
    assert lacking([*DESIGNS, "stranger"], OF_DESIGNS) == [
        ("points", "stranger"),
        ("words", "stranger"),
    ]


def test_the_command_line_offers_every_design_but_the_rows_of_a_file():
    assert {*DESIGNS} - {*study_options.DESIGNS} == {"rows"}
    assert {*study_options.DESIGNS} < {*DESIGNS}


def test_every_table_that_an_analysis_leaves_has_columns():
    for analysis in ANALYSES.values():
        for table in analysis.tables:
            assert columns_kept(table, {"design": "factorial", "factors": []}), table
            assert table in analyses.TABLES
    assert columns_kept("nothing", {}) == []


def test_names_of_points_have_a_column():
    assert {*LABELS} == {*NAMED}


def test_every_measure_of_an_analysis_is_one():
    named = {o for a in ANALYSES.values() for o in (*a.outcomes, *a.needed)}
    assert named <= {*BY_NAME}


def test_only_what_is_paired_is_judged_and_switches_have_one_regime():
    for analysis in ANALYSES.values():
        assert analysis.paired or not analysis.judged
        assert not analysis.of_switches or len(analysis.regimes) == 1
    assert COALITIONS.analysis is ATTRIBUTION_ANALYSIS


def test_an_unknown_name_is_a_plain_summary_and_takes_ranges():
    assert analysis_of("stranger") is SUMMARY_ANALYSIS
    assert takes_ranges("stranger") and takes_ranges("sobol")
    assert not takes_ranges("") and not takes_ranges("map")
