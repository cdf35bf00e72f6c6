"""In a recession running contracts are reopened: squeeze, or give to get."""

from __future__ import annotations

from sim.jit import inlined


@inlined
def reopen(w, s, key, j, t, month):
    """Stub."""
