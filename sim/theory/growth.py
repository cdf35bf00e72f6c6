"""Investment under hold-up, and what a relational contract can enforce by itself: closed forms.

A side invests i at cost i. The return is V(i) = 2a√i, of which the investor gets a share. A
relational contract asks for effort e each month, worth e at cost e²/2; outside it the pair is worth
s̄ together (Levin 2003; MacLeod & Malcomson 1989). The weight of the next month is δ.
"""

from __future__ import annotations

import math


def hold_up_efficiency(share: float) -> float:
    """Return s(2 − s), the part of the best surplus that one investor with share s reaches.

    Example:
        >>> hold_up_efficiency(0.5)
        0.75
    """
    return share * (2.0 - share)


def two_sided_efficiency(vendor_share: float, vendor_part: float) -> float:
    """Return the part of the best surplus that two investors reach, each in its own part.

    `vendor_share` is the vendor's share of any return, `vendor_part` the part of the best surplus
    that comes from its investment; the rest comes from the buyer's.
    """
    vendor = vendor_part * hold_up_efficiency(vendor_share)
    return vendor + (1.0 - vendor_part) * hold_up_efficiency(1.0 - vendor_share)


def misjudged_efficiency(share: float, ratio: float) -> float:
    """Return 1 − (1 − s·ratio)², the efficiency if the investor takes a for a·`ratio`.

    It is negative if the investor overestimates so much that it destroys value.
    """
    return 1.0 - (1.0 - share * ratio) ** 2


def relational_effort(discount: float, outside: float) -> float | None:
    """Return the highest effort that enforces itself, at most 1, or None if no effort does.

    e²/2 ≤ δ(e − s̄) holds up to e = δ + √(δ² − 2δs̄), and nowhere if δ < 2s̄.
    """
    if discount < 2.0 * outside:
        return None
    return min(1.0, discount + math.sqrt(max(0.0, discount * (discount - 2.0 * outside))))


def relational_surplus(discount: float, outside: float) -> float:
    """Return the monthly joint surplus at the highest self-enforcing effort, s̄ if none is."""
    effort = relational_effort(discount, outside)
    return outside if effort is None else effort - effort**2 / 2.0


def patience_for_first_best(outside: float) -> float:
    """Return the δ from which on first-best effort e = 1 enforces itself: ½ / (1 − s̄)."""
    return 0.5 / (1.0 - outside)


def missed_opportunity_share(notice: float, fade: float) -> float:
    """Return the share of the worth of opportunities that is lost before they are noticed.

    Their worth fades by the share `fade` a month. Each month, the first included, an opportunity is
    noticed with chance `notice`, and it pays from the next month on.
    """
    return fade / (1.0 - (1.0 - fade) * (1.0 - notice))
