"""The article's §4.4: Future, Task and a generator that waits.

Beside it: stage3_future_task, where future.h, task.h, crawler.cpp and event_loop.cpp have the same
parts. What C++ writes out as a machine with states, Python's `yield` does.
"""

import socket
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

from practice import fetched, job, request, run

selector = DefaultSelector()
urls_todo = set()
urls_waiting = []
stopped = False


# §4.4.1, fig. 09: a result that is not there yet, and whom to tell when it is.
class Future:
    def __init__(self):
        self.result = None
        self._callbacks = []

    def add_done_callback(self, fn):
        self._callbacks.append(fn)

    def set_result(self, result):
        self.result = result
        for fn in self._callbacks:
            fn(self)


# §4.4.2, fig. 10: one function again, read from top to bottom, and sock is a local again. Each
# wait registers anew: 60 registrations for ten pages of five recvs, where callbacks need 20.
class Crawler:
    def __init__(self, url):
        self.url = url
        self.response = b""

    def fetch(self):
        global stopped
        sock = socket.socket()
        sock.setblocking(False)
        try:
            sock.connect(job.address)
        except BlockingIOError:
            pass  # under way
        f = Future()

        def on_connected():
            f.set_result(None)

        selector.register(sock.fileno(), EVENT_WRITE, on_connected)
        yield f
        selector.unregister(sock.fileno())
        sock.send(request(self.url))
        while True:
            f = Future()

            def on_readable():
                f.set_result(sock.recv(4096))

            selector.register(sock.fileno(), EVENT_READ, on_readable)
            chunk = yield f
            selector.unregister(sock.fileno())
            if not chunk:
                break
            self.response += chunk
        sock.close()
        fetched(self.url, self.response)
        urls_todo.remove(self.url)
        if not urls_todo:
            stopped = True
        start_next()


# §4.4.3, fig. 11: who resumes the generator. The chain is select, on_readable, set_result, step,
# send, fetch, and the next Future.
class Task:
    def __init__(self, coro):
        self.coro = coro
        f = Future()
        f.set_result(None)
        self.step(f)

    def step(self, future):
        try:
            next_future = self.coro.send(future.result)
        except StopIteration:
            return
        next_future.add_done_callback(self.step)


# §4.4.4, fig. 12: callback() and no more. The loop does not know whom it wakes, nor why.
def loop():
    while not stopped:
        events = selector.select()
        for event_key, event_mask in events:
            callback = event_key.data
            callback()


# The listing starts all its pages at once. This is for a comparison with more of them.
def start_next():
    if urls_waiting:
        Task(Crawler(urls_waiting.pop()).fetch())


def main():
    urls_todo.update(job.urls)
    urls_waiting.extend(reversed(job.urls))
    for _ in range(job.concurrency):
        start_next()
    loop()


if __name__ == "__main__":
    run(main)
