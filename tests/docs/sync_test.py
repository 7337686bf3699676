"""Holds docs/sync.py to its word, on small pages of its own beside small sources."""

import contextlib
import io
import pathlib
import re
import shutil
import sys
import tempfile
import textwrap
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "docs"))
import sync

HEADER = """
    // Shows: nothing.
    #pragma once

    namespace stage3 {

    /// A template.
    template <class T>
    class Box {
     public:
      // Takes what is in it.
      T take() {
        const common::trace::Hop hop("box.take", 1);
        return value_;
      }
      void put(T value);
      void put(T value, int times);  // two of a name

      void lend(T value, std::source_location by = std::source_location::current()) {
        common::trace::record({"lend", {{"box", this}},
                               &by});
        common::trace::made("box", this);
        lender_.lend(value, by);
      }

     private:
      T value_;
    };

    namespace {
    constexpr int answer = 42;
    struct Hidden {
      using Long =
          Box<Box<int>>;
    };
    void later();
    void later() { [] { answer; }(); }
    }  // namespace

    Box<int>
    make_box(int value);

    template <class B>
    concept Boxed = requires(B box) {
      box.take();
    };

    }  // namespace stage3
"""

PYTHON = """
    limit = 3


    class Reader:
        @property
        def size(self):
            return limit

        async def read(self):
            return 'x'
"""

TEST = """
    TEST(ABox, HoldsAValue) { EXPECT_TRUE(true); }

    TEST_F(ABox, IsEmptied) {
      if (true) {
      }
    }
"""

PROGRAM = """#!/bin/sh
echo "A program."
echo "  --delay TIME            How long it takes [100ms]"
echo "  --trace [=N]            Say more"
echo "10 pages from 127.0.0.1:$$ in 1.$$ ms, $$ MiB, $$ x" >&2
"""


REPORT = """#!/bin/sh
cat >&2 <<END
==$$==ERROR: AddressSanitizer: heap-use-after-free on address 0x$$ at pc 0x1
READ of size 8 at 0x$$ thread T0
    #0 0x55 in std::exchange /usr/include/utility:3
    #1 0x56 in look ../../docs/traps/trap.h:2
    #2 0x56 in again ../../docs/traps/trap.h:2
    #3 0x57 in main /somewhere/docs/traps/trap.h:3
0x$$ is located 0 bytes inside of 64-byte region
freed by thread T0 here:
    #0 0x58 in drop docs/traps/trap.h:1
previously allocated by thread T0 here:
    #0 0x59 in make docs/traps/trap.h:3
SUMMARY: AddressSanitizer: heap-use-after-free
END
exit 1
"""


CRAWLER = """#!/bin/sh
# Records a run of one attempt, whose socket and times are others each time, and which says on which line it was.
while [ $# -gt 0 ]; do
  [ "$1" = --record ] && record=$2
  [ "$1" = --trace ] && trap 'interrupted=true' INT
  shift
done
echo "  register fd $$, readable" >&2
[ -z "$(trap)" ] || while [ -z "$interrupted" ]; do sleep 0.01; done
cat >"$record" <<END
{"format":1,"program":"stage3_future_task","arguments":["--record","$record"]}
{"n":1,"t_us":$$,"kind":"socket","attempt":1,"fd":$$,"name":"http://127.0.0.1:$$/","result":"RESULT","at":{"file":"stage3_future_task/box.h","line":LINE,"function":"take"}}
{"n":2,"t_us":$$,"kind":"socket","attempt":1,"fd":$$,"result":"RESULT","at":{"file":"stage3_future_task/box.h","line":LINE,"function":"take"}}
END
"""


class Sync(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp()).resolve()
        self.addCleanup(shutil.rmtree, self.root)
        self.addCleanup(setattr, sync, "ROOT", sync.ROOT)
        sync.ROOT = self.root
        self.build = self.root / "build"
        self.write("README.md", "# A tutorial\n[zh](README.zh.md)\n")
        self.write("README.zh.md", "# 教程\n[en](README.md)\n")
        self.write("stage3_future_task/box.h", HEADER)
        self.write("docs/python/reader.py", PYTHON)
        self.write("tests/box_test.cpp", TEST)
        self.write("build/stage3_future_task/stage3_future_task", PROGRAM).chmod(0o755)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
        return path

    def page(self, text, name="docs/page.md"):
        return self.write(name, text)

    def faults(self, build=None):
        return list(sync.faults(build, write=False))

    def mend(self, build=None):
        with contextlib.redirect_stdout(io.StringIO()):
            return list(sync.faults(build, write=True))

    def filled(self, directive, build=None):
        """What `--write` makes of an empty block below `directive`."""
        page = self.page(f"<!-- {directive} -->\n```cpp\n```\n")
        self.assertEqual(self.mend(build), [])
        self.assertEqual(self.faults(build), [])
        lines = page.read_text().splitlines()
        return "\n".join(lines[1 + next(i for i, line in enumerate(lines) if line.startswith("```")) : -1])

    def one_fault(self, text, *parts, build=None):
        """The only fault of a page of this text, which says all of `parts`."""
        self.page(text)
        faults = self.faults(build)
        self.assertEqual(len(faults), 1, faults)
        for part in parts:
            self.assertIn(part, faults[0])

    # ---- Code

    def test_a_block_is_filled_with_its_symbol_moved_to_the_margin_and_without_the_trace(self):
        self.assertEqual(self.filled("code: stage3_future_task/box.h Box::take"),
                         "T take() {\n  return value_;\n}")

    def test_a_block_shows_neither_what_is_only_recorded_nor_the_callers_line(self):
        self.assertEqual(self.filled("code: stage3_future_task/box.h Box::lend"),
                         "void lend(T value) {\n  lender_.lend(value);\n}")

    def test_a_caption_names_the_file_and_the_lines_and_is_renewed_with_them(self):
        page = self.page("<!-- code: stage3_future_task/box.h Box::take make_box -->\n```cpp\n```\n"
                         "<!-- code: stage3_future_task/box.h answer -->\n```cpp\n```\n")
        self.assertEqual(self.mend(), [])
        captions = ["[`stage3_future_task/box.h`](../stage3_future_task/box.h), lines 11–14, 39–40",
                    "[`stage3_future_task/box.h`](../stage3_future_task/box.h), line 30"]
        self.assertEqual([line for line in page.read_text().splitlines() if line.startswith("[")], captions)
        page.write_text(page.read_text().replace("line 30", "line 2"))
        self.assertEqual(len(self.faults()), 1)
        self.assertEqual(self.mend(), [])
        self.assertEqual([line for line in page.read_text().splitlines() if line.startswith("[")], captions)

    def test_a_block_in_an_answer_is_indented_as_its_comment(self):
        page = self.page("1. Why?\n\n   <!-- code: stage3_future_task/box.h Box::take -->\n   ```cpp\n   ```\n"
                         "\n   <!-- output: ./tutorial stage 3 2>/dev/null -->\n   ```\n   ```\n")
        for _ in range(2):
            self.assertEqual(self.mend(self.build), [])
            self.assertEqual(page.read_text().splitlines()[2:9],
                             ["   <!-- code: stage3_future_task/box.h Box::take -->",
                              "   [`stage3_future_task/box.h`](../stage3_future_task/box.h), lines 11–14",
                              "   ```cpp", "   T take() {", "     return value_;", "   }", "   ```"])
            self.assertIn("\n   A program.\n", page.read_text())
        self.assertEqual(self.faults(self.build), [])

    def test_a_template_begins_with_its_template_line_and_ends_with_its_brace(self):
        lines = self.filled("code: stage3_future_task/box.h Box").splitlines()
        self.assertEqual((lines[0], lines[-1]), ("template <class T>", "};"))

    def test_a_declaration_of_two_lines_and_a_constant_are_whole(self):
        self.assertEqual(self.filled("code: stage3_future_task/box.h make_box"), "Box<int>\nmake_box(int value);")
        self.assertEqual(self.filled("code: stage3_future_task/box.h answer"), "constexpr int answer = 42;")

        self.assertEqual(self.filled("code: stage3_future_task/box.h Hidden::Long"), "using Long =\n    Box<Box<int>>;")

        concept = self.filled("code: stage3_future_task/box.h Boxed").splitlines()
        self.assertEqual((concept[0], concept[-1], len(concept)), ("template <class B>", "};", 4))

    def test_a_namespace_may_be_named_or_left_out(self):
        for name in ("Box::take", "stage3::Box::take", "answer", "stage3::answer"):
            self.filled(f"code: stage3_future_task/box.h {name}")

    def test_a_definition_is_preferred_to_its_declaration(self):
        self.assertEqual(self.filled("code: stage3_future_task/box.h later"), "void later() { [] { answer; }(); }")

    def test_one_of_two_overloads_is_named_by_its_signature(self):
        self.assertEqual(self.filled('code: stage3_future_task/box.h "Box::put(T value, int times)"'),
                         "void put(T value, int times);  // two of a name")
        self.one_fault("<!-- code: stage3_future_task/box.h Box::put -->\n```cpp\n```\n",
                       "docs/page.md:1: ", "2 of Box::put", '"Box::put(Tvalue)" (line 15)')

    def test_one_of_several_alike_is_named_by_its_number(self):
        self.assertEqual(self.filled("code: stage3_future_task/box.h Box::put#2"),
                         "void put(T value, int times);  // two of a name")
        self.one_fault("<!-- code: stage3_future_task/box.h Box::put#3 -->\n```cpp\n```\n",
                       "docs/page.md:1: ", "no Box::put number 3")

    def test_the_comment_above_and_some_lines_of_a_symbol_can_be_had(self):
        self.assertEqual(self.filled("code: stage3_future_task/box.h above Box"), "/// A template.")
        self.assertEqual(self.filled('code: stage3_future_task/box.h Box from "put(T value);" to "two of"'),
                         "void put(T value);\nvoid put(T value, int times);  // two of a name")
        self.assertEqual(self.filled('code: stage3_future_task/box.h Box from "return value_"'), "return value_;")
        self.assertEqual(self.filled('code: stage3_future_task/box.h Box from "return value_" to "}"'),
                         "  return value_;\n}")
        self.one_fault('<!-- code: stage3_future_task/box.h Box from "get" -->\n```cpp\n```\n', "no line with 'get'")
        self.one_fault("<!-- code: stage3_future_task/box.h above make_box -->\n```cpp\n```\n",
                       "no comment above make_box")

    def test_two_symbols_share_a_block_with_an_empty_line_between_unless_they_are_neighbours(self):
        self.assertEqual(self.filled("code: stage3_future_task/box.h Box::take make_box"),
                         "T take() {\n  return value_;\n}\n\nBox<int>\nmake_box(int value);")
        self.assertTrue(self.filled("code: stage3_future_task/box.h above Box Box")
                        .startswith("/// A template.\ntemplate"))

    def test_python_and_tests_are_found_by_their_names(self):
        self.assertEqual(self.filled("code: docs/python/reader.py limit"), "limit = 3")
        self.assertEqual(self.filled("code: docs/python/reader.py Reader.size"),
                         "@property\ndef size(self):\n    return limit")
        self.assertEqual(self.filled("code: tests/box_test.cpp ABox.HoldsAValue"),
                         "TEST(ABox, HoldsAValue) { EXPECT_TRUE(true); }")
        self.assertEqual(self.filled("code: tests/box_test.cpp ABox.IsEmptied"),
                         "TEST_F(ABox, IsEmptied) {\n  if (true) {\n  }\n}")

    def test_a_block_that_drifted_is_named_with_its_difference_and_the_command(self):
        self.one_fault("# Title\n\n<!-- code: stage3_future_task/box.h answer -->\n```cpp\n"
                       "constexpr int answer = 41;\n```\n", "docs/page.md:3: ", "stage3_future_task/box.h answer", "-constexpr int answer = 41;",
                       "+constexpr int answer = 42;", "docs/sync.py --write")

    def test_a_symbol_or_file_that_is_gone_is_named_and_left_to_the_author(self):
        text = "<!-- code: stage3_future_task/box.h Box::tale -->\n```cpp\nT tale();\n```\n"
        self.one_fault(text, "docs/page.md:1: ", "stage3_future_task/box.h has no Box::tale; it has Box::take")
        self.assertEqual(len(self.mend()), 1)
        self.assertEqual((self.root / "docs/page.md").read_text(), text)
        self.one_fault("<!-- code: stage3_future_task/bag.h Bag -->\n```cpp\n```\n", "no file stage3_future_task/bag.h")

    def test_what_is_left_after_mending_is_named_by_its_new_line(self):
        self.page("<!-- code: stage3_future_task/box.h Box::take -->\n```cpp\n```\n[a](nowhere)\n")
        self.assertEqual([fault[:15] for fault in self.mend()], ["docs/page.md:8:"])

    def test_code_without_a_source_and_a_source_without_code_are_faults(self):
        self.one_fault("```cpp\nint x;\n```\n", "docs/page.md:1: ", "must say where it is from")
        self.one_fault("<!-- code: stage3_future_task/box.h Box -->\n\nText\n```\n```\n",
                       "a fenced block must follow in the next line")

    def test_every_kind_of_page_is_looked_at(self):
        (self.root / "README.zh.md").unlink()
        for name in ("README.md", "docs/a.md", "docs/deep/er.md", "stage3_future_task/README.md"):
            self.page("```cpp\n```\n", name)
        self.assertEqual([fault.split(":")[0] for fault in self.faults()],
                         ["README.md", "docs/a.md", "docs/deep/er.md", "stage3_future_task/README.md"])

    # ---- Recorded runs

    def crawler(self, line=13, result="done"):
        """The program of stage 3, which records what line it was on."""
        text = CRAWLER.replace("LINE", str(line)).replace("RESULT", result)
        self.write("build/stage3_future_task/stage3_future_task", text).chmod(0o755)
        self.forget()

    def forget(self):
        sync.runs.recorded.cache_clear()
        sync.runs.lines_of.cache_clear()

    def test_a_run_is_recorded_and_its_place_says_how_to_watch_it(self):
        self.crawler()
        page = self.page("<!-- run: stage3 -->\n<!-- end -->\n")
        self.assertEqual(self.mend(self.build), [])
        self.assertEqual(self.faults(self.build) + self.faults(), [])
        self.assertEqual(page.read_text().splitlines()[2:4],
                         ["To step through this run in a browser, type `./tutorial watch 3 --pages 1`.",
                          "The run is recorded in [stage3.json](runs/stage3.json)."])
        header, events = sync.runs.read(self.root / "docs/runs/stage3.json")
        self.assertEqual(header["arguments"], ["--pages", "1"])
        self.assertEqual(events[1]["at"], {"file": "stage3_future_task/box.h", "line": 13, "function": "take"})

    def test_a_record_may_differ_by_chance_alone(self):
        self.crawler()
        self.page("<!-- run: stage3 -->\n<!-- end -->\n")
        self.mend(self.build)
        record = (self.root / "docs/runs/stage3.json").read_text()
        self.crawler()
        self.assertEqual(self.faults(self.build), [])
        self.mend(self.build)
        self.assertEqual((self.root / "docs/runs/stage3.json").read_text(), record)
        self.crawler(result="failed")
        [fault] = self.faults(self.build)
        for part in ("docs/page.md:1: ", "docs/runs/stage3.json", '-attempt 1: [{"kind": "socket", "name": "http://127.0.0.1:#/", "result": "done"}',
                     '+attempt 1: [{"kind": "socket", "name": "http://127.0.0.1:#/", "result": "failed"}', "--write --build"):
            self.assertIn(part, fault)
        self.assertEqual(self.mend(self.build), [])
        self.assertEqual(self.faults(self.build), [])

    def test_a_record_follows_lines_that_moved_and_is_stale_when_they_changed(self):
        self.crawler()
        self.page("<!-- run: stage3 -->\n<!-- end -->\n")
        self.mend(self.build)
        self.write("stage3_future_task/box.h", "// One line more.\n" + textwrap.dedent(HEADER).lstrip("\n"))
        self.forget()
        [fault] = self.faults()
        self.assertIn("names lines that have moved", fault)
        self.assertEqual(self.mend(), [])
        self.assertEqual(sync.runs.read(self.root / "docs/runs/stage3.json")[1][0]["at"]["line"], 14)
        self.crawler(line=14)
        self.assertEqual(self.faults() + self.faults(self.build), [])
        self.write("stage3_future_task/box.h", HEADER.replace("return value_", "return other_"))
        self.forget()
        for faults in (self.faults(), self.mend()):
            self.assertEqual(len(faults), 1)
            for part in ("is older than the sources", "box.h:14 was: return value_;", "--write --build DIR"):
                self.assertIn(part, faults[0])
        self.crawler()
        self.assertEqual(self.mend(self.build), [])
        self.assertEqual(self.faults() + self.faults(self.build), [])

    def test_a_line_of_which_there_are_several_moves_with_its_neighbour(self):
        places = [["a.h", 1, "f", "twice();"], ["a.h", 2, "f", "once();"], ["a.h", 3, "g", "twice();"]]
        record = sync.runs.text_of({"header": {}, "places": places, "events": []})
        self.write("a.h", "first();\ntwice();  // and why\nonce();\ntwice();\n")
        self.forget()
        text, lost = sync.runs.followed(record, self.root)
        self.assertEqual((re.findall(r'"a.h",(\d)', text), lost), (["2", "3", "4"], []))
        self.write("a.h", "once();\ntwice();\ntwice();\n")
        self.forget()
        self.assertEqual(sync.runs.followed(record, self.root)[1], ["a.h:1 was: twice();"])

    def test_ctrl_c_is_sent_to_a_run_that_waits(self):
        self.crawler()
        page = self.page("<!-- run: stage3-interrupted -->\n<!-- end -->\n", "docs/zh/page.md")
        self.page("<!-- run: stage3-interrupted -->\n<!-- end -->\n")
        self.mend(self.build)
        self.assertIn("`./tutorial watch 3 --pages 1 --delay 10s`，等它停下来等待时按 Ctrl-C", page.read_text())
        self.assertIn("[stage3-interrupted.json](../runs/stage3-interrupted.json)", page.read_text())
        self.assertTrue((self.root / "docs/runs/stage3-interrupted.json").is_file())

    def test_a_run_that_is_unknown_unrecorded_or_fails_is_a_fault(self):
        self.one_fault("<!-- run: stage6 -->\n<!-- end -->\n", "there is no run stage6", "stage5-timeout")
        self.one_fault("<!-- run: stage3 -->\n<!-- end -->\n", "there is no docs/runs/stage3.json", "--build DIR")
        self.one_fault("<!-- run: stage3 -->\n<!-- end -->\n", "cannot make the run stage3: 10 pages from",
                       build=self.build)
        self.one_fault("<!-- run: stage4 -->\n<!-- end -->\n", "cannot make the run stage4: ", build=self.build)
        self.assertFalse((self.root / "docs/runs").exists())

    def test_records_that_no_page_shows_are_looked_after_too(self):
        self.crawler()
        page = self.page("<!-- run: stage3 -->\n<!-- end -->\n")
        self.mend(self.build)
        page.unlink()
        self.crawler(result="failed")
        [fault] = self.faults(self.build)
        self.assertIn("docs/runs/stage3.json:1: docs/runs/stage3.json isn't this run", fault)
        self.assertEqual(self.mend(self.build), [])
        self.write("docs/runs/stage9.json", "{}")
        self.assertEqual(self.faults(), ["docs/runs/stage9.json:1: docs/watch/runs.py has no such run"])

    def test_runs_can_be_left_alone_in_all_pages(self):
        self.crawler()
        self.page("<!-- run: stage3 -->\n<!-- end -->\n")
        self.mend(self.build)
        self.crawler(result="failed")
        self.assertEqual(list(sync.faults(self.build, write=False, leave=["docs/runs"])), [])

    # ---- What programs print

    def test_output_is_filled_messages_included_and_may_differ_by_chance_alone(self):
        first = self.filled("output: ./tutorial stage 3 --quiet", self.build)
        self.assertIn("$ ./tutorial stage 3 --quiet\nA program.\n", first)
        self.assertIn("10 pages from 127.0.0.1:", first)
        sync.printed.cache_clear()
        self.assertEqual(self.filled("output: build/release/stage3_future_task/stage3_future_task", self.build).
                         splitlines()[1:4], first.splitlines()[1:4])

    def test_output_that_differs_by_more_than_chance_is_a_fault(self):
        page = self.page("<!-- output: ./tutorial stage 3 -->\n```\n```\n")
        self.mend(self.build)
        text = page.read_text()
        sync.printed.cache_clear()
        other = re.sub(r"127\.0\.0\.1:|in 1\.|ms, (?=\d)|MiB, (?=\d)", r"\g<0>9", text)
        self.assertIn(" ms, 9", other)
        page.write_text(other)
        self.assertEqual(self.faults(self.build), [])
        self.one_fault(text.replace("10 pages", "9 pages"), "docs/page.md:1: ", "-9 pages", "+10 pages", "--build",
                       build=self.build)

    def test_one_of_the_two_streams_can_be_left_out_and_a_bad_end_is_told(self):
        self.assertNotIn("10 pages", self.filled("output: ./tutorial stage 3 2>/dev/null", self.build))
        self.assertNotIn("A program", self.filled("output: ./tutorial stage 3 >/dev/null", self.build))
        self.write("build/broken", "#!/bin/sh\necho no\nexit 3\n").chmod(0o755)
        self.assertEqual(self.filled("output: build/release/broken", self.build),
                         "$ build/release/broken\nno\n(exit status 3)")

    def test_a_signal_can_be_sent_to_a_program_after_a_while(self):
        self.write("build/asked", "#!/bin/sh\ntrap 'echo here; exit 0' USR1\n"
                                  "while sleep 0.01; do echo waiting >&2; done\n").chmod(0o755)
        command = "build/release/asked 2>/dev/null & sleep 0.2; kill -USR1 $!; wait"
        self.assertEqual(self.filled(f"output: {command}", self.build), f"$ {command}\nhere")
        self.one_fault("<!-- output: build/release/asked & sleep 0.2; kill -ME $!; wait -->\n```\n```\n",
                       "cannot run", "SIGME", build=self.build)

    def test_a_report_of_a_sanitizer_is_told_in_short_with_our_own_lines(self):
        self.write("docs/traps/trap.h", "drop();\n  look();\nmain();\n")
        self.write("build/trap", REPORT).chmod(0o755)
        self.assertEqual(self.filled("output: build/release/trap", self.build).splitlines()[1:], [
            "ERROR: AddressSanitizer: heap-use-after-free", "READ of size 8", "    trap.h: look();",
            "    trap.h: main();", "freed here", "    trap.h: drop();", "(exit status 1)"])

    def test_what_programs_print_can_be_left_alone_in_one_page(self):
        self.page("<!-- output: ./tutorial stage 4 -->\n```\n```\n[a](nowhere)\n")
        self.assertEqual(len(self.faults(self.build)), 2)
        self.assertEqual(len(list(sync.faults(self.build, write=False, leave=["docs/page.md"]))), 1)

    def test_a_program_that_is_not_there_is_a_fault(self):
        self.one_fault("<!-- output: ./tutorial stage 4 -->\n```\n```\n", "cannot run ./tutorial stage 4",
                       build=self.build)
        self.one_fault("<!-- output: rm x -->\n```\n```\n", "not a program of the tutorial", build=self.build)

    def test_without_a_build_output_is_left_alone(self):
        self.page("<!-- output: ./tutorial stage 3 -->\n```\nanything\n```\n")
        self.assertEqual(self.faults(), [])

    def test_the_option_table_is_made_from_help_and_keeps_its_words_in_translation(self):
        text = "<!-- options: ./tutorial stage 3 --help -->\n<!-- end -->\n"
        page = self.page("[zh](zh/page.md)\n" + text)
        translated = self.page("[en](../page.md)\n" + text, "docs/zh/page.md")
        self.mend(self.build)
        self.assertEqual(page.read_text(), "[zh](zh/page.md)\n<!-- options: ./tutorial stage 3 --help -->\n\n| option | | default |\n"
                         "|---|---|---|\n| `--delay TIME` | How long it takes | 100ms |\n| `--trace [=N]` | Say more |  |\n"
                         "\n<!-- end -->\n")
        page.write_text(page.read_text().replace("Say more", "Shout"))
        self.assertEqual([fault[:15] for fault in self.faults(self.build)], ["docs/page.md:2:"])
        self.mend(self.build)
        translated.write_text(page.read_text().replace("[zh](zh", "[en](..").replace("How long it takes", "多久").replace("| option", "| 选项"))
        self.assertEqual(self.faults(self.build), [])
        translated.write_text(translated.read_text().replace("100ms", "10ms"))
        self.assertEqual(len(self.faults(self.build)), 1)
        self.mend(self.build)
        self.assertIn("| 选项", translated.read_text())
        self.assertIn("| `--delay TIME` | 多久 | 100ms |", translated.read_text())

    # ---- Changes between stages

    def test_a_diff_tells_what_became_of_each_file_and_shows_the_crawler(self):
        for stage, tail in (("stage1_a", "int one;\nint both = 1;\n"), ("stage2_b", "int both = 2;\n")):
            name = stage[:6]
            self.write(f"{stage}/crawler.cpp", f"// Opening of {stage}.\nnamespace {name} {{\n{tail}}}\n")
            self.write(f"{stage}/same.h", f"// Another.\nnamespace {name} {{}}\n")
            self.write(f"{stage}/of_{name}.h", "int x;\n")
        text = "<!-- diff: stage1_a stage2_b -->\n<!-- end -->\n"
        page = self.page(text)
        self.assertEqual(len(self.faults()), 1)
        self.mend()
        self.assertEqual(self.faults(), [])
        for row in ("| `crawler.cpp` | −2 +1 lines |", "| `same.h` | equal |", "| `of_stage1.h` | gone, 1 lines |",
                    "| `of_stage2.h` | new, 1 lines |", "\n-int one;\n-int both = 1;\n+int both = 2;\n"):
            self.assertIn(row, page.read_text())
        self.page("[zh](zh/page.md)\n" + text)
        translated = self.page("[en](../page.md)\n" + text, "docs/zh/page.md")
        self.mend()
        self.assertEqual(self.faults(), [])
        for row in ("| 文件 | |", "| `crawler.cpp` | −2 +1 行 |", "| `same.h` | 相同 |", "| `of_stage1.h` | 删去，1 行 |",
                    "| `of_stage2.h` | 新增，1 行 |", "\n-int one;\n-int both = 1;\n+int both = 2;\n"):
            self.assertIn(row, translated.read_text())
        translated.unlink()
        self.page("<!-- diff: stage1_a stage2_b both -->\n<!-- end -->\n")
        self.mend()
        self.assertIn("\n```diff\n-int both = 1;\n+int both = 2;\n```\n", page.read_text())

    # ---- Links and anchors

    def test_a_link_that_leads_nowhere_is_a_fault(self):
        self.page('<a id="4.4.1"></a>\n## The Future, again\n', "docs/other.md")
        self.page("[a](other.md) [b](other.md#4.4.1) [c](other.md#the-future-again) [d](../stage3_future_task)\n"
                  "[e](https://example.org/x) [f](#here)\n\n## Here\n")
        self.assertEqual(self.faults(), [])
        self.one_fault("Text.\n[a](others.md)\n", "docs/page.md:2: ", "others.md leads nowhere")
        self.one_fault("[a](other.md#4.4.2)\n", "other.md#4.4.2: there is no such anchor")
        self.one_fault("[a](#here)\n", "#here")
        self.one_fault("[a](../../../etc)\n", "leads nowhere")

    def test_a_link_to_the_web_has_the_form_of_one(self):
        self.page("[a](https://example.org) [b](https://a.example.org/x?y=1#z) [c](https://example.org/c++draft/a_b~)\n")
        self.assertEqual(self.faults(), [])
        for wrong in ("http://example.org/", "https:/example.org", "https://", "https://example", "htps://example.org",
                      "https://example.org//x", "https://example.org/<x>"):
            self.one_fault(f"[a]({wrong})\n", f"{wrong} is not the address of a web page")

    def test_a_link_from_a_symbol_to_a_file_must_name_one_that_it_has(self):
        self.page("[`Box::take`](../stage3_future_task/box.h) [`box.h`](../stage3_future_task/box.h)\n"
                  "[`ABox.IsEmptied`](../tests/box_test.cpp) [`Reader.read`](python/reader.py)\n"
                  "[`Box::put`](../stage3_future_task/box.h)\n")
        self.assertEqual(self.faults(), [])
        self.one_fault("[`Bag`](../stage3_future_task/box.h)\n", "stage3_future_task/box.h has no Bag")
        self.one_fault("[`ABox.IsFull`](../tests/box_test.cpp)\n", "has no ABox.IsFull")

    def test_a_path_in_the_text_must_exist_and_nothing_is_looked_for_in_fences(self):
        self.page("`stage3_future_task/box.h`\n\n```sh\n[x](nowhere) <!-- code: nothing -->\n```\n")
        self.assertEqual(self.faults(), [])
        self.one_fault("`stage3_future_task/bag.h`\n", "there is no file stage3_future_task/bag.h")

    # ---- The map

    def map(self, leave_out="", cells="| `a` | – |"):
        rows = "".join(f"| {name} | – {cells}\n" if name[0] != "f" else f"| – | {name} {cells}\n"
                       for name in sync.ARTICLE if name != leave_out)
        return f"<!-- map -->\n\n| section | figure | code | test |\n|---|---|---|---|\n{rows}\n<!-- end -->\n"

    def test_the_map_names_each_section_and_figure_and_leaves_no_cell_empty(self):
        self.page(self.map())
        self.assertEqual(self.faults(), [])
        for name in ("3", "4", "4.4", "4.4.6", "3.1", "5", "fig. 09", "fig. of 5", "the end"):
            self.one_fault(self.map(leave_out=name), "docs/page.md:1: ", f"does not name {name}")
        self.page(self.map().replace("fig. of 5", "第 5 节的图，没有编号").replace("fig. ", "图 ").replace("the end", "结语"))
        self.assertEqual(self.faults(), [])
        self.one_fault(self.map(cells="| | `b` |"), "empty cell", "row of 3")

    # ---- The two languages

    PAIR = '# Title\n\n[中文](zh/page.md)\n\n<a id="4.1"></a>\n## Pain\n\n<!-- code: stage3_future_task/box.h answer -->\n' \
           "```cpp\nconstexpr int answer = 42;\n```\n\n```mermaid\n```\n\n" \
           "| a \\| b | c |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n| d |\n|---|\n| 5 |\n"

    def test_a_translation_has_the_same_headings_blocks_fences_and_sizes_of_tables(self):
        self.page(self.PAIR)
        zh = self.PAIR.replace("Title", "标题").replace("Pain", "痛").replace("[中文](zh/", "[English](../")
        zh = self.page(zh, "docs/zh/page.md")
        self.assertEqual(self.mend(), [])
        zh = zh.read_text()
        for before, after, said in (('"4.1"', '"4.2"', "## 4.2"), ("## 痛", "### 痛", "### 4.1"),
                                    ("```mermaid\n```\n", "", "```mermaid"), ('<a id="4.1"></a>\n', "", "(no anchor)"),
                                    ("| 1 | 2 |\n", "", "a table of 3 rows, 2 columns, where"),
                                    ("| 5 |\n", "| 5 |\n| 6 |\n", "a table of 4 rows, 1 columns, where"),
                                    ("\n| d |\n|---|\n| 5 |\n", "", "here is nothing, where"),
                                    ("| a \\| b ", "| a | b ", "a table of 4 rows, 3 columns, where")):
            self.page(zh.replace(before, after), "docs/zh/page.md")
            faults = self.faults()
            self.assertEqual(len(faults), 1, faults)
            self.assertTrue(faults[0].startswith("docs/zh/page.md:"))
            self.assertIn(said, faults[0])
            self.assertIn("docs/page.md:", faults[0])

    def test_a_page_and_its_translation_link_to_each_other(self):
        translated = self.page("# 标题\n", "docs/zh/page.md")
        self.one_fault("# Title\n[中文](zh/page.md)\n", "docs/zh/page.md:1: ", "docs/zh/page.md has no link to ../page.md")
        translated.write_text("# 标题\n[English](../page.md)\n")
        self.one_fault("# Title\n", "docs/zh/page.md:1: ", "docs/page.md has no link to zh/page.md")
        self.page("# Title\n[中文](zh/page.md)\n")
        self.assertEqual(self.faults(), [])

    def test_the_readme_and_its_translation_are_such_pages_too(self):
        self.page("# Title\n[中文](zh/page.md)\n")
        self.page("# 标题\n[English](../page.md)\n", "docs/zh/page.md")
        self.assertEqual(self.faults(), [])
        chinese = self.root / "README.zh.md"
        chinese.write_text("# 教程\n[en](README.md)\n\n## 更多\n")
        self.assertEqual(self.faults(), ["README.zh.md:4: here is ## (no anchor), where README.md:the end has nothing"])
        chinese.unlink()
        faults = self.faults()
        self.assertIn("README.md:1: there is no README.zh.md, the same in Chinese", faults)

    def test_a_page_without_a_translation_is_a_fault_once_there_is_one_of_another(self):
        self.page("# Other\n", "docs/deep/other.md")
        self.assertEqual(self.faults(), [])
        self.page("# 标题\n[English](../page.md)\n", "docs/zh/page.md")
        self.one_fault("# Title\n[中文](zh/page.md)\n", "docs/deep/other.md:1: ", "there is no docs/zh/deep/other.md")

    def test_a_page_whose_translation_is_behind_is_not_compared(self):
        self.addCleanup(setattr, sync, "BEHIND", sync.BEHIND)
        sync.BEHIND = {"a.md", "b.md"}
        self.page("# A\n\n[zh](zh/a.md)\n\n## B\n", "docs/a.md")
        self.page("# A\n\n[en](../a.md)\n", "docs/zh/a.md")
        self.page("# B\n", "docs/b.md")
        self.assertEqual(self.faults(), [])
        sync.BEHIND = set()
        self.assertEqual(len(self.faults()), 2)

    def test_a_translation_of_nothing_is_a_fault(self):
        self.page("# 标题\n", "docs/zh/alone.md")
        self.assertEqual(len(self.faults()), 1)


if __name__ == "__main__":
    unittest.main()
