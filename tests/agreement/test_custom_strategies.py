"""Custom strategies in a scenario: the same talks, the same luck, and every fault in one line."""

import json
import textwrap
from pathlib import Path

import numpy as np
import pytest
from bare import bare
from click.testing import CliRunner
from counts import one_in

from sim.cli.app import main
from sim.engines.batch import simulate
from sim.engines.market import NegotiationModel
from sim.errors import ScenarioError, SimError
from sim.scenario.load import load
from sim.strategies.code_consent import ALL_FILES

LOGS = ("periods", "ties", "events", "offers", "need_months")
SHORT = {"run.months": 14, "negotiation.duration": 4}
LINEAR = """
    e: float = 1.0
    traits = ("monotone",)

    def ask(self, seen):
        return (seen.opening - seen.floor) * (1.0 - seen.clock**self.e) + seen.floor
"""
MIRROR = """
    traits = ("looks_back",)

    def ask(self, seen):
        if seen.turn == 0.0:
            return seen.opening
        if seen.turn == 1.0 and seen.rise == 0.0:
            return seen.last_ask - 0.1 * (seen.opening - seen.floor)
        return seen.last_ask - seen.rise
"""
LUCKY = """
    traits = ("uses_luck",)

    def ask(self, seen):
        return seen.floor + seen.luck * (seen.opening - seen.floor)
"""
CAUTIOUS = """
    traits = ("uses_luck",)

    def ask(self, seen):
        try:
            return seen.floor + seen.luck * (seen.opening - seen.floor)
        except ValueError:
            return seen.opening
"""
RAISING = """
    traits = ()

    def ask(self, seen):
        if seen.clock > 0.3:
            raise ValueError("no more")
        return seen.opening
"""
NO_NUMBER = """
    traits = ("looks_back",)

    def ask(self, seen):
        return seen.offered
"""


def write(folder, body, name="Mine"):
    """Write a file with one strategy; return how a scenario names it."""
    path = folder / f"{name.lower()}.py"
    body = textwrap.indent(textwrap.dedent(body), "    ")
    path.write_text(
        f"from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\nclass {name}:\n{body}\n"
    )
    return f"{path}:{name}"


def tables(scenario, regime, keys, threads=1, worlds=4, compiled=True):
    """Return the bytes of every column of every table."""
    loaded = bare(scenario, {**SHORT, **keys})
    found = simulate(
        loaded.regime(regime), range(worlds), 3, threads=threads, tables=LOGS, compiled=compiled
    )
    return {
        f"{table}.{column}": rows[column].tobytes()
        for table, rows in zip(found._fields, found, strict=True)
        for column in rows.dtype.names
    }


@pytest.mark.parametrize("regime", one_in(2, ["adversarial", "mediated"]))
@pytest.mark.parametrize("side", ["buyers", "vendors"])
@pytest.mark.parametrize(("name", "body"), [("linear", LINEAR), ("tit_for_tat", MIRROR)])
def test_one_written_in_python_is_the_one_of_the_catalogue(name, body, side, regime, tmp_path):
    own = write(tmp_path, body)
    key, other = f"{side}.strategy", {"buyers.strategy": "boulware", "vendors.strategy": "boulware"}
    ours = tables("one_tie", regime, {**other, key: name})
    assert tables("one_tie", regime, {**other, key: own}) == ours
    assert tables("one_tie", regime, {**other, key: "hardliner"}) != ours


def test_its_settings_count(tmp_path):
    own = write(tmp_path, LINEAR)
    ours = tables("one_tie", "adversarial", {"buyers.strategy": "boulware:e=9"})
    assert tables("one_tie", "adversarial", {"buyers.strategy": own + ":e=9"}) == ours
    assert tables("one_tie", "adversarial", {"buyers.strategy": own}) != ours


def test_one_that_cannot_be_compiled_says_the_same_and_says_that_it_runs_plain(tmp_path):
    compiled, plain = write(tmp_path, LUCKY), write(tmp_path, CAUTIOUS, "Plain")
    keys = {"buyers.strategy": compiled}, {"buyers.strategy": plain}
    one, other = (tables("one_tie", "adversarial", k) for k in keys)
    assert one == other
    assert one == tables("one_tie", "adversarial", keys[1], threads=2)
    assert one == tables("one_tie", "adversarial", keys[0], worlds=4, compiled=False)
    out = ["--out", str(tmp_path / "out"), "--worlds", "2"]
    for text, said in ((compiled, False), (plain, True)):
        asked = ["run", "one_tie", "--force", *out, "--set", f"buyers.strategy={text}"]
        result = CliRunner().invoke(main, asked)
        assert result.exit_code == 0, result.output
        assert ("runs plain: line 11: it raises or catches" in result.output) == said


def test_luck_is_its_own_and_nobody_elses(tmp_path):
    """Its numbers differ between worlds and turns; problems stay what they were."""
    own = write(tmp_path, LUCKY)
    keys = {"run.months": 10, "problems.rate": 0.5, "buyers.strategy": own}
    regime = load("one_tie", keys).regime("adversarial")
    found = simulate(regime, range(8), 1, tables=LOGS)
    first = [found.offers[found.offers["world"] == w]["price"][:2] for w in range(8)]
    assert len({tuple(np.round(pair, 9)) for pair in first}) == 8
    both = [
        simulate(load("one_tie", {**keys, "buyers.strategy": s}).regime("adversarial"), [0], 1)
        for s in (own, "linear")
    ]
    served = [found.periods["active"] for found in both]
    together = (served[0] > 0) & (served[1] > 0)
    assert together.sum() > 5
    arose = [found.periods["problems_arrived"][together].tolist() for found in both]
    assert arose[0] == arose[1]


@pytest.mark.parametrize(
    ("body", "said"),
    [(RAISING, "line 11: ValueError: no more"), (NO_NUMBER, "answered nan: want a utility")],
)
def test_what_goes_wrong_in_a_talk_is_one_line(body, said, tmp_path):
    own = write(tmp_path, body)
    out = tmp_path / "out"
    result = CliRunner().invoke(
        main, ["run", "one_tie", "--out", str(out), "--set", f"buyers.strategy={own}"]
    )
    assert result.exit_code == 2
    assert said in result.output.splitlines()[-1]
    assert "Traceback" not in result.output
    assert not out.exists()
    with pytest.raises(SimError, match=said):
        keys = {"buyers.strategy": own, "negotiation.first": "buyer"}
        NegotiationModel("one_tie", "adversarial", overrides=keys).run_model()


def test_a_mixture_seats_strategies_by_their_weights(tmp_path):
    own = write(tmp_path, LINEAR)
    mixture = {own: 3.0, "boulware:e=6": 1.0}
    model = NegotiationModel(
        "it_outsourcing",
        overrides={"buyers.strategy": mixture, "market.needs": 400, "run.months": 1},
        collect="none",
    )
    names = [buyer.strategy for buyer in model.buyers]
    assert set(names) == set(mixture)
    assert abs(names.count(own) / 400 - 0.75) < 3 * np.sqrt(0.75 * 0.25 / 400)


def test_a_relative_path_starts_beside_the_scenario(tmp_path, monkeypatch):
    folder = tmp_path / "there"
    folder.mkdir()
    write(folder, LINEAR)
    (folder / "mine.toml").write_text(
        'extends = "one_tie"\n[buyers]\nstrategy = "mine.py:Mine"\n'
        '[vendors]\nstrategy = { linear = 1, "mine.py:Mine:e=2" = 1 }\n'
    )
    monkeypatch.chdir(tmp_path)
    scenario = load(folder / "mine.toml", consent=ALL_FILES).scenario
    assert scenario.buyers.strategy == "there/mine.py:Mine"
    assert scenario.vendors.strategy == {"linear": 1.0, "there/mine.py:Mine:e=2": 1.0}
    with pytest.raises(ScenarioError, match=r"'mine\.py': cannot be read"):
        load("one_tie", {"buyers.strategy": "mine.py:Mine"})


def test_too_many_strategies_are_refused():
    many = {f"boulware:e={n}": 1.0 for n in range(1, 25)}
    with pytest.raises(ScenarioError, match="want at most 24 strategies"):
        load("one_tie", {"buyers.strategy": many})
    load("one_tie", {"buyers.strategy": many, "vendors.strategy": "boulware:e=1"})


@pytest.mark.deep
def test_a_study_holds_on_to_the_file_it_was_begun_with(tmp_path):
    own, out = write(tmp_path, LINEAR), tmp_path / "study"
    asked = ["sweep", "one_tie", "--worlds", "2", "--out", str(out)]
    asked += ["--set", "run.months=6", "--vary", f"buyers.strategy=linear,{own}:e=3"]
    run = CliRunner().invoke(main, asked)
    assert run.exit_code == 0, run.output
    path = own.removesuffix(":Mine")
    record = json.loads((out / "manifest.json").read_text())
    assert list(record["strategies"]) == [path]
    assert CliRunner().invoke(main, asked).exit_code == 0
    rerun = ["rerun", "--allow-code"]
    assert "changed" not in CliRunner().invoke(main, [*rerun, str(out)]).output
    Path(path).write_text(Path(path).read_text() + "# another state of it\n")
    again = CliRunner().invoke(main, asked)
    assert again.exit_code == 2
    assert "holds another sweep" in again.output
    assert f"strategies.{path}" in again.output
    told = CliRunner().invoke(main, [*rerun, str(out)])
    assert told.exit_code == 0
    assert f"note: {path}: the file has changed since" in told.output
