"""One issue, one meeting, price only: the unit of money changes nothing.

The bench compares the engine's gains there with theory (`sim validate --only trade`).
"""

from benchmark import gains, one_shot


def test_scale_of_money_is_free():
    """Twice the money, twice the gain: the uniform benchmark on [0, 2]."""
    doubled = {"issues__0__worth": [0.0, 1.0], "issues__0__cost": [0.0, 1.0]}
    once, *_ = gains(one_shot(negotiation__level="equilibrium"))
    twice, *_ = gains(one_shot(negotiation__level="equilibrium", **doubled))
    assert twice == 2 * once
