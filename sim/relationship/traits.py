"""Five mutual traits from observables."""

from __future__ import annotations

from sim.jit import inlined


@inlined
def note_traits(talk, s, books, month):
    """Stub."""
