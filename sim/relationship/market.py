"""Deferred acceptance with capacities."""

from __future__ import annotations

from sim.jit import inlined


@inlined
def match(w, s, key, t, candidates, month):
    """Stub."""
