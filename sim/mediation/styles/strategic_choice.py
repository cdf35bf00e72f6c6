"""Strategic choice: what a mediator does after an impasse depends on common ground and on its own interest.

It integrates if it sees common ground and values agreement, and pays both sides for agreeing if it values
agreement but sees no common ground. If it does not value agreement, it presses when there is no common ground
and leaves the sides alone when there is (Carnevale 1986).
"""

from __future__ import annotations

from sim.bargain.value import package_months
from sim.jit import rule
from sim.mediation.styles.best_package import propose_best_package, value_range
from sim.mediation.styles.entry import StyleEntry, StyleSetting
from sim.words import Act, Moment, Style, Topic

NOTHING, TELL, TEXT = int(Act.NOTHING), int(Act.TELL), int(Act.TEXT)
POSITION = int(Topic.POSITION)
START, PRESSED, DONE = 0, 1, 2  # stages
VALUE, GROUND, PRESSURE = 0, 1, 2  # places of its settings
HIGH = 0.5  # the least `value` at which it counts as valuing agreement

ENTRY = StyleEntry(
    Style.STRATEGIC_CHOICE,
    rule="after an impasse integrates, compensates, presses or does nothing, by common ground and by its own interest",
    source="Carnevale 1986",
    moments=(Moment.IMPASSE,),
    costs="an offer for a text, a message to each side pressed, what it pays itself; the fee for success",
    limit="four corners: the best package, the same paid for, claims cut by pressure, nothing",
    settings=(
        StyleSetting(
            "value", 0.5, 0.0, 1.0, "share", "of its fee for success that it would pay for an agreement",
            "0.5: the least that counts as valuing agreement; below, it presses or does nothing",
        ),
        StyleSetting(
            "ground", 1.0 / 3.0, 0.0, 1.0, "share", "of the stakes that must be a joint gain for common ground",
            "1/3: as if everything at stake were worth twice what it costs",
        ),
        StyleSetting(
            "pressure", 0.5, 0.0, 1.0, "share", "of its claim that a side gives up, if it trusts fully",
            "0.5: half of it, as when two claims meet halfway",
        ),
    ),
)  # fmt: skip


@rule
def choose_strategy(desk, mediator, params):
    """Return the next act of a mediator that chooses among four strategies."""
    if desk.stage == DONE:
        return NOTHING
    if desk.stage == PRESSED:
        desk.stage = DONE
        return TEXT
    desk.stage = DONE
    propose_best_package(desk, mediator, params)
    missing = desk.setting[GROUND] * total_stakes(desk, params) - desk.pie
    valued = desk.setting[VALUE] >= HIGH
    if missing <= 0.0:
        return TEXT if valued else NOTHING
    if not valued:
        desk.stage, desk.topic, desk.whom = PRESSED, POSITION, 3
        desk.pressure = desk.setting[PRESSURE]
        return TELL
    months = package_months(desk.text, params)
    desk.payment = min(missing * months, desk.setting[VALUE] * params.mediator_fee_success)
    return TEXT if desk.pie * months + desk.payment > 0.0 else NOTHING


@rule
def total_stakes(desk, params):
    """Return the stakes of both sides by the mediator's estimates: value ranges summed over issues."""
    total = 0.0
    for side in range(2):
        for issue in range(params.issues):
            total += value_range(desk.estimate[side], issue, params.count[issue])
    return total
