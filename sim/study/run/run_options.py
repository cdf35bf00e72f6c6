"""How a study is run, apart from what it computes."""

from __future__ import annotations

from dataclasses import dataclass

from sim.study.run.chunks import EarlierParts


@dataclass(frozen=True)
class RunOptions:
    """How a study is run; none of these options changes a number.

    `workers` is the number of threads, or of processes if `dask` is "local"; otherwise `dask` is the
    address of a cluster. `chunk` is the number of worlds in a chunk. With `only_failed`, only points
    that failed before are run. With `reproduce`, only what an earlier run computed is computed, cut
    into the same parts.
    """

    workers: int = 1
    dask: str | None = None
    chunk: int | None = None
    only_failed: bool = False
    reproduce: EarlierParts | None = None
