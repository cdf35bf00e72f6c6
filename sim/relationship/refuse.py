"""A vendor that cannot deliver says so, and names another."""

from __future__ import annotations

from sim.jit import inlined


@inlined
def declines(w, s, key, j, tie, t, candidates, month):
    """Stub."""
    return False
