"""Mediators are hired by both sides, or turned down."""

from __future__ import annotations

from sim.jit import inlined


@inlined
def hire(talk, s, key, t, month):
    """Stub."""


@inlined
def advise(talk, s, key, gain):
    """Stub."""
    return gain
