"""A calibration as text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sim.calibration.alternatives import BLINDNESS
from sim.measure.amounts import count
from sim.render.calibration_tables import (
    alternatives_grid,
    facts_grid,
    finding_lines,
    keys_grid,
)
from sim.render.tables import to_text
from sim.render.text.comparison_text import wrap_line

DIGEST = 12  # digits of the question's digest that are shown


def question_as_text(data: Mapping[str, Any], digest: str) -> str:
    """Return the sealed question in a few lines, before anything runs."""
    rule, sizes = data["rule"], {"fact": "facts", "key": "priors", "alternative": "alternatives"}
    counts = ", ".join(count(len(data[name]), noun) for noun, name in sizes.items())
    about = f"{data['scenario']} under {data['arm']}, {counts}, seed {data['seed']}"
    points = f"{count(rule['waves'], 'wave')} of {rule['points']} + {rule['held_out']} points"
    out = f"ruled out beyond {rule['cutoff']:g} errors"
    discrepancy = f"the model's discrepancy is {rule['discrepancy']:g} of each fact's own error"
    lines = [
        f"question {digest[:DIGEST]}, sealed: {about}",
        f"{points} in {rule['worlds']} worlds; {out}; {discrepancy}",
    ]
    if data["left_out"]:
        lines.append(f"left out: {', '.join(data['left_out'])}")
    return "\n".join(map(wrap_line, lines))


def calibration_as_text(found: Mapping[str, Any]) -> str:
    """Return what a calibration found: alternatives, findings, facts and keys."""
    grids = [alternatives_grid(found), facts_grid(found), keys_grid(found)]
    tables = [
        f"{grid.title}\n\n{to_text(grid, math.inf if n == 0 else 110)}"
        for n, grid in enumerate(grids)
    ]
    lines = [
        *finding_lines(found),
        *(f"Deviation: {line}" for line in found.get("deviations", ())),
        BLINDNESS,
    ]
    findings = "\n".join(map(wrap_line, lines))
    return "\n\n".join([tables[0], findings, *tables[1:], f"question {found['question'][:DIGEST]}"])
