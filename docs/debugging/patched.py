#!/usr/bin/env python3
"""patched.py PATCH ROOT OUTPUT: writes the file that a patch is about, with the patch applied. Fails if the patch has
fallen behind the code. Its lines are found by their text, so it doesn't matter if they have moved."""

import pathlib
import re
import sys


def patched(patch, root):
    lines = patch.read_text().splitlines()
    source = next(line.removeprefix("--- a/") for line in lines if line.startswith("--- a/"))
    text = (root / source).read_text()
    for hunk in re.split(r"^@@.*\n", patch.read_text(), flags=re.MULTILINE)[1:]:
        hunk = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in hunk if line[0] in " -")
        after = "".join(line[1:] for line in hunk if line[0] in " +")
        if text.count(before) != 1:
            sys.exit(f"{patch.name} has fallen behind {source}, which has these lines {text.count(before)} times:\n{before}")
        text = text.replace(before, after)
    return text


if __name__ == "__main__":
    patch, root, output = map(pathlib.Path, sys.argv[1:])
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(patched(patch, root))
