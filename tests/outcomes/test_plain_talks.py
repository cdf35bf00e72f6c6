"""NUMBA_DISABLE_JIT=1 changes how long talks over outcomes take, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
TALKS = """
from pathlib import Path
from sim.cli.commands_negotiate import find_domain
from sim.outcomes.many.conformance import check_conformance
from sim.outcomes.sessions.session import PROTOCOLS, TEXTS, negotiate
from sim.outcomes.many.tournament import OFFERING_STRATEGIES, run_tournament
from sim.strategies.catalogue import CATALOGUE, parse_strategy

domain = find_domain("office_supplies")
for protocol in PROTOCOLS:
    for strategy in CATALOGUE:
        if (strategy.name in OFFERING_STRATEGIES) == (protocol not in TEXTS):
            found = negotiate(domain, strategy.name, strategy.name, protocol, 6, "buyer", 1)
            print(protocol, strategy.name, found.number, found.turn, found.utterances)
print(negotiate(domain, "boulware:model=frequency", "micro", "alternating", 6, "vendor", 1).utterances)
print(run_tournament([domain], ("linear", "micro", "random_tit_for_tat"), 6, 1))
print(check_conformance(parse_strategy("linear"), 1))
"""


@pytest.fixture(scope="module")
def compiled() -> str:
    return talks("0")


def talks(switch: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", TALKS], check=False, cwd=REPOSITORY, capture_output=True, text=True,
        env={**os.environ, "NUMBA_DISABLE_JIT": switch, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.deep
def test_interpreted_talks_are_the_compiled_ones(compiled):
    assert talks("1") == compiled
    assert len(compiled.splitlines()) > 40
