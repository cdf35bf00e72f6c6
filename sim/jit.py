"""The one door to Numba: `rule` compiles, `plain` gives the same rule interpreted.

Numba's disk cache does not notice an edit to a callee in another file and would run old rules, so
every state of the source gets a cache folder of its own.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import struct
import threading
import types
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

# Level 2: rules are optimised once, in the kernel, so it costs seconds; 3 is no faster. Numba reads the
# setting when it is imported.
os.environ.setdefault("NUMBA_OPT", "2")

import numba
import numpy as np
from llvmlite import ir
from llvmlite.binding import Linkage
from numba.core import codegen, typed_passes, typeinfer, untyped_passes
from numba.core import types as nb
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.typed_passes import NoPythonSupportedFeatureValidation
from numba.extending import intrinsic, overload

from sim.cache import FunctionCache, cache_home
from sim.compile.faster_compile import watch_compiles
from sim.interrupt import check

OPTIONS: dict[str, Any] = {
    "nogil": True,
    "fastmath": False,
    "error_model": "numpy",
    "_nrt": False,
}
Rule = Callable[..., Any]
_WHOLE, _NUMBER = struct.Struct("<q"), struct.Struct("<d")


@cache
def source_digest(rooms: tuple[str, ...] = ("",)) -> str:
    """Return the SHA-256 of the Python files of the package (or of some rooms), in path order."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    paths = {path for room in rooms for path in root.glob(f"{room}*" if room else "**/*.py")}
    files = {f for path in paths for f in ([path] if path.is_file() else path.rglob("*.py"))}
    for path in sorted(f for f in files if f.suffix == ".py"):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


COMPILED_ROOMS = (
    "words", "cache", "compile/faster_compile", "compile/array_addresses", "compile/sheet_calls", "jit",
    "arithmetic", "luck", "state", "seat", "contract", "records",
    "strategies", "bargain", "mediation", "relationship", "engines/batch",
)  # fmt: skip


# Talks over outcomes keep a cache of their own: an edit there leaves the engine's standing.
OUTCOME_ROOMS = (
    "words", "cache", "compile/faster_compile", "compile/array_addresses", "jit", "arithmetic", "luck", "records",
    "seat", "strategies", "outcomes",
)  # fmt: skip

HOME = cache_home()
njit: Any = numba.njit  # its type stubs do not know every option
config: Any = numba.config
config.CACHE_DIR = str(HOME / source_digest(COMPILED_ROOMS)[:16])
watch_compiles()


class _Unloaded:
    """A code generator for code that is not loaded: there is no environment to set."""

    def __init__(self, whole: Any):
        self._whole = whole

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    def set_env(self, env_name: str, env: Any) -> None:
        """Leave the environment alone: rules use none, and this one has no address."""


class _Part(codegen.JITCodeLibrary):  # type: ignore[misc]
    """Code of a rule that only other compiled code calls: kept as it is, never run by itself.

    Numba would optimise every rule and write machine code for it together with all the rules it
    calls, again at every level of calls; here only the kernel, which links them all, is finished.
    """

    def _optimize_final_module(self) -> None:
        return

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        """Return the code itself, free to be linked twice; Numba would copy it for that."""
        self._ensure_finalized()
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == Linkage.external:
                function.linkage = "linkonce_odr"
        return self._final_module

    @property
    def codegen(self) -> Any:
        """Return the code generator, which has no memory of this code to write into."""
        return _Unloaded(self._codegen)

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0: there is no machine code to point to."""
        self._ensure_finalized()
        return 0


@register_pass(mutates_CFG=False, analysis_only=True)
class _KeepAsPart(FunctionPass):  # type: ignore[misc]
    _name = "keep as part"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        check()  # every rule comes by here, outside the callbacks in which Ctrl-C would be lost
        if state.library is None:
            state.library = _Part(state.targetctx.codegen(), state.func_id.func_qualname)
            state.library.enable_object_caching()
        return False


# Passes for what no rule has: closures, and expressions of whole arrays. They took a second and a half.
_NEEDLESS = (
    untyped_passes.InlineClosureLikes, typed_passes.NopythonRewrites, typed_passes.InlineOverloads,
)  # fmt: skip


class _PartCompiler(CompilerBase):  # type: ignore[misc]
    def define_pipelines(self) -> list[Any]:
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.passes = [each for each in passes.passes if each[0] not in _NEEDLESS]
        passes.add_pass_after(_KeepAsPart, NoPythonSupportedFeatureValidation)
        passes.finalize()
        return [passes]


PART: dict[str, Any] = {
    "pipeline_class": _PartCompiler,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


def rule(fn: Rule) -> Rule:
    """Compile a scalar rule: part of kernels, without the GIL or fast-math, so that bits agree.

    No rule allocates, so reference counting is left out: it made talks ten times slower.
    """
    return njit(**PART, **OPTIONS)(fn)


def hot(fn: Rule) -> Rule:
    """Compile a rule that every need calls every month: its machine code stands in its callers.

    A talk is some fifty words; handing it over costs more than most monthly rules do with it.
    """
    return njit(forceinline=True, **PART, **OPTIONS)(fn)


def rule_at(signature: Any) -> Callable[[Rule], Rule]:
    """Compile a rule for one signature only, where callers' constants would each compile another."""

    def compiled(fn: Rule) -> Rule:
        made = _kept(njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **OPTIONS)(fn))
        if not config.DISABLE_JIT:
            with typeinfer.register_dispatcher(made):
                made.compile(signature)
            made.disable_compile()
        return made  # type: ignore[no-any-return]

    return compiled


def kernel(fn: Rule) -> Rule:
    """Compile a rule that Python calls, and keep it on disk with all the rules it calls."""
    return _kept(njit(**OPTIONS)(fn))  # type: ignore[no-any-return]


def _kept(made: Any) -> Any:
    """Keep the code of a compiled function on disk."""
    if not config.DISABLE_JIT:
        made._cache = FunctionCache(made.py_func)
    return made


def kernel_of(*rooms: str) -> Callable[[Rule], Rule]:
    """Compile a kernel as `kernel` does, its code kept until one of these rooms is edited."""

    def compiled(fn: Rule) -> Rule:
        if config.DISABLE_JIT:
            return _as_compiled(fn)
        whole = config.CACHE_DIR
        config.CACHE_DIR = str(HOME / source_digest(rooms)[:16])
        try:
            return kernel(fn)
        finally:
            config.CACHE_DIR = whole

    return compiled


def _as_compiled(fn: Rule) -> Rule:
    """Return an interpreted kernel that overflows and divides by zero as compiled code does: in silence."""
    silent: Any = np.errstate(over="ignore", divide="ignore", invalid="ignore")(fn)
    silent.py_func = fn
    return silent  # type: ignore[no-any-return]


def inlined(fn: Rule) -> Rule:
    """Compile a rule into its callers; the way to return rows, which compiled calls cannot."""
    return njit(inline="always", **OPTIONS)(fn)


ADDRESS = nb.UniTuple(nb.float64, 4)(
    nb.UniTuple(nb.uint64, 2), nb.int64, nb.int64, nb.int64, nb.int64
)

_twins: dict[Any, Callable[..., Any]] = {}
# A twin half made calls rules as they are, which have no code: a crash.
_TWINNING = threading.RLock()


def plain(
    fn: Callable[..., Any], instead: Mapping[Callable[..., Any], Callable[..., Any]] | None = None
) -> Callable[..., Any]:
    """Return the interpreted twin of a rule; the rules it calls are interpreted too.

    `instead` names Python functions that are called in the place of rules.
    """
    if instead:
        return _twin(fn, dict(instead))
    if not hasattr(fn, "py_func"):
        return fn
    with _TWINNING:
        return _twin(fn, _twins)


def _twin(fn: Callable[..., Any], twins: dict[Any, Callable[..., Any]]) -> Callable[..., Any]:
    body = getattr(fn, "py_func", fn)
    if fn not in twins:
        scope: dict[str, Any] = {}
        twin = types.FunctionType(
            body.__code__, scope, body.__name__, body.__defaults__, body.__closure__
        )
        twins[fn] = twin
        scope.update(body.__globals__)
        for name in body.__code__.co_names:
            value: Any = body.__globals__.get(name)
            if _is_rule(value):
                scope[name] = _twin(value, twins)
    return twins[fn]


def _is_rule(value: Any) -> bool:
    """Say whether a value is a rule; with the compiler switched off rules are plain functions."""
    if config.DISABLE_JIT:
        return isinstance(value, types.FunctionType) and value.__module__.startswith("sim.")
    return hasattr(value, "py_func")


# --- rules of custom strategies: called by address, so that no kernel is compiled for them ---------

CUSTOM_RULE_ARGUMENTS = 8  # numbers that such a rule takes, see `StrategyView`
_CUSTOM_RULE = nb.float64(*[nb.float64] * CUSTOM_RULE_ARGUMENTS)
_ENTRY = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * CUSTOM_RULE_ARGUMENTS)


def compiled_entry(fn: Callable[..., float]) -> tuple[Any, int]:
    """Return a function of eight numbers as machine code: what keeps it alive, and its address.

    Raises Numba's errors where it cannot be compiled. Functions it names must be compiled already.
    """
    entry: Any = numba.cfunc(_CUSTOM_RULE, error_model="numpy")(fn)
    return entry, entry.address


def plain_entry(fn: Callable[..., float]) -> tuple[Any, int]:
    """Return a Python function of eight numbers as one that compiled code can call."""
    entry: Any = _ENTRY(fn)
    return entry, ctypes.cast(entry, ctypes.c_void_p).value or 0


@intrinsic
def _call_custom_rule(context: Any, address: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any,
             h: Any) -> Any:  # fmt: skip
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        number = ir.DoubleType()
        kind = ir.FunctionType(number, [number] * CUSTOM_RULE_ARGUMENTS)
        return builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])

    return nb.float64(nb.int64, *[nb.float64] * CUSTOM_RULE_ARGUMENTS), build


def call_at_address(address: int, *numbers: float) -> float:
    """Call the rule at an address with eight numbers, from Python."""
    return float(_ENTRY(address)(*numbers))


def call_custom_rule(address, a, b, c, d, e, f, g, h):  # type: ignore[no-untyped-def]
    """Call the rule at an address with eight numbers."""
    return call_at_address(int(address), a, b, c, d, e, f, g, h)


@overload(call_custom_rule)
def _call_custom_rule_compiled(address, a, b, c, d, e, f, g, h):  # type: ignore[no-untyped-def]
    call: Any = _call_custom_rule
    return lambda address, a, b, c, d, e, f, g, h: call(address, a, b, c, d, e, f, g, h)  # noqa: PLW0108


@intrinsic
def _high_word(context: Any, a: Any, b: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide, word = ir.IntType(128), ir.IntType(64)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), word)

    return nb.uint64(nb.uint64, nb.uint64), build


def high_word(a, b):  # type: ignore[no-untyped-def]
    """Return the upper 64 bits of the 128-bit product, which Numba has no operator for."""
    return np.uint64((int(a) * int(b)) >> 64)


@overload(high_word)
def _high_word_compiled(a, b):  # type: ignore[no-untyped-def]
    product: Any = _high_word
    return lambda a, b: product(a, b)  # noqa: PLW0108 - Numba wants a function of these two names


@intrinsic
def _bits_of(context: Any, x: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return nb.int64(nb.float64), build


@intrinsic
def _float_of(context: Any, bits: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return nb.float64(nb.int64), build


def bits_of(x):  # type: ignore[no-untyped-def]
    """Return the 64 bits of a number, as a whole number with sign."""
    return _WHOLE.unpack(_NUMBER.pack(x))[0]


def float_of(bits):  # type: ignore[no-untyped-def]
    """Return the number that 64 bits stand for."""
    return _NUMBER.unpack(_WHOLE.pack(bits))[0]


@overload(bits_of)
def _bits_of_compiled(x):  # type: ignore[no-untyped-def]
    bits: Any = _bits_of
    return lambda x: bits(x)  # noqa: PLW0108


@overload(float_of)
def _float_of_compiled(bits):  # type: ignore[no-untyped-def]
    number: Any = _float_of
    return lambda bits: number(bits)  # noqa: PLW0108
