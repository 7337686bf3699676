"""Holds every public declaration in the headers of common/ and the stages to carrying its contract in a `///` comment:
who owns what, who resumes whom and when, units, errors.

The comment stands above the declaration, or behind it as `///<`. One comment holds for a run of declarations without an
empty line between them as far as they are overloads of the first, or the comment names them. What is said of a template
holds for its specialisations, what is said of a forward declaration for the class.

A comment that repeats a name is worse than none, so these need none:

- what cannot be used from outside: private members, what is local to a function, namespaces called `detail`;
- whatever is defaulted, deleted or overridden; destructors, assignment and ==, of which nothing can be expected but what
  the class's comment leads to expect;
- a class's only constructor, for which the class's comment speaks too, and implicit conversions;
- attributes, `T name() const` in one line: whole numbers, yes or no, texts, references to what the object holds. Not
  pointers, which may be null, and not floating-point numbers, which have a unit;
- functions of a protocol, which say what the protocol says: PROTOCOL;
- enumerators, and data members whose type is a value: durations have their unit in the type, and a count is one of what
  its name says. Not pointers, references and callbacks (who owns it, may it be null, who calls it and when), and not
  floating-point numbers.
"""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from repository import ROOT, STAGES, sources
from sync import extent

PROTOCOL = {
    # The compiler's, for coroutines; and `resume` of the stages' machines, which `Awaitable` speaks of.
    "await_ready", "await_suspend", "await_resume", "initial_suspend", "final_suspend", "get_return_object",
    "return_value", "return_void", "unhandled_exception", "promise_type", "resume",
    # The library's: allocators, transparent look-up, error codes.
    "value_type", "allocate", "deallocate", "is_transparent", "make_error_code", "is_error_code_enum",
    "operator new", "operator delete", "operator =", "operator ==",
}
FUNCTIONS = ("function", "prototype")
CLASSES = ("class", "struct", "union", "enum")


def tags_of(path):
    """What Universal Ctags finds in a file, and the concepts, which its 5.9 does not know; lines count from 0."""
    done = subprocess.run(["ctags", "--languages=C++", "--langmap=C++:.h.cpp", "--kinds-C++=+px", "--fields=+neSatz",
                           "--sort=no", "--output-format=json", "-f", "-", str(path)],
                          capture_output=True, text=True, check=True)
    tags = [json.loads(line) for line in done.stdout.splitlines()]
    for tag in tags:
        tag["line"] -= 1
    for number, line in enumerate(path.read_text().splitlines()):
        if concept := re.match(r"\s*concept (\w+)", line):
            tags.append({"name": concept[1], "kind": "concept", "line": number})
    return sorted(tags, key=lambda tag: tag["line"])


class Header:
    """One header, and what in it lacks a comment."""

    def __init__(self, path):
        self.lines = path.read_text().splitlines()
        self.tags = [tag for tag in tags_of(path) if tag["kind"] not in ("namespace", "enumerator")]
        for tag in self.tags:
            tag["path"] = f'{tag.get("scope", "")}::{tag["name"]}'.removeprefix("::")
            tag["first"], tag["last"] = extent(path, tag["line"], tag.get("end"))
        self.tags = [tag for tag in self.tags if tag.get("access") != "private" or tag["kind"] in CLASSES]
        hidden = [tag["path"] for tag in self.tags
                  if tag.get("access") == "private" or tag.get("scopeKind") == "function"]
        self.tags = [tag for tag in self.tags if tag["path"] not in hidden and self.is_public(tag, hidden)]
        self.commented = {tag["path"] for tag in self.tags if tag["kind"] in CLASSES and self.own_comment(tag)}

    @staticmethod
    def is_public(tag, hidden):
        scope = tag.get("scope", "")
        return not (
            re.search(r"\bdetail\b|\b__anon", f'{scope} {tag["name"]}')
            or any(f"{scope}::".startswith(f"{outer}::") for outer in hidden)
            or tag["kind"] in FUNCTIONS and tag.get("scopeKind") in ("class", "struct") and "access" not in tag)

    def comment_above(self, line):
        first = line
        while first > 0 and self.lines[first - 1].lstrip().startswith("///"):
            first -= 1
        return "\n".join(self.lines[first:line])

    def own_comment(self, tag):
        """The comment above a declaration or behind it, or that of the class's forward declaration."""
        last = tag["first"] if tag["kind"] in CLASSES else tag["last"]
        behind = "".join(line.partition("///<")[2] for line in self.lines[tag["first"]:last + 1])
        if text := self.comment_above(tag["first"]) or behind:
            return text
        for number, line in enumerate(self.lines):
            if tag["kind"] in CLASSES and re.fullmatch(rf'\s*(class|struct) {tag["name"]};', line):
                return self.comment_above(number)
        return ""

    def faults(self):
        """(line from 1 on, name) of each declaration without a comment."""
        runs = {}  # by scope: of the last one, the name that its comment stands above, that comment, its last line
        for tag in self.tags:
            scope = tag.get("scope")
            name, comment, end = runs.get(scope, ("", "", tag["last"]))
            if own := self.own_comment(tag):
                runs[scope] = tag["name"], own, tag["last"]
            elif end < tag["first"] and "" not in self.lines[end:tag["first"]] and (
                    tag["name"] == name or re.search(rf'`{re.escape(tag["name"])}\b', comment)):
                runs[scope] = name, comment, tag["last"]
            elif not self.needs_none(tag):
                yield tag["line"] + 1, tag["path"]

    def needs_none(self, tag):
        text = " ".join(line.partition("//")[0].strip() for line in self.lines[tag["first"]:tag["last"] + 1])
        if tag["name"] in PROTOCOL or tag["kind"] in CLASSES and tag["path"] in self.commented:
            return True
        if tag["kind"] == "member":
            return not re.search(r"[*&]|function<|\bdouble\b|\bfloat\b", re.split(r"[={;]", text)[0])
        if tag["kind"] not in FUNCTIONS:
            return False
        if re.search(r"= (default|delete);$|\boverride\b", text) or tag["name"].startswith("~"):
            return True
        outer = tag.get("scope", "").rpartition("::")[2]
        if tag["name"] == outer:
            return self.is_spoken_for(tag, text)
        attribute = re.fullmatch(r"([\w:<>, &*]+) \w+\(\) const(?: noexcept)?(?:;| \{ return .*; \})", text)
        return bool(attribute) and not re.search(r"\*|\bvoid\b|\bdouble\b|\bauto\b", attribute[1])

    def is_spoken_for(self, tag, text):
        """Whether a constructor copies, moves or converts, or is the only one that does not."""
        others = [other for other in self.tags if other["path"] == tag["path"] and other["line"] != tag["line"]
                  and not re.fullmatch(rf'\(\)|\(.*\b{tag["name"]}(<\w+>)? ?&.*\)', other.get("signature", ""))]
        return bool(not others and tag["scope"] in self.commented
                    or re.search(rf'\b{tag["name"]}(<\w+>)? ?&', tag["signature"])
                    or re.match(r"[(][^,]+[)]", tag["signature"]) and "explicit" not in text)


class ApiComments(unittest.TestCase):
    def test_every_public_declaration_says_what_it_promises(self):
        headers = [path for path in sources("common", *STAGES) if path.suffix == ".h"]
        self.assertTrue(headers)
        faults = [f"{path}:{line}: {name} has no ///"
                  for path in headers for line, name in Header(ROOT / path).faults()]
        self.assertFalse(faults, "\n" + "\n".join(faults))

    def test_of_a_header_exactly_what_needs_a_comment_and_has_none_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "sample.h")
            path.write_text(SAMPLE)
            found = [line for line, name in Header(path).faults()]
        self.assertEqual(found, [number for number, line in enumerate(SAMPLE.splitlines(), 1) if "// none" in line])


SAMPLE = """
namespace sample {
namespace detail {
void helper();
}
using Callback = std::function<void()>;  // none
int count_all(int from);  // none
extern int total;  // none
template <class T>
concept Awaitable = true;  // none
class Bare {};  // none

/// A thing.
class Thing {
 public:
  explicit Thing(int size);  // none
  Thing(int size, int step);  // none
  Thing(const char* text);
  Thing(const Thing&) = delete;
  ~Thing();

  /// Starts; `stop` stops.
  void start();
  void start(int how);
  void stop();
  void pause();  // none

  void stop_later();  // none

  int size() const { return size_; }
  double speed() const { return 1; }  // none
  Thing* next() const;  // none
  enum class Kind { a, b };  // none
  std::function<void()> on_end;  // none
  Thing* owner = nullptr;  ///< Owns this.
  int step = 1;

 protected:
  void reach();  // none

 private:
  struct State {
    void* hidden;
  };
  Thing(State state, int a);
  void hide();
  int size_;
};

/// Speaks for its constructor.
class Only {
 public:
  explicit Only(int size);
};
}  // namespace sample
"""


if __name__ == "__main__":
    unittest.main()
