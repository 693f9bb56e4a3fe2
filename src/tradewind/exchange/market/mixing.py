"""Counter-based randomness: a number drawn from a key, the same on every machine and in any order.

``mix`` is the finaliser of splitmix64 (Steele, Lea, Flood 2014): two multiply-xorshift rounds. A
sequence is ``x = mix(x)``; a point is ``mix(seed ^ mix(index))``. Floats below are made only with
+ - * / and comparison, which IEEE 754 fixes to the last bit, so results do not depend on a libm.
"""

from math import ldexp

MASK = (1 << 64) - 1


def mix(x: int) -> int:
    """64 well-mixed bits of a 64-bit number."""
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def key(*parts: int) -> int:
    """One key from several numbers, order matters."""
    x = 0
    for part in parts:
        x = mix(x ^ (part & MASK))
    return x


def text_key(text: str) -> int:
    """A key from a name."""
    return key(*text.encode())


def bell(x: int) -> float:
    """A nearly normal number (mean 0, variance 1, within 3.46) from 64 mixed bits: the sum of four
    16-bit uniforms.
    """
    total = (x & 0xFFFF) + (x >> 16 & 0xFFFF) + (x >> 32 & 0xFFFF) + (x >> 48)
    return (total - 131070) / 37837.2


_LN2 = 0.6931471805599453


def exp(x: float) -> float:
    """The exponential by halving and a Taylor sum: exact enough, and the same everywhere."""
    halvings = int(x / _LN2) if x >= 0 else -int(-x / _LN2)
    x -= halvings * _LN2
    term = total = 1.0
    for n in range(1, 16):
        term = term * x / n
        total += term
    return ldexp(total, halvings)
