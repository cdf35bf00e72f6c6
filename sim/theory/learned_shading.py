"""Shading in the k-double auction that is reached rather than computed: level by level, or learnt.

Types are U[0, 1]. Level 0 tells the truth and level n is the best reply to level n − 1 (Crawford &
Iriberri 2007; here with lines, to which a line is the best reply). The learner knows no theory. It
claims along a line of its type, tries two neighbouring lines against the same opponents, and moves
towards the one that earned more (simultaneous perturbation, Spall 1992). Both sides learn at once,
from their payoffs only. If there is some trade to begin with, they find the linear equilibrium up
to the size of their trials.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.theory.double_auction import TRUTHFUL, LinearClaim

Array = NDArray[np.float64]
DECAY, SPREAD = 0.602, 0.101  # exponents of step and trial size that Spall recommends
MEAN, DEVIATION = 0.5, 12.0**-0.5  # of a type, U[0, 1]


class LearnedLines(NamedTuple):
    """Lines that two learners reached, and those on the way, (step, side, slope or constant)."""

    bid: LinearClaim
    ask: LinearClaim
    path: Array


def level_k_lines(k: float, level: int) -> tuple[LinearClaim, LinearClaim]:
    """Return the lines of bid and ask of level `level`, both best replies to the level below.

    From level 3 on the error is a few thousandths, since types of level 2 that cannot trade leave
    its line.
    """
    bid, ask = TRUTHFUL, TRUTHFUL
    for _ in range(level):
        bid, ask = best_reply_lines(k, bid, ask)
    return bid, ask


def best_reply_lines(
    k: float, bid: LinearClaim, ask: LinearClaim
) -> tuple[LinearClaim, LinearClaim]:
    """Return the best replies of both sides to each other's line.

    From worth − b = k (b − lowest ask), and its mirror. Slopes do not depend on the other side's
    line, only constants do.
    """
    highest = bid.slope + bid.constant
    return (
        LinearClaim(1 / (1 + k), k * ask.constant / (1 + k)),
        LinearClaim(1 / (2 - k), (1 - k) * highest / (2 - k)),
    )


def learn_lines(
    k: float = 0.5,
    start: tuple[LinearClaim, LinearClaim] = (TRUTHFUL, TRUTHFUL),
    steps: int = 4_000,
    meetings: int = 4_000,
    seed: int = 1,
    trial: float = 0.03,
    safe: bool = False,
    misinformed: bool = False,
) -> LearnedLines:
    """Let both sides learn a line from their payoffs; return the mean of the last quarter.

    Each of `steps` steps is played in `meetings` meetings; trials start with the size `trial` and
    shrink slowly. With `safe` a side claims its type wherever its line lies beyond the type, and so
    never loses. With `misinformed` it learns from the other side's payoffs with a random sign, as a
    control that must not converge.
    """
    luck = np.random.default_rng(seed)
    lines = np.array([start[0], start[1]], float)  # slope and constant; moved as level and tilt
    path = np.empty((steps, 2, 2))
    for step in range(steps):
        size = trial / (step + 1) ** SPREAD
        rate = 1.5 / (step + 51) ** DECAY  # the delay of 50 keeps the first steps from overshooting
        types = luck.random(meetings), luck.random(meetings)
        signs = luck.choice((-1.0, 1.0), (2, 2))
        gains = np.empty(2)
        for side in (0, 1):
            earned = [
                _mean_payoff(
                    k, _move_line(lines, side, size * sign * signs[side]), types, side, safe
                )
                for sign in (1.0, -1.0)
            ]
            gains[side] = earned[0] - earned[1]
        if misinformed:
            gains = gains[::-1] * luck.choice((-1.0, 1.0), 2)
        moves = rate * gains[:, None] / (2.0 * size) * signs
        lines = _move_line(_move_line(lines, 0, moves[0]), 1, moves[1])
        path[step] = lines
    bid, ask = path[-max(1, steps // 4) :].mean(axis=0)
    return LearnedLines(LinearClaim(*map(float, bid)), LinearClaim(*map(float, ask)), path)


def _move_line(lines: Array, side: int, change: Array) -> Array:
    """Return the lines after one side changed its level, taken at the mean type, and its tilt.

    The tilt is per standard deviation of the type, so that both numbers matter alike.
    """
    level, tilt = change
    slope = tilt / DEVIATION
    moved = lines.copy()
    moved[side] += (slope, level - slope * MEAN)
    return moved


def _mean_payoff(
    k: float, lines: Array, types: tuple[Array, Array], side: int, safe: bool
) -> float:
    """Return a side's mean payoff; a claim beyond its own type may lose money unless `safe`."""
    worth, cost = types
    bid, ask = lines[0, 0] * worth + lines[0, 1], lines[1, 0] * cost + lines[1, 1]
    if safe:
        bid, ask = np.minimum(bid, worth), np.maximum(ask, cost)
    price = k * bid + (1.0 - k) * ask
    gain = worth - price if side == 0 else price - cost
    return float((gain * (bid >= ask)).mean())
