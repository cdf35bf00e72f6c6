"""The ends of a range are the 5 % and 95 % quantiles of its law, and overlaps are covariances."""

import math

import numpy as np
import pytest
from scipy import stats
from small_facts import FACT

from sim.field.covariance import is_positive_definite
from sim.field.facts_file import read_facts
from sim.field.laws import EDGE, LAWS, NORMAL_95, Law

RANGES = {"normal": (-0.2, 0.5), "lognormal": (0.02, 0.3), "logit_normal": (0.12, 0.23)}


def quantiles(law: Law) -> list[float]:
    """Return the 5 %, 50 % and 95 % quantiles of a law as SciPy has them."""
    if law.kind == "lognormal":
        found = stats.lognorm(law.spread, scale=math.exp(law.location)).ppf([0.05, 0.5, 0.95])
    else:
        found = stats.norm(law.location, law.spread).ppf([0.05, 0.5, 0.95])
        found = 1.0 / (1.0 + np.exp(-found)) if law.kind == "logit_normal" else found
    return list(found)


@pytest.mark.parametrize("kind", LAWS)
def test_a_range_is_the_central_ninety_per_cent(kind):
    law = Law(kind, *RANGES[kind])
    assert quantiles(law) == pytest.approx([law.low, law.median, law.high], rel=1e-12)
    assert law.refusal() == ""


def test_a_range_read_as_ninety_five_per_cent_would_be_seen():
    law = Law("normal", 0.0, 1.0)
    wrong = stats.norm(law.location, 0.5 / stats.norm.ppf(0.975)).ppf(0.95)
    assert abs(wrong - law.high) > 0.05
    assert pytest.approx(stats.norm.ppf(0.95), abs=1e-15) == NORMAL_95


@pytest.mark.parametrize("kind", LAWS)
def test_the_scale_goes_both_ways(kind):
    law = Law(kind, *RANGES[kind])
    points = np.array([[law.low, law.median], [law.high, math.nan]])
    found = law.to_scale(points)
    assert found.shape == points.shape and math.isnan(found[1, 1])
    assert law.from_scale(float(found[0, 1])) == pytest.approx(law.median, rel=1e-14)
    assert np.isfinite(law.to_scale([0.0, 1.0])).all()


def test_what_lies_at_an_end_stays_finite():
    assert Law("logit_normal", 0.1, 0.2).to_scale(1.0) == pytest.approx(math.log((1 - EDGE) / EDGE))
    assert Law("lognormal", 0.1, 0.2).to_scale(0.0) == pytest.approx(math.log(0.1 * EDGE))


@pytest.mark.parametrize(
    ("kind", "low", "high", "word"),
    [
        ("normal", 1.0, 1.0, "below high"),
        ("lognormal", 0.0, 1.0, "above 0"),
        ("logit_normal", 0.2, 1.0, "between 0 and 1"),
    ],
)
def test_a_range_that_a_law_cannot_have_is_refused(kind, low, high, word):
    assert word in Law(kind, low, high).refusal()


def test_facts_that_overlap_share_a_covariance(written):
    other = FACT.replace('"impasse"', '"more"').replace("high = 0.3", "high = 0.5")
    overlap = '[[overlaps]]\nfacts = ["more", "impasse"]\ncorrelation = 0.5\nreason = "the same"\n'
    facts = read_facts(written(FACT + other + overlap))
    one, two = (facts.by_name[name].law.spread for name in ("impasse", "more"))
    found = facts.covariance(["impasse", "more"])
    expected = [[one * one, 0.5 * one * two], [0.5 * one * two, two * two]]
    assert found == pytest.approx(np.array(expected))


def test_correlations_that_cannot_hold_together_are_seen():
    matrix = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    assert not is_positive_definite(matrix)
    assert is_positive_definite(np.abs(matrix) * 0.5 + 0.5 * np.eye(3))


def test_the_shipped_covariance_is_one():
    facts = read_facts()
    names = [fact.name for fact in facts.facts]
    found = facts.covariance(names)
    assert is_positive_definite(found / np.sqrt(np.outer(np.diag(found), np.diag(found))))
