"""Libraries that writing a result takes, imported while machine code simulates.

Imports take about a second, one after the other. Compiled rules run without the interpreter's lock, so
that a thread imports meanwhile what the main thread will need at the end. It changes no result: whatever
is not imported by then, or cannot be, is imported where it is used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

from sim.interrupt import is_interrupt_pending


def import_early(drawings: bool) -> None:
    """Start to import what tables need and, with `drawings`, figures and report; return at once."""
    threading.Thread(target=_import_all, args=(drawings,), name="imports").start()


def _import_all(drawings: bool) -> None:
    for step in _steps(drawings):
        if is_interrupt_pending():
            return
        with suppress(Exception):  # it is raised again, and told, where the library is used
            step()


def _steps(drawings: bool) -> Iterator[Callable[[], None]]:
    """Yield imports, in the order in which they are needed."""
    from sim.measure.intervals import import_quantiles
    from sim.study.results.store import import_parquet

    yield import_parquet
    yield import_quantiles
    if drawings:
        yield _import_figures
        yield _import_report


def _import_figures() -> None:
    from sim.render.figures.figure_style import import_writers

    import_writers()


def _import_report() -> None:
    from sim.render.report.comparison_report import TEMPLATE
    from sim.render.templates import read_template

    read_template(TEMPLATE)
