"""What Python calls: the commands without their printing."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.errors import Problem, ScenarioError, nearest
from sim.faces.options import LARGEST, MOST_THREADS, MOST_WORLDS, TABLES, cpus
from sim.measure.compare import Comparison
from sim.scenario.load import load
from sim.scenario.schema import Scenario
from sim.scenario.values import show
from sim.study.manifest import Asked
from sim.study.plan import Factor, parse_vary
from sim.study.sweep import SweepResult
from sim.study.sweep import sweep as run_sweep

Source = str | Path | Scenario


def compare(
    scenario: Source,
    regimes: Sequence[str] | None = None,
    *,
    worlds: int | None = None,
    seed: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    force: bool = False,
    threads: int | None = None,
    tables: Sequence[str] = ("periods", "ties"),
    align: str | None = None,
    window: str | None = None,
) -> Comparison:
    """Compare regimes world by world under the same luck, as `sim compare` does.

    Money is in the scenario's currency; `table()`, `periods`, `ties` and `ledger` are DataFrames.
    With `out` the folder of `sim compare` is written there too; an existing one is refused unless
    `force`. With `align` ("recession") and `window` ("-12:24") it also holds what happens around
    an event, as `aligned`. After Ctrl-C the finished worlds come back with `interrupted` set.
    Raises ScenarioError with every problem of the scenario, SimError when the disk refuses.
    """
    names = None if regimes is None else _names("regimes", regimes)
    asked = _asked(
        "compare", scenario, names, worlds, seed, overrides, threads, tables, align, window
    )
    return _made(asked, out, force)


def run(
    scenario: Source,
    regime: str = "mediated",
    *,
    worlds: int | None = None,
    seed: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    force: bool = False,
    threads: int | None = None,
    tables: Sequence[str] = ("periods", "ties"),
) -> Comparison:
    """Run one regime, as `sim run` does; like `compare` with nothing beside it."""
    asked = _asked("run", scenario, (regime,), worlds, seed, overrides, threads, tables)
    return _made(asked, out, force)


def sweep(
    scenario: Source,
    vary: Mapping[str, Sequence[Any]] | Sequence[str],
    regimes: Sequence[str] | None = None,
    *,
    worlds: int | None = None,
    seed: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    force: bool = False,
    threads: int | None = None,
) -> SweepResult:
    """Run every combination of the varied values, as `sim sweep` does.

    `vary` maps keys to values, {"mediator.competence": [0, 0.5, 1]}, or is a list of texts as after
    --vary. Always writes, to `results/<scenario>/<time>` without `out`; goes on with a sweep that
    is there. Raises ScenarioError or SimError before anything is written.
    """
    if isinstance(vary, Mapping):
        factors = [Factor(str(key), tuple(values)) for key, values in vary.items()]
    else:
        factors = [parse_vary(text) for text in ([vary] if isinstance(vary, str) else vary)]
    return run_sweep(
        load(scenario, overrides),
        factors,
        out=out,
        force=force,
        regimes=None if regimes is None else _names("regimes", regimes),
        worlds=_whole("worlds", worlds, 1, MOST_WORLDS),
        seed=_whole("seed", seed, 0, LARGEST),
        threads=_whole("threads", threads, 1, MOST_THREADS) or cpus(),
        overrides=overrides or {},
    )


def explain(scenario: Source, *, overrides: Mapping[str, Any] | None = None) -> str:
    """Return what a scenario means, in words and numbers, as `sim explain` prints it."""
    from sim.measure.explain import explain as words

    return words(load(scenario, overrides))


def _asked(
    kind: str,
    scenario: Source,
    regimes: Sequence[str] | None,
    worlds: int | None,
    seed: int | None,
    overrides: Mapping[str, Any] | None,
    threads: int | None,
    tables: Sequence[str],
    align: str | None = None,
    window: str | None = None,
) -> Asked:
    from sim.faces.results import ask

    return ask(
        kind,
        load(scenario, overrides),
        regimes,
        worlds=_whole("worlds", worlds, 1, MOST_WORLDS),
        seed=_whole("seed", seed, 0, LARGEST),
        tables=_names("tables", tables, TABLES),
        threads=_whole("threads", threads, 1, MOST_THREADS) or cpus(),
        overrides=overrides or {},
        align=align,
        window=window,
    )


def _made(asked: Asked, out: str | Path | None, force: bool) -> Comparison:
    from sim.faces.results import make, simulate_asked

    if out is None:
        return simulate_asked(asked)
    return make(asked, out, force=force, drawings=asked.kind == "compare").result


def _whole(name: str, value: Any, low: int, high: int) -> int | None:
    """Return a whole number within bounds, or None as it is; raises ScenarioError."""
    if value is None:
        return None
    try:
        number = operator.index(value)
        if low <= number <= high and not isinstance(value, bool):
            return number
    except TypeError:
        pass
    want = f"want a whole number from {low} to {high}"
    raise ScenarioError([Problem("arguments", name, show(value), want)])


def _names(name: str, value: Sequence[str], known: Sequence[str] = ()) -> tuple[str, ...]:
    """Return names without repeats; one name may stand alone. Raises ScenarioError."""
    names = (value,) if isinstance(value, str) else tuple(dict.fromkeys(value))
    strange = [n for n in names if not isinstance(n, str) or (known and n not in known)]
    if strange or not (names or known):
        near = nearest(str(strange[0]), list(known)) if strange and known else ""
        want = f"want some of {', '.join(known)}" if known else "want a list of names"
        raise ScenarioError([Problem("arguments", name, show(list(names)), want, near)])
    return names
