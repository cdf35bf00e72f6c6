"""Investment under hold-up, and what a relationship can enforce by itself: closed forms.

A side invests i at cost i into a return V(i) = 2a√i of which it gets a share. A relational
contract asks for effort e, worth e at cost e²/2, each month; outside, the pair is worth s̄ together
(Levin 2003; MacLeod & Malcomson 1989). The weight of next month is δ.
"""

from __future__ import annotations

import math


def hold_up_efficiency(share: float) -> float:
    """Return the share s(2 − s) of the best surplus that one investor with share s reaches."""
    return share * (2.0 - share)


def two_sided_efficiency(vendor_share: float, vendor_part: float) -> float:
    """Return the same where both sides invest, each in its own part of what can be gained."""
    vendor = vendor_part * hold_up_efficiency(vendor_share)
    return vendor + (1.0 - vendor_part) * hold_up_efficiency(1.0 - vendor_share)


def misjudged_efficiency(share: float, ratio: float) -> float:
    """Return it for one investor who takes a for `ratio` times what it is; negative if too high."""
    return 1.0 - (1.0 - share * ratio) ** 2


def relational_effort(discount: float, outside: float) -> float | None:
    """Return the highest effort that enforces itself; None where none does.

    e²/2 ≤ δ(e − s̄) at most at δ + √(δ² − 2δs̄), and nowhere if δ < 2s̄.
    """
    if discount < 2.0 * outside:
        return None
    return min(1.0, discount + math.sqrt(max(0.0, discount * (discount - 2.0 * outside))))


def relational_surplus(discount: float, outside: float) -> float:
    """Return the joint surplus a month at that effort, or s̄ once the relationship has collapsed."""
    effort = relational_effort(discount, outside)
    return outside if effort is None else effort - effort**2 / 2.0


def patience_for_first_best(outside: float) -> float:
    """Return the δ from which e = 1 enforces itself: ½ / (1 − s̄)."""
    return 0.5 / (1.0 - outside)


def missed_opportunity_share(notice: float, fade: float) -> float:
    """Return the share of the worth of opportunities that is lost until they are noticed.

    Worth fades by `fade` a month; each month, the first included, one is noticed with chance
    `notice` and pays from the next month on.
    """
    return fade / (1.0 - (1.0 - fade) * (1.0 - notice))
