"""What a buyer needs shifts, and insiders see it late."""

from __future__ import annotations

from sim.jit import inlined


@inlined
def needs_shift(w, s, key, j, t, candidates, month):
    """Stub."""
