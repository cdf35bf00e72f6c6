"""What Python calls: the commands without their printing."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import Problem, ScenarioError, nearest
from sim.interrupt import heard
from sim.lab.arguments import as_arguments
from sim.lab.limits import LARGEST, MOST_POINTS, MOST_THREADS, MOST_WORLDS, TABLES, cpus
from sim.lab.studies import ask_study, make_study, read_until, read_vary
from sim.measure.compare import Comparison
from sim.scenario.code import consent_to
from sim.scenario.load import load
from sim.scenario.schema import Scenario
from sim.scenario.values import show
from sim.study.design.analysis import COALITIONS, takes_ranges
from sim.study.design.factors import Factor
from sim.study.results.manifest import Asked
from sim.study.run.restore import is_folder
from sim.study.run.sweep import How, SweepResult

if TYPE_CHECKING:
    import pandas as pd

Source = str | Path | Scenario


@as_arguments()
@heard()
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
    allow_code: bool = False,
) -> Comparison:
    """Compare regimes world by world under the same luck, as `sim compare` does.

    Money is in the scenario's currency; `table()`, `periods`, `ties` and `ledger` are DataFrames.
    With `out` the folder of `sim compare` is written there too; an existing one is refused unless
    `force`. With `align` ("recession") and `window` ("-12:24") it also holds what happens around
    an event, as `aligned`. After Ctrl-C the finished worlds come back with `interrupted` set.
    A Python file of a strategy is run where `overrides` name it; with `allow_code`, which all calls
    here take, also where a scenario or a study names it.
    Raises ScenarioError with every problem of the scenario, SimError when the disk refuses.
    """
    names = None if regimes is None else _names("regimes", regimes)
    asked = _asked(
        "compare", scenario, names, worlds, seed, overrides, threads, tables, align, window,
        allow_code=allow_code,
    )  # fmt: skip
    return _made(asked, out, force)


@as_arguments()
@heard()
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
    allow_code: bool = False,
) -> Comparison:
    """Run one regime, as `sim run` does; like `compare` with nothing beside it."""
    asked = _asked(
        "run", scenario, (regime,), worlds, seed, overrides, threads, tables, allow_code=allow_code
    )
    return _made(asked, out, force)


@as_arguments()
@heard()
def sweep(
    scenario: Source,
    vary: Mapping[str, Sequence[Any]] | Sequence[str] = (),
    regimes: Sequence[str] | None = None,
    *,
    design: str = "",
    points: int | None = None,
    outcomes: Sequence[str] | None = None,
    until: str | None = None,
    at_most: int | None = None,
    worlds: int | None = None,
    seed: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    force: bool = False,
    workers: int | None = None,
    dask: str | None = None,
    only_failed: bool = False,
    allow_code: bool = False,
) -> pd.DataFrame:
    """Run a scenario, a study file or the folder of a study at many points, as `sim sweep` does.

    `vary` maps keys to values, {"mediator.competence": [0, 0.5, 1]}, or is a list of texts as after
    --vary. Returns the summary, tidy: a row per point, measure, and regime or paired difference;
    `attrs` says where everything is (`out`), which points failed and whether all are complete. Always
    writes, to `results/<scenario>/<time>` without `out`, and goes on with a study that is there.
    Raises ScenarioError or SimError before anything is written.
    """
    done = _study(
        scenario, design, vary, overrides, out, force, workers, dask, only_failed,
        regimes=None if regimes is None else _names("regimes", regimes),
        outcomes=None if outcomes is None else _names("outcomes", outcomes),
        points=points, worlds=worlds, seed=seed, stop=_until(until, at_most),
        allow_code=allow_code,
    )  # fmt: skip
    return _table(done, done.study.analysis.main)


@as_arguments()
@heard()
def attribute(
    scenario: Source,
    of: Sequence[str] | None = None,
    *,
    regime: str = "mediated",
    worlds: int | None = None,
    seed: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    force: bool = False,
    workers: int | None = None,
    dask: str | None = None,
    allow_code: bool = False,
) -> pd.DataFrame:
    """Return what each switch is worth, as `sim attribute` does: exact Shapley values by outcome.

    `of` names functions of the mediator, or keys that are on; default: the nine functions. Tidy: a
    row per outcome, player and kind (shapley, first_in, last_in, total), with intervals over worlds.
    Writes and goes on like `sweep`. Raises ScenarioError or SimError before anything is written.
    """
    done = _study(
        scenario, COALITIONS.name, (), overrides, out, force, workers, dask, False,
        regimes=(regime,), of=None if of is None else _names("of", of), worlds=worlds, seed=seed,
        allow_code=allow_code,
    )  # fmt: skip
    return _table(done, done.study.analysis.main)


def _study(
    scenario: Source,
    design: str,
    vary: Mapping[str, Sequence[Any]] | Sequence[str],
    overrides: Mapping[str, Any] | None,
    out: str | Path | None,
    force: bool,
    workers: int | None,
    dask: str | None,
    only_failed: bool,
    **asked: Any,
) -> SweepResult:
    if isinstance(vary, Mapping):
        factors = [Factor(str(key), _values(key, values)) for key, values in vary.items()]
    else:
        ranges = takes_ranges(design)
        texts = [vary] if isinstance(vary, str) else _texts("vary", vary)
        factors = read_vary(texts, "--vary", ranges=ranges)
    limits = {"worlds": (1, MOST_WORLDS), "seed": (0, LARGEST), "points": (1, MOST_POINTS)}
    for name, (low, high) in limits.items():
        asked[name] = _whole(name, asked.get(name), low, high)
    study = ask_study(scenario, design=design, factors=factors, overrides=overrides or {}, **asked)
    hands = _whole("workers", workers, 1, MOST_THREADS) or cpus()
    how = How(hands, dask, only_failed=only_failed)
    if out is None and isinstance(scenario, str | Path) and is_folder(scenario):
        out = scenario
    return make_study(study, out, force=force, how=how)


def _table(done: SweepResult, name: str) -> pd.DataFrame:
    """Return a table of a study with where it is; an empty one where too few points are complete."""
    import pandas as pd

    there = (done.out / f"{name}.parquet").is_file()
    frame = done.table(name) if there else pd.DataFrame()
    frame.attrs = {"out": str(done.out), "complete": done.complete, "failed": dict(done.failed)}
    return frame


@as_arguments()
def explain(
    scenario: Source, *, overrides: Mapping[str, Any] | None = None, allow_code: bool = False
) -> str:
    """Return what a scenario means, in words and numbers, as `sim explain` prints it."""
    from sim.measure.explain import explain as words

    return words(load(scenario, overrides, consent=consent_to(overrides, allow_code)))


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
    *,
    allow_code: bool,
) -> Asked:
    from sim.lab.comparisons import ask

    return ask(
        kind,
        load(scenario, overrides, consent=consent_to(overrides, allow_code)),
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
    from sim.lab.comparisons import make, simulate_asked

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


def _until(until: str | None, at_most: int | None) -> dict[str, Any] | None:
    """Return the stopping rule; raises ScenarioError."""
    if until is not None and not isinstance(until, str):
        want = 'want a text, as "surplus=0.5"'
        raise ScenarioError([Problem("arguments", "until", show(until), want)])
    return read_until(until, _whole("at_most", at_most, 1, MOST_WORLDS))


def _texts(name: str, value: Any) -> list[str]:
    """Return texts as a list; raises ScenarioError where they are none."""
    texts = list(value) if isinstance(value, Sequence) else [value]
    if not all(isinstance(text, str) for text in texts):
        want = "want keys with lists of values, or a list of texts"
        raise ScenarioError([Problem("arguments", name, show(value), want)])
    return texts


def _values(key: Any, values: Any) -> tuple[Any, ...]:
    """Return the values a key takes; raises ScenarioError unless they are several."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        want = f"want a list of values, as in [{show(values)}]"
        raise ScenarioError([Problem("vary", str(key), show(values), want)])
    return tuple(values)


def _names(name: str, value: Sequence[str], known: Sequence[str] = ()) -> tuple[str, ...]:
    """Return names without repeats; one name may stand alone. Raises ScenarioError."""
    names = (value,) if isinstance(value, str) else tuple(dict.fromkeys(value))
    strange = [n for n in names if not isinstance(n, str) or (known and n not in known)]
    if strange or not (names or known):
        near = nearest(str(strange[0]), list(known)) if strange and known else ""
        want = f"want some of {', '.join(known)}" if known else "want a list of names"
        raise ScenarioError([Problem("arguments", name, show(list(names)), want, near)])
    return names
