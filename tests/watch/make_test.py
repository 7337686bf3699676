#!/usr/bin/python3
"""The script that makes the page of a recorded run, without a browser."""

import contextlib
import io
import json
import pathlib
import re
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "docs/watch"), str(ROOT / "tests/watch")]

import make  # noqa: E402
import pretend  # noqa: E402
import runs  # noqa: E402


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])


class MakeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def record(self, events):
        path = self.folder / "record.jsonl"
        path.write_text("".join(json.dumps(event) + "\n" for event in events))
        return path

    def test_page_carries_the_sources_as_they_are_in_the_tree(self):
        sources = data_of(make.page([make.recording(self.record(pretend.run(2, 1)))], "en", True))["sources"]
        for name in ("stage3_future_task/task.h", "stage3_future_task/crawler.cpp"):
            self.assertEqual(sources[name], (ROOT / name).read_text())

    def test_page_reads_no_file_outside_the_tree(self):
        events = pretend.run(1, 1)
        events[1]["at"]["file"] = "../" * 20 + "etc/passwd"
        events[2]["at"]["file"] = "/etc/passwd"
        page = make.page([make.recording(self.record(events))], "en", True)
        self.assertFalse([name for name in data_of(page)["sources"] if "passwd" in name])

    def test_text_of_a_record_cannot_end_the_data(self):
        events = pretend.run(1, 1)
        events[1]["text"] = "</script><script>alert(1)</script>"
        page = make.page([make.recording(self.record(events))], "en", True)
        self.assertEqual(data_of(page)["recordings"][0]["events"][0]["text"], events[1]["text"])
        self.assertNotIn("alert(1)</script>", page)

    def test_page_asks_for_nothing_from_elsewhere(self):
        page = make.page([make.recording(self.record(pretend.run(1, 1)))], "en", True)
        markup = page.replace(page[page.index('id="data">'):page.index("</script>")], "")
        self.assertEqual(re.findall(r'(?:src|href)="(?!data:)[^"]*"|url\((?!#)[^)]*\)|@import', markup), [])

    def test_run_of_the_chapters_makes_the_same_page_as_its_record(self):
        header, *events = pretend.run(2, 1)
        path = self.folder / "stage3-timeout.json"
        path.write_text(runs.in_short(header | {"run": "stage3-timeout"}, events, ROOT))
        one, other = make.recording(path), make.recording(self.record([header, *events]))
        self.assertEqual(one["title"], other["title"] + " · timeout")
        self.assertEqual(one["events"], other["events"])

    def test_record_older_than_its_sources_is_told(self):
        header, *events = pretend.run(1, 1)
        now = runs.hash_of((ROOT / "stage3_future_task/task.h").read_bytes())
        for was, told in ((now, False), ("0" * 16, True)):
            said = io.StringIO()
            with contextlib.redirect_stderr(said):
                make.recording(self.record([header | {"sources": {"stage3_future_task/task.h": was}}, *events]))
            self.assertEqual("before these sources were changed" in said.getvalue(), told)

    def test_hash_is_64_bit_fnv_1a(self):
        self.assertEqual([runs.hash_of(text) for text in (b"", b"a", b"foobar")],
                         ["cbf29ce484222325", "af63dc4c8601ec8c", "85944171f73967e8"])

    def test_long_record_is_cut_and_counted(self):
        events = pretend.run(120, 1)
        one = make.recording(self.record(events))
        self.assertEqual(len(one["events"]), make.LIMIT)
        self.assertEqual(one["left_out"], len(events) - 1 - make.LIMIT)

    def test_another_format_is_an_error(self):
        with self.assertRaisesRegex(SystemExit, "reads format 1, this is 2"):
            make.recording(self.record([{"format": 2, "program": "stage3_future_task"}]))

    def test_what_is_no_record_is_an_error(self):
        path = self.folder / "text"
        for text in ("", "hello\n"):
            path.write_text(text)
            with self.assertRaisesRegex(SystemExit, "record"):
                make.recording(path)

    def test_two_runs_of_a_stage_have_keys_of_their_own(self):
        one = self.record(pretend.run(1, 1))
        keys = [one["key"] for one in make.told_apart([make.recording(one), make.recording(one)])]
        self.assertEqual(keys, ["3", "3-2"])

    def test_options_of_the_crawlers_are_told_from_the_pages(self):
        self.assertEqual(make.split(["3", "--pages", "6", "--lang", "zh", "--out=x", "--timeout", "1s"]),
                         (["3", "--lang", "zh", "--out=x"], ["--pages", "6", "--timeout", "1s"]))
        self.assertEqual(make.split(["3", "http://a/", "--max-tries", "1"]),
                         (["3"], ["http://a/", "--max-tries", "1"]))
        self.assertEqual(make.split(["--build", "b", "--no-questions"]), (["--build", "b", "--no-questions"], []))

    def test_two_pages_are_fetched_unless_the_reader_names_urls(self):
        program = self.folder / "stage3_future_task/stage3_future_task"
        program.parent.mkdir()
        program.write_text('#!/bin/sh\neval "file=\\${$#}"\necho "$@" > "$file"\n')
        program.chmod(0o755)
        for options, told in (([], "--pages 2 --quiet"), (["--pages", "6"], "--pages 2 --pages 6 --quiet"),
                              (["http://a/"], "http://a/ --quiet")):
            [record] = make.recorded(self.folder, "3", options, self.folder)
            self.assertTrue(record.read_text().startswith(told + " --record "), record.read_text())

    def test_the_page_begins_in_the_language_of_the_locale(self):
        for environment, language in (({}, "en"), ({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "de_DE.UTF-8"}, "en"),
                                      ({"LC_ALL": "", "LANG": "zh_TW"}, "zh"), ({"LC_ALL": "C", "LANG": "zh_CN"}, "en"),
                                      ({"LC_MESSAGES": "zh_CN", "LANG": "en_US"}, "zh")):
            self.assertEqual(make.language_of(environment), language, environment)

    def test_both_languages_have_the_same_words(self):
        text = (ROOT / "docs/watch/words.js").read_text()
        english, chinese = text[text.index("  en: {"):text.index("  zh: {")], text[text.index("  zh: {"):text.index("const RESULTS")]
        keys = [re.findall(r"(?:^|[{,])\s*\"?([a-z_A-Z ]+)\"?: (?=[\"`({\[])", part, re.M) for part in (english, chinese)]
        self.assertEqual(keys[0][1:], keys[1][1:])
        self.assertGreater(len(keys[0]), 80)


if __name__ == "__main__":
    unittest.main()
