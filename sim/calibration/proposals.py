"""Proposals of a population: a mixture of Student's t distributions around earlier points, in normal scores of the prior.

In normal scores the prior is a standard normal distribution in every key. Each alternative has its own kernels:
points that it found likely, drawn in towards their mean so that mean and covariance are kept (West 1993; Liu & West
2001), with the tails of Student's t, so that a likely point far from all others is proposed before it outweighs them
(Cappe et al. 2008). A tenth of the proposals comes from the prior itself, so that no weight can be large (Hesterberg
1995).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.calibration.copula import within_cube
from sim.field.covariance import cholesky

DEGREES = 5.0  # of freedom
KERNELS = 128  # of one alternative
DRAWN_IN = 0.4  # of its distance from the mean a kernel keeps; it is wider for it
WIDENED = 1.3  # the kernels' covariance: what they miss would weigh too much, what they overdo costs little
FROM_PRIOR = 0.1
FLOOR = 1e-3  # added to variances, which a handful of points would set to 0


class Cloud(NamedTuple):
    """The kernels of one alternative: centres of shape (kernels, keys), and the root of their common covariance."""

    centres: np.ndarray
    root: np.ndarray


class ProposalMixture(NamedTuple):
    """The proposals of a population, and how many were drawn, those included that no alternative leaves."""

    clouds: list[Cloud]
    drawn: int

    def data(self) -> dict[str, Any]:
        """Return the mixture as plain data."""
        clouds = [{"centres": c.centres.tolist(), "root": c.root.tolist()} for c in self.clouds]
        return {"clouds": clouds, "drawn": self.drawn}


def mixture_of(data: dict[str, Any]) -> ProposalMixture:
    """Return the mixture of plain data, the inverse of `ProposalMixture.data`."""
    clouds = [
        Cloud(np.array(c["centres"], float), np.array(c["root"], float)) for c in data["clouds"]
    ]
    return ProposalMixture(clouds, int(data["drawn"]))


def cloud_of(points: np.ndarray, weights: np.ndarray, start: float) -> Cloud:
    """Return the kernels around weighted points of the unit cube; `start` in [0, 1) says where resampling begins."""
    from scipy.special import ndtri

    scores = ndtri(within_cube(points))
    shares = weights / weights.sum()
    mean = shares @ scores
    spread = scores - mean
    covariance = (spread * shares[:, None]).T @ spread + FLOOR * np.eye(points.shape[1])
    at = (start + np.arange(KERNELS)) / KERNELS
    chosen = np.minimum(np.searchsorted(np.cumsum(shares), at), len(points) - 1)
    centres = mean + DRAWN_IN * (scores[chosen] - mean)
    wide = WIDENED * (1.0 - DRAWN_IN**2) * (DEGREES - 2.0) / DEGREES  # a t is wider than its scale
    return Cloud(centres, cholesky(wide * covariance))


def draw(clouds: Sequence[Cloud], rows: np.ndarray) -> np.ndarray:
    """Return proposals in the unit cube, one for each row of the unit cube, shape (points, 2 + keys)."""
    from scipy.special import chdtri, ndtr, ndtri

    steps = ndtri(within_cube(rows[:, 2:]))
    longer = np.sqrt(DEGREES / chdtri(DEGREES, within_cube(rows[:, 1])))[:, None]
    pick = rows[:, 0]
    scores = steps.copy()  # those of the prior
    inner = pick >= FROM_PRIOR
    place = np.where(inner, (pick - FROM_PRIOR) / (1.0 - FROM_PRIOR), 0.0) * len(clouds)
    which = np.minimum(place.astype(int), len(clouds) - 1)
    kernel = np.minimum(((place - which) * KERNELS).astype(int), KERNELS - 1)
    for n, cloud in enumerate(clouds):
        here = inner & (which == n)
        scores[here] = cloud.centres[kernel[here]] + (longer * steps)[here] @ cloud.root.T
    return within_cube(ndtr(scores))


def log_density(mixture: ProposalMixture, points: np.ndarray) -> np.ndarray:
    """Return the logarithm of the proposals' density, as a share of the prior's, shape (points,)."""
    from scipy.special import gammaln, logsumexp, ndtri

    scores, keys = ndtri(within_cube(points)), points.shape[1]
    # Of a t distribution, less that of a normal one, which the prior is.
    constant = gammaln((DEGREES + keys) / 2) - gammaln(DEGREES / 2) - keys / 2 * np.log(DEGREES / 2)
    prior = -0.5 * (scores**2).sum(axis=1)
    parts = [np.full(len(points), np.log(FROM_PRIOR))]
    for cloud in mixture.clouds:
        inverse = np.linalg.inv(cloud.root)
        a, b = scores @ inverse.T, cloud.centres @ inverse.T
        squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2.0 * (a @ b.T)
        size = np.log(np.diag(cloud.root)).sum()
        inner = logsumexp(
            -0.5 * (DEGREES + keys) * np.log1p(np.maximum(squares, 0.0) / DEGREES), axis=1
        )
        inner += constant - np.log(len(cloud.centres)) - size
        share = np.log((1.0 - FROM_PRIOR) / len(mixture.clouds))
        parts.append(share + inner - prior)
    found: np.ndarray = logsumexp(parts, axis=0)
    return found
