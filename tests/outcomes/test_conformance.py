"""Every strategy does what it claims, and a strategy that claims something else is detected."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from counts import one_in

from sim.outcomes.domains.domain import Domain, DomainIssue, Profile
from sim.outcomes.many.conformance import check_conformance
from sim.outcomes.sessions.models import BayesianModel, FrequencyModel
from sim.outcomes.sessions.session import negotiate
from sim.strategies.catalogue import (
    ACCEPT_NAMES,
    CATALOGUE,
    NAMES,
    VOTERS,
    parse_strategy,
)
from sim.strategies.custom_strategy import StrategyView

OFFERING = [s.name for s in CATALOGUE if s.family not in VOTERS]


@pytest.mark.parametrize("name", one_in(6, NAMES))
def test_it_conforms(name):
    assert [f for f in check_conformance(parse_strategy(name)) if not f.held] == []


@pytest.mark.parametrize("accept", one_in(2, ACCEPT_NAMES))
def test_no_way_to_accept_takes_less_than_the_reservation_value(accept):
    found = check_conformance(parse_strategy(f"linear:accept={accept},after=0.3,enough=0.1"))
    assert [f for f in found if not f.held] == []


TRAITS = ("monotone", "looks_back", "uses_luck", "rational")


@pytest.mark.parametrize(("trait", "name"), one_in(13, product(TRAITS, NAMES)))
def test_a_false_claim_is_found_out(name, trait):
    """The negative control: every claim turned round fails, but promises that are kept unasked."""
    played = parse_strategy(name)
    traits = played.strategy.traits
    if trait in ("rational", "looks_back") and played.votes:
        return
    turned = replace(traits, **{trait: not getattr(traits, trait)})
    other = replace(played, strategy=replace(played.strategy, traits=turned))
    failed = [f for f in check_conformance(other) if not f.held]
    if trait == "monotone" and traits.monotone:
        assert failed == []
    else:
        assert len(failed) == 1


def test_nothing_a_millionth_below_the_reservation_value_is_offered():
    """The rule of the nearest outcome stops there: the buyer's second is worth 5e-7 too little."""
    issues = (DomainIssue("price", ("low", "middle", "high")),)
    for reservation, offered in ((0.5 + 5e-7, [0.6]), (0.5 - 5e-7, [0.5])):
        buyer = Profile("buyer", (1.0,), ((1.0, 0.6, 0.5),), reservation)
        vendor = Profile("vendor", (1.0,), ((0.1, 0.5, 1.0),), 0.9)
        domain = Domain("narrow", issues, (buyer, vendor))
        ended = negotiate(domain, "truthful:accept=next", "hardliner", rounds=1)
        assert [s.buyer for s in ended.utterances if s.speaker == "buyer"] == offered


def test_opponent_models_are_components_of_their_own():
    """Both see that the value that is always asked for is wanted."""
    for model in (FrequencyModel((3, 3)), BayesianModel((3, 3))):
        for turn in range(6):
            model.observe(
                (2, turn % 3), *([(turn + 1) / 7] if isinstance(model, BayesianModel) else [])
            )
        assert model.utility((2, 0)) > model.utility((0, 0))


def test_the_plain_rule_and_the_compiled_one_agree_through_the_address(tmp_path):
    """Eight numbers in, one out: in order, none exchanged."""
    path = tmp_path / "probe.py"
    names = StrategyView._fields
    terms = " + ".join(f"{2**k}.0 * seen.{name}" for k, name in enumerate(names))
    path.write_text(
        "from dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass Probe:\n"
        f"    traits = ()\n    def ask(self, seen):\n        return {terms}\n"
    )
    own = parse_strategy(f"{path}:Probe").custom
    assert own is not None and own.why_plain == ""
    for k in range(len(names)):
        seen = StrategyView(*(float(k == j) for j in range(len(names))))
        assert own.run(seen) == own.ask(seen) == 2.0**k
    assert np.isnan(own.run(StrategyView(*[float("nan")] * len(names))))
