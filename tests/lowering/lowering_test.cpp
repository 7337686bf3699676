// One coroutine, written in each way from the keyword to the frame by hand: nobody can tell them
// apart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "docs/lowering/stories.h"
#include "tests/printed_by.h"

namespace {

using namespace lowering;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Events played(const std::string& title, const Way& way) {
  for (const auto& story : stories()) {
    if (story.title == title) return way.play(story);
  }
  ADD_FAILURE() << "there is no story '" << title << "'";
  return {};
}

Events by_compiler(const std::string& title) { return played(title, ways().front()); }

TEST(Lowering, AllFormsProduceTheSameEvents) {
  for (const auto& story : stories()) {
    const Events expected = ways().front().play(story);
    for (const auto& way : ways())
      EXPECT_EQ(way.play(story), expected) << story.title << ": " << way.name;
  }
}

TEST(Lowering, EverythingCreatedIsDestroyed) {
  for (const auto& story : stories()) {
    for (const auto& way : ways()) {
      const Events events = way.play(story);
      for (const std::string who : {"a", "b", "awaiter", "promise"})
        EXPECT_EQ(std::ranges::count(events, who + ": made"),
                  std::ranges::count(events, who + ": destroyed"))
            << who << ", " << story.title << ": " << way.name;
      EXPECT_EQ(std::ranges::count(events, "frame: memory is taken"), 1);
      EXPECT_EQ(events.back(), story.brings_at == Story::too_late ? "main: brings b"
                                                                  : "frame: memory is given back");
    }
  }
}

// What the compiler does is the measure of all: so it is written down here.
TEST(Lowering, CompilerSuspendsAtStartWaitAndEnd) {
  EXPECT_THAT(
      by_compiler("b comes later"),
      ElementsAre("main: calls add", "a: made", "frame: memory is taken", "promise: made",
                  "promise: initial_suspend", "main: starts it", "awaiter: made",
                  "awaiter: await_ready, no", "awaiter: await_suspend", "main: brings b",
                  "awaiter: await_resume", "b: made", "awaiter: destroyed", "promise: return_value",
                  "b: destroyed", "promise: final_suspend", "main: gets 5", "main: drops it",
                  "promise: destroyed", "a: destroyed", "frame: memory is given back"));
}

TEST(Lowering, TheCompilerDoesNotSuspendIfTheAwaiterIsReady) {
  EXPECT_THAT(by_compiler("b is there already"), Not(testing::Contains("awaiter: await_suspend")));
}

TEST(Lowering, ErrorIsKeptAfterTheLocalsAreDestroyed) {
  EXPECT_THAT(by_compiler("the sum is too large"),
              testing::IsSupersetOf({"b: destroyed", "promise: unhandled_exception"}));
  const Events events = by_compiler("the sum is too large");
  EXPECT_LT(std::ranges::find(events, "b: destroyed"),
            std::ranges::find(events, "promise: unhandled_exception"));
  EXPECT_THAT(events, testing::Contains("main: gets an error, the sum is too large"));
}

TEST(Lowering, CoroutineDestroyedWhileWaitingIsNotResumed) {
  const Events events = by_compiler("it is dropped while it waits");
  EXPECT_THAT(events, Not(testing::Contains("awaiter: await_resume")));
  EXPECT_THAT(events, testing::Contains("awaiter: destroyed"));
}

TEST(Lowering, TheProgramSaysThatAllWaysAreAlike) {
  const std::string printed = printed_by("docs/lowering/lowering");
  EXPECT_THAT(printed,
              HasSubstr("1  b comes later: 21 events, the same in all ways\n   main: calls add\n"));
  EXPECT_THAT(printed, Not(HasSubstr("differs")));
}

}  // namespace
