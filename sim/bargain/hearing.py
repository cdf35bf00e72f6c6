"""The share of the other side's table that a side has heard, in direct talks and by any channel.

In direct talks a share h T of what one side knows reaches the other: h is the teller's openness, T
the listener's trust.
"""

from __future__ import annotations

from sim.bargain.disclosure import openness
from sim.jit import rule
from sim.state import BUYER


@rule
def face_to_face_reach(talk, teller):
    """Return (h, h T): a side's openness, and the share of its knowledge that reaches the other."""
    sensitivity = talk.need.exposure if teller == BUYER else talk.vendor.exposure
    h = openness(talk.trust[teller].now, sensitivity, 0.0)
    return h, h * talk.trust[1 - teller].now


@rule
def worth_of_issue(params, table, issue):
    """Return the sum of a table over the levels of an issue, which shows if the table changed."""
    total = 0.0
    for level in range(params.count[issue]):
        total += table[issue, level]
    return total


@rule
def note_told(talk, params, table):
    """Write the buyer's worth of each issue as it is first told. Writes `told`, money a month."""
    for issue in range(params.issues):
        talk.hearing.told[issue] = worth_of_issue(params, table, issue)


@rule
def note_heard(talk, params, side, reach):
    """Write that a share `reach` of the other's table has reached a side. Writes `heard`."""
    for issue in range(params.issues):
        talk.hearing.heard[side, issue] = max(talk.hearing.heard[side, issue], reach)
