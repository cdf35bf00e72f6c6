"""A text both would sign ends no good talk: month 0, the same pairs and luck with and without it.

Each world is one need of the flagship in its first month. Misfit is what its levels lose against the
best ones of its pair.
"""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from counts import count

from sim.engines.batch import simulate
from sim.scenario.load import load
from sim.words import Event

WORLDS = count(1_500, 12_000)
BROKER = {
    "mediator.functions": ["broker"],
    "mediator.style": "drafter",
    "mediator.participation": "always",
    "market.needs": 1,
    "run.months": 1,
}
COMPETENCES = (0.0, 0.25, 0.5, 0.7, 0.9, 1.0)
TALKED = ("events", "offers", "periods")


@cache
def first_month(regime, competence=0.7, level="equilibrium"):
    """Return the contract of each world's only need in month 0, with its misfit and each side's part."""
    keys = BROKER | {"mediator.competence": competence, "negotiation.level": level}
    regime = load("it_outsourcing", keys).regime(regime)
    return simulate(regime, range(WORLDS), 1, threads=2, tables=TALKED)


def signed(tables):
    return tables.periods["signed"] == 1


def accepted(tables):
    """Say in which worlds both would sign the mediator's text."""
    return tables.periods["drafts_signed"] == 1


def vetoed(tables):
    found = np.zeros(WORLDS, bool)
    found[tables.events["world"][tables.events["kind"] == Event.VETO]] = True
    return found & ~accepted(tables)


def above(differences, times=3.0):
    """Say whether the mean of differences is above 0 by more than some standard errors."""
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    return differences.mean() > times * error


@pytest.mark.parametrize("competence", [0.5, 0.7, 1.0])  # below, texts are hardly ever accepted
def test_accepted_texts_do_not_raise_misfit(competence):
    alone, brokered = first_month("adversarial"), first_month("mediated", competence)
    both = signed(alone) & accepted(brokered)
    assert both.sum() > 0.1 * WORLDS
    more = (brokered.periods["misfit"] - alone.periods["misfit"])[both]
    assert not above(more)


def test_truthful_sides_sign_most_texts_and_lose_nothing_by_it():
    """They hope for little from further offers; a text that ended their talk would cost them most."""
    alone, brokered = (first_month(r, level="truthful") for r in ("adversarial", "mediated"))
    both = signed(alone) & accepted(brokered)
    assert both.sum() > 0.85 * signed(brokered).sum()
    shading = accepted(first_month("mediated"))
    assert shading.sum() < both.sum() - 3.0 * np.sqrt(both.sum())
    assert not above((brokered.periods["misfit"] - alone.periods["misfit"])[both])


def test_what_replaces_a_text_has_other_levels():
    """Without that, the tests here would not test what follows a text."""
    alone, brokered = first_month("adversarial"), first_month("mediated")
    replaced = np.zeros(WORLDS, bool)
    events = brokered.events
    replaced[events["world"][events["kind"] == Event.TEXT_REPLACED]] = True
    assert replaced.sum() > 0.1 * WORLDS
    offers = brokered.offers
    drafts = offers[(offers["side"] == 2) & (offers["nth"] == 0)]
    ends = offers[offers["accepted"] == 1]
    names = [name for name in offers.dtype.names if name.startswith("level_")]
    other = {int(o["world"]): [o[name] for name in names] for o in ends}
    moved = [int(o["world"]) for o in drafts
             if replaced[o["world"]] and [o[n] for n in names] != other[int(o["world"])]]  # fmt: skip
    assert len(moved) > 0.1 * WORLDS
    assert signed(alone)[moved].mean() > 0.5


def test_both_worse_than_their_own_talk_is_no_more_frequent_if_a_text_was_accepted():
    alone, brokered = first_month("adversarial"), first_month("mediated")
    a, b = alone.periods, brokered.periods
    half = 0.5 * b["fee"]  # what the mediator costs is not what its text is worth
    worse = (b["buyer"] + half < a["buyer"]) & (b["vendor"] + half < a["vendor"])
    both = signed(alone) & signed(brokered)
    shares = [worse[both & kind(brokered)] for kind in (accepted, vetoed)]
    assert all(len(share) > 0.05 * WORLDS for share in shares)
    error = np.sqrt(sum(s.mean() * (1.0 - s.mean()) / len(s) for s in shares))
    assert shares[0].mean() - shares[1].mean() <= 3.0 * error


def test_a_better_reader_never_drafts_significantly_worse():
    runs = [first_month("mediated", c) for c in COMPETENCES]
    always = np.logical_and.reduce([signed(run) for run in runs])
    assert always.sum() > 0.3 * WORLDS
    misfits = [run.periods["misfit"][always] for run in runs]
    for worse, better in pairwise(misfits):
        assert not above(better - worse)
    assert above(
        misfits[0] - misfits[-1]
    )  # and a mediator that reads everything drafts better than one that does not
