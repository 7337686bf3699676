"""Holds files to the length at which they can still be read as a page of a textbook."""

import unittest

from repository import ROOT, STAGES, sources

# Lines of code: comments get the room that an explanation needs.
MOST_CODE_IN_A_HEADER = 150
# All lines: the whole crawler has to fit on a few screens.
LONGEST_CRAWLER = 200


def lines(path):
    return (ROOT / path).read_text().splitlines()


def code(lines):
    """The lines that hold more than white space or a comment."""
    return [line for line in lines if line.strip() and not line.strip().startswith("//")]


class Budgets(unittest.TestCase):
    def test_code_counts_neither_comments_nor_blank_lines(self):
        self.assertEqual(code(["// What it is for.", "", "  /// Throws.", "int i = 0;  // why"]),
                         ["int i = 0;  // why"])

    def test_no_header_has_more_code_than_its_budget(self):
        headers = [path for path in sources("common", *STAGES) if path.suffix == ".h"]
        self.assertTrue(headers)
        for header in headers:
            with self.subTest(header):
                self.assertLessEqual(len(code(lines(header))), MOST_CODE_IN_A_HEADER)

    def test_no_crawler_is_longer_than_its_budget(self):
        for stage in STAGES:
            with self.subTest(stage):
                self.assertLessEqual(len(lines(f"{stage}/crawler.cpp")), LONGEST_CRAWLER)


if __name__ == "__main__":
    unittest.main()
