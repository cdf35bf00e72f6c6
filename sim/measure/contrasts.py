"""Contrasts: which regimes are compared, and how the effect of mediation splits into two parts.

The machine carries out the same procedure as the mediator, but knows nothing and is free. With N
for no mediator, P for the machine and M for the mediator, M − N = (P − N) + (M − P) in every world:
the effect of the procedure by itself, and what this mediator adds to it or takes away.
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
    """Return pairs (regime, baseline): each with the first, then mediated with partnership.

    Example:
        >>> contrasts_of(["adversarial", "partnership", "mediated"])[-1]
        ('mediated', 'partnership')
    """
    first, *rest = regimes
    pairs = [(r, first) for r in rest]
    if first != "partnership" and {"mediated", "partnership"} <= set(rest):
        pairs.append(("mediated", "partnership"))
    return tuple(pairs)


def focus_of(contrasts: Sequence[Pair]) -> Pair | None:
    """Return the pair that the headline is about; None if there are no contrasts.

    It is the first one with mediation, or the last pair if mediation is not compared.
    """
    if not contrasts:
        return None
    return next((pair for pair in contrasts if pair[0] == "mediated"), contrasts[-1])


def control_of(loaded: LoadedScenario, focus: Pair | None) -> str:
    """Return the name of the machine that splits a difference into its parts; "" if none does.

    A difference splits if it compares a mediator that is not a machine itself with a regime without
    mediator. A planner does not count as such a regime: it is a ceiling, not a way to negotiate.
    """
    if focus is None:
        return ""
    regime, baseline = map(loaded.regime, focus)
    if not has_active_mediator(regime) or has_active_mediator(baseline) or is_planner(baseline):
        return ""
    machine = machine_of(regime)
    return "" if machine.scenario == regime.scenario else machine.name


def parts_of(focus: Pair, control: str) -> tuple[Pair, Pair]:
    """Return the pairs whose differences add up to that of `focus`: procedure, mediator."""
    return (control, focus[1]), (focus[0], control)


def split_of(loaded: LoadedScenario, pair: Pair) -> tuple[str, tuple[Pair, ...]]:
    """Return the machine that splits a difference, and the two parts; "" and () if none does.

    Either regime of (regime, baseline) may be the one with a mediator; the parts have the direction
    of the pair. The procedure's part comes first.
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
    """Return whether a regime is the planner: a ceiling, not a contestant."""
    return bool(regime.institution == Institution.PLANNER)


def has_active_mediator(regime: ResolvedRegime) -> bool:
    """Return whether a regime has a mediator with at least one function."""
    has_one = regime.institution == Institution.MEDIATED
    return has_one and bool(regime.scenario.mediator.functions)


def contrast_name(regime: str, baseline: str = "") -> str:
    """Return the name of a regime, or of the difference of two, in tables.

    Example:
        >>> contrast_name("mediated", "adversarial")
        'mediated − adversarial'
    """
    return f"{regime} − {baseline}" if baseline else regime
