"""Nobody acts on what only the other side knows, until a message that depends on it has passed.

A private number of one side is changed after the world is drawn. The two logs of offers may then
differ, but the first difference must be an act of the side whose number changed (or of a mediator
it confided in), never of the other side.
"""

from functools import cache

import numpy as np
import pytest
from bare import bare

from sim.engines.batch import OneWorld
from sim.scenario.load import load

VISIBLE = ["period", "tie", "nth", "side", "price", *(f"level_{k}" for k in range(12))]
BUYER, VENDOR, MEDIATOR = 0, 1, 2

PRIVATE = {
    "vendor's outside option": (VENDOR, lambda w: shift(w.vendors["outside"], 1.0)),
    "vendor's cost table": (VENDOR, lambda w: shift(w.vendor_table, -0.5)),
    "vendor's risk aversion": (VENDOR, lambda w: scale(w.vendors["risk"], 1.5)),
    "buyer's outside option": (BUYER, lambda w: shift(w.needs["outside"], 1.0)),
    "buyer's worth table": (BUYER, lambda w: shift(w.table, 0.5)),
    "buyer's risk aversion": (BUYER, lambda w: scale(w.needs["risk"], 1.5)),
}
FIRST_TALK = {
    **PRIVATE,
    "vendor's productivity": (VENDOR, lambda w: scale(w.vendors["productivity"], 1.5)),
    "vendor's capability": (VENDOR, lambda w: shift(w.vendors["capability"], -0.2)),
}


def shift(array, by):
    """Add a constant to the entries of a private table that are not zero."""
    array[array != 0.0] += by


def scale(array, by):
    """Change a private number by a factor."""
    array *= by


def offers(world, regime, months, change=None, **overrides):
    """Return the offers of one world, with a private number changed or not."""
    keys = {"run.months": months} | {k.replace("__", "."): v for k, v in overrides.items()}
    drafter = {
        "mediator.style": "drafter",
        "mediator.participation": "always",
    }  # tells nobody anything
    run = OneWorld(load("one_tie", drafter | keys).regime(regime), 1, world, tables=("offers",))
    if change is not None:
        change(run.state)
    for _ in range(months):
        run.step()
    return run.outcome().offers


def culprit(one, other):
    """Return whose act the first difference of two logs is; None without a difference."""
    for a, b in zip(one, other, strict=False):
        if any(a[name] != b[name] for name in VISIBLE):
            return {int(a["side"]), int(b["side"])}
        if a["accepted"] != b["accepted"]:
            return {1 - int(a["side"])} if a["side"] != MEDIATOR else {MEDIATOR}
    return None


unchanged = cache(offers)  # what every private number is compared with


def culprits(number, regime, months, **overrides):
    """Return whose act the first difference is in each of 10 worlds."""
    owner, change = {**PRIVATE, **FIRST_TALK}[number]
    found = []
    for world in range(10):
        plain = unchanged(world, regime, months, **overrides)
        found.append(culprit(plain, offers(world, regime, months, change, **overrides)))
    return owner, found


@pytest.mark.parametrize("regime", ["adversarial", "mediated"])
@pytest.mark.parametrize("number", PRIVATE)
def test_the_first_difference_is_the_owners(number, regime):
    owner, found = culprits(number, regime, 30)
    seen = [who for who in found if who is not None]
    assert seen, "the number matters to nobody: the test proves nothing"
    assert all(1 - owner not in who for who in seen)


@pytest.mark.parametrize("number", FIRST_TALK)
def test_before_the_first_delivery_nothing_else_is_known(number):
    """Capability and productivity show in deliveries, so only the first talk is compared."""
    owner, found = culprits(number, "adversarial", 1, vendors__oversell=1.0)
    assert all(1 - owner not in who for who in found if who is not None)


@pytest.mark.parametrize("number", ["vendor's cost table", "buyer's worth table"])
def test_the_wall_can_be_seen_to_fall(number):
    """The negative control: with exact beliefs the other side acts on the number at once."""
    first = "buyer" if number.startswith("vendor") else "vendor"
    owner, found = culprits_with_known_tables(number, first)
    assert any(1 - owner in who for who in found if who is not None)


def culprits_with_known_tables(number, first):
    """Return the culprits if both sides know each other's tables, the changed one as well."""
    owner, change = PRIVATE[number]

    keys = {"negotiation__first": first, "beliefs__known": 1.0}
    pairs = (
        (offers(n, "adversarial", 1, **keys), offers(n, "adversarial", 1, change, **keys))
        for n in range(10)
    )
    return owner, [culprit(a, b) for a, b in pairs]


def test_open_books_are_a_message():
    """In a partnership the other side's first act may depend on what was disclosed."""
    owner, found = culprits("vendor's cost table", "partnership", 1, negotiation__first="buyer")
    assert any(1 - owner in who for who in found if who is not None)


def beliefs_after(discretion, change=None):
    """Return the buyer's beliefs after one mediated month in which nothing is agreed."""
    keys = {
        "run.months": 1,
        "mediator.functions": ["broker"],
        "mediator.discretion": discretion,
        "mediator.competence": 0.0,
        "negotiation.deadline": 1,
        "mediator.drafts": 1,
        "beliefs.learning": 0.0,
    }
    run = OneWorld(bare("one_tie", keys).regime("mediated"), 1, 0, tables=("events",))
    if change is not None:
        change(run.state)
    run.step()
    return run.state.belief[run.state.ties[0].met, BUYER].copy()


def test_a_discreet_mediator_keeps_confidences_and_a_leaky_one_does_not():
    change = PRIVATE["vendor's cost table"][1]
    assert np.array_equal(beliefs_after(1.0), beliefs_after(1.0, change))
    assert not np.array_equal(beliefs_after(0.0), beliefs_after(0.0, change))
