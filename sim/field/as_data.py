"""Facts beside ours as JSON, for programs that read them later."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from sim.field.comparison import FieldResult, HeldFact
from sim.field.signs import CheckedSign


def field_as_data(results: Sequence[FieldResult], checked: Sequence[CheckedSign] = ()) -> str:
    """Return results as JSON text; numbers that are not finite are null."""
    data = {
        "results": [
            {
                "scenario": result.scenario,
                "regime": result.regime,
                "worlds": result.worlds,
                "seed": result.seed,
                "holding": result.holding,
                "facts": [_fact_as_data(held) for held in result.held],
            }
            for result in results
        ],
        "signs": [
            {"name": found.sign.name, "where": found.where, **_numbers(found)} for found in checked
        ],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _fact_as_data(held: HeldFact) -> dict[str, Any]:
    fact = held.fact
    return {
        "name": fact.name,
        "statistic": fact.statistic,
        "unit": fact.unit,
        "law": fact.law.kind,
        "published": [fact.low, fact.high],
        "grade": fact.grade,
        **_numbers(held),
        "where": held.where,
    }


def _numbers(found: HeldFact | CheckedSign) -> dict[str, float | None]:
    numbers = {"value": found.value, "low": found.low, "high": found.high}
    return {name: number if math.isfinite(number) else None for name, number in numbers.items()}
