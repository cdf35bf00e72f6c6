"""What a side can learn of the other's utilities from its offers alone.

A model sees outcomes and never a profile. Both estimate an additive utility with weights that add
up to 1 and evaluations up to 1, so that estimates can be compared with the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from sim.arithmetic import exp
from sim.jit import OUTCOME_ROOMS, kernel_of_rooms
from sim.outcomes.domains.domain import added

MOST_ORDERED = 8  # issues whose orders of importance are all looked at
SPREAD = 0.15  # standard deviation of an offer's utility around what is expected of it


@dataclass
class Frequency:
    """Counts: values offered often are liked, issues seldom changed are important.

    After an offer whose issue has the same value as the one before, that issue's weight grows by
    `growth`, and weights are scaled to 1; a value's evaluation is its count over the largest of its
    issue. Source: van Krimpen, Looije & Hajizadeh 2013 (HardHeaded), as in NegMAS and NegoLog.
    """

    sizes: Sequence[int]
    growth: float = 0.1

    def __post_init__(self) -> None:
        self.weights = np.full(len(self.sizes), 1.0 / len(self.sizes))
        self.counts = [np.ones(size) for size in self.sizes]
        self.last: tuple[int, ...] | None = None

    def see(self, places: tuple[int, ...]) -> None:
        """Learn from one offer, given as the place of each issue's value."""
        if self.last is not None:
            for i, (old, new) in enumerate(zip(self.last, places, strict=True)):
                if old == new:
                    self.weights[i] += self.growth
            self.weights /= added(self.weights)
        for counts, place in zip(self.counts, places, strict=True):
            counts[place] += 1.0
        self.last = places

    def utility(self, places: tuple[int, ...]) -> float:
        """Return the estimated utility of an outcome to the other side."""
        shares = [c[k] / c.max() for c, k in zip(self.counts, places, strict=True)]
        return float(added(self.weights * shares))

    def parts(self) -> list[np.ndarray]:
        """Return what each value of each issue adds to the estimate."""
        return [w * c / c.max() for w, c in zip(self.weights, self.counts, strict=True)]


@dataclass
class Bayesian:
    """Hypotheses: an order of importance of the issues, and a shape of evaluation for each.

    Weights of the order are 2 rank / (n (n + 1)). Shapes are rising, falling, or with one peak at a
    value between, in the order in which the domain lists values. An offer in relative time t is
    expected to be worth 1 − `pace` · t to the other side; hypotheses are weighed by a normal density
    around that. Where the other side concedes otherwise, this misleads. Source: Hindriks & Tykhonov
    2008, with the issues' shapes taken as independent.
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
        self.shapes = [_shapes(size) for size in self.sizes]
        self.shape_chance = [np.full(len(s), 1.0 / len(s)) for s in self.shapes]

    def see(self, places: tuple[int, ...], time: float) -> None:
        """Learn from one offer made at relative time `time`."""
        expected = 1.0 - self.pace * time
        means = self._means(places)
        weights = self.weights
        total = added(weights * means)
        for i, place in enumerate(places):
            others = total - weights[i] * means[i]
            guess = others + weights[i] * self.shapes[i][:, place]
            self.shape_chance[i] = self._weighed(self.shape_chance[i], guess, expected)
        guess = products(self.orders, self._means(places))
        self.order_chance = self._weighed(self.order_chance, guess, expected)

    def _weighed(self, chance: np.ndarray, guess: np.ndarray, expected: float) -> np.ndarray:
        found = np.empty_like(chance)
        total = weigh(chance, guess, expected, self.spread, found)
        return found / total if total > 0.0 else chance

    def _means(self, places: tuple[int, ...]) -> np.ndarray:
        pairs = zip(self.shape_chance, self.shapes, places, strict=True)
        return np.array([added(chance * shape[:, k]) for chance, shape, k in pairs])

    @property
    def weights(self) -> np.ndarray:
        """Return the expected weights of the issues."""
        return expected_row(self.order_chance, self.orders)

    def parts(self) -> list[np.ndarray]:
        """Return what each value of each issue is expected to add."""
        triples = zip(self.weights, self.shape_chance, self.shapes, strict=True)
        return [weight * expected_row(chance, shapes) for weight, chance, shapes in triples]

    def utility(self, places: tuple[int, ...]) -> float:
        """Return the expected utility of an outcome to the other side."""
        return float(added(self.weights * self._means(places)))


@kernel_of_rooms(*OUTCOME_ROOMS)
def weigh(chance, guess, expected, spread, into):
    """Weigh hypotheses by a normal density around what is expected; return the sum of the weights."""
    total = 0.0
    for k in range(chance.shape[0]):
        z = (guess[k] - expected) / spread
        into[k] = chance[k] * exp(-0.5 * z * z)
        total += into[k]
    return total


@kernel_of_rooms(*OUTCOME_ROOMS)
def _add_products(rows, numbers, into):
    for k in range(rows.shape[0]):
        for i in range(rows.shape[1]):
            into[k] += rows[k, i] * numbers[i]


@kernel_of_rooms(*OUTCOME_ROOMS)
def _add_rows(chance, rows, into):
    for k in range(rows.shape[0]):
        for i in range(rows.shape[1]):
            into[i] += chance[k] * rows[k, i]


def products(rows: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return every row times some numbers, added up from first to last (BLAS picks its own order)."""
    found = np.zeros(len(rows))
    _add_products(rows, numbers, found)
    return found


def expected_row(chance: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the mean of rows that have chances, added up from first to last."""
    found = np.zeros(rows.shape[1])
    _add_rows(chance, rows, found)
    return found


def _shapes(size: int) -> np.ndarray:
    """Return the shapes of evaluation over a list of values, one row each, best value 1."""
    if size == 1:
        return np.ones((1, 1))
    x = np.linspace(0.0, 1.0, size)
    rows = [x, 1.0 - x]
    for peak in x[1:-1][:: max(1, (size - 2) // 8)]:
        rows.append(np.where(x <= peak, x / peak, (1.0 - x) / (1.0 - peak)))
    return np.array(rows)


def accuracy(estimate: np.ndarray, truth: np.ndarray) -> float:
    """Return the correlation of estimated and true utilities over outcomes; 0 for a flat estimate."""
    if np.ptp(estimate) == 0.0 or np.ptp(truth) == 0.0:
        return 0.0
    return float(np.corrcoef(estimate, truth)[0, 1])
