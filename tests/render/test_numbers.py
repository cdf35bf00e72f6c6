"""One sign, one dash, one way to choose digits; nothing prints a number past them."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from sim.measure.amounts import format_digits, format_duration, format_fixed, with_true_minus
from sim.render.numbers import (
    format_count,
    format_ends,
    format_interval,
    format_setting,
    format_tick,
    unit_in_heading,
)

PACKAGE = Path(__file__).resolve().parents[2] / "sim"
OWN_SIGN = re.compile(r"""replace\(["']-["'], ["']−["']\)""")
HOME = "measure/amounts.py"


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("-1.5", "−1.5"),
        ("+1.5", "+1.5"),
        ("-0", "0"),
        ("+0.00", "0.00"),
        ("-0.050", "−0.050"),
        ("-1,000", "−1,000"),
        ("1e-05", "1e−05"),
        ("-0e+00", "0e+00"),
    ],
)
def test_what_is_shown_as_zero_has_no_sign(text, want):
    assert with_true_minus(text) == want


def test_fixed_decimals_and_digits_that_matter():
    assert [format_fixed(v, 2) for v in (1.0, -0.004, -2.345678, math.nan, math.inf)] == [
        "1.00", "0.00", "−2.35", "–", "–",
    ]  # fmt: skip
    assert (
        format_fixed(0.5, 1, signed=True) == "+0.5" and format_fixed(-0.04, 1, signed=True) == "0.0"
    )
    assert [format_digits(v, 6) for v in (0.5, 12345.678, -1e-5, math.nan)] == [
        "0.5",
        "12345.7",
        "−1e−05",
        "–",
    ]


def test_what_somebody_set_has_four_digits_and_six_when_large():
    values = (0.25, 1 / 3, -1 / 3, 12345.678, 60, np.int64(-3), "level_1", True)
    want = ["0.25", "0.3333", "−0.3333", "12345.7", "60", "−3", "level_1", "True"]
    assert [format_setting(value) for value in values] == want


def test_counts_have_separators_and_amounts_none():
    assert format_count(1234567.0) == "1,234,567" and format_count(-1234.0, signed=True) == "−1,234"
    assert format_interval(12345.0, 12000.0, 13000.0) == "12345 [12000, 13000]"
    assert format_tick(12000.0) == "12,000" and format_tick(2.5e6) == "2.5e+06"


def test_the_ends_of_an_interval_have_the_decimals_of_its_mean():
    assert format_ends(12.0, 11.96, 12.04) == ("12.00", "11.96", "12.04")
    assert format_ends(0.5, 0.25, 0.75, "share") == ("50.0", "25.0", "75.0")
    assert format_interval(1.5, math.nan, math.nan, signed=True) == "+1.50"


def test_units_in_heads_are_short():
    units = ("share", "0 to 1", "1/need-year", "k€/need/month")
    assert [unit_in_heading(u) for u in units] == ["%", "", "per year", "k€/need/month"]
    assert unit_in_heading("share", difference=True) == "pp"


def test_durations():
    assert [format_duration(s) for s in (0.2, 59.4, 192.0, 7300.0)] == [
        "1 s",
        "59 s",
        "3 min 12 s",
        "2 h 1 min",
    ]


def with_a_sign_of_their_own(package):
    """Return the files that turn hyphens into minus signs themselves."""
    files = {f.relative_to(package).as_posix(): f.read_text("utf-8") for f in package.rglob("*.py")}
    return sorted(name for name, text in files.items() if OWN_SIGN.search(text))


def test_nothing_else_makes_minus_signs():
    assert with_a_sign_of_their_own(PACKAGE) == [HOME]


def test_a_formatter_of_its_own_would_be_seen(tmp_path):
    (tmp_path / "planted.py").write_text('text = f"{value:.2f}".replace("-", "−")\n', "utf-8")
    assert with_a_sign_of_their_own(tmp_path) == ["planted.py"]
