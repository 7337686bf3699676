"""The article's §3.5: an event loop and callbacks.

Beside it: stage2_callbacks/crawler.cpp and event_loop.cpp.
"""

import socket
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

from practice import fetched, job, request, run

selector = DefaultSelector()
urls_todo = set()
urls_waiting = []
stopped = False


# One function has become three methods. What they share, sock and response, lives on self.
class Crawler:
    def __init__(self, url):
        self.url = url
        self.sock = None
        self.response = b""

    def fetch(self):
        self.sock = socket.socket()
        self.sock.setblocking(False)
        try:
            self.sock.connect(job.address)
        except BlockingIOError:
            pass  # under way
        selector.register(self.sock.fileno(), EVENT_WRITE, self.connected)

    def connected(self, key, mask):
        selector.unregister(key.fd)
        self.sock.send(request(self.url))  # a refused connection raises here, and ends the loop
        selector.register(key.fd, EVENT_READ, self.read_response)

    def read_response(self, key, mask):
        global stopped
        chunk = self.sock.recv(4096)  # blocks no more: the loop says that there is something
        if chunk:
            self.response += chunk
            return
        selector.unregister(key.fd)
        self.sock.close()
        fetched(self.url, self.response)
        urls_todo.remove(self.url)
        if not urls_todo:
            stopped = True
        start_next()


def loop():
    while not stopped:
        events = selector.select()  # the one place where the program waits
        for event_key, event_mask in events:
            callback = event_key.data
            callback(event_key, event_mask)


# The listing starts all its pages at once. This is for a comparison with more of them.
def start_next():
    if urls_waiting:
        Crawler(urls_waiting.pop()).fetch()


def main():
    urls_todo.update(job.urls)
    urls_waiting.extend(reversed(job.urls))
    for _ in range(job.concurrency):
        start_next()
    loop()


if __name__ == "__main__":
    run(main)
