"""What a style of a person's own is handed: one sheet of numbers, copied from what any style may know.

The sheet is all it gets. Its own rules see it as `Seen`, in which nothing can be written; its answer is
written at the end of the sheet, and the engine decides what comes of it (`sim/mediation/rounds/custom_calls.py`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.compile.sheet_calls import compilable, read_only
from sim.desk import SHEET
from sim.records import MAX_ISSUES, MAX_LEVELS

# single numbers, then pairs by side, then a number for each issue, then tables
MOMENT, STAGE, ACTS, TEXTS, MESSAGES, PRICE, CURRENT_PRICE, BIAS, ISSUES = range(9)
TAKES_PART, TRUST, BASES, ANSWER, YES, COMPETENCE, LUCK = range(10, 24, 2)
COUNTS = 64
TEXT, CURRENT, BLANK = COUNTS + MAX_ISSUES, COUNTS + 2 * MAX_ISSUES, COUNTS + 3 * MAX_ISSUES
STAKES = COUNTS + 4 * MAX_ISSUES
ESTIMATE = STAKES + 4 * MAX_ISSUES
TABLE = MAX_ISSUES * MAX_LEVELS
MEAN = ESTIMATE + 2 * TABLE
# the answer, among the single numbers and beyond the pairs
KIND, WHAT, WHOM, PUT_PRICE, PUT_STAGE = range(30, 35)
BUSY, CALLS = range(35, 37)  # 1 while a rule is asked, and how often one was
PUT = 40  # levels of the text it puts, or asks about
assert MEAN + 2 * TABLE == SHEET and PUT + MAX_ISSUES <= COUNTS


class SeenByMediator(NamedTuple):
    """What a mediator knows when its turn comes; money is per month, sides are 0 buyer, 1 vendor."""

    moment: int  # sim.words.Moment
    stage: int  # where it is in its round: 0 at the start, its own to move
    acts: int  # what it has done in this round
    texts: int  # of these, texts put to the vote
    messages: int  # asked of a side or told to one, in this talk
    price: float  # of the text asked about or put last
    current_price: float  # of the text that both have kept so far
    bias: float  # its own, −1 for the vendor to 1 for the buyer
    takes_part: Any  # [side] 1 if a side takes part in this round
    trust: Any  # [side] in the mediator, 0 to 1
    bases: Any  # [side] estimated value of a contract before its levels
    answer: Any  # [side] to its last question
    yes: Any  # [side] 1 if a side took the text put last
    competence: Any  # [side] its own about each side
    luck: Any  # two uniform numbers of this round
    levels: Any  # [issue] how many levels there are
    text: Any  # [issue] levels of the text asked about or put last
    current: Any  # [issue] and of the one both have kept: what anybody would write, or was agreed
    blank: Any  # [issue] what a mediator that knows nothing would write
    stakes: Any  # [side, issue, 2] answers issue by issue
    estimate: Any  # [side, issue, level] what it thinks each level is worth
    mean: Any  # [side, issue, level] the mean of the population, which is public


class Move(NamedTuple):
    """What a mediator does next: made by the functions of `sim.mediation.acts`."""

    kind: float
    what: float
    whom: float
    price: float
    stage: float
    levels: tuple[float, ...]


@compilable
def pair(sheet, at):  # type: ignore[no-untyped-def]
    """Return two numbers of a sheet, by side."""
    return read_only(sheet[at : at + 2])


@compilable
def by_issue(sheet, at, issues):  # type: ignore[no-untyped-def]
    """Return whole numbers of a sheet, by issue."""
    return read_only(sheet[at : at + issues].astype(np.int64))


@compilable
def table(sheet, at, issues, levels):  # type: ignore[no-untyped-def]
    """Return a table of a sheet, by side, issue and level."""
    whole = sheet[at : at + 2 * MAX_ISSUES * levels].reshape((2, MAX_ISSUES, levels))
    return read_only(whole[:, :issues, :])


@compilable
def seen_on(sheet):  # type: ignore[no-untyped-def]
    """Return what is written on a sheet as a person's rules read it."""
    n = int(sheet[ISSUES])
    return SeenByMediator(
        int(sheet[MOMENT]), int(sheet[STAGE]), int(sheet[ACTS]), int(sheet[TEXTS]),
        int(sheet[MESSAGES]), sheet[PRICE], sheet[CURRENT_PRICE], sheet[BIAS],
        pair(sheet, TAKES_PART), pair(sheet, TRUST), pair(sheet, BASES), pair(sheet, ANSWER),
        pair(sheet, YES), pair(sheet, COMPETENCE), pair(sheet, LUCK), by_issue(sheet, COUNTS, n),
        by_issue(sheet, TEXT, n), by_issue(sheet, CURRENT, n), by_issue(sheet, BLANK, n),
        table(sheet, STAKES, n, 2), table(sheet, ESTIMATE, n, MAX_LEVELS),
        table(sheet, MEAN, n, MAX_LEVELS),
    )  # fmt: skip


@compilable
def answer_on(sheet, move):  # type: ignore[no-untyped-def]
    """Write on a sheet what a person's rule wants done."""
    sheet[KIND], sheet[WHAT], sheet[WHOM] = move.kind, move.what, move.whom
    sheet[PUT_PRICE], sheet[PUT_STAGE] = move.price, move.stage
    for k in range(MAX_ISSUES):
        sheet[PUT + k] = move.levels[k]
