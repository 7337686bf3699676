"""Runs docs/exercises/run.py as a reader does, on a terminal and without one, in a copy of the exercises.

Most tests compile with a stand-in that obeys comments in the reader's file, so that they take no time. Those of the
class Compiled use the compiler and GoogleTest, as a build directory has them: exercises_test.py BUILD.
"""

import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unicodedata
import unittest

from repository import ROOT

RUN = "docs/exercises/run.py"
PATIENCE = 60
BUILD = None
SLEEP = re.findall(r"^TEST_F\(Sleep, (\w+)\)", (ROOT / "docs/exercises/06_sleep/sleep_test.cpp").read_text(), re.M)

# Stands for the compiler and for the test program. What they do is in comments of the reader's file:
#   compiler: TEXT   it says this, and fails      slowly: SECONDS  it takes that long, and notes that it came to its end
#   fails: NAME, prints: TEXT, hangs: NAME, crashes: NAME, ends: NAME   of the tests; all others pass
STAND_IN = r'''#!{python}
import pathlib, re, sys, time
clone = pathlib.Path({clone!r})
target = sys.argv[sys.argv.index("--target") + 1]
folder = next((clone / "docs/exercises").glob(target[9:11] + "_*"))
start = next((folder / "start").glob("*.h"))
text = start.read_text()
log = clone / "log"
with log.open("a") as out:
    print("begun", file=out)
print("[1/2] Building CXX object", flush=True)
for seconds in re.findall("slowly: (.*)", text):
    time.sleep(float(seconds))
errors = re.findall("compiler: (.*)", text)
if errors:
    for error in errors:
        print(f"{{start}}:7:3: error: {{error}}\n    7 |   oops\n      |   ^~~~\n{{start}}:9:1: note: ignored", flush=True)
    sys.exit(1)
with log.open("a") as out:
    print("built", file=out)
test = next(folder.glob("*_test.cpp"))
names = [".".join(pair) for pair in re.findall(r"^TEST_?F?\((\w+), (\w+)\)", test.read_text(), re.M)]
program = clone / "build/docs/exercises" / target
program.parent.mkdir(parents=True, exist_ok=True)
program.write_text(f"""#!{python}
import os, re, sys, time
text, names = {{text!r}}, {{names!r}}
if "--gtest_list_tests" in sys.argv:
    print(names[0].split(".")[0] + ".")
    print("".join("  " + name.split(".")[1] + chr(10) for name in names))
    sys.exit()
wanted = [a for a in sys.argv if a.startswith("--gtest_filter=")][0][15:].split(":")
todo = dict((name, what) for what, name in re.findall(r"(fails|hangs|crashes|ends): (\\w+)", text))
bad = False
for name in names:
    if name not in wanted:
        continue
    what = todo.get(name.split(".")[1], "")
    print("[ RUN      ]", name, flush=True)
    for line in re.findall("prints: (.*)", text):
        print(line, flush=True)
    if what == "hangs":
        time.sleep(1000)
    if what == "crashes":
        os.abort()
    if what == "ends":
        os._exit(0)
    if what == "fails":
        bad = True
        print("{{test}}:79: Failure\\nExpected equality of these values:\\n  woken\\n    Which is: \\"\\"\\n  \\"early late \\"\\n")
    print("[  FAILED  ]" if what else "[       OK ]", name, "(0 ms)", flush=True)
sys.exit(bad)
""")
program.chmod(0o755)
'''

# The real compiler's command for this exercise, with other files.
REAL = r'''#!{python}
import pathlib, subprocess, sys
clone, build = {clone!r}, {build!r}
target = sys.argv[sys.argv.index("--target") + 1]
commands = subprocess.run(["ninja", "-C", build, "-t", "commands", target], capture_output=True, text=True, check=True).stdout
lines = commands.splitlines()
compile = [line for line in lines if "-c " in line and "_test.cpp" in line and target + ".dir" in line][0]
link = [line for line in lines if "-o docs/exercises/" + target in line][0]
out = clone + "/build/docs/exercises/" + target
object = [word for word in compile.split() if word.endswith(".o")][-1]
compile = compile.replace(object, out + ".o").replace({root!r} + "/docs/exercises/", clone + "/docs/exercises/")
link = link.replace(object, out + ".o").replace("docs/exercises/" + target + " ", out + " ", 1)
for command in (compile, link):
    if subprocess.run(command, shell=True, cwd=build, stderr=subprocess.STDOUT).returncode:
        sys.exit(1)
'''


class Screen:
    """What a terminal shows of what it gets, as far as the runner makes use of one."""

    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.scrolled = []
        self.rest = ""

    def feed(self, text):
        text = self.rest + text
        self.rest = ""
        for token in re.findall(r"\033(?:\[[0-9;?]*[A-Za-z]?)?|\r|\n|[^\033\r\n]", text):
            if token.startswith("\033") and not re.search("[A-Za-z]$", token):
                self.rest = token
            elif token == "\033[H":
                self.row = self.column = 0
            elif token == "\033[2J":
                self.cells = [[" "] * self.columns for _ in range(self.rows)]
            elif token == "\033[J":
                self.cells[self.row][self.column:] = [" "] * (self.columns - self.column)
                for row in range(self.row + 1, self.rows):
                    self.cells[row] = [" "] * self.columns
            elif token == "\033[K":
                self.cells[self.row][self.column:] = [" "] * (self.columns - self.column)
            elif token == "\r":
                self.column = 0
            elif token == "\n":
                self.line_feed()
            elif token[0] != "\033":
                self.put(token)

    def line_feed(self):
        if self.row == self.rows - 1:
            self.scrolled.append("".join(self.cells.pop(0)).rstrip())
            self.cells.append([" "] * self.columns)
        else:
            self.row += 1

    def put(self, character):
        width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if self.column + width > self.columns:
            self.column = 0
            self.line_feed()
        self.cells[self.row][self.column] = character
        if width == 2:
            self.cells[self.row][self.column + 1] = ""
        self.column += width

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)


class Terminal:
    """A program on a terminal of that size."""

    def __init__(self, test, command, environment, rows=40, columns=100):
        self.screen = Screen(rows, columns)
        self.master, self.slave = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.slave)
        self.all = ""

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(command, stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                        preexec_fn=own_terminal, env=environment, cwd=test.clone)
        test.addCleanup(self.close)

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if (rows, columns) != (self.screen.rows, self.screen.columns):
            self.screen = Screen(rows, columns)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def read(self, seconds=0.05):
        ready, _, _ = select.select([self.master], [], [], seconds)
        if ready:
            text = os.read(self.master, 65536).decode("utf-8", "replace")
            self.all += text
            self.screen.feed(text)
        return bool(ready)

    def wait_for(self, condition, what):
        end = time.monotonic() + PATIENCE
        while self.read(0.05) or not condition(self.screen.text()): # what is half drawn is drawn to its end
            if time.monotonic() > end:
                raise AssertionError(f"{what} didn't come. The screen:\n{self.screen.text()}\nstatus {self.process.poll()}")
        return self.screen.text()

    def expect(self, *words):
        """Waits until all of them are on the screen."""
        squeezed = lambda text: re.sub(r"\s+", "", text)
        return self.wait_for(lambda text: all(squeezed(word) in squeezed(text) for word in words), words)

    def press(self, key):
        os.write(self.master, key.encode())

    def end(self):
        """Its exit status, once it has ended."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            self.read()
        while self.read(0):
            pass
        return self.process.wait(1)

    def is_sane(self):
        return termios.tcgetattr(self.slave)[:4] == self.before[:4]


class Runner(unittest.TestCase):
    stand_in = STAND_IN

    def setUp(self):
        self.clone = pathlib.Path(tempfile.mkdtemp()).resolve()
        self.addCleanup(shutil.rmtree, self.clone)
        for folder in ("docs/exercises", "docs/zh/exercises"):
            shutil.copytree(ROOT / folder, self.clone / folder)
        for original in (self.clone / "docs/exercises/originals").iterdir():
            folder = next((self.clone / "docs/exercises").glob(original.name[:3] + "*"))
            shutil.rmtree(folder / "start")
            (folder / "start").mkdir()
            shutil.copy(original, folder / "start" / original.name[3:])
        self.start = self.clone / "docs/exercises/06_sleep/start/sleep.h"
        (self.clone / "build").mkdir()
        (self.clone / "build/CMakeCache.txt").touch()
        (self.clone / "bin").mkdir()
        cmake = self.clone / "bin/cmake"
        cmake.write_text(self.stand_in.format(python=sys.executable, clone=str(self.clone), root=str(ROOT), build=BUILD))
        cmake.chmod(0o755)
        self.environment = {"PATH": f"{self.clone}/bin:{os.environ['PATH']}", "TERM": "xterm", "LANG": "C.UTF-8",
                            "TUTORIAL_TEST_SECONDS": "20"}
        for name in ("CCACHE_DIR", "HOME"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def command(self, *arguments):
        return [sys.executable, str(self.clone / RUN), "--build", str(self.clone / "build"), *arguments]

    def run_plainly(self, *arguments, **environment):
        """Without a terminal: exit status, output and messages."""
        done = subprocess.run(self.command(*arguments), cwd=self.clone, env=self.environment | environment, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)
        return done.returncode, done.stdout, done.stderr

    def terminal(self, *arguments, rows=40, columns=100, **environment):
        return Terminal(self, self.command(*arguments), self.environment | environment, rows, columns)

    def save(self, text, path=None):
        """As most editors do it: another file takes the place of the old one."""
        path = path or self.start
        new = path.with_name("." + path.name + ".new")
        new.write_text(text)
        new.replace(path)

    def log(self):
        log = self.clone / "log"
        return log.read_text().split() if log.exists() else []

    def stay_running(self, pattern):
        """How many processes have this in their command line."""
        found = 0
        for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                found += pattern.encode() in entry.read_bytes()
            except OSError:
                pass
        return found


class Files(unittest.TestCase):
    def test_words_are_there_for_each_test_in_both_languages(self):
        names = [".".join(pair) for test in sorted((ROOT / "docs/exercises").glob("*/*_test.cpp"))
                 for pair in re.findall(r"^TEST(?:_F)?\((\w+),\s*(\w+)\)", test.read_text(), re.M)]
        lines = (ROOT / "docs/exercises/tests_in_words.txt").read_text().split("\n")
        lines = [line for line in lines if line and not line.startswith("#")]
        self.assertEqual(lines[0::3], names)
        for line, language in zip(lines[1:], ["en", "zh", ""] * len(names)):
            if language:
                self.assertRegex(line, rf"^  {language} \S.*[.。]$")


class Shipped(unittest.TestCase):
    """Holds in the repository, but not where a reader has begun."""

    def test_originals_are_the_starts(self):
        starts = sorted((ROOT / "docs/exercises").glob("*/start/*.h"))
        originals = sorted((ROOT / "docs/exercises/originals").iterdir())
        self.assertEqual([f"{start.parts[-3][:3]}{start.name}" for start in starts], [original.name for original in originals])
        for start, original in zip(starts, originals):
            self.assertEqual(start.read_text(), original.read_text(), start)


class WithoutATerminal(Runner):
    def test_a_fresh_copy_has_begun_nothing_and_suggests_the_first(self):
        status, out, err = self.run_plainly("exercises")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(out.count("not begun"), 18)
        self.assertEqual(out.count("  open\n"), 2)
        self.assertIn("./tutorial exercise 1 --watch", out)
        self.assertNotIn("\033", out)
        self.assertEqual(self.log(), []) # what hasn't begun isn't compiled

    def test_the_list_has_the_state_of_each_and_suggests_one_that_has_begun(self):
        at = lambda number: next(next((self.clone / "docs/exercises").glob(f"{number:02}_*")).glob("start/*.h"))
        self.save("// solved\n", at(1))
        self.save("// compiler: no\n", at(2))
        self.save("// fails: CountsEachHostByItself\n", at(3))
        at(4).unlink()
        status, out, err = self.run_plainly("exercises")
        self.assertEqual((status, err), (0, ""))
        states = {int(m[1]): m[2] for m in re.finditer(r"^ *(\d+)  .*  (\S.*)$", out, re.M)}
        self.assertEqual([states[n] for n in (1, 2, 3, 4, 5, 19)], ["solved", "does not compile", "6 of 7 tests pass",
                                                                  "its file is missing", "not begun", "open"])
        self.assertIn("1 of 18 exercises solved", out)
        self.assertIn("Next: exercise 2", out)

    def test_progress_follows_the_files_and_nothing_else(self):
        self.save("// solved\n")
        self.assertIn("1 of 18", self.run_plainly("exercises")[1])
        shutil.copy(self.clone / "docs/exercises/originals/06_sleep.h", self.start)
        self.assertIn("0 of 18", self.run_plainly("exercises")[1])
        self.start.write_bytes(self.start.read_bytes().replace(b"\n", b"\r\n")) # as Git may check it out
        self.assertIn("0 of 18", self.run_plainly("exercises")[1])

    def test_an_old_file_that_is_moved_into_place_is_compiled(self):
        self.save("// solved\n")
        self.assertEqual(self.run_plainly("exercise", "6")[0], 0)
        objects = self.clone / "build/docs/exercises/CMakeFiles/exercise_06_start.dir/06_sleep/sleep_test.cpp.o"
        objects.parent.mkdir(parents=True)
        objects.touch()
        self.assertEqual(self.run_plainly("exercise", "6")[0], 0)
        self.assertTrue(objects.exists()) # nothing has changed, and Ninja has nothing to do
        self.save(f"// fails: {SLEEP[1]}\n")
        os.utime(self.start, (1, 1))
        self.assertEqual(self.run_plainly("exercise", "6")[0], 1)
        self.assertFalse(objects.exists())

    def test_the_first_failing_test_is_told_in_words(self):
        self.save(f"// fails: {SLEEP[1]} fails: {SLEEP[3]}\n// prints: I was here\n")
        status, out, err = self.run_plainly("exercise", "6")
        self.assertEqual((status, err), (1, ""))
        self.assertIn("Exercise 6, sleep: 4 of 6 tests pass.", out)
        self.assertIn("Two Tasks sleep at the same time, and the one with the earlier time wakes first.", out)
        self.assertIn('woken should be "early late ", but is "".', out)
        self.assertIn("docs/exercises/06_sleep/sleep_test.cpp:79", out)
        self.assertIn("I was here", out)
        self.assertNotIn(SLEEP[3], out)
        self.assertIn("docs/exercises/06_sleep/start/sleep.h", out)
        self.assertNotIn("\033", out)

    def test_the_compilers_first_error_is_shown_and_no_other(self):
        self.save("// compiler: expected ';'\n// compiler: and a hundred more\n")
        status, out, _ = self.run_plainly("exercise", "6")
        self.assertEqual(status, 1)
        self.assertIn("does not compile", out)
        self.assertIn("expected ';'", out)
        self.assertIn("06_sleep/start/sleep.h:7:3", out)
        self.assertIn("oops", out)
        for other in ("hundred", "ignored", "Building"):
            self.assertNotIn(other, out)

    def test_a_solved_one_names_the_next(self):
        self.save("// solved\n")
        status, out, _ = self.run_plainly("exercise", "6")
        self.assertEqual(status, 0)
        self.assertIn("All 6 tests pass", out)
        self.assertIn("./tutorial exercise 7 --watch", out)
        self.assertIn("docs/exercises/06_sleep/solution/sleep.h", out)

    def test_a_test_that_hangs_is_ended_and_the_others_still_count(self):
        self.save(f"// hangs: {SLEEP[1]}\n")
        status, out, _ = self.run_plainly("exercise", "6", TUTORIAL_TEST_SECONDS="4")
        self.assertEqual(status, 1)
        self.assertIn("5 of 6 tests pass", out)
        self.assertIn("still running after 4 seconds", out)
        self.assertEqual(self.stay_running(str(self.clone / "build/docs")), 0)

    def test_all_that_hang_do_not_take_forever_together(self):
        self.save("".join(f"// hangs: {name}\n" for name in SLEEP))
        began = time.monotonic()
        status, out, _ = self.run_plainly("exercise", "6", TUTORIAL_TEST_SECONDS="0.5")
        self.assertIn("0 of 6 tests pass", out)
        self.assertLess(time.monotonic() - began, 30)

    def test_a_test_that_crashes_or_exits_is_told_and_the_others_still_count(self):
        for what, words in (("crashes", "SIGABRT"), ("ends", "ended in the middle")):
            self.save(f"// {what}: {SLEEP[1]}\n")
            status, out, _ = self.run_plainly("exercise", "6")
            self.assertEqual(status, 1)
            self.assertIn("5 of 6 tests pass", out)
            self.assertIn(words, out)
            self.assertIn("earlier time wakes first", out)

    def test_escape_sequences_that_a_test_prints_do_not_reach_the_terminal(self):
        self.save(f"// prints: \033[2J\033]0;title\a\x07gone\n// fails: {SLEEP[1]}\n")
        _, out, _ = self.run_plainly("exercise", "6")
        self.assertIn("gone", out)
        self.assertNotIn("\033", out)
        self.assertNotIn("\x07", out)

    def test_a_file_that_was_deleted_is_missed_and_reset_brings_it_back(self):
        self.start.unlink()
        status, out, _ = self.run_plainly("exercise", "6")
        self.assertEqual(status, 1)
        self.assertIn("--reset", out)
        self.assertEqual(self.run_plainly("exercise", "6", "--reset")[0], 0)
        self.assertIn("not begun", self.run_plainly("exercise", "6")[1])

    def test_reset_keeps_each_version_of_yours(self):
        for number, text in enumerate(("// one\n", "// two\n"), 1):
            self.save(text)
            status, out, _ = self.run_plainly("exercise", "6", "--reset")
            self.assertEqual(status, 0)
            kept = self.start.with_name(f"sleep.kept-{number}.h")
            self.assertIn(kept.name, out)
            self.assertEqual(kept.read_text(), text)
        self.assertNotIn("kept", self.run_plainly("exercise", "6", "--reset")[1]) # it is the start already
        self.assertEqual(self.start.read_text(), (ROOT / "docs/exercises/originals/06_sleep.h").read_text())

    def test_hints_are_those_of_the_page_without_its_marks(self):
        for number in range(1, 19):
            for language in ("en", "zh"):
                _, out, _ = self.run_plainly("exercise", str(number), "--hint", "9", "--lang", language)
                self.assertNotRegex(out, r"\]\(|</?details|\*\*|&lt;", number)
                self.assertGreaterEqual(len(re.findall(r"^(Hint|提示) \d", out, re.M)), 2, number)
        _, out, _ = self.run_plainly("exercise", "6", "--hint")
        self.assertIn("Hint 1 of 2", out)
        self.assertNotIn("Hint 2 of 2", out)
        self.assertIn("--hint 2", out)

    def test_the_solution_is_the_file(self):
        _, out, _ = self.run_plainly("exercise", "2", "--solution", COLUMNS="200")
        for line in (ROOT / "docs/exercises/02_retry/solution/retry.h").read_text().split("\n"):
            self.assertIn(line, out)

    def test_an_open_exercise_points_to_its_page(self):
        status, out, _ = self.run_plainly("exercise", "19")
        self.assertEqual(status, 0)
        self.assertIn("docs/exercises/19_selector/README.md", out)

    def test_chinese_is_spoken_where_the_locale_or_an_option_asks_for_it(self):
        self.save(f"// fails: {SLEEP[1]}\n")
        for options, environment in ((["--lang", "zh"], {}), ([], {"LANG": "zh_CN.UTF-8"}), ([], {"LC_MESSAGES": "zh_TW.UTF-8"}),
                                     ([], {"LC_ALL": "zh_CN.UTF-8", "LANG": "en_GB.UTF-8"})):
            _, out, _ = self.run_plainly("exercise", "6", *options, PYTHONUTF8="1", **environment)
            self.assertIn("两个 Task 可以同时睡，时间早的先醒。", out)
            self.assertIn('woken 应当是 "early late "，实际是 ""。', out)
            self.assertIn("通过 5/6 个测试", out)
            self.assertNotIn("test", out.replace("sleep_test", "").replace("TEST_F", "").replace("_test", ""))
            _, out, _ = self.run_plainly("exercises", *options, PYTHONUTF8="1", **environment)
            self.assertIn("还没开始", out)
            self.assertNotIn("not begun", out)
        for environment in ({"LC_ALL": "en_GB.UTF-8", "LANG": "zh_CN.UTF-8"}, {"LANG": ""}):
            self.assertIn("tests pass", self.run_plainly("exercise", "6", **environment)[1])

    def test_a_terminal_without_chinese_letters_stops_nothing(self):
        status, out, err = self.run_plainly("exercises", "--lang", "zh", PYTHONIOENCODING="ascii")
        self.assertEqual((status, err), (0, ""))

    def test_wrong_words_are_told_in_three_parts(self):
        for arguments in (["exercise", "21"], ["exercise", "0"], ["exercise"], ["exercise", "6", "--frob"],
                          ["exercise", "6", "--lang", "fr"], ["exercises", "6"], ["exercise", "6", "--watch", "--reset"]):
            status, out, err = self.run_plainly(*arguments)
            self.assertEqual((status, out), (2, ""), arguments)
            self.assertRegex(err, r"^tutorial: .*\n  where: \./tutorial .*\n  right: ", arguments)
        status, _, err = self.run_plainly("exercise", "21", "--lang", "zh")
        self.assertRegex(err, r"位置.*\n.*改法")
        (self.clone / "build/CMakeCache.txt").unlink()
        status, _, err = self.run_plainly("exercise", "6")
        self.assertRegex(err, r"where: .*build\n  right: \./tutorial exercise 6")

    def test_help_comes_in_both_languages_and_compiles_nothing(self):
        for language, word in (("en", "usage:"), ("zh", "用法：")):
            for arguments in (["exercises", "--help"], ["exercise", "--help"], ["exercise", "6", "--help"]):
                status, out, _ = self.run_plainly(*arguments, "--lang", language)
                self.assertEqual((status, out[:len(word)]), (0, word))
                for option in ("--watch", "--hint", "--solution", "--reset", "--lang", "--gtest_"):
                    self.assertIn(option, out)
        self.assertEqual(self.log(), [])

    def test_it_says_what_needs_a_build(self):
        asks = lambda *arguments: self.run_plainly("--needs-build", *arguments)[0]
        self.assertEqual([asks("exercises"), asks("exercise", "6", "--hint"), asks("exercise", "19"), asks("exercise", "--help")],
                         [3, 3, 3, 3])
        self.assertEqual([asks("exercise", "6"), asks("exercise", "6", "--watch"), asks("exercise", "6", "--gtest_filter=*")],
                         [0, 0, 0])
        self.save("// begun\n")
        self.assertEqual(asks("exercises"), 0)
        self.assertEqual(asks("exercise", "21"), 2)

    def test_two_builds_in_one_folder_wait_for_each_other(self):
        self.save("// slowly: 1\n")
        both = [subprocess.Popen(self.command("exercise", "6"), env=self.environment, stdout=subprocess.DEVNULL) for _ in range(2)]
        self.assertEqual([one.wait(PATIENCE) for one in both], [0, 0])
        self.assertEqual(self.log(), ["begun", "built"] * 2)

    def test_watch_prints_each_result_below_the_other(self):
        watch = subprocess.Popen(self.command("exercise", "6", "--watch"), cwd=self.clone, env=self.environment, text=True,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        too_long = threading.Timer(PATIENCE, watch.kill)
        too_long.start()
        try:
            read = lambda word: next(line for line in watch.stdout if word in line)
            read("Exercise 6")
            self.save("// compiler: expected ';'\n")
            read("does not compile")
            self.save("// solved\n")
            line = read("solved")
            self.assertNotIn("\033", line)
        finally:
            too_long.cancel()
            watch.terminate()
            self.assertEqual(watch.wait(PATIENCE), 128 + signal.SIGTERM)
            watch.stdout.close()


class OnATerminal(Runner):
    def watch(self, *arguments, **options):
        return self.terminal("exercise", "6", "--watch", *arguments, **options)

    def test_each_save_is_tested_and_the_state_goes_from_nothing_to_solved(self):
        terminal = self.watch()
        terminal.expect("not begun", "q quit")
        self.save("// compiler: expected ';'\n")
        terminal.expect("does not compile", "expected ';'", "start/sleep.h:7:3")
        self.save(f"// fails: {SLEEP[1]}\n")
        text = terminal.expect("5 of 6 tests pass", "earlier time wakes first")
        self.assertNotIn("expected ';'", text)
        self.start.write_text("// solved\n") # in place, as other editors do it
        text = terminal.expect("All 6 tests pass", "n next")
        self.assertNotIn("wakes first", text)
        terminal.press("q")
        self.assertEqual(terminal.end(), 0)
        self.assertTrue(terminal.is_sane())

    def test_keys_show_one_hint_after_the_other(self):
        terminal = self.watch()
        terminal.expect("h hint")
        terminal.press("h")
        self.assertNotIn("Hint 2", terminal.expect("Hint 1 of 2", "h next hint"))
        terminal.press("ｈ") # a wide letter, from a Chinese input method
        terminal.expect("Hint 1 of 2", "Hint 2 of 2")
        terminal.press("h")
        terminal.expect("That was the last hint")
        self.save("// solved\n")
        self.assertNotIn("Hint 1", terminal.expect("All 6 tests pass"))
        terminal.press("h")
        terminal.expect("Hint 2 of 2")
        terminal.press("x")
        self.assertNotIn("Hint", terminal.expect("All 6 tests pass"))

    def test_the_solution_is_shown_when_asked_twice(self):
        terminal = self.watch(rows=60)
        terminal.expect("not begun", "q quit")
        terminal.press("s")
        self.assertNotIn("sleep_until", terminal.expect("Press s again"))
        terminal.press("x")
        terminal.wait_for(lambda text: "Press s again" not in text, "the question's end")
        terminal.press("ss") # pasted, or a key that is held: that is no answer
        self.assertNotIn("sleep_until", terminal.expect("Press s again"))
        terminal.press("s")
        terminal.expect("One solution", "struct Alarm")
        terminal.press("x")
        self.assertNotIn("struct Alarm", terminal.expect("not begun"))

    def test_a_solution_that_is_longer_than_the_window_can_be_scrolled_back_to(self):
        terminal = self.watch(rows=12)
        terminal.expect("not begun", "q quit")
        terminal.press("s")
        terminal.expect("Press s again")
        terminal.press("s")
        terminal.expect("return alarm", "q quit")
        self.assertIn("One solution of many", "\n".join(terminal.screen.scrolled))

    def test_reset_asks_and_keeps_a_copy(self):
        self.save("// mine\n")
        terminal = self.watch()
        terminal.expect("All 6 tests pass")
        terminal.press("r")
        terminal.expect("Press r again")
        self.assertEqual(self.start.read_text(), "// mine\n")
        terminal.press("r")
        terminal.expect("The start is back", "sleep.kept-1.h", "not begun")
        self.assertEqual(self.start.with_name("sleep.kept-1.h").read_text(), "// mine\n")
        terminal.press("r")
        terminal.expect("as it was at the start")

    def test_next_and_previous_turn_to_other_exercises(self):
        terminal = self.terminal("exercise", "18", "--watch")
        terminal.expect("Exercise 18", "not begun", "q quit")
        terminal.press("n")
        terminal.expect("Exercise 19", "open", "19_selector/README.md")
        terminal.press("n")
        terminal.expect("Exercise 20")
        terminal.press("n")
        terminal.expect("last one")
        for number in (19, 18, 17):
            terminal.press("p")
            terminal.expect(f"Exercise {number}")
        self.save("// solved\n", self.clone / "docs/exercises/17_condition/start/condition.h")
        terminal.expect("Exercise 17", "All 7 tests pass")

    def test_no_key_is_made_of_an_arrow(self):
        terminal = self.watch()
        terminal.expect("q quit")
        for sequence in ("\033[A", "\033OP", "\033[200~", "\033[1;5q"):
            terminal.press(sequence)
            time.sleep(0.05)
        terminal.press("h")
        terminal.expect("Hint 1 of 2")

    def test_two_saves_in_quick_succession_end_with_the_second(self):
        terminal = self.watch()
        terminal.expect("not begun", "q quit")
        self.save(f"// slowly: 20\n// fails: {SLEEP[1]}\n")
        terminal.wait_for(lambda _: self.log().count("begun") == 2, "the first build")
        self.save("// solved\n")
        terminal.expect("Exercise 6, sleep: solved.")
        self.assertEqual(self.stay_running(str(self.clone / "bin/cmake")), 0) # the first of the two was stopped
        self.assertEqual(self.log().count("built"), 2) # the first of the two saves wasn't built to its end
        time.sleep(0.5) # time for what should not happen: a third build, or the first one's result
        self.assertIn("sleep: solved.", terminal.expect("q quit"))
        self.assertEqual(self.log().count("begun"), 3)
        self.assertNotIn("wakes first", terminal.all)

    def test_a_deleted_file_is_missed_and_seen_again(self):
        terminal = self.watch()
        terminal.expect("not begun", "q quit")
        self.start.unlink()
        terminal.expect("file is missing")
        self.save("// solved\n")
        terminal.expect("All 6 tests pass")
        shutil.rmtree(self.start.parent)
        terminal.expect("file is missing")
        terminal.press("r")
        terminal.expect("Press r again")
        terminal.press("r")
        terminal.expect("not begun")

    def test_a_hanging_test_can_be_left_at_once(self):
        self.save(f"// hangs: {SLEEP[1]}\n")
        terminal = self.watch(TUTORIAL_TEST_SECONDS="50")
        terminal.expect("Running test 2 of 6")
        self.save("// solved\n")
        terminal.expect("All 6 tests pass")
        self.save(f"// hangs: {SLEEP[1]}\n")
        terminal.expect("Running test 2 of 6")
        terminal.press("q")
        self.assertEqual(terminal.end(), 0)
        self.assertEqual(self.stay_running(str(self.clone / "build/docs")), 0)

    def test_ctrl_c_and_signals_leave_the_terminal_sane_and_nothing_running(self):
        for ending in ("\x03", signal.SIGTERM, signal.SIGHUP):
            self.save("// slowly: 30\n")
            terminal = self.watch()
            terminal.expect("Building")
            terminal.wait_for(lambda _: not terminal.is_sane(), "single keys")
            if ending == "\x03":
                terminal.press(ending)
            else:
                terminal.process.send_signal(ending)
            self.assertEqual(terminal.end(), 130 if ending == "\x03" else 128 + ending)
            self.assertTrue(terminal.is_sane())
            self.assertNotIn("Traceback", terminal.all)
            self.assertEqual(self.stay_running(str(self.clone / "bin/cmake")), 0)

    def test_ctrl_z_gives_the_terminal_back_until_it_goes_on(self):
        terminal = self.watch()
        terminal.expect("not begun", "q quit")
        # A shell would be there to go on with; here the group is an orphan's, and only the signal itself counts.
        terminal.process.send_signal(signal.SIGTSTP)
        terminal.wait_for(lambda _: terminal.is_sane(), "the terminal")
        terminal.screen.feed("\033[2J")
        terminal.process.send_signal(signal.SIGCONT)
        terminal.expect("not begun", "q quit")
        self.assertFalse(terminal.is_sane())
        terminal.press("q")
        self.assertEqual(terminal.end(), 0)

    def test_a_narrow_terminal_holds_every_line(self):
        self.save(f"// fails: {SLEEP[5]}\n")
        for language in ("en", "zh"):
            terminal = self.watch("--lang", language, rows=50, columns=32)
            terminal.wait_for(lambda text: "Sleep." in text and ("q quit" in text or "q 退出" in text), "the result")
            terminal.press("h")
            terminal.expect("2")
            text = re.sub(r"\033\[[0-9;]*[A-Za-z]", "", terminal.all.replace("\033[H", "\n"))
            for line in re.split(r"[\r\n]+", text):
                width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
                self.assertLessEqual(width, 32, line)
            for key in ("h next hint", "n next", "q quit") if language == "en" else ("h 下一条提示", "p 上一道", "q 退出"):
                self.assertIn(key, terminal.screen.text()) # no key is broken at the end of a line
            terminal.close = lambda: None
            terminal.press("q")
            terminal.end()
        _, out, _ = self.run_plainly("exercises", COLUMNS="32")
        self.assertLessEqual(max(map(len, out.split("\n"))), 32)
        self.assertIn("5 of 6 tests pass", out)

    def test_a_small_window_keeps_the_status_and_the_keys_on_the_screen(self):
        self.save(f"// fails: {SLEEP[1]}\n")
        terminal = self.watch(rows=12, columns=60)
        text = terminal.expect("5 of 6 tests pass", "more in a taller window", "q quit")
        self.assertIn("start/sleep.h", text.split("\n")[0])
        terminal.resize(40, 60)
        self.assertNotIn("taller window", terminal.expect("sleep_test.cpp:79", "q quit"))

    def test_what_stood_on_the_terminal_is_scrolled_and_not_overwritten(self):
        terminal = Terminal(self, ["sh", "-c", 'echo precious; exec "$@"', "sh", *self.command("exercise", "6", "--watch")],
                            self.environment)
        terminal.expect("not begun", "q quit")
        self.assertIn("precious", terminal.screen.scrolled)

    def test_a_dumb_terminal_gets_plain_lines_and_keys_still_work(self):
        terminal = self.watch(TERM="dumb")
        terminal.expect("not begun", "q quit")
        terminal.press("h")
        terminal.expect("Hint 1 of 2")
        terminal.press("q")
        self.assertEqual(terminal.end(), 0)
        self.assertNotIn("\033", terminal.all)

    def test_chinese_is_spoken_under_watch_too(self):
        self.save(f"// fails: {SLEEP[1]}\n")
        terminal = self.watch("--lang", "zh")
        terminal.expect("练习 6：sleep，通过 5/6 个测试", "时间早的先醒", "h 提示", "q 退出")
        terminal.press("h")
        terminal.expect("提示 1（共 2 条）")
        terminal.press("s")
        terminal.expect("再按一次 s")
        terminal.press("r")
        terminal.expect("再按一次 r")

    def test_the_list_shows_its_progress_and_clears_it(self):
        self.save("// slowly: 0.5\n")
        terminal = self.terminal("exercises")
        terminal.expect("Building")
        self.assertNotIn("Building", terminal.expect("1 of 18 exercises solved", "Next: exercise 1"))
        self.assertEqual(terminal.end(), 0)
        self.save("// slowly: 30\n")
        terminal = self.terminal("exercises")
        terminal.expect("Building")
        terminal.press("\x03")
        self.assertEqual(terminal.end(), 130, terminal.all)
        self.assertEqual(self.stay_running(str(self.clone / "bin/cmake")), 0)


class Compiled(Runner):
    """With the compiler and GoogleTest of a build directory."""
    stand_in = REAL

    def test_exercise_6_is_solved_under_watch(self):
        def edit(old, new):
            text = self.start.read_text()
            self.assertIn(old, text)
            self.save(text.replace(old, new))

        terminal = self.terminal("exercise", "6", "--watch", TUTORIAL_TEST_SECONDS="10")
        terminal.expect("not begun", "The sleep ends when its time has come, and not before.", "sleep_test.cpp:80")
        solution = (ROOT / "docs/exercises/06_sleep/solution/sleep.h").read_text()
        self.save(solution.replace("call_at(when,", "call_att(when,"))
        text = terminal.expect("does not compile", "call_att", "06_sleep/start/sleep.h")
        self.assertEqual(text.count("call_att"), 2, text) # the error, and the line that has it
        edit("call_att(when,", "call_at(when - std::chrono::seconds(1),")
        terminal.expect("tests pass", "and not before.", "run() should be at least milliseconds(20)")
        edit("ringing->set_result({})", "*(volatile int*)nullptr = 1")
        terminal.expect("crashed (SIG")
        self.save(solution)
        terminal.expect("All 6 tests pass.")
        terminal.press("q")
        self.assertEqual(terminal.end(), 0)

    def test_a_changed_name_is_explained_by_the_line_in_the_test(self):
        self.save(self.start.read_text().replace("sleep_until(", "sleep_till("))
        status, out, _ = self.run_plainly("exercise", "6")
        self.assertEqual(status, 1)
        self.assertIn("sleep_test.cpp:", out)
        self.assertIn("the names and parameters", re.sub(r"\s+", " ", out))


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1].startswith("/"):
        BUILD = sys.argv.pop(1)
    else:
        del Compiled
    if "Shipped" not in sys.argv:
        del Shipped
    unittest.main()
