"""Play small worlds and hold talks over outcomes in plain Python, so that coverage sees the rules.

`make coverage` runs this with NUMBA_DISABLE_JIT=1. Custom code has tests that run its rules plain.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from numba import config

from sim.engines.batch import simulate
from sim.mediation.styles.style_catalogue import NAMES
from sim.outcomes.domains.load_domain import load_domain
from sim.outcomes.many.tournament import run_tournament
from sim.outcomes.sessions.session import negotiate
from sim.scenario.key_kinds import STRATEGIES
from sim.scenario.load import LoadedScenario, load
from sim.scenario.shipped import folder, shipped

NEEDS, MONTHS, WORLDS, ROUNDS = 4, 30, 1, 12
DOMAIN = folder() / "domains" / "office_supplies.toml"
PROTOCOLS = ("sealed_bid", "take_it_or_leave_it")
FUNCTIONS = ["broker", "warn", "resolve", "review"]


def worlds_to_play() -> Iterator[tuple[str, LoadedScenario, list[str]]]:
    """Yield a name, a scenario and its regimes, small enough to be interpreted."""
    for name, _, _ in shipped():
        scenario = load(name).scenario
        keys: dict[str, Any] = {"run.months": min(MONTHS, scenario.run.months)}
        if scenario.market.needs > NEEDS and scenario.market.needs_per_buyer == 1:
            keys["market.needs"] = NEEDS
        loaded = load(name, keys)
        yield name, loaded, loaded.regimes()
    few = {"run.months": MONTHS}
    for style in NAMES:
        keys = few | {"mediator.style": style, "mediator.functions": FUNCTIONS}
        yield style, load("it_outsourcing", keys | {"market.needs": NEEDS}), ["mediated"]
    for protocol in PROTOCOLS:
        yield protocol, load("one_tie", few | {"negotiation.protocol": protocol}), ["adversarial"]
    recession = few | {"recession.rate": 0.2, "market.needs": NEEDS}
    yield "recession", load("recession_renegotiation", recession), ["adversarial", "mediated"]
    for strategy in STRATEGIES:
        yield strategy, load("one_tie", few | {"buyers.strategy": strategy}), ["adversarial"]


def hold_talks() -> None:
    """Let all strategies meet over a shipped domain, and run every protocol once."""
    domain = load_domain(DOMAIN)
    run_tournament([domain], rounds=ROUNDS)
    for protocol in ("sealed", "take_it_or_leave_it"):
        negotiate(domain, "boulware", "linear", protocol, ROUNDS)
    for protocol in ("veto_text", "feedback_text"):
        negotiate(domain, "hill_climber", "annealer", protocol, ROUNDS)


def main() -> None:
    """Play and hold them all."""
    if not config.DISABLE_JIT:
        raise SystemExit("want NUMBA_DISABLE_JIT=1: coverage does not see compiled rules")
    for name, loaded, regimes in worlds_to_play():
        for regime in regimes:
            simulate(loaded.regime(regime), range(WORLDS), 1)
        print(name, flush=True)
    hold_talks()


if __name__ == "__main__":
    main()
