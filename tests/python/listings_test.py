"""Runs one of the article's listings, in all its variants, against the practice site.

listings_test.py LISTING PRACTICE_SITE [options of unittest]
"""

import collections
import json
import pathlib
import re
import socket
import subprocess
import sys
import unittest

LISTINGS = pathlib.Path(__file__).resolve().parents[2] / "docs/python"
VARIANTS = {"stage1_blocking": ["sequential", "processes", "threads", "busy"]}
ONE_AT_A_TIME = ("sequential", "busy")
PATIENCE = 5  # seconds, on a machine that has much else to do


class Site:
    """The practice site, on a port of its own."""

    def __init__(self, pages, delay):
        self.process = subprocess.Popen(
            [SITE, "--exit-with-parent", "--pages", str(pages), "--delay", delay],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(re.search(r"127\.0\.0\.1:(\d+)/", self.process.stdout.readline())[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate()

    def answer(self, url):
        """The bytes of a page, as they are sent to a client of HTTP/1.0."""
        with socket.create_connection(("127.0.0.1", self.port)) as sock:
            sock.sendall(f"GET {url} HTTP/1.0\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode())
            with sock.makefile("rb") as answer:
                return answer.read()


def start(port, *options):
    """The listing that is tested, where any warning is an error."""
    return subprocess.run(
        [PYTHON, "-W", "error", LISTINGS / f"{LISTING}.py", "--port", str(port), *options],
        text=True, capture_output=True, timeout=PATIENCE)


def most_at_once(pages):
    """How many pages were under way at the same time."""
    steps = sorted([(page["done_ms"], -1) for page in pages] +
                   [(page["connecting_ms"], 1) for page in pages])
    now = most = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def variants():
    """For each: the options that choose it, and whether it has one page at a time."""
    for variant in VARIANTS.get(LISTING, []):
        yield ["--variant", variant], variant in ONE_AT_A_TIME
    if LISTING not in VARIANTS:
        yield [], False


class Listing(unittest.TestCase):
    def test_it_reads_each_page_to_its_end_and_prints_a_line_for_it(self):
        with Site(10, "1ms") as site:
            pages = ["/"] + [f"/{i}" for i in range(1, 10)]
            answers = {url: site.answer(url) for url in pages}
            if LISTING == "stage5_aiohttp":  # its client takes the header off
                answers = {url: answer.partition(b"\r\n\r\n")[2] for url, answer in answers.items()}
            for options, _ in variants():
                with self.subTest(options):
                    done = start(site.port, *options)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    *lines, total = done.stdout.splitlines()
                    self.assertRegex(total, r"^10 pages in \d+\.\d ms$")
                    found = dict(re.fullmatch(r"(\S+) +(\d+) bytes, after +\d+\.\d ms", line).groups()
                                 for line in lines)
                    self.assertEqual(len(lines), 10)
                    self.assertEqual(found, {url: str(len(answer)) for url, answer in answers.items()})

    def test_it_waits_for_one_page_or_for_all_at_once(self):
        with Site(10, "200ms") as site:
            for options, one_at_a_time in variants():
                with self.subTest(options):
                    *pages, total = self.figures(site, *options)
                    self.assertEqual(most_at_once(pages), 1 if one_at_a_time else 10)
                    # 200 ms, or more on a machine that has much else to do.
                    self.assertGreaterEqual(total["elapsed_ms"], 2000 if one_at_a_time else 200)
                    if not one_at_a_time:
                        self.assertLess(total["elapsed_ms"], 2000)

    def test_it_has_no_more_pages_at_once_than_asked_for(self):
        with Site(30, "10ms") as site:
            for options, one_at_a_time in variants():
                with self.subTest(options):
                    *pages, _ = self.figures(site, "--pages", "30", "--concurrency", "4", *options)
                    self.assertEqual(collections.Counter(page["url"] for page in pages),
                                     collections.Counter(["/"] + [f"/{i}" for i in range(1, 30)]))
                    self.assertLessEqual(most_at_once(pages), 1 if one_at_a_time else 4)

    def figures(self, site, *options):
        """What --json prints, a value a line. The steps of each page are checked."""
        done = start(site.port, "--json", *options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        *pages, total = [json.loads(line) for line in done.stdout.splitlines()]
        for page in pages:
            steps = [page[f"{step}_ms"] for step in ("connecting", "sent", "first_byte", "done")]
            self.assertEqual(steps, sorted(steps))
            self.assertLessEqual(steps[-1], total["elapsed_ms"])
        return [*pages, total]

    def test_it_ends_where_a_connection_is_refused(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        for options, _ in variants():
            with self.subTest(options):
                done = start(port, *options)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, "ConnectionRefusedError|ClientConnectorError")

    def test_it_refuses_to_fetch_nothing(self):
        self.assertEqual(start(1, "--pages", "0").returncode, 2)
        self.assertEqual(start(1, "--concurrency", "0").returncode, 2)


if __name__ == "__main__":
    LISTING, SITE = sys.argv[1:3]
    PYTHON = sys.executable
    if LISTING == "stage5_aiohttp" and start(1, "--help").returncode != 0:
        PYTHON = "/usr/bin/python3"  # what Debian installs is for this one, whichever comes first
        if not pathlib.Path(PYTHON).exists() or start(1, "--help").returncode != 0:
            print("Skipped: no Python here has aiohttp")
            sys.exit(77)
    unittest.main(argv=[LISTING, *sys.argv[3:]])
