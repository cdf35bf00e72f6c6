"""A named tuple of arrays passed to rules by reference: one address, not hundreds of numbers.

Numba passes a tuple by value. Each array in it is unpacked into seven or more LLVM arguments
(pointers, length, item size, a shape and a stride per axis), so that a world of twenty arrays costs
hundreds of arguments at every call of every rule, which LLVM has to lower and optimise each time. A
kernel therefore takes the address of the tuple once, `w = by_reference(world)`; rules read `w.ties`
from it as from the tuple, and LLVM loads only the fields that a rule uses.
"""

from __future__ import annotations

from typing import Any, TypeVar

from llvmlite import ir
from numba.core import cgutils
from numba.core import types as nb
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    overload,
    register_model,
)

T = TypeVar("T")
POINTER = ir.IntType(8).as_pointer()  # i8*; cast back to the tuple's type at every load


class TupleReference(nb.Type):
    """The Numba type of the address of a named tuple; `whole` is the type of the tuple."""

    def __init__(self, whole: Any):
        self.whole = whole
        super().__init__(f"TupleReference({whole})")

    @property
    def mangling_args(self) -> tuple[str, tuple[Any, ...]]:
        """Return the parts that the mangled names of functions are made of."""
        return "TupleReference", (self.whole,)


@register_model(TupleReference)
class _ReferenceModel(models.PrimitiveModel):
    """The machine representation: a plain pointer, which costs one register to pass."""

    def __init__(self, manager: Any, kind: Any):
        super().__init__(manager, kind, POINTER)


@infer_getattr
class _ReferenceFields(AttributeTemplate):
    """The types of the attributes: those of the tuple's fields."""

    key = TupleReference

    def generic_resolve(self, reference: Any, name: str) -> Any:  # type: ignore[override]
        fields = reference.whole.fields
        return reference.whole.types[fields.index(name)] if name in fields else None


@lower_getattr_generic(TupleReference)  # type: ignore[untyped-decorator]
def _load_field(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
    """Load one field through the pointer, at the offset that Numba's tuple has."""
    pointer = builder.bitcast(value, context.get_value_type(kind.whole).as_pointer())
    return builder.load(cgutils.gep_inbounds(builder, pointer, 0, kind.whole.fields.index(name)))


@intrinsic
def _take_reference(context: Any, whole: Any) -> Any:
    """Copy a tuple to the stack of the calling function, and return the address of the copy."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(cgutils.alloca_once_value(builder, args[0]), POINTER)

    return TupleReference(whole)(whole), build


def by_reference(whole: T) -> T:
    """Return a named tuple in the form in which rules take it; interpreted, the tuple itself.

    Compiled, the result is an address on the stack of the kernel, valid until the kernel returns:
    it must be passed to rules and never be kept.
    """
    return whole


# Inlined into the kernel: the copy is on the stack of the function that makes it, so without inlining
# it would be gone when `by_reference` returns.
@overload(by_reference, inline="always")
def _by_reference_compiled(whole):
    take: Any = _take_reference
    return lambda whole: take(whole)  # noqa: PLW0108 - Numba wants these parameter names
