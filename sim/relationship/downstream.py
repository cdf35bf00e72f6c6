"""A need's own customers: demand follows the quality delivered."""

from __future__ import annotations

from sim.jit import inlined


@inlined
def follow_quality(w, s, j, delivered):
    """Stub."""
