"""What happens to a need before anybody acts: contacts leave, needs shift, opportunities arise."""

from __future__ import annotations

from sim.jit import rule
from sim.relationship.drift import needs_shift
from sim.relationship.grow import opportunity_arises
from sim.relationship.turnover import contacts_leave


@rule
def events_of_need(w, s, key, j, t, candidates, month):
    """Let the month's outside events reach one need; each is drawn whatever anybody does."""
    if s.turnover_buyer > 0.0 or s.turnover_vendor > 0.0 or s.drift_strategy_rate > 0.0:
        contacts_leave(w, s, key, j, t, candidates, month)
    if s.drift_rate > 0.0 or s.drift_strategy_rate > 0.0:
        needs_shift(w, s, key, j, t, candidates, month)
    if s.growth_rate > 0.0:
        opportunity_arises(w, s, key, j, t, month)
