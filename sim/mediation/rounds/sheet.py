"""The sheet of numbers that a custom mediator reads, and on which its answer is written.

The sheet holds a copy of what any style may know, and nothing else. The user's rules see it as a
`MediatorView`, in which nothing can be written. The answer is written at the end of the single numbers, and
the engine decides what happens next (`sim/mediation/rounds/custom_calls.py`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.compile.sheet_calls import compilable, read_only
from sim.desk import SHEET
from sim.records import MAX_ISSUES, MAX_LEVELS

# Places on the sheet: single numbers (0–8), pairs by side (10–23), the answer (30–51), then from 64 on
# numbers by issue and tables. Gaps leave room for more.
MOMENT, STAGE, ACTS, TEXTS, MESSAGES, PRICE, CURRENT_PRICE, BIAS, ISSUES = range(9)
TAKES_PART, TRUST, BASES, ANSWER, YES, COMPETENCE, LUCK = range(10, 24, 2)
COUNTS = 64
TEXT, CURRENT, BLANK = COUNTS + MAX_ISSUES, COUNTS + 2 * MAX_ISSUES, COUNTS + 3 * MAX_ISSUES
STAKES = COUNTS + 4 * MAX_ISSUES
ESTIMATE = STAKES + 4 * MAX_ISSUES
TABLE = MAX_ISSUES * MAX_LEVELS
MEAN = ESTIMATE + 2 * TABLE
KIND, WHAT, WHOM, PUT_PRICE, PUT_STAGE = range(30, 35)
BUSY, CALLS = range(35, 37)  # 1 while a rule runs, and the number of calls so far
PUT = 40  # levels of the text that the answer puts to the vote or asks about
assert MEAN + 2 * TABLE == SHEET and PUT + MAX_ISSUES <= COUNTS


class MediatorView(NamedTuple):
    """What a custom mediator knows at its turn; money is per month, side 0 is the buyer, 1 the vendor."""

    moment: int  # sim.words.Moment
    stage: int  # of its round: 0 at the start, set by the mediator's own acts
    acts: int  # its acts in this round so far
    texts: int  # of these, texts put to the vote
    messages: int  # questions and estimates to a side, in this talk
    price: float  # of the text asked about or put to the vote last
    current_price: float  # of the current text, which both have kept so far
    bias: float  # its own, −1 for the vendor to 1 for the buyer
    takes_part: Any  # [side] 1 if a side takes part in this round
    trust: Any  # [side] in the mediator, 0 to 1
    bases: Any  # [side] estimated value of a contract before its levels
    answer: Any  # [side] to its last question
    yes: Any  # [side] 1 if a side accepted the last text
    competence: Any  # [side] its own about each side
    luck: Any  # two uniform numbers of this round
    levels: Any  # [issue] how many levels there are
    text: Any  # [issue] levels of the text asked about or put to the vote last
    current: Any  # [issue] levels of the current text: the blank one, or what was agreed
    blank: Any  # [issue] levels that a mediator without any knowledge would write
    stakes: Any  # [side, issue, 2] answers issue by issue
    estimate: Any  # [side, issue, level] estimated worth of each level, money a month
    mean: Any  # [side, issue, level] the mean of the population, which is public


class Move(NamedTuple):
    """The next act of a custom mediator, as the functions of `sim.mediation.acts` return it."""

    kind: float
    what: float
    whom: float
    price: float
    stage: float
    levels: tuple[float, ...]


@compilable
def read_pair(sheet, start):
    """Return the two numbers by side that start at a place of a sheet."""
    return read_only(sheet[start : start + 2])


@compilable
def read_by_issue(sheet, start, issues):
    """Return the whole numbers by issue that start at a place of a sheet."""
    return read_only(sheet[start : start + issues].astype(np.int64))


@compilable
def read_table(sheet, start, issues, levels):
    """Return the table [side, issue, level] that starts at a place of a sheet."""
    whole = sheet[start : start + 2 * MAX_ISSUES * levels].reshape((2, MAX_ISSUES, levels))
    return read_only(whole[:, :issues, :])


@compilable
def read_view(sheet):
    """Return the view of a sheet that the user's rules read."""
    issues = int(sheet[ISSUES])
    return MediatorView(
        int(sheet[MOMENT]), int(sheet[STAGE]), int(sheet[ACTS]), int(sheet[TEXTS]),
        int(sheet[MESSAGES]), sheet[PRICE], sheet[CURRENT_PRICE], sheet[BIAS],
        read_pair(sheet, TAKES_PART), read_pair(sheet, TRUST), read_pair(sheet, BASES), read_pair(sheet, ANSWER),
        read_pair(sheet, YES), read_pair(sheet, COMPETENCE), read_pair(sheet, LUCK), read_by_issue(sheet, COUNTS, issues),
        read_by_issue(sheet, TEXT, issues), read_by_issue(sheet, CURRENT, issues), read_by_issue(sheet, BLANK, issues),
        read_table(sheet, STAKES, issues, 2), read_table(sheet, ESTIMATE, issues, MAX_LEVELS),
        read_table(sheet, MEAN, issues, MAX_LEVELS),
    )  # fmt: skip


@compilable
def write_answer(sheet, move):
    """Write the act of a user's rule on a sheet."""
    sheet[KIND], sheet[WHAT], sheet[WHOM] = move.kind, move.what, move.whom
    sheet[PUT_PRICE], sheet[PUT_STAGE] = move.price, move.stage
    for issue in range(MAX_ISSUES):
        sheet[PUT + issue] = move.levels[issue]
