# Coefficients of op/error_function.hpp. Run: python3 erf.py
#
# 1. erf x = x + x P(x^2) below 1.
# 2. f32: erf a = c0 + s Q(s), s = a - centre, from 1 to 3.925.
# 3. f64: log2 erfc a = -q(s), s = a - centre, from 1 to 5.93, weighted with the error it makes in erf.
# 4. e^(a^2) erfc a = U / (a + k): U varies little, so its rounding matters little. It is a polynomial in s = a - centre
# near 0 and in t = (a - c) / (a + k) = 1 - turn / (a + k) far from it; for floats, evaluated in doubles, one in 1 / (a + k).
# The constant terms of 2 and 4 cannot be off by luck: the centres are chosen such that they are nearly numbers.
import sys

from minimax import mp, parts, rounded, show


def lucky(f, near, bits):
    """A number of few bits beside `near` where f is almost a number of so many bits."""
    steps = [mp.mpf(near) + mp.mpf(j) / 1024 for j in range(-60, 60)]
    return min(steps, key=lambda c: abs(f(c) - rounded(f(c), bits)) / f(c))


def tail(name, half, k, boundary, largest, degree, bits):
    k = mp.mpf(k)

    def u(a):
        grown = mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2)) / 2 if half else mp.exp(a * a) * mp.erfc(a)
        return grown * (a + k)

    def far(t):
        return u((c + k * t) / (1 - t))

    parts(f"{name}: k", k, bits)
    c = lucky(u, mp.mpf(boundary) / 2, bits)
    parts(f"{name}: centre", c, bits)
    near = show(f"{name}: near", lambda s: u(s + c), -c, boundary - c, degree, bits, w=lambda s: 1 / u(s + c))
    c = lucky(u, 2.5 * boundary, bits)
    parts(f"{name}: turn", k + c, bits)
    low, high = (boundary - c) / (boundary + k), (mp.mpf(largest) - c) / (mp.mpf(largest) + k)
    show(f"{name}: far", far, low, high, degree, bits, w=lambda t: 1 / far(t))


def short_tail(name, half, k, largest, degree):
    def u(i):
        a = 1 / i - k
        return (mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2)) / 2 if half else mp.exp(a * a) * mp.erfc(a)) / i

    show(f"{name}: k = {k}, U", u, 1 / (mp.mpf(largest) + k), 1 / mp.mpf(k), degree, 53, w=lambda i: 1 / u(i))


if __name__ == "__main__":
    ratio = lambda t: mp.erf(mp.sqrt(t)) / mp.sqrt(t) if t else 2 / mp.sqrt(mp.pi)
    for bits, degree, boundary in ((24, 6, 1), (53, 11, 1)):
        show(f"small, {bits} bits, P", lambda t: ratio(t) - 1, 0, boundary**2, degree, bits, w=lambda t: 1 / ratio(t))
    centre = lucky(mp.erf, 2.5, 24)
    parts("large, 24 bits, centre", centre, 24)
    show("large, 24 bits, Q", lambda s: mp.erf(s + centre), 1 - centre, mp.mpf("3.925") - centre, 15, 24)
    q = lambda a: -mp.log(mp.erfc(a), 2)
    centre = lucky(q, 1, 53)
    parts("large, 53 bits, centre", centre, 53)
    weight = lambda s: mp.erfc(s + centre) * mp.log(2)
    show("large, 53 bits, q", lambda s: q(s + centre), 1 - centre, 5.93 - centre, 18, 53, w=weight)
    show("large, 53 bits, 2^-r", lambda r: mp.mpf(2) ** -r, -0.501, 0.501, 11, 53, w=lambda r: mp.mpf(2) ** r)
    short_tail("erfc for float", False, 3, 10.1, 9)
    tail("erfc, 53 bits", False, 0.75, 1.5, 27.3, 21, 53)
