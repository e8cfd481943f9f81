#!/usr/bin/env python3
# Prints random arrays with the library and with NumPy 1.24 and compares every byte.
#
# usage: print_against_numpy.py PRINT_NPY [SEED]
#
# PRINT_NPY is the test program that prints an .npy file. Arrays are written by NumPy, so a difference is one of
# printing or of reading. Says 'N passed, M failed'; exit status 1 on any difference, 77 (skipped) without NumPy 1.24.
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    np = None

FLOATS = ["f4", "f8"]
SPECIALS = [np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0] if np else []


def random_shape(rng, rank, most):
    """A shape of at most about `most` elements; one in twelve is empty."""
    shape = []
    for _ in range(rank):
        shape.append(int(rng.integers(1, max(2, int(most ** (1 / rank)) + 2))))
    if rank and rng.random() < 1 / 12:
        shape[rng.integers(rank)] = 0
    return tuple(shape)


def random_floats(rng, shape, kind):
    """Floating-point values of one of the styles that printing treats differently."""
    size = shape
    if kind == "moderate":
        return rng.normal(size=size) * 10.0 ** rng.integers(-3, 7)
    if kind == "rounded":
        return np.round(rng.normal(size=size) * 100, int(rng.integers(0, 4)))
    if kind == "whole":
        return rng.integers(-10 ** int(rng.integers(1, 9)), 10 ** int(rng.integers(1, 9)), size=size).astype("f8")
    if kind == "magnitudes":
        return rng.normal(size=size) * 10.0 ** rng.integers(-44, 38, size=size)
    if kind == "near_1e8":
        return 1e8 + rng.integers(-40, 40, size=size) * 10.0 ** rng.integers(-3, 2)
    if kind == "near_1e-4":
        return 1e-4 * (1 + rng.integers(-3, 4, size=size) * 1e-7)
    if kind == "ratio":
        return rng.choice([1, 999.9999, 1000, 1000.0001, 1000.00006, 1.5, 2], size=size) * 10.0 ** rng.integers(-3, 3)
    if kind == "ties":
        return rng.integers(-2 ** 12, 2 ** 12, size=size) * 2.0 ** -int(rng.integers(1, 14)) + rng.integers(0, 1000)
    if kind == "powers":
        return 2.0 ** rng.integers(-149, 127, size=size)
    if kind == "extreme":
        return rng.normal(size=size) * 10.0 ** rng.integers(-320, 307, size=size)
    if kind == "subnormal":
        return rng.integers(0, 1000, size=size) * 1.401298464324817e-45
    if kind == "only_special":
        return rng.choice(SPECIALS, size=size)
    raise ValueError(kind)


KINDS = ["moderate", "rounded", "whole", "magnitudes", "near_1e8", "near_1e-4", "ratio", "ties", "powers", "extreme", "subnormal",
         "only_special", "bits"]


def random_array(rng, kind, dtype, shape):
    """An array; sometimes some of its elements are special values."""
    with np.errstate(all="ignore"):
        if kind == "bits":
            count = int(np.prod(shape))
            words = rng.integers(0, 2 ** 32, size=count * (np.dtype(dtype).itemsize // 4), dtype="u4")
            made = words.view(dtype).reshape(shape)
        else:
            made = np.asarray(random_floats(rng, shape, kind)).astype(dtype).reshape(shape)
        if made.size and rng.random() < 0.25:
            where = rng.integers(0, made.size, size=int(rng.integers(1, 4)))
            made = made.copy()
            made.reshape(-1)[where] = rng.choice(SPECIALS, size=where.size)
    return made


def small_and_large(rng, make):
    """Arrays of all ranks, below and above the size at which they are summarised."""
    for rank in range(5):
        for most in (3, 12, 60, 900, 3000):
            if rank or most == 3:
                yield make(random_shape(rng, rank, most))


def arrays(rng):
    """All arrays to compare."""
    for kind in KINDS:
        for dtype in FLOATS:
            yield from small_and_large(rng, lambda shape: random_array(rng, kind, dtype, shape))
            for _ in range(6):
                yield random_array(rng, kind, dtype, ())
                yield random_array(rng, kind, dtype, (int(rng.integers(1, 6)),))
    for dtype, low, high in (("u1", 0, 256), ("i4", -2 ** 31, 2 ** 31), ("i4", -5, 100), ("?", 0, 2)):
        for _ in range(3):
            yield from small_and_large(rng, lambda shape: np.asarray(rng.integers(low, high, size=shape)).astype(dtype).reshape(shape))
    yield from edges()


def edges():
    """Arrays at which printing goes wrong, one by one."""
    for dtype in FLOATS:
        for exponent in range(-149, 128):
            yield np.array([2.0 ** exponent], dtype)
        for exponent in range(-30, 31):
            yield np.array([10.0 ** exponent, 3 * 10.0 ** exponent], dtype)
            yield np.array(10.0 ** exponent, dtype)
        for values in ([99999992, 1.5], [99999999.99999999], [1e8], [9999.99999999999, 1], [0.0001, 0.1], [0.00009999, 0.1], [0.0], [-0.0],
                       [1e-10, 1.2345678e10], [1e-10, 1.23456789e10], [np.nan, 1], [np.inf, 1], [-np.inf, 1], [np.nan], [np.inf], [-np.inf],
                       [1.5, -np.inf, 1e10], [1e-45, 1], [1125899906842624.25, 1], [0.5, 1.5, 2.5], [0.123456785, 0.123456775]):
            yield np.array(values, dtype)
        for special in SPECIALS:
            yield np.array(special, dtype)
        yield np.linspace(0, 1, 1000).astype(dtype)
        yield np.linspace(0, 1, 1001).astype(dtype)
    for shape in ((0,), (0, 3), (3, 0), (2, 0, 3), (1000,), (1001,), (7, 143), (7, 144), (6, 167), (2000, 1), (1, 2000), (1, 1, 1, 1001),
                  (6, 6, 6, 6), (7, 7, 7, 7), (5, 5, 41), (41, 5, 5), (2, 2, 2, 2, 2, 2), (1,) * 16, (2,) * 11, (1, 1, 8, 1, 1, 200), (300, 4, 5)):
        count = int(np.prod(shape))
        yield np.arange(count, dtype="i4").reshape(shape)
        yield (np.arange(count) / 7).astype("f4").reshape(shape)
        yield (np.arange(count) % 3 == 0).reshape(shape)
    for width in range(1, 80):
        yield np.full(width, 7, "i4")
    yield np.array([np.iinfo("i4").min, np.iinfo("i4").max], "i4")


def printed(program, file):
    """What the library prints, or its complaint."""
    run = subprocess.run([program, file], capture_output=True, timeout=60)
    return run.stdout.decode() if run.returncode == 0 else "exit %d: %s" % (run.returncode, run.stderr.decode())


def main():
    if np is None or not np.__version__.startswith("1.24."):
        print("skipped: NumPy 1.24 is not installed")
        return 77
    program = os.path.abspath(sys.argv[1])
    rng = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 20240229)
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "array.npy")
        for array in arrays(rng):
            np.save(file, array)
            expected = str(array) + "\n"
            got = printed(program, file)
            if got == expected:
                passed += 1
                continue
            failed += 1
            if failed <= 10:
                print("%s %s\nNumPy prints\n%sand not\n%s" % (array.dtype, array.shape, expected, got))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


sys.exit(main())
