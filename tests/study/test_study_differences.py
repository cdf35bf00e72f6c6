"""What counts as a difference between two computations of a table, and how it is reported."""

from __future__ import annotations

import numpy as np
import pytest

from sim.study.results.differences import RELATIVE_TOLERANCE, compare_tables

MEANS = np.array([5018.0, 0.25, 0.0, np.nan, -np.inf, 1e-3])


def table(**columns: object) -> dict[str, np.ndarray]:
    return {name: np.asarray(values) for name, values in columns.items()}


def changed(at: int, by: float) -> np.ndarray:
    means = MEANS.copy()
    means[at] = by if at in (2, 3, 4) else means[at] * (1.0 + by)
    return means


@pytest.mark.parametrize(
    ("at", "by"), [(0, 5e-10), (1, -5e-10), (5, 1e-12), (2, 1e-12), (2, -0.0), (1, 2.3e-16)]
)
def test_what_rounding_explains_is_reported_and_no_more(at: int, by: float) -> None:
    """Also zero against a number that is tiny compared with the largest of its column, and -0.0."""
    pair = table(mean=MEANS), table(mean=changed(at, by))
    assert compare_tables(*pair, rounding=True) == ([], True)
    assert len(compare_tables(*pair).lines) == 1, "to the bit it is another"


@pytest.mark.parametrize(
    ("at", "by"), [(0, 2e-9), (1, -2e-9), (5, 1e-7), (2, 1e-8), (3, 1.0), (4, np.inf), (4, np.nan)]
)
def test_what_it_does_not_explain_is_a_difference(at: int, by: float) -> None:
    found = compare_tables(table(mean=MEANS), table(mean=changed(at, by)), rounding=True)
    assert len(found.lines) == 1
    assert found.lines[0].startswith("column mean: 1 of 6 values differ, most at row ")


def test_equal_tables_are_equal_whatever_form_nan_has() -> None:
    other = np.copysign(MEANS, [1, 1, 1, -1, -1, 1])
    assert np.signbit(other[3])
    for rounding in (False, True):
        assert compare_tables(table(mean=MEANS), table(mean=other), rounding=rounding) == (
            [],
            False,
        )


def test_the_largest_difference_is_reported_with_its_place() -> None:
    keys = {
        "measure": np.array(["surplus", "surplus", "trust"], object),
        "name": np.array(["mediated", "mediated − adversarial", "mediated"], object),
        "regime": np.array(["mediated", "mediated", "mediated"], object),
    }
    before = table(**keys, mean=[40.0, 2.0, 0.5])
    now = table(**keys, mean=[40.4, 2.5, 0.5])
    place = "name mediated − adversarial, measure surplus"
    assert compare_tables(before, now, rounding=True).lines == [
        f"column mean: 2 of 3 values differ, most at {place}: 2.0 stored, 2.5 now, 0.2 relative"
    ]


def test_a_row_that_its_keys_leave_open_is_numbered_too() -> None:
    before = table(world=[0, 0, 1], kind=[4, 4, 4], amount=[1.0, 2.0, 3.0])
    now = table(world=[0, 0, 1], kind=[4, 4, 4], amount=[1.0, 4.0, 3.0])
    place = "most at kind 4, world 0, row 1: 2.0 stored, 4.0 now, 0.5 relative"
    assert compare_tables(before, now).lines == [f"column amount: 1 of 3 values differ, {place}"]


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ([1, 2], [1, 3], "column x: 1 of 2 values differ, first at row 1: 2 stored, 3 now"),
        ([True, True], [False, True], "column x: 1 of 2 values differ, first at row 0: True stored, False now"),
        (["a", "b"], ["a", "c"], "column x: 1 of 2 values differ, first at row 1: 'b' stored, 'c' now"),
        ([1.0, 2.0], [1, 2], "column x: 2 of 2 values differ, first at row 0: 1.0 stored, 1 now"),
    ],
)  # fmt: skip
def test_all_but_floats_has_to_be_the_same(before: list, now: list, said: str) -> None:
    pair = table(x=np.array(before)), table(x=np.array(now))
    pair = tuple({"x": c["x"].astype(object) if c["x"].dtype.kind == "U" else c["x"]} for c in pair)
    for rounding in (False, True):
        assert compare_tables(*pair, rounding=rounding) == ([said], False)


def test_rows_and_columns_have_to_be_the_same() -> None:
    assert compare_tables(table(x=[1.0]), table(y=[1.0])).lines == [
        "columns: lacks y; has x, which is not written now"
    ]
    both = table(x=[1.0], y=[1.0])
    assert compare_tables(dict(reversed(both.items())), both).lines == ["columns: in another order"]
    many = table(**{f"c{nth}": [1.0] for nth in range(100)})
    (line,) = compare_tables(both, many).lines
    assert "c0, c1, c2, c3, c4, c5, c6, c7 and 92 more" in line and len(line) < 120
    assert compare_tables(table(x=[1.0]), table(x=[1.0, 2.0])).lines == ["1 rows instead of 2"]
    assert compare_tables(table(x=np.zeros(0)), table(x=np.zeros(0)), rounding=True) == ([], False)


def test_the_bound_is_what_is_documented() -> None:
    assert RELATIVE_TOLERANCE == 1e-9
