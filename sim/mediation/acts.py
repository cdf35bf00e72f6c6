"""What a mediator of a person's own may do, and what it may reckon with: imported by the person's file.

    from sim.mediation.acts import BOTH, Question, ask, best, middle, nothing, text

A closed list of acts; what they cost, who answers and who votes is the engine's. Each act moves the
stage of the round on by one, unless it says to which. Levels are whole numbers from 0, one for each issue.
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

BUYER, VENDOR, BOTH = 1, 2, 3  # whom: the sides it speaks to
NONE = (-1.0,) * MAX_ISSUES
NO_PRICE = math.nan
NOTHING, ASK, TELL, TEXT = float(Act.NOTHING), float(Act.ASK), float(Act.TELL), float(Act.TEXT)
question_of, topic_of = float_converter(Question), float_converter(Topic)
number_of = float_converter(None)


@compilable
def nothing():  # type: ignore[no-untyped-def]
    """End the round."""
    return Move(NOTHING, 0.0, 0.0, NO_PRICE, -1.0, NONE)


@compilable
def ask(question, whom=BOTH, stage=-1):  # type: ignore[no-untyped-def]
    """Ask a `Question` of the sides of `whom`, about the text at hand; a message to each."""
    return Move(ASK, question_of(question), number_of(whom), NO_PRICE, number_of(stage), NONE)


@compilable
def ask_about(question, levels, price, whom=BOTH, stage=-1):  # type: ignore[no-untyped-def]
    """Ask a `Question` about a text of yours; where both call it better, it becomes the current one."""
    return Move(
        ASK,
        question_of(question),
        number_of(whom),
        number_of(price),
        number_of(stage),
        padded(levels),
    )


@compilable
def tell(topic, whom=BOTH, stage=-1):  # type: ignore[no-untyped-def]
    """Tell the sides of `whom` your estimate about a `Topic`; a message to each."""
    return Move(TELL, topic_of(topic), number_of(whom), NO_PRICE, number_of(stage), NONE)


@compilable
def text(levels, price, stage=-1):  # type: ignore[no-untyped-def]
    """Put a text to the vote; an offer of the talk."""
    return Move(TEXT, 0.0, 3.0, number_of(price), number_of(stage), padded(levels))


@compilable
def level_of(levels, k):  # type: ignore[no-untyped-def]
    """Return the level of an issue, −1 beyond the last one that is named."""
    return float(levels[k]) if k < len(levels) else -1.0


@compilable
def padded(levels):  # type: ignore[no-untyped-def]
    """Return levels as a tuple of fixed length."""
    return (
        level_of(levels, 0), level_of(levels, 1), level_of(levels, 2), level_of(levels, 3),
        level_of(levels, 4), level_of(levels, 5), level_of(levels, 6), level_of(levels, 7),
        level_of(levels, 8), level_of(levels, 9), level_of(levels, 10), level_of(levels, 11),
    )  # fmt: skip


@compilable
def worth(seen, side, levels):  # type: ignore[no-untyped-def]
    """Return what a mediator thinks a text is worth to a side (0 buyer, 1 vendor) before its price."""
    total = seen.bases[side]
    for k in range(len(seen.levels)):
        total += seen.estimate[side, k, levels[k]]
    return total


@compilable
def best(seen):  # type: ignore[no-untyped-def]
    """Return the levels that a mediator thinks are worth most to both together."""
    found = np.zeros(len(seen.levels), np.int64)
    for k in range(len(seen.levels)):
        most = seen.estimate[0, k, 0] + seen.estimate[1, k, 0]
        for level in range(1, seen.levels[k]):
            both = seen.estimate[0, k, level] + seen.estimate[1, k, level]
            if both > most:
                found[k], most = level, both
    return found


@compilable
def middle(seen, levels):  # type: ignore[no-untyped-def]
    """Return the price at which each side gets its share of a text: half each, but for the bias."""
    buyer = worth(seen, 0, levels)
    return buyer - (buyer + worth(seen, 1, levels)) * (0.5 + 0.5 * seen.bias)
