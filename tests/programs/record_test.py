"""A record (--record FILE) against its schema, and replayed: what begins ends, what is named was made, and the text in
it is the text trace. TUTORIAL_BUILD names the build folder."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/watch"))
import runs  # noqa: E402

BUILD = pathlib.Path(os.environ["TUTORIAL_BUILD"])
SCHEMA = json.loads((ROOT / "docs/record.schema.json").read_text())
STAGES = {
    "stage1": "stage1_blocking/stage1_blocking",
    "stage2": "stage2_callbacks/stage2_callbacks",
    "stage3": "stage3_future_task/stage3_future_task",
    "stage4": "stage4_yield_from/stage4_yield_from",
    "stage5": "stage5_native_coroutines/stage5_native_coroutines",
    "asio_crawler": "stage5_native_coroutines/asio/asio_crawler",
}
WITH_LOOP = {name: path for name, path in STAGES.items() if name not in ("stage1", "asio_crawler")}
TYPES = {"null": type(None), "object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
HOPS = {"call", "set", "step", "resume"}


def selectors(stage):
    """Those that the program has, as its --help says."""
    said = subprocess.run([BUILD / STAGES[stage], "--help"], capture_output=True, text=True).stdout
    return re.search(r"--selector KIND +(.*?):", said)[1].split(" or ")


class Invalid(Exception):
    pass


def need(condition, *why):
    if not condition:
        raise Invalid(*why)


def check(value, schema):
    """The part of JSON Schema that ours uses. Returns the properties that `schema` knows."""
    if schema is True:
        return set()
    if "$ref" in schema:
        return check(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    known = set()
    if "type" in schema:
        need(isinstance(value, TYPES[schema["type"]]), value, schema["type"])
        need(schema["type"] != "integer" or not isinstance(value, bool), value)
    need(value == schema.get("const", value), value)
    need(value in schema.get("enum", [value]), value)
    need("minimum" not in schema or value >= schema["minimum"], value)
    for name in schema.get("required", []):
        need(name in value, "missing", name, value)
    for name, names in schema.get("dependentRequired", {}).items():
        need(name not in value or all(other in value for other in names), value)
    for name, inner in schema.get("properties", {}).items():
        known.add(name)
        if name in value:
            check(value[name], inner)
    for inner in value if "items" in schema else []:
        check(inner, schema["items"])
    for which, most in (("oneOf", 1), ("anyOf", 99)):
        if which in schema:
            fitting = []
            for inner in schema[which]:
                try:
                    fitting.append(check(value, inner))
                except Invalid:
                    continue
            need(1 <= len(fitting) <= most, len(fitting), "fit", value)
            known.update(*fitting)
    if schema.get("additionalProperties") is False or schema.get("unevaluatedProperties") is False:
        need(set(value) <= known, "unknown", set(value) - known, value)
    return known


class RecordTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "record.jsonl"

    def record(self, stage, *words, status=0):
        """The checked events of a run, and its text trace."""
        run = subprocess.run([BUILD / STAGES[stage], "--record", self.file, "--quiet", *words],
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(run.returncode, status, run.stderr)
        return self.checked(), run.stderr

    def checked(self):
        header, *events = map(json.loads, self.file.read_text().splitlines())
        check(header, SCHEMA["$defs"]["header"])
        self.assertEqual(runs.changed_since(header, ROOT), [])
        ours = {event[at]["file"] for event in events for at in ("at", "by") if at in event}
        self.assertLessEqual({file for file in ours if not file.startswith("/")}, set(header["sources"]))
        for event in events:
            check(event, SCHEMA["$defs"]["event"])
        self.assertEqual([event["n"] for event in events], list(range(1, len(events) + 1)))
        self.replay(events)
        return events

    def replay(self, events):
        hops, tickets, registered, watched, attempts, sockets = [], {}, {}, set(), set(), set()
        made, alive = set(), {}
        due, goes_on = set(), {}  # of stage 5: tasks, and the coroutine that each goes on with
        for event in events:
            kind = event["kind"]
            if kind == "leave":
                self.assertEqual(event["hop"], hops.pop(), event)
            self.assertEqual(event["in"], hops[-1] if hops else 0, event)
            if kind in HOPS:
                hops.append(event["n"])
            if kind in ("register", "soon", "timer"):
                self.assertNotIn(event["ticket"], made, event)
                made.add(event["ticket"])
            if kind in ("soon", "timer"):
                tickets[event["ticket"]] = event
            if kind in ("call", "cancelled") and event.get("ticket") not in registered:
                self.assertTrue("ticket" not in event or tickets.pop(event["ticket"], None), event)
            if kind == "register":
                registered[event["ticket"]] = event["fd"]
            if kind == "unregister":
                self.assertEqual(registered.pop(event["ticket"]), event["fd"], event)
            if kind == "watch":
                watched.add(event["fd"])
            if kind == "forget":
                watched.remove(event["fd"])
            if kind == "made":
                self.assertNotIn(event["object"], made, event)
                made.add(event["object"])
                alive[event["object"]] = event["type"]
            if kind == "gone":
                del alive[event["object"]]
            if kind in ("awaits", "ended", "await", "resumed"):
                [task] = [each["task"] for each in events[:hops[-1]] if each["n"] in hops and "task" in each][-1:]
                for name in {"object", "awaited", "task"} & set(event):
                    self.assertIn(event[name], alive, event)
            if kind == "resumed":
                self.assertEqual(goes_on.get(task, event["object"]), event["object"], event)
                goes_on[task] = event["object"]
            if kind == "awaits":
                if alive.get(event.get("awaited")) == "coroutine":
                    self.assertEqual(goes_on[task], event["object"], event)
                    goes_on[task] = event["awaited"]
            if kind == "await":
                self.assertEqual((event["task"], event["object"]), (task, goes_on[task]), event)
                self.assertIn("by", event)
            if kind == "ended":
                self.assertEqual(goes_on[task], event["object"], event)
                goes_on[task] = event["parent"]
            if kind == "due":
                self.assertNotIn(event["task"], due, event)
                due.add(event["task"])
            if kind == "asleep" or (kind == "call" and "task" in event):
                due.remove(event["task"])
            if kind in ("set", "tell", "yield"):
                self.assertIn(event["future"], alive, event)
            if kind == "begin":
                attempts.add(event["attempt"])
            if kind == "end":
                attempts.remove(event["attempt"])
            if kind == "socket" and event["result"] == "done" and event["op"] in ("open", "close"):
                (sockets.add if event["op"] == "open" else sockets.remove)(event["object"])
        self.assertEqual((hops, tickets, registered, watched, attempts, sockets, due),
                         ([], {}, {}, set(), set(), set(), set()))
        self.assertNotIn("coroutine", alive.values())

    def test_every_program_records_a_crawl(self):
        for stage in STAGES:
            for selector in selectors(stage):
                with self.subTest(stage, selector=selector):
                    events, _ = self.record(stage, "--pages", "3", "--delay", "1ms", "--selector", selector)
                    self.assertEqual([event["ok"] for event in events if event["kind"] == "end"], [True] * 3)

    def test_the_text_in_a_record_is_the_text_trace(self):
        for stage in STAGES:
            for first in (1, 2):
                with self.subTest(stage, first=first):
                    events, trace = self.record(stage, "--pages", "3", "--delay", "1ms", f"--trace={first}")
                    lines = [(f"[{event['attempt']}] " if first > 1 else "") + "  " * event["depth"] + event["text"]
                             for event in events if "text" in event and event["attempt"] <= first]
                    self.assertIn("attempt 1: ", lines[0])
                    self.assertTrue(trace.endswith("\n".join(lines) + "\n"), trace)

    def test_failed_pages_are_recorded_to_their_end(self):
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        refused = socket.create_server(("127.0.0.1", 0))
        port = refused.getsockname()[1]
        refused.close()
        for stage in STAGES:
            for url in (f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{silent.getsockname()[1]}/"):
                with self.subTest(stage, url=url):
                    events, _ = self.record(stage, "--max-tries", "1", "--timeout", "100ms", url, status=1)
                    self.assertEqual([event["ok"] for event in events if event["kind"] == "end"], [False])

    def test_a_timeout_is_thrown_through_the_machines(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            for stage in ("stage3", "stage4"):
                with self.subTest(stage):
                    events, _ = self.record(stage, "--max-tries", "1", "--timeout", "100ms", url, status=1)
                    kinds = [event["kind"] for event in events]
                    self.assertIn("throw", kinds)
                    self.assertTrue(any(event.get("threw") for event in events))
                    self.assertTrue(any(event["kind"] == "step" and event["error"] for event in events))

    def test_a_chain_of_coroutines_is_known_down_to_the_one_that_waits(self):
        events, _ = self.record("stage5", "--pages", "1", "--delay", "10s", "--timeout", "100ms", "--max-tries", "1",
                                status=1)
        names = {event["object"]: event["at"]["function"] for event in events if event["kind"] == "made"}
        awaiter = {event["awaited"]: event["object"] for event in events if event["kind"] == "awaits" and "object" in event}
        [waits] = [event["object"] for event in events if event["kind"] == "await" and event["attempt"] == 1]
        chain = []
        while waits in names:
            chain.append(names[waits])
            waits = awaiter.get(waits)
        self.assertEqual(chain, ["read", "read_all", "fetch", "outcome_of", "fetch_and_report"])
        kinds = [event["kind"] for event in events if event["attempt"] == 1]
        self.assertEqual(kinds[kinds.index("cancel"):][:2], ["cancel", "due"])

    def test_an_interrupted_crawl_leaves_a_whole_record(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            for stage in STAGES:
                with self.subTest(stage):
                    crawler = subprocess.Popen([BUILD / STAGES[stage], "--record", self.file, "--quiet", url],
                                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    connection, _ = silent.accept()
                    crawler.send_signal(signal.SIGINT)
                    self.assertEqual(crawler.wait(60), 130)
                    connection.close()
                    self.checked()

    def test_a_page_in_a_busy_loop_is_counted_and_not_repeated(self):
        events, _ = self.record("stage1", "--variant", "busy", "--pages", "2", "--delay", "20ms")
        self.assertLess(len(events), 100)
        self.assertTrue(any(event["kind"] == "again" for event in events))

    def test_a_blocking_call_is_entered_and_left(self):
        events, _ = self.record("stage1", "--pages", "2", "--delay", "50ms")
        calls = [event for event in events if event["kind"] in ("blocks", "socket") and event["op"] not in ("open", "close")]
        entered, left = calls[::2], calls[1::2]
        self.assertEqual([event["kind"] for event in entered + left], ["blocks"] * len(left) + ["socket"] * len(left))
        self.assertEqual([(event["object"], event["op"], event["by"]) for event in entered],
                         [(event["object"], event["op"], event["by"]) for event in left])
        waited = [end["t_us"] - begin["t_us"] for begin, end in zip(entered, left) if end["op"] == "recv"]
        self.assertGreater(max(waited), 30000)

    def test_a_call_that_blocks_many_times_for_the_same_is_counted(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            events, _ = self.record("stage1", "--max-tries", "1", "--timeout", "1500ms",
                                    f"http://127.0.0.1:{silent.getsockname()[1]}/", status=1)
        self.assertLess(len(events), 15, events)

    def test_a_program_that_never_blocks_records_no_blocking_call(self):
        for stage in WITH_LOOP:
            events, _ = self.record(stage, "--pages", "1", "--delay", "1ms")
            self.assertNotIn("blocks", [event["kind"] for event in events])

    def test_more_than_one_thread_or_process_cant_be_recorded(self):
        for variant in ("threads", "processes"):
            run = subprocess.run([BUILD / STAGES["stage1"], "--record", self.file, "--variant", variant],
                                 capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual((run.returncode, run.stdout), (2, ""))
            self.assertIn(f"can't follow --variant {variant}", run.stderr)

    def test_a_record_that_cant_be_written_is_an_error(self):
        run = subprocess.run([BUILD / STAGES["stage3"], "--record", "/dev/full", "--pages", "1", "--delay", "1ms"],
                             capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn("the record could not be written to '/dev/full'", run.stderr)

    def test_the_examples_beside_the_crawlers_record_too(self):
        for example, kind in (("stage2_callbacks/callback_hell", "call"), ("stage4_yield_from/generators", "set")):
            with self.subTest(example):
                run = subprocess.run([BUILD / example, "--record", self.file], capture_output=True, timeout=60, check=True)
                self.assertEqual(run.stdout, subprocess.run([BUILD / example], capture_output=True, timeout=60,
                                                            check=True).stdout)
                self.assertIn(kind, [event["kind"] for event in self.checked()])
                run = subprocess.run([BUILD / example, "--record", "/dev/full"], capture_output=True, text=True,
                                     timeout=60, check=False)
                self.assertEqual(run.returncode, 1)
                self.assertIn("the record could not be written to '/dev/full'", run.stderr)
                for words in (["--records"], ["--record"], ["x", "y"]):
                    run = subprocess.run([BUILD / example, *words], capture_output=True, timeout=60, check=False)
                    self.assertEqual((run.returncode, run.stdout), (2, b""))

    def test_the_check_refuses_what_the_schema_doesnt_know(self):
        place = {"file": "a.h", "line": 1, "function": "f"}
        event = {"n": 1, "t_us": 0, "turn": 0, "kind": "turn", "attempt": 0, "in": 0, "at": place}
        check(event, SCHEMA["$defs"]["event"])
        for wrong in ({"n": 0}, {"kind": "turned"}, {"extra": 1}, {"text": "without a depth"}, {"at": {}}):
            with self.assertRaises(Invalid):
                check(event | wrong, SCHEMA["$defs"]["event"])


if __name__ == "__main__":
    unittest.main()
