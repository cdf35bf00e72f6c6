"""Every random number, as a pure function of its address.

Key = (seed, world), counter = (stream, who, when, nth): Philox4x64-10 (Salmon et al. 2011), bit for
bit NumPy's `numpy.random.Philox`, which increments first, so counter c yields block c + 1. `who` is
a persistent identity (need, vendor, pair), `when` the calendar month. So no draw depends on the
order of events, and every regime sees the same luck.
"""

from __future__ import annotations

import math

import numpy as np

from sim.arithmetic import log, log1p
from sim.compile.bit_operations import high_word
from sim.jit import ADDRESS, rule, rule_for_signature

# Multipliers (M) and Weyl increments of the key (W) of Philox4x64, from Salmon et al. 2011.
M0, M1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
W0, W1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
ONE, SHIFT = np.uint64(1), np.uint64(11)  # 64 − 11 = 53 bits, what a float holds
TINY = 2.0**-54  # half the smallest uniform number but 0, whose quantile would be −∞


@rule
def philox_words(key, stream, who, when, nth):
    """Return the four 64-bit words at an address; `key` is the pair (seed, world)."""
    k0, k1 = np.uint64(key[0]), np.uint64(key[1])
    c0, c1 = np.uint64(stream) + ONE, np.uint64(who)
    c2, c3 = np.uint64(when), np.uint64(nth)
    for turn in range(10):
        if turn > 0:
            k0 = k0 + W0
            k1 = k1 + W1
        h0, l0 = high_word(M0, c0), M0 * c0
        h1, l1 = high_word(M1, c2), M1 * c2
        c0, c1, c2, c3 = h1 ^ c1 ^ k0, l1, h0 ^ c3 ^ k1, l0
    return c0, c1, c2, c3


@rule
def unit_interval(word):
    """Return the uniform number in [0, 1) that NumPy makes of a 64-bit word."""
    return np.float64(word >> SHIFT) * 2.0**-53


@rule_for_signature(ADDRESS)
def uniforms(key, stream, who, when, nth):
    """Return the four uniform numbers in [0, 1) at an address.

    Compiled for one signature: callers pass streams and places as constants of many types, each of
    which would otherwise compile Philox again.
    """
    word_0, word_1, word_2, word_3 = philox_words(key, stream, who, when, nth)
    return (
        unit_interval(word_0),
        unit_interval(word_1),
        unit_interval(word_2),
        unit_interval(word_3),
    )


@rule
def exponential(uniform):
    """Return the Exp(1) quantile of a uniform number in [0, 1)."""
    return -log1p(-uniform)


@rule
def _rational(x, a0, a1, a2, a3, a4, a5, a6, a7):
    """Return a polynomial of degree 7 by Horner's rule."""
    return ((((((a7 * x + a6) * x + a5) * x + a4) * x + a3) * x + a2) * x + a1) * x + a0


@rule
def normal(uniform):
    """Return the standard normal quantile of a uniform number (Wichura 1988, algorithm AS 241).

    Its three rational functions cover |u − ½| ≤ 0.425, the tails to exp(−25), and beyond; the
    relative error is about 10⁻¹⁶. Coefficients are those of the paper's routine PPND16.

    Example:

        >>> from sim.jit import plain
        >>> round(plain(normal)(0.975), 6)
        1.959964
    """
    q = uniform - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = _rational(
            r, 3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
            1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
            3.3430575583588128105e4, 2.5090809287301226727e3,
        )  # fmt: skip
        bottom = _rational(
            r, 1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
            2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
            5.2264952788528545610e3,
        )  # fmt: skip
        return q * top / bottom
    r = max(min(uniform, 1.0 - uniform), TINY)
    r = math.sqrt(-log(r))
    if r <= 5.0:
        r -= 1.6
        top = _rational(
            r, 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
            3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
            2.27238449892691845833e-2, 7.74545014278341407640e-4,
        )  # fmt: skip
        bottom = _rational(
            r, 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
            1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
            1.05075007164441684324e-9,
        )  # fmt: skip
    else:
        r -= 5.0
        top = _rational(
            r, 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
            2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
            2.71155556874348757815e-5, 2.01033439929228813265e-7,
        )  # fmt: skip
        bottom = _rational(
            r, 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
            7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
            2.04426310338993978564e-15,
        )  # fmt: skip
    value = top / bottom
    return -value if q < 0.0 else value
