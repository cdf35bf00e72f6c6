"""Regular reviews of a running contract."""

from __future__ import annotations

from sim.jit import inlined


@inlined
def review(w, talk, s, key, j, t, month):
    """Stub."""
