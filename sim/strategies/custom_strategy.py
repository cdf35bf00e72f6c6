"""A custom strategy: a Python file of the user with a frozen dataclass and one rule, `ask(self, seen)`.

`path.py:Name` names it, `path.py:Name:share=0.3` sets its numbers. The rule is compiled if Numba can compile
it; otherwise it runs in Python, some hundred times slower, which is reported.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sim.errors import SimError, closest_name
from sim.strategies import custom_code
from sim.strategies.code_consent import Consent
from sim.strategies.custom_code import CustomCode, check_rule, source_of, summary_of

TRAITS = ("monotone", "looks_back", "uses_luck")
RULE = "ask(self, seen)"


class StrategyView(NamedTuple):
    """What a custom strategy knows at its turn; utilities are its side's own."""

    clock: float  # elapsed share of the talk, 0 to 1
    floor: float  # least it may ask for: its reservation value, as shaded
    opening: float  # most it can hope for
    last_ask: float  # its last ask; its opening before the first
    offered: float  # utility of the newest offer received; NaN if there is none yet
    rise: float  # of `offered` over the offer before; 0 until there are two
    turn: float  # own offers made so far
    luck: float  # a uniform random number in [0, 1), new each turn


@dataclass(frozen=True, eq=False, kw_only=True)
class CustomStrategy(CustomCode):
    """A strategy loaded from a file, with its numbers and the address of its rule."""

    traits: tuple[str, ...]
    address: int

    def ask(self, seen: StrategyView) -> float:
        """Return the answer of the rule in plain Python; raises SimError of one line if it fails or is NaN."""
        answer = _answer_in_python(self.instance, self.troubles, *seen)
        self.raise_trouble()
        if math.isnan(answer):
            raise SimError(f"{self}: answered nan: want a utility")
        return answer

    def run(self, seen: StrategyView) -> float:
        """Return the answer of the rule as talks call it: compiled if possible."""
        from sim.compile.entries import call_entry_from_python

        return call_entry_from_python(self.address, *seen)


def load_strategy(
    path: str,
    name: str,
    settings: str = "",
    where: str = "strategy",
    consent: Consent | None = None,
) -> CustomStrategy:
    """Return the strategy `name` of a Python file.

    Raises SimError of one line if the file cannot be read, run or used, as `sim.strategies.custom_code.load` does.
    """
    found = custom_code.load(STRATEGY, path, name, settings, where, consent)
    assert isinstance(found, CustomStrategy)
    return found


def _build_strategy(
    kind: Any, instance: Callable[[], Any], where: str, path: str
) -> CustomStrategy:
    check_rule(kind, RULE, where)
    traits, strategy = _check_traits(kind, where), instance()
    troubles: list[BaseException] = []
    entry, address, why = _entry_point(kind, strategy, troubles)
    return CustomStrategy(
        path=path, name=kind.__name__, instance=strategy, traits=traits, source=source_of(kind, path),
        about=summary_of(kind), why_plain=why, address=address, entry=entry, troubles=troubles,
    )  # fmt: skip


STRATEGY = custom_code.CodeKind(
    "strategy", "a frozen dataclass with a rule " + RULE, _build_strategy, ("accept",)
)


def _check_traits(kind: Any, where: str) -> tuple[str, ...]:
    claimed = getattr(kind, "traits", None)
    if isinstance(claimed, str) or not isinstance(claimed, tuple | list):
        raise SimError(f"{where}: traits: want a tuple of some of {', '.join(TRAITS)}, or ()")
    for trait in claimed:
        if trait not in TRAITS:
            near = closest_name(str(trait), TRAITS)
            hint = f"; did you mean '{near}'?" if near else ""
            raise SimError(f"{where}: traits: {trait!r}: want some of {', '.join(TRAITS)}{hint}")
    return tuple(claimed)


def _answer_in_python(instance: Any, troubles: list[BaseException], *numbers: float) -> float:
    """Call the rule in plain Python; return its answer, NaN after an error.

    Errors are kept in `troubles`, since the C code that calls this cannot pass them on.
    """
    if troubles:
        return math.nan
    try:
        answer = instance.ask(StrategyView(*numbers))
        if isinstance(answer, str) or not hasattr(answer, "__float__"):
            raise SimError(f"answered {answer!r}: want a utility")
        return float(answer)
    except BaseException as error:
        troubles.append(error)
        return math.nan


def _entry_point(kind: Any, instance: Any, troubles: list[BaseException]) -> tuple[Any, int, str]:
    """Return (object that keeps the rule alive, its address, why it is not compiled)."""
    from sim.compile.entries import compile_entry, wrap_as_entry
    from sim.jit import config

    def plainly(*numbers: float) -> float:
        return _answer_in_python(instance, troubles, *numbers)

    why = custom_code.why_not_compilable(kind.ask)
    if config.DISABLE_JIT:
        why = "the compiler is switched off"
    if not why:
        try:
            return *compile_entry(_bind_settings(kind.ask, instance)), ""
        except Exception as error:
            why = custom_code.why_compile_failed(error)
    return *wrap_as_entry(plainly), why


def _bind_settings(rule: Callable[..., Any], instance: Any) -> Callable[..., float]:
    """Return the rule as a function of eight numbers, with the strategy's own numbers built in."""
    from sim.jit import njit

    me = custom_code.settings_tuple(instance)
    ask, seen = njit(error_model="numpy")(rule), StrategyView

    def asked(
        clock: float, floor: float, opening: float, last_ask: float,
        offered: float, rise: float, turn: float, luck: float,
    ) -> float:  # fmt: skip
        return float(ask(me, seen(clock, floor, opening, last_ask, offered, rise, turn, luck)))

    return asked
