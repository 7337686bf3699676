#!/usr/bin/env python3
"""Keeps the text in step with the code: fills and checks what a page takes from elsewhere.

    docs/sync.py --check [--build DIR]   says what differs, and where
    docs/sync.py --write [--build DIR]   mends what can be mended by itself

Pages are docs/**/*.md, README.md, README.zh.md and the README.md of each stage. DIR holds the built programs; without it, what
programs print is left alone. In a page, a comment says where the block below it comes from:

    <!-- code: stage3_future_task/task.h Task::step -->          a function, class, variable …
    <!-- code: stage4_yield_from/async_io.cpp above Read::resume -->      the comment above it
    <!-- code: a.cpp f from "case reading:" to "}" -->           some lines of it; without `to`, the rest of its block
    <!-- code: docs/python/stage1_blocking.py fetch Crawler.read -->  of Python, and two in one block
    <!-- code: tests/common/url_test.cpp Url.IsTakenApart -->     a test
    <!-- output: ./tutorial stage 3 2>/dev/null -->   what that prints; times, ports and the like may differ
    <!-- output: ./tutorial stage 3 & sleep 1; kill -USR1 $!; wait -->   the same, with a signal sent to it meanwhile

and, up to a line <!-- end -->:

    <!-- options: ./tutorial stage 1 --help -->   a table of the options
    <!-- diff: stage1_blocking stage2_callbacks -->   what changed between two stages, file by file
    <!-- diff: stage1_blocking stage5_native_coroutines fetch -->   in one symbol of crawler.cpp
    <!-- map -->   a table that names each section and figure of the article
    <!-- run: stage3-timeout -->   how to watch a run, one of those in docs/watch/runs.py, and its record in docs/runs

Of overloads, the signature names one: <!-- code: a.h "f(int a)" -->. Where that's the same too, as
of a template and its specialization, a number does: <!-- code: a.h Promise#1 -->. Lines that feed the trace are left out, as a
reader may skip them. Beside that, every fence of C++ or Python must be
such a block; every link must lead somewhere (one to the web is looked at for
its form alone), and [`symbol`](file) to a file that has it; and a page of docs/zh must
have the headings (by anchor, <a id="…"></a> in the line above), blocks and fences of its namesake in docs, tables of as
many rows and columns, and each of the two a link to the other. Once there is a docs/zh, it has all of them. README.zh.md
is held to README.md in the same way. The pages in BEHIND are excepted: their English text has been rewritten and the
Chinese one hasn't followed yet.

A record names lines of the sources. Where they have moved, --write follows them; where they have changed, --build DIR
is needed to record the run again, and --check says so.

Between the comment of a `code` block and its fence stands a line that names the file and the lines, which --write makes.
A comment that is indented, as in the answer to a question of a list, has a block that is indented as far.
"""

import argparse
import ast
import difflib
import functools
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import textwrap
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs/watch"))
import runs  # noqa: E402

# The article's sections and figures, each of which the map must name. The figure of section 5 has no number.
ARTICLE = """3 3.1 3.2 3.3 3.4 3.5 4 4.1 4.2 4.3 4.4 4.4.1 4.4.2 4.4.3 4.4.4 4.4.5 4.4.6 4.5 4.5.1 4.5.2 4.5.3 4.5.4
             4.6 5""".split() + [f"fig. {number:02}" for number in range(9, 17)] + ["fig. of 5", "the end"]


# Pages whose English text is newer than the Chinese one, by their path in docs. Their outlines aren't compared, and the
# Chinese page may be missing; both are said. Empty once docs/zh has caught up.
BEHIND = set()


class Fault(Exception):
    """Something in a page that a person has to look at."""


# ---- Which page is the same in the other language ----------------------------------------------------------------


def in_chinese(name):
    return name == "README.zh.md" or name.startswith("docs/zh/")


def in_other_language(name):
    """The name of the same page in the other language, or None for a page that there is in English alone."""
    if name in ("README.md", "README.zh.md"):
        return "README.md" if in_chinese(name) else "README.zh.md"
    if name.startswith("docs/zh/"):
        return "docs/" + name.removeprefix("docs/zh/")
    return "docs/zh/" + name.removeprefix("docs/") if name.startswith("docs/") else None


def is_behind(english):
    return pathlib.Path(os.path.relpath(english, ROOT / "docs")).as_posix() in BEHIND


# ---- Symbols: which lines of a file a name stands for ------------------------------------------------------------


@functools.lru_cache(maxsize=None)
def read_lines(path):
    return path.read_text().splitlines()


@functools.lru_cache(maxsize=None)
def cpp_symbols(path):
    """{name: [(signature, first line, last line)]}, as Universal Ctags sees it, the first line being 0."""
    command = ["ctags", "--languages=C++", "--langmap=C++:.h.cpp", "--kinds-C++=+p", "--fields=+neS",
               "--extras=+F", "--output-format=json", "-f", "-", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        done = None
    if done is None or done.returncode != 0:
        sys.exit("docs/sync.py needs Universal Ctags: on Debian, apt-get install universal-ctags")
    tags = [json.loads(line) for line in done.stdout.splitlines()]
    namespaces = {tag["name"] for tag in tags if tag["kind"] == "namespace"}
    defined = {}
    for prototypes in (False, True):
        found = {}
        for tag in tags:
            if (tag["kind"] == "prototype") != prototypes or tag["kind"] == "namespace":
                continue
            if tag["name"].startswith("__anon"):  # a lambda
                continue
            scopes = [scope for scope in tag.get("scope", "").split("::") + [tag["name"]] if scope]
            signature = re.sub(r"\s+", "", tag.get("signature", ""))
            entry = (signature, *extent(path, tag["line"] - 1, tag.get("end")))
            # Whoever names it may leave the namespaces out.
            for name in {"::".join(scope for scope in scopes if not scope.startswith("__anon")),
                         "::".join(scope for scope in scopes if scope not in namespaces)}:
                found.setdefault(name, []).append(entry)
        defined = {**found, **defined}
    for i, line in enumerate(read_lines(path)):
        if concept := re.match(r"\s*concept (\w+)", line):  # which Ctags 5.9 does not know
            defined[concept[1]] = [("", *extent(path, i, None))]
    return defined


def extent(path, line, last):
    """The first and the last line of what is named in `line`: with its template line, to its semicolon if Ctags does
    not know its end (1 for the first line)."""
    lines = read_lines(path)
    first = line
    while first > 0 and re.search(r"[^;{}:\s]\s*$", re.sub(r"//.*|^\s*#.*", "", lines[first - 1])):
        first -= 1
    if last is None:
        depth = 0
        for last, text in enumerate(lines[line:], line + 1):
            depth += text.count("{") - text.count("}")
            if depth == 0 and re.search(r"[;},]\s*(//.*)?$", text):
                break
    return first, last - 1


@functools.lru_cache(maxsize=None)
def python_symbols(path):
    """The same of a Python file: functions, classes and what is assigned to, "Class.method"."""
    found = {}

    def visit(nodes, scope):
        for node in nodes:
            names = []
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names = [node.name]
                visit(node.body, f"{scope}{node.name}.")
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            first = min([node.lineno] + [each.lineno for each in getattr(node, "decorator_list", [])])
            for name in names:
                found.setdefault(scope + name, []).append(("", first - 1, node.end_lineno - 1))

    visit(ast.parse(path.read_text()).body, "")
    return found


def test_symbols(path):
    """GoogleTest's tests: "Suite.Name"."""
    found = {}
    lines = read_lines(path)
    for first, line in enumerate(lines):
        if test := re.match(r"(?:TYPED_)?TEST(?:_[FP])?\((\w+), (\w+)\)", line):
            last = first
            while not lines[last].endswith("}") or (last > first and lines[last] != "}"):
                last += 1
            found[".".join(test.groups())] = [("", first, last)]
    return found


def named(file, symbol):
    """All that `symbol` may mean in the file of that name: at least one (signature, first line, last line)."""
    path = ROOT / file
    if not path.is_file():
        raise Fault(f"there is no file {file}")
    name, bracket, rest = symbol.partition("(")
    signature = re.sub(r"\s+", "", bracket + rest)
    if path.suffix == ".py":
        table = python_symbols(path)
    else:
        table = cpp_symbols(path) if "." not in name else test_symbols(path)
    all_of_name = table.get(name, [])
    found = [entry for entry in all_of_name if signature in ("", entry[0])]
    if not found:
        near = [name + entry[0] for entry in all_of_name] or difflib.get_close_matches(name, table)
        raise Fault(f"{file} has no {symbol}" + (f"; it has {', '.join(near)}" if near else ""))
    return found


def find(file, symbol):
    """The first and the last line of the only `symbol` in the file of that name; of several alike, "#2" is the second."""
    symbol, _, number = symbol.partition("#")
    found = named(file, symbol)
    if number.isdigit():
        found = found[int(number) - 1 : int(number)]
        if not found:
            raise Fault(f"{file} has no {symbol} number {number}")
    if len(found) > 1:
        choices = ", ".join(f'"{symbol}{signature}" (line {first + 1})' for signature, first, _ in found)
        raise Fault(f"{file} has {len(found)} of {symbol}: choose {choices}")
    return found[0][1:]


def end_of_block(lines, first, last):
    """The last line up to `last` of the block that the line `first` is in: none is indented less."""
    def indent(i):
        return len(lines[i]) - len(lines[i].lstrip())

    return next((i - 1 for i in range(first, last + 1) if lines[i] and indent(i) < indent(first)), last)


# What feeds the trace and the record and is no part of the lesson: statements, the constructors and destructors that do
# nothing else, and the parameter that brings the caller's line.
TRACE = [re.compile(r"^ *(const )?(common::)?trace::(line|Hop|Resume|Turn|keep_origin|record(_if)?|made|gone|calling)\b"
                    r".*?;[^\S\n]*(//[^\n]*)?(\n|\Z)", re.MULTILINE | re.DOTALL),
         re.compile(r"^ *(virtual )?~?\w+\(\) \{ (common::)?trace::\w+\([^\n]*\); \}(\n|\Z)", re.MULTILINE),
         re.compile(r",?\s*\bstd::source_location by\b( = std::source_location::current\(\))?(?=[,)])"),
         re.compile(r", by(?=\))")]


def without_trace(lines):
    text = "\n".join(lines)
    for what in TRACE:
        text = what.sub("", text)
    return text.splitlines()


def code(words):
    """The lines of a `code` block: FILE, then symbols, each with what of it is meant."""
    return code_and_places(words)[0]


def caption(page, words):
    """The line above the fence of a `code` block: a link to the file, and which of its lines are shown."""
    file = words[0]
    places = [f"{first}–{last}" if last > first else str(first) for first, last in code_and_places(words)[1]]
    target = pathlib.Path(os.path.relpath(ROOT / file, page.path.parent)).as_posix()
    if in_chinese(page.name):
        return f"[`{file}`]({target})，第 {'、'.join(places)} 行"
    several = len(places) > 1 or "–" in places[0]
    return f"[`{file}`]({target}), line{'s' if several else ''} {', '.join(places)}"


def code_and_places(words):
    """The lines of a `code` block, and where they are in the file: [(first, last)], from 1."""
    file, *words = words
    lines = read_lines(ROOT / file) if (ROOT / file).is_file() else []
    block = []
    places = []
    end = None

    def line_with(text, first, last, symbol):
        hit = next((i for i in range(first, last + 1) if text and text[0] in lines[i]), None)
        if hit is None:
            raise Fault(f"{symbol} of {file} has no line with '{' '.join(text)}'")
        return hit

    while words:
        above = words[0] == "above" and len(words) > 1
        words = words[above:]
        symbol = words.pop(0)
        first, last = find(file, symbol)
        if above:
            last = first - 1
            while first > 0 and re.match(r"\s*//", lines[first - 1]):
                first -= 1
            if first > last:
                raise Fault(f"{file} has no comment above {symbol}")
        if words[:1] == ["from"]:
            first = line_with(words[1:2], first, last, symbol)
            words = words[2:]
            if words[:1] != ["to"]:
                last = end_of_block(lines, first, last)
        if words[:1] == ["to"]:
            last = line_with(words[1:2], first, last, symbol)
            words = words[2:]
        if end is not None and first == end + 1:
            places[-1][1] = last + 1
        else:
            block += [""] if places else []
            places.append([first + 1, last + 1])
        part = without_trace(lines[first : last + 1])
        block += textwrap.dedent("\n".join(part)).splitlines()
        end = last
    if not block:
        raise Fault("name a file and a symbol of it")
    return block, places


# ---- What programs print -----------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=None)
def printed(command, build):
    """What `command` prints, written as in the README, by the programs of `build`. With its messages, in order."""
    signalled = re.fullmatch(r"(.*) & sleep ([\d.]+); kill -(\w+) \$!; wait", command)
    words = shlex.split(signalled[1] if signalled else command)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    if ">/dev/null" in words:
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    if "2>/dev/null" in words:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    words = [word for word in words if not word.endswith(">/dev/null")]
    if words[:2] == ["./tutorial", "stage"] and len(words) > 2:
        folder = next((path.name for path in ROOT.glob(f"stage{words[2]}_*")), "")
        words = [f"build/release/{folder}/{folder}"] + words[3:]
    if words[0].startswith("build/release/"):
        words[0] = str(build / words[0].removeprefix("build/release/"))
    elif words[0] == "python3":
        words[0] = sys.executable
    else:
        raise Fault(f"{words[0]}: not a program of the tutorial")
    # The build may be a background job, in which Ctrl-C is ignored: the program is to hear it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        program = subprocess.Popen(words, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, **streams)
    except OSError as error:
        raise Fault(f"cannot run {command}: {error}")
    with program:
        try:
            if signalled:
                time.sleep(float(signalled[2]))
                program.send_signal(signal.Signals[f"SIG{signalled[3]}"])
            texts = program.communicate(timeout=60)
        except (KeyError, subprocess.TimeoutExpired) as error:
            program.kill()
            raise Fault(f"cannot run {command}: {error}")
    lines = without_addresses("".join(text or "" for text in texts).rstrip().splitlines())
    return lines + ([f"(exit status {program.returncode})"] if program.returncode else [])


def without_addresses(lines):
    """A report of AddressSanitizer in short: what happened, and the innermost lines of ours on each call stack."""
    short = []
    frames = -1  # of the stack that is being told, or -1 if it is of no interest
    for line in lines:
        if error := re.match(r"==\d+==(ERROR: AddressSanitizer: [a-z -]+?)(?=[:(]| on )", line):
            short, frames = [error[1]], -1 if "overflow" in line else 0  # which may happen anywhere
        elif access := re.match(r"((?:READ|WRITE) of size \d+|freed) (?:at|by)", line):
            short.append(access[1] + (" here" if access[1] == "freed" else ""))
            frames = 0
        elif not line.startswith(" "):
            frames = -1 if short else frames
        elif frame := re.search(r" (?:.*/)?(docs/traps/([\w.]+)):(\d+)", line):
            told = f"    {frame[2]}: {read_lines(ROOT / frame[1])[int(frame[3]) - 1].strip()}"
            if 0 <= frames < 3 and told != short[-1]:
                short.append(told)
                frames += 1
    return short or lines


def without_chance(lines):
    """What must be the same in every run: no time, rate, port, memory, process or descriptor, no width of a column."""
    text = "\n".join(lines)
    text = re.sub(r"(?<=127\.0\.0\.1:)\d+|(?<=\[::1\]:)\d+|(?<=\bfd )\d+|(?<=\bpid )\d+", "#", text)
    text = re.sub(r"\b\d[\d,]*\.\d+\b(?!\.)|\b\d+(?=(?: ?(?:ns|us|µs|ms|s)| MiB| x)\b)", "#", text)
    return re.sub(r" +", " ", text)


def output(command, build, old):
    """The lines of an `output` block: the old ones, as long as only chance makes a difference."""
    if build is None:
        return old
    new = [f"$ {command}"] + printed(command, build)
    return old if without_chance(old) == without_chance(new) else new


def options(command, build, old, translated):
    """A table of what a program's --help tells. Where it is translated, the old words stay."""
    if build is None:
        return old
    said = {row.split("|")[1].strip(): row.split("|")[2].strip() for row in old if row.startswith("| `")}
    table = [row for row in old if not row.startswith("| `")] or ["", "| option | | default |", "|---|---|---|", ""]
    rows = []
    for line in printed(command, build):
        if entry := re.match(r"  (--\S+(?: \S+)?)  +(.*?)(?: \[(.*)\])?$", line):
            option, meaning, default = f"`{entry[1]}`", entry[2], entry[3] or ""
            rows.append(f"| {option} | {said.get(option, meaning) if translated else meaning} | {default} |")
    after_rule = 1 + max(i for i, row in enumerate(table) if row.startswith("|---"))
    return table[:after_rule] + rows + table[after_rule:]


# ---- Recorded runs -----------------------------------------------------------------------------------------------


def run(page, name, build, write):
    """The lines of a `run`. Looks after its record, too, which pages of both languages share."""
    if name not in runs.RUNS:
        raise Fault(f"there is no run {name}; docs/watch/runs.py has {', '.join(runs.RUNS)}")
    file = ROOT / f"docs/runs/{name}.json"
    try:
        look_after(file, name, build, write)
    except runs.Unfit as error:
        raise Fault(str(error))
    record = pathlib.Path(os.path.relpath(file, page.path.parent)).as_posix()
    command = f"`{runs.command(name)}`"
    if in_chinese(page.name):
        ctrl_c = "，等它停下来等待时按 Ctrl-C" if runs.interrupted(name) else ""
        return ["", f"想一步一步地看这次运行：{command}{ctrl_c}。这次运行的记录在 [{name}.json]({record})。", ""]
    ctrl_c = " and press Ctrl-C while it waits" if runs.interrupted(name) else ""
    return ["", f"To step through this run in a browser, type {command}{ctrl_c}.",
            f"The run is recorded in [{name}.json]({record}).", ""]


def look_after(file, name, build, write):
    """Renews the record of a run, or says what is wrong with it."""
    mend = f"record it again: docs/sync.py --write --build {build or 'DIR'}"
    if build is not None:
        header, events = runs.recorded(name, build, ROOT)
        old = file.read_text() if file.is_file() else runs.in_short({}, [], ROOT)
        before, now = runs.without_chance(*runs.in_full(old)), runs.without_chance(header, events)
        text, lost = runs.followed(old, ROOT)
        if lost or runs.without_chance(*runs.in_full(text)) != now:  # else only its lines have moved
            text = runs.in_short(header, events, ROOT)
        if text == old:
            return
        if not write:
            delta = "\n".join(difflib.unified_diff(before, now, file.name, "now", lineterm="", n=0))
            raise Fault(f"docs/runs/{file.name} isn't this run; {mend}\n{delta}")
    elif not file.is_file():
        raise Fault(f"there is no docs/runs/{file.name}; {mend}")
    else:
        old = file.read_text()
        text, lost = runs.followed(old, ROOT)
        if lost:
            raise Fault(f"docs/runs/{file.name} is older than the sources; {mend}\n" + "\n".join(lost))
        if text == old:
            return
        if not write:
            raise Fault(f"docs/runs/{file.name} names lines that have moved; mend it with: docs/sync.py --write")
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    print(f"docs/runs/{file.name}: written")


# ---- What changed between two stages -----------------------------------------------------------------------------


def comparable(folder, text):
    """The lines from the first one after the opening comment, without what names the stage."""
    stage = folder.split("_")[0]
    text = re.sub(r"\A(//.*\n|\s*\n)*", "", text)
    text = re.sub(rf"\bnamespace {stage}\b", "namespace stageN", text)
    return re.sub(rf"\b{stage}::", "stageN::", text).splitlines()


def sources(folder):
    """{name: comparable lines} of a stage."""
    paths = sorted(path for path in (ROOT / folder).iterdir() if path.suffix in (".h", ".cpp"))
    if not paths:
        raise Fault(f"there are no sources in {folder}")
    return {path.name: comparable(folder, path.read_text()) for path in paths}


def changes(before, after):
    """[(file, what became of it)] from one stage to the other."""
    old, new = sources(before), sources(after)
    rows = []
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            rows.append((name, f"new, {len(new[name])} lines"))
        elif name not in new:
            rows.append((name, f"gone, {len(old[name])} lines"))
        elif old[name] == new[name]:
            rows.append((name, "equal"))
        else:
            signs = [line[:1] for line in unified(old[name], new[name])[2:]]
            rows.append((name, f"−{signs.count('-')} +{signs.count('+')} lines"))
    return rows


def unified(old, new, before="", after=""):
    return [line.rstrip() for line in difflib.unified_diff(old, new, before, after, lineterm="")]


CHANGES_IN_CHINESE = [(r"new, (\d+) lines", r"新增，\1 行"), (r"gone, (\d+) lines", r"删去，\1 行"),
                      (r"(−\d+ \+\d+) lines", r"\1 行"), (r"equal", "相同"), (r"file", "文件")]


def diff(translated, before, after, symbol=None):
    """The lines of a `diff`: a table of the files, and the difference of crawler.cpp; or that of one symbol alone."""
    files = f"{before}/crawler.cpp", f"{after}/crawler.cpp"
    if symbol:
        return ["", "```diff", *unified(*(code([file, symbol]) for file in files))[3:], "```", ""]
    rows = ["| file | |", "|---|---|", *(f"| `{name}` | {change} |" for name, change in changes(before, after))]
    for english, chinese in CHANGES_IN_CHINESE if translated else []:
        rows = [re.sub(rf"(?<=\| ){english}(?= \|)", chinese, row) for row in rows]
    lines = unified(*(sources(folder)["crawler.cpp"] for folder in (before, after)), *files)
    return ["", *rows, "", "<details>", "<summary><code>crawler.cpp</code></summary>", "",
            "```diff", *lines, "```", "", "</details>", ""]


# ---- Pages -------------------------------------------------------------------------------------------------------

DIRECTIVE = re.compile(r"<!-- (code|output|options|diff|map|run)(?:: (.*))? -->")
END = "<!-- end -->"


class Page:
    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.lines = path.read_text().splitlines()
        self.fences = []  # (line of the opening, line of the closing, language)
        self.prose = list(self.lines)  # with nothing in the fences
        opening = None
        for i, line in enumerate(self.lines):
            fence = re.match(r" *```", line)
            if fence:
                if opening is None:
                    opening = i
                else:
                    self.fences.append((opening, i, self.lines[opening].strip()[3:].strip()))
                    opening = None
            if opening is not None or fence:
                self.prose[i] = ""
        # (line, kind, words)
        self.directives = [(i, found[1], found[2] or "") for i, line in enumerate(self.prose)
                           if (found := DIRECTIVE.fullmatch(line.strip()))]
        # (line, level, text, anchor or None)
        self.headings = [(i, len(found[1]), found[2], self.anchor_above(i)) for i, line in enumerate(self.prose)
                         if (found := re.fullmatch(r"(#{1,6}) (.*)", line))]

    def anchor_above(self, i):
        found = re.fullmatch(r'<a id="([^"]+)"></a>', self.prose[i - 1]) if i > 0 else None
        return found and found[1]

    def anchors(self):
        """All that a link may name after a '#'."""
        anchors = set(re.findall(r'<a id="([^"]+)"></a>', "\n".join(self.prose)))
        for _, _, text, _ in self.headings:
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).lower()
            anchors.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
        return anchors

    def outline(self):
        """What must be the same in both languages."""
        blocks = [(i, f"<!-- {kind}: {words} -->") for i, kind, words in self.directives]
        blocks += [(i, f"```{language}") for i, _, language in self.fences]
        blocks += [(i, f"{'#' * level} {anchor or '(no anchor)'}") for i, level, _, anchor in self.headings]
        blocks += [(i, f"a table of {rows} rows, {columns} columns") for i, rows, columns in self.tables()]
        return sorted(blocks)

    def tables(self):
        """(line, number of rows, of columns) of each, its head and its rule being rows."""
        found = []
        for i, line in enumerate(self.prose):
            if line.startswith("|") and i > 0 and self.prose[i - 1].startswith("|"):
                found[-1][1] += 1
            elif line.startswith("|"):
                found.append([i, 1, len(re.findall(r"(?<!\\)\|", line)) - 1])
        return found

    def block(self, i, kind):
        """The lines that the directive in line `i` fills, as a slice."""
        if kind in ("code", "output"):
            for opening, closing, _ in self.fences:
                if opening == i + 1 + self.has_caption(i, kind):
                    return slice(opening + 1, closing)
            raise Fault("a fenced block must follow in the next line")
        end = next((k for k in range(i, len(self.prose)) if self.prose[k].strip() == END), None)
        if end is None:
            raise Fault(f"there is no {END} after it")
        return slice(i + 1, end)

    def has_caption(self, i, kind):
        return kind == "code" and self.prose[i + 1 : i + 2] != [] and bool(re.match(r" *\[`", self.prose[i + 1]))


def generated(page, kind, words, build, old, write):
    """What the block of a directive ought to be."""
    translated = in_chinese(page.name)
    if kind == "run":
        return run(page, words, build, write)
    if kind == "code":
        return code(shlex.split(words))
    if kind == "output":
        return output(words, build, old)
    if kind == "options":
        return options(words, build, old, translated)
    if kind == "diff":
        return diff(translated, *words.split())
    return complete_map(old)


def complete_map(old):
    """The lines of a `map`, which are written by hand: rows of section, figure, and what belongs to them."""
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in old if row.startswith("|")]

    def names(row, name):
        cell = re.sub(r"\]\([^)]*\)", "", row[name.startswith("fig")])
        cell = cell.replace("图 ", "fig. ").replace("第 5 节的图", "fig. of 5").replace("结语", "the end")
        return re.search(rf"(?<![\d.]){re.escape(name)}(?!\.?\d)", cell)

    missing = [name for name in ARTICLE if not any(names(row, name) for row in rows)]
    if missing:
        raise Fault(f"the map does not name {', '.join(missing)}")
    for row in rows:
        if len(row) != len(rows[0]) or "" in row[1:]:
            raise Fault(f"the map has an empty cell (write –) in the row of {row[0]}")
    return old


def sync_blocks(page, build, write, make_runs=True):
    """Checks the blocks of a page and yields (line, what is wrong); with `write` mends them where it can."""
    lines = list(page.lines)
    for i, kind, words in reversed(page.directives):
        try:
            where = page.block(i, kind)
            margin = re.match(" *", lines[i])[0]
            old = [line.removeprefix(margin) for line in lines[where]]
            new = generated(page, kind, words, build if make_runs or kind != "run" else None, old, write)
            if kind == "code":
                old = lines[i + 1 : i + 1 + page.has_caption(i, kind)] + old
                new = [margin + caption(page, shlex.split(words))] + new
        except Fault as fault:
            yield i, str(fault)
            continue
        if new != old:
            indented = [margin + line if line else line for line in new]
            if kind == "code":
                indented[0] = new[0]
                indented.insert(1, lines[where.start - 1])
                where = slice(i + 1, where.stop)
            lines[where] = indented
            if not write:
                delta = "\n".join(difflib.unified_diff(old, new, page.name, words, lineterm="", n=1))
                yield i, (f"the block is not {words}; mend it with: docs/sync.py --write"
                          f"{f' --build {build}' if kind in ('output', 'options') else ''}\n{delta}")
    if write and lines != page.lines:
        page.path.write_text("\n".join(lines) + "\n")
        print(f"{page.name}: written")


def check_fences(page):
    named = {i + 1 + page.has_caption(i, kind) for i, kind, _ in page.directives}
    for opening, _, language in page.fences:
        if language in ("cpp", "c++", "python", "py") and opening not in named:
            yield opening, "a block of code must say where it is from: <!-- code: FILE SYMBOL -->"


def check_links(page):
    for i, line in enumerate(page.prose):
        for text, target in re.findall(r"\[((?:`[^`]*`|[^\]`])*)\]\(([^)\s]+)\)", line):
            try:
                check_link(page, text, target)
            except Fault as fault:
                yield i, str(fault)
        for path in re.findall(r"(?<!\[)`([\w./-]+/[\w.-]+\.(?:h|cpp|py|md))`", line):
            if not (ROOT / path).is_file() and not (page.path.parent / path).is_file():
                yield i, f"there is no file {path}"


def check_link(page, text, target):
    if re.match(r"[a-z]+:", target):
        host, path = r"https://(?:[\w-]+\.)+[a-z]{2,}", r"(?:/[\w.~%+=&:@-]+)*/?(?:\?[^#<>]*)?(?:#[^#<>]+)?"
        if not re.fullmatch(host + path, target):
            raise Fault(f"the link to {target} is not the address of a web page")
        return  # the page itself is not fetched
    file, _, anchor = target.partition("#")
    path = (page.path.parent / file).resolve() if file else page.path
    if not path.exists() or ROOT not in (path, *path.parents):
        raise Fault(f"the link to {target} leads nowhere")
    if anchor and (path.suffix != ".md" or anchor not in Page(path).anchors()):
        raise Fault(f"the link to {target}: there is no such anchor")
    symbol = re.fullmatch(r"`([^`]+)`", text)
    if symbol and path.suffix in (".h", ".cpp", ".py") and not str(path).endswith(symbol[1]):
        named(str(path.relative_to(ROOT)), symbol[1])


def check_translation(page):
    original = ROOT / in_other_language(page.name)
    if not original.is_file():
        yield 0, f"there is no {original.relative_to(ROOT)} that it translates"
        return
    if is_behind(original):
        return
    for here, there in ((page, original), (Page(original), page.path)):
        link = pathlib.Path(os.path.relpath(there, here.path.parent)).as_posix()
        if f"]({link})" not in "\n".join(here.prose):
            yield 0, f"{here.name} has no link to {link}, the same in the other language"
    ours, theirs = page.outline(), Page(original).outline()
    for n in range(max(len(ours), len(theirs))):
        mine = ours[n][1] if n < len(ours) else "nothing"
        original_one = theirs[n][1] if n < len(theirs) else "nothing"
        if mine != original_one:
            where = theirs[n][0] + 1 if n < len(theirs) else "the end"
            line = ours[n][0] if n < len(ours) else len(page.lines) - 1
            yield line, f"here is {mine}, where {original.relative_to(ROOT)}:{where} has {original_one}"
            return


def pages():
    return sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("stage?_*/README.md")])


def faults(build, write, leave=()):
    """All that is wrong, "file:line: what" each; with `write` after mending. What programs print is not looked at in
    the pages named by `leave`, and no run is made again if it names docs/runs."""
    shown = set()  # of the recorded runs
    for path in pages():
        page = Page(path)
        shown |= {words for _, kind, words in page.directives if kind == "run"}
        found = list(sync_blocks(page, None if page.name in leave else build, write, "docs/runs" not in leave))
        page = Page(path)  # as it is now
        found += [*check_fences(page), *check_links(page)]
        if in_chinese(page.name):
            found += check_translation(page)
        elif (translation := in_other_language(page.name)) and (ROOT / "docs/zh").is_dir():
            if not (ROOT / translation).is_file() and not is_behind(path):
                found.append((0, f"there is no {translation}, the same in Chinese"))
        yield from (f"{page.name}:{i + 1}: {what}" for i, what in sorted(found))
    yield from runs_in_no_page(shown, None if "docs/runs" in leave else build, write)


def runs_in_no_page(shown, build, write):
    """Records are kept in step also before, or after, a page shows them."""
    for file in sorted((ROOT / "docs/runs").glob("*.json")):
        if file.stem not in shown:
            try:
                if file.stem not in runs.RUNS:
                    raise Fault("docs/watch/runs.py has no such run")
                look_after(file, file.stem, build, write)
            except (Fault, runs.Unfit) as fault:
                yield f"docs/runs/{file.name}:1: {fault}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--check", action="store_true", help="say what differs")
    how.add_argument("--write", action="store_true", help="mend it")
    parser.add_argument("--build", type=pathlib.Path, metavar="DIR", help="where the programs are built")
    parser.add_argument("--leave", action="append", default=[], metavar="PAGE",
                        help="do not look at what programs print in this page; docs/runs: make no run again")
    arguments = parser.parse_args()
    build = arguments.build and arguments.build.resolve()
    if build is None:
        print("docs/sync.py: without --build DIR, what programs print is left alone", file=sys.stderr)
    found = list(faults(build, arguments.write, arguments.leave))
    for page in sorted(BEHIND):
        if (ROOT / "docs" / page).is_file():
            is_there = (ROOT / "docs/zh" / page).is_file()
            print(f"docs/zh/{page}: {'older than the English page' if is_there else 'not written yet'}", file=sys.stderr)
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
