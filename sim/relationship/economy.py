"""Calm and recession, a two-state Markov chain common to a world."""

from __future__ import annotations

from sim.jit import inlined


@inlined
def turn_economy(w, s, key, t, month):
    """Stub."""
