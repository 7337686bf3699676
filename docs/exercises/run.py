#!/usr/bin/env python3
"""Runs the exercises: ./tutorial exercises lists them, ./tutorial exercise N tests yours, --watch does so at every save.

How far the reader has come is never written down. It follows from three things each time: whether the file in start/
still equals the one in originals/, whether it compiles, and which tests pass.
"""

import concurrent.futures
import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
import tty
import unicodedata

EXERCISES = pathlib.Path(__file__).resolve().parent
ROOT = EXERCISES.parent.parent
LAST = 20
TEST_SECONDS = float(os.environ.get("TUTORIAL_TEST_SECONDS", "10"))  # after which a test counts as hanging
RUN_SECONDS = 3 * TEST_SECONDS  # after a hang, the other tests get this long together
POLL_SECONDS = 0.15
KEPT_BYTES = 20_000  # of what a test prints

language = "en"


def tr(english, chinese):
    return chinese if language == "zh" else english


def language_of(environment):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "zh" if environment[name].lower().startswith("zh") else "en"
    return "en"


class Trouble(Exception):
    """Something that the reader has to mend: what is wrong, where, and what would be right."""

    def __init__(self, what, where, right, status=1):
        super().__init__(what)
        self.parts, self.status = (what, where, right), status

    def __str__(self):
        what, where, right = self.parts
        return f"{what}\n  {tr('where', '位置')}: {where}\n  {tr('right', '改法')}: {right}"


def shown(path):
    """The path as the reader would type it here."""
    here = pathlib.Path.cwd()
    return os.path.relpath(path, here) if here == ROOT or ROOT in here.parents else str(path)


# ---- Text that fits the terminal ----

def width_of(text):
    """How many columns a terminal needs for it."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def pieces(text):
    """What a line may be broken between: words, and Chinese characters with the punctuation that can't begin a line."""
    return re.findall(r"[^ ]*\u00a0[^ ]*| +|[\u2e80-\u9fff\uff00-\uffef][，。：；、！？）》”]*|[^ \u2e80-\u9fff\uff00-\uffef]+[，。：；、！？）》”]*", text)


def wrap(text, width):
    """The lines of a paragraph, none wider than that. A word that is too long is broken."""
    lines, line = [], ""
    for piece in pieces(text):
        if width_of(line + piece.rstrip()) > width and line.strip():
            lines.append(line.rstrip())
            line = ""
        if piece.isspace() and not line:
            continue
        line += piece
        while width_of(line.rstrip()) > width:
            head = cut(line, width)
            lines.append(head)
            line = line[len(head):]
    return lines + [line.rstrip()] if line.strip() or not lines else lines


def cut(text, width):
    """As much of its beginning as fits."""
    end = 0
    while end < len(text) and width_of(text[:end + 1]) <= width:
        end += 1
    return text[:max(end, 1)]


class Page:
    """Paragraphs and code, which are broken into lines once the width is known."""

    def __init__(self):
        self.parts = []

    def text(self, text="", indent=0, style=""):
        self.parts.append((text, indent, style, False))
        return self

    def code(self, text, indent=2, style=""):
        for line in text.split("\n"):
            self.parts.append((line.replace("\t", "    ").rstrip(), indent, style, True))
        return self

    def lines(self, width, color=False):
        result = []
        for text, indent, style, is_code in self.parts:
            room = max(width - indent, 8)
            if is_code:
                lines = [text] if width_of(text) <= room else broken(text, room)
            else:
                lines = wrap(text, min(room, 100))
            for line in lines:
                line = " " * indent + line if line else ""
                result.append(f"\033[{style}m{line}\033[0m" if color and style and line else line)
        while result and not result[-1]:
            result.pop()
        return result


def broken(text, width):
    lines = []
    while text:
        head = cut(text, width)
        lines.append(head)
        text = text[len(head):]
    return lines


BOLD, RED, GREEN, DIM = "1", "31;1", "32;1", "2"


def plain(markdown):
    """Markdown as it reads without its marks."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    text = re.sub(r"(?<!\w)[*_]{1,2}(\S(?:[^*_]*\S)?)[*_]{1,2}(?!\w)", r"\1", text)
    return text.replace("`", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def printable(text):
    """Without escape sequences and other bytes that would upset a terminal."""
    text = re.sub(r"\033(\[[0-9;?]*[ -/]*[@-~]|\][^\a\033]*(\a|\033\\)|.)", "", text)
    return "".join(c if c in "\n\t" or c.isprintable() else "?" for c in text.replace("\r\n", "\n"))


# ---- What there is to do ----

def table():
    """The rows of the table in README.md: number, title, stage and stars."""
    for folder in ([ROOT / "docs/zh/exercises"] if language == "zh" else []) + [EXERCISES]:
        with contextlib.suppress(OSError):
            text = (folder / "README.md").read_text(encoding="utf-8")
            rows = re.findall(r"^\| *(\d+) *\| *\[(.*?)\]\([^)]*\) *\| *([^|]*?) *\|.*\| *([^|]*?) *\|$", text, re.M)
            if len(rows) == LAST:
                return {int(number): (plain(title), stage, stars) for number, title, stage, stars in rows}
    return {}


class Exercise:
    def __init__(self, number):
        self.number = number
        self.folder = next(EXERCISES.glob(f"{number:02}_*"))
        self.title, self.stage, self.stars = table().get(number, (self.folder.name[3:].replace("_", " "), "", ""))
        self.original = next((EXERCISES / "originals").glob(f"{number:02}_*"), None)
        self.is_open = self.original is None
        if not self.is_open:
            self.start = self.folder / "start" / self.original.name[3:]
            self.solution = self.folder / "solution" / self.start.name
            self.test = next(self.folder.glob("*_test.cpp"))
        self.target = f"exercise_{number:02}_start"

    @property
    def name(self):
        return tr(f"Exercise {self.number}, {self.title}", f"练习 {self.number}：{self.title}")

    @property
    def page(self):
        chinese = ROOT / "docs/zh/exercises" / self.folder.name / "README.md"
        return chinese if language == "zh" and chinese.exists() else self.folder / "README.md"

    def begun(self):
        return self.text() != self.original.read_bytes().replace(b"\r\n", b"\n")

    def text(self):
        """What the reader's file holds, or None if it isn't there."""
        try:
            return self.start.read_bytes().replace(b"\r\n", b"\n")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Trouble(tr("Your file can't be read.", "你的文件读不出来。"), shown(self.start),
                          tr(f"a file that you may read ({error.strerror})", f"应当是一个你有权限读取的文件（{error.strerror}）"))

    def sources(self):
        """The files that a save may change."""
        names = [self.test]
        with contextlib.suppress(OSError):
            names += [p for p in self.start.parent.iterdir() if re.fullmatch(r"[^.#].*\.(h|hpp|cpp)", p.name)
                      and ".kept-" not in p.name]
        return sorted(names)

    def seen(self):
        """Changes when one of the sources does."""
        result = []
        for path in self.sources():
            with contextlib.suppress(OSError):
                stat = path.stat()
                result.append((path.name, stat.st_mtime_ns, stat.st_size, stat.st_ino))
        return result

    def digest(self):
        result = hashlib.sha256()
        for path in self.sources():
            with contextlib.suppress(OSError):
                result.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return result.hexdigest()

    def hints(self):
        text = self.page.read_text(encoding="utf-8")
        return [body.strip() for body in re.findall(r"<details>\s*<summary>.*?</summary>(.*?)</details>", text, re.S)]

    def reset(self):
        """Puts the start back as it was shipped; the path of the copy of what was there, if that was anything else."""
        kept = None
        try:
            if self.text() is not None and self.begun():
                count = 1
                while (kept := self.start.with_name(f"{self.start.stem}.kept-{count}{self.start.suffix}")).exists():
                    count += 1
                shutil.copy2(self.start, kept)
            self.start.parent.mkdir(exist_ok=True)
            self.start.write_bytes(self.original.read_bytes())
        except OSError as error:
            raise Trouble(tr("The start can't be put back.", "起点没能恢复。"), shown(self.start.parent),
                          tr(f"a folder that you may write to, with room ({error.strerror})",
                             f"应当是一个你有权限写入、还有空间的目录（{error.strerror}）"))
        return kept


def add_markdown(page, text, indent=2):
    for number, block in enumerate(re.split(r"\n\s*\n(?=(?:[^`]*```[^`]*```)*[^`]*\Z)|(?=^```)", text.strip(), flags=re.M)):
        block = block.strip("\n")
        if not block.strip():
            continue
        if number:
            page.text()
        if block.startswith("```"):
            page.code(re.sub(r"^```.*\n|\n?```$", "", block), indent + 2)
        else:
            for item in re.split(r"\n(?=- )", block):
                page.text(plain(join(item)), indent)


def join(text):
    """One line of several. Between Chinese characters the end of a line is no space."""
    return re.sub(r"(?<=[\u2e80-\uffef])\n\s*(?=[\u2e80-\uffef])", "", text).replace("\n", " ")


def hint_page(exercise, count):
    """The first so many hints."""
    page, hints = Page(), exercise.hints()
    for number, hint in enumerate(hints[:count], 1):
        page.text(tr(f"Hint {number} of {len(hints)}", f"提示 {number}（共 {len(hints)} 条）"), style=BOLD)
        add_markdown(page, hint)
        page.text()
    return page


def solution_page(exercise):
    page = Page().text(tr("One solution of many:", "其中一种解法：") + " " + shown(exercise.solution), style=BOLD).text()
    return page.code(exercise.solution.read_text(encoding="utf-8").rstrip("\n"))


# ---- Building and testing ----

class Failure:
    """Why a test failed: what it printed, and in words of its own what it expected."""

    def __init__(self, test, kind="failed"):
        self.test, self.kind, self.signal, self.output = test, kind, "", ""


class Job:
    """Builds an exercise and runs its tests, bit by bit, so that keys and saves are seen meanwhile."""

    def __init__(self, exercise, build):
        self.exercise, self.build = exercise, build
        self.folder = build / "docs/exercises"
        self.program = self.folder / exercise.target
        self.phase, self.progress = "waiting", ""
        self.error = None  # a page, if it couldn't be built
        self.passed, self.tests, self.failures = [], [], []
        self.process = self.lock = None
        self.began = time.monotonic()
        self.took = 0.0
        self.output = b""
        self.cancelled = False

    # What came of it

    def done(self):
        return self.phase == "done"

    def solved(self):
        return self.done() and not self.error and not self.failures and len(self.passed) == len(self.tests)

    def state(self):
        if self.exercise.text() is None:
            return tr("its file is missing", "文件不见了")
        if not self.exercise.begun():
            return tr("not begun", "还没开始")
        if self.error:
            return self.error_state
        if self.solved():
            return tr("solved", "已完成")
        return tr(f"{len(self.passed)} of {len(self.tests)} tests pass", f"通过 {len(self.passed)}/{len(self.tests)} 个测试")

    def fail(self, page, state=None):
        self.error, self.error_state = page, state or tr("does not compile", "编译不过")
        self.finish()

    def finish(self):
        self.stop()
        self.phase, self.took = "done", time.monotonic() - self.began

    def stop(self):
        if self.process:
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGTERM if self.phase == "building" else signal.SIGKILL)
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.process.stdout.close()
            self.process = None
        if self.lock:
            self.lock.close()
            self.lock = None

    # How it goes on

    def step(self, timeout=0.1):
        """Waits for something to happen for at most so long; whether there is something new to show."""
        if self.cancelled:
            self.finish()
            return True
        if self.phase == "waiting":
            return self.start_build(timeout)
        ready, _, _ = select.select([self.process.stdout], [], [], timeout)
        data = os.read(self.process.stdout.fileno(), 65536) if ready else b""
        if data:
            self.output += data
            return self.read_progress() if self.phase == "building" else self.read_tests()
        if ready or self.process.poll() is not None:
            return self.ended()
        if self.phase == "testing":
            return self.look_at_the_clock()
        return False

    def launch(self, command, environment):
        self.output = b""
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True, env=environment,
                                        cwd=self.build)

    def start_build(self, timeout):
        exercise = self.exercise
        if exercise.text() is None:
            page = Page().text(tr("Your file isn't there.", "你的文件不见了。"), style=RED)
            page.text(shown(exercise.start), 2)
            page.text(tr(f"To get the start again: ./tutorial exercise {exercise.number} --reset, or r under --watch.",
                         f"要找回起点：运行 ./tutorial exercise {exercise.number} --reset，在 --watch 里按 r。"))
            self.fail(page, self.state())
            return True
        if not (self.build / "CMakeCache.txt").exists():
            raise Trouble(tr("Nothing has been configured there yet.", "这个目录里还没有配置过构建。"), shown(self.build),
                          f"./tutorial exercise {exercise.number}")
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.lock:
            self.lock = open(self.folder / ".building", "w")
        try:  # a second Ninja in the same folder would get in the way of the first
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.progress = tr("Waiting for another build", "等待另一个构建结束")
            time.sleep(timeout)
            return False
        # Ninja goes by the times of the files, and one that was moved here may be older than what was built last.
        self.digest = exercise.digest()
        self.stamp = self.folder / f"{exercise.target}.built_from"
        if not (self.stamp.exists() and self.stamp.read_text() == self.digest):
            self.stamp.unlink(missing_ok=True)
            for item in (self.folder / f"CMakeFiles/{exercise.target}.dir").glob("**/*.o"):
                item.unlink()
        self.phase, self.progress = "building", tr("Building", "正在构建")
        environment = {k: v for k, v in os.environ.items() if k not in ("NINJA_STATUS", "MAKEFLAGS", "VERBOSE")}
        self.launch(["cmake", "--build", str(self.build), "--target", exercise.target], environment | {"LC_ALL": "C"})
        return True

    def read_progress(self):
        found = re.findall(rb"^\[(\d+)/(\d+)\]", self.output, re.M)
        if found:
            at, of = (int(n) for n in found[-1])
            self.progress = tr(f"Building, {at} of {of}", f"正在构建 {at}/{of}")
        return bool(found)

    def ended(self):
        status = self.process.wait()
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)  # what a test may have left behind
        os.set_blocking(self.process.stdout.fileno(), False)
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.process.stdout.fileno(), 65536):
                self.output += data
        self.process.stdout.close()
        self.process = None
        if self.phase == "building":
            return self.built(status)
        self.read_tests()
        return self.tested(status)

    def built(self, status):
        self.lock.close()
        self.lock = None
        if status:
            self.fail(*build_error(self.exercise, self.build, printable(self.output.decode("utf-8", "replace"))))
            return True
        if self.exercise.digest() == self.digest:
            self.stamp.write_text(self.digest)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("GTEST_")}
        names = ""
        with contextlib.suppress(subprocess.TimeoutExpired):
            names = subprocess.run([self.program, "--gtest_list_tests"], stdin=subprocess.DEVNULL, capture_output=True,
                                   text=True, errors="replace", env=self.environment, timeout=TEST_SECONDS).stdout
        suite = ""
        for line in names.splitlines():
            line = line.split("#")[0].rstrip()
            if re.fullmatch(r"\w+\.", line):
                suite = line
            elif re.fullmatch(r"  \w+", line) and suite:
                self.tests.append(suite + line.strip())
        if not self.tests:
            self.fail(Page().text(tr("The test program ends or hangs before its first test.", "测试程序还没运行第一个测试就结束了，或者卡住了。"), style=RED)
                      .text(tr("Look at what is constructed before main, such as global variables.",
                               "看看 main 之前构造的对象，例如全局变量。")), tr("doesn't run", "运行不了"))
            return True
        self.deadline = None
        self.run_tests(self.tests)
        return True

    def run_tests(self, tests):
        self.phase, self.running = "testing", None
        self.left = list(tests)
        self.progress = tr("Running the tests", "正在运行测试")
        self.launch([str(self.program), "--gtest_color=no", "--gtest_filter=" + ":".join(tests)], self.environment)
        self.since = time.monotonic()

    def read_tests(self):
        """Takes the lines that are whole. What a test prints may stand before and after Google Test's own."""
        news = False
        *lines, self.output = self.output.split(b"\n")
        if len(self.output) > KEPT_BYTES:
            lines, self.output = lines + [self.output], b""
        for raw in lines:
            line = printable(raw.decode("utf-8", "replace"))
            match = re.search(r"\[ (RUN     |      OK| FAILED ) \] (\w+\.\w+)(,.*| \(\d+ ms\))?$", line)
            name = match and match[2]
            if match and name in self.left and match[1].strip() == "RUN" and not self.running:
                self.running = Failure(name)
                self.since = time.monotonic()
                at = self.tests.index(name) + 1
                self.progress = tr(f"Running test {at} of {len(self.tests)}", f"正在运行第 {at} 个测试（共 {len(self.tests)} 个）")
                news = True
            elif match and self.running and name == self.running.test:
                self.running.output += line[:match.start()]
                self.conclude(None if match[1].strip() == "OK" else self.running)
                news = True
            elif self.running:
                self.running.output = (self.running.output + line + "\n")[-KEPT_BYTES:]
        return news

    def conclude(self, failure):
        name = self.running.test
        self.left = self.left[self.left.index(name) + 1:]
        self.running = None
        if failure:
            self.failures.append(failure)
        else:
            self.passed.append(name)

    def look_at_the_clock(self):
        spent = time.monotonic() - self.since
        if self.deadline and time.monotonic() > self.deadline:
            self.finish()
            return True
        if spent < TEST_SECONDS:
            if spent > 1 and self.running:
                at = self.tests.index(self.running.test) + 1
                self.progress = tr(f"Running test {at} of {len(self.tests)}, for {spent:.0f} s",
                                   f"正在运行第 {at} 个测试（共 {len(self.tests)} 个），已经 {spent:.0f} 秒")
                return True
            return False
        self.deadline = self.deadline or time.monotonic() + RUN_SECONDS
        self.stop()
        self.tested(None)
        return True

    def tested(self, status):
        """The test program has ended by itself or, if there is no status, because it was hanging."""
        hung = status is None
        failure = self.running
        if failure:
            failure.output += printable(self.output.decode("utf-8", "replace"))
        elif self.left or (status and not self.failures):  # between two tests, or after the last
            failure = Failure(None)
        if failure and (self.running or hung or status or self.left):
            failure.kind = "hangs" if hung else "crashes" if status < 0 else "ends"
            failure.signal = signal.Signals(-status).name if not hung and status < 0 else str(status)
            if self.running:
                self.conclude(failure)
            else:
                self.failures.append(failure)
                self.left = []
        if self.left:
            self.run_tests(self.left)
        else:
            self.finish()
        return True


def build_error(exercise, build, output):
    """A page with the compiler's first error and nothing else, and the state for the list."""
    page, lines = Page(), output.split("\n")
    for at, line in enumerate(lines):
        match = re.match(r"(/?[^\s:][^:]*):(\d+):(?:(\d+):)? (?:fatal )?error: (.*)", line)
        if match:
            path = named_path(match[1], build)
            page.text(match[4], style=RED)
            page.text(f"{shown(path) if ROOT in path.parents else path}:{match[2]}" + (f":{match[3]}" if match[3] else ""), 2)
            for source in lines[at + 1:at + 5]:
                if not re.match(r" *\d* \| |^ {4,}\|", source):
                    break
                page.code(source.rstrip(), 2)
            mine = exercise.folder in path.parents
            if not mine or path == exercise.test:
                name = re.escape(str(exercise.start.relative_to(ROOT)))
                cause = [m for m in (re.search(name + r":(\d+):", other) for other in lines[max(0, at - 40):at + 20]) if m]
                if cause:
                    page.text(tr(f"It comes from your line {cause[0][1]}: {shown(exercise.start)}:{cause[0][1]}",
                                 f"起因是你的第 {cause[0][1]} 行：{shown(exercise.start)}:{cause[0][1]}"))
                elif path == exercise.test:
                    page.text(tr(f"That line is the test's. It uses what {exercise.start.name} declares, so the names and "
                                 "parameters there have to stay as they were.",
                                 f"这一行在测试里。测试要用 {exercise.start.name} 里声明的东西，所以那里的名字和参数要保持原样。"))
                elif not any(str(exercise.folder.name) in other for other in lines[max(0, at - 20):at + 1]):
                    page.text(tr("That file isn't part of the exercise. If you didn't change it, the build is at fault.",
                                 "这个文件不属于练习。如果你没有改过它，那就是构建本身的问题。"))
            return page, None
    for line in lines:
        match = re.search(r"(undefined reference to .*|multiple definition of .*?;|undefined symbol.*)", line)
        if match:
            page.text(match[1].rstrip(";"), style=RED)
            page.text(tr("The linker says so: it is declared and used, but defined nowhere, or more than once.",
                         "这是链接器的报错：声明了、也用到了，却没有定义，或者定义了不止一次。"))
            page.text(shown(exercise.start), 2)
            return page, None
    if "No space left on device" in output:
        page.text(tr("The disk is full. Make room, then save again.", "磁盘满了。先腾出空间，再保存一次。"), style=RED)
    elif re.search(r"Killed|out of memory|signal terminated program", output):
        page.text(tr("The compiler was killed, probably for want of memory. Close something, then save again.",
                     "编译器被杀掉了，多半是内存不够。关掉一些程序，再保存一次。"), style=RED)
    else:
        page.text(tr("The build failed, but not in your file. The end of what it said:", "构建失败了，但问题不在你的文件里。最后的输出："), style=RED)
        page.code("\n".join([line for line in lines if line.strip()][-8:]))
    return page, tr("can't be built", "构建不了")


def named_path(name, build):
    """The file that a compiler or a test names. ccache makes its name relative to the folder of the build."""
    return pathlib.Path(os.path.normpath(build / name))


def sentences():
    """What each test expects, from tests_in_words.txt."""
    result, name = {}, None
    with contextlib.suppress(OSError):
        for line in (EXERCISES / "tests_in_words.txt").read_text(encoding="utf-8").splitlines():
            if re.match(r"\w+\.\w+$", line):
                name = line
            elif name and line.startswith(f"  {language} "):
                result[name] = line[5:]
    return result


def in_words(test):
    """A sentence for a test."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=A)(?=[A-Z][a-z])", " ", test.split(".")[1])
    return sentences().get(test) or words[0] + words[1:].lower() + "."


OPERATORS = {"==": ("be", "等于"), "!=": ("be different from", "不等于"), "<": ("be less than", "小于"), "<=": ("be at most", "不大于"),
             ">": ("be more than", "大于"), ">=": ("be at least", "不小于")}
THREW = r'(nothing|a different type|(\S+)(?: with description "(.*)")?)\.?$'


def explained(lines):
    """What Google Test said about a failure, as sentences. What isn't known to it stays as it is."""
    text = re.sub(r"\d+-byte object <[^>]*>", "…", "\n".join(lines)).rstrip()
    rules = (
        (r'Expected equality of these values:\n  (.*)(?:\n    Which is: (.*))?\n  (.*)(?:\n    Which is: (.*))?', equality),
        (r"Expected: \((.*)\) (==|!=|<=?|>=?) \((.*)\), actual: (.*) vs (.*)", comparison),
        (r"Value of: (.*)\n  Actual: (true|false).*\nExpected: (true|false)", truth),
        (r"Value of: (.*)\nExpected: (.*)\n  Actual: (.*)", matching),
        (r"Expected: (.*) throws an exception of type (\S+?)\.\n  Actual: it throws " + THREW, throwing),
        (r"Expected: (.*) doesn't throw an exception\.\n  Actual: it throws " + THREW, not_throwing),
        (r'C\+\+ exception with description "(.*)" thrown in (.*)\.', thrown),
    )
    for pattern, sentence in rules:
        match = re.match(pattern, text, re.M)
        if match:
            return [sentence(*match.groups())] + [line for line in text[match.end():].strip("\n").split("\n") if line.strip()]
    return text.split("\n")


def equality(actual, is_now, expected, value):
    expected += tr(f", which is {value}", f"（也就是 {value}）") if value and value != expected and value != "…" else ""
    if not is_now or is_now == "…":
        return tr(f"{actual} should be {expected}, and isn't.", f"{actual} 应当是 {expected}，实际不是。")
    return tr(f"{actual} should be {expected}, but is {is_now}.", f"{actual} 应当是 {expected}，实际是 {is_now}。")


def comparison(left, operator, right, is_now, value):
    english, chinese = OPERATORS[operator]
    if is_now == "…":
        return tr(f"{left} should {english} {right}, and isn't.", f"{left} 应当{chinese} {right}，实际不是。")
    right += tr(f", which is {value}", f"（也就是 {value}）") if value not in (right, "…") else ""
    return tr(f"{left} should {english} {right}, but is {is_now}.", f"{left} 应当{chinese} {right}，实际是 {is_now}。")


def truth(expression, actual, expected):
    return tr(f"{expression} should be {expected}, but is {actual}.", f"{expression} 应当是 {expected}，实际是 {actual}。")


def matching(expression, expected, actual):
    return tr(f"{expression} should be like this: {expected}. It is {actual}.", f"{expression} 应当满足：{expected}。实际是 {actual}。")


def threw(what, kind, description):
    if what == "nothing":
        return tr("throws nothing", "没有抛出异常")
    if what == "a different type" or not kind:
        return tr("throws something else", "抛出了别的异常")
    return tr(f"throws {kind}", f"抛出了 {kind}") + (tr(f" ({description})", f"（{description}）") if description else "")


def throwing(call, kind, *actual):
    return tr(f"{call} should throw {kind}, but {threw(*actual)}.", f"{call} 应当抛出 {kind}，实际{threw(*actual)}。")


def not_throwing(call, *actual):
    return tr(f"{call} should throw nothing, but {threw(*actual)}.", f"{call} 不应当抛出异常，实际{threw(*actual)}。")


def thrown(description, _):
    return tr(f"An exception reached the test, and nothing caught it: {description}", f"有一个异常一直传到测试，没有被捕获：{description}")


SIGNALS = {"SIGSEGV": ("it used memory that isn't its own", "访问了不属于它的内存"),
           "SIGBUS": ("it used memory that isn't its own", "访问了不属于它的内存"),
           "SIGABRT": ("it gave up: an exception that nothing caught, an assertion, or memory freed twice", "程序自己中止了：异常没有捕获、断言失败，或者内存释放了两次"),
           "SIGFPE": ("it divided by zero", "除数为零"), "SIGILL": ("it ran into an instruction that isn't one", "执行了非法指令"),
           "SIGTRAP": ("it ran into a trap", "执行到了陷阱指令")}


def first_failure(job):
    """A page about the first test that fails: in words, what it expected, and where."""
    page, failure = Page(), job.failures[0]
    if failure.test:
        page.text(tr("This test fails:", "这个测试没有通过："), style=RED)
        page.text(in_words(failure.test), 2, BOLD)
        page.text(failure.test, 2, DIM)
        page.text()
    parts = re.split(r"^(\S.*?):(\d+): Failure\n|^unknown file: Failure\n", failure.output, flags=re.M)
    printed, where = parts[0], None
    if len(parts) > 3:
        for sentence in explained(parts[3].split("\n")):
            page.text(sentence, 2)
        where = (named_path(parts[1], job.build), int(parts[2])) if parts[1] else None
    if failure.kind == "hangs":
        page.text(tr(f"It was still running after {TEST_SECONDS:.0f} seconds and was ended. Something waits for what never comes.",
                     f"运行了 {TEST_SECONDS:.0f} 秒还没有结束，已经把它停下。有什么在等永远不会到来的东西。"), 2)
    elif failure.kind == "crashes":
        english, chinese = SIGNALS.get(failure.signal, ("a signal ended it", "被信号终止"))
        page.text(tr(f"The program crashed ({failure.signal}): {english}.", f"程序崩溃了（{failure.signal}）：{chinese}。"), 2)
        if not failure.test:
            page.text(tr("That was outside the tests, while the program ended.", "那时不在任何测试里面，程序正要结束。"), 2)
        page.text(tr("The preset asan often tells where: docs/exercises/README.md says how to use it.",
                     "用 asan 预设来构建，往往能看出在哪里，用法见 docs/zh/exercises/README.md。"), 2)
    elif failure.kind == "ends":
        page.text(tr(f"The program ended in the middle, with status {failure.signal}. Something called exit.",
                     f"程序中途结束，退出状态是 {failure.signal}。有代码调用了 exit。"), 2)
    if where:
        page.text(f"{shown(where[0])}:{where[1]}", 2)
        page.text()
        add_source(page, *where)
    elif failure.test:
        line = line_of(job.exercise.test, failure.test)
        page.text(f"{shown(job.exercise.test)}:{line}", 2)
    if printed.strip():
        page.text().text(tr("It printed:", "它输出了："))
        page.code("\n".join(printed.rstrip("\n").split("\n")[-12:]))
    return page


def line_of(path, test):
    """Where a test begins."""
    suite, name = test.split(".")
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if re.match(rf"TEST(_F|_P)?\({suite}, {name}\)", line):
            return number
    return 1


def add_source(page, path, number):
    """The lines of the test up to the one that failed."""
    with contextlib.suppress(OSError):
        lines = path.read_text(encoding="utf-8").split("\n")
        if not 1 <= number <= len(lines):
            return
        first = number
        while first > 1 and number - first < 7 and not lines[first - 1].startswith("TEST"):
            first -= 1
        for at in range(first, number + 1):
            page.code(f"{'>' if at == number else ' '} {at:3} {lines[at - 1]}", 0)


def report(job):
    """What a reader wants to know of a job that is done, or of one that has failed a test already."""
    exercise, page = job.exercise, Page()
    state = job.state() if job.done() else tr("not all tests have run yet", "测试还没有全部运行完")
    page.text(f"{exercise.name}{tr(': ', '，')}{state}{tr('.', '。')}", style=GREEN if job.solved() else BOLD)
    page.text()
    if job.error:
        page.parts += job.error.parts
    elif job.solved():
        count = len(job.tests)
        page.text(tr(f"All {count} tests pass.", f"{count} 个测试全部通过。"), style=GREEN)
        page.text(tr(f"One solution to compare yours with: {shown(exercise.solution)}", f"可以和其中一种解法比较：{shown(exercise.solution)}"))
        page.text(tr(f"The end of the page asks what comes afterwards: {shown(exercise.page)}", f"页面末尾还有做完之后的问题：{shown(exercise.page)}"))
    else:
        page.parts += first_failure(job).parts
    return page


# ---- ./tutorial exercises and ./tutorial exercise N ----

def output_width():
    return max(shutil.get_terminal_size((100, 24)).columns, 20)


def colored():
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb" and not os.environ.get("NO_COLOR")


def show(page):
    print("\n".join(page.lines(output_width(), colored())))


class Progress:
    """One line about what is going on, on a terminal only."""

    def __init__(self):
        self.on = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    def show(self, text):
        if self.on:
            sys.stderr.write("\r" + cut(text, max(output_width() - 1, 8)) + "\033[K")
            sys.stderr.flush()

    def clear(self):
        if self.on:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def finish(job, progress):
    try:
        while not job.done():
            job.step()
            progress.show(f"{job.exercise.number}: {job.progress}")
    finally:
        job.stop()
    return job


def all_exercises():
    return [Exercise(number) for number in range(1, LAST + 1)]


def list_all(build):
    exercises = all_exercises()
    jobs, progress = {}, Progress()
    begun = [e for e in exercises if not e.is_open and e.begun()]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        started = {e.number: Job(e, build) for e in begun}
        try:
            for job in pool.map(lambda job: finish(job, progress), started.values()):
                jobs[job.exercise.number] = job
        except BaseException:
            for job in started.values():
                job.cancelled = True  # its thread stops it
            raise
        finally:
            progress.clear()
    states = {}
    for exercise in exercises:
        job = jobs.get(exercise.number)
        states[exercise.number] = (tr("open", "开放") if exercise.is_open else job.state() if job else tr("not begun", "还没开始"))
    solved = [number for number, job in jobs.items() if job.solved()]
    with_test = [e for e in exercises if not e.is_open]
    page = Page()
    page.text(tr(f"{len(solved)} of {len(with_test)} exercises solved; {len(exercises) - len(with_test)} more are open",
                 f"{len(with_test)} 道有测试的练习，已完成 {len(solved)} 道；另有 {len(exercises) - len(with_test)} 道开放题"), style=BOLD)
    page.text()
    title = max(width_of(e.title) for e in exercises)
    room = max(width_of(state) for state in states.values())
    for exercise in exercises:
        state = states[exercise.number]
        style = GREEN if exercise.number in solved else "" if exercise in begun else DIM if not exercise.is_open else ""
        stars = f"{exercise.stars:4}" if set(exercise.stars) <= set("★☆") else " " * 4
        head = f"{exercise.number:3}  {exercise.title}" + " " * (title - width_of(exercise.title))
        if output_width() >= 5 + title + 14 + 6 + room:
            page.code(f"{head}  {stars}  {state}", 0, style)
        elif output_width() >= 7 + title + room:
            page.code(f"{head}  {state}", 0, style)
        else:
            page.text(f"{exercise.number:2} {exercise.title}", 0, style).text(state, 3, style)
    waiting = [e for e in with_test if e.number not in solved]
    following = next((e for e in waiting if e in begun), None) or next(iter(waiting), None)
    page.text()
    if following:
        page.text(tr(f"Next: exercise {following.number}, {following.title}", f"接下来：练习 {following.number}，{following.title}"), style=BOLD)
        page.text(tr("Read", "先读") + " " + shown(following.page), 2)
        page.text(tr("Then", "再运行") + f" ./tutorial exercise {following.number} --watch", 2)
    else:
        page.text(tr(f"All of them are solved. The open ones, {LAST - 1} and {LAST}, are left: their pages say how you know that you're done.",
                     f"有测试的都完成了。还剩开放题 {LAST - 1} 和 {LAST}，怎样算完成，各自的页面里有说明。"))
    show(page)
    return 0


def open_page(exercise):
    return (Page().text(f"{exercise.name}{tr(': ', '，')}{tr('open', '开放')}{tr('.', '。')}", style=BOLD).text()
            .text(tr("It has no start, no test and no solution. Its page says what to do, and how you know that you're done:",
                     "它没有起点，没有测试，也没有解答。要做什么、怎样算完成，页面里有说明："))
            .text(shown(exercise.page), 2))


def what_next(exercise):
    following = next((e for e in all_exercises()[exercise.number:] if e.is_open or not e.begun()), None)
    if not following:
        return tr("All of them: ./tutorial exercises", "全部练习：./tutorial exercises")
    return tr("Next", "接下来") + f": ./tutorial exercise {following.number} --watch"


def run_once(exercise, build):
    progress = Progress()
    try:
        job = finish(Job(exercise, build), progress)
    finally:
        progress.clear()
    page = report(job).text()
    if job.solved():
        page.text(what_next(exercise))
    else:
        number = exercise.number
        page.text(tr(f"You work in {shown(exercise.start)}", f"要改的文件：{shown(exercise.start)}"))
        page.text(tr(f"A hint: ./tutorial exercise {number} --hint    At every save: ./tutorial exercise {number} --watch",
                     f"看提示：./tutorial exercise {number} --hint    每次保存自动运行：./tutorial exercise {number} --watch"))
    show(page)
    return 0 if job.solved() else 1


def run_raw(exercise, build, options):
    """Builds, then hands the options to the test program and shows all that it says."""
    job = Job(exercise, build)
    progress = Progress()
    try:
        while job.phase in ("waiting", "building"):
            job.step()
            progress.show(job.progress)
    finally:
        job.stop()
        progress.clear()
    if job.error:
        show(report(job))
        return 1
    os.execv(job.program, [str(job.program), *options])


# ---- --watch ----

class Watch:
    """Builds and tests at every save, until the reader has had enough."""

    def __init__(self, exercise, build):
        self.build = build
        self.has_keys = sys.stdin.isatty() and sys.stdout.isatty()
        self.has_screen = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self.hints, self.asked, self.notice = 0, None, ""
        self.view = "result"
        self.drawn = None
        self.resized = True
        self.results = 0  # how many there have been
        self.turn_to(exercise)

    def turn_to(self, exercise):
        self.exercise, self.job, self.page = exercise, None, None
        self.hints, self.asked, self.view, self.finished_at = 0, None, "result", ""
        if exercise.is_open:
            self.page = open_page(exercise)
        else:
            self.run()

    def run(self):
        """Begins again; what an earlier save had started is of no interest any more."""
        if self.job:
            self.job.stop()
        self.seen = self.exercise.seen()
        self.changed_at = None
        self.job = Job(self.exercise, self.build)

    def loop(self):
        while True:
            if self.job and not self.job.done():
                before = bool(self.job.failures)
                self.job.step(0.05)
                if self.job.done():
                    self.page = report(self.job)
                    self.results += 1
                    self.finished_at = tr(f"{time.strftime('%H:%M:%S')}, after {self.job.took:.1f} s",
                                          f"{time.strftime('%H:%M:%S')}，用了 {self.job.took:.1f} 秒")
                elif self.job.failures and not before:
                    self.page = report(self.job)
                    self.results += 1
            self.draw()
            if self.has_keys and not self.take_keys(0 if self.job and not self.job.done() else POLL_SECONDS):
                return
            if not self.has_keys and not (self.job and not self.job.done()):
                time.sleep(POLL_SECONDS)
            self.look_for_saves()

    def look_for_saves(self):
        if self.exercise.is_open:
            return
        seen = self.exercise.seen()
        if seen != self.seen:
            self.seen, self.changed_at = seen, time.monotonic()
        elif self.changed_at:
            # Editors write in several steps, and some take the old file away first.
            quiet = 0.1 if self.exercise.start.exists() else 0.6
            if time.monotonic() - self.changed_at >= quiet:
                self.asked, self.notice, self.view = None, "", "result"
                self.run()

    # Keys

    def take_keys(self, timeout):
        ready, _, _ = select.select([sys.stdin], [], [], timeout)
        if not ready:
            return True
        data = os.read(sys.stdin.fileno(), 1024)
        if not data:
            return False  # the terminal has gone
        text = re.sub(r"\033(\[[0-9;?]*[ -/]*[@-~]|O.|.)?", "", data.decode("utf-8", "ignore"))
        text = unicodedata.normalize("NFKC", text).lower()  # a Chinese input method may send wide letters
        # Only the first: what was pasted by mistake answers no question.
        return self.key(text[0]) if text else True

    def key(self, key):
        asked, self.asked, self.notice = self.asked, None, ""
        if key in "q\x04":
            return False
        if key == "n" or key == "p":
            self.move(1 if key == "n" else -1)
        elif self.exercise.is_open:
            pass
        elif key == "h":
            self.next_hint()
        elif key == "s":
            if asked == "s":
                self.view = "solution"
            else:
                self.asked, self.view = "s", "result"
                self.notice = tr("Show a solution? Once you've seen it, you can't find it yourself. Press s again, or any other key to go on.",
                                 "要看解答吗？看过就没有机会自己想出来了。再按一次 s 显示，按其他键继续。")
        elif key == "r":
            self.reset(asked == "r")
        else:
            self.view = "result"
            if key in "\r\n ":
                self.run()
        return True

    def move(self, by):
        number = self.exercise.number + by
        if not 1 <= number <= LAST:
            self.notice = tr("That was the last one.", "这是最后一道。") if by > 0 else tr("This is the first one.", "这是第一道。")
            return
        if self.job:
            self.job.stop()
        self.turn_to(Exercise(number))

    def next_hint(self):
        count = len(self.exercise.hints())
        if self.view == "hint" and self.hints == count:
            self.notice = tr("That was the last hint. s shows a solution.", "提示都看完了，按 s 可以看解答。")
        elif self.view == "hint" or self.hints == 0:
            self.hints += 1
        self.view = "hint"

    def reset(self, sure):
        name = self.exercise.start.name
        self.view = "result"
        if not self.exercise.begun():
            self.notice = tr(f"{name} is as it was at the start.", f"{name} 就是起点的样子，不用恢复。")
        elif not sure:
            self.asked = "r"
            self.notice = tr(f"Put {name} back to the start? A copy of yours is kept. Press r again, or any other key to go on.",
                             f"要把 {name} 恢复成起点吗？你写的会留一份副本。再按一次 r 恢复，按其他键继续。")
        else:
            try:
                kept = self.exercise.reset()
            except Trouble as trouble:
                self.notice = str(trouble)
                return
            self.notice = tr("The start is back.", "已经恢复成起点。")
            if kept:
                self.notice += tr(f" Yours is in {shown(kept)}.", f"你写的在 {shown(kept)}。")
            self.run()

    # The screen

    def footer(self):
        page = Page()
        if self.notice:
            for line in self.notice.split("\n"):
                page.text(line, style=BOLD)
        if self.has_keys:
            hint = tr("h next hint", "h 下一条提示") if self.view == "hint" else tr("h hint", "h 提示")
            keys = [hint, tr("s solution", "s 解答"), tr("r reset", "r 恢复起点")] if not self.exercise.is_open else []
            keys += [tr("n next", "n 下一道"), tr("p previous", "p 上一道"), tr("q quit", "q 退出")]
            page.text("  ".join(key.replace(" ", "\u00a0") for key in keys), style=DIM)
        return page

    def status(self):
        if self.exercise.is_open:
            return ""
        if self.job.done():
            return f"{shown(self.exercise.start)}  {self.finished_at}"
        return self.job.progress + "…"

    def draw(self):
        if not self.has_screen:
            self.print_plainly()
            return
        columns, rows = os.get_terminal_size(sys.stdout.fileno())
        width = max(columns, 20)
        body, is_long = self.body()
        key = (self.status(), self.view, self.hints, self.notice, width, rows, self.results, self.exercise.number)
        if key == self.drawn and not self.resized or is_long and self.drawn and key[1:] == self.drawn[1:] and not self.resized:
            return
        status = Page().text(self.status(), style=DIM).lines(width, colored())
        foot = self.footer().lines(width, colored())
        foot = [line.replace("\u00a0", " ") for line in foot]
        lines = body.lines(width, colored())
        room = max(rows - len(status) - len(foot) - 3, 3)
        if len(lines) > room and not is_long:
            more = Page().text(tr("… more in a taller window", "……窗口高一些可以看到更多"), style=DIM).lines(width, colored())
            lines = lines[:max(room - len(more), 1)] + more
        everything = status + [""] + lines + [""] + foot
        if is_long or self.resized:
            # What stood there moves up into the terminal's memory and isn't lost.
            text = ("\r\n" * (rows - 1) if self.drawn is None else "") + "\033[H\033[2J" + "\r\n".join(everything)
        else:
            text = "\033[H" + "\033[K\r\n".join(everything) + "\033[K\033[J"
        write(text)
        self.drawn, self.resized = key, is_long

    def body(self):
        """What stands between the status and the keys, and whether it may be longer than the screen."""
        if self.view == "solution":
            return solution_page(self.exercise), True
        if self.view == "hint":
            return hint_page(self.exercise, self.hints), False
        return self.page or Page().text(self.exercise.name, style=BOLD).text().text(shown(self.exercise.page)), False

    def print_plainly(self):
        """Without a screen, each result and each answer to a key is printed once, one below the other."""
        key = (self.view, self.hints, self.notice, self.exercise.number, self.results)
        if self.job and not self.job.done() and self.view == "result" and not self.notice or key == self.drawn:
            return
        self.drawn = key
        width = output_width()
        write("\n".join(["-" * min(width, 40), *self.body()[0].lines(width), self.status(), *self.footer().lines(width)])
              .replace("\u00a0", " ") + "\n")


def write(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def watch(exercise, build):
    """Runs a Watch, and leaves the terminal as it was, however it ends."""
    def leave(number, _):
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    watched = Watch(exercise, build)
    before = termios.tcgetattr(sys.stdin) if watched.has_keys else None

    def set_up(*_):
        watched.resized = True
        if before:
            tty.setcbreak(sys.stdin)

    def suspend(*_):
        if before:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        os.kill(os.getpid(), signal.SIGSTOP)

    signal.signal(signal.SIGTSTP, suspend)
    signal.signal(signal.SIGCONT, set_up)
    signal.signal(signal.SIGWINCH, lambda *_: setattr(watched, "resized", True))
    try:
        set_up()
        watched.loop()
    finally:
        for number in (signal.SIGTSTP, signal.SIGCONT):
            signal.signal(number, signal.SIG_DFL)
        if before:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        if watched.job:
            watched.job.stop()
        with contextlib.suppress(OSError):
            write("\n")
    return 0


# ---- The command line ----

def usage():
    return tr("""usage: ./tutorial exercises [--lang en|zh]
       ./tutorial exercise N [option]

./tutorial exercises lists all exercises, with how far you are in each, and suggests the next.
./tutorial exercise N builds your solution and shows the first test that fails, or the compiler's
first error. Its exit status is 0 if the exercise is solved.

  --watch        do so again at every save; keys show hints, a solution, or the next exercise
  --hint [K]     show the first hint, or the first K
  --solution     show one solution
  --reset        put the start back as it was shipped; a copy of your file is kept
  --lang en|zh   the language; without it LC_ALL, LC_MESSAGES or LANG decides
  --gtest_...    hand this option to the test program, and show all that it says
  --help         print this text
""", """用法：./tutorial exercises [--lang en|zh]
      ./tutorial exercise N [选项]

./tutorial exercises 列出全部练习和各自的进度，并建议接下来做哪一道。
./tutorial exercise N 构建你的解答，显示第一个没有通过的测试，或者编译器的第一个错误。
练习完成时，退出状态为 0。

  --watch        每次保存都重新运行；可以按键看提示、看解答、换下一道
  --hint [K]     显示第一条提示，或者前 K 条
  --solution     显示一种解法
  --reset        把起点恢复成原样；你的文件会留一份副本
  --lang en|zh   语言；不指定时由 LC_ALL、LC_MESSAGES 或 LANG 决定
  --gtest_...    把这个选项交给测试程序，并显示它的全部输出
  --help         显示这段文字
""")


def wrong(what, where, right):
    return Trouble(what, where, right, status=2)


class Options:
    """What the command line asks for."""

    def __init__(self, arguments):
        global language
        language = language_of(os.environ)
        self.build, self.word, self.number, self.action, self.hints = ROOT / "build/release", None, None, "run", 1
        self.raw, self.only_asks = [], False
        rest = list(arguments)
        at = rest.index("--lang") if "--lang" in rest else None
        if at is not None and rest[at + 1:at + 2] in (["en"], ["zh"]):
            language = rest[at + 1]
        whole = " ".join(["./tutorial"] + [a for a in rest if a != "--needs-build"])
        while rest:
            word = rest.pop(0)
            if word == "--needs-build":
                self.only_asks = True
            elif word == "--build" and rest:
                self.build = pathlib.Path(rest.pop(0)).resolve()
            elif word in ("--help", "-h"):
                self.action = "help"
            elif word == "--lang":
                if not rest or rest.pop(0) not in ("en", "zh"):
                    raise wrong(tr("--lang names no language that this program has.", "--lang 后面不是本程序支持的语言。"), whole,
                                "--lang en, --lang zh")
            elif word in ("exercise", "exercises") and not self.word:
                self.word = word
            elif self.word == "exercise" and self.number is None and re.fullmatch(r"\d+", word):
                self.number = int(word)
            elif self.word == "exercise" and word.startswith("--gtest_"):
                self.raw.append(word)
            elif self.word == "exercise" and word in ("--watch", "--hint", "--solution", "--reset"):
                if self.action not in ("run", "help"):
                    raise wrong(tr("Two of these options don't go together.", "这些选项不能一起用。"), whole,
                                tr(f"--{self.action} or {word}", f"--{self.action} 或者 {word}"))
                self.action = word[2:]
                if word == "--hint" and rest and rest[0].isdigit():
                    self.hints = int(rest.pop(0))
            else:
                raise wrong(tr(f"{word} is no option here.", f"这里没有 {word} 这个选项。"), whole,
                            tr("./tutorial exercise --help lists them", "./tutorial exercise --help 会列出全部选项"))
        if self.word == "exercise" and self.action != "help":
            if self.number is None or not 1 <= self.number <= LAST:
                raise wrong(tr("There is no such exercise.", "没有这道练习。"), whole,
                            tr(f"a number from 1 to {LAST}; ./tutorial exercises lists them", f"1 到 {LAST} 的数字；./tutorial exercises 会列出全部练习"))

    def needs_build(self):
        """Whether something has to be compiled for it."""
        if self.action == "help" or not self.word:
            return False
        if self.word == "exercises":
            return any(e.begun() for e in all_exercises() if not e.is_open)
        # Under --watch, the next exercise may be one that has a test.
        return self.action == "watch" or self.action == "run" and not Exercise(self.number).is_open


def act(options):
    if options.only_asks:
        return 0 if options.needs_build() else 3  # which ./tutorial tells from a failure
    if options.action == "help" or not options.word:
        print(usage(), end="")
        return 0
    if options.word == "exercises":
        return list_all(options.build)
    exercise = Exercise(options.number)
    if options.action == "watch":
        return watch(exercise, options.build)
    if exercise.is_open:
        show(open_page(exercise))
        return 0
    if options.raw:
        return run_raw(exercise, options.build, options.raw)
    if options.action == "hint":
        page = hint_page(exercise, options.hints)
        if options.hints < len(exercise.hints()):
            page.text(tr("The next one", "下一条") + f": ./tutorial exercise {exercise.number} --hint {options.hints + 1}")
        else:
            page.text(tr(f"That was the last hint. ./tutorial exercise {exercise.number} --solution shows a solution.",
                         f"提示都在这里了。./tutorial exercise {exercise.number} --solution 显示一种解法。"))
        show(page)
    elif options.action == "solution":
        show(solution_page(exercise))
    elif options.action == "reset":
        kept = exercise.reset()
        page = Page().text(tr("The start is back", "已经恢复成起点") + f": {shown(exercise.start)}")
        if kept:
            page.text(tr("Yours is kept in", "你写的留在") + f" {shown(kept)}")
        show(page)
    else:
        return run_once(exercise, options.build)
    return 0


def main():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    try:
        return act(Options(sys.argv[1:]))
    except Trouble as trouble:
        print(f"tutorial: {trouble}", file=sys.stderr)
        return trouble.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1


if __name__ == "__main__":
    sys.exit(main())
