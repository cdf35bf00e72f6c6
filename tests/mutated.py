"""Mutated scenario files that still load."""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sim.errors import ScenarioError
from sim.scenario.load import LoadedScenario, load, shipped

sys.path.insert(0, str(Path(__file__).parent / "scenario"))


def texts_that_load(count: int, first: int) -> Iterator[LoadedScenario]:
    """Yield `count` scenarios that survive a mutation of their file; `first` is the first luck."""
    from test_scenario_fuzz import mutate
    from worlds import RICH

    texts = [RICH, *(path.read_text(encoding="utf-8") for _, path, _ in shipped())]
    found, number = 0, first
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "w.toml")
        while found < count:
            luck = random.Random(number)
            file.write_text(mutate(texts[number % len(texts)], luck), encoding="utf-8")
            number += 1
            try:
                loaded = load(file)
            except ScenarioError:
                continue
            found += 1
            yield loaded
