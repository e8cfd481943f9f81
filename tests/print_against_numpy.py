#!/usr/bin/env python3
# Prints random arrays with the library and with NumPy 1.24 and compares every byte.
#
# usage: print_against_numpy.py PRINT_NPY [SEED]
#
# PRINT_NPY is the test program that prints .npy files. Arrays are written by NumPy, so a difference is one of
# printing or of reading. Says 'N passed, M failed'; exit status 1 on any difference, 77 (skipped) without NumPy 1.24.
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    np = None

IN_MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # disks are slow to say that they have a file
BATCH = 300  # arrays that one run of the program prints
FLOATS = ["f2", "f4", "f8"]
INTEGERS = [("u1", 0, 256), ("i1", -128, 128), ("i2", -2 ** 15, 2 ** 15), ("u2", 0, 2 ** 16), ("i4", -2 ** 31, 2 ** 31), ("i4", -5, 100),
            ("u4", 0, 2 ** 32), ("i8", -2 ** 63, 2 ** 63 - 1), ("?", 0, 2)]
SPECIALS = [float("nan"), -float("nan"), float("inf"), -float("inf"), 0.0, -0.0]

# Values and shapes at which printing goes wrong, one by one.
EDGES = [[99999992, 1.5], [99999999.99999999], [1e8], [9999.99999999999, 1], [0.0001, 0.1], [0.00009999, 0.1], [0.0], [-0.0],
         [1e-10, 1.2345678e10], [1e-10, 1.23456789e10], [1.00000000001, 1e-10], [float("nan"), 1], [float("inf"), 1], [-float("inf"), 1],
         [float("nan")], [float("inf")], [-float("inf")], [1.5, -float("inf"), 1e10], [1e-45, 1], [1125899906842624.25, 1], [0.5, 1.5, 2.5],
         [0.123456785, 0.123456775]]
SHAPES = [(0,), (0, 3), (3, 0), (2, 0, 3), (1000,), (1001,), (7, 143), (7, 144), (6, 167), (2000, 1), (1, 2000), (1, 1, 1, 1001),
          (6, 6, 6, 6), (7, 7, 7, 7), (5, 5, 41), (41, 5, 5), (2, 2, 2, 2, 2, 2), (1,) * 16, (2,) * 11, (1, 1, 8, 1, 1, 200), (300, 4, 5)]


def random_shape(rng, rank, most):
    """A shape of at most about `most` elements; one in twelve is empty."""
    shape = []
    for _ in range(rank):
        shape.append(int(rng.integers(1, max(2, int(most ** (1 / rank)) + 2))))
    if rank and rng.random() < 1 / 12:
        shape[rng.integers(rank)] = 0
    return tuple(shape)


# Floating-point values of the styles that printing treats differently.
STYLES = {
    "moderate": lambda rng, size: rng.normal(size=size) * 10.0 ** rng.integers(-3, 7),
    "rounded": lambda rng, size: np.round(rng.normal(size=size) * 100, int(rng.integers(0, 4))),
    "whole": lambda rng, size: rng.integers(-10 ** int(rng.integers(1, 9)), 10 ** int(rng.integers(1, 9)), size=size),
    "magnitudes": lambda rng, size: rng.normal(size=size) * 10.0 ** rng.integers(-44, 38, size=size),
    "near 1e8": lambda rng, size: 1e8 + rng.integers(-40, 40, size=size) * 10.0 ** rng.integers(-3, 2),
    "near 1e-4": lambda rng, size: 1e-4 * (1 + rng.integers(-3, 4, size=size) * 1e-7),
    "ratio": lambda rng, size: rng.choice([1, 999.9999, 1000, 1000.0001, 1000.00006, 1.5], size=size) * 10.0 ** rng.integers(-3, 3),
    "ties": lambda rng, size: rng.integers(-2 ** 12, 2 ** 12, size=size) * 2.0 ** -int(rng.integers(1, 14)) + rng.integers(0, 1000),
    "powers": lambda rng, size: 2.0 ** rng.integers(-149, 127, size=size),
    "extreme": lambda rng, size: rng.normal(size=size) * 10.0 ** rng.integers(-320, 307, size=size),
    "subnormal": lambda rng, size: rng.integers(0, 1000, size=size) * 1.401298464324817e-45,
    "only special": lambda rng, size: rng.choice(SPECIALS, size=size),
    "any float": lambda rng, size: np.frombuffer(rng.bytes(4 * int(np.prod(size))), "f4"),
    "any double": lambda rng, size: np.frombuffer(rng.bytes(8 * int(np.prod(size))), "f8"),
}


def random_floats(rng, style, dtype, shape):
    """An array of one style; in one of four some elements are special values."""
    with np.errstate(all="ignore"):
        made = np.array(STYLES[style](rng, shape)).astype(dtype).reshape(shape)
    if made.size and rng.random() < 0.25:
        where = rng.integers(0, made.size, size=int(rng.integers(1, 4)))
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
    for style in STYLES:
        for dtype in FLOATS:
            yield from small_and_large(rng, lambda shape: random_floats(rng, style, dtype, shape))
            for _ in range(6):
                yield random_floats(rng, style, dtype, ())
                yield random_floats(rng, style, dtype, (int(rng.integers(1, 6)),))
    for dtype, low, high in INTEGERS * 3:
        yield from small_and_large(rng, lambda shape: np.array(rng.integers(low, high, size=shape)).astype(dtype))
    yield from edges()


def edges():
    """Powers, edge values, edge shapes, all widths of a row."""
    np.seterr(over="ignore")  # large numbers of small types are infinite
    for dtype in FLOATS:
        for exponent in range(-149, 128):
            yield np.array([2.0 ** exponent], dtype)
        for exponent in range(-30, 31):
            yield np.array([10.0 ** exponent, 3 * 10.0 ** exponent], dtype)
            yield np.array(10.0 ** exponent, dtype)
        for values in EDGES + SPECIALS:
            yield np.array(values, dtype)
        for count in (1000, 1001):
            yield np.linspace(0, 1, count).astype(dtype)
    for shape in SHAPES:
        count = int(np.prod(shape))
        yield np.arange(count, dtype="i4").reshape(shape)
        yield (np.arange(count) / 7).astype("f4").reshape(shape)
        yield (np.arange(count) % 3 == 0).reshape(shape)
    for width in range(1, 80):
        yield np.full(width, 7, "i4")
    yield np.array([np.iinfo("i4").min, np.iinfo("i4").max], "i4")


def printed(program, folder, batch):
    """What the library prints for each array, or its complaint."""
    files = []
    for index, array in enumerate(batch):
        files.append(os.path.join(folder, "%d.npy" % index))
        np.save(files[-1], array)
    run = subprocess.run([program, "print", *files], capture_output=True, timeout=60)
    texts = run.stdout.decode().split("\0")[:-1]
    return texts + ["exit %d: %s" % (run.returncode, run.stderr.decode())] * (len(batch) - len(texts))


def main():
    if np is None or not np.__version__.startswith("1.24."):
        print("skipped: NumPy 1.24 is not installed")
        return 77
    program = os.path.abspath(sys.argv[1])
    rng = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 20240229)
    passed = failed = 0
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        everything = list(arrays(rng))
        for start in range(0, len(everything), BATCH):
            batch = everything[start:start + BATCH]
            for array, got in zip(batch, printed(program, folder, batch)):
                if got == str(array):
                    passed += 1
                    continue
                failed += 1
                if failed <= 10:
                    print("%s %s\nNumPy prints\n%s\nand not\n%s" % (array.dtype, array.shape, array, got))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


sys.exit(main())
