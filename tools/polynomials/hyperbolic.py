# Coefficients of op/hyperbolic.hpp (sinh) and op/inverse_hyperbolic.hpp. Run: python3 hyperbolic.py
#
# sinh x = x + x^3 P(x^2) below 1; asinh x = x - x^3 P(x^2) below 1/2; atanh s = s + s^3 Q(s^2) for |s| <= 0.26, which
# serves logarithms, too; acosh (1 + e) = sqrt(2 e) (1 - e R(e)) for e <= 1/2. Weighted with the relative error each makes.
from minimax import mp, parts, show

tiny = mp.mpf(10) ** -30


def sinh(t):
    return (mp.sinh(mp.sqrt(t)) - mp.sqrt(t)) / mp.sqrt(t) ** 3 if t > tiny else mp.mpf(1) / 6


def asinh(t):
    return (mp.sqrt(t) - mp.asinh(mp.sqrt(t))) / mp.sqrt(t) ** 3 if t > tiny else mp.mpf(1) / 6


def atanh(t):
    return (mp.atanh(mp.sqrt(t)) - mp.sqrt(t)) / mp.sqrt(t) ** 3 if t > tiny else mp.mpf(1) / 3


def acosh(e):
    return (1 - mp.acosh(1 + e) / mp.sqrt(2 * e)) / e if e > tiny else mp.mpf(1) / 12


if __name__ == "__main__":
    show("sinh, 53 bits, P", sinh, 0, 1, 7, 53, w=lambda t: t)
    show("asinh, 53 bits, P", asinh, 0, 0.25, 10, 53, w=lambda t: t)
    for bits, degree in ((32, 3), (53, 8)):
        show(f"atanh, {bits} bits, Q", atanh, 0, 0.0676, degree, 53, w=lambda t: t)
    show("acosh, 53 bits, R", acosh, 0, 0.5, 10, 53, w=lambda e: e)
    parts("ln2", mp.log(2), 40, 53)
    parts("ln2 / 2", mp.log(2) / 2, 40, 53)
