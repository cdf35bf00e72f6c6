"""Opponent models: what a side can learn of the other's utilities from its offers alone.

A model sees outcomes and never a profile. Both models estimate an additive utility with weights
that add up to 1 and evaluations up to 1, so that estimates can be compared with the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from sim.arithmetic import exp
from sim.jit import OUTCOME_ROOMS, kernel_of_rooms
from sim.summation import ordered_sum

MOST_ORDERED = 8  # issues whose orders are all hypotheses: 8! = 40,320; above, one per issue
SPREAD = 0.15  # standard deviation of an offer's utility around its expectation


@dataclass
class FrequencyModel:
    """Counts: values that are offered often are liked, issues that seldom change are important.

    If an offer repeats the value of an issue, the weight of that issue grows by `growth`; then
    weights are scaled to 1. The evaluation of a value is its count over the largest count of its
    issue. Source: van Krimpen, Looije & Hajizadeh 2013 (HardHeaded), in the form of NegMAS and
    NegoLog.
    """

    sizes: Sequence[int]
    growth: float = 0.1

    def __post_init__(self) -> None:
        self.weights = np.full(len(self.sizes), 1.0 / len(self.sizes))
        self.counts = [np.ones(size) for size in self.sizes]
        self.last: tuple[int, ...] | None = None

    def observe(self, places: tuple[int, ...]) -> None:
        """Learn from an offer, given as the place of each issue's value."""
        if self.last is not None:
            for i, (old, new) in enumerate(zip(self.last, places, strict=True)):
                if old == new:
                    self.weights[i] += self.growth
            self.weights /= ordered_sum(self.weights)
        for counts, place in zip(self.counts, places, strict=True):
            counts[place] += 1.0
        self.last = places

    def utility(self, places: tuple[int, ...]) -> float:
        """Return the estimated utility of an outcome to the other side."""
        shares = [c[k] / c.max() for c, k in zip(self.counts, places, strict=True)]
        return ordered_sum(self.weights * shares)

    def parts(self) -> list[np.ndarray]:
        """Return the part of the estimate that each value adds, one array for each issue."""
        return [w * c / c.max() for w, c in zip(self.weights, self.counts, strict=True)]


@dataclass
class BayesianModel:
    """Hypotheses about the order of importance of issues and the shape of each issue's evaluation.

    In an order the weight of an issue is 2 rank / (n (n + 1)). Shapes rise, fall, or have one peak
    at a value between, in the order in which the domain lists values. An offer at relative time t
    is expected to be worth 1 − `pace` · t to the other side; hypotheses are weighed by a normal
    density around that, with standard deviation `spread`. If the other side concedes at another
    pace, the model is misled. Source: Hindriks & Tykhonov 2008, with the shapes of issues taken as
    independent.
    """

    sizes: Sequence[int]
    pace: float = 0.5
    spread: float = SPREAD

    def __post_init__(self) -> None:
        n = len(self.sizes)
        ranks = np.ones((n, n)) + np.eye(n) * (n - 1)  # each issue in turn the most important
        if n <= MOST_ORDERED:
            ranks = np.array(list(permutations(range(1, n + 1))), float)
        self.orders = ranks / ranks.sum(axis=1, keepdims=True)
        self.order_chance = np.full(len(ranks), 1.0 / len(ranks))
        self.shapes = [_evaluation_shapes(size) for size in self.sizes]
        self.shape_chance = [np.full(len(s), 1.0 / len(s)) for s in self.shapes]

    def observe(self, places: tuple[int, ...], time: float) -> None:
        """Learn from an offer at relative time `time`, given as the place of each value."""
        expected = 1.0 - self.pace * time
        means = self._means(places)
        weights = self.weights
        total = ordered_sum(weights * means)
        for i, place in enumerate(places):
            others = total - weights[i] * means[i]
            guess = others + weights[i] * self.shapes[i][:, place]
            self.shape_chance[i] = self._weighed(self.shape_chance[i], guess, expected)
        guess = row_products(self.orders, self._means(places))
        self.order_chance = self._weighed(self.order_chance, guess, expected)

    def _weighed(self, chance: np.ndarray, guess: np.ndarray, expected: float) -> np.ndarray:
        """Return the posterior chances of hypotheses; the prior if all densities underflow."""
        found = np.empty_like(chance)
        total = weigh_hypotheses(chance, guess, expected, self.spread, found)
        return found / total if total > 0.0 else chance

    def _means(self, places: tuple[int, ...]) -> np.ndarray:
        """Return the expected evaluation of an outcome's values, one for each issue."""
        pairs = zip(self.shape_chance, self.shapes, places, strict=True)
        return np.array([ordered_sum(chance * shape[:, k]) for chance, shape, k in pairs])

    @property
    def weights(self) -> np.ndarray:
        """Expected weights of the issues."""
        return expected_row(self.order_chance, self.orders)

    def parts(self) -> list[np.ndarray]:
        """Return the part that each value is expected to add, one array for each issue."""
        triples = zip(self.weights, self.shape_chance, self.shapes, strict=True)
        return [weight * expected_row(chance, shapes) for weight, chance, shapes in triples]

    def utility(self, places: tuple[int, ...]) -> float:
        """Return the expected utility of an outcome to the other side."""
        return ordered_sum(self.weights * self._means(places))


@kernel_of_rooms(*OUTCOME_ROOMS)
def weigh_hypotheses(chance, guess, expected, spread, into):
    """Weigh hypotheses by a normal density around `expected`; return the sum of weights.

    `guess` is the utility of the offer under each hypothesis. Writes the weights, not scaled, to
    `into`.
    """
    total = 0.0
    for k in range(chance.shape[0]):
        z = (guess[k] - expected) / spread
        into[k] = chance[k] * exp(-0.5 * z * z)
        total += into[k]
    return total


@kernel_of_rooms(*OUTCOME_ROOMS)
def _add_products(rows, numbers, into):
    """Add to `into` every row times `numbers`."""
    for k in range(rows.shape[0]):
        for i in range(rows.shape[1]):
            into[k] += rows[k, i] * numbers[i]


@kernel_of_rooms(*OUTCOME_ROOMS)
def _add_rows(chance, rows, into):
    """Add to `into` the rows, weighted by chance."""
    for k in range(rows.shape[0]):
        for i in range(rows.shape[1]):
            into[i] += chance[k] * rows[k, i]


def row_products(rows: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return every row times `numbers`, added from first to last, unlike BLAS."""
    found = np.zeros(len(rows))
    _add_products(rows, numbers, found)
    return found


def expected_row(chance: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the mean of rows weighted by chances, added up from first to last."""
    found = np.zeros(rows.shape[1])
    _add_rows(chance, rows, found)
    return found


def _evaluation_shapes(size: int) -> np.ndarray:
    """Return the shapes of evaluation over a list of `size` values, one row each, best value 1."""
    if size == 1:
        return np.ones((1, 1))
    x = np.linspace(0.0, 1.0, size)
    rows = [x, 1.0 - x]
    for peak in x[1:-1][:: max(1, (size - 2) // 8)]:  # at most 15, however long the list
        rows.append(np.where(x <= peak, x / peak, (1.0 - x) / (1.0 - peak)))
    return np.array(rows)


def accuracy(estimate: np.ndarray, truth: np.ndarray) -> float:
    """Return the correlation of estimated and true utilities over outcomes; 0 if either is flat."""
    if np.ptp(estimate) == 0.0 or np.ptp(truth) == 0.0:
        return 0.0
    return float(np.corrcoef(estimate, truth)[0, 1])
