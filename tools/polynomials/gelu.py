# Coefficients of gelu in op/activation.hpp. Run: python3 gelu.py
#
# e^(a^2/2) Phi(-a) = U / (a + k) as in erf.py, where Phi is the distribution function of the normal law.
from erf import tail

if __name__ == "__main__":
    tail("gelu, 24 bits", True, 1, 1.5, 14.5, 9, 24)
    tail("gelu, 53 bits", True, 1, 2, 38.6, 21, 53)
