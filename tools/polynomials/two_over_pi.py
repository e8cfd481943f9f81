#!/usr/bin/env python3
"""Constants of the argument reduction in op/trigonometric.hpp: run python3 two_over_pi.py (needs mpmath).

pi/2 in three parts for the common way, the first two short enough that the products and differences with them are exact;
2/pi in five parts of 29 bits and a rest, whose products with a float are exact as doubles, for large floats;
2/pi in signed digits of 26 bits, whose products with the halves of a double are exact, for large doubles.
"""

from mpmath import floor, frexp, ldexp, mp, mpf, nint, pi

mp.prec = 3000


def rounded(value, bits):
    mantissa, exponent = frexp(value)
    return ldexp(nint(ldexp(mantissa, bits)), exponent - bits)


def cut(value, lowest_bit, rounding):
    return ldexp(rounding(ldexp(value, lowest_bit)), -lowest_bit)


def show(name, values):
    print(name)
    for value in values:
        print("   ", float(value).hex())


for name, bits, first_bit, second_bit, rounding in (("f32", 24, 22, 34, floor), ("f64", 53, 52, 86, nint)):
    first = cut(pi / 2, first_bit, rounding)  # below pi/2, so that the second part is positive
    second = cut(pi / 2 - first, second_bit, nint)
    show("pi/2 for " + name, (first, second, rounded(pi / 2 - first - second, bits)))

show("pi/2 in two doubles", (rounded(pi / 2, 53), rounded(pi / 2 - rounded(pi / 2, 53), 53)))
show("2/pi rounded", (rounded(2 / pi, 24), rounded(2 / pi, 53)))

rest, parts = 2 / pi, []
for place in range(29, 146, 29):
    parts.append(cut(rest, place, floor))
    rest -= parts[-1]
show("2/pi in parts of 29 bits", parts + [rounded(rest, 53)])

print("2/pi in digits of 26 bits, the first two for 2^26 and 1")
rest, digits = 2 / pi, [0]
for place in range(0, 26 * 46, 26):
    digits.append(int(nint(ldexp(rest, place))))
    rest -= ldexp(digits[-1], -place)
assert all(abs(digit) <= 2**25 for digit in digits)
for row in range(0, len(digits), 12):
    print("   ", ", ".join(str(digit) for digit in digits[row : row + 12]) + ",")
