"""fetch is one text: stage 1's, stage 5's with co_await, and the comment above stage 4's machine with "yield from"."""

import re
import sys

from repository import ROOT


def function(path, signature):
    """The lines of the function that begins with `signature` in the first column."""
    lines = (ROOT / path).read_text().splitlines()
    start = lines.index(signature)
    return lines[start : lines.index("}", start) + 1]


def comment_above(path, signature):
    """The function in the comment above `signature`, which says "Stands for"."""
    lines = (ROOT / path).read_text().splitlines()
    end = lines.index(signature)
    start = max(i for i in range(end) if lines[i] == "// Stands for")
    return [line.removeprefix("//   ") for line in lines[start + 2 : end]]


def main():
    native = function("stage5_native_coroutines/crawler.cpp", "Coroutine<Response> fetch(Attempt attempt) {")
    plain = [re.sub(r"Coroutine<(\w+)>", r"\1", line) for line in native]
    blocking = [re.sub(r"co_await ", "", line).replace("co_return", "return") for line in plain]
    delegating = [line.replace("co_await", "yield from").replace("co_return", "return") for line in plain]
    texts = {
        "stage 1's fetch": (function("stage1_blocking/crawler.cpp", "Response fetch(Attempt attempt) {"), blocking),
        "the text above stage 4's machine": (
            comment_above("stage4_yield_from/crawler.cpp", "Step<Response> Fetch::resume(Sent& sent) {"),
            delegating,
        ),
    }
    status = 0
    for name, (found, expected) in texts.items():
        if found != expected:
            print(f"{name} is not stage 5's fetch:", *found, "expected:", *expected, sep="\n")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
