"""Cheap talk, mediation, arbitration, and peace: closed forms against programmes (T18–T21)."""

import numpy as np
import pytest
from counts import only
from hypothesis import given
from hypothesis import strategies as st

from sim.theory import cheap_talk, peace
from sim.theory.peace import Conflict
from sim.theory.second_best import extrapolate

# b: messages, loss of cheap talk, of mediation, of arbitration.
TABLE = {
    0.05: (3, 0.015926, 0.015833, 0.002333),
    1 / 18: (3, 0.017490, 0.017490, 0.002858),
    1 / 12: (2, 0.027778, 0.025463, 0.006173),
    0.10: (2, 0.030833, 0.030000, 0.008667),
    1 / 8: (2, 0.036458, 0.036458, 0.013021),
    0.20: (2, 0.060833, 0.053333, 0.029333),
    0.25: (1, 0.083333, 0.062500, 0.041667),
    0.30: (1, 0.083333, 0.070000, 0.054000),
    0.40: (1, 0.083333, 0.080000, 0.074667),
    0.50: (1, 0.083333, 0.083333, 0.083333),
    0.80: (1, 0.083333, 0.083333, 0.083333),
}


@pytest.mark.parametrize("bias", TABLE)
def test_the_published_losses(bias):
    size, talk, mediation, arbitration = TABLE[bias]
    assert cheap_talk.partition_size(bias) == size
    assert cheap_talk.cheap_talk_loss(bias) == pytest.approx(talk, abs=1e-6)
    assert cheap_talk.mediation_loss(bias) == pytest.approx(mediation, abs=1e-6)
    assert cheap_talk.arbitration_loss(bias) == pytest.approx(arbitration, abs=1e-6)


@given(st.floats(1e-3, 0.7))
def test_shooting_finds_the_same_partition(bias):
    found = cheap_talk.partition_by_shooting(bias)
    assert cheap_talk.loss_of_partition(found) == pytest.approx(
        cheap_talk.cheap_talk_loss(bias), abs=1e-9
    )
    if len(found) == cheap_talk.partition_size(bias) + 1:  # unless at the very edge of one more
        assert found == pytest.approx(cheap_talk.partition(bias), abs=1e-6)
    assert found[-1] == pytest.approx(1.0) and (np.diff(found) > 0).all()


@given(st.floats(1e-3, 0.7))
def test_arbitration_beats_mediation_beats_talk(bias):
    talk, mediation = cheap_talk.cheap_talk_loss(bias), cheap_talk.mediation_loss(bias)
    assert cheap_talk.arbitration_loss(bias) <= mediation + 1e-12
    assert mediation <= talk + 1e-12
    assert 0.0 <= cheap_talk.saving_by_mediation(bias) + 1e-9 <= 0.25 + 2e-9


@pytest.mark.parametrize(
    ("states", "mediated", "bound"),
    [(20, 0.047917, 0.023563), (30, 0.049815, 0.025407), (40, 0.050729, 0.026367)],
)
def test_programmes_on_grids(states, mediated, bound):
    assert cheap_talk.loss_by_programme(0.2, states) == pytest.approx(mediated, abs=1e-6)
    found = cheap_talk.loss_by_programme(0.2, states, obeyed=False)
    assert found == pytest.approx(bound, abs=1e-6)


@pytest.mark.parametrize("bias", only([0.1, 0.3], [0.07, 0.1, 0.17, 0.3, 0.42]))
def test_programmes_in_the_limit(bias):
    coarse, fine = (cheap_talk.loss_by_programme(bias, n) for n in (15, 30))
    limit = extrapolate(coarse, fine)
    assert limit == pytest.approx(cheap_talk.mediation_loss(bias), abs=6e-4)
    assert abs(fine - limit) > 6e-4


NAMED = {
    (0.2, 0.8, 0.8): 0.80842,
    (0.45, 0.9, 0.8): 0.61907,
    (0.55, 0.9, 0.8): 0.72809,
    (0.6, 0.9, 0.8): 0.75294,
    (0.7, 0.9, 0.9): 0.25579,
    (0.7, 0.9, 0.8): 1.0,
}


@pytest.mark.parametrize("case", NAMED)
def test_published_chances_of_peace(case):
    found = peace.highest_peace(Conflict(*case))
    assert found.total == pytest.approx(NAMED[case], abs=1e-5)
    assert peace.peace_without_communication(Conflict(*case)) <= found.total + 1e-12


@given(st.floats(0.03, 0.97), st.floats(0.55, 0.99), st.floats(0.0, 1.0))
def test_closed_form_and_programme_agree(strong, left, where):
    wins = 0.5 / left + where * (1.0 - 0.5 / left)
    conflict = Conflict(strong, wins, left)
    closed, found = peace.highest_peace(conflict), peace.peace_by_programme(conflict)
    assert found.total == pytest.approx(closed.total, abs=1e-7)
    assert peace.peace_without_communication(conflict) <= found.total + 1e-9
