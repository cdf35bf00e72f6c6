"""Figures of studies: they show the tables, uncertainty included, and can be read."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from counts import only
from known_studies import FUNCTIONS, REGIMES, attribution, sensitivity, sweep
from matplotlib.collections import PolyCollection, QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from sim.render.figures.attribution_figures import draw_shares
from sim.render.figures.figure_style import house_style, to_svg
from sim.render.figures.map_figures import draw_map, regime_letters
from sim.render.figures.panels import name_style, regime_style
from sim.render.figures.study_captions import picture_caption, picture_title
from sim.render.figures.study_figures import outcomes_without_figure, plan_pictures
from sim.render.study_tables import StudyTables, shorten

X, Y = "mediator.competence", "market.specificity"
GRID = np.linspace(0.0, 2.0, 9)
LEVELS = ["truthful", "level_1", "equilibrium"]
THREE = ("adversarial", "partnership", "mediated")
LONG = [f"table_{k}.quite_a_long_name_of_a_key_that_varies_{k}" for k in range(50)]
STOP = {"outcome": "surplus", "width": 0.5, "at_least": 30, "every": 10, "at_most": 180}
ROWS = ["level: truthful", "fee: five times what it is in the flagship", "a <b>bold</b> $x_^$ row"]
SPREAD = np.random.Generator(np.random.Philox(3)).random((50, 24))

CASES = {
    "functions": attribution,
    "long switches": lambda: attribution(LONG[:14]),
    "one switch, one world": lambda: attribution(("broker",), worlds=1),
    "no value of any function": lambda: attribution(empty=True),
    "morris": lambda: sensitivity([X, Y, "run.months"], outcomes=("surplus",)),
    "sobol": lambda: sensitivity([X, Y, "run.months"], "sobol", outcomes=("share_first_best",)),
    "fifty factors": lambda: sensitivity(LONG, regimes=THREE, outcomes=("surplus",)),
    "no index": lambda: sensitivity([X, Y], "sobol", empty=True, outcomes=("surplus",)),
    "lines": lambda: sweep({X: GRID}, regimes=THREE, failed=[4]),
    "lines, one regime": lambda: sweep({X: GRID}, regimes=("mediated",), outcomes=("surplus",)),
    "lines, one world": lambda: sweep({X: GRID}, worlds=1, outcomes=("surplus",)),
    "lines, no value": lambda: sweep({X: GRID}, empty=True, outcomes=("surplus",)),
    "words": lambda: sweep({"negotiation.level": LEVELS}, regimes=THREE),
    "two factors": lambda: sweep({X: GRID, Y: [0.0, 0.5, 1.0]}, missing=[7]),
    "number and word": lambda: sweep({X: np.linspace(0, 1, 25), "negotiation.level": LEVELS}),
    "three factors": lambda: sweep({X: [0.0, 1.0], Y: [0.0, 1.0], "negotiation.level": LEVELS}),
    "hypercube": lambda: sweep(
        dict(zip(LONG, SPREAD, strict=True)), design="latin_hypercube", outcomes=("surplus",)
    ),
    "rows": lambda: sweep({"row": ROWS}, design="rows", analysis="rows"),
    "map": lambda: sweep({X: GRID, Y: GRID}, design="map", analysis="map", failed=[0, 40]),
    "map, three regimes": lambda: sweep(
        {X: GRID, Y: GRID[:3]}, design="map", analysis="map", regimes=THREE, outcomes=("surplus",)
    ),
    "map of words": lambda: sweep(
        {X: GRID, "negotiation.level": LEVELS}, design="map", analysis="map", outcomes=("surplus",)
    ),
    "map, one regime": lambda: sweep(
        {X: GRID, Y: GRID}, design="map", analysis="map", regimes=("mediated",)
    ),
    "map, no value": lambda: sweep(
        {X: GRID, Y: GRID}, design="map", analysis="map", empty=True, outcomes=("surplus",)
    ),
    "one point": lambda: sweep({X: [0.5]}),
    "stopped": lambda: sweep({X: GRID}, stop=STOP, outcomes=("share_first_best",)),
}
KINDS = {
    "functions": ["shares", "shares", "interactions", "interactions", "interactions"],
    "one switch, one world": ["shares", "shares"],
    "morris": ["tornado", "indices"],
    "sobol": ["tornado", "indices", "pairs"],
    "lines": ["lines", "lines"],
    "words": ["dots", "dots"],
    "two factors": ["heat", "heat"],
    "three factors": ["scatter", "scatter"],
    "hypercube": ["scatter"],
    "rows": ["rows", "rows"],
    "map": ["map", "map"],
    "map, one regime": ["heat", "heat"],
    "one point": ["dots", "dots"],
    "stopped": ["lines", "worlds"],
}


# One of every kind of figure; the others are drawn by the deep suite.
DRAWN = (
    "functions", "three factors", "stopped",
)  # fmt: skip


@cache
def study(case):
    """Return the tables of a case."""
    return StudyTables(*CASES[case]())


def laid_out_texts(figure):
    """Lay a figure out, and return the place of every text in it."""
    with house_style():
        figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    beyond = {id(label) for axes in figure.axes for label in beyond_view(axes)}
    texts = [
        t for t in figure.findobj(Text)
        if t.get_visible() and t.get_text().strip() and id(t) not in beyond
    ]  # fmt: skip
    return [(t, t.get_window_extent(renderer)) for t in texts]


def beyond_view(axes):
    """Yield the labels of ticks outside an axis's view, which are laid out and never drawn."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        slack = 1e-9 * (high - low)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not low - slack <= tick.get_loc() <= high + slack:
                yield from (tick.label1, tick.label2)


@pytest.mark.parametrize("case", KINDS)
def test_each_analysis_has_its_figures(case):
    found = plan_pictures(study(case))
    assert [p.kind for p in found] == KINDS[case]
    assert len({p.name for p in found}) == len(found)


@pytest.mark.parametrize("case", only(DRAWN, CASES))
def test_every_figure_can_be_read(case):
    """Nothing reaches over the edge, no two labels of an axis lie on each other; a caption is there."""
    s = study(case)
    first_of_kind = {(p.kind, p.name.count("_")): p for p in reversed(plan_pictures(s))}
    for picture in first_of_kind.values():
        figure = picture.draw()
        texts = laid_out_texts(figure)
        page = figure.bbox
        for text, box in texts:
            inside = box.x0 > -2 and box.y0 > -2 and box.x1 < page.x1 + 2 and box.y1 < page.y1 + 2
            assert inside, (picture.name, text.get_text(), box)
        boxes = {id(text): box for text, box in texts}
        for axes in figure.axes:
            for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
                seen = [boxes[id(t)] for t in labels if id(t) in boxes and not t.get_rotation()]
                assert not any(a.overlaps(b) for a, b in pairwise(seen)), picture.name
        assert picture_title(s, picture) and picture_caption(s, picture).endswith(".")
        assert "nan" not in picture_caption(s, picture)


def test_labels_on_each_other_are_seen_by_the_check():
    figure = plan_pictures(study("lines, one regime"))[0].draw()
    figure.axes[0].set_xticks([0.5, 0.51], ["much too long", "much too long"])
    texts = laid_out_texts(figure)
    boxes = [box for text, box in texts if text.get_text() == "much too long"]
    assert boxes[0].overlaps(boxes[1])


def test_bars_are_shapley_values_and_add_up_to_the_sum_with_the_fee_apart():
    s = study("functions")
    axes = draw_shares(s, ("surplus_gross",)).axes[0]
    widths = [bar.get_width() for bar in axes.containers[0]]
    names = [label.get_text() for label in axes.get_yticklabels()]
    parts, (total, fee, net) = widths[:9], widths[9:]
    assert set(names[:9]) == set(FUNCTIONS) and parts == sorted(parts, reverse=True)
    assert names[9:] == ["all together", "− mediator's fee", "= net of the fee"]
    assert sum(parts) == pytest.approx(total) and fee == pytest.approx(-0.55) and net > 0.0
    found = s.attribution[s.attribution["outcome"] == "surplus_gross"]
    alone = found[found["kind"] == "first_in"]["mean"].sum()
    assert alone != pytest.approx(total)  # first-in values are no division of the whole
    low, high = (found[found["kind"] == "shapley"][end].to_numpy() for end in ("low", "high"))
    spans = {tuple(np.round(line[:, 0], 9)) for line in axes.collections[0].get_segments()}
    assert set(zip(np.round(low, 9), np.round(high, 9), strict=True)) <= spans


def test_bands_are_the_intervals_and_the_differences_have_their_zero_line():
    s = study("lines, one regime")
    band = next(
        c for c in draw("lines, one regime").axes[0].collections if isinstance(c, PolyCollection)
    )
    heights = band.get_paths()[0].vertices[:, 1]
    found = s.rows("surplus", "mediated")
    assert heights.max() == pytest.approx(found["high"].max())
    assert heights.min() == pytest.approx(found["low"].min())
    upper, lower = draw("lines").axes
    flat = [line for line in lower.get_lines() if list(line.get_ydata()) == [0.0, 0.0]]
    assert len(flat) == 1 and len(upper.get_lines()) == 3
    assert len(lower.get_lines()) == 3 and "difference" in lower.get_ylabel()


@cache
def draw(case):
    """Return the first figure of a case."""
    return plan_pictures(study(case))[0].draw()


def test_a_failed_point_is_left_out_and_said():
    s = study("lines")
    assert all(len(line.get_xdata()) == len(GRID) - 1 for line in draw("lines").axes[0].get_lines())
    assert "1 point of 9 failed or is missing and is not drawn." in picture_caption(
        s, plan_pictures(s)[0]
    )
    assert "failed" not in picture_caption(study("words"), plan_pictures(study("words"))[0])


def hatches(axes, hatch):
    """Return the runs of cells that are hatched."""
    return [p for p in axes.patches if isinstance(p, Rectangle) and p.get_hatch() == hatch]


def test_heat_hatches_exactly_what_is_unsure():
    s = study("two factors")
    axes = draw("two factors").axes[0]
    found = s.rows("surplus", "mediated − adversarial")
    unsure = int(((found["low"] <= 0.0) & (found["high"] >= 0.0)).sum())
    assert 0 < unsure < len(found)
    assert sum(p.get_width() for p in hatches(axes, "////")) == unsure
    assert sum(p.get_width() for p in hatches(axes, "xx")) == 1  # the missing point
    mesh = next(c for c in axes.collections if isinstance(c, QuadMesh))
    assert mesh.norm.vmin == -mesh.norm.vmax  # 0 is in the middle
    assert np.ma.count(mesh.get_array()) == len(found)


def test_the_zero_contour_lies_where_the_difference_is_zero_and_between_its_bounds():
    """The made-up premium is 2 (x − y / 4 − 0.35), give or take 0.25."""
    s = study("map")
    x, y = s.factors
    contours = [
        c for c in draw_map(s, "surplus", x, y).axes[0].collections
        if hasattr(c, "levels") and len(c.get_paths())
    ]  # fmt: skip
    assert len(contours) == 3
    for contour, shift in zip(contours, (0.125, -0.125, 0.0), strict=True):
        points = np.concatenate([p.vertices for p in contour.get_paths()])
        premium = points[:, 0] - points[:, 1] / 4.0 - 0.35 - shift
        assert np.abs(premium).max() < 1e-6
        assert np.abs(premium + 0.05).min() > 0.04  # a neighbour of the line is rejected


def test_the_map_names_the_best_regime_of_every_cell():
    s = study("map")
    axes = draw("map").axes[1]
    found = s.tables["map"][s.tables["map"]["outcome"] == "surplus"]
    written = [t.get_text() for t in axes.texts]
    assert written.count("M") == (found["best"] == "mediated").sum()
    assert written.count("A") == (found["best"] == "adversarial").sum()
    unsure = sum(p.get_width() for p in hatches(axes, "////")) / (GRID[1] - GRID[0])
    assert unsure == pytest.approx((~found["certain"]).sum())
    assert regime_letters(["mediated", "my own", "m"]) == {"mediated": "M", "my own": "Y", "m": "A"}


def test_tornado_bars_are_mu_star_with_mu_on_its_side():
    s = study("morris")
    axes = draw("morris").axes[2]
    found = s.tables["sensitivity"]
    found = found[found["name"] == "mediated − adversarial"].set_index(["index", "factor"])["value"]
    keys = [t.get_text() for t in draw("morris").axes[0].get_yticklabels()]
    assert [b.get_width() for b in axes.patches] == pytest.approx(
        [found["mu_star", k] for k in keys]
    )
    ticks = axes.get_lines()[0].get_xdata()
    assert list(ticks) == pytest.approx([found["mu", k] for k in keys]) and min(ticks) < 0.0
    assert "luck: 15 %" in axes.get_title(loc="left")


def test_fifty_factors_draw_twenty_and_say_so():
    s = study("fifty factors")
    first = plan_pictures(s)[0]
    assert len(first.draw().axes[0].get_yticks()) == 20
    assert "The 20 largest of 50 factors are drawn" in picture_caption(s, first)
    assert first.data["factor"].nunique() == 51  # with the line of luck, which has none


def test_shares_are_told_in_per_cent():
    s = study("stopped")
    axes = plan_pictures(s)[0].draw().axes[0]
    assert axes.get_ylabel() == "share of first best (%)"
    assert np.nanmax(axes.get_lines()[0].get_ydata()) > 40.0
    worlds = plan_pictures(s)[-1].draw().axes
    assert "width asked for" in [t.get_text() for t in worlds[0].figure.legends[0].get_texts()]


def test_one_world_has_no_interval_and_says_so():
    s = study("lines, one world")
    assert "One world per point: there are no intervals." in picture_caption(s, plan_pictures(s)[0])
    heat = StudyTables(*sweep({X: GRID, Y: GRID}, worlds=1, outcomes=("surplus",)))
    assert "Hatched" not in picture_caption(heat, plan_pictures(heat)[0])


def test_names_are_text_not_markup():
    text = to_svg(draw("rows"), "rows")
    assert "a &lt;b&gt;bold&lt;/b&gt; $x_^$ row" in text


def test_the_same_study_gives_the_same_bytes():
    first, again = (
        {
            picture.name: to_svg(picture.draw(), picture.name)
            for picture in plan_pictures(StudyTables(*CASES["two factors"]()))
        }
        for _ in range(2)
    )
    assert first == again and all(text.startswith("<svg") for text in first.values())


@pytest.mark.deep
def test_large_maps_and_clouds_become_pictures_inside_the_figure():
    big = np.linspace(0.0, 2.0, 33)
    s = StudyTables(*sweep({X: big, Y: big}, design="map", analysis="map", outcomes=("surplus",)))
    text = to_svg(plan_pictures(s)[0].draw(), "map")
    assert len(text) < 120_000 and "data:image/png;base64" in text


def test_regimes_differ_without_colour():
    looks = [regime_style(r, THREE) for r in THREE]
    for part in range(3):
        assert len({str(look[part]) for look in looks}) == 3
    greys = [np.dot(to_rgb(colour), (0.3, 0.59, 0.11)) for colour, _, _ in looks]
    assert len({style for _, _, style in looks}) == 3 and max(greys) < 0.6
    own = name_style("mediated − adversarial", REGIMES)
    assert own == regime_style("mediated", REGIMES)
    assert name_style("mediated − partnership", THREE)[0] != own[0]


def test_no_point_no_figure():
    s = StudyTables(*sweep({X: [0.1, 0.2]}, failed=[0, 1]))
    assert plan_pictures(s) == []
    assert StudyTables({}, {"regimes": ["mediated"]}).points.empty


def test_outcomes_beyond_the_drawn_ones_are_named():
    outcomes = ("surplus", "surplus_gross", "mediator", "trust_buyer_end", "share_first_best")
    s = StudyTables(*sweep({X: GRID}, outcomes=outcomes))
    assert [p.outcome for p in plan_pictures(s)] == [
        "surplus", "trust_buyer_end", "share_first_best", "surplus_gross",
    ]  # fmt: skip
    assert outcomes_without_figure(s, plan_pictures(s)) == ["mediator's receipts"]


def test_long_names_give_way_in_the_middle():
    assert shorten("a" * 50, 20) != shorten("b" * 50, 20)
    short = {shorten(name, 26) for name in LONG}
    assert len(short) == 50 and max(map(len, short)) <= 26
