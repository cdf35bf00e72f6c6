"""Points in worlds of their own: what they are for, shown by what common worlds would promise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from counts import count

from sim.calibration.identification.key_study import factors_of, observe, study_keys
from sim.calibration.identification.seen_panels import Panels, read_panels
from sim.calibration.identification.told import identify
from sim.calibration.priors import read_priors
from sim.errors import ScenarioError
from sim.lab.studies import build_study
from sim.scenario.code import consent_to
from sim.study.design.definition import Study
from sim.study.design.plan import plan
from sim.study.design.studyfile import Place, check_study
from sim.study.results.parts import Parts
from sim.study.run.replicate import Replication
from sim.study.run.sweep import run_study

PANEL = """\
ties = 3

[[panels]]
name = "department"
regimes = ["mediated"]
measures = ["impasse_rate", "draft_share", "dispute_rate", "renewal_rate", "tie_length", "mediator"]
"""
PRIOR = """\
[[priors]]
key = "mediator.competence"
distribution = "uniform"
low = 0.0
high = 1.0
reason = "a test"

[[priors]]
key = "disputes.threshold"
distribution = "uniform"
low = 3
high = 30
reason = "a test"
"""


@pytest.fixture
def panels(tmp_path: Path) -> Panels:
    (tmp_path / "p.toml").write_text(PANEL, encoding="utf-8")
    (tmp_path / "prior.toml").write_text(PRIOR, encoding="utf-8")
    return read_panels(tmp_path / "p.toml")


def study(panels: Panels, points: int, *, own: bool) -> Study:
    priors = read_priors(panels.path.parent / "prior.toml")
    keys = {**study_keys(panels, panels.ties), "own_worlds": own, "seed": 1}
    return build_study("one_tie", factors_of(priors, points, 1), {}, keys, consent_to({}))


def test_no_point_has_a_world_of_another(panels: Panels) -> None:
    own, common = (study(panels, 20, own=own) for own in (True, False))
    assert [p.first for p in own.points] == list(range(0, 60, 3))
    assert {p.first for p in common.points} == {0}
    assert own.points.drawn.digest != common.points.drawn.digest


@pytest.mark.parametrize("design", ["saltelli", "coalitions"])
def test_points_that_are_compared_within_their_worlds_cannot_have_their_own(design: str) -> None:
    place = Place(option="study")
    varied = {"factors": [{"key": "mediator.competence", "low": 0.0, "high": 1.0}]}
    data = {"scenario": "one_tie", "design": design, "own_worlds": True}
    table = check_study({**data, **(varied if design == "saltelli" else {})}, place)
    with pytest.raises(ScenarioError, match="compares points that share their worlds"):
        plan(table, place)


@pytest.mark.deep
def test_common_worlds_would_promise_what_nobody_with_other_ties_finds(
    panels: Panels, tmp_path: Path
) -> None:
    """The negative control: the same regression, held out in points alone."""
    told = {}
    for own in (True, False):
        asked, out = study(panels, count(200, 400), own=own), tmp_path / f"own {own}"
        run_study(asked, out=out)
        parts = Parts(out, json.loads((out / "manifest.json").read_text())["design"]["digest"])
        parts.verify()
        found = identify(observe(asked, Replication(asked, parts), panels), panels)
        told[own] = {one.key: one for one in found.told}["mediator.competence"]
    assert told[True].high < told[False].low
    assert told[False].r2 > 2.0 * told[True].r2
