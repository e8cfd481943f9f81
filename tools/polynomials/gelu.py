# Coefficients of gelu in op/activation.hpp. Run: python3 gelu.py
#
# e^(a^2/2) Phi(-a) = U / (a + k) as in erf.py, where Phi is the distribution function of the normal law.
from erf import short_tail, tail

if __name__ == "__main__":
    short_tail("gelu for float", True, 3, 14.5, 10)
    tail("gelu, 53 bits", True, 1, 2, 38.6, 21, 53)
