#!/usr/bin/python3
"""Pages show what compiles: every line of C++ in them stands in a marked region of an example."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
REGION = re.compile(r"^( *)//! \[(.+?)\]\n(.*?)^ *//! \[\2\]", re.DOTALL | re.MULTILINE)
PAGES = ("README.md", "docs/adding-an-operation.md", "docs/reductions.md", "docs/views.md")
SNIPPET = re.compile(r"^```cpp\n(.*?)^```", re.DOTALL | re.MULTILINE)


def lines_of_regions():
    for path in sorted((ROOT / "examples").glob("*.cpp")):
        for _, _, text in REGION.findall(path.read_text()):
            yield from (line.strip() for line in text.splitlines())


def main():
    known = set(lines_of_regions())
    complaints = []
    for page in PAGES:
        snippets = SNIPPET.findall((ROOT / page).read_text())
        strange = [line for snippet in snippets for line in snippet.splitlines() if line.strip() not in known]
        complaints += [f"{page}: in no marked region of an example: {line}" for line in strange]
        if not snippets:
            complaints.append(f"{page} shows no C++")
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
