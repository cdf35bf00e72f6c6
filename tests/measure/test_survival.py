"""Tie survival against SciPy's product-limit estimator and a case worked out by hand."""

import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf

from sim.measure.survival import survival_curve


def set_lives(tables, worlds, lengths, running):
    """Return tables of ties with given lengths; the same number in every world."""
    made = tables(worlds, 3, ties=len(lengths) // worlds)
    made.ties["months"], made.ties["running"] = lengths, running
    return made


def test_by_hand(tables):
    """Of five ties one ends after 2 months, one of the four left after 4; two are still running."""
    made = set_lives(tables, 1, [2, 4, 4, 6, 5, 0], [0, 0, 1, 1, 0, 0])
    found = survival_curve(made, 6)
    assert found.share.tolist() == pytest.approx([1.0, 1.0, 0.8, 0.8, 0.6, 0.3, 0.3])
    assert found.at_risk.tolist() == [5, 5, 5, 4, 4, 2, 1]
    assert (found.ties, found.ended, found.median) == (5, 3, 5.0)
    assert np.isnan(found.low).all()


def test_it_is_the_product_limit_estimator(tables):
    rng = np.random.default_rng(3)
    months, running = rng.integers(1, 60, 400), rng.random(400) < 0.4
    found = survival_curve(set_lives(tables, 40, months, running), 60)
    data = CensoredData(uncensored=months[~running], right=months[running])
    want = ecdf(data).sf.evaluate(found.months)
    there = found.at_risk > 0
    assert found.share[there] == pytest.approx(want[there])
    naive = ecdf(months).sf.evaluate(found.months)
    assert np.abs(found.share[there] - naive[there]).max() > 0.1
    assert (found.low[1:40] < found.share[1:40]).all()
    assert (found.share[1:40] < found.high[1:40]).all()


def test_nobody_met_nobody_lasts(tables):
    found = survival_curve(set_lives(tables, 2, [0, 0], [0, 0]), 4)
    assert found.ties == 0 and np.isnan(found.median)
