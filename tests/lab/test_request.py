"""One request, whoever makes it: what a command asks for is what Python asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import sim as package
from sim.cli.app import COMMANDS, main
from sim.errors import ScenarioError
from sim.lab import api, comparisons, studies
from sim.lab.limits import cpu_count
from sim.lab.requested import Request
from sim.scenario import load as loading
from sim.scenario.load import LoadedScenario, load
from sim.study.run.run_options import RunOptions

TINY = {"run.months": 3, "run.worlds": 3, "negotiation.deadline": 4}
SETS = tuple(f"--set={key}={value}" for key, value in TINY.items())
COMMON = {"worlds": 2, "seed": 7, "allow_code": True, "out": "mine", "force": True}
TYPED = ("--worlds", "2", "--seed", "7", "--allow-code", "--out", "mine", "--force", *SETS)


class RequestMade(Exception):
    """What a request was, before anything is done about it."""

    def __init__(self, request: Request):
        super().__init__()
        self.request = request


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], Request]:
    """Return a function that gives the request of a call."""

    def stop(request: Request) -> None:
        raise RequestMade(request)

    for module, name in (
        (comparisons, "resolve_request"),
        (studies, "resolve_study"),
        (api, "resolve_study"),
    ):
        monkeypatch.setattr(module, name, stop)

    def of(call: Callable[[], object]) -> Request:
        with pytest.raises(RequestMade) as caught:
            call()
        return caught.value.request

    return of


def by_command(*words: str) -> Callable[[], object]:
    return lambda: CliRunner().invoke(main, words, catch_exceptions=False, standalone_mode=False)


def by_python(name: str, *places: Any, **said: Any) -> Callable[[], object]:
    return lambda: getattr(package, name)(
        "one_tie", *places, **{"overrides": TINY, **COMMON, **said}
    )


VARY = ["mediator.competence=0:1:3"]
ALIKE = {
    "compare": (
        ("--regimes", "adversarial,mediated", "--threads", "2", "--align", "turnover", "--window", "-1:2"),
        {"regimes": ["adversarial", "mediated"], "threads": 2, "align": "turnover", "window": "-1:2"},
    ),
    "run": (("--regime", "planner", "--tables", "events"), {"regime": "planner", "tables": ["events"]}),
    "sweep": (
        ("--vary", *VARY, "--design", "sobol", "--points", "4", "--outcomes", "surplus", "--until",
         "surplus=1", "--at-most", "9", "--workers", "2", "--dask", "local", "--only-failed"),
        {"vary": VARY, "design": "sobol", "points": 4, "outcomes": "surplus", "until": "surplus=1",
         "at_most": 9, "workers": 2, "dask": "local", "only_failed": True},
    ),
    "attribute": (("--of", "broker,warn", "--regime", "quiet"), {"of": ["broker", "warn"], "regime": "quiet"}),
}  # fmt: skip


@pytest.mark.parametrize("name", ALIKE)
def test_a_command_and_python_make_the_same_request(name: str, asked: Any) -> None:
    words, said = ALIKE[name]
    assert asked(by_command(name, "one_tie", *TYPED, *words)) == asked(by_python(name, **said))


@pytest.mark.parametrize("name", ALIKE)
def test_another_request_is_told_apart(name: str, asked: Any) -> None:
    words, said = ALIKE[name]
    other = asked(by_python(name, **{**said, "worlds": 3}))
    assert asked(by_command(name, "one_tie", *TYPED, *words)) != other


def test_everything_that_may_be_said_is_a_field_of_the_request() -> None:
    """No parameter takes a separate way: `workers` and `regime` alone have another name."""
    known = {field.name for field in fields(Request)} | {"workers", "regime"}
    for function in (package.compare, package.run, package.sweep, package.attribute):
        assert set(signature(function).parameters) <= known
    own = {"sets", "figures", "regime", "source", "factors", "method", "x", "y"}
    for command in COMMANDS:
        if command.name in ("compare", "run", "sweep", "plan", "attribute", "sensitivity", "map"):
            assert {str(param.name) for param in command.params} <= known | own


def test_a_request_is_checked_kept_in_one_form_and_never_changes() -> None:
    import numpy as np

    request = Request(
        "sweep", "one_tie", ["mediated", "mediated"], np.int64(2), vary={"a.b": [1, 2]}
    )
    assert (request.regimes, request.worlds, type(request.worlds)) == (("mediated",), 2, int)
    assert (request.vary, request.threads) == ({"a.b": (1, 2)}, cpu_count())
    assert Request("sweep", "x", threads=3, dask="local", chunk=4).run_options() == RunOptions(
        3, "local", 4
    )
    with pytest.raises(FrozenInstanceError):
        request.worlds = 3  # type: ignore[misc]
    for wrong, said in (
        ({"threads": 0}, "arguments: workers = 0: want a whole number from 1 to 1024"),
        ({"regimes": 3}, "arguments: regimes = [3]: want a list of names"),
        ({"of": [["broker"]]}, 'arguments: of = [["broker"]]: want a list of names'),
        ({"chunk": 0}, "arguments: chunk = 0: want a whole number from 1 to 1000000"),
    ):
        with pytest.raises(ScenarioError) as caught:
            Request("sweep", "one_tie", **wrong)  # type: ignore[arg-type]
        assert str(caught.value) == said


def test_each_text_that_varies_is_said_by_its_argument(here: Path) -> None:
    for words, said in (
        (("map", "one_tie", "--x", "problems.rate=1:0:2", "--y", "a=1:"), ("--x: pro", "--y: a = 1:")),
        (("sensitivity", "one_tie", "--factors", "problems.rate=1:0"), ("--factors: problems.rate",)),
        (("sweep", "one_tie", "--vary", "problems.rate=1:0:2", "--vary", "a="), ("--vary: p", "--vary: a")),
    ):  # fmt: skip
        lines = CliRunner().invoke(main, words).stderr.splitlines()
        assert all(line.startswith(start) for line, start in zip(lines, said, strict=True)), lines


def test_every_regime_is_worked_out_once_in_a_comparison(
    interpreted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved: list[str] = []
    whole, kept = loading.resolve, LoadedScenario.regime

    def counted(name: str, laid: Any) -> Any:
        resolved.append(name)
        return whole(name, laid)

    def forgetful(self: LoadedScenario, name: str) -> Any:
        self._regimes.clear()
        return kept(self, name)

    monkeypatch.setattr(loading, "resolve", counted)
    found = package.compare("one_tie", worlds=1, overrides=TINY)
    found.table()
    assert sorted(resolved) == sorted(found.outcomes)
    resolved.clear()
    monkeypatch.setattr(LoadedScenario, "regime", forgetful)  # what it was before
    package.compare("one_tie", worlds=1, overrides=TINY).table()
    assert len(resolved) > 5 * len(found.outcomes)
    again = load("one_tie", TINY)
    assert all(again.regime(name) == found.loaded.regime(name) for name in found.outcomes)
