"""How far a side's claimed reservation value lies from its true one, by strategic level."""

from __future__ import annotations

from sim.jit import rule


@rule
def interpolate(table, t):
    """Return the value at t of a table on an even grid of [0, 1], linear in between, constant outside."""
    last = table.shape[0] - 1
    x = min(max(t, 0.0), 1.0) * last
    low = min(int(x), last - 1)
    return table[low] + (x - low) * (table[low + 1] - table[low])


@rule
def amount_shaded(side, reservation, table, lowest, highest):
    """Return by how much a side shades its reservation value for the standard package, in money a month.

    `reservation` is the most the buyer would pay or the least the vendor would accept. `table` holds the shade by
    side, as a share of the conceivable range [lowest, highest], on an even grid of that range.
    """
    width = highest - lowest
    if width <= 0.0:
        return 0.0
    return width * interpolate(table[side], (reservation - lowest) / width)
