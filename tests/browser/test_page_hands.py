"""What hands do to the page while it plays: press, scroll and type anything, and it stays in hand."""

import pytest
from chromium import until

pytestmark = pytest.mark.browser

# A point on a tie that no other tie covers, as `[x, y]`; and which tie was pressed, kept.
POINT = """() => {
  for (const path of document.querySelectorAll(".sim-network .sim-hit")) {
    const { x, y } = path.getPointAtLength(path.getTotalLength() / 2);
    const at = new DOMPoint(x, y).matrixTransform(path.getScreenCTM());
    const hit = document.elementFromPoint(at.x, at.y);
    if (hit && hit.closest("[data-tie]")) return [at.x, at.y];
  }
}"""
KEEP = """() => addEventListener("pointerdown", (event) => {
  window.pressed = event.target.closest("[data-tie]")?.dataset.tie;
}, true)"""
OVERLAP = """() => {
  const box = (one) => one.getBoundingClientRect();
  const buttons = [...document.querySelectorAll(".sim-buttons button")].map(box);
  const field = [...document.querySelectorAll(".sim-followed *, .sim-screens .v-input *")];
  return field.map(box).filter((f) => f.width && f.height && buttons.some((b) =>
    f.left < b.right && b.left < f.right && f.top < b.bottom && b.top < f.bottom)).length;
}"""
# How far down the list the first story of a month stands.
PLACE = """() => {
  const list = document.querySelector(".sim-scroll");
  const row = [...list.querySelectorAll("tbody tr")].find((r) => /Month 5\\b|Months 5/.test(r.textContent));
  return Math.round(row.getBoundingClientRect().top - list.getBoundingClientRect().top);
}"""

# While it plays the list may be redrawn at any moment: find and query it in one step, so that it is the current one.
FOCUS = "() => document.querySelector('.sim-scroll').focus()"
HAS_KEYBOARD = "() => document.querySelector('.sim-scroll') === document.activeElement"


def play_to(visit, month):
    visit.page.wait_for_function(
        f"Number(document.querySelector('[data-month]').dataset.period) >= {month}"
    )


def test_a_tie_that_is_pressed_while_it_plays_is_chosen(visit):
    visit.button("Year").click()
    visit.at_month(12)
    visit.page.evaluate(KEEP)
    visit.button("Play").click()
    play_to(visit, 14)
    visit.page.mouse.move(*visit.page.evaluate(POINT))
    visit.page.mouse.down()
    play_to(visit, visit.month() + 3)  # the button that was pressed has been redrawn
    visit.page.mouse.up()
    visit.page.locator(".sim-stories").wait_for()
    pressed = visit.page.evaluate("window.pressed")
    field = visit.page.get_by_role("textbox", name="Tie")
    until(lambda: f"(tie {pressed})" in field.input_value())


def test_a_press_that_is_dragged_away_chooses_nothing(visit):
    visit.button("Year").click()
    visit.at_month(12)
    x, y = visit.page.evaluate(POINT)
    visit.page.mouse.move(x, y)
    visit.page.mouse.down()
    visit.page.mouse.move(x + 60, y + 30)
    visit.page.mouse.up()
    visit.button("Step").click()
    visit.at_month(13)
    assert visit.page.locator(".sim-stories").count() == 0
    visit.page.mouse.click(*visit.page.evaluate(POINT))
    visit.page.locator(".sim-stories").wait_for()


def test_the_list_of_ties_never_lies_over_the_buttons(visit):
    visit.button("Year").click()
    visit.at_month(12)
    for width in (1280, 1024, 901, 640):
        visit.page.set_viewport_size({"width": width, "height": 700})
        visit.page.wait_for_timeout(300)
        assert visit.page.evaluate(OVERLAP) == 0, width
    visit.page.set_viewport_size({"width": 1280, "height": 800})
    visit.page.get_by_role("textbox", name="Tie").click()
    visit.page.get_by_role("option").first.wait_for()
    visit.page.mouse.move(500, 600)
    for _ in range(4):
        visit.page.mouse.wheel(0, 60)
        visit.page.wait_for_timeout(200)
        visit.button("Reset").click(trial=True, timeout=5_000)
    visit.button("Reset").click()
    visit.at_month(0)


def test_the_story_stays_where_it_is_read(visit):
    visit.tab("One tie")
    for month in (12, 24, 36):
        visit.button("Year").click()
        visit.at_month(month)
    story = visit.page.locator(".sim-scroll")
    until(lambda: "Months" in story.inner_text())
    assert story.evaluate("list => list.scrollTop") == 0, "at its end"
    story.evaluate("list => { list.scrollTop = 300 - list.scrollHeight }")
    place = visit.page.evaluate(PLACE)
    for month in (37, 38, 39):
        visit.button("Step").press("Enter")
        visit.at_month(month)
        until(
            lambda month=month: (
                f"month {month}" in visit.page.locator(".sim-now").nth(0).inner_text()
            )
        )
        assert abs(visit.page.evaluate(PLACE) - place) <= 2
    story.evaluate("list => { list.scrollTop = 0 }")
    visit.button("Play").press("Enter")
    visit.button("Pause").wait_for()  # until then the button that was pressed has the keyboard
    visit.page.evaluate(FOCUS)
    play_to(visit, 42)
    assert visit.page.evaluate(HAS_KEYBOARD), "it keeps the keyboard"
    visit.button("Pause").press("Enter")
    assert story.evaluate("list => list.scrollTop") == 0, "at its end it follows the months"


@pytest.mark.parametrize(
    "typed", ["nan", "1e400", "-inf", "−inf", "9" * 5_000, "x" * 50_000, "1e300"]
)
def test_what_is_no_number_is_said_beside_its_field(visit, typed):
    visit.unfold("World")
    for label, key in (
        ("Competence, share", "mediator.competence"),
        ("Horizon, months", "run.months"),
        ("World", "world"),
    ):
        field = visit.page.get_by_role("textbox", name=label, exact=True)
        field.fill(typed)
        field.press("Enter")
        alert = visit.page.get_by_role("alert").filter(has_text=f"{key} = ")
        alert.wait_for()
        said = alert.inner_text()
        assert "want a" in said and "\n" not in said and len(said) < 200
        below = alert.bounding_box()["y"] - field.bounding_box()["y"]
        assert 0 < below < 60, "right below"
    visit.button("Step").click()
    visit.at_month(1)
    assert visit.page.get_by_text("Traceback").count() == 0
    for label, value in (("Competence, share", "0.7"), ("Horizon, months", "120"), ("World", "0")):
        field = visit.page.get_by_role("textbox", name=label, exact=True)
        field.fill(value)
        field.press("Enter")
    until(lambda: visit.page.get_by_role("alert").count() == 0)


def test_a_decimal_comma_is_a_decimal_point(visit):
    field = visit.typed("Competence, share")
    field.fill("0,5")
    field.press("Enter")
    visit.page.locator('.sim-changed[data-key="mediator.competence"]').wait_for()
    until(lambda: field.input_value() == "0.5")
    visit.unfold("World")
    months = visit.typed("Horizon, months")
    months.fill("1,000")
    months.press("Enter")
    alert = visit.page.get_by_role("alert")
    alert.wait_for()
    assert alert.inner_text() == "run.months = '1,000': want 1000 or 1.000"


def test_before_the_first_month_every_screen_says_so(visit):
    for tab in ("Overview", "Causes and traits", "One tie"):
        visit.tab(tab)
        visit.page.get_by_text("Nothing has happened yet: step or play.").wait_for()
    visit.button("Step").click()
    visit.at_month(1)
    for tab in ("Overview", "Causes and traits"):
        visit.tab(tab)
        until(lambda: visit.page.get_by_text("Nothing has happened yet").count() == 0)


def test_the_command_keeps_the_world(visit):
    world = visit.page.get_by_role("textbox", name="World", exact=True)
    world.fill("4321")
    world.press("Enter")
    visit.page.get_by_text("seed 1 · world 4321").wait_for()
    visit.unfold("Keep these settings")
    kept = visit.page.locator(".sim-copy textarea")
    until(lambda: "--worlds 4322" in kept.nth(1).input_value())
    assert kept.nth(2).input_value().splitlines() == [
        f"sim story it_outsourcing --regime {regime} --world 4321 --tie 0"
        for regime in ("adversarial", "mediated")
    ]
