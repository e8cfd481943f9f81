#!/usr/bin/python3
"""README.md shows what compiles: every line of C++ in it stands in a marked region of an example."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
REGION = re.compile(r"^( *)//! \[(.+?)\]\n(.*?)^ *//! \[\2\]", re.DOTALL | re.MULTILINE)
SNIPPET = re.compile(r"^```cpp\n(.*?)^```", re.DOTALL | re.MULTILINE)


def lines_of_regions():
    for path in sorted((ROOT / "examples").glob("*.cpp")):
        for _, _, text in REGION.findall(path.read_text()):
            yield from (line.strip() for line in text.splitlines())


def main():
    known = set(lines_of_regions())
    snippets = SNIPPET.findall((ROOT / "README.md").read_text())
    strange = [line for snippet in snippets for line in snippet.splitlines() if line.strip() not in known]
    for line in strange:
        print(f"README.md: in no marked region of an example: {line}")
    return 1 if strange or not snippets else 0


if __name__ == "__main__":
    sys.exit(main())
