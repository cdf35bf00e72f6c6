"""The elementary functions of the rules: compared with 40 digits of mpmath, at the edges, in both engines.

Twenty thousand points of each here, a million in the deep suite.
"""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import arithmetic
from sim.jit import kernel, plain

BOUND = {"exp": 1.0, "log": 1.0, "log1p": 1.0, "erf": 1.5, "erfc": 1.5}  # units of the last place
COUNTS = [5_000, pytest.param(1_000_000, marks=pytest.mark.deep)]
SMALL = 2.0**-1074


@kernel
def each(one, xs, into):
    """Fill `into` with exp (1), log (2), log1p (3), erf (4) or erfc (5) of every number."""
    for n in range(xs.shape[0]):
        if one == 1:
            into[n] = arithmetic.exp(xs[n])
        elif one == 2:
            into[n] = arithmetic.log(xs[n])
        elif one == 3:
            into[n] = arithmetic.log1p(xs[n])
        elif one == 4:
            into[n] = arithmetic.erf(xs[n])
        else:
            into[n] = arithmetic.erfc(xs[n])


@kernel
def powers(xs, ys, into):
    """Fill `into` with the powers of pairs."""
    for n in range(xs.shape[0]):
        into[n] = arithmetic.power(xs[n], ys[n])


def compiled(name: str, xs: np.ndarray) -> np.ndarray:
    found = np.empty_like(xs)
    each(1 + list(BOUND).index(name), xs, found)
    return found


def points(name: str, count: int) -> np.ndarray:
    """Return the points at which a function is checked: its whole range, near 0, near 1 and its turning points."""
    luck = np.random.default_rng(20)
    n = count // 4
    sign = luck.choice([-1.0, 1.0], n)
    small = 10.0 ** luck.uniform(-20.0, 0.0, n)
    regions = {
        "exp": [luck.uniform(-745.2, 709.78, n), luck.uniform(-1.0, 1.0, n), sign * small,
                luck.normal(0.0, 8.0, n)],
        "log": [10.0 ** luck.uniform(-307.0, 308.0, n), luck.uniform(0.0, 3.0, n), 1.0 + sign * small,
                luck.uniform(0.0, 1.0, n) * 2.0**-1022],
        "log1p": [-luck.uniform(0.0, 1.0, n), 0.999 * sign * small, luck.uniform(-0.9, 5.0, n),
                  10.0 ** luck.uniform(0.0, 308.0, n)],
        "erf": [luck.uniform(-0.6, 0.6, n), luck.uniform(-6.5, 6.5, n), luck.uniform(0.4, 1.4, n),
                sign * small],
        "erfc": [luck.uniform(-0.6, 0.6, n), luck.uniform(-6.0, 27.3, n), luck.uniform(0.2, 1.4, n),
                 luck.uniform(0.5, 9.0, n)],
    }[name]  # fmt: skip
    return np.concatenate(regions)


def worst(found: np.ndarray, exact: list) -> float:
    """Return the largest error in units of the last place of the exact values."""
    most = 0.0
    for got, true in zip(found.tolist(), exact, strict=True):
        exponent = max(int(mpmath.frexp(true)[1]) - 53, -1074)
        most = max(most, float(abs(mpmath.mpf(got) - true) / mpmath.ldexp(1, exponent)))
    return most


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", BOUND)
def test_a_function_is_as_near_as_it_says(name, count):
    xs = points(name, count)
    with mpmath.workprec(150):
        exact = [getattr(mpmath, name)(mpmath.mpf(x)) for x in xs.tolist()]
        assert worst(compiled(name, xs), exact) < BOUND[name]


def pairs(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return bases and exponents whose powers are numbers, neither 0 nor infinite."""
    luck = np.random.default_rng(21)
    n = count // 4
    xs = [luck.uniform(0.0, 1.0, n), 10.0 ** luck.uniform(-300.0, 300.0, n),
          luck.uniform(0.2, 3.0, n), 1.0 + luck.normal(0.0, 1e-6, n)]  # fmt: skip
    ys = [luck.uniform(0.0, 10.0, n), luck.uniform(-1.0, 1.0, n), luck.uniform(-300.0, 300.0, n),
          10.0 ** luck.uniform(0.0, 8.0, n)]  # fmt: skip
    x, y = np.concatenate(xs), np.concatenate(ys)
    fits = np.abs(y * np.log(x)) < 700.0
    return x[fits], y[fits]


@pytest.mark.parametrize("count", COUNTS)
def test_a_power_is_as_near_as_it_says(count):
    """And the negative control: exp(y log x) in plain numbers is not."""
    x, y = pairs(count)
    found = np.empty_like(x)
    powers(x, y, found)
    with mpmath.workprec(200):
        exact = [
            mpmath.power(mpmath.mpf(a), mpmath.mpf(b))
            for a, b in zip(x.tolist(), y.tolist(), strict=True)
        ]
        assert worst(found, exact) < 1.0
        few = slice(0, 5_000)
        assert worst(np.exp(y[few] * np.log(x[few])), exact[few]) > 1.0


def test_compiled_and_plain_have_the_same_bits():
    for name in BOUND:
        xs = points(name, 4_000)
        twin = plain(getattr(arithmetic, name))
        assert compiled(name, xs).tobytes() == np.array([twin(x) for x in xs.tolist()]).tobytes()
    x, y = pairs(4_000)
    found = np.empty_like(x)
    powers(x, y, found)
    twin = plain(arithmetic.power)
    mine = [twin(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    assert found.tobytes() == np.array(mine).tobytes()


def bits(x: float) -> str:
    return "nan" if math.isnan(x) else float(x).hex()


@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [
        ("exp", 0.0, 1.0), ("exp", -0.0, 1.0), ("exp", math.inf, math.inf), ("exp", -math.inf, 0.0),
        ("exp", math.nan, math.nan), ("exp", 709.782712893384, float.fromhex("0x1.fffffffffff2ap+1023")),
        ("exp", 709.782712893385, math.inf), ("exp", -745.13, SMALL), ("exp", -745.14, 0.0),
        ("exp", 1e300, math.inf), ("exp", -1e300, 0.0), ("exp", 1.0, math.e),
        ("log", 1.0, 0.0), ("log", 0.0, -math.inf), ("log", -0.0, -math.inf), ("log", -1.0, math.nan),
        ("log", math.inf, math.inf), ("log", math.nan, math.nan), ("log", -math.inf, math.nan),
        ("log", SMALL, -744.4400719213812), ("log", 1.7976931348623157e308, 709.782712893384),
        ("log1p", 0.0, 0.0), ("log1p", -0.0, -0.0), ("log1p", -1.0, -math.inf),
        ("log1p", -1.5, math.nan), ("log1p", math.inf, math.inf), ("log1p", math.nan, math.nan),
        ("log1p", SMALL, SMALL), ("log1p", 1.7976931348623157e308, 709.782712893384),
        ("erf", 0.0, 0.0), ("erf", -0.0, -0.0), ("erf", math.inf, 1.0), ("erf", -math.inf, -1.0),
        ("erf", math.nan, math.nan), ("erf", 6.0, 1.0), ("erf", 1e300, 1.0),
        ("erfc", 0.0, 1.0), ("erfc", math.inf, 0.0), ("erfc", -math.inf, 2.0),
        ("erfc", math.nan, math.nan), ("erfc", 30.0, 0.0), ("erfc", -30.0, 2.0), ("erfc", 27.5, 0.0),
    ],
)  # fmt: skip
def test_edges(name, x, expected):
    assert bits(compiled(name, np.array([x]))[0]) == bits(expected)
    assert bits(plain(getattr(arithmetic, name))(x)) == bits(expected)


EDGES = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 0.5, -0.5, 1.5, 2.0**53, 2.0**53 + 2.0, 1e300,
         -1e300, SMALL, -SMALL, 5e-309, 1.7976931348623157e308, math.inf, -math.inf, math.nan]  # fmt: skip


def of_c(x: float, y: float) -> float:
    """Return C's `pow`, whose infinities and NaNs Python turns into errors."""
    odd = abs(y) < 2.0**53 and y % 2.0 == 1.0
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0.0 and odd else math.inf
    except ValueError:
        if x != 0.0:
            return math.nan
        return math.copysign(math.inf, x) if odd else math.inf


def test_edges_of_powers_are_those_of_ieee_754():
    """Every pair of edges, as C's `pow` (Annex F) has them; they are exact, so libraries agree."""
    for x in EDGES:
        for y in EDGES:
            found = np.empty(1)
            powers(np.array([x]), np.array([y]), found)
            expected = of_c(x, y)
            mine = plain(arithmetic.power)(x, y)
            assert bits(found[0]) == bits(mine), (x, y)
            near = math.isfinite(expected) and expected != 0.0
            if near:
                assert mine == pytest.approx(expected, rel=4e-16), (x, y)
            else:
                assert bits(mine) == bits(expected), (x, y)


@given(st.floats(1e-3, 1e3), st.integers(0, 60))
def test_a_whole_power_is_within_its_roundings(x, n):
    """Every product rounds once: at most half a unit for each factor beyond the first."""
    exact = Fraction(x) ** n
    got = Fraction(plain(arithmetic.whole_power)(x, n))
    assert abs(got - exact) <= exact * max(n - 1, 0) * Fraction(1, 2**53) * Fraction(1001, 1000)


def test_whole_powers_of_two_are_exact():
    power = plain(arithmetic.whole_power)
    assert [power(0.5, n) for n in range(60)] == [2.0**-n for n in range(60)]
    assert power(3.0, 1) == 3.0
    assert power(0.0, 0) == 1.0


def test_a_tie_is_what_rounding_could_have_parted():
    exceeds = plain(arithmetic.exceeds)
    score = 0.62**0.62 * 24.3**0.38
    assert not exceeds(np.nextafter(score, 9.0), score)
    assert not exceeds(score, score)
    assert exceeds(score * (1.0 + 1e-9), score)
    assert not exceeds(score, score * (1.0 + 1e-9))
    assert exceeds(0.0, -1.0)
    assert exceeds(1e-300, 0.0)
    assert not exceeds(-1.0, -1.0 - 1e-14)
