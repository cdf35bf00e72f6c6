"""What the first run compiles: `python benchmarks/compile.py [--rounds 3]`; `make bench` has it too.

Every round is a fresh process with nothing compiled yet. Processor seconds are shown, because a busy machine changes
them least: those in LLVM, and those in Numba's own Python (the front end and everything else).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from processes import PEAK, child
from timing import Row, table

COMPILE = """
import json, time
from numba.core import event
from sim.engines.batch import simulate
from sim.scenario.load import load

class Clock(event.Listener):
    def __init__(self):
        self.depth, self.count, self.seconds = 0, 0, 0.0
    def on_start(self, heard):
        self.depth += 1
        if self.depth == 1:
            self.start = time.thread_time()
    def on_end(self, heard):
        self.depth, self.count = self.depth - 1, self.count + 1
        if self.depth == 0:
            self.seconds += time.thread_time() - self.start

clocks = {kind: Clock() for kind in ("numba:llvm_lock", "numba:compile")}
for kind, clock in clocks.items():
    event.register(kind, clock)
regime, wall = load("one_tie").regime("mediated"), time.perf_counter()
simulate(regime, range(2), 1)
wall = time.perf_counter() - wall
llvm, whole = clocks.values()
found = {"whole": whole.seconds, "llvm": llvm.seconds, "wall": wall, "count": whole.count}
print("compiled", json.dumps(found))
"""


def compile_once() -> dict[str, float]:
    """Compile the engine in a fresh process without a cache; return seconds, count and peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        lines = child(["-c", COMPILE + PEAK], Path(folder)).splitlines()
    found: dict[str, float] = json.loads(lines[-2].removeprefix("compiled "))
    return found | {"peak": float(lines[-1].split()[-1])}


def compiling(rounds: int) -> list[Row]:
    """Measure the time, its two parts and the memory that compiling the engine's rules takes."""
    found = [compile_once() for _ in range(rounds)]

    def each(key: str) -> tuple[float, ...]:
        return tuple(one[key] for one in found)

    front = tuple(one["whole"] - one["llvm"] for one in found)
    return [
        Row("compile of the rules, processor time", "s", each("whole"), "< 30"),
        Row("of it, Numba's own", "s", front),
        Row("of it, LLVM", "s", each("llvm")),
        Row("compile of the rules, by the clock", "s", each("wall"), "< 20"),
        Row("functions compiled", "functions", each("count")),
        Row("peak memory of the compile", "MB", each("peak"), "< 1024"),
    ]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    print(table(compiling(parser.parse_args().rounds)))


if __name__ == "__main__":
    main()
