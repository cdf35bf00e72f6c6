"""Play small worlds of every shipped scenario and regime in plain Python, so that coverage sees the rules.

`make coverage` runs this with NUMBA_DISABLE_JIT=1. Talks over outcomes and custom code have tests that run their
rules plain.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from numba import config

from sim.engines.batch import simulate
from sim.scenario.load import load
from sim.scenario.shipped import shipped

NEEDS, MONTHS, WORLDS = 4, 30, 1


def smaller(name: str) -> dict[str, object]:
    """Return the overrides that make a shipped scenario small enough to be interpreted."""
    scenario = load(name).scenario
    keys: dict[str, object] = {"run.months": min(MONTHS, scenario.run.months)}
    if scenario.market.needs > NEEDS and scenario.market.needs_per_buyer == 1:
        keys["market.needs"] = NEEDS
    return keys


def main() -> None:
    """Play every regime of every shipped scenario."""
    if not config.DISABLE_JIT:
        raise SystemExit("want NUMBA_DISABLE_JIT=1: compiled rules are not seen by coverage")
    for name, _, _ in shipped():
        loaded = load(name, smaller(name))
        for regime in loaded.regimes():
            simulate(loaded.regime(regime), range(WORLDS), 1)
        print(name, flush=True)


if __name__ == "__main__":
    main()
