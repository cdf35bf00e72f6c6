"""Standings of a tournament: scores and ranks with intervals, and the equilibrium of strategies.

A cell is one side of one domain. The score of a strategy in a cell is its mean payoff there against
every strategy, its own twin included. The bootstrap resamples cells, the same ones for all
strategies, so that ranks compare strategies on equal terms (Efron 1979, percentile intervals).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.measure.intervals import TAILS, bootstrap_counts
from sim.outcomes.many.tournament import Tournament
from sim.theory.symmetric import Mixture, symmetric_equilibrium


@dataclass(frozen=True)
class Standing:
    """The results of one strategy: utilities after discount, rates as shares of its meetings."""

    strategy: str
    rank: int  # equal scores share the better rank
    rank_low: int  # 95 % bootstrap interval over cells
    rank_high: int
    score: float
    score_low: float  # NaN with fewer than two cells
    score_high: float
    self_play: float  # against its twin, mean of both sides
    welfare: float  # of both sides together
    agreement: float
    optimal: float  # share of its agreements that are Pareto-optimal, NaN if it has none
    to_nash: float  # mean distance of outcomes from the Nash solution, before discount
    weight: float  # in the equilibrium of the game between the strategies


@dataclass(frozen=True, eq=False)
class Standings:
    """All standings, best first, and the game between strategies in the tournament's order.

    `payoff[i, j]` is the mean utility of i against j over domains, sides and openers; `equilibrium`
    is the symmetric equilibrium of that game, `cells` the number of cells resampled.
    """

    rows: tuple[Standing, ...]
    payoff: np.ndarray
    equilibrium: Mixture
    cells: int


def compute_standings(tournament: Tournament) -> Standings:
    """Return the standings of a tournament, with 95 % intervals over cells.

    Intervals of scores are NaN with a single cell. Those of ranks are quantiles of the ranks in the
    resamples, so they are whole numbers.
    """
    earned = tournament.earned()
    cells = earned.reshape(-1, *earned.shape[2:])
    payoff = cells.mean(axis=0)
    scores = cells.mean(axis=2)  # (cell, strategy)
    mean = scores.mean(axis=0)
    drawn = np.concatenate([block @ scores for block in bootstrap_counts(len(cells))]) / len(cells)
    band = np.quantile(drawn, TAILS, axis=0) if len(cells) > 1 else np.full((2, len(mean)), np.nan)
    ranks = np.array([_rank_scores(row) for row in drawn])
    spread = np.quantile(ranks, TAILS, axis=0, method="inverted_cdf").astype(int)
    mixture = symmetric_equilibrium(payoff)
    rows = [
        _standing(
            tournament,
            k,
            int(_rank_scores(mean)[k]),
            spread[:, k],
            (mean, band),
            payoff[k, k],
            mixture,
        )
        for k in range(len(mean))
    ]
    rows.sort(key=lambda row: (row.rank, row.strategy))
    return Standings(tuple(rows), payoff, mixture, len(cells))


def _rank_scores(scores: np.ndarray) -> np.ndarray:
    """Return ranks from 1, the better rank for equal scores; rounding does not separate scores."""
    above: np.ndarray = (scores[None, :] > scores[:, None] + 1e-12).sum(axis=1)
    return above + 1


def _standing(
    tournament: Tournament, strategy: int, rank: int, spread: np.ndarray, score: tuple[np.ndarray, np.ndarray],
    twin: float, mixture: Mixture,
) -> Standing:  # fmt: skip
    met = tournament.meetings_of(strategy)
    agreed = met["outcome"] >= 0
    mean, band = score
    distances = met["to_nash"][~np.isnan(met["to_nash"])]
    return Standing(
        strategy=tournament.names[strategy],
        rank=rank,
        rank_low=int(spread[0]),
        rank_high=int(spread[1]),
        score=float(mean[strategy]),
        score_low=float(band[0, strategy]),
        score_high=float(band[1, strategy]),
        self_play=float(twin),
        welfare=float((met["paid_buyer"] + met["paid_vendor"]).mean()),
        agreement=float(agreed.mean()),
        optimal=float(met["optimal"][agreed].mean()) if agreed.any() else float("nan"),
        to_nash=float(distances.mean()) if len(distances) else float("nan"),
        weight=float(mixture.shares[strategy]),
    )
