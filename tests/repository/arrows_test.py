"""Holds the design's arrows: which folder may include which, and where a dependency may be named."""

import re
import unittest

from repository import ROOT, STAGES, includes, sources

# net <- http <- crawl <- stages. The trace is called from everywhere; the site is started by crawler_main alone.
MAY_INCLUDE = {
    "common/process": set(),
    "common/trace": {"common/net"},
    "common/net": {"common/trace"},
    "common/http": {"common/net", "common/trace"},
    "common/site": {"common/net", "common/http", "common/trace"},
    "common/crawl": {"common/net", "common/http", "common/trace", "common/site"},
    "common/compare": {"common/net", "common/http", "common/trace", "common/site", "common/crawl"},
}
MAY_INCLUDE.update((stage, {"common/net", "common/http", "common/crawl", "common/trace"})
                   for stage in STAGES)
for allowed in MAY_INCLUDE.values():  # what a program is born with and writes: the lowest of all
    allowed.add("common/process")

DEPENDENCIES = ("boost/", "gumbo.h", "CLI/", "fmt/")
# <vector>, <sys/socket.h>, <unistd.h>: all that a stage may name.
STANDARD_OR_POSIX = re.compile(
    r"[a-z_]+|(sys|netinet|arpa|net)/[a-z_]+\.h|(fcntl|netdb|poll|pthread|sched|signal|unistd)\.h")
INDUSTRIAL_TWIN = "stage5_native_coroutines/asio/"


def part_of(path):
    """'common/net' of common/net/socket.h, 'stage2_callbacks' of all that is in there."""
    folders = path.split("/")[:-1]
    return "/".join(folders[:2]) if folders[:1] == ["common"] else folders[0] if folders else ""


def faults_of(path, text):
    """What is wrong with the includes of the file at `path`, one sentence each."""
    for include in includes(text):
        name = include[1:-1]
        if include[0] == '"':
            if "/" not in name and path.startswith(STAGES):  # a stage is flat, and names its own files so
                name = f"{path.rpartition('/')[0]}/{name}"
            if not (ROOT / name).is_file():
                yield f"{path}: there is no {include}, seen from the root of the repository"
            elif part_of(name) not in MAY_INCLUDE[part_of(path)] | {part_of(path)}:
                yield f"{path}: {part_of(path)} must not include {include}"
        elif path.startswith(STAGES) and not path.startswith(INDUSTRIAL_TWIN):
            if not STANDARD_OR_POSIX.fullmatch(name):
                yield f"{path}: a stage uses the standard library and POSIX alone, not {include}"
        elif path.endswith(".h") and name.startswith(DEPENDENCIES):
            yield f"{path}: a header names {include}"


class Arrows(unittest.TestCase):
    def test_every_include_of_common_and_the_stages_is_one_that_the_design_allows(self):
        paths = sources("common", *STAGES)
        self.assertTrue(paths)
        faults = [fault for path in paths for fault in faults_of(str(path), (ROOT / path).read_text())]
        self.assertFalse(faults, "\n" + "\n".join(faults))

    def test_a_wrong_include_is_found(self):
        for path, line in (
                ("common/net/socket.cpp", '#include "common/http/url.h"'),
                ("common/http/url.cpp", '#  include "common/crawl/frontier.h"'),
                ("common/net/socket.cpp", '#include "socket.h"'),
                ("common/net/socket.h", "#include <boost/asio.hpp>"),
                ("common/compare/main.cpp", '#include "stage1_blocking/crawler.h"'),
                ("stage2_callbacks/main.cpp", '#include "common/site/practice_site.h"'),
                ("stage4_yield_from/task.h", '#include "stage3_future_task/task.h"'),
                ("stage4_yield_from/task.h", '#include "../stage3_future_task/task.h"'),
                ("stage4_yield_from/task.h", '#include "socket.h"'),
                ("stage5_native_coroutines/asio/crawler.h", "#include <boost/asio.hpp>"),
                ("stage5_native_coroutines/crawler.cpp", "#include <fmt/format.h>"),
        ):
            self.assertEqual(len(list(faults_of(path, "// A\n" + line + "\n"))), 1, (path, line))


if __name__ == "__main__":
    unittest.main()
