"""Every style does what it claims, and one that does not is found out."""

import pytest
from click.testing import CliRunner

from sim.faces.cli import main
from sim.mediation.catalogue import CATALOGUE, NAMES
from sim.validation import styles
from sim.validation.styles import claims_of


@pytest.mark.parametrize("name", NAMES)
def test_every_style_does_what_it_claims(name):
    assert [f for f in claims_of(name) if not f.held] == []


def test_what_breaks_a_claim_is_seen(monkeypatch):
    """The negative control: replacements that cost somebody, and a moment that was not said."""
    runs = styles.simulate

    def harmed(*args, **keys):
        found = runs(*args, **keys)
        found.offers["buyer_utility"][found.offers["side"] == styles.MEDIATOR] -= 50.0
        found.periods["buyer"] += 1.0
        return found

    monkeypatch.setattr(styles, "simulate", harmed)
    failed = {f.what for f in claims_of("post_settlement") if not f.held}
    assert "nobody loses when an agreement is replaced" in failed
    assert "buyer and vendor together have the surplus" in failed
    done = CliRunner().invoke(main, ["mediators", "check", "post_settlement"])
    assert done.exit_code == 1 and "FAIL" in done.output


def test_the_list_names_every_style():
    done = CliRunner().invoke(main, ["mediators"])
    assert done.exit_code == 0
    for entry in CATALOGUE:
        assert f"  {entry.name}: {entry.rule}" in done.output


def test_an_unknown_style_is_one_line():
    done = CliRunner().invoke(main, ["mediators", "check", "propsal"])
    assert done.exit_code == 2
    assert done.output.splitlines()[-1].endswith("did you mean 'proposal'?")
