"""The page in a real browser with the network blocked: it plays, and shows the batch's numbers."""

import time

import pytest
from chromium import Visit, until

from sim.engines.batch import simulate
from sim.measure.compare import compare
from sim.page.levers import sliders
from sim.render.numbers import format_number
from sim.scenario.load import load

pytestmark = pytest.mark.browser

REGIMES = ("adversarial", "mediated")
FLAGSHIP = load("it_outsourcing").scenario
MONTHS = FLAGSHIP.run.months


def computed(month, scenario="it_outsourcing", regimes=REGIMES, seed=None, world=0, overrides=None):
    """Return the columns of `simulate` for a month, one mapping for each regime."""
    loaded = load(scenario, overrides)
    luck = loaded.scenario.run.seed if seed is None else seed
    rows = [simulate(loaded.regime(r), [world], luck).periods[month - 1] for r in regimes]
    return [{name: row[name].item() for name in row.dtype.names} for row in rows]


def assert_shown(visit, **choice):
    """Check that the page comes to show what the batch engine computes, to the last bit."""
    expected = computed(visit.month(), **choice)
    columns = [{name: row[name] for name in visit.shown()[0]} for row in expected]
    assert len(columns[0]) == 10
    until(lambda: visit.shown() == columns)


def test_steps_show_the_numbers_of_the_batch(visit):
    visit.picture("start")
    for month in (1, 2, 3):
        visit.button("Step").click()
        visit.at_month(month)
    assert_shown(visit)
    visit.button("Year").click()
    visit.at_month(15)
    assert_shown(visit)
    assert visit.page.locator("svg.sim-chart").count() == 6, "two markets, four charts"
    assert visit.page.locator("[data-month]").inner_text() == f"month 15 of {MONTHS}"


def test_it_plays_and_pauses(visit):
    speed = visit.slider("Speed")
    speed.focus()
    speed.press("End")
    visit.button("Play").click()
    visit.page.wait_for_function(
        "Number(document.querySelector('[data-month]').dataset.period) >= 40"
    )
    visit.button("Pause").click()
    visit.button("Play").wait_for()
    until(lambda: rests(visit))
    assert 40 <= visit.month() <= MONTHS
    assert_shown(visit)
    visit.picture("played")


def rests(visit):
    """Say whether the month shown stays the same for a second."""
    before = visit.month()
    time.sleep(1.0)
    return visit.month() == before


@pytest.mark.deep
def test_it_ends_with_the_last_month(visit):
    for month in range(12, MONTHS + 12, 12):
        visit.button("Year").click()
        visit.at_month(min(month, MONTHS))
    assert_shown(visit)
    assert visit.button("Play").is_disabled() and visit.button("Step").is_disabled()
    visit.picture("end")
    visit.button("Reset").click()
    visit.at_month(0)
    visit.button("Step").click()
    visit.at_month(1)
    assert_shown(visit)


def test_a_slider_runs_the_same_months_again(visit):
    visit.button("Year").click()
    visit.at_month(12)
    before = visit.shown()
    lever = sliders(FLAGSHIP)[0]
    value = lever.nearest_position(lever.value - 5 * lever.step)
    competence = visit.slider(lever.label)
    competence.focus()
    for _ in range(5):
        competence.press("ArrowLeft")
    visit.page.locator(f'.sim-changed[data-key="{lever.key}"]').wait_for()
    field = visit.typed(f"{lever.label}, {lever.unit}")
    until(lambda: field.input_value() == f"{value:g}")
    assert visit.month() == 12
    assert_shown(visit, overrides={lever.key: value})
    assert visit.shown()[0] == before[0], "an adversarial world knows no mediator"
    assert visit.shown()[1] != before[1]
    visit.button("Reset to the scenario").click()
    assert_shown(visit)
    assert visit.shown() == before


def test_wrong_input_is_reported_and_corrected(visit):
    visit.button("Step").click()
    visit.at_month(1)
    before = visit.shown()
    seed = visit.page.get_by_label("Seed")
    seed.fill("seven")
    seed.press("Enter")
    alert = visit.page.get_by_role("alert")
    alert.wait_for()
    assert alert.inner_text().startswith("seed = 'seven': want a whole number from 0")
    assert visit.shown() == before
    visit.picture("message")
    seed.fill("7")
    seed.press("Enter")
    alert.wait_for(state="detached")
    assert_shown(visit, seed=7)
    world = visit.page.get_by_label("World")
    world.fill("4")
    world.press("Enter")
    visit.page.get_by_text("seed 7 · world 4").wait_for()
    assert_shown(visit, seed=7, world=4)


def test_another_scenario_and_regime(visit):
    choose(visit, "Scenario", "one_tie")
    visit.page.get_by_role("heading", name=load("one_tie").scenario.title).wait_for()
    choose(visit, "Regime", "partnership")
    visit.page.locator(".sim-tile >> text=mediated − partnership").wait_for()
    visit.button("Year").click()
    visit.at_month(12)
    assert_shown(visit, scenario="one_tie", regimes=("partnership", "mediated"))


def test_a_mediators_difference_stands_in_its_two_parts(visit):
    visit.button("Year").click()
    visit.at_month(12)
    c = compare(load("it_outsourcing", {"run.months": 12}), REGIMES, worlds=1)
    for part, pair in zip(("procedure", "mediator"), c.parts, strict=True):
        expected = format_number(c.row("surplus", *pair).mean, "", signed=True)
        assert visit.page.locator(f'[data-headline="{part}"]').inner_text() == expected
    visit.picture("parts", whole=False)
    choose(visit, "compared with", "partnership")
    visit.page.locator(".sim-tile >> text=partnership − adversarial").wait_for()
    assert visit.page.locator(".sim-part").count() == 0


def choose(visit, label, name):
    """Pick from a drop-down list."""
    visit.page.locator(".v-select", has=visit.page.get_by_text(label, exact=True)).click()
    visit.page.get_by_role("option", name=name, exact=True).click()


@pytest.mark.deep
def test_two_visitors_do_not_meet(visit, browser, server):
    other = Visit(browser.new_context(), server[0])
    visit.button("Year").click()
    visit.at_month(12)
    other.button("Step").click()
    other.at_month(1)
    assert visit.month() == 12
    other.context.close()
    assert other.complaints == []


def test_the_server_called_nobody(server):
    """Last: whatever the other tests made it do, the server process connected to nothing."""
    log = server[1].read_text()
    assert "CALLED" not in log
    assert "Traceback" not in log
