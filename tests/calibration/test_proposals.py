"""Proposals: their density is that of the mixture they are drawn from, as a share of the prior's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal, multivariate_t

from sim.calibration.cube import sobol
from sim.calibration.proposals import (
    DEGREES,
    FROM_PRIOR,
    Cloud,
    ProposalMixture,
    cloud_of,
    draw,
    log_density,
)

KEYS = 3


@pytest.fixture(scope="module")
def clouds() -> list[Cloud]:
    """Return the kernels around two lots of points, correlated and off the centre."""
    points = sobol(KEYS, 256, 1, "points", 0)
    weights = np.exp(-8.0 * (points[:, 0] - points[:, 1]) ** 2)
    return [cloud_of(points, weights, 0.3), cloud_of(points, points[:, 2] ** 4, 0.6)]


def test_the_density_is_that_of_student_s_t_around_every_centre(clouds: list[Cloud]) -> None:
    scores = ndtri(sobol(KEYS, 8, 1, "asked", 0)[1:]) * 1.5

    def share(degrees: float) -> np.ndarray:
        found = []
        for at in scores:
            inner = [
                multivariate_t.pdf(at, loc=centre, shape=c.root @ c.root.T, df=degrees)
                for c in clouds
                for centre in c.centres
            ]
            prior = multivariate_normal.pdf(at, np.zeros(KEYS))
            found.append(np.log(FROM_PRIOR + (1.0 - FROM_PRIOR) * np.mean(inner) / prior))
        return np.array(found)

    found = log_density(ProposalMixture(clouds, 8), ndtr(scores))
    assert found == pytest.approx(share(DEGREES), abs=1e-9)
    assert np.abs(found - share(4 * DEGREES)).max() > 0.05  # lighter tails would be seen


def test_what_is_drawn_has_that_density(clouds: list[Cloud]) -> None:
    """The prior weighed by the density has the mean of what is drawn; the prior alone has not."""
    drawn = draw(clouds, sobol(KEYS + 2, 1_024, 1, "drawn", 0))
    prior = sobol(KEYS, 1_024, 1, "prior", 0)[1:]
    share = np.exp(log_density(ProposalMixture(clouds, 1), prior))
    assert share.mean() == pytest.approx(1.0, abs=0.06)
    for moment in (1, 2):
        expected = (share[:, None] * prior**moment).mean(axis=0)
        assert (drawn**moment).mean(axis=0) == pytest.approx(expected, abs=0.03)
    assert np.abs(drawn.mean(axis=0) - 0.5).max() > 0.1
