"""Rules that are handed a sheet of numbers and write their answer on it: called by address.

So that no kernel is compiled for a custom mediator; what it looks up by place is checked.
"""

from __future__ import annotations

import ctypes
import operator
from collections.abc import Callable
from enum import Enum, IntEnum
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import types as nb
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic, overload, register_jitable

_READER = nb.float64(nb.CPointer(nb.float64))
_READ = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p)
GROWING = (operator.pow, operator.lshift, operator.mul)  # what soon makes whole numbers large
# What a person's rules may call: Python as it stands, and part of their machine code.
either: Any = register_jitable(error_model="numpy", boundscheck=True)


def compiled_reader(fn: Callable[[Any], float], length: int) -> tuple[Any, int]:
    """Return a function of a sheet as machine code: what keeps it alive, and its address.

    What it looks up by place is checked; it answers 1 where it went wrong. Raises Numba's errors.
    """
    inner: Any = numba.njit(error_model="numpy", boundscheck=True)(fn)

    def read(place: Any) -> float:
        try:
            return float(inner(numba.carray(place, length)))
        except Exception:
            return 1.0

    entry: Any = numba.cfunc(_READER, error_model="numpy")(read)
    return entry, entry.address


def outgrows(compiled: Any) -> str:
    """Return why a compiled function is better run plain: its whole numbers could outgrow 64 bits.

    Python's grow as they need; in machine code 2**70 would be 0 without a word.
    """
    for made in compiled.overloads.values():
        for step, signature in made.type_annotation.calltypes.items():
            if getattr(step, "op", "") not in ("binop", "inplace_binop"):
                continue
            fn = getattr(step, "immutable_fn", None) if step.op == "inplace_binop" else step.fn
            if fn in GROWING and isinstance(signature.return_type, nb.Integer):
                return f"line {step.loc.line}: its whole numbers could outgrow 64 bits"
    return ""


def plain_reader(fn: Callable[[Any], float], length: int) -> tuple[Any, int]:
    """Return a Python function of a sheet as one that compiled code can call."""

    def read(place: int) -> float:
        numbers = ctypes.cast(place, ctypes.POINTER(ctypes.c_double))
        return fn(np.ctypeslib.as_array(numbers, (length,)))

    entry: Any = _READ(read)
    return entry, ctypes.cast(entry, ctypes.c_void_p).value or 0


def handed(address, sheet):  # type: ignore[no-untyped-def]
    """Hand a sheet of numbers to the rule at an address; return what it answers."""
    return float(_READ(int(address))(sheet.ctypes.data))


@intrinsic
def _handed(context: Any, address: Any, sheet: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = context.make_array(signature.args[1])(context, builder, args[1]).data
        kind = ir.FunctionType(ir.DoubleType(), [place.type])
        return builder.call(builder.inttoptr(args[0], kind.as_pointer()), [place])

    return nb.float64(nb.int64, sheet), build


@overload(handed)
def _handed_compiled(address, sheet):  # type: ignore[no-untyped-def]
    call: Any = _handed
    return lambda address, sheet: call(address, sheet)  # noqa: PLW0108


def numbers_of_words(words: type[IntEnum] | None) -> Any:
    """Return a function that makes a float of a number or one of `words`; of none, of numbers alone.

    A word of another list is refused, though it is a number too: compiled code does not compile then.
    """
    want = f"want a {words.__name__}" if words else "want a number"

    def number_of(x):  # type: ignore[no-untyped-def]
        if isinstance(x, Enum) and (words is None or not isinstance(x, words)):
            raise TypeError(f"{type(x).__name__}.{x.name}: {want}")
        return float(x)

    @overload(number_of)
    def number_of_compiled(x):  # type: ignore[no-untyped-def]
        if isinstance(x, nb.IntEnumMember):
            return (lambda x: float(x.value)) if x.instance_class is words else None
        return lambda x: float(x)  # noqa: PLW0108 - Numba wants a function of this name

    return number_of


@intrinsic
def _closed_to_writing(context: Any, array: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return impl_ret_borrowed(context, builder, signature.return_type, args[0])

    return array.copy(readonly=True)(array), build


def frozen(array):  # type: ignore[no-untyped-def]
    """Return a copy of an array that nobody can write to; compiled code gets the array, closed."""
    copy = np.array(array)
    copy.setflags(write=False)
    return copy


@overload(frozen)
def _frozen_compiled(array):  # type: ignore[no-untyped-def]
    close: Any = _closed_to_writing
    return lambda array: close(array)  # noqa: PLW0108
