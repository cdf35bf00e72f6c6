"""Functions called by address that read a sheet of numbers, which may also be written to.

Custom mediators are compiled apart, or stay in Python, and the kernel gets their address as a
number. So no kernel is compiled for them. Compiled functions check array bounds.
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

njit: Any = numba.njit  # its stubs lack options used here
_COMPILED_SIGNATURE = nb.float64(nb.CPointer(nb.float64))
_PLAIN_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p)
# Operations that can outgrow 64 bits in a few steps; sums would take longer than any run.
OVERFLOW_PRONE = (operator.pow, operator.lshift, operator.mul)
# Decorates what custom code may call: plain Python there, compiled into its machine code otherwise.
compilable: Any = register_jitable(error_model="numpy", boundscheck=True)
# Options of what only other compiled code calls: half of a compile is what Python would need to call it.
UNCALLED_BY_PYTHON: dict[str, Any] = {
    "error_model": "numpy", "boundscheck": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True,
}  # fmt: skip


def compile_sheet_function(fn: Callable[[Any], float], length: int) -> tuple[Any, int]:
    """Return a function of a sheet as machine code: an object that keeps it alive, and its address.

    `length` is the number of float64 on the sheet. The machine code has the C signature `double
    (double*)`. It returns 1 if the function raised, because an exception cannot leave a C callback.
    Array bounds are checked. Raises Numba's errors if the function does not compile.
    """
    inner: Any = njit(**UNCALLED_BY_PYTHON)(fn)

    def read(pointer: Any) -> float:
        try:
            return float(inner(numba.carray(pointer, length)))  # type: ignore[attr-defined]
        except Exception:
            return 1.0

    entry: Any = numba.cfunc(_COMPILED_SIGNATURE, error_model="numpy")(read)
    return entry, entry.address


def why_may_overflow(compiled: Any) -> str:
    """Return why a compiled function should be interpreted: its integers may outgrow 64 bits.

    Python's integers grow as needed; in machine code 2**70 would silently be 0. The result names
    the line of the first such operation, and is empty if there is none.
    """
    for variant in compiled.overloads.values():
        for step, signature in variant.type_annotation.calltypes.items():
            if getattr(step, "op", "") not in ("binop", "inplace_binop"):
                continue
            fn = getattr(step, "immutable_fn", None) if step.op == "inplace_binop" else step.fn
            if fn in OVERFLOW_PRONE and isinstance(signature.return_type, nb.Integer):
                return f"line {step.loc.line}: its whole numbers could outgrow 64 bits"
    return ""


def wrap_sheet_function(fn: Callable[[Any], float], length: int) -> tuple[Any, int]:
    """Return a Python function of a sheet as a callback: the callback and its address.

    Compiled code can call the address; the callback must be kept as long as it may.
    """

    def read(address: int) -> float:
        numbers = ctypes.cast(address, ctypes.POINTER(ctypes.c_double))
        return fn(np.ctypeslib.as_array(numbers, (length,)))

    entry: Any = _PLAIN_SIGNATURE(read)
    return entry, ctypes.cast(entry, ctypes.c_void_p).value or 0


def call_at_address(address: int, sheet: np.ndarray) -> float:
    """Call the function at an address with a sheet of numbers, and return its answer."""
    return float(_PLAIN_SIGNATURE(int(address))(sheet.ctypes.data))


@intrinsic
def _call_pointer(context: Any, address: Any, sheet: Any) -> Any:
    """Emit the call: cast the integer to a function pointer and pass the array's data pointer."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[1])(context, builder, args[1]).data
        kind = ir.FunctionType(ir.DoubleType(), [data.type])
        return builder.call(builder.inttoptr(args[0], kind.as_pointer()), [data])

    return nb.float64(nb.int64, sheet), build


@overload(call_at_address)
def _call_at_address_compiled(address, sheet):
    call: Any = _call_pointer
    return lambda address, sheet: call(address, sheet)  # noqa: PLW0108


def float_converter(words: type[IntEnum] | None) -> Any:
    """Return a function that converts a number or a member of `words` to a float.

    Without `words` it takes numbers only. A member of another enum is refused although it is an
    integer too: interpreted by TypeError, compiled because no overload matches.
    """
    want = f"want a {words.__name__}" if words else "want a number"

    def number_of(value: Any) -> float:
        if isinstance(value, Enum) and (words is None or not isinstance(value, words)):
            raise TypeError(f"{type(value).__name__}.{value.name}: {want}")
        return float(value)

    @overload(number_of)
    def number_of_compiled(value):
        if isinstance(value, nb.IntEnumMember):
            return (lambda value: float(value.value)) if value.instance_class is words else None
        return lambda value: float(value)  # noqa: PLW0108 - Numba wants this parameter name

    return number_of


@intrinsic
def _as_read_only(context: Any, array: Any) -> Any:
    """Give an array the read-only variant of its type; the data are shared."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return impl_ret_borrowed(context, builder, signature.return_type, args[0])

    return array.copy(readonly=True)(array), build


def read_only(array: np.ndarray) -> np.ndarray:
    """Return a copy of an array that cannot be written; compiled, the array with a read-only type.

    In compiled code a write to it does not compile, so no copy is needed.
    """
    copy = np.array(array)
    copy.setflags(write=False)
    return copy


@overload(read_only)
def _read_only_compiled(array):
    close: Any = _as_read_only
    return lambda array: close(array)  # noqa: PLW0108
