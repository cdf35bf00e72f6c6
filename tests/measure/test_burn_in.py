"""Months of the burn-in are in every table and in no measure."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from drawn import unlike

from sim.engines.batch import simulate
from sim.lab import api
from sim.measure.align import which_months_count
from sim.measure.compare import compare
from sim.measure.ledger import CAUSES
from sim.measure.metrics import BY_NAME, measures_by_world, view_of
from sim.measure.view import View
from sim.measure.window import read_window
from sim.page.board import causes, overview
from sim.page.regime_pair import Choice, RegimePair
from sim.render.figures.captions import comparison_caption
from sim.render.figures.comparison_figures import draw_surplus
from sim.render.numbers import format_number
from sim.render.text.comparison_text import describe_comparison
from sim.scenario.load import load
from sim.study.run.cell_measures import measure_worlds
from sim.study.run.rerun import rerun

FIRST, MONTHS, WORLDS, NEEDS = 14, 40, 5, 6
REGIMES = ("adversarial", "mediated")
KEYS = {
    "run.months": MONTHS, "run.burn_in": FIRST, "run.stagger": 10, "run.in_force": 1.0,
    "market.needs": NEEDS, "market.vendors": NEEDS, "market.candidates": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def loaded():
    return load("it_outsourcing", KEYS)


@pytest.fixture(scope="module")
def result(loaded):
    return compare(loaded, REGIMES, WORLDS, 1)


def raw(result, regime, column):
    """Return a column of `periods` from the burn-in on, worlds × months, by hand."""
    rows = np.asarray(result.outcomes[regime].periods)
    counted = rows[rows["period"] >= FIRST]
    return counted[column].astype(float).reshape(WORLDS, MONTHS - FIRST)


def test_tables_keep_every_month_and_no_bit_of_them_changes(loaded, result):
    plain = load("it_outsourcing", {**KEYS, "run.burn_in": 0})
    for regime in REGIMES:
        rows = simulate(plain.regime(regime), range(WORLDS), 1)
        assert unlike(rows, result.outcomes[regime]) == []
    assert compare(plain, REGIMES, WORLDS, 1).row("surplus", "mediated").mean != (
        result.row("surplus", "mediated").mean
    )


@pytest.mark.parametrize("regime", REGIMES)
def test_measures_are_those_of_the_months_after_it(result, regime):
    found = result.per_world[regime]
    cells = NEEDS * (MONTHS - FIRST)

    def sum_of(name):
        return raw(result, regime, name).sum(axis=1)

    want = {
        "surplus": sum_of("surplus") / cells,
        "surplus_total": sum_of("surplus") / NEEDS,
        "surplus_gross": (sum_of("surplus") + sum_of("mediator")) / cells,
        "three_party": (sum_of("surplus") + sum_of("mediator") - sum_of("mediator_cost")) / cells,
        "share_first_best": sum_of("surplus") / sum_of("first_best"),
        "coverage": sum_of("active") / cells,
        "trust_buyer_mean": raw(result, regime, "trust_buyer").mean(axis=1),
        "trust_buyer_end": raw(result, regime, "trust_buyer")[:, -1],
        "dispute_rate": sum_of("dispute_count") / (sum_of("active") / 12),
        "leak_rate": 12 * sum_of("leaks") / cells,
        "recession_share": raw(result, regime, "recession").mean(axis=1),
        "impasse_rate": sum_of("impasses") / sum_of("talks"),
        "loss_haggling": sum_of("haggling") / cells,
    }
    for name, values in want.items():
        assert found[name].to_numpy() == pytest.approx(values, nan_ok=True), name
    ties = result.outcomes[regime].ties
    lengths = [
        ties["months"][ties["world"] == w].sum() / ties["spells"][ties["world"] == w].sum()
        for w in range(WORLDS)
    ]
    assert found["tie_length"].to_numpy() == pytest.approx(lengths)  # of whole lives


def test_paired_differences_and_the_ledger_agree_with_the_rows(result):
    gap = raw(result, "mediated", "surplus") - raw(result, "adversarial", "surplus")
    want = (gap.sum(axis=1) / (NEEDS * (MONTHS - FIRST))).mean()
    assert result.row("surplus", "mediated", "adversarial").mean == pytest.approx(want)
    book = result.ledger[result.ledger["regime"] == "mediated"]
    for name in ("first_best", *CAUSES, "surplus"):
        each = raw(result, "mediated", name).sum(axis=1) / (NEEDS * (MONTHS - FIRST))
        assert book[name].to_numpy() == pytest.approx(each), name


def test_a_rate_with_nothing_to_count_after_it_is_nan(tables):
    made = tables(2, 4)
    made.periods["talks"], made.periods["impasses"] = [3, 2, 0, 0, 3, 2, 1, 0], 1
    seen = measures_by_world(View(made, needs=2, months=4, burn_in=2))
    whole = measures_by_world(View(made, needs=2, months=4))
    assert np.isnan(seen["impasse_rate"][0]) and seen["impasse_rate"][1] == 2.0
    assert np.isfinite(whole["impasse_rate"]).all()


def test_a_cell_of_a_study_has_the_measures_of_a_comparison(loaded, result):
    found = measure_worlds(loaded, REGIMES, range(WORLDS), 1)
    for regime in REGIMES:
        for name in BY_NAME:
            assert found[regime][name].tolist() == pytest.approx(
                result.per_world[regime][name].tolist(), nan_ok=True
            )


@pytest.mark.deep
def test_results_on_disk_agree_and_are_recomputed(result, tmp_path):
    api.compare(
        "it_outsourcing", REGIMES, worlds=WORLDS, seed=1, overrides=KEYS, out=tmp_path / "r"
    )
    rows = pq.read_table(tmp_path / "r" / "periods.parquet").to_pandas()
    assert len(rows) == (len(result.regimes) + 1) * WORLDS * MONTHS  # with the machine
    mediated = rows[(rows["regime"] == "mediated") & (rows["period"] >= FIRST)]
    want = mediated.groupby("world")["surplus"].sum().to_numpy() / (NEEDS * (MONTHS - FIRST))
    summary = pq.read_table(tmp_path / "r" / "summary.parquet").to_pandas()
    line = summary[(summary["measure"] == "surplus") & (summary["name"] == "mediated")]
    assert float(line["mean"].iloc[0]) == pytest.approx(want.mean())
    book = pq.read_table(tmp_path / "r" / "ledger.parquet").to_pandas()
    assert book[book["regime"] == "mediated"]["surplus"].to_numpy() == pytest.approx(want)
    assert rerun(tmp_path / "r" / "manifest.json") == (True, [], [], [])


def test_windows_and_onsets_leave_it_out():
    at = np.array([[0, 0, 5], [0, 1, 8]])
    seen = which_months_count(at, read_window("recession", "-4:2"), 10, burn_in=3)
    assert seen.astype(int).tolist() == [[0, 0, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 0]]


def test_pictures_over_time_show_every_month_and_say_so(result):
    line = result.series("surplus", "mediated")
    every = np.asarray(result.outcomes["mediated"].periods["surplus"]).reshape(WORLDS, MONTHS)
    assert line["mean"].to_numpy() == pytest.approx(every.mean(axis=0) / NEEDS)
    total = result.series("surplus_so_far", "mediated")["mean"].iloc[-1]
    assert total == pytest.approx(every.sum(axis=1).mean() / NEEDS)
    shaded = [patch for patch in draw_surplus(result).axes[0].patches if patch.get_width() == FIRST]
    assert shaded
    assert comparison_caption(result, "surplus").endswith(
        "Shaded: the first 14 months, which are in no measure."
    )
    assert comparison_caption(result, "survival").endswith(
        "The whole run, the first 14 months too."
    )
    assert comparison_caption(result, "ledger").endswith("Without the first 14 months.")
    assert describe_comparison(result).endswith("measured without the first 14 months")


def test_the_page_counts_nothing_before_it(loaded):
    pair = RegimePair(Choice("it_outsourcing", REGIMES, overrides=tuple(KEYS.items())))
    frame = pair.step(FIRST)
    assert "Nothing counts yet, without the first 14 months" in causes(frame)
    assert '<b data-headline="0">–</b>' in overview(frame)
    frame = pair.step(4)
    view = view_of(type("T", (), {"periods": frame.rows[1], "ties": np.zeros(0)})(),
                   load("it_outsourcing", {**KEYS, "run.months": FIRST + 4}).regime("mediated"))  # fmt: skip
    surplus = format_number(BY_NAME["surplus"].of(view)[0], "money/need/month")
    assert f'<b data-headline="1">{surplus}</b>' in overview(frame)
    assert "without the first 14 months" in causes(frame)


def test_the_page_shows_needs_that_have_not_come():
    keys = {"run.months": 20, "run.stagger": 15, "market.needs": 12, "market.vendors": 12}
    pair = RegimePair(Choice("it_outsourcing", REGIMES, overrides=tuple(keys.items())))
    waiting = pair.frame.links[0].waiting
    assert len(waiting) > 8
    html = overview(pair.frame)
    assert f"{len(waiting)} not yet in the market" in html
    assert f"<title>buyer {waiting[0]}, not yet in the market</title>" in html
    late = int(waiting[-1])
    tie = late * pair.frame.crowd.candidates
    followed = RegimePair(Choice("it_outsourcing", REGIMES, overrides=tuple(keys.items()), tie=tie))
    said = followed.frame.lives[0].known.contract[0]
    assert said.startswith("None: the need is not yet in the market; it comes in month ")
    month = int(said.rsplit(" ", 1)[1].rstrip("."))
    life = followed.step(20).lives[0]
    assert [entry.service for entry in life.entries[: month - 1]] == ["waits"] * (month - 1)
    assert life.entries[month - 1].sentences[0] == "The buyer comes to market with this need."
    assert not len(followed.frame.links[0].waiting)
