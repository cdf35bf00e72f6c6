"""The one door to Numba: `rule` compiles, `plain` gives the same rule interpreted.

Numba's disk cache does not notice an edit to a callee in another file and would run old rules, so
every state of the source gets a cache folder of its own.

Numba compiles each function together with all it calls, at every level of calls. Here only kernels
are finished as machine code, and rules are kept as parts that kernels link (`_UnfinishedLibrary`).
"""

from __future__ import annotations

import hashlib
import threading
import types
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sim.compile import OPTIMISATION_LEVEL  # noqa: F401 - before Numba is imported, which reads it

# isort: split
import numba
import numpy as np
from llvmlite.binding import Linkage
from numba.core import codegen, typed_passes, typeinfer, untyped_passes
from numba.core import types as nb
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.typed_passes import NoPythonSupportedFeatureValidation

from sim.cache import cache_home
from sim.compile.code_on_disk import FunctionCache, StandIn
from sim.compile.faster_compile import watch_compiles
from sim.interrupt import raise_if_interrupted

OPTIONS: dict[str, Any] = {
    "nogil": True,  # so that blocks of worlds run in threads
    "fastmath": False,  # it would let the compiler reorder sums, and change their last bits
    "error_model": "numpy",  # division by zero gives inf or nan, without a branch at every quotient
    "_nrt": False,  # no rule allocates; counting references made talks ten times slower
}
Rule = Callable[..., Any]


@cache
def source_digest(rooms: tuple[str, ...] = ("",)) -> str:
    """Return the SHA-256 of the Python files of the package (or of some rooms), in path order.

    A room is the beginning of a path below `sim/`: a folder, or a module without its `.py`.
    """
    root = Path(__file__).parent
    digest = hashlib.sha256()
    paths = {path for room in rooms for path in root.glob(f"{room}*" if room else "**/*.py")}
    files = {f for path in paths for f in ([path] if path.is_file() else path.rglob("*.py"))}
    for path in sorted(f for f in files if f.suffix == ".py"):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


# What the engine's machine code is made from: rules, constants frozen into them, and what compiles them.
COMPILED_ROOMS = (
    "words", "cache", "compile/__init__", "compile/code_on_disk", "compile/faster_compile",
    "compile/array_addresses", "compile/sheet_calls", "compile/entries", "compile/bit_operations",
    "jit", "arithmetic", "luck", "state", "desk", "seat", "contract", "records",
    "strategies", "bargain", "mediation", "relationship", "engines/batch",
)  # fmt: skip

# Talks over outcomes keep a cache of their own, so that an edit there leaves the engine's valid.
OUTCOME_ROOMS = (
    "words", "cache", "compile/__init__", "compile/code_on_disk", "compile/faster_compile",
    "compile/array_addresses", "compile/entries", "compile/bit_operations", "jit", "arithmetic", "luck",
    "records", "seat", "strategies", "outcomes",
)  # fmt: skip

CACHE_HOME = cache_home()
# Typed as Any: Numba's stubs lack options used here, and `config` is filled from the environment.
njit: Any = numba.njit
config: Any = numba.config
config.CACHE_DIR = str(CACHE_HOME / source_digest(COMPILED_ROOMS)[:16])
watch_compiles()


class _UnloadedCodegen(StandIn):
    """A code generator for code that is never loaded, and so has no environment to set.

    Numba writes the address of a function's environment into its loaded code; a part has none.
    """

    def set_env(self, env_name: str, env: Any) -> None:
        """Leave the environment alone: rules use none, and this one has no address."""


class _UnfinishedLibrary(codegen.JITCodeLibrary):
    """Code of a rule that only other compiled code calls: kept unoptimised, never run by itself.

    Numba would optimise every rule and write machine code for it together with all the rules it
    calls, again at every level of calls; here only the kernel, which links them all, is finished.
    """

    def _optimize_final_module(self) -> None:
        """Do nothing: the kernel is optimised as a whole, with this rule in it."""

    def _finalize_final_module(self) -> None:
        """Resolve constants, but write no machine code, which is most of what Numba does here."""
        self._finalize_dynamic_globals()
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        """Return the code itself, free to be linked twice; Numba would copy it for that.

        A rule reaches a kernel by several callers. With `linkonce_odr` the linker keeps one of the
        equal definitions instead of refusing the second.
        """
        self._ensure_finalized()
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == Linkage.external:
                function.linkage = "linkonce_odr"
        return self._final_module

    @property
    def codegen(self) -> Any:
        """Return a code generator that leaves environments alone, see `_UnloadedCodegen`."""
        return _UnloadedCodegen(self._codegen)

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0: there is no machine code to point to."""
        self._ensure_finalized()
        return 0


@register_pass(mutates_CFG=False, analysis_only=True)
class _LeaveUnfinished(FunctionPass):
    """A compiler pass that gives a rule an `_UnfinishedLibrary` to be compiled into.

    Numba creates its own library only if a pass before has not set one.
    """

    _name = "leave unfinished"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        """Set the library; return False, since the rule itself is unchanged."""
        # Every rule passes here, outside the callbacks from C in which Ctrl-C would be lost.
        raise_if_interrupted()
        if state.library is None:
            state.library = _UnfinishedLibrary(
                state.targetctx.codegen(), state.func_id.func_qualname
            )
            state.library.enable_object_caching()
        return False


# Passes for what no rule has: closures, and expressions of whole arrays. They cost 1.5 s of a compile.
_NEEDLESS = (
    untyped_passes.InlineClosureLikes, typed_passes.NopythonRewrites, typed_passes.InlineOverloads,
)  # fmt: skip


class _RuleCompiler(CompilerBase):
    """Numba's compiler for scalar code, without needless passes, that leaves rules unfinished."""

    def define_pipelines(self) -> list[Any]:
        """Return the one list of passes that a rule goes through."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.passes = [each for each in passes.passes if each[0] not in _NEEDLESS]
        passes.add_pass_after(_LeaveUnfinished, NoPythonSupportedFeatureValidation)
        passes.finalize()
        return [passes]


PART_OPTIONS: dict[str, Any] = {
    "pipeline_class": _RuleCompiler,
    "no_cpython_wrapper": True,  # Python never calls a rule, so code that unpacks arguments is waste
    "no_cfunc_wrapper": True,
}


def rule(fn: Rule) -> Rule:
    """Compile a scalar rule as a part of kernels, so that compiled and plain bits agree.

    Only other rules and kernels can call it; from Python, call `plain(rule)`.
    """
    compiled: Rule = njit(**PART_OPTIONS, **OPTIONS)(fn)
    return compiled


def hot(fn: Rule) -> Rule:
    """Compile a rule that every need calls every month, inlined into its callers by LLVM.

    A talk is a tuple of some fifty machine words; passing it costs more than most monthly rules do
    with it.
    """
    compiled: Rule = njit(forceinline=True, **PART_OPTIONS, **OPTIONS)(fn)
    return compiled


def rule_for_signature(signature: Any) -> Callable[[Rule], Rule]:
    """Compile a rule for one signature only.

    Numba compiles a function again for every combination of argument types, and a constant is a
    type of its own; with one signature, arguments are converted instead.
    """

    def compiled(fn: Rule) -> Rule:
        compiled_rule = _with_disk_cache(
            njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **OPTIONS)(fn)
        )
        if not config.DISABLE_JIT:
            # Compiled at once: only then can the dispatcher be closed to further signatures.
            with typeinfer.register_dispatcher(compiled_rule):
                compiled_rule.compile(signature)
            compiled_rule.disable_compile()
        return compiled_rule  # type: ignore[no-any-return]

    return compiled


def kernel(fn: Rule) -> Rule:
    """Compile a rule that Python calls, and keep it on disk with all the rules it calls.

    Interpreted, if the environment says NUMBA_DISABLE_JIT=1, it is the same function in Python.
    """
    return _with_disk_cache(njit(**OPTIONS)(fn))  # type: ignore[no-any-return]


def _with_disk_cache(compiled: Any) -> Any:
    """Keep the code of a compiled function on disk, in a cache that checks what it reads."""
    if not config.DISABLE_JIT:
        # What `cache=True` would set, with our class: Numba has no option for it.
        compiled._cache = FunctionCache(compiled.py_func)
    return compiled


def kernel_of_rooms(*rooms: str) -> Callable[[Rule], Rule]:
    """Compile a kernel as `kernel` does, its code kept until one of these rooms is edited.

    Numba reads the folder of its cache from `config` when a cache is created, so it is set for that
    moment.
    """

    def compiled(fn: Rule) -> Rule:
        if config.DISABLE_JIT:
            return _ignoring_float_errors(fn)
        whole = config.CACHE_DIR
        config.CACHE_DIR = str(CACHE_HOME / source_digest(rooms)[:16])
        try:
            return kernel(fn)
        finally:
            config.CACHE_DIR = whole

    return compiled


def _ignoring_float_errors(fn: Rule) -> Rule:
    """Return an interpreted kernel in which NumPy, like machine code, does not warn of overflow."""
    silent: Any = np.errstate(over="ignore", divide="ignore", invalid="ignore")(fn)
    silent.py_func = fn
    return silent  # type: ignore[no-any-return]


def inlined(fn: Rule) -> Rule:
    """Compile a rule into its callers, before types are known.

    The way to return rows of arrays, which compiled calls cannot return without counting references.
    """
    compiled: Rule = njit(inline="always", **OPTIONS)(fn)
    return compiled


# Signature of `uniforms`: (key, stream, who, when, nth) → four numbers.
ADDRESS = nb.UniTuple(nb.float64, 4)(
    nb.UniTuple(nb.uint64, 2), nb.int64, nb.int64, nb.int64, nb.int64
)

_twins: dict[Any, Callable[..., Any]] = {}
# A twin whose scope is not complete would call a compiled rule, which has no code of its own: a crash.
_TWINS_LOCK = threading.RLock()


def plain(
    fn: Callable[..., Any], instead: Mapping[Callable[..., Any], Callable[..., Any]] | None = None
) -> Callable[..., Any]:
    """Return the interpreted twin of a rule; the rules it calls are interpreted too.

    `instead` maps rules to Python functions that are called in their place. Twins are kept, unless
    something is called in the place of a rule.

    Example:

        >>> from sim.arithmetic import whole_power
        >>> plain(whole_power)(3.0, 4)
        81.0
    """
    if instead:
        return _interpreted_twin(fn, dict(instead))
    if not hasattr(fn, "py_func"):
        return fn
    with _TWINS_LOCK:
        return _interpreted_twin(fn, _twins)


def _interpreted_twin(
    fn: Callable[..., Any], twins: dict[Any, Callable[..., Any]]
) -> Callable[..., Any]:
    """Return a copy of a function whose globals name the twins of rules instead of the rules."""
    body = getattr(fn, "py_func", fn)
    if fn not in twins:
        scope: dict[str, Any] = {}
        twin = types.FunctionType(
            body.__code__, scope, body.__name__, body.__defaults__, body.__closure__
        )
        twins[fn] = twin  # before its callees, so that a recursion ends
        scope.update(body.__globals__)
        for name in body.__code__.co_names:
            value: Any = body.__globals__.get(name)
            if _is_rule(value):
                scope[name] = _interpreted_twin(value, twins)
    return twins[fn]


def _is_rule(value: Any) -> bool:
    """Return whether a value is a rule; with the compiler switched off rules are plain functions."""
    if config.DISABLE_JIT:
        return isinstance(value, types.FunctionType) and value.__module__.startswith("sim.")
    return hasattr(value, "py_func")
