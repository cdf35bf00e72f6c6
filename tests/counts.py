"""How much of the evidence the quick suite takes; `make test-deep` takes all of it.

A test in its small form asserts what it asserts in full: fewer worlds, months, draws or cases, the
same claim about them. Bands that follow from a standard error widen by themselves.
"""

import os
from collections.abc import Iterable
from typing import Any

import pytest

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


def count(quick: int, deep: int) -> int:
    """Return how many: the small number in the quick suite, the full one in the deep."""
    return deep if DEEP else quick


def one_in(n: int, cases: Iterable[Any]) -> list[Any]:
    """Return cases for `parametrize`: the first of every n in both suites, all others in the deep."""
    return [_case(case, place % n == 0) for place, case in enumerate(cases)]


def only(kept: Iterable[Any], cases: Iterable[Any]) -> list[Any]:
    """Return cases for `parametrize`: those kept in both suites, all others in the deep."""
    chosen, every = list(kept), list(cases)
    assert all(case in every for case in chosen), "a case that is kept is not there"
    return [_case(case, case in chosen) for case in every]


def _case(case: Any, quick: bool) -> Any:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=() if quick else pytest.mark.deep)
