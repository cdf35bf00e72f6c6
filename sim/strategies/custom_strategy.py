"""A strategy that a person brings along: one Python file with a frozen dataclass and one rule.

`path.py:Name` names it, `path.py:Name:share=0.3` sets its numbers. The rule is compiled like ours
where Numba can; else it runs as it is, some hundred times slower, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sim.errors import SimError, closest_name
from sim.strategies import custom_code
from sim.strategies.code_consent import Consent
from sim.strategies.custom_code import Brought, about_of, check_rule, source_of

TRAITS = ("monotone", "looks_back", "uses_luck")
RULE = "ask(self, seen)"


class Seen(NamedTuple):
    """What a strategy knows when its turn comes; utilities are its owner's."""

    clock: float  # share of the talk gone by, 0 to 1
    floor: float  # least it may claim: its reservation value, or its shading
    opening: float  # most it can hope for
    last_ask: float  # what it asked for last; its opening before
    offered: float  # utility of the newest offer received; NaN if there is none yet
    rise: float  # of that over the offer before; 0 until there are two
    turn: float  # own offers made so far
    luck: float  # a uniform number in [0, 1) of this turn


@dataclass(frozen=True, eq=False, kw_only=True)
class Own(Brought):
    """A strategy read from a file, with its numbers, and the address of its rule."""

    traits: tuple[str, ...]
    address: int

    def ask(self, seen: Seen) -> float:
        """Return what the rule answers, in plain Python; raises a one-line SimError."""
        answer = _answer(self.instance, self.troubles, *seen)
        self.complain()
        if math.isnan(answer):
            raise SimError(f"{self}: answered nan: want a utility")
        return answer

    def run(self, seen: Seen) -> float:
        """Return what the rule answers as talks call it: compiled where it can be."""
        from sim.compile.entries import call_entry_from_python

        return call_entry_from_python(self.address, *seen)


def load(
    path: str,
    name: str,
    settings: str = "",
    where: str = "strategy",
    consent: Consent | None = None,
) -> Own:
    """Return the strategy `name` of a Python file, as `sim.strategies.custom_code.load` does."""
    found = custom_code.load(STRATEGY, path, name, settings, where, consent)
    assert isinstance(found, Own)
    return found


def _strategy(kind: Any, instance: Callable[[], Any], where: str, path: str) -> Own:
    check_rule(kind, RULE, where)
    traits, one = _traits(kind, where), instance()
    troubles: list[BaseException] = []
    entry, address, why = _entry(kind, one, troubles)
    return Own(
        path=path, name=kind.__name__, instance=one, traits=traits, source=source_of(kind, path),
        about=about_of(kind), why_plain=why, address=address, entry=entry, troubles=troubles,
    )  # fmt: skip


STRATEGY = custom_code.Sort(
    "strategy", "a frozen dataclass with a rule " + RULE, _strategy, ("accept",)
)


def _traits(kind: Any, where: str) -> tuple[str, ...]:
    claimed = getattr(kind, "traits", None)
    if isinstance(claimed, str) or not isinstance(claimed, tuple | list):
        raise SimError(f"{where}: traits: want a tuple of some of {', '.join(TRAITS)}, or ()")
    for trait in claimed:
        if trait not in TRAITS:
            near = closest_name(str(trait), TRAITS)
            hint = f"; did you mean '{near}'?" if near else ""
            raise SimError(f"{where}: traits: {trait!r}: want some of {', '.join(TRAITS)}{hint}")
    return tuple(claimed)


def _answer(instance: Any, troubles: list[BaseException], *numbers: float) -> float:
    """Ask the rule in plain Python; what goes wrong is kept, since C code cannot pass it on."""
    if troubles:
        return math.nan
    try:
        answer = instance.ask(Seen(*numbers))
        if isinstance(answer, str) or not hasattr(answer, "__float__"):
            raise SimError(f"answered {answer!r}: want a utility")
        return float(answer)
    except BaseException as error:
        troubles.append(error)
        return math.nan


def _entry(kind: Any, instance: Any, troubles: list[BaseException]) -> tuple[Any, int, str]:
    """Return (what keeps the rule alive, its address, why it is not compiled)."""
    from sim.compile.entries import compile_entry, wrap_as_entry
    from sim.jit import config

    def plainly(*numbers: float) -> float:
        return _answer(instance, troubles, *numbers)

    why = custom_code.why_not(kind.ask)
    if config.DISABLE_JIT:
        why = "the compiler is switched off"
    if not why:
        try:
            return *compile_entry(_closed(kind.ask, instance)), ""
        except Exception as error:
            why = custom_code.refusal_of(error)
    return *wrap_as_entry(plainly), why


def _closed(rule: Callable[..., Any], instance: Any) -> Callable[..., float]:
    """Return the rule as a function of eight numbers, the strategy's own numbers frozen into it."""
    from sim.jit import njit

    me = custom_code.numbers_of(instance)
    ask, seen = njit(error_model="numpy")(rule), Seen

    def asked(
        clock: float, floor: float, opening: float, last_ask: float,
        offered: float, rise: float, turn: float, luck: float,
    ) -> float:  # fmt: skip
        return float(ask(me, seen(clock, floor, opening, last_ask, offered, rise, turn, luck)))

    return asked
