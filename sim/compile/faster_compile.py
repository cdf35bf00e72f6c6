"""Numba's own part of a compile, made quicker, from the first rule of a kernel to its last.

Most of a compile is Python: Numba works out types and writes down code for LLVM. What is changed in it
here is put back when the compile ends, and changes no machine code.
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
    """Return a short name of a kind of named tuple, the same in every process."""
    digest = hashlib.sha256(kind.name.encode()).hexdigest()
    return f"{kind.instance_class.__name__}_{digest[:16]}"


@contextmanager
def _patched_numba() -> Iterator[None]:
    """Spare Numba three things that took it a third of the time.

    It works out anew what `float * float` is wherever one stands (5 of 33 s). It writes out the types
    of all arguments before each of thirty passes, where the record of parameters has hundreds of
    fields (2 s). And it names every function after them, in up to 20,000 letters that LLVM reads
    again at every call.
    """
    known: dict[Any, Any] = {}
    resolve = nb.BaseFunction.get_call_type

    def get_call_type(self: Any, context: Any, args: Any, kws: Any) -> Any:
        if kws:
            return resolve(self, context, args, kws)
        key = id(self), args
        if key not in known:
            known[key] = (
                resolve(self, context, args, kws),
                self,
            )  # kept, so that its id stays its own
        return known[key][0]

    changes = (
        (nb.BaseFunction, "get_call_type", get_call_type),
        (nb.Record, "__repr__", lambda kind: f"Record#{kind._code}"),
        (nb.NamedTuple, "mangling_args", property(lambda kind: (_short_mangled_name(kind), ()))),
    )
    with ExitStack() as stack:
        for owner, name, instead in changes:
            stack.callback(setattr, owner, name, getattr_static(owner, name))
            setattr(owner, name, instead)
        yield


def _find_rules(fn: Any, found: set[Any]) -> set[Any]:
    """Return a rule and all the rules it calls."""
    if fn not in found:
        found.add(fn)
        for name in fn.py_func.__code__.co_names:
            value = fn.py_func.__globals__.get(name)
            if hasattr(value, "py_func"):
                _find_rules(value, found)
    return found


class _CompileListener(event.Listener):  # type: ignore[misc]
    """Hears of every compile, one within the other: Numba lets one thread compile at a time."""

    def __init__(self) -> None:
        self._depth, self._around = 0, ExitStack()
        self._outer: CompileProgress | None = None

    def on_start(self, heard: Any) -> None:
        """Begin with the outermost, the kernel's."""
        self._depth += 1
        if self._depth == 1:
            kernel = heard.data["dispatcher"]
            self._outer = self._around.enter_context(track_compile(_rules_to_compile(kernel)))
            self._around.enter_context(_patched_numba())

    def on_end(self, heard: Any) -> None:
        """Count a rule; end with the outermost, failed or not."""
        self._depth -= 1
        if self._depth == 0:
            self._outer = None
            self._around.close()
        elif self._outer is not None:
            self._outer.finish(heard.data["dispatcher"])


def _rules_to_compile(kernel: Any) -> set[Any]:
    """Return the rules that have to be compiled before a kernel is: not those that stand in others."""
    rules = _find_rules(kernel, set()) - {kernel}
    return {r for r in rules if not r.overloads and r.targetoptions.get("inline") != "always"}


def watch_compiles() -> None:
    """Have every compile from now on made quicker, and shown to whoever wants to see it."""
    event.register("numba:compile", _CompileListener())
