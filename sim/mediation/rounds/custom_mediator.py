"""A custom mediator: a Python file of the user with a frozen dataclass and a method for each moment.

`path.py:Name` names it, `path.py:Name:share=0.3` sets its numbers. A method takes one argument, the view of
its sheet (`sim.mediation.rounds.sheet.MediatorView`), and returns an act of `sim.mediation.acts`. It is
compiled if Numba can compile it; otherwise it runs in Python, which is reported.
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
from sim.errors import SimError, closest_name
from sim.interrupt import may_be_ctrl_c
from sim.jit import plain
from sim.mediation.rounds import sheet as at
from sim.mediation.rounds.custom_calls import MAX_ACTS, MAX_PRICE, is_act_allowed
from sim.mediation.rounds.sheet import Move, read_view, write_answer
from sim.mediation.styles.entry import StyleEntry
from sim.records import MAX_ISSUES
from sim.strategies import custom_code
from sim.strategies.code_consent import Consent
from sim.strategies.custom_code import CustomCode, check_rule, describe_error, source_of, summary_of
from sim.words import Act, Moment, Question, Style, Topic, Trouble

MOMENTS = tuple(moment for moment in Moment if moment != Moment.TALK)
RULES = ", ".join(f"{moment.name.lower()}(self, seen)" for moment in MOMENTS)
FLAGS = ("both", "blind", "source")  # attributes of a class that are not settings
ACTS = "want nothing(), ask(…), ask_about(…), tell(…) or text(…) of sim.mediation.acts"


@dataclass(frozen=True, eq=False, kw_only=True)
class CustomMediator(CustomCode):
    """A mediator's style loaded from a file, with its numbers and the addresses of its rules."""

    moments: tuple[Moment, ...]
    addresses: tuple[int, ...]  # by moment; 0 if it has no rule for the moment
    both: bool
    blind: bool

    @property
    def catalogue_entry(self) -> StyleEntry:
        """The entry of this style, like that of a style of the catalogue."""
        return StyleEntry(
            Style.CUSTOM,
            rule=self.about,
            source=self.source,
            moments=self.moments,
            costs="an offer of the talk for each text, a message for each side asked or told",
            limit="as its author claims",
            both=self.both,
            blind=self.blind,
            lucky=True,
        )

    def current_call(self, desk: Any) -> tuple[str, float] | None:
        """Return (the rule that is running, the number of earlier calls), or None if none is running."""
        if desk.sheet[at.BUSY] == 0.0:
            return None
        moment = Moment(int(desk.sheet[at.MOMENT]))
        return f"{self}: {moment.name.lower()}", float(desk.sheet[at.CALLS])

    def raise_answer_trouble(self, trouble: int, desk: Any) -> None:
        """Raise a one-line SimError about a wrong answer, given the desk that holds its sheet."""
        moment = Moment(int(desk.moment))
        sheet = np.array(desk.sheet)
        where = f"{self}: {moment.name.lower()}"
        if trouble == Trouble.FAILED:
            _answer_in_python(self.instance, moment, self.troubles, sheet)
            self.raise_trouble()
            self.raise_last_trouble()
            raise SimError(f"{where}: failed in compiled code, but not in Python")
        issues = int(sheet[at.ISSUES])
        put = sheet[at.PUT : at.PUT + MAX_ISSUES]
        levels = [f"{level:g}" for n, level in enumerate(put) if n < issues or level != -1.0]
        most = [f"{count - 1:g}" for count in sheet[at.COUNTS :][:issues]]
        messages = {
            Trouble.ACT: f"no such act: {ACTS}",
            Trouble.LEVELS: f"text of levels {', '.join(levels)}: want whole numbers from 0 to "
            f"{', '.join(most)}, one for each issue",
            Trouble.PRICE: f"price {sheet[at.PUT_PRICE]:g}: want a number in money per month, "
            f"at most {MAX_PRICE:g} either way",
            Trouble.STAGE: f"stage {sheet[at.PUT_STAGE]:g}: want a whole number from 0",
            Trouble.ENDLESS: f"{MAX_ACTS} acts in one round: want nothing() to end it",
        }
        if trouble == Trouble.MOMENT:  # after another trouble the act may have no name
            raise SimError(f"{where}: {act_in_words(sheet)}: want {acts_allowed_at(moment)}")
        raise SimError(f"{where}: {messages[Trouble(trouble)]}")


def acts_allowed_at(moment: Moment) -> str:
    """Return in words which acts a moment allows."""
    may = plain(is_act_allowed)
    topics = [topic.name for topic in Topic if may(moment, Act.TELL, topic)]
    estimates = f"tell(…) about {', '.join(topics)}"
    if may(moment, Act.TEXT, 0):
        return f"nothing(), ask(…), ask_about(…), text(…), or {estimates}"
    return f"nothing(), or {estimates}"


def act_in_words(sheet: Any) -> str:
    """Return the act on a sheet in the notation of `sim.mediation.acts`."""
    kind, what = int(sheet[at.KIND]), int(sheet[at.WHAT])
    if kind == Act.TEXT:
        return "text(…)"
    if kind == Act.TELL:
        return f"tell(Topic.{Topic(what).name})"
    return f"ask(Question.{Question(what).name})"


def load_mediator(
    path: str, name: str, settings: str, where: str, consent: Consent | None
) -> CustomMediator:
    """Return the mediator `name` of a Python file.

    Raises SimError of one line if the file cannot be read, run or used, as `sim.strategies.custom_code.load` does.
    """
    found = custom_code.load(MEDIATOR, path, name, settings, where, consent)
    assert isinstance(found, CustomMediator)
    return found


def _build_mediator(
    kind: Any, instance: Callable[[], Any], where: str, path: str
) -> CustomMediator:
    if "talk" in vars(kind):
        raise SimError(f"{where}: talk: a custom mediator is silent while the sides make offers")
    moments = tuple(m for m in MOMENTS if hasattr(kind, m.name.lower()))
    _check_names(kind, where)
    if not moments:
        raise SimError(f"{where}: no rule: want at least one of {RULES}")
    for moment in moments:
        check_rule(kind, f"{moment.name.lower()}(self, seen)", where)
    one, troubles = instance(), []  # type: ignore[var-annotated]
    entries, addresses, why = _entry_points(kind, one, moments, troubles)
    return CustomMediator(
        path=path, name=kind.__name__, instance=one, source=source_of(kind, path),
        about=summary_of(kind), why_plain=why, entry=entries, troubles=troubles, moments=moments,
        addresses=addresses, both=_flag_of(kind, "both", True, where),
        blind=_flag_of(kind, "blind", False, where),
    )  # fmt: skip


def _check_names(kind: Any, where: str) -> None:
    """Refuse a name that is nearly a moment or a flag: a misspelt one would be ignored silently."""
    moments, words = [moment.name.lower() for moment in MOMENTS], list(FLAGS)
    for name, value in vars(kind).items():
        ours = moments if inspect.isfunction(value) else words
        near = "" if name.startswith("_") or name in ours else closest_name(name, ours)
        if near and name not in kind.__dataclass_fields__:
            raise SimError(
                f"{where}: {name}: want one of {', '.join(ours)}, or a name less like them; "
                f"did you mean '{near}'?"
            )


def _flag_of(kind: Any, word: str, default: bool, where: str) -> bool:
    """Return a flag that a class sets to True or False."""
    value = getattr(kind, word, default)
    if not isinstance(value, bool):
        raise SimError(f"{where}: {word} = {value!r}: want True or False")
    return value


MEDIATOR = custom_code.CodeKind(
    "mediator", f"a frozen dataclass with some of {RULES}", _build_mediator
)


def _entry_points(
    kind: Any, instance: Any, moments: tuple[Moment, ...], troubles: list[BaseException]
) -> tuple[Any, tuple[int, ...], str]:
    """Return (objects that keep the rules alive, their addresses by moment, why they are not compiled)."""
    from sim.compile.sheet_calls import (
        compile_sheet_function,
        why_may_overflow,
        wrap_sheet_function,
    )
    from sim.jit import config

    rules = {moment: getattr(kind, moment.name.lower()) for moment in moments}
    why = next(
        filter(
            None, (custom_code.why_not_compilable(rule, places=True) for rule in rules.values())
        ),
        "",
    )
    functions: dict[Moment, tuple[Any, int]] = {}
    if config.DISABLE_JIT:
        why = "the compiler is switched off"
    if not why:
        try:
            for moment, rule in rules.items():
                answer_sheet, act = _bind_settings(rule, instance)
                functions[moment] = compile_sheet_function(answer_sheet, SHEET)
                why = why or why_may_overflow(act)
        except Exception as error:
            why = custom_code.why_compile_failed(error)
    if why:
        functions = {
            m: wrap_sheet_function(_python_reader(instance, m, troubles), SHEET) for m in moments
        }
    addresses = tuple(functions[m][1] if m in functions else 0 for m in Moment)
    return list(functions.values()), addresses, why


def _bind_settings(rule: Callable[..., Any], instance: Any) -> tuple[Callable[[Any], float], Any]:
    """Return (a function of a sheet that calls the rule with the mediator's settings, compiled rule)."""
    from sim.compile.sheet_calls import UNCALLED_BY_PYTHON
    from sim.jit import njit

    settings = custom_code.settings_tuple(instance)
    act = njit(**UNCALLED_BY_PYTHON)(rule)

    def answer_sheet(sheet: Any) -> float:
        write_answer(sheet, act(settings, read_view(sheet)))
        return 0.0

    return answer_sheet, act


def _python_reader(
    instance: Any, moment: Moment, troubles: list[BaseException]
) -> Callable[[Any], float]:
    """Return a function of a sheet that calls the mediator's method for a moment in plain Python."""
    return lambda sheet: _answer_in_python(instance, moment, troubles, sheet)


def _answer_in_python(
    instance: Any, moment: Moment, troubles: list[BaseException], sheet: Any
) -> float:
    """Call a rule in plain Python; return 0.0, or 1.0 after an error.

    Errors are kept in `troubles`, since the C code that calls this cannot pass them on.
    """
    if troubles:
        return 1.0
    name = moment.name.lower()
    try:
        move = getattr(instance, name)(read_view(sheet))
        if not isinstance(move, Move):
            raise SimError(f"answered {custom_code.ADDRESS.sub('', repr(move))}: {ACTS}")
        numbers: Any = [_number_or_nan(value) for value in move[:-1]]
        write_answer(sheet, Move._make([*numbers, tuple(map(_number_or_nan, move.levels))]))
        return 0.0
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and may_be_ctrl_c():
            troubles.append(error)
        else:
            message = (
                str(error)
                if isinstance(error, SimError)
                else describe_error(error, file_of_class(instance))
            )
            troubles.append(SimError(f"{name}: {message}"))
        return 1.0


def _number_or_nan(value: Any) -> float:
    """Return a value as a float, NaN if it is no number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def file_of_class(instance: Any) -> str:
    """Return the file that defines the class of an instance."""
    return str(getattr(sys.modules.get(type(instance).__module__), "__file__", ""))


def plain_addresses(own: CustomMediator) -> tuple[Any, tuple[int, ...]]:
    """Return (objects that keep them alive, addresses by moment) of a mediator's rules in plain Python."""
    from sim.compile.sheet_calls import wrap_sheet_function

    made = {
        m: wrap_sheet_function(_python_reader(own.instance, m, own.troubles), SHEET)
        for m in own.moments
    }
    return list(made.values()), tuple(made[m][1] if m in made else 0 for m in Moment)
