"""Compiles the kernels that many tests share, so that their workers find them on the disk."""

from __future__ import annotations

from pathlib import Path


def mark() -> Path:
    """Return the empty file that marks this state of the source as compiled here."""
    import numba

    from sim.jit import OUTCOME_ROOMS, config, source_digest

    state = f"{source_digest(OUTCOME_ROOMS)[:16]}-numba-{numba.__version__}"
    return Path(config.CACHE_DIR) / f"compiled-for-tests-{state}"


def compile_all() -> None:
    """Call each kernel once: worlds, talks under every protocol, on paths and over many domains."""
    import numpy as np
    from drawn_domains import drawn

    from sim.engines.batch import simulate
    from sim.outcomes.many.fresh_meetings import negotiate_batch, stack_domains
    from sim.outcomes.many.tournament import run_tournament
    from sim.outcomes.sessions.session import negotiate
    from sim.outcomes.sessions.transcript import PROTOCOLS, TEXTS
    from sim.scenario.load import load
    from sim.strategies.catalogue import parse_strategy

    simulate(load("one_tie", {"run.months": 1}).regime("mediated"), [0], 1)
    domain = drawn(np.random.default_rng(1), (3, 3))
    for protocol in PROTOCOLS:
        pair = ("annealer", "annealer") if protocol in TEXTS else ("linear", "micro")
        negotiate(domain, *pair, protocol, rounds=5)
    negotiate_batch(stack_domains([domain]), parse_strategy("linear"), parse_strategy("micro"), 5)
    run_tournament([domain], ("linear", "random_tit_for_tat"), rounds=5)


if __name__ == "__main__":
    compile_all()
    mark().touch()
