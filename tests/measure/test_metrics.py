"""Every measure against numbers worked out by hand, and the ledger that must add up."""

import numpy as np
import pandas as pd
import pytest

from sim.measure.ledger import CAUSES, ledger_rows
from sim.measure.metrics import BY_NAME, CAUSE_LABELS, MEASURES, SERIES, measures_by_world
from sim.measure.view import View
from sim.records import CAUSE_COLUMNS


def per_world(view: View) -> pd.DataFrame:
    return pd.DataFrame(measures_by_world(view))


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
    for nth, name in enumerate(("trust", "respect", "collaboration", "success", "goals")):
        rows[f"trait_{name}"] = [0.1 * nth, 0.2 * nth, 0.9]
    for nth, name in enumerate(("buyer", "vendor", "mediator_buyer", "mediator_vendor")):
        rows[f"disclosure_{name}"] = [0.1 * nth, 0.3, 0.2 * nth]
    rows["mediator_cost"], rows["transactions"] = [0.0, 0.6, 0.0], [0.0, 0.0, 1.2]
    rows["both_gain"], rows["engaged"] = [1, 0, 1], [0, 0, 2]
    rows["effort"], rows["cooperation"] = [3.0, 0.0, 6.0], [1.5, 0.0, 0.0]
    rows["alignment"], rows["needs_error"] = [0.9, 0.0, 1.8], [1.0, 0.0, 5.0]
    rows["reviews"], rows["change_orders"] = [0, 0, 2], [0, 0, 1]
    rows["change_requests"], rows["requests_agreed"] = [0, 0, 4], [0, 0, 3]
    rows["terminations"] = [0, 0, 1]
    rows["squeezes"], rows["reopened"] = [0, 0, 1], [1, 0, 2]
    rows["held_up"], rows["declined"], rows["switches"] = [0, 1, 1], [1, 1, 2], [0, 0, 1]
    rows["investment"], rows["demand"] = [0.0, 1.0, 2.0], [1.0, 1.1, 1.3]
    rows["opportunities_arisen"], rows["opportunities_taken"] = [2, 2, 1], [0, 1, 1]
    rows["dependence"], rows["asymmetry"] = [2.0, 0.0, 10.0], [1.0, 0.0, 2.0]
    rows["vetoes"], rows["leaks"], rows["leaks_found"] = [1, 1, 1], [2, 0, 0], [0, 1, 0]
    rows["recession"], rows["contacts_left"] = [0, 1, 1], [1, 0, 0]
    rows["shifts"], rows["unnoticed"] = [0, 2, 0], [0, 2, 1]
    ties["months"], ties["spells"] = [3, 0], [2, 0]
    ties["talks"] = [4, 0]  # what strangers believe of each other gives nothing away
    ties["miss_buyer"], ties["miss_buyer_prior"] = [1.0, 7.0], [2.0, 7.0]
    ties["miss_vendor"], ties["miss_vendor_prior"] = [6.0, 1.0], [3.0, 9.0]
    return made


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("surplus", 3.0),
        ("surplus_total", 9.0),
        ("surplus_gross", 3.5),
        ("share_first_best", 0.5),
        ("three_party", 3.4),
        ("buyer", 2.0),
        ("vendor", 1.0),
        ("mediator", 0.5),
        ("mediator_cost", 0.1),
        ("first_best", 6.0),
        ("trust_buyer_end", 0.7),
        ("trust_buyer_mean", 0.6),
        ("trust_vendor_end", 0.1),
        ("trust_vendor_mean", 0.3),
        ("trust_mediator_buyer_end", 0.4),
        ("trust_mediator_buyer_mean", 0.3),
        ("trust_mediator_vendor_end", 0.0),
        ("trust_mediator_vendor_mean", 0.0),
        ("trait_trust_end", 0.9),
        ("trait_trust_mean", 0.3),
        ("trait_respect_end", 0.9),
        ("trait_respect_mean", 0.4),
        ("trait_collaboration_end", 0.9),
        ("trait_collaboration_mean", 0.5),
        ("trait_success_end", 0.9),
        ("trait_success_mean", 0.6),
        ("trait_goals_end", 0.9),
        ("trait_goals_mean", 0.7),
        ("coverage", 0.5),
        ("impasse_rate", 0.5),
        ("offers_per_talk", 4.0),
        ("draft_share", 0.5),
        ("dispute_rate", 8.0),
        ("fought_share", 0.5),
        ("early_report_rate", 0.8),
        ("renewal_rate", 0.75),
        ("tie_length", 1.5),
        ("both_gain_share", 2 / 3),
        ("effort", 3.0),
        ("cooperation", 0.5),
        ("alignment", 0.9),
        ("misread_buyer", 0.5),
        ("misread_vendor", 2.0),
        ("needs_error", 2.0),
        ("reviews_rate", 8.0),
        ("change_orders_rate", 4.0),
        ("change_requests_rate", 16.0),
        ("requests_agreed_share", 0.75),
        ("transactions", 0.2),
        ("termination_rate", 4.0),
        ("squeeze_rate", 4.0),
        ("reopened_rate", 12.0),
        ("holdup_rate", 2 / 3),
        ("declined_share", 0.5),
        ("switch_share", 0.5),
        ("investment", 0.5),
        ("opportunities_taken_share", 0.4),
        ("dependence", 4.0),
        ("asymmetry_share", 0.25),
        ("demand_end", 1.3),
        ("engaged_share", 2 / 3),
        ("veto_share", 0.75),
        ("leak_rate", 4.0),
        ("leaks_found_share", 0.5),
        ("disclosure_buyer", 0.1),
        ("disclosure_vendor", 0.2),
        ("disclosure_mediator_buyer", 0.3),
        ("disclosure_mediator_vendor", 0.4),
        ("recession_share", 2 / 3),
        ("contacts_left_rate", 2.0),
        ("shift_rate", 4.0),
        ("unnoticed_share", 0.5),
        ("loss_no_deal", 16 / 6),
        ("loss_wrong_vendor", 0.0),
        ("loss_misfit", -1 / 6),
        ("loss_drift", 0.0),
        ("loss_incentives", 0.0),
        ("loss_protection", 0.0),
        ("loss_haggling", 0.0),
        ("loss_problems", 0.0),
        ("loss_disputes", 0.0),
        ("loss_opportunities", 0.0),
        ("loss_underinvestment", 0.0),
        ("loss_fee", 0.5),
        ("loss_governance", 0.0),
    ],
)
def test_by_hand(two_worlds, name, want):
    assert per_world(View(two_worlds, needs=2, months=3))[name][0] == pytest.approx(want)


def test_every_measure_is_checked_by_hand():
    checked = next(m for m in test_by_hand.pytestmark if m.name == "parametrize").args[1]
    assert [name for name, _ in checked] == [m.name for m in MEASURES]


def test_a_rate_with_nothing_to_count_is_nan(two_worlds):
    idle = per_world(View(two_worlds, needs=2, months=3)).iloc[1]
    empty = [m.name for m in MEASURES if np.isnan(idle[m.name])]
    assert empty == [
        "share_first_best", "impasse_rate", "offers_per_talk", "draft_share", "dispute_rate",
        "fought_share", "early_report_rate", "renewal_rate", "tie_length", "both_gain_share",
        "effort", "cooperation", "alignment", "misread_buyer", "misread_vendor",
        "needs_error", "reviews_rate", "change_orders_rate", "change_requests_rate",
        "requests_agreed_share", "termination_rate", "squeeze_rate", "reopened_rate", "holdup_rate",
        "declined_share", "switch_share",
        "opportunities_taken_share", "dependence", "asymmetry_share", "engaged_share",
        "veto_share", "leaks_found_share",
    ]  # fmt: skip


def test_trust_in_nobody_is_nan(two_worlds):
    alone = per_world(View(two_worlds, needs=2, months=3, mediated=False))
    assert alone.filter(regex="(trust|disclosure)_mediator").isna().all(axis=None)
    assert alone["trust_buyer_end"].notna().all()
    planned = per_world(View(two_worlds, needs=2, months=3, trusting=False))
    assert planned.filter(regex="trust|trait|disclosure").isna().all(axis=None)


def test_worlds_keep_their_own_ties(tables):
    made = tables(3, 2, ties=2)
    for rows in (made.periods, made.ties):
        rows["world"] = np.array([9, 4, 7])[rows["world"]]
    made.ties["months"], made.ties["spells"] = [1, 1, 4, 4, 9, 9], 1
    found = per_world(View(made, needs=2, months=2))
    assert found["world"].tolist() == [9, 4, 7]
    assert found["tie_length"].tolist() == [1.0, 4.0, 9.0]


def test_series_by_hand(two_worlds):
    view = View(two_worlds, needs=2, months=3)
    assert SERIES["surplus"][1](view)[0].tolist() == [3.0, 0.0, 6.0]
    assert SERIES["surplus_so_far"][1](view)[0].tolist() == [3.0, 3.0, 9.0]
    assert SERIES["three_party"][1](view)[0].tolist() == [3.5, 0.2, 6.5]
    assert SERIES["trait_goals"][1](view)[0].tolist() == [0.4, 0.8, 0.9]
    effort = SERIES["effort"][1](view)[0]
    assert effort[[0, 2]].tolist() == [3.0, 3.0] and np.isnan(effort[1])
    assert SERIES["first_best"][1](view)[0].tolist() == [6.0, 6.0, 6.0]
    assert SERIES["trust_vendor"][1](view)[0].tolist() == [0.4, 0.4, 0.1]
    assert all(values(view).shape == (2, 3) for _, values in SERIES.values())


def test_declared_once_and_in_full():
    assert len(BY_NAME) == len(MEASURES)
    assert all(m.label and m.unit and m.meaning and m.how for m in MEASURES)
    assert {m.better for m in MEASURES} == {-1, 0, 1}
    assert list(CAUSE_LABELS) == list(CAUSES) == [c.name for c in CAUSE_COLUMNS]


def test_the_ledger_adds_up(two_worlds):
    found = pd.DataFrame(ledger_rows(View(two_worlds, needs=2, months=3)))
    lost = found[list(CAUSES)].sum(axis=1)
    assert np.allclose(found["first_best"] - lost, found["surplus"], rtol=0.0, atol=1e-12)
    assert list(found.columns) == ["world", "first_best", *CAUSES, "surplus"]


def test_a_ledger_that_does_not_add_up_is_refused(two_worlds):
    two_worlds.periods["haggling"][1] += 1e-6
    with pytest.raises(ArithmeticError, match=r"the ledger of world 0 does not add up: -1\.67e-07"):
        ledger_rows(View(two_worlds, needs=2, months=3))
