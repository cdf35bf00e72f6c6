"""One tie, the causes and the settings in a real browser: chosen, shown, changed and copied."""

import re
import tomllib

import numpy as np
import pytest
from chromium import Visit, until

from sim.engines.batch import simulate
from sim.measure.ledger import CAUSES, ledger_rows
from sim.measure.metrics import view_of
from sim.scenario.load import load

pytestmark = pytest.mark.browser

REGIMES = ("adversarial", "mediated")
HORIZON = 30
TIE = 22  # of buyer 7, its second candidate


def signed(loaded, regime, tie, month):
    """Return whether a tie has signed a contract by a month, read off the batch engine's events."""
    events = simulate(
        loaded.regime(regime), [0], loaded.scenario.run.seed, tables=("events",)
    ).events
    return bool(np.any((events["kind"] == 4) & (events["tie"] == tie) & (events["period"] < month)))


def test_a_click_on_a_tie_shows_its_two_lives(visit):
    visit.button("Year").click()
    visit.at_month(12)
    network = visit.page.locator("svg.sim-network").nth(1)
    network.locator(".sim-tie").first.wait_for(state="attached")
    number = int(network.locator(".sim-tie").nth(20).get_attribute("data-tie"))
    visit.page.evaluate(CLICK, number)
    visit.page.locator(".sim-stories").wait_for()
    field = visit.page.get_by_role("textbox", name="Tie")
    until(lambda: f"(tie {number})" in field.input_value())
    until(lambda: f"buyer {number // 3}," in field.input_value())
    until(lambda: visit.page.locator(".sim-parts-here").count() == 1)
    loaded = load("it_outsourcing")
    for k, regime in enumerate(REGIMES):
        told = visit.page.locator(f".sim-stories tbody td:nth-of-type({k + 1})").all_inner_texts()
        there = any("They sign for" in text for text in told)
        assert there == signed(loaded, regime, number, 12)
    visit.picture("tie")
    visit.tab("Overview")
    visit.page.locator("svg.sim-network").first.wait_for()
    assert visit.month() == 12, "choosing a tie moves no month"


CLICK = """number => document.querySelector(`[data-tie="${number}"] path`)
    .dispatchEvent(new MouseEvent("click", {bubbles: true}))"""


def test_a_tie_is_chosen_by_keyboard_and_told_month_by_month(visit):
    field = visit.page.get_by_role("textbox", name="Tie")
    field.focus()
    field.press("Control+a")
    visit.page.keyboard.type("buyer 7,")
    until(lambda: visit.page.get_by_role("option").count() == 3)
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        visit.page.keyboard.press(key)
    until(lambda: f"(tie {TIE})" in field.input_value())
    visit.page.get_by_text("Nothing has happened yet").wait_for()
    for month in (1, 2, 3):
        visit.button("Step").press("Enter")
        visit.at_month(month)
    until(lambda: "Month" in visit.page.locator(".sim-stories tbody").inner_text())
    shown = visit.page.locator(".sim-now").all_inner_texts()
    assert len(shown) == 4
    for k, regime in enumerate(REGIMES):
        assert shown[k].startswith(f"{regime}, month 3")
        assert "Contract" in shown[k] and "Open problems" in shown[k]
        assert "The buyer believes" in shown[k] and "It trusts the vendor" in shown[k]
    assert "privately knows" in shown[2] and "It does not know" in shown[3]
    issues = load("it_outsourcing").scenario.issues
    assert visit.page.locator(".sim-levels tbody tr").count() == sum(len(i.levels) for i in issues)


def test_the_waterfall_is_the_ledger(visit):
    visit.button("Year").click()
    visit.at_month(12)
    visit.tab("Causes and traits")
    falls = visit.page.locator("svg.sim-waterfall")
    until(lambda: falls.count() == 2)
    loaded = load("it_outsourcing", {"run.months": 12})
    for k, regime in enumerate(REGIMES):
        tables = simulate(loaded.regime(regime), [0], loaded.scenario.run.seed)
        row = ledger_rows(view_of(tables, loaded.regime(regime)))[0]
        said = falls.nth(k).get_attribute("aria-label")
        assert f"first best {row['first_best']:.4g}" in said
        assert f"joint surplus {row['surplus']:.4g}" in said
        assert f"haggling {row['haggling']:.4g}" in said
        assert falls.nth(k).locator("rect").count() == len(CAUSES) + 2
    for trait in ("mutual trust", "mutual respect", "collaboration", "joint success", "goals"):
        assert visit.page.get_by_text(trait).count()
    visit.picture("causes")


def test_a_typed_value_counts_and_a_wrong_one_is_reported(visit):
    visit.button("Step").click()
    visit.at_month(1)
    field = visit.typed("Competence, share")
    field.fill("1.5")
    field.press("Enter")
    alert = visit.page.get_by_role("alert")
    alert.wait_for()
    assert "mediator.competence = 1.5: want a number from 0 to 1" in alert.inner_text()
    field.fill("much")
    field.press("Enter")
    until(lambda: "mediator.competence = 'much': want a number" in alert.inner_text())
    visit.picture("refused", whole=False)
    field.fill("0.25")
    field.press("Enter")
    alert.wait_for(state="detached")
    visit.page.locator('.sim-changed[data-key="mediator.competence"]').wait_for()
    visit.button("Step").click()
    visit.at_month(2)


def test_what_is_being_typed_stays_while_the_page_changes(visit):
    field = visit.typed("Bias, share")
    field.fill("0.5")
    visit.page.evaluate("document.querySelector('.sim-switches input').click()")
    visit.page.locator('.sim-changed[data-key="mediator.functions"]').wait_for()
    visit.page.wait_for_timeout(300)
    assert field.input_value() == "0.5"
    field.press("Enter")
    visit.page.locator('.sim-changed[data-key="mediator.bias"]').wait_for()
    visit.button("Reset to the scenario").click()
    until(lambda: field.input_value() == "0")


def test_what_was_changed_can_be_kept(visit, tmp_path):
    visit.page.locator("label", has_text="review").click()
    visit.unfold("World")
    months = visit.typed("Horizon, months")
    months.fill(str(HORIZON))
    months.press("Enter")
    visit.page.get_by_text(f"month 0 of {HORIZON}").wait_for()
    visit.unfold("Conduct")
    visit.page.get_by_label("Buyers in a recession").locator(
        "xpath=ancestor::*[@role='button']"
    ).click()
    visit.page.get_by_role("option", name="give to get").click()
    visit.unfold("Keep these settings")
    file, command = (visit.page.locator(".sim-copy textarea").nth(k) for k in range(2))
    until(lambda: "give_to_get" in file.input_value())
    kept = {
        "buyers": {"recession": "give_to_get"},
        "mediator": {"functions": ["broker", "align", "warn", "resolve", "review"]},
        "run": {"months": HORIZON},
    }
    assert tomllib.loads(file.input_value()) == {"extends": "it_outsourcing", **kept}
    (tmp_path / "kept.toml").write_text(file.input_value())
    assert load(tmp_path / "kept.toml").scenario.run.months == HORIZON
    assert command.input_value().startswith(
        "sim compare it_outsourcing --regimes adversarial,mediated --set "
    )
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.page.get_by_role("button", name="Copy as a command").click()
    visit.page.get_by_role("button", name="Copied").wait_for()
    assert visit.page.evaluate("navigator.clipboard.readText()") == command.input_value()
    visit.picture("kept")


def test_it_can_be_worked_by_keyboard_alone(visit):
    """Tab from the top reaches every control in the order in which it stands; Enter works it."""
    seen = []
    for _ in range(60):
        visit.page.keyboard.press("Tab")
        seen.append(visit.page.evaluate(NAME))
        if seen[-1] == "Step":
            break
    assert seen.index("Seed") < seen.index("Competence") < seen.index("Step"), seen
    visit.page.keyboard.press("Enter")
    visit.at_month(1)
    visit.page.keyboard.press("Enter")
    visit.at_month(2)


NAME = """() => { const e = document.activeElement;
    return e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent.trim() }"""


def test_another_world_of_many_types_and_mediators_is_shown(visit):
    for name in ("open_market", "channel_partners", "biased_mediator"):
        visit.page.locator(".v-select", has=visit.page.get_by_text("Scenario", exact=True)).click()
        visit.page.get_by_role("option", name=name, exact=True).click()
        visit.page.get_by_role("heading", name=load(name).scenario.title).wait_for()
        visit.button("Year").click()
        visit.at_month(12)
        for tab in ("Causes and traits", "One tie", "Overview"):
            visit.tab(tab)
            visit.page.locator(".sim-board svg").first.wait_for()
        assert visit.page.get_by_role("alert").count() == 0
        visit.picture(name)


@pytest.mark.deep
def test_ten_tabs_at_once_do_not_meet(browser, server):
    context = browser.new_context()
    visits = [Visit(context, server[0], wait=False) for _ in range(10)]
    for k, one in enumerate(visits):
        one.page.set_default_timeout(60_000)
        one.at_month(0)
        one.page.get_by_label("World").fill(str(k))
        one.page.get_by_label("World").press("Enter")
    for k, one in enumerate(visits):
        one.page.get_by_text(re.compile(f"world {k}$")).wait_for()
        for month in range(1, k % 3 + 2):
            one.button("Step").click()
            one.at_month(month)
    loaded = load("it_outsourcing")
    for k, one in enumerate(visits):
        month = k % 3 + 1
        assert one.month() == month
        rows = simulate(loaded.regime("mediated"), [k], loaded.scenario.run.seed).periods
        until(lambda one=one, row=rows[month - 1]: one.shown()[1]["surplus"] == row["surplus"])
        assert one.complaints == []
    context.close()
