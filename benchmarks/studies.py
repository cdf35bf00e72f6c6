"""The overhead of a study: a sweep against the bare loop over the same worlds, and its peak memory."""

from __future__ import annotations

import json
from pathlib import Path

from processes import PEAK, child
from timing import Row, rates, ratios

POINTS, TWENTIETH, FEW = 1000, 50, 5
WORLDS = 200
WORK = """
import json, shutil, sys, tempfile
sys.path.insert(0, {here!r})
from pathlib import Path
from timing import seconds
from sim.engines.batch import simulate
from sim.lab.requested import Request
from sim.lab.studies import resolve_study
from sim.scenario.load import load
from sim.study.run.sweep import RunOptions, run_study

REGIMES, MONTHS, THREADS = ("adversarial", "mediated"), {{"run.months": 60}}, 2
place = Path(tempfile.mkdtemp())

def study(points, worlds):
    vary = ["mediator.competence=0:1:" + str(points)]
    return resolve_study(
        Request("sweep", "it_outsourcing", REGIMES, worlds, overrides=MONTHS, vary=vary)
    )

def sweep(asked):
    shutil.rmtree(place / "out", ignore_errors=True)
    assert run_study(asked, out=place / "out", options=RunOptions(THREADS)).complete

def bare(asked):
    for point in asked.points:
        loaded = load("it_outsourcing", {{**MONTHS, **point.values}})
        for regime in REGIMES:
            simulate(loaded.regime(regime), range(asked.worlds), asked.seed, threads=THREADS)

def peak():
{peak}

for work in (bare, sweep):
    work(study(2, 4))  # compiles, fills caches
asked = study({points}, {worlds})
first = None
for nth in range({rounds}):
    taken = {{}}
    for work in (sweep, bare) if nth % 2 == 0 else (bare, sweep):
        taken[work.__name__] = seconds(lambda: work(asked))
        if first is None:
            peak()
            first = work
    months = sum(p.work for p in asked.points) * asked.worlds * len(REGIMES)
    print(json.dumps([months, *taken["sweep"], *taken["bare"]]))
shutil.rmtree(place)
"""


def studies(points: int, worlds: int, rounds: int) -> list[Row]:
    """Measure a sweep of a 40-tie, 60-month scenario and the bare engine, in turn, in one process.

    The peak is read after the first sweep, before the bare engine has run at that size.
    """
    body = "\n".join(f"    {line}" for line in PEAK.strip().splitlines())
    here = str(Path(__file__).resolve().parent)
    code = WORK.format(here=here, points=points, worlds=worlds, rounds=rounds, peak=body)
    lines = child(["-c", code]).splitlines()
    (peak,) = (float(line.split()[1]) for line in lines if line.startswith("peak"))
    taken = [json.loads(line) for line in lines if line.startswith("[")]
    months = taken[0][0]
    sweeps, busy, bares, bare_busy = (tuple(round_[k] for round_ in taken) for k in (1, 2, 3, 4))
    size = f"{points:,} points × {worlds} worlds"
    return [
        Row(f"sweep, {size}, two threads", "tie-months/s", rates(months, sweeps)),
        Row("bare engine, the same worlds", "tie-months/s", rates(months, bares)),
        Row("sweep over bare engine", "ratio", ratios(bares, sweeps), ">= 0.8"),
        Row("sweep over bare engine, of their processor time", "ratio", ratios(bare_busy, busy)),
        Row("peak memory of the sweep", "MB", (peak,), "< 1024"),
    ]
