"""Styles that a person writes down: unknown ones, and those that could never act."""

import pytest

from sim.errors import ScenarioError
from sim.mediation.catalogue import NAMES
from sim.scenario.load import from_resolved, load

FORMS = [
    "singel_text", "drafter + singel_text", ["drafter", "singel_text"], {"drafter": 1, "singel_text": 2}
]  # fmt: skip


@pytest.mark.parametrize("style", FORMS, ids=str)
def test_an_unknown_style_is_told_once_with_the_nearest(style):
    with pytest.raises(ScenarioError) as error:
        load("one_tie", {"mediator.style": style})
    line = str(error.value)
    assert line.count(", ".join(NAMES)) == 1 and line.endswith("did you mean 'single_text'?")


@pytest.mark.parametrize(
    ("style", "key"),
    [("proposal", "style"), (["proposal"], "style.0"), ({"proposal": 1}, "style.proposal")],
)
def test_a_style_without_its_function_is_refused(style, key):
    with pytest.raises(ScenarioError) as error:
        load("one_tie", {"mediator.style": style, "mediator.functions": ["warn"]})
    (problem,) = error.value.problems
    assert problem.key == f"mediator.{key}"
    want = "acts after an impasse, which needs function broker; want it in mediator.functions"
    assert problem.wanted == want


def test_a_regime_is_held_to_it_too(tmp_path):
    path = tmp_path / "s.toml"
    text = 'extends = "one_tie"\n[mediator]\nstyle = "proposal"\n[regimes.less]\nextends = "mediated"\n'
    path.write_text(text + 'mediator.functions = ["warn"]\n')
    with pytest.raises(ScenarioError, match="which needs function broker"):
        load(path)


def test_the_default_no_mediator_and_what_is_derived_are_left_alone():
    load("one_tie", {"mediator.functions": ["warn"]})
    load("one_tie", {"mediator.functions": [], "mediator.style": "proposal"})
    made = load("one_tie", {"mediator.style": "proposal", "mediator.functions": ["broker", "warn"]})
    load(made.scenario, {"mediator.functions": ["warn"]})
    from_resolved(made.resolved(), "kept", {"mediator.functions": ["warn"]})
