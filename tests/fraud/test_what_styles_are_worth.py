"""No style of mediator helps by assumption: what it is worth is its procedure's, its knowledge's, or nothing."""

from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
from counts import count, one_in

import sim.engines.batch as batch
from sim.engines.batch import simulate
from sim.jit import plain
from sim.measure.style_worth import load_with_style
from sim.mediation.rounds.round import gather_confidences
from sim.mediation.styles.style_catalogue import NAMES, needed_functions, parse_styles
from sim.words import Event

WHERE = {"one_tie": 60, "it_outsourcing": 6, "secret_mediator": 6}
FREE = {f"mediator.fee.{name}": 0.0 for name in ("retainer", "success", "case")}
IGNORANT = {"mediator.competence": 0.0, "mediator.bias": 0.0, "mediator.discretion": 1.0}
# Every style, in turn in one of the worlds; all in all in the deep suite.
CASES = one_in(2, [(style, name) for style in NAMES for name in WHERE])
ONLY_BELIEFS = ("facilitative", "evaluative", "transformative")
READERS = ("drafter", "single_text", "post_settlement")
NEW = {"run.months": 3, "run.in_force": 0.0, "mediator.participation": "always"}
MONTHS = {"run.months": 24}
WORLDS = {name: count(n, 10 * n) for name, n in WHERE.items()}
SAME_BITS = ("offers", "events")


def run(loaded, regime, worlds, **how):
    how = {"tables": ("periods", "ties", "events", "offers"), "threads": 2} | how
    return simulate(loaded.regime(regime), range(worlds), 1, **how)


def per_world(table, column, worlds):
    return table[column].reshape(worlds, -1).sum(axis=1)


def clear_of_zero(values):
    """Return how many standard errors the mean of values lies from 0, with the sign; 0 for no spread."""
    sd = values.std(ddof=1)
    return 0.0 if sd == 0.0 else float(values.mean() / (sd / np.sqrt(len(values))))


@pytest.mark.parametrize(("style", "name"), CASES)
def test_one_who_knows_nothing_is_the_machine_less_its_fee(style, name):
    """At competence 0, without bias or leaks, mediator − machine = −fee in every world."""
    worlds = WORLDS[name]
    loaded, _ = load_with_style(name, style, IGNORANT | MONTHS)
    paid, free = (run(loaded, regime, worlds).periods for regime in ("mediated", "machine"))
    apart = per_world(paid, "surplus", worlds) - per_world(free, "surplus", worlds)
    assert apart == pytest.approx(-per_world(paid, "mediator", worlds), abs=1e-6)


def cheating(talk, s, place, stance, month):
    """Lay the desk as ever, and then write what one issue is truly worth to the buyer on it."""
    plain(gather_confidences)(talk, s, place, stance, month)
    for level in range(s.count[0]):
        talk.desk.estimate[0, 0, level] = talk.log.memo.own[0, 0, level]


def test_a_style_that_reads_one_true_level_is_caught():
    """The negative control: planted knowledge earns what an honest mediator without knowledge does not."""
    loaded, _ = load_with_style("one_tie", "single_text", IGNORANT | FREE | NEW)
    worlds = count(24, 120)
    honest = run(loaded, "machine", worlds, threads=1, compiled=False).periods
    kernel = plain(batch.run_worlds, {gather_confidences: cheating})
    with mock.patch.object(batch, "plain", lambda rules: kernel):
        planted = run(loaded, "mediated", worlds, threads=1, compiled=False).periods
    apart = per_world(planted, "surplus", worlds) - per_world(honest, "surplus", worlds)
    assert abs(apart).max() > 1.0


@pytest.mark.parametrize(("style", "name"), CASES)
def test_whom_nobody_trusts_nobody_hears(style, name):
    """At trust 0 on both sides nobody takes part, and talks are bit for bit those of two sides alone."""
    worlds = max(2, WORLDS[name] // 6)
    does = [
        f for f in needed_functions(one.entry for one in parse_styles(style)) if f != "warn"
    ]  # that speaks by itself
    keys = MONTHS | {"mediator.functions": does, "reviews.every": 0, "disputes.threshold": 0.0}
    nobody = {"mediator.prior_good": 0.0, "mediator.prior_bad": 1e6} | FREE
    loaded, _ = load_with_style(name, style, keys | nobody)
    direct, alone = (run(loaded, regime, worlds) for regime in ("adversarial", "mediated"))
    for table in SAME_BITS:
        one, other = getattr(direct, table), getattr(alone, table)
        if table == "events":  # that both stayed away is written down, and nothing else
            other = other[other["kind"] != Event.STAYED_AWAY]
        assert np.array_equal(one, other), table


@pytest.mark.parametrize(("style", "name"), CASES)
def test_a_procedure_costs_at_most_what_it_says(style, name):
    """machine − none ≥ −(its messages and the offers it used up), within three standard errors.

    A proposal is signed where talks fail, by pairs that would have talked again and found a text that fits better:
    of one who knows nothing it costs that misfit too.
    """
    worlds = WORLDS[name]
    alone = {"mediator.functions": needed_functions(one.entry for one in parse_styles(style))}
    loaded, _ = load_with_style(name, style, MONTHS | alone)
    machine, none = (run(loaded, regime, worlds).periods for regime in ("machine", "adversarial"))
    gain = per_world(machine, "surplus", worlds) - per_world(none, "surplus", worlds)
    used = per_world(machine, "haggling", worlds) - per_world(none, "haggling", worlds)
    fits_less = per_world(machine, "misfit", worlds) - per_world(none, "misfit", worlds)
    binds = fits_less if style == "proposal" else 0.0
    assert clear_of_zero(gain + binds + np.maximum(used, 0.0)) > -3.0


@pytest.mark.parametrize("name", one_in(2, WHERE))
@pytest.mark.parametrize("style", ONLY_BELIEFS)
def test_at_competence_0_what_only_moves_beliefs_moves_nothing(style, name):
    """No offer, no signature and no belief changes; it costs its messages."""
    worlds = WORLDS[name]
    keys = IGNORANT | FREE | MONTHS | {"mediator.functions": ["broker"]}
    loaded, _ = load_with_style(name, style, keys)
    direct, told = (run(loaded, regime, worlds) for regime in ("adversarial", "mediated"))
    assert np.array_equal(direct.offers, told.offers)
    able, _ = load_with_style(
        name, style, keys | {"mediator.competence": 1.0, "mediator.prior_good": 1e4}
    )
    if style == "facilitative":  # the only one of them that acts in talks as these scenarios are
        assert not np.array_equal(direct.offers, run(able, "mediated", worlds).offers)


@pytest.mark.parametrize("style", READERS)
def test_misfit_does_not_rise_as_a_mediator_reads_better(style):
    """No significant rise of misfit from one competence to the next, in the flagship."""
    worlds, levels = count(10, 60), (0.0, 0.25, 0.5, 0.7, 0.9, 1.0)
    misfits = []
    for competence in levels:
        keys = {
            "mediator.competence": competence,
            "mediator.functions": ["broker"],
            "run.months": 36,
        }
        loaded, _ = load_with_style("it_outsourcing", style, keys)
        misfits.append(per_world(run(loaded, "mediated", worlds).periods, "misfit", worlds))
    rises = [clear_of_zero(b - a) for a, b in pairwise(misfits)]
    assert max(rises) < 3.0
    assert clear_of_zero(misfits[-1] - misfits[0]) < -3.0
