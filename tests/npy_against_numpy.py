#!/usr/bin/env python3
# Reads files that NumPy saved, writes them again, and compares every byte with NumPy's own file of the same array in
# row-major order and this machine's byte order. NumPy 1.23 or later: earlier ones leave no room in the header.
#
# usage: npy_against_numpy.py PRINT_NPY [SEED]
#
# PRINT_NPY is the test program that copies .npy files. Files that NumPy saves and arrays cannot hold must be refused.
# Says 'N passed, M failed'; exit status 1 on any difference, 77 (skipped) without NumPy.
import os
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy as np
except ImportError:
    np = None

IN_MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # disks are slow to say that they have a file
BATCH = 100  # files that one run of the program copies
DTYPES = ["?", "i1", "u1"] + [order + kind for kind in ("i2", "u2", "f2", "i4", "u4", "f4", "i8", "u8", "f8") for order in "<>"]
SHAPES = [(), (0,), (1,), (7,), (0, 3), (3, 0), (1, 1), (1, 5), (5, 1), (2, 3), (33, 65), (200, 300), (2, 3, 4), (7, 1, 9), (17, 18, 19),
          (4, 0, 2), (2, 3, 4, 5), (9, 8, 7, 6), (1, 2, 1, 3, 1, 2), (2,) * 12, (1,) * 16, (123456,)]
REFUSED = ["g", "c8", "c16", "S3", "U3", "M8[s]", "m8[s]", "V4", [("a", "f4"), ("b", "i4")],
           [("x", "f4", (2,))]]


def random_array(rng, dtype, shape):
    """Any bits: also NaNs with contents, which must come back as they are."""
    kind = np.dtype(dtype)
    count = int(np.prod(shape))
    if kind == np.bool_:
        return rng.integers(0, 2, size=count).astype(kind).reshape(shape)
    return np.frombuffer(rng.bytes(count * kind.itemsize), kind).reshape(shape)


def saved(file, array, version=None):
    """The bytes of the file that NumPy makes."""
    with open(file, "wb") as out, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.lib.format.write_array(out, array, version=version)
    with open(file, "rb") as back:
        return back.read()


def copied(program, sources, copies):
    """The bytes of each copy, or the complaint."""
    pairs = [path for pair in zip(sources, copies) for path in pair]
    run = subprocess.run([program, "copy", *pairs], capture_output=True, timeout=60)
    lines = run.stdout.decode().split("\n")[:-1]
    lines += ["exit %d: %s" % (run.returncode, run.stderr.decode())] * (len(copies) - len(lines))
    for line, copy in zip(lines, copies):
        if line:
            yield line
            continue
        with open(copy, "rb") as back:
            yield back.read()


def read_files(rng):
    """Name, array and format version of files that are read."""
    for dtype in DTYPES:
        for shape in SHAPES:
            for order in "CF":
                for version in ((1, 0), (2, 0), (3, 0)):
                    yield (dtype, shape, order, version), np.array(random_array(rng, dtype, shape), order=order), version


def differences(program, rng, folder):
    """For each file None, or what is wrong with it."""
    sources, copies = ([os.path.join(folder, "%s%d.npy" % (kind, index)) for index in range(BATCH)] for kind in ("source", "copy"))
    files = list(read_files(rng))
    for start in range(0, len(files), BATCH):
        batch = files[start:start + BATCH]
        for (_, array, version), source in zip(batch, sources):
            saved(source, array, version)
        for (name, array, _), got in zip(batch, copied(program, sources[:len(batch)], copies[:len(batch)])):
            wanted = saved(sources[0], array.astype(array.dtype.newbyteorder("<"), order="C"))
            yield None if got == wanted else "%s: %s" % (name, got if isinstance(got, str) else "other bytes")
    for dtype in REFUSED:
        saved(sources[0], np.zeros(3, dtype))
        got = next(copied(program, sources[:1], copies[:1]))
        refused = isinstance(got, str) and "are not supported" in got
        yield None if refused else "%s was not refused: %s" % (dtype, got)


def main():
    if np is None or tuple(map(int, np.__version__.split(".")[:2])) < (1, 23):
        print("skipped: NumPy 1.23 or later is not installed")
        return 77
    program = os.path.abspath(sys.argv[1])
    rng = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 20240229)
    passed = failed = 0
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        for difference in differences(program, rng, folder):
            if difference is None:
                passed += 1
                continue
            failed += 1
            if failed <= 10:
                print(difference)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


sys.exit(main())
