"""Functions called by address, so that no kernel is compiled for each custom strategy.

A kernel that named a strategy's function would have to be recompiled for every file that a user
writes. Instead the function gets an entry, machine code with a fixed signature of numbers, and
kernels call it through its address.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir
from numba.core import types as nb
from numba.extending import intrinsic, overload

ENTRY_NUMBERS = 8  # arguments of an entry: the fields of `sim.strategies.custom_strategy.Seen`
_ENTRY_SIGNATURE = nb.float64(*[nb.float64] * ENTRY_NUMBERS)
_ENTRY_TYPE = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * ENTRY_NUMBERS)


def compile_entry(fn: Callable[..., float]) -> tuple[Any, int]:
    """Return (entry, address) of a function of eight numbers, compiled.

    The code is freed with the entry, so keep it as long as the address is used. Raises Numba's errors
    if the function cannot be compiled. Functions it names must be compiled already.
    """
    entry: Any = numba.cfunc(_ENTRY_SIGNATURE, error_model="numpy")(fn)
    return entry, entry.address


def wrap_as_entry(fn: Callable[..., float]) -> tuple[Any, int]:
    """Return (entry, address) of a Python function of eight numbers, called back from C.

    The GIL is taken at every call. Keep the entry as long as the address is used.
    """
    entry: Any = _ENTRY_TYPE(fn)
    return entry, ctypes.cast(entry, ctypes.c_void_p).value or 0


@intrinsic
def _call_address(context: Any, address: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any,
                  h: Any) -> Any:  # fmt: skip
    """Write code that calls a function of eight floats at an address."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        number = ir.DoubleType()
        kind = ir.FunctionType(number, [number] * ENTRY_NUMBERS)
        return builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])

    return nb.float64(nb.int64, *[nb.float64] * ENTRY_NUMBERS), build


def call_entry_from_python(address: int, *numbers: float) -> float:
    """Call the entry at an address with eight numbers, from Python."""
    return float(_ENTRY_TYPE(address)(*numbers))


def call_entry(
    address: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any
) -> float:
    """Call the entry at an address with eight numbers; rules call it as well."""
    return call_entry_from_python(int(address), a, b, c, d, e, f, g, h)


@overload(call_entry)
def _call_entry_compiled(address, a, b, c, d, e, f, g, h):
    call: Any = _call_address
    return lambda address, a, b, c, d, e, f, g, h: call(address, a, b, c, d, e, f, g, h)  # noqa: PLW0108
