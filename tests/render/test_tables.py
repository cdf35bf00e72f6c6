"""Printed tables: aligned, narrow enough, plain in a pipe."""

import io

import pytest
from comparisons import comparison

from sim.measure.compare import Comparison
from sim.render.text.comparison_text import WIDTH, comparison_as_text, print_comparison
from sim.scenario.load import load


@pytest.fixture(scope="module")
def found():
    return comparison(load("one_tie", {"run.months": 24}))


def test_everything_is_there(found):
    printed = comparison_as_text(found)
    for piece in (
        "one_tie: ", "20 worlds × 1 need × 24 months, seed 3", "Mediation raised joint surplus",
        "By regime, mean over worlds", "mediated − adversarial", "mediated − partnership",
        "Where first best went (k€ per need and month)", "= joint surplus", "− mediator's fee",
        "Largest residual",
    ):  # fmt: skip
        assert piece in printed


def test_no_line_is_too_long(found):
    assert max(map(len, comparison_as_text(found).splitlines())) <= WIDTH


def test_measures_that_do_not_occur_are_left_out(found):
    printed = comparison_as_text(found)
    assert "impasse rate" in printed and "renewal rate" not in printed


def test_a_pipe_gets_plain_text(found):
    file = io.StringIO()
    print_comparison(found, file)
    assert file.getvalue() == comparison_as_text(found)
    assert "\x1b" not in file.getvalue()


def test_a_terminal_gets_the_same_words(found, monkeypatch):
    import re

    file = io.StringIO()
    file.isatty = lambda: True
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    print_comparison(found, file)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
    assert plain != file.getvalue()
    words = [w for w in comparison_as_text(found).split() if set(w) != {"-"}]
    assert plain.split() == words


def test_a_single_regime_prints_no_differences(found):
    alone = Comparison(found.loaded, ("mediated",), 20, 3, {"mediated": found.outcomes["mediated"]})
    printed = comparison_as_text(alone)
    assert "Paired differences" not in printed and "Under mediated" in printed


def test_one_world_prints_no_interval(found):
    printed = comparison_as_text(comparison(found.loaded, worlds=1))
    assert "1 world ×" in printed and "[+" not in printed and "nan" not in printed


def test_an_interruption_is_reported(found):
    assert "interrupted" in comparison_as_text(comparison(found.loaded, interrupted=True))
