"""Crawls a site with Python's standard library alone, and holds the crawlers' reports to that.

    second_opinion.py [--url URL] PROGRAM...

Each PROGRAM crawls the same site with --follow --json. Without a URL that is a small one, served by
Python's own web server. Compared page for page: URL, status, bytes, next URL, links, skipped links.
Which page has met a link first depends on the order of the answers: how many links were new is
compared page for page for a crawler that fetches one page after another, in all for the others.
"""

import argparse
import collections
import contextlib
import functools
import html.parser
import http.client
import http.server
import json
import pathlib
import shlex
import string
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

SITE = {
    "index.html": """<a href="a.html">a</a> <a href="./b/../a.html#part">the same</a>
        <a href="folder">a redirect</a> <a href="b/">a list</a> <a href=missing>a 404</a>
        <map><area href="b/deep/er.html"></map> <a href="http://127.0.0.1:1/">off</a> <a>no</a>""",
    "a.html": """<a href="mailto:x@y.example">m</a> <a href="javascript:void(0)">j</a>
        <a href="http://[">b</a> <a href="">self</a> <a href="?x=1&amp;y=2">asked</a>
        <a href="?x=1&y=2">the same</a> <a href="with%20space.html">s</a> <a href=" with space.html
        ">s</a> <a href="%77ith%20space.html">s</a> <!-- <a href="comment.html"> -->""",
    "with space.html": """<A HREF="/../../a.html">up</A> <a href="caf\u00e9.html">c</a>
        <script>"<a href=script.html>"</script>""",
    "caf\u00e9.html": """<base href="b/deep/"><base href="elsewhere/"><a href="er.html">e</a>
        <a href="../../picture.svg">p</a>""",
    "folder/index.html": """<a href="..">up</a> <a href="../text.txt">t</a>
        <a href="/b/deep/er.html?x">asked</a> <a href="//127.0.0.1:99999/">none</a>""",
    "b/deep/er.html": "<p>The end. <a href='../../index.html'>front</a>",
    "text.txt": '<a href="from-text.html">no link</a>',
    "picture.svg": '<svg xmlns="http://www.w3.org/2000/svg"><a href="/from-picture"/></svg>',
}

# ---- the second opinion --------------------------------------------------------------------------


class Links(html.parser.HTMLParser):
    """The hrefs of a page, and of its base."""

    def __init__(self):
        super().__init__()
        self.hrefs = []
        self.base = None

    def handle_starttag(self, tag, attrs):
        href = dict(reversed(attrs)).get("href")  # of two, the first one counts
        if tag in ("a", "area") and href is not None:
            self.hrefs.append(href)
        elif tag == "base" and self.base is None:
            self.base = href


def spelled_once(text):
    """Each byte that needs it percent-encoded, and no other."""
    unreserved = string.ascii_letters + string.digits + "-._~"
    quote = functools.partial(urllib.parse.quote, safe=unreserved + "/:@!$&'()*+,;=?",
                              errors="surrogateescape")
    first, *others = text.split("%")
    spelled = quote(first)
    for piece in others:
        code = piece[:2]
        if len(code) < 2 or not all(c in string.hexdigits for c in code):
            spelled += "%25" + quote(piece)
            continue
        char = chr(int(code, 16))
        spelled += (char if char in unreserved else "%" + code.upper()) + quote(piece[2:])
    return spelled


def resolved(page, href):
    """Where `href` leads, in one spelling for each place; None if nobody could fetch it."""
    href = href.strip("".join(map(chr, range(33))))
    href = href.translate({ord(blank): None for blank in "\t\r\n"})
    try:
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(page, href))
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    host = parts.hostname
    if port not in (None, {"http": 80, "https": 443}[parts.scheme]):
        host += f":{port}"
    query = "?" + spelled_once(parts.query) if parts.query else ""
    return f"{parts.scheme}://{host}{spelled_once(parts.path) or '/'}{query}"


def host_of(url):
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.hostname.removeprefix("www."), parts.port


def get(url):
    parts = urllib.parse.urlsplit(url)
    with contextlib.closing(http.client.HTTPConnection(parts.netloc, timeout=30)) as connection:
        connection.request("GET", url[url.index("/", len("http://")):])
        response = connection.getresponse()
        return response, response.read()


def crawl(start):
    """What is to be said of each page, by its URL."""
    start = resolved(start, "")
    pages = {}
    met = {start}
    queue = collections.deque([start])

    def meet(urls):
        new = [url for url in urls if url not in met and host_of(url) == host_of(start)]
        met.update(new)
        queue.extend(new)
        return len(new)

    while queue:
        url = queue.popleft()
        response, body = get(url)
        page = pages[url] = {"status": response.status, "body_bytes": len(body), "next_url": "",
                             "links": 0, "new_links": 0, "skipped_links": 0}
        if response.status in (301, 302, 303, 307, 308):
            page["next_url"] = resolved(url, response.getheader("Location"))
            meet([page["next_url"]])
        elif response.status == 200 and response.headers.get_content_type() == "text/html":
            links = Links()
            links.feed(body.decode("utf-8", "surrogateescape"))
            links.close()
            base = urllib.parse.urljoin(url, links.base or "")
            targets = [resolved(base, href) for href in links.hrefs]
            found = dict.fromkeys(target for target in targets if target)
            page["links"] = len(found)
            page["skipped_links"] = targets.count(None)
            page["new_links"] = meet(found)
    return pages


# ---- the comparison ------------------------------------------------------------------------------


def report_of(program, url):
    command = [*shlex.split(program), "--follow", "--max-pages", "1000000", "--json", url]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{program}: exit status {done.returncode}")
    return json.loads(done.stdout)


def differences(expected, report):
    """A sentence for each."""
    told = {page["url"]: page for page in report["pages"]}
    in_order = report["most_in_flight"] == 1
    for url in sorted(expected.keys() | told.keys()):
        if url not in told or url not in expected:
            yield f"{url}: only {'the second opinion' if url in expected else 'the crawler'} has it"
            continue
        for name, value in expected[url].items():
            if (in_order or name != "new_links") and told[url][name] != value:
                yield f"{url}: {name} is {told[url][name]}, not {value}"
    new = [sum(page["new_links"] for page in pages.values()) for pages in (told, expected)]
    if new[0] != new[1]:
        yield f"{new[0]} links are new, not {new[1]}"
    if report["remaining"]:
        yield f"{len(report['remaining'])} pages were left"


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128


@contextlib.contextmanager
def small_site():
    """Its URL."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in SITE.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        with Server(("127.0.0.1", 0), functools.partial(Handler, directory=folder)) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}/"
            server.shutdown()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("programs", nargs="+", metavar="PROGRAM")
    arguments = parser.parse_args()
    wrong = 0
    with contextlib.nullcontext(arguments.url) if arguments.url else small_site() as url:
        begin = time.monotonic()
        expected = crawl(url)
        size = sum(page["body_bytes"] for page in expected.values())
        print(f"{len(expected)} pages, {size} bytes, {time.monotonic() - begin:.2f} s: "
              "the second opinion")
        for program in arguments.programs:
            report = report_of(program, url)
            found = list(differences(expected, report))
            wrong += len(found)
            print(f"{len(report['pages'])} pages, {report['body_bytes']} bytes, "
                  f"{report['elapsed_ms'] / 1000:.2f} s, {len(found)} differences: {program}")
            for sentence in found[:20]:
                print("   ", sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
