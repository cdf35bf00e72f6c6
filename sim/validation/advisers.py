"""T18–T20: advice of a biased expert, given directly, through a mediator, and to an arbitrator."""

from __future__ import annotations

import numpy as np

from sim.theory import cheap_talk
from sim.theory.second_best import extrapolate
from sim.validation.check import AT_MOST, Check, CheckPoint, Effort

NAMED = (0.05, 1 / 18, 1 / 12, 0.10, 1 / 8, 0.20, 0.25, 0.30, 0.40, 0.50)
SIZES = (3, 3, 2, 2, 2, 2, 1, 1, 1, 1)
CS, MEDIATION = "Crawford & Sobel 1982", "Goltsman, Hörner, Pavlov & Squintani 2009"


def measure_partitions(effort: Effort) -> list[CheckPoint]:
    """Return the points of T18: the largest partition of cheap talk, found by shooting.

    Loss and number of messages against the closed form; a sender at an inner end is indifferent.
    Source: Crawford & Sobel (1982).
    """
    points = []
    for b, size in zip(NAMED, SIZES, strict=True):
        found = cheap_talk.partition_by_shooting(b)
        points.append(
            CheckPoint(
                f"b = {b:.4g}: loss",
                cheap_talk.cheap_talk_loss(b),
                cheap_talk.loss_of_partition(found),
                1e-9,
            )
        )
        points.append(CheckPoint(f"b = {b:.4g}: messages", size, len(found) - 1, 0.0))
    for b in effort.draws("T18").uniform(0.002, 0.6, effort.choose(6, 200)).round(4):
        b, found = float(b), cheap_talk.partition_by_shooting(float(b))
        points.append(
            CheckPoint(
                f"b = {b:g}: loss",
                cheap_talk.cheap_talk_loss(b),
                cheap_talk.loss_of_partition(found),
                1e-9,
            )
        )
        points.append(
            CheckPoint(f"b = {b:g}: torn at every end", 0.0, _indifference_gap(found, b), 1e-9)
        )
    return points


def _indifference_gap(ends: np.ndarray, bias: float) -> float:
    """Return the largest difference in payoff of neighbouring messages for senders at inner ends.

    `ends` are those of the intervals of a partition; 0 in an equilibrium.
    """
    means = (ends[1:] + ends[:-1]) / 2
    below = (means[:-1] - ends[1:-1] - bias) ** 2
    above = (means[1:] - ends[1:-1] - bias) ** 2
    return float(np.abs(below - above).max(initial=0.0))


def refute_partitions(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T18: one message fewer; intervals of equal length."""
    points = []
    for b in (0.05, 1 / 12, 0.20):
        size = cheap_talk.partition_size(b) - 1
        i = np.arange(size + 1)
        fewer = i / size + 2.0 * i * (i - size) * b
        points.append(
            CheckPoint(
                f"b = {b:.4g}: a message fewer",
                cheap_talk.cheap_talk_loss(b),
                cheap_talk.loss_of_partition(fewer),
                1e-9,
            )
        )
    return [
        *points,
        CheckPoint(
            "b = .2: equal intervals, torn",
            0.0,
            _indifference_gap(np.array([0, 0.5, 1]), 0.2),
            1e-9,
        ),
    ]


def measure_best_mediator(effort: Effort) -> list[CheckPoint]:
    """Return the points of T19: the least loss of a mediator, and of an arbitrator.

    By linear programme over a grid of states, extrapolated, against b(1 − b)/3.
    Source: Goltsman, Hörner, Pavlov & Squintani (2009).
    """
    drawn = effort.draws("T19").uniform(0.06, 0.45, effort.choose(1, 4)).round(3)
    points = []
    for b in (0.2, 0.1, 0.3, *(float(x) for x in drawn)):
        found = _limit_loss(b, effort)
        points.append(CheckPoint(f"b = {b:g}: loss", cheap_talk.mediation_loss(b), found, 4e-4))
    for b in (0.1, 0.3):
        found = _limit_loss(b, effort, obeyed=False)
        points.append(
            CheckPoint(f"b = {b:g}: loss, arbitrator", cheap_talk.arbitration_loss(b), found, 4e-4)
        )
    return points


def _limit_loss(bias: float, effort: Effort, *, obeyed: bool = True) -> float:
    """Return the loss by linear programme, extrapolated from two grids of states.

    `obeyed` is False for an arbitrator, whose recommendation binds.
    """
    states = effort.choose(20, 30)
    coarse, fine = (
        cheap_talk.loss_by_programme(bias, n, obeyed=obeyed) for n in (states, 2 * states)
    )
    return extrapolate(coarse, fine)


def refute_best_mediator(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T19: cheap talk, a coarse grid, an arbitrator."""
    coarse = cheap_talk.loss_by_programme(0.2, 20)
    bound = _limit_loss(0.2, Effort(), obeyed=False)
    return [
        CheckPoint(
            "b = .2: cheap talk",
            cheap_talk.mediation_loss(0.2),
            cheap_talk.cheap_talk_loss(0.2),
            4e-4,
        ),
        CheckPoint(
            "b = .2: 20 states, no limit taken", cheap_talk.mediation_loss(0.2), coarse, 4e-4
        ),
        CheckPoint("b = .2: not obeyed but bound", cheap_talk.mediation_loss(0.2), bound, 4e-4),
    ]


def measure_saving_by_bias(effort: Effort) -> list[CheckPoint]:
    """Return the points of T20: the share of loss that mediation saves, by bias.

    It is greatest, 25 %, at b = 1/4 and vanishes at b = 1/(2N²).
    """
    grid = np.unique(np.append(np.linspace(0.01, 0.6, effort.choose(1_181, 59_001)), 0.25))
    cuts = np.array([_loss_saved(float(b)) for b in grid])
    points = [
        CheckPoint("b where most is saved", 0.25, float(grid[cuts.argmax()]), 1e-6),
        CheckPoint("saved there", 0.25, float(cuts.max()), 1e-6),
        CheckPoint("least saved anywhere", 0.0, -float(cuts.min()), 1e-9, kind=AT_MOST),
    ]
    for b in (
        1 / 2,
        1 / 8,
        1 / 18,
        1 / 32,
        *(1 / (2.0 * n * n) for n in range(5, effort.choose(7, 20))),
    ):
        points.append(CheckPoint(f"saved at b = {b:.4g} = 1/(2N²)", 0.0, _loss_saved(b), 1e-6))
    for b, saved in (
        (1 / 12, 1 / 12),
        (0.10, 0.027027),
        (0.20, 0.123288),
        (0.30, 0.16),
        (0.40, 0.04),
    ):
        points.append(CheckPoint(f"saved at b = {b:.4g}", saved, _loss_saved(b), 1e-6))
    return points


def _loss_saved(bias: float) -> float:
    """Return the share of the receiver's loss under cheap talk that the best mediator saves."""
    talk = cheap_talk.loss_of_partition(cheap_talk.partition_by_shooting(bias))
    return 1.0 - cheap_talk.mediation_loss(bias) / talk


def refute_saving_by_bias(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T20: savings of an arbitrator, which have no such shape."""
    points = []
    for b in (1 / 8, 1 / 18):
        saved = 1.0 - cheap_talk.arbitration_loss(b) / cheap_talk.cheap_talk_loss(b)
        points.append(CheckPoint(f"arbitrator at b = {b:.4g}", 0.0, saved, 1e-6))
    grid = np.linspace(0.01, 0.5, 491)
    savings = [1.0 - cheap_talk.arbitration_loss(b) / cheap_talk.cheap_talk_loss(b) for b in grid]
    return [
        *points,
        CheckPoint(
            "b where an arbitrator saves most", 0.25, float(grid[int(np.argmax(savings))]), 1e-6
        ),
    ]


CHECKS = (
    Check("T18", "advice", "cheap talk: the largest partition and its loss", "1/(12N²) + b²(N²−1)/3", CS,
          "theory", "a message fewer; equal intervals", measure_partitions, refute_partitions),
    Check("T19", "advice", "the best mediator, by linear programme", "b(1−b)/3", MEDIATION, "theory",
          "cheap talk; a coarse grid; an arbitrator", measure_best_mediator, refute_best_mediator),
    Check("T20", "advice", "mediation helps most at b = 1/4, not at 1/(2N²)", "25 %; 0", MEDIATION, "theory",
          "an arbitrator", measure_saving_by_bias, refute_saving_by_bias),
)  # fmt: skip
