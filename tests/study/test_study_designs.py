"""Designs: which points are run, each checked before anything runs, and each analysed by its kind."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counts import only
from tiny_study import RANGES, REGIMES, SMALL, Stop, ask, bits, run, unlike, worlds

from sim.engines.batch import simulate
from sim.errors import ScenarioError
from sim.measure.compare import compare
from sim.scenario.key_kinds import FUNCTIONS
from sim.scenario.load import LoadedScenario, load
from sim.study.design.designs import (
    coalitions,
    grid,
    read_csv_factors,
    sample_points,
    unit_cube_rows,
    zip_values,
)
from sim.study.design.factors import Factor, parse_vary
from sim.study.results.store import read_table


def test_the_grid_is_full_and_its_order_stable() -> None:
    made = grid([Factor("a", (1, 2)), Factor("b", ("x", "y", "z"))])
    assert made == [{"a": a, "b": b} for a in (1, 2) for b in "xyz"]


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ([], "nothing is varied"),
        ([Factor("a", (1,)), Factor("a", (2,))], "a: varied twice"),
        ([Factor("a", tuple(range(1000))), Factor("b", tuple(range(2000)))], "2000000 points"),
        ([parse_vary("a=0:1", ranges=True)], "a = 0:1: a full factorial wants a number of values"),
    ],
)
def test_a_grid_that_cannot_be_is_one_line(factors: list[Factor], said: str) -> None:
    with pytest.raises(ScenarioError, match=said) as caught:
        grid(factors)
    assert "\n" not in str(caught.value)


def test_a_list_goes_point_by_point() -> None:
    made = zip_values([Factor("a", (1, 1, 2)), Factor("b", ("x", "y", "x"))])
    assert made == [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}]
    for wrong in ([Factor("a", (1, 2)), Factor("b", (1,))], []):
        with pytest.raises(ScenarioError):
            zip_values(wrong)


# --- sampled designs --------------------------------------------------------------------------

ROWS = {"latin_hypercube": 8, "sobol": 8, "morris": 8 * 4, "saltelli": 8 * 8}
THREE = (
    "mediator.competence=0.2:0.8",
    "run.months=3:6",
    "negotiation.level=truthful,level_1,equilibrium",
)


@pytest.mark.parametrize("design", ROWS)
def test_a_sampled_design_takes_numbers_whole_numbers_and_words(design: str) -> None:
    texts = [t.removesuffix(",equilibrium") if design == "morris" else t for t in THREE]
    factors = [parse_vary(text, ranges=True) for text in texts]
    made = sample_points(design, factors, 8, 1)
    assert len(made) == ROWS[design]
    assert made == sample_points(design, factors, 8, 1)
    assert made != sample_points(design, factors, 8, 2)
    numbers = [m["mediator.competence"] for m in made]
    assert all(isinstance(n, float) and 0.2 <= n <= 0.8 for n in numbers)
    whole = {m["run.months"] for m in made}
    assert whole <= {3, 4, 5, 6}
    assert len(whole) >= 3
    assert all(isinstance(n, int) for n in whole)
    levels = {m["negotiation.level"] for m in made}
    assert len(levels) >= 2
    assert levels <= {"truthful", "level_1", "equilibrium"}


def test_what_a_design_promises_of_its_points() -> None:
    latin = np.sort(unit_cube_rows("latin_hypercube", 2, 8, 1), axis=0)
    assert (np.floor(latin * 8) == np.arange(8)[:, None]).all()
    sobol = unit_cube_rows("sobol", 2, 16, 1)
    cells = {(int(4 * a), int(4 * b)) for a, b in sobol}
    assert len(cells) == 16  # a (0, 4, 2)-net: a point in each of 4 × 4 cells
    random = np.random.default_rng(1).random((16, 2))
    assert len({(int(4 * a), int(4 * b)) for a, b in random}) < 16
    morris = unit_cube_rows("morris", 3, 4, 1).reshape(4, 4, 3)
    assert (np.count_nonzero(np.diff(morris, axis=1), axis=2) == 1).all()


@pytest.mark.parametrize(
    ("design", "points", "said"),
    [
        ("sobol", 12, "points = 12: want a power of two, as in 8 or 16"),
        ("saltelli", 5, "points = 5: want a power of two, as in 4 or 8"),
        ("saltelli", 1, "points = 1: want at least 2"),
        ("morris", 1, "points = 1: want at least 2"),
        ("saltelli", 1_048_576, "6291456 points; want at most 1048576"),
    ],
)
def test_a_number_of_points_that_cannot_be_is_one_line(design: str, points: int, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        ask(RANGES, design=design, points=points)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    if "want at most" not in said:
        assert str(caught.value).startswith("points: ")


def test_nothing_to_vary_is_one_line() -> None:
    for design in (*ROWS, "factorial", "list"):
        with pytest.raises(ScenarioError, match=r"^vary: nothing is varied: want key="):
            ask((), design=design)


# --- coalitions -------------------------------------------------------------------------------


def test_every_coalition_of_functions_is_a_point() -> None:
    made = coalitions(FUNCTIONS, load("one_tie").resolved(), "of")
    assert len(made) == len({name for name, _ in made}) == 512
    assert made[0] == ("none", {"mediator.functions": []})
    assert set(made[-1][1]["mediator.functions"]) == set(FUNCTIONS)
    name, values = made[0b101]
    assert name == f"{FUNCTIONS[0]}+{FUNCTIONS[2]}"
    assert values == {"mediator.functions": [FUNCTIONS[0], FUNCTIONS[2]]}


def test_a_key_is_switched_to_its_default_and_other_functions_stay() -> None:
    resolved = load("one_tie", {"recession.rate": 0.02}).resolved()
    made = coalitions(["recession.rate", "broker"], resolved, "of")
    others = [f for f in FUNCTIONS if f in resolved["mediator"]["functions"] and f != "broker"]
    assert [name for name, _ in made] == [
        "none",
        "recession.rate",
        "broker",
        "recession.rate+broker",
    ]
    assert made[0][1] == {"recession.rate": 0.0, "mediator.functions": others}
    assert made[1][1] == {"mediator.functions": others}
    assert set(made[3][1]["mediator.functions"]) == {*others, "broker"}


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (("brokr",), "did you mean 'broker'?"),
        (("recession.rate",), "it is off in this scenario (0.0); set it with `overrides`"),
        (("broker", "broker"), '"broker" is given twice'),
        (("scenario.title",), "want a function of the mediator"),
        (tuple(f"a{n}" for n in range(13)), "want 1 to 12 switches"),
    ],
)
def test_what_is_no_switch_is_one_line(of: tuple[str, ...], said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        ask((), design="coalitions", of=of, regimes=None)
    assert str(caught.value).startswith("of: of = ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


# --- lists ------------------------------------------------------------------------------------


def csv(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_csv_file_is_a_list_of_points(tmp_path: Path) -> None:
    text = '\ufeffmediator.competence, negotiation.level\n0,truthful\n\n0.5,"level_1"\n0,level_1\n'
    found = read_csv_factors(csv(tmp_path, text), "csv")
    assert [f.key for f in found] == ["mediator.competence", "negotiation.level"]
    assert found[0].values == (0, 0.5, 0)
    assert found[1].values == ("truthful", "level_1", "level_1")
    study = ask((), csv=str(tmp_path / "points.csv"))
    assert study.design == "list"
    assert study.points[2].values == {"mediator.competence": 0, "negotiation.level": "level_1"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "want a line of keys and at least one line of values"),
        ("mediator.competence\n", "want a line of keys and at least one line of values"),
        (
            "mediator.competence,run.months\n0,1\n1\n",
            "points.csv:3: number of values = 1: want 2, one",
        ),
        (
            "regime,mediator.competence\nadversarial,0.1\nmediated,0.9\n",
            "points.csv:1: regime = adversarial,mediated: a list cannot give each point a regime of its own",
        ),
        ("mediator.competance\n0\n", "points.csv:2: mediator.competance = 0: no such key"),
        ("mediator.competence\n7\n", "points.csv:2: mediator.competence = 7: want a number from 0"),
        ("run.months\n1.5\n", "points.csv:2: run.months = 1.5: want a whole number"),
        ("run.months,run.months\n1,2\n", "points.csv:1: run.months: varied twice"),
        ("run.seed\n1\n", "points.csv:1: run.seed: worlds and seed are the same at every point"),
        ("run.months,\n1,2\n", "points.csv:1: column 2: want a key in the first line"),
        ("run.months\n\n3\n\n0\n", "points.csv:5: run.months = 0: want a whole number from 1"),
        (
            'mediator.functions,run.months\n"[""broker"",\n""warn""]",3\n[],0\n',
            "points.csv:4: run.months = 0: want a whole number from 1",
        ),
        (None, "cannot be read: no such file"),
    ],
)
def test_what_is_wrong_with_a_csv_file_is_one_line(
    tmp_path: Path, text: str | None, said: str
) -> None:
    path = tmp_path / "points.csv" if text is None else csv(tmp_path, text)
    with pytest.raises(ScenarioError) as caught:
        ask((), csv=str(path))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_regime_that_is_varied_is_wrong_where_it_stands(tmp_path: Path) -> None:
    want = "want one of adversarial, partnership, mediated, machine, planner, drafter; did you mean 'mediated'?"
    path = csv(tmp_path, "run.months,regime\n3,mediatd\n4,mediatd\n")
    file = tmp_path / "mine.toml"
    file.write_text(
        'scenario = "one_tie"\n[[factors]]\nkey = "run.months"\nvalues = [3, 4]\n'
        '[[factors]]\nkey = "regime"\nvalues = ["adversarial", "mediatd"]\n'
    )
    for asked, where in (
        ({"vary": (), "csv": str(path)}, f"{path}:2"),
        ({"vary": ("run.months=3,4", "regime=adversarial,mediatd")}, "vary"),
        ({"vary": (), "source": file}, f"{file}:6"),
    ):
        with pytest.raises(ScenarioError) as caught:
            ask(**asked, regimes=())
        assert str(caught.value) == f'{where}: regime = "mediatd": {want}'


# --- each through the whole pipeline ----------------------------------------------------------

DESIGNS: dict[str, dict[str, Any]] = {
    "latin_hypercube": {"vary": RANGES, "points": 4, "worlds": 1},
    "sobol": {"vary": RANGES, "points": 4, "worlds": 1},
    "morris": {"vary": RANGES[:1], "points": 2, "worlds": 2},
    "saltelli": {"vary": RANGES[:1], "points": 2, "worlds": 1},
    "map": {"vary": ("mediator.competence=0,1", "problems.rate=0.1,0.3"), "worlds": 1},
    "list": {"vary": (), "worlds": 1},
    "coalitions": {"vary": (), "of": ("broker", "align"), "regimes": None, "worlds": 2},
}
LEAVES = {
    "map": {"summary", "map"}, "morris": {"sensitivity"}, "saltelli": {"sensitivity"},
    "coalitions": {"attribution", "interactions"},
}  # fmt: skip


@pytest.mark.parametrize("design", only(("sobol", "coalitions"), DESIGNS))
def test_every_design_runs_is_interrupted_and_resumes(
    tiny: LoadedScenario, tmp_path: Path, design: str
) -> None:
    more = {**DESIGNS[design], "design": design}
    if design == "list":
        text = "mediator.competence,negotiation.level\n0,truthful\n1,level_1\n0,level_1\n"
        more = {**more, "csv": str(csv(tmp_path, text))}
    result = run(tmp_path / "one", **more)
    assert result.complete
    left = {path.stem for path in (tmp_path / "one").glob("*.parquet")}
    assert left == {"points", *LEAVES.get(design, {"summary"})}
    begun = run(tmp_path / "two", chunk=1, on_progress=Stop(), **more)
    assert begun.interrupted
    assert not begun.complete
    again = ask((), source=tmp_path / "two", overrides=None, regimes=None)
    assert run(tmp_path / "two", study=again, workers=2).complete
    assert unlike(tmp_path / "one", tmp_path / "two") == []
    file = ask((), source=tmp_path / "one" / "study.toml", overrides=None, regimes=None)
    assert file.points == result.study.points
    assert file.table == result.study.table


def test_a_study_measures_after_the_burn_in_also_if_resumed(tmp_path: Path) -> None:
    """Every world of every point has the surplus of its rows from there on, resumed or not."""
    keys = {**SMALL, "run.months": 10}
    vary = ("run.burn_in=0,4,9", "mediator.competence=0,1")
    whole = run(tmp_path / "one", vary, overrides=keys)
    assert run(tmp_path / "two", vary, overrides=keys, chunk=1, on_progress=Stop()).interrupted
    again = ask((), source=tmp_path / "two", overrides=None, regimes=None)
    assert run(tmp_path / "two", study=again).complete
    assert unlike(tmp_path / "one", tmp_path / "two") == []
    frame = worlds(tmp_path / "two")
    for point in whole.study.points:
        for regime in REGIMES:
            loaded = load("one_tie", {**keys, **point.values})
            found = simulate(loaded.regime(regime), range(3), whole.study.seed).periods
            first = loaded.scenario.run.burn_in
            want = found["surplus"].reshape(3, 10)[:, first:].mean(axis=1)
            rows = frame[(frame.point == point.number) & (frame.regime == regime)]
            assert rows["surplus"].to_numpy() == pytest.approx(want)


def test_a_point_without_a_month_to_measure_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"run\.burn_in"):
        ask(("run.burn_in=0,1",), overrides=SMALL)


def test_points_of_a_base_row_share_their_luck_and_rows_do_not(
    tiny: LoadedScenario, out: Path
) -> None:
    result = run(out, RANGES[:1], design="morris", points=2, worlds=2)
    assert [p.first for p in result.study.points] == [0, 0, 2, 2]
    frame = worlds(out)
    for point in result.study.points:
        rows = frame[frame.point == point.number]
        assert set(rows["world"]) == {point.first, point.first + 1}
    from sim.measure.compare import compare

    last = result.study.points[3]
    alone = compare(load("one_tie", {**SMALL, **last.values}), REGIMES, 4, 1).per_world["mediated"]
    found = frame[(frame.point == 3) & (frame.regime == "mediated")]
    assert bits(found[list(alone.columns)]) == bits(alone[alone["world"] >= 2])


def test_a_map_says_which_regime_is_best_where(tiny: LoadedScenario, out: Path) -> None:
    vary = ("mediator.competence=0,1", "negotiation.deadline=3,4")
    table = run(out, vary, design="map", worlds=20).table("map")  # below, no cell is certain
    summary = read_table(out / "summary.parquet")
    assert list(table["outcome"].unique()) == ["surplus", "trust_buyer_end"]
    for row in table[table["outcome"] == "surplus"].itertuples():
        means = summary[(summary.point == row.point) & (summary.measure == "surplus")]
        by = means[means.kind == "regime"].set_index("regime")["mean"]
        assert row.best == by.idxmax()
        assert row.lead == pytest.approx(by.max() - by.min())
        assert row.certain == (row.low > 0.0 or row.high < 0.0)


def test_a_whole_is_told_in_two_parts_as_a_comparison_tells_it(
    tiny: LoadedScenario, out: Path
) -> None:
    """And only if the switches are all that the mediator does: otherwise the rest would count as no mediator."""
    every = tuple(tiny.scenario.mediator.functions)
    done = run(out, (), of=every, regimes=None, design="coalitions", worlds=3)
    table = done.table("attribution")
    means = table[table["player"] == "all"].set_index(["outcome", "kind"])["mean"]
    told = compare(done.study.loaded, ["adversarial", "mediated"], 3, done.study.seed)
    for outcome in ("surplus_gross", "surplus", "mediator"):
        parts = [means[outcome, kind] for kind in ("procedure", "mediator")]
        assert sum(parts) == pytest.approx(means[outcome, "total"], abs=1e-9)
        for part, pair in zip(parts, told.parts, strict=True):
            assert part == pytest.approx(told.row(outcome, *pair).mean, abs=1e-9)
    part = run(out.with_name("part"), (), of=every[:1], regimes=None, design="coalitions", worlds=3)
    assert "procedure" not in set(part.table("attribution")["kind"])


@pytest.mark.parametrize("axes", [("a=1,2",), ("a=1,2", "b=1,2", "c=1,2"), ("a=1,2", "a=1,2")])
def test_a_map_has_two_axes(axes: tuple[str, ...]) -> None:
    with pytest.raises(ScenarioError, match=r"want two factors|varied twice"):
        ask(axes, design="map")


def test_shapley_values_add_up_gross_of_the_fee_and_net(tiny: LoadedScenario, out: Path) -> None:
    table = run(out, **DESIGNS["coalitions"], design="coalitions").table("attribution")
    means = table.set_index(["outcome", "kind", "player"])["mean"]
    for outcome in ("surplus_gross", "surplus", "mediator", "trust_buyer_end"):
        value = means[outcome, "shapley", "broker"] + means[outcome, "shapley", "align"]
        assert value == pytest.approx(means[outcome, "total", "all"], abs=1e-9)
    for player in ("broker", "align"):
        net, gross, fee = (
            means[o, "shapley", player] for o in ("surplus", "surplus_gross", "mediator")
        )
        assert net == pytest.approx(gross - fee, abs=1e-9)
        assert math.isfinite(net)


def test_a_regime_that_names_its_functions_cannot_be_attributed() -> None:
    own = {"regimes.quiet": {"extends": "mediated", "mediator": {"functions": ["broker"]}}}
    with pytest.raises(ScenarioError, match=r"regimes = quiet: .*names the mediator's functions"):
        ask((), design="coalitions", of=("broker",), regimes=("quiet",), overrides=own)
    with pytest.raises(ScenarioError, match="regimes = mediated, adversarial: want one regime"):
        ask((), design="coalitions", of=("broker",), regimes=("mediated", "adversarial"))
