"""Elementary functions as rules: the same bits on every processor, C library and engine.

A C library may round `exp` or `pow` as it likes, and does so differently from one processor to the
next. This module uses only sums, products, quotients and the bits of numbers, whose results IEEE
754 fixes. Errors in units of the last place: below 1 for `exp`, `log`, `log1p` and `power`, below
1.5 for `erf` and `erfc`; results below the smallest normal number lose the digits that do not fit.

Sources: P. T. P. Tang 1989 and 1990 (exponential and logarithm from tables), T. J. Dekker 1971
(sums and products of twice the precision, which a power needs), W. J. Cody 1969 (the complementary
error function as exp(−x²) times a slowly varying function). The tables are computed below in exact
decimal arithmetic; the polynomials were fitted to 60 digits at Chebyshev's nodes.
"""

from __future__ import annotations

from decimal import Context, Decimal, localcontext

import numpy as np

from sim.compile.bit_operations import bits_of, float_of
from sim.jit import rule

INF, NAN = float("inf"), float("nan")
# The smallest normal number: smaller ones have fewer digits, and their bits another layout.
SMALLEST = 2.0**-1022
MANTISSA = np.int64(52)  # bits of a number below its exponent
EXPONENT_OF_ONE = np.int64(1023)
NONE = np.int64(0)  # the exponent 0; typed, as a literal 0 would compile callees once more

# A number is 2^k z with z from about √½ to √2, in 128 intervals; 1 is an end of two of them. Each interval
# has a number of ten bits near 1 / z, so that the remainder, z times that less 1, is exact in two parts.
LOG_START = np.int64(0x3FE6A00000000000)
INTERVAL, INTERVALS = np.int64(45), np.int64(127)
# Masks that keep the upper 22 or 26 of a number's 53 bits.
UPPER_22, UPPER_26 = np.int64(-(1 << 31)), np.int64(-(1 << 27))
HALF_22 = np.int64(1 << 30)  # added before masking, so that the mask rounds to the nearest
GRID = 2.0**-42  # multiples of it add up without rounding up to 2^11
# An exponent is n steps of ln 2 / 128 and a remainder.
PER_STEP = 128
STEP_BITS, STEPS = np.int64(7), np.int64(PER_STEP - 1)
MAGIC = 1.5 * 2.0**52  # added to a number, it rounds it to a whole one in the last bits
MAGIC_BITS = np.int64(0x4338000000000000)  # of MAGIC


def _split_on_grid(value: Decimal, grid: float) -> tuple[float, float]:
    """Return a number as (multiple of `grid`, remainder), both floats."""
    high = float((value / Decimal(grid)).to_integral_value()) * grid
    return high, float(value - Decimal(high))


def _build_tables() -> tuple[tuple[float, ...], np.ndarray, np.ndarray]:
    """Return ln 2 in its parts, the table of logarithms and the table of powers of two.

    (ln 2 and a 128th of it, each in two parts, and steps per unit; [128, (1 / z, log z in two
    parts)]; [128, (2^(j/128), relative remainder)]). Computed in 60 decimal digits, so it does not
    depend on a C library.
    """
    logs, powers = np.empty((128, 3)), np.empty((PER_STEP, 2))
    with localcontext(Context(prec=60)):
        ln_2 = Decimal(2).ln()
        step = ln_2 / PER_STEP
        for i in range(128):
            bits = int(LOG_START) + (i << int(INTERVAL))
            ends = [float_of(np.int64(bits + (n << int(INTERVAL)))) for n in (0, 1)]
            inverse = round(2048.0 / (ends[0] + ends[1])) / 1024.0
            if 1.0 in ends:
                inverse = 1.0  # so that logarithms near 0 keep their digits
            logs[i] = inverse, *_split_on_grid(-Decimal(inverse).ln(), GRID)
        for j in range(PER_STEP):
            exact = (step * j).exp()
            high = float(exact)
            powers[j] = high, float(exact / Decimal(high) - 1)
        return (
            (*_split_on_grid(ln_2, GRID), *_split_on_grid(step, 2.0**-43), float(1 / step)),
            logs,
            powers,
        )


(LN_2_HIGH, LN_2_LOW, STEP_HIGH, STEP_LOW, STEPS_PER_1), LOGS, POWERS = _build_tables()

# erf(x) / x − 1 in powers of x², for |x| < ½.
ERF = (
    0.1283791670955126, -0.37612638903183754, 0.11283791670955123, -0.02686617064513003,
    0.005223977625403085, -0.000854832701614194, 0.00012055332129506839,
    -1.4925586460369781e-05, 1.6459030738902206e-06, -1.6273067498640665e-07,
    1.3213778399713015e-08,
)  # fmt: skip
# (1 + 2x) exp(x²) erfc(x) for ½ <= x < 28, in powers of q − q₀ with q = (x − 2) / (x + 2): the end of
# each piece, its q₀, what is missing of the first number, and the numbers.
PIECES = np.array([
    [-0.2, -0.40625, 5.732572363012989e-17, 1.2749110436557578, 0.13628622348845837,
     -0.4111524613836281, 0.22911846066320232, -0.021325454984400482, -0.02126450711950462,
     0.0014186017888738905, 0.0028243740982115827, 0.00037621502221855756,
     -0.0003051827655676804, -0.00014913580111421124, -3.6608623080160738e-06,
     2.2896470927973313e-05, 9.82757452800343e-06, 1.9085786165044994e-07],
    [0.15, -0.03125, -1.1998172609862088e-17, 1.2797100541647024, -0.08189972895813026,
     -0.1817253247045146, 0.1707450439240809, -0.05283836632959728, -0.009641006710535893,
     0.008405917662439153, 0.0016188613044330424, -0.0013207216183272372,
     -0.0005107318301926362, 0.00015465592284017658, 0.00014897733437381144,
     1.2007170034945468e-05, -3.006230702409457e-05, -1.3995217196327281e-05],
    [0.5, 0.328125, 7.821000997519595e-17, 1.233812128609111, -0.15665563529804327,
     -0.040844346796424714, 0.09057186300390455, -0.0530685893039486, 0.008744672536125172,
     0.006639179041960985, -0.002956600731719194, -0.0011361514243348947,
     0.0007506876709860289, 0.0003149923104804983, -0.0001837977742073438,
     -0.00011821976891326674, 3.6362055879349835e-05, 4.5484249398901033e-05],
    [1.0, 0.6875, -1.0602699356452034e-16, 1.17562172068658, -0.1598541460978466,
     0.020983196290632788, 0.029789696918952, -0.029972800822747173, 0.013908125562664813,
     -0.001538856048170916, -0.0023122440624500228, 0.001260470976031119,
     0.00021355008960515916, -0.00044551496361440343, 4.0343990184179906e-05,
     0.00015271217684078377, -3.973710529095384e-05, -5.471801163121629e-05],
])  # fmt: skip
FIRST_POWER, LAST_POWER = 4, PIECES.shape[1] - 1
TIE_SHARE = 2.0**-40  # of the larger number: 4,000 times what one rounding can make
ERFC_UNDERFLOW = 28.0  # erfc is 0 beyond


@rule
def exp(x):
    """Return e to the power of x: inf above the largest number, 0 below the smallest, nan for nan."""
    if x > 710.0:
        return INF
    if x < -746.0:
        return 0.0
    if x != x:
        return x
    high, part, k = _exp_parts(x, 0.0)
    return _times_two_to(high + part, k)


@rule
def log(x):
    """Return the natural logarithm of x: −inf at 0, nan below."""
    if not 0.0 < x < INF:
        return _log_at_edge(x)
    k = NONE
    if x < SMALLEST:
        x, k = x * 2.0**54, np.int64(-54)
    high, low = _log_parts(x, 0.0, k)
    return high + low


@rule
def log1p(x):
    """Return the natural logarithm of 1 + x, also accurate if x is tiny; −inf at −1, nan below."""
    if abs(x) < 2.0**-54:
        return x
    if not -1.0 < x < INF:
        return _log_at_edge(1.0 + x)
    rounded = 1.0 + x
    tail = 0.0  # rounding error of 1 + x, as a share of its power of two
    if x < 2.0**53:
        error = x - (rounded - 1.0) if x < 1.0 else 1.0 - (rounded - x)
        exponent = (bits_of(rounded) - LOG_START) >> MANTISSA
        tail = error * float_of((EXPONENT_OF_ONE - exponent) << MANTISSA)
    high, low = _log_parts(rounded, tail, NONE)
    return high + low


@rule
def power(base, exponent):
    """Return a base to the power of an exponent, with the special cases of IEEE 754.

    1 if the exponent is 0 or the base is 1, whatever the other; nan for a negative base with an
    exponent that is not whole.
    """
    if exponent == 0.0 or base == 1.0:
        return 1.0
    if not (0.0 < base < INF and abs(exponent) < INF):
        return _power_at_edge(base, exponent)
    return _power_of_positive(base, exponent)


@rule
def whole_power(base, exponent):
    """Return a base to the power of a whole exponent ≥ 0 by squaring, in a fixed order."""
    result = 1.0
    while exponent > 0:
        if exponent & 1:
            result *= base
        exponent >>= 1
        if exponent > 0:
            base *= base
    return result


@rule
def exceeds(value, other):
    """Return whether `value` is more than `other` by more than rounding could make of two equals.

    Scores and utilities that differ by less than `TIE_SHARE` of the larger one are a tie, which
    every choice breaks by the lower number.
    """
    return value > other and value - other > TIE_SHARE * max(abs(value), abs(other))


@rule
def erf(x):
    """Return the error function: the chance that |N(0, ½)| is below x, odd in x."""
    size = abs(x)
    if size < 0.5:
        return x + x * _erf_rest(x * x)
    if x != x:
        return x
    value = 1.0 - _erfc_above_half(size)
    return value if x > 0.0 else -value


@rule
def erfc(x):
    """Return 1 − erf(x), with all its digits even if that is small."""
    size = abs(x)
    if size < 0.25:
        return 1.0 - (x + x * _erf_rest(x * x))
    if size < 0.5:
        part = (size - 0.5) + size * _erf_rest(x * x)
        return 0.5 - part if x > 0.0 else 1.5 + part
    if x != x:
        return x
    value = _erfc_above_half(size)
    return value if x > 0.0 else 2.0 - value


# --- building blocks ---------------------------------------------------------------------------------


@rule
def _times_two_to(value, exponent):
    """Return value · 2^exponent for a value from 1 to 2, rounded once."""
    # Factors must be normal numbers, so a large power of two is applied in two steps.
    if exponent > 1000:
        return value * 2.0**1000 * float_of((exponent - 1000 + EXPONENT_OF_ONE) << MANTISSA)
    if exponent < -1000:
        return value * float_of((exponent + 1000 + EXPONENT_OF_ONE) << MANTISSA) * 2.0**-1000
    return value * float_of((exponent + EXPONENT_OF_ONE) << MANTISSA)


@rule
def _exp_parts(high, low):
    """Return (a, b, k) with (a + b) 2^k = exp(high + low), b small beside a; |high| below 750."""
    shifted = high * STEPS_PER_1 + MAGIC
    n = bits_of(shifted) - MAGIC_BITS
    steps = shifted - MAGIC
    r = (high - steps * STEP_HIGH) - steps * STEP_LOW + low
    j = n & STEPS
    a = float(POWERS[j, 0])
    square = r * r
    tail = square * (0.5 + r * (1.0 / 6.0)) + square * square * (1.0 / 24.0 + r * (1.0 / 120.0))
    return a, a * (float(POWERS[j, 1]) + r + tail), n >> STEP_BITS


@rule
def _log_parts(x, tail, k):
    """Return log(2^k (x + tail 2^j)) as a sum of two, 2^j the power of two of x; x > 0 and normal."""
    bits = bits_of(x) - LOG_START
    j = bits >> MANTISSA
    i = (bits >> INTERVAL) & INTERVALS
    z = float_of(bits_of(x) - (j << MANTISSA))
    inverse, upper = float(LOGS[i, 0]), float_of((bits_of(z) + HALF_22) & UPPER_22)
    r_high = upper * inverse - 1.0
    r_low = ((z - upper) + tail) * inverse
    r = r_high + r_low
    square = r * r
    rest = (1.0 / 7.0 - r * 0.125) + square * (1.0 / 9.0 - r * 0.1)
    rest = (1.0 / 3.0 - r * 0.25) + square * ((0.2 - r * (1.0 / 6.0)) + square * rest)
    twos = float(j + k)
    one = twos * LN_2_HIGH + float(LOGS[i, 1])
    two = one + r_high
    half_square = 0.5 * r_high * r_high
    three = two - half_square
    four = three + r_low
    low = twos * LN_2_LOW + float(LOGS[i, 2])
    low += ((one - two) + r_high) + ((two - three) - half_square) + ((three - four) + r_low)
    low += r * square * rest - r_low * (r_high + 0.5 * r_low)
    return four, low


@rule
def _product(x, y):
    """Return x · y rounded, and the rounding error (Dekker 1971)."""
    product = x * y
    x_high, y_high = float_of(bits_of(x) & UPPER_26), float_of(bits_of(y) & UPPER_26)
    x_low, y_low = x - x_high, y - y_high
    return product, ((x_high * y_high - product) + x_high * y_low + x_low * y_high) + x_low * y_low


@rule
def _power_of_positive(x, y):
    """Return x to the power of y for finite numbers, x > 0.

    The logarithm is kept in two parts, as an error in its last place would be multiplied by y.
    """
    k = NONE
    if x < SMALLEST:
        x, k = x * 2.0**54, np.int64(-54)
    high, low = _log_parts(x, 0.0, k)
    log_high = high + low
    log_low = (high - log_high) + low
    exponent = y * log_high
    if exponent > 710.0:
        return INF
    if exponent < -746.0:
        return 0.0
    exponent, missed = _product(y, log_high)
    a, b, k = _exp_parts(exponent, missed + y * log_low)
    return _times_two_to(a + b, k)


@rule
def _log_at_edge(x):
    """Return the logarithm of 0, of infinity, of nan or of a negative number."""
    if x == 0.0:
        return -INF
    return INF if x > 0.0 else NAN


@rule
def _parity(y):
    """Return 1 for an odd whole number, 0 for an even one, −1 for any other."""
    if abs(y) >= 2.0**53:
        return 0
    whole = int(y)
    if y != float(whole):
        return -1
    return whole & 1


@rule
def _power_at_edge(x, y):
    """Return x to the power of y if x is not positive or one of them is not finite."""
    if x != x or y != y:
        return NAN
    if abs(y) == INF:
        if abs(x) == 1.0:
            return 1.0
        return INF if (abs(x) > 1.0) == (y > 0.0) else 0.0
    parity = _parity(y)
    if abs(x) == INF or x == 0.0:
        size = INF if (x == 0.0) == (y < 0.0) else 0.0
    elif parity < 0:
        return NAN
    else:
        size = _power_of_positive(abs(x), y)
    return -size if parity == 1 and bits_of(x) < 0 else size


@rule
def _erf_rest(square):
    """Return erf(x) / x − 1 from x² below ¼, by Horner's rule written out for speed."""
    total = ERF[10]
    total = total * square + ERF[9]
    total = total * square + ERF[8]
    total = total * square + ERF[7]
    total = total * square + ERF[6]
    total = total * square + ERF[5]
    total = total * square + ERF[4]
    total = total * square + ERF[3]
    total = total * square + ERF[2]
    total = total * square + ERF[1]
    return total * square + ERF[0]


@rule
def _erfc_above_half(x):
    """Return erfc(x) for x ≥ ½, as exp(−x²) times a piecewise polynomial, in two parts."""
    if x >= ERFC_UNDERFLOW:
        return 0.0
    q = (x - 2.0) / (x + 2.0)
    piece = 0
    while q >= PIECES[piece, 0]:
        piece += 1
    t = q - float(PIECES[piece, 1])
    total = float(PIECES[piece, LAST_POWER])
    for n in range(LAST_POWER - 1, FIRST_POWER - 1, -1):
        total = total * t + float(PIECES[piece, n])
    first = float(PIECES[piece, FIRST_POWER - 1])
    rest = total * t + float(PIECES[piece, 2])
    square, missed = _product(x, x)
    a, b, k = _exp_parts(-square, -missed)
    above = a + b
    above_rest = (a - above) + b
    # (above + above_rest) (first + rest) / (1 + 2x), each step with its rounding error.
    value = first + rest
    value_rest = (first - value) + rest
    top, top_rest = _product(above, value)
    top_rest += above * value_rest + above_rest * value
    below = 1.0 + 2.0 * x
    below_rest = 2.0 * x - (below - 1.0)
    ratio = top / below
    back, back_rest = _product(ratio, below)
    ratio_rest = ((top - back) - back_rest + top_rest - ratio * below_rest) / below
    return _times_two_to(ratio + ratio_rest, k)
