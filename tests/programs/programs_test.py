"""What every program owes to the one that starts it: a stderr that can't be written ends no work, a stdout that
can't be written is an error, closed descriptors and ignored signals are inherited without harm, and no control
character of anybody's reaches a terminal. TUTORIAL_BUILD names the build folder."""

import itertools
import json
import os
import pathlib
import pty
import re
import resource
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

BUILD = pathlib.Path(os.environ["TUTORIAL_BUILD"])
SCRATCH = tempfile.TemporaryDirectory()


def program(path, *words):
    return [str(BUILD / path), *words]


STAGE1 = {f"stage1_{variant}": program("stage1_blocking/stage1_blocking", "--variant", variant)
          for variant in ("sequential", "threads", "processes", "busy")}
CRAWLERS = STAGE1 | {
    "stage2": program("stage2_callbacks/stage2_callbacks"),
    "stage3": program("stage3_future_task/stage3_future_task"),
    "stage4": program("stage4_yield_from/stage4_yield_from"),
    "stage5": program("stage5_native_coroutines/stage5_native_coroutines"),
    "asio_crawler": program("stage5_native_coroutines/asio/asio_crawler"),
}
COMPARE = program("common/compare/compare")
SITE = program("common/practice_site")
EXAMPLES = {"callback_hell": program("stage2_callbacks/callback_hell"),
            "generators": program("stage4_yield_from/generators"),
            "lowering": program("docs/lowering/lowering")}
ALL = CRAWLERS | {"compare": COMPARE, "practice_site": SITE}
QUICK = ["--delay", "1ms", "--pages", "3"]


sites = {}  # by the options they were started with; each ends with this program, which holds a pipe to it


def with_a_site_elsewhere(words):
    """The same command, but a crawler that forks gets its practice site from another process: a thread of a site in
    its own could hold a lock of the sanitizer's at the moment of a fork, and the child would wait for it for ever."""
    if "processes" not in words or not {"--pages", "--delay"} <= set(words):
        return words
    options = [word for name in ("--pages", "--delay") for word in (name, words[words.index(name) + 1])]
    if tuple(options) not in sites:
        site = subprocess.Popen([*SITE, "--exit-with-parent", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                text=True)
        sites[tuple(options)] = site, re.search(r"http://\S+/", site.stdout.readline())[0]
    url = sites[tuple(options)][1]
    rest = [word for before, word in zip(["", *words], words) if not {before, word} & {"--pages", "--delay"}]
    return [*rest, url, *(f"{url}{page}" for page in range(1, int(options[1])))]


def run(words, **streams):
    """The exit status; stdout and stderr are texts unless they are given as something else."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    return subprocess.run(with_a_site_elsewhere(words), timeout=60, check=False, errors="surrogateescape", **streams)


def broken_pipe():
    """Somewhere to write to that nobody reads any more."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    return os.fdopen(write_end, "wb", buffering=0)


UNWRITABLE = {"a full disk": lambda: open("/dev/full", "wb", buffering=0), "a broken pipe": broken_pipe}


def closing(*fds):
    """For preexec_fn."""
    return lambda: [os.close(fd) for fd in fds]


def eventually(holds, patience=20):
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class Answers:
    """A server on the loopback that sends the same bytes to each who asks."""

    def __init__(self, answer):
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                peer.recv(65536)
                peer.sendall(self.answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


class UnwritableStderr(unittest.TestCase):
    def each(self, words, status, **streams):
        for name, unwritable in UNWRITABLE.items():
            with self.subTest(words=words, stderr=name), unwritable() as stderr:
                done = run(words, stderr=stderr, **streams)
                self.assertEqual(done.returncode, status)
                yield done

    def test_a_usage_error_is_still_one(self):
        for words in ALL.values():
            for _ in self.each([*words, "--nope"], 2):
                pass

    def test_a_crawl_is_reported_all_the_same(self):
        for words in CRAWLERS.values():
            for done in self.each([*words, *QUICK], 0):
                self.assertIn("fetched      3 pages", done.stdout)

    def test_an_error_has_its_exit_status(self):
        for words in CRAWLERS.values():
            for _ in self.each([*words, *QUICK, "--timeline", "/nowhere/t.json"], 1):
                pass
        for _ in self.each([*COMPARE, "--bin", "/nowhere"], 1):
            pass

    def test_a_trace_is_lost_and_nothing_else(self):
        for words in CRAWLERS.values():
            for done in self.each([*words, *QUICK, "--trace=3", "--verbose", "--debug"], 0):
                self.assertIn("fetched      3 pages", done.stdout)

    def test_a_comparison_goes_on(self):
        report = f"{SCRATCH.name}/report.html"
        for done in self.each([*COMPARE, "--stages", "5", *QUICK, "--benchmarks", self.costs(), "--report", report], 0):
            self.assertIn("\n5 ", done.stdout)
            self.assertTrue(os.path.getsize(report))

    @staticmethod
    def costs():
        name = f"{SCRATCH.name}/costs.json"
        result = {"run_name": "mechanism/resume_at_depth/stage4/10", "each": 1e-8}
        pathlib.Path(name).write_text(json.dumps({"benchmarks": [result]}))
        return name

    def test_an_example_goes_on(self):
        for words in EXAMPLES.values():
            for _ in self.each(words, 0):
                pass

    def test_a_terminal_that_goes_away_takes_no_report_with_it(self):
        for name, words in CRAWLERS.items():
            with self.subTest(crawler=name):
                ours, theirs = pty.openpty()
                child = subprocess.Popen(with_a_site_elsewhere([*words, "--pages", "8", "--delay", "150ms",
                                                                "--concurrency", "2"]),
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, text=True,
                                         preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
                os.close(theirs)
                seen = b""
                while b"pages/s" not in seen:  # the progress line is being written
                    seen += os.read(ours, 4096)
                os.close(ours)
                out, _ = child.communicate(timeout=60)
                self.assertEqual(child.returncode, 0)
                self.assertIn("fetched      8 pages", out)


class UnwritableStdout(unittest.TestCase):
    def check(self, words):
        for name, unwritable in UNWRITABLE.items():
            with self.subTest(words=words, stdout=name), unwritable() as stdout:
                done = run(words, stdout=stdout)
                self.assertEqual(done.returncode, 1)
                self.assertIn("could not be written", done.stderr)

    def test_help_that_nobody_can_read_is_an_error(self):
        for words in ALL.values():
            self.check([*words, "--help"])

    def test_a_report_that_nobody_can_read_is_an_error(self):
        for words in CRAWLERS.values():
            self.check([*words, *QUICK])
            self.check([*words, *QUICK, "--json"])
            self.check([*words, *QUICK, "--quiet"])

    def test_a_comparison_that_nobody_can_read_is_an_error(self):
        self.check([*COMPARE, "--stages", "2", *QUICK])
        self.check([*COMPARE, "--stages", "2", *QUICK, "--json"])

    def test_an_address_that_nobody_can_read_is_an_error(self):
        self.check(SITE)

    def test_an_example_that_nobody_can_read_is_an_error(self):
        for words in EXAMPLES.values():
            self.check(words)

    def test_a_non_blocking_stdout_gets_the_whole_report(self):
        read_end, write_end = os.pipe()
        os.set_blocking(write_end, False)
        child = subprocess.Popen([*CRAWLERS["stage5"], "--pages", "3000", "--delay", "0", "--concurrency", "100", "--json"],
                                 stdin=subprocess.DEVNULL, stdout=write_end, stderr=subprocess.DEVNULL)
        os.close(write_end)
        with os.fdopen(read_end, "rb") as pipe:
            text = pipe.read()
        self.assertEqual(child.wait(60), 0)
        self.assertEqual(json.loads(text)["fetched"], 3000)


class ClosedDescriptors(unittest.TestCase):
    combinations = [fds for count in (1, 2, 3) for fds in itertools.combinations((0, 1, 2), count)]

    def test_a_file_does_not_get_what_is_meant_for_stdout_or_stderr(self):
        for name, words in CRAWLERS.items():
            for fds in self.combinations:
                with self.subTest(crawler=name, closed=fds):
                    timeline = f"{SCRATCH.name}/timeline.json"
                    done = run([*words, *QUICK, "--verbose", "--trace=2", "--timeline", timeline], preexec_fn=closing(*fds))
                    self.assertEqual(done.returncode, 0, done.stderr)
                    json.loads(pathlib.Path(timeline).read_text())
                    if 1 not in fds:
                        self.assertIn("fetched      3 pages", done.stdout)

    def test_a_comparison_needs_none_of_them(self):
        for fds in self.combinations:
            with self.subTest(closed=fds):
                picture = f"{SCRATCH.name}/picture.svg"
                done = run([*COMPARE, "--stages", "2", *QUICK, "--svg", picture], preexec_fn=closing(*fds))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertTrue(pathlib.Path(picture).read_text().startswith("<svg"))

    def test_examples_need_none_of_them(self):
        for words in EXAMPLES.values():
            for fds in self.combinations:
                with self.subTest(words=words, closed=fds):
                    self.assertEqual(run(words, preexec_fn=closing(*fds)).returncode, 0)

    def test_a_comparison_that_is_killed_leaves_no_site_behind(self):
        for fds in [(), *self.combinations]:
            with self.subTest(closed=fds):
                compare = subprocess.Popen([*COMPARE, "--stages", "1", "--pages", "1", "--delay", "5s"], stdin=subprocess.DEVNULL,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=closing(*fds))
                children = f"/proc/{compare.pid}/task/{compare.pid}/children"
                self.assertTrue(eventually(lambda: len(pathlib.Path(children).read_text().split()) == 2))
                site = pathlib.Path(children).read_text().split()[0]
                self.assertIn(b"practice_site", pathlib.Path(f"/proc/{site}/cmdline").read_bytes())
                compare.kill()
                compare.wait()
                self.assertTrue(eventually(lambda: not is_running(site)), "the practice site runs on")


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class ControlCharacters(unittest.TestCase):
    """Each in a response field, in a Location, on the command line; shown in each of the ways to show it."""

    HOSTILE = [bytes([byte]) for byte in (*range(1, 9), 11, 12, *range(14, 32), 127, *range(0x80, 0xA0))] + \
              [bytes([0xC2, byte]) for byte in range(0x80, 0xA0)] + \
              [character.encode() for character in "\u2028\u2029\u202e\u2066\u200f\u061c"]

    def assert_harmless(self, shown):
        data = shown if isinstance(shown, bytes) else shown.encode(errors="surrogateescape")
        text = data.decode()  # valid UTF-8, so that no byte can be a control of its own
        bad = [c for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029\u202e\u2066\u200f\u061c")]
        self.assertFalse(bad, text)

    def test_none_of_a_server_reaches_a_terminal(self):
        everything = b"".join(c for c in self.HOSTILE)
        for field in (b"Content-Type: text/", b"Content-Encoding: x", b"Location: /x", b"Location: ftp://h/", b"Location: http://h"):
            status = b"302 Found" if field.startswith(b"Location") else b"200 OK"
            answer = b"HTTP/1.1 " + status + b"\r\n" + field + everything + b"\r\nContent-Length: 1\r\n\r\nx"
            with Answers(answer) as server:
                for name, words in CRAWLERS.items():
                    with self.subTest(field=field, crawler=name):
                        done = run([*words, server.url, "--verbose", "--trace=2", "--max-tries", "1", "--max-redirects", "1"])
                        self.assertIn(done.returncode, (0, 1))
                        self.assertIn("http://127.0.0.1", done.stdout)
                        self.assert_harmless(done.stdout + done.stderr)
                        done = run([*words, server.url, "--json", "--max-tries", "1", "--max-redirects", "1"])
                        self.assert_harmless(done.stdout + done.stderr)
                        json.loads(done.stdout)

    def test_json_says_the_same_with_escapes(self):
        with Answers(b"HTTP/1.1 200 OK\r\nContent-Type: text/\xc2\x9b31m\xe2\x80\xae\r\nContent-Length: 1\r\n\r\nx") as server:
            done = run([*CRAWLERS["stage5"], "--json", server.url])
        self.assert_harmless(done.stdout)
        self.assertEqual(json.loads(done.stdout)["pages"][0]["content_type"], "text/\u009b31m\u202e")

    def test_none_of_a_command_line_does(self):
        for name, words in ALL.items():
            for character in (b"\x1b[31m", b"\x7f", b"\x9b31m", b"\xc2\x9b31m", b"\xe2\x80\xae", b"\nfake: line"):
                for before in (b"--nope", b"", b"--delay=", b"--pages=", b"--stages=", b"--bin=/", b"--exclude=[", b"--variant=",
                               b"--timeline=/nowhere/", b"--svg=/nowhere/", b"--benchmarks=/nowhere/", b"--port="):
                    with self.subTest(program=name, word=before + character):
                        if name.startswith("stage1") and not name.endswith("threads"):
                            continue  # the same program
                        done = run([*map(os.fsencode, words), before + character, *([b"extra"] if not before else [])])
                        self.assertNotEqual(done.returncode, 0)
                        self.assertNotIn("\nfake", done.stderr)
                        self.assert_harmless(done.stdout + done.stderr)


class InheritedSignals(unittest.TestCase):
    @staticmethod
    def ignoring(*signals):
        return lambda: [signal.signal(each, signal.SIG_IGN) for each in signals]

    def test_an_interrupt_that_is_ignored_stays_so(self):
        for name, words in CRAWLERS.items():
            for number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(crawler=name, signal=number), Held() as server:
                    child = subprocess.Popen([*words, server.url], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                             stderr=subprocess.DEVNULL, text=True, preexec_fn=self.ignoring(number))
                    server.wait_for_request()
                    child.send_signal(number)
                    server.answer()
                    out, _ = child.communicate(timeout=60)
                    self.assertEqual(child.returncode, 0)
                    self.assertIn("fetched      1 page", out)

    def test_one_that_is_not_ignored_is_heard(self):
        for name, words in CRAWLERS.items():
            with self.subTest(crawler=name), Held() as server:
                child = subprocess.Popen([*words, server.url], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
                server.wait_for_request()
                child.send_signal(signal.SIGINT)
                self.assertEqual(child.wait(60), 130)

    def test_the_site_ignores_what_it_was_told_to_ignore(self):
        site = subprocess.Popen(SITE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                preexec_fn=self.ignoring(signal.SIGINT))
        try:
            url = site.stdout.readline().split()[2]
            site.send_signal(signal.SIGINT)
            self.assertEqual(run([*CRAWLERS["stage5"], url]).returncode, 0)
            site.terminate()
            self.assertEqual(site.wait(20), 0)
        finally:
            site.kill()
            site.wait()
            site.stdout.close()

    def test_a_comparison_knows_how_its_children_ended(self):
        done = run([*COMPARE, "--stages", "1", *QUICK, "--json"], preexec_fn=self.ignoring(signal.SIGCHLD, signal.SIGTERM))
        self.assertEqual(done.returncode, 0, done.stderr)
        runs = json.loads(done.stdout)["crawls"][0]["runs"]
        self.assertTrue(runs)
        self.assertTrue(all(one["processor_ms"] > 0 and one["peak_memory_bytes"] > 0 for one in runs), runs)

    def test_a_crawl_with_processes_waits_for_them(self):
        done = run([*CRAWLERS["stage1_processes"], *QUICK], preexec_fn=self.ignoring(signal.SIGCHLD))
        self.assertEqual(done.returncode, 0, done.stderr)


class FewDescriptors(unittest.TestCase):
    def test_a_look_up_that_had_none_is_repeated(self):
        site = subprocess.Popen([*SITE, "--pages", "50", "--delay", "200ms"], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, text=True)
        try:
            url = site.stdout.readline().split()[2]
            urls = [f"{url}{i}" for i in range(1, 41)]
            urls += [f"{url.replace('127.0.0.1', 'localhost')}{i}" for i in range(1, 4)]
            for name, words in CRAWLERS.items():
                with self.subTest(crawler=name):
                    done = run([*words, *urls, "--concurrency", "43", "--json"],
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24)))
                    self.assertEqual(done.returncode, 0, done.stdout)
                    report = json.loads(done.stdout)
                    self.assertEqual((report["fetched"], report["errors"]), (43, {}))
        finally:
            site.kill()
            site.wait()
            site.stdout.close()


class Held:
    """A server whose one answer waits until it is told to be sent."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(30)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.peer = None

    def wait_for_request(self):
        self.peer, _ = self.listener.accept()
        self.peer.settimeout(30)
        self.peer.recv(65536)

    def answer(self):
        self.peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        if self.peer:
            self.peer.close()


if __name__ == "__main__":
    unittest.main()
