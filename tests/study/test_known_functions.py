"""The whole pipeline on functions with known answers: only what a world yields is replaced.

Design, chunks, parts, resume, analysis and tables are those of any study; a world's `surplus` under
`mediated` is a known function of the point and of luck that the world number alone decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations, product
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bare import BARE
from counts import count
from known_worlds import known, luck
from tiny_study import REGIMES, SMALL, run

from sim.measure.sensitivity import saltelli_rows, sobol_indices
from sim.scenario.regimes import ResolvedRegime
from sim.study.results.store import read_table

CURVED = "mediator.competence", "market.trust_weight", "market.referral"
DEAD = "market.reputation"
UNIT = [f"{key}=0:1" for key in (*CURVED, DEAD)]
CUBE: dict[str, Any] = {"regimes": REGIMES, "outcomes": ["surplus"], "overrides": {}, "worlds": 4}


# --- sensitivity: Ishigami & Homma (1990) -----------------------------------------------------

A, B, NOISE = 7.0, 0.1, 2.0
V1, V2, V13 = 0.5 * (1.0 + B * np.pi**4 / 5.0) ** 2, A**2 / 8.0, 8.0 * B**2 * np.pi**8 / 225.0
TOTAL = V1 + V2 + V13
S1 = np.array([V1, V2, 0.0, 0.0]) / TOTAL
ST = np.array([V1 + V13, V2, V13, 0.0]) / TOTAL


def ishigami(cube: np.ndarray) -> np.ndarray:
    x = np.pi * (2.0 * np.asarray(cube, float) - 1.0)
    return np.sin(x[..., 0]) + A * np.sin(x[..., 1]) ** 2 + B * x[..., 2] ** 4 * np.sin(x[..., 0])


def in_cube(under: ResolvedRegime) -> np.ndarray:
    market = under.scenario.market
    return np.array([under.scenario.mediator.competence, market.trust_weight, market.referral])


def curved(under: ResolvedRegime, regime: str, worlds: np.ndarray) -> np.ndarray:
    """Ishigami under a mediator, nothing without; the same luck on top of both."""
    value = float(ishigami(in_cube(under))) if regime == "mediated" else 0.0
    return value + NOISE * luck(worlds)


def scattered(under: ResolvedRegime, regime: str, worlds: np.ndarray) -> np.ndarray:
    """The negative control: separate luck for every point."""
    own = int(2**32 * under.scenario.market.reputation) + int(2**31 * in_cube(under).sum())
    return float(ishigami(in_cube(under))) + NOISE * luck(worlds, own)


def indices(out: Path, design: str, points: int) -> pd.DataFrame:
    """Return the table of a sensitivity analysis of the four keys, run through everything."""
    done = run(out, UNIT, design=design, points=points, workers=2, **CUBE)
    assert done.complete
    return read_table(out / "sensitivity.parquet")


def column(table: pd.DataFrame, name: str, index: str, what: str = "value") -> np.ndarray:
    rows = table[(table["name"] == name) & (table["index"] == index)]
    by = rows.set_index("factor")[what]
    return by.loc[[*CURVED, DEAD]].to_numpy()


def second(table: pd.DataFrame, name: str) -> dict[tuple[str, str], float]:
    rows = table[(table["name"] == name) & (table["index"] == "S2")]
    pairs = zip(rows["factor"].astype(str), rows["other"].astype(str), strict=True)
    return dict(zip(pairs, rows["value"], strict=True))


def luck_of(table: pd.DataFrame, name: str) -> float:
    return float(table[(table["name"] == name) & (table["index"] == "luck")]["value"].iloc[0])


DIFFERENCE = "mediated − adversarial"


@pytest.mark.deep
def test_sobol_through_everything(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows: within four standard errors of the closed form, and SALib's number of the same rows."""
    known(monkeypatch, curved)
    many = count(16, 32)
    table, rows = indices(out, "saltelli", many), saltelli_rows(4, many, 1)
    alone = sobol_indices(ishigami(rows), 4, 1)
    for index, truth in (("S1", S1), ("ST", ST)):
        value = column(table, DIFFERENCE, index)
        half = column(table, DIFFERENCE, index, "high") - value
        assert np.all(np.abs(value - truth)[:3] <= 2.0 * half[:3])
        assert value == pytest.approx(alone[index].value, abs=1e-9)
        # Under common luck of a base row what does nothing does exactly nothing, luck or not.
        for name in ("mediated", "adversarial"):
            assert column(table, name, index)[3] == 0.0
        assert abs(value[3]) < 1e-12
    pairs = second(table, DIFFERENCE)
    assert len(pairs) == 6
    assert pairs[CURVED[0], CURVED[2]] == pytest.approx(alone["S2"].value[0, 2], abs=1e-9)
    assert luck_of(table, DIFFERENCE) < 1e-12 < 0.01 < luck_of(table, "mediated") < 0.5
    assert luck_of(table, "adversarial") == pytest.approx(1.0, abs=3.4 / np.sqrt(many))


@pytest.mark.deep
def test_morris_through_everything(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, curved)
    table = indices(out, "morris", 12)
    for name in ("mediated", DIFFERENCE):
        star = column(table, name, "mu_star")
        # From level to level of its grid sin² goes up or down by three quarters, in two thirds.
        assert star[1] == pytest.approx(0.75 * A * 1.5, abs=1e-9)
        effects = elementary()
        error = effects.std(axis=1) / np.sqrt(12)
        assert np.all(np.abs(star[:3] - np.abs(effects).mean(axis=1)) <= 4.0 * error + 1e-9)
        assert np.all(np.abs(column(table, name, "mu")[:3] - effects.mean(axis=1)) <= 4.0 * error)
    assert column(table, "mediated", "mu_star")[3] == column(table, "mediated", "sigma")[3] == 0.0
    # Without a mediator nothing but luck moves, and luck moves no factor.
    assert column(table, "adversarial", "mu_star").tolist() == [0.0] * 4


def elementary() -> np.ndarray:
    """Return every elementary effect of the three factors on Morris's grid of four levels."""
    found = []
    for i in range(3):
        effects = []
        for low, one, two in product((0, 1), range(4), range(4)):
            base = np.insert(np.array([one, two], float), i, low) / 3.0
            step = np.eye(3)[i] * 2.0 / 3.0
            effects.append((ishigami(base + step) - ishigami(base)) * 1.5)
        found.append(effects)
    return np.array(found)


@pytest.mark.deep
def test_luck_of_its_own_for_every_point_gives_a_dead_key_an_effect(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, scattered)
    assert column(indices(out, "morris", 12), "mediated", "mu_star")[3] > 0.5


@pytest.mark.deep
def test_sobol_through_everything_deep(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """512 base rows: the closed form to 0.03; under luck, as shares of a variance that has it too."""
    known(monkeypatch, curved)
    table = indices(out, "saltelli", 512)
    shrunk = TOTAL / (TOTAL + NOISE**2 / 4.0)
    for name, share in ((DIFFERENCE, 1.0), ("mediated", shrunk)):
        assert column(table, name, "S1") == pytest.approx(S1 * share, abs=0.03)
        assert column(table, name, "ST") == pytest.approx(ST * share, abs=0.03)
        for pair, value in second(table, name).items():
            truth = V13 / TOTAL * share if pair == (CURVED[0], CURVED[2]) else 0.0
            assert value == pytest.approx(truth, abs=0.05)
    assert luck_of(table, "mediated") == pytest.approx(1.0 - shrunk, abs=0.02)


# --- attribution: Shapley's axioms ------------------------------------------------------------

SWITCHES = ["broker", "align", "resolve"]


def worth(out: Path, kind: str = "shapley") -> pd.DataFrame:
    """Return the mean of every player by outcome."""
    table = read_table(out / "attribution.parquet")
    table = table[table["kind"] == kind].astype({"player": str, "outcome": str})
    return table.pivot(index="outcome", columns="player", values="mean")


def attribute(out: Path, of: Sequence[str], **more: Any) -> Path:
    """Attribute to switches in the tiny market, with nothing replaced."""
    settings: dict[str, Any] = {"regimes": ["mediated"], "worlds": 3, **more}
    assert run(out, (), design="coalitions", of=list(of), **settings).complete
    return out


def game(out: Path, of: Sequence[str]) -> dict[frozenset[str], pd.Series]:
    """Return the worth of every coalition, mean over worlds, read from the parts themselves."""
    points = read_table(out / "points.parquet")
    found = {}
    for point, name in zip(points["point"], points["coalition"].astype(str), strict=True):
        paths = sorted((out / "parts").glob(f"part-{point:05d}-*.parquet"))
        frame = pd.concat([read_table(path) for path in paths])
        members = frozenset() if name == "none" else frozenset(name.split("+"))
        found[members] = frame.drop(columns=["coalition", "regime"]).mean()
    assert len(found) == 2 ** len(of)
    return found


def by_orders(value: dict[frozenset[str], pd.Series], of: Sequence[str]) -> dict[str, pd.Series]:
    """Return each player's marginal contribution averaged over all orders of coming in."""
    total = {player: 0.0 * value[frozenset()] for player in of}
    for order in permutations(of):
        for nth, player in enumerate(order):
            before = frozenset(order[:nth])
            total[player] = total[player] + value[before | {player}] - value[before]
    return {player: whole / factorial(len(of)) for player, whole in total.items()}


def agrees_with_all_orders(out: Path, of: Sequence[str]) -> bool:
    """Whether the table holds what all orders of coming in give, for every outcome."""
    found, expected = worth(out), by_orders(game(out, of), of)
    return all(
        found.loc[outcome, player] == pytest.approx(expected[player][outcome], abs=1e-9)
        for outcome in found.index
        for player in of
    )


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the attribution of three functions in a tiny market."""
    drafter = {"mediator.style": "drafter", "mediator.participation": "always"}
    return attribute(tmp_path_factory.mktemp("three") / "out", SWITCHES, overrides=SMALL | drafter)


def test_shapley_values_are_the_mean_over_all_orders(three: Path) -> None:
    assert agrees_with_all_orders(three, SWITCHES)
    whole = worth(three)
    assert (whole.loc["surplus"].abs() > 1e-6).any()
    # The control: first in alone is another thing.
    assert not np.allclose(worth(three, "first_in")[SWITCHES], whole[SWITCHES], atol=1e-9)


def test_shapley_values_add_up_to_what_all_bring_together(three: Path) -> None:
    total = worth(three, "total")["all"]
    assert worth(three).sum(axis=1).to_numpy() == pytest.approx(total.to_numpy(), abs=1e-9)
    assert (worth(three, "first_in").sum(axis=1) - total).abs().max() > 1e-6


def test_net_is_gross_less_the_fee_for_every_player(three: Path) -> None:
    for kind in ("shapley", "first_in", "last_in", "total"):
        table = worth(three, kind)
        net = table.loc["surplus_gross"] - table.loc["mediator"]
        assert table.loc["surplus"].to_numpy() == pytest.approx(net.to_numpy(), abs=1e-9)
    assert worth(three).loc["mediator"].abs().max() > 1e-6


def test_a_switch_that_changes_nothing_is_worth_exactly_nothing(out: Path) -> None:
    """A price for changing the vendor, with only one vendor."""
    dummy = "market.switching_cost"
    more = {"run.months": 1, "negotiation.deadline": 3, dummy: 5.0}
    attribute(out, [dummy, "broker"], overrides=more, worlds=2)
    for kind in ("shapley", "first_in", "last_in"):
        table = worth(out, kind)
        assert (table[dummy] == 0.0).all()
        assert (table["broker"] != 0.0).any()
    pairs = read_table(out / "interactions.parquet")
    assert (pairs["mean"] == 0.0).all()


def test_a_function_without_work_is_worth_exactly_nothing_gross_of_its_fee(out: Path) -> None:
    """If every problem is found for certain, `warn` has nothing to tell; it takes its fee.

    The fee is one sixteenth: subtracted from some tens of money it rounds nothing, as seven hundredths would.
    """
    own = {"run.months": 4, "mediator.functions": ["warn"], "mediator.fee.retainer": 0.0625}
    more = {**BARE, "mediator.style": [], "issues.duration.worth_range": 0.0, **own}
    attribute(out, ["warn"], source="control_warn", overrides=more, worlds=2)
    table = worth(out)
    assert table.loc["surplus_gross", "warn"] == 0.0
    assert table.loc["surplus", "warn"] == -table.loc["mediator", "warn"] == -0.0625


def test_switches_that_do_the_same_are_worth_the_same(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of three together earn 6, with the third 9, any other set nothing: 4, 4 and 1."""

    def glove(under: ResolvedRegime, regime: str, worlds: np.ndarray) -> np.ndarray:
        there = set(under.scenario.mediator.functions)
        both = {"broker", "align"} <= there
        value = (9.0 if "resolve" in there else 6.0) if both else 0.0
        return value + luck(worlds)

    known(monkeypatch, glove)
    attribute(out, SWITCHES)
    found = worth(out).loc["surplus"]
    assert found["broker"] == found["align"] == pytest.approx(4.0, abs=1e-12)
    assert found["resolve"] == pytest.approx(1.0, abs=1e-12)
    assert agrees_with_all_orders(out, SWITCHES)


@pytest.mark.deep
def test_all_nine_hold_the_game_of_three(tmp_path: Path) -> None:
    """512 coalitions: efficiency, and the worlds of the eight that are a game of three, to the bit."""
    from sim.scenario.key_kinds import FUNCTIONS

    more = {"run.months": 6, "market.needs": 2, "market.vendors": 3}
    nine = attribute(tmp_path / "nine", FUNCTIONS, source="secret_mediator", overrides=more)
    total = worth(nine, "total")["all"].to_numpy()
    assert worth(nine).sum(axis=1).to_numpy() == pytest.approx(total, abs=1e-9)
    alone = {**more, "mediator.functions": SWITCHES}
    small = attribute(tmp_path / "three", SWITCHES, source="secret_mediator", overrides=alone)
    large = game(nine, FUNCTIONS)
    for members, values in game(small, SWITCHES).items():
        pd.testing.assert_series_equal(
            values.drop("point"), large[members].drop("point"), check_exact=True
        )
    assert agrees_with_all_orders(small, SWITCHES)
