"""Every measure against numbers worked out by hand, and the ledger that must add up."""

import numpy as np
import pytest

from sim.measure.ledger import CAUSES, ledger
from sim.measure.metrics import BY_NAME, CAUSE_LABELS, MEASURES, SERIES, View, per_world
from sim.records import CAUSE_COLUMNS


@pytest.fixture
def two_worlds(tables):
    """Two worlds of 2 needs and 3 months; in the second nothing happens."""
    made = tables(2, 3, ties=2)
    rows, ties = made.periods[:3], made.ties[:2]
    rows["surplus"], rows["first_best"] = [6.0, 0.0, 12.0], [12.0, 12.0, 12.0]
    rows["buyer"], rows["vendor"] = [4.0, 0.0, 8.0], [2.0, 0.0, 4.0]
    rows["mediator"] = rows["fee"] = [1.0, 1.0, 1.0]
    rows["no_deal"], rows["misfit"] = [5.0, 11.0, 0.0], [0.0, 0.0, -1.0]
    rows["active"] = [1, 0, 2]
    rows["trust_buyer"], rows["trust_vendor"] = [0.5, 0.6, 0.7], [0.4, 0.4, 0.1]
    rows["trust_mediator_buyer"] = [0.2, 0.3, 0.4]
    rows["talks"], rows["impasses"], rows["signed"] = [2, 1, 1], [1, 1, 0], [1, 0, 1]
    rows["drafts_signed"], rows["offers"] = [1, 0, 0], [8, 4, 4]
    rows["expiries"], rows["renewals"] = [0, 2, 2], [0, 1, 2]
    rows["problems_arrived"], rows["problems_reported"] = [2, 0, 3], [2, 0, 2]
    rows["dispute_count"], rows["fought"] = [1, 0, 1], [0, 0, 1]
    ties["months"], ties["spells"] = [3, 0], [2, 0]
    return made


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("surplus", 3.0),
        ("surplus_total", 9.0),
        ("share_first_best", 0.5),
        ("three_party", 3.5),
        ("buyer", 2.0),
        ("vendor", 1.0),
        ("mediator", 0.5),
        ("first_best", 6.0),
        ("trust_buyer_end", 0.7),
        ("trust_buyer_mean", 0.6),
        ("trust_vendor_end", 0.1),
        ("trust_vendor_mean", 0.3),
        ("trust_mediator_buyer_end", 0.4),
        ("trust_mediator_buyer_mean", 0.3),
        ("trust_mediator_vendor_end", 0.0),
        ("trust_mediator_vendor_mean", 0.0),
        ("coverage", 0.5),
        ("impasse_rate", 0.5),
        ("offers_per_talk", 4.0),
        ("draft_share", 0.5),
        ("dispute_rate", 8.0),
        ("fought_share", 0.5),
        ("early_report_rate", 0.8),
        ("renewal_rate", 0.75),
        ("tie_length", 1.5),
        ("loss_no_deal", 16 / 6),
        ("loss_wrong_vendor", 0.0),
        ("loss_misfit", -1 / 6),
        ("loss_incentives", 0.0),
        ("loss_protection", 0.0),
        ("loss_haggling", 0.0),
        ("loss_problems", 0.0),
        ("loss_disputes", 0.0),
        ("loss_fee", 0.5),
    ],
)
def test_by_hand(two_worlds, name, want):
    assert per_world(two_worlds, needs=2, months=3)[name][0] == pytest.approx(want)


def test_every_measure_is_checked_by_hand():
    checked = next(m for m in test_by_hand.pytestmark if m.name == "parametrize").args[1]
    assert [name for name, _ in checked] == [m.name for m in MEASURES]


def test_a_rate_with_nothing_to_count_is_nan(two_worlds):
    idle = per_world(two_worlds, needs=2, months=3).iloc[1]
    empty = [m.name for m in MEASURES if np.isnan(idle[m.name])]
    assert empty == [
        "share_first_best", "impasse_rate", "offers_per_talk", "draft_share", "dispute_rate",
        "fought_share", "early_report_rate", "renewal_rate", "tie_length",
    ]  # fmt: skip


def test_trust_in_nobody_is_nan(two_worlds):
    alone = per_world(two_worlds, needs=2, months=3, mediated=False)
    assert alone.filter(like="trust_mediator").isna().all(axis=None)
    assert alone["trust_buyer_end"].notna().all()
    planned = per_world(two_worlds, needs=2, months=3, trusting=False)
    assert planned.filter(like="trust").isna().all(axis=None)


def test_worlds_keep_their_own_ties(tables):
    made = tables(3, 2, ties=2)
    for rows in (made.periods, made.ties):
        rows["world"] = np.array([9, 4, 7])[rows["world"]]
    made.ties["months"], made.ties["spells"] = [1, 1, 4, 4, 9, 9], 1
    found = per_world(made, needs=2, months=2)
    assert found["world"].tolist() == [9, 4, 7]
    assert found["tie_length"].tolist() == [1.0, 4.0, 9.0]


def test_series_by_hand(two_worlds):
    view = View(two_worlds, needs=2, months=3)
    assert SERIES["surplus"][1](view)[0].tolist() == [3.0, 0.0, 6.0]
    assert SERIES["surplus_so_far"][1](view)[0].tolist() == [3.0, 3.0, 9.0]
    assert SERIES["three_party"][1](view)[0].tolist() == [3.5, 0.5, 6.5]
    assert SERIES["first_best"][1](view)[0].tolist() == [6.0, 6.0, 6.0]
    assert SERIES["trust_vendor"][1](view)[0].tolist() == [0.4, 0.4, 0.1]
    assert all(values(view).shape == (2, 3) for _, values in SERIES.values())


def test_declared_once_and_in_full():
    assert len(BY_NAME) == len(MEASURES)
    assert all(m.label and m.unit and m.meaning and m.how for m in MEASURES)
    assert {m.better for m in MEASURES} == {-1, 0, 1}
    assert list(CAUSE_LABELS) == list(CAUSES) == [c.name for c in CAUSE_COLUMNS]


def test_the_ledger_adds_up(two_worlds):
    found = ledger(two_worlds, needs=2, months=3)
    lost = found[list(CAUSES)].sum(axis=1)
    assert np.allclose(found["first_best"] - lost, found["surplus"], rtol=0.0, atol=1e-12)
    assert list(found.columns) == ["world", "first_best", *CAUSES, "surplus"]


def test_a_ledger_that_does_not_add_up_is_refused(two_worlds):
    two_worlds.periods["haggling"][1] += 1e-6
    with pytest.raises(ArithmeticError, match=r"the ledger of world 0 does not add up: -1\.67e-07"):
        ledger(two_worlds, needs=2, months=3)
