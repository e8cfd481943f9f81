#!/usr/bin/env python3
"""Compile time of user code, side by side with Eigen.

Writes translation units with the same array expressions in both libraries, compiles them in turns, and prints the
median seconds and the ratio. Usage: bench/compile_time.py [--compiler g++] [--rounds 5]
"""
import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = ["-std=c++20", "-O2", "-march=native", "-c"]

# Twenty expressions of different types over the same four operands: the n-th is the first n % 5 + 1 pieces, in an
# order that depends on n. Each piece exists in both libraries.
PIECES = ["({x} * w + b)", "({x} - c) * a", "max({x}, b)", "sqrt({x}) + c", "min({x}, w) * b"]


def expression(number):
    text = "a"
    for step in range(number % 5 + 1):
        text = PIECES[(number + step * (number // 5 + 1)) % len(PIECES)].format(x=text)
    return text


def for_eigen(text):
    while True:  # max(x, y) becomes (x).max(y)
        for name in ("max", "min", "sqrt"):
            at = text.find(f" {name}(") + 1 if f" {name}(" in text else text.find(f"{name}(")
            if at >= 0 and (at == 0 or text[at - 1] in " ("):
                end, depth, comma = at + len(name) + 1, 1, -1
                while depth:
                    depth += {"(": 1, ")": -1}.get(text[end], 0)
                    if text[end] == "," and depth == 1:
                        comma = end
                    end += 1
                inside = text[at + len(name) + 1 : end - 1]
                if comma < 0:
                    new = f"({inside}).sqrt()"
                else:
                    cut = comma - at - len(name) - 1
                    new = f"({inside[:cut]}).{name}({inside[cut + 1:].strip()})"
                text = text[:at] + new + text[end:]
                break
        else:
            return text


def for_onepass(text):
    return text.replace("max(", "op::maximum(").replace("min(", "op::minimum(").replace("sqrt(", "op::sqrt(")


def unit(library, count):
    lines = []
    if library == "eigen":
        lines.append("#include <Eigen/Core>\nusing array = Eigen::ArrayXf;")
    else:
        lines.append("#include <onepass/onepass.hpp>\nnamespace op = onepass;\nusing array = op::array<float>;")
    convert = for_eigen if library == "eigen" else for_onepass
    for number in range(count):
        text = convert(expression(number))
        lines.append(f"void f{number}(array& y, const array& a, const array& w, const array& b, const array& c) {{ y = {text} + (c - w); (void)b; }}")
    return "\n".join(lines) + "\n"


def seconds(compiler, library, count, folder):
    source = folder / f"{library}{count}.cpp"
    if not source.exists():
        source.write_text(unit(library, count))
    include = ["-isystem", "/usr/include/eigen3"] if library == "eigen" else ["-I", str(ROOT / "include")]
    start = time.perf_counter()
    subprocess.run([compiler, *FLAGS, *include, str(source), "-o", str(folder / "out.o")], check=True)
    return time.perf_counter() - start


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--compiler", default="g++")
    arguments.add_argument("--rounds", type=int, default=5)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        print(f"{chosen.compiler} {' '.join(FLAGS)}, median of {chosen.rounds} rounds")
        print(f"{'expressions':>12} {'onepass s':>10} {'eigen s':>10} {'ratio':>7}")
        for count in (1, 20):
            times = {"onepass": [], "eigen": []}
            for _ in range(chosen.rounds):
                for library, list_of in times.items():
                    list_of.append(seconds(chosen.compiler, library, count, folder))
            ratio = statistics.median(o / e for o, e in zip(times["onepass"], times["eigen"]))
            print(f"{count:>12} {statistics.median(times['onepass']):>10.2f} {statistics.median(times['eigen']):>10.2f} {ratio:>7.2f}")


if __name__ == "__main__":
    main()
