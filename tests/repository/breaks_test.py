#!/usr/bin/env python3
"""The break-it lab without a build: every break still fits the sources, is small, is told in two languages and names tests
that exist. That these fail and no others do takes minutes: `docs/breaks/run.py --check`, a step of CI."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/breaks"))
sys.dont_write_bytecode = True
import run  # noqa: E402


def lab(*arguments, **environment):
    return subprocess.run([sys.executable, ROOT / "docs/breaks/run.py", *arguments], capture_output=True, text=True,
                          check=False, env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", **environment})


class EveryBreak(unittest.TestCase):
    def test_has_a_number_and_there_are_fifteen(self):
        self.assertEqual([one.number for one in run.all_breaks()], list(range(1, 16)))

    def test_fits_the_sources_of_its_own_stage(self):
        for one in run.all_breaks():
            for name, text in run.patched(one).items():
                self.assertTrue(name.startswith(one.stage_folder + "/"), name)
                self.assertNotEqual(text, (ROOT / name).read_text())

    def test_changes_few_lines(self):
        for one in run.all_breaks():
            lines = [line for line in one.patch.splitlines() if line[:1] in "-+" and line[:3] not in ("---", "+++")]
            removed = [line for line in lines if line[0] == "-"]
            self.assertLessEqual(max(len(removed), len(lines) - len(removed)), 5, one.folder.name)

    def test_is_told_in_two_languages(self):
        for one in run.all_breaks():
            for language in ("en", "zh"):
                for part in run.PARTS:
                    self.assertGreater(len(one.text(part, language)), 3, (one.folder.name, language, part))
            self.assertIsNone(re.search(r"[\u3000-\uffef]", one.text("change", "en")))
            self.assertIsNotNone(re.search(r"[\u4e00-\u9fff]", one.text("change", "zh")))

    def test_names_tests_that_exist(self):
        for one in run.all_breaks():
            self.assertTrue(any(one.fails.values()), one.folder.name)
            for program, patterns in one.fails.items():
                self.assertIn(program, one.programs())
                sources = "".join(path.read_text() for path in
                                  (ROOT / "tests" / program.removesuffix("_tests")).glob("*.cpp"))
                for pattern in patterns:
                    name = re.search(r"\.([\w*]+)", pattern)
                    if name:
                        self.assertRegex(sources, r"\b" + name[1].replace("*", r"\w*") + r"\b")

    def test_is_in_the_page(self):
        page = (ROOT / "docs/breaks.md").read_text()
        for one in run.all_breaks():
            self.assertIn(f"| {one.number} | {one.text('title', 'en')} |", page)


class TheLab(unittest.TestCase):
    def test_says_which_break_does_not_fit_any_more(self):
        one = run.all_breaks()[0]
        with tempfile.TemporaryDirectory() as folder:
            for name in run.hunks_of(one.patch):
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True)
                path.write_text("int main() {}\n")
            with self.assertRaisesRegex(run.Trouble, r"break 1 doesn't fit stage2_callbacks/\S+ any more.*change\.patch"):
                run.patched(one, pathlib.Path(folder))

    def test_lists_the_breaks_in_the_readers_language(self):
        for arguments, environment, word in (((), {}, "Stage 3"), (("--lang", "zh"), {}, "第 3 阶段"),
                                             ((), {"LANG": "zh_CN.UTF-8"}, "第 3 阶段"),
                                             (("--lang", "en"), {"LC_ALL": "zh_TW.UTF-8"}, "Stage 3")):
            done = lab(*arguments, PYTHONIOENCODING="utf-8", **environment)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(word, done.stdout)

    def test_refuses_what_it_does_not_know(self):
        for arguments in (("99",), ("--answer",), ("--nonsense",), ("1", "--lang", "fr")):
            done = lab(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertIn("usage: ./tutorial break", done.stderr)

    def test_asks_for_the_programs_that_it_needs(self):
        self.assertEqual(lab("--targets").stdout, "")
        self.assertEqual(lab("--targets", "8").stdout.split(), ["stage3_future_task", "practice_site"])
        self.assertIn("stage3_future_task_tests", lab("--targets", "8", "--answer").stdout.split())

    def test_knows_which_cases_belong_to_a_stage(self):
        for name, mine in (("All/Contract.Crawls/stage3_epoll", True), ("All/Contract.Crawls/stage4_epoll", False),
                           ("All/Faults.End/stage4_poll_reset", False), ("All/Contract.Crawls/asio_crawler", False),
                           ("Case<stage3::EventLoop, (common::Selector::Kind)0>", True),
                           ("Case<stage2::EventLoop, (common::Selector::Kind)0>", False), ("Trace.IsSilent", True)):
            self.assertEqual(run.is_of(3, name), mine, name)

    def test_ends_what_hangs_together_with_its_children(self):
        ended = run.run_bounded(["sh", "-c", "echo begins; sleep 600 & sleep 600"], 0.5)
        self.assertIsNone(ended.status)
        self.assertEqual(ended.output, "begins\n")
        self.assertLess(ended.seconds, 30)


if __name__ == "__main__":
    unittest.main()
