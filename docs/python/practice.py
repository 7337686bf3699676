"""What is no lesson and all listings share: the command line, and what they print.

    ./tutorial site --port 8080                   # in one terminal
    python3 docs/python/stage2_callbacks.py       # in another

A listing says how to fetch the pages and calls run(); `job` is what it was told to do, and each
page that it has goes to fetched(). The address is numeric, so that no name is looked up.
"""

import argparse
import json
import socket
import time


class Job:
    """What the command line says. Filled by run()."""

    address = ("127.0.0.1", 8080)
    urls = []
    concurrency = 10
    json = False
    start = 0.0


job = Job()


def request(url):
    """HTTP/1.0: the server answers once and closes the connection."""
    return f"GET {url} HTTP/1.0\r\nHost: {job.address[0]}:{job.address[1]}\r\n\r\n".encode()


class Socket(socket.socket):
    """Notes when it came to which step, as common/net/socket.h does for the C++ crawlers."""

    steps = {}  # by the URL that was asked for
    noted = {}  # those of this socket, once it has asked

    def connect(self, address):
        self.connecting = time.monotonic()
        return super().connect(address)

    def send(self, data, *flags):
        count = super().send(data, *flags)
        if data[:4] == b"GET ":
            self.noted = self.steps[bytes(data).split()[1].decode()] = {
                "connecting_ms": since_start(self.connecting), "sent_ms": since_start()}
        return count

    def recv(self, *size_and_flags):
        chunk = super().recv(*size_and_flags)
        self.noted.setdefault("first_byte_ms", since_start())
        return chunk


socket.socket = Socket  # so that the listings need not know


def since_start(now=None):
    """In milliseconds."""
    return round(((now or time.monotonic()) - job.start) * 1000, 3)


def fetched(url, response):
    """Prints the line of a page that has been read to its end. A child process may call it too."""
    page = {"url": url, "bytes": len(response), **Socket.steps.get(url, {}), "done_ms": since_start()}
    line = f"{url:6} {len(response):6} bytes, after {page['done_ms']:7.1f} ms"
    if job.json:
        line = json.dumps(page)
    print(line + "\n", end="", flush=True)  # in one piece, whoever else prints


def run(way, **variants):
    """Reads the command line, fetches the pages in one way or in one of its variants, and prints
    how long that took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default=job.address[0], help="a numeric address")
    parser.add_argument("--port", type=int, default=job.address[1])
    parser.add_argument("--pages", type=int, default=10, help="/, /1, /2 … of the practice site")
    parser.add_argument("--concurrency", type=int, default=10, help="pages at the same time, at most")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each page")
    if variants:
        parser.add_argument("--variant", choices=["sequential", *variants], default="sequential")
    told = parser.parse_args()
    if told.pages < 1 or told.concurrency < 1:
        parser.error("--pages and --concurrency are 1 at least")
    job.address = (told.host, told.port)
    job.urls = ["/"] + [f"/{i}" for i in range(1, told.pages)]
    job.concurrency = told.concurrency
    job.json = told.json

    job.start = time.monotonic()
    variants.get(getattr(told, "variant", None), way)()
    elapsed = since_start()
    if job.json:
        print(json.dumps({"elapsed_ms": elapsed}))
    else:
        print(f"{told.pages} pages in {elapsed:.1f} ms")
