"""Comparisons: the same worlds under every regime, paired, with missing values reported."""

from functools import partial

import numpy as np
import pytest

import sim.engines.batch as batch
from sim.errors import ScenarioError
from sim.measure.compare import BLOCK, Comparison, compare, with_yardstick
from sim.measure.ledger import CAUSES
from sim.measure.metrics import MEASURES
from sim.scenario.load import load

MONTHS = 4
GAIN = {
    "adversarial": 0.0,
    "partnership": 1.0,
    "mediated": 3.0,
    "machine": 2.0,
    "drafter": 2.5,
    "planner": 8.0,
}


@pytest.fixture(scope="module")
def loaded():
    return load("one_tie", {"run.months": MONTHS, "run.worlds": 12, "run.seed": 5})


@pytest.fixture
def scripted(monkeypatch, tables):
    """Replace the engine by one that books a known surplus; return the calls it gets."""
    calls = []

    def simulate(regime, worlds, seed, *, threads=1, tables=("periods", "ties"), **_):
        calls.append((regime.name, tuple(worlds), seed, threads, set(tables)))
        made = make(len(worlds), MONTHS)
        world = np.repeat(np.asarray(worlds), MONTHS)
        made.periods["world"], made.ties["world"] = world, np.asarray(worlds)
        luck = np.sin(world * 7.0)
        extra = GAIN[regime.name] * (1.0 + 0.1 * np.cos(world * 3.0))
        made.periods["surplus"] = made.periods["buyer"] = 10.0 + luck + extra
        made.periods["first_best"] = 20.0 + luck
        made.periods["no_deal"] = 10.0 - extra
        return batch.RunTables(**vars(made))

    make = tables
    monkeypatch.setattr(batch, "simulate", simulate)
    return calls


def test_default_regimes_worlds_and_seed(scripted, loaded):
    found = compare(loaded)
    assert found.regimes == ("adversarial", "partnership", "mediated", "drafter", "planner")
    assert found.yardsticks == ("planner",)
    assert found.contestants == ("adversarial", "partnership", "mediated", "drafter")
    assert (found.worlds, found.seed, found.interrupted) == (12, 5, False)
    every = [*found.regimes, "machine"]
    assert found.control == "machine"
    assert [c[:3] for c in scripted] == [(r, tuple(range(12)), 5) for r in every]


def test_contrasts_are_with_the_first_and_between_mediated_and_partnership(loaded):
    def contrasts(*regimes):
        return Comparison(loaded, with_yardstick(loaded, regimes), 1, 1, {}).contrasts

    adversarial, partnership, mediated = "adversarial", "partnership", "mediated"
    assert contrasts(adversarial, partnership, mediated) == (
        (partnership, adversarial),
        (mediated, adversarial),
        (mediated, partnership),
    )
    assert contrasts(partnership, mediated) == ((mediated, partnership),)
    assert contrasts(mediated, partnership, adversarial) == (
        (partnership, mediated),
        (adversarial, mediated),
    )
    assert contrasts(mediated) == ()
    assert contrasts("planner") == ()


def test_the_planner_joins_last_and_once(loaded):
    assert with_yardstick(loaded, ["planner", "mediated", "mediated"]) == ("mediated", "planner")
    assert with_yardstick(loaded, ["adversarial"]) == ("adversarial", "planner")


def test_differences_are_paired_by_world(scripted, loaded):
    found = compare(loaded, ["adversarial", "mediated"])
    row = found.row("surplus", "mediated", "adversarial")
    gains = 3.0 * (1.0 + 0.1 * np.cos(np.arange(12) * 3.0))
    assert row.mean == pytest.approx(gains.mean())
    assert row.sd == pytest.approx(gains.std(ddof=1))
    assert row.effect == pytest.approx(gains.mean() / gains.std(ddof=1))
    assert (row.n, row.share_opposite, row.note) == (12, 0.0, "")
    assert gains.min() < row.low < row.mean < row.high < gains.max()
    alone = found.row("surplus", "mediated")
    assert row.high - row.low < 0.5 * (alone.high - alone.low)


def test_the_table_is_tidy(scripted, loaded):
    table = compare(loaded).table()
    assert len(table) == len(MEASURES) * (6 + 6)  # with the machine and both parts
    assert not table.duplicated(["measure", "name"]).any()
    assert list(table.columns[:7]) == [
        "measure", "label", "unit", "kind", "name", "regime", "baseline",
    ]  # fmt: skip
    assert set(table["kind"]) == {"regime", "difference"}
    unit = table.loc[table["measure"] == "surplus", "unit"]
    assert set(unit) == {f"{loaded.scenario.run.currency}/need/month"}
    assert (table.loc[table["measure"] == "impasse_rate", "n"] == 0).all()
    assert set(table.loc[table["measure"] == "impasse_rate", "note"]) == {
        "nothing to count in any world"
    }
    fee = table[(table["measure"] == "loss_fee") & (table["kind"] == "difference")]
    assert set(fee["note"]) == {"the same in every world"}


def test_one_world_says_that_it_has_no_interval(scripted, loaded):
    row = compare(loaded, worlds=1).row("surplus", "mediated", "adversarial")
    assert np.isnan(row.low) and row.mean > 0.0
    assert row.note == "one world: no interval"


def test_series_by_month(scripted, loaded):
    found = compare(loaded)
    line = found.series("surplus", "mediated")
    assert line["period"].tolist() == list(range(MONTHS))
    assert line["mean"].iloc[0] == pytest.approx(found.row("surplus", "mediated").mean)
    difference = found.series("surplus_so_far", "mediated", "adversarial")
    total = found.row("surplus_total", "mediated", "adversarial")
    assert difference["mean"].iloc[-1] == pytest.approx(total.mean)
    assert difference["low"].iloc[-1] == pytest.approx(total.low)
    assert found.series_unit("surplus_so_far") == f"{found.currency}/need"


def test_frames_carry_the_regime(scripted, loaded):
    found = compare(loaded, worlds=3)
    assert list(found.periods.columns[:3]) == ["regime", "world", "period"]
    assert len(found.periods) == 6 * 3 * MONTHS and len(found.ties) == 6 * 3
    assert len(found.events) == len(found.offers) == len(found.need_months) == 0
    columns = ["regime", "world", "first_best", *CAUSES, "surplus"]
    assert list(found.ledger.columns) == columns and len(found.ledger) == 6 * 3


def test_worlds_run_in_blocks_with_progress(scripted, loaded):
    seen = []
    found = compare(
        loaded, ["adversarial", "mediated"], BLOCK + 6, 9, threads=2, tables=["events"],
        on_progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    total = 4 * (BLOCK + 6)
    steps = [nth * BLOCK for nth in range(1, 5)] + [4 * BLOCK + nth * 6 for nth in range(1, 5)]
    assert seen == [(done, total) for done in steps]
    assert {call[4] == {"periods", "ties", "events"} for call in scripted} == {True}
    assert {call[3] for call in scripted} == {2}
    worlds = found.periods.loc[found.periods["regime"] == "mediated", "world"].unique()
    assert worlds.tolist() == list(range(BLOCK + 6))


def stop_at(step):
    done = []

    def on_progress(*_):
        done.append(1)
        if len(done) == step:
            raise KeyboardInterrupt

    return on_progress


def test_an_interrupted_comparison_keeps_the_worlds_complete_under_every_regime(scripted, loaded):
    found = compare(loaded, worlds=3 * BLOCK, on_progress=stop_at(7))
    assert found.interrupted and found.worlds == BLOCK
    assert {len(o.periods) for o in found.outcomes.values()} == {BLOCK * MONTHS}
    assert found.row("surplus", "mediated", "adversarial").n == BLOCK


def test_an_interruption_before_any_world_is_complete_is_passed_on(scripted, loaded):
    with pytest.raises(KeyboardInterrupt):
        compare(loaded, worlds=3 * BLOCK, on_progress=stop_at(2))


def test_an_unknown_regime_is_refused_before_anything_runs(scripted, loaded):
    with pytest.raises(ScenarioError, match="mediated"):
        compare(loaded, ["adversarial", "meditated"])
    assert scripted == []


@pytest.fixture(scope="module")
def real(loaded):
    """Return a small comparison by the engine itself, interpreted, so that nothing is compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "simulate", partial(batch.simulate, compiled=False))
        return compare(loaded, worlds=3)


def test_the_planner_loses_nothing(real):
    row = real.row("share_first_best", "planner")
    assert row.mean == pytest.approx(1.0, abs=1e-12)
    assert all(abs(real.row(f"loss_{c}", "planner").mean) < 1e-9 for c in CAUSES)


def test_regimes_meet_the_same_worlds(real):
    first_best = real.ledger.pivot(index="world", columns="regime", values="first_best")
    assert (first_best.nunique(axis=1) == 1).all()


def test_the_ledger_of_the_engine_adds_up(real):
    lost = real.ledger[list(CAUSES)].sum(axis=1)
    assert np.allclose(real.ledger["first_best"] - lost, real.ledger["surplus"], atol=1e-9)
    assert real.residual < 1e-9


def test_the_parts_add_up(real):
    for regime in real.regimes:
        parts = real.row("buyer", regime).mean + real.row("vendor", regime).mean
        assert parts == pytest.approx(real.row("surplus", regime).mean)
        three = real.row("surplus", regime).mean + real.row("mediator", regime).mean
        three -= real.row("mediator_cost", regime).mean
        assert three == pytest.approx(real.row("three_party", regime).mean)


def test_share_of_first_best_agrees_with_the_amounts_beside_it(real):
    """It is the mean gain over the mean of what there was to gain, not the mean of worlds' shares."""
    for regime in real.regimes:
        gained, whole = (real.row(name, regime).mean for name in ("surplus", "first_best"))
        assert real.row("share_first_best", regime).mean == pytest.approx(gained / whole, rel=1e-12)
    first, other = real.contestants[:2]
    gap = real.row("share_first_best", other, first)
    parts = [real.row("share_first_best", r).mean for r in (other, first)]
    assert gap.mean == pytest.approx(parts[0] - parts[1], rel=1e-9)
    assert gap.low < gap.mean < gap.high
