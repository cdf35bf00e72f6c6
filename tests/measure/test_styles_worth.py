"""A style's worth: compared with direct talks, the machine, and a mediator without a style."""

import dataclasses

import pytest

from sim.measure.style_worth import compute_style_worths
from sim.reference.mediators_page import reason_sentence


@pytest.fixture(scope="module")
def found():
    return {
        w.style: w
        for w in compute_style_worths("captive_vendor", ["", "proposal", "single_text"], 3)
    }


def test_procedure_and_mediator_add_up(found):
    for worth in found.values():
        parts = worth.procedure.mean + worth.mediator.mean
        assert parts == pytest.approx(worth.whole.mean, abs=1e-9)


def test_functions_added_for_a_style_are_not_booked_to_it(found):
    """Its control has the functions the scenario lacks as well, so that only the style differs."""
    assert found["single_text"].added == ("broker",)
    assert float(found["single_text"].alone.mean[0]) != 0.0
    silent = found["proposal"]  # nobody fails to agree here, so that it never acts
    assert silent.added == ("broker",) and float(silent.alone.mean[0]) == 0.0
    assert not any(silent.causes.values())


def test_the_sentence_says_what_a_style_adds(found):
    assert reason_sentence(found["proposal"], "k€") == (
        "`proposal` changes nothing: every world is as without a style."
    )
    drafted = reason_sentence(found["single_text"], "k€")
    assert "beside its functions alone" in drafted and "misfit terms less by" in drafted
    assert "beside direct talks" in reason_sentence(found[""], "k€")


def test_what_chance_could_have_done_is_called_so(found):
    text = found["single_text"]
    pair = text.alone
    within, beyond = (
        pair._replace(low=pair.mean + by, high=pair.mean + 99.0) for by in (-99.0, 0.0)
    )
    assert ", within chance" in reason_sentence(dataclasses.replace(text, alone=within), "k€")
    assert ", within chance" not in reason_sentence(dataclasses.replace(text, alone=beyond), "k€")
