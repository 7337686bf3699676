#!/usr/bin/python3
"""Writes a record as stage 3 would, of any number of pages: `tests/watch/pretend.py PAGES [READS]`.

The page's own tests step through it: it needs no build, and a hundred pages make a record that is too long.
"""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
STAGE = "stage3_future_task/"


def line_of(file, words, after=0):
    for number, line in enumerate((ROOT / file).read_text().splitlines(), 1):
        if words in line and number > after:
            return number
    raise LookupError(f"{file} has no {words}")


class Record:
    def __init__(self):
        self.events = [{"format": 1, "program": "stage3_future_task", "selector": "epoll", "variant": "", "arguments": []}]
        self.open, self.now, self.turn, self.objects, self.attempt = [], 0, 0, 0, 0

    def number(self):
        self.objects += 1
        return self.objects

    def add(self, kind, file, words, by=None, **fields):
        self.now += 3
        event = {"n": len(self.events), "t_us": self.now, "turn": self.turn, "kind": kind, "attempt": self.attempt,
                 "in": self.open[-1] if self.open else 0,
                 "at": {"file": STAGE + file, "line": line_of(STAGE + file, words), "function": words.split("(")[0]}}
        if by:
            event["by"] = {"file": STAGE + "crawler.cpp", "line": line_of(STAGE + "crawler.cpp", by), "function": "resume"}
        self.events.append(event | fields)

    def hop(self, *arguments, **fields):
        self.add(*arguments, **fields)
        self.open.append(self.events[-1]["n"])

    def leave(self):
        hop = self.open.pop()
        self.add("leave", "task.h", "void step(", hop=hop, threw=False)


def run(pages, reads):
    record, soon, waits = Record(), [], {}

    def wait(page, events, by):
        page["future"], page["ticket"] = record.number(), record.number()
        record.add("made", "crawler.cpp", by, object=page["future"], type="future", name="Future")
        record.add("register", "event_loop.h", "loop_.register_fd", by=by, ticket=page["ticket"], fd=page["fd"], events=events)
        waits[page["attempt"]] = (page, events)
        record.leave()
        record.add("yield", "task.h", "yields a Future", task=page["task"], future=page["future"])
        record.add("tell", "task.h", "future->add_done_callback", future=page["future"])
        record.leave()

    def go_on(page, state):
        record.hop("step", "task.h", "void step(", task=page["task"], error=False)
        record.hop("resume", "crawler.cpp", f"case {state}:", object=page["machine"], name="Fetch", state=state)
        sock = {"object": page["socket"], "fd": page["fd"]}
        if state == "starting":
            record.add("socket", "crawler.cpp", "sock_ = Socket", op="open", result="done", **sock)
            record.add("socket", "crawler.cpp", "sock_.connect", op="connect", result="not yet", **sock)
            wait(page, "writable", "event_write")
            return
        record.add("unregister", "event_loop.h", "loop_.unregister_fd", ticket=page["ticket"], fd=page["fd"])
        old = page["future"]
        if state == "connecting":
            record.add("socket", "crawler.cpp", "sock_.finish_connect();", op="finish_connect", result="done", **sock)
            record.add("socket", "crawler.cpp", "unsent_.remove_prefix(sock_.send", op="send", result="done", bytes=74, **sock)
        if page["reads"] > 0:
            wait(page, "readable", "event_read")
        else:
            record.leave()
            record.add("return", "task.h", "returns: the Task is done", task=page["task"])
            done = record.number()
            record.add("soon", "task.h", "loop_.call_soon(std::move(callback));", ticket=done)
            soon.append((done, page, "done"))
            record.leave()
        record.add("gone", "crawler.cpp", "future_ = std::make_shared", object=old)

    first = record.number()
    record.add("soon", "crawler.cpp", "loop_.call_soon([this] { start_fetches", ticket=first)
    soon.append((first, None, "start"))
    left = pages
    while left:
        record.turn += 1
        record.attempt = 0
        record.add("turn", "event_loop.cpp", "void EventLoop::run")
        due, soon[:] = list(soon), []
        for ticket, page, what in due:
            record.attempt = page["attempt"] if page else 0
            record.hop("call", "event_loop.cpp", "callback", ticket=ticket)
            if what == "start":
                for attempt in range(1, pages + 1):
                    record.attempt = attempt
                    record.add("begin", "crawler.cpp", "void start(Attempt", url=f"http://site/page-{attempt}", address="127.0.0.1:8080")
                    page = {"attempt": attempt, "task": record.number(), "machine": record.number(),
                            "socket": record.number(), "fd": 8 + attempt, "reads": reads}
                    for type_ in ("task", "machine", "socket"):
                        record.add("made", "crawler.cpp", "std::make_unique<Task<Fetch>>", object=page[type_], type=type_, name=type_)
                    go_on(page, "starting")
                    page["timer"] = record.number()
                    record.add("timer", "crawler.cpp", "fetch.deadline = loop_.call_at", ticket=page["timer"], due_us=record.now + 250000)
                record.attempt = 0
            elif what == "done":
                record.add("end", "crawler.cpp", "void done(", ok=True)
                record.add("gone", "crawler.cpp", "fetches_.extract", object=page["task"])
                record.add("cancelled", "crawler.cpp", "fetch.deadline = loop_.call_at", ticket=page["timer"])
                left -= 1
            else:
                go_on(page, what)
            record.leave()
        record.attempt = 0
        record.add("select", "event_loop.cpp", "selector_->select", timeout_ms=0 if soon else 100)
        ready = [] if soon else list(waits.items())
        record.now += 0 if soon else 5000
        record.add("selected", "event_loop.cpp", "selector_->select", count=len(ready))
        for _, (page, events) in ready:
            record.add("ready", "event_loop.cpp", "selector_->select", fd=page["fd"], events=events,
                       held=0 if events == "writable" else 512)
        for attempt, (page, events) in ready:
            record.attempt = attempt
            record.hop("call", "event_loop.cpp", "callback", ticket=page["ticket"])
            size = 0
            if events == "readable":
                page["reads"] -= 1
                size = 512
                record.add("socket", "crawler.cpp", "sock_.recv", op="recv", result="done", bytes=512, object=page["socket"], fd=page["fd"])
            record.hop("set", "future.h", "void set_result", by="void Fetch::on_connected" if not size else "if (auto chunk",
                       future=page["future"], error=False, bytes=size)
            ticket = record.number()
            record.add("soon", "task.h", "loop_.call_soon([this, alive", ticket=ticket)
            soon.append((ticket, page, "reading" if size else "connecting"))
            record.leave()
            record.leave()
            del waits[attempt]
    return record.events


if __name__ == "__main__":
    for event in run(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1):
        print(json.dumps(event))
