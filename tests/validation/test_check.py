"""The yardstick itself: what holds, what does not, and what a control must do."""

import math

import numpy as np
import pytest

from sim.validation.check import (
    ABOVE,
    AT_MOST,
    BELOW,
    Check,
    CheckPoint,
    CheckResult,
    Effort,
    clear_point,
    mean_point,
)


@pytest.mark.parametrize(
    ("measured", "tolerance", "error", "kind", "holds"),
    [
        (1.009, 0.01, 0.0, "near", True),
        (1.011, 0.01, 0.0, "near", False),
        (1.011, 0.01, 0.002, "near", True),
        (0.989, 0.01, 0.0, "near", False),
        (1.0, 0.0, 0.0, "near", True),
        (1.0 + 1e-15, 0.0, 0.0, "near", False),
        (-5.0, 0.01, 0.0, AT_MOST, True),
        (1.02, 0.01, 0.0, AT_MOST, False),
        (1.02, 0.01, 0.0, ABOVE, True),
        (1.005, 0.01, 0.0, ABOVE, False),
        (1.005, 0.01, 0.1, ABOVE, False),
        (1.0, 0.0, 0.0, ABOVE, False),
        (1.001, 0.0, 0.0, ABOVE, True),
        (0.98, 0.01, 0.0, BELOW, True),
        (1.02, 0.01, 0.0, BELOW, False),
        (math.nan, 0.01, 0.0, "near", False),
        (math.nan, 0.01, 0.0, AT_MOST, False),
        (math.inf, 0.01, 0.0, ABOVE, False),
    ],
)
def test_what_holds(measured, tolerance, error, kind, holds):
    """The standard error widens a tolerance, and never a margin."""
    point = CheckPoint("x", 1.0, measured, tolerance, error, kind)
    assert point.holds is holds
    if math.isfinite(measured):
        assert (point.off <= 1.0) is holds


def test_points_of_samples_carry_their_error():
    sample = np.random.default_rng(1).normal(2.0, 1.0, 10_000)
    point = mean_point("x", 2.0, sample, 0.001)
    assert point.error == pytest.approx(0.01, rel=0.05)
    assert clear_point("x", 1.9, sample, ABOVE).holds
    assert not clear_point("x", 2.0 - 1e-3, sample, ABOVE).holds


def result(points, control, trouble=""):
    check = Check("T00", "trade", "a", "b", "c", "theory", "d", lambda e: points, lambda e: control)
    return CheckResult(check, tuple(points), tuple(control), 0.0, trouble)


GOOD, BAD, WORSE = (CheckPoint("x", 1.0, m, 0.1) for m in (1.0, 2.0, 3.0))


def test_a_check_passes_if_all_points_hold_and_no_point_of_the_control_does():
    assert result([GOOD, GOOD], [BAD, BAD]).passed
    assert not result([GOOD, BAD], [BAD]).passed
    assert not result([GOOD], [BAD, GOOD]).refused
    assert not result([GOOD], []).passed and not result([], [BAD]).passed
    assert not result([GOOD], [BAD], "no package").passed


def test_the_worst_failure_is_shown():
    assert result([GOOD, BAD, WORSE], [BAD]).shown == WORSE
    assert result([GOOD, GOOD], [BAD]).shown == GOOD
    assert result([], [], "no package").shown is None


def test_luck_is_drawn_by_name_and_seed():
    one, other = Effort(False, 1), Effort(False, 2)
    assert one.draws("a").random() == one.draws("a").random()
    assert len({one.draws("a").random(), one.draws("b").random(), other.draws("a").random()}) == 3
