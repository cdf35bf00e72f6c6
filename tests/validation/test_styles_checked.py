"""Every style does what it claims, and a style that does not is detected."""

from functools import cache

import numpy as np
import pytest
from click.testing import CliRunner
from counts import one_in

from sim.cli.app import main
from sim.engines.batch import RunTables
from sim.mediation.styles.style_catalogue import CATALOGUE, NAMES, parse_style
from sim.validation import style_claims
from sim.validation.style_claims import check_style
from sim.words import Event, Moment

REGIME, RUN = style_claims._practising_regime, style_claims.simulate
SEEN: dict[tuple[object, ...], RunTables] = {}


@cache
def _known_regime(style, institution, keys):
    return REGIME(parse_style(style), institution, dict(keys))


def known_regime(style, institution, keys):
    """Return the regime of a style, read once."""
    told = ((key, tuple(v) if isinstance(v, list) else v) for key, v in keys.items())
    return _known_regime(str(style), institution, tuple(told))


def known_run(regime, worlds, seed, **how):
    """Return a copy of a run, which is run once: a test plants in the copy the fault that it looks for."""
    key = (
        id(regime),
        tuple(worlds),
        seed,
        tuple(how.items()),
    )  # regimes are kept, so are their ids
    if key not in SEEN:
        SEEN[key] = RUN(regime, worlds, seed, **how)
    return RunTables(*(table.copy() for table in SEEN[key]))


@pytest.fixture
def runs(monkeypatch):
    """Return how runs are made once, for negative controls: each changes what the same runs leave."""
    monkeypatch.setattr(style_claims, "_practising_regime", known_regime)
    return known_run


@pytest.mark.parametrize("name", one_in(3, NAMES))
def test_every_style_does_what_it_claims(name):
    assert [f for f in check_style(name) if not f.held] == []


def test_what_breaks_a_claim_is_seen(monkeypatch, runs):
    """The negative control: replacements that cost somebody, and a moment that was not claimed."""

    def harmed(*args, **keys):
        found = runs(*args, **keys)
        found.offers["buyer_utility"][found.offers["side"] == style_claims.MEDIATOR] -= 50.0
        found.periods["buyer"] += 1.0
        return found

    monkeypatch.setattr(style_claims, "simulate", harmed)
    failed = {f.what for f in check_style("post_settlement") if not f.held}
    assert "nobody loses when an agreement is replaced" in failed
    assert "buyer's and vendor's parts add up to the surplus" in failed
    done = CliRunner().invoke(main, ["mediators", "check", "post_settlement"])
    assert done.exit_code == 1 and "FAIL" in done.output


def claims_with(monkeypatch, runs, style, plant):
    """Return the claims that a style fails if `plant` changes the results of every run."""

    def changed(regime, *args, **keys):
        return plant(regime, runs(regime, *args, **keys))

    monkeypatch.setattr(style_claims, "simulate", changed)
    return {f.what for f in check_style(style) if not f.held}


def late(regime, found):
    """Texts of the drafter that come after offers of the sides."""
    found.offers["nth"][found.offers["side"] == style_claims.MEDIATOR] += 100
    return found


def silent(regime, found):
    """A drafter that never writes, and nobody whose presence was noted."""
    kinds = np.isin(found.events["kind"], [Event.DRAFT, Event.MEDIATOR_ACTS])
    own = found.offers["side"] == style_claims.MEDIATOR
    return found._replace(events=found.events[~kinds], offers=found.offers[~own])


def elsewhere(regime, found):
    """Rounds at a moment that no style but a neutral's has."""
    acts = found.events["kind"] == Event.MEDIATOR_ACTS
    found.events["second"][acts] = Moment.MONTH
    return found


def uninvited(regime, found):
    """One question put to somebody, whoever is trusted."""
    found.events["kind"][:1] = Event.QUESTION_ASKED
    return found


def writes(regime, found):
    """A text by a style that should put none."""
    found.events["kind"][:1], found.events["third"][:1] = Event.DRAFT, 1.0
    return found


def replaces(regime, found):
    """An agreement replaced by a style that must not replace any."""
    found.events["kind"][:1] = Event.SETTLED_ANEW
    return found


@pytest.mark.parametrize(
    ("style", "plant", "claim"),
    [
        ("drafter", late, "acts at its own moments only"),
        ("drafter", silent, "acts at each of its moments"),
        ("proposal", silent, "acts at each of its moments"),
        ("proposal", elsewhere, "acts at its own moments only"),
        ("facilitative", uninvited, "without trust it does not act"),
        ("facilitative", writes, "puts no text, as it needs one side only"),
        ("standing_neutral", writes, "puts no text, as it acts in no talk"),
        ("drafter", replaces, "replaces no agreement"),
    ],
)
def test_every_claim_can_fail(monkeypatch, runs, style, plant, claim):
    assert claim in claims_with(monkeypatch, runs, style, plant)


def test_what_acts_without_functions_is_seen(monkeypatch, runs):
    """The style under test stands in the scenario whose functions are off, not another one."""

    def leaks(regime, found):
        mediator = regime.scenario.mediator
        idle = regime.name == "mediated" and not mediator.functions
        if idle and mediator.style == "proposal":
            found.periods["surplus"] += 1.0
        return found

    assert "without functions it has no effect" in claims_with(monkeypatch, runs, "proposal", leaks)


def test_pay_that_moves_texts_after_an_impasse_is_seen(monkeypatch, runs):
    """Failed talks are among those checked, so that the pay of styles that act then is checked too."""

    def greedy(regime, found):
        if regime.scenario.mediator.fee.success > 0.0:
            found.offers["price"][found.offers["side"] == style_claims.MEDIATOR] += 1.0
        return found

    assert "its fee changes no offer and no text" in claims_with(
        monkeypatch, runs, "proposal", greedy
    )


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_hard_talks_fail_whatever_the_luck(seed):
    """Otherwise what styles do after an impasse would be checked in worlds that have none."""
    assert all(f.held for f in check_style("proposal", seed))


def test_the_list_names_every_style():
    done = CliRunner().invoke(main, ["mediators"])
    assert done.exit_code == 0
    for entry in CATALOGUE:
        assert f"  {entry.name}: {entry.rule}" in done.output


def test_an_unknown_style_is_one_line():
    done = CliRunner().invoke(main, ["mediators", "check", "propsal"])
    assert done.exit_code == 2
    assert done.output.splitlines()[-1].endswith("did you mean 'proposal'?")
