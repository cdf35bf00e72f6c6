"""What a pair has learnt about working together: `lore`, from 0 to 1, by service and by reviews.

Each occasion teaches a share of what is left to learn, so that n of them leave (1 − r)ⁿ: a learning
curve that flattens as experience adds up (Argote & Epple 1990). What is learnt is of use in this
tie alone (relation-specific: Dyer & Hatch 2006). It sits in the routines of both firms: it outlasts
contracts, a spell with another vendor and the contacts of either side.
"""

from __future__ import annotations

from sim.jit import rule


@rule
def learn_together(row, rate):
    """Let a pair learn a share `rate` of what is left to learn. Writes `lore`."""
    row.lore += rate * (1.0 - row.lore)
