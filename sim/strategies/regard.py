"""A side with regard for the other's payoff asks for less: utility = own + ω × believed other's.

Quasi-maximin preferences of two players (Charness & Rabin 2002): at ω = 1 every split is worth the same to a
side, and it asks for half of the pie that it believes in, with unshaded claims.
"""

from __future__ import annotations

from sim.jit import rule


@rule
def claims_with_regard(floor, opening, regard):
    """Return (floor, opening) of a side with regard ω: (1 − ω) of each, plus ω of an unshaded half.

    `regard` is ω, 0 to 1; at 0 nothing changes.
    """
    if regard <= 0.0:
        return floor, opening
    half = max(floor, 0.5 * opening)
    return (1.0 - regard) * floor, (1.0 - regard) * opening + regard * half


@rule
def ask_with_regard(ask, pie, regard):
    """Return the ask of a side with regard ω that would otherwise ask `ask` of a pie it believes in."""
    return (1.0 - regard) * ask + regard * min(ask, max(0.0, 0.5 * pie))
