"""Rules that are handed a sheet of numbers and write their answer on it: called by address.

So that no kernel is compiled for what a person brings along; what it looks up by place is checked.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import types as nb
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic, overload, register_jitable

_READER = nb.float64(nb.CPointer(nb.float64))
_READ = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p)
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


def number_of(x):  # type: ignore[no-untyped-def]
    """Return a number, or a word of `sim.words`, as a float."""
    return float(x)


@overload(number_of)
def _number_of_compiled(x):  # type: ignore[no-untyped-def]
    if isinstance(x, nb.IntEnumMember):
        return lambda x: float(x.value)
    return lambda x: float(x)  # noqa: PLW0108 - Numba wants a function of this name


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
