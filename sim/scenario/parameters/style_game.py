"""How far sides shade if a mediator's style changes the game of a talk over one issue.

Bracketing is a sealed bid with k = (1 − bias)/2, whatever the `negotiation.k` of direct talks. Under the style
`proposal`, sides know that a price may follow a failed bid. A mediator that reads nothing proposes the middle of
the populations' means; one that reads claims exactly sees that they do not overlap, and proposes nothing. Under other
styles truth is a best reply (votes on a posted price, the shuttle), or sides shade as in direct talks, as they
do over several issues.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.scenario.mediator_styles import parse_style_lists
from sim.scenario.parameters.reservations import (
    KEPT_SHADES,
    Reservations,
    is_one_uniform_issue,
    shades_in_talks,
)
from sim.scenario.parameters.setup_tables import SHADE_POINTS
from sim.theory.style_shading import ProposalReader, shading_before_proposal
from sim.words import Style

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario


def game_columns(scenario: Scenario, shade: np.ndarray, values: Reservations) -> dict[str, Any]:
    """Return the columns `style_shade`, both sides' shading under the mediator's styles, and `style_shaded`.

    `style_shaded` is 1 if that shading differs from the one in direct talks, `shade`. `values` are the
    reservation values for the package that sides expect.
    """
    mediator, level = scenario.mediator, scenario.negotiation.level
    lists = parse_style_lists(mediator.style)
    styles = {style.entry.style for style in lists[0]} & {Style.BRACKETING, Style.PROPOSAL}
    idle = (
        "broker" not in mediator.functions or mediator.enters == "implementation" or len(lists) > 1
    )
    if level == "truthful" or len(scenario.issues) > 1 or idle or not styles:
        return {"style_shade": shade, "style_shaded": 0}
    k = 0.5 - 0.5 * mediator.bias if Style.BRACKETING in styles else scenario.negotiation.k
    uniform = is_one_uniform_issue(scenario)
    table = shades_in_talks(level, k, values, uniform)
    reader = _proposal_reader(scenario)
    # A mediator that reads everything sees that claims did not overlap, and proposes nothing.
    if Style.PROPOSAL in styles and reader[:2] != (1.0, 1.0):
        table = _shade_with_proposal(level, k, reader, values, uniform)
    return {"style_shade": table, "style_shaded": 1}


@lru_cache(maxsize=KEPT_SHADES)
def _shade_with_proposal(
    level: str, k: float, reader: ProposalReader, values: Reservations, uniform: bool
) -> np.ndarray:
    """Return both sides' shading if a proposal follows a failed bid, shape (2, SHADE_POINTS)."""
    ends = values[-2:]
    samples = values.samples()
    if uniform:
        samples = (np.linspace(*ends, 2 * SHADE_POINTS + 1),) * 2
    return np.stack(shading_before_proposal(level, k, reader, *samples, *ends, SHADE_POINTS))


def _proposal_reader(scenario: Scenario) -> ProposalReader:
    """Return the mediator's competence about each side, and the buyer's share, (1 + bias)/2."""
    competence, share = scenario.mediator.competence, 0.5 + 0.5 * scenario.mediator.bias
    if isinstance(competence, float):
        return ProposalReader(competence, competence, share)
    return ProposalReader(competence.buyer, competence.vendor, share)
