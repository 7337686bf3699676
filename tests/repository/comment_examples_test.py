"""Compiles the usage examples in the headers' `///` comments, each against the header it stands in.

An example is a fenced block inside a `///` comment:

    /// ```cpp
    /// EventLoop loop;
    /// loop.call_soon([] { std::puts("called by the loop"); });
    /// loop.run();
    /// ```

It is compiled as the body of a function that sees the names of `common` and of the header's own stage (in common/trace:
of `common::trace`). A body that contains `co_await` or `co_return` becomes a coroutine that returns `Coroutine<>`. After
"```cpp file" instead, the lines are compiled at the scope of a namespace: for functions and for classes with templates in
them. An `#include` in an example moves to the top of the file. The names in GIVEN may be used without a declaration, as
if they were the function's parameters.

The test also holds comments to naming only tests and small programs that exist, and the types in WITH_EXAMPLE to
having an example.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from repository import ROOT, STAGES, sources

COMPILER = os.environ.get("CXX", "c++")
# Name: its type, and the header that declares the type. "stageN" stands for the header's own stage.
GIVEN = {
    "fd": ("int", ""),
    "address": ("const common::Endpoint&", "common/net/endpoint.h"),
    "request": ("std::string_view", "string_view"),
    "attempt": ("const common::Attempt&", "common/crawl/attempt.h"),
    "job": ("const common::CrawlJob&", "common/crawl/crawl_job.h"),
    "sock": ("common::Socket&", "common/net/socket.h"),
    "loop": ("stageN::EventLoop&", "event_loop.h"),
}
# The types that readers will use, by header.
WITH_EXAMPLE = {
    "common/crawl/frontier.h": ("Frontier",),
    "common/net/selector.h": ("Selector",),
    "common/net/socket.h": ("Socket",),
    "common/net/timer_queue.h": ("Timer", "TimerQueue"),
    "common/trace/trace.h": ("Hop",),
    "stage2_callbacks/event_loop.h": ("EventLoop",),
    "stage3_future_task/event_loop.h": ("EventLoop", "Registration"),
    "stage3_future_task/future.h": ("Future",),
    "stage3_future_task/task.h": ("Task",),
    "stage3_future_task/generator.h": ("Awaitable", "Step"),
    "stage4_yield_from/event_loop.h": ("EventLoop", "Registration"),
    "stage4_yield_from/future.h": ("Future",),
    "stage4_yield_from/task.h": ("Task",),
    "stage4_yield_from/generator.h": ("Awaitable", "Step"),
    "stage4_yield_from/yield_from.h": ("yield_from",),
    "stage4_yield_from/async_io.h": ("Connect", "SendAll", "Read", "ReadAll"),
    "stage5_native_coroutines/async_io.h": ("connect",),
    "stage5_native_coroutines/coroutine.h": ("Coroutine",),
    "stage5_native_coroutines/event.h": ("Event",),
    "stage5_native_coroutines/event_loop.h": ("EventLoop",),
    "stage5_native_coroutines/future.h": ("Future",),
    "stage5_native_coroutines/gather.h": ("gather",),
    "stage5_native_coroutines/queue.h": ("Queue",),
    "stage5_native_coroutines/semaphore.h": ("Semaphore",),
    "stage5_native_coroutines/socket.h": ("Socket",),
    "stage5_native_coroutines/task.h": ("Task", "run_until_complete"),
    "stage5_native_coroutines/task_base.h": ("TaskBase",),
    "stage5_native_coroutines/task_group.h": ("TaskGroup",),
    "stage5_native_coroutines/timeout.h": ("Timeout",),
    "stage5_native_coroutines/wait_list.h": ("WaitList",),
}
NAMED_PATH = re.compile(r"\b(?:tests|docs|common|stage\d_\w+)/[\w/.-]+\.(?:cpp|h|py|md|json)\b")


def comments(text):
    """(number of the first line, lines without `///`, first line behind it) of each `///` comment; lines count from 1."""
    lines = text.splitlines() + [""]
    first = None
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("///") and not line.lstrip().startswith("///<"):
            first = first or number
        elif first:
            yield first, [line.lstrip()[3:].removeprefix(" ") for line in lines[first - 1:number - 1]], line
            first = None


def examples(text):
    """(number of the first line, whether it is a file's, lines) of each example."""
    for first, lines, _ in comments(text):
        block = None
        for number, line in enumerate(lines, first):
            if block is None and line.startswith("```"):
                if line not in ("```cpp", "```cpp file"):
                    raise ValueError(f"line {number}: an example begins with ```cpp or ```cpp file, not with {line}")
                block = number + 1, line.endswith("file"), []
            elif block and line == "```":
                yield block
                block = None
            elif block:
                block[2].append(line)
        if block:
            raise ValueError(f"line {block[0] - 1}: this example has no end")


def program(header, found):
    """A source file that includes the header and holds its examples."""
    stage = str(header).split("_")[0] if str(header).startswith("stage") else "common"
    tracing = "using namespace common::trace;\n" if header.parent.name == "trace" else ""
    text = "\n".join(line for _, _, lines in found for line in lines)
    given = {name: entry for name, entry in GIVEN.items() if re.search(rf"\b{name}\b", text)
             and ("stageN" not in entry[0] or stage != "common")}
    includes = [f'#include "{header}"', "#include <cstdio>", "#include <thread>"]
    includes += [f'#include "{file}"' if "." in file else f"#include <{file}>" for _, file in given.values() if file]
    bodies = []
    for index, (first, whole_file, lines) in enumerate(found):
        includes += [line for line in lines if line.startswith("#include")]
        body = "\n".join("" if line.startswith("#include") else line for line in lines)
        words = set(re.findall(r"\w+", body))
        parameters = ", ".join(f"[[maybe_unused]] {kind} {name}".replace("stageN", stage)
                               for name, (kind, _) in given.items() if name in words)
        is_coroutine = words & {"co_await", "co_return"}
        includes += ['#include "coroutine.h"'] if is_coroutine and not whole_file else []
        opening, ending = ("", "") if whole_file else (
            f'{"Coroutine<>" if is_coroutine else "void"} example({parameters}) {{ {{', "} }")
        bodies.append(f'namespace {stage}::example_{index} {{\nusing namespace common;\nusing namespace {stage};\n{tracing}{opening}\n'
                      f'#line {first} "{header}"\n{body}\n{ending}\n}}')
    return "\n".join(includes) + "\nnamespace common {}\n" + "\n".join(bodies) + "\n"


def errors(header, text):
    """What the compiler says against the examples in `text`, which is the header's."""
    found = list(examples(text))
    if not found:
        return ""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "examples.cpp")
        source.write_text(program(header, found))
        done = subprocess.run([COMPILER, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused-variable",
                               "-Wno-unused-but-set-variable", "-Wno-unused-function", "-Wno-unused-local-typedefs",
                               "-Werror", f"-I{ROOT}", "-iquote", str((ROOT / header).parent), str(source)],
                              capture_output=True, text=True)
    return done.stderr if done.returncode else ""


def headers():
    return [path for path in sources("common", *STAGES) if path.suffix == ".h"]


class CommentExamples(unittest.TestCase):
    def test_every_example_compiles(self):
        texts = {header: (ROOT / header).read_text() for header in headers()}
        self.assertTrue(any("```cpp" in text for text in texts.values()), "no header has an example")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for header, said in zip(texts, pool.map(errors, texts.keys(), texts.values())):
                with self.subTest(header):
                    self.assertFalse(said, "\n" + said)

    def test_a_broken_example_is_an_error_at_its_line_of_the_header(self):
        header = pathlib.Path("common/net/clock.h")
        good = "/// Now.\n/// ```cpp\n/// const TimePoint now = Clock::now();\n/// ```\nint a;\n"
        self.assertEqual(errors(header, good), "")
        self.assertIn("clock.h:3:", errors(header, good.replace("now()", "yesterday()")))

    def test_an_example_ends_within_its_comment_and_says_its_language(self):
        for text in ("/// ```cpp\n/// int a;\nint b;\n", "/// ```\n/// int a;\n/// ```\nint b;\n"):
            with self.assertRaises(ValueError):
                list(examples(text))

    def test_each_type_that_readers_use_has_an_example(self):
        for header, names in WITH_EXAMPLE.items():
            for name in names:
                with self.subTest(header, name=name):
                    found = self.comments_of(header, name)
                    self.assertIn("```cpp", found, f"the comment of {name} shows no example")

    @staticmethod
    def comments_of(header, name):
        lines = (ROOT / header).read_text().splitlines()
        text = []
        for first, comment, behind in comments("\n".join(lines)):
            if behind.startswith("template"):
                behind = lines[first + len(comment)]
            if re.match(rf"(?:class|struct|concept)(?: \[\[\w+\]\])? {name}\b|.*\b{name}\(", behind):
                text += comment
        return "\n".join(text)

    def test_comments_name_files_that_exist(self):
        for header in headers():
            for number, line in enumerate((ROOT / header).read_text().splitlines(), 1):
                comment = line.partition("//")[2]
                for path in NAMED_PATH.findall(comment):
                    self.assertTrue((ROOT / path).exists(), f"{header}:{number}: there is no {path}")


if __name__ == "__main__":
    unittest.main()
