"""Which regimes are compared with which, and the two parts of what mediation brings.

A style of mediation is run once more by its machine, which knows nothing and is free. With N for no
mediator, P for the machine and M for the mediator, M − N = (P − N) + (M − P) in every world: what the
procedure brings by itself, and what this mediator adds to it or takes away.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.scenario.regimes import machine_of
from sim.words import Institution

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario
    from sim.scenario.regimes import ResolvedRegime

Pair = tuple[str, str]


def contrasts_of(regimes: Sequence[str]) -> tuple[Pair, ...]:
    """Return (regime, baseline) pairs: each and the first, then mediated and partnership."""
    first, *rest = regimes
    pairs = [(r, first) for r in rest]
    if first != "partnership" and {"mediated", "partnership"} <= set(rest):
        pairs.append(("mediated", "partnership"))
    return tuple(pairs)


def focus_of(contrasts: Sequence[Pair]) -> Pair | None:
    """Return the pair a headline is about: mediation if it was compared, else the last; None of none."""
    if not contrasts:
        return None
    return next((pair for pair in contrasts if pair[0] == "mediated"), contrasts[-1])


def control_of(loaded: LoadedScenario, focus: Pair | None) -> str:
    """Return the machine that tells the parts of a difference apart, "" if there are none.

    There are if a mediator is compared with none, and is not a machine itself. A planner is no such
    baseline: it is a ceiling, which no procedure stands between.
    """
    if focus is None:
        return ""
    regime, baseline = map(loaded.regime, focus)
    if not is_engaged(regime) or is_engaged(baseline) or is_planner(baseline):
        return ""
    machine = machine_of(regime)
    return "" if machine.scenario == regime.scenario else machine.name


def parts_of(focus: Pair, control: str) -> tuple[Pair, Pair]:
    """Return the two differences that add up to one: the procedure's, and the mediator's."""
    return (control, focus[1]), (focus[0], control)


def split_of(loaded: LoadedScenario, pair: Pair) -> tuple[str, tuple[Pair, ...]]:
    """Return the machine that splits a difference, and its parts in that direction; "" and none if nothing does.

    Either regime of (regime, baseline) may be the one with a mediator. The procedure's part comes first.
    """
    control = control_of(loaded, pair)
    if control:
        return control, parts_of(pair, control)
    regime, baseline = pair
    control = control_of(loaded, (baseline, regime))
    if not control:
        return "", ()
    return control, tuple((b, a) for a, b in parts_of((baseline, regime), control))


def is_planner(regime: ResolvedRegime) -> bool:
    """Say whether a regime is a ceiling, not a contestant."""
    return bool(regime.institution == Institution.PLANNER)


def is_engaged(regime: ResolvedRegime) -> bool:
    """Say whether a regime has a mediator who does something."""
    has_one = regime.institution == Institution.MEDIATED
    return has_one and bool(regime.scenario.mediator.functions)


def contrast_name(regime: str, baseline: str = "") -> str:
    """Return what a regime, or the difference of two, is called in the table."""
    return f"{regime} − {baseline}" if baseline else regime
