"""Facts of which only a sign is known, checked where a cheap check exists: two arms under common luck.

A sign holds if the 90 % interval of the paired difference, changed arm minus the scenario as it is, lies
on its side of 0; it is against it if the interval lies on the other side, and open if it covers 0.
"The same" is never established by an interval that covers 0, so such a sign is at most open. Signs are
never counted among the facts with numbers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from sim.field.comparison import OPEN, simulated_statistics
from sim.field.facts_file import SignTable
from sim.field.world_ratio import LEVEL, WorldRatio, student_reach

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

HOLDS, AGAINST, UNCHECKED = "holds", "against it", "not checked"


class CheckedSign(NamedTuple):
    """A sign beside our difference, changed arm minus the other, with its interval; NaN if not checked."""

    sign: SignTable
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    where: str = UNCHECKED


def check_sign(sign: SignTable, worlds: int, seed: int, *, threads: int = 1) -> CheckedSign:
    """Simulate both arms of a sign and return what they show; a sign without a statistic is not checked.

    Raises ScenarioError if the scenario refuses the keys that the sign changes.
    """
    from sim.scenario.load import load

    if not sign.statistic:
        return CheckedSign(sign)
    plain, changed = load(sign.scenario), load(sign.scenario, dict(sign.change))
    one = _statistic(sign, changed, sign.regime, worlds, seed, threads)
    other = _statistic(sign, plain, sign.against or sign.regime, worlds, seed, threads)
    value, low, high = difference_of_ratios(one, other)
    return CheckedSign(sign, value, low, high, sign_of(low, high, sign.expected or ""))


def sign_of(low: float, high: float, expected: str) -> str:
    """Return whether an interval of a difference bears out the sign that is expected."""
    if math.isnan(low) or low <= 0.0 <= high:
        return OPEN
    return HOLDS if expected == ("more" if low > 0.0 else "less") else AGAINST


def difference_of_ratios(
    one: WorldRatio, other: WorldRatio, level: float = LEVEL
) -> tuple[float, float, float]:
    """Return one ratio minus another over the same worlds, with its interval by the delta method.

    What each world adds to the two values is subtracted world by world, so that common luck cancels.
    """
    value, n = one.value - other.value, len(one.top)
    if n < 2 or math.isnan(value):
        return value, math.nan, math.nan
    reach = student_reach(one.influence() - other.influence(), level)
    return value, value - reach, value + reach


def _statistic(
    sign: SignTable, loaded: LoadedScenario, regime: str, worlds: int, seed: int, threads: int
) -> WorldRatio:
    found = simulated_statistics(
        loaded.regime(regime), [sign.statistic], worlds, seed, threads=threads
    )
    return found[sign.statistic]
