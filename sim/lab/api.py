"""The Python interface: the commands as functions that return tables instead of printing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.interrupt import handle_ctrl_c
from sim.lab.requested import DEFAULT_TABLES, Request
from sim.lab.studies import resolve_study, run_and_store_study
from sim.measure.compare import Comparison
from sim.scenario.schema import Scenario
from sim.study.design.analysis import COALITIONS
from sim.study.run.sweep import SweepResult

if TYPE_CHECKING:
    import pandas as pd

Source = str | Path | Scenario


@handle_ctrl_c()
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
    tables: Sequence[str] = DEFAULT_TABLES,
    align: str | None = None,
    window: str | None = None,
    allow_code: bool = False,
) -> Comparison:
    """Compare regimes world by world under the same luck, as `sim compare` does.

    `scenario` is a shipped name, a path or a Scenario. `regimes` are names, the baseline first; by
    default those of the scenario. Money is in the scenario's currency. The result's `table()`,
    `periods`, `ties` and `ledger` are DataFrames. With `out`, the folder of `sim compare` is written
    too; an existing one is refused unless `force` is given. If it is larger than 128 MB, memory holds
    no rows of it: they are read from the folder when asked for, and `tables=()` leaves them out. With
    `align` ("recession") and `window` ("-12:24", in months), `aligned` has the means around that event.
    After Ctrl-C, the finished worlds are returned with `interrupted` set.

    Custom strategies and mediators (Python files) run if `overrides` name them; those that a scenario
    or study names run only with `allow_code=True`. All functions of this module work so.

    Raises ScenarioError with every problem of the scenario, and SimError if `out` cannot be written.
    """
    return _run_request(
        Request(
            "compare", scenario, regimes, worlds, seed, overrides or {}, allow_code, out, force,
            threads=threads, tables=tables, align=align, window=window,
        )
    )  # fmt: skip


@handle_ctrl_c()
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
    tables: Sequence[str] = DEFAULT_TABLES,
    allow_code: bool = False,
) -> Comparison:
    """Run one regime, as `sim run` does; arguments, result and errors are those of `compare`."""
    return _run_request(
        Request(
            "run", scenario, (regime,), worlds, seed, overrides or {}, allow_code, out, force,
            drawings=False, threads=threads, tables=tables,
        )
    )  # fmt: skip


@handle_ctrl_c()
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
    """Run a study at many points, as `sim sweep` does, and return its main table.

    `scenario` is a scenario, a study file, or the folder of an earlier study, which is resumed. `vary`
    maps keys to values, {"mediator.competence": [0, 0.5, 1]}, or is a list of texts such as
    "mediator.competence=0:1:3". With `until` ("surplus=0.5"), worlds are added to each point until the
    95 % interval is that narrow, at most `at_most`. `workers` is the number of threads, `dask` the
    address of a cluster or "local".

    The table is tidy: a row for each point, measure, and regime or paired difference. Its `attrs` have
    the folder (`out`), the errors of points that failed (`failed`), and whether all are complete. The
    study is always written, to `results/<scenario>/<time>` by default; an existing folder of the same
    study is resumed, and grows if a sampled design has more `points` now. Raises ScenarioError or
    SimError before anything is written.
    """
    done = _run_study_request(
        Request(
            "sweep", scenario, regimes, worlds, seed, overrides or {}, allow_code, out, force,
            threads=workers, design=design, vary=vary, points=points, outcomes=outcomes,
            until=until, at_most=at_most, dask=dask, only_failed=only_failed,
        )
    )  # fmt: skip
    return _read_table(done, done.study.analysis.main)


@handle_ctrl_c()
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
    """Return the exact Shapley value of each switch by outcome, as `sim attribute` does.

    `of` names functions of the mediator, or keys that are on; by default, all functions. The table is
    tidy: a row for each outcome, player and kind (shapley, first_in, last_in, total), with 95 %
    intervals over worlds. The study is written and resumed as by `sweep`. Raises ScenarioError or
    SimError before anything is written.
    """
    done = _run_study_request(
        Request(
            "sweep", scenario, (regime,), worlds, seed, overrides or {}, allow_code, out, force,
            threads=workers, design=COALITIONS.name, of=of, dask=dask,
        )
    )  # fmt: skip
    return _read_table(done, done.study.analysis.main)


def _run_study_request(request: Request) -> SweepResult:
    return run_and_store_study(request, resolve_study(request))


def _read_table(done: SweepResult, name: str) -> pd.DataFrame:
    """Return a table of a study with its folder in `attrs`; empty if too few points are complete."""
    import pandas as pd

    exists = (done.out / f"{name}.parquet").is_file()
    frame = done.table(name) if exists else pd.DataFrame()
    frame.attrs = {"out": str(done.out), "complete": done.complete, "failed": dict(done.failed)}
    return frame


def explain(
    scenario: Source, *, overrides: Mapping[str, Any] | None = None, allow_code: bool = False
) -> str:
    """Return the explanation of a scenario in words and numbers, as `sim explain` prints it."""
    from sim.measure.explain import explain as explanation_of
    from sim.render.text.explanation_text import explanation_as_text

    request = Request("explain", scenario, overrides=overrides or {}, allow_code=allow_code)
    return explanation_as_text(explanation_of(request.load()))


def _run_request(request: Request) -> Comparison:
    from sim.lab.comparisons import resolve_request, run_and_store, simulate_request

    resolved = resolve_request(request)
    return (
        simulate_request(resolved)
        if request.out is None
        else run_and_store(request, resolved).result
    )
