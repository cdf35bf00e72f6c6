"""How fast, how soon, how large: `make bench`, or `python benchmarks/bench.py [--quick] [--whole]`.

Prints one table (medians with their range, beside those of the newest version in
`benchmarks/history`) and writes the same to `artefacts/bench.json`; `--keep` makes it the file
of this version in the history. A tie-month is one need simulated for one month. Both sides of every ratio are
measured in turn within one run, so a ratio says more than a speed; speeds belong to the machine named below
the table.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from compile import compiling
from floor import floors
from history import HISTORY, medians
from processes import REPOSITORY, memory, million, starts
from studies import FEW, POINTS, TWENTIETH, WORLDS, studies
from timing import Row, busies, in_turn, rates, ratios, table, walls
from worlds import FLAGSHIP, everything_on

from sim.engines.batch import RunTables, block_of, run_block, simulate
from sim.engines.sizes import world_sizes
from sim.jit import source_digest
from sim.page.layout import draw_screen
from sim.page.regime_pair import Choice, RegimePair
from sim.page.screens import SCREENS
from sim.scenario.load import load
from sim.scenario.parameters.parameter_row import parameter_row
from sim.state import empty_world

REGIMES = ("adversarial", "mediated")
TABLES = ("periods", "ties")
SMALL = {"market.needs": 10, "run.months": 24}
SMALL_WORLDS = 2
COMPILED_LOOPS = 100


def throughput(worlds: int, rounds: int) -> list[Row]:
    """Measure tie-months per second of the flagship on one and on two threads."""
    loaded = load(FLAGSHIP)
    seed = loaded.scenario.run.seed
    amount = loaded.scenario.market.needs * loaded.scenario.run.months * worlds
    cases: dict[str, Callable[[], RunTables]] = {
        f"{name}, {threads}": lambda name=name, threads=threads: simulate(  # type: ignore[misc]
            loaded.regime(name), range(worlds), seed, threads=threads, tables=TABLES
        )
        for name in REGIMES
        for threads in (1, 2)
    }
    taken = in_turn(cases, rounds)
    rows = []
    for name in REGIMES:
        one, two = taken[f"{name}, 1"], taken[f"{name}, 2"]
        rows += [
            Row(f"{name}, one thread", "tie-months/s", rates(amount, walls(one)), ">= 1,000,000"),
            Row(
                f"{name}, one thread, of its processor time",
                "tie-months/s",
                rates(amount, busies(one)),
            ),
            Row(f"{name}, two threads", "tie-months/s", rates(amount, walls(two))),
            Row(f"{name}, two threads over one", "ratio", ratios(walls(one), walls(two)), ">= 1.7"),
            Row(
                f"{name}, processor time, two threads over one",
                "ratio",
                ratios(busies(two), busies(one)),
            ),
        ]
    return rows


def redrawn(rounds: int) -> list[Row]:
    """Measure one step of the flagship on the page under two regimes, and the redraw of each screen."""
    pair = RegimePair(Choice(FLAGSHIP, REGIMES, tie=4))
    pair.step(60)  # half of the months: a redraw of middle length
    cases: dict[str, Callable[[], object]] = {"step": pair.step}
    cases |= {name: lambda k=k: draw_screen(pair.frame, k) for k, (name, _) in enumerate(SCREENS)}  # type: ignore[misc]
    taken = in_turn(cases, 5 * rounds)
    step = busies(taken["step"])
    rows = [Row("page: a step under two regimes", "s", step)]
    for name, _ in SCREENS:
        over = ratios(busies(taken[name]), step)
        rows.append(Row(f"page: the screen “{name}” drawn, over a step", "ratio", over, "< 1"))
    return rows


def whole_relationship(worlds: int, rounds: int) -> list[Row]:
    """Measure tie-months per second of one thread with every mechanism on."""
    loaded = load(FLAGSHIP, everything_on())
    run = loaded.scenario.run
    amount = loaded.scenario.market.needs * run.months * worlds
    cases: dict[str, Callable[[], RunTables]] = {
        name: lambda name=name: simulate(  # type: ignore[misc]
            loaded.regime(name), range(worlds), run.seed, tables=TABLES
        )
        for name in REGIMES
    }
    taken = in_turn(cases, rounds)
    return [
        Row(
            f"{name}, everything on, one thread", "tie-months/s",
            rates(amount, walls(taken[name])), ">= 600,000",
        )
        for name in REGIMES
    ]  # fmt: skip


def preparation(rounds: int) -> list[Row]:
    """Measure the preparation: reading a scenario, and computing a regime's parameters."""
    loaded = load(FLAGSHIP)
    taken = in_turn(
        {"load": lambda: load(FLAGSHIP), "setup": lambda: parameter_row(loaded.regime("mediated"))},
        rounds,
    )
    return [
        Row("reading and checking the scenario", "s", walls(taken["load"])),
        Row("parameters of one regime, shading included", "s", walls(taken["setup"])),
    ]


def compiled_against_plain(rounds: int) -> list[Row]:
    """Measure the same small world compiled and interpreted, which must agree bit for bit."""
    loaded = load(FLAGSHIP, SMALL)
    worlds = range(SMALL_WORLDS)
    rows = []
    for name in REGIMES:
        regime = loaded.regime(name)
        work = small_work(regime, list(worlds))
        if not agree(work):
            note = "not measured: the two forms disagree"
            rows.append(Row(f"{name}, compiled over plain, small world", "ratio", (), "", note))
            continue

        def many(run: Callable[[], RunTables] = work["compiled"]) -> None:
            for _ in range(COMPILED_LOOPS):
                run()

        taken = in_turn({"compiled": many, "plain": work["plain"]}, rounds)
        each = tuple(seconds / COMPILED_LOOPS for seconds in busies(taken["compiled"]))
        faster = ratios(busies(taken["plain"]), each)
        rows.append(Row(f"{name}, compiled over plain, small world", "ratio", faster))
    return rows


def agree(work: dict[str, Callable[[], RunTables]]) -> bool:
    """Say whether all forms of the same work return the same tables, bit for bit."""
    first, *others = (run() for run in work.values())
    return all(
        one.tobytes() == two.tobytes()
        for other in others
        for one, two in zip(first, other, strict=True)
    )


def small_work(regime: Any, worlds: list[int]) -> dict[str, Callable[[], RunTables]]:
    """Return two functions that run the same small worlds, compiled and plain; parameters are prepared."""
    block, seed = block_of(parameter_row(regime), worlds), regime.scenario.run.seed
    return {
        "compiled": lambda: run_block(regime, block, seed, TABLES, True),
        "plain": lambda: run_block(regime, block, seed, TABLES, False),
    }


def state_size() -> list[Row]:
    """Count the bytes of state per tie: all arrays of a world divided by its ties, and the tie's own rows."""
    regime = load(FLAGSHIP).regime("mediated")
    dims = world_sizes(regime, parameter_row(regime))
    world = empty_world(dims)
    ties = dims[0] * dims[2]
    whole = sum(array.nbytes for array in world) / ties
    own = (world.ties.nbytes + world.trust.nbytes + world.belief.nbytes) / ties
    return [
        Row("state per tie, whole world shared out", "bytes", (whole,)),
        Row("of it, the tie's own rows, trust and beliefs", "bytes", (own,)),
    ]


def size_of_sweep(quick: bool, whole: bool) -> tuple[int, int, int]:
    """Return points, worlds and rounds of the sweep: a twentieth by default, fewer if `quick`, all if `whole`."""
    if whole:
        return POINTS, WORLDS, 1
    return (FEW, WORLDS, 1) if quick else (TWENTIETH, WORLDS, 2)


def machine() -> dict[str, Any]:
    """Return the facts on which the numbers depend: processor, versions, load."""
    names = ("numba", "numpy", "pandas")
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in names},
        "source": source_digest()[:16],
        "load_average": [round(x, 2) for x in os.getloadavg()] if hasattr(os, "getloadavg") else [],
    }


def write(rows: list[Row], about: dict[str, Any], path: Path) -> None:
    """Write rows and machine as JSON; the file is complete or absent."""
    lines = [row._asdict() | {"median": median(row.values) if row.values else None} for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(json.dumps(about | {"rows": lines}, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def main() -> None:
    """Measure, print the table, write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer worlds and rounds: a look only")
    parser.add_argument("--whole", action="store_true", help="all 1,000 points of the sweep, once")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "artefacts" / "bench.json")
    parser.add_argument(
        "--keep", action="store_true", help="keep it in benchmarks/history as this version's"
    )
    chosen = parser.parse_args()
    if chosen.keep and chosen.quick:
        parser.error("--keep: want a whole measurement, not --quick")
    mark = medians()
    worlds, rounds = (40, 3) if chosen.quick else (200, 5)
    about = machine() | {"worlds": worlds, "rounds": rounds, "quick": chosen.quick}
    rows = throughput(worlds, rounds)
    rows += whole_relationship(max(10, worlds // 5), rounds)
    rows += floors(rounds)
    rows += compiled_against_plain(rounds)
    rows += preparation(rounds)
    rows += compiling(1 if chosen.quick else 3)
    rows += starts(rounds)
    rows += redrawn(rounds)
    rows += memory(worlds, 2)
    rows += million()
    rows += studies(*size_of_sweep(chosen.quick, chosen.whole))
    rows += state_size()
    about["load_average_after"] = machine()["load_average"]
    write(rows, about, chosen.out)
    if chosen.keep:
        write(rows, about, HISTORY / f"{version('vendor-relations-lab')}.json")
    print(f"{FLAGSHIP}, {worlds} worlds a run, {rounds} rounds after one that is not counted\n")
    print(table(rows, mark))
    print(
        f"\n{about['platform']}, {about['processors']} processors, Python {about['python']}; "
        f"load {about['load_average']} before, {about['load_average_after']} after"
    )
    print(f"written to {chosen.out}")


if __name__ == "__main__":
    main()
