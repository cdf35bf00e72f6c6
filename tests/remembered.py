"""What many tests ask for again and again, worked out once: every answer is a pure function of its question."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any
from unittest import mock

from counts import DEEP


@contextlib.contextmanager
def remembered_files() -> Iterator[None]:
    """Read every shipped scenario file once; other files are read each time, since tests change them."""
    from sim.scenario import load
    from sim.scenario.shipped import shipped

    plain, known = load._read, {path.resolve() for _, path, _ in shipped()}
    answers: dict[Path, bytes] = {}

    def read(path: Path) -> Any:
        if path.resolve() not in known:
            return plain(path)
        if path not in answers:
            answers[path] = pickle.dumps(plain(path))
        return pickle.loads(answers[path])

    with mock.patch.object(load, "_read", read):
        yield


@contextlib.contextmanager
def laid_out_when_asked() -> Iterator[None]:
    """Let the quick suite save figures as they are: two thirds of drawing one is laying it out.

    Tests of how figures look lay them out themselves; the deep suite lays out every one.
    """
    from sim.render.figures import figure_style

    @contextlib.contextmanager
    def as_it_is(figure: Any, *_: Any) -> Iterator[None]:
        figure.set_layout_engine("none")
        yield

    patched = mock.patch.object(figure_style, "_laid_out", as_it_is)
    with contextlib.nullcontext() if DEEP else patched:
        yield


def kept_on_disk(name: str, fn: Callable[[], Any], *written_in: Path) -> Any:
    """Return the result of a function, computed once for this state of the source and of these files.

    It is kept beside compiled code, for the other worker and for the next run.
    """
    from sim.jit import config, source_digest

    state = hashlib.sha256(source_digest().encode())
    for path in written_in:
        state.update(path.read_bytes())
    state.update(
        f"{metadata.version('hypothesis')} {metadata.version('pydantic')} {sys.version}".encode()
    )
    place = Path(config.CACHE_DIR) / f"{name}-{state.hexdigest()[:16]}.pickle"
    with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError):
        return pickle.loads(place.read_bytes())
    answer = fn()
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f"{place.name}.{os.getpid()}")
    beside.write_bytes(pickle.dumps(answer))
    beside.replace(place)
    return answer
