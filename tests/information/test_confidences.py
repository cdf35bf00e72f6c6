"""Through a discreet mediator a private number changes nothing the other side knows or does.

Exempt is the package itself: the drafts, and the acts under the resulting contract.
"""

import numpy as np
import pytest

from sim.engines.batch import OneWorld, simulate
from sim.scenario.load import load

KEYS = {
    "run.months": 1,
    "mediator.style": "drafter",
    "mediator.participation": "always",
    "mediator.functions": ["broker", "align", "warn", "resolve"],
}
SECRETS = {
    ("vendor", "outside option"): lambda w: w.vendors["outside"].__iadd__(0.5),
    ("vendor", "risk aversion"): lambda w: w.vendors["risk"].__imul__(1.5),
    ("buyer", "outside option"): lambda w: w.needs["outside"].__iadd__(0.5),
    ("buyer", "worth of quality"): lambda w: w.needs["quality_worth"].__iadd__(1.0),
}


def beliefs_after(side, discretion, change, world=0):
    """Return the other side's beliefs and trust after the first mediated month."""
    keys = {**KEYS, "mediator.discretion": discretion, "mediator.drafts": 1}
    one = OneWorld(load("one_tie", keys).regime("mediated"), 1, world, tables=("offers",))
    if change is not None:
        change(one.state)
    one.step()
    other = 1 if side == "buyer" else 0
    row = one.state.ties[0]
    acts = [o for o in one.outcome().offers if o["side"] == other]
    return (
        one.state.belief[row.met, other].copy(),
        [
            tuple(np.asarray(o["levels" if "levels" in o.dtype.names else "level_0"]).ravel())
            for o in acts
        ],
        len(one.outcome().offers),
    )


def leaked(discretion):
    """Return how much of the summed squares of both tables beliefs explain at the end."""
    keys = {
        "run.months": 24,
        "mediator.style": "drafter",
        "mediator.participation": "always",
        "mediator.functions": ["broker"],
        "mediator.discretion": discretion,
    }
    ties = simulate(load("one_tie", keys).regime("mediated"), range(200), 1).ties
    return [
        1.0 - (ties[f"miss_{side}"] ** 2).sum() / (ties[f"miss_{side}_prior"] ** 2).sum()
        for side in ("buyer", "vendor")
    ]


@pytest.mark.parametrize("secret", SECRETS, ids=" ".join)
def test_what_is_told_in_confidence_stays_there(secret):
    """Beliefs about the other's table are the same to the bit after a draft has been seen."""
    compared = 0
    for world in range(20):
        before = beliefs_after(secret[0], 1.0, None, world)
        after = beliefs_after(secret[0], 1.0, SECRETS[secret], world)
        if before[2] == after[2] == 1:  # settled on the first draft: no direct offer was heard
            compared += 1
            assert np.array_equal(before[0], after[0])
            assert before[1] == after[1]
    assert compared >= 3


def test_what_a_package_gives_away_and_what_a_leaky_mediator_does():
    """The package alone lets each side predict the other's table somewhat; leaks do so better."""
    package = leaked(1.0)
    leaky = leaked(0.5)
    sieve = leaked(0.0)
    for n in range(2):
        assert package[n] < leaky[n] - 0.02
        assert leaky[n] < sieve[n]
