"""Memory that is free, given back to the system: a large study should hold what it needs and no more."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def return_free_memory() -> None:
    """Give memory that is free back to the system, as far as the C library can.

    glibc keeps what threads have freed, since they may need it again: some tens of megabytes of a large study.
    """
    with suppress(OSError, AttributeError, TypeError):  # other libraries have no such function
        ctypes.CDLL(None).malloc_trim(0)
