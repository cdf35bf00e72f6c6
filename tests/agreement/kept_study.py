"""The study whose digests are kept in the repository, run here; as a program it prints them as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from sim.engines.batch import simulate
from sim.records import TABLES
from sim.scenario.load import load
from sim.study.results.digests import Digests, outcome_digests

GOLDEN = Path(__file__).parents[1] / "golden"
SCENARIO, KEPT = GOLDEN / "same_bits.toml", GOLDEN / "same_bits.json"
REGIMES = (
    "adversarial", "partnership", "mediated", "planner", "bids", "ultimatums", "deferential",
)  # fmt: skip


def run(
    threads: int = 1,
    compiled: bool = True,
    *,
    regimes: Sequence[str] = REGIMES,
    worlds: int | None = None,
    months: int | None = None,
) -> Digests:
    """Return the digests of the study, or of a cut of it."""
    loaded = load(SCENARIO, {} if months is None else {"run.months": months})
    count = loaded.scenario.run.worlds if worlds is None else worlds
    how = {"threads": threads, "tables": tuple(TABLES), "compiled": compiled}
    return outcome_digests(
        (regime, simulate(regime, range(count), loaded.scenario.run.seed, **how))
        for regime in map(loaded.regime, regimes)
    )


if __name__ == "__main__":
    print(json.dumps(run()))
