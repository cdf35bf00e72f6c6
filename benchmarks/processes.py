"""Measurements that need a fresh process: starts, with and without compiled code, and peak memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import Row, ratios, seconds

REPOSITORY = Path(__file__).resolve().parents[1]
COMMAND = "from sim.cli.app import main; main()"
SIMULATE = """
from sim.engines.batch import simulate
from sim.scenario.load import load
loaded = load("one_tie")
run = loaded.scenario.run
simulate(loaded.regime("mediated"), range(run.worlds), run.seed)
"""
# The peak of the process's own pages: `ru_maxrss` of a child may still hold its parent's peak.
PEAK = """
import resource, sys
from pathlib import Path
status = Path("/proc/self/status")
if status.exists():
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    print("peak", int(lines["VmHWM"].split()[0]) / 1024)
else:
    unit = 1024 ** 2 if sys.platform == "darwin" else 1024
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)
"""
COMPARE = """
from sim.measure.compare import compare
from sim.scenario.load import load
found = compare(load("it_outsourcing"), worlds={worlds}, threads={threads})
found.table()
"""

# A market of a million buyers with four candidates each and three issues; ledger and planner's bound on.
MILLION = """
import time
from worlds import everything_on
from sim.engines.batch import OneWorld
from sim.scenario.load import from_resolved, load
data = load("it_outsourcing", {on}).resolved()
data["issues"] = [i for i in data["issues"] if i["name"] in ("applications", "service level", "duration")]
data["market"] |= {{"needs": {needs}, "vendors": {needs} // 5, "candidates": 4}}
data["run"] |= {{"months": 2, "worlds": 1}}
regime = from_resolved(data, "million").regime("mediated")
data["market"] |= {{"needs": 10, "vendors": 4}}
OneWorld(from_resolved(data, "ten").regime("mediated"), 1, 0).step()
start = time.perf_counter()
one = OneWorld(regime, 1, 0)
drawn = time.perf_counter()
one.step()
assert one.periods["residual"][0] < 1e-9 and one.periods["talks"][0] > 0.5 * {needs}
print("seconds", drawn - start, time.perf_counter() - drawn)
"""


def processor_seconds() -> float:
    """Return the processor seconds of all child processes so far, over all their threads."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def child(arguments: list[str], cache: Path | None = None) -> str:
    """Run a Python process to its end and return its output; raises CalledProcessError if it fails.

    Bytecode is kept, as in any installation; `cache` is the folder of compiled rules.
    """
    drop = {"PYTHONDONTWRITEBYTECODE", "NUMBA_DISABLE_JIT"}
    environment = {name: value for name, value in os.environ.items() if name not in drop}
    if cache is not None:
        environment["SIM_CACHE"] = str(cache)
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=True,
        env=environment, cwd=REPOSITORY,
    )  # fmt: skip
    return done.stdout


def starts(rounds: int) -> list[Row]:
    """Measure the first-ever start (nothing compiled yet) and warm starts of the smallest world."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        run = ["-c", COMMAND, "run", "one_tie", "--force", "--out", str(place / "results")]
        ways = {
            "`sim run one_tie`": (run, "< 30", "< 2.5"),
            "one_tie from Python": (["-c", SIMULATE], "", ""),
        }
        rows = []
        for number, (name, (arguments, first, warm)) in enumerate(ways.items()):
            cache = place / f"cache-{number}"
            before = processor_seconds()
            rows.append(timed(f"{name}, first ever", arguments, cache, 1, first))
            busy = processor_seconds() - before
            rows.append(Row(f"{name}, first ever, processor time", "s", (busy,)))
            rows.append(timed(f"{name}, warm", arguments, cache, rounds, warm))
        helping = ["-c", COMMAND, "--help"]
        helped = timed("`sim --help`", helping, place / "cache-0", rounds, "< 0.4")
        python = timed("Python itself", ["-c", "pass"], place / "cache-0", rounds)
        rows += [helped, python]
        if helped.values and python.values:
            over = ratios(sorted(helped.values), sorted(python.values))
            rows.append(Row("`sim --help` over Python itself", "ratio", over, "< 8"))
    return rows


def timed(name: str, arguments: list[str], cache: Path, rounds: int, wanted: str = "") -> Row:
    """Return a row with the seconds of a process from start to end; without values if it fails."""
    try:
        taken = tuple(seconds(lambda: child(arguments, cache)).wall for _ in range(rounds))
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or [f"exit {error.returncode}"]
        return Row(name, "s", (), wanted, f"failed: {lines[-1]}"[:80])
    return Row(name, "s", taken, wanted)


def memory(worlds: int, threads: int) -> list[Row]:
    """Measure the peak memory of a whole comparison (four regimes), and of the imports alone."""
    work = COMPARE.format(worlds=worlds, threads=threads)
    imports = "\n".join(line for line in work.splitlines() if line.startswith("from "))
    imports += "\nimport pandas, sim.engines.batch\n"
    rows = []
    for name, code in (
        (f"peak memory, flagship compared in {worlds} worlds", work),
        ("of it, imports", imports),
    ):
        peak = float(child(["-c", code + PEAK]).split()[-1])
        rows.append(Row(name, "MB", (peak,)))
    return rows


def million(needs: int = 1_000_000) -> list[Row]:
    """Measure one month of a market of a million buyers, drawn and simulated, and its memory."""
    rows = []
    for name, on in (("every mechanism off", "{}"), ("everything on", "everything_on()")):
        work = MILLION.format(needs=needs, on=on) + PEAK
        path = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        lines = child(["-c", path + work]).splitlines()
        _, drawing, month = lines[-2].split()
        rows += [
            Row(f"a million buyers, {name}, drawn", "s", (float(drawing),)),
            Row(f"a million buyers, {name}, one month", "s", (float(month),), "< 20"),
            Row(f"a million buyers, {name}, peak", "MB", (float(lines[-1].split()[-1]),), "< 4096"),
        ]
    return rows
