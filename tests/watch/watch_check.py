#!/usr/bin/python3
"""Steps through recorded runs as a reader would: `tests/watch/watch_check.py [--shots FOLDER] [RECORD...]`.

In Chromium, 360, 800 and 1400 pixels wide, light and dark: each record goes to its end and back and shows the same on
both ways; the marked line is the one that the event names; the line, the sentence and all that changed are in view
together; a question hides nothing; no box is cut; the keyboard alone suffices; nothing is said on the console. Without
a RECORD it makes up two of stage 3's, and takes one of stage 5's from the chapters.
"""

import argparse
import itertools
import json
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "docs/site"), str(ROOT / "docs/watch"), str(ROOT / "tests/watch")]

import make  # noqa: E402
import pretend  # noqa: E402
from check import chromium, complaints  # noqa: E402  (the browser of the site's check)
from selenium.common.exceptions import TimeoutException  # noqa: E402
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.wait import WebDriverWait  # noqa: E402

VIEWS = list(itertools.product(((360, 740), (800, 1000), (1400, 900)), ("light", "dark")))
MOST_STEPS = 80  # of two pages in stage 3

PURE = r"""
const faults = [];
for (const one of recordings) {
  const {events} = one, forward = [], plain = nothing();
  for (let k = 0; k <= events.length; ++k) {
    if (k) advance(plain, events[k - 1]);
    forward.push(JSON.stringify(plain));
  }
  const back = new Replay(events);
  for (let k = events.length; k >= 0; --k) {
    if (JSON.stringify(back.after(k)) !== forward[k]) { faults.push(`${one.title}: another state after event ${k} on the way back`); break; }
  }
  const covered = one.steps.reduce((sum, {from, to}) => sum + to - from, 0);
  if (covered !== events.length) faults.push(`${one.title}: the steps have ${covered} of ${events.length} events`);
  if (one.steps.some(({from}, i) => from !== (i ? one.steps[i - 1].to : 0))) faults.push(`${one.title}: the steps leave something out`);
  if (one.end.stack.length) faults.push(`${one.title}: a hop is left open`);
  if (Object.keys(one.end.tickets).length) faults.push(`${one.title}: something is still waited for at the end`);
}
return faults;
"""

# Every step forward and back: what is drawn is the same, and is in view.
WALK = r"""
ask = false;
const faults = [], seen = [];
const root = document.documentElement;
const drawn = () => main.find(".sentence").textContent + main.find(".state").innerHTML.replace(/<svg[^]*/, "") + main.find(".source h2").textContent;
const inside = (element, frame) => {
  const a = element.getBoundingClientRect(), b = frame.getBoundingClientRect();
  return a.top >= b.top - 1 && a.bottom <= Math.min(b.bottom, innerHeight) + 1;
};
go(0);
for (let i = 0; i <= main.recording.steps.length; ++i) {
  go(i);
  seen.push(drawn());
  const fault = (words) => faults.push(`${main.recording.title}, step ${i}: ${words}`);
  if (root.scrollWidth > root.clientWidth) fault(`it scrolls sideways: ${root.scrollWidth} of ${root.clientWidth}`);
  const sentence = main.find(".sentence");
  if (sentence.scrollHeight > sentence.clientHeight + 1) fault("the sentence has no room");
  if (/undefined|NaN|null|\[object/.test(main.element.querySelector(".sentence").textContent + main.find(".state").textContent)) fault("a value is missing: " + main.says);
  const step = main.recording.steps[i - 1];
  if (!step) continue;
  const event = main.recording.events[step.head], place = placeOf(event, main.recording.folder);
  const here = main.find(".code .here");
  if (data.sources[place.file] && (!here || here.dataset.n !== String(place.line) || !main.find(".source h2").textContent.startsWith(place.file))) fault("another line is marked");
  if (here && here.textContent.trim() === "}") fault("the marked line is a closing brace");
  if (here && !inside(here, main.find(".code"))) fault("the line is out of view");
  if (!inside(sentence, document.body)) fault("the sentence is out of view");
  const changed = [...main.element.querySelectorAll(".changed:not(.loop)")];
  if (main.recording.pages.length <= 2) {
    for (const element of changed) if (!inside(element, main.find(".state"))) fault(`${element.textContent.trim()} is out of view`);
  }
  for (const element of main.element.querySelectorAll(".thing b, .thing span, .chip")) if (element.scrollWidth > element.clientWidth) fault(`${element.textContent} is cut`);
  for (const {dataset: {ref}, textContent} of sentence.querySelectorAll("b[data-ref^=o]")) {
    const o = main.recording.replay.after(step.to).objects[ref.slice(1)];
    if (o && !main.recording.successors[o.id] && !main.find(`.state [data-ref="${ref}"]`)) fault(`${textContent} is named, and is drawn nowhere`);
  }
  const boxes = [...main.element.querySelectorAll(".thing, .chip, .hops li")].map((element) => [element, element.getBoundingClientRect()]);
  boxes.forEach(([a, p], k) => boxes.slice(k + 1).forEach(([b, q]) => {
    if (Math.min(p.right, q.right) - Math.max(p.left, q.left) > 1 && Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 1) fault(`${a.textContent} and ${b.textContent} overlap`);
  }));
}
for (let i = main.recording.steps.length; i >= 0; --i) {
  go(i);
  if (drawn() !== seen[i]) faults.push(`${main.recording.title}, step ${i}: it looks different on the way back`);
}
return faults;
"""


# Where a question waits: it hides nothing, and → shows its answer with the reason before it goes on.
ASKED = r"""
const faults = [];
ask = true;
answered.clear();
if (new Set(main.recording.questions.map(({text}) => text)).size !== main.recording.questions.length) faults.push("a question is asked twice");
for (const {step, text, why} of main.recording.questions) {
  const fault = (words) => faults.push(`${main.recording.title}, step ${step + 1}: ${words}`);
  go(step + 1);
  for (const answer of [false, true]) {
    const box = document.querySelector(".question");
    if (!box) { fault("nothing is asked"); break; }
    const a = box.getBoundingClientRect();
    for (const element of [main.find(".sentence"), main.find(".state")]) {
      const b = element.getBoundingClientRect();
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1) fault("the question hides what it asks about");
    }
    if (a.bottom > innerHeight + 1 && !beside) fault("the question is out of view");
    if (box.contains(document.activeElement) && document.activeElement !== box) fault("an answer has the focus");
    if (main.find(".state").clientHeight < 100) fault(`the state has ${main.find(".state").clientHeight} pixels beside the question`);
    if (answer) { if (!box.textContent.includes(why())) fault("the answer has no reason"); }
    else document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true}));
    if (main.at !== step + 1) fault("→ goes on before the answer is shown");
  }
  document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true}));
  if (main.at !== step + 2) fault("→ doesn't go on after the answer");
}
ask = false;
return faults;
"""

# A chosen object leads to its own changes, to the one that takes its place, and then nowhere.
CHOSEN = r"""
ask = false;
const faults = [], {recording} = main;
for (const id of Object.keys(recording.successors)) {
  const {at, id: next} = recording.successors[id], old = recording.end.objects[id];
  if (old.type === "machine" || (!old.page && !recording.hasDriver)) continue;
  go(recording.moments.findIndex(({touched}) => touched.has(`o${id}`)) + 1);
  chosen = `o${id}`;
  drawNextChange();
  for (let i = 0; i < recording.steps.length && !document.getElementById("nextChange").disabled; ++i) {
    nextChange();
    if (main.at <= at && !main.find(`.state [data-ref="o${id}"]`)) faults.push(`${nameOf(old)}: step ${main.at} doesn't show it`);
  }
  if (main.at !== at + 1 || !main.says || !main.find(".sentence i")) faults.push(`${nameOf(old)} leads to step ${main.at}, ${nameOf(recording.end.objects[next])} takes its place at ${at + 1}`);
  drawNextChange();
  if (!document.getElementById("nextChange").disabled) faults.push(`${nameOf(old)} changes after it is gone`);
}
chosen = null;
return faults;
"""

# What a reader of the two stages is told.
SAID = r"""
const {recording} = main, faults = [];
const all = recording.steps.map((step) => {
  const [before, after] = [recording.replay.after(step.from), recording.replay.after(step.to)];
  return sentenceOf(lang, recording.events, step, before, after).replace(/\[\w+\|([^\]]*)\]/g, "$1");
});
const expected = {
  3: [/The Future tells Task \d, and the Task asks the loop.*isn't resumed at once, so that set_result returns to its caller/, /The crawl is over/],
  5: [/fetch awaits connect, which starts/, /connect has ended, so fetch, which awaited it, goes on at crawler.cpp:\d+/,
      /Task 2 resumes the innermost of its coroutines, read, which goes on after its co_await/, /Task 2 starts its outermost coroutine, fetch_and_report/,
      /wakes Task 2. Task 2 isn't resumed at once/, /The crawl is over/]};
for (const words of (recording.title.split(" · ").length === 2 && expected[recording.key[0]]) || []) if (!all.some((one) => words.test(one))) faults.push(`no step says ${words}`);
return faults;
"""


def at_size(browser, size, scheme):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                            {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                            {"features": [{"name": "prefers-color-scheme", "value": scheme}]})


def opened(browser, file, link=""):
    browser.get("about:blank")
    browser.get(file.as_uri() + link)


def by_keyboard(browser, file, key):
    """From the first step to the last with the right arrow; where the page asks, the first answer."""
    opened(browser, file, f"#stage={key}")
    steps, asked = browser.execute_script("return [main.recording.steps.length, main.recording.questions.length]")
    for _ in range(3 * steps):
        at, waits = browser.execute_script("return [main.at, Boolean(question())]")
        if at == steps:
            break
        ActionChains(browser).send_keys(*([Keys.TAB, Keys.ENTER] if waits else [Keys.ARROW_RIGHT])).perform()
        if waits:  # the answer is said; the arrow goes on
            if browser.execute_script("return main.at") != at:
                yield f"{key}: a guess goes on before its answer could be read"
            ActionChains(browser).send_keys(Keys.ARROW_RIGHT).perform()
    else:
        yield f"{key}: the keyboard doesn't get to the end: {browser.execute_script('return main.at')} of {steps}"
    if asked > 3 or browser.execute_script("return answered.size") != asked:
        yield f"{key}: {asked} questions, not each was asked"
    ActionChains(browser).send_keys(Keys.HOME).send_keys("t").perform()
    if browser.execute_script("return main.recording.end.turn > 0 && main.recording.moments[main.at - 1].turn < 1"):
        yield f"{key}: T doesn't lead to the next turn"
    ActionChains(browser).send_keys(Keys.HOME).send_keys("2").perform()
    if browser.execute_script("return main.recording.pages.length > 1 && main.recording.moments[main.at - 1].page !== 2"):
        yield f"{key}: 2 doesn't lead to page 2"
    at = browser.execute_script("return main.at")
    try:
        WebDriverWait(browser, 10).until(lambda _: f"step={at}" in browser.current_url)
    except TimeoutException:
        yield f"{key}: the address doesn't name the step: {browser.current_url}"


def faults_of(browser, recordings, folder, shots):
    file = folder / "watch.html"
    file.write_text(make.page(recordings, "en", True), encoding="utf-8")
    opened(browser, file)
    yield from browser.execute_script(PURE)
    for one in recordings:
        steps = browser.execute_script("return recordings.find(({key}) => key === arguments[0]).steps.length", one["key"])
        pages = {event["attempt"] for event in one["events"]} - {0}
        if one["key"] == "3" and len(pages) == 2 and steps > MOST_STEPS:
            yield f"two pages of stage 3 take {steps} steps, {MOST_STEPS} at most"
        yield from by_keyboard(browser, file, one["key"])
        opened(browser, file, f"#stage={one['key']}")
        yield from browser.execute_script(SAID)
        yield from browser.execute_script(CHOSEN)[:6]
    for (size, scheme), one, lang in itertools.product(VIEWS, recordings, ("en", "zh")):
        if lang == "zh" and scheme == "dark":
            continue
        at_size(browser, size, scheme)
        opened(browser, file, f"#stage={one['key']}&step=5")
        if browser.execute_script("return main.at") != 5:
            yield f"{one['key']}: the link doesn't lead to its step"
        if lang == "zh":
            browser.execute_script("document.getElementById('language').click()")
        for fault in browser.execute_script(WALK)[:6]:
            yield f"{size[0]} {scheme} {lang}: {fault}"
        for fault in browser.execute_script(ASKED)[:6]:
            yield f"{size[0]} {scheme} {lang}: {fault}"
        if shots:
            shots.mkdir(parents=True, exist_ok=True)
            browser.execute_script("go(Math.floor(main.recording.steps.length / 2))")
            browser.save_screenshot(str(shots / f"{one['key']}-{size[0]}-{scheme}-{lang}.png"))
    if len(recordings) > 1:
        first, second = recordings[0]["key"], recordings[1]["key"]
        for size in ((800, 1000), (1400, 900)):
            at_size(browser, size, "light")
            opened(browser, file, f"#stage={first}&beside={second}&step=0")
            yield from browser.execute_script(r"""
                ask = false;
                const faults = [];
                let last = 0;
                for (let i = 0; i <= main.recording.steps.length; ++i) {
                  go(i);
                  if (beside.at < last) faults.push(`beside: step ${i} goes back`);
                  last = beside.at;
                  if (!beside.find(".follows").textContent.includes(`${beside.at} / `)) faults.push(`beside: step ${i} doesn't say where it is`);
                  for (const element of document.querySelectorAll(".thing b, .thing span")) if (element.scrollWidth > element.clientWidth) faults.push(`beside: step ${i}: ${element.textContent} is cut`);
                }
                if (beside.at !== beside.recording.steps.length) faults.push("beside: it doesn't come to its end");
                return faults.slice(0, 9);""")
            yield from (f"{size[0]} beside: {fault}" for fault in browser.execute_script(ASKED)[:6])
    yield from complaints(browser)


def as_recording(events, folder):
    file = folder / "record.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return make.recording(file)


def too_long(browser, folder):
    """A record of more than 5,000 events is cut, and the page says so."""
    one = as_recording(pretend.run(120, 1), folder)
    if len(one["events"]) != make.LIMIT or not one["left_out"]:
        yield f"{len(one['events'])} events and {one['left_out']} left out"
    file = folder / "long.html"
    file.write_text(make.page([one], "en", False), encoding="utf-8")
    opened(browser, file)
    said = browser.execute_script("return document.getElementById('leftOut').innerText")
    if str(one["left_out"]) not in said:
        yield f"it doesn't say that {one['left_out']} events are left out: {said!r}"
    slowest = browser.execute_script("""
        const last = main.recording.steps.length, times = [];
        for (let i = last; i > last - 9; --i) { const began = performance.now(); go(i); times.push(performance.now() - began); }
        return times.sort((a, b) => a - b)[4];""")
    if slowest > 500:  # far from smooth, on any machine
        yield f"a step back takes {slowest:.0f} ms"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--shots", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("records", type=pathlib.Path, nargs="*", metavar="RECORD")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        folder = pathlib.Path(name)
        recordings = [make.recording(path) for path in options.records] or [
            as_recording(pretend.run(2, 2), folder), make.recording(ROOT / "docs/runs/stage5.json"),
            as_recording(pretend.run(6, 1), folder)]
        faults = list(faults_of(browser, make.told_apart(recordings), folder, options.shots))
        faults += too_long(browser, folder)
    print("\n".join(faults) or "The page shows each step, forward and back.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
