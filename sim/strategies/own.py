"""A strategy that a person brings along: one Python file with a frozen dataclass and one rule.

`path.py:Name` names it, `path.py:Name:share=0.3` sets its numbers. The rule is compiled like ours
where Numba can; else it runs as it is, some hundred times slower, and says so.
"""

from __future__ import annotations

import dis
import hashlib
import inspect
import math
import re
import sys
from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields, is_dataclass
from types import ModuleType
from typing import Any, NamedTuple
from zlib import crc32

from sim.errors import SimError, nearest
from sim.files import read_bytes
from sim.interrupt import may_be_pressed
from sim.strategies.consent import Consent

TRAITS = ("monotone", "looks_back", "uses_luck")
RULE = "ask(self, seen)"
LARGEST = 1_000_000  # bytes of such a file


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


@dataclass(frozen=True, eq=False)
class Own:
    """A strategy read from a file, with its numbers, and the address of its rule."""

    path: str
    name: str
    instance: Any
    traits: tuple[str, ...]
    source: str
    about: str
    why_plain: str  # empty where the rule is compiled
    address: int
    entry: Any = field(repr=False)  # keeps the rule alive
    troubles: list[BaseException] = field(default_factory=list)
    # What was told last: another thread may ask for it.
    told: list[BaseException] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.path}:{self.name}"

    def changed(self) -> list[str]:
        """Return the numbers that differ from their defaults, as one writes them."""
        pairs = [(f, getattr(self.instance, f.name)) for f in fields(self.instance)]
        return [f"{f.name}={value:g}" for f, value in pairs if value != f.default]

    def compiled_as(self) -> str:
        """Say how the rule runs."""
        return f"runs plain: {self.why_plain}" if self.why_plain else "compiled"

    def ask(self, seen: Seen) -> float:
        """Return what the rule answers, in plain Python; raises a one-line SimError."""
        answer = _answer(self.instance, self.troubles, *seen)
        self.complain()
        if math.isnan(answer):
            raise SimError(f"{self}: answered nan: want a utility")
        return answer

    def run(self, seen: Seen) -> float:
        """Return what the rule answers as talks call it: compiled where it can be."""
        from sim.jit import entered

        return entered(self.address, *seen)

    def complain(self) -> None:
        """Raise what went wrong inside the rule, in one line."""
        if self.troubles:
            self.told[:] = self.troubles[:1]
            self.troubles.clear()
            self.complain_again()

    def complain_again(self) -> None:
        """Raise what went wrong last, which another thread may have been the first to see."""
        for trouble in self.told:
            if isinstance(trouble, KeyboardInterrupt) and may_be_pressed():
                raise trouble
            if isinstance(trouble, SimError):
                raise SimError(f"{self}: {trouble}") from None
            raise SimError(f"{self}: {_said(trouble, self.path)}") from trouble


OWN = re.compile(r"\.py(?=:|$)")


def is_own(text: str) -> bool:
    """Say whether a strategy is written as `path.py:Name`."""
    return OWN.search(text.strip()) is not None


def parts_of(text: str) -> tuple[str, str, str]:
    """Return path, name and settings of `path.py:Name:setting=value,…`."""
    text = text.strip()
    found = OWN.search(text)  # not the first ".py": a folder may be called .python
    end = len(text) if found is None else found.start() + len(".py")
    name, _, settings = text[end:].removeprefix(":").partition(":")
    return text[:end], name.strip(), settings


_loaded: dict[tuple[str, ...], Own] = {}  # never emptied: compiled talks hold addresses of rules


def load(
    path: str,
    name: str,
    settings: str = "",
    where: str = "strategy",
    consent: Consent | None = None,
) -> Own:
    """Return the strategy `name` of a Python file; every fault is a SimError of one line.

    The file is run once for every state it is found in, and only with a consent that covers it.
    Without one it must have been run before: a scenario was let in with its files, or not at all.
    """
    text, digest = read(path, where)
    known = (path, digest, name, settings)
    if consent is not None and not consent.covers(path):
        raise SimError(f"{where} = '{path}:{name}': would run code from {path}; {consent.how}")
    if known not in _loaded:
        if consent is None:
            want = "want the file as it was when it was let in"
            raise SimError(f"{where} = '{path}:{name}': not read, or changed since: {want}")
        _loaded[known] = _made(path, text, name, settings, where)
    return _loaded[known]


def read(path: str, where: str) -> tuple[str, str]:
    """Return the text of a Python file and its SHA-256; raises a one-line SimError."""
    try:
        raw = read_bytes(path, LARGEST)
        return raw.decode("utf-8"), hashlib.sha256(raw).hexdigest()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise SimError(f"{where} = {path!r}: cannot be read: {reason.lower()}") from None


def _made(path: str, text: str, name: str, settings: str, where: str) -> Own:
    """Run a file and return a strategy of it, whatever the file does: it may raise, or want to exit."""
    try:
        return _strategy(path, _module(path, text), name, settings, where)
    except SimError:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and may_be_pressed():
            raise
        raise SimError(f"{where} = {path!r}: {_said(error, path)}") from error


def _strategy(path: str, module: ModuleType, name: str, settings: str, where: str) -> Own:
    kinds = [key for key, value in vars(module).items() if _is_strategy(value, module)]
    kind = getattr(module, name, None) if name in kinds else None
    if kind is None:
        near = nearest(name, kinds)
        hint = f"; did you mean '{near}'?" if near else ""
        want = ", ".join(kinds) or "a frozen dataclass with a rule " + RULE
        raise SimError(f"{where} = '{path}:{name}': no such strategy in it: want {want}{hint}")
    where = f"{where} = '{path}:{name}'"
    _check_rule(kind, where)
    traits = _traits(kind, where)
    instance = _instance(kind, settings, where, path)
    troubles: list[BaseException] = []
    entry, address, why = _entry(kind, instance, troubles)
    about = inspect.cleandoc(kind.__doc__ or name).splitlines()[0]
    source = str(getattr(kind, "source", "")) or f"own, {path}"
    return Own(path, name, instance, traits, source, about, why, address, entry, troubles)


def _module(path: str, text: str) -> ModuleType:
    module = ModuleType(f"own_{crc32(text.encode()):08x}_{crc32(path.encode()):08x}")
    module.__file__ = path
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        exec(compile(text, path, "exec", dont_inherit=True), vars(module))
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module


def _said(error: BaseException, path: str) -> str:
    """Return an exception in one line, with the line of the person's file where it arose."""
    lines = [error.lineno] if isinstance(error, SyntaxError) and error.lineno else []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    try:
        said = (error.msg if isinstance(error, SyntaxError) else str(error)).split("\n")[0]
    except BaseException:  # its own __str__ is the person's code too
        said = ""
    place = f"line {lines[-1]}: " if lines else ""
    return f"{place}{type(error).__name__}" + (f": {said}" if said else "")


def _is_strategy(value: Any, module: ModuleType) -> bool:
    mine = isinstance(value, type) and value.__module__ == module.__name__
    return mine and is_dataclass(value)


def _check_rule(kind: Any, where: str) -> None:
    rule = inspect.getattr_static(kind, "ask", None)
    if not inspect.isfunction(rule):
        raise SimError(f"{where}: no rule: want a method {RULE}")
    taken = list(inspect.signature(rule).parameters)
    if len(taken) != 2:
        raise SimError(f"{where}: ask({', '.join(taken)}): want {RULE}")
    if not kind.__dataclass_params__.frozen:
        raise SimError(f"{where}: want @dataclass(frozen=True): a rule remembers nothing by itself")


def _traits(kind: Any, where: str) -> tuple[str, ...]:
    claimed = getattr(kind, "traits", None)
    if isinstance(claimed, str) or not isinstance(claimed, tuple | list):
        raise SimError(f"{where}: traits: want a tuple of some of {', '.join(TRAITS)}, or ()")
    for trait in claimed:
        if trait not in TRAITS:
            near = nearest(str(trait), TRAITS)
            hint = f"; did you mean '{near}'?" if near else ""
            raise SimError(f"{where}: traits: {trait!r}: want some of {', '.join(TRAITS)}{hint}")
    return tuple(claimed)


def _instance(kind: Any, settings: str, where: str, path: str) -> Any:
    known: dict[str, Field[Any]] = {f.name: f for f in fields(kind)}
    for f in known.values():
        if isinstance(f.default, bool) or not isinstance(f.default, int | float):
            raise SimError(
                f"{where}: {f.name}: want a number with a default, as in share: float = 0.5"
            )
    values: dict[str, float] = {}
    for part in filter(None, (word.strip() for word in settings.split(","))):
        key, equals, value = (word.strip() for word in part.partition("="))
        if not equals:
            raise SimError(f"{where}: {part!r}: want setting=value")
        if key not in known:
            near = nearest(key, list(known))
            hint = f"; did you mean '{near}'?" if near else ""
            want = ", ".join((*known, "accept"))
            raise SimError(f"{where}: {key!r}: want one of {want}{hint}")
        number: Any = type(known[key].default)
        try:
            values[key] = number(value)
        except ValueError:
            raise SimError(f"{where}: {key} = {value!r}: want a number") from None
    try:
        return kind(**values)
    except Exception as error:
        raise SimError(f"{where}: {_said(error, path)}") from error


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
    from sim.jit import compiled_entry, config, plain_entry

    def plainly(*numbers: float) -> float:
        return _answer(instance, troubles, *numbers)

    why = _why_not(kind.ask)
    if config.DISABLE_JIT:
        why = "the compiler is switched off"
    if not why:
        try:
            return *compiled_entry(_closed(kind.ask, instance)), ""
        except Exception as error:  # Numba has many ways to say that it cannot
            text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            told = [line for line in lines if not line.startswith("Failed in")]
            why = (told or [type(error).__name__])[0][:120]
    return *plain_entry(plainly), why


def _why_not(rule: Callable[..., Any]) -> str:
    """Return why a rule is better not compiled: an exception could not leave machine code."""
    at = ""
    for step in dis.get_instructions(rule):
        if step.positions and step.positions.lineno:
            at = f"line {step.positions.lineno}: "
        if step.opname in ("RAISE_VARARGS", "SETUP_FINALLY", "PUSH_EXC_INFO"):
            return at + "it raises or catches"
        if step.opname == "BINARY_SUBSCR" or (step.opname, step.argrepr) == ("BINARY_OP", "[]"):
            return at + "it looks up by place, which may not be there"
    return ""


def _closed(rule: Callable[..., Any], instance: Any) -> Callable[..., float]:
    """Return the rule as a function of eight numbers, the strategy's own numbers frozen into it."""
    from collections import namedtuple

    from sim.jit import njit

    names = [f.name for f in fields(instance)]
    me = namedtuple("Numbers", names)(*(getattr(instance, name) for name in names))
    ask, seen = njit(error_model="numpy")(rule), Seen

    def asked(
        clock: float, floor: float, opening: float, last_ask: float,
        offered: float, rise: float, turn: float, luck: float,
    ) -> float:  # fmt: skip
        return float(ask(me, seen(clock, floor, opening, last_ask, offered, rise, turn, luck)))

    return asked
