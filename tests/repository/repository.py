"""Where the sources are, for the tests about the repository."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))  # for what sync.py knows of the stages
STAGES = ("stage1_blocking", "stage2_callbacks", "stage3_future_task", "stage4_yield_from",
          "stage5_native_coroutines")


def sources(*folders):
    """All .h and .cpp files under the folders, as paths relative to the root, sorted."""
    found = []
    for folder in folders:
        found += (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*")
                  if path.suffix in (".h", ".cpp"))
    return sorted(found)


def includes(text):
    """What a source includes, as written: '"common/net/socket.h"', '<vector>'."""
    return re.findall(r'^\s*#\s*include\s*(<[^>]+>|"[^"]+")', text, re.MULTILINE)
