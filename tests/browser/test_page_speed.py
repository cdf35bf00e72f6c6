"""How long the server works for one step on the screen, and how soon it stops for a closed tab."""

import time
from pathlib import Path

import pytest
from chromium import Visit

from sim.faces.page import SCREENS, drawn
from sim.faces.pair import Choice, Pair
from sim.faces.visitor import TABS

pytestmark = pytest.mark.browser

MOST = 0.3  # seconds of processor time for a step of the flagship under both regimes, redrawn
RUNS = 25


@pytest.mark.parametrize("tab", range(len(TABS)))
def test_a_step_of_the_flagship_is_redrawn_in_time(tab, capsys):
    pair = Pair(Choice("it_outsourcing", ("adversarial", "mediated"), tie=4))
    pair.step(60)  # half of it: the middle of the longest redraw
    taken = []
    for _ in range(RUNS):
        start = time.process_time()
        html = drawn(pair.step(), tab)
        taken.append(time.process_time() - start)
    with capsys.disabled():
        middle = sorted(taken)[RUNS // 2]
        print(f" {SCREENS[tab].__name__}: {1000 * middle:.0f} ms, {len(html) // 1000} kB ", end="")
    assert sorted(taken)[RUNS // 2] < MOST


def test_a_closed_tab_stops_what_it_played(browser, server):
    """The server works while a tab plays a long run, and rests once that tab is closed."""
    context = browser.new_context()
    one = Visit(context, server[0])
    one.unfold("World")
    months = one.typed("Horizon, months")
    months.fill("12000")
    months.press("Enter")
    one.page.get_by_text("of 12000").wait_for()
    speed = one.slider("Speed")
    speed.focus()
    speed.press("End")
    one.button("Play").click()
    one.page.wait_for_function(
        "Number(document.querySelector('[data-month]').dataset.period) >= 20"
    )
    assert used(server.process, 2.0) > 0.2, "while it plays, the server works"
    context.close()
    time.sleep(2.0)
    assert used(server.process, 2.0) < 0.1, "nobody looks any more"


def used(process, seconds):
    """Return the processor time a process takes over some seconds."""

    def ticks():
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100.0

    start = ticks()
    time.sleep(seconds)
    return ticks() - start
