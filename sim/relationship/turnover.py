"""Contacts leave, and take what they know with them."""

from __future__ import annotations

from sim.jit import inlined


@inlined
def contacts_leave(w, s, key, j, t, candidates, month):
    """Stub."""
