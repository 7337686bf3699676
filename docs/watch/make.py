#!/usr/bin/python3
"""Makes one HTML file of recorded runs, to step through in a browser: `docs/watch/make.py --out FILE RECORD...`.

A record is what `--record FILE` wrote, one event a line. The sources are put in as they are in the working tree, so a
reader who changes a stage watches the changed program. The file needs nothing from elsewhere.
"""

import argparse
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIMIT = 5000  # events; beyond that the page says what it leaves out


def recording(path):
    """The header's facts and the events of one record, as the page wants them."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines:
        raise SystemExit(f"{path}: there is no record in it")
    try:
        header, *events = map(json.loads, lines)
    except json.JSONDecodeError as error:
        raise SystemExit(f"{path}: this is not a record: {error}") from error
    if header.get("format") != 1:
        raise SystemExit(f"{path}: the page reads format 1, this is {header.get('format')}")
    program = header["program"]
    stage = re.match(r"stage(\d)_(\w+)", program)
    return {
        "key": stage[1] if stage else program,
        "title": f"{stage[1]} · {stage[2].replace('_', ' ')}" if stage else program.replace("_", " "),
        "folder": f"{program}/",
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="FILE")
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    parser.add_argument("--no-questions", action="store_true", help="never stop to ask what comes next")
    parser.add_argument("records", type=pathlib.Path, nargs="+", metavar="RECORD")
    options = parser.parse_args()
    text = page(told_apart([recording(path) for path in options.records]), options.lang, not options.no_questions)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    print(f"Open {options.out.resolve().as_uri()}")


if __name__ == "__main__":
    sys.exit(main())
