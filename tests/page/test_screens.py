"""What the page draws is what the tables hold: markets, waterfalls, traits, time lines, settings."""

import re
import shlex
import tomllib
from html import unescape
from itertools import pairwise

import numpy as np
import pytest
from counts import one_in

from sim.engines.batch import simulate
from sim.measure.ledger import CAUSES, ledger_rows
from sim.measure.metrics import TRAITS
from sim.measure.view import View
from sim.page.board import causes, overview
from sim.page.colours import trust_color
from sim.page.health_signs import traits_chart
from sim.page.levers import (
    Dropdown,
    Lever,
    mediator_functions,
    setting_groups,
    sliders,
    toggle_function,
    value_at,
)
from sim.page.links import MOST_NEEDS, tie_names
from sim.page.regime_pair import Choice, RegimePair
from sim.page.saved_settings import as_command, as_story, as_toml
from sim.page.tie_panel import tie_screen as tie_screen
from sim.page.waterfall import axis_bounds, ledger_steps, waterfall
from sim.scenario.key_kinds import STRATEGIES
from sim.scenario.load import load, shipped
from sim.scenario.strategy_texts import describe_strategy

REGIMES = ("adversarial", "mediated")


@pytest.fixture(scope="module")
def frame():
    pair = RegimePair(Choice("it_outsourcing", REGIMES, tie=4))
    return pair.step(30)


def pictures(html):
    return re.findall(r'<svg[^>]*sim-network".*?</svg>', html)


def test_every_tie_under_contract_is_on_the_picture(frame):
    for k, (picture, regime) in enumerate(zip(pictures(overview(frame)), REGIMES, strict=True)):
        tables = simulate(load("it_outsourcing", {"run.months": 30}).regime(regime), [0], 1)
        running = {int(row["tie"]) for row in tables.ties if row["running"]}
        links = frame.links[k]
        assert set(links.tie[links.running].tolist()) == running
        assert set(links.tie.tolist()) == {int(r["tie"]) for r in tables.ties if r["months"]}
        drawn = {int(number) for number in re.findall(r'data-tie="(\d+)"', picture)}
        assert drawn == set(links.tie.tolist())
        assert f"{len(running)} ties under contract" in picture
        by_tie = dict(zip(links.tie.tolist(), links.surplus.tolist(), strict=True))
        assert all(by_tie[t] == tables.ties[t]["surplus"] for t in by_tie)
        marks = picture.count("sim-mediator")
        assert marks == np.count_nonzero(links.mediator >= 0)
        assert bool(marks) == (regime == "mediated")


def test_widths_follow_surplus_and_colours_trust(frame):
    picture, links = pictures(overview(frame))[1], frame.links[1]
    most = max(np.abs(both.surplus).max() for both in frame.links)
    seen = re.findall(
        r'data-tie="(\d+)".*?stroke="(#\w+)" stroke-width="([\d.]+)"(.*?)/></g>', picture
    )
    assert len(seen) == len(links.tie)
    at = {int(number): k for k, number in enumerate(links.tie)}
    for number, color, width, rest in seen:
        k = at[int(number)]
        assert float(width) == pytest.approx(0.8 + 4.2 * abs(links.surplus[k]) / most, abs=0.01)
        if links.running[k]:
            assert color == trust_color(links.trust[k])
        assert ("dasharray" in rest) == (links.surplus[k] < 0.0)


def test_trust_gets_darker_step_by_step():
    def light(color):
        red, green, blue = (int(color[k : k + 2], 16) / 255 for k in (1, 3, 5))
        return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2

    shades = [light(trust_color(t)) for t in np.linspace(0.0, 1.0, 21)]
    assert all(a > b for a, b in pairwise(shades))
    assert shades[0] > 10 * shades[-1], "grey print keeps the order"
    assert trust_color(-1.0) == trust_color(0.0) and trust_color(2.0) == trust_color(1.0)


def test_a_large_market_is_shown_in_part_and_says_so():
    frame = RegimePair(Choice("open_market", REGIMES, overrides=(("run.months", 3),))).step(3)
    html = overview(frame)
    assert f"The first {MOST_NEEDS} of 200 buyers are shown" in html
    assert max(link.need.max() for link in frame.links) < MOST_NEEDS
    assert len(frame.tie_names) == MOST_NEEDS * 4 == len(set(tie_names(frame.crowd)))
    assert all(len(picture) < 60_000 for picture in pictures(html))


def test_waterfalls_fall_to_the_surplus(frame):
    loaded = load("it_outsourcing", {"run.months": 30})
    found = []
    for regime, rows in zip(REGIMES, frame.rows, strict=True):
        view = View(type("T", (), {"periods": rows, "ties": np.zeros(0)})(), 40, 30)
        table = ledger_steps(view)
        row = ledger_rows(View(simulate(loaded.regime(regime), [0], 1), 40, 30))[0]
        assert all(table[name] == row[name] for name in ("first_best", *CAUSES, "surplus"))
        left = table["first_best"] - sum(table[name] for name in CAUSES)
        assert left == pytest.approx(table["surplus"], abs=1e-9)
        found.append(table)
    low, high = axis_bounds(tuple(found))
    assert low <= 0.0 and high == max(table["first_best"] for table in found)
    drawn = waterfall("mediated", "#000000", "k€", found[1], (low, high))
    assert drawn.count("<rect") == len(CAUSES) + 2 and "nan" not in drawn
    gain = {**found[1], "drift": -3.0}
    assert "+3.00" in waterfall("mediated", "#000000", "k€", gain, (low, high + 3.0))


def test_five_traits_stand_where_the_tables_have_them(frame):
    html = unescape(causes(frame))
    for name, (label, meaning) in TRAITS.items():
        assert label in html and meaning in html
        for rows in frame.rows:
            assert f">{rows[name][-1]:.2f}</text>" in html
    nothing = View(type("T", (), {"periods": frame.rows[0][:0], "ties": np.zeros(0)})(), 40, 0)
    empty = traits_chart(REGIMES, [("#000", ""), ("#111", "")], (nothing, nothing), 10)
    assert empty.count(">–</text>") == 10


def test_before_the_first_month_every_screen_is_there():
    frame = RegimePair(Choice("one_tie", REGIMES)).frame
    for screen in (overview, causes, tie_screen):
        html = screen(frame)
        assert html and "nan" not in str(html).replace('data-raw="nan"', "")
    assert "Nothing has happened yet" in tie_screen(frame)


def test_names_of_a_scenario_are_text_not_markup():
    overrides = (
        ("issues.0.name", "<b>scope</b>"),
        ("run.currency", "<u>"),
        ("title", "<script>alert(1)</script>"),
    )
    frame = RegimePair(Choice("one_tie", REGIMES, overrides=overrides)).step(14)
    for screen in (overview, causes, tie_screen):
        html = screen(frame)
        assert not re.search("<b>scope|<u>|<script", html), "as text, never as markup"
    assert "&lt;b&gt;scope&lt;/b&gt;" in tie_screen(frame) and "&lt;u&gt;" in overview(frame)


@pytest.mark.parametrize("name", one_in(8, [name for name, _, _ in shipped()]))
def test_everything_that_can_be_set_says_what_it_means(name):
    scenario = load(name).scenario
    for keys in setting_groups(scenario).values():
        assert keys
        for one in keys:
            assert one.meaning and not one.meaning.startswith("as for"), one
            own = value_at(scenario, one.key)
            assert one.value == (describe_strategy(own) if isinstance(own, dict) else own)
            if isinstance(one, Lever):
                assert one.wants.startswith("want a") and one.unit
                assert one.low <= one.value <= one.high
                assert all(
                    load(name, {one.key: one.nearest_position(end)}) for end in (one.low, one.high)
                )
            else:
                assert one.value in one.words
                others = [word for word in one.words if word != one.value]
                assert all(load(name, {one.key: word}) for word in others)


def test_types_of_conduct_take_the_place_of_their_sides_keys():
    keys = [one.key for one in setting_groups(load("channel_partners").scenario)["Conduct"]]
    assert "vendors.oversell" not in keys and "conducts.0.oversell" in keys
    assert "conducts.1.weight" in keys and "buyers.blame" in keys
    plain = [one.key for one in setting_groups(load("it_outsourcing").scenario)["Conduct"]]
    assert "vendors.oversell" in plain and not any(key.startswith("conducts") for key in plain)


def test_whole_numbers_stay_whole():
    (months,) = (one for one in sliders(load("one_tie").scenario) if one.key == "run.months")
    assert (
        months.whole
        and months.nearest_position(33.4) == 33
        and isinstance(months.nearest_position(33.4), int)
    )
    assert months.parse("2000") == 2000 and isinstance(months.parse("2000"), int)
    assert months.parse("12.5") == 12.5 and months.parse("1e3") == 1000
    (rate,) = (one for one in sliders(load("one_tie").scenario) if one.key == "problems.rate")
    assert rate.parse(" 0.25 ") == 0.25 and rate.parse("−1") == -1.0


def test_functions_are_switched_one_by_one():
    own = mediator_functions(load("it_outsourcing").scenario)
    assert toggle_function(own, "broker") == ["align", "warn", "resolve"]
    assert toggle_function(("warn", "align"), "broker") == ["broker", "align", "warn"]
    assert toggle_function((), "grow") == ["grow"] and toggle_function(("grow",), "grow") == []


CHANGES = [
    ("it_outsourcing", (("mediator.competence", 0.25), ("run.months", 24)), ""),
    ("it_outsourcing", (("mediator.functions", ["warn"]), ("buyers.recession", "squeeze")), "7"),
    ("channel_partners", (("conducts.0.weight", 3.0), ("conducts.1.oversell", 0.5)), "11"),
    ("one_tie", (), ""),
]


@pytest.mark.parametrize(("name", "overrides", "seed"), CHANGES)
def test_what_is_kept_is_what_was_watched(name, overrides, seed, tmp_path):
    choice = Choice(name, REGIMES, seed=seed, overrides=overrides)
    file = tmp_path / "kept.toml"
    file.write_text(as_toml(choice))
    assert tomllib.loads(file.read_text())["extends"] == name
    keys = dict(overrides) | ({"run.seed": int(seed)} if seed else {})
    assert load(file).resolved() == load(name, keys).resolved()


@pytest.mark.parametrize(("name", "overrides", "seed"), CHANGES)
def test_the_command_is_one_the_tool_understands(name, overrides, seed):
    from sim.cli.app import main
    from sim.scenario.load import parse_overrides

    words = shlex.split(as_command(Choice(name, REGIMES, seed=seed, overrides=overrides)))
    assert words[:2] == ["sim", "compare"]
    context = main.commands["compare"].make_context("compare", words[2:])
    assert context.params["scenario"] == name
    assert context.params["regimes"] == REGIMES
    assert context.params["seed"] == (int(seed) if seed else None)
    sets = parse_overrides(context.params["sets"])
    assert load(name, sets).resolved() == load(name, dict(overrides)).resolved()


@pytest.mark.parametrize(("world", "said"), [("0", None), ("3", None), ("4321", 4322)])
def test_the_command_has_the_world_that_was_watched_among_its_own(world, said):
    from sim.cli.app import main

    words = shlex.split(as_command(Choice("one_tie", REGIMES, world=world)))
    context = main.commands["compare"].make_context("compare", words[2:])
    assert context.params["worlds"] == said
    worlds = said or load("one_tie").scenario.run.worlds
    assert int(world) < worlds


@pytest.mark.parametrize(("name", "overrides", "seed"), CHANGES)
def test_the_story_that_is_kept_is_of_the_tie_that_was_watched(name, overrides, seed):
    from sim.cli.app import main
    from sim.scenario.load import parse_overrides

    choice = Choice(name, REGIMES, seed=seed, world="12", overrides=overrides, tie=0)
    told = as_story(choice).splitlines()
    for line, regime in zip(told, REGIMES, strict=True):
        words = shlex.split(line)
        params = main.commands["story"].make_context("story", words[2:]).params
        assert (params["scenario"], params["regime"]) == (name, regime)
        assert (params["world"], params["tie"]) == (12, 0)
        assert params["seed"] == (int(seed) if seed else None)
        sets = parse_overrides(params["sets"])
        assert load(name, sets).resolved() == load(name, dict(overrides)).resolved()
    same = Choice(name, ("mediated", "mediated"))
    assert len(as_story(same).splitlines()) == 1


@pytest.mark.parametrize("name", one_in(8, [name for name, _, _ in shipped()]))
def test_before_the_first_month_every_screen_says_that_nothing_happened(name):
    regimes = load(name).regimes()
    for pair in ((regimes[0], regimes[-1]), ("planner", "planner")):
        frame = RegimePair(Choice(name, pair)).frame
        for screen in (overview, causes, tie_screen):
            html = screen(frame)
            assert html.count("Nothing has happened yet: step or play.") == 1
            assert "nan" not in html
        assert "sim-grid" not in overview(frame), "an empty chart says nothing"
        assert len(pictures(overview(frame))) == 2 and "no tie yet" in overview(frame)


def test_picks_and_levers_differ():
    kinds = {type(one) for one in setting_groups(load("it_outsourcing").scenario)["Conduct"]}
    assert kinds == {Lever, Dropdown}


def test_the_page_offers_every_strategy_and_no_file():
    """A path would let whoever opens the page run files of the machine that serves it."""
    picks = {one.key: one for one in setting_groups(load("it_outsourcing").scenario)["Conduct"]}
    for key in ("buyers.strategy", "vendors.strategy"):
        assert picks[key].words[1:] == STRATEGIES
        assert picks[key].value == "boulware 33 %, linear 33 %, tit_for_tat 17 %, conceder 17 %"
        for word in picks[key].words[1:]:
            load("it_outsourcing", {key: word})
    own = load("one_tie", {"buyers.strategy": "boulware:e=7"}).scenario
    assert setting_groups(own)["Conduct"][0].words == ("boulware:e=7", *STRATEGIES)
