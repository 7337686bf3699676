"""What MkDocs is told of this repository.

The site has the repository's own shape: each page of docs/sync.py is a page there, in its place, and each file that a
page links to or quotes has a page that shows it. So links lead where they lead in the repository, and a link to a
symbol to its line. Two languages share the site; each has a navigation and a search of its own.
"""

import html
import json
import logging
import os
import pathlib
import re
import shlex
import sys
import tarfile

from mkdocs.structure.files import File
from mkdocs.structure.nav import Navigation
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.util import ClassNotFound

SITE = pathlib.Path(__file__).resolve().parent
ROOT = SITE.parents[1]
sys.path.insert(0, str(SITE.parent))
sys.path.insert(0, str(SITE.parent / "watch"))
import make  # noqa: E402
import runs  # noqa: E402
import sync  # noqa: E402

MERMAID = SITE / "mermaid-js-tiny-12.0.0.tgz"
NAMES = {"en": ("English", "Five crawlers, one job"), "zh": ("简体中文", "五个爬虫，一件事")}
SECTIONS = {"en": ("The chapters", "The stages", "Exercises", "Beside them"), "zh": ("各章", "", "练习", "其余")}

OVERVIEWS = {"README.md": "Overview", "README.zh.md": "概览"}

FENCE = re.compile(r"(^ *(?:<!-- code: [^\n]* -->\n *(?:\[`[^\n]*\n *)?)?```.*?^ *```$)", re.M | re.S)
ANSWER = re.compile(r"^   <details>.*?^   </details>", re.M | re.S)
RUN = re.compile(r"^( *)<!-- run: (\S+) -->\n.*?^ *<!-- end -->$", re.M | re.S)
RUN_WORDS = {
    "en": ("Step through this run here", "on a page of its own", "On your machine: ", " and press Ctrl-C while it waits"),
    "zh": ("在这里一步一步地看这次运行", "在单独一页上看", "在你的机器上：", "，等它停下来等待时按 Ctrl-C"),
}
PICTURES = {".png", ".svg"}
LINK = re.compile(r"\[((?:`[^`]*`|[^][`])*)\]\(([^)\s#]+)(#[^)\s]*)?\)")

logging.getLogger("mkdocs.structure.nav").setLevel(logging.WARNING)  # that files are in no menu is no news
navigations = {}
searched = {}
views = {}  # the pages that show a file or folder: its path by the name of the page


# ---- Which pages there are ---------------------------------------------------------------------------------------


def language(uri):
    return "zh" if sync.in_chinese(uri) else "en"


def pages():
    return [str(path.relative_to(ROOT)) for path in sync.pages()]


def on_config(config):
    searched.update({lang: [] for lang in NAMES})
    config.nav = [{name: ordered(lang)} for lang, (name, _) in NAMES.items()]
    return config


def ordered(lang):
    """The pages of a language, as the navigation shows them."""
    folder = "docs/zh" if lang == "zh" else "docs"
    of_language = {uri: title(uri) for uri in pages() if language(uri) == lang}

    def take(pattern):
        found = sorted((uri for uri in of_language if re.fullmatch(pattern, uri)), key=place)
        return [{of_language.pop(uri): uri} for uri in found]

    first = take(r"README(\.zh)?\.md") + take(rf"{folder}/README\.md")
    chapters = take(rf"{folder}/(\d-.*|lowering/README|inside-the-runtime|what-all-five-share)\.md")
    stages = take(r"stage.*")
    exercises = take(rf"{folder}/exercises/.*")
    parts = zip(SECTIONS[lang], (chapters, stages, exercises, take(".*")))
    return first + [{heading: part} for heading, part in parts if part]


def place(uri):
    """Where a page stands among its like: a README comes first, the bridge leads from chapter 4 to chapter 5, the
    runtime is the second half of chapter 5, and what all five share is an appendix."""
    for name, stand_in in (("lowering/", "4-zz"), ("inside-the-runtime", "5-zz"), ("what-all-five-share", "9"),
                           ("README.md", "")):
        uri = uri.replace(name, stand_in)
    return uri


def title(uri):
    if uri in OVERVIEWS:
        return OVERVIEWS[uri]
    heading = re.search(r"^# (.*)", (ROOT / uri).read_text(), re.M)
    return heading[1].replace("`", "")


def on_files(files, config):
    def add(uri):
        files.append(File(uri, str(ROOT), config.site_dir, use_directory_urls=False))

    found = quoted()
    views.clear()
    views.update({view_of(path): path for path in sorted(found) if path.suffix not in PICTURES})
    pictures = [str(path.relative_to(ROOT)) for path in found if path.suffix in PICTURES]
    for uri in [*pages(), *views, *pictures]:
        add(uri)
    return files


def view_of(path):
    return str(path.relative_to(ROOT)) + ("/index.md" if path.is_dir() else ".md")


def quoted():
    """All files and folders that have to be shown, since a page links to them or takes code from them."""
    found = set()
    for uri in pages():
        text = (ROOT / uri).read_text()
        text = RUN.sub("", text)
        found |= {ROOT / shlex.split(words)[0] for words in re.findall(r"^ *<!-- code: (.*) -->$", text, re.M)}
        for _, target, _ in LINK.findall(FENCE.sub("", text)):
            found.add(resolved(uri, target))
    for folder in [path for path in found if path and path.is_dir()]:
        found |= set(listed(folder))
    return {path for path in found if path and path.exists() and path.suffix != ".md"}


def resolved(uri, target):
    """The file or folder of the repository that a page's link leads to, if it is one: of a folder, its README."""
    path = (ROOT / uri).parent.joinpath(target).resolve()
    if not path.exists() or ROOT not in path.parents:
        return None
    return path / "README.md" if (path / "README.md").is_file() else path


def listed(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


# ---- What is in them ---------------------------------------------------------------------------------------------


def on_page_read_source(page, config):
    path = views.get(page.file.src_uri)
    return path and f"# `{path.relative_to(ROOT)}`\n"


def on_page_markdown(markdown, page, config, files):
    """From Markdown as it is read in the repository to what MkDocs makes of it."""
    uri = page.file.src_uri
    page.meta["title"] = page.title.replace("`", "")
    if path := views.get(uri):
        page.meta["hide"] = ["toc"]
        names = listed(path) if path.is_dir() else []
        return markdown + "\n" + "\n".join(f"- {view(uri, name, name.relative_to(path))}" for name in names)
    # What belongs to an item of a list is indented by four columns for MkDocs, by three for all others.
    markdown = ANSWER.sub(lambda answer: re.sub(r"^(?=.)", " ", answer[0], flags=re.M), markdown)
    markdown = RUN.sub(lambda place: watched(uri, *place.groups()), markdown)
    parts = FENCE.split(markdown)
    parts[0::2] = [prose(uri, part) for part in parts[0::2]]
    parts[1::2] = [captioned(uri, part) for part in parts[1::2]]
    return "".join(parts)


def prose(uri, text):
    text = re.sub(r'^<a id="([^"]+)"></a>\n(#+ .*)$', r"\2 {: #\1 }", text, flags=re.M)
    text = re.sub(r"^(?![-*#|<\s]|\d+\. )(.+)\n(?=[-*] |1\. )", r"\1\n\n", text, flags=re.M)  # a list begins
    text = text.replace("<details>", '<details markdown="1">')
    return LINK.sub(lambda link: relinked(uri, *link.groups()) or link[0], text)


def relinked(uri, text, target, anchor):
    path = resolved(uri, target)
    if path is None or target.endswith(".md") or path.suffix in PICTURES:
        return None  # MkDocs knows it, or says what is wrong
    if path.suffix == ".md":
        return f"[{text}]({os.path.relpath(path, (ROOT / uri).parent)}{anchor or ''})"
    return view(uri, path, text, text.strip("`"))


def view(uri, path, text, symbol=None):
    """A link to the page that shows a file, at the line of a symbol if the file has it."""
    try:
        line = f"#L-{sync.named(str(path.relative_to(ROOT)), symbol)[0][1] + 1}" if symbol else ""
    except sync.Fault:
        line = ""
    return f"[{text}]({os.path.relpath(view_of(path), os.path.dirname(uri))}{line})"


def page_of_run(name, lang):
    return f"docs/{'zh/' if lang == 'zh' else ''}runs/{name}.html"


def watched(uri, margin, name):
    """The place of a recorded run: the page that shows it, folded away, and how to make it oneself."""
    here, alone, how, ctrl_c = RUN_WORDS[language(uri)]
    address = os.path.relpath(page_of_run(name, language(uri)), os.path.dirname(uri))
    ctrl_c = ctrl_c if runs.interrupted(name) else ""
    return (f'{margin}<details class="run"><summary>{here}</summary>'
            f'<iframe src="{address}" title="{here}" loading="lazy"></iframe></details>\n'
            f'{margin}<p class="run"><a href="{address}">{alone[0].upper()}{alone[1:]}</a> · '
            f"{how}<code>{runs.command(name)}</code>{ctrl_c}</p>")


def captioned(uri, fence):
    """A block of code whose caption, the line above it, leads to the first line that it shows."""
    directive = re.match(r"( *)<!-- code: (.*) -->\n *(\[`[^\n]*)\n", fence)
    if not directive:
        return fence
    margin, words, caption = directive.groups()
    file = shlex.split(words)[0]
    first = re.search(r"\d+", caption.partition(")")[2])[0]
    page = os.path.relpath(view_of(ROOT / file), os.path.dirname(uri))
    caption = re.sub(r"\]\([^)]*\)", f"]({page}#L-{first})", caption)
    return f"{margin}{caption}\n{margin}{{: .from }}\n\n{fence[directive.end():]}"


def on_page_content(content, page, config, files):
    path = views.get(page.file.src_uri)
    if path is None or path.is_dir():
        return content
    try:
        lexer = get_lexer_for_filename("_.cpp" if path.suffix == ".h" else path.name)
    except ClassNotFound:
        lexer = TextLexer()
    form = HtmlFormatter(linenos="inline", linespans="L", wrapcode=True)
    return content + highlight(path.read_text(), lexer, form)


def on_post_page(output, page, config):
    """In tables, a name that is too long for its cell breaks between its words."""
    def breakable(text):
        return re.sub(r"(?<=[._])(?=\w)|(?<=::)|(?<=[a-z])(?=[A-Z])", "<wbr>", text[0])

    return re.sub(r"<td>.*?</td>", lambda cell: re.sub(r"(?<=<code>)[^<]+", breakable, cell[0]), output)


# ---- Two languages -----------------------------------------------------------------------------------------------


def on_nav(nav, config, files):
    for lang, section in zip(NAMES, nav.items):
        of_language = [page for page in nav.pages if language(page.file.src_uri) == lang]
        for item in section.children:
            item.parent = None
        navigations[lang] = Navigation(section.children, of_language)
        navigations[lang].homepage = of_language[0]
        of_language[0].previous_page = of_language[-1].next_page = None
    return nav


def on_page_context(context, page, config, nav):
    uri = page.file.src_uri
    lang = language(uri)
    known = {other.file.src_uri: other.url for other in nav.pages}
    namesake = {lang: uri, "zh" if lang == "en" else "en": sync.in_other_language(uri)}
    config.site_name = NAMES[lang][1]
    config.theme["language"] = lang
    config.extra["alternate"] = [
        {"lang": other, "name": NAMES[other][0],
         "link": page.url if other == lang else known.get(namesake[other], navigations[other].homepage.url)}
        for other in NAMES]
    context["nav"] = navigations[lang]
    if uri not in views:
        searched[lang] += sections(page)
    return context


def sections(page):
    """What the search looks through: each heading's place, its words, and the text below it."""
    def text(part):
        return " ".join(html.unescape(re.sub(r"<a class=\"headerlink.*?</a>|<[^>]*>", "", part)).split())

    _, *parts = re.split(r'<h([1-6]) id="([^"]+)">(.*?)</h\1>', page.content)
    return [{"location": page.url if level == "1" else f"{page.url}#{anchor}", "title": text(heading), "text": text(below)}
            for level, anchor, heading, below in zip(*[iter(parts)] * 4)]


def on_post_build(config):
    """Writes what the search looks through, as scripts: of files that are opened without a server, a page may load
    scripts alone. And the pages of the recorded runs."""
    site = pathlib.Path(config.site_dir)
    for needless in (site / "search/search_index.json", *site.glob("sitemap.xml*"), site / "404.html"):
        needless.unlink()
    for lang in NAMES:
        worker = f"const docs = {json.dumps(searched[lang], ensure_ascii=False)};\n{(SITE / 'search.js').read_text()}"
        (site / f"search/{lang}.js").write_text(
            'var __search = {\n  index: Promise.resolve({ config: { lang: ["en"], separator: " " }, docs: [] }),\n'
            f"  worker: URL.createObjectURL(new Blob([{json.dumps(worker, ensure_ascii=False)}])),\n}};\n")
    for lang in NAMES:
        for record in sorted(ROOT.glob("docs/runs/*.json")):
            target = site / page_of_run(record.stem, lang)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(make.page([make.recording(record)], lang, ask=True))
    with tarfile.open(MERMAID) as package:
        (site / "mermaid.js").write_bytes(package.extractfile("package/dist/mermaid.tiny.js").read())
        (site / "mermaid.LICENSE").write_bytes(package.extractfile("package/LICENSE").read())
