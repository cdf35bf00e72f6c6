"""A mediator that a person brings along: one Python file, a frozen dataclass, a method for each moment.

`path.py:Name` names it, `path.py:Name:share=0.3` sets its numbers. A method gets one argument, what is on
its sheet (`sim.mediation.rounds.sheet.Seen`), and returns an act of `sim.mediation.acts`. It is compiled where
Numba can; else it runs as it is, and says so.
"""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.desk import SHEET
from sim.errors import SimError, nearest
from sim.interrupt import may_be_pressed
from sim.jit import plain
from sim.mediation.rounds import sheet as at
from sim.mediation.rounds.custom_calls import MOST_ACTS, MOST_PRICE, allowed
from sim.mediation.rounds.sheet import Move, answer_on, seen_on
from sim.mediation.styles.entry import StyleEntry
from sim.records import MAX_ISSUES
from sim.strategies import custom_code
from sim.strategies.code_consent import Consent
from sim.strategies.custom_code import Brought, about_of, check_rule, said, source_of
from sim.words import Act, Moment, Question, Style, Topic, Trouble

MOMENTS = tuple(moment for moment in Moment if moment != Moment.TALK)
RULES = ", ".join(f"{moment.name.lower()}(self, seen)" for moment in MOMENTS)
WORDS = ("both", "blind", "source")  # what a class says of itself beside its numbers
ACTS = "want nothing(), ask(…), ask_about(…), tell(…) or text(…) of sim.mediation.acts"


@dataclass(frozen=True, eq=False, kw_only=True)
class OwnMediator(Brought):
    """A mediator's style read from a file, with its numbers, and the addresses of its rules."""

    moments: tuple[Moment, ...]
    addresses: tuple[int, ...]  # by moment; 0 where it has no rule
    both: bool
    blind: bool

    @property
    def entry_of_catalogue(self) -> StyleEntry:
        """Return what is said of it, as of any style."""
        return StyleEntry(
            Style.OWN,
            rule=self.about,
            source=self.source,
            moments=self.moments,
            costs="an offer of the talk for each text, a message for each side asked or told",
            limit="what its author says",
            both=self.both,
            blind=self.blind,
            lucky=True,
        )

    def doing(self, desk: Any) -> tuple[str, float] | None:
        """Return which of its rules is being asked, and how many were before; None if none is."""
        if desk.sheet[at.BUSY] == 0.0:
            return None
        moment = Moment(int(desk.sheet[at.MOMENT]))
        return f"{self}: {moment.name.lower()}", float(desk.sheet[at.CALLS])

    def complain_of(self, trouble: int, desk: Any) -> None:
        """Raise in one line what was wrong with its answer, given the desk on which it lies."""
        moment = Moment(int(desk.moment))
        sheet = np.array(desk.sheet)
        where = f"{self}: {moment.name.lower()}"
        if trouble == Trouble.FAILED:
            _answer(self.instance, moment, self.troubles, sheet)
            self.complain()
            self.complain_again()
            raise SimError(f"{where}: went wrong in compiled code alone")
        issues = int(sheet[at.ISSUES])
        put = sheet[at.PUT : at.PUT + MAX_ISSUES]
        levels = [f"{level:g}" for n, level in enumerate(put) if n < issues or level != -1.0]
        most = [f"{count - 1:g}" for count in sheet[at.COUNTS :][:issues]]
        told = {
            Trouble.ACT: f"an act that there is not: {ACTS}",
            Trouble.LEVELS: f"text of levels {', '.join(levels)}: want whole numbers from 0 to "
            f"{', '.join(most)}, one for each issue",
            Trouble.PRICE: f"price {sheet[at.PUT_PRICE]:g}: want a number in money per month, "
            f"at most {MOST_PRICE:g} either way",
            Trouble.STAGE: f"stage {sheet[at.PUT_STAGE]:g}: want a whole number from 0",
            Trouble.ENDLESS: f"{MOST_ACTS} acts in one round: want nothing() to end it",
        }
        if trouble == Trouble.MOMENT:  # of the other troubles the act may be none that there is
            raise SimError(f"{where}: {act_on(sheet)}: want {allowed_at(moment)}")
        raise SimError(f"{where}: {told[Trouble(trouble)]}")


def allowed_at(moment: Moment) -> str:
    """Return which acts a moment allows, in words."""
    may = plain(allowed)
    topics = [topic.name for topic in Topic if may(moment, Act.TELL, topic)]
    told = f"tell(…) about {', '.join(topics)}"
    if may(moment, Act.TEXT, 0):
        return f"nothing(), ask(…), ask_about(…), text(…), or {told}"
    return f"nothing(), or {told}"


def act_on(sheet: Any) -> str:
    """Return the act on a sheet as one writes it."""
    kind, what = int(sheet[at.KIND]), int(sheet[at.WHAT])
    if kind == Act.TEXT:
        return "text(…)"
    if kind == Act.TELL:
        return f"tell(Topic.{Topic(what).name})"
    return f"ask(Question.{Question(what).name})"


def load(path: str, name: str, settings: str, where: str, consent: Consent | None) -> OwnMediator:
    """Return the mediator `name` of a Python file, as `sim.strategies.custom_code.load` does."""
    found = custom_code.load(MEDIATOR, path, name, settings, where, consent)
    assert isinstance(found, OwnMediator)
    return found


def _mediator(kind: Any, instance: Callable[[], Any], where: str, path: str) -> OwnMediator:
    if "talk" in vars(kind):
        raise SimError(
            f"{where}: talk: a mediator of one's own is silent while the sides make offers"
        )
    moments = tuple(m for m in MOMENTS if hasattr(kind, m.name.lower()))
    _check_names(kind, where)
    if not moments:
        raise SimError(f"{where}: no rule: want at least one of {RULES}")
    for moment in moments:
        check_rule(kind, f"{moment.name.lower()}(self, seen)", where)
    one, troubles = instance(), []  # type: ignore[var-annotated]
    entries, addresses, why = _entries(kind, one, moments, troubles)
    return OwnMediator(
        path=path, name=kind.__name__, instance=one, source=source_of(kind, path),
        about=about_of(kind), why_plain=why, entry=entries, troubles=troubles, moments=moments,
        addresses=addresses, both=_said_of(kind, "both", True, where),
        blind=_said_of(kind, "blind", False, where),
    )  # fmt: skip


def _check_names(kind: Any, where: str) -> None:
    """Refuse a name that is nearly one of ours: what is misspelt would be passed over without a word."""
    moments, words = [moment.name.lower() for moment in MOMENTS], list(WORDS)
    for name, value in vars(kind).items():
        ours = moments if inspect.isfunction(value) else words
        near = "" if name.startswith("_") or name in ours else nearest(name, ours)
        if near and name not in kind.__dataclass_fields__:
            raise SimError(
                f"{where}: {name}: want one of {', '.join(ours)}, or a name less like them; "
                f"did you mean '{near}'?"
            )


def _said_of(kind: Any, word: str, default: bool, where: str) -> bool:
    """Return what a class says of itself by True or False."""
    value = getattr(kind, word, default)
    if not isinstance(value, bool):
        raise SimError(f"{where}: {word} = {value!r}: want True or False")
    return value


MEDIATOR = custom_code.Sort("mediator", f"a frozen dataclass with some of {RULES}", _mediator)


def _entries(
    kind: Any, instance: Any, moments: tuple[Moment, ...], troubles: list[BaseException]
) -> tuple[Any, tuple[int, ...], str]:
    """Return (what keeps the rules alive, their addresses by moment, why they are not compiled)."""
    from sim.compile.sheet_calls import (
        compile_sheet_function,
        why_may_overflow,
        wrap_sheet_function,
    )
    from sim.jit import config

    rules = {moment: getattr(kind, moment.name.lower()) for moment in moments}
    why = next(
        filter(None, (custom_code.why_not(rule, places=True) for rule in rules.values())), ""
    )
    made: dict[Moment, tuple[Any, int]] = {}
    if config.DISABLE_JIT:
        why = "the compiler is switched off"
    if not why:
        try:
            for moment, rule in rules.items():
                read, act = _closed(rule, instance)
                made[moment] = compile_sheet_function(read, SHEET)
                why = why or why_may_overflow(act)
        except Exception as error:
            why = custom_code.refusal_of(error)
    if why:
        made = {m: wrap_sheet_function(_plainly(instance, m, troubles), SHEET) for m in moments}
    addresses = tuple(made[m][1] if m in made else 0 for m in Moment)
    return list(made.values()), addresses, why


def _closed(rule: Callable[..., Any], instance: Any) -> tuple[Callable[[Any], float], Any]:
    """Return a rule as a function of its sheet, its numbers frozen into it, and the rule for Numba."""
    from sim.jit import njit

    me, act = custom_code.numbers_of(instance), njit(error_model="numpy", boundscheck=True)(rule)

    def read(sheet: Any) -> float:
        answer_on(sheet, act(me, seen_on(sheet)))
        return 0.0

    return read, act


def _plainly(
    instance: Any, moment: Moment, troubles: list[BaseException]
) -> Callable[[Any], float]:
    return lambda sheet: _answer(instance, moment, troubles, sheet)


def _answer(instance: Any, moment: Moment, troubles: list[BaseException], sheet: Any) -> float:
    """Ask a rule in plain Python; what goes wrong is kept, since C code cannot pass it on."""
    if troubles:
        return 1.0
    name = moment.name.lower()
    try:
        move = getattr(instance, name)(seen_on(sheet))
        if not isinstance(move, Move):
            raise SimError(f"answered {custom_code.ADDRESS.sub('', repr(move))}: {ACTS}")
        numbers: Any = [_number(value) for value in move[:-1]]
        answer_on(sheet, Move._make([*numbers, tuple(map(_number, move.levels))]))
        return 0.0
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and may_be_pressed():
            troubles.append(error)
        else:
            told = (
                str(error) if isinstance(error, SimError) else said(error, instance_path(instance))
            )
            troubles.append(SimError(f"{name}: {told}"))
        return 1.0


def _number(value: Any) -> float:
    """Return a number of an answer; what is none is no number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def instance_path(instance: Any) -> str:
    """Return the file in which an instance's class is written."""
    return str(getattr(sys.modules.get(type(instance).__module__), "__file__", ""))


def plain_addresses(own: OwnMediator) -> tuple[Any, tuple[int, ...]]:
    """Return (what keeps them alive, by moment) the addresses of a mediator's rules in plain Python."""
    from sim.compile.sheet_calls import wrap_sheet_function

    made = {
        m: wrap_sheet_function(_plainly(own.instance, m, own.troubles), SHEET) for m in own.moments
    }
    return list(made.values()), tuple(made[m][1] if m in made else 0 for m in Moment)
