# Coefficients of op/exponential_parts.hpp. Run: python3 exp_parts.py
#
# e^r = 1 + r + r^2 G(r) for |r| <= ln2 / 2, weighted with the relative error it makes in e^r; degree 4 for
# floats evaluated in doubles.
from minimax import mp, parts, show

if __name__ == "__main__":
    ln2 = mp.log(2)
    bound = ln2 / 2 * mp.mpf("1.004")
    g = lambda r: (mp.exp(r) - 1 - r) / r**2 if abs(r) > mp.mpf(10) ** -20 else mp.mpf(1) / 2
    for degree in (4, 9):
        show(f"degree {degree}, G", g, -bound, bound, degree, 53, w=lambda r: r * r / mp.exp(r))
    parts("ln2", ln2, 40, 53)
    parts("1/ln2", 1 / ln2, 53)
