"""How far sides shade in the game that a mediator's styles make of a talk over one issue.

Bracketing is a sealed bid with k = (1 − bias)/2, whatever the talk's own k. If the style is the mediator's
proposal, sides know that a price may follow: the public middle as far as the mediator reads nothing; a
mediator that reads everything sees claims that did not overlap, and proposes nothing. For other styles truth is
a best reply (votes on a posted price, the shuttle), or the talk's own shading is kept, as with several issues.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.scenario.mediator_styles import parse_style_lists
from sim.scenario.reservations import is_one_uniform_issue, reservation_samples, shade_tables
from sim.scenario.setup_tables import SHADE_POINTS
from sim.theory.style_shading import ProposalReader, shading_before_proposal
from sim.words import Style

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

Package = tuple[list[int], np.ndarray, np.ndarray, list[int]]
KEPT = 32  # cached results


def game_columns(
    scenario: Scenario, shade: np.ndarray, ends: tuple[float, float], package: Package
) -> dict[str, Any]:
    """Return both sides' shade in the game of the mediator's styles, and whether it differs from the talk's.

    `package` is (kinds, mean, spread, levels) of the package that sides expect; `shade` is the talk's own.
    """
    m, level = scenario.mediator, scenario.negotiation.level
    lists = parse_style_lists(m.style)
    styles = {one.entry.style for one in lists[0]} & {Style.BRACKETING, Style.PROPOSAL}
    idle = "broker" not in m.functions or m.enters == "implementation" or len(lists) > 1
    if level == "truthful" or len(package[0]) > 1 or idle or not styles:
        return {"style_shade": shade, "style_shaded": 0}
    worth, cost, *_ = reservation_samples(scenario, *package)
    k = 0.5 - 0.5 * m.bias if Style.BRACKETING in styles else scenario.negotiation.k
    uniform = is_one_uniform_issue(scenario)
    table, _ = shade_tables(level, k, worth.tobytes(), cost.tobytes(), *ends, uniform)
    reader = _reader(scenario)
    # A mediator that reads everything sees that claims did not overlap, and proposes nothing.
    if Style.PROPOSAL in styles and reader[:2] != (1.0, 1.0):
        if uniform:
            worth = cost = np.linspace(*ends, 2 * SHADE_POINTS + 1)
        table = _shade_with_proposal(level, k, reader, worth.tobytes(), cost.tobytes(), *ends)
    return {"style_shade": table, "style_shaded": 1}


@lru_cache(maxsize=KEPT)
def _shade_with_proposal(
    level: str, k: float, reader: ProposalReader, worth: bytes, cost: bytes, low: float, high: float
) -> np.ndarray:
    samples = np.frombuffer(worth), np.frombuffer(cost)
    return np.stack(shading_before_proposal(level, k, reader, *samples, low, high, SHADE_POINTS))


def _reader(scenario: Scenario) -> ProposalReader:
    able, share = scenario.mediator.competence, 0.5 + 0.5 * scenario.mediator.bias
    if isinstance(able, float):
        return ProposalReader(able, able, share)
    return ProposalReader(able.buyer, able.vendor, share)
