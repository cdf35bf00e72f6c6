"""Files of panels: what they mean, and how a wrong one is refused, with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.calibration.identification.key_study import check_keys, ranges_around, worlds_per_point
from sim.calibration.identification.seen_panels import (
    Seen,
    find_panels,
    panels_of_data,
    read_panels,
)
from sim.errors import ScenarioError
from sim.scenario.load import load

GOOD = """\
title = "two panels"
ties = 30
further = ["surplus"]

[[panels]]
name = "records"
regimes = ["adversarial"]
measures = ["dispute_rate"]

[[panels]]
name = "more"
adds_to = "records"
regimes = ["mediated"]
measures = ["renewal_rate"]
keys = ["problems.rate"]
"""
WRONG = {  # what replaces what, and what the message has
    "an unknown key": ("ties = 30", "ties = 30\nworlds = 3", ":3: worlds: unknown key", "'ties'"),
    "no whole number": ("ties = 30", "ties = 0", ":2: ties = 0: want a whole number from 1", ""),
    "no ties": ("ties = 30", "", "ties: missing; want a whole number", ""),
    "no measure": ("dispute_rate", "dispute_rat", ":8: panels.0.measures.0 = ", "'dispute_rate'"),
    "twice": ('"dispute_rate"', '"surplus", "surplus"', ":8: panels.0.measures.1 = ", "used once"),
    "a later panel": ('"records"\nregimes = ["m', '"rest"\nregimes = ["m', ":12: panels.1.adds_to", "records"),
    "no such regime": ("mediated", "mediatd", ":13: panels.1.regimes.0 = ", "'mediated'"),
    "no regimes": ('regimes = ["mediated"]\n', "", "panels.1.regimes: missing", ""),
    "no columns": ('measures = ["dispute_rate"]\n', "", "panels.0.measures: missing", ""),
    "no such key": ("problems.rate", "problems.rat", ":15: panels.1.keys.0 = ", "'rate'"),
    "a name twice": ('name = "more"', 'name = "records"', ":11: panels.1.name = ", "used once"),
    "further, no measure": ('["surplus"]', '["surpls"]', ":3: further.0 = ", "'surplus'"),
    "a text for a list": ('["mediated"]', '"mediated"', ":13: panels.1.regimes = ", "a list of regimes"),
    "no TOML": ("[[panels]]", "[[panels", "want valid TOML", ""),
}  # fmt: skip


@pytest.fixture
def one_tie():
    return load("one_tie")


def test_a_panel_has_the_columns_of_those_it_adds_to(tmp_path: Path, one_tie) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    found = find_panels(str(path), one_tie)
    assert [panel.name for panel in found.steps] == ["records", "more"]
    records, renewals = Seen("dispute_rate", "adversarial"), Seen("renewal_rate", "mediated")
    assert found.asked.columns == (records, renewals, Seen(key="problems.rate"))
    assert found.further == (Seen("surplus", "adversarial"), Seen("surplus", "mediated"))
    assert found.regimes == ("adversarial", "mediated")
    first = read_panels(path, "records")
    assert first.asked.columns == (records,) and renewals in first.further
    assert panels_of_data(found.data(), path) == found
    assert worlds_per_point(found, 1) == 30 and worlds_per_point(found, 40) == 1


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_file_is_refused_with_its_line_and_key(what: str, tmp_path: Path, one_tie) -> None:
    old, new, place, hint = WRONG[what]
    path = tmp_path / "mine.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        find_panels(str(path), one_tie)
    (line,) = str(caught.value).splitlines()[:1]
    assert line.startswith(str(path)) and place in line and hint in line


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("dispute_rate", "x").replace("problems.rate", "y"), "utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_panels(path)
    assert [line.split(": ")[1].split(" ")[0] for line in str(caught.value).splitlines()] == [
        "panels.0.measures.0", "panels.1.keys.0",
    ]  # fmt: skip


def test_the_shipped_panels_grow_and_fit_every_scenario_with_both_arms(one_tie) -> None:
    whole = find_panels(None, one_tie)
    assert [panel.name for panel in whole.steps] == ["department", "survey", "arms", "money"]
    sizes = [len(panel.columns) for panel in whole.steps]
    assert sizes == sorted(set(sizes))
    assert find_panels("survey").asked.columns == whole.steps[1].columns
    assert set(whole.steps[-1].columns) - set(whole.steps[0].columns) <= set(
        find_panels("department").further
    )
    with pytest.raises(ScenarioError, match="want one of department, survey, arms, money"):
        find_panels("departmnt")


def test_without_priors_every_number_that_the_scenario_sets_varies_around_it(one_tie) -> None:
    priors = ranges_around(one_tie)
    numbers = {one.key: (one.low, one.high) for one in priors.table.priors}
    assert numbers["problems.rate"] == (0.05, pytest.approx(0.15))
    assert numbers["mediator.competence"][1] == 1.0, "within what the key takes"
    assert not any(key.startswith(("run.", "market.", "issues")) for key in numbers)
    assert numbers["reviews.every"] == (3, 9)


def test_a_known_key_wants_a_prior(tmp_path: Path, one_tie) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    priors = ranges_around(one_tie)
    check_keys(priors, read_panels(path))
    with pytest.raises(ScenarioError, match="want a key that has a prior"):
        check_keys(priors.only(["mediator.competence"]), read_panels(path))
