#!/usr/bin/python3
"""What may know what: the folders form a strict order, and a file includes only what its line of the table allows.

Run as `layering_test.py Layering` or `layering_test.py Style`; without arguments, both. Needs nothing but Python.
That every header compiles on its own is a matter of the build: see headers/ in tests/CMakeLists.txt.
"""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Each line may include itself and what it names, which stands above it. The outside is what it may touch beside
# the standard library of C++.
TABLE = [
    # folder       may include                                           outside
    ("core",       "",                                                   ""),
    ("ir",         "core",                                               ""),
    ("value",      "core ir",                                            "immintrin.h"),
    ("op",         "core ir value",                                      "boost/hana"),
    ("array",      "core",                                               "sys/single_threaded.h"),
    ("interop",    "core array",                                         "Eigen dlpack"),
    ("plan",       "core ir array",                                      ""),
    ("expression", "core ir value op array",                             ""),
    ("run",        "core ir value op array plan expression",             "xmmintrin.h"),
    ("formula",    "core array run",                                     ""),
    ("onepass",    "core array interop op expression run",               ""),
    ("jit",        "core ir plan",                                       "asmjit fcntl.h sys/mman.h unistd.h"),
    ("lib",        "core ir value op array interop plan expression run formula jit", "tbb cpuid.h emmintrin.h sched.h"),
]
ALLOWED = {folder: set(names.split()) for folder, names, _ in TABLE}
OUTSIDE = {folder: outside.split() for folder, _, outside in TABLE}

# The ways from lib/ into jit/, and the only places that know the libraries they hide.
DOORS = {"code_memory.hpp", "compiler.hpp"}
ONLY_IN = {
    "tbb": {"lib/parallel.cpp"},
    "boost": {"include/onepass/op/registry.hpp"},
    "Eigen": {"include/onepass/interop/eigen.hpp"},
    "dlpack": {"include/onepass/interop/dlpack.hpp"},
    "immintrin.h": {"include/onepass/value/pack_avx2.hpp", "include/onepass/value/pack_avx512.hpp"},
}
# Slow to compile, or with side effects: nothing for a header that everybody includes.
HEAVY = {"iostream", "functional", "regex", "fstream", "sstream", "thread", "future", "filesystem", "random"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def includes_of(text):
    """Pairs of a bracket or quote and a name."""
    return [(match[1], match[2]) for match in INCLUDE.finditer(text)]


def folder_of(path):
    """The line of the table that a path belongs to: of a file, or as it is included."""
    parts = pathlib.PurePosixPath(path.removeprefix("include/")).parts
    if parts[0] != "onepass":
        return parts[0]
    return parts[1] if len(parts) > 2 else "onepass"


def sources(*folders):
    return [(str(path.relative_to(ROOT)), path.read_text())
            for folder in folders for path in sorted((ROOT / folder).rglob("*.?pp"))]


def complaints_about(path, text, siblings):
    """What is wrong with the includes of one file. `siblings`: names of files in lib/ and jit/, by folder."""
    mine = folder_of(path)
    found = []
    for kind, name in includes_of(text):
        if kind == '"':
            if path.startswith("include/"):
                found.append(f"{path}: \"{name}\" instead of <onepass/...>")
            elif name in siblings[mine]:
                pass
            elif not (mine == "lib" and name in DOORS):
                found.append(f"{path}: {mine}/ includes \"{name}\", which is not there and no door to jit/")
        elif name.startswith("onepass/"):
            theirs = folder_of(name)
            if theirs != mine and theirs not in ALLOWED[mine]:
                found.append(f"{path}: {mine} includes {name}")
        elif "/" in name or name.endswith(".h"):
            if not any(name == known or name.startswith(known + "/") for known in OUTSIDE[mine]):
                found.append(f"{path}: {mine} includes <{name}>")
            for known, places in ONLY_IN.items():
                if (name == known or name.startswith(known + "/")) and path not in places:
                    found.append(f"{path}: <{name}> belongs in {', '.join(sorted(places))}")
        elif path.startswith("include/") and name in HEAVY:
            found.append(f"{path}: a public header includes <{name}>")
    return found


def cycle_in(graph):
    """A cycle of a graph of names, or None."""
    state, path = {}, []

    def visit(name):
        if state.get(name) == "done":
            return None
        if state.get(name) == "open":
            return path[path.index(name):] + [name]
        state[name] = "open"
        path.append(name)
        for following in graph.get(name, ()):
            if found := visit(following):
                return found
        path.pop()
        state[name] = "done"
        return None

    return next((found for name in graph if (found := visit(name))), None)


def listed(problems):
    return "\n" + "\n".join(problems)


class Layering(unittest.TestCase):
    siblings = {folder: {path.name for path in (ROOT / folder).glob("*.?pp")} for folder in ("lib", "jit")}

    def test_the_table_is_a_strict_order(self):
        above = set()
        for folder, names, _ in TABLE:
            self.assertLessEqual(set(names.split()), above, f"{folder} includes what stands below it")
            above.add(folder)

    def test_every_folder_is_in_the_table(self):
        folders = {path.name for path in (ROOT / "include/onepass").iterdir() if path.is_dir()}
        self.assertLessEqual(folders, set(ALLOWED))

    def test_files_include_what_their_folder_may_know(self):
        found = [problem for path, text in sources("include", "jit", "lib") for problem in complaints_about(path, text, self.siblings)]
        self.assertFalse(found, listed(found))

    def test_headers_include_each_other_in_an_order(self):
        graph = {path.removeprefix("include/"): [name for _, name in includes_of(text)] for path, text in sources("include")}
        self.assertGreater(len(graph), 40)
        self.assertIsNone(cycle_in(graph))
        for folder in ("lib", "jit"):
            graph = {pathlib.PurePath(path).name: [name for kind, name in includes_of(text) if kind == '"']
                     for path, text in sources(folder) if path.endswith(".hpp")}
            self.assertIsNone(cycle_in(graph))

    def test_users_code_needs_public_headers_only(self):
        for path, text in sources("examples", "tools"):
            hidden = self.siblings["lib"] | self.siblings["jit"]
            own = {other.name for other in (ROOT / path).parent.iterdir()}
            for kind, name in includes_of(text):
                self.assertFalse(kind == '"' and name in hidden - own, f"{path} includes {name}")

    def test_headers_are_included_once(self):
        for path, text in sources("include", "lib", "jit"):
            if path.endswith(".hpp"):
                self.assertIn("\n#pragma once\n", text, path)

    def test_wrong_files_are_found(self):
        wrong = {
            "include/onepass/core/a.hpp": "#include <onepass/ir/program.hpp>\n",
            "include/onepass/op/a.hpp": "#include <onepass/array/array.hpp>\n",
            "include/onepass/run/a.hpp": "#include <tbb/parallel_for.h>\n",
            "include/onepass/run/b.hpp": "  #  include <asmjit/x86.h>\n",
            "include/onepass/array/a.hpp": "#include <iostream>\n",
            "include/onepass/array/b.hpp": '#include "block.hpp"\n',
            "include/onepass/op/b.hpp": "#include <boost/hana/tuple.hpp>\n",
            "jit/a.cpp": '#include "schedule.hpp"\n',
            "jit/b.cpp": "#include <onepass/op/arithmetic.hpp>\n",
            "lib/a.cpp": '#include "emitter.hpp"\n',
            "lib/b.cpp": "#include <asmjit/x86.h>\n",
            "lib/c.cpp": "#include <tbb/parallel_for.h>\n",
        }
        for path, text in wrong.items():
            self.assertTrue(complaints_about(path, text, self.siblings), path)
        self.assertEqual(cycle_in({"a": ["b"], "b": ["c"], "c": ["b"]}), ["b", "c", "b"])
        self.assertIsNone(cycle_in({"a": ["b", "c"], "b": ["c"], "c": []}))


class Style(unittest.TestCase):
    longest = 150

    @staticmethod
    def files():
        folders = ("include", "lib", "jit", "tests", "tools", "examples", "bench", "cmake", "scripts")
        kinds = {".hpp", ".cpp", ".py", ".cmake", ".in", ".sollya"}
        paths = [path for folder in folders for path in (ROOT / folder).rglob("*")
                 if path.is_file() and (path.suffix in kinds or path.name == "CMakeLists.txt")]
        return sorted(paths) + [ROOT / "CMakeLists.txt"]

    def test_lines_are_not_too_long(self):
        long = [f"{path.relative_to(ROOT)}:{number}: {len(line)} columns" for path in self.files()
                for number, line in enumerate(path.read_text().splitlines(), 1) if len(line) > self.longest]
        self.assertFalse(long, listed(long))

    def test_files_say_what_they_are(self):
        first = re.compile(r'(#!.*\n)?(//|#|"""|/\*) ?\S')
        silent = [str(path.relative_to(ROOT)) for path in self.files() if path.suffix != ".sollya" and not first.match(path.read_text())]
        self.assertFalse(silent, listed(silent))

    def test_lines_end_without_spaces(self):
        loose = [f"{path.relative_to(ROOT)}:{number}" for path in self.files()
                 for number, line in enumerate(path.read_text().splitlines(), 1) if line != line.rstrip() or "\t" in line]
        self.assertFalse(loose, listed(loose))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
