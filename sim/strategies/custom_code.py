"""A Python file that a person brings along: one frozen dataclass of it is a strategy, or a mediator.

`path.py:Name` names it, `path.py:Name:share=0.3` sets its numbers. What its rules must be called and
answer is said by who asks for it (`sim/strategies/custom_strategy.py`, `sim/mediation/rounds/custom_mediator.py`).
"""

from __future__ import annotations

import dis
import hashlib
import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields, is_dataclass
from types import ModuleType
from typing import Any
from zlib import crc32

from sim.errors import SimError, closest_name
from sim.files import read_bytes
from sim.interrupt import may_be_ctrl_c
from sim.strategies.code_consent import Consent
from sim.strategies.code_timeout import awaited

LARGEST = 1_000_000  # bytes of such a file
ADDRESS = re.compile(" at 0x[0-9a-fA-F]+")  # another one in every run
LARGEST_NUMBER = 2.0**63  # of a setting: beyond it whole numbers of compiled code start anew


@dataclass(frozen=True, eq=False, kw_only=True)
class Brought:
    """What was read from a person's file: its instance with its numbers, and how its rules run."""

    path: str
    name: str
    instance: Any
    source: str
    about: str
    why_plain: str  # empty where the rules are compiled
    entry: Any = field(repr=False)  # keeps the rules alive
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

    def complain(self) -> None:
        """Raise what went wrong inside the rule, in one line."""
        if self.troubles:
            self.told[:] = self.troubles[:1]
            self.troubles.clear()
            self.complain_again()

    def complain_again(self) -> None:
        """Raise what went wrong last, which another thread may have been the first to see."""
        for trouble in self.told:
            if isinstance(trouble, KeyboardInterrupt) and may_be_ctrl_c():
                raise trouble
            if isinstance(trouble, SimError):
                raise SimError(f"{self}: {trouble}") from None
            raise SimError(f"{self}: {said(trouble, self.path)}") from trouble


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


@dataclass(frozen=True)
class Sort:
    """A sort of thing a file can bring: what it is called, what is wanted of it, and how it is made."""

    word: str
    wanted: str
    made: Callable[[Any, Callable[[], Any], str, str], Brought]  # class, instance, where, path
    more: tuple[str, ...] = ()  # settings beside those of the class


_loaded: dict[
    tuple[str, ...], Brought
] = {}  # never emptied: compiled talks hold addresses of rules


def load(
    sort: Sort, path: str, name: str, settings: str, where: str, consent: Consent | None
) -> Brought:
    """Return the thing `name` of a Python file; every fault is a SimError of one line.

    The file is run once for every state it is found in, and only with a consent that covers it.
    Without one it must have been run before: a scenario was let in with its files, or not at all.
    """
    text, digest = read(path, where)
    known = (sort.word, path, digest, name, settings)
    if consent is not None and not consent.covers(path):
        raise SimError(f"{where} = '{path}:{name}': would run code from {path}; {consent.how}")
    if known not in _loaded:
        if consent is None:
            want = "want the file as it was when it was let in"
            raise SimError(f"{where} = '{path}:{name}': not read, or changed since: {want}")
        _loaded[known] = _made(sort, path, text, name, settings, where)
    return _loaded[known]


def loaded(text: str) -> list[Brought]:
    """Return what was brought under the name of `path.py:Name` from the file as it stands now."""
    path, name, _ = parts_of(text)
    digest = read(path, "file")[1]
    return [found for known, found in _loaded.items() if known[1:4] == (path, digest, name)]


def read(path: str, where: str) -> tuple[str, str]:
    """Return the text of a Python file and its SHA-256; raises a one-line SimError."""
    try:
        raw = read_bytes(path, LARGEST)
        return raw.decode("utf-8"), hashlib.sha256(raw).hexdigest()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise SimError(f"{where} = {path!r}: cannot be read: {reason.lower()}") from None


def _made(sort: Sort, path: str, text: str, name: str, settings: str, where: str) -> Brought:
    """Run a file and return a thing of it, whatever the file does: it may raise, or want to exit."""
    try:
        with awaited(lambda: (f"{where} = '{path}:{name}': the file", 0.0)):
            module = _module(path, text)
        kinds = [key for key, value in vars(module).items() if _is_ours(value, module)]
        kind: Any = getattr(module, name, None) if name in kinds else None
        if kind is None:
            near = closest_name(name, kinds)
            hint = f"; did you mean '{near}'?" if near else ""
            want = ", ".join(kinds) or sort.wanted
            raise SimError(
                f"{where} = '{path}:{name}': no such {sort.word} in it: want {want}{hint}"
            )
        where = f"{where} = '{path}:{name}'"
        return sort.made(
            kind, lambda: _instance(kind, settings, where, path, sort.more), where, path
        )
    except SimError:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and may_be_ctrl_c():
            raise
        raise SimError(f"{where} = {path!r}: {said(error, path)}") from error


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


def said(error: BaseException, path: str) -> str:
    """Return an exception in one line, with the line of the person's file where it arose."""
    lines = [error.lineno] if isinstance(error, SyntaxError) and error.lineno else []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        said = ADDRESS.sub("", text.split("\n")[0])
    except BaseException:  # its own __str__ is the person's code too
        said = ""
    place = f"line {lines[-1]}: " if lines else ""
    return f"{place}{type(error).__name__}" + (f": {said}" if said else "")


def _is_ours(value: Any, module: ModuleType) -> bool:
    mine = isinstance(value, type) and value.__module__ == module.__name__
    return mine and is_dataclass(value)


def check_rule(kind: Any, rule: str, where: str) -> None:
    """Check that a class has a rule of two arguments, written as in `ask(self, seen)`."""
    name = rule.partition("(")[0]
    found = inspect.getattr_static(kind, name, None)
    if not inspect.isfunction(found):
        raise SimError(f"{where}: no rule: want a method {rule}")
    taken = list(inspect.signature(found).parameters)
    if len(taken) != 2:
        raise SimError(f"{where}: {name}({', '.join(taken)}): want {rule}")
    if not kind.__dataclass_params__.frozen:
        raise SimError(f"{where}: want @dataclass(frozen=True): a rule remembers nothing by itself")


def about_of(kind: Any) -> str:
    """Return what a class says of itself, in one line."""
    return inspect.cleandoc(kind.__doc__ or kind.__name__).splitlines()[0]


def source_of(kind: Any, path: str) -> str:
    """Return where a class says that it comes from."""
    return str(getattr(kind, "source", "")) or f"own, {path}"


def _instance(kind: Any, settings: str, where: str, path: str, more: tuple[str, ...]) -> Any:
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
            near = closest_name(key, list(known))
            hint = f"; did you mean '{near}'?" if near else ""
            words = (*known, *more)
            want = f"want one of {', '.join(words)}{hint}" if words else "it has no settings"
            raise SimError(f"{where}: {key!r}: {want}")
        if key in values:
            raise SimError(
                f"{where}: {key} = {value!r}: {key} is set already; want each setting once"
            )
        number: Any = type(known[key].default)
        try:
            values[key] = number(value)
        except ValueError:
            raise SimError(f"{where}: {key} = {value!r}: want a number") from None
        if not abs(values[key]) < LARGEST_NUMBER:
            want = f"want a number below {LARGEST_NUMBER:g} either way"
            raise SimError(f"{where}: {key} = {value!r}: {want}")
    try:
        return kind(**values)
    except Exception as error:
        raise SimError(f"{where}: {said(error, path)}") from error


def refusal_of(error: Exception) -> str:
    """Return in a short line why Numba could not compile a rule, without what differs from run to run."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = next((line for line in lines if not line.startswith("Failed in")), "")
    called = re.search(r"^No implementation of function Function\(<(?:\S+ )?function (\w+)", told)
    if called:
        return f"no compiled form of {called[1]}() for what it is given"
    told = re.sub(
        r"<(?:\S+ )?function (\w+)[^<>]*>", r"\1", told
    )  # addresses, and names of modules
    told = re.sub(r" of type .*|own_[0-9a-f]{8}_[0-9a-f]{8}\.", "", ADDRESS.sub("", told))
    return told.split(". ")[0][:120].rstrip(" :") or type(error).__name__


def why_not(rule: Callable[..., Any], *, places: bool = False) -> str:
    """Return why a rule is better not compiled: an exception could not leave machine code.

    Where `places` are checked as it runs it may look up by them.
    """
    at = ""
    for step in dis.get_instructions(rule):
        if step.positions and step.positions.lineno:
            at = f"line {step.positions.lineno}: "
        if step.opname in ("RAISE_VARARGS", "SETUP_FINALLY", "PUSH_EXC_INFO"):
            return at + "it raises or catches"
        by_place = (step.opname, step.argrepr) == ("BINARY_OP", "[]")
        if not places and (by_place or step.opname == "BINARY_SUBSCR"):
            return at + "it looks up by place, which may not be there"
    return ""


def numbers_of(instance: Any) -> Any:
    """Return the numbers of an instance by name, as a tuple that compiled rules can be given."""
    from collections import namedtuple

    names = [f.name for f in fields(instance)]
    return namedtuple("Numbers", names)(*(getattr(instance, name) for name in names))
