# Constants in parts of op/activation.hpp. Run: python3 activation.py
from minimax import mp, parts, rounded

if __name__ == "__main__":
    scale, alpha = mp.mpf("1.0507009873554804934193349852946"), mp.mpf("1.6732632423543772848170429916717")
    slope = 2 * mp.sqrt(2 / mp.pi)
    for bits in (24, 53):  # the sixth for both, the others for doubles
        below = mp.floor(mp.ldexp(scale, bits - 1)) / 2 ** (bits - 1)  # so the rest is positive
        parts(f"{bits} bits, selu's scale", below, bits)
        parts(f"{bits} bits, its rest", scale - below, bits)
        parts(f"{bits} bits, selu's scale times alpha", scale * alpha, bits, bits)
        parts(f"{bits} bits, gelu_tanh's 2 sqrt(2 / pi)", slope, bits, bits)
        parts(f"{bits} bits, gelu_tanh's cube", slope * mp.mpf("0.044715"), bits, bits)
        parts(f"{bits} bits, 1/6", mp.mpf(1) / 6, bits, bits)
