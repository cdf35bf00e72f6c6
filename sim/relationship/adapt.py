"""Types of conduct spread by imitation of those who earn more (Fermi rule; Traulsen et al. 2006)."""

from __future__ import annotations

from sim.jit import inlined


@inlined
def adapt(w, s, key, t, month):
    """Stub."""
