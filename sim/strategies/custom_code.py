"""A Python file of the user, one frozen dataclass of which is a custom strategy or a custom mediator.

`path.py:Name` names it, `path.py:Name:share=0.3` sets its numbers. The names and answers of its rules depend
on its kind (`sim/strategies/custom_strategy.py`, `sim/mediation/rounds/custom_mediator.py`).
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
from sim.strategies.code_timeout import watch

MAX_BYTES = 1_000_000  # of a user's file
ADDRESS = re.compile(" at 0x[0-9a-fA-F]+")  # differs in every run, so it is left out of messages
MAX_SETTING = 2.0**63  # beyond it whole numbers of compiled code overflow


@dataclass(frozen=True, eq=False, kw_only=True)
class CustomCode:
    """A custom strategy or mediator: the instance with its numbers, and how its rules run.

    `troubles` are exceptions of a rule that ran inside compiled code, kept until they can be raised;
    `last_troubles` those that were raised last.
    """

    path: str
    name: str
    instance: Any
    source: str
    about: str
    why_plain: str  # why the rules are not compiled, "" if they are
    entry: Any = field(repr=False)  # keeps the rules alive
    troubles: list[BaseException] = field(default_factory=list)
    last_troubles: list[BaseException] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.path}:{self.name}"

    def changed_settings(self) -> list[str]:
        """Return the numbers that differ from their defaults, as `name=value`."""
        pairs = [(f, getattr(self.instance, f.name)) for f in fields(self.instance)]
        return [f"{f.name}={value:g}" for f, value in pairs if value != f.default]

    def compiled_as(self) -> str:
        """Return how the rules run, in words."""
        return f"runs plain: {self.why_plain}" if self.why_plain else "compiled"

    def raise_trouble(self) -> None:
        """Raise what went wrong inside a rule, in one line, and forget it."""
        if self.troubles:
            self.last_troubles[:] = self.troubles[:1]
            self.troubles.clear()
            self.raise_last_trouble()

    def raise_last_trouble(self) -> None:
        """Raise the last trouble once more: another thread may have been the first to see it."""
        for trouble in self.last_troubles:
            if isinstance(trouble, KeyboardInterrupt) and may_be_ctrl_c():
                raise trouble
            if isinstance(trouble, SimError):
                raise SimError(f"{self}: {trouble}") from None
            raise SimError(f"{self}: {describe_error(trouble, self.path)}") from trouble


PYTHON_SUFFIX = re.compile(r"\.py(?=:|$)")


def is_custom(text: str) -> bool:
    """Return whether a strategy or style is written as `path.py:Name`.

    >>> is_custom("patient.py:Patient"), is_custom("boulware:e=4")
    (True, False)
    """
    return PYTHON_SUFFIX.search(text.strip()) is not None


def split_path(text: str) -> tuple[str, str, str]:
    """Return path, name and settings of `path.py:Name:setting=value,…`.

    >>> split_path("mine/patient.py:Patient:share=0.3")
    ('mine/patient.py', 'Patient', 'share=0.3')
    """
    text = text.strip()
    found = PYTHON_SUFFIX.search(text)  # not just the first ".py": a folder may be called .python
    end = len(text) if found is None else found.start() + len(".py")
    name, _, settings = text[end:].removeprefix(":").partition(":")
    return text[:end], name.strip(), settings


@dataclass(frozen=True)
class CodeKind:
    """A kind of custom code: its name, what a file must contain, and how an object is built from a class."""

    noun: str
    contents: str
    build: Callable[[Any, Callable[[], Any], str, str], CustomCode]  # class, instance, where, path
    extra_settings: tuple[str, ...] = ()  # beside those of the class


# Never emptied: compiled talks hold addresses of the rules.
_loaded: dict[tuple[str, ...], CustomCode] = {}


def load(
    code_kind: CodeKind, path: str, name: str, settings: str, where: str, consent: Consent | None
) -> CustomCode:
    """Return the custom strategy or mediator `name` of a Python file.

    The file is run once for each state of its text, and only if `consent` covers it; with `consent` None it must
    have been run before, when the scenario was loaded. Raises SimError of one line if the file cannot be read,
    run or used.
    """
    text, digest = read_source(path, where)
    known = (code_kind.noun, path, digest, name, settings)
    if consent is not None and not consent.covers(path):
        raise SimError(f"{where} = '{path}:{name}': would run code from {path}; {consent.how}")
    if known not in _loaded:
        if consent is None:
            want = "want the file as it was when the scenario was loaded"
            raise SimError(f"{where} = '{path}:{name}': not loaded, or changed since: {want}")
        _loaded[known] = _build(code_kind, path, text, name, settings, where)
    return _loaded[known]


def find_loaded(text: str) -> list[CustomCode]:
    """Return all that was loaded for the name in `path.py:Name`, with any settings, from the current file."""
    path, name, _ = split_path(text)
    digest = read_source(path, "file")[1]
    return [found for known, found in _loaded.items() if known[1:4] == (path, digest, name)]


def read_source(path: str, where: str) -> tuple[str, str]:
    """Return the text of a Python file and its SHA-256; raises SimError of one line if it cannot be read."""
    try:
        raw = read_bytes(path, MAX_BYTES)
        return raw.decode("utf-8"), hashlib.sha256(raw).hexdigest()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise SimError(f"{where} = {path!r}: cannot be read: {reason.lower()}") from None


def _build(
    code_kind: CodeKind, path: str, text: str, name: str, settings: str, where: str
) -> CustomCode:
    """Run a file and build an object of it, whatever the file does: it may raise, or try to exit."""
    try:
        with watch(lambda: (f"{where} = '{path}:{name}': the file", 0.0)):
            module = _run_module(path, text)
        kinds = [key for key, value in vars(module).items() if _is_dataclass_of(value, module)]
        kind: Any = getattr(module, name, None) if name in kinds else None
        if kind is None:
            near = closest_name(name, kinds)
            hint = f"; did you mean '{near}'?" if near else ""
            want = ", ".join(kinds) or code_kind.contents
            raise SimError(
                f"{where} = '{path}:{name}': no such {code_kind.noun} in it: want {want}{hint}"
            )
        where = f"{where} = '{path}:{name}'"
        return code_kind.build(
            kind,
            lambda: _build_instance(kind, settings, where, path, code_kind.extra_settings),
            where,
            path,
        )
    except SimError:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and may_be_ctrl_c():
            raise
        raise SimError(f"{where} = {path!r}: {describe_error(error, path)}") from error


def _run_module(path: str, text: str) -> ModuleType:
    module = ModuleType(f"custom_{crc32(text.encode()):08x}_{crc32(path.encode()):08x}")
    module.__file__ = path
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        exec(compile(text, path, "exec", dont_inherit=True), vars(module))
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module


def describe_error(error: BaseException, path: str) -> str:
    """Return an exception in one line, with the line of the user's file where it was raised."""
    lines = [error.lineno] if isinstance(error, SyntaxError) and error.lineno else []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        message = ADDRESS.sub("", text.split("\n")[0])
    except BaseException:  # its __str__ is the user's code too
        message = ""
    place = f"line {lines[-1]}: " if lines else ""
    return f"{place}{type(error).__name__}" + (f": {message}" if message else "")


def _is_dataclass_of(value: Any, module: ModuleType) -> bool:
    mine = isinstance(value, type) and value.__module__ == module.__name__
    return mine and is_dataclass(value)


def check_rule(kind: Any, rule: str, where: str) -> None:
    """Check that a class has a rule of two arguments, written as in `ask(self, seen)`; raises SimError if not."""
    name = rule.partition("(")[0]
    found = inspect.getattr_static(kind, name, None)
    if not inspect.isfunction(found):
        raise SimError(f"{where}: no rule: want a method {rule}")
    taken = list(inspect.signature(found).parameters)
    if len(taken) != 2:
        raise SimError(f"{where}: {name}({', '.join(taken)}): want {rule}")
    if not kind.__dataclass_params__.frozen:
        raise SimError(f"{where}: want @dataclass(frozen=True): a rule cannot remember anything")


def summary_of(kind: Any) -> str:
    """Return the first line of a class's docstring, or its name."""
    return inspect.cleandoc(kind.__doc__ or kind.__name__).splitlines()[0]


def source_of(kind: Any, path: str) -> str:
    """Return the source that a class states, or its file."""
    return str(getattr(kind, "source", "")) or f"custom, {path}"


def _build_instance(kind: Any, settings: str, where: str, path: str, more: tuple[str, ...]) -> Any:
    """Return an instance of the user's class with the numbers in `setting=value,…`.

    `more` are further names of settings, for messages. Raises SimError, which begins with `where`.
    """
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
                f"{where}: {key} = {value!r}: {key} is already set; want each setting once"
            )
        number: Any = type(known[key].default)
        try:
            values[key] = number(value)
        except ValueError:
            raise SimError(f"{where}: {key} = {value!r}: want a number") from None
        if not abs(values[key]) < MAX_SETTING:
            want = f"want a number below {MAX_SETTING:g} either way"
            raise SimError(f"{where}: {key} = {value!r}: {want}")
    try:
        return kind(**values)
    except Exception as error:
        raise SimError(f"{where}: {describe_error(error, path)}") from error


def why_compile_failed(error: Exception) -> str:
    """Return in a short line why Numba could not compile a rule, without addresses that change from run to run."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reason = next((line for line in lines if not line.startswith("Failed in")), "")
    called = re.search(r"^No implementation of function Function\(<(?:\S+ )?function (\w+)", reason)
    if called:
        return f"no compiled form of {called[1]}() for what it is given"
    # Addresses, types and names of modules are left out.
    reason = re.sub(r"<(?:\S+ )?function (\w+)[^<>]*>", r"\1", reason)
    reason = ADDRESS.sub("", reason)
    reason = re.sub(r" of type .*|custom_[0-9a-f]{8}_[0-9a-f]{8}\.", "", reason)
    return reason.split(". ")[0][:120].rstrip(" :") or type(error).__name__


def why_not_compilable(rule: Callable[..., Any], *, places: bool = False) -> str:
    """Return why a rule must not be compiled, "" if it may: an exception cannot leave machine code.

    With `places`, lookups by index are checked when the rule runs, so they are allowed.
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


def settings_tuple(instance: Any) -> Any:
    """Return the numbers of an instance as a named tuple, which compiled rules can take."""
    from collections import namedtuple

    names = [f.name for f in fields(instance)]
    return namedtuple("Numbers", names)(*(getattr(instance, name) for name in names))
