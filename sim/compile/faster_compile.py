"""Patches that make Numba's own part of a compile faster.

Most of a compile is Python: Numba infers types and writes code for LLVM. The patches here last only
as long as a compile does, and change no machine code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from inspect import getattr_static
from typing import Any

from numba.core import event
from numba.core import types as nb

from sim.compile.compile_progress import CompileProgress, track_compile


@cache
def _short_mangled_name(kind: Any) -> str:
    """Return a short name of a named tuple type that is the same in every process.

    Machine code in the disk cache refers to functions by names that are made of it.
    """
    digest = hashlib.sha256(kind.name.encode()).hexdigest()
    return f"{kind.instance_class.__name__}_{digest[:16]}"


@contextmanager
def _patched_numba() -> Iterator[None]:
    """Patch three things in Numba that took a third of the time of a compile.

    Numba infers the type of `float * float` again at each place where it occurs (5 of 33 s); here
    the answer is remembered by function and argument types. It formats the types of all arguments
    before each of thirty passes, where the record of parameters has hundreds of fields (2 s); here
    a record is printed by its number. And it mangles the types of arguments into the name of every
    function, up to 20,000 letters that LLVM reads again at every call; here a named tuple has a
    short name.
    """
    known: dict[Any, Any] = {}
    resolve = nb.BaseFunction.get_call_type

    def get_call_type(self: Any, context: Any, args: Any, kws: Any) -> Any:
        if kws:  # rare, and not hashable
            return resolve(self, context, args, kws)
        key = id(self), args
        if key not in known:
            # The function is stored too: while it is alive no other can get its id.
            known[key] = resolve(self, context, args, kws), self
        return known[key][0]

    changes = (
        (nb.BaseFunction, "get_call_type", get_call_type),
        (nb.Record, "__repr__", lambda kind: f"Record#{kind._code}"),
        (nb.NamedTuple, "mangling_args", property(lambda kind: (_short_mangled_name(kind), ()))),
    )
    with ExitStack() as stack:
        # `getattr_static` finds the property itself, which must be put back, not its value.
        for owner, name, instead in changes:
            stack.callback(setattr, owner, name, getattr_static(owner, name))
            setattr(owner, name, instead)
        yield


def _find_rules(fn: Any, found: set[Any]) -> set[Any]:
    """Return a rule and all the rules it calls, directly or not.

    A callee is found by its name among the globals of the caller, as Numba finds it.
    """
    if fn not in found:
        found.add(fn)
        for name in fn.py_func.__code__.co_names:
            value = fn.py_func.__globals__.get(name)
            if hasattr(value, "py_func"):
                _find_rules(value, found)
    return found


class _CompileListener(event.Listener):
    """A listener to every compile, nested ones included; Numba compiles in one thread at a time."""

    def __init__(self) -> None:
        self._depth, self._around = 0, ExitStack()
        self._outer: CompileProgress | None = None

    def on_start(self, started: Any) -> None:
        """Enter the patches when the outermost compile, the kernel's, begins."""
        self._depth += 1
        if self._depth == 1:
            kernel = started.data["dispatcher"]
            self._outer = self._around.enter_context(track_compile(_rules_to_compile(kernel)))
            self._around.enter_context(_patched_numba())

    def on_end(self, ended: Any) -> None:
        """Count a rule; leave the patches when the outermost compile ends, failed or not."""
        self._depth -= 1
        if self._depth == 0:
            self._outer = None
            self._around.close()
        elif self._outer is not None:
            self._outer.finish(ended.data["dispatcher"])


def _rules_to_compile(kernel: Any) -> set[Any]:
    """Return the rules to compile before a kernel; inlined rules are compiled within others."""
    rules = _find_rules(kernel, set()) - {kernel}
    return {r for r in rules if not r.overloads and r.targetoptions.get("inline") != "always"}


def watch_compiles() -> None:
    """Make every compile from now on faster, and show it on the displays of `show_compiles`."""
    event.register("numba:compile", _CompileListener())
