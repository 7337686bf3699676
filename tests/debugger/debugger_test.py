"""What gdb tells of programs that wait: the truth, in words, whatever state they are in. TUTORIAL_BUILD names a debug
build."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/debugging"))
import sessions  # noqa: E402

BUILD = pathlib.Path(os.environ["TUTORIAL_BUILD"]).resolve()
STAGE3 = "stage3_future_task/stage3_future_task"
STAGE4 = "stage4_yield_from/stage4_yield_from"
STAGE5 = "stage5_native_coroutines/stage5_native_coroutines"
WAITS = "tests/debugger/debugger_waits"
SCRIPT = ROOT / "docs/debugging/tutorial_gdb.py"


class Debugger(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def gdb(self, program, commands, core=None):
        """What gdb prints for each command."""
        parts = sessions.gdb(BUILD, program, commands, core)
        for command, part in zip(commands, parts):
            self.assertNotIn("Traceback", part, command)
            self.assertNotIn("Python Exception", part, command)
            self.assertNotIn("doesn't understand what it sees", part, command)
        return ["".join(line + "\n" for line in sessions.told(part)) for part in parts]

    def waiting(self, program, options, words, times, commands):
        """The same, once `tasks` prints the words so often."""
        (self.folder / "until.py").write_text(sessions.UNTIL)
        before = [f"source {self.folder}/until.py", f"set args {options} >{self.folder}/out 2>{self.folder}/err",
                  f"python until('{words}', {times})"]
        return self.gdb(program, before + commands)[len(before):]

    def damaged(self, *damages):
        """What a command prints of `waits` after its memory was changed: of each (expression, value, command)."""
        commands = []
        for place, value, command in damages:
            commands += ["frame function main", f"set $before = {place}", f"set var {place} = {value}", command,
                         f"set var {place} = $before"]
        return self.waiting(WAITS, "", "waits for", 4, commands)[3::5]


class Tells(Debugger):
    def test_the_tree_that_sigusr1_prints_of_a_process_and_of_its_core_file(self):
        core = self.folder / "core"
        tree, *_ = self.waiting(STAGE5, "--pages 3 --delay 1h", "waits for fd", 3, [
            "await-tree", f"generate-core-file {core}", "break common::Selector::select", "queue-signal SIGUSR1",
            "handle SIGUSR1 nostop noprint pass", "continue", "continue"])
        printed = (self.folder / "err").read_text()
        self.assertEqual(tree.count("read at async_io.cpp"), 3)
        self.assertEqual(printed[printed.index("└── (T) Task-1"):], tree)
        self.assertEqual(self.gdb(STAGE5, ["await-tree"], core), [tree])

    def test_machines_of_stage_3_and_their_futures(self):
        tree, tasks, futures, loop = self.waiting(STAGE3, "--pages 2 --delay 1h", "at reading", 2,
                                                  ["await-tree", "tasks", "futures", "loop"])
        self.assertRegex(tree, r"""\A├── \(T\) Task 0x\w+, pending
│   └── Fetch at reading, http://[\d.:]+/
│       └── Future 0x\w+, pending
└── \(T\) Task 0x\w+, pending
    └── Fetch at reading, http://[\d.:]+/1
        └── Future 0x\w+, pending
\Z""")
        self.assertRegex(tasks, r"\A(Task 0x\w+, pending: Fetch at reading, \S+, waits for Future 0x\w+\n){2}\Z")
        self.assertEqual(sorted(re.findall(r"waits for Future (0x\w+)", tasks)),
                         sorted(re.findall(r"^Future (0x\w+), pending: Task 0x\w+ waits for it$", futures, re.M)))
        self.assertEqual(len(re.findall(r"fd \d+, readable: Fetch at reading, \S+, by a callback of stage3::Fetch::resume",
                                        loop)), 2, loop)
        self.assertEqual(loop.count("a callback of stage3::Driver::set_deadline"), 2)

    def test_machines_within_machines_of_stage_4(self):
        tree, loop = self.waiting(STAGE4, "--pages 1 --delay 1h", "Read at waiting", 1, ["await-tree", "loop"])
        self.assertRegex(tree, r"""\A└── \(T\) Task 0x\w+, pending
    └── Fetch at reading, http://[\d.:]+/
        └── ReadAll at reading
            └── Read at waiting
                └── Future 0x\w+, pending
\Z""")
        self.assertRegex(loop, r"fd \d+, readable: Read at waiting, by a callback of stage4::Read::resume\n")

    def test_what_the_trace_has_wrapped(self):
        loop, = self.waiting(STAGE4, "--pages 1 --delay 1h --trace", "Read at waiting", 1, ["loop"])
        self.assertRegex(loop, r"fd \d+, readable: Read at waiting, by a callback of stage4::Read::resume\n")

    def test_tasks_that_await_futures_tasks_and_groups(self):
        tree, tasks, futures, loop = self.waiting(WAITS, "", "waits for", 4, ["await-tree", "tasks", "futures", "loop"])
        self.assertRegex(tree, r"""\A├── \(T\) following, pending
│   └── follow at waits.cpp:\d+
│       └── \(T\) asking, pending
│           └── ask at waits.cpp:\d+
├── \(T\) grouping, pending
│   └── group at waits.cpp:\d+
│       └── with_task_group at task_group.h:\d+
│           └── join at task_group.h:\d+
│               └── wait at event.h:\d+
│                   └── \(T\) child, pending
│                       └── .* at waits.cpp:\d+
└── \(T\) Task-4, done
\Z""")
        self.assertRegex(tasks, r"(?m)^asking, pending: ask at waits.cpp:\d+, waits for the Future<int> at 0x\w+$")
        self.assertRegex(tasks, r"(?m)^child, pending: .*, waits for the Future(<int>)? at 0x\w+$")
        self.assertRegex(tasks, r"(?m)^following, pending: follow at .*, waits for the task asking$")
        self.assertRegex(futures, r"\AFuture<int> 0x\w+, pending: asking, child waits for it\n\Z")
        self.assertRegex(loop, r"3[56]\d\d\.\d+ s: a callback of main")

    def test_objects_in_a_line(self):
        shown = self.waiting(WAITS, "", "waits for", 4, ["frame function main"] + [
            f"print {name}" for name in ("answer", "ready", "asking", "short_one", "unstarted")])[1:]
        for pattern, text in zip((r"= pending, asking, child waits for it", r"= done", r"= asking, pending: ask at waits",
                                  r"= Task-4, done", r"= nothing_to_wait_for at waits.cpp:\d+\n"), shown):
            self.assertRegex(text, pattern)
        shown = self.waiting(STAGE3, "--pages 1 --delay 200ms", "at connecting", 1, [
            "break-state Fetch connecting", "continue", "print sent", "print sock_", "finish"])
        self.assertIn("= the empty value", shown[2])
        self.assertRegex(shown[3], r"= fd \d+\n")
        self.assertRegex(shown[4], r"= yielded the Future 0x\w+\n")


class Breaks(Debugger):
    def test_where_a_machine_is_resumed_in_a_state(self):
        said, stop, tasks, raw, *wrong = self.waiting(STAGE4, "--pages 1 --delay 100ms", "at connecting", 1, [
            "break-state ReadAll reading", "continue", "tasks loop_", "print /r sock_", "break-state Fetch nowhere", "break-state Nothing reading",
            "break-state"])
        self.assertRegex(said, r"^Breakpoint \d+: stage4::ReadAll is resumed at reading\n")
        self.assertIn("stage4::ReadAll::resume", stop)
        self.assertRegex(tasks, r"^Task 0x\w+, running: Fetch, running or finished, \S+ ← ReadAll at reading ← Read at waiting\n")
        self.assertRegex(raw, r"fd_ = \d+")
        self.assertIn("has no state nowhere. Its states are starting, connecting, sending, reading, finished", wrong[0])
        self.assertIn("no machine Nothing", wrong[1])
        self.assertIn("Name a machine", wrong[2])

    def test_where_a_coroutine_is_resumed_and_destroyed(self):
        said, *stops = self.gdb(STAGE5, [
            "break-resume read", f"set args --pages 1 --delay 50ms >{self.folder}/out 2>&1", "run", "print frame_ptr->sock",
            "continue", "print frame_ptr->sock", "delete", "break-destroy fetch", "continue", "backtrace 2",
            "break-resume main", "break-resume no_such_function", "break-resume"])
        self.assertRegex(said, r"^Breakpoint \d+: read starts or is resumed\n")
        self.assertIn("stage5::read", stops[1])
        self.assertRegex(stops[2], r"= fd \d+\n")                       # it starts
        self.assertRegex(stops[4], r"= fd \d+, known to be readable")   # it goes on
        self.assertIn("destroy", stops[8])
        self.assertIn("main isn't a coroutine", stops[9])
        self.assertIn("no function no_such_function", stops[10])
        self.assertIn("Name one coroutine", stops[11])


class SaysInWords(Debugger):
    COMMANDS = ["await-tree", "tasks", "futures", "loop"]

    def test_that_nothing_runs(self):
        for text in self.gdb(STAGE5, self.COMMANDS):
            self.assertIn("start the program with `run`", text)

    def test_that_no_crawl_runs(self):
        for text in self.gdb(STAGE5, ["break main", "run", *self.COMMANDS])[2:]:
            self.assertIn("the crawl hasn't begun, or it is over", text)

    def test_that_it_is_another_program_or_has_no_debug_information(self):
        stripped = self.folder / "stripped"
        subprocess.run(["strip", "-o", stripped, BUILD / STAGE5], check=True)
        for program in ("/bin/true", stripped):
            for text in self.gdb(program, [f"source {SCRIPT}", "starti", *self.COMMANDS])[2:]:
                self.assertIn("without debug information", text)

    def test_that_the_expression_is_no_loop(self):
        texts = self.waiting(WAITS, "", "waits for", 4, ["frame function main", "tasks loop", "tasks answer", "tasks nope"])
        self.assertIn("asking, pending", texts[1])
        self.assertIn("answer isn't an event loop", texts[2])
        self.assertIn("nope", texts[3])

    def test_that_a_list_is_damaged(self):
        youngest = "loop.tasks_"
        heap = "loop.timers_.heap_._M_impl"
        circle, circle_too, end, chain, chain_end, frame, vector, ring = self.damaged(
            (f"{youngest}->older_->older_", youngest, "tasks"),
            (f"{youngest}->older_->older_", youngest, "await-tree"),
            (f"{youngest}->older_", "(stage5::TaskBase*)16", "tasks"),
            (f"{youngest}->innermost_->parent", f"{youngest}->innermost_", "await-tree"),
            (f"{youngest}->innermost_->parent", "(stage5::PromiseBase*)24", "await-tree"),
            (f"*(long*){youngest}->innermost_->handle._M_fr_ptr", "1", "await-tree"),
            (f"{heap}._M_finish", f"{heap}._M_start - 1", "loop"),
            ("answer.waiting_.ends_.next->next", "answer.waiting_.ends_.next", "print answer"))
        self.assertIn("leads around in a circle", circle)
        self.assertIn("leads around in a circle", circle_too)
        self.assertIn("child, pending", circle_too)
        self.assertIn("there is no task at 0x10", end)
        self.assertIn("child, pending", end)
        self.assertIn("the chain leads around in a circle", chain)
        self.assertIn("at 0x18, can't be read", chain_end)
        self.assertIn("its frame was destroyed", frame)
        self.assertIn("is damaged", vector)
        self.assertIn("never comes back to its beginning", ring)


if __name__ == "__main__":
    if shutil.which("gdb") is None:
        print("The debugger's tests are skipped: there is no gdb. On Debian: apt-get install gdb")
        sys.exit(77)
    unittest.main()
