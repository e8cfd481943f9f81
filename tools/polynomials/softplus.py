# Coefficients of softplus and log_sigmoid in op/activation.hpp. Run: python3 softplus.py
#
# log(1 + u) = u - u^2/2 + u^3/2 L(u) for u = e^-|x| in [0, 1], weighted with the relative error it makes;
# a polynomial in u - 1/2, so that its terms are small.
from minimax import mp, show


def cubic(u):
    return mp.mpf(2) / 3 - u / 2 if u < mp.mpf(10) ** -25 else 2 * (mp.log1p(u) - u + u * u / 2) / u**3


if __name__ == "__main__":
    half = mp.mpf(1) / 2
    for bits, degree in ((24, 8), (53, 19)):
        weight = lambda v: (v + half) ** 3 / 2 / mp.log1p(v + half) if v > -half else mp.mpf(0)
        show(f"{bits} bits, L", lambda v: cubic(v + half), -half, half, degree, bits, w=weight)
