"""The report and its figures: whole, self-contained, escaped, the same bytes every time."""

import re
from contextlib import nullcontext
from html.parser import HTMLParser

import pytest
from comparisons import comparison
from matplotlib.figure import Figure

from sim.measure.compare import Comparison
from sim.measure.ledger import CAUSES
from sim.render.figures import figure_style
from sim.render.figures.captions import TITLES, comparison_caption
from sim.render.figures.comparison_figures import CAUSE_LOOKS, comparison_figures, draw_ledger
from sim.render.figures.figure_style import KNOWN_LOOKS, OTHER_LOOKS, _laid_out, to_png, to_svg
from sim.render.report.comparison_report import compact_json, comparison_report
from sim.scenario.load import load

COMMAND = "sim compare one_tie --set title='<b>x</b>'"
NASTY = '<script>alert("x")</script> & co'
VOID = {"meta", "link", "br", "img", "hr", "input"}


@pytest.fixture(scope="module")
def loaded():
    return load("one_tie", {"run.months": 24, "title": NASTY})


@pytest.fixture(scope="module")
def drawings(loaded):
    return {
        name: to_svg(figure, name)
        for name, figure in comparison_figures(comparison(loaded)).items()
    }


@pytest.fixture(scope="module")
def page(loaded, drawings):
    manifest = {
        "tool": {"name": "lab", "version": "0.1"}, "seed": 3, "overrides": {"title": NASTY},
        "versions": {"python": "3.11", "numpy": "2"}, "machine": {"cpus": 2}, "start": "2026-01-01",
    }  # fmt: skip
    made = comparison(loaded)
    return comparison_report(made, command=COMMAND, manifest=manifest, drawings=drawings)


class Reader(HTMLParser):
    """Collect tags, ids and what a browser would fetch; complain about tags left open."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.ids, self.fetched = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.ids += [value for key, value in attributes if key == "id"]
        links = ("src", "href", "xlink:href", "action", "data", "poster")
        self.fetched += [v for k, v in attributes if k in links and not v.startswith("#")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def read(page):
    reader = Reader()
    reader.feed(page)
    return reader


def test_the_page_is_well_formed_and_whole(page, read):
    assert read.open == []
    assert read.tags.count("svg") == read.tags.count("figure") == 5
    assert len(read.ids) == len(set(read.ids))
    for piece in (
        "What was found", "Mediation raised joint surplus", "Measures by regime",
        "Paired differences", "The surplus ledger", "How to read this", "How to reproduce it",
    ):  # fmt: skip
        assert piece in page


def test_the_page_needs_no_network(page, read):
    assert read.fetched == []
    assert "script" not in read.tags and "@import" not in page
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", page))


def test_everything_is_escaped(page):
    assert "<script" not in page and "<b>x</b>" not in page
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; co" in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


def test_the_page_is_small(page):
    assert len(page.encode()) < 2_000_000


def test_the_same_comparison_gives_the_same_bytes(loaded, drawings):
    again = comparison(loaded)
    assert {
        name: to_svg(figure, name) for name, figure in comparison_figures(again).items()
    } == drawings
    assert comparison_report(again, command="x", drawings=drawings) == comparison_report(
        comparison(loaded), command="x", drawings=drawings
    )


@pytest.mark.deep
def test_a_layout_made_beforehand_moves_nothing(loaded, monkeypatch):
    made, draws = comparison(loaded), []
    draw = Figure.draw

    def counted(figure, renderer):
        draws.append(figure)
        draw(figure, renderer)

    monkeypatch.setattr(Figure, "draw", counted)
    monkeypatch.setattr(figure_style, "_laid_out", _laid_out)
    once = [(to_svg(f, n), to_png(f)) for n, f in comparison_figures(made).items()]
    drawn = len(draws)
    monkeypatch.setattr(figure_style, "_laid_out", lambda *_: nullcontext())
    twice = [(to_svg(f, n), to_png(f)) for n, f in comparison_figures(made).items()]
    assert once == twice
    assert len(draws) - drawn == 2 * drawn == 4 * len(once)


def test_a_layout_of_another_resolution_would_be_seen(loaded, monkeypatch):
    made = comparison(loaded)
    monkeypatch.setattr(figure_style, "_laid_out", _laid_out)
    right = to_png(draw_ledger(made))
    monkeypatch.setattr(figure_style, "_laid_out", lambda f, canvas, dpi: _laid_out(f, canvas, 50))
    assert to_png(draw_ledger(made)) != right


def test_png_bytes_repeat(loaded):
    made = comparison(loaded)
    first, second = (to_png(draw_ledger(made), dpi=50) for _ in range(2))
    assert first == second and first.startswith(b"\x89PNG")


def test_bands_are_labelled_and_text_stays_text(drawings):
    label = "bands: 95 % Student's t intervals of the mean over 20 worlds"
    assert all(label in drawings[name] for name in ("surplus", "trust", "difference"))
    assert "k€ per need and month" in drawings["surplus"]
    assert "first best" in drawings["surplus"] and "first best" in drawings["ledger"]
    assert "mediated − partnership" in drawings["difference"]


def test_the_reader_s_own_settings_do_not_matter(loaded, drawings):
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 20, "axes.grid": False, "svg.hashsalt": "mine"}):
        assert to_svg(draw_ledger(comparison(loaded)), "ledger") == drawings["ledger"]


def test_ledger_bars_reach_first_best(loaded):
    """Above zero less below zero is first best, also if a cause is negative."""
    made = comparison(loaded)
    axes = draw_ledger(made).axes[0]
    for k, regime in enumerate(made.regimes):
        bars = [group.patches[k] for group in axes.containers]
        total = sum(bar.get_height() for bar in bars)
        assert total == pytest.approx(made.row("first_best", regime).mean)
        spans = sorted((bar.get_y(), bar.get_y() + bar.get_height()) for bar in bars)
        assert min(min(span) for span in spans) == pytest.approx(
            min(0.0, made.row("loss_misfit", regime).mean)
        )
    assert "0 under every regime: wrong vendor" in comparison_caption(made, "ledger")


@pytest.mark.parametrize("worlds", [1, pytest.param(2, marks=pytest.mark.deep)])
def test_few_worlds_are_drawn_without_warnings(loaded, worlds):
    made = comparison(loaded, worlds=worlds)
    page = comparison_report(made, command="sim compare one_tie --worlds 1")
    assert ("one world gives no interval" in page) == (worlds == 1)
    assert ("there is no band" in page) == (worlds == 1)
    assert ">nan<" not in page


def test_a_single_regime_is_reported(loaded):
    outcomes = {"mediated": comparison(loaded).outcomes["mediated"]}
    page = comparison_report(
        Comparison(loaded, ("mediated",), 20, 3, outcomes), command="sim run one_tie"
    )
    assert "Paired differences" not in page and page.count("<figure") == 4


def test_compact_json_keeps_strings_as_they_are():
    data = {"a": [1, 2.5, None], "b": [{"c": "x [ 1,\n 2 ]"}], "d": {}, "e": "é"}
    assert compact_json(data) == (
        '{\n  "a": [1, 2.5, null],\n  "b": [\n    {\n      "c": "x [ 1,\\n 2 ]"\n    }\n  ],\n'
        '  "d": {},\n  "e": "é"\n}'
    )


def test_every_cause_and_every_regime_has_a_look_of_its_own():
    assert tuple(CAUSE_LOOKS) == CAUSES
    assert (
        len(set(CAUSE_LOOKS.values())) == len({colour for colour, _ in CAUSE_LOOKS.values()}) == 13
    )
    styles = [*KNOWN_LOOKS.values(), *OTHER_LOOKS]
    assert len({repr(dash) for _, dash in styles}) == len({hue for hue, _ in styles}) == len(styles)
    assert set(TITLES) >= {"surplus", "trust", "difference", "ledger", "survival", "aligned"}
