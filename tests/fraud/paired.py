"""Paired gains of a mediated regime over the adversarial one, gross of the mediator's fee."""

import numpy as np

from sim.engines.batch import simulate
from sim.scenario.load import load

UNTRUSTED = {"mediator.prior_good": 0.0, "mediator.prior_bad": 1e6}
KNOWS_NOTHING = {"mediator.competence": 0.0}
ALL = ("broker", "align", "warn", "resolve")


def totals(scenario, regime, worlds, overrides=None):
    """Return the periods table of a regime, one row of months per world."""
    loaded = load(scenario, overrides or {})
    table = simulate(loaded.regime(regime), range(worlds), 1, threads=2).periods
    return table.reshape(worlds, -1), loaded.scenario.market.needs * loaded.scenario.run.months


def gross_gain(scenario, worlds, overrides, regime="mediated"):
    """Return (mean, standard error) of the paired gain per need and month, gross of fee."""
    with_mediator, size = totals(scenario, regime, worlds, overrides)
    without, _ = totals(scenario, "adversarial", worlds, overrides)
    gain = (with_mediator["surplus"] + with_mediator["mediator"] - without["surplus"]).sum(1) / size
    return float(gain.mean()), float(gain.std(ddof=1) / np.sqrt(worlds))
