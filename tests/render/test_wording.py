"""The words of a comparison follow its numbers: up, down, unclear or nothing."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from comparisons import comparison
from comparisons import outcome as booked

from sim.lab.requested import Request
from sim.lab.studies import resolve_study
from sim.measure.amounts import count_of_all
from sim.measure.compare import Comparison
from sim.render.numbers import (
    decimals_needed,
    format_number,
    format_percent,
    format_row,
    unit_in_words,
)
from sim.render.text.findings_text import map_as_text
from sim.render.wording import classify_effect, headline
from sim.scenario.load import load


@pytest.fixture(scope="module")
def loaded():
    return load("one_tie", {"run.months": 24})


def test_a_gain_is_called_a_gain(loaded):
    said = headline(comparison(loaded, mediated=4.0, fee=0.5))
    assert said[0].startswith("Mediation raised joint surplus by ")
    assert "k€ per need and month against adversarial (95 % interval +" in said[0]
    assert said[0].endswith("No world of 20 shows the opposite.")
    assert said[1].startswith("Mediation raised the buyer's trust in the vendor at the end by ")
    assert "the mediator was paid 0.500" in said[3]
    assert said[-2].startswith("Mediation raised joint surplus") and "partnership" in said[-2]


def test_a_loss_is_called_a_loss(loaded):
    said = headline(comparison(loaded, mediated=12.0))
    assert said[0].startswith("Mediation lowered joint surplus by ")
    assert "(95 % interval −" in said[0]
    assert said[1].startswith("Mediation lowered the buyer's trust in the vendor")
    assert said[2].startswith("Mediation lowered the vendor's trust in the buyer")


def test_an_interval_across_zero_is_called_unclear(loaded):
    level = 8.0 - 0.8 - 0.2
    found = comparison(loaded, mediated=level, fee=0.0)
    row = found.row("surplus", "mediated", "adversarial")
    assert row.low < 0.0 < row.high
    said = headline(found)[0]
    assert said.startswith("Mediation had no clear effect on joint surplus against adversarial:")
    assert "which spans 0" in said and "of 20 worlds" in said


def test_the_same_everywhere_is_called_no_difference(loaded):
    made = comparison(loaded)
    outcomes = {**made.outcomes, "mediated": made.outcomes["adversarial"]}
    said = headline(Comparison(loaded, made.regimes, 20, 3, outcomes))
    assert said[0] == (
        "Mediation made no difference to joint surplus against adversarial: "
        "the same in every world run."
    )


def test_one_world_gives_no_interval(loaded):
    said = headline(comparison(loaded, worlds=1))[0]
    assert said.startswith("In the one world run, joint surplus is ")
    assert "(one world gives no interval)" in said and "95 %" not in said


def test_few_worlds_say_neither_raised_nor_lowered(loaded):
    """Nineteen worlds have an interval that excludes 0; twenty say so."""
    few, enough = headline(comparison(loaded, worlds=19)), headline(comparison(loaded, worlds=20))
    assert not any(word in " ".join(few) for word in ("raised", "lowered", "no clear effect"))
    assert "19 are too few to say that this was brought about (95 % interval" in few[0]
    assert few[-1].startswith("With 19 worlds intervals are Student's t. So few say nothing")
    assert "raised" in enough[0] and enough[-1] == "With 20 worlds intervals are Student's t."
    assert headline(comparison(loaded, worlds=50))[-1].count("Student") == 0


def test_a_measure_without_values_is_not_judged(loaded):
    made = comparison(loaded)
    for outcome in made.outcomes.values():
        outcome.periods["trust_buyer"] = np.nan
    assert "could not be compared" in headline(made)[1]


def test_a_single_regime_is_described_not_judged(loaded):
    made = comparison(loaded)
    alone = Comparison(loaded, ("mediated",), 20, 3, {"mediated": made.outcomes["mediated"]})
    assert headline(alone)[0].startswith("Under mediated, joint surplus is ")


@pytest.mark.parametrize(
    ("low", "mean", "high", "n", "want"),
    [
        (0.1, 0.2, 0.3, 20, "raised"),
        (-0.3, -0.2, -0.1, 20, "lowered"),
        (-0.1, 0.2, 0.3, 20, "unclear"),
        (0.0, 0.2, 0.3, 20, "unclear"),
        (0.1, 0.2, 0.3, 19, "few"),
        (-0.3, -0.2, -0.1, 2, "few"),
        (0.0, 0.1, 0.0, 900, "unclear"),
        (0.0, 0.0, 0.0, 9, "same"),
        (0.2, 0.2, 0.2, 20, "raised"),
        (math.nan, -1.0, math.nan, 1, "few"),
        (math.nan, 0.0, math.nan, 1, "same"),
        (math.nan, math.nan, math.nan, 0, "untested"),
    ],
)
def test_verdict(loaded, low, mean, high, n, want):
    row = comparison(loaded).row("surplus", "mediated", "adversarial")
    assert classify_effect(row._replace(low=low, mean=mean, high=high, n=n)) == want


@pytest.mark.parametrize(
    ("value", "unit", "places", "signed", "want"),
    [
        (1234.5, "", None, False, "1234"),
        (42.414, "", None, True, "+42.4"),
        (-3.14159, "", None, True, "−3.14"),
        (0.12345, "0 to 1", None, False, "0.123"),
        (0.5, "share", None, False, "50.0"),
        (-0.0, "", 2, True, "0.00"),
        (-0.001, "", 1, True, "0.0"),
        (math.nan, "", None, False, "–"),
    ],
)
def test_number(value, unit, places, signed, want):
    assert format_number(value, unit, places, signed=signed) == want


def test_close_bounds_get_the_decimals_that_tell_them_apart():
    assert decimals_needed("", 42.0, 42.0015) == 3
    assert decimals_needed("share", 0.5, 0.50015) == 2
    assert decimals_needed("", 42.0, 42.0) == 1


def test_percent_never_rounds_to_a_false_certainty():
    shares = (0.0, 0.001, 0.25, 0.999, 1.0, math.nan)
    assert [format_percent(share) for share in shares] == [
        "0 %",
        "<1 %",
        "25 %",
        ">99 %",
        "100 %",
        "–",
    ]


def test_units_in_words():
    assert unit_in_words("k€/need/month") == "k€ per need and month"
    assert unit_in_words("k€/need") == "k€ per need"
    assert unit_in_words("share", difference=True) == "percentage points"
    assert unit_in_words("months") == "months" and unit_in_words("0 to 1") == ""


def test_interval_text(loaded):
    row = comparison(loaded).row("surplus", "mediated", "adversarial")
    row = row._replace(mean=1.0, low=-0.5, high=2.5)
    assert format_row(row, signed=True) == "+1.00 [−0.50, +2.50]"
    assert format_row(row._replace(low=math.nan, high=math.nan)) == "1.00"


def test_the_verb_goes_with_what_it_is_said_of():
    assert count_of_all(1, 6, "cell") == "1 of 6 cells is"
    assert count_of_all(0, 1, "cell") == "0 of 1 cell are"
    assert count_of_all(2_000, 6_000, "cell", "passes", "pass") == "2,000 of 6,000 cells pass"
    varied = {"problems.rate": (0.1, 0.2), "mediator.bias": (-1, 0)}
    study = resolve_study(
        Request(
            "sweep",
            "one_tie",
            ("adversarial", "mediated"),
            design="map",
            outcomes=("surplus",),
            vary=varied,
        )
    )
    cells = {"problems.rate": [0.1, 0.2, 0.1, 0.2], "mediator.bias": [-1, -1, 0, 0]}
    table = pd.DataFrame({**cells, "outcome": "surplus", "best": "mediated", "certain": False})
    for sure, told in ((1, "(1 of 4 cells is certain)"), (2, "(2 of 4 cells are certain)")):
        said = map_as_text(table.assign(certain=[n < sure for n in range(4)]), study)
        assert told in said
        assert "\n−1 " in said


def with_machine(loaded, lost):
    """Return a comparison of mediated and adversarial, and the machine that loses so much a month."""
    found = comparison(loaded, mediated=4.0)
    machine = booked("machine", lost, 20, loaded.scenario.run.months, 0.0)
    return replace(found, outcomes={**found.outcomes, "machine": machine}, control="machine")


def test_what_mediation_brings_is_split_in_two_parts(loaded):
    said = headline(with_machine(loaded, 5.0))
    assert said[1].startswith(
        "Of this, the procedure alone (a mediator that knows nothing and is free)"
    )
    assert "brings +" in said[1] and "and this mediator, net of its fee, +" in said[1]
    assert any(
        s.startswith("Of the buyer's change +") and "the vendor's change +" in s for s in said
    )
    assert "brings −" in headline(with_machine(loaded, 9.5))[1]


def test_without_a_machine_nothing_is_said_of_parts(loaded):
    """All other sentences stay the same."""
    said = headline(comparison(loaded, mediated=4.0))
    assert not any("procedure" in sentence for sentence in said)
    more = headline(with_machine(loaded, 5.0))
    assert [s for s in more if "procedure" not in s] == said
