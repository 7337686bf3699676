#!/usr/bin/env python3
"""How fast stage 5 is: paired rounds against raw_epoll and asio_crawler, and what a page costs every crawler.

speed.py [BUILD] [--rounds N]: BUILD is a Release build with benchmarks; without it, ./tutorial bench's. strace and valgrind
are used where they are installed. docs/benchmarks.md tells what is measured.
"""

import argparse
import collections
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
STAGES = ["stage1_sequential", "stage1_threads", "stage2", "stage3", "stage4", "stage5", "asio_crawler"]


class Site:
    """A site in a process of its own, for as long as the `with` lasts; its value is the address."""

    def __init__(self, *command):
        self.command = command

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return re.search(r"http://[\d.:]+", self.process.stdout.readline()).group()

    def __exit__(self, *_):
        self.process.communicate()  # the end of its input ends it


class Programs:
    def __init__(self, build):
        self.benchmarks = build / "tests/benchmarks"
        self.practice_site = build / "common/practice_site"

    def quick_site(self):
        return Site(self.benchmarks / "quick_site", "1024")

    def slow_site(self, pages):
        return Site(self.practice_site, "--exit-with-parent", "--port", "0", "--pages", str(pages),
                    "--delay", "100ms")

    def crawl(self, site, pages, in_flight, rounds, *crawlers, under=()):
        """What crawl_rounds prints: {crawler: [(microseconds of processor time a page, microseconds in all)]}. A process
        for three rounds: after dozens in the same one, memory lies about as no single crawl finds it."""
        results = collections.defaultdict(list)
        while rounds > 0:
            here = min(rounds, 3)
            rounds -= here
            done = subprocess.run([*under, self.benchmarks / "crawl_rounds", site, str(pages), str(in_flight), str(here),
                                   *crawlers], check=True, stdout=subprocess.PIPE, text=True)
            for line in done.stdout.splitlines():
                name, processor, elapsed = line.split()
                results[name].append((float(processor), float(elapsed)))
        return results


def compared(results, column, unit):
    """Each crawler's median, and stage 5's share of it: the median of the ratios, and their quartiles."""
    for name, rounds in results.items():
        figures = [figure[column] for figure in rounds]
        ratios = [ours[column] / theirs for ours, theirs in zip(results["stage5"], figures)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(f"  {name:<18}{statistics.median(figures) * unit:10.1f}    stage5 takes {middle:.3f} of it "
              f"({low:.3f} to {high:.3f})")


def system_calls(programs, site, crawler, pages):
    with tempfile.NamedTemporaryFile() as table:
        programs.crawl(site, pages, 64, 1, crawler, under=("strace", "-f", "-c", "-o", table.name))
        rows = re.findall(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) (?: *\d+)? *(\w+)$", pathlib.Path(table.name).read_text(), re.M)
    return collections.Counter({name: int(calls) for calls, name in rows if name != "total"})


def instructions(programs, site, crawler, pages):
    with tempfile.TemporaryDirectory() as folder:
        programs.crawl(site, pages, 64, 1, crawler,
                       under=("valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={folder}/out"))
        return int(re.search(r"^(?:totals|summary): (\d+)", pathlib.Path(folder, "out").read_text(), re.M).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", nargs="?", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    programs = Programs(options.build)

    print(f"20,000 pages of 1 KiB, 64 in flight, {options.rounds} rounds: processor time a page, us")
    with programs.quick_site() as site:
        compared(programs.crawl(site, 20_000, 64, options.rounds, "raw_epoll", "stage5", "asio_crawler"), 0, 1)

    print(f"\n2,000 pages of 100 ms, 1,000 in flight, {options.rounds} rounds: time in all, ms")
    with programs.slow_site(2_001) as site:
        compared(programs.crawl(site, 2_000, 1_000, options.rounds, "raw_epoll", "stage5", "asio_crawler"), 1, 1e-3)

    few, many = 1_000, 3_000  # the difference of two lengths: what begins and ends a crawl is not a page's
    with programs.quick_site() as site:
        if shutil.which("strace"):
            print("\nSystem calls a page (strace)")
            for crawler in ["raw_epoll", *STAGES]:
                calls = system_calls(programs, site, crawler, many)
                calls.subtract(system_calls(programs, site, crawler, few))
                each = {name: count / (many - few) for name, count in calls.most_common() if count >= (many - few) / 100}
                print(f"  {crawler:<18}{sum(calls.values()) / (many - few):6.2f}    "
                      + ", ".join(f"{name} {count:.2f}" for name, count in each.items()))
        if shutil.which("valgrind"):
            print("\nUser instructions a page (callgrind)")
            for crawler in ["raw_epoll", *STAGES]:
                more = instructions(programs, site, crawler, many) - instructions(programs, site, crawler, few)
                print(f"  {crawler:<18}{more / (many - few):8.0f}", flush=True)


if __name__ == "__main__":
    main()
