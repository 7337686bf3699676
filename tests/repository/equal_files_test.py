"""Holds the mechanism that stage 4 takes from stage 3 to being the same."""

import difflib
import unittest

from repository import ROOT
from sync import comparable

EQUAL = (("stage3_future_task", "stage4_yield_from",
          ("event_loop.h", "event_loop.cpp", "generator.h", "task.h")),)


class EqualFiles(unittest.TestCase):
    def test_files_called_equal_differ_in_opening_comment_and_namespace_alone(self):
        for before, after, names in EQUAL:
            for name in names:
                with self.subTest(name):
                    diff = list(difflib.unified_diff(
                        *(comparable(folder, (ROOT / folder / name).read_text())
                          for folder in (before, after)),
                        f"{before}/{name}", f"{after}/{name}", lineterm=""))
                    self.assertFalse(diff, "\n" + "\n".join(diff))

    def test_the_namespace_and_the_opening_comment_are_all_that_may_differ(self):
        def task(folder, body):
            stage = folder[:6]
            return comparable(folder, f'// Of {stage}.\n\n#pragma once\n\nnamespace {stage} {{\n{body}\n'
                                      f"void {stage}::f();\n}}  // namespace {stage}\n")
        third = task("stage3_future_task", "int a;")
        self.assertEqual(third, task("stage4_yield_from", "int a;"))
        self.assertNotEqual(third, task("stage4_yield_from", "int b;"))
        self.assertNotEqual(third, task("stage4_yield_from", "// Why.\nint a;"))


if __name__ == "__main__":
    unittest.main()
