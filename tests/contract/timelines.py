"""Has each crawler write a timeline, and reads it as a viewer of Chrome traces does.

    timelines.py PROGRAM...

Each PROGRAM crawls the site inside itself. What --timeline wrote must be events that a viewer can
pair: of each page an async begin and end with its id, its phases inside, one after the other; and
they must tell the times of the report.
"""

import collections
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

PAGES = 12
IN_FLIGHT = 5
PHASES = {"connecting": ("connecting_ms", "sent_ms"), "waiting": ("sent_ms", "first_byte_ms"),
          "reading": ("first_byte_ms", "done_ms")}


def crawl(program, timeline):
    """The report as JSON; the timeline goes to the file."""
    command = [*shlex.split(program), "--pages", str(PAGES), "--concurrency", str(IN_FLIGHT), "--delay", "30ms",
               "--json", "--timeline", timeline]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{program}: exit status {done.returncode}")
    return json.loads(done.stdout)


def spans_of(events):
    """{id: [(name, begin, end, depth, args)]}, each after those inside it. ValueError if one cannot be paired."""
    spans = collections.defaultdict(list)
    open_spans = collections.defaultdict(list)
    for event in events:
        if not all(isinstance(event[name], int) for name in ("ts", "pid", "tid", "id")):
            raise ValueError(f"no whole numbers: {event}")
        stack = open_spans[event["cat"], event["id"]]
        if event["ph"] == "b":
            stack.append(event)
        elif event["ph"] == "e":
            begin = stack.pop() if stack else {"name": None}
            if begin["name"] != event["name"] or begin["ts"] > event["ts"]:
                raise ValueError(f"{event} does not end {begin}")
            spans[event["id"]].append((event["name"], begin["ts"], event["ts"], len(stack), begin.get("args")))
        else:
            raise ValueError(f"neither begin nor end: {event}")
    if any(open_spans.values()):
        raise ValueError("a span does not end")
    return spans


def most_at_once(pages):
    steps = sorted([(end, -1) for _, end in pages] + [(begin, 1) for begin, _ in pages])
    now = most = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def microseconds(milliseconds):
    """Of a report that has them to the third digit; the timeline cuts what is less."""
    return round(milliseconds * 1000)


def faults(timeline, report):
    """A sentence for each."""
    first, *events = timeline["traceEvents"]
    if first["ph"] != "M" or not first["args"]["name"].startswith(report["program"]):
        yield f"the process is named {first}"
    try:
        spans = spans_of(events)
    except (KeyError, ValueError) as error:
        yield repr(error)
        return

    told = {page["url"]: page for page in report["pages"]}
    if len(spans) != PAGES or len(told) != PAGES:
        yield f"{len(spans)} pages in the timeline, {len(told)} in the report"
    whole = []
    for *phases, (name, begin, end, depth, figures) in spans.values():
        page = told.pop(figures["url"], None)
        if page is None or not figures["url"].endswith(name) or depth != 0:
            yield f"{name} is not a page of the report, or is told twice"
            continue
        whole.append((begin, end))
        if figures["status"] != page["status"] or figures["body_bytes"] != page["body_bytes"]:
            yield f"{name}: {figures} is not what the report tells"
        if [phase for phase, *_ in phases] != list(PHASES):
            yield f"{name}: its phases are {phases}"
            continue
        if [phases[0][1], phases[1][1], phases[2][1]] != [begin, phases[0][2], phases[1][2]] or phases[2][2] != end:
            yield f"{name}: its phases do not fill it: {phases}"
        for phase, phase_begin, phase_end, *_ in phases:
            expected = [microseconds(page[step]) for step in PHASES[phase]]
            if max(abs(phase_begin - expected[0]), abs(phase_end - expected[1])) > 1:
                yield f"{name}: {phase} is from {phase_begin} to {phase_end}, in the report from {expected}"
    most = report["most_in_flight"]
    if not min(most, 2) <= most_at_once(whole) <= most:
        yield f"{most_at_once(whole)} pages overlap, {most} were in flight"


def main():
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "timeline.json")
        for program in sys.argv[1:]:
            file.unlink(missing_ok=True)
            report = crawl(program, file)
            found = list(faults(json.loads(file.read_text()), report))
            wrong += len(found)
            print(f"{report['most_in_flight']} of {PAGES} pages in flight, {len(found)} faults: {program}")
            for sentence in found:
                print("   ", sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
