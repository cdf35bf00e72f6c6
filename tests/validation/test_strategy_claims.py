"""Every strategy does what it claims at both tables, and a false claim is found out over money too."""

from dataclasses import replace

import pytest
from counts import one_in

from sim.strategies.catalogue import CATALOGUE, NAMES, SCENARIO_STRATEGIES, VOTERS, parse_strategy
from sim.validation import strategy_claims
from sim.validation.strategy_claims import conformance_at_both_tables

TRAITS = ("monotone", "looks_back", "uses_luck")
OVER_MONEY = "over money: "


@pytest.mark.parametrize("name", one_in(6, NAMES))
def test_it_conforms_at_both_tables(name):
    found = conformance_at_both_tables(parse_strategy(name))
    assert [f for f in found if not f.held] == []
    votes = next(s for s in CATALOGUE if s.name == name).family in VOTERS
    assert any(f.what.startswith(OVER_MONEY) for f in found) != votes


@pytest.mark.parametrize("name", one_in(3, [s.name for s in SCENARIO_STRATEGIES]))
def test_a_false_claim_fails_over_money(name, monkeypatch):
    """The negative control: every trait turned round; a promise not to rise may be kept unasked.

    Over outcomes `tests/outcomes/test_conformance.py` turns them round: no talk is held for that here.
    """
    monkeypatch.setattr(strategy_claims, "check_conformance", lambda played, seed: ())
    played = parse_strategy(name)
    traits = played.strategy.traits
    turned = replace(traits, **{trait: not getattr(traits, trait) for trait in TRAITS})
    found = conformance_at_both_tables(
        replace(played, strategy=replace(played.strategy, traits=turned))
    )
    failed = [f.what for f in found if not f.held and f.what.startswith(OVER_MONEY)]
    assert len(failed) == 3 - traits.monotone
