"""Points of a study: the rows written in bulk are those of scenarios loaded whole, for every number of the schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from counts import one_in
from drawn import subset
from pydantic import BaseModel

from sim.errors import ScenarioError
from sim.scenario.load import LoadedScenario, load
from sim.scenario.parameters.parameter_row import APART, parameter_row
from sim.scenario.parameters.traced import TracedScenario, is_covered
from sim.scenario.parameters.varied import DERIVED, PACKAGES, POPULATION, VariedScenario

GROUPS = {POPULATION, PACKAGES, DERIVED, *APART}
SHIPPED = ("one_tie", "it_outsourcing", "secret_mediator", "open_market")


def numbers_of(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, int | float]]:
    """Yield every key of a scenario that is a number, outside of lists."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from numbers_of(value, f"{prefix}{name}.")
        elif type(value) in (int, float):
            yield prefix + name, value


def others(value: int | float) -> tuple[int | float, ...]:
    """Return numbers near another one, some of which its key may refuse."""
    if isinstance(value, int):
        return value + 1, value - 1, 2 * value + 3
    return value * 0.75 + 0.05, value + 0.25, 0.5 * value, 0.0, 1.0


def tried(
    loaded: LoadedScenario, key: str, value: int | float
) -> tuple[Any, LoadedScenario] | None:
    """Return another value of a key that the scenario takes, and the scenario with it."""
    for other in others(value):
        if other == value:
            continue
        try:
            return other, load(loaded.scenario, {key: other}, consent=loaded.consent)
        except ScenarioError:
            continue
    return None


def check(loaded: LoadedScenario, regimes: tuple[str, ...]) -> dict[str, frozenset[str] | None]:
    """Hold rows with one number changed against those of scenarios loaded with it.

    Returns which groups of columns each key enters, None if it goes through the scenario.
    """
    varied, found = VariedScenario(loaded, regimes), {}
    for key, value in numbers_of(loaded.scenario):
        if (changed := tried(loaded, key, value)) is None:
            continue
        point = varied.point({key: changed[0]})
        for regime in regimes:
            whole = changed[1].regime(regime)
            assert point.row(regime).tobytes() == parameter_row(whole).tobytes(), (key, regime)
            assert point.regime(regime).scenario == whole.scenario, (key, regime)
        known = varied.keys[key]
        found[key] = None if known is None else varied.bases[regimes[-1]].groups_of(known)
    return found


@pytest.mark.parametrize("name", one_in(4, SHIPPED))
def test_every_number_of_a_shipped_scenario(name: str) -> None:
    loaded = load(name)
    found = check(loaded, ("adversarial", "machine", "mediated"))
    written = {key for key, groups in found.items() if groups == frozenset()}
    again = {key for key, groups in found.items() if groups}
    through = {key for key, groups in found.items() if groups is None}
    # Most numbers are simply written; what enters people's values is worked out again; what is checked with others
    # goes through the scenario.
    assert len(written) > 90 and len(again) > 20 and len(through) < 20
    assert {"turnover.loss", "mediator.discretion", "mediator.prior_good"} <= written
    assert {"vendors.capability", "problems.rate", "buyers.outside", "negotiation.k"} <= again
    assert {"relationship.rise", "run.months", "negotiation.deadline", "mediator.drafts"} <= through
    assert set().union(*(groups for groups in found.values() if groups)) <= GROUPS


@pytest.mark.deep
def test_every_number_of_drawn_scenarios() -> None:
    for loaded in subset(45)[:10]:
        check(loaded, tuple(loaded.regimes()))


def test_several_numbers_at_once_and_values_of_the_scenario_itself() -> None:
    loaded = load("it_outsourcing")
    varied = VariedScenario(loaded, ("adversarial", "mediated", "machine"))
    base = loaded.scenario.mediator.competence
    for values in (
        {"mediator.competence": 0.3, "problems.rate": 0.07, "vendors.fear": 1.5},
        {"mediator.competence": base, "problems.rate": 0.07},
        {"beliefs.fixed_pie_share": 0.0},  # without the error there is no package halfway
        {"beliefs.fixed_pie_share": 0.9, "vendors.capability": 0.5},
        {
            "reviews.every": 0,
            "reviews.learning_by_doing": 0.0,
        },  # nothing is learnt, so it is worth nothing
        {"market.needs": 5, "reviews.learning_worth": 0.5},
        {"mediator.style": "proposal", "mediator.competence": 0.3},
        {"issues.0.worth_spread": 0.1},
    ):
        point, whole = varied.point(values), load(loaded.scenario, values)
        for regime in varied.bases:
            assert point.row(regime).tobytes() == parameter_row(whole.regime(regime)).tobytes()
            assert point.regime(regime).scenario == whole.regime(regime).scenario


TEXTS = (
    {"mediator.style": "proposal"},
    {"relationship.trust_rule": "ewma", "mediator.style": "shuttle"},
    {"vendors.strategy": "boulware"},
    {"negotiation.level": "truthful"},
)


@pytest.mark.parametrize("texts", TEXTS)
def test_points_with_the_same_texts_share_a_scenario(
    texts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.scenario.parameters.varied.LONE_POINTS", 1)
    loaded = load("it_outsourcing")
    varied = VariedScenario(loaded, ("adversarial", "mediated", "machine"))
    points = []
    for competence, rate in ((0.3, 0.07), (0.4, 0.02), (0.9, 0.11)):
        values = {"mediator.competence": competence, **texts, "problems.rate": rate}
        point, whole = varied.point(values), load(loaded.scenario, values)
        points.append(point)
        for regime in varied.bases:
            assert point.row(regime).tobytes() == parameter_row(whole.regime(regime)).tobytes()
            assert point.regime(regime).scenario == whole.regime(regime).scenario
    first, second, third = points
    assert first.origin is None and second.origin is third.origin is not None
    assert first.resolved().keys() == second.resolved().keys()
    assert second.number("problems.rate") == 0.02
    plain = load(loaded.scenario, texts).resolved()
    assert second.resolved() == plain != loaded.resolved()


@pytest.mark.parametrize(
    "values",
    [
        {"problems.rate": 0.07, "problems": {"rate": 0.2}},
        {"problems": {"rate": 0.2}, "problems.rate": 0.07},
    ],
)
def test_a_table_around_a_number_keeps_its_turn(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.scenario.parameters.varied.LONE_POINTS", 0)
    loaded = load("one_tie")
    whole = load(loaded.scenario, values).regime("adversarial")
    varied = VariedScenario(loaded, ("adversarial",))
    for _ in range(2):
        found = varied.point(values).row("adversarial")
        assert found.tobytes() == parameter_row(whole).tobytes()


def test_what_points_with_the_same_texts_are_refused_is_said_in_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sim.scenario.parameters.varied.LONE_POINTS", 0)
    loaded = load("one_tie")
    varied = VariedScenario(loaded, ("adversarial", "mediated"))
    varied.point({"mediator.style": "proposal", "vendors.fear": 0.7})
    for values in (
        {"mediator.style": "proposal", "vendors.fear": -1.0},
        {"mediator.style": "nobody", "vendors.fear": -1.0},
        {"mediator.style": "proposal", "vendors.feer": 1.0},
    ):
        with pytest.raises(ScenarioError) as ours:
            varied.point(values)
        with pytest.raises(ScenarioError) as whole:
            load(loaded.scenario, values)
        assert str(ours.value) == str(whole.value)


def test_a_regime_that_sets_a_key_itself_keeps_its_value() -> None:
    loaded = load("one_tie", {"regimes": {"sharp": {"mediator": {"competence": 0.9}}}})
    varied = VariedScenario(loaded, ("mediated", "machine", "sharp"))
    point = varied.point({"mediator.competence": 0.2})
    assert point.loaded is None and varied.keys["mediator.competence"].live == {"mediated"}
    rows = {name: float(point.row(name).mediator_competence_buyer) for name in varied.bases}
    assert rows == {"mediated": 0.2, "machine": 0.0, "sharp": 0.9}


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"mediator.competence": 1.5}, "from 0 to 1"),
        ({"mediator.competence": "much"}, "want a number"),
        ({"vendors.feer": 1.0}, "did you mean 'fear'"),
        ({"relationship.rise": 0.9, "relationship.fall": 0.1}, "want at least relationship.rise"),
        ({"run.months": 0.5}, "want"),
    ],
)
def test_what_the_scenario_refuses_is_refused_in_its_words(values: Any, wanted: str) -> None:
    loaded = load("one_tie", {"relationship.trust_rule": "ewma"})
    varied = VariedScenario(loaded, ("adversarial",))
    varied.point({"mediator.competence": 0.4, "vendors.fear": 0.7})
    with pytest.raises(ScenarioError) as ours:
        varied.point(values)
    with pytest.raises(ScenarioError) as whole:
        load(loaded.scenario, values)
    assert str(ours.value) == str(whole.value) and wanted in str(ours.value)


def test_a_key_that_was_read_for_a_column_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: if reads were forgotten, a number would be written and its tables left as they were."""
    monkeypatch.setattr("sim.scenario.parameters.varied.is_covered", lambda *_: False)
    with pytest.raises(AssertionError, match=r"problems|buyers|vendors"):
        check(load("one_tie"), ("mediated",))


def test_what_is_read_is_noted() -> None:
    traced: Any = TracedScenario(load("one_tie").scenario)
    assert traced.problems.rate == load("one_tie").scenario.problems.rate and traced.issues
    assert traced.reads == {("problems", "rate"), ("issues",)}
    assert is_covered(("issues", 0, "worth"), traced.reads)
    assert not is_covered(("problems", "fix"), traced.reads)
    assert is_covered(("problems",), traced.reads)
