"""Regard in bargaining alone: a side that cares for the other shades less and asks for less."""

import numpy as np
import pytest
from benchmark import gains, one_shot

from sim.engines.batch import simulate
from sim.jit import plain
from sim.strategies.regard import ask_with_regard, claims_with_regard

BOTH = {"buyers__regard": 1.0, "vendors__regard": 1.0}
KNOWN = {
    "beliefs__known": 1.0, "market__needs": 1, "market__vendors": 1,
    "negotiation__protocol": "alternating_offers", "negotiation__deadline": 7,
}  # fmt: skip


def splits(worlds=60, **keys):
    """Return both parts of every contract of one-need worlds."""
    rows = simulate(one_shot(**{**KNOWN, **keys}).regime("adversarial"), range(worlds), 1).periods
    signed = rows["signed"] == 1
    assert signed.sum() > worlds // 4 and rows["residual"].max() < 1e-9
    return rows["buyer"][signed], rows["vendor"][signed]


def test_selfish_claims_are_untouched_and_full_regard_asks_for_half():
    assert plain(claims_with_regard)(3.0, 10.0, 0.0) == (3.0, 10.0)
    assert plain(claims_with_regard)(3.0, 10.0, 1.0) == (0.0, 5.0)
    assert plain(claims_with_regard)(7.0, 10.0, 1.0) == (0.0, 7.0)
    assert plain(claims_with_regard)(2.0, 10.0, 0.5) == (1.0, 7.5)
    assert plain(ask_with_regard)(8.0, 10.0, 0.25) == pytest.approx(7.25)
    assert plain(ask_with_regard)(3.0, 10.0, 1.0) == 3.0


@pytest.mark.parametrize(
    ("buyers", "vendors"),
    [("linear", "boulware"), ("conceder", "linear"), ("boulware", "hardliner")],
)
def test_two_who_care_and_know_share_alike(buyers, vendors):
    """Charness & Rabin 2002 at ω = 1: the equal split, whoever is harder; selfish, not so."""
    how = {"buyers__strategy": buyers, "vendors__strategy": vendors}
    buyer, vendor = splits(**how, **BOTH)
    assert np.allclose(buyer, vendor, atol=1e-12)
    buyer, vendor = splits(**how)
    assert np.abs(buyer - vendor).max() > 0.01


def test_an_ultimatum_of_one_who_cares_is_half():
    """Selfish and informed, the proposer takes all (Stahl 1972); with regard ω it leaves ω / 2."""
    for regard in (0.0, 0.5, 1.0):
        how = {"negotiation__protocol": "take_it_or_leave_it", "negotiation__first": "vendor"}
        buyer, vendor = splits(**how, vendors__regard=regard)
        assert np.allclose(buyer / (buyer + vendor), 0.5 * regard, atol=1e-9)


def test_regard_on_one_side_is_exploited():
    """A buyer that cares gets less; a selfish vendor takes the rest."""
    fair = splits()
    kind = splits(buyers__regard=1.0)
    assert kind[0].sum() / (kind[0] + kind[1]).sum() < fair[0].sum() / (fair[0] + fair[1]).sum()
    assert np.allclose((kind[0] + kind[1]).sum(), (fair[0] + fair[1]).sum())


@pytest.mark.parametrize(("regard", "gain"), [(0.0, 9 / 64), (1.0, 1 / 6)])
def test_regard_undoes_what_shading_loses(regard, gain):
    """84.375 % of first best in equilibrium (Chatterjee & Samuelson 1983), all of it with regard.

    It moves its own cause: no deal.
    """
    how = {"buyers__regard": regard, "vendors__regard": regard, "market__needs": 1000}
    loaded = one_shot(negotiation__level="equilibrium", market__vendors=1000, **how)
    mean, error, *_ = gains(loaded)
    other = 1 / 6 + 9 / 64 - gain
    assert abs(mean - gain) < 4 * error < abs(mean - other)
    rows = simulate(loaded.regime("adversarial"), range(2), 1).periods
    assert bool(rows["no_deal"].sum() < 1e-9) is (regard == 1.0)
