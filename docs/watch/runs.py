"""The recorded runs that the chapters show: which there are, how each is made, and what may differ between two of them.

docs/runs/NAME.json holds the record of one run in short: each line of a source that an event names is in a table, with
its text. So a record that is older than the sources is noticed without running anything. docs/sync.py makes and checks
these files; make.py makes pages of them.
"""

import functools
import json
import pathlib
import re
import signal
import subprocess
import tempfile

# The line of the trace after which a crawler waits for its answer.
WAITING = re.compile(r"register fd \d+, readable$|co_await in read .*the loop$")

# The options of each run, as a reader gives them to `./tutorial watch N`. Ctrl-C is for the ones named so.
RUNS = {f"stage{stage}": ["--pages", "1"] for stage in range(1, 6)}
for _stage in range(2, 6):
    RUNS |= {
        f"stage{_stage}-timeout": ["--pages", "1", "--delay", "10s", "--timeout", "100ms", "--max-tries", "1"],
        f"stage{_stage}-refused": ["--max-tries", "1", "http://127.0.0.1:1/"],
        f"stage{_stage}-interrupted": ["--pages", "1", "--delay", "10s"],
    }


class Unfit(Exception):
    """A run that can't be had, or a record that isn't one."""


def command(name):
    return " ".join(["./tutorial watch", name[5], *RUNS[name]])


def interrupted(name):
    return name.endswith("-interrupted")


@functools.lru_cache(maxsize=None)
def recorded(name, build, root):
    """The header and the events of a new run, by the programs of `build`."""
    program = next((path.name for path in root.glob(f"stage{name[5]}_*")), "")
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "record"
        words = [build / program / program, *RUNS[name], "--quiet", "--record", file]
        words += ["--trace"] if interrupted(name) else []
        # The build may be a background job, in which Ctrl-C is ignored: the program is to hear it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with subprocess.Popen(words, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE) as run:
                said = []
                if interrupted(name):
                    said = [next((line for line in run.stderr if WAITING.search(line.rstrip())), "")]
                    run.send_signal(signal.SIGINT)
                said += [run.communicate(timeout=60)[1]]
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unfit(f"cannot make the run {name}: {error}") from error
        if not file.is_file() or not file.stat().st_size:
            raise Unfit(f"cannot make the run {name}: {' '.join(said).strip() or 'there is no record of it'}")
        header, *events = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    header.pop("sources", None)  # its table of lines says better what it was made from
    return header | {"arguments": RUNS[name], "run": name}, events


def in_short(header, events, root):
    """The text of docs/runs/NAME.json."""
    places = {}

    def number(place):
        return places.setdefault((place["file"], place["line"], place["function"]), len(places))

    short = [event | {at: number(event[at]) for at in ("at", "by") if at in event} for event in events]
    table = [[*place, line_of(root, *place[:2])] for place in places]
    return text_of({"header": header, "places": table, "events": short})


def text_of(run):
    """One line for each place and event, so that two records can be compared."""
    def lines(values):
        return ",\n".join(json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values)

    return (f'{{"header": {json.dumps(run["header"])},\n"places": [\n{lines(run["places"])}\n],\n'
            f'"events": [\n{lines(run["events"])}\n]}}\n')


def read(path):
    """The header and the events of a file: docs/runs/NAME.json, or a record as `--record` writes it."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return in_full(text)
    header, *events = map(json.loads, text.splitlines())
    return header, events


def in_full(text):
    """The header and the events of what `in_short` wrote."""
    run = json.loads(text)
    places = [{"file": file, "line": line, "function": function} for file, line, function, _ in run["places"]]
    return run["header"], [event | {at: places[event[at]] for at in ("at", "by") if at in event}
                           for event in run["events"]]


def changed_since(header, root):
    """The sources that are others than when the run was recorded."""
    return [name for name, was in header.get("sources", {}).items()
            if not (root / name).is_file() or hash_of((root / name).read_bytes()) != was]


def hash_of(text):
    """64-bit FNV-1a."""
    value = 0xcbf29ce484222325
    for byte in text:
        value = (value ^ byte) * 0x100000001b3 % 2**64
    return f"{value:016x}"


def line_of(root, file, line):
    lines = lines_of(root, file)
    return lines[line - 1] if 0 < line <= len(lines) else ""


@functools.lru_cache(maxsize=None)
def lines_of(root, file):
    """Of a source of ours, without their margins and comments; of others none."""
    path = (root / file).resolve()
    if not path.is_file() or root.resolve() not in path.parents:
        return []
    return [re.sub(r"\s+//( .*|$)", "", line.strip()) for line in path.read_text(encoding="utf-8").splitlines()]


def followed(text, root):
    """The same record with its lines where they are now, and those that can't be found any more."""
    run = json.loads(text)
    lost = []
    moved = []  # (file, line, by how much) of each line of which there is one
    ambiguous = []
    for place in run["places"]:
        file, line, _, was = place
        now = [i for i, line in enumerate(lines_of(root, file), 1) if line == was]
        if len(now) == 1:
            moved.append((file, line, now[0] - line))
            place[1] = now[0]
        elif was:
            ambiguous.append((place, now))
    for place, now in ambiguous:  # it has moved as far as one of those, the nearer the better
        file, line, _, was = place
        shifts = sorted((abs(other - line), shift) for in_file, other, shift in moved if in_file == file) or [(0, 0)]
        found = next((line + shift for _, shift in shifts if line + shift in now), None)
        if found is not None:
            place[1] = found
        else:
            lost.append(f"{file}:{line} was: {was}")
    return text_of(run), lost


def without_chance(header, events):
    """What is the same in every run: for each attempt, what happened, in the order in which each thing happened first.
    Times, ports, descriptors and bytes differ, and so does in how many pieces an answer comes, and whether the kernel
    tells of its end together with its bytes."""
    same = {}
    for event in events:
        words = {key: re.sub(r"(?<=127\.0\.0\.1:)\d+", "#", value) if isinstance(value, str) else value
                 for key, value in event.items() if isinstance(value, (str, bool)) and
                 key not in ("text", "url", "address") and (event["kind"], key) != ("ready", "events")}
        places = [list(event[at].values()) for at in ("at", "by") if at in event]
        same.setdefault(event["attempt"], {})[json.dumps([words, places], ensure_ascii=False)] = True
    return [json.dumps(header)] + [f"attempt {attempt}: {what}" for attempt in sorted(same) for what in same[attempt]]
