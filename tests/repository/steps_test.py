"""Holds the steps from stage to stage to what docs/diffs.md says of them: what comes, what goes, what stays."""

import re
import unittest

from repository import ROOT, STAGES, sources
from sync import changes, code

STEPS = dict(zip(("1 → 2", "2 → 3", "3 → 4", "4 → 5"), zip(STAGES, STAGES[1:])))

# Not named: files that change. An example belongs to one stage only.
COMES = {
    "1 → 2": {"event_loop.h", "event_loop.cpp", "callback_hell.cpp"},
    "2 → 3": {"generator.h", "future.h", "task.h"},
    "3 → 4": {"async_io.h", "async_io.cpp", "yield_from.h", "generators.cpp"},
}
GOES = {
    "1 → 2": {"variants.cpp"},
    "2 → 3": {"callback_hell.cpp"},
    "3 → 4": set(),
    "4 → 5": {"generator.h", "yield_from.h", "generators.cpp"},
}
STAYS_EQUAL = {"3 → 4": {"event_loop.h", "event_loop.cpp", "generator.h", "task.h"}}

# What is no word of a stage's code: (stage, words, why).
NO_WORD_OF = (
    (1, ("co_await", "Future", "EventLoop"), "the thread waits"),
    (2, ("throw", "try", "catch"), "errors travel as data"),
    (3, ("std::error_code", "yield_from"), "errors are thrown where the machine waits"),
    (4, ("Future", "register_fd"), "they left for async_io"),
    (5, ("Sent", "Step", "yield_from", "switch", "enum"), "the compiler writes the machines"),
)


def text_of(path):
    """The code of a file, without comments."""
    return re.sub(r"//.*", "", (ROOT / path).read_text())


class Steps(unittest.TestCase):
    def test_what_comes_goes_and_stays_equal_is_what_the_design_says(self):
        for step, (before, after) in STEPS.items():
            became = {word: {name for name, change in changes(before, after) if change.startswith(word)}
                      for word in ("new", "gone", "equal")}
            with self.subTest(step):
                self.assertEqual(became["gone"], GOES[step])
                self.assertEqual(became["equal"], STAYS_EQUAL.get(step, set()))
                if step in COMES:  # stage 5 may grow more tools
                    self.assertEqual(became["new"], COMES[step])

    def test_a_crawler_does_not_say_what_its_stage_leaves_behind(self):
        for number, words, why in NO_WORD_OF:
            text = text_of(f"{STAGES[number - 1]}/crawler.cpp")
            for word in words:
                with self.subTest(f"stage {number}: {why}", word=word):
                    self.assertIsNone(re.search(rf"(?<![\w:]){word}\b", text))

    def test_stage_5_has_no_trace_of_the_protocol_by_hand(self):
        for path in sources(STAGES[4]):
            with self.subTest(str(path)):
                self.assertIsNone(re.search(r"\b(Sent|Step|Yielded|yield_from)\b", text_of(path)))

    def test_from_3_to_4_future_gains_resume_and_loses_nothing(self):
        self.assertEqual(dict(changes(STAGES[2], STAGES[3]))["future.h"].split()[0], "−0")
        self.assertIn("resume", code([f"{STAGES[3]}/future.h", "Future::resume"])[0])

    def test_from_2_to_3_one_registration_a_connection_becomes_one_a_wait(self):
        waits = text_of(f"{STAGES[2]}/crawler.cpp")
        self.assertEqual(waits.count("return Yielded{"), waits.count("registration_.emplace("))
        self.assertEqual(waits.count("return Yielded{"), waits.count("registration_.reset();"))
        self.assertEqual(text_of(f"{STAGES[1]}/crawler.cpp").count("unregister();\n  register_callback"), 1)


if __name__ == "__main__":
    unittest.main()
