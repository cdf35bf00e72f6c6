"""Talks over outcomes against NegMAS, side by side: `make bench-negotiate`, or `--quick` for a look.

Both sides of every ratio are measured in turn in one run, in processor time of one core, on the
same domains, strategies and rounds, and must reach the same agreements. Each starts from utility
functions in its own form: arrays here, objects in NegMAS. "One domain" times many pairs that
negotiate over it, including sorting its outcomes and computing every curve; "fresh" times a new
domain for each pair.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

import numpy as np
from timing import Row, busies, in_turn, rates, ratios, table

from sim.bridge.negmas import (
    ignore_warnings,
    import_negmas,
    issues_of,
    negotiator_for,
    utility_function,
)
from sim.outcomes.domains.domain import Domain, DomainIssue, Profile
from sim.outcomes.many.fresh_meetings import negotiate_batch, stack_domains
from sim.outcomes.many.paths import meet_all
from sim.outcomes.solving.solution_concepts import find_solutions
from sim.strategies.catalogue import ConfiguredStrategy, parse_strategy

SHAPES = {180: (5, 4, 3, 3), 1_000: (10, 10, 10), 50_000: (10, 10, 10, 10, 5)}
WANTED_ONE, WANTED_FRESH = 5_000, 500
ROUNDS = 100
EXPONENTS = np.geomspace(0.25, 10.0, 60)
THEIRS = {180: 40, 1_000: 24, 50_000: 4}  # pairs or domains for NegMAS
OURS = {180: 2_000, 1_000: 1_000, 50_000: 100}  # fresh domains for this program


def drawn(sizes: tuple[int, ...], luck: np.random.Generator) -> Domain:
    """Return a domain with random weights and evaluations, in which no two outcomes tie."""
    issues = tuple(
        DomainIssue(f"issue {i}", tuple(f"value {k}" for k in range(size)))
        for i, size in enumerate(sizes)
    )
    profiles = []
    for name in ("buyer", "vendor"):
        weights = luck.dirichlet(np.full(len(sizes), 2.0))
        values = [luck.random(size) for size in sizes]
        shares = tuple(tuple((v / v.max()).tolist()) for v in values)
        profiles.append(Profile(name, tuple(weights.tolist()), shares))
    return Domain(f"{np.prod(sizes)} outcomes", issues, (profiles[0], profiles[1]))


def theirs(
    domain: Domain,
    functions: tuple,
    issues: list,
    pair: tuple[ConfiguredStrategy, ConfiguredStrategy],
) -> int:
    """Return the number of the outcome agreed in NegMAS, from prepared utility functions; −1 at an impasse."""
    mechanism = import_negmas().sao.SAOMechanism(issues=issues, n_steps=ROUNDS)
    for played, function in zip(pair, functions, strict=True):
        mechanism.add(negotiator_for(played), ufun=function)
    agreement = mechanism.run().agreement
    return -1 if agreement is None else domain.number(agreement)


def ready(domain: Domain) -> tuple[Domain, tuple, list]:
    """Return a domain with NegMAS' issues and utility functions for it."""
    issues = issues_of(domain)
    return domain, tuple(utility_function(domain, side, issues) for side in (0, 1)), issues


def one_domain(count: int, rounds: int, luck: np.random.Generator) -> list[Row]:
    """Measure many pairs that meet on one domain."""
    domain = drawn(SHAPES[count], luck)
    plays = [parse_strategy(f"boulware:e={e:.6g}") for e in EXPONENTS]
    chosen = luck.integers(0, len(plays), (THEIRS[count], 2))
    domain, functions, issues = ready(domain)
    ended: dict[str, object] = {}

    def we() -> None:
        ended["ours"] = meet_all(domain, plays, plays, ROUNDS).number

    def they() -> None:
        ended["theirs"] = [
            theirs(domain, functions, issues, (plays[i], plays[j])) for i, j in chosen
        ]

    taken = in_turn({"we": we, "they": they}, rounds)
    agree = [ended["ours"][i, j] for i, j in chosen] == ended["theirs"]  # type: ignore[index]
    ours = rates(len(plays) ** 2, busies(taken["we"]))
    return rows_of(f"{count:,} outcomes, one domain", ours, len(chosen), taken, agree, WANTED_ONE)


def fresh(count: int, rounds: int, luck: np.random.Generator) -> list[Row]:
    """Measure negotiations of which each has a new domain."""
    domains = [drawn(SHAPES[count], luck) for _ in range(OURS[count])]
    pair = (parse_strategy("boulware"), parse_strategy("linear"))
    arrays, given = stack_domains(domains), domains[: THEIRS[count]]
    ended: dict[str, object] = {}

    def we() -> None:
        ended["ours"] = negotiate_batch(arrays, *pair, ROUNDS)[:, 0]

    waiting = [[ready(domain) for domain in given] for _ in range(rounds + 1)]

    def they() -> None:
        ended["theirs"] = [theirs(*one, pair) for one in waiting.pop()]

    taken = in_turn({"we": we, "they": they}, rounds)
    agree = list(ended["ours"][: len(given)]) == ended["theirs"]  # type: ignore[index]
    ours = rates(len(domains), busies(taken["we"]))
    name = f"{count:,} outcomes, fresh domain"
    return rows_of(name, ours, len(given), taken, agree, WANTED_FRESH)


def frontier(rounds: int, luck: np.random.Generator) -> list[Row]:
    """Measure frontier and solutions of a million outcomes, and sorting as many pairs of numbers."""
    waiting = [drawn((10,) * 6, luck) for _ in range(rounds + 1)]  # cached: one for each round
    pairs = luck.random((2, 10**6))
    cases = {
        "solutions": lambda: find_solutions(waiting.pop()),
        "sorted": lambda: np.lexsort(pairs),
    }
    taken = in_turn(cases, rounds)
    over = ratios(busies(taken["solutions"]), busies(taken["sorted"]))
    return [
        Row("1,000,000 outcomes, frontier and solutions", "s", busies(taken["solutions"])),
        Row("1,000,000 outcomes, over sorting as many pairs", "ratio", over, "< 1"),
    ]


def rows_of(
    name: str, ours: tuple[float, ...], many: int, taken: dict, agree: bool, wanted: int
) -> list[Row]:
    """Return the speeds here and in NegMAS, and their ratio if the agreements are the same."""
    other = rates(many, busies(taken["they"]))
    ratio = tuple(a / b for a, b in zip(ours, other, strict=True)) if agree else ()
    note = "" if agree else "not measured: agreements differ"
    return [
        Row(f"{name}, ours", "negotiations/s", ours),
        Row(f"{name}, NegMAS", "negotiations/s", other),
        Row(f"{name}, ours over NegMAS", "ratio", ratio, f">= {wanted:,}", note),
    ]


def measured(rounds: int, seed: int) -> list[Row]:
    """Return the rows of all measurements."""
    luck = np.random.default_rng(seed)
    cases: list[Callable[[int, int, np.random.Generator], list[Row]]] = [one_domain, fresh]
    with ignore_warnings():
        rows = [row for case in cases for count in SHAPES for row in case(count, rounds, luck)]
    return rows + frontier(rounds, luck)


def main() -> int:
    """Measure and print; return 1 if a ratio at 180 outcomes is below its goal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one round: a look only")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    rows = measured(1 if chosen.quick else 5, chosen.seed)
    print(table(rows))
    loads = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    print(
        f"\nNegMAS {version('negmas')}, {ROUNDS} rounds; {platform.platform()}, "
        f"Python {platform.python_version()}, load {loads}"
    )
    short = [row for row in rows if row.name.startswith("180 ") and row.unit == "ratio"]
    goals = (WANTED_ONE, WANTED_FRESH)
    return int(
        any(not r.values or median(r.values) < goal for r, goal in zip(short, goals, strict=True))
    )


if __name__ == "__main__":
    sys.exit(main())
