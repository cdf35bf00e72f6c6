"""Opportunities."""

from __future__ import annotations

from sim.jit import inlined, rule


@rule
def grow_as_planned(talk, s):
    """Let the planner take every opportunity at its best: V = 2a², i = a²."""
    row, need = talk.tie, talk.need
    row.lore = 1.0
    active = need.partner >= 0 and need.first_best + need.potential > 0.0
    row.taken = need.potential if active else 0.0
    row.asset_gain = 2.0 * row.taken
    row.rent_vendor = s.growth_vendor_part * row.taken
    row.rent_buyer = row.taken - row.rent_vendor


@inlined
def grow(w, talk, s, key, j, t, month):
    """Stub."""


@inlined
def opportunity_arises(w, s, key, j, t, month):
    """Stub."""


@inlined
def hold_up(talk, s, month):
    """Stub."""
