#!/usr/bin/env python3
"""Holds the sessions with gdb in docs/debugging.md, and in its Chinese twin, to what gdb prints.

    docs/debugging/sessions.py --check --build DIR   says what differs
    docs/debugging/sessions.py --write --build DIR   writes what gdb prints into the pages

DIR is a debug build. In a page, a comment stands above each fence that is part of a session, and above each patch:

    <!-- session: hangs -->     its lines "(gdb) …" are typed; all fences of one session go to one gdb
    <!-- patch: hangs -->       docs/debugging/hangs.patch

Addresses, ports, descriptors, times, thread ids, folders and the numbers of breakpoints may differ. With --any-line, so may
the lines of the sources and how deep the stack is: another compiler sees a `co_await` on another line of it.
"""

import argparse
import difflib
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))
import sync  # noqa: E402

# The state of affairs in which a session begins: the program, its options, and which words `tasks` has to print how often
# before the first command is typed. A core file is made there, and looked at in another gdb, if `core` is true. Without
# words, the page starts the program.
SESSIONS = {
    "hangs": {"program": "docs/debugging/hangs", "options": "--pages 2 --timeout 1h --connect-timeout 1h", "words": "at connecting",
              "times": 2, "core": False},
    "crashes": {"program": "docs/debugging/crashes", "options": "--pages 1 --timeout 50ms", "words": "", "times": 0,
                "core": False},
    "core": {"program": "stage5_native_coroutines/stage5_native_coroutines", "options": "--pages 2 --delay 1h",
             "words": "waits for fd", "times": 2, "core": True},
}

# Runs the program until `tasks` prints the words so often. It stops wherever a loop asks its selector: that is where a
# program that waits would be found by Ctrl-C.
UNTIL = """
import gdb
def until(words, times):
    point = gdb.Breakpoint("common::Selector::select", internal=True)
    point.silent = True
    gdb.execute("run", to_string=True)
    for turn in range(1000):
        try:
            if gdb.execute("tasks", to_string=True).count(words) >= times:
                break
        except gdb.error as error:
            if "Undefined command" in str(error):
                raise
            # else the loop isn't running yet
        gdb.execute("continue", to_string=True)
    point.delete()
"""


def gdb(build, program, commands, core=None):
    """What gdb prints for each command."""
    words = ["gdb", "-nx", "-q", "-batch", "-iex", f"add-auto-load-safe-path {build}", "-ex", "set width 0"]
    for i, command in enumerate(commands):
        words += ["-ex", f"echo \\n@@{i}@@\\n", "-ex", command]
    words += ["-ex", "echo \\n@@end@@\\n", "-ex", "kill", f"--core={core}" if core else "-q", str(build / program)]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100,
                          text=True, errors="replace", cwd=build, env=os.environ | {"DEBUGINFOD_URLS": "", "LC_ALL": "C.UTF-8"})
    parts = re.split(r"\n@@(?:\d+|end)@@\n", done.stdout)
    if len(parts) != len(commands) + 2:
        sys.exit(f"gdb ended too early:\n{done.stdout}")
    return parts[1:-1]


@functools.lru_cache(maxsize=None)  # pages in two languages show the same sessions
def played(name, commands, build):
    """What gdb prints for each command of a session."""
    session = SESSIONS[name]
    program = session["program"]
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder, "until.py")
        script.write_text(UNTIL)
        before = [f"source {script}", f"set args {session['options']} >{folder}/out 2>&1"]
        if session["words"]:
            before.append(f"python until('{session['words']}', {session['times']})")
        if session["core"]:
            gdb(build, program, before + [f"generate-core-file {folder}/core"])
            before = []
        parts = gdb(build, program, [*before, *commands], f"{folder}/core" if session["core"] else None)
    return [told(part) for part in parts[len(before):]]


UNTOLD = re.compile(r"\[(New |Thread |Inferior )|Using host libthread_db|Starting program|warning: |$")


def told(text):
    """Without gdb's remarks on threads and libraries, which differ from one system to the next."""
    return [line.rstrip() for line in text.splitlines() if not UNTOLD.match(line)]


def without_chance(lines, any_line):
    """What must be the same in every session. An address is given a number, so that the same one stays the same."""
    numbers = {}
    text = "\n".join(lines)
    text = re.sub(r"0x0*([0-9a-f]+)", lambda found: f"<{numbers.setdefault(found[1], len(numbers) + 1)}>", text)
    text = re.sub(r"(?:[\w.-]*/)+([\w-]+\.(?:cpp|h))\b", r"\1", text)
    text = re.sub(r"\bBreakpoint \d+(?:\.\d+)?", "Breakpoint #", text)
    text = re.sub(r"\$\d+ =", "$# =", text)
    if any_line:
        text = re.sub(r"(\.(?:cpp|h)):\d+|^\d+\t.*", r"\1:#", text, flags=re.MULTILINE)
        text = re.sub(r"/usr/include/c\+\+/\d+/(\w+):\d+", r"\1:#", text)
        text = re.sub(r"^#\d+ ", "#n ", text, flags=re.MULTILINE)
    return sync.without_chance(text.splitlines()).splitlines()


def fences(lines):
    """(kind, name, first line, line after the last) of each fence of a page that belongs to a session or a patch."""
    for i, line in enumerate(lines):
        if found := re.fullmatch(r"<!-- (session|patch): (\w+) -->", line):
            if not lines[i + 1].startswith("```"):
                sys.exit(f"line {i + 1}: a fence must follow")
            end = next(k for k in range(i + 2, len(lines)) if lines[k].startswith("```"))
            yield found[1], found[2], i + 2, end


def as_it_should_be(page, build):
    """(name, first line, line after the last, lines) of each fence."""
    lines = page.read_text().splitlines()
    commands = {}
    for kind, name, first, end in fences(lines):
        if kind == "session":
            commands.setdefault(name, []).extend(line[6:] for line in lines[first:end] if line.startswith("(gdb) "))
    outputs = {name: list(zip(typed, played(name, tuple(typed), build))) for name, typed in commands.items()}
    for kind, name, first, end in fences(lines):
        if kind == "patch":
            yield name, first, end, (HERE / f"{name}.patch").read_text().splitlines()
            continue
        count = sum(line.startswith("(gdb) ") for line in lines[first:end])
        now, outputs[name] = outputs[name][:count], outputs[name][count:]
        yield name, first, end, [line for command, output in now for line in [f"(gdb) {command}", *output]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--check", action="store_true")
    choice.add_argument("--write", action="store_true")
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--any-line", action="store_true")
    options = parser.parse_args()
    if shutil.which("gdb") is None:
        print("The sessions with gdb aren't checked: there is no gdb. On Debian: apt-get install gdb")
        return 77
    different = False
    for page in (ROOT / "docs/debugging.md", ROOT / "docs/zh/debugging.md"):
        if not page.is_file():
            continue
        lines = page.read_text().splitlines()
        for name, first, end, now in reversed(list(as_it_should_be(page, options.build.resolve()))):
            old = lines[first:end]
            before, after = (without_chance(each, options.any_line) for each in (old, now))
            if before == after:
                continue
            lines[first:end] = now
            if not options.write:
                different = True
                print(f"{page.relative_to(ROOT)}:{first}: the session {name} is another one now; mend it with:"
                      f" docs/debugging/sessions.py --write --build {options.build}")
                print("\n".join(difflib.unified_diff(before, after, page.name, "gdb", lineterm="")))
        if options.write:
            page.write_text("\n".join(lines) + "\n")
    return int(different)


if __name__ == "__main__":
    sys.exit(main())
