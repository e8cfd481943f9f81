#!/usr/bin/env python3
# Evaluates formulas with the command line tool on files that NumPy saved and compares the results with NumPy's own: bit
# for bit what IEEE 754 or integer arithmetic defines, exp and its kin within the ulps that are promised, the printed
# form byte for byte. And makes mistakes of every kind: each must end in exit status 2, a message, and no output file.
#
# usage: tool_against_numpy.py ONEPASS [SEED]
#
# ONEPASS is the tool. Says 'N passed, M failed'; exit status 1 on any failure, 77 (skipped) without NumPy.
import os
import re
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy as np
except ImportError:
    np = None

IN_MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # disks are slow to say that they have a file
ENGINES = ["automatic", "compiled", "interpreted"]


class Tool:
    """Runs the tool in a folder of its own, and counts what holds."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.passed = self.failed = 0

    def run(self, *arguments, **environment):
        return subprocess.run([self.program, *arguments], cwd=self.folder, capture_output=True, timeout=60,
                              env={**os.environ, **environment})

    def check(self, holds, complaint):
        if holds:
            self.passed += 1
            return
        self.failed += 1
        if self.failed <= 10:
            print(complaint)

    def path(self, name):
        return os.path.join(self.folder, name)

    def save(self, name, array, version=None):
        with open(self.path(name), "wb") as out, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            np.lib.format.write_array(out, array, version=version)

    def value(self, formula, given, *options):
        """What the tool writes for a formula, or its complaint."""
        for name, array in given.items():
            if isinstance(array, np.ndarray):
                self.save(name + ".npy", array)
        values = ["%s=%s" % (name, name + ".npy" if isinstance(v, np.ndarray) else v) for name, v in given.items()]
        if os.path.exists(self.path("y.npy")):
            os.remove(self.path("y.npy"))
        run = self.run("eval", formula, *values, "-o", "y.npy", *options)
        if run.returncode != 0 or run.stdout or run.stderr:
            return "exit %d: %s%s" % (run.returncode, run.stdout.decode(), run.stderr.decode())
        return np.load(self.path("y.npy"))

    def compare(self, formula, given, expected, same, *options):
        got = self.value(formula, given, *options)
        if isinstance(got, str):
            self.check(False, "%s: %s" % (formula, got))
            return
        alike = got.dtype == expected.dtype and got.shape == expected.shape
        self.check(alike and same(got, expected), "%s %s: %s %s\n%s\nand not %s %s\n%s" % (
            formula, options, got.dtype, got.shape, got, expected.dtype, expected.shape, expected))


def same_bits(a, b):
    """Bit by bit, or both NaN."""
    a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
    if a.dtype.kind != "f":
        return bool((a == b).all())
    bits = "u%d" % a.dtype.itemsize
    return bool(((a.view(bits) == b.view(bits)) | (np.isnan(a) & np.isnan(b))).all())


def within_ulps(ulps):
    """Against an expectation in a wider type: at most so many ulps of the narrower type away."""
    def same(got, exact):
        finite = np.isfinite(exact)
        spacing = np.spacing(np.abs(exact).astype(got.dtype))
        near = np.abs(got.astype(exact.dtype) - exact) <= ulps * spacing
        return bool((near | ~finite | ~np.isfinite(spacing)).all())
    return same


def sample(rng, dtype, shape):
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng.integers(0, 2, size=shape).astype(dtype)
    if dtype.kind in "ui":
        limits = np.iinfo(dtype)
        return rng.integers(limits.min, limits.max, size=shape, endpoint=True, dtype=dtype.newbyteorder("=")).astype(dtype)
    with np.errstate(over="ignore"):
        made = (rng.normal(size=shape) * 10.0 ** rng.integers(-6, 7, size=shape)).astype(dtype)
    made.reshape(-1)[rng.integers(0, made.size, size=3)] = [np.nan, np.inf, -np.inf]
    return made


def truncated_quotient(a, b):
    """Towards zero, exact for 64 bits; by zero it is 0, and the smallest number by -1 itself."""
    divisor = np.where(b == 0, 1, b).astype(b.dtype)
    floor = np.floor_divide(a, divisor)
    up = (floor < 0) & (floor * divisor != a)
    return np.where(b == 0, 0, floor + up.astype(a.dtype)).astype(a.dtype)


def arithmetic(tool, rng):
    """What has one right answer, in all element types and broadcasts, by every engine."""
    formulas = {
        "f4 f8": {
            "a+b": lambda a, b: a + b, "a-b": lambda a, b: a - b, "a*b": lambda a, b: a * b, "a/b": lambda a, b: a / b,
            "a*b+0.1": lambda a, b: a * b + a.dtype.type(0.1), "sqrt(a)-b": lambda a, b: np.sqrt(a) - b,
            "minimum(a, b)": np.minimum, "maximum(a, b)": np.maximum, "-abs(a)*b": lambda a, b: -np.abs(a) * b,
            "floor(a)+round(b)": lambda a, b: np.floor(a) + np.rint(b), "clip(a, -1, 1)*b": lambda a, b: np.clip(a, -1, 1) * b,
            "where(a<b, a, b)": lambda a, b: np.where(a < b, a, b), "relu(a)+b": lambda a, b: np.maximum(a, 0) + b,
            "a>=b": lambda a, b: a >= b, "a!=b": lambda a, b: a != b},
        "i1 i2 i4 i8 u1 u2 u4 u8": {
            "a+b": lambda a, b: a + b, "a-b*3": lambda a, b: a - b * a.dtype.type(3), "-a+b": lambda a, b: -a + b,
            "minimum(a, b)": np.minimum, "maximum(a, b)": np.maximum, "a<b": lambda a, b: a < b, "a==b": lambda a, b: a == b,
            "a/b": truncated_quotient, "floor_divide(a, b)": lambda a, b: np.floor_divide(a, b), "remainder(a, b)": lambda a, b: np.remainder(a, b)},
        "?": {
            "where(a, b, true)": lambda a, b: ~a | b,
            "where(a, 1, 2)+where(b, 10, 20)": lambda a, b: (np.where(a, 1, 2) + np.where(b, 10, 20)).astype("i4"),
            "f32(a)-f64(b)": lambda a, b: a.astype("f4") - b.astype("f8"), "u8(a)+i32(b)": lambda a, b: a.astype("u1") + b.astype("i4")},
    }
    shapes = [((1000, 31), (31,)), ((7, 1, 5), (1, 6, 5)), ((257,), (257,))]
    with np.errstate(all="ignore"):
        for dtypes, expected in formulas.items():
            for dtype in dtypes.split():
                for index, (formula, numpy) in enumerate(expected.items()):
                    a, b = (sample(rng, dtype, shape) for shape in shapes[index % len(shapes)])
                    for engine in ENGINES[1:]:
                        tool.compare(formula, {"a": a, "b": b}, numpy(a, b), same_bits, "--engine", engine)
        a, w = sample(rng, "f4", (300, 40)), sample(rng, "f4", 40)
        expected = np.maximum(a * w, 0) + np.float32(0.5)
        for isa in ("baseline", "avx2", "avx512"):
            tool.compare("relu(a*w)+b", {"a": a, "w": w, "b": "0.5"}, expected, same_bits, "--isa", isa, "--threads", "1")
        tool.compare("a*d", {"a": a, "d": a.astype("f8")}, a * a.astype("f8"), same_bits)


def functions(tool, rng):
    x = rng.uniform(-20, 20, size=5000)
    for dtype, wide, ulps in (("f4", "f8", 1), ("f8", "g", 2)):
        a = x.astype(dtype)
        for formula, numpy in {"exp(a)": np.exp, "tanh(a)": np.tanh, "sigmoid(a)": lambda v: 1 / (1 + np.exp(-v))}.items():
            got = tool.value(formula, {"a": a})
            good = not isinstance(got, str) and got.dtype == a.dtype and within_ulps(ulps)(got, numpy(a.astype(wide)))
            tool.check(good, "%s of %s is not within %d ulps: %s" % (formula, dtype, ulps, got))


def reductions(tool, rng):
    """Of small whole numbers, whose sums are exact in any order."""
    for dtype in ("f4", "f8"):
        x = rng.integers(-50, 50, size=(60, 77)).astype(dtype)
        for engine in ENGINES[1:]:
            for formula, expected in {
                "sum(x)": x.sum(), "max(x)": x.max(), "sum(x, axis=-1)": x.sum(-1), "max(x, axis=1)": x.max(-1),
                "x - max(x, axis=-1, keepdims=true)": x - x.max(-1, keepdims=True), "sum(x*x + 1)": (x * x + 1).sum(),
                "sum(x, axis=-1) * 2": x.sum(-1) * 2, "max(x, axis=-1) + sum(x)": x.max(-1) + x.sum(),
            }.items():
                tool.compare(formula, {"x": x}, np.array(expected, dtype), same_bits, "--engine", engine)


def layouts(tool, rng):
    """Files in every order of bytes, of dimensions, and of every version."""
    for dtype in ("?", "u1", "i1", "<i4", ">i4", ">i2", "<u2", ">u4", "<i8", ">u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"):
        for shape in ((), (5,), (6, 7), (3, 1, 5)):
            for order in "CF":
                for version in ((1, 0), (2, 0), (3, 0)):
                    x = np.array(np.resize(sample(rng, dtype, 20), shape), order=order)
                    tool.save("in.npy", x, version)
                    same = "f16(x)" if dtype.endswith("f2") else "x"  # which are computed with as f32
                    run = tool.run("eval", same, "x=in.npy", "-o", "out.npy")
                    got = np.load(tool.path("out.npy")) if run.returncode == 0 else None
                    native = x.astype(x.dtype.newbyteorder("<"))
                    tool.check(got is not None and got.dtype == native.dtype and got.shape == x.shape and same_bits(got, native),
                               "%s %s %s %s: %s %s" % (dtype, shape, order, version, got, run.stderr.decode()))
    a, f = sample(rng, "<f4", (50, 60)), np.asfortranarray(sample(rng, ">f4", (50, 60)))
    with np.errstate(all="ignore"):
        tool.compare("a*f+a", {"a": a, "f": f}, a * f.astype("<f4") + a, same_bits)


def printing(tool, rng):
    arrays = [rng.normal(size=(3, 4)).astype("f4"), rng.normal(size=(1000, 3)), np.arange(2000, dtype="i4"), np.array(2.5), rng.normal(size=30) * 1e9,
              np.zeros((0, 3), "f4"), rng.integers(0, 2, size=(3, 20)) == 1, np.arange(24, dtype="u1").reshape(2, 3, 4)]
    for x in arrays:
        tool.save("x.npy", x)
        run = tool.run("eval", "x", "x=x.npy")
        tool.check(run.returncode == 0 and run.stdout.decode() == str(x) + "\n", "printed:\n%s\nand not\n%s" % (run.stdout.decode(), x))


def reports(tool):
    run = tool.run("eval", "x*2", "x=x.npy", "--time", "-o", "y.npy")
    timed = re.search(r"best +[\d.]+ ms +[\d.]+ GB/s", run.stderr.decode())
    tool.check(run.returncode == 0 and not run.stdout and timed, "--time: %s" % run.stderr)
    run = tool.run("explain", "relu(a*w)+b", "a=f32[1000,1000]", "w=f32[1000]", "b=f32")
    tool.check(run.returncode == 0 and b"4,004,000 read, 4,000,000 written" in run.stdout, "explain: %s %s" % (run.stdout, run.stderr))
    longer = tool.run("explain", "relu(a*w)+b", "a=f32[1000,1000]", "w=f32[1000]", "b=f32", "--asm")
    tool.check(longer.stdout.startswith(run.stdout) and b"stage 0" in longer.stdout, "explain --asm: %s" % longer.stdout)
    run = tool.run("list")
    rows = [line.split() for line in run.stdout.decode().splitlines()]
    tool.check(run.returncode == 0 and rows and rows[0][:3] == ["name", "of", "operands"], "list: %s %s" % (run.stdout[:200], run.stderr))
    for beginning in (["add", "elements", "2", "numbers", "same"], ["softmax", "rows", "1", "floats"], ["sum", "reduction", "1"]):
        tool.check(any(row[:len(beginning)] == beginning for row in rows), "list has no row %s" % beginning)
    run = tool.run("info")
    for word in (b"version", b"instruction set", b"caches", b"threads", b"generated code"):
        tool.check(run.returncode == 0 and word in run.stdout, "info: %s" % run.stdout)


def mistakes(tool):
    """Each is refused with a message that holds the expected words, and leaves no file behind."""
    good = np.arange(6, dtype="f4").reshape(2, 3)
    for name, array in {"a": good, "i": good.astype("i4"), "c": good.astype("c8"), "h": good.astype("U3"), "l": good.astype("M8[s]"),
                        "w": np.ones(2, "f4"), "wide": np.zeros((100000, 1), "f4")}.items():
        tool.save(name + ".npy", array)
    with open(tool.path("a.npy"), "rb") as file:
        whole = file.read()
    damaged = {"empty": b"", "short": whole[:-1], "header": whole[:40], "noise": b"\x93NUMPY" + bytes(range(256)),
               "lies": whole.replace(b"(2, 3)", b"(9, 9)"), "huge": whole.replace(b"(2, 3), }        ", b"(9999999999, 9), }"),
               "overflow": whole.replace(b"(2, 3), }                        ", b"(4294967296, 4294967296, 16), }  "),
               "negative": whole.replace(b"(2, 3), ", b"(2, -3),")}
    for name, content in damaged.items():
        assert content != whole
        with open(tool.path(name + ".npy"), "wb") as file:
            file.write(content)
    cases = [(["a+", "a=a.npy"], "column 3"), (["(" * 100000, "a=a.npy"], "nested deeper"), (["a" + "+a" * 60000, "a=a.npy"], "operations"),
             (["rellu(a)", "a=a.npy"], "did you mean 'relu'?"), (["a*b", "a=a.npy"], "nothing is bound to 'b'"), (["a", "a=a.npy", "b=1"], "'b'"),
             (["a", "a=missing.npy"], "missing.npy: cannot be read"), (["a", "a=."], "not a regular file"), (["a+w", "a=a.npy", "w=w.npy"], "(2,)"),
             (["a+i", "a=a.npy", "i=i.npy"], "f32 and i32"), (["i*0.5", "i=i.npy"], "i32"), (["a", "a=c.npy"], "<c8"), (["a", "a=h.npy"], "<U3"),
             (["a", "a=l.npy"], "<M8"), (["a", "a=f32[3]"], "description"), (["a", "a=f32"], "description"), (["a", "a"], "name=value"),
             (["a", "=1"], "name=value"), (["a", "a="], "value"), (["a", "a=1e999"], "out of range"), (["a", "a=1", "a=2"], "twice"),
             (["a", "a=a.npy", "--engine", "fused"], "fused"), (["a", "a=a.npy", "--engine", "none"], "none"),
             (["a", "a=a.npy", "--isa", "sse"], "sse"), (["a", "a=a.npy", "--threads", "0"], "threads"), (["a", "a=a.npy", "--frob"], "--frob"),
             (["", "a=a.npy"], "column 1"),
             (["\xe9", "a=a.npy"], "column 1"), (["sum(a, axis=5)", "a=a.npy"], "axis 5"),
             (["x+sum(y)", "x=wide.npy"], "'y'")]
    cases += [(["a", "a=%s.npy" % name], name + ".npy: ") for name in damaged]
    before = sorted(os.listdir(tool.folder))
    for arguments, words in cases:
        run = tool.run("eval", *arguments, "-o", "result.npy")
        said = run.stderr.decode()
        tool.check(run.returncode == 2 and words in said and not run.stdout, "%s: exit %d: %s" % ([a[:40] for a in arguments], run.returncode, said))
        tool.check(len(said) < 1000, "%d characters of complaint" % len(said))
    tool.check(tool.run("eval", "-2 + b", "b=1").stdout == b"-1\n", "a formula that begins with a sign")
    for output in ("missing/result.npy", ".", "/dev/full", ""):
        run = tool.run("eval", "a", "a=a.npy", "-o", output)
        tool.check(run.returncode == 2 and run.stderr and not run.stdout, "-o %s: exit %d: %s" % (output, run.returncode, run.stderr))
    tool.check(sorted(os.listdir(tool.folder)) == before, "files were left behind: %s" % sorted(os.listdir(tool.folder)))
    for arguments in ([], ["frob"], ["eval"], ["explain", "a"], ["explain", "a", "a=f32[-1]"], ["explain", "a", "a=f32[9999999999,9999999999]"],
                      ["explain", "a", "a=f32[" + "1," * 20 + "1]"], ["info", "more"]):
        run = tool.run(*arguments)
        tool.check(run.returncode == 2 and run.stderr and not run.stdout, "%s: exit %d: %s" % (arguments, run.returncode, run.stdout))
    run = tool.run("eval", "a", "a=a.npy", ONEPASS_ISA="sse")
    tool.check(run.returncode == 2 and b"ONEPASS_ISA" in run.stderr, "ONEPASS_ISA: %s" % run.stderr)
    caret = tool.run("eval", "a * rellu(a)", "a=a.npy").stderr.decode().splitlines()
    tool.check(caret[1:] == ["  a * rellu(a)", "      ^"], "the caret: %s" % caret)


def main():
    if np is None:
        print("skipped: NumPy is not installed")
        return 77
    rng = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 20240229)
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        tool = Tool(os.path.abspath(sys.argv[1]), folder)
        arithmetic(tool, rng)
        functions(tool, rng)
        reductions(tool, rng)
        layouts(tool, rng)
        if np.__version__.startswith("1.24."):  # others print differently
            printing(tool, rng)
        tool.save("x.npy", rng.normal(size=100000))
        reports(tool)
        mistakes(tool)
    print("%d passed, %d failed" % (tool.passed, tool.failed))
    return 1 if tool.failed or not tool.passed else 0


sys.exit(main())
