"""Limits of a single request, for commands and Python alike."""

from __future__ import annotations

import os

TABLES = ("periods", "ties", "events", "offers", "need_months")
NO_TABLES = "none"  # how a command line says that no simulated table is stored
MOST_WORLDS = 1_000_000
MOST_THREADS = 1_024
MOST_POINTS = 1_048_576
LARGEST_SEED = 2**63 - 1  # of a seed


def cpu_count() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
