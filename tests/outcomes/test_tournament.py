"""Tournaments: results known beforehand, and no effect of the order of strategies."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli.app import main
from sim.cli.commands_tournament import split_strategies
from sim.errors import SimError
from sim.measure.standings import compute_standings
from sim.outcomes.domains.load_domain import load_domain
from sim.outcomes.many.tournament import OFFERING_STRATEGIES, run_tournament
from sim.outcomes.sessions.session import negotiate
from sim.study.results.store import describe_columns

SHIPPED = Path(__file__).resolve().parents[2] / "scenarios" / "domains"
FIELD = (
    "boulware",
    "linear",
    "conceder",
    "hardliner",
    "tit_for_tat",
    "random_tit_for_tat",
    "micro",
)


@pytest.fixture(scope="module")
def domains():
    return [load_domain(SHIPPED / f"{name}.toml") for name in ("office_supplies", "maintenance")]


@pytest.fixture(scope="module")
def played(domains):
    return run_tournament(domains, FIELD, rounds=60)


def test_every_meeting_is_the_negotiation_it_says(played, domains):
    """Each row again, alone; luck is excepted, whose address is another."""
    for row in played.meetings[:: len(played.meetings) // 40]:
        names = [str(played.plays[row[side]]) for side in ("buyer", "vendor")]
        if "random_tit_for_tat" in names:
            continue
        opener = ("buyer", "vendor")[row["opener"]]
        alone = negotiate(domains[row["domain"]], *names, rounds=60, first=opener)
        assert alone.number == row["outcome"]
        assert alone.paid == (row["paid_buyer"], row["paid_vendor"])


def test_hardliners_never_agree_and_get_their_reservation_value(played):
    k = played.names.index("hardliner")
    twins = played.meetings[(played.meetings["buyer"] == k) & (played.meetings["vendor"] == k)]
    assert len(twins) == 4
    assert (twins["outcome"] == -1).all()
    assert twins["utility_buyer"].tolist() == [0.35, 0.35, 0.4, 0.4]
    one = played.names.index("conceder:e=0.25")  # the control: conceders always do
    twins = played.meetings[(played.meetings["buyer"] == one) & (played.meetings["vendor"] == one)]
    assert (twins["outcome"] >= 0).all()


def test_the_order_of_arguments_and_a_name_said_twice_change_nothing(played, domains):
    other = compute_standings(run_tournament(domains, (*reversed(FIELD), "linear"), rounds=60))
    assert str(other.rows) == str(compute_standings(played).rows)
    turned = compute_standings(run_tournament(domains[::-1], FIELD, rounds=60))
    assert [row.rank for row in turned.rows] == [row.rank for row in compute_standings(played).rows]
    luckier = compute_standings(run_tournament(domains, FIELD, rounds=60, seed=2))  # the control
    assert str(luckier.rows) != str(other.rows)


def test_who_else_takes_part_changes_no_meeting(played, domains):
    few = run_tournament(domains, ("random_tit_for_tat", "boulware"), rounds=60)
    at = {name: played.names.index(name) for name in few.names}
    for row in few.meetings:
        buyer, vendor = (at[few.names[row[side]]] for side in ("buyer", "vendor"))
        same = [
            r
            for r in played.meetings
            if (r["domain"], r["opener"], r["buyer"], r["vendor"])
            == (row["domain"], row["opener"], buyer, vendor)
        ]
        assert [r["outcome"] for r in same] == [row["outcome"]]


def test_scores_are_means_of_the_meetings(played):
    s = compute_standings(played)
    for row in s.rows:
        k = played.names.index(row.strategy)
        m = played.meetings
        paid = np.concatenate(
            [m["paid_buyer"][m["buyer"] == k], m["paid_vendor"][m["vendor"] == k]]
        )
        assert abs(row.score - paid.mean()) < 1e-12
        assert row.score_low <= row.score <= row.score_high
        assert row.rank_low <= row.rank <= row.rank_high
    assert s.cells == 4
    assert [row.rank for row in s.rows] == sorted(row.rank for row in s.rows)
    assert abs(sum(row.weight for row in s.rows) - 1.0) < 1e-9


def test_a_strategy_that_is_dominated_would_not_survive(played, domains):
    s = compute_standings(played)
    weights = {row.strategy: row.weight for row in s.rows}
    k, better = played.names.index("hardliner"), played.names.index("boulware:e=4")
    assert (s.payoff[better] >= s.payoff[k]).all()  # equal against another hardliner: no deal
    assert (s.payoff[better] > s.payoff[k]).sum() == len(FIELD) - 1
    assert weights["hardliner"] == 0.0
    alone = compute_standings(
        run_tournament(domains, ("hardliner", "posturing:share=1.0"), rounds=60)
    )
    assert [row.rank for row in alone.rows] == [1, 1]  # the control: twins share it


def test_it_is_refused_in_one_line(domains):
    for entrants, words in {
        ("linear",): "strategies: 1 of them, want 2 to 60",
        ("linear", "annealer"): "strategies = 'annealer': it votes, want a strategy that offers",
        ("linear", "boulwar"): "did you mean 'boulware'?",
    }.items():
        with pytest.raises(SimError) as error:
            run_tournament(domains, entrants)
        assert words in str(error.value) and "\n" not in str(error.value)


def test_settings_keep_their_commas():
    text = "boulware:e=4,accept=next,linear, mine.py:Name:share=0.5,accept=combined,micro"
    assert split_strategies(text) == (
        "boulware:e=4,accept=next", "linear", "mine.py:Name:share=0.5,accept=combined", "micro",
    )  # fmt: skip
    with pytest.raises(SimError, match="want names with commas"):
        split_strategies("linear,,micro")


def test_the_command_writes_tables_that_explain_themselves(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["tournament", "office_supplies", "--strategies", "boulware:e=4,linear,hardliner"]
    done = CliRunner().invoke(main, [*words, "--out", "t"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "3 strategies, both sides, either opening, 100 rounds: 18 meetings" in done.output
    assert "Intervals are over 2 cells" in done.output
    rows = pd.read_parquet("t/standings.parquet")
    assert rows["rank"].tolist() == [1, 2, 3]
    assert len(pd.read_parquet("t/meetings.parquet")) == 18
    assert len(pd.read_parquet("t/game.parquet")) == 9
    for name in ("standings", "meetings", "game"):
        about = describe_columns(Path("t", f"{name}.parquet"))
        assert all(unit and meaning for unit, meaning in about.values())
    assert Path("t/heat_map.svg").read_text().startswith("<svg")
    again = CliRunner().invoke(main, [*words, "--out", "u"], catch_exceptions=False)
    assert again.exit_code == 0
    for name in ("standings.parquet", "meetings.parquet", "game.parquet", "heat_map.svg"):
        assert Path("t", name).read_bytes() == Path("u", name).read_bytes()


def test_the_default_field_is_everyone_who_makes_offers():
    assert len(OFFERING_STRATEGIES) == 15
    assert not {"hill_climber", "annealer"} & set(OFFERING_STRATEGIES)
