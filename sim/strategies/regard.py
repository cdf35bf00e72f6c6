"""A side that cares for the other's payoff asks for less: utility = own + ω × believed other's.

Quasi-maximin preferences with two players (Charness & Rabin 2002): at ω = 1 every split is worth the
same to it, and it asks for half of the pie it believes in, its claims unshaded.
"""

from __future__ import annotations

from sim.jit import rule


@rule
def claims_with_regard(floor, opening, regard):
    """Return (floor, opening) of a side with regard: (1 − ω) of each, and ω of no shade and half."""
    if regard <= 0.0:
        return floor, opening
    half = max(floor, 0.5 * opening)
    return (1.0 - regard) * floor, (1.0 - regard) * opening + regard * half


@rule
def ask_with_regard(ask, pie, regard):
    """Return what a side with regard asks who would else ask `ask` of a pie it believes in."""
    return (1.0 - regard) * ask + regard * min(ask, max(0.0, 0.5 * pie))
