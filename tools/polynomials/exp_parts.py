# Coefficients of op/exponential_parts.hpp. Run: python3 exp_parts.py
#
# e^r = 1 + r + r^2 G(r) for |r| <= ln2 / 2, weighted with the relative error it makes in e^r.
from minimax import mp, parts, show

if __name__ == "__main__":
    ln2 = mp.log(2)
    bound = ln2 / 2 * mp.mpf("1.004")
    g = lambda r: (mp.exp(r) - 1 - r) / r**2 if abs(r) > mp.mpf(10) ** -20 else mp.mpf(1) / 2
    for bits, degree in ((24, 4), (53, 9)):
        show(f"{bits} bits, G", g, -bound, bound, degree, bits, w=lambda r: r * r / mp.exp(r))
    parts("24 bits, ln2", ln2, 16, 24)
    parts("53 bits, ln2", ln2, 40, 53)
    parts("24 bits, 1/ln2", 1 / ln2, 24)
    parts("53 bits, 1/ln2", 1 / ln2, 53)
