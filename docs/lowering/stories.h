// What may happen to an `add`, played with each of the steps: the same must come of it.
#pragma once

#include <exception>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "docs/lowering/parts.h"
#include "docs/lowering/steps.h"

namespace lowering {

/// What whoever calls `add` does.
struct Story {
  enum When { before_start, while_it_waits, too_late };

  std::string title;
  bool starts = true;
  When brings_at = while_it_waits;
  std::function<void(Arrival&)> brings = [](Arrival& arrival) { arrival.bring(3); };
};

inline std::vector<Story> stories() {
  return {
      {.title = "b comes later"},
      {.title = "b is there already", .brings_at = Story::before_start},
      {.title = "an error comes",
       .brings =
           [](Arrival& arrival) {
             arrival.bring_error(std::make_exception_ptr(std::runtime_error("b is lost")));
           }},
      {.title = "the sum is too large",
       .brings = [](Arrival& arrival) { arrival.bring(std::numeric_limits<int>::max()); }},
      {.title = "it is dropped while it waits", .brings_at = Story::too_late},
      {.title = "it is never started", .starts = false, .brings_at = Story::too_late},
  };
}

/// Lets `story` happen to what `add` returns, and tells how it went.
template <class Handle>
Events play(const Story& story, Sum<Handle> (*add)(Noted, Arrival&)) {
  events.clear();
  Arrival arrival;
  const auto bring_at = [&](Story::When when) {
    if (story.brings_at != when) return;
    note("main: brings b");
    story.brings(arrival);
  };
  {
    bring_at(Story::before_start);
    note("main: calls add");
    const auto sum = add(Noted("a", 2), arrival);
    if (story.starts) {
      note("main: starts it");
      sum.start();
    }
    bring_at(Story::while_it_waits);
    if (sum.done()) {
      try {
        note("main: gets " + std::to_string(sum.result()));
      } catch (const std::exception& error) {
        note(std::string("main: gets an error, ") + error.what());
      }
    }
    note("main: drops it");
  }
  bring_at(Story::too_late);
  return events;
}

/// One of the ways to write `add`.
struct Way {
  std::string name;
  std::function<Events(const Story&)> play;
};

inline std::vector<Way> ways() {
  const auto way = [](std::string name, auto add) {
    return Way{std::move(name), [add](const Story& story) { return play(story, add); }};
  };
  return {
      way("step 1, the keyword", step1::add),
      way("step 2, cut where it waits", step2::add),
      way("step 3, a switch", step3::add),
      way("step 4, two pointers and a frame", step4::add),
      way("step 5, the frame by hand in the library's handle", step5::add_by_hand),
      way("step 5, the compiler's frame in the handle by hand", step5::add_by_compiler),
  };
}

}  // namespace lowering
