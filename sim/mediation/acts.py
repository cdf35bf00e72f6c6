"""The acts of a custom mediator, and functions that help to choose them; imported by the user's file.

    from sim.mediation.acts import BOTH, Question, ask, best, middle, nothing, text

The list of acts is closed; the engine decides what they cost, who answers and who votes. Each act moves
the stage of the round on by one, unless it names the stage. Levels are whole numbers from 0, one for
each issue.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compile.sheet_calls import compilable, float_converter
from sim.mediation.rounds.sheet import Move
from sim.records import MAX_ISSUES
from sim.words import Act, Question, Topic

__all__ = [
    "BOTH", "BUYER", "VENDOR", "Question", "Topic", "ask", "ask_about", "best", "middle", "nothing",
    "tell", "text", "worth",
]  # fmt: skip

BUYER, VENDOR, BOTH = 1, 2, 3  # `whom`: sides as bits
NONE = (-1.0,) * MAX_ISSUES  # no text
NO_PRICE = math.nan
NOTHING, ASK, TELL, TEXT = float(Act.NOTHING), float(Act.ASK), float(Act.TELL), float(Act.TEXT)
question_of, topic_of = float_converter(Question), float_converter(Topic)
number_of = float_converter(None)


@compilable
def nothing():
    """End the round."""
    return Move(NOTHING, 0.0, 0.0, NO_PRICE, -1.0, NONE)


@compilable
def ask(question, whom=BOTH, stage=-1):
    """Ask the sides of `whom` a `Question` about the current text; costs a message to each."""
    return Move(ASK, question_of(question), number_of(whom), NO_PRICE, number_of(stage), NONE)


@compilable
def ask_about(question, levels, price, whom=BOTH, stage=-1):
    """Ask a `Question` about a text of the mediator's own.

    If both sides call it better (`Question.BETTER`), it becomes the current text. `price` is money a month.
    """
    return Move(
        ASK,
        question_of(question),
        number_of(whom),
        number_of(price),
        number_of(stage),
        padded(levels),
    )


@compilable
def tell(topic, whom=BOTH, stage=-1):
    """Tell the sides of `whom` the mediator's estimate about a `Topic`; costs a message to each."""
    return Move(TELL, topic_of(topic), number_of(whom), NO_PRICE, number_of(stage), NONE)


@compilable
def text(levels, price, stage=-1):
    """Put a text to the vote; counts as an offer of the talk. `price` is money a month."""
    return Move(TEXT, 0.0, 3.0, number_of(price), number_of(stage), padded(levels))


@compilable
def level_of(levels, issue):
    """Return the level of an issue as a float, −1 beyond the last level given."""
    return float(levels[issue]) if issue < len(levels) else -1.0


@compilable
def padded(levels):
    """Return the levels as a tuple of fixed length, filled with −1."""
    return (
        level_of(levels, 0), level_of(levels, 1), level_of(levels, 2), level_of(levels, 3),
        level_of(levels, 4), level_of(levels, 5), level_of(levels, 6), level_of(levels, 7),
        level_of(levels, 8), level_of(levels, 9), level_of(levels, 10), level_of(levels, 11),
    )  # fmt: skip


@compilable
def worth(seen, side, levels):
    """Return the estimated worth of a text to a side before its price, in money a month.

    `side` is 0 for the buyer, 1 for the vendor; `levels` has one level for each issue.
    """
    total = seen.bases[side]
    for issue in range(len(seen.levels)):
        total += seen.estimate[side, issue, levels[issue]]
    return total


@compilable
def best(seen):
    """Return the levels with the highest estimated joint worth, issue by issue; the lower level at a tie."""
    found = np.zeros(len(seen.levels), np.int64)
    for issue in range(len(seen.levels)):
        most = seen.estimate[0, issue, 0] + seen.estimate[1, issue, 0]
        for level in range(1, seen.levels[issue]):
            both = seen.estimate[0, issue, level] + seen.estimate[1, issue, level]
            if both > most:
                found[issue], most = level, both
    return found


@compilable
def middle(seen, levels):
    """Return the price at which the buyer gets (1 + bias)/2 of the estimated joint worth of a text.

    Both get half if the mediator is neutral. The price is money a month.
    """
    buyer = worth(seen, 0, levels)
    return buyer - (buyer + worth(seen, 1, levels)) * (0.5 + 0.5 * seen.bias)
