"""Exponential and logarithm that the compiler can work on several layers at a time.

A call into the C library keeps a loop over layers from being vectorised and costs more
than the arithmetic around it. These are straight-line arithmetic: argument reduction by
the bits of the number, then the Taylor series. NaN stays NaN.
"""

import math

import numpy as np

from ldas.core.kernel import kernel

LOG2_E = 1.0 / math.log(2.0)
LN2_HIGH = float.fromhex("0x1.62e42fefa3800p-1")  # the first 38 bits of ln 2
LN2_LOW = float.fromhex("0x1.ef35793c76730p-45")  # and the rest
ROUND = 1.5 * 2.0**52  # adding it leaves the nearest integer in the low bits
ROUND_BITS = int(np.float64(ROUND).view(np.int64))
BIAS = 1023
SQRT_HALF_BITS = int(np.float64(math.sqrt(0.5)).view(np.int64))
EXP_LIMIT = 708.0  # beyond it the result is that at the limit

E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13 = (1.0 / math.factorial(k) for k in range(2, 14))
L3, L5, L7, L9, L11, L13, L15, L17, L19 = (2.0 / k for k in range(3, 20, 2))


@kernel
def exp(x: float) -> float:
    """e to the power x, within 2 units in the last place for |x| <= 708."""
    x = EXP_LIMIT if x > EXP_LIMIT else (-EXP_LIMIT if x < -EXP_LIMIT else x)
    shifted = np.float64(x * LOG2_E + ROUND)
    k = shifted - ROUND
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    high = E6 + r * (E7 + r * (E8 + r * (E9 + r * (E10 + r * (E11 + r * (E12 + r * E13))))))
    series = 1.0 + r * (1.0 + r * (E2 + r * (E3 + r * (E4 + r * (E5 + r * high)))))
    power = np.int64((shifted.view(np.int64) - ROUND_BITS + BIAS) << 52)
    return series * power.view(np.float64)


@kernel
def log(x: float) -> float:
    """Natural logarithm of a normal positive number, within 2 units in the last place.

    NaN for anything that is not positive and finite.
    """
    guard = x - x if x > 0.0 else math.nan  # zero, or NaN if x is not finite
    bits = np.float64(x).view(np.int64)
    k = (bits - SQRT_HALF_BITS) >> 52
    m = np.int64(bits - (k << 52)).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    tail = L11 + z * (L13 + z * (L15 + z * (L17 + z * L19)))
    series = z * (L3 + z * (L5 + z * (L7 + z * (L9 + z * tail))))
    return k * LN2_HIGH + (2.0 * s + (s * series + k * LN2_LOW)) + guard
