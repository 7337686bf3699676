#!/usr/bin/python3
"""Looks at the built site as a reader would, without a server: `docs/site/check.py build/docs-site`.

Every link leads to a page and an anchor, nothing is fetched from elsewhere, and in Chromium every page opens without
a complaint, every diagram is drawn, and the searches find something. The browser is Debian's, driven by Selenium.
"""

import html.parser
import json
import pathlib
import sys
import urllib.parse

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

SEARCHES = {"docs/index.html": "Task::step", "docs/zh/glossary.html": "事件循环",
            "docs/zh/1-blocking.html": "第1阶段",  # the pages have spaces in it
            "docs/zh/traps.html": "怎样取消任务"}  # which is found word by word
TYPE = """document.querySelector("label[for=__search]").click();
          const query = document.querySelector("[data-md-component=search-query]");
          query.value = arguments[0];
          query.dispatchEvent(new KeyboardEvent("keyup"));"""


class Page(html.parser.HTMLParser):
    """What a page names: its anchors, where its links lead, and what it loads."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links, self.loads = {""}, [], []
        self.diagrams = 0
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors |= {values[name] for name in ("id", "name") if values.get(name)}
        self.diagrams += values.get("class") == "diagram"
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        self.loads += [values[name] for name in ("src", "href") if tag not in ("a", "base") and values.get(name)]


def broken(site, pages):
    """What leads nowhere, or away."""
    for path, page in pages.items():
        for link in page.links + page.loads:
            url = urllib.parse.urlsplit(link)
            if url.scheme == "data":
                continue
            if url.scheme or url.netloc:
                if link in page.loads:
                    yield f"{path.relative_to(site)} loads {link}"
                continue
            target = (path.parent / urllib.parse.unquote(url.path)).resolve() if url.path else path
            if not target.is_file():
                yield f"{path.relative_to(site)}: the link to {link} leads nowhere"
            elif target in pages and urllib.parse.unquote(url.fragment) not in pages[target].anchors:
                yield f"{path.relative_to(site)}: the link to {link}: there is no such anchor"


def chromium():
    """A browser that looks for nothing of its own: no updates, no accounts, no trials."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--disable-quic"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    browser.set_script_timeout(300)  # Thirty seconds are too few on a machine that is busy with other things.
    return browser


def complaints(browser):
    """What the page says on the console, and what it asked for of others or in vain."""
    for entry in browser.get_log("browser"):
        yield entry["message"]
    for entry in browser.get_log("performance"):
        event = json.loads(entry["message"])["message"]
        url = event["params"].get("request", {}).get("url", "")
        if event["method"] == "Network.requestWillBeSent" and not url.startswith(("file:", "data:", "blob:")):
            yield f"it asks for {url}"
        if event["method"] == "Network.loadingFailed":
            yield f"a request failed: {event['params']['errorText']}"


def seen(site, pages):
    """What goes wrong in a browser."""
    with chromium() as browser:
        def comes(condition):
            try:
                return WebDriverWait(browser, 20, poll_frequency=0.02).until(lambda _: browser.execute_script(condition))
            except TimeoutException:
                return False

        for path, page in pages.items():
            name = str(path.relative_to(site))
            browser.get(path.as_uri())
            drawn = f"return document.querySelectorAll('.diagram svg[role]').length === {page.diagrams}"
            if page.diagrams and not comes(drawn):
                yield f"{name}: not every diagram was drawn"
            if name in SEARCHES:
                browser.execute_script(TYPE, SEARCHES[name])
                if not comes("return document.querySelector('.md-search-result__link mark') !== null"):
                    yield f"{name}: the search does not find {SEARCHES[name]}"
            yield from (f"{name}: {complaint}" for complaint in complaints(browser))


def main():
    site = pathlib.Path(sys.argv[1]).resolve()
    pages = {path: Page(path) for path in sorted(site.glob("**/*.html"))}
    faults = [*broken(site, pages), *seen(site, pages)]
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{len(pages)} pages, {sum(page.diagrams for page in pages.values())} diagrams, {len(faults)} faults")
    return 1 if faults or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
