"""Holds files to the length at which they can still be read as a page of a textbook."""

import unittest

from repository import ROOT, STAGES, sources

LONGEST_HEADER = 150
LONGER_HEADERS = {"stage5_native_coroutines/task.h": 200}  # Coroutine and Task
LONGEST_CRAWLER = 200


def length(path):
    return len((ROOT / path).read_text().splitlines())


class Budgets(unittest.TestCase):
    def test_no_header_is_longer_than_its_budget(self):
        headers = [path for path in sources("common", *STAGES) if path.suffix == ".h"]
        self.assertTrue(headers)
        for header in headers:
            with self.subTest(header):
                self.assertLessEqual(length(header), LONGER_HEADERS.get(str(header), LONGEST_HEADER))

    def test_no_crawler_is_longer_than_its_budget(self):
        for stage in STAGES:
            with self.subTest(stage):
                self.assertLessEqual(length(f"{stage}/crawler.cpp"), LONGEST_CRAWLER)


if __name__ == "__main__":
    unittest.main()
