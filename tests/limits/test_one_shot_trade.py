"""T01, T02, T05, T06: the engine itself, price only and one shot, earns what theory says.

Every check has a negative control: the same yardstick turns away a neighbouring behaviour. The
bands are four standard errors on fixed luck of 160,000 meetings.
"""

from functools import cache

import pytest
from benchmark import gains, one_shot
from counts import one_in

CASES = {
    "truthful": ({"negotiation__level": "truthful"}, 1 / 6, 1 / 2),
    "linear equilibrium": ({"negotiation__level": "equilibrium"}, 9 / 64, 9 / 32),
    "both level 1": ({"negotiation__level": "level_1"}, 1 / 12, 1 / 8),
    "take it or leave it": ({"negotiation__protocol": "take_it_or_leave_it"}, 1 / 8, 1 / 4),
    "seller's offer": (
        {"negotiation__protocol": "take_it_or_leave_it", "negotiation__first": "vendor"},
        1 / 8,
        1 / 4,
    ),
}


@cache
def played(name):
    """Return what a case comes to in the engine."""
    return gains(one_shot(**CASES[name][0]))


@pytest.mark.parametrize("name", one_in(2, CASES))
def test_the_engine_earns_the_textbook_gain(name):
    _, gain, trades = CASES[name]
    mean, error, share, buyer, vendor = played(name)
    assert abs(mean - gain) < 4 * error
    assert abs(share - trades) < 0.005
    assert abs(buyer + vendor - mean) < 1e-9


@pytest.mark.parametrize(
    ("claimed", "other"),
    [
        ("truthful", "linear equilibrium"),
        ("linear equilibrium", "truthful"),
        ("linear equilibrium", "take it or leave it"),
        ("both level 1", "linear equilibrium"),
        ("take it or leave it", "linear equilibrium"),
    ],
)
def test_the_yardstick_turns_away_its_neighbours(claimed, other):
    mean, error, *_ = played(other)
    assert abs(mean - CASES[claimed][1]) > 20 * error


@pytest.mark.parametrize("k", [0.0, 0.25, 0.75, 1.0])
def test_other_splits_of_the_double_auction(k):
    """T03: gains and both utilities of the linear equilibrium for other k."""
    gain, buyer, vendor = {
        0.0: (1 / 8, 1 / 24, 1 / 12),
        0.25: (0.13671875, 0.0569661, 0.0797526),
        0.75: (0.13671875, 0.0797526, 0.0569661),
        1.0: (1 / 8, 1 / 12, 1 / 24),
    }[k]
    overrides = {"negotiation__level": "equilibrium", "negotiation__k": k}
    mean, error, _, got_buyer, got_vendor = gains(one_shot(**overrides))
    assert abs(mean - gain) < 4 * error
    assert abs(got_buyer - buyer) < 0.001
    assert abs(got_vendor - vendor) < 0.001


def test_scale_of_money_is_free():
    """Twice the money, twice the gain: the uniform benchmark on [0, 2]."""
    doubled = {"issues__0__worth": [0.0, 1.0], "issues__0__cost": [0.0, 1.0]}
    once, *_ = played("linear equilibrium")
    twice, *_ = gains(one_shot(negotiation__level="equilibrium", **doubled))
    assert twice == 2 * once
