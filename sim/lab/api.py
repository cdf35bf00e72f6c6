"""What Python calls: the commands without their printing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.interrupt import handle_ctrl_c
from sim.lab.requested import KEPT, Request
from sim.lab.studies import ask_study, make_study
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
    tables: Sequence[str] = KEPT,
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
    return _made(
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
    tables: Sequence[str] = KEPT,
    allow_code: bool = False,
) -> Comparison:
    """Run one regime, as `sim run` does; like `compare` with nothing beside it."""
    return _made(
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
    """Run a scenario, a study file or the folder of a study at many points, as `sim sweep` does.

    `vary` maps keys to values, {"mediator.competence": [0, 0.5, 1]}, or is a list of texts as
    "mediator.competence=0:1:3". Returns the summary, tidy: a row per point, measure, and regime or paired difference;
    `attrs` says where everything is (`out`), which points failed and whether all are complete. Always
    writes, to `results/<scenario>/<time>` without `out`, and goes on with a study that is there.
    Raises ScenarioError or SimError before anything is written.
    """
    done = _swept(
        Request(
            "sweep", scenario, regimes, worlds, seed, overrides or {}, allow_code, out, force,
            threads=workers, design=design, vary=vary, points=points, outcomes=outcomes,
            until=until, at_most=at_most, dask=dask, only_failed=only_failed,
        )
    )  # fmt: skip
    return _table(done, done.study.analysis.main)


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
    """Return what each switch is worth, as `sim attribute` does: exact Shapley values by outcome.

    `of` names functions of the mediator, or keys that are on; default: the nine functions. Tidy: a
    row per outcome, player and kind (shapley, first_in, last_in, total), with intervals over worlds.
    Writes and goes on like `sweep`. Raises ScenarioError or SimError before anything is written.
    """
    done = _swept(
        Request(
            "sweep", scenario, (regime,), worlds, seed, overrides or {}, allow_code, out, force,
            threads=workers, design=COALITIONS.name, of=of, dask=dask,
        )
    )  # fmt: skip
    return _table(done, done.study.analysis.main)


def _swept(request: Request) -> SweepResult:
    return make_study(request, ask_study(request))


def _table(done: SweepResult, name: str) -> pd.DataFrame:
    """Return a table of a study with where it is; an empty one where too few points are complete."""
    import pandas as pd

    there = (done.out / f"{name}.parquet").is_file()
    frame = done.table(name) if there else pd.DataFrame()
    frame.attrs = {"out": str(done.out), "complete": done.complete, "failed": dict(done.failed)}
    return frame


def explain(
    scenario: Source, *, overrides: Mapping[str, Any] | None = None, allow_code: bool = False
) -> str:
    """Return what a scenario means, in words and numbers, as `sim explain` prints it."""
    from sim.measure.explain import explain as meaning
    from sim.render.text.explanation_text import text

    request = Request("explain", scenario, overrides=overrides or {}, allow_code=allow_code)
    return text(meaning(request.load()))


def _made(request: Request) -> Comparison:
    from sim.lab.comparisons import ask, make, simulate_asked

    asked = ask(request)
    return simulate_asked(asked) if request.out is None else make(request, asked).result
