#!/usr/bin/python3
"""Makes one HTML file of recorded runs, to step through in a browser: `docs/watch/make.py RECORD...`.

`./tutorial watch` builds the stages and lets this run them: `--build FOLDER [N]`. Two pages are fetched, unless you say
otherwise: options that this doesn't know go to the crawlers. A record is what `--record FILE` wrote, one event a line. The sources are put in as they are in the working tree, so a
reader who changes a stage watches the changed program. The file needs nothing from elsewhere.
"""

import argparse
import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import runs

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIMIT = 5000  # events; beyond that the page says what it leaves out
EXAMPLES = {"callback_hell": "stage2_callbacks", "generators": "stage4_yield_from"}  # beside the crawlers


def recording(path, root=ROOT):
    """The header's facts and the events of one record, as the page wants them."""
    if not path.read_bytes().strip():
        raise SystemExit(f"{path}: there is no record in it")
    try:
        header, events = runs.read(path)
    except ValueError as error:
        raise SystemExit(f"{path}: this is not a record: {error}") from error
    if header.get("format") != 1:
        raise SystemExit(f"{path}: the page reads format 1, this is {header.get('format')}")
    named = {event[place]["file"] for event in events for place in ("at", "by") if place in event}
    if others := named.intersection(runs.changed_since(header, root)):
        print(f"{path}: recorded before these sources were changed, so the lines that it names may be others: "
              f"{', '.join(sorted(others))}", file=sys.stderr)
    program = header["program"]
    stage = re.match(r"stage(\d)_(\w+)", program)
    what = header.get("run", "").partition("-")[2]  # of a run in the chapters
    return {
        "key": stage[1] if stage else program,
        "title": (f"{stage[1]} · {stage[2].replace('_', ' ')}" if stage else program.replace("_", " "))
                 + (what and f" · {what}"),
        "folder": f"{EXAMPLES.get(program, program)}/",
        "left_out": max(0, len(events) - LIMIT),
        "events": [slim(event) for event in events[:LIMIT]],
    }


def slim(event):
    return {key: value for key, value in event.items() if key not in ("in", "depth")}


def told_apart(recordings):
    """A key for each: two runs of one stage are 3 and 3-2."""
    seen = {}
    for one in recordings:
        seen[one["key"]] = seen.get(one["key"], 0) + 1
        if seen[one["key"]] > 1:
            one["title"] += f" ({seen[one['key']]})"
            one["key"] += f"-{seen[one['key']]}"
    return recordings


def sources_of(recordings, root):
    """The text of each file that an event names, if it lies below the root."""
    names = {event[place]["file"] for one in recordings for event in one["events"] for place in ("at", "by")
             if event.get(place)}
    found = {}
    for name in sorted(names):
        path = (root / name).resolve()
        if path.is_file() and root.resolve() in path.parents:
            found[name] = path.read_text(encoding="utf-8")
    return found


def page(recordings, lang, ask, root=ROOT):
    data = {"lang": lang, "ask": ask, "recordings": recordings, "sources": sources_of(recordings, root)}
    # "<" could end the script element that holds the data.
    parts = {"DATA": json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")}
    for name, file in (("STYLE", "watch.css"), ("FOLD", "fold.js"), ("WORDS", "words.js"), ("VIEW", "watch.js")):
        parts[name] = (HERE / file).read_text(encoding="utf-8")
    template = (HERE / "watch.html").read_text(encoding="utf-8")
    return re.sub(r"/\*([A-Z]+)\*/", lambda found: parts[found[1]], template)


def language_of(environment):
    """The locale's language, if the page has it: the first of these variables that isn't empty counts."""
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "zh" if locale.startswith("zh") else "en"


def split(words):
    """The page's own options, and those of the crawlers. A number after an option of theirs is its value."""
    mine, theirs = [], []
    values = {"--out", "--lang", "--build"}
    words = iter(words)
    for word in words:
        name = word.split("=")[0]
        if name in values:
            mine += [word] if "=" in word else [word, *itertools.islice(words, 1)]
        elif name in ("--no-questions", "--help", "-h") or not (theirs or word.startswith("-") or "://" in word):
            mine.append(word)
        else:
            theirs.append(word)
    return mine, theirs


def recorded(build, stages, options, folder):
    """Runs each stage, and gives back the records."""
    if not any("://" in option for option in options):
        options = ["--pages", "2", *options]
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for the crawler: its end is worth watching
    for stage in stages:
        [program] = (path.name for path in ROOT.glob(f"stage{stage}_*"))
        record = folder / f"{program}.jsonl"
        crawled = subprocess.run([build / program / program, *options, "--quiet", "--record", record],
                                 stdout=subprocess.DEVNULL, check=False)
        # A page that fails is worth watching, too; a crawler that wrote nothing has said why.
        if not record.is_file() or not record.stat().st_size:
            raise SystemExit(crawled.returncode or 1)
        yield record


def recorded_examples(build, folder):
    """The same of the examples, which print what they do."""
    for program, stage in EXAMPLES.items():
        record = folder / f"{program}.jsonl"
        subprocess.run([build / stage / program, "--record", record], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)
        yield record


def main():
    parser = argparse.ArgumentParser(
        prog="./tutorial watch", usage="%(prog)s [N] [--lang zh] [--out FILE] [options of the crawlers]",
        description="Runs stage N, or all five, and makes a page that shows the run step by step.", allow_abbrev=False)
    parser.add_argument("--out", type=pathlib.Path, metavar="FILE", help="where the page goes")
    parser.add_argument("--lang", choices=("en", "zh"), default=language_of(os.environ),
                        help="the language that the page begins with. Otherwise LC_ALL, LC_MESSAGES or LANG decides")
    parser.add_argument("--no-questions", action="store_true", help="never stop to ask what comes next")
    parser.add_argument("--build", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("what", nargs="*", help="a stage, 1 to 5; without --build: records")
    mine, theirs = split(sys.argv[1:])
    options = parser.parse_args(mine)

    with tempfile.TemporaryDirectory() as folder:
        if options.build:
            if len(options.what) > 1 or not set(options.what) <= set("12345"):
                parser.error("watch needs a number from 1 to 5, or none")
            records = [*recorded(options.build, options.what or "12345", theirs, pathlib.Path(folder)),
                       *([] if options.what else recorded_examples(options.build, pathlib.Path(folder)))]
        elif theirs or not options.what:
            parser.error("without --build it needs records, and nothing else")
        else:
            records = map(pathlib.Path, options.what)
        text = page(told_apart([recording(path) for path in records]), options.lang, not options.no_questions)
    out = options.out or ROOT / "build" / f"watch{'-'.join(['', *options.what]) if options.build else ''}.html"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    print(f"{'请打开' if options.lang == 'zh' else 'Open'} {out.resolve().as_uri()}")


if __name__ == "__main__":
    sys.exit(main())
