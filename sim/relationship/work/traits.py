"""Mutual traits of a tie from what both sides can observe, each a recent average from 0 to 1.

Five signs of a healthy relationship are scored in practice: trust, respect, collaboration, success,
goals. Trust and goals are states and are read off at the end of a month (`month_end.py`). The other
three are conduct: each served month is scored and weighed into an average of recent months.

Respect is observed fair treatment: promises are delivered, dues are paid, nobody is squeezed or
held up, no hidden problem is found (interactional fairness, Bies & Moag
1986; Colquitt 2001). Collaboration is two-way information flow: bad news reported, not found, and
reviews in which both report (Anderson & Narus 1990; Mohr & Spekman 1994); a month without news
changes nothing. Success is that both sides gain over their outside options in certainty-equivalent
money, which leaves out the luck of a single delivery. No rule reads a trait, so measuring one
changes nothing.
"""

from __future__ import annotations

from sim.jit import hot, rule
from sim.words import Function, Institution, ReviewMode

PLANNER, PARTNERSHIP = int(Institution.PLANNER), int(Institution.PARTNERSHIP)
REVIEW, TWO_WAY = 1 << int(Function.REVIEW), int(ReviewMode.TWO_WAY)
# Weight of the newest month. 0.9^6.6 = ½: half of a score is older than half a year, as with
# half-yearly scorecards.
MONTH_WEIGHT = 0.1


@hot
def score_traits(talk, params, books, totals):
    """Score a served month: update `success`, `respect` and `collaboration` of the tie."""
    row = talk.tie
    won = books.buyer > 0.0 and books.vendor > 0.0
    if won:
        totals.both_gain += 1
    if talk.log.memo.withheld > 0.0:
        row.unfair += 1
    if params.institution != PLANNER:
        row.success = recent_average(row.success, 1.0 if won else 0.0)
        row.respect = recent_average(row.respect, fairness_score(talk.log.memo))
        row.collaboration = collaboration_after_month(row, talk.log.memo, params)


@rule
def recent_average(average, score):
    """Return an average of recent months with one more month's score in it; shares."""
    return average + MONTH_WEIGHT * (score - average)


@rule
def fairness_score(flows):
    """Return the share of four claims to fair treatment that a month met."""
    met = 1.0 if flows.kept == 1 else 0.0
    met += 1.0 if flows.withheld <= 0.0 else 0.0
    met += 1.0 if flows.disrespect == 0 else 0.0
    met += 1.0 if flows.hidden_now == 0 else 0.0
    return 0.25 * met


@rule
def collaboration_after_month(row, flows, params):
    """Return the average of collaboration after a month; share.

    A problem told scores 1, one found out 0, a review 1 if both ways and ½ if one way.
    """
    told, news = float(flows.told_now), float(flows.told_now + flows.hidden_now)
    if params.reviews_every > 0 and row.reviewed == row.months:
        both = params.institution == PARTNERSHIP or params.reviews_mode == TWO_WAY
        told += 1.0 if both or row.functions & REVIEW else 0.5
        news += 1.0
    return recent_average(row.collaboration, told / news) if news > 0.0 else row.collaboration
