"""The cost of monitoring a running contract, which falls with the buyer's trust in its vendor.

Trust takes the place of monitoring (Dyer & Chu 2003; transaction costs and trust: Zaheer, McEvily &
Perrone 1998). With trust T a month costs C (1 − (1 − l) T), from C without any trust to l C at full
trust. Dyer & Chu found, over 344 ties of suppliers with eight car makers, that the maker its
suppliers trusted least bought less than a fifth as much per head of purchasing staff as the one
they trusted most: l = 1/5.

Their trust is the suppliers' in the maker, and their cost is that of everything the purchasing
staff do. Here the buyer's own trust decides, because the buyer is the one who watches. A mediator
lowers the cost only by what it does for that trust.
"""

from __future__ import annotations

from sim.jit import rule


@rule
def monitoring_cost(trust, params):
    """Return the cost of a month's monitoring to a buyer with that trust in its vendor; money."""
    return params.governance_monitoring * (1.0 - (1.0 - params.governance_least) * trust)
