"""The article's §3.1 to §3.4: one page after another, and what was tried next.

Beside it: stage1_blocking/crawler.cpp (blocking_way is `fetch` there) and variants.cpp.
"""

import socket
from concurrent import futures
from multiprocessing import get_context

from practice import fetched, job, request, run


# §3.1. The thread waits inside connect and recv; send only copies into the kernel's buffer.
def blocking_way(url):
    sock = socket.socket()
    sock.connect(job.address)
    sock.send(request(url))
    response = b""
    chunk = sock.recv(4096)
    while chunk:
        response += chunk
        chunk = sock.recv(4096)
    sock.close()
    fetched(url, response)


def sync_way():
    for url in job.urls:
        blocking_way(url)


# §3.2. The kernel switches from one process to the next whenever one waits.
def process_way():
    # fork, as it was when the article was written: a child begins as a copy of its parent.
    with futures.ProcessPoolExecutor(job.concurrency, mp_context=get_context("fork")) as executor:
        list(executor.map(blocking_way, job.urls))  # list: an error of a child is raised here


# §3.3. So it does with threads, at any moment: what they share would need locks. Here that is
# nothing but the screen.
def thread_way():
    with futures.ThreadPoolExecutor(job.concurrency) as executor:
        list(executor.map(blocking_way, job.urls))


# §3.4. Nothing blocks any more, and nothing is won: who does not wait has to ask for ever.
def nonblocking_way(url):
    sock = socket.socket()
    sock.setblocking(False)
    try:
        sock.connect(job.address)
    except BlockingIOError:
        pass  # under way
    # The listing asks again after any OSError. A refused connection would be asked for ever so:
    # here only "not yet" is tried again.
    while True:
        try:
            sock.send(request(url))
            break
        except BlockingIOError:
            pass
    response = b""
    while True:
        try:
            chunk = sock.recv(4096)
            while chunk:
                response += chunk
                chunk = sock.recv(4096)
            break
        except BlockingIOError:
            pass
    sock.close()
    fetched(url, response)


def busy_way():
    for url in job.urls:
        nonblocking_way(url)


if __name__ == "__main__":
    run(sync_way, processes=process_way, threads=thread_way, busy=busy_way)
