"""A named tuple of arrays, lent to rules: one address, where the tuple is hundreds of numbers at every call.

A kernel that gets such a tuple lends it, `w = lend(world)`; rules read `w.ties` from it as from the tuple.
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
POINTER = ir.IntType(8).as_pointer()


class TupleReference(nb.Type):  # type: ignore[misc]
    """The type of the address of a named tuple."""

    def __init__(self, whole: Any):
        self.whole = whole
        super().__init__(f"Lent({whole})")

    @property
    def mangling_args(self) -> tuple[str, tuple[Any, ...]]:
        """Return what the names of functions that take it are made of."""
        return "Lent", (self.whole,)


@register_model(TupleReference)
class _ReferenceModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any):
        super().__init__(manager, kind, POINTER)


@infer_getattr
class _ReferenceFields(AttributeTemplate):  # type: ignore[misc]
    key = TupleReference

    def generic_resolve(self, lent: Any, name: str) -> Any:  # type: ignore[override]
        fields = lent.whole.fields
        return lent.whole.types[fields.index(name)] if name in fields else None


@lower_getattr_generic(TupleReference)
def _load_field(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
    place = builder.bitcast(value, context.get_value_type(kind.whole).as_pointer())
    return builder.load(cgutils.gep_inbounds(builder, place, 0, kind.whole.fields.index(name)))


@intrinsic
def _take_reference(context: Any, whole: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(cgutils.alloca_once_value(builder, args[0]), POINTER)

    return TupleReference(whole)(whole), build


def by_reference(whole: T) -> T:
    """Return a named tuple as rules take it; it stands in the kernel that lends it, and ends with it."""
    return whole


# Inlined, because what is lent would be gone with the function that lends it.
@overload(by_reference, inline="always")
def _by_reference_compiled(whole):  # type: ignore[no-untyped-def]
    lent: Any = _take_reference
    return lambda whole: lent(whole)  # noqa: PLW0108 - Numba wants a function of this name
