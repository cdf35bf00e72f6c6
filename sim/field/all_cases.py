"""All scenarios for which facts count, held against them: the field part of `sim validate`."""

from __future__ import annotations

from sim.field.comparison import FieldResult, Progress, hold_against
from sim.field.facts_file import Facts

WORLDS, DEEP_WORLDS = 40, 200  # worlds of each scenario, in a quick and in a deep run


def field_cases(facts: Facts) -> list[tuple[str, str]]:
    """Return (scenario, regime) of all cases for which some fact counts, in order of appearance."""
    cases = {
        (scenario, fact.regime): None
        for fact in facts.facts
        if fact.opened
        for scenario in fact.scenarios
    }
    return sorted(cases, key=lambda case: (case[1], list(cases).index(case)))


def hold_all(
    facts: Facts, worlds: int, seed: int, *, threads: int = 1, on_progress: Progress | None = None
) -> list[FieldResult]:
    """Return every case beside simulated worlds of it; `on_progress(done, total)` counts cases."""
    from sim.scenario.load import load

    cases, results = field_cases(facts), []
    for done, (name, regime) in enumerate(cases, start=1):
        counting, loaded = facts.counting_for(name, regime), load(name)
        results.append(
            hold_against(counting, loaded.regime(regime), name, worlds, seed, threads=threads)
        )
        if on_progress is not None:
            on_progress(done, len(cases))
    return results
