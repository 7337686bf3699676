"""Holds docs/benchmarks.md, in both languages, to what the benchmarks have: each row and column by its name.

    names_test.py BENCHMARKS [options of unittest]
"""

import json
import pathlib
import re
import subprocess
import sys
import unittest

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
PAGES = [DOCS / "benchmarks.md", DOCS / "zh/benchmarks.md"]


def run(*options):
    return subprocess.run([BENCHMARKS, *options], check=True, capture_output=True, text=True).stdout


def first_cells(text):
    """Of all rows of tables."""
    return re.findall(r"^\| (.+?) \|", text, re.M)


def first_table(text):
    return re.search(r"(?:^\|.*\n)+", text, re.M).group()


class Names(unittest.TestCase):
    def setUp(self):
        listed = [name.removesuffix("/real_time") for name in run("--benchmark_list_tests").split()]
        self.benchmarks = {re.sub(r"^(mechanism/.*)/\d+$", r"\1", name) for name in listed}

    def test_each_group_and_each_crawler_has_its_row_and_no_other_has(self):
        groups = {re.sub(r"^(?:crawl|mechanism)/|/[^/]+$", "", name) for name in self.benchmarks}
        crawlers = {name.split("/")[-1] for name in self.benchmarks if name.startswith("crawl/")}
        for page in PAGES:
            who, crawl, mechanism = re.split(r"^## .*`(?:crawl|mechanism)`.*$", page.read_text(), flags=re.M)
            mechanism = re.split(r"^## ", mechanism, flags=re.M)[0]
            with self.subTest(page):
                named = set()
                for cell in first_cells(first_table(crawl)) + first_cells(mechanism):
                    names = re.findall(r"`([^`]+)`", cell)
                    named |= {name if name[0] != "/" else names[0].split("/")[0] + name for name in names}
                self.assertEqual(named, groups)
                rows = " ".join(first_cells(who)).replace("`stage2` … `stage5`", "`stage2` `stage3` `stage4` `stage5`")
                self.assertEqual(set(re.findall(r"`([^`]+)`", rows)), crawlers)

    def test_each_column_is_in_the_json_and_each_counter_is_named(self):
        results = json.loads(run("--benchmark_format=json", "--benchmark_repetitions=1", "--benchmark_min_time=0.001",
                                 "--benchmark_filter=(throughput/64|scale/100)/raw_epoll|callback/stage2"))["benchmarks"]
        counters = {name for result in results for name in result if "/" in name or name == "each"}
        for page in PAGES:
            with self.subTest(page):
                named = set(re.findall(r"`(real_time|each|\w+/page)`", page.read_text()))
                self.assertEqual(named - {"real_time"}, counters)
                self.assertTrue(named <= {name for result in results for name in result})

    def test_the_text_names_rows_that_there_are(self):
        for page in [*PAGES, DOCS / "6-compare.md", DOCS / "zh/6-compare.md"]:
            for name in re.findall(r"`((?:latency|throughput|scale)/\d+)`", page.read_text()):
                self.assertTrue(any(f"/{name}/" in one for one in self.benchmarks), f"{page}: {name}")
            for pattern in re.findall(r"benchmark_filter=\W?([\w/.*(|)]+)", page.read_text()):
                self.assertTrue(any(re.search(pattern, one) for one in self.benchmarks), f"{page}: {pattern}")


if __name__ == "__main__":
    BENCHMARKS = sys.argv[1]
    unittest.main(argv=sys.argv[1:])
