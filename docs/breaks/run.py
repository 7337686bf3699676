#!/usr/bin/python3
"""The break-it lab: `./tutorial break` calls this, and so does CI with --check.

A break is a folder of its own beside this file:

    change.patch      a few lines of one stage, changed
    break.json        the stage; what shows the damage; which tests fail, by program and name (* stands for anything),
                      and which of them hang instead; may_fail, if which others fail is a matter of luck
    en.txt and zh.txt  a title; what was changed, as a question; then, under one heading each, what to look at, which
                      tests fail and why, and what the line is for
    show.cpp          if the crawler itself doesn't show the damage: a main program that does

The patch is applied to a copy of the stage in build/breaks, never to the reader's tree. Nothing is built twice: only the
objects that read a changed file are compiled again, with the commands of build/release, and are linked with the rest of
that build.

`--check` holds every break to its word: the tests that it names fail, and no other test of the stage does, nor a
case of the contract suite that belongs to the stage or to no stage in particular.
"""

import argparse
import collections
import concurrent.futures
import fnmatch
import hashlib
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PARTS = ("title", "change", "look", "tests", "purpose")
SHOWN_LINES = 24
SHOWN_SECONDS = 8  # what a program may take that shows the damage
HANGS_AFTER = 6  # seconds, of a test that is known to hang
ENDS_WITHIN = 60  # of any other

language = "en"


def tr(english, chinese):
    return chinese if language == "zh" else english


def language_of(environment):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "zh" if environment[name].lower().startswith("zh") else "en"
    return "en"


class Trouble(Exception):
    """Something that the reader, or the author of a break, has to mend."""


class WrongUsage(Trouble):
    pass


# ---- The breaks ---------------------------------------------------------------------------------------------------


class Break:
    def __init__(self, folder):
        self.folder = folder
        self.number = int(folder.name[:2])
        facts = json.loads((folder / "break.json").read_text())
        self.stage = facts["stage"]
        self.show = facts["show"]
        self.interrupt_after = facts.get("interrupt_after")
        self.fails = facts["fails"]
        self.hangs = facts.get("hangs", [])
        self.may_fail = facts.get("may_fail", [])
        self.stage_folder = next(ROOT.glob(f"stage{self.stage}_*")).name
        self.patch = (folder / "change.patch").read_text()

    def text(self, part, in_language=None):
        """One of PARTS, in the reader's language."""
        whole = (self.folder / f"{in_language or language}.txt").read_text()
        title, *rest = re.split(r"^#+ .*\n", "\n" + whole, flags=re.M)[1:]
        return (re.search(r"^# (.*)", whole, re.M)[1], title.strip(), *(each.strip() for each in rest))[PARTS.index(part)]

    def own_program(self):
        """The main program that shows the damage in place of the stage's, or None."""
        own = self.folder / "show.cpp"
        return own if own.is_file() else None

    def programs(self):
        """The test programs that a check runs."""
        return f"{self.stage_folder}_tests", "contract_tests"


def all_breaks():
    return [Break(folder) for folder in sorted(HERE.glob("[0-9][0-9]_*"))]


def hunks_of(patch):
    """{file: [(old lines, new lines), ...]}, of a patch as `git diff` writes it."""
    files = {}
    hunks = old = new = None
    for line in patch.splitlines():
        if line.startswith("+++ b/"):
            hunks = files[line[6:]] = []
        elif line.startswith("@@") and hunks is not None:
            old, new = [], []
            hunks.append((old, new))
        elif line[:1] in (" ", "-", "+") and old is not None and not line.startswith("--- "):
            if line[0] != "+":
                old.append(line[1:])
            if line[0] != "-":
                new.append(line[1:])
        elif line.startswith("diff "):
            old = None
    return files


def patched(one, root=ROOT):
    """{file: its text with the break in it}. The lines that a hunk replaces have to be in the file once, anywhere."""
    result = {}
    for name, hunks in hunks_of(one.patch).items():
        path = root / name
        lines = path.read_text().splitlines() if path.is_file() else []
        for old, new in hunks:
            places = [at for at in range(len(lines) - len(old) + 1) if lines[at:at + len(old)] == old]
            if len(places) != 1:
                raise Trouble(tr(
                    f"break {one.number} doesn't fit {name} any more: the lines that it changes are there "
                    f"{len(places)} times, not once. Either you have changed the file (git diff {name}), or the break "
                    f"has to follow it: {one.folder.relative_to(ROOT)}/change.patch",
                    f"第 {one.number} 处破坏已经对不上 {name} 了：要改的那几行在文件里出现了 {len(places)} 次，"
                    f"而应该恰好出现一次。要么是你改过这个文件（用 git diff {name} 看看），要么是补丁该更新了："
                    f"{one.folder.relative_to(ROOT)}/change.patch"))
            lines[places[0]:places[0] + len(old)] = new
        result[name] = "\n".join(lines) + "\n"
    if not result:
        raise Trouble(f"{one.folder.name}/change.patch changes nothing")
    return result


# ---- Building with a break in it ----------------------------------------------------------------------------------


def write_if_changed(path, content):
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


class Workshop:
    """A copy of a break's stage, with the break in it, and the programs built from it."""

    def __init__(self, one, build, broken=True):
        self.build = build
        self.folder = ROOT / "build/breaks" / one.folder.name / ("broken" if broken else "whole")
        self.copy = self.folder / "source"
        changed = patched(one) if broken else {}
        self.changed = {ROOT / name for name in changed}
        self.copy.mkdir(parents=True, exist_ok=True)
        stage = ROOT / one.stage_folder
        wanted = {path.relative_to(ROOT) for pattern in ("*.h", "*.cpp") for path in stage.rglob(pattern)}
        for path in wanted:
            content = changed[str(path)].encode() if str(path) in changed else (ROOT / path).read_bytes()
            write_if_changed(self.copy / path, content)
        for path in self.copy.rglob("*.*"):
            if path.is_file() and path.relative_to(self.copy) not in wanted:
                path.unlink()
        for name in ("common", "stage2_callbacks", "stage4_yield_from"):  # tests look near themselves for other programs
            link = self.folder / name
            if not link.is_symlink() or link.resolve() != (build / name).resolve():
                link.unlink(missing_ok=True)
                link.symlink_to(build / name)
        self.closures = {}
        self.units = {}
        for entry in json.loads((build / "compile_commands.json").read_text()):
            words = shlex.split(entry["command"])
            self.units[words[words.index("-o") + 1]] = (pathlib.Path(entry["file"]), words)
        cache = (build / "CMakeCache.txt").read_text()
        self.cached = dict(re.findall(r"^(CMAKE_AR|CMAKE_MAKE_PROGRAM):\w+=(.*)$", cache, re.M))

    def reads(self, path):
        """The files of the repository that this one includes, however indirectly, and itself."""
        if path not in self.closures:
            found, new = {path}, [path]
            while new:
                at = new.pop()
                for name in re.findall(r'^\s*#include "(.*)"', at.read_text(errors="replace"), re.M):
                    for where in (at.parent / name, ROOT / name):
                        if where.is_file():
                            where = where.resolve()
                            if where not in found:
                                found.add(where)
                                new.append(where)
                            break
            self.closures[path] = found
        return self.closures[path]

    def in_copy(self, path):
        if path.is_relative_to(ROOT):
            copied = self.copy / path.relative_to(ROOT)
            return copied if copied.is_file() else path
        return path

    def program(self, target, main=None):
        """Builds a program with the break in it; `main` is compiled in place of its main.cpp. Returns its path."""
        return self.programs([target], main)[0]

    def programs(self, targets, main=None):
        links = {target: self.link_words(target) for target in targets}
        jobs = {}
        for words in links.values():
            for word in words:
                if word.endswith(".o") and word in self.units:
                    source = self.units[word][0]
                    is_main = main is not None and source.name == "main.cpp"
                    if is_main or self.changed & self.reads(source):
                        jobs[word] = main if is_main else source
                elif word.endswith(".a") and self.members(word):
                    jobs.update({member: self.units[member][0] for member in self.members(word)
                                 if self.changed & self.reads(self.units[member][0])})
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            compiled = dict(zip(jobs, pool.map(lambda item: self.compile(*item), jobs.items())))
        return [self.link(target, words, compiled) for target, words in links.items()]

    def link_words(self, target):
        """What the release build links this program with."""
        listed = self.run([self.cached["CMAKE_MAKE_PROGRAM"], "-t", "commands", target], self.build)
        last = listed.splitlines()[-1]
        words = shlex.split(last)
        if words[:2] == [":", "&&"]:
            words = words[2:]
        return words[:words.index("&&")] if "&&" in words else words

    def members(self, archive):
        """The objects of one of our own libraries."""
        folder = f"{pathlib.PurePath(archive).parent}/CMakeFiles/{pathlib.PurePath(archive).stem.removeprefix('lib')}.dir/"
        return [name for name in self.units if name.startswith(folder)]

    def compile(self, output, source):
        words = list(self.units[output][1])
        at = words.index("-c")
        words[at + 1] = str(self.in_copy(source))
        result = self.folder / ("show.o" if source.is_relative_to(HERE) else "objects/" + output)
        words[words.index("-o") + 1] = str(result)
        include = next(i for i, word in enumerate(words) if word.startswith("-I") or word.startswith("-D") or word == "-o")
        words[include:include] = [f"-I{self.copy}"]
        words.append("-O0")
        digest = hashlib.sha256(repr(words).encode())
        for path in sorted(self.reads(source)):
            digest.update(self.in_copy(path).read_bytes())
        key = result.with_suffix(".key")
        if not (result.is_file() and key.is_file() and key.read_text() == digest.hexdigest()):
            result.parent.mkdir(parents=True, exist_ok=True)
            key.unlink(missing_ok=True)
            self.run([*shlex.split(os.environ.get("CMAKE_CXX_COMPILER_LAUNCHER", "")), *words], self.build)
            key.write_text(digest.hexdigest())
        return result

    def link(self, target, words, compiled):
        words = list(words)
        for i, word in enumerate(words):
            if word in compiled:
                words[i] = str(compiled[word])
            elif word.endswith(".a") and (changed := [compiled[name] for name in self.members(word) if name in compiled]):
                library = self.folder / pathlib.PurePath(word).name
                shutil.copyfile(self.build / word, library)
                self.run([self.cached["CMAKE_AR"], "r", str(library), *map(str, changed)], self.build)
                words[i] = str(library)
        program = self.folder / "bin" / target
        program.parent.mkdir(exist_ok=True)
        words[words.index("-o") + 1] = str(program)
        self.run(words, self.build)
        return program

    def run(self, words, folder):
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Trouble(f"{shlex.join(words)}\n{done.stdout}{done.stderr}")
        return done.stdout


# ---- Running what may hang ----------------------------------------------------------------------------------------

Ended = collections.namedtuple("Ended", "output seconds processor status")  # status: None if it was stopped


def run_bounded(words, seconds, interrupt_after=None):
    """Runs a program that may hang or crash. Ends what it has started, too. May press Ctrl-C in the middle."""
    start = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(list(map(str, words)), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
    try:
        if interrupt_after:
            time.sleep(interrupt_after)
            process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=seconds)
        status = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        status = None
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ended(output, time.monotonic() - start, processor, status)


class Site:
    """The practice site, as a process of its own, for as long as the scope lasts."""

    def __init__(self, build):
        self.process = subprocess.Popen([build / "common/practice_site", "--exit-with-parent"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.url = re.search(r"http://[\d.:]+", self.process.stdout.readline())[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def ports():
    """Sockets that don't listen, or listen and never take a connection: {name: (its URL, what to keep open)}."""
    refused = socket.socket()
    refused.bind(("127.0.0.1", 0))
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    silent.listen(0)
    fillers = [socket.socket() for _ in range(4)]  # which fill the kernel's queue
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(silent.getsockname())
    return {name: (f"http://127.0.0.1:{held.getsockname()[1]}/", [held, *others])
            for name, held, others in (("refused", refused, []), ("silent", silent, fillers))}


# ---- What the reader sees -----------------------------------------------------------------------------------------


def columns():
    return max(40, min(100, shutil.get_terminal_size((80, 24)).columns))


def width(text):
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def wrapped(text):
    """Paragraphs for the terminal. A list's items and indented lines keep their beginning."""
    lines = []
    for paragraph in text.split("\n\n"):
        if lines:
            lines.append("")
        if paragraph.startswith("    "):
            lines += paragraph.splitlines()
            continue
        for item in re.split(r"\n(?=- )", paragraph):
            hanging = "  " if item.startswith("- ") else ""
            if language == "zh":
                lines += wrapped_chinese(re.sub(r"(?<=[\u3000-\uffef])\n\s*|\n\s*(?=[\u3000-\uffef])", "", item)
                                         .replace("\n", " "), hanging)
            else:
                lines += textwrap.wrap(" ".join(item.split()), columns(), subsequent_indent=hanging,
                                       break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)


def wrapped_chinese(text, hanging):
    """A line may end before or after any Chinese character, but not before a closing mark."""
    pieces = re.findall(r"[\u2018\u201c\u3008\u300a\u300c\uff08]*(?:[^\s\u2e80-\uffef]+|[\u2e80-\uffef]|\s+)"
                        r"[\u2019\u201d\u3001\u3002\u3009\u300b\u300d\uff01\uff09\uff0c\uff1a\uff1b\uff1f]*", text)
    lines, line = [], ""
    for piece in pieces:
        if line.strip() and width(line + piece.rstrip()) > columns():
            lines.append(line.rstrip())
            line = hanging + piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


def say(text=""):
    print(text, flush=True)


def heading(text):
    say()
    say(f"── {text} " + "─" * max(0, columns() - width(text) - 4))


def list_breaks():
    say(wrapped(tr(
        "Each of these changes a few lines of one stage. You see the damage and guess which tests will fail, and why.",
        "下面每一处破坏只改动某个阶段的几行代码。请根据看到的后果，猜猜哪些测试会失败、为什么。")))
    stage = None
    for one in all_breaks():
        if one.stage != stage:
            stage = one.stage
            say()
            say(tr(f"Stage {stage}", f"第 {stage} 阶段"))
        say(f"  {one.number:2}  {one.text('title')}")
    say()
    say(wrapped(tr("./tutorial break 2 breaks a copy and asks; ./tutorial break 2 --answer tells.",
                   "./tutorial break 2 弄坏一份副本，然后提问；./tutorial break 2 --answer 给出答案。")))


def shown_output(ended):
    lines = ended.output.expandtabs().rstrip().splitlines()
    if len(lines) > SHOWN_LINES:
        left_out = len(lines) - SHOWN_LINES
        lines[SHOWN_LINES - 4:-4] = [tr(f"… {left_out + 1} lines more …", f"……这里省略 {left_out + 1} 行……")]
    for line in lines:
        say("  " + (line if len(line) < 160 else line[:159] + "…"))
    seconds, processor = f"{ended.seconds:.1f} s", f"{ended.processor:.1f} s"
    if ended.status is None:
        end = tr(f"(stopped after {seconds}, of which it kept a processor busy for {processor}; it would have gone on)",
                 f"（{seconds}后强行结束，其间占用 CPU {processor}；不然它还会一直运行下去）")
    elif ended.status < 0:
        end = tr(f"(crashed after {seconds}: {signal.Signals(-ended.status).name})",
                 f"（运行 {seconds}后崩溃：{signal.Signals(-ended.status).name}）")
    else:
        end = tr(f"(exit status {ended.status}, {seconds}, {processor} of processor time)",
                 f"（退出状态 {ended.status}，用时 {seconds}，CPU 时间 {processor}）")
    say("  " + end)


def shown_patch(one):
    for name, _ in hunks_of(one.patch).items():
        say("  " + name)
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for line in one.patch.splitlines():
        if line.startswith("@@"):
            say("  …")
        if line[:3] in ("---", "+++") or line[:1] not in ("-", "+", " "):
            continue
        code = {"-": "31", "+": "32"}.get(line[0])
        say("  " + (f"\033[{code}m{line}\033[0m" if colour and code else line))


def show_damage(one, workshop):
    """Runs the same thing twice: as the stage is, and with the break in it."""
    main = one.own_program()
    say(tr(f"Building a broken copy of stage {one.stage} in {workshop.folder.relative_to(ROOT)} …",
           f"正在 {workshop.folder.relative_to(ROOT)} 里构建第 {one.stage} 阶段的破坏版……"))
    broken = workshop.program(one.stage_folder, main)
    whole = workshop.build / one.stage_folder / one.stage_folder
    if main is not None:
        whole = Workshop(one, workshop.build, broken=False).program(one.stage_folder, main)
    with Site(workshop.build) as site:
        others = ports()
        arguments = [re.sub(r"\{(\w+)\}", lambda found: site.url if found[1] == "site" else others[found[1]][0], word)
                     for word in one.show]
        program = f"stage {one.stage}" if main is None else str(main.relative_to(ROOT))
        command = f"{program} {shlex.join(arguments)}".rstrip()
        if one.interrupt_after:
            command += tr(f", and Ctrl-C after {one.interrupt_after} s", f"，{one.interrupt_after} 秒后按 Ctrl-C")
        heading(tr(f"As it is: {command}", f"原来的样子：{command}"))
        shown_output(run_bounded([whole, *arguments], SHOWN_SECONDS, one.interrupt_after))
        heading(tr("The same, broken", "破坏之后，同样运行一遍"))
        shown_output(run_bounded([broken, *arguments], SHOWN_SECONDS, one.interrupt_after))


def ask(one, build):
    workshop = Workshop(one, build)
    heading(f"{one.number}. {one.text('title')}")
    say(wrapped(one.text("change")))
    say()
    shown_patch(one)
    say()
    show_damage(one, workshop)
    heading(tr("Your turn", "轮到你了"))
    say(wrapped(one.text("look")))
    say()
    say(wrapped(tr(
        f"Which test will fail, and why? The tests are in tests/{one.stage_folder} and tests/contract. When you have a "
        f"guess: ./tutorial break {one.number} --answer",
        f"哪些测试会失败？为什么？测试在 tests/{one.stage_folder} 和 tests/contract 里。"
        f"想好之后运行：./tutorial break {one.number} --answer")))


def named_tests(one, program, names):
    """The break's tests in this program, of the names that it has."""
    found = []
    for pattern in one.fails.get(program, []):
        hits = fnmatch.filter(names, pattern)
        if not hits:
            raise Trouble(tr(f"break {one.number} names a test that {program} doesn't have: {pattern}",
                             f"第 {one.number} 处破坏列出的测试在 {program} 里不存在：{pattern}"))
        found += hits
    return list(dict.fromkeys(found))


def is_one_of(patterns, test):
    return any(fnmatch.fnmatchcase(test, pattern) for pattern in patterns)


def run_test(program, test, hangs):
    """Returns how one test ended: passed, failed, crashed or hung, and what it printed."""
    ended = run_bounded([program, f"--gtest_filter={test}", "--gtest_brief=1", "--gtest_color=no"],
                        HANGS_AFTER if hangs else ENDS_WITHIN)
    if ended.status is None:
        return "hung", ended.output
    if ended.status == 0:
        return "passed", ended.output
    return ("failed" if f"[  FAILED  ] {test}" in ended.output else "crashed"), ended.output


def why_it_failed(output):
    """What GoogleTest says about the first failure."""
    lines = output.splitlines()
    begin = next((i for i, line in enumerate(lines) if ": Failure" in line), None)
    if begin is None:
        return []
    end = next((i for i in range(begin + 1, len(lines)) if not lines[i].strip() or lines[i].startswith("[")), len(lines))
    return [re.sub(r"^(\.\./)+", "", lines[begin].replace(f"{ROOT}/", "")), *lines[begin + 1:end]][:7]


def answer(one, build):
    workshop = Workshop(one, build)
    heading(f"{one.number}. {one.text('title')}")
    shown_patch(one)
    say()
    say(tr("Building the tests with the broken copy …", "正在用破坏版构建测试……"))
    programs = [name for name in one.programs() if one.fails.get(name)]
    passed = 0
    results = {"failed": tr("fails", "失败"), "hung": tr("hangs, and was stopped", "卡住不动，已强行结束"),
               "crashed": tr("crashes", "崩溃"), "passed": tr("passes, which it should not", "通过了，而它本不该通过")}
    heading(tr("What the tests say", "测试结果"))
    for name, program in zip(programs, workshop.programs(programs)):
        tests = named_tests(one, name, tests_of(program, one.stage))
        shown = tests[:8]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            ends = list(pool.map(lambda test: run_test(program, test, is_one_of(one.hangs, test)), shown))
        for test, (end, output) in zip(shown, ends):
            passed += end == "passed"
            say(f"  {test}: {results[end]}")
            for line in why_it_failed(output) if end == "failed" else []:
                say("      " + line)
        if len(tests) > len(shown):
            say(tr(f"  … and {len(tests) - len(shown)} more of {name}, which weren't run here:",
                   f"  …… {name} 里还有 {len(tests) - len(shown)} 个，这里不再运行："))
            for test in tests[len(shown):][:12]:
                say(f"      {test}")
            if len(tests) > len(shown) + 12:
                say("      …")
    heading(tr("Why", "原因"))
    say(wrapped(one.text("tests")))
    heading(tr("What the line is for", "这行代码的用处"))
    say(wrapped(one.text("purpose")))
    if passed:
        raise Trouble(tr(f"{passed} of these tests passed although the copy is broken. Did you change the stage?",
                         f"副本已经弄坏，却仍有 {passed} 个测试通过。你改过这个阶段的代码吗？"))


# ---- The check ----------------------------------------------------------------------------------------------------


def tests_of(program, stage):
    """The names of its tests, but for those that are another stage's by name or by type."""
    tests, suite, mine = [], "", True
    for line in subprocess.run([program, "--gtest_list_tests"], capture_output=True, text=True, check=True).stdout.splitlines():
        if line.startswith("Running main"):
            continue
        if not line.startswith(" "):
            suite = line.split()[0]
            mine = is_of(stage, line.partition("# TypeParam = ")[2])
        elif mine:
            name = suite + line.split()[0]
            if is_of(stage, name) and "DISABLED_" not in name:
                tests.append(name)
    return tests


def is_of(stage, name):
    others = set(re.findall(r"(?<![A-Za-z0-9])stage(\d)(?=_|::)", name.replace("/", " ").replace("_stage", " stage")))
    return "asio" not in name and (not others or str(stage) in others)


def passes(program, tests):
    """Those of `tests` that pass in one run of the program, or in several when a test ends the program."""
    ended = run_bounded([program, "--gtest_filter=" + ":".join(tests), "--gtest_color=no"], ENDS_WITHIN)
    return set(re.findall(r"^\[       OK \] (\S+) \(", ended.output, re.M)) | \
        set(re.findall(r"^\[  SKIPPED \] (\S+) \(", ended.output, re.M))


def check(one, build):
    """What is wrong with the break, as lines, and a sentence about what was seen."""
    start = time.monotonic()
    workshop = Workshop(one, build)
    programs = workshop.programs(one.programs())
    workshop.program(one.stage_folder, one.own_program())
    built = time.monotonic() - start
    wrong, failing, others_count = [], 0, 0
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        named_runs, other_runs = [], []
        for name, program in zip(one.programs(), programs):
            tests = tests_of(program, one.stage)
            named = named_tests(one, name, tests)
            failing += len(named)
            others = [test for test in tests if test not in named and not is_one_of(one.may_fail, test)]
            others_count += len(others)
            named_runs += [(test, pool.submit(run_test, program, test, is_one_of(one.hangs, test))) for test in named]
            shards = [others[i::4] for i in range(4)]
            other_runs += [(program, shard, pool.submit(passes, program, shard)) for shard in shards if shard]
        for test, run in named_runs:
            end, _ = run.result()
            if end == "passed":
                wrong.append(f"should fail and passes: {test}")
            elif end == "hung" and not is_one_of(one.hangs, test):
                wrong.append(f"should fail and hangs: {test}")
        suspects = [(program, test) for program, shard, run in other_runs for test in shard if test not in run.result()]
    # What didn't pass in company gets a second chance: only the break is to blame, not the load.
    many = len(suspects) > 5
    with concurrent.futures.ThreadPoolExecutor(8 if many else 1) as pool:
        for (_, test), (end, output) in zip(suspects, pool.map(lambda each: run_test(*each, many), suspects)):
            if end != "passed":
                wrong += [f"should pass and {end}: {test}", *("    " + line for line in why_it_failed(output))]
    return wrong, (f"{failing} tests fail, {others_count - len(suspects)} pass "
                   f"(built in {built:.0f} s, ran in {time.monotonic() - start - built:.0f} s)")


def check_all(numbers, build):
    faults = 0
    for one in all_breaks():
        if numbers and one.number not in numbers:
            continue
        try:
            wrong, seen = check(one, build)
        except Trouble as trouble:
            wrong, seen = [str(trouble)], "not tested"
        say(f"{one.folder.name}: {'FAILED' if wrong else 'as it says'}: {seen}")
        for line in wrong:
            say(f"    {line}")
        faults += bool(wrong)
    return 1 if faults else 0


# ---- The command line ---------------------------------------------------------------------------------------------


def usage():
    return tr("""usage: ./tutorial break [N] [--answer] [--lang en|zh]

  break            list the breaks
  break N          break a copy of a stage, show the damage, and ask which test will fail
  break N --answer tell, run these tests, and say what the line is for
  --lang en|zh     the language; without it LC_ALL, LC_MESSAGES or LANG decides

Your own files aren't touched: the copy is in build/breaks.""", """用法：./tutorial break [N] [--answer] [--lang en|zh]

  break            列出所有的破坏
  break N          弄坏某个阶段的一份副本，展示后果，再问你哪些测试会失败
  break N --answer 给出答案，运行那些测试，并说明这行代码的用处
  --lang en|zh     语言；不指定时由 LC_ALL、LC_MESSAGES 或 LANG 决定

你自己的文件不会被改动：副本在 build/breaks 里。""")


def parse(arguments):
    global language
    language = language_of(os.environ)
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("number", nargs="?")
    parser.add_argument("--answer", action="store_true")
    parser.add_argument("--help", "-h", action="store_true")
    parser.add_argument("--lang", choices=("en", "zh"))
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--targets", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--check", nargs="*", type=int, metavar="N")
    try:
        options, unknown = parser.parse_known_args(arguments)
    except argparse.ArgumentError as error:
        raise WrongUsage(str(error)) from error
    language = options.lang or language
    if unknown:
        raise WrongUsage(tr(f"break has no option {unknown[0]}", f"break 没有 {unknown[0]} 这个选项"))
    if options.number is None and options.answer:
        raise WrongUsage(tr("--answer needs the number of a break", "--answer 前面要写是第几处破坏"))
    options.one = None
    if options.number is not None:
        options.one = next((one for one in all_breaks() if str(one.number) == options.number.lstrip("0")), None)
        if options.one is None:
            raise WrongUsage(tr(f"there is no break {options.number}; ./tutorial break lists them",
                                f"没有第 {options.number} 处破坏；./tutorial break 会列出所有的破坏"))
    options.build = options.build.resolve()
    return options


def main(arguments):
    try:
        options = parse(arguments)
        one = options.one
        if options.targets:  # what ./tutorial has to build first
            if one and not options.help:
                say(" ".join([one.stage_folder, "practice_site",
                              *((name for name in one.programs() if one.fails.get(name)) if options.answer else [])]))
        elif options.help:
            say(usage())
        elif options.check is not None:
            return check_all(options.check, options.build)
        elif one is None:
            list_breaks()
        elif options.answer:
            answer(one, options.build)
        else:
            ask(one, options.build)
    except WrongUsage as error:
        print(f"tutorial: {error}\n{usage()}", file=sys.stderr)
        return 2
    except Trouble as trouble:
        print(f"tutorial: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
