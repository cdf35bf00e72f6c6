"""Operations on the bits of numbers that Numba has no operator for.

Each is an intrinsic, which writes LLVM code, behind a Python function of the same meaning for rules
that run interpreted. `overload` connects the two. It wants functions of the very same arguments, and
as a lambda has no annotations, neither may the function that returns it.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types as nb
from numba.extending import intrinsic, overload

_WHOLE, _NUMBER = struct.Struct("<q"), struct.Struct("<d")


@intrinsic
def _high_word(context: Any, first: Any, second: Any) -> Any:
    """Write code for the upper half of a 128-bit product."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide, word = ir.IntType(128), ir.IntType(64)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), word)

    return nb.uint64(nb.uint64, nb.uint64), build


def high_word(first: Any, second: Any) -> Any:
    """Return the upper 64 bits of the 128-bit product of two unsigned words."""
    return np.uint64((int(first) * int(second)) >> 64)


@overload(high_word)
def _high_word_compiled(first, second):
    product: Any = _high_word
    return lambda first, second: product(first, second)  # noqa: PLW0108


@intrinsic
def _bits_of(context: Any, number: Any) -> Any:
    """Write code that reads a float's bits as a whole number."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return nb.int64(nb.float64), build


@intrinsic
def _float_of(context: Any, bits: Any) -> Any:
    """Write code that reads a whole number's bits as a float."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return nb.float64(nb.int64), build


def bits_of(number: Any) -> Any:
    """Return the 64 bits of a float, as a whole number with sign."""
    return _WHOLE.unpack(_NUMBER.pack(number))[0]


def float_of(bits: Any) -> Any:
    """Return the float that 64 bits stand for."""
    return _NUMBER.unpack(_WHOLE.pack(bits))[0]


@overload(bits_of)
def _bits_of_compiled(number):
    bits: Any = _bits_of
    return lambda number: bits(number)  # noqa: PLW0108


@overload(float_of)
def _float_of_compiled(bits):
    number: Any = _float_of
    return lambda bits: number(bits)  # noqa: PLW0108
