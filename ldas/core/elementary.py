"""Exponential, logarithm, power and sine that the compiler can work on many layers at a time.

A call into the C library keeps a loop over layers from being vectorised and costs more
than the arithmetic around it. These are straight-line arithmetic: argument reduction by
the bits of the number, then the Taylor series, its terms in pairs (Estrin). NaN stays
NaN. No C library has a say in their bits: where a product and a sum are rounded once (`fma`)
is written out, not left to the compiler.
"""

import math

import numpy as np

from ldas.core.kernel import fma, kernel

LOG2_E = 1.0 / math.log(2.0)
LN2_HIGH = float.fromhex("0x1.62e42fefa3800p-1")  # the first 38 bits of ln 2
LN2_LOW = float.fromhex("0x1.ef35793c76730p-45")  # and the rest
ROUND = 1.5 * 2.0**52  # adding it leaves the nearest integer in the low bits
ROUND_BITS = int(np.float64(ROUND).view(np.int64))
BIAS = 1023
RAISE = 1022  # makes the binary exponent of every normal number positive
SQRT_HALF_BITS = int(np.float64(math.sqrt(0.5)).view(np.int64))
EXP_LIMIT = 708.0  # beyond it the result is that at the limit

E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13 = (1.0 / math.factorial(k) for k in range(2, 14))
S3, S5, S7, S9, S11, S13, S15, S17 = (
    (-1.0) ** (k // 2) / math.factorial(k) for k in range(3, 18, 2)
)
L3, L5, L7, L9, L11, L13, L15, L17, L19 = (2.0 / k for k in range(3, 20, 2))


@kernel
def exp(x: float) -> float:
    """e to the power x, within 2 units in the last place for x from -708 to 708."""
    x = EXP_LIMIT if x > EXP_LIMIT else (-EXP_LIMIT if x < -EXP_LIMIT else x)
    shifted = np.float64(x * LOG2_E + ROUND)
    k = shifted - ROUND
    r = fma(k, -LN2_LOW, fma(k, -LN2_HIGH, x))
    r2 = r * r
    r4 = r2 * r2
    low = fma(r2, fma(r, E5, E4), fma(r, E3, E2))
    middle = fma(r2, fma(r, E9, E8), fma(r, E7, E6))
    high = fma(r2, fma(r, E13, E12), fma(r, E11, E10))
    series = 1.0 + fma(r2, fma(r4, fma(r4, high, middle), low), r)
    power = np.int64((shifted.view(np.int64) - ROUND_BITS + BIAS) << 52)
    return series * power.view(np.float64)


@kernel
def log(x: float) -> float:
    """Natural logarithm of a normal positive number, within 2 units in the last place.

    NaN for anything that is not positive and finite.
    """
    guard = x - x if x > 0.0 else math.nan  # zero, or NaN if x is not finite
    bits = np.float64(x).view(np.int64)
    # AVX2 has neither a signed shift nor a conversion of 64 bits: k is kept positive, and
    # becomes a float in the low bits of ROUND
    raised = ((bits - SQRT_HALF_BITS + (RAISE << 52)) >> 52) & 0xFFF
    m = np.int64(bits - ((raised - RAISE) << 52)).view(np.float64)
    k = np.int64(raised + ROUND_BITS).view(np.float64) - (ROUND + RAISE)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    z2 = z * z
    z4 = z2 * z2
    low = fma(z2, fma(z, L9, L7), fma(z, L5, L3))
    high = fma(z4, L19, fma(z2, fma(z, L17, L15), fma(z, L13, L11)))
    series = z * fma(z4, high, low)
    return fma(k, LN2_HIGH, fma(2.0, s, fma(s, series, k * LN2_LOW))) + guard


@kernel
def power(x: float, y: float) -> float:
    """x to the power y for x > 0, within 2 + 3 abs(y log x) units in the last place."""
    return exp(y * log(x))


@kernel
def sin(x: float) -> float:
    """Sine of x from -pi / 4 to pi / 4, within 1 unit in the last place."""
    z = x * x
    z2 = z * z
    low = fma(z2, fma(z, S9, S7), fma(z, S5, S3))
    high = fma(z2, fma(z, S17, S15), fma(z, S13, S11))
    return fma(x * z, fma(z2 * z2, high, low), x)
