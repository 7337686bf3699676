#!/usr/bin/python3
"""Looks at the report of `compare --report` as a reader would: `tests/compare/report_check.py REPORT [FOLDER]`.

In Chromium, 1280 and 390 pixels wide, light and dark: it says nothing on the console, asks for nothing, and nothing
is cut off, overlaps, scrolls sideways, or is hard to tell from what is beside it. Each picture has its sentence and
its table, and tells its figures to a pointer and to a finger. With a FOLDER, screenshots are put there.
"""

import base64
import itertools
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "docs/site"))

from check import chromium, complaints  # noqa: E402  (the browser of the site's check)

VIEWS = list(itertools.product((1280, 390), ("light", "dark")))

# What is asked of the page. All give back a list of sentences, or nothing.
LIBRARY = r"""
const shown = (element) => { const box = element.getBoundingClientRect(); return box.width > 0 && box.height > 0; };
const texts = [...document.querySelectorAll("body *")].filter((element) => shown(element) && element !== tip &&
  [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()));
const name = (element) => JSON.stringify(element.textContent.trim().slice(0, 40));
const channels = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number);
const computed = (value) => {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = value;
  const colour = channels(getComputedStyle(probe).color);
  probe.remove();
  return colour;
};
const luminance = (colour) => colour.map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (a, b) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};
const apart = (a, b) => Math.hypot(...a.map((c, i) => c - b[i]));
const ground = computed("var(--ground)");
"""

LAYOUT = LIBRARY + r"""
const faults = [];
const page = document.documentElement;
if (page.scrollWidth > page.clientWidth) faults.push(`it scrolls sideways: ${page.scrollWidth} of ${page.clientWidth}`);
const boxes = texts.filter((element) => !element.closest(".scroll")).map((element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  const box = (element.closest("svg") ? element : range).getBoundingClientRect();
  return {element, left: box.left, right: box.right, top: box.top, bottom: box.bottom};
});
for (const {element, left, right} of boxes) {
  if (left < 0 || right > page.clientWidth) faults.push(`${name(element)} is cut off`);
  if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) faults.push(`${name(element)} has no room`);
}
boxes.sort((a, b) => a.top - b.top);
boxes.forEach((a, i) => {
  for (let j = i + 1; j < boxes.length && boxes[j].top < a.bottom - 2; ++j) {
    const b = boxes[j];
    const inside = a.element.contains(b.element) || b.element.contains(a.element);
    if (!inside && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1) {
      faults.push(`${name(a.element)} and ${name(b.element)} overlap`);
    }
  }
});
return faults;
"""

COLOURS = LIBRARY + r"""
const faults = [];
for (const element of texts) {
  const style = getComputedStyle(element);
  const colour = channels(element.closest("svg") ? style.fill : style.color);
  if (contrast(colour, ground) < 4.5) faults.push(`${name(element)} is hard to read`);
}
const named = (names) => names.map((name) => [name, computed(`var(--${name})`)]);
const phases = named(["connecting", "waiting", "reading"]);
const series = named(["stage1", "processes", "threads", "busy", "stage2", "stage3", "stage4", "stage5", "asio"]);
for (const [name, colour] of [...phases, ...series, ...named(["bar", "python"])]) {
  // What only waits is quiet; the two beside it are not.
  if (contrast(colour, ground) < (name === "waiting" ? 1.5 : 2.5)) faults.push(`${name} is hard to see`);
}
for (const group of [phases, series, named(["bar", "python"])]) {
  group.forEach(([name, colour], i) => {
    for (const [other, another] of group.slice(0, i)) {
      if (apart(colour, another) < 60) faults.push(`${name} looks like ${other}`);
    }
  });
}
return faults;
"""

CONTENTS = r"""
const faults = [];
const sections = [...document.querySelectorAll("section")];
for (const section of sections) {
  const title = section.querySelector("h2").textContent;
  const pictures = section.querySelectorAll(".bar, svg[role=img]").length;
  if (pictures === 0) faults.push(`${title}: nothing is drawn`);
  if (!section.querySelector("details td")) faults.push(`${title}: there is no table`);
  for (const heading of section.querySelectorAll("h3")) {
    if (heading.nextElementSibling?.tagName !== "P") faults.push(`${title}, ${heading.textContent}: no sentence`);
  }
  if (!section.querySelector("p")) faults.push(`${title}: no sentence`);
}
const runs = figures.crawls[0].runs;
const all = (selector) => document.querySelectorAll(selector).length;
const expected = [["section", figures.crawls.length + 3], [".lanes", runs.length],
                  [".lanes svg g", runs.reduce((sum, run) => sum + run.pages.length, 0)],
                  [".bar", 3 * figures.crawls.reduce((sum, crawl) => sum + crawl.runs.length, 0)]];
for (const [selector, count] of expected) {
  if (all(selector) !== count) faults.push(`${all(selector)} of ${count} ${selector}`);
}
return faults;
"""

# Whether each lane has its phases one after the other, on the axis that all share.
LANES = r"""
const faults = [];
const runs = figures.crawls[0].runs;
const span = Math.max(...runs.map((run) => run.elapsed_ms));
document.querySelectorAll(".lanes").forEach((group, i) => {
  const width = group.querySelector("svg").clientWidth - axis_end;
  group.querySelectorAll("g").forEach((lane, j) => {
    const page = runs[i].pages[j];
    const [connecting, waiting, reading] = [...lane.querySelectorAll("rect")].map((rect) =>
      ({from: rect.x.baseVal.value, to: rect.x.baseVal.value + rect.width.baseVal.value}));
    const what = `${runs[i].name} ${page.path}`;
    if (Math.abs(connecting.from - page.connecting_ms / span * width) > 1) faults.push(`${what} begins elsewhere`);
    if (Math.abs(reading.to - page.done_ms / span * width) > 5) faults.push(`${what} ends elsewhere`);
    if (Math.abs(connecting.to - waiting.from) + Math.abs(waiting.to - reading.from) > 0.1) faults.push(`${what} has a gap`);
    if (connecting.to - connecting.from < 1.9 || reading.to - reading.from < 1.9) faults.push(`${what}: a phase is not seen`);
  });
});
return faults;
"""


class Report:
    def __init__(self, browser, path):
        self.browser = browser
        self.path = path

    def show(self, width, scheme):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                     mobile=width < 500)
        self.command("Emulation.setTouchEmulationEnabled", enabled=width < 500)
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.browser.get(self.path.as_uri())

    def command(self, name, **parameters):
        return self.browser.execute_cdp_cmd(name, parameters)

    def faults(self, touch):
        yield from complaints(self.browser)
        for question in (LAYOUT, COLOURS, CONTENTS, LANES):
            yield from self.browser.execute_script(question)
        for picture, said in ((".lanes svg g", ["connecting", "waiting", "reading"]), ("svg[role=img] > circle", [":"])):
            for element in self.browser.execute_script(
                    "const all = document.querySelectorAll(arguments[0]); return [all[0], all[all.length - 1]]", picture):
                told = self.told(element, touch)
                if not all(word in told for word in said):
                    yield f"{picture}: it tells {told!r}"
        # All tables open: they scroll inside the page, which does not.
        self.browser.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        yield from self.browser.execute_script(LAYOUT)

    def told(self, element, touch):
        """What is said beside the pointer, or after a tap; "" if it is not in sight."""
        x, y = self.browser.execute_script(
            "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'});"
            "const box = arguments[0].getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2];",
            element)
        self.browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        if touch:
            self.command("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
            self.command("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        else:
            self.command("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        return self.browser.execute_script(
            "const box = tip.getBoundingClientRect();"
            "return box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight"
            "  ? tip.textContent : ''")

    def screenshot(self, file):
        size = self.command("Page.getLayoutMetrics")["cssContentSize"]
        image = self.command("Page.captureScreenshot", captureBeyondViewport=True, clip={**size, "scale": 1})
        file.write_bytes(base64.b64decode(image["data"]))


def main():
    path = pathlib.Path(sys.argv[1]).resolve()
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    found = 0
    with chromium() as browser:
        report = Report(browser, path)
        for width, scheme in VIEWS:
            report.show(width, scheme)
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
                report.screenshot(folder / f"{width}-{scheme}.png")
            for fault in report.faults(touch=width < 500):
                found += 1
                print(f"{width} pixels, {scheme}: {fault}")
    print(f"{len(VIEWS)} views of {path.name}, {found} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
