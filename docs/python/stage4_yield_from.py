"""The article's §4.5: the waits become functions of their own, with `yield from`.

Beside it: stage4_yield_from, where async_io.cpp has connect, read and read_all, and future.h the
method that lets a Future be awaited as a generator is.
"""

import socket
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

from practice import fetched, job, request, run

selector = DefaultSelector()
urls_todo = set()
urls_waiting = []
stopped = False


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

    # §4.5.2, fig. 16: all that is new. `yield from f` is what `yield f` was, and who awaits need
    # not know whether it is a Future or a generator.
    def __iter__(self):
        yield self
        return self.result


# §4.5.2, fig. 13
def connect(sock, address):
    f = Future()
    sock.setblocking(False)
    try:
        sock.connect(address)
    except BlockingIOError:
        pass  # under way

    def on_connected():
        f.set_result(None)

    selector.register(sock.fileno(), EVENT_WRITE, on_connected)
    yield from f
    selector.unregister(sock.fileno())


# §4.5.2, fig. 14
def read(sock):
    f = Future()

    def on_readable():
        f.set_result(sock.recv(4096))

    selector.register(sock.fileno(), EVENT_READ, on_readable)
    chunk = yield from f
    selector.unregister(sock.fileno())
    return chunk


def read_all(sock):
    response = []
    chunk = yield from read(sock)
    while chunk:
        response.append(chunk)
        chunk = yield from read(sock)
    return b"".join(response)


# §4.5.2, fig. 15: nothing is left but what it is about.
class Crawler:
    def __init__(self, url):
        self.url = url
        self.response = b""

    def fetch(self):
        global stopped
        sock = socket.socket()
        yield from connect(sock, job.address)
        sock.send(request(self.url))
        self.response = yield from read_all(sock)
        sock.close()
        fetched(self.url, self.response)
        urls_todo.remove(self.url)
        if not urls_todo:
            stopped = True
        start_next()


# Task and loop are as they were: what is sent to the outer generator goes through to the inner.
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
