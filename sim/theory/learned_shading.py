"""Shading in the k-double auction that is not computed but reached: level by level, or by learning.

Types are U[0, 1]. Level 0 tells the truth, level n replies best to level n − 1 (Crawford & Iriberri
2007; here with lines, to which a line is the best reply). The learner knows no theory: it says a line
of its type, tries two neighbours of it against the same people, and moves towards the one that earned
more (simultaneous perturbation, Spall 1992). Both sides learn at once, from their payoffs only.
Where there is some trade to begin with, it finds the linear equilibrium but for the size of its
trials.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.theory.double_auction import TRUTHFUL, LinearClaim

Array = NDArray[np.float64]
DECAY, SPREAD = 0.602, 0.101  # Spall's exponents of step and trial size
MEAN, DEVIATION = 0.5, 12.0**-0.5  # of a type


class LearnedLines(NamedTuple):
    """Where two learners came to, and their lines on the way: (step, side, slope or constant)."""

    bid: LinearClaim
    ask: LinearClaim
    path: Array


def level_k_lines(k: float, level: int) -> tuple[LinearClaim, LinearClaim]:
    """Return bid and ask of level `level`, both replying best to lines of the level below.

    From level 3 on a few thousandths are left: types of level 2 that cannot trade are off its line.
    """
    bid, ask = TRUTHFUL, TRUTHFUL
    for _ in range(level):
        bid, ask = best_reply_lines(k, bid, ask)
    return bid, ask


def best_reply_lines(
    k: float, bid: LinearClaim, ask: LinearClaim
) -> tuple[LinearClaim, LinearClaim]:
    """Return the best replies to each other's line: worth − b = k (b − lowest ask), and its mirror.

    The slope does not depend on the other's line; only the constants have anything to find.
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
    """Let both sides learn a line from payoffs, with trials of size `trial` that shrink slowly.

    `safe` learners say their type where the line lies beyond it, and never lose; `misinformed` ones are
    told the other side's payoffs with a random sign.
    """
    luck = np.random.default_rng(seed)
    lines = np.array([start[0], start[1]], float)  # as one says them; moved as level and tilt
    path = np.empty((steps, 2, 2))
    for step in range(steps):
        size = trial / (step + 1) ** SPREAD
        rate = 1.5 / (step + 51) ** DECAY
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
    """Return the lines after one side changed its level (at the mean type) and its tilt.

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
    """Return a side's mean payoff; whoever says more than its type bears the loss, unless `safe`."""
    worth, cost = types
    bid, ask = lines[0, 0] * worth + lines[0, 1], lines[1, 0] * cost + lines[1, 1]
    if safe:
        bid, ask = np.minimum(bid, worth), np.maximum(ask, cost)
    price = k * bid + (1.0 - k) * ask
    gain = worth - price if side == 0 else price - cost
    return float((gain * (bid >= ask)).mean())
