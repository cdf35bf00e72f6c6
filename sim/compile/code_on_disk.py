"""Compiled code as it is kept on disk, and loaded without what only further compiling needs.

Numba keeps a function's machine code together with its bitcode, so that other functions may link it, and
reads both when it loads the function. Parsing the bitcode of a kernel took two thirds of that time, and hardly any
is ever linked: here it is parsed when somebody links it. Every file begins with a digest of the rest of its
content, as what is read is unpickled and run.
"""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import Any

from llvmlite import binding
from numba.core import caching, codegen

DIGEST_BYTES = 32  # bytes of a SHA-256


class _LoadedLibrary(codegen.JITCodeLibrary):
    """Code from disk, ready to run; its bitcode is parsed if other code links it."""

    def __init__(self, generator: Any, name: str, machine_code: bytes, bitcode: bytes):
        super().__init__(generator, name)
        self._bitcode = bitcode
        self.enable_object_caching()
        self._set_compiled_object(machine_code)
        self._finalize_final_module()

    def _get_module_for_linking(self) -> Any:
        """Return the module of the bitcode; Numba's own has none, as its code was never compiled here."""
        if self._shared_module is None:
            self._shared_module = binding.parse_bitcode(self._bitcode)
        return self._shared_module


class StandIn:
    """One that does as another in all that a subclass does not define."""

    def __init__(self, whole: Any):
        self._whole = whole

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)


class _LoadingCodegen(StandIn):
    """A code generator that loads a library as it is kept here, and does all else as Numba's."""

    def unserialize_library(self, kept: tuple[str, bytes, bytes, frozenset[str]]) -> Any:
        """Return the library of what `CodeOnDisk.reduce` kept."""
        name, machine_code, bitcode, symbols = kept
        library = _LoadedLibrary(self._whole, name, machine_code, bitcode)
        self._whole._engine._defined_symbols |= symbols
        return library


class _LoadingContext(StandIn):
    """A target's context whose code generator is a `_LoadingCodegen`."""

    def codegen(self) -> Any:
        """Return the code generator."""
        return _LoadingCodegen(self._whole.codegen())


class CodeOnDisk(caching.CompileResultCacheImpl):
    """What is kept of a compiled function: Numba's parts, and the names that its code defines."""

    def reduce(self, found: Any) -> Any:
        """Return a compiled function as it is pickled."""
        (name, _, (machine_code, bitcode)), *others = super().reduce(found)
        module = found.library._get_module_for_linking()
        symbols = frozenset(
            one.name
            for group in (module.functions, module.global_variables)
            for one in group
            if not one.is_declaration
        )
        return ((name, machine_code, bitcode, symbols), *others)

    def rebuild(self, target: Any, kept: Any) -> Any:
        """Return the compiled function again."""
        return super().rebuild(_LoadingContext(target), kept)._replace(target_context=target)


class FunctionCache(caching.FunctionCache):
    """Numba's cache of one function, which recompiles damaged code and tolerates a full disk.

    Numba itself would raise whatever unpickling raises, or run code with a changed bit.
    """

    _impl_class = CodeOnDisk

    def __init__(self, fn: Any):
        super().__init__(fn)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = _DigestedFiles(self.cache_path, self._impl.filename_base, stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code of one signature, or None if it has to be compiled."""
        try:
            return super().load_overload(sig, target_context)
        except (AttributeError, TypeError, ValueError):  # kept by another version of Numba's parts
            return None

    def _save_overload(self, sig: Any, data: Any) -> None:
        """Save the code of one signature, if the disk takes it; it runs all the same if not."""
        try:
            super()._save_overload(sig, data)
        except OSError:  # such as a full disk
            return


class _DigestedFiles(caching.IndexDataCacheFile):
    """The files of one function, each beginning with a digest of what follows.

    The methods replace Numba's of the same names, which read and write pickles without a check.
    """

    def _dump(self, obj: Any) -> bytes:
        """Return an object's pickle behind its digest."""
        raw: bytes = super()._dump(obj)
        return hashlib.sha256(raw).digest() + raw

    def _save_index(self, overloads: Any) -> None:
        """Write the list of signatures that code is kept of."""
        with self._open_for_write(self._index_path) as file:
            file.write(self._dump((self._version, self._source_stamp, overloads)))

    def _load_index(self) -> Any:
        """Return the list of signatures; empty if absent, damaged, or of another Numba or source."""
        try:
            version, stamp, overloads = _load_verified(self._index_path)
        except OSError:
            return {}
        return overloads if (version, stamp) == (self._version, self._source_stamp) else {}

    def _load_data(self, name: str) -> Any:
        """Return the code of one signature; Numba takes an OSError for code that is not there."""
        return _load_verified(self._data_path(name))


def _load_verified(path: str) -> Any:
    """Return the object in a file; raises OSError if it is absent or its digest differs."""
    raw = Path(path).read_bytes()
    if hashlib.sha256(raw[DIGEST_BYTES:]).digest() != raw[:DIGEST_BYTES]:
        raise OSError(f"{path} is damaged")
    return pickle.loads(raw[DIGEST_BYTES:])
