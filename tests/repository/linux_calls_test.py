#!/usr/bin/env python3
"""Which of Linux's own calls the libraries make: some as usual, none in the build for systems without them.

    linux_calls_test.py {usual|portable} NM LIBRARY...

It reads the symbols that each object file needs. The practice site is left out: its socket calls are Asio's, which
chooses them by itself.
"""

import subprocess
import sys

# Calls that macOS doesn't have, as far as a crawler could need them.
LINUX_CALLS = {"accept4", "dup3", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_wait", "eventfd",
               "pipe2", "ppoll", "prctl", "signalfd", "timerfd_create", "timerfd_settime"}


def calls(nm, library):
    """Yields (object file, symbol) for each symbol that an object of the library needs from elsewhere."""
    listed = subprocess.run([nm, "-A", "--undefined-only", library], check=True, text=True, stdout=subprocess.PIPE).stdout
    for line in listed.splitlines():
        place, _, symbol = line.rpartition(" ")
        name = place.split(":")[1] if place.count(":") > 1 else place
        yield name, symbol.partition("@")[0]


def main():
    kind, nm, *libraries = sys.argv[1:]
    found = {call for library in libraries for call in calls(nm, library)}
    if not any(symbol == "poll" for _, symbol in found):
        sys.exit("no object file needs `poll`, so this test looked at the wrong files")
    linux = sorted((name, symbol) for name, symbol in found
                   if symbol in LINUX_CALLS and not name.startswith("practice_site"))
    for name, symbol in linux:
        print(f"{name} calls {symbol}")
    if kind == "portable" and linux:
        sys.exit("the portable build must not make these calls, because macOS doesn't have them")
    if kind == "usual" and not linux:
        sys.exit("the usual build makes none of Linux's calls, so this test wouldn't notice one in the portable build")


if __name__ == "__main__":
    main()
